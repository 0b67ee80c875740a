"""The quarter that is not over: it moves with every month that arrives, and never fails on what figures look like."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from commercebrain.engine.outlook import forecast, nowcast
from commercebrain.engine.outlook.nowcasting import NOWCAST_REASONS, Nowcast

FIRST, TARGET = 201501, 202412
MONTHS = 120
NONE = np.zeros((0, 0))


def economy(series: int = 3, months: int = MONTHS, seed: int = 1) -> NDArray[np.float64]:
    """Series with one cycle in common, a season and noise of their own."""
    rng = np.random.default_rng(seed)
    cycle = np.zeros(months)
    for t in range(1, months):
        cycle[t] = 0.6 * cycle[t - 1] + rng.normal(0, 0.02)
    season = 0.1 * np.sin(2 * np.pi * np.arange(months) / 12)
    level = np.cumsum(cycle + 0.005) + season
    noise = rng.normal(0, 0.01, (series, months))
    return np.exp(4 + level[None, :] * (1 + 0.2 * np.arange(series))[:, None] + noise)


def known(values: NDArray[np.float64], missing: int) -> NDArray[np.float64]:
    """The same without the last ``missing`` months."""
    found = values.copy()
    found[:, found.shape[1] - missing :] = np.nan
    return found


def quarters(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values.reshape(len(values), -1, 3).sum(axis=2)


def quarterly_target(values: NDArray[np.float64]) -> NDArray[np.float64]:
    found = quarters(values[:1])
    found[0, -1] = np.nan
    return found


def test_known_months_count_as_they_are_and_the_whole_quarter_is_its_sum() -> None:
    values = economy()
    told = [nowcast(known(values, missing), NONE, FIRST, TARGET, own=0) for missing in (3, 2, 1, 0)]
    truth = values[0, -3:].sum()
    assert [one.known for one in told] == [0, 1, 2, 3]
    assert told[3].value == pytest.approx(truth) and told[3].low95 == told[3].high95 == told[3].value
    widths = [one.high80 - one.low80 for one in told]
    assert widths[0] > widths[1] > widths[2] > widths[3] == 0
    assert all(abs(one.value / truth - 1) < 0.15 for one in told)
    assert all(one.low95 < one.low80 < one.value < one.high80 < one.high95 for one in told[:3])
    assert told[2].growth == pytest.approx(told[2].value / values[0, -6:-3].sum() - 1)


def test_a_quarter_whose_months_are_all_known_is_their_sum_however_short_the_history() -> None:
    months = np.full((1, MONTHS), np.nan)
    months[0, -5:] = [10.0, 12.0, 11.0, 13.0, 14.0]
    for earlier in (None, (np.full((1, MONTHS), np.nan), NONE)):
        told = nowcast(months, NONE, FIRST, TARGET, own=0, earlier=earlier)
        assert (told.reason, told.value, told.low95, told.known) == ("", 38.0, 38.0, 3)
    months[0, -1] = np.nan
    assert nowcast(months, NONE, FIRST, TARGET, own=0).reason == "too_short"


def test_the_nowcast_moves_when_the_months_of_the_quarters_end_arrive_statsmodels_8419_and_9600() -> None:
    """Both reports: with quarterly series in the model the current quarter's nowcast stood still when its last months
    came in. Here a strong last month must pull it up and a weak one down, far more than a hair."""
    values = economy(4)
    quarterly = quarterly_target(values)
    told = []
    for factor in (0.9, 1.0, 1.1):
        months = values[1:].copy()
        months[:, -1] *= factor
        told.append(nowcast(months, quarterly, FIRST, TARGET).value)
    assert told[0] < told[1] < told[2]
    assert told[2] / told[0] - 1 > 0.01
    steps = [nowcast(known(values[1:], missing), quarterly, FIRST, TARGET).value for missing in (3, 2, 1)]
    assert len({round(one, 6) for one in (*steps, told[1])}) == 4, "each month that arrives moves it"


def test_the_months_of_others_tell_about_a_quarter_that_is_published_late() -> None:
    values = economy(4, seed=3)
    for row in range(1, 4):  # a boom that only the others have shown so far
        values[row, -2:] *= 1.15
    quiet = economy(4, seed=3)
    quarterly = quarterly_target(quiet)
    assert (
        nowcast(values[1:], quarterly, FIRST, TARGET).value > nowcast(quiet[1:], quarterly, FIRST, TARGET).value * 1.01
    )


def test_the_news_of_each_series_and_revisions_add_up_to_what_the_nowcast_moved() -> None:
    values = economy()
    before, now = known(values, 2), known(values, 1)
    now[0, -5] *= 1.03  # an earlier month was revised
    told = nowcast(now, NONE, FIRST, TARGET, own=0, earlier=(before, NONE))
    assert math.isfinite(told.before)
    assert sum(one.impact for one in told.news) + told.revisions == pytest.approx(told.value - told.before)
    assert {one.series for one in told.news} == {0, 1, 2}
    assert {one.month for one in told.news} == {202411}
    own = next(one for one in told.news if one.series == 0)
    assert np.sign(own.impact) == np.sign(own.actual - own.expected)
    assert abs(told.revisions) > 0
    assert [abs(one.impact) for one in told.news] == sorted((abs(one.impact) for one in told.news), reverse=True)


def test_a_month_that_was_missing_is_not_known_to_the_earlier_vintage() -> None:
    newer = known(economy(), 1)
    older = newer.copy()
    older[0, -3] = np.nan
    other = newer.copy()
    other[0, -3] *= 3
    told = [nowcast(months, NONE, FIRST, TARGET, own=0, earlier=(older, NONE)) for months in (newer, other)]
    assert told[1].value > 1.5 * told[0].value
    assert told[1].before == pytest.approx(told[0].before, rel=0.05)


def test_the_month_that_completes_the_quarter_is_news_too() -> None:
    values = economy()
    told = nowcast(values, NONE, FIRST, TARGET, own=0, earlier=(known(values, 1), NONE))
    assert told.known == 3 and told.value == pytest.approx(values[0, -3:].sum()) and told.low95 == told.high95
    assert told.news[0].series == 0 and told.news[0].month == TARGET
    assert sum(one.impact for one in told.news) + told.revisions == pytest.approx(told.value - told.before)


def test_the_same_question_has_the_same_digits_and_other_units_only_scale_them() -> None:
    values = known(economy(), 2)
    one, two = (nowcast(values, NONE, FIRST, TARGET, own=0) for _ in range(2))
    assert one == two
    larger = nowcast(values * 1000, NONE, FIRST, TARGET, own=0)
    assert larger.value == pytest.approx(one.value * 1000, rel=1e-6)
    assert larger.high95 == pytest.approx(one.high95 * 1000, rel=1e-6)


def hostile() -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64], int | None]]:
    values = known(economy(), 2)
    gaps = values.copy()
    gaps[0, 40:55] = np.nan
    gaps[1, ::7] = np.nan
    below = values - values[0].mean()
    shocked = values.copy()
    shocked[:, 60] *= 50
    wild = values.copy()
    wild[1] = np.where(np.arange(MONTHS) % 2, 1e-9, 1e12)
    constant = np.vstack([values[0], np.full(MONTHS, 5.0)])
    alone = values[:1]
    late = values.copy()
    late[1, :100] = np.nan
    zeros = np.vstack([values[0], np.zeros(MONTHS)])
    quarterly = quarterly_target(economy())
    behind = quarterly.copy()
    behind[0, -2] = np.nan
    return {
        "gaps": (gaps, NONE, 0),
        "negative": (below, NONE, 0),
        "a shock": (shocked, NONE, 0),
        "a wild neighbour": (wild, NONE, 0),
        "a constant neighbour": (constant, NONE, 0),
        "no neighbour": (alone, NONE, 0),
        "a late neighbour": (late, NONE, 0),
        "a neighbour of zeros": (zeros, NONE, 0),
        "two quarters behind": (values[1:], behind, None),
        "quarters that fall below zero": (values[1:], quarterly - np.nanmean(quarterly), None),
    }


@pytest.mark.parametrize("name", hostile())
@pytest.mark.filterwarnings("error")
def test_hostile_series_are_answered_without_an_exception_and_without_an_explosion(name: str) -> None:
    months, quarterly, own = hostile()[name]
    told = nowcast(months, quarterly, FIRST, TARGET, own=own)
    assert told.reason == "" or told.reason in NOWCAST_REASONS
    if not told.reason:
        usual = np.nanmax(np.abs(months[own])) * 3 if own is not None else np.nanmax(np.abs(quarterly))
        assert abs(told.value) <= 4 * usual
        assert told.low95 <= told.low80 <= told.value <= told.high80 <= told.high95


def test_a_series_that_cannot_be_told_says_why() -> None:
    values = economy()
    nothing = np.full((2, MONTHS), np.nan)
    young = known(values, 0)
    young[0, :-14] = np.nan
    young[0, -2:] = np.nan
    stale = known(values, 12)
    flat = np.vstack([np.full(MONTHS, 7.0), values[1]])
    flat[:, -1] = np.nan
    cases: list[tuple[Nowcast, str]] = [
        (nowcast(nothing, NONE, FIRST, TARGET, own=0), "no_values"),
        (nowcast(young, NONE, FIRST, TARGET, own=0), "too_short"),
        (nowcast(stale, NONE, FIRST, TARGET, own=0), "too_far"),
        (nowcast(flat, NONE, FIRST, TARGET, own=0), "too_short"),
        (nowcast(nothing, quarterly_target(values), FIRST, TARGET), "too_short"),
    ]
    assert [told.reason for told, _ in cases] == [reason for _, reason in cases]
    assert all(math.isnan(told.value) for told, _ in cases)


def test_tables_that_do_not_fit_are_refused() -> None:
    values = economy()
    for arguments in (
        {"first": 201502, "target": TARGET, "own": 0},
        {"first": FIRST, "target": 202411, "own": 0},
        {"first": FIRST, "target": 201412, "own": 0},
        {"first": FIRST, "target": TARGET},
    ):
        with pytest.raises(ValueError):
            nowcast(values, NONE, **arguments)  # type: ignore[arg-type]


DATA = Path(__file__).parents[4] / "shared" / "data" / "macro" / "china_exports_imports_monthly_1983_2013.csv"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data/macro, which is not here")
def test_on_chinas_trade_the_nowcast_misses_by_less_than_two_simple_rivals() -> None:
    """Rivals: last quarter's growth carried forward, and the known months plus a forecast of the series by itself."""
    with DATA.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    both = np.array([[float(row[name]) for row in rows] for name in ("exports", "imports")])
    misses: dict[tuple[str, int], list[float]] = {}
    for own, other in ((0, 1), (1, 0)):
        for year in range(2006, 2013):
            for month in (3, 6, 9, 12):
                end = (year - 1983) * 12 + month - 6
                some = both[[own, other], end - MONTHS : end]
                whole = quarters(some)[0]
                first = (year - 10) * 100 + month + 1 if month < 12 else (year - 9) * 100 + 1
                for missing in (3, 2, 1):
                    part = known(some, missing)
                    rest = forecast(part[0, :-missing], first, missing, cumulative=True).point[0, -1]
                    told = {
                        "nowcast": nowcast(part, NONE, first, year * 100 + month, own=0).value,
                        "growth": whole[-5] * whole[-2] / whole[-6],
                        "own forecast": np.nansum(part[0, -3:]) + rest,
                    }
                    for name, value in told.items():
                        misses.setdefault((name, 3 - missing), []).append(abs(value / whole[-1] - 1))
    mean = {name: float(np.mean(some)) for name, some in misses.items()}
    for (name, months), miss in sorted(mean.items()):
        print(f"{name}, {months} months known: {miss:.2%} of the quarter")
    for months in (0, 1, 2):
        assert mean["nowcast", months] < mean["growth", months]
        assert mean["nowcast", months] < 1.05 * mean["own forecast", months]
