"""What the judgement of real shocks is held against: the 同比 rule, CUSUM, and statsforecast's residuals.

Each gives signed scores (S × M; negative: lower than expected, NaN: cannot tell) of the months asked for, every one from
data up to that month alone.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]


def year_on_year(values: Floats, columns: Sequence[int]) -> Floats:
    """同比 as a fraction: −0.3 is a fall by 30 %. NaN where the base is 0 or unknown."""
    out = np.full((len(values), len(columns)), np.nan)
    for n, t in enumerate(columns):
        if t < 12:
            continue
        base = values[:, t - 12]
        fine = np.isfinite(base) & (base > 0)
        out[fine, n] = values[fine, t] / base[fine] - 1.0
    return out


def year_on_year_log(values: Floats, columns: Sequence[int]) -> Floats:
    """同比 on logarithms, so that falls and rises are measured alike and the order is that of 同比 itself."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log1p(year_on_year(values, columns)), -20.0)


def deseasonalised_surprise(values: Floats, columns: Sequence[int]) -> Floats:
    """Classical decomposition of the months before; the month less season and the mean of the last twelve, in spreads.

    Season: means by calendar month of the logarithm less its centred twelve-month average, over the months before.
    Spread: 1.4826 × the median absolute one of the same residuals in the months before, times √((n+1)/(n−1)) for the n
    years of which the season was learnt, because the months before helped to make it and this one did not.
    """
    out = np.full((len(values), len(columns)), np.nan)
    weights = np.r_[0.5, np.ones(11), 0.5] / 12
    for n, t in enumerate(columns):
        if t < 36:
            continue
        known = values[:, : t + 1]
        size = _quiet(np.nanmean, np.where(known > 0, known, np.nan))[:, None]
        logs = np.log(np.maximum(known, 1e-3 * size))
        past = logs[:, :t]
        trend = np.apply_along_axis(np.convolve, 1, past, weights, "valid")
        off = past[:, 6 : t - 6] - trend
        place = np.arange(6, t - 6) % 12
        season = np.stack([_quiet(np.nanmean, off[:, place == month]) for month in range(12)], axis=1)
        season -= season.mean(axis=1, keepdims=True)
        plain = logs - season[:, np.arange(t + 1) % 12]
        sums = np.cumsum(np.concatenate([np.zeros((len(plain), 1)), plain], axis=1), axis=1)
        level = (sums[:, 12:-1] - sums[:, :-13]) / 12
        errors = plain[:, 12:] - level
        spread = 1.4826 * _quiet(np.nanmedian, np.abs(errors[:, :-1]))
        years = (t - 12) / 12
        spread = spread * np.sqrt((years + 1) / max(years - 1, 0.5))
        fine = np.isfinite(spread) & (spread > 0)
        out[fine, n] = errors[fine, -1] / spread[fine]
    return out


def _quiet(what: Callable[..., Any], block: Floats) -> Floats:
    """A statistic of each row; a row without values gives NaN and no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(what(block, axis=1))


def cusum(surprise: Floats, threshold: float, *, k: float = 0.5, sign: int = -1) -> Bits:
    """Tabular CUSUM over the months (Montgomery, Statistical Quality Control, 9.1): the alarms of one side.

    C ← max(0, C + sign · z − k); an alarm when C > ``threshold``, after which it begins again at 0.
    """
    alarms = np.zeros(surprise.shape, dtype=bool)
    state = np.zeros(len(surprise))
    for n in range(surprise.shape[1]):
        state = np.maximum(0.0, state + np.nan_to_num(sign * surprise[:, n]) - k)
        alarms[:, n] = state > threshold
        state[alarms[:, n]] = 0.0
    return alarms


def statsforecast_residuals(
    values: Floats, columns: Sequence[int], asked: Bits, *, model: str = "AutoCES", threads: int = 2
) -> Floats:
    """(value − one-step forecast) ÷ its own standard deviation by a statsforecast model, fitted anew each month.

    The standard deviation is the half width of its 95 % interval ÷ 1.96. ``asked`` (S × M): only these are computed.
    """
    out = np.full(asked.shape, np.nan)
    tasks = [(model, values[asked[:, n], : t + 1]) for n, t in enumerate(columns)]
    os.environ.setdefault("NIXTLA_NUMBA_CACHE", "1")
    with ProcessPoolExecutor(threads) as pool:
        for n, scores in enumerate(pool.map(_month_of_residuals, tasks, chunksize=1)):
            out[asked[:, n], n] = scores
    return out


def _month_of_residuals(task: tuple[str, Floats]) -> Floats:
    name, block = task
    models: Any = __import__("statsforecast.models", fromlist=[name])
    out = np.full(len(block), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row, series in enumerate(block):
            known = series[np.isfinite(series)]
            try:
                told = getattr(models, name)(season_length=12).forecast(known[:-1], h=1, level=[95])
            except (ValueError, ArithmeticError, IndexError, np.linalg.LinAlgError):
                continue
            point = float(np.asarray(told["mean"])[0])
            spread = (float(np.asarray(told["hi-95"])[0]) - point) / 1.96
            if np.isfinite(spread) and spread > 0:
                out[row] = (known[-1] - point) / spread
    return out
