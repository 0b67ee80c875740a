"""Series as they come get an answer or a reason, never an exception, a warning, a nonsense or an explosion."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.engine.foresight.ordinary import ordinary, whole

from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight import hostile
from commercebrain.engine.foresight.decompose import decompose
from commercebrain.engine.foresight.forecasting import forecast
from commercebrain.engine.foresight.judging import judge
from commercebrain.engine.foresight.lasting import lasting
from commercebrain.engine.foresight.result import REASONS
from commercebrain.engine.foresight.x13 import adjust_with_x13

pytestmark = pytest.mark.filterwarnings("error")

LENGTHS = (13, 18, 25, 36, 60, 84, 120)
FIRSTS = (None, 201801)


both = pytest.mark.parametrize("first", FIRSTS)
long = pytest.mark.parametrize("months", LENGTHS)


@both
@long
def test_all_zeros_have_stopped(months: int, first: int | None) -> None:
    found = whole(forecast(np.zeros(months), first))
    assert found.why(0) == "stopped"


@both
@long
def test_a_year_of_zeros_at_the_end_has_stopped_and_a_shorter_end_has_not(months: int, first: int | None) -> None:
    values = ordinary(months + 12)
    values[-12:] = 0.0
    assert whole(forecast(values, first)).why(0) == "stopped"
    assert whole(forecast(values[:-1], first)).why(0) == ""


@both
@pytest.mark.parametrize("months", [18, 25, 36, 60, 84, 120])
def test_mostly_zeros_are_expected_at_their_mean_level(months: int, first: int | None) -> None:
    rng = np.random.default_rng(months)
    values = np.where(rng.random(months) < 0.25, rng.gamma(2.0, 500.0, months), 0.0)
    values[-3] = 800.0
    found = whole(forecast(values, first, horizon=18))
    assert found.why(0) == ""
    assert (found.point > 0).all()
    assert (found.point < 3 * values.mean() + 100).all()
    assert (found.low95 >= 0).all()
    assert (found.high95 <= values.max() * 1.0001).all()


def test_goods_that_come_every_autumn_only_are_a_season_and_not_sparse() -> None:
    values = np.tile([0, 0, 0, 0, 0, 0, 0, 0, 900, 1000, 500, 0], 6).astype(float)
    found = whole(forecast(values, horizon=12))
    assert found.point[0, 9] > 500
    assert found.point[0, :7].max() < 200


@both
@long
@pytest.mark.parametrize("value", [1.0, 1e15, 1e-9, -7.0, 0.1])
def test_one_value_goes_on_without_bands(months: int, first: int | None, value: float) -> None:
    found = whole(forecast(np.full(months, value), first))
    for table in (found.point, found.low95, found.high95):
        assert table == pytest.approx(value, rel=1e-9)


@both
@pytest.mark.parametrize("months", [36, 60, 84, 120])
def test_after_a_break_the_forecast_is_at_the_new_level(months: int, first: int | None) -> None:
    values = ordinary(months)
    values[-14:] *= 0.3
    found = whole(forecast(values, first))
    assert (found.point < 75).all()
    assert (found.point > 10).all()


@both
@pytest.mark.parametrize("where", ["start", "middle", "end", "here and there"])
@pytest.mark.parametrize("months", [36, 60, 84])
def test_missing_months_are_bridged_with_the_season(months: int, where: str, first: int | None) -> None:
    full = ordinary(months)
    values = full.copy()
    holes = {
        "start": np.arange(7),
        "middle": np.arange(months // 2, months // 2 + 5),
        "end": np.arange(months - 2, months),
        "here and there": np.arange(3, months, 9),
    }[where]
    values[holes] = np.nan
    found, known = whole(forecast(values, first)), whole(forecast(full, first))
    assert found.why(0) == ""
    assert found.point == pytest.approx(known.point, rel=0.25)


def test_missing_months_at_the_end_widen_the_bands() -> None:
    values = ordinary(60)
    found = forecast(values)
    values[-6:] = np.nan
    later = whole(forecast(values))
    assert ((later.high80 - later.low80) > (found.high80 - found.low80)).all()
    values[-13:] = np.nan
    assert whole(forecast(values)).why(0) == "not_current"


def test_a_stretch_of_more_than_a_year_is_not_bridged() -> None:
    values = ordinary(72)
    values[:30] *= 1000
    values[30:45] = np.nan
    found = whole(forecast(values))
    assert found.point.max() < 500
    assert np.isnan(found.fitted[0, :45]).all()
    values[45:60] = np.nan
    assert whole(forecast(values)).why(0) == "too_short"


@both
@pytest.mark.parametrize("months", [13, 12, 1, 0])
def test_little_history_is_told_so(months: int, first: int | None) -> None:
    found = whole(forecast(ordinary(months), first))
    assert found.why(0) == {13: "", 12: "too_short", 1: "too_short", 0: "no_values"}[months]
    assert whole(forecast(np.full(months, np.nan), first)).why(0) == "no_values"
    assert whole(forecast(np.zeros(min(months, 12)), first)).why(0) == ("too_short" if months else "no_values")


def test_no_series_at_all_is_an_empty_answer() -> None:
    assert forecast(np.zeros((0, 24))).point.shape == (0, 6)


@both
@long
def test_negative_and_mixed_signs_stay_near_where_they_were(months: int, first: int | None) -> None:
    rng = np.random.default_rng(months)
    losses, balance = -ordinary(months), rng.normal(0, 100, months)
    found = whole(forecast(np.stack([losses, balance]), first))
    assert [found.why(n) for n in (0, 1)] == ["", ""]
    assert (found.point[0] < -40).all()
    assert np.abs(found.point[1]).max() < 300
    assert found.low95.min() < -100


@both
@pytest.mark.parametrize("months", [25, 36, 60, 84])
def test_a_month_entered_twice_at_the_end_moves_the_forecast_little(months: int, first: int | None) -> None:
    values = ordinary(months, seed=4)
    before = forecast(values, first)
    values[-1] *= 2
    found = whole(forecast(values, first))
    assert (found.point < 1.45 * before.point).all()


@both
@long
@pytest.mark.parametrize("size", [1e15, 1e-9, 1e290, 1e-290])
def test_huge_and_tiny_figures_are_forecast_like_others(months: int, first: int | None, size: float) -> None:
    values = ordinary(months)
    found, other = whole(forecast(values * size, first)), forecast(values, first)
    assert found.point / size == pytest.approx(other.point, rel=1e-9)
    assert found.high95 / size == pytest.approx(other.high95, rel=1e-9)


@both
@pytest.mark.parametrize("at", [0, 11, 40, -2, -1])
@pytest.mark.parametrize("slip", [1e3, 1e6, 1e12])
def test_one_enormous_slip_does_not_carry_the_forecast_away(first: int | None, at: int, slip: float) -> None:
    values = ordinary(60)
    values[at] *= slip
    found = whole(forecast(values, first))
    assert (found.point < 600).all()
    assert (found.point > 20).all()


@both
def test_a_falling_series_does_not_fall_below_the_floor(first: int | None) -> None:
    values = np.append(np.linspace(1000, 5, 40), [2.0, 0.0])
    found = whole(forecast(values, first, horizon=18))
    assert found.low95.min() >= 0
    held = whole(forecast(values + 50, first, horizon=18, floor=50.0))
    assert held.low95.min() >= 50
    assert whole(forecast(values, first, horizon=18, floor=None)).low95.min() < 0


@both
def test_fast_growth_does_not_explode(first: int | None) -> None:
    values = 1.3 ** np.arange(40)
    found = whole(forecast(values, first, horizon=36))
    assert found.point.max() <= values[-1] * (values[-1] / values[-36]) ** (36 / 35 + 0.25) * 1.001


def test_whole_numbers_short_floats_and_lists_are_taken_as_they_are() -> None:
    values = np.round(ordinary(40))
    expected = forecast(values).point
    for same in (values.astype(np.int64), values.astype(np.float32), values.tolist(), [values.tolist()]):
        assert (forecast(same).point == expected).all()
    with_gap = values.tolist()
    with_gap[5] = None
    values[5] = np.nan
    assert (forecast(with_gap).point == forecast(values).point).all()
    # What lies under a mask is no figure: databases answer so.
    masked = np.ma.masked_invalid(values)
    masked.data[5] = 1e6
    assert (forecast(masked).point == forecast(values).point).all()


def test_what_is_no_table_of_numbers_is_refused_with_a_sentence() -> None:
    endless = np.ones((3, 20))
    endless[1, 4] = np.inf
    with pytest.raises(UserError, match="第2个序列的第5个月"):
        forecast(endless)
    for wrong in ([[1.0, 2.0], [1.0]], ["十"], np.ones((2, 2, 2))):
        with pytest.raises(UserError):
            forecast(wrong)
    with pytest.raises(UserError, match="1 to 60"):
        forecast(np.ones(20), horizon=0)


def test_filled_months_follow_the_season() -> None:
    full = 100 * np.exp(0.5 * np.sin(2 * np.pi * np.arange(72) / 12))
    values = full.copy()
    values[30:36] = np.nan
    tidy = hostile.tidy(values[None, :])
    filled = np.ldexp(tidy.values, tidy.power[:, None])[0]
    assert filled == pytest.approx(full, rel=0.08)
    assert REASONS[tidy.reason[0]] == ""


@pytest.mark.parametrize("entry", [forecast, judge, lasting, decompose, adjust_with_x13])
@pytest.mark.parametrize("months", [5, 20])
@pytest.mark.parametrize("first", [201813, 201800, 2018, 20180101])
def test_a_first_month_that_is_none_is_refused_by_every_entry_however_short_the_series(
    entry: Callable[..., object], months: int, first: int
) -> None:
    with pytest.raises(UserError, match=f"yyyymm, such as 202401; {first} was given"):
        entry(np.ones(months), first)
