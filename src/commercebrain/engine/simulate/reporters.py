"""Which firms of the invented city report and on which lists they stand, and how many persons each employs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.simulate.city import City, Floats, Ints, generator
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.yaml_text import read_yaml

#: Shares of firms by rank that are large, medium, small; the rest is micro (as ``engine.enterprises.simulate`` has it).
SIZES = (("large", 0.001), ("medium", 0.02), ("small", 0.22), ("micro", 1.0))
_OPEN_END = 10**6


@lru_cache(maxsize=1)
def recipe() -> dict[str, Any]:
    """The declared recipe (``catalogue/simulation/reports.yaml``)."""
    text = (files("commercebrain.catalogue") / "simulation" / "reports.yaml").read_text(encoding="utf-8")
    told: dict[str, Any] = read_yaml(text)
    return told


def sizes(city: City) -> NDArray[np.str_]:
    """The size class of each firm."""
    share = city.firms.rank / len(city.firms.uscc)
    found = np.full(len(share), "micro", dtype="<U6")
    for name, most in reversed(SIZES):
        found[share <= most] = name
    return found


def employees(city: City) -> Ints:
    """Persons employed by each firm at the end of last year."""
    classes = sizes(city)
    chance = generator(city.seed, 96)
    draw = chance.standard_normal(len(classes))
    found = np.zeros(len(classes), dtype=np.int64)
    for name, (usual, spread, least, most) in recipe()["employees"].items():
        mine = classes == name
        found[mine] = np.clip(np.rint(usual * np.exp(spread * draw[mine])), least, most)
    return found


@dataclass(frozen=True)
class Exports:
    """What each firm exported in twelve months, in yuan: in all, to one market, by stream; and how three months compare
    with the same a year before (1 where nothing was sold then)."""

    total: Ints
    market: Ints
    streams: Ints
    change: Floats


def exports(trade: Trade, last: int, market: str) -> Exports:
    """The twelve months up to ``last`` (a running number)."""
    c = trade.city
    there = c.countries.index(market)
    months = {month: np.where(c.flow == 0, trade.values(month), 0) for month in range(last - 14, last + 1)}
    streams = np.sum([months[month] for month in range(last - 11, last + 1)], axis=0)
    count = len(c.firms.uscc)

    def by_firm(values: NDArray[np.int64]) -> Ints:
        return np.rint(np.bincount(c.firm, values, minlength=count)).astype(np.int64)

    now = by_firm(np.sum([months[month] for month in range(last - 2, last + 1)], axis=0))
    before = by_firm(np.sum([months[month] for month in range(last - 14, last - 11)], axis=0))
    change = np.where(before > 0, now / np.maximum(1, before), 1.0)
    return Exports(by_firm(streams), by_firm(np.where(c.country == there, streams, 0)), streams, change)


@dataclass(frozen=True)
class Reporters:
    """Who reports: places of firms in ``City.firms``, by credit code, and the lists that each stands on."""

    asked: Ints
    lists: dict[str, Ints]
    exports: Exports


def reporters(trade: Trade, last: int) -> Reporters:
    """The firms that are asked, from their trade of the twelve months up to ``last``.

    The first medium firm by credit code that exports is always among its county's key exporters: the demonstration's
    account of a firm is one of these.
    """
    told, c = recipe(), trade.city
    sold = exports(trade, last, told["market"])
    alive = (c.firms.closes >= _OPEN_END) & (c.firms.opens <= last - 12)
    classes = sizes(c)
    small = 1 if len(c.firms.uscc) >= told["whole"] else 3
    key: list[int] = []
    to_market: list[int] = []
    for number, county in enumerate(c.counties):
        quota = told["asked"][county] // small
        mine = np.flatnonzero(alive & (c.firms.county == number) & (sold.total > 0))
        first = mine[classes[mine] == "medium"][:1].tolist()
        by_total = [one for one in mine[np.argsort(-sold.total[mine], kind="stable")].tolist() if one not in first]
        chosen = (first + by_total)[: round(quota * told["key_share"])]
        key += chosen
        rest = mine[~np.isin(mine, chosen)]
        to_market += rest[np.argsort(-sold.market[rest], kind="stable")][: quota - len(chosen)].tolist()
    of_key = np.array(sorted(key), dtype=np.int64)
    share = sold.market[of_key] / np.maximum(1, sold.total[of_key])
    there = np.array(sorted({*to_market, *of_key[share >= told["sells_there"]].tolist()}), dtype=np.int64)
    asked = np.array(sorted({*key, *to_market}), dtype=np.int64)
    lists = {"key_exporters": of_key, "us_exporters": there}
    for tag, (kind, part) in enumerate((("canton_fair", told["fair"]), ("subsidy_receivers", told["subsidy"])), 97):
        lists[kind] = np.sort(generator(c.seed, tag).choice(asked, round(len(asked) * part), replace=False))
    return Reporters(asked, lists, sold)


def main_product(trade: Trade, last: int) -> dict[str, str]:
    """What each firm exported most of in the twelve months up to ``last``: credit code → six digits."""
    c = trade.city
    sold = exports(trade, last, recipe()["market"]).streams
    mine = np.flatnonzero(sold > 0)
    order = mine[np.lexsort((-sold[mine], c.firm[mine]))]
    firms, first = np.unique(c.firm[order], return_index=True)
    return {
        c.firms.uscc[firm]: c.hs10[product][:6]
        for firm, product in zip(firms.tolist(), c.product[order][first].tolist(), strict=True)
    }
