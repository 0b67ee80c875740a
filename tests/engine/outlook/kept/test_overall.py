"""Many scores in one sentence; how many forecasts held within their interval."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from commercebrain.engine.outlook.kept import Score, hits, outside80, overall
from commercebrain.engine.outlook.kept.scoring import Held
from commercebrain.engine.outlook.kept.store import KeptRows

NAN = float("nan")
ONE = Score("a", "990100", (), 0, "latest", 1, 10, 5.0, 0.5, 0.0, 0.8, 0.9, 6.0, 0.9, 2, 0)


def test_each_forecast_counts_once_and_single_horizons_are_not_counted_again() -> None:
    small, large = replace(ONE, n=10, coverage80=1.0), replace(ONE, indicator="b", n=30, coverage80=0.8, mase=1.2)
    told = overall([small, replace(small, horizon=1), large, replace(large, horizon=3)])
    assert (told.sets, told.better, told.n, told.later) == (2, 1, 40, 4)
    assert told.coverage80 == pytest.approx(0.85)


def test_a_set_without_intervals_or_without_a_naive_forecast_spoils_no_number() -> None:
    told = overall([ONE, replace(ONE, coverage80=NAN, naive_mase=NAN, n=90)])
    assert told.coverage80 == pytest.approx(0.8) and told.better == 1 and told.n == 100
    assert np.isnan(overall([]).coverage80) and overall([]).sets == 0


def held(rows: list[tuple[float, float, float]]) -> Held:
    low, high, actual = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    columns: dict[str, Any] = {"run": np.zeros(len(low)), "low80": low, "high80": high}
    return Held(KeptRows(columns), actual, actual, np.zeros(len(low), bool))


def test_a_truth_that_is_not_known_and_a_forecast_without_interval_are_neither_in_nor_out() -> None:
    found = held([(1, 3, 2), (1, 3, 4), (1, 3, NAN), (NAN, NAN, 2), (1, 3, 3)])
    assert outside80(found).tolist() == [False, True, False, False, False]
    told = hits(found)
    assert (told.inside, told.n) == (2, 3) and told.share == pytest.approx(2 / 3)


@given(some.lists(some.tuples(*[some.floats(-9, 9)] * 3), min_size=1))
def test_inside_and_outside_are_all_there_is(rows: list[tuple[float, float, float]]) -> None:
    found = held([(min(a, b), max(a, b), c) for a, b, c in rows])
    told = hits(found)
    assert told.n == len(rows) == told.inside + int(outside80(found).sum())
