"""Accuracy on the M3 competition's monthly series: the measures are the competition's, and the ensemble keeps its place."""

from __future__ import annotations

import numpy as np
import pytest

from bench import _m3
from commercebrain.engine.foresight.ensemble import points

real = pytest.mark.skipif(
    not _m3.FILE.is_file(), reason="the M3 series (../shared/data/forecast_benchmark) are not here"
)


def test_naive2_repeats_the_last_month_where_there_is_no_season_and_the_season_where_there_is() -> None:
    flat = np.random.default_rng(3).normal(100, 1, 60)
    assert not _m3.is_seasonal(flat)
    assert (_m3.naive2(flat, 3) == flat[-1]).all()
    season = np.array([80.0, 60, 110, 100, 105, 110, 100, 95, 120, 110, 115, 95])
    assert np.allclose(_m3.naive2(np.tile(season, 5), 14), np.r_[season, season[:2]])


def test_the_measures_are_the_competitions() -> None:
    past = np.r_[np.arange(12.0), np.arange(12.0) + 2.0]  # every month is 2 above the year before
    held = _m3.Held(["a"], [past], np.array([[10.0, 20.0]]))
    found = _m3.measures(held, np.array([[12.0, 20.0]]), 2)
    assert found.smape == pytest.approx(200 * 2 / 22 / 2)
    assert found.mase == pytest.approx(1.0 / 2)
    assert _m3.owa(held, np.array([[12.0, 20.0]]), np.array([[12.0, 20.0]]), 2) == pytest.approx(1.0)
    assert _m3.owa(held, np.array([[11.0, 20.0]]), np.array([[12.0, 20.0]]), 1) < 0.6


@real
def test_the_ensemble_is_as_near_as_it_was_on_the_test_months_and_on_those_before() -> None:
    held = _m3.series()
    for each, all_months, half_a_year in ((held, 0.80, 0.78), (_m3.earlier(held), 0.85, 0.83)):
        base = np.array([_m3.naive2(y, 18) for y in each.past])
        own = points(_m3.table(each.past), 18)[0]
        assert _m3.owa(each, own, base, 18) < all_months
        assert _m3.owa(each, own, base, 6) < half_a_year
