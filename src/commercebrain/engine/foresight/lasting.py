"""Falls and rises that last: each month against what was expected of it half a year before, added up.

A forecast of one month ahead learns from the month before: it is surprised once by a level that fell for good, and by a
level that sinks slowly not at all. The expectation of half a year before has not seen the fall; that surprise, added up
by tabular CUSUM (Montgomery, *Introduction to Statistical Quality Control*, chapter 9), tells the two apart from
a month that stood out alone. Measured on real tariffs in ``bench/real_shocks.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.foresight.forecasting import forecast
from commercebrain.engine.foresight.hostile import checked
from commercebrain.engine.foresight.result import LEAST_MONTHS, REASONS, Bits, Floats, Whole

#: How many months before a month its expectation was made.
AHEAD: Final = 6
#: Surprise that counts as none, in spreads, and how much has to add up for an alarm; the textbook's values.
SLACK: Final = 0.5
LIMIT: Final = 5.0
#: Months that are added up; what lies further back is in the expectation by now.
MEMORY: Final = 12
#: A single month counts no more than this: one month is no lasting fall, whatever it is.
MOST: Final = 6.0
#: A month without trade counts as a fall to this part of the mean of the year before.
NOTHING: Final = 0.02
_HALF80: Final = 1.2815515655446004


@dataclass(frozen=True)
class Lasting:
    """Whether ``S`` series have been off what was expected of them half a year before, for long.

    ``surprise`` is S × M, the last M months against the expectation of half a year before each, in spreads (NaN where
    there was none). ``score`` (S) is what has added up by the last month, signed as the fall (negative) or rise is, 0
    where nothing has. ``since`` is how many months ago that began (0: in the last month; −1: nothing has added up).
    ``kind`` is "drop" or "rise" where ``score`` is beyond the limit, else "". ``expected`` (S): what the last month was
    expected to be half a year before. ``reason``: index into :data:`REASONS`, 0 where the last month could be told.
    """

    surprise: Floats
    score: Floats
    since: Whole
    kind: NDArray[Any]
    expected: Floats
    reason: NDArray[np.int8]


def lasting(
    values: Floats | Sequence[Any],
    first: int | None = None,
    *,
    least: float = 0.0,
    limit: float = LIMIT,
    memory: int = MEMORY,
    holiday: bool = True,
    threads: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Lasting:
    """Lasting falls and rises at the last month of ``values`` (S × T, NaN missing; T from month ``first``, yyyymm).

    One forecast of all series for each of the last ``memory`` months; each series by itself. A series whose last twelve
    months before are smaller than ``least`` on average is too small. Raises as ``forecasting.forecast`` does.
    """
    table = checked(values)
    count, months = table.shape
    surprise = np.full((count, memory), np.nan)
    expected, reason = np.full(count, np.nan), np.full(count, REASONS.index("too_short"), dtype=np.int8)
    for back in range(min(memory, months - AHEAD - LEAST_MONTHS + 1)):
        told = surprise_at(table[:, : months - back], first, holiday=holiday, threads=threads, cancelled=cancelled)
        surprise[:, memory - 1 - back] = told[0]
        if back == 0:
            _, expected, reason = told
    if least > 0 and months > 1:
        year = table[:, -13:-1]
        known = np.isfinite(year)
        mean = np.abs(np.where(known, year, 0.0)).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        reason[(reason == 0) & (mean < least)] = REASONS.index("too_small")
    down, down_since, falls = add_up(surprise, limit=limit, sign=-1)
    up, up_since, rises = add_up(surprise, limit=limit, sign=1)
    told_of = reason == 0
    drop, rise = falls[:, -1] & told_of, rises[:, -1] & told_of
    fallen = drop | (~rise & (down[:, -1] >= up[:, -1]))
    score = np.where(fallen, -down[:, -1], up[:, -1])
    since = np.where(score == 0, -1, np.where(fallen, down_since, up_since))
    return Lasting(
        surprise=surprise,
        score=np.where(told_of, score, np.nan),
        since=np.where(told_of, since, -1),
        kind=np.where(drop, "drop", np.where(rise, "rise", "")),
        expected=expected,
        reason=reason,
    )


def surprise_at(
    table: Floats,
    first: int | None = None,
    *,
    ahead: int = AHEAD,
    holiday: bool = True,
    threads: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Floats, Floats, NDArray[np.int8]]:
    """The last month of each row against the forecast made ``ahead`` months before it: surprise, expectation, reason.

    In spreads: half-width of that forecast's 80 % interval ÷ 1.28, on logarithms where the forecast is on logarithms.
    """
    told = forecast(table[:, :-ahead], first, ahead, holiday=holiday, threads=threads, cancelled=cancelled)
    value = table[:, -1]
    year = table[:, -13:-1]
    known = np.isfinite(year)
    size = np.abs(np.where(known, year, 0.0)).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    point, low, high = told.point[:, -1], told.low80[:, -1], told.high80[:, -1]
    reason = told.reason.copy()
    reason[(reason == 0) & ~np.isfinite(value)] = REASONS.index("not_current")
    with np.errstate(all="ignore"):
        least = NOTHING * size
        log = told.log & (point > 0) & (size > 0)
        centre = np.log(np.maximum(point, least))
        gap = np.where(log, np.log(np.maximum(value, least)) - centre, value - point)
        spread = np.where(log, np.log(np.maximum(high, least)) - centre, (high - low) / 2) / _HALF80
        floor = np.where(log, 0.02, 1e-9 * size)
        surprise = np.clip(gap / np.maximum(spread, floor), -MOST, MOST)
    return np.where(reason == 0, surprise, np.nan), point, reason


def add_up(
    surprise: Floats, *, limit: float = LIMIT, slack: float = SLACK, sign: int = -1
) -> tuple[Floats, Whole, Bits]:
    """Tabular CUSUM of S × M surprises towards ``sign``: sums (S × M), how long ago the last began (S), alarms (S × M).

    C ← max(0, C + sign · surprise − slack); an alarm where C is beyond ``limit``, after which it begins again at 0 (the
    sum shown is the one that raised the alarm). An unknown surprise neither adds nor takes away.
    """
    count, months = surprise.shape
    sums, alarms = np.zeros((count, months)), np.zeros((count, months), dtype=bool)
    state, length, since = np.zeros(count), np.zeros(count, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    for month in range(months):
        known = np.isfinite(surprise[:, month])
        step = np.where(known, sign * np.where(known, surprise[:, month], 0.0) - slack, 0.0)
        state = np.maximum(0.0, state + step)
        length = np.where(state > 0, length + 1, 0)
        sums[:, month] = state
        alarms[:, month] = known & (state > limit)
        since = length - 1
        state = np.where(alarms[:, month], 0.0, state)
        length = np.where(alarms[:, month], 0, length)
    return sums, since, alarms
