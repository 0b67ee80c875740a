"""What has stayed off its expectation for months is said below the month's list."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.indicators.table import Vintage
from commercebrain.engine.outlook.anomalies import sinking
from commercebrain.engine.outlook.anomalies.names import Names
from commercebrain.engine.outlook.anomalies.sinking import lasting_notes
from commercebrain.engine.outlook.series import SeriesSet


def _counties(values: np.ndarray) -> SeriesSet:
    keys = [(code,) for code in ("990102", "990103", "990104")[: len(values)]]
    return SeriesSet(
        "customs_export_value", "990100", ("county",), {}, keys, 201901, values.shape[1], values,
        np.full(values.shape, np.nan), "亿元", date(2025, 7, 21), True, Vintage(date(2025, 7, 21), ()),
    )  # fmt: skip


def _names() -> Names:
    catalogue = load_catalogue()
    return Names(catalogue, catalogue.indicator("customs_export_value"))


def _calm(count: int) -> np.ndarray:
    rng = np.random.default_rng(4)
    return np.asarray(10 * np.exp(rng.normal(0, 0.05, (count, 78))))


def test_a_county_whose_exports_fell_and_stayed_is_named_with_the_month_it_began() -> None:
    values = _calm(3)
    values[1, -4:] *= 0.6
    (told,) = lasting_notes(_counties(values), _names())
    name = _names().of("county", ["990103"])["990103"]
    assert told.zh.startswith(f"与半年前的预期相比持续偏低的有1个：{name.zh}（约2025年") and told.zh.endswith("月起）")
    assert (
        told.en.startswith("1 has stayed below what was expected half a year before:")
        and "since about 2025-0" in told.en
    )


def test_nothing_is_said_where_nothing_lasts_or_what_moved_is_too_small() -> None:
    assert lasting_notes(_counties(_calm(3)), _names()) == []
    assert lasting_notes(_counties(_calm(3)[:0]), _names()) == []
    values = _calm(3)
    values[1, -4:] *= 0.6
    assert lasting_notes(_counties(values), _names(), least=100.0) == []


def test_of_very_many_only_the_largest_are_asked_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinking, "LARGEST", 2)
    values = _calm(3) * np.array([[1.0], [5.0], [9.0]])
    values[:2, -4:] *= 0.6
    (told,) = lasting_notes(_counties(values), _names())
    assert told.zh.startswith("最大的2个中，与半年前的预期相比持续偏低的有1个：")
    assert told.en.startswith("Of the largest 2, 1 has stayed below")
