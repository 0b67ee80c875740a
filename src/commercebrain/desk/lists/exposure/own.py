"""What a firm's user is told: which of the own products stand on the list, and with whom they are traded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commercebrain.desk.lists.exposure.answers import Answer
from commercebrain.engine.lists.rows import ProductRow


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


def own_lines(answer: Answer, firms: frozenset[str] | None = None) -> list[OwnLine]:
    """The own firms' lines on the list, the greatest first; of ``firms`` (default: those that may be shown)."""
    found = answer.firms
    if found is None:
        return []
    wanted = answer.shown if firms is None else answer.shown & firms
    mine = np.array([found.base.places[code] for code in found.firms if code in wanted], np.int64)
    hits = found.hits
    lines = np.flatnonzero(np.isin(hits.firm, mine))
    told = [
        OwnLine(
            found.base.firms[int(hits.firm[n])], found.base.products[int(hits.product[n])],
            found.base.countries[int(hits.country[n])], int(hits.value[n]), int(hits.owed[n]) / 100_000,
            bool(hits.sure[n]), found.rows[int(hits.row[n])],
        )
        for n in lines.tolist()
    ]  # fmt: skip
    return sorted(told, key=lambda one: (-one.value, one.product, one.partner))
