"""How rare months without trade are, one by one and in a row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.foresight.often import LONGEST, often


def _empty(months: int, *places: int) -> np.ndarray:
    row = np.full(months, 5.0)
    row[list(places)] = 0.0
    return row


def test_a_month_without_trade_is_as_likely_as_such_months_were() -> None:
    told = often(np.stack([_empty(49), _empty(49, 30, 40), _empty(49, 24, 36)]))
    assert told.rare.tolist() == [False, True, True]
    assert told.nothing[0] == 0.0
    assert told.nothing[1] == pytest.approx(2 / 36)  # two of the last 24, none of three in the same calendar month
    assert told.nothing[2] == pytest.approx((2 + 4 * 2) / 36)  # the same calendar month counts four times


def test_where_the_last_month_has_something_a_run_is_a_month() -> None:
    told = often(np.stack([_empty(49, 30, 40), _empty(49, 46, 47)]))
    np.testing.assert_array_equal(told.run, told.nothing)


def test_every_further_month_in_a_row_is_less_likely_and_the_run_does_not_excuse_itself() -> None:
    firm = _empty(60, 20, 33, 41, 57, 58, 59)
    runs = [often(firm[None, :months]).run[0] for months in (58, 59, 60)]
    assert runs[0] > 3 * runs[1] > 9 * runs[2] > 0
    taught = _empty(60, 20, 33, 41, 55, 57, 58, 59)  # with what the run itself looks like, it were half as rare again
    assert runs[2] < often(taught[None, :]).run[0]


def test_goods_of_one_season_may_have_none_for_months() -> None:
    season = np.tile(np.where(np.isin(np.arange(12), (8, 9, 10)), 5.0, 0.0), 6)[:68]
    assert often(season[None, :]).run[0] > 0.2


def test_what_used_to_pause_for_long_may_pause_again() -> None:
    pauses = _empty(60, *range(10, 15), *range(22, 27), *range(36, 41), *range(57, 60))
    single = _empty(60, *range(8, 56, 3)[:15], 57, 58, 59)
    assert often(pauses[None, :]).run[0] > 3 * often(single[None, :]).run[0]


def test_a_run_is_rare_as_often_as_it_says() -> None:
    """Of firms that miss months by chance, hardly more than one in forty ends a run that is called rarer."""
    chance = np.random.default_rng(7)
    for share in (0.05, 0.15, 0.3, 0.5):
        firms = np.where(chance.random((4000, 72)) < share, 0.0, 5.0)
        told = often(firms)
        assert ((told.run < 0.025) & (firms[:, -1] == 0)).mean() <= 0.035


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(st.sampled_from([0.0, 0.0, 5.0, -1.0, float("nan")]), min_size=20, max_size=20), min_size=1, max_size=5
    ),
    st.integers(1, 20),
)
def test_all_series_have_a_probability_of_their_own(rows: list[list[float]], months: int) -> None:
    table = np.array(rows)[:, :months]
    told = often(table)
    for part in (told.nothing, told.run):
        assert ((part >= 0) & (part <= 1)).all()
    assert (told.run <= 1).all() and len(told.run) == len(table)
    for row in range(len(table)):
        assert often(table[row : row + 1]).run[0] == told.run[row]


def test_a_run_longer_than_a_year_counts_as_one_of_a_year() -> None:
    row = _empty(80, 30, *range(60, 80))
    assert often(row[None, :]).run[0] > 0
    assert LONGEST == 12
