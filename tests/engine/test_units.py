"""Units: exact conversion inside a dimension, refusal across."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.errors import UserError
from commercebrain.engine.units import DIMENSIONS, SCALES, Unit, compatible, convert

values = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15)
names = st.sampled_from([(d, s + b) for d, bases in DIMENSIONS.items() for b in bases for s in ("", *SCALES)])


@pytest.mark.parametrize(
    ("value", "source", "target", "result"),
    [
        ("97869", "亿元", "万亿元", "9.7869"),
        ("142025000", "万元", "亿元", "14202.5"),
        ("7", "万亿元", "亿元", "70000"),
        ("3.274", "亿美元", "万美元", "32740"),
        ("12.4", "‰", "%", "1.24"),
        ("1.5", ":1", "%", "150"),
        ("0.3", "万家", "家", "3000"),
        ("250", "万人次", "人次", "2500000"),
        ("3", "亿", "万件", "30000"),
        ("500", "亿元人民币", "人民币亿元", "500"),
        ("20", "公里", "米", "20000"),
    ],
)
def test_conversion_moves_the_point_and_nothing_else(value: str, source: str, target: str, result: str) -> None:
    assert convert(Decimal(value), source, target) == Decimal(result)


@pytest.mark.parametrize(
    ("source", "target"),
    [("亿元", "亿美元"), ("%", "百分点"), ("家", "人"), ("人", "人次"), ("标箱", "吨"), ("亩", "公顷")],
)
def test_different_things_are_never_converted(source: str, target: str) -> None:
    with pytest.raises(UserError) as caught:
        convert(Decimal(1), source, target)
    assert caught.value.code == "unit.incompatible"
    assert source in caught.value.zh
    assert target in caught.value.zh
    assert not compatible(source, target)


@pytest.mark.parametrize("text", ["金币", "万%", "万亿亿元", "USD"])
def test_an_unknown_unit_is_named(text: str) -> None:
    with pytest.raises(UserError) as caught:
        Unit.parse(text)
    assert caught.value.code == "unit.unknown"
    assert text in caught.value.en


@given(values, names, names)
def test_there_and_back_is_exact(value: Decimal, one: tuple[str, str], other: tuple[str, str]) -> None:
    if compatible(one[1], other[1]):
        assert convert(convert(value, one[1], other[1]), other[1], one[1]) == value


@given(values, st.integers(0, 20))
def test_a_long_decimal_loses_no_digit(value: Decimal, more: int) -> None:
    long = value + Decimal(1).scaleb(-4 - more)
    assert convert(convert(long, "万亿元", "元"), "元", "万亿元") == long
