"""What a measure did is told from what happened to everybody, and nothing is told where nothing can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.effects import difference_in_differences
from commercebrain.engine.errors import UserError


def test_two_groups_by_hand() -> None:
    """The others fell by 0.1 on average, the measured by 0.3: the measure took 0.2."""
    change = np.array([-0.3] * 6 + [-0.1] * 6)
    [effect] = difference_in_differences(change, np.array([1.0] * 6 + [0.0] * 6))
    assert effect.estimate == pytest.approx(-0.2)
    assert (effect.dosed, effect.others) == (6, 6)
    assert effect.percent[0] == pytest.approx(100 * (np.exp(-0.2) - 1))


def test_doses_given_together_are_not_taken_for_one_another() -> None:
    rng = np.random.default_rng(3)
    doses = rng.random((400, 2))
    doses[:, 1] = 0.5 * doses[:, 0] + 0.5 * doses[:, 1]  # they go together
    change = 0.05 - 0.4 * doses[:, 0] + 0.02 * rng.standard_normal(400)
    first, second = difference_in_differences(change, doses)
    assert first.estimate == pytest.approx(-0.4, abs=0.02) and first.told_apart
    assert second.estimate == pytest.approx(0.0, abs=0.02)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        dose = (rng.random(60) < 0.5).astype(float)
        change = -0.2 * dose + 0.3 * rng.standard_normal(60)
        [effect] = difference_in_differences(change, dose, draws=300, seed=seed)
        held += effect.low <= -0.2 <= effect.high
    assert 104 <= held <= 120  # 95 % of 120 is 114


@pytest.mark.parametrize(
    ("change", "dose", "reason"),
    [
        ([0.1, 0.2, 0.3], [1, 0, 1], "too_few"),
        ([0.1] * 20, [1] * 20, "same_dose"),
        ([0.1] * 20, [1] * 3 + [0] * 17, "too_few"),
        ([float("nan")] * 18 + [0.1, 0.2], [1, 0] * 10, "too_few"),
    ],
)
def test_where_nothing_can_be_told_it_says_why(change: list[float], dose: list[float], reason: str) -> None:
    [effect] = difference_in_differences(np.array(change), np.array(dose, dtype=float))
    assert np.isnan(effect.estimate) and effect.reason == reason and not effect.told_apart


def test_a_unit_without_a_figure_is_left_out_and_counted_nowhere() -> None:
    change = np.array([-0.3] * 6 + [-0.1] * 6 + [np.nan])
    [effect] = difference_in_differences(change, np.array([1.0] * 6 + [0.0] * 6 + [1.0]))
    assert (effect.dosed, effect.others) == (6, 6)


def test_shapes_that_do_not_fit_are_refused_with_both_numbers() -> None:
    with pytest.raises(UserError, match="3 changes, 2 doses"):
        difference_in_differences(np.zeros(3), np.zeros((2, 4)))


@given(st.floats(-2, 2), st.floats(0.1, 10), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_what_moves_everybody_alike_is_no_effect_and_weights_have_no_unit(
    shift: float, scale: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    dose = np.repeat([0.0, 1.0], 10)
    change, weights = rng.standard_normal(20), rng.random(20) + 0.1
    [plain] = difference_in_differences(change, dose, weights=weights, draws=50)
    [moved] = difference_in_differences(change + shift, dose, weights=weights * scale, draws=50)
    assert moved.estimate == pytest.approx(plain.estimate, abs=1e-9)
    assert (moved.low, moved.high) == pytest.approx((plain.low, plain.high), abs=1e-6)


def test_a_measure_that_nearly_everybody_met_is_compared_with_nobody() -> None:
    dose = np.ones(40)
    dose[:3] = 0.0
    (found,) = difference_in_differences(np.linspace(0.0, 1.0, 40), dose)
    assert found.reason == "too_few" and (found.dosed, found.others) == (37, 3)
