"""Which roll-up answers a question: the smallest table that holds every column which the question needs.

Roll-ups hold codes; the question's conditions become codes too, and the answer is read back into texts at the very end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlglot import exp

from commercebrain.engine.indicators.cells import Cells, Question
from commercebrain.engine.indicators.conditions import AllOf, Among, AnyOf, Condition, Not
from commercebrain.engine.indicators.engines.base import Columns
from commercebrain.engine.indicators.logical import MONTH, Logical
from commercebrain.engine.indicators.predicates import codes_of, over_codes, whole

#: The column of roll-ups with the number of lines behind a cell.
LINES = "lines"


class RollupTable(Protocol):
    """One stored roll-up: what it is broken down by, what it sums, and how many rows it has."""

    @property
    def dims(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def measures(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def rows(self) -> int: ...  # noqa: D102


class Reader(Protocol):
    """What the planner needs of the working store's reader, pinned to one manifest."""

    @property
    def tables(self) -> Mapping[str, RollupTable]: ...  # noqa: D102

    def dictionary(self, column: str) -> Sequence[str]: ...  # noqa: D102
    def connection(self) -> Any: ...  # noqa: D102


@dataclass(frozen=True)
class Plan:
    """The roll-up that answers, the condition left over its codes, and the tables that could have answered, with their
    rows: the smallest is taken."""

    table: str
    condition: exp.Expr | None
    grouped: bool
    able: tuple[tuple[str, int], ...]


def plan(asked: Question, reader: Reader) -> Plan | None:
    """The smallest roll-up that answers the question exactly; None where only the lines can."""
    measure = asked.definition.measure
    column = LINES if measure.kind == "count" else measure.column
    there = asked.definition.columns
    required = {name for name, one in there.items() if _required(asked, one)}
    held = _Dictionaries(reader)
    condition = simplified(asked.taken, there, held, required)
    found: list[tuple[int, str, exp.Expr]] = []
    for name, table in reader.tables.items():
        if MONTH not in table.dims or not set(asked.by) <= set(table.dims):
            continue
        if measure.kind == "count_distinct" and column not in table.dims:
            continue
        if measure.kind != "count_distinct" and column not in table.measures:
            continue
        known = {dim: held[dim] for dim in table.dims if dim not in (MONTH, "year")} | {MONTH: ()}
        left = over_codes(condition, there, known, numbers=frozenset({MONTH}))
        if left is not None:
            found.append((table.rows, name, left))
    if not found:
        return None
    _rows, best, left = min(found, key=lambda one: one[:2])
    dims = set(reader.tables[best].dims)
    fixed = _fixed(left)
    grouped = not dims <= {MONTH, *asked.by, *fixed}
    able = tuple((name, size) for size, name, _ in sorted(found, key=lambda one: one[:2]))
    return Plan(best, None if left == exp.true() else left, grouped, able)


def from_rollup(asked: Question, chosen: Plan, reader: Reader, months: Collection[int]) -> Cells:
    """The cells read from the chosen roll-up; break-downs are codes. ``months`` are those that may be used."""
    measure = asked.definition.measure
    keys = [exp.alias_(exp.column(MONTH), "period"), *(exp.column(name) for name in asked.by)]
    if measure.kind == "count_distinct":
        value: exp.Expr = exp.Count(this=exp.Distinct(expressions=[exp.column(measure.column)]))
    else:
        column = exp.column(LINES if measure.kind == "count" else measure.column)
        value = exp.Sum(this=column) if chosen.grouped else column
    query = exp.select(*keys, exp.alias_(exp.cast(value, "bigint"), "value")).from_(exp.to_table(chosen.table))
    query = query.where(exp.Between(this=exp.column(MONTH), low=whole(asked.first), high=whole(asked.last)))
    if chosen.condition is not None:
        query = query.where(chosen.condition)
    if chosen.grouped or measure.kind == "count_distinct":
        query = query.group_by(exp.column(MONTH), *(exp.column(name) for name in asked.by))
    kept = tuple(sorted(month for month in months if asked.first <= month <= asked.last))
    decode = {name: reader.dictionary(name) for name in asked.by}
    return Cells(query, asked.by, kept, f"rollup:{chosen.table}", (), decode)


def simplified(
    condition: Condition, columns: Mapping[str, Logical], held: Mapping[str, Sequence[str]], required: Collection[str]
) -> Condition:
    """The condition less what all values there are satisfy (all counties lie in the city): it needs no column then."""
    match condition:
        case Among(name):
            found = codes_of(condition, columns, {columns[name].base: held[columns[name].base]})
            if found is None or name not in required:
                return condition
            return AllOf(()) if found[1].all() else AnyOf(()) if not found[1].any() else condition
        case Not(of):
            inner = simplified(of, columns, held, required)
            return AnyOf(()) if inner == AllOf(()) else AllOf(()) if inner == AnyOf(()) else Not(inner)
        case AllOf(of):
            parts = [simplified(one, columns, held, required) for one in of]
            if AnyOf(()) in parts:
                return AnyOf(())
            kept = tuple(one for one in parts if one != AllOf(()))
            return kept[0] if len(kept) == 1 else AllOf(kept)
        case AnyOf(of):
            parts = [simplified(one, columns, held, required) for one in of]
            if AllOf(()) in parts:
                return AllOf(())
            kept = tuple(one for one in parts if one != AnyOf(()))
            return kept[0] if len(kept) == 1 else AnyOf(kept)
    return condition


def decoded(found: Columns, decode: Mapping[str, Sequence[str]]) -> Columns:
    """The columns of codes as texts."""
    import numpy as np

    texts = {
        name: np.asarray(values, dtype=str)[np.asarray(found[name])] for name, values in decode.items() if name in found
    }
    return {**found, **texts}


def _required(asked: Question, column: Logical) -> bool:
    declared = asked.definition.dataset.columns.get(column.base)
    return declared is not None and declared.required


def _fixed(condition: exp.Expr) -> set[str]:
    """The columns that a conjunction ties to one code."""
    parts = condition.flatten() if isinstance(condition, exp.And) else [condition]
    plain = [part.unnest() for part in parts]
    return {one.this.name for one in plain if isinstance(one, exp.EQ) and isinstance(one.this, exp.Column)}


class _Dictionaries(Mapping[str, Sequence[str]]):
    """The reader's dictionaries, each read when first needed."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._held: dict[str, Sequence[str]] = {}

    def __getitem__(self, column: str) -> Sequence[str]:
        if column not in self._held:
            self._held[column] = self._reader.dictionary(column)
        return self._held[column]

    def __iter__(self) -> Any:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)
