"""The forecast of every series at once: several compiled models each, put together month by month.

Threads take chunks of series; what a series is told depends on itself alone.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.models.damped import damped, grid
from commercebrain.engine.foresight.models.season import YEAR, indices, seasonality
from commercebrain.engine.foresight.models.theta import ALPHAS, theta
from commercebrain.engine.foresight.result import Floats

#: Series that one thread takes at a time.
CHUNK = 1024


def points(
    values: Floats, horizon: int, *, phase: int = 0, first: int | None = None, threads: int | None = None
) -> tuple[Floats, Floats]:
    """Forecasts (S × ``horizon``) of the series ``values`` (S × T) and what each month was expected to be one before.

    A series may begin late: its leading NaN are not read (and have NaN expectations); after them every month must be
    finite and free of calendar effects. A series without a value has NaN forecasts. ``phase`` and ``first`` say where in
    the year the columns begin; seasons are counted from the first column, so neither changes an answer.
    """
    block = np.ascontiguousarray(values, dtype=np.float64)
    if block.ndim != 2:
        raise ValueError("values must be series × months")
    count, months = block.shape
    ahead = np.full((count, horizon), np.nan)
    fitted = np.full((count, months), np.nan)
    if months and horizon and count:
        constants = grid()
        starts = range(0, count, CHUNK)

        def run(start: int) -> None:
            piece = slice(start, min(start + CHUNK, count))
            _series(block[piece], ALPHAS, constants, ahead[piece], fitted[piece])

        workers = min(len(starts), threads or os.cpu_count() or 1)
        if workers <= 1:
            for start in starts:
                run(start)
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(run, starts))
    return ahead, fitted


@kernel(error_model="numpy")
def _series(block: Floats, alphas: Floats, constants: Floats, ahead: Floats, fitted: Floats) -> None:
    """Forecast each row of ``block`` into the rows of ``ahead`` and ``fitted``."""
    count, months = block.shape
    horizon = ahead.shape[1]
    season = np.empty(YEAR)
    ahead_two = np.empty(horizon)
    fitted_two = np.empty(months)
    for number in range(count):
        begin = months
        while begin > 0 and np.isfinite(block[number, begin - 1]):
            begin -= 1
        n = months - begin
        if n == 0:
            continue
        y = block[number, begin:]
        ratio = True
        for t in range(n):
            ratio = ratio and y[t] > 0.0
        season[:] = 1.0 if ratio else 0.0
        if seasonality(y) > 1.645:
            kept = indices(y, ratio, season)
            for month in range(YEAR):
                season[month] = 1.0 + kept * (season[month] - 1.0) if ratio else kept * season[month]
        x = np.empty(n)
        for t in range(n):
            x[t] = y[t] / season[t % YEAR] if ratio else y[t] - season[t % YEAR]
        theta(x, alphas, ahead[number], fitted[number, begin:])
        damped(x, constants, 1.0, ahead_two, fitted_two[:n])
        for h in range(horizon):
            month = (n + h) % YEAR
            point = 0.5 * (ahead[number, h] + ahead_two[h])
            ahead[number, h] = point * season[month] if ratio else point + season[month]
        for t in range(n):
            month = t % YEAR
            point = 0.5 * (fitted[number, begin + t] + fitted_two[t])
            fitted[number, begin + t] = point * season[month] if ratio else point + season[month]
