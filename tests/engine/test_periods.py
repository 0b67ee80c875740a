"""Periods: one canonical text each, and the many ways in which people write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.errors import UserError
from commercebrain.engine.periods import Period

years = st.integers(1900, 2199)
months = st.integers(1, 12)
periods = st.one_of(
    st.builds(Period.of_year, years),
    st.builds(Period.of_month, years, months),
    st.builds(Period.of_ytd, years, months),
    st.builds(Period.of_quarter, years, st.integers(1, 4)),
    st.builds(Period.of_half, years, st.integers(1, 2)),
    st.builds(lambda year, more: Period.of_span(year, min(year + more, 2199)), years, st.integers(0, 10)),
    st.builds(Period.of_point, years, months),
)


@given(periods)
def test_reading_the_canonical_text_gives_the_period_back(period: Period) -> None:
    assert Period.parse(period.text) == period


@given(periods)
def test_the_chinese_name_of_a_period_reads_back_as_the_same_period(period: Period) -> None:
    assert Period.parse(period.say("zh")) == period


@given(periods)
def test_a_period_covers_itself_and_ends_when_its_last_month_ends(period: Period) -> None:
    assert period.covers(period)
    assert period.start <= period.end
    assert len(period.months) == (period.last[0] - period.first[0]) * 12 + period.last[1] - period.first[1] + 1


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("2024年", "2024"),
        ("“2024年”", "2024"),
        ("2024年全年", "2024"),
        ("2024年1-12月", "2024"),
        ("2024年度", "2024"),
        ("２０２４年", "2024"),
        ("二〇二四年五月", "2024-05"),
        ("202405", "2024-05"),
        ("2024.5", "2024-05"),
        ("2024.05", "2024-05"),
        ("2024/5", "2024-05"),
        ("2024年5月", "2024-05"),
        ("2024年05月份", "2024-05"),
        ("24年5月", "2024-05"),
        ("2024年1-2月", "2024-01..02"),
        ("2024年1—2月", "2024-01..02"),
        ("2024年1～2月累计", "2024-01..02"),
        ("2024年一至五月", "2024-01..05"),
        ("2024年1月-5月", "2024-01..05"),
        ("2024年前5个月", "2024-01..05"),
        ("2024-01..2024-05", "2024-01..05"),
        ("2024-01", "2024-01"),
        ("2024年1-1月", "2024-01"),
        ("2024年上半年", "2024-01..06"),
        ("2024-H1", "2024-01..06"),
        ("2024年下半年", "2024-H2"),
        ("2024年前三季度", "2024-01..09"),
        ("2024年一季度", "2024-01..03"),
        ("2024年第二季度", "2024-Q2"),
        ("2024Q3", "2024-Q3"),
        ("2024-Q1", "2024-01..03"),
        ("2024年4-6月", "2024-Q2"),
        ("2024年末", "@2024"),
        ("2024年底", "@2024"),
        ("@2024-12", "@2024"),
        ("截至2024年6月底", "@2024-06"),
        ("2024年6月末", "@2024-06"),
        ("“十四五”期间", "2021..2025"),
        ("十三五时期", "2016..2020"),
        ("2021—2025年", "2021..2025"),
        ("2021-2025", "2021..2025"),
    ],
)
def test_what_people_write_is_understood(written: str, canonical: str) -> None:
    assert Period.parse(written).text == canonical


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "去年",
        "2024-13",
        "2024年13月",
        "2024-00",
        "2024年3-5月",
        "2025..2021",
        "12345",
        "2024-01..13",
        "3024年",
        "2021..2023(缺2022年4-12月)",
    ],
)
def test_what_is_no_period_is_refused_with_a_sentence_that_repeats_it(nonsense: str) -> None:
    with pytest.raises(UserError) as caught:
        Period.parse(nonsense)
    assert caught.value.code == "period.unreadable"
    assert nonsense in caught.value.zh
    assert nonsense in caught.value.en


def test_the_year_before_keeps_the_months() -> None:
    assert Period.parse("2025-01..06").previous_year().text == "2024-01..06"
    assert Period.parse("@2025-06").previous_year().text == "@2024-06"


def test_the_stretch_before_has_the_same_length() -> None:
    assert Period.parse("2025-01").previous().text == "2024-12"
    assert Period.parse("2025-Q2").previous().text == "2025-01..03"
    assert Period.parse("2025-Q3").previous().text == "2025-Q2"
    assert Period.parse("2021..2025").previous().text == "2016..2020"


def test_a_year_covers_its_months_but_a_state_covers_only_itself() -> None:
    assert Period.parse("2024").covers(Period.parse("2024-05"))
    assert Period.parse("2024-01..06").covers(Period.parse("2024-Q2"))
    assert not Period.parse("2024-01..06").covers(Period.parse("2024-07"))
    assert not Period.parse("@2024").covers(Period.parse("2024-12"))


def test_a_leap_february_ends_on_the_29th() -> None:
    assert Period.parse("2024-01..02").end == date(2024, 2, 29)
