"""Falls that last are told from months that stand out alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.foresight.lasting import LIMIT, MEMORY, add_up, lasting
from commercebrain.engine.foresight.result import REASONS


def _trade(seed: int = 5, months: int = 72) -> np.ndarray:
    rng = np.random.default_rng(seed)
    season = 1 + 0.2 * np.sin(np.arange(months) / 12 * 2 * np.pi)
    return np.asarray(1000 * season * np.exp(rng.normal(0, 0.06, months)))


def test_a_level_that_fell_and_stayed_is_a_lasting_fall_and_says_since_when() -> None:
    values = _trade()
    values[-3:] *= 0.6
    told = lasting(values[None, :], 201501)
    assert told.kind[0] == "drop" and told.score[0] < -LIMIT
    assert told.since[0] <= 3
    assert told.expected[0] > 1.3 * values[-1]


def test_a_level_that_sinks_a_little_every_month_is_found_too() -> None:
    values = _trade()
    values[-6:] *= 1 - 0.07 * np.arange(1, 7)
    told = [lasting(values[None, : 72 - back], 201501).kind[0] for back in range(4)]
    assert "drop" in told


def test_a_calm_series_and_one_month_alone_are_none() -> None:
    calm = np.stack([_trade(seed) for seed in range(40)])
    assert (lasting(calm, 201501).kind != "").mean() <= 0.05
    alone = _trade()
    alone[-2] *= 0.5
    assert lasting(alone[None, :], 201501).kind[0] == ""


def test_a_rise_is_a_rise() -> None:
    values = _trade()
    values[-3:] *= 1.7
    assert lasting(values[None, :], 201501).kind[0] == "rise"


def test_a_series_is_told_the_same_alone_and_among_others_and_in_any_unit() -> None:
    block = np.stack([_trade(seed) for seed in range(6)])
    block[2, -3:] *= 0.5
    block[3, :20] = np.nan
    block[4, 30:50] = 0.0
    among = lasting(block, 201501)
    for row in range(len(block)):
        alone = lasting(block[row : row + 1], 201501)
        np.testing.assert_array_equal(alone.surprise[0], among.surprise[row])
        assert alone.kind[0] == among.kind[row]
    np.testing.assert_allclose(lasting(block * 1000, 201501).score, among.score, rtol=1e-6, atol=1e-9)


def test_hostile_series_have_a_reason_and_no_exception() -> None:
    block = np.full((7, 60), np.nan)
    block[1] = 0.0
    block[2, -10:] = 5.0
    block[3] = _trade(1, 60)
    block[3, -1] = np.nan
    block[4] = 3.0
    block[5] = -_trade(2, 60)
    block[6] = np.r_[_trade(3, 44), np.zeros(15), 5.0]
    with np.errstate(all="raise"):
        told = lasting(block, 201601)
    words = [REASONS[code] for code in told.reason]
    assert words[0] == "no_values" and words[2] == "too_short" and words[3] == "not_current"
    assert list(told.kind) == [""] * 7
    assert REASONS[lasting(_trade()[None, :], 201501, least=1e9).reason[0]] == "too_small"
    assert REASONS[lasting(_trade()[None, :14], 201501).reason[0]] == "too_short"


def test_sums_begin_again_after_an_alarm_and_a_missing_month_changes_nothing() -> None:
    told = add_up(np.array([[-2.0, -2.0, np.nan, -2.0, -2.0, -2.0, 2.0, -1.0]]))
    np.testing.assert_allclose(told.most, [[1.5, 3.0, 3.0, 4.5, 6.0, 6.0, 0.0, 0.5]])
    np.testing.assert_array_equal(np.flatnonzero(told.alarms[0]), [4])
    np.testing.assert_array_equal(np.flatnonzero(told.ongoing[0]), [4, 5])
    assert told.since[0] == 0


@settings(max_examples=50)
@given(st.lists(st.floats(-6, 6), min_size=1, max_size=30), st.sampled_from([-1, 1]))
def test_the_sums_are_those_of_the_textbook(surprise: list[float], sign: int) -> None:
    told = add_up(np.array([surprise]), sign=sign)
    state = 0.0
    for n, z in enumerate(surprise):
        state = max(0.0, state + sign * z - 0.5)
        assert told.most[0, n] >= state - 1e-12 and (told.most[0, n] > 0) == (state > 0)
        assert bool(told.alarms[0, n]) == (state > LIMIT)
        if state > LIMIT:
            state = 0.0


def test_memory_bounds_what_is_looked_at() -> None:
    assert lasting(_trade()[None, :], 201501).surprise.shape == (1, MEMORY)
    assert lasting(_trade()[None, :], 201501, memory=3).surprise.shape == (1, 3)
