"""Rows and their stretches: period arithmetic that no gap and no turn of the year can shift."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.indicators.places import children
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.spine import Slot, months_between, months_in, shift, slots
from commercebrain.engine.indicators.table import period_row, row_period
from commercebrain.engine.periods import Period

months = st.builds(lambda year, month: year * 100 + month, st.integers(1990, 2050), st.integers(1, 12))


def made(transform: str, period: str, *, joint: bool = True, time: str = "sum", **options: str) -> list[Slot]:
    told = [f"{name}={value}" for name, value in options.items()]
    request = Request.parse("x", region="990100", period=period, transform=transform, options=told)
    return slots(request, transform, joint=joint, time=time, due=lambda month: True)


@given(months, st.integers(-500, 500))
def test_a_shift_there_and_back_is_none(month: int, by: int) -> None:
    there = shift(month, by)
    assert 1 <= there % 100 <= 12
    assert shift(there, -by) == month
    assert months_between(*sorted((month, there))) == abs(by) + 1


@given(months, st.integers(0, 40))
def test_the_months_between_two_are_counted_as_they_are_listed(first: int, more: int) -> None:
    last = shift(first, more)
    listed = list(months_in(first, last))
    assert len(listed) == months_between(first, last) == more + 1
    assert listed[-1] == last


@pytest.mark.parametrize(
    "period", ["2024", "2024-05", "2024-01..05", "2024-01..02", "2024-Q2", "2024-H2", "2021..2025", "@2024", "@2024-06"]
)
def test_a_row_says_its_period_in_two_numbers(period: str) -> None:
    one = Period.parse(period)
    assert row_period(*period_row(one)) == one


def test_the_january_february_row_is_compared_with_both_months_of_the_year_before() -> None:
    first, second = made("yoy", "2024-01:2024-03")
    assert (first.period, first.span, first.stretches) == (202402, 2, ((202401, 202402), (202301, 202302)))
    assert second.stretches == ((202403, 202403), (202303, 202303))


def test_a_range_that_begins_in_february_takes_january_with_it_and_a_lone_january_gets_no_growth() -> None:
    assert made("yoy", "2024-02:2024-02")[0].stretches[0] == (202401, 202402)
    (alone,) = made("yoy", "2024-01:2024-01")
    assert alone.reason == "jan_feb_joint"
    (asked,) = made("yoy", "2024-01:2024-01", single_months="1")
    assert asked.reason == ""


def test_the_month_before_the_joint_row_is_of_the_same_length_and_march_has_none() -> None:
    joint, march, april = made("mom", "2024-02:2024-04")
    assert joint.stretches[1] == (202311, 202312)
    assert march.reason == "jan_feb_joint"
    assert april.stretches[1] == (202403, 202403)


def test_running_totals_begin_in_january_and_are_compared_with_the_same_months() -> None:
    one, two = made("ytd_yoy", "2023-12:2024-01", joint=False)
    assert one.stretches == ((202301, 202312), (202201, 202212))
    assert two.stretches == ((202401, 202401), (202301, 202301))
    assert (one.span, two.span) == (12, 1)


def test_a_window_reaches_back_over_the_turn_of_the_year() -> None:
    (one,) = made("moving_avg", "2024-02", joint=False, window="6")
    assert one.stretches == ((202309, 202402),)


def test_five_years_are_compared_with_the_five_before() -> None:
    (one,) = made("yoy", "2021..2025")
    assert one.stretches == ((202101, 202512), (201601, 202012))
    assert one.span == 60


def test_a_state_is_its_last_month() -> None:
    found = made("yoy", "2024-Q1:2024-Q2", time="last")
    assert [slot.stretches for slot in found] == [
        ((202403, 202403), (202303, 202303)),
        ((202406, 202406), (202306, 202306)),
    ]


def test_the_places_below_a_city_are_its_counties_of_the_day() -> None:
    assert children("330600", date(2025, 1, 1)) == ("330602", "330603", "330604", "330624", "330681", "330683")
    assert "330103" in children("330100", date(2020, 1, 1)), "a district of Hangzhou that was merged in 2021"
    assert "330103" not in children("330100", date(2022, 1, 1))
    assert children("330602", date(2025, 1, 1)) == ()
