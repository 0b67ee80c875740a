"""Signals are counted against what followed: right, false, repeats, episodes found, months of lead."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

from commercebrain.engine.foresight.months import shift
from commercebrain.engine.rules.thresholds import at_recall, count, moving
from commercebrain.engine.rules.truth import FALL, Truth, fall_of

MONTHS = tuple(shift(202401, n) for n in range(8))


def bits(*rows: str) -> np.ndarray:
    return np.array([[one == "x" for one in row] for row in rows], bool)


def truth(*rows: str, known: np.ndarray | None = None, ahead: int = 1) -> Truth:
    """What happens, each month shown so many months later."""
    happens = bits(*rows)
    shown = np.array([shift(month, ahead) for month in MONTHS])
    begins = np.where(happens, shown[None, :], 0)
    there = np.ones_like(happens) if known is None else known
    keys = tuple(f"firm{n}" for n in range(len(rows)))
    return Truth("exports_fall", keys, MONTHS, happens, there, begins)


def test_a_signal_is_right_where_what_it_warns_of_follows_its_first_month() -> None:
    found = count(bits("..xxx...", ".x......"), truth("..xx....", "........"))
    assert (found.right, found.false, found.repeats, found.found, found.episodes) == (1, 1, 0, 1, 1)
    assert found.precision == 0.5
    assert found.recall == 1.0


def test_a_second_signal_in_an_episode_found_already_is_neither_right_nor_false() -> None:
    found = count(bits("x.x....."), truth("xxx....."))
    assert (found.right, found.false, found.repeats, found.found) == (1, 0, 1, 1)


def test_an_episode_counts_once_however_long_a_signal_lasts_in_it() -> None:
    found = count(bits("xxxxxxxx"), truth("xxx..xxx"))
    assert (found.found, found.episodes, found.signals) == (2, 2, 1)


def test_lead_runs_from_the_first_signal_month_in_an_episode_to_the_month_that_shows_it() -> None:
    told = truth("xxxx....", ahead=2)
    assert count(bits("x......."), told).lead.tolist() == [2]
    assert count(bits("...x...."), told).lead.tolist() == [-1]


def test_months_of_which_the_truth_is_not_known_count_nowhere() -> None:
    known = bits("xxxx....")
    found = count(bits(".....x.."), truth("........", known=known))
    assert found.signals == 0
    assert np.isnan(found.precision)


_grid = of_numpy.arrays(bool, st.tuples(st.integers(1, 5), st.just(len(MONTHS))))


@given(st.data())
def test_the_parts_add_up_and_shares_lie_between_nought_and_one(data: st.DataObject) -> None:
    happens = data.draw(_grid)
    fires = data.draw(of_numpy.arrays(bool, happens.shape))
    told = truth(*["".join("x" if one else "." for one in row) for row in happens])
    found = count(fires, told)
    assert found.right + found.false + found.repeats == int(found.opened.sum())
    assert found.right <= found.found <= found.episodes
    assert int(found.missed.sum()) == found.episodes - found.found
    assert len(found.lead) == found.found
    for share in (found.precision, found.recall):
        assert np.isnan(share) or 0 <= share <= 1


@given(st.data())
def test_what_fires_more_finds_no_less(data: st.DataObject) -> None:
    happens = data.draw(_grid)
    shape = happens.shape
    score = data.draw(of_numpy.arrays(float, shape, elements=st.floats(-2, 2)))
    told = truth(*["".join("x" if one else "." for one in row) for row in happens])
    fires, low, high = moving(score)
    found = [count(fires(one), told).found for one in np.linspace(low, high, 7)]
    assert found == sorted(found)


@given(st.data())
@settings(max_examples=30)
def test_a_rival_at_equal_recall_finds_as_many(data: st.DataObject) -> None:
    happens = data.draw(_grid)
    score = data.draw(of_numpy.arrays(float, happens.shape, elements=st.floats(-2, 2)))
    told = truth(*["".join("x" if one else "." for one in row) for row in happens])
    fires, low, high = moving(score)
    episodes = count(fires(high), told).episodes
    moved = at_recall(fires, low, high, told, episodes)
    assert moved is not None  # at its loosest a score fires everywhere
    assert moved.counted.found >= episodes


def test_exports_fall_where_three_months_lie_three_tenths_below_the_year_before() -> None:
    year = [100.0] * 12
    table = np.array([[*year, 100, 100, 60, 60, 60], [*year, 100, 100, 80, 80, 80], [*([0.0] * 12), 1, 1, 1, 1, 1]])
    told = fall_of(table, 202301, ("a", "b", "c"), (202402, 202403))
    assert told.happens[:, 0].tolist() == [True, False, False]
    assert told.known[:, 0].tolist() == [True, True, False]  # without a base nobody can tell
    assert told.known[:, 1].tolist() == [False, False, False]  # the third month is not known yet
    assert told.begins[0, 0] == 202403
    assert FALL == -0.3
