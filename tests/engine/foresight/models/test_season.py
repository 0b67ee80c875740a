"""Seasonal indices: found where they are, believed as far as they deserve."""

from __future__ import annotations

import numpy as np
from statsmodels.tsa.seasonal import seasonal_decompose

from commercebrain.engine.foresight.models.season import SURE, fixed_season, indices, seasonality

MONTHS = np.arange(84)
WAVE = 0.2 * np.sin(MONTHS / 12 * 2 * np.pi)


def test_indices_are_those_of_the_classical_decomposition() -> None:
    rng = np.random.default_rng(1)
    for length in (24, 25, 37, 84):
        z = (WAVE + 0.01 * MONTHS)[:length] + rng.normal(0, 0.1, length)
        season = np.empty(12)
        kept = indices(z, season)
        assert np.allclose(season, seasonal_decompose(z, period=12).seasonal[:12], atol=1e-12)
        assert 0.0 <= kept <= 1.0


def test_a_season_that_returns_every_year_alike_is_believed_wholly() -> None:
    season = np.empty(12)
    fixed_season(WAVE, season)
    assert np.allclose(season, WAVE[:12], atol=1e-12)


def test_no_season_is_seen_in_noise_more_often_than_the_test_allows() -> None:
    rng = np.random.default_rng(2)
    seen = [seasonality(z) > SURE for z in rng.normal(0, 1, (400, 84))]
    assert np.mean(seen) < 0.13  # a test of two sides at 90 %
    left = np.empty(12)
    sizes = []
    for z in rng.normal(0, 1, (200, 84)):
        fixed_season(z, left)
        sizes.append(np.abs(left).mean())
    assert np.mean(sizes) < 0.1  # raw indices of such noise: 0.3


def test_less_than_two_years_tell_nothing_of_a_season() -> None:
    season = np.full(12, 9.0)
    fixed_season(WAVE[:23], season)
    assert not season.any()


def test_a_constant_series_has_no_season() -> None:
    assert seasonality(np.ones(60)) == 0.0
    season = np.full(12, 9.0)
    fixed_season(np.ones(60), season)
    assert not season.any()
