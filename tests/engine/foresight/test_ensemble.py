"""The forecast of every series at once: each by itself, in its own unit, sensible where the answer is known."""

from __future__ import annotations

import sys
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.depth import examples

from commercebrain.engine.foresight import ensemble, headline
from commercebrain.engine.foresight.ensemble import points
from commercebrain.engine.foresight.result import Floats

MONTHS = np.arange(72)
#: Ordinary figures as a hypothesis draws them: no sums that lose their digits.
FIGURES = st.floats(-1e6, 1e6).map(lambda v: round(v, 3))


def drawn(count: int, months: int = 84, seed: int = 7) -> Floats:
    rng = np.random.default_rng(seed)
    level = np.cumsum(rng.normal(0, 0.05, (count, months)), axis=1) + rng.normal(8, 2, (count, 1))
    season = rng.normal(0, 0.2, (count, 12))[:, np.arange(months) % 12]
    return np.exp(level + season + rng.normal(0, 0.1, (count, months)))


def test_a_series_is_told_the_same_digits_alone_and_among_others() -> None:
    values = drawn(60)
    values[5, :30] = np.nan
    values[6, 10:20] = 0.0
    values[7] *= -1.0
    whole, fitted = points(values, 6)
    with patch.object(ensemble, "CHUNK", 7):
        pieces, pieces_fitted = points(values, 6, threads=2)
    assert np.array_equal(whole, pieces)
    assert np.array_equal(fitted, pieces_fitted, equal_nan=True)
    for number in (0, 5, 6, 7, 59):
        alone, alone_fitted = points(values[number : number + 1], 6)
        assert np.array_equal(alone[0], whole[number])
        assert np.array_equal(alone_fitted[0], fitted[number], equal_nan=True)


@pytest.mark.parametrize("nothing", [1e-18, 1e-30, 5e-324])
def test_a_few_large_figures_among_next_to_nothing_are_forecast_from_themselves_alone(nothing: float) -> None:
    """Beside 1, such a median is lost in rounding: a month came out as 0, and what stood in memory was read instead."""
    values = np.full((1, 40), nothing)
    values[0, [20, 21]], values[0, [30, 31]] = 2.0, -1.0
    alone, fitted = points(values, 3)
    assert np.isfinite(alone).all()
    assert np.isfinite(fitted).all()
    for seed in range(3):
        among, among_fitted = points(np.concatenate([drawn(1, 40, seed), values]), 3)
        assert np.array_equal(among[1], alone[0])
        assert np.array_equal(among_fitted[1], fitted[0])


def test_what_comes_before_a_series_begins_changes_nothing() -> None:
    values = drawn(20, 60)
    later = np.column_stack([np.full((20, 17), np.nan), values])
    assert np.array_equal(points(values, 6)[0], points(later, 6)[0])
    assert np.isnan(points(later, 6)[1][:, :17]).all()


def test_a_shorter_horizon_is_the_beginning_of_a_longer_one() -> None:
    values = drawn(20)
    assert np.array_equal(points(values, 18)[0][:, :6], points(values, 6)[0])


@settings(max_examples=examples(100), deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 60)), elements=FIGURES),
    st.sampled_from([1e-9, 1e-3, 2.0, 1000.0, 1e9]),
    st.integers(1, 20),
)
def test_any_figures_have_finite_forecasts_in_their_own_unit(values: Floats, unit: float, horizon: int) -> None:
    ahead, fitted = points(values, horizon)
    assert np.isfinite(ahead).all()
    assert np.isfinite(fitted).all()
    scaled, scaled_fitted = points(values * unit, horizon)
    size = np.abs(values).max(axis=1, keepdims=True) + 1e-300
    assert np.allclose(scaled / unit / size, ahead / size, atol=1e-4)
    assert np.allclose(scaled_fitted / unit / size, fitted / size, atol=1e-4)


@settings(max_examples=examples(50), deadline=None)
@given(arrays(np.float64, st.integers(13, 60), elements=st.floats(0.01, 1e6).map(lambda v: round(v, 3))))
def test_losses_are_forecast_as_profits_are(values: Floats) -> None:
    assert np.array_equal(points(-values[None], 6)[0], -points(values[None], 6)[0])


def test_a_constant_stays() -> None:
    for value in (3.0, -3.0, 1e15, 1e-9):
        ahead, fitted = points(np.full((1, 60), value), 12)
        assert np.allclose(ahead, value, rtol=1e-12)
        assert np.allclose(fitted, value, rtol=1e-12)


def test_nothing_but_zeros_stays_zero() -> None:
    ahead, fitted = points(np.zeros((1, 40)), 6)
    assert not ahead.any()
    assert not fitted.any()


def test_no_months_no_forecast() -> None:
    ahead, fitted = points(np.full((2, 24), np.nan), 6)
    assert np.isnan(ahead).all()
    assert np.isnan(fitted).all()
    assert points(np.empty((0, 24)), 6)[0].shape == (0, 6)
    assert points(np.empty((2, 0)), 6)[0].shape == (2, 6)


def test_steady_growth_goes_on_a_little_damped() -> None:
    values = 100.0 * 1.01 ** np.arange(84)
    ahead = points(values[None, :72], 12)[0][0]
    assert np.allclose(ahead[:3], values[72:75], rtol=0.01)
    assert np.allclose(ahead, values[72:], rtol=0.04)
    assert (np.diff(ahead) > 0).all()


def test_a_straight_line_goes_on() -> None:
    values = 1000.0 + 10.0 * np.arange(84)
    assert np.allclose(points(values[None, :72], 12)[0][0], values[72:], rtol=0.02)


def test_a_pure_season_returns() -> None:
    season = np.array([80.0, 60, 110, 100, 105, 110, 100, 95, 120, 110, 115, 130])
    assert np.allclose(points(np.tile(season, 6)[None], 12)[0][0], season, rtol=0.01)


def test_forecasts_stay_within_a_range_of_the_history() -> None:
    values = np.r_[np.full(40, 1.0), 1000.0, np.full(3, 1.0)][None]
    ahead, _ = points(values, 60)
    assert (ahead > 0).all()
    assert (ahead < 10.0).all()


def test_on_series_with_trend_and_season_it_beats_last_year_s_month_and_the_last_month() -> None:
    values = drawn(400, 90)
    past, truth = values[:, :84], values[:, 84:]
    own = np.abs(np.log(points(past, 6)[0] / truth)).mean()
    assert own < 0.8 * np.abs(np.log(past[:, 72:78] / truth)).mean()
    assert own < 0.8 * np.abs(np.log(past[:, -1:] / truth)).mean()


def test_expectations_know_nothing_of_what_comes_later_but_constants() -> None:
    values = drawn(50)
    jumped = values.copy()
    jumped[:, -1] *= 3.0
    before, after = points(values, 1)[1], points(jumped, 1)[1]
    assert np.abs(np.log(after[:, -1] / before[:, -1])).max() < 0.3  # not drawn towards the jump


def test_the_headline_forecast_says_what_it_is_made_of() -> None:
    values = drawn(2, 60)
    values[1, :40] = np.nan
    with patch.object(headline, "_installed", lambda: False):
        assert headline.method() == "ensemble"
        assert np.array_equal(headline.best_points(values, 6)[0], points(values, 6)[0])


@pytest.mark.slow
def test_the_headline_forecast_is_between_the_own_and_the_others() -> None:
    pytest.importorskip("statsforecast", reason="the slow forecasters are not installed: requirements-all.txt")
    values = drawn(3, 60)
    values[1, :40] = np.nan
    values[2] = 5.0
    assert "DOT" in headline.method()
    best, _ = headline.best_points(values, 6)
    own, _ = points(values, 6)
    assert np.isfinite(best).all()
    assert not np.allclose(best[0], own[0])
    assert np.allclose(best[0], own[0], rtol=0.3)
    assert np.array_equal(best[1:], own[1:])  # too short, constant: the own alone


def test_forecasting_does_not_load_the_slow_libraries() -> None:
    import subprocess

    code = "import sys, commercebrain.engine.foresight.headline; print([m for m in ('pandas','statsforecast') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
