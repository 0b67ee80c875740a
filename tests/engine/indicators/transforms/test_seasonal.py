"""Seasonal adjustment: what was put in as season and festival comes out, a shock stays, a short series says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.calendar import WINDOWS, festival_shares
from commercebrain.engine.indicators.spine import months_in
from commercebrain.engine.indicators.transforms.seasonal import MOST_BY_X13, adjust

MONTHS = list(months_in(201601, 202512))


def made(noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """(the adjusted series that is to come back, the raw one): growing 6 % a year with a season and a festival."""
    at = np.arange(len(MONTHS))
    true = 1e9 * 1.06 ** (at / 12) * np.exp(noise * np.random.default_rng(3).standard_normal(len(MONTHS)))
    season = np.array([0.0, -0.1, 0.05, 0, 0.02, 0.03, 0.01, 0, 0.06, -0.03, 0.04, 0.1])
    season -= season.mean()
    log = season[[m % 100 - 1 for m in MONTHS]] - 0.4 * festival_shares(MONTHS)[:, WINDOWS.index("holiday")]
    return true, true * np.exp(log)


def test_a_season_and_a_festival_that_were_put_in_come_out() -> None:
    true, raw = made()
    found = adjust(raw[None, :], MONTHS)[0]
    assert np.abs(found / true - 1).max() < 0.01
    assert np.abs(raw / true - 1).max() > 0.1


def test_adjusted_figures_move_less_from_month_to_month() -> None:
    _, raw = made(noise=0.02)
    found = adjust(raw[None, :], MONTHS)[0]
    assert np.std(np.diff(np.log(found))) < 0.5 * np.std(np.diff(np.log(raw)))


def test_a_shock_stays_where_it_is_and_does_not_become_a_season() -> None:
    true, raw = made(noise=0.01)
    raw[100] *= 0.5
    found = adjust(raw[None, :], MONTHS)[0]
    assert found[100] / true[100] == pytest.approx(0.5, rel=0.05)
    assert found[88] / true[88] == pytest.approx(1, rel=0.05)


def test_series_are_adjusted_each_for_itself_and_gaps_stay_gaps() -> None:
    _, raw = made(noise=0.01)
    gap = raw.copy()
    gap[40:43] = np.nan
    short = np.full_like(raw, np.nan)
    short[-30:] = raw[-30:]
    negative = raw - 1.2e9
    together = adjust(np.stack([raw, gap, short, negative]), MONTHS)
    assert together[0] == pytest.approx(adjust(raw[None, :], MONTHS)[0])
    assert np.isnan(together[1][40:43]).all()
    assert not np.isnan(np.delete(together[1], [40, 41, 42])).any()
    assert np.isnan(together[2]).all(), "30 months say nothing about a season"
    assert not np.isnan(together[3]).any()


def test_x13_is_asked_where_it_is_wished_for_and_says_what_to_do_where_it_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, raw = made()
    monkeypatch.delenv("CBRAIN_X13", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError) as told:
        adjust(raw[None, :], MONTHS, "x13")
    assert told.value.code == "x13.missing"


def test_more_series_than_x13_can_do_in_a_while_are_refused() -> None:
    _, raw = made()
    with pytest.raises(UserError) as told:
        adjust(np.tile(raw, (MOST_BY_X13 + 1, 1)), MONTHS, "x13")
    assert told.value.code == "x13.too_many"
