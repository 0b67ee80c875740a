"""The language of conditions: what it reads, how it prints, what it says of faults, and its three values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.expressions.sentences import VOCABULARY, conditions, rows

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Function, Type, Vocabulary, firm_vocabulary, parse

COVER = Type(
    "choice",
    choices={
        "under_1": Words(zh="≤1", en="1 or less"),
        "from_1_to_3": Words(zh="1–3", en="1 to 3"),
        "from_3_to_6": Words(zh="3–6", en="3 to 6"),
        "over_6": Words(zh=">6", en="above 6"),
    },
    ordered=True,
)
FORM = firm_vocabulary(["key_exporters", "us_exporters"], ["USA", "DEU"]) | Vocabulary(
    {
        "orders_in_hand": Type("number", "万美元"),
        "cover": COVER,
        "difficulties": Type("ticks", choices={"orders": Words(zh="缺订单", en="lack of orders")}),
        "since": Type("day"),
    },
    {"lag": Function(("name", "number"), None)},
)


def faults(text: str) -> list[str]:
    return [fault.zh for fault in parse(text).check(FORM)]


@given(conditions())
def test_what_is_printed_reads_back_as_the_same(text: str) -> None:
    first = parse(text)
    assert parse(str(first)).node == first.node
    assert str(parse(str(first))) == str(first)


@given(st.text(max_size=60) | st.text(alphabet="ab<>=!()+-*/,' .0123456789noirt", max_size=60))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        read = parse(text)
        read.check(VOCABULARY)
        read.value({})
    except UserError as fault:
        assert fault.code.startswith("expression.")
        assert fault.zh
        assert fault.en


@pytest.mark.parametrize("text", ["(" * 900 + "a" + ")" * 900, "not " * 400 + "a", "a" + "+1" * 900, "-" * 1500 + "1"])
def test_what_nests_without_end_is_read_or_refused_but_never_breaks(text: str) -> None:
    try:
        parse(text).value({"a": Decimal(1)})
    except UserError as fault:
        assert fault.code in ("expression.too_deep", "expression.wrong_type", "expression.too_long")


def test_a_day_that_does_not_exist_is_told() -> None:
    with pytest.raises(UserError, match="2025-07-21") as told:
        parse("since >= 2025-02-30")
    assert told.value.code == "expression.no_day"


def test_names_may_begin_with_a_word_of_the_language() -> None:
    assert parse("orders > 1 and not notes == 2 or inside in (1, 2)").holds({"orders": 2, "notes": 1}) is True


def test_a_mark_inside_a_text_is_doubled() -> None:
    assert parse("name == 'o''brien'").holds({"name": "o'brien"}) is True


def test_missing_is_neither_true_nor_false_but_what_is_settled_without_it_is_known() -> None:
    assert parse("a > 1").holds({}) is None
    assert parse("not a > 1").holds({}) is None
    assert parse("a > 1 and b > 1").holds({"b": 0}) is False
    assert parse("a > 1 and b > 1").holds({"b": 2}) is None
    assert parse("a > 1 or b > 1").holds({"b": 2}) is True
    assert parse("a > 1 or b > 1").holds({"b": 0}) is None
    assert parse("known(a)").holds({}) is False
    assert parse("not known(a) or a > 1").holds({}) is True
    assert parse("a / b > 1").holds({"a": 1, "b": 0}) is None
    assert parse("a in (1, 2)").holds({}) is None


def test_numbers_are_exact() -> None:
    assert parse("a + b == 0.3").holds({"a": Decimal("0.1"), "b": Decimal("0.2")}) is True
    assert parse("built <= planned * 1.1").holds({"built": 33, "planned": 30}) is True


def test_units_of_one_kind_are_brought_together_and_a_bare_number_stands_in_the_unit_beside_it() -> None:
    rule = parse("orders_in_hand <= 20 * exports_last_year / 12")
    # 120 (USD 10,000) in hand against USD 600,000 last year: the limit is 1,000,000 USD
    assert rule.holds({"orders_in_hand": 100, "exports_last_year": 600_000}, FORM) is True
    assert rule.holds({"orders_in_hand": 101, "exports_last_year": 600_000}, FORM) is False
    assert parse("orders_in_hand > 500").holds({"orders_in_hand": 501}, FORM) is True


def test_a_choice_is_compared_by_its_order_in_codes_or_words() -> None:
    assert parse("cover <= '1–3'").holds({"cover": "under_1"}, FORM) is True
    assert parse("cover <= 'under_1'").holds({"cover": "1–3"}, FORM) is False
    assert parse("cover in ('≤1', '1–3')").holds({"cover": "from_1_to_3"}, FORM) is True
    assert parse("lag(cover, 4) >= '3–6'").holds({"lag(cover, 4)": "over_6"}, FORM) is True
    assert parse("'缺订单' in difficulties").holds({"difficulties": ["orders"]}, FORM) is True
    assert parse("'orders' in difficulties").holds({"difficulties": []}, FORM) is False


def test_who_reports_is_said_with_lists_markets_and_amounts() -> None:
    who = parse("list('key_exporters') or exports_last_year > 1000000 and exports_to('USA') > 0")
    assert [str(term) for term in who.terms] == ["list('key_exporters')", "exports_last_year", "exports_to('USA')"]
    assert who.check(FORM) == []
    assert who.holds({"list('key_exporters')": True}, FORM) is True
    assert who.holds({"list('key_exporters')": False, "exports_last_year": 2_000_000}, FORM) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("export_last_year > 1", "是否指“exports_last_year”？"),
        ("list('key_exporter')", "是否指“key_exporters”？"),
        ("lists('key_exporters')", "是否指“list”？"),
        ("exports_to('USA', 'DEU') > 1", "须有1个参数，写了2个"),
        ("exports_to(county) > 1", "须是带引号的文字"),
        ("exports_last_12m > exports_last_year", "单位不同（CNY与USD）"),
        ("exports_last_12m + employees > 3", "单位不同"),
        ("cover > '7'", "没有选项“7”"),
        ("county > '990101'", "没有大小之分"),
        ("county == 990101", "不是同一类（文字与数值）"),
        ("difficulties == 'orders'", "多选题用"),
        ("'x' in difficulties", "没有选项“x”"),
        ("since > 3", "不是同一类（日期与数值）"),
        ("exports_last_year", "不是条件"),
        ("exports_last_year and cover == '≤1'", "只能连接条件"),
        ("cover + 1 > 3", "不是数值"),
        ("orders_in_hand / exports_last_year > 3", "单位须相同"),
        ("county in (1, 2)", "应为文字"),
    ],
)
def test_a_fault_is_told_on_load_with_the_nearest_word(text: str, says: str) -> None:
    assert any(says in told for told in faults(text)), faults(text)


def test_a_sound_condition_has_no_faults() -> None:
    for text in (
        "known(since) and since >= 2025-01-01",
        "exports_to('USA') / exports_last_12m > 0.3",
        "-orders_in_hand < 3 and size >= 'medium'",
        "county in ('990101', '990102') or 'x' in tags",
    ):
        assert faults(text) == []


def test_values_of_the_wrong_kind_are_told_and_not_a_crash() -> None:
    with pytest.raises(UserError, match="值类型不符"):
        parse("a > 1").holds({"a": "text"})
    with pytest.raises(UserError, match="值类型不符"):
        parse("a").holds({"a": date(2025, 1, 1)})


@given(conditions(), rows())
def test_an_explanation_says_what_the_condition_says_and_its_parts_agree(text: str, given_rows: list[Any]) -> None:
    for row in given_rows:
        told = parse(text).explain(row, VOCABULARY)
        assert told.holds is parse(text).holds(row, VOCABULARY)
        assert told.parts
        for part in told.parts:
            assert parse(part.text).holds(row, VOCABULARY) is part.holds
            assert bool(part.missing) or part.holds is not None or "/" in part.text


def test_the_explanation_names_what_decided_and_what_was_missing() -> None:
    rule = parse("cover <= '1–3' and exports_last_year > 1000000")
    told = rule.explain({"cover": "under_1"}, FORM)
    assert told.holds is None
    assert [part.missing for part in told.parts] == [("exports_last_year",)]
    assert "上年出口额缺" in told.zh
    failed = rule.explain({"cover": "over_6", "exports_last_year": 5}, FORM)
    assert failed.holds is False
    assert len(failed.parts) == 2
    assert "5 美元" in failed.zh
    assert "Does not hold" in failed.en


def test_minus_keeps_every_digit() -> None:
    text = "123456789012345.123456789012345"
    assert parse("-x").value({"x": Decimal(text)}) == Decimal(f"-{text}")
    assert str(parse(f"x in (-{text})")) == f"x in (-{text})"
