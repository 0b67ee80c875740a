"""The formula language: typed, small, and honest about what is missing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.catalogue.expressions import Missing, Name, parse
from commercebrain.engine.errors import UserError

D = Decimal


def value(text: str, **known: object) -> object:
    return parse(text).value(lambda name: known.get(str(name).replace(".", "_")))  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1 + 2 * 3", D(7)),
        ("(1 + 2) * 3", D(9)),
        ("10 - 4 - 3", D(3)),
        ("12 / 3 / 2", D(2)),
        ("-2 + 5", D(3)),
        ("a / b", D(2)),
        ("a - nation.a", D(-4)),
        ("a > b", True),
        ("a == b * 2", True),
        ("a <= b", False),
    ],
)
def test_formulas_compute_in_the_usual_order(text: str, result: object) -> None:
    assert value(text, a=D(6), b=D(3), nation_a=D(10)) == result


def test_missing_spreads_with_every_name_that_is_missing() -> None:
    assert value("a / b + c", a=D(1)) == Missing((Name("b"), Name("c")))
    assert value("province.a * 2") == Missing((Name("a", "province"),))


def test_a_comparison_with_something_missing_is_neither_true_nor_false() -> None:
    assert value("a > 1") == Missing((Name("a"),))


def test_a_zero_denominator_is_missing_without_a_name() -> None:
    assert value("a / b", a=D(1), b=D(0)) == Missing()


def test_names_are_told_once_in_order() -> None:
    assert parse("a / nation.a + a").names == (Name("a"), Name("a", "nation"))


@pytest.mark.parametrize("text", ["", "a +", "a ** b", "A / b", "import os", "a / b)", "1 < 2 < 3", "county.a"])
def test_what_cannot_be_read_is_told_with_its_place(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(text)
    assert caught.value.code == "formula.unreadable"


def test_money_is_not_added_to_heads() -> None:
    units = {"a": {"CNY": 1}, "b": {"count": 1}, "c": {"CNY": 1}}
    with pytest.raises(UserError) as caught:
        parse("a + b").measure(lambda name: units[name.code])
    assert caught.value.code == "formula.units"
    assert parse("a / c").measure(lambda name: units[name.code]) == {}
    assert parse("a / b").measure(lambda name: units[name.code]) == {"CNY": 1, "count": -1}


@given(st.integers(-999, 999), st.integers(-999, 999), st.integers(1, 999))
def test_formulas_agree_with_decimal_arithmetic(a: int, b: int, c: int) -> None:
    assert value("a * b - a / c", a=D(a), b=D(b), c=D(c)) == D(a) * D(b) - D(a) / D(c)
