"""What key exporters of the invented city report of their orders: drawn from their own trade, months ahead of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from commercebrain.engine.lake.records.table import Coded, MonthBlock
from commercebrain.engine.simulate.city import Ints, generator
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.simulate.world import month_number, world, yyyymm

REPORTED_ON = 10  # day of the month


def order_blocks(trade: Trade, told: dict[str, Any], begin: int, end: int) -> Iterator[MonthBlock]:
    """Order lines of each month between two (running numbers): the largest streams of the largest firms.

    Orders in hand are what the stream ships in the coming month times the months of work in hand; the trend compares that
    with what it was a month before.
    """
    c = trade.city
    covers = list(told["cover"])
    months = np.array([row[0] for row in told["cover"].values()])
    share = np.array([row[1] for row in told["cover"].values()], dtype=np.float64)
    prices = list(told["price"])
    price_share = np.array(list(told["price"].values()), dtype=np.float64)
    last = world().years[1] * 12 + 11
    followed = _followed(trade, told["firms"], told["streams"])
    before = None
    for month in range(max(begin, month_number(told["from"])), end + 1):
        chance = generator(c.seed, 90, month)
        cover = chance.choice(len(covers), len(followed), p=share / share.sum())
        price = chance.choice(len(prices), len(followed), p=price_share / price_share.sum())
        fresh = 0.7 + 0.6 * chance.random(len(followed))
        reports = chance.random(len(c.firms.uscc)) < told["reporting_share"]
        values = trade.values(min(month + 1, last))[followed] / world().usd_rate(month)
        change = np.zeros(len(followed)) if before is None else values / np.maximum(1, before) - 1
        before = values
        trend = np.where(change > told["band"], 0, np.where(change < -told["band"], 2, 1))
        kept = np.flatnonzero(reports[c.firm[followed]] & (values > 0))
        streams = followed[kept]
        firms, firm = np.unique(c.firm[streams], return_inverse=True)
        yield MonthBlock(yyyymm(month), {
            "reported": np.full(len(kept), np.datetime64(reported_on(yyyymm(month)), "D")),
            "uscc": Coded(firm, [c.firms.uscc[one] for one in firms]),
            "hs10": Coded(c.product[streams], c.hs10),
            "country": Coded(c.country[streams], c.countries),
            "orders_in_hand_usd": np.rint(values[kept] * months[cover[kept]]).astype(np.int64),
            "new_orders_usd": np.rint(values[kept] * fresh[kept]).astype(np.int64),
            "cover": Coded(cover[kept], covers),
            "trend": Coded(trend[kept], ["more", "same", "less"]),
            "price": Coded(price[kept], prices),
            "county": Coded(c.firms.county[c.firm[streams]], c.counties),
        })  # fmt: skip


def reported_on(month: int) -> date:
    """The day on which the lines of a month (yyyymm) are told."""
    return date(month // 100, month % 100, REPORTED_ON)


def _followed(trade: Trade, firms: int, streams: int) -> Ints:
    """The largest export streams of the largest firms, one for each goods and partner."""
    c = trade.city
    mine = np.flatnonzero((c.flow == 0) & (c.firms.rank[c.firm] <= firms))
    goods = np.stack([c.firm[mine], c.product[mine], c.country[mine]])
    order = np.lexsort((-c.base[mine], c.firm[mine]))
    once = np.unique(goods[:, order], axis=1, return_index=True)[1]  # the first, that is the largest, under each mode
    mine = mine[order][np.sort(once)]
    place = np.arange(len(mine)) - np.searchsorted(c.firm[mine], c.firm[mine])
    return np.asarray(mine[place < streams])
