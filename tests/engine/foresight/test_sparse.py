"""Series that are mostly zeros: a level that makes sense, bands that hold, nothing negative, nothing in the billions."""

from __future__ import annotations

import numpy as np
import pytest
from tests.engine.foresight.ordinary import whole

from commercebrain.engine.foresight import hostile, sparse
from commercebrain.engine.foresight.forecasting import forecast
from commercebrain.engine.foresight.result import Floats

pytestmark = pytest.mark.filterwarnings("error")


def now_and_then(count: int, months: int, seed: int = 3) -> Floats:
    """Orders of firms that trade in one month of twenty to two of five, of very different sizes."""
    rng = np.random.default_rng(seed)
    trades = rng.random((count, months)) < rng.uniform(0.05, 0.4, (count, 1))
    return np.where(trades, np.round(rng.lognormal(8, 1.2, (count, months))), 0.0)


@pytest.mark.parametrize("months", [36, 84])
@pytest.mark.parametrize("cumulative", [False, True])
def test_no_forecast_of_a_thousand_is_negative_or_beyond_what_there_was(months: int, cumulative: bool) -> None:
    """What a well-known library's automatic choice gets wrong on series like these (docs/foresight.md)."""
    values = now_and_then(1000, months)
    found = whole(forecast(values, 201801, horizon=12, cumulative=cumulative))
    live = found.reason == 0
    assert live.sum() > 500
    most = values.max(axis=1, keepdims=True) * (np.arange(1, 13) if cumulative else 1)
    for table in (found.point, found.low80, found.low95):
        assert (table[live] >= 0).all()
    assert (found.point[live] <= most[live]).all()


@pytest.mark.parametrize("cumulative", [False, True])
def test_bands_hold_what_they_say(cumulative: bool) -> None:
    values = now_and_then(1500, 96)
    history, truth = values[:, :84], values[:, 84:]
    found = forecast(history, horizon=12, cumulative=cumulative)
    live = found.reason == 0
    if cumulative:
        truth = np.cumsum(truth, axis=1)
    eighty = ((truth >= found.low80) & (truth <= found.high80))[live].mean()
    more = ((truth >= found.low95) & (truth <= found.high95))[live].mean()
    assert 0.74 < eighty < 0.93  # many months are exactly 0, which is in the band or not as a whole
    assert 0.88 < more < 0.99


def test_the_level_is_the_mean_of_what_comes() -> None:
    values = now_and_then(1500, 96)
    found = forecast(values[:, :84], horizon=12)
    live = found.reason == 0
    assert found.point[live].mean() == pytest.approx(values[live, 84:].mean(), rel=0.1)


def test_one_level_before_each_month_and_the_last_after_all() -> None:
    values = np.zeros((1, 40))
    values[0, [3, 11, 20, 29, 37]] = [100.0, 80.0, 120.0, 90.0, 110.0]
    level, bounds, fitted = sparse.mean_levels(hostile.tidy(values), 3, cumulative=False)
    power = hostile.tidy(values).power[0]
    assert np.ldexp(level[0], power) == pytest.approx(
        np.ldexp(fitted[0, 39], power) * (1 - sparse.MEAN_MOVES)  # the last month was 0
    )
    assert np.ldexp(bounds[0, 0, 3], power) <= 120
    assert (bounds[0, 0] == bounds[0, 2]).all()
