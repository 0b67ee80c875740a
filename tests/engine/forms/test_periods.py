"""Rounds by the real calendar of 2024 and 2025, with 调休."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms import FormKind, round_at_once, round_of, rounds_between, rounds_due, say_period
from commercebrain.engine.forms.moments import Every, Moment
from commercebrain.engine.forms.periods import period_before, period_text, read_period
from commercebrain.engine.workdays import is_workday

FORMS = load_catalogue().forms
WEEKLY, DAILY, YEARLY, QUARTERLY = (
    FORMS[code] for code in ("order_report", "daily_quick", "firm_basics", "quarterly_outlook")
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def changed(form: FormKind, **keys: object) -> FormKind:
    return FormKind.model_validate({**form.model_dump(), **keys, "examples": ()})


def test_an_ordinary_week_opens_on_monday_and_is_due_on_friday_afternoon() -> None:
    made = round_of(WEEKLY, date(2025, 7, 23))
    assert made is not None
    assert made.period == "2025-W30"
    assert (made.opens, made.due) == (at("2025-07-21 00:00"), at("2025-07-25 17:00"))
    assert made.locks == at("2025-08-02 00:00")  # the fifth working day after it, Friday 1 August, has passed


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2024-01-01", "2024-01-05"),  # Monday off, Friday works
        ("2024-02-05", "2024-02-09"),  # the Friday before the festival of 2024 was no public holiday
        ("2024-02-12", "2024-02-18"),  # all days off; Sunday is worked for them
        ("2024-04-01", "2024-04-03"),  # Qingming: Thursday to Saturday off
        ("2024-04-29", "2024-04-30"),  # Labour Day: Wednesday to Sunday off
        ("2024-05-06", "2024-05-10"),  # Saturday 11 May is worked; Friday stays
        ("2024-06-10", "2024-06-14"),
        ("2024-09-16", "2024-09-20"),  # Mid-Autumn: Sunday to Tuesday off
        ("2024-09-30", "2024-09-30"),  # National Day begins on Tuesday
        ("2024-10-07", "2024-10-11"),
        ("2025-01-27", "2025-01-27"),  # the festival of 2025 begins on Tuesday
        ("2025-02-03", "2025-02-07"),
        ("2025-04-04", "2025-04-03"),  # Qingming on the Friday
        ("2025-04-28", "2025-04-30"),
        ("2025-05-26", "2025-05-30"),
        ("2025-09-29", "2025-09-30"),
        ("2025-10-06", "2025-10-10"),
    ],
)
def test_a_friday_off_moves_to_the_last_working_day_before_it_or_to_a_day_worked_for_it(day: str, due: str) -> None:
    made = round_of(WEEKLY, date.fromisoformat(day))
    assert made is not None
    assert made.due == datetime.combine(date.fromisoformat(due), time(17), BEIJING)


def test_a_week_without_any_working_day_has_no_round() -> None:
    # The festival of 2020 was prolonged: no day of 27 January to 2 February was worked.
    assert not any(is_workday(date(2020, 1, 27) + timedelta(days=n)) for n in range(7))
    assert round_of(WEEKLY, date(2020, 1, 28)) is None
    found = rounds_due(WEEKLY, date(2020, 1, 20), date(2020, 2, 3))
    assert [one.period for one in found] == ["2020-W04", "2020-W06"]


def test_every_week_of_two_years_has_one_round_that_is_due_on_a_working_day_inside_it() -> None:
    found = rounds_due(WEEKLY, date(2024, 1, 1), date(2025, 12, 28))
    assert len(found) == len({one.period for one in found}) == 104
    for one in found:
        assert is_workday(one.due.date())
        assert one.opens.weekday() == 0
        assert timedelta(0) < one.due - one.opens < timedelta(days=7)
        assert one.locks > one.due


def test_a_daily_form_is_due_at_noon_at_weekends_too_where_it_says_so() -> None:
    assert rounds_due(DAILY, date(2025, 2, 1), date(2025, 2, 3)) == []  # closed until somebody decides
    found = rounds_between(DAILY, date(2025, 1, 31), date(2025, 2, 3))
    assert [one.period for one in found] == ["2025-01-31", "2025-02-01", "2025-02-02", "2025-02-03"]
    assert found[1].due == at("2025-02-01 12:00")
    assert found[1].locks == at("2025-02-03 00:00")
    working = rounds_between(changed(DAILY, weekends=False), date(2025, 1, 26), date(2025, 2, 8))
    assert [one.period[5:] for one in working] == ["01-26", "01-27", "02-05", "02-06", "02-07", "02-08"]


def test_a_years_form_is_about_the_year_before_its_opening() -> None:
    (made,) = rounds_due(YEARLY, date(2025, 1, 1), date(2025, 12, 31))
    assert (made.period, made.opens, made.due) == ("2024", at("2025-01-02 00:00"), at("2025-03-31 17:00"))


def test_a_quarters_form_opens_in_its_last_month_and_is_due_in_the_next_quarter() -> None:
    found = rounds_due(QUARTERLY, date(2025, 1, 1), date(2025, 12, 31))
    assert [one.period for one in found] == ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]
    assert found[0].opens == at("2025-03-20 00:00")
    assert found[2].due == at("2025-10-10 17:00")


def test_a_month_due_on_a_day_off_moves_to_the_next_working_day_unless_it_says_otherwise() -> None:
    keys = {"every": "month", "opens": "last day 00:00", "due": "next day 5 17:00", "unchanged_limit": None,
            "unchanged_question": None}  # fmt: skip
    made = round_of(changed(WEEKLY, **keys), date(2025, 9, 12))
    assert made is not None
    assert (made.period, made.opens, made.due) == ("2025-09", at("2025-09-30 00:00"), at("2025-10-09 17:00"))
    before = round_of(changed(WEEKLY, **keys, holiday="before"), date(2025, 9, 12))
    assert before is not None
    assert before.due == at("2025-09-30 17:00")
    same = round_of(changed(WEEKLY, **keys, holiday="same"), date(2025, 9, 12))
    assert same is not None
    assert same.due == at("2025-10-05 17:00")
    fifth = round_of(changed(WEEKLY, **(keys | {"due": "next working day 5 17:00"})), date(2025, 9, 12))
    assert fifth is not None
    assert fifth.due == at("2025-10-14 17:00")  # 9, 10, 11 (made up), 13, 14


def test_a_year_whose_holidays_are_not_known_is_told() -> None:
    with pytest.raises(UserError, match="放假安排"):
        round_of(WEEKLY, date(2099, 7, 1))


def test_a_round_at_once_has_a_name_and_comes_due_after_it_opens() -> None:
    made = round_at_once(WEEKLY, "美国加征关税快查", at("2025-07-21 09:00"), at("2025-07-21 18:00"))
    assert made.locks == at("2025-07-29 00:00")
    with pytest.raises(UserError, match="须晚于"):
        round_at_once(WEEKLY, "x", at("2025-07-21 09:00"), at("2025-07-21 09:00"))
    with pytest.raises(UserError, match="1至20个字"):
        round_at_once(WEEKLY, " ", at("2025-07-21 09:00"), at("2025-07-21 10:00"))


@pytest.mark.parametrize(
    ("text", "every"),
    [("friday", "week"), ("12:00", "week"), ("friday 17:00", "day"), ("day 40 12:00", "month"), ("25:00", "day"),
     ("month 4 day 1 12:00", "quarter"), ("day 1", "month"), ("friday 17:00", "month"), ("", "day")],
)  # fmt: skip
def test_a_moment_that_the_form_cannot_have_is_refused_with_an_example(text: str, every: str) -> None:
    with pytest.raises(UserError, match="请写成") as told:
        Moment.parse(text, every)  # type: ignore[arg-type]
    assert told.value.code == "form.bad_moment"


@given(st.dates(date(2005, 1, 1), date(2030, 12, 31)), st.sampled_from(["day", "week", "month", "quarter", "year"]))
def test_the_text_of_a_period_reads_back_as_the_period(day: date, every: str) -> None:
    from commercebrain.engine.forms.moments import first_day, following

    first = first_day(day, every)  # type: ignore[arg-type]
    text = period_text(first, every)  # type: ignore[arg-type]
    assert read_period(text) == (every, first)
    assert first <= day < following(first, every)  # type: ignore[arg-type]
    assert period_before(period_text(following(first, every), every)) == text  # type: ignore[arg-type]
    assert say_period(text, "zh") != text or every == "year"
    assert say_period(text, "en")


def test_a_name_is_said_as_it_is() -> None:
    assert say_period("应急快查") == "应急快查"
    assert say_period("2025-W30") == "2025年第30周（7月21日—27日）"
    assert say_period("2024-W40") == "2024年第40周（9月30日—10月6日）"
    for text in ("2025-W60", "2025-13", "2025Q5", "x"):
        with pytest.raises(UserError):
            read_period(text)


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("day 0 17:00", "month"),
        ("day 32 17:00", "month"),
        ("working day 0 17:00", "month"),
        ("month 4 last day 17:00", "year"),
        ("month 0 day 3 17:00", "quarter"),
    ],
)
def test_a_moment_that_no_period_has_is_refused(text: str, every: Every) -> None:
    with pytest.raises(UserError) as fault:
        Moment.parse(text, every)
    assert fault.value.code == "form.bad_moment" and text in fault.value.zh
