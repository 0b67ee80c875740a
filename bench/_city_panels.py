"""The invented city's months as panels of series, without what was done to their last month on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.foresight.result import Bits, Floats
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.simulate.world import month_number, yyyymm

FIRST = 201801
LONGEST = 84


@dataclass(frozen=True)
class Panel:
    """Series × months of one kind, from ``first`` (yyyymm) to the judged month; ``peers`` numbers each series' group."""

    name: str
    first: int
    values: Floats
    peers: NDArray[np.int64]


@dataclass(frozen=True)
class _Kind:
    name: str
    of: NDArray[np.int64]  # the series of each stream, −1 none
    size: int
    peers: NDArray[np.int64]


class City:
    """All months of a city of ``seed`` from 2018 to ``last``; panels for several judged months."""

    def __init__(self, seed: int, last: int, firms: int = 20_000) -> None:
        self.end = month_number(last)
        self.begin = month_number(FIRST)
        self.trade = Trade(seed, firms, self.end + 24)  # the newest shocks fall after the last month
        self.kinds = list(_kinds(self.trade))
        self.sums = {kind.name: np.zeros((kind.size, self.end - self.begin + 1)) for kind in self.kinds}
        for month in range(self.begin, self.end + 1):
            values = self._values(month, set())
            for kind in self.kinds:
                self.sums[kind.name][:, month - self.begin] = _sums(kind, values)

    def _values(self, month: int, without: set[str]) -> Floats:
        trade = self.trade
        values = trade.usual(month) * trade.scale(month)[0][trade.city.flow]
        for shock in trade.shocks:
            if shock.code not in without and (factor := shock.factor(month)) != 1:
                values[trade.hit(shock)] *= factor
        return values

    def panels(self, last: int) -> list[Panel]:
        """The panels that end with ``last``, without the shocks that begin in it."""
        end = month_number(last)
        begin = max(self.begin, end - LONGEST + 1)
        without = {shock.code for shock in self.trade.shocks if shock.first == end}
        newest = self._values(end, without)
        found = []
        for kind in self.kinds:
            months = self.sums[kind.name][:, begin - self.begin : end - self.begin + 1].copy()
            months[:, -1] = _sums(kind, newest)
            found.append(Panel(kind.name, yyyymm(begin), months, kind.peers))
        return found


def _sums(kind: _Kind, values: Floats) -> Floats:
    there = kind.of >= 0
    return np.asarray(np.bincount(kind.of[there], values[there], minlength=kind.size), dtype=np.float64)


def _kinds(trade: Trade) -> Iterator[_Kind]:
    """Each kind's peers are all series of one question: the same break-down of exports, or of imports."""
    city = trade.city
    counties, countries = len(city.counties), len(city.countries)
    six, six_of = np.unique([code[:6] for code in city.hs10], return_inverse=True)
    two, two_of = np.unique([code[:2] for code in city.hs10], return_inverse=True)
    county = city.firms.county[city.firm]
    for flow, name in enumerate(("firm exports", "firm imports")):
        size = len(city.firms.uscc)
        yield _Kind(name, np.where(city.flow == flow, city.firm, -1), size, np.zeros(size, np.int64))
    for name, of, size in (
        ("goods (6 digits) × flow", six_of[city.product], len(six)),
        ("county × partner × flow", county * countries + city.country, counties * countries),
        ("county × chapter × flow", county * len(two) + two_of[city.product], counties * len(two)),
    ):
        yield _Kind(name, of * 2 + city.flow, 2 * size, np.tile(np.arange(2), size))


def live(values: Floats) -> Bits:
    """Series with trade in the judged month and in that a year before: those that the year-on-year rule can judge."""
    found: Bits = (values[:, -1] > 0) & (values[:, -13] > 0)
    return found


def injected(values: Floats, chance: np.random.Generator, share: float) -> tuple[Floats, Bits]:
    """The series with ``share`` of their last months multiplied by 0.35 or 2.5, and which ones."""
    out = values.copy()
    count = round(share * len(out))
    hit = chance.choice(len(out), count, replace=False)
    out[hit, -1] *= np.where(chance.random(count) < 0.5, 0.35, 2.5)
    truth = np.zeros(len(out), dtype=bool)
    truth[hit] = True
    return out, truth
