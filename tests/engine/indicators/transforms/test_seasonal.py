"""Seasonal adjustment: what was put in as season and festival comes out, a shock stays, a short series says so."""

from __future__ import annotations

from datetime import date

import chinese_calendar
import numpy as np
import pytest

from commercebrain.engine.indicators.spine import months_in
from commercebrain.engine.indicators.transforms.seasonal import adjust, festival, festival_days

MONTHS = list(months_in(201601, 202512))


def made(noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """(the adjusted series that is to come back, the raw one): growing 6 % a year with a season and a festival."""
    at = np.arange(len(MONTHS))
    true = 1e9 * 1.06 ** (at / 12) * np.exp(noise * np.random.default_rng(3).standard_normal(len(MONTHS)))
    season = np.array([0.0, -0.1, 0.05, 0, 0.02, 0.03, 0.01, 0, 0.06, -0.03, 0.04, 0.1])
    season -= season.mean()
    log = season[[m % 100 - 1 for m in MONTHS]] - 0.4 * festival(MONTHS)
    return true, true * np.exp(log)


def test_the_days_of_spring_festival_are_those_of_the_public_holiday() -> None:
    for year, day in festival_days().items():
        if 2004 <= year <= 2025:
            name = chinese_calendar.get_holiday_detail(day)[1]
            assert name == "Spring Festival", year
    assert festival_days()[2026] == date(2026, 2, 17)


def test_the_festival_term_moves_figures_between_january_february_and_march_only() -> None:
    term = dict(zip(MONTHS, festival(MONTHS), strict=True))
    assert all(value == 0 for month, value in term.items() if month % 100 > 3)
    assert term[202301] > 0 > term[202302], "an early festival thins January"
    assert term[202402] > 0 > term[202401], "a late one February"
    assert sum(value for month, value in term.items() if month // 100 == 2023) == pytest.approx(0, abs=0.05)


def test_a_season_and_a_festival_that_were_put_in_come_out() -> None:
    true, raw = made()
    found = adjust(raw[None, :], MONTHS)[0]
    assert np.abs(found / true - 1).max() < 0.01
    assert np.abs(raw / true - 1).max() > 0.1


def test_adjusted_figures_move_less_from_month_to_month() -> None:
    _, raw = made(noise=0.02)
    found = adjust(raw[None, :], MONTHS)[0]
    assert np.std(np.diff(np.log(found))) < 0.5 * np.std(np.diff(np.log(raw)))


def test_a_shock_stays_where_it_is_and_does_not_become_a_season() -> None:
    true, raw = made(noise=0.01)
    raw[100] *= 0.5
    found = adjust(raw[None, :], MONTHS)[0]
    assert found[100] / true[100] == pytest.approx(0.5, rel=0.05)
    assert found[88] / true[88] == pytest.approx(1, rel=0.05)


def test_series_are_adjusted_each_for_itself_and_gaps_stay_gaps() -> None:
    _, raw = made(noise=0.01)
    gap = raw.copy()
    gap[40:43] = np.nan
    short = np.full_like(raw, np.nan)
    short[-30:] = raw[-30:]
    negative = raw - 1.2e9
    together = adjust(np.stack([raw, gap, short, negative]), MONTHS)
    assert together[0] == pytest.approx(adjust(raw[None, :], MONTHS)[0])
    assert np.isnan(together[1][40:43]).all()
    assert not np.isnan(np.delete(together[1], [40, 41, 42])).any()
    assert np.isnan(together[2]).all(), "30 months say nothing about a season"
    assert not np.isnan(together[3]).any()
