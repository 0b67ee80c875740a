"""Forecasts six months ahead with 80 % and 95 % intervals and the festival, for 100,000 series of 84 months, beside
statsforecast's AutoETS with 80 % intervals on 1,000 of the same series, both on all cores, warm, in turn.

Series are made up (``bench/_series.py``: zeros, breaks, a moving festival). ``SERIES``, ``RIVAL``, ``RUNS`` and ``SEED``
set sizes, repetitions and the seed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from bench._series import FIRST, MONTHS, made_up
from bench.harness import ROOT, Figure, growth_exponent, log, machine
from commercebrain.engine.foresight.result import Floats

TITLE = "A hundred thousand forecasts with intervals, beside AutoETS series by series; growth and memory."
QUICK = False
SERIES = int(os.environ.get("SERIES", "100000"))
RIVAL = int(os.environ.get("RIVAL", "1000"))
RUNS = int(os.environ.get("RUNS", "3"))
SEED = int(os.environ.get("SEED", "20250721"))
HORIZON = 6


class Worker:
    """A process that forecasts the series of a file."""

    def __init__(self, file: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench._forecast_worker", str(file), str(FIRST)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.__exit__(kind, error, at)  # closes its pipes, and so it ends

    def ask(self, series: int, threads: int) -> dict[str, Any]:
        """Forecast the first ``series`` series; what it took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(
            json.dumps({"series": series, "horizon": HORIZON, "threads": threads}), file=self._process.stdin, flush=True
        )
        said: dict[str, Any] = json.loads(self._process.stdout.readline())
        return said


def rival(values: Floats, cores: int) -> float:
    """Seconds of AutoETS with 80 % intervals for each row of ``values``."""
    import pandas
    from statsforecast import StatsForecast
    from statsforecast.models import AutoETS

    count, months = values.shape
    frame = pandas.DataFrame(
        {"unique_id": np.repeat(np.arange(count), months), "ds": np.tile(np.arange(months), count), "y": values.ravel()}
    )
    model = StatsForecast(models=[AutoETS(season_length=12)], freq=1, n_jobs=cores)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        model.forecast(df=frame, h=HORIZON, level=[80])
        return time.perf_counter() - start


def figures() -> Iterator[Figure]:
    """Ratio of the medians of interleaved runs; the slope of time over size; the worker's own peak."""
    cores = int(machine()["cores"])
    tenth = max(SERIES // 10, 1)
    sizes = (tenth, SERIES)
    ours: dict[int, list[float]] = {size: [] for size in sizes}
    theirs: list[float] = []
    cpu: list[float] = []
    cpu_of_tenth: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        values = made_up(SERIES, SEED)
        np.save(Path(folder) / "series.npy", values)
        sample = values[np.random.default_rng(SEED).permutation(SERIES)[:RIVAL]].copy()
        del values
        try:
            rival(sample[: 4 * cores], cores)
            missing = ""
        except ImportError as error:
            missing = f"statsforecast is not installed ({error}); install the extra `forecast`"
        with Worker(Path(folder) / "series.npy") as worker:
            log(f"first, with what is compiled: {worker.ask(tenth, cores)['seconds']:.1f} s for {tenth} series")
            for _ in range(RUNS):
                # A tenth ten times, so that whatever else the machine does meets both for as long.
                ten = [worker.ask(tenth, cores) for _ in range(10)]
                ours[tenth].append(statistics.fmean(said["seconds"] for said in ten))
                cpu_of_tenth.append(statistics.fmean(said["cpu"] for said in ten))
                full = worker.ask(SERIES, cores)
                ours[SERIES].append(full["seconds"])
                cpu.append(full["cpu"])
                if not missing:
                    theirs.append(rival(sample, cores))
                log(f"{SERIES} series {ours[SERIES][-1]:.2f} s, AutoETS {theirs[-1:]} s for {RIVAL}")
            peak, answered = full["peak_gb"], full["answered"]
    inputs = {
        "series": SERIES,
        "months": MONTHS,
        "horizon": HORIZON,
        "seed": SEED,
        "cores": cores,
        "answered": answered,
        "forecast_s": {str(size): [round(s, 3) for s in took] for size, took in ours.items()},
        "forecast_cpu_s": [round(s, 3) for s in cpu],
        "rival_series": RIVAL,
        "rival_s": [round(s, 2) for s in theirs],
    }
    method = " ".join((__doc__ or "").split())
    each = statistics.median(ours[SERIES]) / SERIES
    ratio = each / (statistics.median(theirs) / RIVAL) if theirs else None
    yield Figure("forecast_speed_ratio", ratio, 1 / 300, 1 / 1000, "lower", missing or method, inputs)
    growth = growth_exponent(sizes, [statistics.median(ours[size]) for size in sizes])
    inputs["growth_of_cpu_seconds"] = round(
        growth_exponent(sizes, [statistics.median(cpu_of_tenth), statistics.median(cpu)]), 4
    )
    way = f"Slope of log time over log size, medians of {RUNS} runs, {tenth} (the mean of ten in a row) and {SERIES} series of {MONTHS} "
    way += "months, warm, in turn."
    yield Figure("forecast_growth_exponent", growth, 1.10, 1.0, "lower", way, inputs)
    way = "VmHWM of the forecasting process after all its runs, the series and all answers in it."
    yield Figure("forecast_peak_gb", peak, 1, 0.5, "lower", way, {"series": SERIES, "months": MONTHS, "cores": cores})
