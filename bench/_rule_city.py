"""An invented city as rules see it: months of facts as known then, what followed, and what plain rivals would have told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from bench._rivals import cusum, deseasonalised_surprise, statsforecast_residuals
from commercebrain.engine.expressions import parse
from commercebrain.engine.foresight.months import months_apart
from commercebrain.engine.lists.rows import ProductRow
from commercebrain.engine.rules import Rule, evaluate
from commercebrain.engine.rules.backtest import AMONG, History
from commercebrain.engine.rules.facts import CityFacts, ListFacts, OrderPanel
from commercebrain.engine.rules.facts.simulated import SimulatedSource
from commercebrain.engine.rules.thresholds import Counted, Moved, at_recall, count, moving
from commercebrain.engine.rules.truth import Truth, answer_key, exports_fall
from commercebrain.engine.simulate.order_history import order_history
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.simulate.world import month_number

Bits = NDArray[np.bool_]
Floats = NDArray[np.float64]
FIRST, LAST, NEWEST = 202306, 202503, 202506
TODAY = date(2025, 7, 20)


def remedy_lists() -> ListFacts:
    """The invented remedy cases, each from the day on which it was initiated."""
    text = (files("commercebrain.catalogue") / "simulation" / "lists.yaml").read_text(encoding="utf-8")
    told: dict[str, Any] = yaml.safe_load(text)
    (book,) = (one for one in told["books"] if one["kind"] == "remedy_products")
    rows = [
        ProductRow(row["code"], "HS", book["edition"], row["partner"], valid_from=row["initiated"], number=n)
        for n, row in enumerate(book["rows"], 1)
    ]
    return ListFacts(products={"remedy_products": rows})


@dataclass
class City:
    """A city of a seed; ``leads`` False is the placebo: orders that know nothing of what comes."""

    seed: int
    firms: int = 20_000
    leads: bool = True
    first: int = FIRST
    last: int = LAST

    @cached_property
    def trade(self) -> Trade:
        """Its trade."""
        return Trade(self.seed, self.firms, month_number(NEWEST))

    @cached_property
    def facts(self) -> CityFacts:
        """All that is known in the end."""
        orders = OrderPanel.from_history(order_history(self.trade, TODAY, leads=self.leads))
        return CityFacts(None, TODAY, orders=orders, source=SimulatedSource(self.trade), lists=remedy_lists())

    @cached_property
    def history(self) -> History:
        """What was known in each month."""
        return History(self.facts, self.first, self.last)

    @cached_property
    def months(self) -> tuple[int, ...]:
        """The months that are evaluated."""
        return tuple(self.history)

    @cached_property
    def falls(self) -> Truth:
        """What followed."""
        return exports_fall(self.facts, "firm", self.facts.firms, self.months)

    @cached_property
    def key(self) -> Truth:
        """What was done."""
        return answer_key(self.trade, self.facts, "firm", self.facts.firms, self.months)

    def told(self, text: str) -> Floats:
        """A fact of firms × months; NaN not known."""
        out = np.full((len(self.facts.firms), len(self.months)), np.nan)
        (term,) = parse(text).terms
        for n, month in enumerate(self.months):
            column = self.history[month].frame("firm").column(term)
            out[self.places(month), n] = np.where(column.known, column.values.astype(float), np.nan)
        return out

    def places(self, month: int) -> NDArray[np.int64]:
        """Where each of a month's firms stands among all: frames have the largest of their own month first."""
        return np.array([self._places[uscc] for uscc in self.history[month].frame("firm").keys], np.int64)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {uscc: place for place, uscc in enumerate(self.facts.firms)}

    @cached_property
    def among(self) -> Bits:
        """The firms that count: large enough to be a piece of work."""
        least = float(AMONG.rpartition(">=")[2])
        return self.told("exports_last_12m") >= least

    @cached_property
    def reporting(self) -> Bits:
        """Those of them that report orders."""
        return self.among & (self.facts.order_rows >= 0)[:, None]

    def fires(self, rules: Sequence[Rule], parameters: Mapping[str, Any] | None = None) -> tuple[dict[str, Bits], Bits]:
        """Where each rule of firms fires, and where any of them does."""
        shape = (len(self.facts.firms), len(self.months))
        each = {rule.code: np.zeros(shape, bool) for rule in rules if rule.subject == "firm"}
        union = np.zeros(shape, bool)
        for n, month in enumerate(self.months):
            facts = self.history[month]
            places = self.places(month)
            for one in evaluate(rules, facts.frames, parameters=parameters, on=facts.on):
                if one.rule.code in each:
                    each[one.rule.code][places[one.rows], n] = True
                    union[places[one.rows], n] = True
        return each, union

    # -- rivals

    @cached_property
    def growth(self) -> Floats:
        """同比 of the month's exports."""
        return self.told("exports_growth")

    def exports_of(self, rows: NDArray[np.int64]) -> Floats:
        """Exports of some firms by month, as known in the end; such firms as have traded."""
        return np.asarray(self.facts.months.table("firm")[self.facts.trade_rows[rows]])

    @staticmethod
    def moved(score: Floats, truth: Truth, wanted: int, among: Bits) -> Moved | None:
        """A score with its threshold moved until it finds as much; all are of the same firms."""
        fires, low, high = moving(np.where(among, score, np.nan))
        return at_recall(fires, low, high, truth, wanted, among)

    def by_cusum(self, rows: NDArray[np.int64], truth: Truth, wanted: int, among: Bits) -> Moved | None:
        """CUSUM of deseasonalised surprises, likewise; ``truth`` and ``among`` are of the firms at ``rows``."""
        table = self.exports_of(rows)
        first = months_apart(self.facts.months.span[0], self.first)
        # A year before the first month, for the sums to run in.
        surprise = deseasonalised_surprise(table, range(first - 12, first + len(self.months)))

        def fires(threshold: float) -> Bits:
            return cusum(surprise, -threshold)[:, 12:]

        return at_recall(fires, -60.0, -0.01, truth, wanted, among)

    def by_residual(self, rows: NDArray[np.int64], truth: Truth, wanted: int, among: Bits) -> Moved | None:
        """Residuals of a statsforecast model on some firms, likewise; ``truth`` and ``among`` are of those firms."""
        table = self.exports_of(rows)
        first = months_apart(self.facts.months.span[0], self.first)
        residual = statsforecast_residuals(
            table, range(first, first + len(self.months)), among, model="AutoETS", threads=2
        )
        fires, low, high = moving(residual)
        return at_recall(fires, low, high, truth, wanted, among)


def part(truth: Truth, rows: NDArray[np.int64]) -> Truth:
    """The truth of some subjects."""
    keys = tuple(truth.keys[row] for row in rows.tolist())
    return Truth(truth.name, keys, truth.months, truth.happens[rows], truth.known[rows], truth.begins[rows])


__all__ = ["AMONG", "City", "Counted", "count", "part"]
