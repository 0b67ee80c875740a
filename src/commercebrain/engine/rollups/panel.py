"""The panel: for every firm, month and flow what the month is compared with. A partition a month.

What a month is compared with of a year before is what that month's partition holds, so it is kept once (``REFERS``);
short sums are made of the values when they are read (``SUMS``).
Sums are over the months that are known; how many of a window are known is kept beside (``known``), since a month that
was not taken in is missing and not zero.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.compiled import kernel
from commercebrain.engine.working.columns import Array

#: Months before the one looked at that a comparison may reach.
REACH = 36


#: Columns that are another column of an earlier month: name → (column, months back).
REFERS: dict[str, tuple[str, int]] = {
    "previous_month": ("value", 1),
    "year_before": ("value", 12),
    "sum12_before": ("sum12", 12),
    "countries_before": ("countries", 12),
}
#: Columns that are the sum of ``value`` over their window (``mean24``: its mean).
SUMS: frozenset[str] = frozenset({"sum3", "sum3_before", "ytd", "ytd_before", "mean24"})
#: Columns that are no int64.
KINDS: dict[str, type[np.generic]] = {
    "mean24": np.float64,
    "deviation24": np.float64,
    "zeros6": np.uint8,
    "countries": np.uint32,
    "countries_before": np.uint32,
}


def months_back(month: int, many: int) -> int:
    """The month (yyyymm) ``many`` months before."""
    total = month // 100 * 12 + month % 100 - 1 - many
    return total // 12 * 100 + total % 12 + 1


def windows(month: int) -> dict[str, tuple[int, int]]:
    """Column → the first and the last month of its window, as months before ``month``, the further one first."""
    since = month % 100 - 1
    return {
        "value": (0, 0),
        "previous_month": (1, 1),
        "year_before": (12, 12),
        "sum3": (2, 0),
        "sum3_before": (14, 12),
        "sum12": (11, 0),
        "sum12_before": (23, 12),
        "ytd": (since, 0),
        "ytd_before": (12 + since, 12),
        "highest36": (36, 1),
        "mean24": (24, 1),
        "deviation24": (24, 1),
        "zeros6": (5, 0),
        "countries": (0, 0),
        "countries_before": (12, 12),
    }


def idle(column: str, known: int) -> float:
    """What a column says of a firm without any trade, ``known`` months of its window being known."""
    if column == "zeros6":
        return known
    return float("nan") if column == "deviation24" and known < 2 else 0


def panel_month(month: int, values: NDArray[np.int64], known: NDArray[np.bool_], countries: Array) -> dict[str, Array]:
    """The panel's columns for ``month`` that are kept: all but those of ``REFERS`` and ``SUMS``.

    ``values`` (37 × cells, the month looked at last, zeros where a month is not ``known``), ``countries`` of the month
    (cells). Whole numbers but for ``deviation24`` (float64, of a sample; nan where fewer than two months are known).
    ``known`` in the result says how many months of each column's window are known, in the order of :func:`windows`.
    """
    cells = values.shape[1]
    out: dict[str, Array] = {name: np.empty(cells, np.int64) for name in ("sum12", "highest36")}
    out["deviation24"], out["zeros6"] = np.empty(cells, np.float64), np.empty(cells, np.uint8)
    _compare(values, known, *out.values())
    out["value"], out["countries"] = values[REACH], countries.astype(np.uint16)
    out["known"] = np.array(
        [int(known[REACH - far : REACH - near + 1].sum()) for far, near in windows(month).values()], np.uint8
    )
    return out


#: Cells looked at together: their 37 months stay in the processor's nearest memory.
_BLOCK = 128


@kernel
def _compare(
    values: Array, known: Array, sum12: Array, highest: Array, deviation: Array, zeros: Array
) -> None:  # fmt: skip
    cells = values.shape[1]
    many = 0
    for month in range(12, 36):
        many += 1 if known[month] else 0
    avg = np.empty(_BLOCK, np.float64)
    for start in range(0, cells, _BLOCK):
        # Slices, so that inner loops begin at nought and become vector instructions.
        part = values[:, start : start + _BLOCK]
        many_here = part.shape[1]
        s12, top = sum12[start : start + _BLOCK], highest[start : start + _BLOCK]
        sd, idle_months = deviation[start : start + _BLOCK], zeros[start : start + _BLOCK]
        s12[:] = part[36]
        top[:] = 0
        avg[:] = 0.0
        sd[:] = 0.0
        idle_months[:] = 0
        for month in range(12):
            if known[month]:
                row = part[month]
                for i in range(many_here):
                    top[i] = max(top[i], row[i])
        for month in range(12, 36):
            if known[month]:
                row = part[month]
                for i in range(many_here):
                    top[i] = max(top[i], row[i])
                    avg[i] += row[i]
        for month in range(25, 36):
            if known[month]:
                row = part[month]
                for i in range(many_here):
                    s12[i] += row[i]
        for i in range(many_here):
            avg[i] = avg[i] / many if many > 0 else np.nan
        for month in range(12, 36):
            if known[month]:
                row = part[month]
                for i in range(many_here):
                    apart = row[i] - avg[i]
                    sd[i] += apart * apart
        for i in range(many_here):
            sd[i] = np.sqrt(sd[i] / (many - 1)) if many > 1 else np.nan
        for month in range(31, 37):
            if known[month]:
                row = part[month]
                for i in range(many_here):
                    idle_months[i] += 1 if row[i] == 0 else 0
