"""The latest month against what it should have been: what is flagged, what is not, and who is looked at first."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.engine.foresight.ordinary import ordinary
from tests.engine.foresight.test_forecasting import motley

from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.calendar import festival_shares
from commercebrain.engine.foresight.judging import judge
from commercebrain.engine.foresight.months import months_from
from commercebrain.engine.foresight.peers import LEAST_FOR_PATH, beside_peers, group_medians, shared_gap
from commercebrain.engine.foresight.result import REASONS, Floats
from commercebrain.engine.foresight.steady import steady

pytestmark = pytest.mark.filterwarnings("error")
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

IN_UNITS = ("value", "expected", "low80", "high80", "low95", "high95")
PLAIN = ("score", "base", "base_effect", "calendar", "calendar_year_before")


def many(count: int = 60, months: int = 72) -> Floats:
    return np.stack([ordinary(months, seed) for seed in range(count)])


def why(reason: int) -> str:
    return REASONS[reason]


def test_a_month_that_falls_to_a_third_is_a_drop_and_comes_first() -> None:
    series = many()
    series[17, -1] *= 0.35
    series[40, -1] *= 2.5
    found = judge(series, 201901)
    assert (found.kind[17], found.kind[40]) == ("drop", "rise")
    assert {int(found.rank[17]), int(found.rank[40])} == {0, 1}
    assert found.score[17] < -3 and found.score[40] > 3
    assert found.month == 202412


def test_of_undisturbed_months_about_one_in_twenty_is_outside_its_band() -> None:
    found = judge(many(600), 201901)
    outside = (found.value < found.low95) | (found.value > found.high95)
    assert 0.01 < outside.mean() < 0.12
    np.testing.assert_array_equal(outside, found.kind != "")


def test_bands_lie_around_the_expectation_one_inside_the_other() -> None:
    found = judge(motley(), 202001)
    told = (found.reason == 0) & np.isfinite(found.low80)
    assert told.sum() > 15
    order = [found.low95, found.low80, found.expected, found.high80, found.high95]
    for lower, upper in pairwise(order):
        assert (lower[told] <= upper[told] + 1e-9 * np.abs(upper[told])).all()


def test_the_mean_of_months_mostly_without_trade_lies_in_its_bands() -> None:
    chance = np.random.default_rng(1)
    often = chance.random(1500)[:, None]
    series = np.exp(chance.normal(3, 0.4, (1500, 60))) * (chance.random((1500, 60)) < often)
    found = judge(series, 202001)
    told = found.reason == 0
    assert told.sum() > 1000
    for lower, upper in pairwise([found.low95, found.low80, found.expected, found.high80, found.high95]):
        assert (lower[told] <= upper[told]).all()


def test_a_series_is_judged_the_same_alone_and_among_thousands() -> None:
    some = motley()
    crowd = np.concatenate([some, *(motley() * (2 + n) for n in range(40))])
    batch = judge(crowd, 202001, threads=2)
    for n, row in enumerate(some):
        alone = judge(row[None, :], 202001)
        for name in (*IN_UNITS, *PLAIN, "kind", "reason"):
            np.testing.assert_array_equal(getattr(alone, name)[0], getattr(batch, name)[n], err_msg=f"{name} of {n}")


def test_ranks_keep_their_order_whoever_else_is_judged() -> None:
    some = many(30)
    some[3, -1] *= 0.4
    some[9, -1] *= 1.9
    alone, crowd = judge(some, 201901), judge(np.concatenate([some, many(50) * 3]), 201901)
    np.testing.assert_array_equal(np.argsort(alone.rank), np.argsort(crowd.rank[:30]))
    assert sorted(crowd.rank.tolist()) == list(range(80))


@given(st.sampled_from([1e-6, 1e-3, 1000.0, 1e8]))
@few
def test_other_units_give_the_same_verdicts(factor: float) -> None:
    ours, theirs = judge(motley(), 202001), judge(motley() * factor, 202001)
    np.testing.assert_array_equal(ours.kind, theirs.kind)
    np.testing.assert_allclose(ours.score, theirs.score, rtol=1e-5, atol=1e-6)
    for name in IN_UNITS:
        np.testing.assert_allclose(getattr(ours, name) * factor, getattr(theirs, name), rtol=1e-6, atol=1e-9 * factor)


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 4), st.integers(0, 40)),
        elements=st.one_of(st.just(np.nan), st.just(0.0), st.floats(-1e12, 1e12, allow_subnormal=False)),
    )
)
@few
def test_no_figures_make_it_fail_and_every_series_has_a_verdict_or_a_reason(series: Floats) -> None:
    found = judge(series, 202001, peers=np.zeros(len(series), np.int64))
    assert (np.isfinite(found.score) == (found.reason == 0)).all()
    assert not (found.kind[found.reason != 0] != "").any()
    assert sorted(found.rank.tolist()) == list(range(len(series)))


def test_why_there_is_no_verdict_is_said() -> None:
    good = ordinary(60)
    behind, young, ended, small = good.copy(), good.copy(), good.copy(), good / 1000
    behind[-1], young[:-9], ended[-20:] = np.nan, np.nan, 0.0
    table = np.stack([good, behind, young, ended, small, np.full(60, np.nan)])
    found = judge(table, 202001, least=float(good.mean()) / 10)
    told = [why(int(reason)) for reason in found.reason]
    assert told == ["", "not_current", "too_short", "stopped", "too_small", "no_values"]
    assert set(found.rank[:1]) == {0}


def test_a_month_without_trade_is_a_drop_only_where_there_always_was_some() -> None:
    rng = np.random.default_rng(5)
    always, seldom = ordinary(72, 3), ordinary(72, 4)
    seldom[rng.random(72) < 0.5] = 0.0
    seldom[-2] = 1000.0
    always[-1] = seldom[-1] = 0.0
    found = judge(np.stack([always, seldom]), 201901)
    assert found.kind.tolist() == ["drop", ""]
    assert found.low80[1] == 0.0 < found.low80[0]


def test_months_without_trade_in_a_row_are_a_drop_where_each_by_itself_is_none() -> None:
    """A small firm that misses a month in eight and then stops: no one of its empty months is unusual, three are."""
    firm = ordinary(72, 6)
    firm[[10, 18, 27, 35, 44, 52, 60]] = 0.0
    firm[-3:] = 0.0
    found = [judge(firm[None, : 72 - back], 201901) for back in (2, 1, 0)]
    assert found[0].kind[0] == "" and found[2].kind[0] == "drop"
    assert found[0].score[0] > found[1].score[0] > found[2].score[0]
    assert found[0].low95[0] == 0.0 < found[2].low95[0] <= found[2].expected[0]


def test_a_usual_month_after_months_without_trade_is_no_rise() -> None:
    every_other = ordinary(72, 8)
    every_other[::2] = 0.0
    every_other[-1] = np.median(every_other[every_other > 0])
    found = judge(every_other[None, :], 201901)
    assert (found.kind[0], why(int(found.reason[0]))) == ("", "")
    assert found.expected[0] < found.value[0]


def test_goods_of_one_season_are_not_missed_in_the_others() -> None:
    series = np.tile(np.where(np.isin(np.arange(12), (8, 9, 10)), 100.0, 0.0), 6)
    series[series > 0] *= np.exp(0.1 * np.random.default_rng(1).standard_normal(18))
    winter, autumn = judge(series[None, :], 201901), judge(series[None, :-2], 201901)
    assert winter.kind[0] == autumn.kind[0] == ""


def test_a_low_base_is_told_from_a_good_month() -> None:
    series = many(1)[0]
    series[-13] *= 0.5
    found = judge(series[None, :], 201901)
    assert found.base_effect[0] == pytest.approx(-0.5, abs=0.15)
    assert found.base[0] > 0.5 and found.kind[0] == ""


def test_a_wider_interval_flags_less() -> None:
    series = many(300)
    flagged = [int((judge(series, 201901, level=level).kind != "").sum()) for level in (0.5, 0.8, 0.95, 0.999)]
    assert flagged == sorted(flagged, reverse=True) and flagged[0] > flagged[-1]
    assert flagged[1] == pytest.approx(0.2 * 300, abs=35)


def test_series_that_go_below_zero_are_judged_on_their_values() -> None:
    rng = np.random.default_rng(2)
    balance = rng.normal(0, 10, (20, 72))
    balance[4, -1] = -80.0
    found = judge(balance, 201901)
    assert found.kind[4] == "drop" and found.rank[4] == 0
    assert (found.low95[4] < 0) and np.isfinite(found.score).all()


def test_peers_change_the_rank_and_nothing_of_the_verdict() -> None:
    series = many(80)
    series[:40, -1] *= 0.5
    series[7, -1] *= 0.5
    series[60, -1] *= 0.5
    group = np.repeat([0, 1], 40)
    alone, together = judge(series, 201901), judge(series, 201901, peers=group)
    for name in (*IN_UNITS, *PLAIN, "kind", "reason"):
        np.testing.assert_array_equal(getattr(alone, name), getattr(together, name), err_msg=name)
    assert np.isnan(alone.peers).all()
    assert together.peers[0] < -2 < -1 < together.peers[50] < 1
    assert set(np.argsort(together.rank)[:2].tolist()) == {7, 60}


def test_who_has_no_group_is_ranked_by_itself() -> None:
    series = many(12)
    nobody, small = np.full(12, -1), np.array([0, 0, 0, *range(1, 10)])
    plain = judge(series, 201901).rank
    np.testing.assert_array_equal(judge(series, 201901, peers=nobody).rank, plain)
    np.testing.assert_array_equal(judge(series, 201901, peers=small).rank, plain)


def test_the_festival_is_shown_and_not_taken_for_a_drop() -> None:
    months = months_from(201802, 85)  # to February 2025
    effect = np.exp(festival_shares(months) @ np.array([0.0, -0.6, 0.0]))
    rng = np.random.default_rng(3)
    series = 100 * effect * np.exp(0.03 * rng.standard_normal((40, 85)))
    found = judge(series, 201802)
    assert found.month == 202502
    moved = np.median(found.calendar / found.calendar_year_before)
    assert moved == pytest.approx(effect[-1] / effect[-13], rel=0.1)
    assert (found.kind != "").mean() < 0.25


def test_what_is_no_table_of_numbers_is_refused_in_a_sentence() -> None:
    with pytest.raises(UserError) as fault:
        judge([["a"]], 202001)
    assert fault.value.code == "foresight.not_numbers"
    for level in (0.0, 1.0, 95.0, float("nan")):
        with pytest.raises(UserError, match="between 0 and 1"):
            judge(np.ones((1, 30)), 202001, level=level)


# -- the second look, and what a group has in common


def test_the_steady_look_knows_level_and_season_and_forgets_a_lone_month() -> None:
    season = np.log(np.array([0.8, 0.7, 1.1, 1.0, 1.0, 1.05, 1.0, 0.95, 1.1, 1.2, 1.1, 1.0]))
    rng = np.random.default_rng(4)
    work = np.tile(season, 7)[None, :] + 0.02 * rng.standard_normal((30, 84))
    broken = work.copy()
    broken[:, -1] -= 2.0
    for table in (work, broken):
        expected, spread = steady(table)
        np.testing.assert_allclose(expected, season[0], atol=0.15)
        assert (spread > 0).all()


def test_the_steady_look_says_nothing_of_what_it_cannot_know() -> None:
    expected, spread = steady(np.array([[np.nan] * 20, [np.nan] * 19 + [1.0]]))
    assert np.isnan(expected).all() and np.isnan(spread).all()
    assert steady(np.empty((0, 12)))[0].shape == (0,)


def test_a_group_of_few_says_nothing() -> None:
    medians, counts = group_medians(np.array([1.0, 2.0, np.nan, 4.0, 9.0, 9.0]), np.array([0, 0, 0, 0, 1, -1]))
    assert np.isnan(medians).all() and not counts.any()
    medians, counts = group_medians(np.arange(6.0), np.array([0, 0, 0, 0, 0, 1]))
    assert medians[:5].tolist() == [2.0] * 5 and np.isnan(medians[5])
    assert counts.tolist() == [5.0] * 5 + [0.0]


def test_what_may_be_chance_is_not_taken_for_shared() -> None:
    gap = np.array([0.05, -0.02, 0.04, 0.01, 0.03, -0.01])
    assert not shared_gap(gap, np.full(6, 0.3), np.zeros(6, np.int64)).any()
    moved = shared_gap(gap - 1, np.full(6, 0.3), np.zeros(6, np.int64))
    assert (moved < -0.7).all() and (moved > np.median(gap - 1)).all()


def test_beside_a_group_a_common_step_is_nobodys_own() -> None:
    rng = np.random.default_rng(6)
    work = rng.normal(0, 0.1, (LEAST_FOR_PATH + 5, 60)) + np.where(np.arange(60) >= 55, 0.6, 0.0)
    now = rng.normal(0.6, 0.1, len(work))
    now[3] -= 0.8
    gap, spread = beside_peers(work, now, np.zeros(len(work), np.int64))
    assert np.argmin(gap) == 3 and gap[3] == pytest.approx(-0.8, abs=0.35)
    assert np.abs(np.delete(gap, 3)).max() < 0.4 and np.median(spread) < 0.2
    assert np.isnan(beside_peers(work[:8], now[:8], np.zeros(8, np.int64))[0]).all()


def test_members_without_trade_have_no_say_in_what_a_group_has_in_common() -> None:
    rng = np.random.default_rng(6)
    work = rng.normal(0, 0.1, (60, 60))
    now = rng.normal(0, 0.1, 60)
    alone, _ = beside_peers(work, now, np.zeros(60, np.int64))
    idle = now.copy()
    idle[::3] = -np.inf  # the logarithm of nothing
    gap, _ = beside_peers(work, idle, np.zeros(60, np.int64))
    traded = np.isfinite(idle)
    assert np.isnan(gap[~traded]).all()
    np.testing.assert_allclose(gap[traded], alone[traded], atol=0.05)


def test_a_group_of_whom_many_had_no_trade_is_judged_without_a_warning() -> None:
    series = many(80)
    series[::2, -1] = 0.0
    found = judge(series, 201901, peers=np.zeros(80, np.int64))
    assert (found.kind[::2] == "drop").all() and set(found.rank.tolist()) == set(range(80))
