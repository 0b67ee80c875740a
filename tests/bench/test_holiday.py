"""The bench of the holiday term: forecasts know nothing of what comes after, errors are counted where they belong."""

from __future__ import annotations

import numpy as np
from bench.holiday import CITY_SPAN, city_series, measured

from commercebrain.engine.foresight.months import months_apart

SEASON = np.array([1.0, 0.9, 1.05, 1.0, 1.02, 1.03, 1.0, 1.0, 1.06, 0.97, 1.04, 1.1])


def made(months: int = 78) -> np.ndarray:
    chance = np.random.default_rng(1)
    return np.asarray(
        1e6
        * np.tile(SEASON, 7)[:months]
        * np.exp(0.005 * np.arange(months) + 0.05 * chance.standard_normal((3, months)))
    )


def test_what_comes_later_changes_no_earlier_forecast() -> None:
    values, other = made(), made()
    other[:, 72:] *= 3
    one, two = (measured(each, 201801, 202301, holiday=True, smape=True) for each in (values, other))
    # The first six origins see months up to 202311 at most, the rest reach into what was changed.
    assert np.array_equal(one.each[:, :36], two.each[:, :36])
    assert not np.array_equal(one.each, two.each)


def test_errors_are_counted_by_the_month_they_are_for() -> None:
    found = measured(made(), 201801, 202301, holiday=False, smape=False)
    assert found.each.shape == (3, len(found.month))
    assert (found.month[:6] == np.arange(1, 7)).all()
    # Both months lie ahead of one origin for 2023 (January 2023) and of five for 2024 (September to January).
    assert found.both.shape[1] == 1 + 5
    assert found.mean(1, 2) > 0


def test_the_citys_series_trade_every_month_and_the_totals_are_those_of_its_streams() -> None:
    levels = city_series(3)
    months = months_apart(*CITY_SPAN) + 1
    assert {name: values.shape[1] for name, values in levels.items()} == dict.fromkeys(levels, months)
    assert len(levels["totals"]) == 2
    assert all((values > 0).all() for values in levels.values())
