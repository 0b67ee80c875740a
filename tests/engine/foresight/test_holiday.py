"""The festival's effect: found where it is, none where there is none, each series for itself, shocks kept out."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.foresight.calendar import WINDOWS, festival_shares
from commercebrain.engine.foresight.forecasting import forecast
from commercebrain.engine.foresight.holiday import estimate
from commercebrain.engine.foresight.months import months_from

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
FIRST, T, H = 201801, 84, 6
MONTHS = months_from(FIRST, T + H)
SEASON = np.array([0.0, -0.1, 0.05, 0, 0.02, 0.03, 0.01, 0, 0.06, -0.03, 0.04, 0.1])


def made(slope: tuple[float, float, float], noise: float = 0.03, seed: int = 0, months: int = T) -> np.ndarray:
    """A series growing 6 % a year with a season, noise and a festival."""
    chance = np.random.default_rng(seed)
    at = np.arange(T)
    logs = 0.06 * at / 12 + SEASON[at % 12] + festival_shares(MONTHS)[:T] @ np.array(slope)
    return (1e6 * np.exp(logs + noise * chance.standard_normal(T)))[T - months :]


def effect(values: np.ndarray, *, log: bool = True, first: int = FIRST) -> np.ndarray:
    return estimate(values[None, :], first, H, log=np.array([log])).effect[0]


def true_effect(slope: tuple[float, float, float]) -> np.ndarray:
    return festival_shares(MONTHS) @ np.array(slope)


@pytest.mark.parametrize("slope", [(0, -0.4, 0), (0, 0, -0.4), (0.3, 0, 0), (0, 0.25, 0)])
def test_a_festival_that_was_put_in_comes_out_whatever_its_window_and_sign(slope: tuple[float, float, float]) -> None:
    gaps = [np.abs(effect(made(slope, seed=s)) - true_effect(slope)).sum() for s in range(20)]
    assert np.mean(gaps) < 0.3 * np.abs(true_effect(slope)).sum()


MIXES = [(0.1, -0.4, -0.3), (0, -0.4, -0.3), (0.15, -0.3, 0), (0.1, 0, -0.4), (0.2, 0.2, -0.3), (0, -0.2, 0.2)]


@pytest.mark.parametrize("slope", MIXES)
def test_windows_that_act_together_are_told_apart(slope: tuple[float, float, float]) -> None:
    true = true_effect(slope)
    gaps = [np.abs(effect(made(slope, seed=s)) - true)[true != 0].mean() for s in range(20)]
    assert np.mean(gaps) < 0.02, "two thirds of the noise"


@given(st.tuples(*[st.floats(-0.5, 0.5)] * 3), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_any_mix_of_effects_comes_out_of_a_series_with_little_noise(
    slope: tuple[float, float, float], seed: int
) -> None:
    found = effect(made(slope, noise=0.003, seed=seed))
    assert np.abs(found - true_effect(slope)).max() < 0.03


@pytest.mark.parametrize("slope", [*MIXES, (0, -0.6, 0), (0, 0, -0.5), (0.3, 0, 0), (0, 0, 0)])
def test_forecasts_of_january_and_february_are_better_with_an_effect_and_no_worse_without(
    slope: tuple[float, float, float],
) -> None:
    with_it, without = (january_and_february(slope, holiday=told) for told in (True, False))
    assert with_it < (0.65 * without if any(slope) else 1.02 * without)
    assert with_it < 1.2 * january_and_february((0, 0, 0), holiday=False), "what noise alone makes"


def january_and_february(slope: tuple[float, float, float], *, holiday: bool) -> float:
    """The mean relative error of forecasts of January and February, known to December, of series of nine years."""
    errors = []
    for end in (201912, 202112, 202212, 202312, 202412):
        first = end - 900 + 89
        months = months_from(first, 110)
        at = np.arange(110)
        logs = 0.06 * at / 12 + SEASON[at % 12] + festival_shares(months) @ np.array(slope)
        values = np.exp(14 + logs + 0.03 * np.random.default_rng(end).standard_normal((20, 110)))
        point = forecast(values[:, :108], first, 2, holiday=holiday, threads=1).point
        errors.append(np.abs(point / values[:, 108:] - 1))
    return float(np.mean(errors))


def test_a_series_without_the_effect_is_left_nearly_alone() -> None:
    found = np.array([effect(made((0, 0, 0), seed=s)) for s in range(50)])
    assert np.abs(found).mean(axis=0).max() < 0.02


def test_the_effect_reaches_over_the_horizon() -> None:
    values = made((0, -0.4, 0))[: T - 2]  # to October 2024
    found = estimate(values[None, :], FIRST, 8, log=np.array([True])).effect[0]
    months = months_from(FIRST, T + 6)
    ahead = dict(zip(months, found, strict=True))
    assert ahead[202501] < -0.05 < 0.05 < ahead[202502], "the festival of 2025 lies in January"


@pytest.mark.parametrize("months", [1, 5, 12])
def test_without_two_januaries_to_compare_the_effect_is_exactly_nothing(months: int) -> None:
    assert (effect(made((0, -0.4, 0))[:months]) == 0).all()


def test_two_januaries_are_enough_to_begin() -> None:
    found = effect(made((0, -0.5, 0), noise=0.01)[:27])
    assert np.abs(found).max() > 0.05


def test_a_shock_in_one_february_does_not_pass_for_the_festival() -> None:
    plain, shaken = made((0, -0.3, 0)), made((0, -0.3, 0))
    shaken[MONTHS.index(202002)] *= 0.4
    assert np.abs(effect(shaken) - effect(plain)).max() < 0.05


def test_a_level_that_breaks_does_not_bend_the_effect() -> None:
    plain, broken = made((0, -0.3, 0)), made((0, -0.3, 0))
    broken[MONTHS.index(202105) :] *= 0.3
    assert np.abs(effect(broken) - effect(plain)).max() < 0.05


def test_a_series_is_answered_alone_as_among_others() -> None:
    many = np.array([made((0, -0.1 * s, 0), noise=0.1, seed=s) for s in range(30)])
    log = np.arange(30) % 3 > 0
    together = estimate(many, FIRST, H, log=log)
    for n in range(30):
        alone = estimate(many[n : n + 1], FIRST, H, log=log[n : n + 1])
        assert (alone.effect[0] == together.effect[n]).all()
        assert (alone.slope[0] == together.slope[n]).all()


@given(st.sampled_from([0.001, 1000.0, 7.3e6]), st.booleans(), st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_the_unit_of_the_figures_does_not_matter(factor: float, log: bool, seed: int) -> None:
    values = made((0, -0.3, 0), noise=0.1, seed=seed)
    one, other = effect(values, log=log), effect(values * factor, log=log)
    assert other == pytest.approx(one if log else one * factor, rel=1e-6, abs=1e-9 * factor)


@given(
    st.lists(st.one_of(st.none(), st.just(0.0), st.floats(-1e9, 1e12, allow_nan=False)), min_size=0, max_size=60),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_nothing_that_figures_can_be_makes_it_fail_or_explode(figures: list[float | None], log: bool) -> None:
    values = np.array([np.nan if v is None else v for v in figures], dtype=np.float64)
    found = effect(values, log=log)
    assert found.shape == (len(values) + H,)
    assert np.isfinite(found).all()
    if log:
        assert np.abs(found).max(initial=0) < 3


def test_missing_months_are_passed_over() -> None:
    values = made((0, -0.4, 0))
    gap = values.copy()
    gap[[3, 14, 40, 41, 42]] = np.nan
    assert np.abs(effect(gap) - effect(values)).max() < 0.05


def test_chinas_imports_dip_in_the_holiday_and_its_exports_after_it() -> None:
    path = SHARED / "macro/china_exports_imports_monthly_1983_2013.csv"
    if not path.exists():
        pytest.skip("China's monthly exports and imports 1983–2013 are not here")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    since = [row["month"] for row in rows].index("2000-01")
    values = np.array([[float(row[name]) for row in rows[since:]] for name in ("imports", "exports")])
    slope = estimate(values, 200001, 0, log=np.array([True, True])).slope
    imports, exports = (dict(zip(WINDOWS, each, strict=True)) for each in slope)
    assert imports["holiday"] < -0.15 and max(abs(imports["before"]), abs(imports["after"])) < 0.1
    assert exports["after"] < -0.1
