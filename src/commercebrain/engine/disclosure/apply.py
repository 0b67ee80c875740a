"""Disclosure control on a question and on its answer.

:func:`guard` before anything is computed: who has no clearance for firms in the region asked for may ask only for what the
declared tables hold. :meth:`Guarded.mask` afterwards: every number that a withheld cell went into is taken out.

What goes in is judged month by month, by the plan of the transform: a cumulative figure by all its months, a growth rate
by both periods, a share by the part and the whole, a seasonally adjusted figure by the whole history. Concentration,
diffusion and ranks compare all members, so one withheld member withholds them. Whatever is counted firm by firm
(concentration among firms, growth of a comparable set of firms) is in no declared table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.disclosure.declared import DeclaredTable, Tables, declared_tables
from commercebrain.engine.disclosure.month import Protected
from commercebrain.engine.disclosure.primary import Bools
from commercebrain.engine.disclosure.slices import Slice, refused, slice_of
from commercebrain.engine.disclosure.store import MonthProtection, Protections
from commercebrain.engine.indicators.cells import Question
from commercebrain.engine.indicators.conditions import AllOf
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.table import NUMBERS, FigureTable
from commercebrain.engine.indicators.transforms.plan import Plan
from commercebrain.engine.lake.records.schema import RecordDataset


def cleared(reach: Reach, request: Request, dataset: RecordDataset) -> bool:
    """Whether the reader may see single records of ``dataset`` in the region asked for."""
    return reach.sees(request.region, dataset.classification)


def guard(plan: Plan, question: Question, reach: Reach, request: Request) -> Guarded | None:
    """None where the reader is cleared for the dataset's records in the region; else what masks the answer.

    Raises :class:`UserError` (``table.not_declared``) for a question that no declared table answers.
    """
    if question.dataset.classification != "confidential" or cleared(reach, request, question.dataset):
        return None
    tables = declared_tables().get(question.dataset.code)
    if tables is None:
        raise refused(tables)
    return Guarded(
        plan,
        tables,
        tuple(
            slice_of(
                one.definition.measure,
                AllOf((question.common, one.taken)),
                plan.cell_dims,
                question.dataset,
                tables,
                request.last.end,
            )
            for one in question.terms
        ),
    )


@dataclass(frozen=True)
class Guarded:
    """A question that may be asked without clearance, with one slice of the declared tables for each number that goes
    into the answer (both sides of a ratio)."""

    plan: Plan
    tables: Tables
    slices: tuple[Slice, ...] = field(repr=False)

    def mask(self, figures: FigureTable, lake_root: Path) -> FigureTable:
        """The table with every number taken out that may not be told; reason and flag say ``suppressed``.

        The protection is that of the vintages from which the answer was computed; a month without one tells nothing.
        """
        batches: dict[int, set[str]] = {}
        for version in figures.vintage.versions:
            batches.setdefault(version.month, set()).update(getattr(version, "batches", (version.batch,)))
        if not batches or len(figures) == 0:
            return figures
        kept = Protections(lake_root, self.tables)
        told = _Told(figures, self, {month: kept.month(month, of) for month, of in batches.items()})
        bad = np.zeros(len(figures), bool)
        for stretch in self._stretches(figures):
            for one in self.slices:
                bad |= told.withheld(one, stretch, tuple(self.plan.dims))
                if self.plan.rule.wholes:
                    bad |= told.withheld(one, stretch, self.plan.within)
                if self.plan.rule.ranked:
                    bad |= told.any_member(one, stretch)
        return _without(figures, bad) if bad.any() else figures

    def _stretches(self, figures: FigureTable) -> list[Stretch]:
        """The stretches of months (index of the first and of the last, for each row) that go into the rows."""
        slots = self.plan.slots
        if self.plan.adjust:  # seasonal factors come from the whole history
            ends = [_index(month) for slot in slots for stretch in slot.stretches for month in stretch]
            return [(np.full(len(figures), min(ends)), np.full(len(figures), max(ends)))]
        place = {slot.period: number for number, slot in enumerate(slots)}
        at = np.array([place[period] for period in figures.columns["period"].tolist()], dtype=np.int64)
        found = []
        for number in range(self.plan.stretches):
            ends_of = np.array([[_index(month) for month in slot.stretches[number]] for slot in slots], dtype=np.int64)
            found.append((ends_of[at, 0], ends_of[at, 1]))
        return found


#: First and last month of a stretch for each row, as year × 12 + month − 1.
Stretch = tuple[NDArray[Any], NDArray[Any]]


def _index(month: int) -> int:
    return month // 100 * 12 + month % 100 - 1


def _without(figures: FigureTable, bad: Bools) -> FigureTable:
    columns = dict(figures.columns)
    for name in NUMBERS:
        held = np.ma.getdata(columns[name]).copy()
        held[bad] = 0
        columns[name] = np.ma.MaskedArray(held, mask=np.ma.getmaskarray(columns[name]) | bad)
    for name in ("reason", "flag"):
        columns[name] = np.where(bad, "suppressed", columns[name])
    return figures.but(columns=columns)


class _Told:
    """Which combinations of the answer's break-down may be told in which month, for each slice."""

    def __init__(self, figures: FigureTable, guarded: Guarded, months: Mapping[int, MonthProtection | None]) -> None:
        self.guarded, self.months = guarded, months
        self.first, self.last = _index(min(months)), _index(max(months))
        named = zip(guarded.plan.dims, figures.request.by, strict=True)
        self.rows = len(figures)
        self.by = {column: figures.columns[name].astype(str) for column, name in named}
        self._any: dict[Slice, NDArray[Any]] = {}
        self._counts: dict[tuple[Slice, tuple[str, ...]], tuple[NDArray[Any], NDArray[Any]]] = {}
        self._places: dict[tuple[str, tuple[str, ...], tuple[str, ...]], NDArray[Any]] = {}

    def withheld(self, one: Slice, stretch: Stretch, by: tuple[str, ...]) -> Bools:
        """For each row, whether anything in its stretch of months is withheld of the sum by ``by`` that it belongs to
        (its own, or the whole that it is part of)."""
        counts, combination = self._counted(one, by)
        start = np.clip(stretch[0] - self.first, 0, len(counts) - 1)
        end = np.clip(stretch[1] - self.first + 1, 0, len(counts) - 1)
        found: Bools = counts[np.maximum(end, start), combination] > counts[start, combination]
        return found

    def any_member(self, one: Slice, stretch: Stretch) -> Bools:
        """For each row, whether any combination at all is withheld in its stretch, of all that were compared: ranks tell of
        members that a filter keeps out of the answer, too."""
        if one not in self._any:
            bad = np.zeros(self.last - self.first + 1, dtype=np.int64)
            for month in self.months:
                bad[_index(month) - self.first] = self._any_withheld(one, month)
            self._any[one] = np.concatenate([np.zeros(1, np.int64), np.cumsum(bad)])
        total = self._any[one]
        start = np.clip(stretch[0] - self.first, 0, len(total) - 1)
        end = np.clip(stretch[1] - self.first + 1, 0, len(total) - 1)
        found: Bools = total[np.maximum(end, start)] > total[start]
        return found

    def _any_withheld(self, one: Slice, month: int) -> bool:
        """Whether anything in a month's table, over all its categories that the conditions take, is withheld."""
        protection = self.months[month]
        if protection is None:
            return True
        table = self.guarded.tables.smallest(one.dims) if one.dims else None
        for (city, part), protected in protection.of.items():
            if not one.city(city) or not one.part(part):
                continue
            if not protected.whole or not set(one.sums) <= set(protected.sums):
                return True
            if table is None:
                continue
            taken = [one.members(name, protection.labels[name]) for name in table.by]
            if len(table.by) == 1:
                hidden = protected.margins[table.by[0]].hidden & taken[0]
            else:
                hidden = protected.cells[table.code] & taken[0][:, None] & taken[1][None, :]
            if hidden.any():
                return True
        return False

    def _counted(self, one: Slice, by: tuple[str, ...]) -> tuple[NDArray[Any], NDArray[Any]]:
        """How many of the months before each one are withheld (months + 1 × combinations), and each row's combination."""
        key = (one, by)
        if key not in self._counts:
            if by:
                codes = np.stack([np.unique(self.by[name], return_inverse=True)[1].reshape(-1) for name in by])
                _, picked, combination = np.unique(codes, axis=1, return_index=True, return_inverse=True)
                combination = combination.reshape(-1)
            else:
                picked, combination = np.zeros(1, int), np.zeros(self.rows, int)
            texts = {name: self.by[name][picked] for name in by}
            bad = np.zeros((self.last - self.first + 1, len(picked)), dtype=np.int32)
            for month in self.months:
                bad[_index(month) - self.first] = ~self._month(one, month, texts, len(picked))
            counts = np.vstack([np.zeros((1, len(picked)), np.int32), np.cumsum(bad, axis=0, dtype=np.int32)])
            self._counts[key] = (counts, combination)
        return self._counts[key]

    def _month(self, one: Slice, month: int, texts: Mapping[str, NDArray[Any]], size: int) -> Bools:
        protection = self.months[month]
        if protection is None:
            return np.zeros(size, bool)
        allowed = np.ones(size, bool)
        folded = self.guarded.plan.fold
        dims = frozenset(name for name in one.dims if name in texts or name in one.takes or name in folded)
        table = self.guarded.tables.smallest(dims) if dims else None
        for (city, part), protected in protection.of.items():
            if not one.city(city) or not one.part(part):
                continue
            mine = np.ones(size, bool)
            if self.guarded.tables.parts in texts:
                mine &= texts[self.guarded.tables.parts] == part
            for column, digits in (("city", 4), ("province", 2)):
                if column in texts:
                    mine &= np.array([text[:digits] == city[:digits] for text in texts[column].tolist()], bool)
            if one.sums and not set(one.sums) <= set(protected.sums):
                allowed &= ~mine
                continue
            allowed &= ~mine | self._cells(one, protected, protection.labels, table, texts, size)
        return allowed

    def _cells(
        self, one: Slice, protected: Protected, labels: Mapping[str, tuple[str, ...]], table: DeclaredTable | None,
        texts: Mapping[str, NDArray[Any]], size: int,
    ) -> Bools:  # fmt: skip
        """Which combinations may be told of a city, a month and a part."""
        if not protected.whole or table is None:
            return np.full(size, protected.whole)
        if len(table.by) == 1:
            (name,) = table.by
            margin = protected.margins[name]
            if name in texts:
                return self._at(~margin.hidden, self._place(name, labels[name], texts[name]))
            if name in self.guarded.plan.fold:
                return np.full(size, not (margin.hidden & one.members(name, labels[name])).any())
            return np.full(size, margin.allows(one.members(name, labels[name])))
        hidden = protected.cells[table.code]
        for axis, name in enumerate(table.by):
            if name not in texts:
                members = one.members(name, labels[name])
                taken = hidden & (members[:, None] if axis == 0 else members[None, :])
                hidden = np.asarray(taken.any(axis=axis, keepdims=True))
        places = [
            self._place(name, labels[name], texts[name]) if name in texts else np.zeros(size, int) for name in table.by
        ]
        inside = (places[0] >= 0) & (places[1] >= 0)
        found: Bools = ~inside | ~hidden[np.maximum(places[0], 0), np.maximum(places[1], 0)]
        return found

    @staticmethod
    def _at(shown: Bools, places: NDArray[Any]) -> Bools:
        """What never occurred is a plain 0 and may be told."""
        if not len(shown):
            return np.ones(len(places), bool)
        found: Bools = (places < 0) | shown[np.maximum(places, 0)]
        return found

    def _place(self, name: str, labels: tuple[str, ...], texts: NDArray[Any]) -> NDArray[Any]:
        """The code of each text; -1 for one that the dictionary does not have."""
        key = (name, labels, tuple(texts.tolist()))
        if key not in self._places:
            at = {label: place for place, label in enumerate(labels)}
            self._places[key] = np.array([at.get(text, -1) for text in texts.tolist()], dtype=np.int64)
        return self._places[key]
