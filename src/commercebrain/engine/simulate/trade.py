"""What each stream trades in a month, in whole yuan: season, festival, growth, entry and exit, shocks; totals exact.

A month's values depend on the seed, the number of firms and the shocks, and on nothing else: not on how many lines are
cut from them, nor on where the span begins (the last month matters: the latest shocks fall in it). What comes later than
the demonstration's day, and what help then does, changes the streams that it touches and no others.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.simulate.city import City, Floats, Ints, city, generator
from commercebrain.engine.simulate.responses import Help, gain_of, left_of, works_from
from commercebrain.engine.simulate.shocks import Shock, later_shocks, shocks_of
from commercebrain.engine.simulate.world import FLOWS, world

MIDDLE = 2022 * 12 + 6  # growth turns around here


class Trade:
    """The trade of a city by month. ``newest`` is the month (a running number) that the latest shocks fall in."""

    def __init__(self, seed: int, firms: int, newest: int) -> None:
        self.city: City = city(seed, firms)
        self.newest = newest
        self.shocks: list[Shock] = shocks_of(self.city, newest)
        self.later: list[Shock] = later_shocks()
        self.helps: tuple[Help, ...] = ()
        self._hit: dict[str, NDArray[np.intp]] = {}
        self._years: dict[int, dict[int, tuple[Floats, Ints]]] = {}
        self._exported: dict[tuple[int, tuple[Help, ...]], Ints] = {}
        self.kept: dict[str, Any] = {}  # what was worked out of the trade before any help, for whoever asks again

    def helped(self, helps: Iterable[Help]) -> Trade:
        """The same trade with what help does from the month after it was given."""
        other = copy.copy(self)
        other.helps = tuple(sorted(helps))
        return other

    @cached_property
    def of_flow(self) -> list[NDArray[np.intp]]:
        """Streams of each flow."""
        return [np.flatnonzero(self.city.flow == number) for number in range(len(FLOWS))]

    def usual(self, month: int) -> Floats:
        """Sizes of the streams in a month before shocks, in no unit: only their proportions mean something."""
        c = self.city
        firms = c.firms
        chance = generator(c.seed, 4, month)
        size = np.exp(c.growth * (month - MIDDLE) + 0.12 * chance.standard_normal(len(firms.uscc)))
        size *= c.season[:, month % 12]
        size[month >= c.breaks] *= c.break_size[month >= c.breaks]
        # Small firms do not trade every month; the smallest about every other.
        often = 1 - 0.5 * np.clip((firms.rank - 500) / max(1, len(firms.uscc) - 500), 0, 1) ** 0.7
        size[chance.random(len(size)) > often] = 0
        size[(month < firms.opens) | (month >= firms.closes)] = 0
        noise = np.exp(0.25 * chance.standard_normal(len(c)))
        noise[chance.random(len(c)) > c.regular] = 0
        return np.asarray(c.base * size[c.firm] * noise, dtype=np.float64)

    def shaken(self, month: int) -> Floats:
        """What shocks multiply each stream by in a month; later ones and help aside."""
        return self._times(self.shocks, month, np.ones(len(self.city)))

    def _times(self, shocks: Iterable[Shock], month: int, factors: Floats) -> Floats:
        for shock in shocks:
            factor = shock.factor(month)
            if factor != 1:
                factors[self.hit(shock)] *= factor
        return factors

    def shaken_since(self, month: int, known: date | None = None) -> Floats:
        """The same with later shocks, and eased by the help that was given by the day ``known`` (None: ever)."""
        factors = self._times(self.later, month, self.shaken(month))
        for help, first in self._at_work(month, known):
            firm = self._place[help.uscc]
            mine = np.arange(*np.searchsorted(self.city.firm, (firm, firm + 1)))  # streams stand in the order of firms
            mine = mine[self.city.flow[mine] == 0]
            hurt = np.minimum(factors[mine], 1)
            eased = factors[mine] + (1 - hurt) * (1 - left_of(month - first))
            factors[mine] = eased * (1 + gain_of(month - first))
        return factors

    def _at_work(self, month: int, known: date | None) -> list[tuple[Help, int]]:
        """The help that works in a month, each with the month from which it does."""
        found = [(help, works_from(self.city, help)) for help in self.helps if known is None or help.on < known]
        return [(help, first) for help, first in found if first is not None and first <= month]

    def exported(self, month: int, known: date | None = None) -> Ints:
        """Yuan exported by each firm in a month, as :meth:`values` has it; kept."""
        key = (month, tuple(help for help, _first in self._at_work(month, known)))
        if key not in self._exported:
            values = np.where(self.city.flow == 0, self.values(month, known=known), 0)
            sums = np.bincount(self.city.firm, values, minlength=len(self.city.firms.uscc))
            self._exported[key] = np.rint(sums).astype(np.int64)
        return self._exported[key]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {uscc: number for number, uscc in enumerate(self.city.firms.uscc)}

    def hit(self, shock: Shock) -> NDArray[np.intp]:
        """Which streams a shock is done to."""
        if shock.code not in self._hit:
            self._hit[shock.code] = np.flatnonzero(shock.streams(self.city))
        return self._hit[shock.code]

    def scale(self, month: int) -> tuple[Floats, Ints]:
        """Yuan for a unit of :meth:`usual`, and the month's total in yuan with shocks; each by flow."""
        year = month // 12
        if year not in self._years:
            self._years[year] = self._settle(year)
        return self._years[year][month]

    def _settle(self, year: int) -> dict[int, tuple[Floats, Ints]]:
        """Scales and totals of a year's months, such that the year with its shocks is the declared total.

        Without shocks the months would follow the declared profile; a factor common to the year's months, near 1,
        makes up for what shocks took away or added.
        """
        months = range(year * 12, year * 12 + 12)
        plain, shaken = np.zeros((2, 12)), np.zeros((2, 12))
        for place, month in enumerate(months):
            usual = self.usual(month)
            factors = self.shaken(month)
            for flow, streams in enumerate(self.of_flow):
                plain[flow, place] = usual[streams].sum()
                shaken[flow, place] = (usual[streams] * factors[streams]).sum()
        totals = np.zeros((2, 12), dtype=np.int64)
        scales = np.zeros((2, 12))
        for flow, name in enumerate(FLOWS):
            whole = world().yearly_total(name, year)
            wanted = world().profile(name, year) * shaken[flow] / plain[flow]
            totals[flow] = apportion(whole, wanted)
            scales[flow] = whole / wanted.sum() * world().profile(name, year) / plain[flow]
        return {month: (scales[:, place], totals[:, place]) for place, month in enumerate(months)}

    def values(self, month: int, *, shocks: bool = True, known: date | None = None) -> Ints:
        """Yuan of each stream in a month (a running number); without shocks what it would have been.

        With shocks the values of a flow add up to the month's total, and months to the declared total of the year, but
        for what later shocks took and help gave back; ``known``: only help that was given before that day.
        """
        scale, totals = self.scale(month)
        usual = self.usual(month)
        sizes = usual
        if shocks:
            settled, since = self.shaken(month), self.shaken_since(month, known)
            sizes = usual * settled
        found = np.zeros(len(self.city), dtype=np.int64)
        for flow, streams in enumerate(self.of_flow):
            part = sizes[streams]
            total = int(totals[flow]) if shocks else round(float(part.sum() * scale[flow]))
            found[streams] = spread(total, part)
        if shocks and len(touched := np.flatnonzero(since != settled)):
            exact = usual[touched] * since[touched] * scale[self.city.flow[touched]]
            found[touched] = np.rint(exact).astype(np.int64)
        return found


@lru_cache(maxsize=2)
def trade_of(seed: int, firms: int, newest: int) -> Trade:
    """The trade of a city, kept for the next who asks."""
    return Trade(seed, firms, newest)


def apportion(total: int, weights: Floats) -> Ints:
    """Whole numbers in proportion to the weights that add up to ``total``: the largest remainders are rounded up."""
    exact = total * (weights / weights.sum())
    found = np.floor(exact).astype(np.int64)
    rest = total - int(found.sum())
    found[np.argsort(found - exact, kind="stable")[:rest]] += 1
    return np.asarray(found, dtype=np.int64)


def spread(total: int, weights: Floats) -> Ints:
    """The same for many weights at once, by rounding the running sum; a weight of 0 gets 0."""
    whole = weights.sum()
    if not total or not whole:
        return np.zeros(len(weights), dtype=np.int64)
    ends = np.rint(np.cumsum(weights) * (total / whole)).astype(np.int64)
    last = int(np.flatnonzero(weights)[-1])
    ends[last:] = total
    return np.asarray(np.diff(np.minimum(ends, total), prepend=0), dtype=np.int64)
