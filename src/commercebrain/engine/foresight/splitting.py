"""Compiled parts of :mod:`~commercebrain.engine.foresight.decompose`: one series at a time, without the interpreter."""

from __future__ import annotations

from typing import Final

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.result import Bits, Floats

_HALF: Final = 13  # months either side of a local line
_YEARS: Final = 5  # years either side of a season
_ROUNDS, _PLAIN_ROUNDS = 12, 6
_HUBER: Final = 2.0
_SIDE, _LEAST_SIDE = 8, 6  # months a jump is judged by, either side
_MOST_SHIFTS: Final = 6
_DAYS_PRIOR: Final = 0.3  # spread of the elasticity to working days
_LEAST_SPREAD: Final = 5e-3  # of logarithms, or of the mean size: a series without noise has no outliers
_LEAST_JUMP: Final = 0.05  # a smaller jump of the level is not worth a mark


@kernel(error_model="numpy")
def split(
    values: Floats, enough: Bits, log: Bits, festival: Floats, days: Floats, shift: float, outlier: float,
    found: Floats, marks: Bits,
) -> None:  # fmt: skip  # pragma: no cover
    """Trend, season, festival, working days and rest (``found``, 5 × S × T), level shifts and outliers (``marks``)."""
    for number in range(len(values)):
        if not enough[number]:
            continue
        begin, end = 0, values.shape[1]
        while not np.isfinite(values[number, begin]):
            begin += 1
        while not np.isfinite(values[number, end - 1]):
            end -= 1
        x = values[number, begin:end].copy()
        scale = 1.0
        if log[number]:
            x = np.log(x)
        else:
            scale = float(np.nanmean(np.abs(x)))
            if scale == 0:
                scale = 1.0
            x /= scale
        moved = festival[number, begin:end] / scale
        parts = found[:, number, begin:end]
        _split_one(x - moved, days[begin:end], shift, outlier, parts, marks[:, number, begin:end])
        parts[2] = moved
        for part in range(5):
            parts[part] *= scale


@kernel(error_model="numpy")
def _split_one(
    x: Floats, days: Floats, shift: float, outlier: float, parts: Floats, marks: Bits
) -> None:  # pragma: no cover
    """Split one series less its festival; ``parts`` and ``marks`` are views of its rows."""
    count = len(x)
    known = np.isfinite(x)
    filled = np.where(known, x, 0.0)
    steps = np.zeros(count)
    slope = 0.0
    trend, season, weight = np.zeros(count), np.zeros(count), known.astype(np.float64)
    for search in range(_MOST_SHIFTS + 1):
        # A jump found late has bent the season: begin anew, with plain rounds before weights.
        season[:] = 0.0
        weight[:] = known
        slope = 0.0
        last = search == _MOST_SHIFTS
        for turn in range(_ROUNDS):
            trend = local_lines(filled - steps - season - slope * days, weight)
            season = seasons(filled - steps - trend - slope * days, weight)
            rest = filled - steps - trend - season
            slope = _elasticity(rest, days, weight, known)
            if turn >= _PLAIN_ROUNDS - 1:  # before that a strong season would itself pass for shocks
                weight = _huber(rest - slope * days, known)
        if last:
            break
        at, size = _largest_jump(filled - season - slope * days - steps, known, shift)
        if at < 0:
            break
        marks[0, at] = True
        steps[at:] += size
    spread = _spread(filled - steps - trend - season - slope * days, known)
    for t in range(count):
        parts[0, t] = trend[t] + steps[t]
        parts[1, t] = season[t]
        parts[3, t] = slope * days[t]
        if known[t]:
            parts[4, t] = x[t] - steps[t] - trend[t] - season[t] - slope * days[t]
            marks[1, t] = abs(parts[4, t]) > outlier * spread


@kernel(error_model="numpy")
def local_lines(x: Floats, weight: Floats) -> Floats:  # pragma: no cover
    """At each month the value of the weighted straight line through the months around it. At the ends the window keeps
    its length, so that a whole year and more is always inside."""
    count = len(x)
    trend = np.empty(count)
    for t in range(count):
        begin, end = max(0, t - _HALF), min(count, t + _HALF + 1)
        begin, end = max(0, min(begin, end - 2 * _HALF - 1)), min(count, max(end, begin + 2 * _HALF + 1))
        reach = float(max(t - begin, end - 1 - t) + 1)
        s0, s1, s2, y0, y1 = 1e-12, 0.0, 1e-12, 0.0, 0.0
        for k in range(begin, end):
            at = float(k - t)
            near = abs(at) / reach
            near = 1 - near * near * near
            w = weight[k] * near * near * near
            s0 += w
            s1 += w * at
            s2 += w * at * at
            y0 += w * x[k]
            y1 += w * at * x[k]
        gap = s0 * s2 - s1 * s1
        # One known month in the window (a long hole) tells a level, no slope.
        trend[t] = (s2 * y0 - s1 * y1) / gap if gap > 1e-9 * s0 * s2 else y0 / s0
    return trend


@kernel(error_model="numpy")
def seasons(x: Floats, weight: Floats) -> Floats:  # pragma: no cover
    """For each month the weighted mean of its calendar month over the years around, a year's twelve adding up to 0."""
    count = len(x)
    season = np.zeros(count)
    for t in range(count):
        total, mass = 0.0, 1e-12
        for k in range(-_YEARS, _YEARS + 1):
            at = t + 12 * k
            if 0 <= at < count:
                near = abs(k) / (_YEARS + 1.0)
                near = 1 - near * near * near
                w = weight[at] * near * near * near
                total += w * x[at]
                mass += w
        season[t] = total / mass
    # Less the mean of the year around each month (half of the thirteenth at both ends); at the ends that of the nearest.
    level = np.empty(count)
    for t in range(count):
        middle = min(max(t, 6), count - 7)
        total = 0.5 * (season[middle - 6] + season[middle + 6])
        for k in range(middle - 5, middle + 6):
            total += season[k]
        level[t] = total / 12
    return season - level


@kernel(error_model="numpy")
def _spread(rest: Floats, known: Bits) -> float:  # pragma: no cover
    """The robust standard deviation of the known."""
    return max(1.4826 * float(np.median(np.abs(rest[known]))), _LEAST_SPREAD)


@kernel(error_model="numpy")
def _huber(rest: Floats, known: Bits) -> Floats:  # pragma: no cover
    """1 inside twice the usual size of the rest, falling with the rest beyond it, never 0: one solution, not several."""
    limit = _HUBER * max(_spread(rest, known), 0.01)
    weight = np.zeros(len(rest))
    for t in range(len(rest)):
        if known[t]:
            weight[t] = min(1.0, limit / max(abs(rest[t]), 1e-12))
    return weight


@kernel(error_model="numpy")
def _elasticity(rest: Floats, days: Floats, weight: Floats, known: Bits) -> float:  # pragma: no cover
    """The coefficient of working days, shrunk towards 0 by how noisy the rest is."""
    noise = _spread(rest, known) / _DAYS_PRIOR
    a, b = noise * noise, 0.0
    for t in range(len(rest)):
        a += weight[t] * days[t] * days[t]
        b += weight[t] * days[t] * rest[t]
    return b / a


@kernel(error_model="numpy")
def _largest_jump(x: Floats, known: Bits, shift: float) -> tuple[int, float]:  # pragma: no cover
    """Where the level of a series without season jumped most, and by how much; -1 where it did not by ``shift`` spreads.

    Robust lines (the median slope of pairs) through the known months before and after are compared half-way between
    them, in spreads of a single month's deviation from them.
    """
    places = np.flatnonzero(known)
    count = len(places)
    best, found, direction = 0.0, -1, 0.0
    if count < 2 * _LEAST_SIDE:
        return -1, 0.0
    moves = np.abs(np.diff(x[places]))
    noise = max(1.4826 * float(np.median(moves)) / np.sqrt(2.0), _LEAST_SPREAD)
    ahead, behind, slopes = np.empty(_SIDE), np.empty(_SIDE), np.empty(_SIDE * _SIDE)
    for k in range(_LEAST_SIDE, count - _LEAST_SIDE + 1):
        m, n = min(_SIDE, k), min(_SIDE, count - k)
        behind[:m] = x[places[k - m : k]]
        ahead[:n] = x[places[k : k + n]]
        rough = float(np.median(ahead[:n])) - float(np.median(behind[:m]))
        if abs(rough) < _LEAST_JUMP or abs(rough) < 0.4 * shift * noise:
            continue
        jump = _jump(x, places, k, slopes)
        # A line's end through n months is known to 2/√n of a month's deviation.
        told = abs(jump) / (noise * 2 * np.sqrt(1 / m + 1 / n))
        if told > shift and told > best and abs(jump) > _LEAST_JUMP and jump * rough > 0:
            best, found, direction = told, k, np.sign(jump)
    if found < 0:
        return -1, 0.0
    # Lines see a jump to a month or two; it was where neighbouring months differ most.
    exact = found
    for k in range(max(_LEAST_SIDE, found - 2), min(count - _LEAST_SIDE, found + 2) + 1):
        if direction * (x[places[k]] - x[places[k - 1]]) > direction * (x[places[exact]] - x[places[exact - 1]]):
            exact = k
    return int(places[exact]), float(_jump(x, places, exact, slopes))


@kernel(error_model="numpy")
def _jump(x: Floats, places: Floats, k: int, slopes: Floats) -> float:  # pragma: no cover
    """What the lines before and from the ``k``-th known month on are apart, half-way between the two months."""
    m, n = min(_SIDE, k), min(_SIDE, len(places) - k)
    middle = places[k] - 0.5
    before: float = _line_end(x[places[k - m : k]], places[k - m : k], middle, slopes)
    after: float = _line_end(x[places[k : k + n]], places[k : k + n], middle, slopes)
    return after - before


@kernel(error_model="numpy")
def _line_end(y: Floats, at: Floats, where: float, slopes: Floats) -> float:  # pragma: no cover
    """The value at ``where`` of the robust line through the months ``at``."""
    found = 0
    for i in range(len(y)):
        for j in range(i + 1, len(y)):
            slopes[found] = (y[j] - y[i]) / (at[j] - at[i])
            found += 1
    slope = float(np.median(slopes[:found]))
    levels = np.empty(len(y))
    for i in range(len(y)):
        levels[i] = y[i] + slope * (where - at[i])
    return float(np.median(levels))
