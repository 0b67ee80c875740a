"""Tier C: a firm's total, shared out by what its order form says of its markets and goods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.exposure.base import Tier, TradeBase, made


@dataclass(frozen=True, slots=True)
class Share:
    """One statement of an order form: ``share`` (0 to 1) of a firm's trade is of ``product`` with ``country``.

    Either may be "": the form speaks of markets and of goods apart. The two are then taken to be independent.
    """

    uscc: str
    share: float
    product: str = ""
    country: str = ""


def shares_base(
    totals: Mapping[str, int], shares: Iterable[Share], *, span: tuple[int, int], county: Mapping[str, str] | None = None,
    synthetic: bool = False, provider: str = "", agreement: str = "", nomenclature: str = "CN", edition: str = "2022",
) -> TradeBase:  # fmt: skip
    """The base of firms' ``totals`` (元 over ``span``) and the ``shares`` of their forms.

    What a form does not share out is of no product and no market, so no list takes it: the note says how much. Shares of
    a firm above 1 in all are brought down to 1 in proportion.
    """
    both: dict[str, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    goods: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    markets: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in shares:
        if one.product and one.country:
            both[one.uscc][one.product, one.country] += one.share
        elif one.product:
            goods[one.uscc][one.product] += one.share
        elif one.country:
            markets[one.uscc][one.country] += one.share
    firms = sorted(totals)
    cells: list[tuple[int, str, str, int]] = []
    told = 0
    for code, uscc in enumerate(firms):
        held = _whole(dict(both[uscc])) if uscc in both else {}
        if not held:
            g, m = _whole(dict(goods[uscc])), _whole(dict(markets[uscc]))
            held = {(product, country): a * b for product, a in g.items() for country, b in m.items()}
        for (product, country), share in held.items():
            value = round(totals[uscc] * share)
            told += value
            cells.append((code, product, country, value))
    products = sorted({product for _, product, _, _ in cells})
    countries = sorted({country for _, _, country, _ in cells})
    p, c = ({text: place for place, text in enumerate(texts)} for texts in (products, countries))
    arrays: dict[str, Any] = {
        "firm": np.array([cell[0] for cell in cells], np.int64),
        "product": np.array([p[cell[1]] for cell in cells], np.int64),
        "country": np.array([c[cell[2]] for cell in cells], np.int64),
        "value": np.array([cell[3] for cell in cells], np.int64),
    }
    everything = sum(totals.values())
    untold = everything - told
    percent = 100 * untold / everything if everything else 0.0
    return made(
        firms=firms,
        products=products,
        countries=countries,
        **arrays,
        total=np.array([totals[uscc] for uscc in firms], np.int64),
        county=[(county or {}).get(uscc, "") for uscc in firms],
        tier=Tier.SHARES,
        span=span,
        months=(),
        synthetic=synthetic,
        provider=provider,
        agreement=agreement,
        nomenclature=nomenclature,
        edition=edition,
        note=Words(
            zh=f"按企业总额和订单表的市场、商品占比估算，不是逐笔数据；其中 {percent:.1f} % 没有说明商品或市场，没有计入。",
            en=f"Estimated from firms' totals and the shares of their order forms, not from lines; {percent:.1f} % of "
            "the total has no goods or market said and is left out.",
        ),
    )


def _whole(shares: dict[Any, float]) -> dict[Any, float]:
    """The shares with negative ones as nought, brought down to a sum of 1 where they are above it."""
    held = {key: max(share, 0.0) for key, share in shares.items()}
    total = sum(held.values())
    return {key: share / total for key, share in held.items()} if total > 1 else held
