"""Intervals hold what they say, on made-up series of several kinds and on real ones, for months and for running sums."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from commercebrain.engine.foresight import bands
from commercebrain.engine.foresight.forecasting import forecast
from commercebrain.engine.foresight.result import Floats, Forecast

M3 = Path(__file__).resolve().parents[4] / "shared" / "data" / "forecast_benchmark" / "m3_monthly_odd.csv"


def held(found: Forecast, truth: Floats) -> tuple[float, float]:
    """The shares of ``truth`` within the 80 % and the 95 % intervals."""
    inside = (
        ((truth >= low) & (truth <= high))[found.reason == 0].mean()
        for low, high in ((found.low80, found.high80), (found.low95, found.high95))
    )
    eighty, more = inside
    return float(eighty), float(more)


def walks(kind: str, count: int, months: int) -> Floats:
    """Many series of one law: noise about a level, or steps that stay, on logarithms."""
    rng = np.random.default_rng(11)
    noise = rng.normal(0, 0.12, (count, months))
    line = noise if kind == "noise" else np.cumsum(noise, axis=1)
    season = 0.2 * np.sin(2 * np.pi * np.arange(months) / 12 + rng.uniform(0, 6, (count, 1)))
    return np.asarray(np.exp(5 + season + line), dtype=np.float64)


@pytest.mark.parametrize("kind", ["noise", "walk"])
@pytest.mark.parametrize("months", [36, 84])
@pytest.mark.parametrize("cumulative", [False, True])
def test_intervals_hold_what_they_say_for_noise_and_for_walks(kind: str, months: int, cumulative: bool) -> None:
    values = walks(kind, 800, months + 12)
    truth = values[:, months:]
    found = forecast(values[:, :months], horizon=12, cumulative=cumulative)
    eighty, more = held(found, np.cumsum(truth, axis=1) if cumulative else truth)
    assert 0.66 < eighty < 0.92
    assert 0.90 < more < 0.995


def test_bands_of_a_walk_grow_with_the_horizon_and_those_of_noise_hardly() -> None:
    widths = {}
    for kind in ("noise", "walk"):
        found = forecast(walks(kind, 200, 84), horizon=12)
        width = np.log(found.high80 / found.low80)
        widths[kind] = float(np.median(width[:, 11] / width[:, 1]))
    assert widths["noise"] < 1.3 < 1.7 < widths["walk"]


def test_a_short_history_has_wider_bands() -> None:
    values = walks("noise", 200, 96)
    wide, narrow = forecast(values[:, -14:]), forecast(values)
    assert np.median(np.log(wide.high80 / wide.low80)) > 1.1 * np.median(np.log(narrow.high80 / narrow.low80))


def test_the_calendar_widens_only_months_that_it_moves() -> None:
    effect = np.array([[0.8, 1.25, 1.0]])
    alone = bands.in_doubt(effect, np.ones((1, 3)), None)
    assert alone[0, 2] == 0
    assert alone[0, 0] == pytest.approx(bands.DOUBT * abs(np.log(0.8)))
    together = bands.in_doubt(effect, np.ones((1, 3)), 0)
    assert together[0, 1] == pytest.approx(0, abs=1e-12)  # what January lost February won


def test_a_series_whose_januaries_are_hard_to_foresee_has_a_wider_january() -> None:
    rng = np.random.default_rng(2)
    values = np.exp(5 + rng.normal(0, 0.05, (60, 84)))
    values[:, ::12] *= np.exp(rng.normal(0, 0.4, (60, 7)))
    known, unknown = forecast(values, 201801, holiday=False), forecast(values)
    width = np.log(known.high80 / known.low80) / np.log(unknown.high80 / unknown.low80)
    assert np.median(width[:, 0]) > 1.2  # January
    assert width[:, 3:] == pytest.approx(1.0)  # from April on


def m3_series(*, hold: int) -> tuple[Floats, Floats]:
    """Histories (right-aligned, NaN before) and the 18 months after; ``hold`` months earlier than published."""
    if not M3.exists():
        pytest.skip("needs ../shared/data/forecast_benchmark")
    series: dict[str, list[float]] = defaultdict(list)
    with M3.open(encoding="utf-8") as lines:
        for line in csv.DictReader(lines):
            series[line["series"]].append(float(line["value"]))
    cut = [row[: len(row) - hold] for row in series.values()]
    longest = max(map(len, cut))
    table = np.array([[np.nan] * (longest - len(row)) + row for row in cut])
    return table[:, :-18], table[:, -18:]


@pytest.mark.parametrize("hold", [0, 9, 18])
def test_intervals_hold_what_they_say_on_real_series(hold: int) -> None:
    history, truth = m3_series(hold=hold)
    eighty, more = held(forecast(history, horizon=18), truth)
    # Series end in the same years: what happened then moves all of them.
    assert abs(eighty - 0.8) < 0.05
    assert abs(more - 0.95) < 0.02


def test_running_sums_hold_what_they_say_on_real_series() -> None:
    history, truth = m3_series(hold=0)
    eighty, more = held(forecast(history, horizon=18, cumulative=True), np.cumsum(truth, axis=1))
    assert abs(eighty - 0.8) < 0.04
    assert abs(more - 0.95) < 0.025
