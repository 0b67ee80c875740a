"""Series taken apart: what was put in comes out, breaks and shocks are marked and bend nothing, real seasons go away."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from commercebrain.engine.foresight.calendar import festival_shares, workday_index
from commercebrain.engine.foresight.decompose import decompose
from commercebrain.engine.foresight.months import months_from, shift
from commercebrain.engine.foresight.result import Components

pytestmark = pytest.mark.filterwarnings("error")
MACRO = Path(__file__).resolve().parents[4] / "shared/data/macro/china_exports_imports_monthly_1983_2013.csv"
FIRST, T = 201601, 120
MONTHS = months_from(FIRST, T)
SEASON = np.array([0.0, -0.1, 0.05, 0, 0.02, 0.03, 0.01, 0, 0.06, -0.03, 0.04, 0.1])
SEASON -= SEASON.mean()


def calendar() -> np.ndarray:
    """The season, festival and working days that are put in, in logarithms."""
    festival = festival_shares(MONTHS) @ np.array([0, -0.3, 0])
    return np.asarray(SEASON[np.arange(T) % 12] + festival + 0.5 * workday_index(MONTHS))


def trend() -> np.ndarray:
    return 0.06 * np.arange(T) / 12 + np.log(1e9)


def noise(size: float, seed: int = 0) -> np.ndarray:
    return size * np.random.default_rng(seed).standard_normal(T)


def one(logs: np.ndarray) -> Components:
    return decompose(np.exp(logs)[None, :], FIRST)


def test_what_was_put_in_comes_out() -> None:
    found = one(trend() + calendar())
    assert np.abs(np.log(found.adjusted[0]) - trend()).max() < 0.01
    assert np.abs(np.log(found.trend[0]) - trend()).max() < 0.01
    assert np.abs(np.log(found.festival[0]) - festival_shares(MONTHS) @ np.array([0, -0.3, 0])).max() < 0.02
    assert np.corrcoef(np.log(found.workdays[0]), workday_index(MONTHS))[0, 1] > 0.99
    assert not found.shifts.any()


@pytest.mark.parametrize(("size", "allowed"), [(0.01, 0.006), (0.03, 0.018), (0.1, 0.045)])
def test_noise_stays_in_the_adjusted_figures_and_little_is_taken_for_season(size: float, allowed: float) -> None:
    for seed in range(5):
        truth = trend() + noise(size, seed)
        assert np.abs(np.log(one(truth + calendar()).adjusted[0]) - truth).mean() < allowed


def test_components_multiply_to_the_value_or_add_to_it() -> None:
    values = np.stack([np.exp(trend() + calendar() + noise(0.05)), 1e9 * np.sin(np.arange(T)) + noise(1e8)])
    found = decompose(values, FIRST)
    assert found.log.tolist() == [True, False]
    parts = (found.trend, found.season, found.festival, found.workdays, found.rest)
    assert np.prod([part[0] for part in parts], axis=0) == pytest.approx(values[0])
    assert np.sum([part[1] for part in parts], axis=0) == pytest.approx(values[1])
    assert found.adjusted[1] == pytest.approx(found.trend[1] + found.rest[1])


@pytest.mark.parametrize("at", [20, 60, 108])
def test_a_level_that_breaks_is_marked_and_bends_neither_season_nor_trend(at: int) -> None:
    truth = trend() + noise(0.03) + np.where(np.arange(T) >= at, -0.6, 0.0)
    found = one(truth + calendar())
    assert np.flatnonzero(found.shifts[0]).tolist() == [at]
    assert np.abs(np.log(found.adjusted[0]) - truth).mean() < 0.018
    assert np.log(found.trend[0][at] / found.trend[0][at - 1]) == pytest.approx(-0.6, abs=0.1)


def test_two_breaks_are_both_found() -> None:
    at = np.arange(T)
    truth = trend() + noise(0.03) + np.where(at >= 40, -0.4, 0) + np.where(at >= 80, 0.5, 0)
    assert np.flatnonzero(one(truth + calendar()).shifts[0]).tolist() == [40, 80]


def test_series_without_a_break_are_not_given_one() -> None:
    many = np.exp(trend() + calendar() + 0.05 * np.random.default_rng(5).standard_normal((200, T)))
    assert decompose(many, FIRST).shifts.any(axis=1).mean() <= 0.01


def test_a_shock_is_marked_stays_where_it_is_and_becomes_no_season() -> None:
    truth = trend() + noise(0.02)
    truth[100] -= 0.7
    found = one(truth + calendar())
    assert 100 in np.flatnonzero(found.outliers[0])
    assert not found.shifts.any()
    assert np.log(found.adjusted[0])[100] == pytest.approx(truth[100], abs=0.04)
    assert np.log(found.adjusted[0])[88] == pytest.approx(truth[88], abs=0.04)


def test_a_season_that_changes_slowly_is_followed() -> None:
    growing = np.linspace(0.3, 1.7, T) * SEASON[np.arange(T) % 12]
    truth = trend() + noise(0.01)
    assert np.abs(np.log(one(truth + growing).adjusted[0]) - truth).mean() < 0.012


def test_a_season_adds_up_to_nothing_within_a_year() -> None:
    season = np.log(one(trend() + calendar() + noise(0.05)).season[0])
    years = np.convolve(season, np.ones(12) / 12, "valid")
    assert np.abs(years).max() < 0.01


def test_short_and_empty_series_are_not_a_number_and_gaps_stay_gaps() -> None:
    values = np.exp(trend() + calendar() + noise(0.02))
    gap, short = values.copy(), np.full(T, np.nan)
    gap[40:43], gap[:7], gap[-4:] = np.nan, np.nan, np.nan
    short[-35:] = values[-35:]
    found = decompose(np.stack([values, gap, short, np.full(T, np.nan)]), FIRST)
    assert np.isnan(found.adjusted[2:]).all() and np.isnan(found.trend[2:]).all()
    assert np.array_equal(np.isnan(found.adjusted[1]), np.isnan(gap))
    assert not np.isnan(found.trend[1][7:-4]).any(), "a missing month still has a trend"
    assert np.isnan(found.trend[1][:7]).all()
    known = ~np.isnan(gap)
    assert np.abs(np.log(found.adjusted[1][known] / found.adjusted[0][known])).mean() < 0.01


def test_a_series_is_taken_apart_alone_as_among_others() -> None:
    many = np.exp(trend() + calendar() + 0.1 * np.random.default_rng(6).standard_normal((40, T)))
    many[::4, 50] = 0
    together = decompose(many, FIRST, threads=2)
    for n in (0, 3, 39):
        alone = decompose(many[n], FIRST)
        assert np.array_equal(alone.adjusted[0], together.adjusted[n])
        assert np.array_equal(alone.shifts[0], together.shifts[n])


@given(
    st.lists(st.one_of(st.none(), st.just(0.0), st.floats(-1e9, 1e12, allow_nan=False)), min_size=1, max_size=90),
    st.sampled_from([198307, 201602, 203512, 190001]),
)
@settings(max_examples=60, deadline=None)
def test_nothing_that_figures_can_be_makes_it_fail(figures: list[float | None], first: int) -> None:
    found = decompose(figures, first)
    known = np.array([figure is not None for figure in figures])
    if known.sum() < 36:
        assert np.isnan(found.adjusted).all()
    else:
        assert np.array_equal(np.isfinite(found.adjusted[0]), known)


@given(st.sampled_from([0.001, 1000.0]), st.booleans())
@settings(max_examples=8, deadline=None)
def test_the_unit_of_the_figures_does_not_matter(factor: float, negative: bool) -> None:
    values = np.exp(trend() + calendar() + noise(0.05)) - 1.2e9 * negative
    assert decompose(values * factor, FIRST).adjusted == pytest.approx(decompose(values, FIRST).adjusted * factor)


def _real() -> tuple[int, np.ndarray]:
    if not MACRO.exists():
        pytest.skip("China's monthly exports and imports 1983–2013 are not here")
    rows = list(csv.reader(MACRO.read_text(encoding="utf-8").splitlines()))
    return int(rows[1][0].replace("-", "")), np.array([[float(cell) for cell in row[1:]] for row in rows[1:]]).T


def test_no_season_is_left_in_chinas_exports_and_imports() -> None:
    first, values = _real()
    for figures, adjusted in zip(values, decompose(values, first).adjusted, strict=True):
        calendar_month = np.array([month % 100 for month in months_from(shift(first, 1), len(figures) - 1)])

        def seasonal(
            series: np.ndarray, of: np.ndarray = calendar_month
        ) -> float:  # Kruskal and Wallis, as X-13 tests it
            changes = np.diff(np.log(series))
            return float(stats.kruskal(*(changes[of == month] for month in range(1, 13))).pvalue)

        assert seasonal(figures) < 1e-6
        assert seasonal(adjusted) > 0.5


def test_one_more_month_revises_the_last_year_of_real_series_little() -> None:
    first, values = _real()
    count = values.shape[1]
    steps = []
    for known in range(count - 24, count):
        before, after = (decompose(values[:, :end], first).adjusted for end in (known, known + 1))
        steps.append(np.abs(np.log(after[:, known - 12 : known] / before[:, known - 12 :])).mean())
    assert np.mean(steps) < 0.005
