"""Whatever is promised and whatever is known: a sentence, never a crash, never a verdict without figures."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.depth import examples

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import Figure
from commercebrain.engine.outlook import TargetTerms, assess
from commercebrain.engine.periods import Period
from commercebrain.engine.units import Unit

GOLD = Path(__file__).parents[2] / "gold" / "targets.jsonl"
ROWS = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
STATES = {"met", "on_path", "at_risk", "off_path", "not_measurable"}


def decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def terms_of(row: dict[str, object]) -> TargetTerms:
    return TargetTerms(
        kind=str(row["kind"]),
        direction=str(row["direction"]),
        value=decimal(row["target_value"]),
        value_high=decimal(row["target_value_high"]),
        target_year=row["target_year"],  # type: ignore[arg-type]
        unit=str(row["unit"] or ""),
        comparator=str(row["comparator"]),
        base_value=decimal(row["baseline_value"]),
        base_year=row["baseline_year"],  # type: ignore[arg-type]
        base_unit=str(row["baseline_unit"] or ""),
        period=tuple(row["period"]) if row["period"] else None,  # type: ignore[arg-type]
        per=row["per"],  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_promise_of_the_five_plans_without_figures_is_not_measurable(row: dict[str, object]) -> None:
    found = assess(terms_of(row), [], on=date(2025, 7, 21))
    assert found.state == "not_measurable"
    assert found.landing is None
    assert found.chance is None
    assert "不可测" in found.reason_zh
    assert found.reason_en


def test_every_unit_of_the_five_plans_is_known() -> None:
    for unit in sorted({str(row["unit"] or "") for row in ROWS} - {"番"}):
        try:
            Unit.parse(unit)
        except UserError as error:
            pytest.fail(error.zh)


amounts = st.decimals(min_value=-50, max_value=5000, places=2)
maybe = st.one_of(st.none(), amounts)
years = st.integers(2019, 2025)
periods = st.one_of(
    st.builds(Period.of_year, years),
    st.builds(Period.of_ytd, years, st.integers(1, 12)),
    st.builds(Period.of_month, years, st.integers(1, 12)),
    st.builds(Period.of_point, years, st.integers(1, 12)),
    st.builds(lambda y: Period.of_span(2021, max(y, 2021)), years),
)
figures = st.builds(
    Figure,
    indicator=st.just("x"),
    region=st.just("330200"),
    period=periods,
    unit=st.sampled_from(["亿元", "万元", "%"]),
    value=maybe,
    growth=st.one_of(st.none(), st.decimals(min_value="-0.9", max_value=3, places=3)),
    bound=st.sampled_from(["=", "=", ">", "<", "~"]),
    calibre=st.sampled_from(["", "", "", "other"]),
)
promises = st.builds(
    TargetTerms,
    kind=st.sampled_from(
        ["level", "count", "share", "ratio", "rank", "cumulative", "increment", "growth_rate", "annual_flow", "hold"]
    ),
    direction=st.sampled_from(["up", "down", "hold"]),
    value=maybe,
    value_high=st.one_of(st.none(), st.none(), amounts),
    target_year=st.integers(2020, 2026),
    unit=st.sampled_from(["亿元", "亿元", "%", "番", "倍", "家"]),
    comparator=st.sampled_from([">=", ">", "=", "<=", "<", "~"]),
    base_value=maybe,
    base_year=st.one_of(st.none(), st.integers(2015, 2021)),
    base_unit=st.sampled_from(["", "亿元", "万元"]),
    period=st.one_of(st.none(), st.just((2021, 2025)), st.just((2020, 2022))),
    per=st.sampled_from([None, None, "year", "half-year"]),
    average=st.booleans(),
    better=st.sampled_from(["higher", "lower", "hold"]),
    binding=st.booleans(),
)


@given(promises, st.lists(figures, max_size=12), st.dates(date(2021, 1, 1), date(2027, 12, 31)))
@settings(max_examples=examples(300))
def test_any_promise_with_any_figures_gets_a_sentence_and_no_verdict_without_ground(
    terms: TargetTerms, series: list[Figure], on: date
) -> None:
    found = assess(terms, series, on=on)
    assert found.state in STATES or (found.state == "unmet" and terms.binding)
    assert found.reason_zh.strip()
    assert found.reason_en.strip()
    if found.state == "not_measurable":
        assert found.landing is None
        assert found.chance is None
        assert all(point.forecast is None and point.low80 is None for point in found.path)
    else:
        assert any(f.value is not None or f.growth is not None for f in series)
        assert found.chance is not None
        assert 0 <= found.chance <= 1
    if found.landing is not None:
        assert found.landing.low95 <= found.landing.low80 <= found.landing.high80 <= found.landing.high95
