"""A whole report is read: all faults at once, each at its place, with what to do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms import FormKind, LastReport, ReadForm, declaration_of, read_answers, read_declaration
from commercebrain.engine.forms.prefill import prefilled, reused
from commercebrain.engine.forms.unchanged import same_as_last, unchanged_report
from commercebrain.engine.forms.values import read_answer, said
from commercebrain.engine.registers import Syntax

FORMS = load_catalogue().forms
ORDERS, BASICS, QUICK = FORMS["order_report"], FORMS["firm_basics"], FORMS["daily_quick"]
KEY = {"list('key_exporters')": True, "exports_last_year": 60_000_000}
GOOD: dict[str, Any] = {"orders_in_hand": "35", "trend": "same", "cover": "from_1_to_3", "first_market": "USA"}
LAST = LastReport(
    {**GOOD, "trend": "more", "difficulties": ["tariffs"], "note": "上期的话"},
    ({"product": "850110", "market": "USA", "orders": "20", "new_orders": "5", "price": "same"},),
    unchanged=3,
)


def read(answers: dict[str, Any], lines: list[dict[str, Any]] | None = None, **more: Any) -> ReadForm:
    return read_answers(ORDERS, answers, lines or [], facts=more.pop("facts", KEY), **more)


def test_a_sound_report_is_kept_in_codes_and_plain_numbers() -> None:
    found = read(
        {
            **GOOD,
            "orders_in_hand": "１，０３４．５０",
            "trend": "平",
            "cover": "1-3个月",
            "difficulties": "加征关税、招工难",
        },
        [{"product": "8501.10", "market": "USA", "orders": "120 万美元", "price": "涨"}],
    )
    assert found.ready, (found.faults, found.to_explain)
    assert found.values == {
        "orders_in_hand": "1034.5", "trend": "same", "cover": "from_1_to_3", "first_market": "USA",
        "difficulties": ["tariffs", "labour"],
    }  # fmt: skip
    assert found.lines == ({"product": "850110", "market": "USA", "orders": "120", "price": "higher"},)


def test_all_faults_are_told_at_once_each_with_its_place_value_and_what_to_do() -> None:
    found = read(
        {"orders_in_hand": "很多", "trend": "涨", "difficulties": ["没有的"], "cove": "≤1"},
        [
            {"product": "770110", "market": "USA", "orders": "1"},
            {"product": "850110", "market": "USA", "orders": "-1", "colour": "红"},
            {"product": "850110", "market": "USA", "orders": "2"},
        ],
    )
    assert [one.where for one in found.faults] == [
        "cove", "orders_in_hand", "trend", "difficulties", "cover",
        "lines.1.product", "lines.2.colour", "lines.2.orders", "lines.3.product",
    ]  # fmt: skip
    by = {one.where: one for one in found.faults}
    assert "是否指“cover”？" in by["cove"].zh
    assert by["orders_in_hand"].value == "很多"
    assert "请写成 1234.5" in by["orders_in_hand"].zh
    assert by["lines.2.orders"].zh.startswith("第2行：")
    assert "第3行与第2行的商品编码、市场相同" in by["lines.3.product"].zh
    assert by["cover"].code == "form.required"


def test_the_trap_of_units_wants_a_sentence_and_keeps_it() -> None:
    found = read({**GOOD, "orders_in_hand": "350000"}, facts={"exports_last_year": 600_000})
    assert [(one.code, one.at) for one in found.to_explain] == [("unit_trap", "orders_in_hand")]
    assert "万美元" in found.to_explain[0].say.zh
    assert found.faults == ()
    told = read(
        {**GOOD, "orders_in_hand": "350000"}, facts={"exports_last_year": 600_000},
        explanations={"unit_trap": " 新签  三年长单 ", "other": "x"},
    )  # fmt: skip
    assert told.ready
    assert told.explanations == {"unit_trap": "新签 三年长单"}
    assert read({**GOOD, "orders_in_hand": "350000"}, facts={}).ready  # what last year's exports were is not known


def test_an_explanation_that_is_too_long_is_told_and_not_cut() -> None:
    found = read(
        {**GOOD, "orders_in_hand": "350000"}, facts={"exports_last_year": 600_000},
        explanations={"unit_trap": "长" * 501},
    )  # fmt: skip
    assert [(one.where, one.code) for one in found.faults] == [("orders_in_hand", "form.long_explanation")]
    assert found.explanations == {}


def test_what_is_wrong_already_is_not_told_again_by_a_check() -> None:
    class Nowhere(Syntax):
        def code(self, kind: str, text: str) -> str | None:
            return None

    found = read({**GOOD, "first_market": "火星"}, known=Nowhere())
    assert [one.where for one in found.faults] == ["first_market"]
    assert "登记册" in found.faults[0].zh


def test_an_amount_that_names_another_unit_is_converted() -> None:
    assert read({**GOOD, "orders_in_hand": "350000美元"}).values["orders_in_hand"] == "35"
    assert "单位是万美元" in read({**GOOD, "orders_in_hand": "35万元"}).faults[0].zh


def test_lines_are_asked_of_key_exporters_only() -> None:
    line = {"product": "850110", "market": "USA", "orders": "1"}
    for facts in ({}, {"list('key_exporters')": False}, {"list('key_exporters')": None}):
        found = read(GOOD, [line], facts=facts)
        assert [one.where for one in found.faults] == ["lines"]
        assert read(GOOD, [{"product": "", "market": None}], facts=facts).ready


def test_lines_are_summed_against_the_whole_and_checked_one_by_one() -> None:
    lines = [
        {"product": "850110", "market": "USA", "orders": "30", "new_orders": "40"},
        {"product": "850110", "market": "DEU", "orders": "30"},
    ]
    found = read(GOOD, lines)
    assert [(one.code, one.at) for one in found.to_explain] == [
        ("lines_within_orders", "orders_in_hand"),
        ("lines.1.new_within_orders", "lines.1.new_orders"),
    ]
    assert read(GOOD, lines, explanations={"lines_within_orders": "a", "lines.1.new_within_orders": "b"}).ready


def test_a_hidden_question_is_neither_asked_nor_kept() -> None:
    calm = read_answers(
        QUICK, {"production": "正常", "shipping": "正常", "cancelled": 0, "reason": "x" * 900}, facts={}
    )
    assert calm.ready
    assert "reason" not in calm.values
    shaken = read_answers(QUICK, {"production": "停产", "shipping": "正常", "cancelled": 0}, facts={})
    assert [one.where for one in shaken.faults] == ["reason"]


def test_no_change_takes_one_click_and_after_three_in_a_row_one_answer() -> None:
    wanted = unchanged_report(ORDERS, LAST)
    assert wanted.answers == {**GOOD, "difficulties": ["tariffs"]}  # 较上期 is 平, the remark is not said again
    assert wanted.lines == ({"product": "850110", "market": "USA", "orders": "20", "price": "same"},)
    assert (wanted.streak, wanted.asks) == (4, True)
    found = read(dict(wanted.answers), [dict(one) for one in wanted.lines], last=LAST)
    assert found.unchanged
    assert [one.where for one in found.faults] == ["unchanged_reason"]
    told = read({**wanted.answers, "unchanged_reason": "已核对，情况确实未变"}, list(wanted.lines), last=LAST)  # type: ignore[arg-type]
    assert told.ready
    assert (told.streak, told.values["unchanged_reason"]) == (4, "checked")
    early = LastReport(LAST.answers, LAST.lines, unchanged=2)
    assert read(dict(wanted.answers), list(wanted.lines), last=early).ready  # type: ignore[arg-type]


def test_the_answer_why_nothing_changed_is_not_kept_where_something_did() -> None:
    found = read({**GOOD, "orders_in_hand": "36", "unchanged_reason": "stopped"}, last=LAST)
    assert found.ready
    assert (found.unchanged, found.streak) == (False, 0)
    assert "unchanged_reason" not in found.values


def test_the_same_typed_by_hand_is_unchanged_too_and_nothing_and_zero_are_one_in_lines() -> None:
    values = {**GOOD, "orders_in_hand": "35.00", "difficulties": ["tariffs"]}
    lines = [{"product": "850110", "market": "USA", "orders": "20.0", "new_orders": "0", "price": "same"}]
    assert same_as_last(ORDERS, values, lines, LAST)
    assert not same_as_last(ORDERS, {**values, "note": "新情况"}, lines, LAST)
    assert not same_as_last(ORDERS, values, [], LAST)
    assert not same_as_last(ORDERS, values, lines, None)


def test_what_is_known_is_filled_in_and_says_where_from() -> None:
    begun = prefilled(ORDERS, LAST, {"first_market": "DEU"})
    assert begun.values == {
        "orders_in_hand": "35", "cover": "from_1_to_3", "first_market": "USA", "difficulties": ["tariffs"],
    }  # fmt: skip
    assert begun.origins["first_market"] == "last"
    assert begun.lines == ({"product": "850110", "market": "USA", "orders": "20", "price": "same"},)
    assert reused(ORDERS, begun, {**GOOD, "orders_in_hand": "36"}) == 2
    first = prefilled(ORDERS, None, {"first_market": "DEU"})
    assert (first.values, first.origins) == ({"first_market": "DEU"}, {"first_market": "known:first_market"})
    basics = prefilled(BASICS, None, {"employees": 12.0, "exports_last_year": 3_612_345})
    assert basics.values == {"employees": 12, "exports_usd": "361.2345"}


def test_a_choice_that_is_no_longer_offered_is_not_filled_in() -> None:
    assert prefilled(ORDERS, LastReport({"cover": "over_12", "difficulties": ["gone"]}), {}).values == {}


def test_a_round_keeps_the_declaration_whole() -> None:
    for form in FORMS.values():
        kept = read_declaration(declaration_of(form))
        assert kept.model_copy(update={"examples": form.examples}) == form


def test_a_running_round_outlives_a_key_that_the_product_no_longer_knows() -> None:
    kept = declaration_of(ORDERS)
    kept["colour"] = "red"
    kept["questions"][0]["widget"] = "slider"
    kept["lines"]["fields"][1]["widget"] = "map"
    assert read_declaration(kept) == ORDERS.model_copy(update={"examples": ()})
    assert kept["colour"] == "red"  # what the round keeps is not touched
    with pytest.raises(ValueError, match="opens"):
        read_declaration({key: value for key, value in kept.items() if key not in ("colour", "opens")})


@pytest.mark.parametrize(
    ("raw", "kept"),
    [("≤1", "under_1"), ("<=1", "under_1"), ("1—3", "from_1_to_3"), ("3~6", "from_3_to_6"), ("＞6", "over_6"),
     ("1 to 3", "from_1_to_3"), ("over_6", "over_6"), ("3至6个月", "from_3_to_6")],
)  # fmt: skip
def test_a_choice_is_taken_as_people_type_it(raw: str, kept: str) -> None:
    assert read_answer(ORDERS.by_code["cover"], raw, Syntax()) == kept


@given(
    st.dictionaries(
        st.sampled_from([*ORDERS.by_code, "x"]),
        st.none() | st.text(max_size=12) | st.integers() | st.floats() | st.booleans() | st.lists(st.text(max_size=5)),
    ),
    st.lists(st.dictionaries(st.sampled_from(["product", "market", "orders", "price", "y"]),
                             st.none() | st.text(max_size=8) | st.integers() | st.floats()), max_size=3),
)  # fmt: skip
def test_whatever_is_typed_is_read_or_told_and_what_is_kept_reads_back(
    answers: dict[str, Any], lines: list[dict[str, Any]]
) -> None:
    found = read(answers, lines, last=LAST)
    again = read(dict(found.values), [dict(one) for one in found.lines], last=LAST)
    assert again.values == found.values
    assert again.lines == tuple(one for one in found.lines if one)
    for code, value in found.values.items():
        assert said(ORDERS.by_code[code], value, Syntax())


def test_a_short_product_code_is_told() -> None:
    with pytest.raises(UserError, match="至少6位"):
        read_answer(ORDERS.lines.by_code["product"], "8501", Syntax())  # type: ignore[union-attr]


def test_facts_are_asked_for_by_the_text_of_their_terms() -> None:
    assert ORDERS.asks_lines({"list('key_exporters')": True})
    assert isinstance(ORDERS, FormKind)
    assert ORDERS.reporters.holds({"list('us_exporters')": True}) is True
    assert ORDERS.reporters.holds({"list('us_exporters')": False}) is None


@pytest.mark.parametrize(("raw", "kept"), [(0.1 + 0.2, "0.3"), (1e7, "10000000"), (35.0, "35"), (1e-4, "0.0001")])
def test_a_number_of_a_spreadsheet_is_read_without_the_noise_of_its_fractions(raw: float, kept: str) -> None:
    one = load_catalogue().forms["order_report"].by_code["orders_in_hand"]
    assert read_answer(one, raw, Syntax()) == kept
