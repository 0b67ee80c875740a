"""Which row of a list covers which code of the trade: at any depth within a nomenclature, at six digits across."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.lists.nomenclature import alike
from commercebrain.engine.lists.rows import ProductRow


@dataclass(frozen=True)
class Pairs:
    """Rows of a list and codes of the trade (by place) that belong together. ``exact``: digit for digit, within one
    nomenclature; else by the six digits that nomenclatures share, which may be more than the row covers."""

    row: NDArray[np.int64]
    code: NDArray[np.int64]
    exact: NDArray[np.bool_]


def pairs_of(rows: Sequence[ProductRow], codes: Sequence[str], nomenclature: str, edition: str) -> Pairs:
    """The pairs of ``rows`` and ``codes``; these are in the order of their texts, of one nomenclature and edition."""
    row: list[NDArray[np.int64]] = []
    code: list[NDArray[np.int64]] = []
    exact: list[NDArray[np.bool_]] = []
    lengths = {len(one) for one in codes}
    for place, one in enumerate(rows):
        same = alike(one.nomenclature or nomenclature, one.edition, nomenclature, edition)
        digits = one.digits if same else one.digits[:6]
        first, last = _span(codes, digits)
        found = np.arange(first, last, dtype=np.int64)
        sure = np.full(len(found), same)
        # A coarser code of the trade (four digits on an order form) may be of the row: an upper bound.
        above = [
            at for length in lengths if length < len(digits) for at in range(*_span(codes, digits[:length], whole=True))
        ]
        if above:
            found, sure = np.concatenate([found, np.array(above, np.int64)]), np.append(sure, [False] * len(above))
        for out in one.excludes:
            if same or len(out) <= 6:
                low, high = _span(codes, out)
                left = (found < low) | (found >= high)
                found, sure = found[left], sure[left]
        row.append(np.full(len(found), place, np.int64))
        code.append(found)
        exact.append(sure)
    if not row:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool))
    return Pairs(np.concatenate(row), np.concatenate(code), np.concatenate(exact))


def _span(codes: Sequence[str], digits: str, whole: bool = False) -> tuple[int, int]:
    """Where the codes that begin with ``digits`` stand (or ``whole``: the very code)."""
    first = bisect_left(codes, digits)
    if whole:
        return first, first + (first < len(codes) and codes[first] == digits)
    return first, bisect_left(codes, digits + ":", lo=first)
