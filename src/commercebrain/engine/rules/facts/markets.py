"""Markets: what the city exports to each partner, and how its firms fare there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from commercebrain.engine.expressions import Column
from commercebrain.engine.rules.facts import unusual
from commercebrain.engine.rules.facts.position import FactFrame
from commercebrain.engine.rules.facts.series import YEAR, Floats, column, plain, share
from commercebrain.engine.rules.frame import About

#: A firm that sold so many yuan on a market in three months a year before counts among those that may have fallen there.
LEAST_THERE = 300_000.0
FALL = -0.3
_PLAIN = {"exports": "value", "growth": "growth", "growth_3m": "growth_3m"}


class MarketFrame(FactFrame):
    """The frame of markets; keys are ISO alpha-3. Markets are the whole city's."""

    subject = "market"

    def subjects(self) -> Sequence[str]:
        """Partners to which anything was exported in two years."""
        months = self.facts.months
        if not months.last:
            return []
        recent = np.nan_to_num(months.table("country")[:, -2 * YEAR :]).sum(axis=1)
        self._rows = np.flatnonzero(recent > 0)
        return [self.facts.source.countries[one] for one in self._rows.tolist()]

    def value(self, name: str, argument: str | None) -> Column | None:
        """A fact of markets."""
        if name == "list" and argument is not None:
            found = self.facts.exposures.market_on(argument, self.keys)
            return None if found is None else Column(found, np.ones(len(found), bool))
        months = self.at.months
        if not months.last or not len(self.keys):
            return None
        if name in _PLAIN:
            return column(self._plain()[_PLAIN[name]][self._rows])
        if name in ("gap", "surprise"):
            return column(getattr(unusual.judged(months, "country"), name)[self._rows])
        if name == "share":
            return column(self._share()[0])
        if name == "share_change":
            now, before = self._share()
            return column(now - before)
        if name in ("firms", "falling_share"):
            return column(self._firms()[name == "falling_share"])
        return None

    def about(self, row: int) -> About:
        """The market."""
        return About(name=self.facts.name_of(self.keys[row]), country=self.keys[row])

    def _plain(self) -> dict[str, Floats]:
        months = self.at.months
        return months.source.kept(("country plain", months.key), lambda: plain(months.table("country")))

    def _share(self) -> tuple[Floats, Floats]:
        """Part of the city's exports in twelve months, and in the twelve before."""
        told = self._plain()
        now, before = (share(told[name], np.full(1, told[name].sum())) for name in ("value_12m", "before_12m"))
        return now[self._rows], before[self._rows]

    def _firms(self) -> tuple[Floats, Floats]:
        """Firms that exported there in twelve months, and of those with a base the part that fell by three tenths."""
        months = self.at.months
        wide = len(self.facts.source.countries)
        held = months.together("firm_country", 0, YEAR - 1)
        now, before = months.together("firm_country", 0, 2), months.together("firm_country", YEAR, YEAR + 2)
        none = np.full(len(self.keys), np.nan)
        many = none
        if held is not None:
            many = np.bincount(held.key[held.value > 0] % wide, minlength=wide)[self._rows].astype(np.float64)
        if now is None or before is None:
            return many, none
        base = before.key[before.value >= LEAST_THERE]
        fell = now.at(base) / before.at(base) - 1 <= FALL
        part = share(
            np.bincount(base[fell] % wide, minlength=wide).astype(float), np.bincount(base % wide, minlength=wide)
        )
        return many, part[self._rows]
