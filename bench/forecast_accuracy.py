"""How near forecasts come, and how honest their bands are, on the M3 competition's monthly series.

The own ensemble (``forecast(...)`` itself, as everybody calls it) beside statsforecast's DynamicOptimizedTheta, AutoCES and
AutoETS in the same run: OWA against Naive2 over horizons 1–18 and 1–6, ÷ the best of the three. Coverage: how often the
truth lies within the 80 % intervals. ``M3`` names another file of series.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from bench import _m3
from bench.harness import Figure, log, machine
from commercebrain.engine.foresight.ensemble import points
from commercebrain.engine.foresight.forecasting import forecast
from commercebrain.engine.foresight.headline import SHARE

TITLE = "M3 monthly: accuracy beside statsforecast's best models, coverage of the intervals."
QUICK = False
HORIZON = 18
NEAR = 6


def figures() -> Iterator[Figure]:
    """The ratios of accuracy and the error of coverage."""
    missing = _missing()
    if missing:
        for name, must, aim in (("owa_all_ratio", 1.0, 1.0), ("owa_6_ratio", 1.0, 1.0), ("coverage_error", 3.0, 1.0)):
            yield Figure(name, None, must, aim, "lower", missing)
        return
    held = _m3.series()
    past = _m3.table(held.past)
    base = np.array([_m3.naive2(y, HORIZON) for y in held.past])
    points(past[:1], HORIZON)  # compiled before the clock runs
    start = time.perf_counter()
    own = points(past, HORIZON)[0]
    seconds = {"ensemble": time.perf_counter() - start}
    start = time.perf_counter()
    told = forecast(past, None, HORIZON)
    seconds["forecast with bands"] = time.perf_counter() - start
    rivals = _rivals(held.past, seconds)
    three = np.median([*rivals.values()], axis=0)
    compared = {"forecast": told.point, "ensemble alone": own, **rivals, "median of the three": three}
    compared["headline"] = (1 - SHARE) * own + SHARE * three  # what headline.best_points does
    rows = {name: {n: _m3.measures(held, point, n) for n in (HORIZON, NEAR)} for name, point in compared.items()}
    scores = {name: {n: _m3.owa(held, point, base, n) for n in (HORIZON, NEAR)} for name, point in compared.items()}
    for name in compared:
        log(f"{name:24s} OWA {scores[name][HORIZON]:.4f} {scores[name][NEAR]:.4f}  {rows[name][HORIZON]}")
    for figure, months in (("owa_all_ratio", HORIZON), ("owa_6_ratio", NEAR)):
        best = min(scores[name][months] for name in rivals)
        yield Figure(
            figure,
            scores["forecast"][months] / best,
            1.0,
            scores["median of the three"][months] / best,
            "lower",
            f"OWA against Naive2, horizons 1–{months}, of forecast() ÷ the best of statsforecast's three; the aim is that "
            "of the three's median",
            {
                "series": len(held.past),
                "file": _m3.FILE.name,
                "owa": {name: round(score[months], 4) for name, score in scores.items()},
                "smape": {name: round(row[months].smape, 3) for name, row in rows.items()},
                "mase": {name: round(row[months].mase, 4) for name, row in rows.items()},
                "seconds": {name: round(value, 3) for name, value in seconds.items()},
                "machine": machine(),
            },
        )
    yield _coverage(held, told)


def _missing() -> str:
    """Why nothing can be measured, or nothing."""
    if not _m3.FILE.exists():
        return f"{_m3.FILE.name} is not here; M3 names another file"
    if find_spec("statsforecast") is None:
        return "statsforecast is not installed: pip install --require-hashes -r requirements-all.txt"
    return ""


def _rivals(past: list[Any], seconds: dict[str, float]) -> dict[str, Any]:
    """Forecasts of statsforecast's models, compiled before the clock runs."""
    import pandas as pd
    from statsforecast import StatsForecast
    from statsforecast.models import AutoCES, AutoETS, DynamicOptimizedTheta

    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(len(past)), [len(y) for y in past]),
            "ds": np.concatenate([np.arange(len(y)) for y in past]),
            "y": np.concatenate(past),
        }
    )
    out = {}
    for make in (DynamicOptimizedTheta, AutoCES, AutoETS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = StatsForecast(models=[make(season_length=12)], freq=1, n_jobs=machine()["cores"])
            model.forecast(df=frame[frame["unique_id"] < 2], h=HORIZON)
            start = time.perf_counter()
            table = model.forecast(df=frame, h=HORIZON)
        out[make.__name__] = table.iloc[:, -1].to_numpy(dtype=float).reshape(len(past), HORIZON)
        seconds[make.__name__] = time.perf_counter() - start
    return out


def _coverage(held: _m3.Held, told: Any) -> Figure:
    within80 = (held.truth >= told.low80) & (held.truth <= told.high80)
    within95 = (held.truth >= told.low95) & (held.truth <= told.high95)
    scale = np.array([np.abs(y[12:] - y[:-12]).mean() for y in held.past])[:, None]

    def interval_score(low: Any, high: Any, level: float) -> float:
        outside = np.maximum(low - held.truth, 0.0) + np.maximum(held.truth - high, 0.0)
        return float(((high - low + 2.0 / (1.0 - level) * outside) / scale).mean())

    return Figure(
        "coverage_error",
        abs(100.0 * float(within80.mean()) - 80.0),
        3.0,
        1.0,
        "lower",
        "distance in points of the share of months within the 80 % intervals of forecast() from 80 %, horizons 1–18",
        {
            "series": len(held.past),
            "coverage_80": round(100.0 * float(within80.mean()), 2),
            "coverage_95": round(100.0 * float(within95.mean()), 2),
            "by_horizon_80": [round(100.0 * float(share), 1) for share in within80.mean(axis=0)],
            "by_horizon_95": [round(100.0 * float(share), 1) for share in within95.mean(axis=0)],
            "scaled_interval_score_80": round(interval_score(told.low80, told.high80, 0.80), 3),
            "scaled_interval_score_95": round(interval_score(told.low95, told.high95, 0.95), 3),
        },
    )
