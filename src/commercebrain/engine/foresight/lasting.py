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
from commercebrain.engine.foresight.hostile import checked, usual_size
from commercebrain.engine.foresight.months import check_first
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
#: Half a year ahead errors are so many times those of one month, and no series is quieter than this (logarithm).
GROWTH: Final = 1.6
NARROWEST: Final = 0.03


@dataclass(frozen=True)
class Lasting:
    """Whether ``S`` series have been off what was expected of them half a year before, for long.

    ``surprise`` is S × M, the last M months against the expectation of half a year before each, in spreads (NaN where
    there was none). ``score`` (S) is the most that has added up in the run that reaches the last month, signed as the
    fall (negative) or rise is, 0 where there is none. ``since`` is how many months ago the run began (0: in the last
    month; −1: there is none). ``kind`` is "drop" or "rise" while a run goes on that was beyond the limit, else "". ``expected`` (S): what the last month was
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
    if first is not None:  # a short table is never forecast, so nobody else looks
        check_first(first)
    count, months = table.shape
    surprise = np.full((count, memory), np.nan)
    expected, reason = np.full(count, np.nan), np.full(count, REASONS.index("too_short"), dtype=np.int8)
    for back in range(min(memory, months - AHEAD - LEAST_MONTHS + 1)):
        told = surprise_at(table[:, : months - back], first, holiday=holiday, threads=threads, cancelled=cancelled)
        surprise[:, memory - 1 - back] = told[0]
        if back == 0:
            _, expected, reason = told
    if least > 0 and months > 1:
        reason[(reason == 0) & (usual_size(table[:, :-1]) < least)] = REASONS.index("too_small")
    down, up = (add_up(surprise, limit=limit, sign=sign) for sign in (-1, 1))
    told_of = reason == 0
    drop = down.ongoing[:, -1] & told_of & ~(up.ongoing[:, -1] & (up.since < down.since))
    rise = up.ongoing[:, -1] & told_of & ~drop
    fallen = drop | (~rise & (down.most[:, -1] >= up.most[:, -1]))
    score = np.where(fallen, -down.most[:, -1], up.most[:, -1])
    since = np.where(score == 0, -1, np.where(fallen, down.since, up.since))
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

    In spreads: the robust standard deviation of the series' own one-step errors × :data:`GROWTH`; on logarithms, or
    relative to the mean of the year before where a month was negative.
    """
    told = forecast(table[:, :-ahead], first, ahead, holiday=holiday, threads=threads, cancelled=cancelled)
    value, history, point = table[:, -1], table[:, :-ahead], told.point[:, -1]
    mean = usual_size(table[:, :-1])
    size = np.where(mean > 0, mean, np.nan)  # a year of nothing has no size, and no surprise
    log = ~(np.nan_to_num(history) < 0).any(axis=1) & ~(value < 0)
    reason = told.reason.copy()
    reason[(reason == 0) & ~np.isfinite(value)] = REASONS.index("not_current")

    def scaled(figures: Floats) -> Floats:
        least, logs = (size, log) if figures.ndim == 1 else (size[:, None], log[:, None])
        return np.asarray(np.where(logs, np.log(np.maximum(figures / least, NOTHING)), figures / least))

    spread = GROWTH * np.maximum(_robust(scaled(history) - scaled(told.fitted)), NARROWEST)
    surprise = np.clip((scaled(value) - scaled(point)) / spread, -MOST, MOST)
    return np.where(reason == 0, surprise, np.nan), point, reason


def _robust(errors: Floats) -> Floats:
    """1.4826 × the median absolute error of each row; that of noise as large as the series where none is known."""
    known = np.isfinite(errors)
    ordered = np.sort(np.where(known, np.abs(errors), np.inf), axis=1)
    count = known.sum(axis=1)
    rows = np.arange(len(errors))
    with np.errstate(invalid="ignore"):
        middle = (ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, count // 2]) / 2
    return np.asarray(np.where(count > 0, 1.4826 * middle, 1.0))


@dataclass(frozen=True)
class Sums:
    """What added up on one side, S × M: the most of the run so far, alarms, and whether a run that raised one goes on.

    ``since`` (S): how many months before the last month its run began; −1: there is none.
    """

    most: Floats
    alarms: Bits
    ongoing: Bits
    since: Whole


def add_up(surprise: Floats, *, limit: float = LIMIT, slack: float = SLACK, sign: int = -1) -> Sums:
    """Tabular CUSUM of S × M surprises towards ``sign``.

    C ← max(0, C + sign · surprise − slack); an alarm where C is beyond ``limit``, after which it begins again at 0. A
    run lasts until C falls back to 0. An unknown surprise neither adds nor takes away.
    """
    shape = surprise.shape
    most, alarms, ongoing = np.zeros(shape), np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    state, peak, raised = np.zeros(shape[0]), np.zeros(shape[0]), np.zeros(shape[0], dtype=bool)
    length = np.zeros(shape[0], dtype=np.int64)
    for month in range(shape[1]):
        known = np.isfinite(surprise[:, month])
        step = np.where(known, sign * np.where(known, surprise[:, month], 0.0) - slack, 0.0)
        state = np.maximum(0.0, state + step)
        running = (state > 0) | (~known & raised)
        peak = np.where(running, np.maximum(peak, state), 0.0)
        length = np.where(running, length + 1, 0)
        alarms[:, month] = known & (state > limit)
        raised = running & (raised | alarms[:, month])
        most[:, month], ongoing[:, month] = peak, raised
        state = np.where(alarms[:, month], 0.0, state)
    return Sums(most, alarms, ongoing, length - 1)
