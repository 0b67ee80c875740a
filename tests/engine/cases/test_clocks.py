"""Clocks: working days at home and abroad, pauses that never shorten and give back what was left, deadlines in both zones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine import workdays
from commercebrain.engine.cases.calendars import calendar_of
from commercebrain.engine.cases.clocks import both, due, due_on, is_late_by, late_by, remaining, unannounced
from commercebrain.engine.cases.spans import Span
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError
from commercebrain.engine.workdays import notices


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


MOMENTS = st.datetimes(
    at("2015-01-01").replace(tzinfo=None), at("2024-06-30").replace(tzinfo=None), timezones=st.just(BEIJING)
)
SPANS = st.tuples(st.integers(0, 40), st.sampled_from(["working day", "day", "month", "hour"])).map(
    lambda one: Span(min(one[0], 18) if one[1] == "month" else one[0], one[1])  # type: ignore[arg-type]
)  # no further than the years whose notice is known
CALENDARS = st.sampled_from(["CN", "eu27", "USA", "IND", "EGY", "SAU", "TUR", "BRA"])
PAUSES = st.lists(
    st.tuples(st.integers(0, 60 * 24 * 60), st.integers(0, 60 * 24 * 40)).map(
        lambda one: (timedelta(minutes=one[0]), timedelta(minutes=one[1]))
    ),
    max_size=4,
)


def test_within_three_working_days_ends_at_the_close_of_the_third_working_day_after_the_event() -> None:
    assert due(at("2025-07-21 09:00"), "3 working days") == at("2025-07-24 23:59:59")
    # Over the National Day holidays, with the eleventh of October worked for them.
    assert due(at("2025-09-30 16:00"), "3 working days") == at("2025-10-11 23:59:59")


def test_twenty_four_hours_are_hours_of_the_clock_also_over_a_holiday() -> None:
    assert due(at("2025-10-01 10:30"), "24 hours") == at("2025-10-02 10:30")


def test_hours_are_not_taken_away_by_summer_time_abroad() -> None:
    found = due(at("2025-03-08 12:00", "America/New_York"), "24 hours", "USA")
    assert found - at("2025-03-08 12:00", "America/New_York").astimezone(BEIJING) == timedelta(hours=24)


def test_a_month_ends_on_the_same_day_or_the_last_and_moves_off_a_day_off() -> None:
    assert due(at("2025-01-31 09:00"), "1 month").date() == date(2025, 2, 28)
    assert due(at("2025-07-26 09:00"), "1 month").date() == date(2025, 8, 26)
    assert due(at("2025-07-23 09:00"), "1 month").date() == date(2025, 8, 25)  # a Saturday: at home after it


def test_abroad_a_due_day_off_moves_before_it_so_that_no_paper_is_late() -> None:
    assert due_on(date(2025, 7, 4), "USA").date() == date(2025, 7, 3)
    assert due_on(date(2025, 7, 4), "USA", holiday="after").date() == date(2025, 7, 7)


def test_the_weekend_of_the_country_counts_where_it_is_not_saturday_and_sunday() -> None:
    egypt = calendar_of("EGY")
    assert not egypt.is_workday(date(2025, 7, 18))  # a Friday
    assert egypt.is_workday(date(2025, 7, 20))  # a Sunday
    assert due(at("2025-07-16 09:00"), "2 working days", "EGY").date() == date(2025, 7, 20)


def test_an_unknown_country_gets_a_sentence_and_no_guess() -> None:
    with pytest.raises(UserError) as told:
        due(at("2025-07-21 09:00"), "30 days", "TUV")
    assert told.value.code == "case.no_calendar"
    assert "TUV" in told.value.zh and "TUV" in told.value.en


@pytest.mark.parametrize("code", sorted(load_catalogue().authorities))
def test_every_declared_authority_has_holidays_and_a_weekend(code: str) -> None:
    days = calendar_of(code)
    worked = sum(days.is_workday(date(2024, 1, 1) + timedelta(days=n)) for n in range(366))
    assert 230 <= worked <= 262


def test_a_deadline_abroad_is_shown_in_both_calendars() -> None:
    told = both(due_on(date(2025, 10, 2), "eu27"), "eu27")
    assert (told.there.date(), told.here.date()) == (date(2025, 10, 2), date(2025, 10, 3))
    assert told.home_workday is False
    assert told.ready_by == date(2025, 9, 30)  # the holidays of the National Day lie before it
    assert "2025-10-02 23:59" in told.words.zh and "2025-09-30" in told.words.zh


def test_a_year_that_is_not_announced_counts_by_its_weekends_and_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    start, span = at("2024-12-30 10:00"), "23 working days"
    known = due(start, span)
    assert unannounced(start, known) is None
    monkeypatch.setattr(workdays, "notices", lambda: replace(notices(), years=range(2004, 2025)))
    early = due(start, span)
    assert early == at("2025-01-30 23:59:59") < known, (
        "New Year's Day and those of the Spring Festival are not known to be off"
    )
    assert unannounced(start, early) == 2025 and unannounced(start, at("2024-12-31 12:00")) is None
    assert remaining(early, start) == 23 and late_by(early, at("2025-01-31 09:00")) == 1
    told = both(due_on(date(2025, 1, 2), "eu27"), "eu27")
    assert (told.ready_by, told.home_workday, told.unannounced) == (date(2025, 1, 2), True, 2025)
    assert "2025年放假安排尚未公布，暂按周末推算" in told.words.zh and "preliminary" in told.words.en
    assert unannounced(start, early, "eu27") is None


def test_whose_holidays_stand_for_an_authority_that_has_its_own_is_said() -> None:
    whose = calendar_of("eu27").days
    assert whose is not None and "比利时" in whose.zh and "Belgium" in whose.en
    assert calendar_of("USA").days is None and calendar_of("CN").days is None


def test_a_moment_without_its_zone_is_refused() -> None:
    with pytest.raises(UserError) as told:
        due(datetime(2025, 7, 21, 9), "1 working day")  # noqa: DTZ001
    assert told.value.code == "case.naive_moment"


@pytest.mark.parametrize("text", ["soon", "1 fortnight", "-1 days", "working day", "1.5 hours"])
def test_a_span_that_is_none_says_what_can_be_written(text: str) -> None:
    with pytest.raises(UserError) as told:
        Span.parse(text)
    assert "1 working day" in told.value.en


def test_lateness_is_counted_in_working_days_of_the_calendar() -> None:
    ends = at("2025-07-18 23:59:59")  # a Friday
    assert late_by(ends, at("2025-07-18 12:00")) is None
    assert late_by(ends, at("2025-07-20 12:00")) == 0
    assert late_by(ends, at("2025-07-22 12:00")) == 2
    assert is_late_by("2 working days", ends, at("2025-07-22 08:00"))
    assert not is_late_by("2 working days", ends, at("2025-07-21 08:00"))
    assert is_late_by("12 hours", ends, at("2025-07-19 13:00"))
    assert is_late_by("3 days", ends, at("2025-07-21 08:00"))


def test_a_pause_of_a_week_moves_the_due_day_by_its_working_days() -> None:
    start = at("2025-07-21 09:00")
    assert due(start, "3 working days", pauses=[(at("2025-07-22 10:00"), at("2025-07-29 10:00"))]) == at(
        "2025-07-31 23:59:59"
    )


def test_a_pause_over_the_change_to_summer_time_gives_back_the_hours_that_went_by() -> None:
    start = at("2025-03-28 09:00", "Europe/Brussels")
    stood = at("2025-03-29 12:00", "Europe/Brussels"), at("2025-03-31 12:00", "Europe/Brussels")  # 47 hours
    assert due(start, "48 hours", "eu27", [stood]) == at("2025-04-01 09:00", "Europe/Brussels")
    back = at("2025-10-25 12:00", "Europe/Brussels"), at("2025-10-26 12:00", "Europe/Brussels")  # 25 hours
    start = at("2025-10-24 12:00", "Europe/Brussels")
    assert due(start, "48 hours", "eu27", [back]) == at("2025-10-27 12:00", "Europe/Brussels")
    assert not is_late_by("24 hours", stood[0], at("2025-03-30 12:30", "Europe/Brussels"), "eu27")


def test_a_pause_that_begins_after_the_due_moment_does_not_bring_a_clock_back() -> None:
    start = at("2025-07-21 09:00")
    late = (at("2025-07-25 00:00"), at("2025-08-25 00:00"))
    assert due(start, "3 working days", pauses=[late]) == due(start, "3 working days")


@settings(max_examples=150, deadline=None)
@given(MOMENTS, SPANS, CALENDARS, PAUSES)
def test_a_pause_never_shortens_a_clock(
    start: datetime, span: Span, calendar: str, pauses: list[tuple[timedelta, timedelta]]
) -> None:
    plain = due(start, span, calendar)
    stood = [(start + offset, start + offset + length) for offset, length in pauses]
    assert due(start, span, calendar, stood) >= plain
    for number in range(len(stood)):
        assert due(start, span, calendar, stood) >= due(start, span, calendar, stood[:number])


@settings(max_examples=150, deadline=None)
@given(MOMENTS, st.integers(1, 30), CALENDARS, st.integers(0, 60 * 24 * 30), st.integers(1, 60 * 24 * 60))
def test_resuming_gives_back_the_working_days_that_were_left(
    start: datetime, count: int, calendar: str, offset: int, length: int
) -> None:
    span = Span(count, "working day")
    since = start + timedelta(minutes=offset)
    plain = due(start, span, calendar)
    if since > plain:
        return
    until = since + timedelta(minutes=length)
    resumed = due(start, span, calendar, [(since, until)])
    assert remaining(resumed, until, calendar) == remaining(plain, since, calendar)


@settings(max_examples=100, deadline=None)
@given(MOMENTS, st.integers(1, 200), st.integers(0, 60 * 24), st.integers(1, 60 * 24 * 60))
def test_resuming_gives_back_the_hours_that_were_left(start: datetime, count: int, offset: int, length: int) -> None:
    since = start + timedelta(minutes=min(offset, count * 60))
    until = since + timedelta(minutes=length)
    plain = due(start, Span(count, "hour"))
    assert due(start, Span(count, "hour"), pauses=[(since, until)]) - until == plain - since


@settings(max_examples=150, deadline=None)
@given(MOMENTS, SPANS.filter(lambda one: one.unit != "hour"), CALENDARS, PAUSES)
def test_a_clock_of_days_is_never_due_on_a_day_off_nor_before_it_started(
    start: datetime, span: Span, calendar: str, pauses: list[tuple[timedelta, timedelta]]
) -> None:
    stood = [(start + offset, start + offset + length) for offset, length in pauses]
    found = due(start, span, calendar, stood)
    days = calendar_of(calendar)
    assert days.is_workday(found.astimezone(days.zone).date())
    assert found >= start


@settings(max_examples=100, deadline=None)
@given(MOMENTS, st.integers(1, 20), CALENDARS)
def test_an_open_pause_holds_what_is_left_while_it_lasts(start: datetime, count: int, calendar: str) -> None:
    span = Span(count, "working day")
    since = start + timedelta(hours=3)
    for hours in (4, 100, 1000):
        now = start + timedelta(hours=hours)
        held = due(start, span, calendar, [(since, None)], now=now)
        assert remaining(held, now, calendar) == remaining(due(start, span, calendar), since, calendar)
