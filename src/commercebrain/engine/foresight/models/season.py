"""Fixed seasonal indices: is there a season at all, what is it, how far is it to be believed."""

from __future__ import annotations

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.result import Floats

YEAR = 12
#: Standard errors from which the M competitions' test calls a series seasonal.
SURE = 1.645


@kernel(error_model="numpy")
def seasonality(z: Floats) -> float:
    """How many standard errors the autocorrelation at one year lies from none; 0 below three years of months.

    The test of the M competitions calls a series seasonal above 1.645 (Makridakis & Hibon 2000; the standard error is
    Bartlett's, from the autocorrelations at shorter lags).
    """
    n = z.shape[0]
    if n < 3 * YEAR:
        return 0.0
    mean = 0.0
    for t in range(n):
        mean += z[t]
    mean /= n
    power = 0.0
    for t in range(n):
        power += (z[t] - mean) ** 2
    if power <= 0.0:
        return 0.0
    shorter = 0.0
    last = 0.0
    for lag in range(1, YEAR + 1):
        last = 0.0
        for t in range(lag, n):
            last += (z[t] - mean) * (z[t - lag] - mean)
        last /= power
        if lag < YEAR:
            shorter += last * last
    return abs(last) / float(np.sqrt((1.0 + 2.0 * shorter) / n))


@kernel(error_model="numpy")
def indices(z: Floats, season: Floats) -> float:
    """The classical decomposition's twelve additive indices into ``season`` (by t mod 12); their shrinkage in 0…1.

    ``z`` has two years of months at least. Each month's mean difference to centred moving averages over a year. The
    shrinkage is how much of the indices' variance is beyond what the scatter of single years explains (James–Stein,
    after Miller & Williams 2003): 1 believes them wholly.
    """
    n = z.shape[0]
    half = YEAR // 2
    count = np.zeros(YEAR)
    square = np.zeros(YEAR)
    season[:] = 0.0
    total = 0.5 * z[0]
    for t in range(1, YEAR):
        total += z[t]
    total += 0.5 * z[YEAR]
    for t in range(half, n - half):
        part = z[t] - total / YEAR
        month = t % YEAR
        season[month] += part
        square[month] += part * part
        count[month] += 1.0
        if t + half + 1 < n:
            total += 0.5 * (z[t + half + 1] + z[t + half]) - 0.5 * (z[t - half] + z[t - half + 1])
    centre = 0.0
    for month in range(YEAR):
        season[month] /= count[month]
        centre += season[month]
    centre /= YEAR
    scatter = 0.0
    free = 0.0
    between = 0.0
    for month in range(YEAR):
        scatter += square[month] - count[month] * season[month] ** 2
        free += count[month] - 1.0
        season[month] -= centre
        between += season[month] ** 2
    if between <= 0.0:
        return 0.0
    if free <= 0.0:
        return 0.5
    noise = scatter / free / (free / YEAR + 1.0)
    return max(0.0, min(1.0, 1.0 - (YEAR - 3.0) * noise / between))


@kernel(error_model="numpy")
def fixed_season(z: Floats, season: Floats) -> None:
    """Indices into ``season``, as far as they are to be believed: shrunk, and less where the test is in doubt.

    No switch is thrown at the test's limit: a series that just fails it keeps most of its season. Of two years of months
    half is believed (the test needs three), of less nothing.
    """
    season[:] = 0.0
    if z.shape[0] >= 2 * YEAR:
        sure = seasonality(z) / SURE if z.shape[0] >= 3 * YEAR else 0.5
        kept = indices(z, season) * min(1.0, sure)
        for month in range(YEAR):
            season[month] *= kept
