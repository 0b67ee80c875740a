"""The one entry to forecasts: the same answer alone, in a batch, in other units; stopped when asked; told as it goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.engine.foresight.ordinary import ordinary, whole

from commercebrain.engine.errors import CancelledError
from commercebrain.engine.foresight import forecasting
from commercebrain.engine.foresight.calendar import festival_shares
from commercebrain.engine.foresight.forecasting import forecast
from commercebrain.engine.foresight.months import months_from
from commercebrain.engine.foresight.result import Floats

pytestmark = pytest.mark.filterwarnings("error")
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TABLES = ("point", "low80", "high80", "low95", "high95", "fitted", "spread", "festival")
IN_UNITS = ("point", "low80", "high80", "low95", "high95", "fitted")


def motley(months: int = 60) -> Floats:
    """Series of every kind that comes, one below the other."""
    rng = np.random.default_rng(7)
    rows = [ordinary(months, seed) for seed in range(12)]
    rows += [np.where(rng.random(months) < share, 0.0, ordinary(months, 20)) for share in (0.1, 0.25, 0.6, 0.9)]
    rows += [np.zeros(months), np.full(months, 5.0), rng.normal(0, 10, months), -ordinary(months)]
    late, gaps, behind, broken = (ordinary(months, 30 + n) for n in range(4))
    late[:25], gaps[[4, 30, 31, 32]], behind[-3:] = np.nan, np.nan, np.nan
    broken[40:] *= 0.2
    return np.stack([*rows, late, gaps, behind, broken, np.full(months, np.nan)])


@pytest.mark.parametrize("cumulative", [False, True])
@pytest.mark.parametrize("first", [None, 201801])
def test_a_series_is_told_the_same_alone_and_among_thousands(first: int | None, cumulative: bool) -> None:
    some = motley()
    crowd = np.concatenate([motley() * (1 + n / 7) for n in range(100)] + [some])
    batch = forecast(crowd, first, cumulative=cumulative, threads=2)
    for n, row in enumerate(some):
        alone = whole(forecast(row, first, cumulative=cumulative))
        for name in (*TABLES, "reason", "log"):
            ours, theirs = getattr(alone, name)[0], getattr(batch, name)[len(crowd) - len(some) + n]
            np.testing.assert_array_equal(ours, theirs, err_msg=f"{name} of series {n}")


@pytest.mark.parametrize("first", [None, 201801])
@pytest.mark.parametrize("cumulative", [False, True])
def test_other_units_give_the_same_forecast_in_other_units(first: int | None, cumulative: bool) -> None:
    ours = forecast(motley(), first, cumulative=cumulative)
    theirs = forecast(motley() * 1000, first, cumulative=cumulative)
    for name in IN_UNITS:
        np.testing.assert_allclose(getattr(ours, name) * 1000, getattr(theirs, name), rtol=1e-7, atol=1e-6)


anything = arrays(
    np.float64,
    st.tuples(st.integers(1, 3), st.integers(0, 50)),
    elements=st.one_of(
        st.just(float("nan")),
        st.just(0.0),
        st.floats(-100, 100, width=16),
        st.floats(allow_nan=True, allow_infinity=False),
    ),
)


@few
@given(
    values=anything, first=st.sampled_from([None, 201801, 209911]), cumulative=st.booleans(), horizon=st.integers(1, 20)
)
def test_whatever_comes_there_is_a_forecast_in_order_or_a_reason(
    values: Floats, first: int | None, cumulative: bool, horizon: int
) -> None:
    found = whole(forecast(values, first, horizon=horizon, cumulative=cumulative))
    for row, least in zip(
        found.low95, np.where(np.isnan(values), np.inf, values).min(axis=1, initial=np.inf), strict=True
    ):
        if least >= 0 and not np.isnan(row).any():
            assert (row >= 0).all()


@few
@given(
    values=arrays(np.float64, st.integers(13, 40), elements=st.one_of(st.just(0.0), st.floats(1e-3, 1e6))),
    power=st.integers(-60, 60),
)
def test_any_series_is_forecast_alike_in_any_unit(values: Floats, power: int) -> None:
    """Powers of two: figures are the same to the last digit, so answers are, too."""
    ours, theirs = forecast(values, 201801), forecast(np.ldexp(values, power), 201801)
    for name in IN_UNITS:
        np.testing.assert_array_equal(np.ldexp(getattr(ours, name), power), getattr(theirs, name))


def test_months_to_come_follow_the_last_column() -> None:
    values = ordinary(30)
    assert forecast(values, 202301, horizon=3).months == (202507, 202508, 202509)
    assert forecast(values, horizon=3).months == (1, 2, 3)
    values[-2:] = np.nan
    assert forecast(values, 202301, horizon=3).months == (202507, 202508, 202509)


def test_a_running_sum_is_the_sum_of_its_months_and_surer_than_its_bounds_added() -> None:
    values = motley()
    single, sums = forecast(values, 201801, horizon=12), forecast(values, 201801, horizon=12, cumulative=True)
    np.testing.assert_allclose(np.cumsum(single.point, axis=1), sums.point, rtol=1e-9)
    noisy = slice(0, 12)
    added = np.cumsum(single.high80 - single.low80, axis=1)[noisy, -1]
    assert ((sums.high80 - sums.low80)[noisy, -1] < 0.95 * added).all()


def test_the_festival_is_learnt_and_put_back_where_it_falls() -> None:
    """A factory that stands still for three weeks around Spring Festival, whenever that is."""
    rng = np.random.default_rng(5)
    windows = festival_shares(months_from(201601, 114))
    values = 1000 * np.exp(windows @ np.array([0.0, -0.6, 0.0]) + rng.normal(0, 0.03, 114))
    history, truth = values[:108], values[108:]
    with_it = forecast(history, 201601)
    without = forecast(history, 201601, holiday=False)

    def miss(found: Any) -> float:
        return float(np.abs(found.point[0, :2] / truth[:2] - 1).mean())

    assert miss(with_it) < 0.6 * miss(without)
    assert (with_it.festival[0, 108 + 3 :] == 1).all()
    assert (without.festival == 1).all()


def test_fitted_is_what_each_month_was_expected_to_be() -> None:
    found = forecast(ordinary(84), 201801)
    misses = np.log(ordinary(84) / found.fitted[0])[24:]
    assert found.log[0]
    assert 0.5 < np.std(misses) / found.spread[0] < 2


def test_progress_is_told_and_a_stop_is_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasting, "CHUNK", 5)
    told: list[tuple[int, int]] = []
    forecast(motley(), progress=lambda done, of: told.append((done, of)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (len(motley()), len(motley()))
    with pytest.raises(CancelledError):
        forecast(motley(), cancelled=lambda: True)
    answers = iter([False, False, True])
    with pytest.raises(CancelledError):
        forecast(motley(), cancelled=lambda: next(answers))


def test_chunks_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole_table = forecast(motley(), 201801, threads=1)
    monkeypatch.setattr(forecasting, "CHUNK", 3)
    pieces = forecast(motley(), 201801, threads=2)
    for name in TABLES:
        np.testing.assert_array_equal(getattr(whole_table, name), getattr(pieces, name))


def test_what_was_given_is_left_as_it_was() -> None:
    values = motley()
    forecast(values, 201801)
    np.testing.assert_array_equal(values, motley())
