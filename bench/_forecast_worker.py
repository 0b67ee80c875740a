"""Forecasts the series of a file as often as asked, in a process of its own; seconds and its own peak memory in JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from commercebrain.engine.foresight.forecasting import forecast


def peak_gb() -> float:
    """The largest resident size of this very process so far (what its parent held is not in it)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 2**20
    return float("nan")


def main() -> None:
    """Forecast the file of the first argument for each line of standard input (JSON: series, horizon, threads)."""
    values, first = np.load(sys.argv[1]), int(sys.argv[2])
    for line in sys.stdin:
        asked = json.loads(line)
        start, cpu = time.perf_counter(), time.process_time()
        found = forecast(values[: asked["series"]], first, asked["horizon"], threads=asked["threads"])
        said = {
            "seconds": time.perf_counter() - start,
            "cpu": time.process_time() - cpu,
            "answered": int((found.reason == 0).sum()),
            "peak_gb": peak_gb(),
        }
        del found
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
