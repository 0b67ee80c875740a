"""The latest month of every series against what it should have been: how surprising it is, and where to look first.

For each series for itself; only what ``peers`` declares makes an answer depend on other series (and then only the
column ``peers`` of the answer and the rank: see :mod:`~commercebrain.engine.foresight.peers`).

1. *Expectation*: the mean, on the scale of errors, of the forecast of the last month from the months before it, calendar
   and all, and of the steady look (:mod:`~commercebrain.engine.foresight.steady`), which an unusual month just before
   pulls away less. Where there were months without trade (a small firm, a rare product) both are of the size of a month
   with trade, and how likely a month without is comes from the last two years and the same calendar months.
2. *Score*: value against expectation on logarithms (on values where a series can be negative), in spreads: a spread is
   the half-width of the 80 % interval ÷ 1.28, so a month that the calendar makes hard to foresee has a wider one. A
   month without trade scores as its rarity.
3. *Rank*: by evidence, not by size of score. How much more likely is the month if something broke than if nothing did?
   The logarithm of ``t(surprise; √(spread² + BREAK²)) ÷ t(surprise; spread)`` with Student's t of three degrees of
   freedom: a series' own spread is known from few errors and errors have heavy tails, and a break is a third, a half or a
   doubling rather than a tenth. For the rank alone the spread leans a little on a common one (:data:`COMMON`,
   :data:`LEANS`). Measured on 示例市 in ``bench/anomaly.py``; ranks by score or by percentage find less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.forecasting import forecast
from commercebrain.engine.foresight.hostile import STOPPED, checked, usual_size
from commercebrain.engine.foresight.months import shift
from commercebrain.engine.foresight.often import Often, often
from commercebrain.engine.foresight.peers import beside_peers, group_medians, shared_gap
from commercebrain.engine.foresight.result import REASONS, Bits, Floats, Forecast, Verdicts, Whole
from commercebrain.engine.foresight.steady import steady

#: What a break does to the logarithm of a month, typically.
BREAK: Final = 1.0
#: The spread that all lean on in ranking, and the number of own errors that it weighs as much as.
COMMON: Final = 0.5
LEANS: Final = 10.0
#: No more own errors count.
MOST_ERRORS: Final = 48.0
#: A month without trade where there always was some counts as a fall to this part of the expectation.
NOTHING: Final = 0.05
_HALF80: Final = 1.2815515655446004
_HALF95: Final = 1.959963984540054
_ROUNDING: Final = 1e-9
_CERTAIN: Final = 12.0  # a score beyond what any series can back

_TOO_SMALL: Final = REASONS.index("too_small")
_NOT_CURRENT: Final = REASONS.index("not_current")
_STOPPED: Final = REASONS.index("stopped")


def judge(
    values: Floats | Sequence[Any],
    first: int | None = None,
    *,
    peers: NDArray[np.int64] | None = None,
    least: float = 0.0,
    level: float = 0.95,
    holiday: bool = True,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Verdicts:
    """Verdicts on the last month of ``values`` (S × T, NaN missing; T from month ``first``, yyyymm or None).

    ``peers`` is a group number for each series (−1: none). A series whose last twelve months before are smaller than
    ``least`` on average is too small for a verdict. ``kind`` is given outside the interval of probability ``level``.
    ``holiday`` False leaves the calendar out. Raises :class:`UserError` as ``forecasting.forecast`` does, and
    (``foresight.level``) for a ``level`` that is no probability.
    """
    table = checked(values)
    if not 0.0 < level < 1.0:
        raise UserError(
            "foresight.level",
            f"区间概率应在0与1之间（如0.95），给出的是{level}。",
            f"The probability of the interval lies between 0 and 1, such as 0.95; {level} was given.",
        )
    count, months = table.shape
    value = table[:, -1].copy() if months else np.full(count, np.nan)
    history = table[:, :-1]
    seldom = often(table)
    sizes = np.where(seldom.rare[:, None] & (history == 0), np.nan, history)
    ahead = forecast(sizes, first, 1, holiday=holiday, threads=threads, progress=progress, cancelled=cancelled)
    reason = _reasons(ahead, history, value, least)
    known = reason == 0
    seen = _surprise(ahead, sizes, value, seldom, known, threads)
    expected = seen.bound(0.0) * np.where(seldom.rare, 1 - seldom.nothing, 1.0)
    low80, high80, low95, high95 = _bands(ahead, seen, seldom, expected)
    group, _ = group_medians(seen.score, peers)
    wide = _half_width(seen, level)
    with np.errstate(invalid="ignore"):
        outside = known & (np.abs(seen.score) > wide)
    kind = np.where(outside, np.where(seen.score < 0, "drop", "rise"), "")
    base, base_effect = _base(ahead, history, value)
    return Verdicts(
        month=shift(first, months - 1) if first is not None and months else 0,
        value=value,
        expected=np.where(ahead.reason == 0, expected, ahead.point[:, 0]),
        low80=low80,
        high80=high80,
        low95=low95,
        high95=high95,
        score=seen.score,
        rank=_ranks(_evidence(seen, sizes, value, peers)),
        base=base,
        base_effect=base_effect,
        calendar=ahead.festival[:, -1].copy(),
        calendar_year_before=ahead.festival[:, -13].copy() if months > 12 else np.ones(count),
        peers=group,
        kind=kind,
        reason=reason,
    )


def _reasons(ahead: Forecast, history: Floats, value: Floats, least: float) -> NDArray[np.int8]:
    """Why a series has no verdict."""
    reason = ahead.reason.copy()
    tail = history[:, -STOPPED:]
    ended = (tail == 0).any(axis=1) & ~(np.nan_to_num(tail) != 0).any(axis=1)
    reason[ended & (reason != REASONS.index("no_values"))] = _STOPPED
    if least > 0:
        reason[(reason == 0) & (usual_size(history) < least)] = _TOO_SMALL
    reason[(reason == 0) & np.isnan(value)] = _NOT_CURRENT
    return reason


@dataclass(frozen=True)
class _Surprise:
    """``centre``, ``gap`` (value less centre) and ``spread`` on the scale of errors (logarithms where ``log``, else
    parts of ``size``), ``score`` the gap in spreads, ``heavy`` the half-width of the 95 % interval in spreads."""

    log: Bits
    size: Floats
    centre: Floats
    gap: Floats
    spread: Floats
    score: Floats
    heavy: Floats

    def bound(self, spreads: Floats | float) -> Floats:
        """What lies so many spreads from the centre, in the series' unit."""
        at = self.centre + spreads * self.spread
        with np.errstate(all="ignore"):
            found: Floats = np.where(self.log, np.exp(at), at * self.size)
        return found


def _surprise(
    ahead: Forecast, sizes: Floats, value: Floats, seldom: Often, known: Bits, threads: int | None
) -> _Surprise:
    point, high80, high95 = ahead.point[:, 0], ahead.high80[:, 0], ahead.high95[:, 0]
    with np.errstate(all="ignore"):
        log = ahead.log & (point > 0)
        size = np.where(log, 1.0, _size(ahead))

        def scaled(x: Floats) -> Floats:
            return np.where(log, np.log(x), x / size)

        centre = scaled(point)
        spread = (scaled(high80) - centre) / _HALF80
        heavy = (scaled(high95) - centre) / np.maximum(spread, 1e-9)
        calm = sizes / ahead.festival[:, :-1]
        slow, own = steady(np.where(log[:, None], np.log(calm), calm / size[:, None]), threads)
        slow = slow + np.where(log, np.log(ahead.festival[:, -1]), 0.0)
        both = np.isfinite(slow) & np.isfinite(own)
        centre = np.where(both, 0.5 * (centre + slow), centre)
        spread = np.clip(np.where(both, 0.5 * (spread + own), spread), 1e-6, 1e6)
        least = np.where(log, NOTHING * np.exp(np.where(log, centre, 0.0)), -np.inf)
        gap = scaled(np.maximum(value, least)) - centre
        gap = np.where(np.abs(gap) < _ROUNDING, 0.0, gap)
        score = np.clip(gap / spread, -_CERTAIN, _CERTAIN)
        # A month without trade is as surprising as it is rare, with those just before it; one with some, where nearly
        # all have none, likewise.
        fallen = special.ndtr(score)
        empty = special.ndtri(np.clip(seldom.run + (1 - seldom.run) * fallen, 1e-30, 1 - 1e-9))
        score = np.where(seldom.rare & (value == 0), np.minimum(empty, 0.0), score)
        woken = special.ndtri(np.minimum(seldom.nothing, 1 - 1e-9))
        score = np.where(seldom.rare & (value > 0) & (seldom.nothing > 0.9), np.maximum(score, woken), score)
    judged = np.where(known, score, np.nan)
    heavy = np.where(np.isfinite(heavy) & (heavy > _HALF80), heavy, _HALF95)
    return _Surprise(log, size, centre, judged * spread, spread, judged, heavy)


def _size(ahead: Forecast) -> Floats:
    """The size of series that are not on logarithms: their mean absolute expectation."""
    there = np.isfinite(ahead.fitted)
    total = np.abs(np.where(there, ahead.fitted, 0.0)).sum(axis=1)
    mean = total / np.maximum(there.sum(axis=1), 1)
    return np.where(mean > 0, mean, np.maximum(np.abs(np.nan_to_num(ahead.point[:, 0])), 1e-300))


def _bands(ahead: Forecast, seen: _Surprise, seldom: Often, expected: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Intervals around the expectation, with the chance of a month without trade put in; NaN without a forecast. The
    mean of a month that mostly has no trade can lie outside its quantiles: they are widened to hold it."""
    none = ahead.reason != 0
    floor = np.where((np.nan_to_num(ahead.low95[:, 0]) >= 0) & ~none, 0.0, -np.inf)

    def put(spreads: Floats | float, tail: float, *, low: bool) -> Floats:
        bound = np.maximum(seen.bound(spreads), floor)
        empty = seldom.rare & ((seldom.run if low else seldom.nothing) >= (tail if low else 1 - tail))
        return np.where(none, np.nan, (np.minimum if low else np.maximum)(np.where(empty, 0.0, bound), expected))

    return (
        put(-_HALF80, 0.1, low=True),
        put(_HALF80, 0.1, low=False),
        put(-seen.heavy, 0.025, low=True),
        put(seen.heavy, 0.025, low=False),
    )


def _half_width(seen: _Surprise, level: float) -> Floats:
    """How many spreads the interval of probability ``level`` reaches: between and beyond the two that are known, as the
    normal law's quantiles go."""
    at, a, b = (float(special.ndtri((1 + p) / 2)) for p in (level, 0.8, 0.95))
    found: Floats = _HALF80 + (seen.heavy - _HALF80) * (at - a) / (b - a)
    return np.maximum(found, 0.0)


def _evidence(seen: _Surprise, sizes: Floats, value: Floats, peers: NDArray[Any] | None) -> Floats:
    """The logarithm of how much likelier the month is with a break of its own than without; −∞ without a verdict."""
    gap = seen.gap - shared_gap(seen.gap, seen.spread, peers)
    spread = seen.spread
    if peers is not None:
        with np.errstate(all="ignore"):
            work = np.where(seen.log[:, None], np.log(sizes), sizes / seen.size[:, None])
            work[~np.isfinite(work)] = np.nan
            now = np.where(seen.log, np.log(value), value / seen.size)
        beside, own = beside_peers(work, now, np.where(np.isfinite(seen.gap), peers, -1))
        both = np.isfinite(beside) & np.isfinite(own)
        gap = np.where(both, 0.5 * (gap + beside), gap)
        spread = np.where(both, 0.5 * (spread + own), spread)
    errors = np.minimum(np.isfinite(sizes).sum(axis=1), MOST_ERRORS)
    narrow = (errors * spread**2 + LEANS * COMMON**2) / (errors + LEANS)
    wide = narrow + BREAK**2
    found = 0.5 * np.log(narrow / wide) + 2 * (np.log1p(gap**2 / narrow / 3) - np.log1p(gap**2 / wide / 3))
    return np.where(np.isfinite(found), found, -np.inf)


def _ranks(evidence: Floats) -> Whole:
    """Places by evidence, the strongest 0; equal ones in the order given."""
    order = np.argsort(-evidence, kind="stable")
    out = np.empty(len(order), dtype=np.int64)
    out[order] = np.arange(len(order))
    return out


def _base(ahead: Forecast, history: Floats, value: Floats) -> tuple[Floats, Floats]:
    """The year-on-year change, and by how much the month a year before was off its own expectation."""
    none = np.full(len(value), np.nan)
    if history.shape[1] < 12:
        return none, none.copy()
    before, then = history[:, -12], ahead.fitted[:, -12]
    with np.errstate(all="ignore"):
        change = np.where(before > 0, value / before - 1, np.nan)
        off = np.where((then > 0) & (before > 0), before / then - 1, np.nan)
    return change, off
