"""A month of many firms as the facts of rules know them, and the shipped rules about firms varied to any number.

Sizes go by Zipf's law as in ``bench/_lines.py``; a third of the firms report orders, the larger ones more often; growth,
gaps and surprises have heavy tails; what a firm does not have is unknown. Facts of one firm hang together (orders fall
where months of work fall), so that conjunctions are met as they are in a city.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.expressions import Column
from commercebrain.engine.rules import ArrayFrame, Coded, Rule
from commercebrain.engine.rules.vocabulary import COVER, TREND

ON = date(2025, 7, 21)
REPORTS, MONTHS = 60, 12
#: Of so many reports back all is kept, of those from which the rules look back only what the firms reported.
WHOLE = 4
LAGS = (4, 8, 12, 52)
MARKETS = ("USA", "DEU", "JPN", "GBR", "VNM", "MEX", "IND", "BRA", "NLD", "KOR")
_DIFFICULTIES = (
    frozenset(),
    frozenset({"lack_of_orders"}),
    frozenset({"tariffs", "lack_of_orders"}),
    frozenset({"costs"}),
)


class City:
    """Facts of ``firms`` firms, drawn from a seed; the frame of the current month with the reports and months before.

    Firms come by what they exported in twelve months, the largest first, as ``CityFacts`` keeps them; in any order where
    ``sorted_by_size`` is not set.
    """

    def __init__(self, firms: int, seed: int, *, sorted_by_size: bool = True) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.firms = firms
        size = 8e10 / np.arange(1, firms + 1) ** 1.05 * np.exp(rng.normal(0, 0.8, firms))
        self.size = np.round(rng.permutation(size)).clip(0)
        if sorted_by_size:
            self.size = np.sort(self.size)[::-1].copy()
        self.reports = rng.random(firms) < np.clip(np.log10(self.size + 1) / 8 - 0.45, 0.02, 0.95)
        self.health = rng.standard_t(4, firms) * 0.25
        self.keys = [f"F{n:06d}" for n in range(firms)]

    def frame(self) -> ArrayFrame:
        """The current month."""
        reports = [ArrayFrame("firm", self.keys, self._back(back + 1), on=ON) for back in range(REPORTS)]
        months = [ArrayFrame("firm", self.keys, self._traded(), on=ON) for _ in range(MONTHS)]
        now = {**self._reported(), **self._traded(), **self._listed()}
        return ArrayFrame("firm", self.keys, now, "2025-06", ON, earlier={"report": reports, "month": months})

    def _back(self, periods: int) -> dict[str, Any]:
        if periods < WHOLE:
            return {**self._reported(), **self._traded()}
        return self._reported() if any(lag <= periods < lag + WHOLE for lag in LAGS) else {}

    def _some(self, values: Any, known: Any) -> Any:
        return np.where(known, np.round(values, 4), np.nan)

    def _noise(self, spread: float) -> Any:
        return self.rng.standard_t(4, self.firms) * spread

    def _traded(self) -> dict[str, Any]:
        rng, often = self.rng, self.size > 1e5
        growth = self.health + self._noise(0.25)
        surprise = self.health * 4 + self._noise(0.8)
        return {
            "exports_last_12m": self.size,
            "imports_last_12m": np.round(self.size * rng.beta(0.5, 4, self.firms)),
            "highest36": np.round(self.size / 6),
            "exports_3m_before": np.round(self.size / 4 * np.exp(self._noise(0.3))),
            "exports_3m": np.round(self.size / 4 * np.exp(self._noise(0.3))),
            "exports_3m_growth": self._some(np.maximum(growth, -1), often),
            "imports_growth": self._some(np.maximum(self.health + self._noise(0.5), -1), rng.random(self.firms) < 0.4),
            "exports_gap": self._some(np.maximum(self.health + self._noise(0.2), -1), often),
            "surprise": self._some(surprise, often),
            "exports_ahead_growth": self._some(np.maximum(self.health + self._noise(0.1), -1), often),
            "below_95": Column(surprise < -1.96, often),
            "lasting_gap": self._some(np.where(self.health < -0.3, np.maximum(self.health, -1), 0.0), often),
            "peers_gap": self._some(self.health + self._noise(0.1), often & (rng.random(self.firms) < 0.8)),
            "price_change": self._some(self._noise(0.1), rng.random(self.firms) < 0.6),
            "zero_months": rng.geometric(0.8, self.firms).astype(np.float64) - 1,
            "markets": rng.poisson(6, self.firms).astype(np.float64),
            "markets_before": rng.poisson(7, self.firms).astype(np.float64),
            "top_market_share": self._some(rng.beta(3, 2, self.firms), self.size > 0),
            "top_market": Coded(rng.integers(0, len(MARKETS), self.firms).astype(np.int16), MARKETS),
        }

    def _reported(self) -> dict[str, Any]:
        rng, known = self.rng, self.reports & (self.rng.random(self.firms) < 0.95)
        cover = np.clip(np.round(1.5 + self.health * 2 + self._noise(0.4)), 0, 3).astype(np.int8)
        orders = self.size / 7.2 / 12 * np.exp(self._noise(0.3)) / 1e4
        difficulties = np.where(known, rng.integers(0, len(_DIFFICULTIES), self.firms), -1)
        return {
            "cover": Coded(np.where(known, cover, -1).astype(np.int8), tuple(COVER)),
            "trend": Coded(np.where(known, rng.integers(0, 3, self.firms), -1).astype(np.int8), tuple(TREND)),
            "orders_in_hand": self._some(orders, known),
            "orders_growth_4": self._some(np.maximum(self.health + self._noise(0.15), -1), known),
            "new_orders": self._some(np.where(rng.random(self.firms) < 0.15, 0.0, orders / 8), known),
            "cancelled_share": self._some(np.maximum(self._noise(0.03), 0), known & (rng.random(self.firms) < 0.3)),
            "price_lower_share": self._some(rng.beta(1, 3, self.firms), known & (rng.random(self.firms) < 0.3)),
            "difficulties": Coded(difficulties.astype(np.int8), _DIFFICULTIES),
            "missed_in_row": self._some(rng.geometric(0.8, self.firms) - 1, self.reports),
            "late_in_row": self._some(rng.geometric(0.7, self.firms) - 1, self.reports),
            "unchanged_in_row": self._some(rng.geometric(0.6, self.firms) - 1, self.reports),
        }

    def _listed(self) -> dict[str, Any]:
        rng, every = self.rng, np.ones(self.firms, bool)
        hit = rng.random(self.firms) < 0.25
        share = np.where(hit, np.round(rng.beta(1, 3, self.firms), 4), 0.0)
        return {
            "exposure('tariff_list')": share,
            "duty('tariff_list')": np.round(share * self.size * 0.2),
            "newly_hit('tariff_list')": Column(hit & (rng.random(self.firms) < 0.3), every),
            "exposure('export_control')": np.where(rng.random(self.firms) < 0.02, 0.1, 0.0),
            "newly_hit('export_control')": Column(rng.random(self.firms) < 0.005, every),
            "in_case": Column(rng.random(self.firms) < 0.01, every),
            "near_case": Column(rng.random(self.firms) < 0.05, every),
        }


def varied(count: int, seed: int) -> list[Rule]:
    """``count`` rules: the shipped ones about firms, again and again with other thresholds and markets.

    Thresholds move within the bounds that each rule declares; every other copy asks for one market as well.
    """
    rng = np.random.default_rng(seed)
    shipped = [one for one in load_catalogue().rules.values() if one.subject == "firm"]
    out: list[Rule] = []
    for number in range(count):
        rule, turn = shipped[number % len(shipped)], number // len(shipped)
        codes = {one.code: f"R{turn * len(shipped) + place:03d}" for place, one in enumerate(shipped)}
        parameters, when = dict(rule.parameters), rule.when
        if turn:
            for name, one in parameters.items():
                steps = int((one.to - one.from_) / one.step)
                value = one.from_ + one.step * Decimal(int(rng.integers(0, max(1, steps // 2) + 1)) + steps // 4)
                parameters[name] = one.model_copy(update={"value": min(value, one.to)})
        if turn % 2:
            when = f"({when}) and top_market in ('{MARKETS[number % 10]}', '{MARKETS[(number + 3) % 10]}')"
        made = {"code": codes[rule.code], "parameters": parameters, "when": when, "inhibited_by": ()}
        out.append(
            rule.model_copy(update={**made, "exclusive_of": tuple(codes[c] for c in rule.exclusive_of if c in codes)})
        )
    return out


def fresh(frame: ArrayFrame) -> ArrayFrame:
    """The same facts in a frame of its own, so that nothing is remembered from one run to the next."""
    earlier = {of: [replace(one, earlier={}) for one in frames] for of, frames in frame.earlier.items()}
    return replace(frame, earlier=earlier)
