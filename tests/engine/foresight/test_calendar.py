"""The calendar: festival days as astronomy has them, windows around the notices' holidays, working days with 调休."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.foresight.moon import new_year

from commercebrain.engine.foresight.calendar import (
    WINDOWS,
    festival_days,
    festival_shares,
    holiday,
    workday_index,
    workdays,
)
from commercebrain.engine.foresight.months import months_from

ALL = months_from(198001, 66 * 12)


@pytest.mark.parametrize("year", range(1980, 2046))
def test_the_table_of_festival_days_is_what_sun_and_moon_say(year: int) -> None:
    assert festival_days()[year] == new_year(year)


def test_the_days_of_spring_festival_are_those_of_the_public_holiday() -> None:
    for year, day in festival_days().items():
        if 2004 <= year <= 2026:
            assert chinese_calendar.get_holiday_detail(day)[1] == "Spring Festival", year
            first, last = holiday(year) or (date.min, date.min)
            assert first <= day <= last
            assert last - first >= timedelta(days=6)


def test_the_holiday_of_2020_is_the_one_that_was_planned() -> None:
    assert holiday(2020) == (date(2020, 1, 24), date(2020, 1, 30))


def test_the_windows_move_figures_between_january_february_and_march_and_sum_to_little_within_a_year() -> None:
    shares = festival_shares(ALL)
    month = np.array(ALL) % 100
    assert shares.shape == (len(ALL), len(WINDOWS))
    assert (shares[month > 3] == 0).all()
    assert np.allclose(shares.reshape(66, 12, -1).sum(axis=1), 0)
    for m in (1, 2, 3):
        assert np.allclose(shares[month == m].mean(axis=0), 0), "a season cannot be told from a window's mean"


def test_an_early_festival_is_in_january_and_a_late_one_in_february() -> None:
    held = WINDOWS.index("holiday")
    term = dict(zip(ALL, festival_shares(ALL)[:, held], strict=True))
    assert term[202301] > 0 > term[202302]
    assert term[202402] > 0 > term[202401]


@given(st.integers(1800, 1979) | st.integers(2046, 2300))
def test_years_without_a_known_day_have_no_effect_and_no_error(year: int) -> None:
    months = months_from(year * 100 + 1, 12)
    assert (festival_shares(months) == 0).all()
    assert (workday_index(months) == 0).all()
    assert holiday(year) is None


@pytest.mark.parametrize(
    ("month", "days"),
    [
        (202410, 19),  # 23 weekdays less five off, 12 October made up
        (202305, 21),  # 23 weekdays less three off, 6 May made up
        (202309, 20),  # 21 weekdays less the Mid-autumn Festival on Friday 29
        (202402, 21),  # Spring Festival's days count as the weekdays they are
        (198305, 25),  # six-day weeks: 31 days less five Sundays less May Day
        (199805, 20),  # May Day was one day
    ],
)
def test_working_days_are_those_of_the_notice_or_of_the_law_of_the_time(month: int, days: int) -> None:
    assert workdays(month) == days


def test_working_days_are_compared_with_months_of_the_same_rules() -> None:
    index = workday_index(ALL)
    month = np.array(ALL)
    for begin, end in ((198001, 199402), (199505, 200712), (200801, 202612), (202701, 204512)):
        era = (month >= begin) & (month <= end)
        for m in range(1, 13):
            assert abs(index[era & (month % 100 == m)].mean()) < 0.01
    assert np.abs(index).max() < 0.2


def test_a_leap_day_on_a_weekday_is_a_working_day_more() -> None:
    assert workdays(202402) == workdays(202302) + 1  # Thursday, 29 February 2024
    assert workday_index([202402])[0] > workday_index([202302])[0]


def test_a_month_asked_twice_or_alone_is_answered_the_same() -> None:
    assert (festival_shares([202402]) == festival_shares([202401, 202402, 202402])[1:2]).all()
    assert festival_shares([]).shape == (0, 3)
