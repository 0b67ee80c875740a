"""Fixed seasonal indices: is there a season at all, what is it, how far is it to be believed."""

from __future__ import annotations

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.result import Floats

YEAR = 12


@kernel(error_model="numpy")
def seasonality(y: Floats) -> float:
    """How many standard errors the autocorrelation at one year lies from none; 0 below three years of months.

    The test of the M competitions calls a series seasonal above 1.645 (Makridakis & Hibon 2000; the standard error is
    Bartlett's, from the autocorrelations at shorter lags).
    """
    n = y.shape[0]
    if n < 3 * YEAR:
        return 0.0
    mean = 0.0
    for t in range(n):
        mean += y[t]
    mean /= n
    power = 0.0
    for t in range(n):
        power += (y[t] - mean) ** 2
    if power <= 0.0:
        return 0.0
    shorter = 0.0
    last = 0.0
    for lag in range(1, YEAR + 1):
        last = 0.0
        for t in range(lag, n):
            last += (y[t] - mean) * (y[t - lag] - mean)
        last /= power
        if lag < YEAR:
            shorter += last * last
    return abs(last) / np.sqrt((1.0 + 2.0 * shorter) / n)


@kernel(error_model="numpy")
def indices(y: Floats, ratio: bool, out: Floats) -> float:
    """The classical decomposition's twelve indices into ``out`` (by t mod 12); gives their shrinkage in 0…1.

    Centred moving averages over a year; each month's mean ratio (or difference) to them. The shrinkage is how much of
    the indices' variance is beyond what the scatter of single years explains (James–Stein, after Miller & Williams
    2003): 1 believes them wholly.
    """
    n = y.shape[0]
    half = YEAR // 2
    count = np.zeros(YEAR)
    square = np.zeros(YEAR)
    out[:] = 0.0
    total = 0.5 * y[0]
    for t in range(1, YEAR):
        total += y[t]
    total += 0.5 * y[YEAR]
    for t in range(half, n - half):
        trend = total / YEAR
        part = y[t] / trend if ratio else y[t] - trend
        month = t % YEAR
        out[month] += part
        square[month] += part * part
        count[month] += 1.0
        if t + half + 1 < n:
            total += 0.5 * (y[t + half + 1] + y[t + half]) - 0.5 * (y[t - half] + y[t - half + 1])
    centre = 0.0
    for month in range(YEAR):
        out[month] /= count[month]
        centre += out[month]
    centre /= YEAR
    scatter = 0.0
    free = 0.0
    between = 0.0
    for month in range(YEAR):
        scatter += square[month] - count[month] * out[month] ** 2
        free += count[month] - 1.0
        out[month] = out[month] / centre if ratio else out[month] - centre
        between += (out[month] - (1.0 if ratio else 0.0)) ** 2
    if between <= 0.0:
        return 0.0
    if free <= 0.0:
        return 0.5
    noise = scatter / free / (free / YEAR + 1.0)
    kept = 1.0 - (YEAR - 3.0) * noise / between
    return max(0.0, min(1.0, kept))
