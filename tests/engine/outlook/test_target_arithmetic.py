"""The arithmetic of targets, each edge by name; the bugs of other products are here as tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.outlook import Settings, TargetTerms, assess, measures
from commercebrain.engine.outlook.terms import KIND_ALIASES

D = Decimal
JULY = date(2025, 7, 21)
LEVEL = TargetTerms(
    kind="level",
    direction="up",
    value=D(200),
    unit="亿元",
    target_year=2025,
    base_value=D(100),
    base_year=2020,
)
PM25 = TargetTerms(
    kind="level",
    direction="down",
    value=D(32),
    comparator="<",
    unit="μg/m³",
    target_year=2025,
    base_value=D(36),
    base_year=2019,
)
SUM = TargetTerms(kind="cumulative", direction="up", value=D(130), unit="亿美元", target_year=2025, period=(2021, 2025))


def test_more_than_a_hundred_per_cent_is_kept_as_it_is(fig) -> None:
    found = assess(LEVEL, [fig("2024", "260")], on=JULY)
    assert found.state == "met"
    assert found.attainment == D("1.3")
    assert found.progress == D("1.6")


def test_lower_is_better_shows_its_progress_and_does_not_stick_at_zero(fig) -> None:
    found = assess(PM25, [fig("2023", "35", unit="μg/m³"), fig("2024", "33", unit="μg/m³")], on=JULY)
    assert found.progress == D("0.75")
    assert round(found.schedule_straight.progress, 6) == round(D(5) / 6, 6)
    assert found.ahead < 0
    assert found.attainment is None
    worse = assess(PM25, [fig("2024", "40", unit="μg/m³")], on=JULY)
    assert worse.progress == -1


def test_lower_is_better_is_met_below_the_target_and_not_at_it_when_strict(fig) -> None:
    assert assess(PM25, [fig("2024", "31", unit="μg/m³")], on=JULY).state == "met"
    at = assess(PM25, [fig("2025", "32", unit="μg/m³")], on=date(2026, 3, 1))
    assert (at.state, at.final) == ("off_path", True)


def test_a_target_equal_to_its_base_has_no_progress_but_a_verdict(fig) -> None:
    terms = replace(LEVEL, value=D(100))
    found = assess(terms, [fig("2024", "99")], on=JULY)
    assert found.progress is None
    assert found.attainment == D("0.99")
    assert found.state in ("on_path", "at_risk", "off_path")
    assert "目标等于基数" in found.notes_zh
    assert assess(terms, [fig("2024", "100")], on=JULY).state == "met"


def test_a_target_of_zero_is_not_replaced_by_something_small(fig) -> None:
    terms = replace(LEVEL, direction="down", comparator="<=", value=D(0), base_value=D(10))
    found = assess(terms, [fig("2024", "4")], on=JULY)
    assert found.attainment is None
    assert found.progress == D("0.6")
    assert found.schedule_growth is None
    assert assess(terms, [fig("2024", "0")], on=JULY).state == "met"


def test_a_base_of_zero_has_progress_and_no_growth(fig) -> None:
    terms = replace(LEVEL, kind="count", unit="个", value=D(1), base_value=D(0))
    found = assess(terms, [fig("2023", "0", unit="个"), fig("2024", "0", unit="个")], on=JULY)
    assert found.progress == 0
    assert found.growth_so_far is None
    assert found.state == "off_path"
    assert assess(terms, [fig("2024", "1", unit="个")], on=JULY).state == "met"


def test_a_base_above_the_target_is_said_to_have_met_it_at_the_start(fig) -> None:
    terms = replace(LEVEL, value=D(90))
    found = assess(terms, [fig("2024", "95")], on=JULY)
    assert found.state == "met"
    assert found.progress is None
    assert "基期已达到目标" in found.notes_zh
    fallen = assess(terms, [fig("2023", "92"), fig("2024", "80")], on=JULY)
    assert fallen.state != "met"


def test_a_range_is_met_from_its_near_end(fig) -> None:
    terms = replace(LEVEL, kind="count", value=D(3), value_high=D(5), comparator="=", unit="个", base_value=D(0))
    for value, met in (("2", False), ("3", True), ("5", True), ("7", True)):
        found = assess(terms, [fig("2025", value, unit="个")], on=date(2026, 3, 1))
        assert (found.state == "met") is met
    held = replace(terms, direction="hold", base_value=None, base_year=None)
    states = [assess(held, [fig("2025", v, unit="个")], on=date(2026, 3, 1)).state for v in ("2", "3", "5", "6")]
    assert states == ["off_path", "met", "met", "off_path"]


def test_a_rank_is_better_when_lower(fig) -> None:
    terms = TargetTerms(
        kind="rank",
        direction="down",
        value=D(30),
        comparator="<=",
        unit="位",
        target_year=2025,
        base_value=D(34),
        base_year=2020,
    )
    found = assess(terms, [fig("2023", "32", unit="位"), fig("2024", "31", unit="位")], on=JULY)
    assert found.progress == D("0.75")
    assert found.required_growth is None
    assert assess(terms, [fig("2024", "30", unit="位")], on=JULY).state == "met"


def test_keeping_a_value_is_judged_by_its_band_and_only_final_at_the_end(fig) -> None:
    terms = TargetTerms(
        kind="share",
        direction="hold",
        value=D(13),
        comparator="~",
        unit="‰",
        target_year=2022,
        base_value=D("13.1"),
        base_year=2019,
    )
    rows = [fig("2020", "13.1", unit="‰"), fig("2021", "13.0", unit="‰")]
    early = assess(terms, rows, on=date(2022, 6, 1))
    assert early.state != "met"
    assert early.progress is None
    assert assess(terms, [*rows, fig("2022", "13.4", unit="‰")], on=date(2023, 3, 1)).state == "met"
    out = assess(terms, [*rows, fig("2022", "14.2", unit="‰")], on=date(2023, 3, 1))
    assert (out.state, out.final) == ("off_path", True)


def test_keeping_at_least_a_value_has_no_upper_side(fig) -> None:
    terms = replace(LEVEL, kind="share", direction="hold", comparator=">=", value=D(10), unit="%", base_value=None)
    assert assess(terms, [fig("2025", "25", unit="%")], on=date(2026, 3, 1)).state == "met"


def test_without_a_base_there_is_attainment_and_no_schedule(fig) -> None:
    terms = replace(LEVEL, base_value=None, base_year=None)
    found = assess(terms, [fig("2022", "150"), fig("2023", "170"), fig("2024", "190")], on=JULY)
    assert found.attainment == D("0.95")
    assert found.progress is None
    assert found.schedule_straight is None
    assert found.landing is not None
    assert found.notes_zh


def test_the_base_may_stand_in_another_unit(fig) -> None:
    terms = replace(LEVEL, unit="亿美元", base_value=D(1000000), base_unit="万美元")
    assert assess(terms, [fig("2024", "150", unit="亿美元")], on=JULY).progress == D("0.5")


def test_doubling_is_a_level_of_twice_the_base(fig) -> None:
    terms = TargetTerms(
        kind="growth_rate",
        direction="up",
        value=D(1),
        comparator="=",
        unit="番",
        target_year=2025,
        base_value=D("747.3"),
        base_unit="亿元",
        base_year=2020,
        period=(2020, 2025),
    )
    found = assess(terms, [fig("2023", "1000"), fig("2024", "1120.95")], on=JULY)
    assert found.attainment == D("0.75")
    assert found.progress == D("0.5")


def test_an_agreed_schedule_goes_before_the_straight_line(fig) -> None:
    terms = replace(LEVEL, schedule={2023: D(130), 2024: D(150), 2025: D(200)})
    found = assess(terms, [fig("2024", "160")], on=JULY)
    assert found.schedule_agreed.value == 150
    assert found.ahead == D("0.1")
    assert found.schedule_straight.ahead == D("-0.2")


def test_an_increment_is_measured_against_its_base(fig) -> None:
    terms = replace(LEVEL, kind="increment", value=D(20), base_value=D(50), unit="家")
    found = assess(terms, [fig("@2024", "66", unit="家"), fig("@2023", "61", unit="家")], on=JULY)
    assert found.progress == D("0.8")


def test_a_cumulative_target_adds_its_years(fig) -> None:
    rows = [fig(str(y), v, unit="亿美元") for y, v in ((2021, "32.7"), (2022, "37.3"), (2023, "50"), (2024, "30"))]
    found = assess(SUM, rows, on=JULY)
    assert (found.value, found.state) == (D("150.0"), "met")
    short = assess(SUM, [*rows[:2], fig("2023", "26", unit="亿美元"), fig("2024", "28", unit="亿美元")], on=JULY)
    assert short.attainment == D(124) / 130
    assert short.schedule_straight.attainment == D("0.8")
    assert short.state == "on_path"
    assert short.landing is not None


def test_missing_years_in_a_sum_are_flagged_and_leave_the_verdict_open(fig) -> None:
    rows = [
        fig("2021", "32.74", unit="亿美元"),
        fig("2022-01..03", "14.6", unit="亿美元"),
        fig("2023", "40", unit="亿美元"),
    ]
    found = assess(SUM, rows, on=JULY)
    assert found.state == "not_measurable"
    assert found.code == "missing_years"
    assert found.missing == ("2022", "2024")
    assert found.value == D("87.34")
    assert found.landing is None
    assert found.schedule_straight is None


def test_missing_years_that_cannot_change_the_verdict_are_only_flagged(fig) -> None:
    rows = [fig("2021", "70", unit="亿美元"), fig("2023", "65", unit="亿美元")]
    assert assess(SUM, rows, on=JULY).state == "met"
    assert assess(SUM, rows, on=JULY).missing == ("2022", "2024")
    hopeless = [
        fig("2021", "3", unit="亿美元"),
        fig("2022", "3.1", unit="亿美元"),
        fig("2024", "3.2", unit="亿美元"),
    ]
    found = assess(SUM, hopeless, on=JULY)
    assert found.state == "off_path"
    assert found.missing == ("2023",)
    assert found.landing is None


def test_a_published_total_of_several_years_wins_over_its_years(fig) -> None:
    rows = [
        fig("2021..2023", "120", unit="亿美元"),
        fig("2021", "30", unit="亿美元"),
        fig("2024", "9", unit="亿美元"),
    ]
    found = assess(SUM, rows, on=JULY)
    assert (found.value, found.missing) == (D(129), ())


@given(st.integers(-20, 60))
def test_a_late_edit_of_one_year_moves_the_sum_by_as_much(edit: int) -> None:
    from commercebrain.engine.indicators import Figure
    from commercebrain.engine.periods import Period

    def year(y: int, value: int) -> Figure:
        return Figure("x", "330200", Period.of_year(y), "亿美元", D(value))

    before = [year(2021, 20), year(2022, 20), year(2023, 20), year(2024, 20)]
    after = [year(2021, 20 + edit), *before[1:]]
    assert assess(SUM, after, on=JULY).value == assess(SUM, before, on=JULY).value + edit


def test_a_growth_of_each_year_is_missed_by_one_year(fig) -> None:
    terms = TargetTerms(
        kind="growth_rate",
        direction="up",
        value=D(10),
        comparator=">=",
        unit="%",
        target_year=2022,
        period=(2020, 2022),
        per="year",
    )
    rows = [
        fig("2020", "100", growth="0.12"),
        fig("2021", "108", growth="0.08"),
        fig("2022", "120", growth="0.11"),
    ]
    found = assess(terms, rows, on=date(2023, 5, 1))
    assert (found.state, found.code) == ("off_path", "missed")
    assert "2021" in found.reason_zh
    good = [rows[0], fig("2021", "112", growth="0.12"), fig("2022", "125", growth="0.116")]
    assert assess(terms, good, on=date(2023, 5, 1)).state == "met"
    gap = assess(terms, [good[0], good[2]], on=date(2023, 5, 1))
    assert (gap.state, gap.missing) == ("not_measurable", ("2021",))


def test_an_average_growth_is_the_level_that_it_leads_to(fig) -> None:
    terms = TargetTerms(
        kind="growth_rate",
        direction="up",
        value=D(10),
        unit="%",
        target_year=2025,
        period=(2021, 2025),
        per="year",
        average=True,
    )
    rows = [fig("2020", "100"), fig("2021", "105", growth="0.05"), fig("2024", "150")]
    found = assess(terms, rows, on=JULY)
    assert round(found.attainment * D("161.051"), 6) == 150
    assert found.state in ("at_risk", "on_path")


def test_thresholds_of_states_are_settings(fig) -> None:
    rows = [fig("2021", "118"), fig("2022", "140"), fig("2023", "163"), fig("2024", "180")]
    chance = assess(LEVEL, rows, on=JULY).chance
    assert D("0.2") < chance < D("0.95")
    strict = assess(LEVEL, rows, on=JULY, settings=Settings(on_path=D("0.99"), off_path=D("0.98")))
    loose = assess(LEVEL, rows, on=JULY, settings=Settings(on_path=D("0.1")))
    assert (strict.state, loose.state) == ("off_path", "on_path")


def test_a_binding_target_may_be_off_path_where_an_expected_one_has_a_gap(fig) -> None:
    rows = [fig("2023", "104"), fig("2024", "105")]
    assert "预期值" in assess(LEVEL, rows, on=JULY).reason_zh
    assert "预期值" not in assess(replace(LEVEL, binding=True), rows, on=JULY).reason_zh


@pytest.mark.parametrize("kind", [*KIND_ALIASES, "share", "ratio", "rank", "count"])
def test_every_kind_gives_a_sentence_in_both_languages(kind: str, fig) -> None:
    rows = [fig(str(y), str(v)) for y, v in ((2021, 110), (2022, 120), (2023, 130), (2024, 140))]
    found = assess(replace(LEVEL, kind=kind), rows, on=JULY)
    assert found.reason_zh.strip()
    assert found.reason_en.strip()


values = st.decimals(min_value=-1000, max_value=1000, places=2)


@given(values, values, values)
def test_progress_is_one_at_the_target_and_zero_at_the_base(base: Decimal, aim: Decimal, value: Decimal) -> None:
    terms = replace(LEVEL, base_value=base, value=aim, direction="up" if aim > base else "down")
    if aim == base:
        assert measures.progress(value, terms) is None
        return
    assert measures.progress(base, terms) == 0
    assert measures.progress(aim, terms) == 1
    better = aim + (aim - base)
    assert measures.progress(better, terms) == 2
