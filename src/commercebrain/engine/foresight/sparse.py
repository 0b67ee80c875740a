"""Sparse series, mostly zeros with a figure now and then: expected at their mean level, with bands from what there was.

No model of the next figure's month is tried: the mean level follows what comes slowly, never below zero where the
history never was, never beyond what the last three years held.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.hostile import Tidy
from commercebrain.engine.foresight.result import Bits, Floats, Whole

#: How fast the mean level of a sparse series follows what comes; its bounds are quantiles of its last three years.
MEAN_MOVES: Final = 0.08
QUANTILES: Final = (0.025, 0.1, 0.9, 0.975)
#: How much wider than what sums of the history were: always, and times their part of the history, as origins overlap.
MORE: Final = 1.2
OVERLAP: Final = 1.0


def mean_levels(series: Tidy, horizon: int, *, cumulative: bool) -> tuple[Floats, Floats, Floats]:
    """Of sparse series: the mean level (S), where a month to come may lie (S × ``horizon`` × 4, the :data:`QUANTILES`),
    and the level before each month (S × T).

    Of months, the quantiles of the last three years'. ``cumulative``: of running sums, the quantiles of what such sums
    were above the level before them, from every month of the history, a little wider (:data:`MORE`, :data:`OVERLAP`).
    """
    count, months = series.values.shape
    level, bounds = np.zeros(count), np.zeros((count, horizon, 4))
    fitted = np.full((count, months), np.nan)
    quantiles = np.array(QUANTILES)
    given = (series.values, series.known, series.start, series.stop)
    _mean_levels(*given, quantiles, level, bounds, fitted)
    if cumulative:
        _mean_sums(*given, quantiles, level, fitted, bounds)
    return level, bounds, fitted


@kernel
def _quantiles(x: Floats, quantiles: Floats, out: Floats) -> None:
    """The quantiles of some numbers, straight between neighbours."""
    ordered = np.sort(x)
    size = ordered.shape[0]
    for k in range(quantiles.shape[0]):
        place = (size - 1) * quantiles[k]
        below = int(place)
        above = min(below + 1, size - 1)
        out[k] = ordered[below] + (place - below) * (ordered[above] - ordered[below])


@kernel
def _mean_levels(
    values: Floats, known: Bits, start: Whole, stop: Whole, quantiles: Floats, level: Floats, bounds: Floats,
    fitted: Floats,
) -> None:  # fmt: skip
    count = values.shape[0]
    last = np.empty(36)
    for s in range(count):
        mean, number = 0.0, 0
        for t in range(start[s], stop[s]):
            if known[s, t]:
                mean += values[s, t]
                number += 1
        mean /= max(number, 1)
        for t in range(start[s], stop[s]):
            fitted[s, t] = mean
            if known[s, t]:
                mean += MEAN_MOVES * (values[s, t] - mean)
        size = 0
        for t in range(stop[s] - 1, start[s] - 1, -1):
            if known[s, t] and size < 36:
                last[size] = values[s, t]
                size += 1
        level[s] = min(max(mean, last[:size].min()), last[:size].max())
        _quantiles(last[:size], quantiles, bounds[s, 0])
        for h in range(1, bounds.shape[1]):
            bounds[s, h] = bounds[s, 0]


@kernel
def _mean_sums(
    values: Floats, known: Bits, start: Whole, stop: Whole, quantiles: Floats, level: Floats, fitted: Floats,
    bounds: Floats,
) -> None:  # fmt: skip
    count, columns = values.shape
    horizon = bounds.shape[1]
    above = np.zeros(columns)  # of the sum of the months from each month on, above the level before that month
    for s in range(count):
        begin, end = start[s], stop[s]
        longest = max((end - begin) // 3, 1)
        above[begin:end] = 0.0
        for h in range(horizon):
            if h < longest:
                for t in range(begin, end - h):
                    came = values[s, t + h] if known[s, t + h] else fitted[s, t]
                    above[t] += came - fitted[s, t]
                _quantiles(above[begin : end - h], quantiles, bounds[s, h])
                wider = MORE * (1.0 + OVERLAP * (h + 1.0) / (end - begin))
            else:  # too few such sums in the history: on as the root of time, and as a level that drifts, between them
                wider = ((h + 1.0) / longest) ** 0.75
                for k in range(4):
                    bounds[s, h, k] = bounds[s, longest - 1, k] - longest * level[s]
            for k in range(4):
                bounds[s, h, k] = (h + 1.0) * level[s] + wider * bounds[s, h, k]
