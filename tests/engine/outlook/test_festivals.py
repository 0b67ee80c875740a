"""What Spring Festival did to a series, year by year."""

from __future__ import annotations

from datetime import date

import pytest

from commercebrain.engine.outlook.festivals import festival_years, last_moved

FACTORS = {202401: 1.02, 202402: 0.93, 202403: 1.0, 202404: 1.01, 202501: 0.95, 202502: None, 202601: 1.03}


def test_the_newest_year_comes_first_with_its_day_and_what_lies_ahead_is_marked() -> None:
    years = festival_years(FACTORS, last=202506)
    assert [(one.year, one.ahead) for one in years] == [(2026, True), (2025, False), (2024, False)]
    assert years[1].day == date(2025, 1, 29)
    assert years[2].effects == pytest.approx((0.02, -0.07, 0.0))
    assert years[1].effects[1] is None and years[1].effects[2] is None


def test_told_is_the_newest_year_that_is_over_and_was_moved() -> None:
    years = festival_years(FACTORS, last=202506)
    told = last_moved(years)
    assert told is not None and told.year == 2025 and [month for month, _by in told.moved] == [1]
    assert last_moved(festival_years({202501: 1.0, 202502: 1.0001}, last=202506)) is None
    assert last_moved(festival_years({202601: 1.2}, last=202512)) is None


def test_a_series_without_a_month_has_no_years() -> None:
    assert festival_years({}, last=0) == ()
