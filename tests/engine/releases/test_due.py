"""Due days of releases, and whether they came."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.observations import Observation
from commercebrain.engine.periods import Period
from commercebrain.engine.releases import State, releases, slots, status
from commercebrain.engine.releases.declared import Release, Rule
from commercebrain.engine.releases.due import due_on, periods, slot
from commercebrain.engine.workdays import is_workday

CUSTOMS = releases()["customs_region"]


def row(indicator: str, period: str, published: str, taken_in: str = "", **more: object) -> Observation:
    day = date.fromisoformat(published)
    told: dict[str, object] = {
        "indicator": indicator, "region": "330200", "period": period, "value": Decimal(1), "unit": "亿元",
        "published": day, "taken_in": date.fromisoformat(taken_in) if taken_in else day, "source": "海关",
    }  # fmt: skip
    return Observation(**(told | more))  # type: ignore[arg-type]


def by_indicator(*rows: Observation) -> dict[tuple[str, str], list[Observation]]:
    found: dict[tuple[str, str], list[Observation]] = {}
    for one in rows:
        found.setdefault((one.indicator, one.region), []).append(one)
    return found


def test_every_declared_release_names_indicators_of_the_catalogue_and_its_source() -> None:
    known = load_catalogue().indicators
    assert len(releases()) >= 7
    for release in releases().values():
        assert set(release.indicators) <= set(known), release.code
        assert release.source


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2025-03", "2025-04-18"),
        ("2025-04", "2025-05-19"),  # the 18th of May is a Sunday
        ("2025-01..02", "2025-03-18"),
        ("2024-12", "2025-01-20"),  # the 18th is a Saturday
        ("2025-09", "2025-10-20"),
    ],
)
def test_a_due_day_that_is_no_working_day_moves_to_the_next_one(period: str, day: str) -> None:
    assert slot(CUSTOMS, Period.parse(period)).due == date.fromisoformat(day)


def test_a_make_up_sunday_is_a_working_day() -> None:
    assert due_on(Rule(day=28, months=0), (2025, 9)) == date(2025, 9, 28)  # Sunday, worked for the National Day week


def test_the_flash_comes_later_where_a_quarter_ends() -> None:
    flash = releases()["customs_flash"]
    assert slot(flash, Period.parse("2025-06")).due == date(2025, 7, 14)
    assert slot(flash, Period.parse("2025-05")).due == date(2025, 6, 9)


def test_the_tenth_working_day_is_counted_with_holidays() -> None:
    county = releases()["county_trade_flash"]
    assert slot(county, Period.parse("2025-06")).due == date(2025, 7, 14)
    assert slot(county, Period.parse("2024-09")).due == date(2024, 10, 18)  # a week of holidays, one make-up Saturday


def test_an_announced_day_wins_over_the_rule() -> None:
    told = CUSTOMS.model_copy(update={"announced": {"2025-06": date(2025, 7, 15)}})
    found = slot(told, Period.parse("2025-06"))
    assert (found.due, found.announced) == (date(2025, 7, 15), True)


def test_january_and_february_come_together_unless_the_release_says_otherwise() -> None:
    assert [p.text for p in periods(CUSTOMS, (2025, 1), (2025, 3))] == ["2025-01..02", "2025-03"]
    single = releases()["foreign_investment"]
    assert [p.text for p in periods(single, (2025, 1), (2025, 3))] == ["2025-01", "2025-02", "2025-03"]


@given(
    day=st.integers(1, 28), months=st.integers(0, 3), month=st.integers(1, 12), year=st.integers(2019, 2024),
    shift=st.sampled_from(["next", "previous"]),
)  # fmt: skip
def test_a_shifted_due_day_is_the_nearest_working_day_on_that_side(
    day: int, months: int, month: int, year: int, shift: str
) -> None:
    plain = due_on(Rule(day=day, months=months, shift="none"), (year, month))
    moved = due_on(Rule(day=day, months=months, shift=shift), (year, month))  # type: ignore[arg-type]
    assert is_workday(moved)
    assert moved >= plain if shift == "next" else moved <= plain
    first, last = sorted((plain, moved))
    between = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert [one for one in between if is_workday(one)] == [moved]


@given(first=st.dates(date(2024, 6, 1), date(2025, 6, 1)), length=st.integers(0, 90), cut=st.integers(0, 90))
def test_slots_of_two_neighbouring_stretches_are_those_of_the_whole(first: date, length: int, cut: int) -> None:
    last = first + timedelta(days=length)
    middle = min(first + timedelta(days=cut), last)
    whole = slots(CUSTOMS, first, last)
    assert whole == [*slots(CUSTOMS, first, middle), *slots(CUSTOMS, middle + timedelta(days=1), last)]


def test_a_rule_needs_a_day_or_a_working_day_and_not_both() -> None:
    for wrong in ({}, {"day": 3, "workday": 4}):
        with pytest.raises(ValueError, match="day"):
            Rule(**wrong)  # type: ignore[arg-type]


JUNE = slot(CUSTOMS, Period.parse("2025-06"))  # due on the 18th of July
ALL = ("trade_value", "export_value", "import_value")


def test_a_release_is_out_on_the_day_on_which_the_last_of_its_figures_was_published() -> None:
    rows = by_indicator(
        row("trade_value", "2025-06", "2025-07-16"),
        row("export_value", "2025-01..06", "2025-07-18", "2025-07-19"),
        row("import_value", "2025-06", "2025-07-17"),
    )
    found = status(JUNE, "330200", rows, date(2025, 7, 21))
    assert (found.state, found.actual, found.taken_in, found.late) == (
        State.OUT, date(2025, 7, 18), date(2025, 7, 19), 0
    )  # fmt: skip


def test_a_late_release_counts_the_working_days_and_a_revision_does_not_make_it_later() -> None:
    rows = by_indicator(
        *(row(code, "2025-06", "2025-07-22") for code in ALL), *(row(code, "2025-06", "2025-07-30") for code in ALL)
    )
    found = status(JUNE, "330200", rows, date(2025, 8, 1))
    assert (found.state, found.actual, found.late) == (State.OUT_LATE, date(2025, 7, 22), 2)


def test_what_is_missing_is_named_and_the_delay_runs_on() -> None:
    rows = by_indicator(row("trade_value", "2025-06", "2025-07-16"))
    early, today_, later = (status(JUNE, "330200", rows, date(2025, 7, d)) for d in (17, 18, 22))
    assert (early.state, early.late, early.missing) == (State.NOT_YET_DUE, 0, ("export_value", "import_value"))
    assert today_.state is State.DUE_TODAY
    assert (later.state, later.late) == (State.PARTLY, 2)
    assert status(JUNE, "330600", rows, date(2025, 7, 22)).state is State.LATE


def test_a_figure_that_was_not_known_yet_a_grade_c_row_or_the_word_missing_is_no_release() -> None:
    on = date(2025, 7, 22)
    for rows in (
        by_indicator(*(row(code, "2025-06", "2025-07-16", "2025-07-25") for code in ALL)),
        by_indicator(*(row(code, "2025-06", "2025-07-16", grade="C") for code in ALL)),
        by_indicator(*(row(code, "2025-06", "2025-07-16", value=None, flag="missing") for code in ALL)),
    ):
        assert status(JUNE, "330200", rows, on).missing == ALL


def test_records_of_a_month_are_a_release_too() -> None:
    lines = releases()["customs_lines"]
    june = slot(lines, Period.parse("2025-06"))
    assert status(june, "990100", {}, date(2025, 7, 30)).state is State.LATE
    found = status(june, "990100", {}, date(2025, 7, 30), {202506: (date(2025, 7, 20), date(2025, 7, 21))})
    assert (found.state, found.actual) == (State.OUT, date(2025, 7, 20))


def test_the_wrong_key_of_a_release_is_refused() -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        Release.model_validate({**CUSTOMS.model_dump(), "dew": 3})
