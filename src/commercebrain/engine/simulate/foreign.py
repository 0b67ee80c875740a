"""Codes abroad that some firms of the invented city confirmed for what they sell most on the market; all of it assumed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from commercebrain.engine.simulate.city import generator
from commercebrain.engine.simulate.reporters import recipe, reporters
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.simulate.world import month_number


@dataclass(frozen=True)
class Confirmation:
    """One round: its name and days, the market, the firms asked, and of those that answered (own code, code abroad)."""

    term: str
    opens: date
    due: date
    market: str
    nomenclature: str
    asked: tuple[str, ...]
    told: dict[str, tuple[tuple[str, str], ...]]


def confirmation(trade: Trade, day: date) -> Confirmation:
    """The round that runs on ``day``: the firms that sell most there have answered, for their largest goods.

    The last four digits are drawn; they are no lines of any real tariff.
    """
    told, c = recipe(), trade.city
    mine, market = told["foreign_codes"], told["market"]
    who = reporters(trade, month_number(f"{day:%Y-%m}") - 1)
    listed = who.lists["us_exporters"]
    there = np.where((c.country == c.countries.index(market)) & (c.flow == 0), who.exports.streams, 0)
    chance = generator(c.seed, 101)
    answered: dict[str, tuple[tuple[str, str], ...]] = {}
    for firm in listed[np.argsort(-who.exports.market[listed], kind="stable")][: mine["firms"]].tolist():
        streams = np.flatnonzero((c.firm == firm) & (there > 0))
        goods = dict.fromkeys(c.product[streams[np.argsort(-there[streams], kind="stable")]].tolist())
        own = [c.hs10[one] for one in list(goods)[: mine["lines"]]]
        answered[c.firms.uscc[firm]] = tuple((code, code[:6] + str(chance.choice(mine["endings"]))) for code in own)
    return Confirmation(
        mine["term"], day - timedelta(days=mine["since"]), day + timedelta(days=mine["until"]), market,
        mine["nomenclature"], tuple(c.firms.uscc[one] for one in listed.tolist()), answered,
    )  # fmt: skip
