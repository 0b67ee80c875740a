"""What exposure is computed from: the trade of firms by product and country, in one of three tiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.exposure.kernels import add_to, collapse
from commercebrain.engine.rollups.firms import order_by

Ints = NDArray[np.int64]
Array = NDArray[Any]


class Tier(StrEnum):
    """How near the records are to what is traded; A is the best."""

    CUSTOMS = "A"
    FIRM_GOODS = "B"
    SHARES = "C"


TIER_NAMES: dict[Tier, Words] = {
    Tier.CUSTOMS: Words(zh="海关明细", en="customs lines"),
    Tier.FIRM_GOODS: Words(zh="企业填报的商品和市场明细", en="firms' own lines by goods and market"),
    Tier.SHARES: Words(zh="企业总额按订单表占比估算", en="firms' totals by the shares of their order forms"),
}


@dataclass(frozen=True)
class Refused:
    """A tier that was not taken, and why."""

    tier: Tier
    why: Words


@dataclass(frozen=True, eq=False)
class TradeBase:
    """Trade by firm, product and country, each combination once.

    ``products`` are in the order of their texts; ``product``, ``country`` and ``firm`` are codes of ``products``,
    ``countries`` and ``firms``, sorted by product and country; rows of product p are ``starts[p]:starts[p + 1]``.
    ``value`` is in whole ``unit`` (元, or 美元 where no exchange rate was given). ``total`` is all that each firm traded,
    ``county`` its county by the records ("" where they do not say). ``span``: first and last month, yyyymm; ``months``
    those of them that are known. ``nomenclature`` and ``edition`` are those of ``products``. ``batches``: month → the
    batches that it was read from. ``stock``: values are what stood at each firm's newest report (orders in hand), not what
    the months add up to. ``kept`` holds what was worked out of it once.
    """

    tier: Tier
    firms: tuple[str, ...]
    products: tuple[str, ...]
    countries: tuple[str, ...]
    firm: Array
    product: Array
    country: Array
    value: Ints
    starts: Ints
    total: Ints
    county: tuple[str, ...]
    span: tuple[int, int]
    months: tuple[int, ...]
    synthetic: bool = False
    stock: bool = False
    unit: str = "元"
    dataset: str = ""
    flow: str = "export"
    provider: str = ""
    agreement: str = ""
    nomenclature: str = "CN"
    edition: str = "2022"
    note: Words | None = None
    refused: tuple[Refused, ...] = ()
    batches: dict[int, tuple[str, ...]] = field(default_factory=dict)
    kept: dict[int, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def all_trade(self) -> int:
        """What all firms of the base traded, listed or not."""
        return int(self.total.sum())

    @cached_property
    def places(self) -> dict[str, int]:
        """The code of each firm."""
        return {uscc: place for place, uscc in enumerate(self.firms)}

    def goods(self, digits: int) -> tuple[tuple[str, ...], Ints, Ints]:
        """The first ``digits`` of the product codes: the texts in order, which each product has, and the trade in each."""
        held = self.kept.get(digits)
        if held is None:
            place: dict[str, int] = {}
            of = np.array([place.setdefault(code[:digits], len(place)) for code in self.products], np.int64)
            whole = np.zeros(len(place), np.int64)
            if len(of):
                add_to(of[self.product], self.value, whole)
            held = self.kept[digits] = (tuple(place), of, whole)
        return held


def made(
    *, firms: Sequence[str], products: Sequence[str], countries: Sequence[str], firm: Array, product: Array,
    country: Array, value: Array, total: Ints | None = None, county: Sequence[str] | None = None,
    keep: NDArray[np.bool_] | None = None, **facts: Any,
) -> TradeBase:  # fmt: skip
    """A base from lines in any order, codes in any order, combinations any number of times.

    ``keep`` marks the firms (by code) that may be looked at; the others' lines and totals are left out. ``total`` is
    what each firm traded in all; without it the sum of its lines.
    """
    many = len(firms)
    if keep is not None and not keep.all():
        there = keep[firm]
        firm, product, country, value = firm[there], product[there], country[there], value[there]
        total = None if total is None else np.where(keep, total, 0)
    order = np.argsort(np.array(products, dtype=str), kind="stable") if products else np.zeros(0, np.int64)
    rank = np.empty(len(products), np.uint32)
    rank[order] = np.arange(len(products), dtype=np.uint32)
    product = rank[product] if len(product) else np.zeros(0, np.uint32)
    country = np.asarray(country).astype(np.uint16)
    firm = np.asarray(firm).astype(np.uint32)
    rows = order_by(product, country, max(len(products), 1), max(len(countries), 1))
    product, country, firm = product[rows], country[rows], firm[rows]
    value = np.asarray(value)[rows].astype(np.int64)
    left = int(collapse(product, country, firm, value, many))
    product, country, firm = (one[:left].copy() for one in (product, country, firm))
    amounts: Ints = value[:left].astype(np.int64)
    starts = np.zeros(len(products) + 1, np.int64)
    np.cumsum(np.bincount(product, minlength=len(products)), out=starts[1:])
    if total is None:
        total = np.zeros(many, np.int64)
        add_to(firm, amounts, total)
    return TradeBase(
        firms=tuple(firms),
        products=tuple(products[place] for place in order.tolist()),
        countries=tuple(countries),
        firm=firm,
        product=product,
        country=country,
        value=amounts,
        starts=starts,
        total=total.astype(np.int64),
        county=tuple(county) if county is not None else ("",) * many,
        **facts,
    )
