"""Clusters: a chapter of goods in a county, by exports, orders, employment and what goes abroad."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.expressions import Column
from commercebrain.engine.rules.facts import trade
from commercebrain.engine.rules.facts.position import FactFrame
from commercebrain.engine.rules.facts.projects import employment, projects
from commercebrain.engine.rules.facts.series import YEAR, Floats, column, plain, share
from commercebrain.engine.rules.frame import About

#: A cluster that exported so many yuan in twelve months, or in the twelve before, is looked at.
LEAST: Final = 10_000_000.0
_WIDE: Final = 100


class ClusterFrame(FactFrame):
    """The frame of clusters; keys are ``990101|61``. A firm belongs to the cluster of what it exports most."""

    subject = "cluster"

    def subjects(self) -> Sequence[str]:
        """Those that are large enough now or a year before."""
        months = self.facts.months
        self._rows = np.zeros(0, np.int64)
        if not months.last:
            return []
        told = self._plain(first=True)
        size = np.fmax(np.nan_to_num(told["value_12m"]), np.nan_to_num(told["before_12m"]))
        counties = self.facts.source.counties
        seen = np.array([self.facts.sees(code) for code in counties], bool)
        rows = np.flatnonzero(size >= LEAST)
        self._rows = rows[seen[rows // _WIDE]]
        return [f"{counties[one // _WIDE]}|{one % _WIDE:02d}" for one in self._rows.tolist()]

    def value(self, name: str, argument: str | None) -> Column | None:
        """A fact of clusters."""
        if not self.at.months.last or not len(self.keys):
            return None
        if name == "exports_growth_3m":
            return column(self._plain()["growth_3m"][self._rows])
        makers: dict[str, Callable[[], Any]] = {
            "orders_growth": self._orders, "firms": lambda: self._firms()[0], "firms_gone": lambda: self._firms()[1],
            "employees_change": self._employees, "outbound_projects": lambda: self._outbound(0)[0],
            "outbound_before": lambda: self._outbound(YEAR)[0], "outbound_invested": lambda: self._outbound(0)[1],
        }  # fmt: skip
        make = makers.get(name)
        found = None if make is None else make()
        return None if found is None else column(found)

    def about(self, row: int) -> About:
        """The county and the chapter."""
        county, chapter = self.keys[row].split("|")
        place, goods = self.facts.name_of(county), self.facts.name_of(chapter)
        return About(
            name=Words(zh=f"{place.zh}第{goods.zh}章" if goods.zh == chapter else f"{place.zh}{goods.zh}",
                       en=f"{place.en}, chapter {goods.en}" if goods.en == chapter else f"{place.en}, {goods.en}"),
            county=county, county_name=place, region=county, chapter=chapter,
        )  # fmt: skip

    def _plain(self, *, first: bool = False) -> dict[str, Floats]:
        months = self.facts.months if first else self.at.months
        return months.source.kept(("cluster plain", months.key), lambda: plain(months.table("cluster")))

    def _of_firms(self) -> NDArray[np.int64]:
        """The cluster (county × 100 + chapter, of the source) of each of the frame's firms; −1: none."""
        facts, months = self.facts, self.facts.months
        rows = facts.trade_rows
        chapter = np.where(rows >= 0, trade.chapters(months)[np.maximum(rows, 0)], -1)
        # Two years, so that a firm that stopped exporting still belongs to what it exported.
        before = months.back(YEAR)
        if before.last:
            earlier = np.where(rows >= 0, trade.chapters(before)[np.maximum(rows, 0)], -1)
            chapter = np.where(chapter >= 0, chapter, earlier)
        places = {code: place for place, code in enumerate(facts.source.counties)}
        of_option = np.array([places.get(one, -1) for one in facts.firm_counties.options] + [-1], np.int64)
        county = of_option[facts.firm_counties.codes]
        return np.where((chapter >= 0) & (county >= 0), county * _WIDE + chapter, -1)

    def _sum(self, cluster: NDArray[np.int64], values: Floats) -> Floats:
        size = _WIDE * len(self.facts.source.counties)
        mine = cluster >= 0
        return np.bincount(cluster[mine], values[mine], minlength=size)[self._rows].astype(np.float64)

    def _orders(self) -> Floats:
        panel, week = self.facts.orders, self.at.week
        rows = self.facts.order_rows
        if not panel.firms:
            return np.full(len(self.keys), np.nan)
        now, before = (panel.number("orders_in_hand", one, self.on)[np.maximum(rows, 0)] for one in (week, week - 4))
        both = (rows >= 0) & np.isfinite(now) & np.isfinite(before)
        cluster = np.where(both, self._of_firms(), -1)
        return share(self._sum(cluster, np.where(both, now, 0)), self._sum(cluster, np.where(both, before, 0))) - 1

    def _firms(self) -> tuple[Floats, Floats]:
        """Firms that exported in twelve months, and those of the twelve before that no longer do."""
        months, rows = self.at.months, self.facts.trade_rows
        told = months.source.kept(("plain", 0, months.key), lambda: plain(months.table("firm")))
        now, before = (
            np.where(rows >= 0, np.nan_to_num(told[name])[np.maximum(rows, 0)], 0)
            for name in ("value_12m", "before_12m")
        )
        cluster = self._of_firms()
        return self._sum(cluster, (now > 0).astype(float)), self._sum(
            cluster, ((before > 0) & (now == 0)).astype(float)
        )

    def _employees(self) -> Floats | None:
        told = employment(self.facts.root, self.on)
        if told is None:
            return None
        now, before = (np.array([year.get(uscc, np.nan) for uscc in self.facts.firms], float) for year in told)
        both = np.isfinite(now) & np.isfinite(before)
        cluster = np.where(both, self._of_firms(), -1)
        return share(self._sum(cluster, np.nan_to_num(now)), self._sum(cluster, np.nan_to_num(before))) - 1

    def _outbound(self, back: int) -> tuple[Floats, Floats] | tuple[None, None]:
        """Projects filed by the cluster's firms in twelve months, and what they invested (US dollars)."""
        held = projects(self.facts.root, self.on)
        if held is None:
            return None, None
        end = self.at.day.year * 12 + self.at.day.month - 1 - back
        many, made = np.zeros(len(self.facts.firms)), np.zeros(len(self.facts.firms))
        places = {uscc: place for place, uscc in enumerate(self.facts.firms)}
        names: set[tuple[str, str]] = set()
        for row in held:
            month = row.filed.year * 12 + row.filed.month - 1
            if not end - YEAR < month <= end or row.uscc not in places:
                continue
            made[places[row.uscc]] += row.made
            if (row.uscc, row.project) not in names:
                names.add((row.uscc, row.project))
                many[places[row.uscc]] += 1
        cluster = self._of_firms()
        return self._sum(cluster, many), self._sum(cluster, made)
