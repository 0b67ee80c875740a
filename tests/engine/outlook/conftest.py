"""Figures made by hand, and Ningbo's total trade as it was published."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from commercebrain.engine.indicators import Figure
from commercebrain.engine.periods import Period

Make = Callable[..., Figure]

# 万元, 海关总署 收发货人所在地总值表, 宁波市.
TOTALS_2024 = (
    "12504912 21783425 32189194 43648455 56094836 68114476 80685003 93448802 105371774 117567314 129219839 142025159"
)
TOTALS_2025 = "14780734 23387508 34885173 47244515 59683133 72179698"
QUARTER_2024, QUARTER_2025 = "11466661 12434480 12004210", "12373037 12461754 12499446"


@pytest.fixture
def fig() -> Make:
    def make(period: str, value: str | None, **more: object) -> Figure:
        fields: dict[str, object] = {
            "indicator": "x",
            "region": "330200",
            "period": Period.parse(period),
            "unit": "亿元",
            "value": None if value is None else Decimal(value),
        }
        growth = more.pop("growth", None)
        if growth is not None:
            more["growth"] = Decimal(str(growth))
        return Figure(**(fields | more))  # type: ignore[arg-type]

    return make


@pytest.fixture
def ningbo(fig: Make) -> list[Figure]:
    # 2020 (plan), 2021 (报告), 2022 (8230.6 + 4440.7); no full year of 2023 is in the material.
    found = [
        fig("2020", "9786.9"),
        fig("2021", "11926.1", growth="0.216"),
        fig("2022", "12671.3", growth="0.063"),
    ]
    for year, totals in ((2024, TOTALS_2024), (2025, TOTALS_2025)):
        for month, total in enumerate(totals.split(), start=1):
            found.append(fig(Period.of_ytd(year, month).text, total, unit="万元"))
    for year, months in ((2024, QUARTER_2024), (2025, QUARTER_2025)):
        for month, value in enumerate(months.split(), start=4):
            found.append(fig(f"{year}-{month:02d}", value, unit="万元"))
    return found
