"""Counties: their exports, and what their firms report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.expressions import Column
from commercebrain.engine.rules.facts import trade, unusual
from commercebrain.engine.rules.facts.orders import COVERS
from commercebrain.engine.rules.facts.position import FactFrame
from commercebrain.engine.rules.facts.series import Bits, Floats, column, plain, share
from commercebrain.engine.rules.frame import About

#: A firm that exported so many yuan in three months a year before counts among those that may have fallen.
LEAST_BEFORE = 1_000_000.0
FALL = -0.3
MISSED = 2


class CountyFrame(FactFrame):
    """The frame of counties; keys are their codes."""

    subject = "county"

    def subjects(self) -> Sequence[str]:
        """Counties of trade or of reporting firms that are looked at."""
        return sorted(
            one for one in {*self.facts.source.counties, *self.facts.firm_counties.options} if self.facts.sees(one)
        )

    def value(self, name: str, argument: str | None) -> Column | None:
        """A fact of counties."""
        if name in ("exports_growth", "exports_gap", "surprise"):
            return self._of_trade(name)
        if name == "falling_share":
            return self._falling()
        make = {
            "filing_rate": self._filing, "missed_firms": self._missed, "short_cover_share": self._short,
            "orders_growth_4": self._orders,
        }.get(name)  # fmt: skip
        return None if make is None or not self.facts.orders.firms else column(make())

    def about(self, row: int) -> About:
        """The county."""
        code = self.keys[row]
        return About(name=self.facts.name_of(code), county=code, county_name=self.facts.name_of(code), region=code)

    def _of_trade(self, name: str) -> Column | None:
        months = self.at.months
        if not months.last:
            return None
        if name == "exports_growth":
            values = plain(months.table("county"))["growth"]
        else:
            seen = unusual.judged(months, "county")
            values = seen.gap if name == "exports_gap" else seen.surprise
        places = {code: place for place, code in enumerate(self.facts.source.counties)}
        return column(np.array([values[places[code]] if code in places else np.nan for code in self.keys]))

    def _falling(self) -> Column | None:
        """Of firms with a base, the part that exported three tenths less in three months than a year before."""
        months = self.at.months
        if not months.last:
            return None
        before, rate = trade.numbers("exports_3m_before", months), trade.numbers("exports_3m_growth", months)
        if before is None or rate is None:
            return None
        rows = self.facts.trade_rows
        there = (rows >= 0) & (self.facts.firm_counties.codes >= 0)
        place = rows[there]
        based = before[place] >= LEAST_BEFORE
        return column(self._part(there, based, based & (rate[place] <= FALL)))

    def _part(self, of: Bits, whole: Bits, part: Bits) -> Floats:
        counties = self.facts.firm_counties
        codes = counties.codes[of]
        size = len(counties.options)
        found = share(np.bincount(codes[part], minlength=size).astype(float), np.bincount(codes[whole], minlength=size))
        return self._placed(found)

    def _placed(self, values: Floats) -> Floats:
        places = {code: place for place, code in enumerate(self.facts.firm_counties.options)}
        return np.array([values[places[code]] if code in places else np.nan for code in self.keys], np.float64)

    def _reporting(self) -> tuple[Bits, NDArray[np.int64]]:
        """Which firms report and have a county, and their rows in the panel."""
        rows = self.facts.order_rows
        there = (rows >= 0) & (self.facts.firm_counties.codes >= 0)
        return there, rows[there]

    def _filing(self) -> Floats:
        panel = self.facts.orders
        week = self.at.week - panel.behind(self.on)
        there, rows = self._reporting()
        if week < 0:
            return np.full(len(self.keys), np.nan)
        asked = (panel.asked & panel.status)[rows, week]
        return self._part(there, asked, asked & panel.filed[rows, week])

    def _missed(self) -> Floats:
        there, rows = self._reporting()
        missed = self.facts.orders.number("missed_in_row", self.at.week, self.on)[rows]
        codes = self.facts.firm_counties.codes[there]
        size = len(self.facts.firm_counties.options)
        known = np.bincount(codes[np.isfinite(missed)], minlength=size)
        many = np.bincount(codes[missed >= MISSED], minlength=size).astype(float)
        return self._placed(np.where(known > 0, many, np.nan))

    def _short(self) -> Floats:
        there, rows = self._reporting()
        cover = self.facts.orders.codes("cover", self.at.week, self.on)[rows]
        return self._part(there, cover >= 0, cover == COVERS.index("under_1"))

    def _orders(self) -> Floats:
        """Orders in hand of firms that told them both times."""
        there, rows = self._reporting()
        panel = self.facts.orders
        now, before = (panel.number("orders_in_hand", week, self.on)[rows] for week in (self.at.week, self.at.week - 4))
        both = np.isfinite(now) & np.isfinite(before)
        codes = self.facts.firm_counties.codes[there][both]
        size = len(self.facts.firm_counties.options)
        sums = [np.bincount(codes, one[both], minlength=size) for one in (now, before)]
        return self._placed(share(sums[0], sums[1]) - 1)
