"""Working days with public holidays and make-up days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.errors import UserError
from commercebrain.engine.workdays import (
    add_workdays,
    is_workday,
    likely_workday,
    notices,
    unannounced,
    workdays_between,
)

days = st.dates(date(2021, 1, 10), date(2025, 11, 30))


def test_a_make_up_sunday_is_worked_and_a_public_holiday_is_not() -> None:
    assert is_workday(date(2025, 1, 26))  # Sunday before the Spring Festival of 2025
    assert not is_workday(date(2025, 1, 28))
    assert not is_workday(date(2025, 7, 20))
    assert is_workday(date(2025, 7, 21))


def test_within_three_working_days_ends_on_the_third_working_day_after_the_event() -> None:
    assert add_workdays(date(2025, 7, 18), 3) == date(2025, 7, 23)
    # National Day 2025: 1–8 October off, Saturday 11 October worked.
    assert add_workdays(date(2025, 9, 30), 3) == date(2025, 10, 11)


def test_a_year_without_a_notice_is_named() -> None:
    with pytest.raises(UserError) as caught:
        is_workday(date(2093, 5, 4))
    assert "2093" in caught.value.zh
    assert "2093" in caught.value.en


def test_who_must_go_on_counts_a_year_without_a_notice_by_its_weekends() -> None:
    assert [likely_workday(date(2093, 5, 4) + timedelta(days=n)) for n in range(7)] == [True] * 5 + [False] * 2
    assert likely_workday(date(2025, 1, 26)) and not likely_workday(date(2025, 1, 28)), "where there is one it counts"
    assert add_workdays(date(2093, 5, 8), 1, likely_workday) == date(2093, 5, 11)
    assert workdays_between(date(2093, 5, 11), date(2093, 5, 8), likely_workday) == -1
    assert unannounced(date(2025, 12, 1), date(2026, 1, 5)) is None
    last = notices().years[-1]
    assert unannounced(date(2025, 12, 1), date(last + 2, 1, 5)) == last + 1


def test_the_notices_name_their_holidays_and_agree_with_the_days_worked() -> None:
    told = notices()
    assert told.off[date(2025, 1, 29)] == told.made_up[date(2025, 1, 26)] == "Spring Festival"
    assert set(range(2004, 2027)) <= set(told.years)
    assert not any(is_workday(day) for day in told.off)
    assert all(is_workday(day) for day in told.made_up)


@given(days, st.integers(-30, 30))
def test_adding_lands_on_a_working_day_and_counting_gives_the_number_back(day: date, count: int) -> None:
    reached = add_workdays(day, count)
    assert reached == day if count == 0 else is_workday(reached)
    if is_workday(day):
        assert workdays_between(day, reached) == count


@given(days, st.integers(0, 60), st.integers(0, 60))
def test_counts_of_two_stretches_add_up(day: date, one: int, two: int) -> None:
    middle, end = day + timedelta(days=one), day + timedelta(days=one + two)
    assert workdays_between(day, end) == workdays_between(day, middle) + workdays_between(middle, end)
