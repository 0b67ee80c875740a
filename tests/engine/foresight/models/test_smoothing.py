"""The compiled smoothing is the textbook's."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.engine.foresight.models.twins import mean_of_lanes

from commercebrain.engine.foresight.models.smoothing import FURTHER, lanes, reaches, smoothing
from commercebrain.engine.foresight.result import Floats

LANES = lanes()


def run(z: Floats, season: Floats, horizon: int) -> tuple[Floats, Floats]:
    ahead, fitted = np.empty(horizon), np.empty(len(z))
    room = np.empty((12, LANES.shape[1])), np.empty((len(z), LANES.shape[1]))
    smoothing(z, season, LANES.copy(), FURTHER, reaches(LANES), *room, ahead, fitted)
    return ahead, fitted


@settings(max_examples=40, deadline=None)
@given(
    arrays(np.float64, st.integers(2, 40), elements=st.floats(-3, 3)),
    arrays(np.float64, 12, elements=st.floats(-1, 1)),
    st.integers(1, 14),
)
def test_all_constants_run_and_are_weighted_as_the_textbook_says(z: Floats, season: Floats, horizon: int) -> None:
    ahead, fitted = run(z, season, horizon)
    expected, one_step = mean_of_lanes(z, season, LANES[:4].T.tolist(), FURTHER.tolist(), horizon)
    assert np.allclose(ahead, expected, atol=1e-7)
    assert np.allclose(fitted, one_step, atol=1e-7)


def test_the_next_half_year_of_a_pure_season_is_that_season() -> None:
    z = np.tile(np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]) / 10, 5)
    ahead, fitted = run(z, z[:12] - z.mean(), 12)
    assert np.allclose(ahead, z[:12], atol=0.02)
    assert np.allclose(fitted[24:], z[24:], atol=0.02)
