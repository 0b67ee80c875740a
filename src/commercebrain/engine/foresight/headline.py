"""The slow forecast of the few hundred series that a city is judged by: the own ensemble and three well-known models.

Where the optional library statsforecast is installed, the answer is two parts of :func:`ensemble.points` and one part of
the median of its DynamicOptimizedTheta, AutoCES and AutoETS; else it is the own ensemble alone. Measured side by side
(``make -s bench NAME=forecast-accuracy``) the three add breadth, not accuracy: the own ensemble alone is as good.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from commercebrain.engine.foresight.ensemble import points
from commercebrain.engine.foresight.models.season import YEAR
from commercebrain.engine.foresight.result import Floats

#: The part of the median of the three in the answer.
SHARE: Final = 1 / 3
#: Fewer months than this and the three are not asked: they need two years to see a season, and some of a third.
LEAST: Final = 30


def method() -> str:
    """Which models :func:`best_points` puts together here."""
    return "ensemble + median of DOT, CES, ETS" if _installed() else "ensemble"


def best_points(values: Floats, horizon: int, *, threads: int | None = None) -> tuple[Floats, Floats]:
    """As :func:`ensemble.points`, slower (0.1 s a series) and broader; expectations are the own ensemble's.

    A model that fails on a series, or gives no finite number, is left out there.
    """
    point, fitted = points(values, horizon, threads=threads)
    if not _installed() or not horizon:
        return point, fitted
    block = np.asarray(values, dtype=np.float64)

    def middle(number: int) -> Floats:
        return _median_of_three(block[number], horizon)

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        others = np.array(list(pool.map(middle, range(len(block))))).reshape(point.shape)
    return np.where(np.isfinite(others), (1.0 - SHARE) * point + SHARE * others, point), fitted


def _median_of_three(series: Floats, horizon: int) -> Floats:
    missing = np.flatnonzero(~np.isfinite(series))
    y: Floats = np.ascontiguousarray(series[missing[-1] + 1 if missing.size else 0 :])
    out: Floats = np.full((3, horizon), np.nan)
    if len(y) < LEAST or np.ptp(y) == 0.0:
        return np.full(horizon, np.nan)
    for row, make in zip(out, _models(), strict=True):
        with suppress(Exception):  # whatever a model of another library cannot do: the others answer
            row[:] = make().forecast(y=y, h=horizon)["mean"]
    answered = out[np.isfinite(out).all(axis=1)]
    middle: Floats = np.median(answered, axis=0) if len(answered) else np.full(horizon, np.nan)
    return middle


@cache
def _installed() -> bool:
    return find_spec("statsforecast") is not None


@cache
def _models() -> tuple[Callable[[], Any], ...]:
    from statsforecast.models import AutoCES, AutoETS, DynamicOptimizedTheta

    def of(model: Any) -> Callable[[], Any]:
        return lambda: model(season_length=YEAR)

    return tuple(of(model) for model in (DynamicOptimizedTheta, AutoCES, AutoETS))
