"""Reads the constants of :mod:`commercebrain.engine.foresight.bands` off real series; run after a change of the models.

``python -m bench._calibrate_bands [FILE]``: monthly series of the M3 competition in ``FILE`` (columns series, t, value).
Each series is cut 18 months before its end, and 18 before that; of what is left the last 13, 24, 36, 60 and all months
are the history. Errors of the 18 months after, in spreads as the product says them, give the half-widths that would have
held 80 % and 95 %.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from bench.harness import ROOT
from commercebrain.engine.foresight import bands
from commercebrain.engine.foresight.forecasting import forecast
from commercebrain.engine.foresight.result import Floats

FILE = ROOT.parent / "shared/data/forecast_benchmark/m3_monthly_odd.csv"
AHEAD = 18
ALL = 999


def series_of(path: Path) -> list[Floats]:
    """The series of a file, oldest month first."""
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        for line in csv.DictReader(lines):
            found[line["series"]].append((int(line["t"]), float(line["value"])))
    return [np.array([value for _, value in sorted(rows)]) for rows in found.values()]


def surprises(series: list[Floats], months: int, hold: int, *, cumulative: bool) -> Floats:
    """Absolute errors in spreads, series × 18, of histories of the last ``months`` months."""
    parts = [row[: len(row) - hold] for row in series]
    parts = [row for row in parts if len(row) - AHEAD >= (30 if months == ALL else months)]
    longest = min(max(len(row) for row in parts) - AHEAD, months)
    history = np.full((len(parts), longest), np.nan)
    for n, row in enumerate(parts):
        kept = row[: len(row) - AHEAD][-longest:]
        history[n, longest - len(kept) :] = kept
    truth = np.stack([row[len(row) - AHEAD :] for row in parts])
    if cumulative:
        truth = np.cumsum(truth, axis=1)
    found = forecast(history, horizon=AHEAD, cumulative=cumulative)
    plain = found.log & (found.reason == 0) & (truth > 0).all(axis=1) & (found.high80[:, 0] > found.point[:, 0])
    width, _ = bands.multipliers(AHEAD, (~np.isnan(history)).sum(axis=1), cumulative=cumulative)
    spread = np.log(found.high80[plain] / found.point[plain]) / width[plain]
    return np.asarray(np.abs(np.log(truth[plain] / found.point[plain])) / spread)


def main() -> None:
    """Print a table of the half-widths that would have held."""
    series = series_of(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
    for cumulative in (False, True):
        print("running sums" if cumulative else "months", "| history | 80 % | 95 % | 80 % at 1, 2, 3, 6, 12, 18 ahead")
        for months in (13, 24, 36, 60, ALL):
            errors = np.concatenate([surprises(series, months, hold, cumulative=cumulative) for hold in (0, 18)])
            both = np.quantile(errors, [0.8, 0.95])
            ahead = [np.quantile(errors[:, h - 1], 0.8) for h in (1, 2, 3, 6, 12, 18)]
            print(months, *(f"{x:.2f}" for x in both), "|", *(f"{x:.2f}" for x in ahead))


if __name__ == "__main__":
    main()
