"""The nowcast of an indicator's quarter: from its own months, or from its quarters and other months."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from commercebrain.engine.catalogue import Catalogue, Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.observations import Observation
from commercebrain.engine.outlook.quarters import QuarterNowcast, nowcast_quarter
from commercebrain.engine.periods import Period

REACH = Reach(ALL, "confidential")


def indicator(code: str, **more: object) -> Indicator:
    told: dict[str, object] = {
        "code": code, "name": {"zh": code, "en": code}, "definition": {"zh": code, "en": code}, "unit": "亿元",
        "kind": "annual_flow", "adds": {"time": "sum", "place": "sum"}, "better": "higher", "area": "trade",
        "source": [{"doc": "plan.txt", "clause": "一"}], "dataset": "observations", "lag_days": 20,
    }  # fmt: skip
    return Indicator.model_validate(told | more)


GROWTH = {"kind": "growth", "unit": "%", "adds": {"time": "none", "place": "none"}}
CATALOGUE = Catalogue(
    indicators={
        one.code: one
        for one in (indicator("trade"), indicator("orders"), indicator("output"), indicator("pace", **GROWTH))
    }
)


def rows() -> list[Observation]:
    """Eight years: trade and orders by month, output by quarter only, each known on the 18th after its period."""
    rng = np.random.default_rng(4)
    level = np.exp(3 + np.cumsum(rng.normal(0.005, 0.02, 96)))
    found = []

    def add(code: str, period: Period, value: float) -> None:
        year, month = period.last
        day = date(year + month // 12, month % 12 + 1, 18)
        found.append(
            Observation(
                indicator=code,
                region="330200",
                period=period.text,
                value=Decimal(f"{value:.4f}"),
                unit="%" if code == "pace" else "亿元",
                published=day,
                taken_in=day,
                source="test",
            )
        )

    for n, value in enumerate(level):
        month = Period.of_month(2017 + n // 12, n % 12 + 1)
        add("trade", month, value)
        add("orders", month, value * np.exp(rng.normal(0, 0.01)))
        add("pace", month, 5.0)
        if n % 3 == 2:
            add("output", Period.of_quarter(2017 + n // 12, n % 12 // 3 + 1), level[n - 2 : n + 1].sum() * 2)
    return found


ALL_ROWS = rows()


def ask(code: str, tmp_path: Path, **more: object) -> QuarterNowcast:
    asked: dict[str, object] = {"others": (), "as_of": date(2024, 12, 20), "reach": REACH} | more
    quarter = asked.pop("quarter", None)
    return nowcast_quarter(Sources(Rows(ALL_ROWS), tmp_path), CATALOGUE, code, "330200", quarter, **asked)  # type: ignore[arg-type]


def test_a_quarter_of_known_months_is_their_sum_and_the_next_one_is_asked_for_by_itself(tmp_path: Path) -> None:
    found = ask("trade", tmp_path, quarter="2024-Q3")
    months = [
        row.value for row in ALL_ROWS if row.indicator == "trade" and row.period in ("2024-07", "2024-08", "2024-09")
    ]
    assert found.told.value == pytest.approx(float(sum(months)))
    current = ask("trade", tmp_path)
    assert (current.quarter.text, current.told.known) == ("2024-Q4", 2)
    assert ask("trade", tmp_path, as_of=date(2025, 1, 20)).quarter.text == "2025-01..03"
    before = [
        row.value for row in ALL_ROWS if row.indicator == "trade" and row.period in ("2023-10", "2023-11", "2023-12")
    ]
    assert current.growth == pytest.approx(current.told.value / float(sum(before)) - 1)


def test_an_indicator_published_by_quarter_is_nowcast_from_the_months_of_others(tmp_path: Path) -> None:
    found = ask("output", tmp_path, others=("trade", "orders"))
    truth = next(float(row.value) for row in ALL_ROWS if row.indicator == "output" and row.period == "2024-Q4")
    assert (found.quarter.text, found.series[-1]) == ("2024-Q4", "output")
    assert found.told.value == pytest.approx(truth, rel=0.08)
    assert found.growth == pytest.approx(found.told.value / found.year_before - 1)
    alone = ask("output", tmp_path)
    assert alone.told.reason in ("too_short", "no_values")


def test_what_moved_the_nowcast_names_the_indicators_and_knows_nothing_of_the_future(tmp_path: Path) -> None:
    asked = {"quarter": "2024-Q4", "others": ("orders",)}
    found = ask("trade", tmp_path, since=date(2024, 11, 20), **asked)
    assert {(found.series[one.series], one.month) for one in found.told.news} == {
        ("trade", 202411), ("orders", 202411)
    }  # fmt: skip
    assert found.told.known == 2 and ask("trade", tmp_path, as_of=date(2024, 11, 20), **asked).told.known == 1


def test_a_rate_has_no_sum_of_a_quarter_and_a_month_is_no_quarter(tmp_path: Path) -> None:
    for code, quarter, fault_code in (
        ("pace", None, "nowcast.not_additive"),
        ("trade", "2024-05", "nowcast.no_quarter"),
    ):
        with pytest.raises(UserError) as fault:
            ask(code, tmp_path, quarter=quarter)
        assert fault.value.code == fault_code


def test_what_cannot_be_compared_or_is_no_indicator_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as fault:
        ask("trade", tmp_path, quarter="2024-Q4", others=("nonsense",))
    assert "nonsense" in fault.value.zh
    for day in (date(2024, 11, 20), date(2024, 12, 1)):
        with pytest.raises(UserError) as fault:
            ask("trade", tmp_path, quarter="2024-Q4", others=(), as_of=date(2024, 11, 20), since=day)
        assert fault.value.code == "nowcast.since"


def test_outside_the_reach_there_is_no_nowcast(tmp_path: Path) -> None:
    secret = Catalogue(indicators={"trade": indicator("trade", classification="confidential")})
    stranger = Reach(frozenset({"330600"}), "confidential")
    found = nowcast_quarter(
        Sources(Rows(ALL_ROWS), tmp_path), secret, "trade", "330200", "2024-Q4", others=(), as_of=date(2024, 12, 20),
        reach=stranger,
    )  # fmt: skip
    assert found.told.reason == "no_values" and np.isnan(found.told.value)
