"""Which part of the declared tables a condition takes: a set of categories for each dimension, or nothing declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from commercebrain.engine.disclosure.declared import Tables
from commercebrain.engine.disclosure.details import asked_sums, conjuncts, holds, text
from commercebrain.engine.disclosure.primary import Bools
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.conditions import AllOf, Among, AnyOf, Condition, atoms, named
from commercebrain.engine.indicators.definitions import Measure
from commercebrain.engine.indicators.logical import Logical, columns
from commercebrain.engine.lake.records.schema import RecordDataset

_PLACES = ("city", "province")


@dataclass(frozen=True, eq=False)
class Slice:
    """``dims``: the dimensions that a declared table must have; ``takes``: conditions on single columns, by the declared
    dimension whose categories they choose; ``places`` and ``parts`` those on cities and on flows; ``sums`` the texts of
    conditions finer than any dimension, of which at most one is answered, and for whole cities."""

    dims: frozenset[str]
    takes: Mapping[str, tuple[Condition, ...]]
    logical: Mapping[str, Logical] = field(repr=False)
    places: tuple[Condition, ...] = ()
    parts: tuple[Condition, ...] = ()
    sums: tuple[str, ...] = ()

    def members(self, name: str, labels: Sequence[str]) -> Bools:
        """Which of the categories of a dimension are taken."""
        wanted = self.takes.get(name, ())
        return np.array([all(holds(one, label, self.logical) for one in wanted) for label in labels], dtype=bool)

    def part(self, label: str) -> bool:
        """Whether a part (exports, imports) is taken."""
        return all(holds(one, label, self.logical) for one in self.parts)

    def city(self, code: str) -> bool:
        """Whether any county of a city may be taken."""
        conditions = (*self.places, *self.takes.get("county", ()))
        return all(self._reaches(one, code) for one in conditions)

    def _reaches(self, condition: Condition, city: str) -> bool:
        """Whether a place's condition can hold for a county of the city. Where that is not plain, it can."""
        match condition:
            case Among(column, values, prefixes):
                width = {"city": 4, "province": 2}.get(column, 6)
                stems = [value[:width] for value in values] + list(prefixes)
                return any(stem.startswith(city[:4]) or city[:4].startswith(stem) for stem in stems)
            case AllOf(of):
                return all(self._reaches(one, city) for one in of)
            case AnyOf(of):
                return any(self._reaches(one, city) for one in of)
        return True


def slice_of(
    measure: Measure, condition: Condition, by: Sequence[str], dataset: RecordDataset, tables: Tables, day: date
) -> Slice:
    """The slice of the declared tables that a measure under a condition, broken down ``by`` columns, asks for; groups have
    the members of ``day``.

    Raises :class:`UserError` (``table.not_declared``) where no declared table holds it.
    """
    there = columns(dataset)
    if _measure_name(measure, dataset) not in tables.measures:
        raise refused(tables)
    dims = {name for name in by if name not in (tables.parts, *_PLACES)}
    takes: dict[str, list[Condition]] = {}
    places: list[Condition] = []
    parts: list[Condition] = []
    sums: list[str] = []
    for one in conjuncts(condition):
        used = {there[name].base for name in named(one) if name in there}
        if not used:
            if one == AnyOf(()):  # nothing satisfies it
                continue
            raise refused(tables)
        if len(used) > 1:
            raise refused(tables)
        (base,) = used
        if base == tables.parts:
            parts.append(one)
        elif base == tables.place and _coarse(one, there):
            places.append(one)
        else:
            name = _dimension(one, base, there, tables)
            if name is not None:
                dims.add(name)
                takes.setdefault(name, []).append(one)
            elif base == tables.fine and _asked_for(text(one), dataset, base, day):
                sums.append(text(one))
            else:
                raise refused(tables)
    if sums and (dims or len(sums) > 1):
        raise refused(tables)
    if not dims <= tables.dimensions.keys() or (dims and tables.smallest(dims) is None):
        raise refused(tables)
    return Slice(frozenset(dims), {name: tuple(of) for name, of in takes.items()}, there, tuple(places), tuple(parts))


def _asked_for(told: str, dataset: RecordDataset, column: str, day: date) -> bool:
    """Whether an indicator of the catalogue sums over this condition."""
    return any(told == known for known, _ in asked_sums(dataset.code, column, day))


def _measure_name(measure: Measure, dataset: RecordDataset) -> str:
    if measure.kind == "count":
        return "lines"
    return ("firms" if measure.column == dataset.firm else "") if measure.kind == "count_distinct" else measure.column


def _coarse(condition: Condition, there: Mapping[str, Logical]) -> bool:
    """Whether a condition on places chooses whole cities."""
    for atom in atoms(condition):
        if not isinstance(atom, Among):
            return False
        if there[atom.column].digits:
            continue
        if atom.values or any(len(prefix) > 4 for prefix in atom.prefixes):
            return False
    return True


def _dimension(condition: Condition, base: str, there: Mapping[str, Logical], tables: Tables) -> str | None:
    """The declared dimension whose categories a condition on ``base`` chooses whole; None where it is finer than any."""
    for name in tables.dimensions:
        column = there.get(name)
        if column is None or column.base != base:
            continue
        if not column.digits:
            return name
        fits = all(
            isinstance(atom, Among)
            and (
                0 < there[atom.column].digits <= column.digits
                or (not atom.values and all(len(prefix) <= column.digits for prefix in atom.prefixes))
            )
            for atom in atoms(condition)
        )
        if fits:
            return name
    return None


def refused(tables: Tables | None) -> UserError:
    """The sentence for a question that no declared table answers, naming those that there are."""
    zh = "；".join(table.name.zh for table in tables.tables) if tables else "（无）"
    en = "; ".join(table.name.en for table in tables.tables) if tables else "(none)"
    return UserError(
        "table.not_declared",
        f"没有企业级数据权限时，只能查询已声明的汇总表，本问题不在其中。可查询：{zh}。"
        "请改用这些表的维度，或向管理员申请企业级数据权限。",
        "Without clearance for single firms only the declared tables can be asked for, and this question is none of them. "
        f"There are: {en}. Use their dimensions, or ask an administrator for clearance.",
    )
