"""No verdict where the figures do not carry one: nothing after the base, another calibre, a break of
calibre."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from commercebrain.engine.indicators import Figure
from commercebrain.engine.observations import Observation
from commercebrain.engine.outlook import Assessment, TargetTerms, assess

D = Decimal
SPRING = date(2026, 6, 1)
ZHEJIANG = TargetTerms(
    kind="level",
    direction="up",
    value=D(30000),
    unit="亿元",
    target_year=2025,
    base_value=D(22600),
    base_year=2020,
    name_zh="网络零售额",
    name_en="Online retail sales",
    series_zh="商务部门网络零售监测",
    series_en="online retail monitoring",
)


def has_no_verdict(found: Assessment) -> bool:
    return found.state == "not_measurable" and found.landing is None and found.chance is None


@pytest.mark.parametrize(
    ("base", "level", "growth"),
    [("22600", "21000", "0.095"), ("2512", "2341", "0.088")],
    ids=["浙江", "宁波"],
)
def test_online_retail_of_2025_below_its_base_in_spite_of_growth_is_a_break(fig, base, level, growth) -> None:
    terms = replace(ZHEJIANG, base_value=D(base))
    found = assess(terms, [fig("2025", level, growth=growth)], on=SPRING)
    assert has_no_verdict(found)
    assert found.code == "calibre_break"
    assert "衔接" in found.reason_zh
    assert "bridge" in found.reason_en
    assert base in found.reason_zh


def test_an_average_growth_over_a_break_gets_no_verdict_either(fig) -> None:
    terms = TargetTerms(
        kind="growth_rate",
        direction="up",
        value=D(8),
        comparator="~",
        unit="%",
        target_year=2025,
        period=(2021, 2025),
        per="year",
        average=True,
    )
    found = assess(terms, [fig("2020", "22600"), fig("2025", "21000", growth="0.095")], on=SPRING)
    assert has_no_verdict(found)
    assert found.code == "calibre_break"


def test_a_real_fall_with_falling_growth_is_no_break(fig) -> None:
    found = assess(ZHEJIANG, [fig("2024", "21500", growth="-0.03"), fig("2025", "21000", growth="-0.02")], on=SPRING)
    assert found.state == "off_path"


def test_another_calibre_alone_gives_no_verdict_and_is_named(fig) -> None:
    found = assess(ZHEJIANG, [fig("2025", "26000", calibre="a_calibre_without_words")], on=SPRING)
    assert has_no_verdict(found)
    assert found.code == "other_calibre"
    assert "其他口径" in found.reason_zh
    assert "a_calibre_without_words" in found.reason_en
    assert found.missing


def test_a_figure_of_another_calibre_never_moves_the_verdict(fig) -> None:
    own = [fig("2023", "27000"), fig("2024", "29000")]
    other = [fig("2024", "99999", calibre="other")]
    assert replace(assess(ZHEJIANG, own + other, on=SPRING), disagreements=()) == replace(
        assess(ZHEJIANG, own, on=SPRING), disagreements=()
    )


def test_no_figure_after_the_base_year_is_not_measurable_and_names_the_series(fig) -> None:
    found = assess(ZHEJIANG, [fig("2020", "22600"), fig("2019", "19773")], on=SPRING)
    assert has_no_verdict(found)
    assert found.code == "no_figure"
    assert "网络零售额" in found.reason_zh
    assert "商务部门网络零售监测" in found.reason_zh
    assert found.missing == ("网络零售额",)
    assert assess(ZHEJIANG, [], on=SPRING).state == "not_measurable"


def test_growth_alone_builds_no_level(fig) -> None:
    found = assess(ZHEJIANG, [fig("2021", None, growth="0.3"), fig("2022", None, growth="0.2")], on=SPRING)
    assert has_no_verdict(found)
    assert "只公布了增速" in found.reason_zh


def test_running_totals_without_a_full_year_give_no_verdict(fig) -> None:
    found = assess(ZHEJIANG, [fig("2021-01..10", "18400", growth="0.12")], on=date(2022, 1, 5))
    assert has_no_verdict(found)
    assert found.code == "no_full_year"
    assert found.ytd is not None


def test_figures_in_another_currency_give_no_verdict(fig) -> None:
    found = assess(ZHEJIANG, [fig("2024", "4000", unit="亿美元")], on=SPRING)
    assert has_no_verdict(found)
    assert found.code == "other_unit"


def test_a_grade_c_figure_is_said_to_wait(fig) -> None:
    seen = date(2026, 3, 1)
    row = Observation("x", "330200", "2024", D(1), "亿元", seen, seen, "repost", grade="C")
    waiting: Figure = replace(fig("2024", None), waiting=(row,))
    found = assess(ZHEJIANG, [waiting], on=SPRING)
    assert has_no_verdict(found)
    assert "C级" in found.reason_zh


def test_a_threshold_outside_the_text_must_be_supplied(fig) -> None:
    found = assess(replace(ZHEJIANG, value=None), [fig("2024", "29000")], on=SPRING)
    assert has_no_verdict(found)
    assert found.code == "no_threshold"


def test_a_single_figure_without_a_base_is_measured_but_not_judged(fig) -> None:
    terms = replace(ZHEJIANG, base_value=None, base_year=None)
    found = assess(terms, [fig("2024", "24000")], on=date(2025, 7, 21))
    assert has_no_verdict(found)
    assert found.code == "too_short"
    assert found.attainment == D("0.8")
    assert found.progress is None


def test_a_bound_that_leaves_it_open_gives_no_verdict(fig) -> None:
    found = assess(ZHEJIANG, [fig("2024", "29000"), fig("2025", "29500", bound=">")], on=SPRING)
    assert has_no_verdict(found)
    assert assess(ZHEJIANG, [fig("2025", "30000", bound=">")], on=SPRING).state == "met"


def test_long_after_the_target_year_its_own_figure_is_needed(fig) -> None:
    terms = replace(ZHEJIANG, target_year=2022)
    found = assess(terms, [fig("2021", "25000")], on=date(2025, 7, 21))
    assert has_no_verdict(found)
    assert found.missing == ("2022",)


def test_after_three_missing_years_there_is_no_landing(fig) -> None:
    found = assess(ZHEJIANG, [fig("2021", "24000")], on=date(2025, 7, 21))
    assert has_no_verdict(found)
    assert found.code == "stale"
    assert found.missing == ("2022", "2023", "2024")
    assert found.attainment == D("0.8")
    fresher = assess(ZHEJIANG, [fig("2021", "24000"), fig("2022", "25000")], on=date(2025, 7, 21))
    assert fresher.landing is not None


def test_figures_from_before_the_document_say_nothing_about_its_targets(fig) -> None:
    terms = replace(ZHEJIANG, base_value=None, base_year=None, issued_year=2021)
    assert assess(terms, [fig("2020", "22600")], on=date(2022, 7, 21)).code == "no_figure"


def test_a_bad_month_does_not_hide_a_break(fig) -> None:
    rows = [fig("2025", "21000", growth="0.095"), fig("2025-12", "1500", growth="-0.10")]
    assert assess(ZHEJIANG, rows, on=SPRING).code == "calibre_break"
