"""Series as they come – gaps, zeros, breaks, slips of the pen – made fit for models, or told why they are not.

The rules, in the order in which they are applied to each series by itself:

- no known month: ``no_values``; the last known month more than :data:`MOST_MISSING` months before the end:
  ``not_current``;
- the history begins with the first known month, after the last stretch of more than :data:`MOST_MISSING` missing months,
  and after a long beginning of nothing but zeros (a firm that was not there yet);
- fewer than ``LEAST_MONTHS`` known months since then: ``too_short``; the last :data:`STOPPED` known ones all zero:
  ``stopped``;
- logarithms where every known month is positive and none is below a billionth of the largest;
- *sparse* (an expectation at the mean level instead of a model) where many of the last three years' months are zero and
  not always the same calendar months;
- missing months in between are filled along the neighbours with the season put back;
- a month that stands alone more than :data:`WILD` robust spreads from its neighbours (a month entered twice, a slip of
  the decimal point) is brought back to that distance before models see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.compiled import kernel
from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.result import LEAST_MONTHS, REASONS, Bits, Floats, Whole

#: More missing months than this in a row are not bridged.
MOST_MISSING: Final = 12

#: So many zeros at the end, and the series has stopped.
STOPPED: Final = 12

#: A lone month further from its neighbours than so many robust spreads is brought back to that distance.
WILD: Final = 8.0

#: A share of zeros among the last three years above which a series is sparse, unless zeros keep to calendar months.
SPARSE: Final = 0.3

#: How often season and level of a filled stretch are worked out from one another.
TURNS: Final = 6

_NO_VALUES: Final = REASONS.index("no_values")
_TOO_SHORT: Final = REASONS.index("too_short")
_STOPPED: Final = REASONS.index("stopped")
_NOT_CURRENT: Final = REASONS.index("not_current")


@dataclass(frozen=True)
class Tidy:
    """``S`` series made fit for models.

    ``values`` (S × T) is scaled so that each series' largest known month lies in [0.5, 1): multiply by ``2 ** power``
    to get back; filled between ``start`` (inclusive) and ``stop`` (exclusive), 0 elsewhere. ``known`` marks months that
    were given. ``reason`` indexes ``REASONS``; ``log`` and ``sparse`` as in the module's rules; ``lowest`` is the
    smallest known value of the part used, still scaled.
    """

    values: Floats
    known: Bits
    start: Whole
    stop: Whole
    power: NDArray[np.int32]
    reason: NDArray[np.int8]
    log: Bits
    sparse: Bits
    lowest: Floats


def checked(values: Floats | Sequence[Any]) -> Floats:
    """Series × months as float64 with NaN for a missing month, from an array, a list of lists or one series.

    ``None`` and what a masked array masks are missing months. Raises ``UserError`` for what is not a number, infinite, or not a table.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
        if isinstance(values, np.ma.MaskedArray):  # asarray would take what lies under the mask for figures
            array = np.where(np.ma.getmaskarray(values), np.nan, array)
    except (TypeError, ValueError):
        raise UserError(
            "foresight.not_numbers",
            "预测需要数值序列：每个序列长度相同，缺数用空值（None或NaN）表示，请检查是否混入文字或长短不一的序列。",
            "A forecast needs numbers: series of one length, missing months as None or NaN; look for text or for series "
            "of different lengths.",
        ) from None
    if array.ndim == 1:
        array = array[None, :]
    if array.ndim != 2:
        raise UserError(
            "foresight.not_a_table",
            f"预测需要一个序列或“序列×月份”的表，给出的是{array.ndim}维数组。",
            f"A forecast needs one series or a table of series × months; {array.ndim} dimensions were given.",
        )
    endless = np.isinf(array)
    if endless.any():
        series, month = (int(n) for n in np.argwhere(endless)[0])
        raise UserError(
            "foresight.infinite",
            f"第{series + 1}个序列的第{month + 1}个月是无穷大，请改正该值或留空。",
            f"Month {month + 1} of series {series + 1} is infinite: correct it or leave it empty.",
        )
    return np.ascontiguousarray(array)


def usual_size(values: Floats) -> Floats:
    """The mean absolute value of the known ones of the last twelve months of S × T ``values`` (S); 0 where none is."""
    year = values[:, -12:]
    known = np.isfinite(year)
    size: Floats = np.abs(np.where(known, year, 0.0)).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return size


def only(series: Tidy, rows: Bits) -> Tidy:
    """Only the series of ``rows``."""
    return Tidy(**{field.name: getattr(series, field.name)[rows] for field in fields(series)})


def tidy(values: Floats) -> Tidy:
    """The series of :func:`checked` made fit for models; each by itself, whatever its neighbours."""
    count, months = values.shape
    known = ~np.isnan(values)
    largest = np.max(np.where(known, np.abs(values), 0.0), axis=1) if months else np.zeros(count)
    power = np.frexp(largest)[1].astype(np.int32)
    scaled = np.ldexp(np.where(known, values, 0.0), -power[:, None])
    out = Tidy(
        values=scaled,
        known=known,
        start=np.zeros(count, np.int64),
        stop=np.zeros(count, np.int64),
        power=power,
        reason=np.zeros(count, np.int8),
        log=np.zeros(count, np.bool_),
        sparse=np.zeros(count, np.bool_),
        lowest=np.zeros(count),
    )
    _tidy(scaled, known, out.start, out.stop, out.reason, out.log, out.sparse, out.lowest)
    return out


def calm(work: Floats, known: Bits, start: Whole) -> None:
    """Bring lone wild months of series complete from ``start`` on back, in place; on the scale models work on (logs
    or values)."""
    _calm(work, known, start)


@kernel
def _tidy(
    values: Floats, known: Bits, start: Whole, stop: Whole, reason: NDArray[np.int8], log: Bits, sparse: Bits,
    lowest: Floats,
) -> None:  # fmt: skip
    count, months = values.shape
    for s in range(count):
        y, have = values[s], known[s]
        begin, end = 0, months
        while end > 0 and not have[end - 1]:
            end -= 1
        if end == 0:
            reason[s] = _NO_VALUES
            continue
        while not have[begin]:
            begin += 1
        gap = 0
        for t in range(begin, end):
            gap = 0 if have[t] else gap + 1
            if gap > MOST_MISSING:
                begin = t + 1
        while not have[begin]:
            begin += 1
        # A long beginning of zeros, longer by far than any later one, is a firm that was not there yet.
        lead = begin
        while lead < end and (not have[lead] or y[lead] == 0.0):
            lead += 1
        if lead - begin >= STOPPED and lead < end:
            run, longest, rest = 0, 0, 0
            for t in range(lead, end):
                if have[t]:
                    run = run + 1 if y[t] == 0.0 else 0
                    longest = max(longest, run)
                    rest += 1
            if rest >= LEAST_MONTHS and 3 * longest < lead - begin:
                begin = lead
        start[s], stop[s] = begin, end
        if months - end > MOST_MISSING:
            reason[s] = _NOT_CURRENT
            continue
        number, zeros, smallest, largest, gaps = 0, 0, np.inf, 0.0, False
        for t in range(begin, end):
            if have[t]:
                number += 1
                smallest = min(smallest, y[t])
                largest = max(largest, y[t])
            else:
                gaps = True
        lowest[s] = smallest
        if number < LEAST_MONTHS:
            reason[s] = _TOO_SHORT
            continue
        number = 0
        for t in range(end - 1, begin - 1, -1):
            if have[t]:
                if y[t] != 0.0:
                    break
                zeros += 1
        if zeros >= STOPPED:
            reason[s] = _STOPPED
            continue
        log[s] = smallest > largest * 1e-9
        if smallest <= 0.0:
            sparse[s] = _is_sparse(y, have, begin, end)
        if gaps and not sparse[s]:
            _fill(y, have, begin, end, log[s])


@kernel
def _is_sparse(y: Floats, have: Bits, begin: int, end: int) -> bool:
    """Many zeros in the last three years that do not keep to calendar months."""
    number, zeros = 0, 0
    full, empty = np.zeros(12, np.int64), np.zeros(12, np.int64)
    for t in range(max(begin, end - 36), end):
        if have[t]:
            number += 1
            if y[t] == 0.0:
                zeros += 1
                empty[t % 12] += 1
            else:
                full[t % 12] += 1
    if number == 0 or zeros <= SPARSE * number:
        return False
    if number < 24:
        return True
    odd = 0  # months that differ from what their calendar month mostly is
    for m in range(12):
        odd += min(full[m], empty[m])
    return odd > 0.08 * number


@kernel
def _fill(y: Floats, have: Bits, begin: int, end: int, log: bool) -> None:
    """Missing months along the known neighbours; with the season put back where two years and more are known."""
    months = end - begin
    line, season = np.empty(months), np.zeros(12)
    low, high = np.inf, -np.inf
    for t in range(months):
        if have[begin + t]:
            line[t] = np.log(y[begin + t]) if log else y[begin + t]
            low, high = min(low, line[t]), max(high, line[t])
    level = np.empty(months)
    for turn in range(TURNS if months >= 36 else 1):
        last = -1
        for t in range(months):
            if not have[begin + t]:
                continue
            here = line[t] - season[t % 12]
            level[t] = here
            if 0 <= last < t - 1:
                before = line[last] - season[last % 12]
                for k in range(last + 1, t):
                    level[k] = before + (here - before) * (k - last) / (t - last)
            last = t
        if turn < TURNS - 1 and months >= 36:
            # The season: what known months are above a moving year of the filled line.
            total, number = np.zeros(12), np.zeros(12)
            for t in range(6, months - 6):
                if have[begin + t]:
                    year = 0.5 * (level[t - 6] + season[(t - 6) % 12] + level[t + 6] + season[(t + 6) % 12])
                    for k in range(t - 5, t + 6):
                        year += level[k] + season[k % 12]
                    total[t % 12] += line[t] - year / 12
                    number[t % 12] += 1
            for m in range(12):
                season[m] = total[m] / (number[m] + 0.5)
    for t in range(months):
        if not have[begin + t]:
            filled = min(max(level[t] + season[t % 12], low), high)
            y[begin + t] = np.exp(filled) if log else filled


@kernel
def _calm(work: Floats, known: Bits, start: Whole) -> None:
    count, columns = work.shape
    level, far, season = np.empty(columns), np.empty(columns), np.zeros(12)
    few = np.empty(5)
    for s in range(count):
        y, given = work[s, start[s] :], known[s, start[s] :]
        months = y.shape[0]
        if months < LEAST_MONTHS:
            continue
        # Most series have no wild month: the largest yearly change against the mean one tells without sorting.
        mean, most = 0.0, 0.0
        for t in range(1, months):
            change = abs(y[t] - y[t - 12]) if t >= 12 else abs(y[t] - y[t - 1])
            mean += change
            most = max(most, change)
        if most * (months - 1) <= 5.0 * mean:
            continue
        season[:] = 0.0
        if months >= 36:
            _season_by_medians(y, season, far)
        for t in range(months):
            level[t] = y[t] - season[t % 12]
        for t in range(months):
            size, left = 0, min(max(t - 2, 0), months - 5)
            for k in range(left, left + 5):  # the four nearest, also at the ends
                if k != t:
                    few[size] = level[k]
                    size += 1
            far[t] = level[t] - _middle(few[:size])
        spread = 1.4826 * np.median(np.abs(far[:months]))
        if spread <= 0.0:
            spread = 1.2533 * np.mean(np.abs(far[:months])) / 2.0
        if spread <= 0.0:
            continue
        reach = WILD * spread
        for t in range(months):
            if not given[t] or abs(far[t]) <= reach:
                continue
            # Two in a row on the same side are a level, not a slip.
            if t > 0 and abs(level[t] - level[t - 1]) <= 0.5 * abs(far[t]):
                continue
            if t + 1 < months and abs(level[t] - level[t + 1]) <= 0.5 * abs(far[t]):
                continue
            y[t] -= far[t] - (reach if far[t] > 0 else -reach)


@kernel
def _middle(x: Floats) -> float:
    """The median of a few numbers, which are put in order."""
    size = x.shape[0]
    for n in range(1, size):
        here, k = x[n], n - 1
        while k >= 0 and x[k] > here:
            x[k + 1] = x[k]
            k -= 1
        x[k + 1] = here
    return float(0.5 * (x[(size - 1) // 2] + x[size // 2]))


@kernel
def _season_by_medians(y: Floats, season: Floats, few: Floats) -> None:
    """What each calendar month mostly is above the moving year around it; a wild month moves a year, not a median."""
    months = y.shape[0]
    for m in range(12):
        size = 0
        for t in range(m, months, 12):
            left = min(max(t - 6, 0), months - 12)
            few[size] = y[t] - y[left : left + 12].mean()
            size += 1
        season[m] = _middle(few[:size])
