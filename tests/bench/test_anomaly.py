"""The measures of the bench of anomalies, on numbers made by hand, and what is put into the city's last month."""

from __future__ import annotations

import numpy as np
import pytest
from bench._city_panels import City, injected, live
from bench.anomaly import auc, false_alarms, month_on_month, precision, year_on_year, year_on_year_z

from commercebrain.engine.simulate.world import yyyymm

TRUTH = np.array([True, False, True, False, False])


def test_precision_is_the_share_of_shocks_among_as_many_as_there_are() -> None:
    assert precision(np.array([5.0, 1, 4, 2, 3]), TRUTH) == 1.0
    assert precision(np.array([5.0, 4, 3, 2, 1]), TRUTH) == 0.5


def test_the_area_is_the_chance_that_a_shock_scores_higher() -> None:
    assert auc(np.array([5.0, 1, 4, 2, 3]), TRUTH) == 1.0
    assert auc(np.array([5.0, 4, 3, 2, 1]), TRUTH) == pytest.approx(5 / 6)


def test_false_alarms_are_counted_when_enough_shocks_are_found() -> None:
    assert false_alarms(np.array([5.0, 4, 3, 2, 1]), TRUTH, recall=1.0) == 0.5
    assert false_alarms(np.array([5.0, 4, 3, 2, 1]), TRUTH, recall=0.5) == 0.0


def test_the_plain_rules_compare_with_a_year_and_with_a_month_before() -> None:
    months = np.full((1, 30), 8.0)
    months[0, -1], months[0, -2], months[0, -13] = 2.0, 4.0, 1.0
    assert year_on_year(months)[0] == pytest.approx(np.log(2))
    assert month_on_month(months)[0] == pytest.approx(np.log(2))
    assert np.isfinite(year_on_year_z(months)).all()


@pytest.fixture(scope="module")
def city() -> City:
    return City(3, 202406, firms=300)


def test_the_judged_month_knows_no_shock_that_begins_in_it(city: City) -> None:
    shock = next(
        one for one in city.trade.shocks
        if one.kind == "surge" and city.begin + 24 < one.first <= city.end and live_at(city, one.subject["uscc"], one.first)
    )  # fmt: skip
    firm = city.trade.city.firms.uscc.index(shock.subject["uscc"])
    exports = city.panels(yyyymm(shock.first))[0]
    shaken = city.sums["firm exports"][firm, shock.first - city.begin]
    assert shaken == pytest.approx(exports.values[firm, -1] * shock.factors[0])
    np.testing.assert_array_equal(
        exports.values[firm, :-1], city.sums["firm exports"][firm, : shock.first - city.begin][-83:]
    )


def live_at(city: City, uscc: str, month: int) -> bool:
    return bool(city.sums["firm exports"][city.trade.city.firms.uscc.index(uscc), month - city.begin] > 0)


def test_a_share_of_the_series_is_put_up_or_down_and_nothing_else_changes(city: City) -> None:
    exports = city.panels(202406)[0]
    assert exports.first == 201801 and exports.values.shape[1] == 78
    kept = exports.values[live(exports.values)]
    made, truth = injected(kept, np.random.default_rng(1), 0.15)
    assert truth.sum() == round(0.15 * len(kept))
    np.testing.assert_array_equal(made[~truth], kept[~truth])
    np.testing.assert_array_equal(made[:, :-1], kept[:, :-1])
    assert set(np.round(made[truth, -1] / kept[truth, -1], 6)) == {0.35, 2.5}
