"""The series that forecasting is timed on, and the process that forecasts them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bench._series import FIRST, MONTHS, made_up


def test_series_are_the_same_for_a_seed_and_others_for_another() -> None:
    np.testing.assert_array_equal(made_up(50, 1), made_up(50, 1))
    assert (made_up(50, 1) != made_up(50, 2)).mean() > 0.5


def test_series_have_what_firms_have() -> None:
    values = made_up(4000, 1)
    assert values.shape == (4000, MONTHS)
    assert values.min() == 0
    assert 0.03 < (values[:, -12:] == 0).all(axis=1).mean() < 0.15
    february = values[:, 1::12].sum() / values.sum()
    assert february < 1 / 12  # Spring Festival


def test_the_worker_forecasts_what_is_in_the_file_and_tells_its_memory(tmp_path: Path) -> None:
    speed = pytest.importorskip("bench.forecast_speed")
    np.save(tmp_path / "series.npy", made_up(40, 1))
    with speed.Worker(tmp_path / "series.npy") as worker:
        said = worker.ask(30, 1)
    assert 20 < said["answered"] <= 30
    assert said["seconds"] > 0
    assert 0.05 < said["peak_gb"] < 4
    assert FIRST == 201801
