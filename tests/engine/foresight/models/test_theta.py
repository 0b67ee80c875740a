"""The compiled Theta solves the textbook's recursion."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize
from tests.engine.foresight.models.twins import line_through, theta_errors

from commercebrain.engine.foresight.models.smoothing import FURTHER
from commercebrain.engine.foresight.models.theta import ALPHA, FIRST, HELD, SHARE, STILL, WEIGHT, lanes, theta
from commercebrain.engine.foresight.result import Floats


def run(x: Floats, horizon: int) -> tuple[Floats, Floats, Floats]:
    w, ahead, fitted = lanes(), np.empty(horizon), np.empty(len(x))
    theta(x, w, FURTHER, np.empty((2, len(x) + 1)), ahead, fitted)
    return w, ahead, fitted


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, st.integers(5, 40), elements=st.floats(-3, 3).map(lambda v: round(v, 6))))
def test_forecasts_and_expectations_are_the_weighted_recursions(x: Floats) -> None:
    w, ahead, fitted = run(x, 6)
    assert abs(w[WEIGHT].sum() - 1.0) < 1e-12
    expected, one_step = np.zeros(6), np.zeros(len(x))
    for alpha, first, share, weight in zip(w[ALPHA], w[FIRST], w[SHARE], w[WEIGHT], strict=True):
        assert 0.0 <= share <= 0.99
        one = theta_errors(x.tolist(), alpha, first, share, (), 0)
        one_step += weight * (x - np.array(one))
        level = first
        for value in x:
            level += alpha * (value - level)
        a, b = line_through(x.tolist())
        kept = (1 - alpha) ** len(x)
        point = level + share * (kept * a + (1 - kept * (1 - alpha)) / alpha * b)
        expected += weight * (point + share * b * np.arange(6))
    assert np.allclose(ahead, expected, atol=1e-4)
    assert np.allclose(fitted, one_step, atol=1e-4)


def test_least_squares_finds_what_a_search_finds() -> None:
    rng = np.random.default_rng(4)
    for _ in range(5):
        x = np.cumsum(rng.normal(0.02, 0.1, 60))
        w, _, _ = run(x, 1)
        start = x[:6].mean()
        for alpha, first, share in zip(w[ALPHA], w[FIRST], w[SHARE], strict=True):

            def loss(at: Floats, alpha: float = alpha, x: Floats = x, start: float = start) -> float:
                errors = theta_errors(x.tolist(), alpha, at[0], at[1], FURTHER.tolist(), 3)
                return sum(e * e for e in errors) + HELD * (at[0] - start) ** 2 + STILL * at[1] ** 2

            found = minimize(loss, [start, 0.5], bounds=[(None, None), (0.0, 0.99)])
            assert loss(np.array([first, share])) <= found.fun * (1 + 1e-6) + 1e-12


def test_a_straight_line_goes_on_at_least_in_part() -> None:
    x = 0.01 * np.arange(60)
    _, ahead, fitted = run(x, 12)
    assert np.allclose(ahead, 0.01 * np.arange(60, 72), atol=0.01)
    assert np.allclose(fitted[24:], x[24:], atol=0.005)
