"""One month of one city protected: every declared table together, so that no two of them can be subtracted.

The order of work: is the whole city's figure safe; which categories of each dimension may have a total (they are the
margins that all tables share); then each two-way table, where categories without a total are pooled, so that all its
margins are known. Where a cell of a table cannot be protected while its margins are told, the smaller of the two loses
its total and the month is done again; where no total is left to give up, groups are told no more, and at last nothing is.
Exports and imports are protected each by itself; their sum is shown where both
are, and tells nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from commercebrain.engine.disclosure.complementary import TwoWay, protect_table
from commercebrain.engine.disclosure.declared import Rule, Tables
from commercebrain.engine.disclosure.margins import COMMON, SHOWN, Margin, atoms, protect_margin
from commercebrain.engine.disclosure.primary import Bools, Ints, add_up, concentration


@dataclass(frozen=True)
class Contributions:
    """What firms contribute to a month: codes by dimension, firm and value, one row or several for the same key.

    ``labels`` gives the text of each code; codes are positions in it.
    """

    codes: Mapping[str, Ints]
    labels: Mapping[str, tuple[str, ...]]
    firm: Ints
    value: Ints

    def only(self, taken: Bools) -> Contributions:
        """Some of the rows."""
        codes = {name: column[taken] for name, column in self.codes.items()}
        return Contributions(codes, self.labels, self.firm[taken], self.value[taken])


@dataclass(frozen=True)
class Protected:
    """What may be told of a city, a month and a flow.

    ``whole``: the city's own total. ``margins`` by dimension. ``cells``: table code → matrix of withheld cells over all
    categories (those of withheld categories included, empty ones too: that nothing is there is not told either).
    ``sums`` are the sums over finer categories that may be told, by their texts.
    """

    whole: bool
    margins: Mapping[str, Margin]
    cells: Mapping[str, Bools]
    counts: Mapping[str, int] = field(default_factory=dict)
    sums: tuple[str, ...] = ()


@dataclass(frozen=True)
class Earlier:
    """An earlier vintage of a month, in the codes of the later one: what it withheld stays withheld, and what it told and
    has not changed is known for good. ``margins`` and ``cells`` are the totals that it had, by dimension and by table."""

    protected: Protected
    margins: Mapping[str, Ints]
    cells: Mapping[str, Ints]
    change: Change | None = None


@dataclass(frozen=True)
class Change:
    """Whole places that one vintage has and the other has not: city totals of the two differ by just their figures, so
    these are protected as a city of their own. ``places``: which categories of the place they are."""

    protected: Protected
    places: Bools

    def with_(self, inherited: Protected) -> Protected:
        """What the earlier vintage withheld, and what may not be told of the change."""
        margins = {}
        for name, margin in inherited.margins.items():
            hidden = margin.hidden | self.protected.margins[name].hidden
            margins[name] = Margin(hidden, np.where(hidden, 0, SHOWN), hidden)
        cells = {code: hidden | self.protected.cells[code] for code, hidden in inherited.cells.items()}
        return Protected(inherited.whole and self.protected.whole, margins, cells)

    def joined(self, name: str) -> Bools:
        """The categories that no group may tell of the change."""
        found: Bools = self.protected.margins[name].pool == COMMON
        return found


def protect(
    given: Contributions,
    tables: Tables,
    *,
    groups: Mapping[str, Sequence[frozenset[str]]] | None = None,
    earlier: Earlier | None = None,
    complementary: bool = True,
) -> Protected:
    """Protect one city, month and flow. ``groups``: dimension → sets of category labels whose sums are published."""
    rule = tables.rule
    inherited = None if earlier is None else earlier.protected
    change = None if earlier is None else earlier.change
    if inherited is not None and change is not None:
        inherited = change.with_(inherited)
    sizes = {name: len(given.labels[name]) for name in tables.dimensions}
    city = concentration(np.zeros(len(given.firm), np.int64), given.firm, given.value, 1)
    if city.count[0] and (city.unsafe(rule)[0] or (inherited is not None and not inherited.whole)):
        return nothing(tables, sizes)
    totals = {name: add_up(given.codes[name], given.firm, given.value) for name in tables.dimensions}
    grouped = {
        name: atoms(sizes[name], [_places(given.labels[name], members) for members in (groups or {}).get(name, ())])
        for name in tables.dimensions
    }
    forced = {
        name: np.zeros(sizes[name], bool) if inherited is None else inherited.margins[name].hidden.copy()
        for name in tables.dimensions
    }
    known, fixed = _known(given, tables, sizes, earlier)
    given_up: dict[str, set[int]] = {name: set() for name in tables.dimensions}
    while True:
        margins = {
            name: protect_margin(
                *totals[name],
                sizes[name],
                rule,
                atom=grouped[name],
                forced=forced[name],
                fixed=fixed.get(name),
                joined=None if change is None else change.joined(name),
                complementary=complementary,
            )
            for name in tables.dimensions
        }
        if opened := [name for name, margin in margins.items() if margin.open]:
            if change is not None or not any(fixed.pop(name, None) is not None for name in opened):
                return nothing(tables, sizes)
            continue
        cells: dict[str, Bools] = {}
        counts = {"unsafe": 0, "withheld": 0, "cells": 0}
        again = False
        for table in tables.double:
            a, b = table.by
            before = None if inherited is None else inherited.cells[table.code]
            done, maps = _table(
                given, margins, (a, b), (sizes[a], sizes[b]), rule, before, known.get(table.code), complementary
            )
            many = any(len(given_up[name]) >= max(2, sizes[name] // 20) for name in table.by)
            dear = table.by[0] == tables.place and any(
                margins[b].hidden[maps[1] == cell[1]].all() for cell in done.stuck
            )
            if done.stuck and (many or dear) and change is None and known.pop(table.code, None) is not None:
                again = True  # better hidden behind what an older vintage told than no totals at all
                break
            if done.stuck:
                again = True
                for cell in done.stuck:
                    lost = _give_up(cell, maps, (a, b), totals, forced, margins)
                    if lost is not None:
                        given_up[lost[0]].add(lost[1])
                    elif any(grouped[name].any() for name in table.by):
                        # No total is left in this table but those of pools: one pool each, and no group is told.
                        grouped.update({name: np.zeros(sizes[name], np.int64) for name in table.by})
                    else:
                        return nothing(tables, sizes)
                break
            hidden = done.hidden[np.ix_(maps[0], maps[1])]
            hidden |= margins[a].hidden[:, None] | margins[b].hidden[None, :]
            cells[table.code] = hidden
            full = np.zeros((sizes[a], sizes[b]), bool)
            full[given.codes[a], given.codes[b]] = True
            counts["unsafe"] += int(done.unsafe.sum())
            counts["withheld"] += int((hidden & full).sum())
            counts["cells"] += int(full.sum())
        if not again:
            return Protected(True, margins, cells, counts)


def nothing(tables: Tables, sizes: Mapping[str, int]) -> Protected:
    """A month of which nothing may be told."""
    margins = {
        name: Margin(np.ones(size, bool), np.full(size, COMMON, np.int64), np.ones(size, bool))
        for name, size in sizes.items()
    }
    cells = {table.code: np.ones((sizes[table.by[0]], sizes[table.by[1]]), bool) for table in tables.double}
    return Protected(False, margins, cells)


def _table(
    given: Contributions,
    margins: Mapping[str, Margin],
    dims: tuple[str, str],
    sizes: tuple[int, int],
    rule: Rule,
    before: Bools | None,
    known: Bools | None,
    complementary: bool,
) -> tuple[TwoWay, tuple[Ints, Ints]]:
    """A two-way table with pooled lines, protected; and for each dimension the line of each category."""
    maps = (_lines(margins[dims[0]]), _lines(margins[dims[1]]))
    shape = (int(maps[0].max(initial=-1)) + 1, int(maps[1].max(initial=-1)) + 1)
    withheld = np.zeros(shape, bool)
    for axis in (0, 1):
        pooled = np.zeros(shape[axis], bool)
        pooled[maps[axis][margins[dims[axis]].hidden]] = True
        withheld |= pooled[:, None] if axis == 0 else pooled[None, :]
    if before is not None:
        rows, columns = np.nonzero(before)
        withheld[maps[0][rows], maps[1][columns]] = True
    fixed = None
    if known is not None:
        given = given.only(~known[given.codes[dims[0]], given.codes[dims[1]]])
        fixed = np.zeros(shape, bool)
        shown = np.outer(~margins[dims[0]].hidden, ~margins[dims[1]].hidden)
        rows, columns = np.nonzero(known & shown)
        fixed[maps[0][rows], maps[1][columns]] = True
    extra = _extra(given, dims, sizes, maps, shape, rule)
    done = protect_table(
        maps[0][given.codes[dims[0]]],
        maps[1][given.codes[dims[1]]],
        given.firm,
        given.value,
        shape,
        rule,
        withheld=withheld,
        extra=extra,
        fixed=fixed,
        complementary=complementary,
    )
    return done, maps


def _extra(
    given: Contributions,
    dims: tuple[str, str],
    sizes: tuple[int, int],
    maps: tuple[Ints, Ints],
    shape: tuple[int, int],
    rule: Rule,
) -> Ints:
    """By how much each pooled cell must stay uncertain because one of the cells in it makes up nearly all of it."""
    cell = given.codes[dims[0]] * sizes[1] + given.codes[dims[1]]
    own = concentration(cell, given.firm, given.value, sizes[0] * sizes[1])
    there = np.flatnonzero(own.count > 0)
    pooled = maps[0][there // sizes[1]] * shape[1] + maps[1][there % sizes[1]]
    total, members = np.zeros(shape[0] * shape[1], np.int64), np.bincount(pooled, minlength=shape[0] * shape[1])
    np.add.at(total, pooled, own.total[there])
    missing = own.need(rule)[there] - (total[pooled] - own.total[there])
    missing[~(own.unsafe(rule)[there] & (members[pooled] > 1))] = 0
    found = np.zeros(len(total), np.int64)
    np.maximum.at(found, pooled, missing)
    return found.reshape(shape)


def _lines(margin: Margin) -> Ints:
    """The line of each category in a two-way table: shown ones have their own, those of one pool share one."""
    lines = np.zeros(len(margin.pool), np.int64)
    shown = margin.pool == SHOWN
    lines[shown] = np.arange(int(shown.sum()))
    pools, inverse = np.unique(margin.pool[~shown], return_inverse=True)
    if len(pools):
        lines[~shown] = int(shown.sum()) + inverse.reshape(-1)
    return lines


def _give_up(
    cell: tuple[int, int],
    maps: tuple[Ints, Ints],
    dims: tuple[str, str],
    totals: Mapping[str, tuple[Ints, Ints, Ints]],
    forced: Mapping[str, Bools],
    margins: Mapping[str, Margin],
) -> tuple[str, int] | None:
    """Withhold the total of one of the two categories that cross in a cell which nothing else can protect: of the
    dimension with more categories (a county's total is missed more than a country's); where both are pools, of the
    smallest category that has a total at all. None: no category of the two has one."""
    options: list[tuple[int, int, str, int]] = []
    for axis in (0, 1):
        category, _, value = totals[dims[axis]]
        members = np.flatnonzero(maps[axis] == cell[axis])
        if len(members) == 1 and not margins[dims[axis]].hidden[members[0]]:
            many = len(forced[dims[axis]])
            options.append((-many, int(value[category == members[0]].sum()), dims[axis], int(members[0])))
    if not options:
        for name in dims:
            category, _, value = totals[name]
            sums = np.bincount(category, weights=value, minlength=len(forced[name]))
            many = len(sums)
            options += [(-many, int(sums[i]), name, int(i)) for i in np.flatnonzero(~margins[name].hidden & (sums > 0))]
    if not options:
        return None
    _, _, name, number = min(options)
    forced[name][number] = True
    return name, number


def _places(labels: Sequence[str], members: frozenset[str]) -> list[int]:
    return [place for place, label in enumerate(labels) if label in members]


def _known(
    given: Contributions, tables: Tables, sizes: Mapping[str, int], earlier: Earlier | None
) -> tuple[dict[str, Bools], dict[str, Bools]]:
    """The cells by table and the categories by dimension that an earlier vintage told and that have not changed."""
    known: dict[str, Bools] = {}
    fixed: dict[str, Bools] = {}
    if earlier is None:
        return known, fixed
    for name in tables.dimensions:
        now = np.zeros(sizes[name], np.int64)
        np.add.at(now, given.codes[name], given.value)
        fixed[name] = ~earlier.protected.margins[name].hidden & (now == earlier.margins[name]) & (now > 0)
    for table in tables.double:
        a, b = table.by
        cells = np.zeros((sizes[a], sizes[b]), np.int64)
        np.add.at(cells, (given.codes[a], given.codes[b]), given.value)
        same = cells == earlier.cells[table.code]
        known[table.code] = ~earlier.protected.cells[table.code] & same
        if earlier.change is not None and a == tables.place:
            known[table.code] |= earlier.change.places[:, None]
        elif earlier.change is not None and b == tables.place:
            known[table.code] |= earlier.change.places[None, :]
    if earlier.change is not None:
        fixed[tables.place] |= earlier.change.places
    return known, fixed
