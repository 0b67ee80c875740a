"""The M3 competition's monthly series and its measures: Naive2, sMAPE, MASE, OWA as the M4 competition defined them.

Makridakis, Spiliotis & Assimakopoulos (2020), International Journal of Forecasting 36; Makridakis & Hibon (2000), IJF 16.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.harness import ROOT

#: ``M3`` names another file of the same columns (series,type,t,part,value).
FILE: Final = Path(os.environ.get("M3", ROOT.parent / "shared/data/forecast_benchmark/m3_monthly_odd.csv"))
YEAR: Final = 12


@dataclass(frozen=True)
class Held:
    """Series and the months held out: ``past`` of different lengths, ``truth`` S × H."""

    names: list[str]
    past: list[Any]
    truth: Any


def series(path: Path = FILE) -> Held:
    """The series of a file in the order they are written in, and their test months."""
    past: dict[str, list[float]] = defaultdict(list)
    held: dict[str, list[float]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            (past if row["part"] == "train" else held)[row["series"]].append(float(row["value"]))
    names = list(past)
    return Held(names, [np.array(past[name]) for name in names], np.array([held[name] for name in names]))


def earlier(held: Held, months: int = 18) -> Held:
    """The same series with the last ``months`` of their past held out instead: for choosing, not for measuring."""
    return Held(held.names, [y[:-months] for y in held.past], np.array([y[-months:] for y in held.past]))


def table(past: Sequence[Any]) -> Any:
    """Series of different lengths that end together as one array, NaN before they begin."""
    longest = max(map(len, past))
    out = np.full((len(past), longest), np.nan)
    for row, y in zip(out, past, strict=True):
        row[longest - len(y) :] = y
    return out


def is_seasonal(y: Any) -> bool:
    """The competitions' 90 % test on the autocorrelation at one year."""
    n = len(y)
    if n < 3 * YEAR:
        return False
    gaps = y - y.mean()
    power = float(gaps @ gaps)
    if power == 0.0:
        return False
    auto = np.array([gaps[lag:] @ gaps[:-lag] for lag in range(1, YEAR + 1)]) / power
    return bool(abs(auto[-1]) > 1.645 * np.sqrt((1 + 2 * (auto[:-1] ** 2).sum()) / n))


def naive2(y: Any, horizon: int) -> Any:
    """The last seasonally adjusted value (classical, multiplicative) times the season to come."""
    n = len(y)
    if not is_seasonal(y):
        return np.full(horizon, y[-1])
    weights = np.r_[0.5, np.ones(YEAR - 1), 0.5] / YEAR
    ratios = np.full(n, np.nan)
    trend = np.convolve(y, weights, "valid")
    ratios[YEAR // 2 : YEAR // 2 + len(trend)] = y[YEAR // 2 : YEAR // 2 + len(trend)] / trend
    index = np.array([np.nanmean(ratios[month::YEAR]) for month in range(YEAR)])
    index /= index.mean()
    return y[-1] / index[(n - 1) % YEAR] * index[(n + np.arange(horizon)) % YEAR]


@dataclass(frozen=True)
class Measures:
    """sMAPE (%) and MASE, means over series and months 1…``months``."""

    smape: float
    mase: float


def measures(held: Held, point: Any, months: int) -> Measures:
    """How far ``point`` (S × H) is from the truth over the first ``months``."""
    truth, point = held.truth[:, :months], point[:, :months]
    scale = np.array([np.abs(y[YEAR:] - y[:-YEAR]).mean() for y in held.past])[:, None]
    miss = np.abs(point - truth)
    return Measures(float((200 * miss / (np.abs(point) + np.abs(truth))).mean()), float((miss / scale).mean()))


def owa(held: Held, point: Any, base: Any, months: int) -> float:
    """Overall weighted average: the mean of sMAPE and MASE, each ÷ that of Naive2 (``base``)."""
    own, naive = measures(held, point, months), measures(held, base, months)
    return 0.5 * (own.smape / naive.smape + own.mase / naive.mase)
