"""Which figure a kept forecast is held against: that of its own indicator and calibre, as first published or as in force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.foresight.forecasting import forecast
from commercebrain.engine.foresight.months import months_from, shift
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.observations import Observation
from commercebrain.engine.outlook.kept import keep, kept_forecasts, scores
from commercebrain.engine.outlook.series import series_set

EVERYTHING = Reach(ALL, "confidential")
CITY, NATION = "330200", "100000"
BEGIN, MONTHS, ORIGIN, TARGET = 202201, 30, 202406, 202407
LATE = date(2024, 12, 31)


def published(code: str, region: str, month: int, value: str, day: date, **more: Any) -> Observation:
    fields: dict[str, Any] = {
        "indicator": code, "region": region, "period": f"{month // 100}-{month % 100:02d}", "value": Decimal(value),
        "unit": "亿元", "published": day, "taken_in": day, "source": "customs",
    }  # fmt: skip
    return Observation(**(fields | more))


def month_after(month: int, day: int) -> date:
    later = shift(month, 1)
    return date(later // 100, later % 100, day)


def history(code: str, region: str, size: int, day: int, **more: Any) -> list[Observation]:
    return [
        published(code, region, month, str(size + month % 100), month_after(month, day), **more)
        for month in months_from(BEGIN, MONTHS)
    ]


def keep_one(home: Path, rows: list[Observation], code: str, **more: Any) -> None:
    made = date(2024, 7, 31)
    found = series_set(
        Sources(Rows(rows), home), load_catalogue(), code, CITY, months=MONTHS, as_of=made, reach=EVERYTHING, **more
    )
    assert found.last == ORIGIN
    assert keep(home, [(found, forecast(found.values, found.first, 1))], made_on=made) == 1


def test_the_figure_first_published_is_the_indicators_own_whatever_else_came_out_before(tmp_path: Path) -> None:
    exports = history("export_value", CITY, 800, 18)
    imports = history("import_value", CITY, 300, 8)
    for rows, code in ((exports, "export_value"), (imports, "import_value")):
        keep_one(tmp_path, rows, code)
    later = [
        published("import_value", CITY, TARGET, "310", date(2024, 8, 8)),
        published("export_value", CITY, TARGET, "700", date(2024, 8, 18)),
        published("export_value", CITY, TARGET, "900", date(2024, 10, 18), flag="revised"),
    ]
    told = Sources(Rows([*exports, *imports, *later]), tmp_path)
    asked: dict[str, Any] = {"as_of": LATE, "reach": EVERYTHING}
    held = kept_forecasts(told, load_catalogue(), "export_value", CITY, **asked)
    assert (held.first.tolist(), held.latest.tolist()) == ([700.0], [900.0])
    point = float(held.rows.columns["point"][0])
    for truth, value in (("first", 700.0), ("latest", 900.0)):
        (one,) = scores(told, load_catalogue(), indicator="export_value", truth=truth, **asked)[:1]  # type: ignore[arg-type]
        assert one.bias == pytest.approx((point - value) / value)


def test_a_share_of_the_nation_is_first_known_when_its_last_part_is(tmp_path: Path) -> None:
    rows = history("trade_value", CITY, 1000, 18) + history("trade_value", NATION, 35000, 8)
    keep_one(tmp_path, rows, "trade_share_of_nation")
    rows += [
        published("trade_value", CITY, TARGET, "1000", date(2024, 8, 8)),
        published("trade_value", NATION, TARGET, "40000", date(2024, 8, 18)),
        published("trade_value", CITY, TARGET, "1200", date(2024, 10, 18), flag="revised"),
    ]
    held = kept_forecasts(
        Sources(Rows(rows), tmp_path), load_catalogue(), "trade_share_of_nation", CITY, as_of=LATE, reach=EVERYTHING
    )
    assert held.first.tolist() == pytest.approx([2.5]) and held.latest.tolist() == pytest.approx([3.0])


def test_a_forecast_of_one_calibre_is_held_against_figures_of_that_calibre(tmp_path: Path) -> None:
    rows = history("export_value", CITY, 800, 18) + history("export_value", CITY, 90, 18, calibre="private")
    keep_one(tmp_path, rows, "export_value", calibre="private")
    rows += [
        published("export_value", CITY, TARGET, "870", date(2024, 8, 18)),
        published("export_value", CITY, TARGET, "97", date(2024, 8, 18), calibre="private"),
    ]
    held = kept_forecasts(
        Sources(Rows(rows), tmp_path), load_catalogue(), "export_value", CITY, as_of=LATE, reach=EVERYTHING
    )
    assert held.latest.tolist() == [97.0] and not held.revised.any()
    assert 50 < float(held.rows.columns["point"][0]) < 150
    assert np.isfinite(held.first).all()
