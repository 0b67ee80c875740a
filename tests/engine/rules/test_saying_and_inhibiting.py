"""Sentences, evidence, causes, and which signal speaks for which."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.rules import About, ArrayFrame, Covered, Rule, cause_of, evaluate, evidence, inhibit
from commercebrain.engine.rules.saying import shown
from commercebrain.engine.rules.vocabulary import COUNTY, FIRM, GOODS, INDICATOR

ON = date(2025, 7, 21)
WORDS = {"zh": "规则", "en": "Rule"}


def rule(code: str, when: str, **more: Any) -> Rule:
    """A rule."""
    declared: dict[str, Any] = {
        "code": code, "name": WORDS, "group": "orders", "subject": "firm", "practice": WORDS, "when": when,
        "levels": [{"level": "watch"}], "say": WORDS, "examples": [{"given": {}, "fires": False}],
    }  # fmt: skip
    return Rule.model_validate(declared | more)


def firm(number: int, county: str = "990101", country: str = "USA", chapter: str = "85") -> About:
    """A firm of a county with its first market and chapter."""
    return About(Words(zh=f"企业{number}", en=f"Firm {number}"), f"u{number}", county, country=country, chapter=chapter)


@pytest.mark.parametrize(
    ("value", "known", "zh", "en"),
    [
        (Decimal("-0.3"), FIRM["exports_growth"], "下降30%", "down 30%"),
        (Decimal("0.12345"), FIRM["exports_growth"], "增长12.3%", "up 12.3%"),
        (Decimal("-0.0000001"), FIRM["exports_growth"], "持平", "unchanged"),
        (Decimal("-0.4"), FIRM["exports_gap"], "低40%", "40% below"),
        (Decimal("0.051"), FIRM["exports_gap"], "高5.1%", "5.1% above"),
        (Decimal("-0.04"), FIRM["top_market_share"], "-4%", "-4%"),
        (Decimal("0.08"), GOODS["share_change"], "8个百分点", "8 percentage points"),
        (Decimal(8_000_000), FIRM["exports"], "800万元", "CNY 8 million"),
        (Decimal(123_456_789), FIRM["exports"], "1.23亿元", "CNY 123.5 million"),
        (Decimal("99999.5"), FIRM["exports"], "10万元", "CNY 100,000"),
        (Decimal("45.5"), FIRM["orders_in_hand"], "45.5万美元", "USD 455,000"),
        (Decimal(3), FIRM["zero_months"], "3个月", "3 months"),
        (Decimal(1), FIRM["zero_months"], "1个月", "1 month"),
        (Decimal(12), FIRM["markets"], "12", "12"),
        (Decimal("-2.345"), COUNTY["surprise"], "-2.35", "-2.35"),
        (Decimal("-5.5"), INDICATOR["ahead"], "-5.5个百分点", "-5.5 percentage points"),
        ("under_1", FIRM["cover"], "≤1", "1 or less"),
        ("USA", FIRM["top_market"], "美国", "United States"),
        (frozenset({"tariffs", "costs"}), FIRM["difficulties"], "原材料和用工成本、加征关税", "costs of material and labour, added tariffs"),
        (frozenset(), FIRM["difficulties"], "无", "none"),
        (True, GOODS["in_case"], "是", "yes"),
        (None, FIRM["exports"], "（缺）", "(missing)"),
    ],
)  # fmt: skip
def test_values_are_told_as_an_office_writes_them(value: Any, known: Any, zh: str, en: str) -> None:
    """Shares in per cent, money in 万 and 亿, codes by name, nothing rounded into a minus zero."""
    assert shown(value, known) == Words(zh=zh, en=en)


def test_evidence_holds_the_sentence_the_facts_and_what_was_missing() -> None:
    """All of it plain JSON, with the parameters that were used."""
    one = rule(
        "R900",
        "exports_gap <= -fall and (exposure('tariff_list') > 0.5 or lag(cover, 4) >= '3–6')",
        parameters={"fall": {"value": 30, "unit": "%", "name": WORDS, "from": 10, "to": 90, "step": 5}},
        say={"zh": "{name}低于预期{-exports_gap}（界限{fall}）", "en": "{name}: {-exports_gap} below"},
        cause={"by": "market", "words": {"zh": "下滑", "en": "Falls"}},
    )
    columns = {"exports_gap": [-0.5, 0.1], "lag(cover,4)": ["over_6", None]}
    frame = ArrayFrame("firm", ["a", "b"], columns, "2025-06", ON, who=[firm(1), firm(2)])
    (found,) = evaluate([one], {"firm": frame}, parameters={"R900": {"fall": Decimal(40)}}, on=ON)
    told = evidence(found, frame, 0)
    assert told["sentence"] == {"zh": "企业1低于预期50%（界限40%）", "en": "Firm 1: 50% below"}
    assert told["missing"] == ["exposure('tariff_list')"]
    assert told["level"]["code"] == "watch"
    assert told["parameters"][0]["value"] == "40"
    facts = {term["term"]: term for term in told["terms"]}
    assert facts["exports_gap"]["value"] == "-0.5"
    assert facts["exports_gap"]["said_zh"] == "低50%"
    assert facts["lag(cover, 4)"]["zh"] == "4期前的在手订单可维持月数"
    assert facts["exposure('tariff_list')"]["zh"].endswith("（关税清单）")
    assert told["cause"] == {"key": "market:USA", "zh": "下滑·美国市场", "en": "Falls: The market of United States"}
    assert told["chart"] == {"term": "exports_gap", "of": "month"}
    assert told["explanation"]["zh"].startswith("成立")
    assert json.loads(json.dumps(told)) == told


def test_a_fact_about_a_list_names_it_in_both_languages_a_bureaus_own_too() -> None:
    """The bureau hands in what its own kinds are called; a code that nobody names stands as it is."""
    one = rule("R900", "exposure('own_list') > 0.5 or exposure('tariff_list') > 0.5 or share_to('USA') > 0.5")
    frame = ArrayFrame("firm", ["a"], {"exposure('own_list')": [0.6]}, "2025-06", ON, who=[firm(1)])
    named = evidence(one, frame, 0, lists={"own_list": Words(zh="重点商品清单", en="Key goods")})
    own, shipped, country = named["terms"]
    assert own["zh"].endswith("（重点商品清单）") and own["en"].endswith(" (Key goods)")
    assert shipped["zh"].endswith("（关税清单）") and shipped["en"].isascii()
    assert country["zh"].endswith("（美国）") and country["en"].endswith(" (United States)")
    assert evidence(one, frame, 0)["terms"][0]["en"].endswith(" (own_list)")


def test_a_cause_is_the_list_the_market_the_county_or_the_chapter() -> None:
    """What a rule does not group has none."""
    keys = {
        by: cause_of(rule("R900", "below_95", cause={"by": by}), firm(1)).key
        for by in ("market", "county", "chapter", "none")
    }
    assert keys == {"market": "market:USA", "county": "county:990101", "chapter": "chapter:85", "none": ""}
    of_list = cause_of(rule("R900", "below_95", cause={"by": "list", "list": "tariff_list"}), firm(1))
    assert of_list.key == "list:tariff_list"
    assert cause_of(rule("R900", "below_95", cause={"by": "market"}), firm(1, country="")).key == ""


def found_on(who: list[About], wide: dict[str, Rule], narrow: Rule, about: dict[str, About], levels: Any = None) -> Any:
    """What the narrow rule and the wide rules find, each wide one on one subject."""
    frames: dict[str, Any] = {
        "firm": ArrayFrame("firm", [one.uscc for one in who], {"below_95": [True] * len(who)}, on=ON, who=who)
    }
    term = {"county": "falling_share", "market": "falling_share", "cluster": "orders_growth", "goods": "growth"}
    for subject in wide:
        frames[subject] = ArrayFrame(subject, [f"{subject}!"], {term[subject]: [1]}, on=ON, who=[about[subject]])
    return evaluate([narrow, *wide.values()], frames, on=ON)


def test_a_county_speaks_for_its_firms_and_for_no_other() -> None:
    """A firm elsewhere is told by itself."""
    narrow = rule("R900", "below_95", inhibited_by=["R901"])
    wide = rule("R901", "falling_share > 0.5", subject="county")
    found = found_on([firm(1), firm(2, "990102")], {"county": wide}, narrow, {"county": About(county="990101")})
    assert inhibit(found) == [Covered("R900", "u1", "R901", "county!")]


def test_a_cluster_speaks_for_firms_of_its_county_and_its_chapter() -> None:
    """Both must be the firm's."""
    narrow = rule("R900", "below_95", inhibited_by=["R901"])
    wide = rule("R901", "orders_growth > 0.5", subject="cluster")
    who = [firm(1), firm(2, "990102"), firm(3, chapter="61")]
    found = found_on(who, {"cluster": wide}, narrow, {"cluster": About(county="990101", chapter="85")})
    assert [one.key for one in inhibit(found)] == ["u1"]


def test_the_widest_of_two_speaks_and_a_city_covers_its_counties() -> None:
    """One shock, one piece of work."""
    narrow = rule("R900", "below_95", inhibited_by=["R902", "R901"])
    cluster = rule("R902", "orders_growth > 0.5", subject="cluster")
    county = rule("R901", "falling_share > 0.5", subject="county")
    about = {"cluster": About(county="990101", chapter="85"), "county": About(county="990100")}
    found = found_on([firm(1)], {"cluster": cluster, "county": county}, narrow, about)
    assert [one.by_rule for one in inhibit(found)] == ["R901"]


def test_a_wide_signal_of_a_lower_level_does_not_silence_a_higher_one() -> None:
    """Nor does a rule that is not named."""
    wide = rule("R901", "falling_share > 0.5", subject="county", levels=[{"level": "note"}])
    about = {"county": About(county="990101")}
    narrow = rule("R900", "below_95", inhibited_by=["R901"])
    assert inhibit(found_on([firm(1)], {"county": wide}, narrow, about)) == []
    assert inhibit(found_on([firm(1)], {"county": wide}, rule("R900", "below_95"), about)) == []


def test_what_has_no_place_covers_nothing() -> None:
    """A county that nobody named is not every county."""
    wide = rule("R901", "falling_share > 0.5", subject="county")
    narrow = rule("R900", "below_95", inhibited_by=["R901"])
    assert inhibit(found_on([firm(1, county="")], {"county": wide}, narrow, {"county": About()})) == []
