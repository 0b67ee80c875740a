"""The arithmetic behind the check on real shocks: panels, truth, equal alarms, what was found."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from bench._pictures import alarms_picture
from bench._shock_study import by_round, measure, study, table
from bench._shocks import (
    Hit,
    Panel,
    calibrate,
    fell,
    hits,
    judged,
    lags,
    others_of,
    precision,
    read_panel,
    round_of,
    share_interval,
)
from bench.real_shocks import by_score
from hypothesis import given
from hypothesis import strategies as st

from bench import _rivals as rivals


def _file(folder: Path, text: str) -> Path:
    path = folder / "trade.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_panel_leaves_totals_out_and_reads_absent_months_as_nothing_traded(tmp_path: Path) -> None:
    panel = read_panel(
        _file(
            tmp_path,
            "month,partner,hs2,value_usd,duty_usd\n2019-11,CHINA,00,9,9\n2019-11,CHINA,84,5,1\n"
            "2020-02,CHINA,84,7,2\n2019-12,CHINA,85,3,0\n",
        )
    )
    assert panel.names == ("partner", "hs2")
    assert panel.keys == [("CHINA", "84"), ("CHINA", "85")]
    assert panel.months == [201911, 201912, 202001, 202002]
    np.testing.assert_array_equal(panel.values, [[5, 0, 0, 7], [np.nan, 3, 0, 0]])
    assert panel.duty is not None and panel.duty[0, 3] == 2
    np.testing.assert_array_equal(others_of(panel)[0], [0, 3, 0, 0])


def test_a_file_without_duties_has_none_and_a_month_reported_twice_is_refused(tmp_path: Path) -> None:
    assert read_panel(_file(tmp_path, "month,hs4,value\n2019-11,0101,5\n")).duty is None
    with pytest.raises(ValueError, match="twice"):
        read_panel(_file(tmp_path, "month,hs4,value\n2019-11,0101,5\n2019-11,0101,6\n"))
    with pytest.raises(ValueError, match="month"):
        read_panel(_file(tmp_path, "when,hs4,value\n2019-11,0101,5\n"))


def test_only_series_of_some_size_and_history_are_judged_and_the_month_itself_does_not_decide() -> None:
    values = np.full((3, 40), 100.0)
    values[1] = 1.0
    values[0, 38] = 0.0
    values[2, :10] = np.nan
    np.testing.assert_array_equal(
        judged(values, [20, 38, 39], 50.0), [[False, True, True], [False, False, False], [False, False, False]]
    )


def test_a_duty_that_jumps_and_stays_is_one_hit_in_its_month_and_a_rise_again_is_another() -> None:
    value = np.full((1, 30), 1000.0)
    rate = np.r_[np.full(8, 0.02), np.full(8, 0.12), np.full(14, 0.27)]
    found = hits(value, value * rate)
    assert [(h.row, h.column) for h in found] == [(0, 8), (0, 16)]
    assert found[0].jump == pytest.approx(0.10) and found[1].jump == pytest.approx(0.15)


def test_a_duty_of_one_month_or_of_four_points_is_no_hit() -> None:
    value = np.full((2, 30), 1000.0)
    duty = value * 0.02
    duty[0, 12] = 400.0
    duty[1, 12:] = value[1, 12:] * 0.06
    assert [h.row for h in hits(value, duty)] == []


def test_trade_fell_when_it_lagged_the_others_by_a_fifth() -> None:
    own = np.r_[np.full(12, 100.0), np.full(12, 75.0)][None, :]
    assert fell(own, Hit(0, 12, 0.1), np.full(24, 50.0))
    assert not fell(own, Hit(0, 12, 0.1), np.r_[np.full(12, 50.0), np.full(12, 38.0)])
    assert not fell(own, Hit(0, 20, 0.1), np.full(24, 50.0))


@given(st.integers(0, 2**31), st.floats(0.005, 0.2))
def test_a_calibrated_threshold_gives_the_budget_of_false_alarms_and_hardly_less(seed: int, budget: float) -> None:
    scores = np.random.default_rng(seed).normal(size=(40, 20))
    quiet = np.ones_like(scores, dtype=bool)
    threshold = calibrate(lambda x: -scores > x, quiet, budget)
    alarms = (-scores > threshold).sum()
    assert budget * 800 - 1 <= alarms <= budget * 800


def test_the_lag_is_counted_from_the_hit_and_early_alarms_are_not_finds() -> None:
    alarms = np.zeros((2, 12), dtype=bool)
    alarms[0, [1, 6]] = True
    alarms[1, 11] = True
    assert lags(alarms, [Hit(0, 14, 0.1), Hit(1, 12, 0.1)], 10) == [2, None]
    assert precision(alarms, [Hit(0, 14, 0.1)], 10, np.ones_like(alarms)) == (1, 3)


def test_the_interval_of_a_share_holds_it_and_draws_whole_series() -> None:
    mean, low, high = share_interval([1, 1, 0, 0, 1, 0], [0, 0, 1, 1, 2, 2])
    assert low <= mean == 0.5 <= high
    assert share_interval([1, 0], [7, 7]) == (0.5, 0.5, 0.5)


def test_the_duty_of_october_2018_belongs_to_list_three() -> None:
    assert round_of(201810) == "list 3, 10 %"
    assert round_of(201906) == "list 3, 25 %"
    assert round_of(201712) == ""


def test_the_year_on_year_rule_needs_a_base() -> None:
    values = np.array([[10.0] * 12 + [7.0], [0.0] * 12 + [5.0]])
    np.testing.assert_allclose(rivals.year_on_year(values, [12]), [[-0.3], [np.nan]])
    assert rivals.year_on_year_log(np.array([[10.0] * 12 + [0.0]]), [12])[0, 0] == -20


def test_cusum_adds_small_falls_up_signals_once_and_begins_again() -> None:
    surprise = np.full((1, 14), -1.5)
    np.testing.assert_array_equal(np.flatnonzero(rivals.cusum(surprise, 5.0)[0]), [5, 11])
    assert not rivals.cusum(surprise, 5.0, sign=1).any()
    assert not rivals.cusum(np.full((1, 50), np.nan), 5.0).any()


def test_the_season_alone_is_no_surprise_and_a_fall_beyond_it_is() -> None:
    rng = np.random.default_rng(3)
    season = 1 + 0.4 * np.sin(np.arange(72) / 12 * 2 * np.pi)
    values = (100 * season * np.exp(rng.normal(0, 0.02, 72)))[None, :]
    calm = rivals.deseasonalised_surprise(values, range(48, 72))
    assert np.abs(calm).max() < 5
    values[0, 71] *= 0.6
    assert rivals.deseasonalised_surprise(values, [71])[0, 0] < -10
    assert np.isnan(rivals.deseasonalised_surprise(np.full((1, 72), np.nan), [71])).all()


def test_the_picture_is_an_svg_with_words_in_both_languages_and_colours_for_the_dark() -> None:
    months = [201801 + n for n in range(12)]
    lines = {f"{way}, {who}": [float(n) for n in range(12)] for way in ("house", "同比") for who in ("hit", "other")}
    text = alarms_picture(months, lines)
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert "prefers-color-scheme:dark" in text and "同比" in text and "year-on-year" in text
    assert text.count('class="house"') == 3


def _panel() -> Panel:
    """Two partners × three products; CHINA 01 pays 15 points more from 2018-10 on, and halves."""
    rng = np.random.default_rng(11)
    keys = [(partner, product) for partner in ("CHINA", "VIETNAM") for product in ("01", "02", "03")]
    values = 1e8 * np.exp(rng.normal(0, 0.05, (6, 96)))
    duty = 0.02 * values
    hit = 69  # 2018-10, the first month being 2013-01
    values[0, hit:] *= 0.5
    duty[0, hit:] = 0.17 * values[0, hit:]
    return Panel(("partner", "hs2"), keys, 201301, values, duty)


def test_a_hit_is_held_against_the_same_product_of_a_partner_that_was_not_hit() -> None:
    done = study(_panel(), 1e6)
    assert [(h.row, h.column) for h in done.hits] == [(0, 69)] and done.felt == [True]
    assert [(h.row, h.column) for h in done.controls] == [(3, 69)]


def test_every_way_of_flagging_is_measured_at_the_same_false_alarms() -> None:
    done = study(_panel(), 1e6)
    scores = rivals.year_on_year_log(done.panel.values, done.columns)
    told = measure(done, by_score("同比", scores, 0.36), 1.0)
    assert told["recall"][0] == 1.0 and told["control"] == 0.0 and told["lag"] == 0
    assert told["quiet_per_100"] <= 1.0
    assert measure(done, by_score("nothing", np.zeros_like(scores), 1.0), 1.0)["recall"][0] == 0.0
    text = by_round(done, [told], "同比")
    assert "| list 3, 10 % | 1 | 1 (after 0) |" in text and "none" in text
    assert "| 同比 |" in table([told])
