"""One value: what people type, what is kept, what is shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.catalogue import RegisterField, Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.registers import Syntax, masked, plain, read_value, said

KNOWN = Syntax()
NAME = Words(zh="面积", en="Area")


def field(type_: str, **more: object) -> RegisterField:
    return RegisterField.model_validate({"code": "area", "name": NAME.model_dump(), "type": type_, **more})


STREET = {"street": {"zh": "示范街", "en": "street"}, "market": {"zh": "夜市", "en": "market"}}


@pytest.mark.parametrize(
    ("type_", "typed", "kept"),
    [
        ("integer", "１，２００", 1200), ("integer", 12.0, 12), ("decimal", " 12.5 ", "12.50"), ("decimal", "-0.10", "-0.10"),
        ("date", "2025年5月1日", "2025-05-01"), ("date", "2025/5/1", "2025-05-01"), ("date", "2025-05-01T00:00:00", "2025-05-01"),
        ("boolean", "是", True), ("boolean", "no", False), ("boolean", True, True), ("text", "  a \n b ", "a b"),
        ("longtext", "a\nb", "a\nb"), ("url", "https://example.org/a?b=1", "https://example.org/a?b=1"),
        ("phone", "０５７４-87654321", "0574-87654321"), ("text", "   ", None), ("region", "330203", "330203"),
    ],
)  # fmt: skip
def test_what_people_type_is_read(type_: str, typed: object, kept: object) -> None:
    assert read_value(field(type_), typed, KNOWN) == kept


@pytest.mark.parametrize(
    ("type_", "typed", "code"),
    [
        ("integer", "1.5", "not_whole"), ("integer", "many", "bad_number"), ("decimal", "1.234", "too_precise"),
        ("decimal", "NaN", "bad_number"), ("decimal", "1e400", "bad_number"), ("date", "2025-02-30", "bad_date"), ("date", "5/1", "bad_date"),
        ("boolean", "maybe", "bad_boolean"), ("url", "javascript:alert(1)", "bad_url"), ("url", "https://", "bad_url"),
        ("url", 'https://a/"onclick', "bad_url"), ("phone", "call me", "bad_phone"), ("text", "x" * 201, "too_long"),
        ("text", "a\x00b", "bad_text"), ("enterprise", "123", "uscc_length"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_sentence_with_field_and_value(type_: str, typed: str, code: str) -> None:
    with pytest.raises(UserError) as told:
        read_value(field(type_), typed, KNOWN)
    assert told.value.code == f"register.{code}"
    assert "面积" in told.value.zh and "Area" in told.value.en


def test_bounds_and_choices_are_told_with_what_is_allowed() -> None:
    with pytest.raises(UserError, match="最小0"):
        read_value(field("integer", min=0), "-1", KNOWN)
    with pytest.raises(UserError, match="at most 5"):
        read_value(field("decimal", max=5), "5.01", KNOWN)
    choice = field("choice", choices=STREET)
    assert [read_value(choice, word, KNOWN) for word in ("street", "示范街", "Street")] == ["street"] * 3
    with pytest.raises(UserError, match="是否指“示范街”"):
        read_value(choice, "示范", KNOWN)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False))
def test_a_decimal_is_kept_exactly_and_read_again_as_itself(number: Decimal) -> None:
    one = field("decimal", unit="万元", show_in="亿元")
    kept = read_value(one, f"{number:,}", KNOWN)
    assert isinstance(kept, str) and Decimal(kept) == number
    assert read_value(one, kept, KNOWN) == kept
    assert plain(one, kept) == number / 10000


@given(st.dates())
def test_a_day_is_kept_in_an_order_that_text_keeps(day: date) -> None:
    kept = read_value(field("date"), day, KNOWN)
    assert kept == day.isoformat() and plain(field("date"), kept) == day


@given(
    st.sampled_from(["integer", "decimal", "date", "boolean", "url", "phone", "text", "longtext", "enterprise"]),
    st.text(max_size=40),
)
def test_any_text_is_read_or_refused_in_words_and_what_was_read_is_read_again_the_same(type_: str, text: str) -> None:
    one = field(type_)
    try:
        kept = read_value(one, text, KNOWN)
    except UserError as told:
        assert told.zh and told.en
        return
    assert read_value(one, kept, KNOWN) == kept
    said(one, kept, KNOWN)


def test_a_masked_value_tells_too_little_to_be_used() -> None:
    assert masked(field("phone"), "13812345678") == "138****"
    assert masked(field("text", personal=True), "张三丰") == "张**"
    assert masked(field("text", personal=True), None) == ""
