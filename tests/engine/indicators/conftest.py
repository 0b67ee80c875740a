"""A small catalogue, and observations of Ningbo's trade as customs published them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from commercebrain.engine.catalogue import Catalogue, Indicator
from commercebrain.engine.observations import Observation

# 万元, 海关总署 收发货人所在地总值表: months, then running totals from January (宁波市).
MONTHS_2024 = (
    "12504912 9278513 10410765 11466661 12434480 12004210 12567556 12839446 11975434 12240978 11657066 12834764"
)
TOTALS_2024 = (
    "12504912 21783425 32189194 43648455 56094836 68114476 80685003 93448802 105371774 117567314 129219839 142025159"
)
MONTHS_2025 = "14780734 8606774 11500252 12373037 12461754 12499446"
TOTALS_2025 = "14780734 23387508 34885173 47244515 59683133 72179698"


def make_indicator(code: str, **more: object) -> Indicator:
    base: dict[str, object] = {
        "code": code,
        "name": {"zh": code, "en": code},
        "definition": {"zh": code, "en": code},
        "unit": "亿元",
        "kind": "annual_flow",
        "adds": {"time": "sum", "place": "sum"},
        "better": "higher",
        "area": "trade",
        "source": [{"doc": "plan.txt", "clause": "一"}],
    }
    if "formula" not in more:
        base["dataset"] = "observations"
    return Indicator.model_validate(base | more)


@pytest.fixture
def catalogue() -> Catalogue:
    ratio = {"kind": "ratio", "adds": {"time": "none", "place": "none"}}
    made = [
        make_indicator("trade_value", lag_days=20),
        make_indicator("export_value", lag_days=20),
        make_indicator("import_value", lag_days=20),
        make_indicator("secret_value", classification="confidential"),
        make_indicator("hospitals", unit="家", kind="stock", adds={"time": "last", "place": "sum"}),
        make_indicator("export_import_ratio", formula="export_value / import_value", unit=":1", **ratio),
        make_indicator("trade_share", formula="trade_value / nation.trade_value", unit="%", **ratio),
    ]
    return Catalogue(indicators={one.code: one for one in made})


Row = Callable[..., Observation]


@pytest.fixture
def row() -> Row:
    def make(period: str, value: str | None, **more: object) -> Observation:
        published = more.pop("published", date(2025, 1, 18))
        fields: dict[str, object] = {
            "indicator": "trade_value",
            "region": "330200",
            "period": period,
            "value": None if value is None else Decimal(value),
            "unit": "亿元",
            "published": published,
            "taken_in": published,
            "source": "customs",
        }
        return Observation(**(fields | more))  # type: ignore[arg-type]

    return make


@pytest.fixture
def ningbo(row: Row) -> list[Observation]:
    rows: list[Observation] = []
    for year, months, totals in ((2024, MONTHS_2024, TOTALS_2024), (2025, MONTHS_2025, TOTALS_2025)):
        for number, (month, total) in enumerate(zip(months.split(), totals.split(), strict=True), start=1):
            published = date(year + number // 12, number % 12 + 1, 18)
            more = {"unit": "万元", "published": published}
            rows.append(row(f"{year}-{number:02d}", month, **more))
            if number > 1:
                period = f"{year}" if number == 12 else f"{year}-01..{number:02d}"
                rows.append(row(period, total, **more))
    return rows
