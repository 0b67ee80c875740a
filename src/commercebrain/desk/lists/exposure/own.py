"""What a firm's user is told: which of the own products stand on the list, and with whom they are traded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commercebrain.engine.exposure.base import TradeBase, made
from commercebrain.engine.exposure.result import Exposure
from commercebrain.engine.lists.rows import ProductRow

#: What a part of a base keeps of the whole.
KEPT = (
    "tier", "span", "months", "synthetic", "unit", "dataset", "flow", "provider", "agreement", "nomenclature", "edition",
    "note", "batches",
)  # fmt: skip


@dataclass(frozen=True)
class OwnLine:
    """The firm's own trade of a product with a partner that the list takes; ``sure``: digit for digit."""

    uscc: str
    product: str
    partner: str
    value: int
    duty: float
    sure: bool
    row: ProductRow

    @property
    def ten_thousands(self) -> float:
        """The value in ten thousands of its unit."""
        return self.value / 10_000


def only(base: TradeBase, codes: frozenset[str]) -> TradeBase:
    """The base of some firms alone, so that nothing said of it says anything of another firm."""
    places = sorted(base.places[code] for code in codes if code in base.places)
    number = np.full(len(base.firms), -1, np.int64)
    number[places] = np.arange(len(places))
    mine = np.flatnonzero(number[base.firm] >= 0)
    lines, products = np.unique(base.product[mine], return_inverse=True)
    return made(
        firms=[base.firms[place] for place in places],
        products=[base.products[code] for code in lines.tolist()],
        countries=base.countries,
        firm=number[base.firm[mine]],
        product=products,
        country=base.country[mine],
        value=base.value[mine],
        total=base.total[places],
        county=[base.county[place] for place in places],
        **{name: getattr(base, name) for name in KEPT},
    )


def own_lines(found: Exposure | None, shown: frozenset[str]) -> list[OwnLine]:
    """The lines on the list of the firms that may be ``shown``, the greatest first."""
    if found is None:
        return []
    mine = np.array([found.base.places[code] for code in found.firms if code in shown], np.int64)
    hits = found.hits
    told = [
        OwnLine(
            found.base.firms[int(hits.firm[n])], found.base.products[int(hits.product[n])],
            found.base.countries[int(hits.country[n])], int(hits.value[n]), int(hits.owed[n]) / 100_000,
            bool(hits.sure[n]), found.rows[int(hits.row[n])],
        )
        for n in np.flatnonzero(np.isin(hits.firm, mine)).tolist()
    ]  # fmt: skip
    return sorted(told, key=lambda one: (-one.value, one.product, one.partner))
