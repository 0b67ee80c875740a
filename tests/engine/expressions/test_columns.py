"""Many subjects at once say what each says alone."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from tests.engine.expressions.sentences import VOCABULARY, conditions, rows

from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Column, Vocabulary, firm_vocabulary, parse


def columns(given_rows: list[dict[str, Any]], *, floats: bool) -> dict[str, Column]:
    made: dict[str, Column] = {}
    for name in given_rows[0]:
        values = [row[name] for row in given_rows]
        if floats and all(
            one is None or (isinstance(one, int | Decimal) and not isinstance(one, bool)) for one in values
        ):
            made[name] = Column.of(np.array([math.nan if one is None else float(one) for one in values]))
        else:
            made[name] = Column.of(values)
    return made


@given(conditions(), rows())
def test_a_column_says_what_its_rows_say(text: str, given_rows: list[dict[str, Any]]) -> None:
    condition = parse(text)
    assert condition.check(VOCABULARY) == []
    wanted = [condition.holds(row, VOCABULARY) for row in given_rows]
    for floats in (False, True):
        value, known = condition.column(columns(given_rows, floats=floats), VOCABULARY)
        assert [bool(v) if k else None for v, k in zip(value, known, strict=True)] == wanted
        assert not (value & ~known).any()


def test_what_is_almost_equal_is_computed_exactly() -> None:
    column = Column.of(np.array([30.0, 0.1, 0.3]))
    value, known = parse("a * 1.1 == b").column({"a": column, "b": Column.of(np.array([33.0, 0.11, 0.33]))})
    assert value.tolist() == [True, True, True]
    assert known.all()


def test_a_column_that_nobody_gave_is_missing_throughout() -> None:
    value, known = parse("a > 1 or b > 1").column({"a": Column.of([0, 2])})
    assert value.tolist() == [False, True]
    assert known.tolist() == [False, True]


def test_what_a_number_comes_to_is_given_too() -> None:
    value, known = parse("a / b").column({"a": Column.of([6, 1]), "b": Column.of([3, 0])})
    assert known.tolist() == [True, False]
    assert value[0] == 2


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(UserError, match="行数不同"):
        parse("a > b").column({"a": Column.of([1]), "b": Column.of([1, 2])})


def test_twenty_thousand_firms_are_asked_by_the_column() -> None:
    made = np.random.default_rng(1)
    exports = made.integers(0, 10**9, 20_000)
    told = {"exports_last_year": Column.of(exports), "list('key_exporters')": Column.of(exports % 7 == 0)}
    vocabulary: Vocabulary = firm_vocabulary()
    value, known = parse("list('key_exporters') or exports_last_year > 500000000").column(told, vocabulary)
    assert known.all()
    assert value.sum() == ((exports % 7 == 0) | (exports > 500_000_000)).sum()


def test_numbers_with_gaps_are_computed_with_where_nothing_says_that_they_are_numbers() -> None:
    values, known = parse("x / 3 + x / 3 + x / 3 == x").column({"x": Column.of([1.0, Decimal(2), 3, None])})
    singles = [parse("x / 3 + x / 3 + x / 3 == x").value({"x": one}) for one in (1.0, Decimal(2), 3, None)]
    assert [bool(v) if k else None for v, k in zip(values, known, strict=True)] == singles
