"""The forecast of every series at once: two compiled models each, on logarithms, their mean.

Threads take chunks of series; what a series is told depends on itself alone. Compiled code is kept by
:mod:`commercebrain.engine.compiled` (``NUMBA_CACHE_DIR`` where the package's own folder cannot be written to).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.models import smoothing as smooth
from commercebrain.engine.foresight.models import theta as thetas
from commercebrain.engine.foresight.models.scale import sign_and_shift
from commercebrain.engine.foresight.models.season import YEAR, fixed_season
from commercebrain.engine.foresight.models.smoothing import smoothing
from commercebrain.engine.foresight.models.theta import theta
from commercebrain.engine.foresight.result import Floats, Whole

#: Series that one thread takes at a time.
CHUNK = 1024


def points(values: Floats, horizon: int, *, threads: int | None = None) -> tuple[Floats, Floats]:
    """Forecasts (S × ``horizon``) of the series ``values`` (S × T) and what each month was expected to be one before.

    A series may begin late: its leading NaN are not read (and have NaN expectations); after them every month must be
    finite and free of calendar effects. A series without a value has NaN forecasts. The forecast is a median, not a mean:
    it is made on logarithms. Expectations are by constants, seasons and weights of the whole history.
    """
    block = np.ascontiguousarray(values, dtype=np.float64)
    if block.ndim != 2:
        raise ValueError("values must be series × months")
    count, months = block.shape
    ahead = np.full((count, horizon), np.nan)
    fitted = np.full((count, months), np.nan)
    if not (count and months and horizon):
        return ahead, fitted
    lanes = smooth.lanes()
    reach = smooth.reaches(lanes)
    starts = range(0, count, CHUNK)

    def run(start: int) -> None:
        piece = slice(start, min(start + CHUNK, count))
        _series(block[piece], lanes.copy(), reach, thetas.lanes(), smooth.FURTHER, ahead[piece], fitted[piece])

    workers = min(len(starts), threads or os.cpu_count() or 1)
    if workers <= 1:
        for start in starts:
            run(start)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(run, starts))
    return ahead, fitted


@kernel(error_model="numpy")
def _series(
    block: Floats,
    smooth_lanes: Floats,
    reach: Floats,
    theta_lanes: Floats,
    further: Whole,
    ahead: Floats,
    fitted: Floats,
) -> None:
    """Forecast each row of ``block`` into the rows of ``ahead`` and ``fitted``."""
    count, months = block.shape
    horizon = ahead.shape[1]
    season = np.empty(YEAR)
    seasons = np.empty((YEAR, smooth_lanes.shape[1]))
    steps = np.empty((months, smooth_lanes.shape[1]))
    line = np.empty((2, months + 1))
    z_all = np.empty(months)
    x_all = np.empty(months)
    two_ahead = np.empty(horizon)
    two_all = np.empty(months)
    for number in range(count):
        begin = months
        while begin > 0 and np.isfinite(block[number, begin - 1]):
            begin -= 1
        n = months - begin
        if n == 0:
            continue
        y = block[number, begin:]
        one_ahead, one = ahead[number], fitted[number, begin:]
        sign, shift = sign_and_shift(y)
        z, x, two = z_all[:n], x_all[:n], two_all[:n]
        lowest, highest = np.inf, -np.inf
        for t in range(n):
            size = sign * y[t] + shift
            if size <= 0.0:  # nothing but zeros
                break
            z[t] = np.log(size)
            lowest, highest = min(lowest, z[t]), max(highest, z[t])
        if not highest >= lowest:
            one_ahead[:] = 0.0
            one[:] = 0.0
            continue
        # About the middle, so that nothing depends on the unit.
        middle = 0.5 * (lowest + highest)
        for t in range(n):
            z[t] -= middle
        fixed_season(z, season)
        for t in range(n):
            x[t] = z[t] - season[t % YEAR]
        smoothing(z, season, smooth_lanes, further, reach, seasons, steps, one_ahead, one)
        theta(x, theta_lanes, further, line, two_ahead, two)
        # On either side of the middle: a range above the highest, a range below the lowest.
        room = 1.5 * (highest - lowest)
        for h in range(horizon):
            point = 0.5 * (one_ahead[h] + two_ahead[h] + season[(n + h) % YEAR])
            one_ahead[h] = sign * (np.exp(middle + max(-room, min(room, point))) - shift)
        for t in range(n):
            point = 0.5 * (one[t] + two[t] + season[t % YEAR])
            one[t] = sign * (np.exp(middle + max(-room, min(room, point))) - shift)
