"""The invented city's trade as a source of facts, without a lake between: for measuring rules over many cities."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from commercebrain.engine.rules.facts.source import Cells, Floats, Token, TradeSource
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.simulate.world import month_number, world, yyyymm


class SimulatedSource(TradeSource):
    """Months from ``first`` to ``last`` (yyyymm), each known from the customs' release day on, without faults of delivery."""

    synthetic = True

    def __init__(self, trade: Trade, first: int = 201801, last: int = 0) -> None:
        super().__init__()
        c = trade.city
        self.trade = trade
        self.firms, self.products, self.countries, self.counties = c.firms.uscc, c.hs10, c.countries, c.counties
        self.first, self.last = month_number(first), month_number(last) if last else trade.newest

    def known(self, on: date, *, as_published: bool = False) -> Mapping[int, Token]:
        """The months released by the day."""
        return {yyyymm(n): () for n in range(self.first, self.last + 1) if _released(n) <= on}

    def released(self, month: int) -> date | None:
        """The customs' release day."""
        number = month_number(month)
        return _released(number) if self.first <= number <= self.last else None

    def dollars(self, flow: int, months: Mapping[int, Token]) -> Floats | None:
        """At each month's rate."""
        told = [self.by_firm(flow, one, token) / world().usd_rate(month_number(one)) for one, token in months.items()]
        return np.asarray(np.sum(told, axis=0), np.float64)

    def read(self, month: int, token: Token) -> Cells:
        """The streams of a month that traded."""
        c, number = self.trade.city, month_number(month)
        values = self.trade.values(number)
        some = np.flatnonzero(values > 0)
        firm = c.firm[some]
        quantity = values[some] / world().usd_rate(number) / c.price[some]
        return Cells(
            c.flow[some].astype(np.int8), firm, c.product[some], c.country[some], c.firms.county[firm], values[some],
            quantity,
        )  # fmt: skip


def _released(number: int) -> date:
    after = number + 1
    return date(after // 12, after % 12 + 1, int(world().city["release_day"]))
