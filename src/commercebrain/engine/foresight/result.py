"""What comes out: forecasts, components, verdicts, each for many series at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Bits = NDArray[np.bool_]

#: Fewer known months than this, and the answer is “too little history”.
LEAST_MONTHS: Final = 13

#: Why a series has no forecast or no verdict; index 0: it has one. ``Forecast.reason`` holds indices.
REASONS: Final[tuple[str, ...]] = (
    "",
    "no_values",  # every month is missing
    "too_short",  # fewer than LEAST_MONTHS known months
    "stopped",  # nothing but zeros for a year or more: the expectation is 0, without bands
    "not_current",  # the last months are missing, so the latest month cannot be judged
    "too_small",  # below the least size that is worth a verdict
)

REASON_WORDS: Final[dict[str, tuple[str, str]]] = {
    "no_values": ("没有数据", "no figures"),
    "too_short": ("历史太短，不足13个月", "too little history: fewer than 13 months"),
    "stopped": ("已连续一年以上为零", "nothing but zeros for a year or more"),
    "not_current": ("最近月份缺数", "the latest months are missing"),
    "too_small": ("规模太小，不作判断", "too small to be judged"),
}


@dataclass(frozen=True)
class Forecast:
    """The months to come of ``S`` series, with 80 % and 95 % intervals.

    ``first`` is the first month of the history (None where no calendar is known), ``months`` the ``H`` months
    forecast (1…H where no calendar is known). ``point``, ``low80``, ``high80``, ``low95``, ``high95`` are S × H, NaN
    where ``reason`` (index into :data:`REASONS`) says why there is none; a stopped series has the point 0 and no bands.
    ``fitted`` is S × T: what each month of the history was expected to be one month before (NaN before the history begins;
    by constants and seasons of the whole history, so nearer than a forecast is), and ``spread`` (S) the robust standard
    deviation of those one-step errors on the scale given by ``log`` (S): true where errors were measured on logarithms.
    ``cumulative`` says that values and bands are of running sums over the horizon.
    ``festival`` is S × (T + H): what the calendar multiplied each month by (1 where it did nothing).
    """

    first: int | None
    months: tuple[int, ...]
    point: Floats
    low80: Floats
    high80: Floats
    low95: Floats
    high95: Floats
    fitted: Floats
    spread: Floats
    log: Bits
    reason: NDArray[np.int8]
    festival: Floats
    cumulative: bool = False
    method: str = ""

    def why(self, number: int) -> str:
        """The code of :data:`REASONS` for one series, "" where it has a forecast."""
        return REASONS[int(self.reason[number])]


@dataclass(frozen=True)
class Components:
    """What ``S`` series of ``T`` months are made of.

    Multiplicative where ``log`` (S): value = trend × season × festival × workdays × rest; else additive, the same
    with sums. ``shifts`` (S × T) marks months in which the level jumped for good, ``outliers`` those that stood out
    alone. ``adjusted`` is the value less season, festival and workdays. NaN where the history is too short.
    """

    first: int
    log: Bits
    trend: Floats
    season: Floats
    festival: Floats
    workdays: Floats
    rest: Floats
    adjusted: Floats
    shifts: Bits
    outliers: Bits


@dataclass(frozen=True)
class Verdicts:
    """The latest month of ``S`` series against what it should have been.

    ``value``, ``expected``, ``low80``, ``high80``, ``low95``, ``high95`` are S, in the series' unit. ``score`` is the
    surprise in robust spreads (signed; NaN without a verdict), ``rank`` orders by how much a person should look
    (0 first). ``base`` is the year-on-year change as a fraction with what the month a year before contributed
    (``base_effect``, fraction: how far the base itself was off its own expectation), ``calendar`` what the calendar
    multiplied the month by, ``calendar_year_before`` the same for the month a year before, ``peers`` the median surprise
    of its peers in spreads (NaN: no peers). ``kind`` is "" (as expected), "drop" or "rise"; ``reason`` as in
    :data:`REASONS`.
    """

    month: int
    value: Floats
    expected: Floats
    low80: Floats
    high80: Floats
    low95: Floats
    high95: Floats
    score: Floats
    rank: Whole
    base: Floats
    base_effect: Floats
    calendar: Floats
    calendar_year_before: Floats
    peers: Floats
    kind: NDArray[Any]
    reason: NDArray[np.int8]
