"""Which roll-up answers a question: the smallest table that holds every column which the question needs.

Roll-ups hold codes; the question's conditions become codes too, and the answer is read back into texts at the very end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlglot import exp

from commercebrain.engine.indicators.cells import (
    Cells,
    Question,
    Term,
    known_runs,
    months_within,
    needed,
    stand_ins,
    stands_in,
)
from commercebrain.engine.indicators.conditions import AllOf, Among, AnyOf, Condition, Not
from commercebrain.engine.indicators.engines.base import Columns
from commercebrain.engine.indicators.logical import MONTH, Logical
from commercebrain.engine.indicators.predicates import codes_of, over_codes, whole

#: The column of roll-ups with the number of lines behind a cell.
LINES = "lines"
YEAR = "year"


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
class Route:
    """The roll-up that answers: its name, what is left of the conditions as codes (of all terms together, then of each),
    whether rows must still be summed, and the tables that could have answered with their rows."""

    table: str
    condition: exp.Expr
    terms: tuple[exp.Expr, ...]
    grouped: bool
    able: tuple[tuple[str, int], ...]


def route(asked: Question, reader: Reader, *, years: bool = False) -> Route | None:
    """The smallest roll-up that answers the question exactly; None where only the lines can.

    ``years``: tables by year may answer a question about whole years, all of whose months in the roll-ups count.
    """
    there = asked.columns
    needed = {*asked.keys}
    summed = {_measure_column(one) for one in asked.terms} if asked.numbers else set()
    required = {name for name, one in there.items() if _required(asked, one)}
    held = _Dictionaries(reader)
    taken = simplified(asked.taken, there, held, required)
    each = [simplified(one.taken, there, held, required) for one in asked.terms]
    found: list[tuple[int, str, list[exp.Expr]]] = []
    for name, table in reader.tables.items():
        if MONTH not in table.dims and not (years and asked.years and YEAR in table.dims):
            continue
        if not needed <= set(table.dims) or not summed <= set(table.measures):
            continue
        known = {dim: held[dim] for dim in table.dims if dim not in (MONTH, YEAR)}
        period = MONTH if MONTH in table.dims else YEAR
        known[period] = ()
        left = [over_codes(one, there, known, numbers=frozenset({period})) for one in (taken, *each)]
        told = [one for one in left if one is not None]
        if len(told) == len(left):
            found.append((table.rows, name, told))
    if not found:
        return None
    ordered = sorted(found, key=lambda one: one[:2])
    _rows, best, (whole_, *parts) = ordered[0]
    grouped = not set(reader.tables[best].dims) <= {*needed, MONTH, YEAR, *_fixed(whole_)}
    return Route(best, whole_, tuple(parts), grouped, tuple((name, size) for size, name, _ in ordered))


def from_rollup(asked: Question, chosen: Route, reader: Reader, months: Collection[int]) -> Cells:
    """The cells read from the chosen roll-up; break-downs are codes. ``months`` are those that may be used."""
    values: list[exp.Expr] = []
    for term, part in zip(asked.terms, chosen.terms, strict=True):
        if not asked.numbers:
            break
        value: exp.Expr = exp.column(_measure_column(term))
        if len(asked.terms) > 1:
            value = exp.Case(default=whole(0)).when(part, value)
        if chosen.grouped:
            value = exp.Sum(this=value)
        values.append(exp.alias_(exp.cast(value, "bigint"), term.name))
    kept = tuple(sorted(month for month in months if needed(asked, month)))
    yearly = MONTH not in reader.tables[chosen.table].dims
    summed = chosen.grouped or asked.member
    period = _year_as_month(asked, kept) if yearly else stands_in(asked, kept) if summed else exp.column(MONTH)
    within = exp.Between(this=exp.column(YEAR), low=whole(asked.first // 100), high=whole(asked.last // 100))
    keys = [exp.alias_(period, "period"), *(exp.column(name) for name in asked.keys)]
    query = exp.select(*keys, *values).from_(exp.to_table(chosen.table))
    query = query.where(within if yearly else months_within(asked, kept))
    if chosen.condition != exp.true():
        query = query.where(chosen.condition)
    if summed:
        query = query.group_by(period.copy(), *(exp.column(name) for name in asked.keys))
    periods = stand_ins(asked, kept) if summed and not yearly else kept
    if yearly:
        places = [(run[0], len({month // 100 for month in run})) for run in known_runs(asked, kept) if run]
        periods = tuple(first for first, years in places for _ in range(1 if summed else years))
    decode = {name: reader.dictionary(name) for name in asked.keys}
    return Cells(query, kept, f"rollup:{chosen.table}", (), decode, periods)


def _year_as_month(asked: Question, months: Sequence[int]) -> exp.Expr:
    """A year's sum stands in the first month known of the run that it belongs to."""
    place = exp.Case(default=whole(0))
    for first, last in asked.runs:
        run = [month for month in months if first <= month <= last]
        for year in sorted({month // 100 for month in run}):
            place = place.when(exp.EQ(this=exp.column(YEAR), expression=whole(year)), whole(run[0]))
    return place if place.args.get("ifs") else whole(0)


def _measure_column(term: Term) -> str:
    measure = term.definition.measure
    return measure.column if measure.kind == "sum" else LINES


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
    declared = asked.dataset.columns.get(column.base)
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
