"""The landing: bands that are ordered, errors from the own history where there is one, a floor that is
told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.indicators import Figure
from commercebrain.engine.outlook import Settings, TargetTerms, landing, paths
from commercebrain.engine.outlook.evidence import Evidence, gather
from commercebrain.engine.periods import Period

D = Decimal
TERMS = TargetTerms(kind="level", direction="up", value=D(200), unit="亿元", target_year=2025)
ON = date(2025, 7, 21)


def evidence(values: dict[str, object]) -> Evidence:
    rows = [Figure("x", "330200", Period.parse(p), "亿元", D(str(v))) for p, v in values.items()]
    return gather(rows, TERMS, ON)


def test_without_any_growth_on_record_there_is_no_forecast() -> None:
    assert landing.forecast(evidence({"2024": 100}), 2025, additive=False, settings=Settings()) is None
    assert landing.forecast(evidence({}), 2025, additive=False, settings=Settings()) is None


def test_a_growth_is_carried_on_the_more_the_longer_it_lasted_and_a_short_history_says_its_floor() -> None:
    found = landing.forecast(evidence({"2023": 100, "2024": 110}), 2025, additive=False, settings=Settings())
    assert found is not None
    assert round(found.at(0), 3) == round(110 * D("1.1") ** (D(1) / 3), 3)
    plain = landing.forecast(
        evidence({"2023": 100, "2024": 110}), 2025, additive=False, settings=Settings(growth_weight=0)
    )
    assert plain is not None
    assert round(plain.at(0), 3) == 121
    longer = landing.forecast(
        evidence({str(2024 - n): D(110) / D("1.1") ** n for n in range(6)}), 2025, additive=False, settings=Settings()
    )
    assert longer is not None
    assert 116 < longer.at(0) < 121
    assert found.errors == 0
    assert "下限" in found.note_zh
    wider = landing.forecast(
        evidence({"2023": 100, "2024": 110}), 2025, additive=False, settings=Settings(floor_growth=0.2)
    )
    assert wider is not None
    assert wider.spread > found.spread


def test_a_longer_history_brings_its_own_errors() -> None:
    rows = {str(y): v for y, v in zip(range(2018, 2025), (100, 112, 109, 125, 131, 150, 158), strict=True)}
    found = landing.forecast(evidence(rows), 2025, additive=False, settings=Settings())
    assert found is not None
    assert found.errors >= 3
    assert "误差" in found.note_zh


def test_farther_years_are_less_sure() -> None:
    known = evidence({"2021": 100, "2022": 108, "2023": 120})
    spreads = []
    for year in (2024, 2025, 2026):
        found = landing.forecast(known, year, additive=False, settings=Settings())
        assert found is not None
        spreads.append(found.spread)
    assert spreads == sorted(spreads)


def test_a_later_month_makes_this_year_surer() -> None:
    base: dict[str, object] = {"2023": 100, "2024": 110, "2024-01..03": 25, "2024-01..06": 54}
    early = landing.forecast(evidence(base | {"2025-01..03": 27}), 2025, additive=False, settings=Settings())
    late = landing.forecast(
        evidence(base | {"2025-01..03": 27, "2025-01..06": 58}), 2025, additive=False, settings=Settings()
    )
    assert early is not None
    assert late is not None
    assert late.spread < early.spread
    assert late.method == "season"


def test_without_the_same_months_of_last_year_the_running_total_is_not_used() -> None:
    found = landing.forecast(
        evidence({"2023": 100, "2024": 110, "2025-01..06": 58}), 2025, additive=False, settings=Settings()
    )
    assert found is not None
    assert found.method == "growth"


def test_the_own_season_is_the_mean_of_past_shares() -> None:
    totals, running = {2022: D(100), 2023: D(100), 2024: D(200)}, {2023: D(40), 2024: D(100)}
    assert paths.season_share(totals, running, 3) == D("0.45")
    assert paths.season_share(totals, running, 1) == D("0.5")
    assert paths.season_share(totals, {}, 3) is None


def test_the_last_quarter_by_running_totals_where_months_are_not_published() -> None:
    known = evidence({"2024": 120, "2024-01..03": 30, "2024-01..06": 60, "2025-01..03": 30, "2025-01..06": 66})
    points = {s.code: s.point for s in landing.scenarios(known, 2025)}
    assert points["last_quarter"] == 66 + 60 * D(36) / D(30)
    assert points["flat"] == 126


levels = st.lists(st.integers(500, 2000), min_size=2, max_size=9)


@given(levels, st.booleans())
@settings(max_examples=60)
def test_bands_are_ordered_and_the_chance_falls_with_the_target(values: list[int], additive: bool) -> None:
    known = evidence({str(2024 - n): v for n, v in enumerate(reversed(values))})
    found = landing.forecast(known, 2025, additive=additive, settings=Settings())
    assert found is not None
    one = found.landing()
    assert one.low95 <= one.low80 <= one.point <= one.high80 <= one.high95
    chances = [found.chance(D(aim), None) for aim in (1, 100, 1000, 10000)]
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= c <= 1 for c in chances)
    inside = found.chance(one.low80, one.high80)
    assert inside > D("0.79")
    assert inside < D("0.81") or one.low80 == 0  # what would lie below nothing is nothing


@pytest.mark.parametrize(("when", "value"), [("2020", "100"), ("2022.5", "150"), ("2025", "200"), ("2030", "200")])
def test_the_straight_line_ends_at_the_target(when: str, value: str) -> None:
    terms = replace(TERMS, base_value=D(100), base_year=2020)
    assert paths.straight(terms, D(when)) == D(value)


def test_constant_growth_passes_the_geometric_middle() -> None:
    terms = replace(TERMS, base_value=D(50), base_year=2021)
    assert round(paths.constant_growth(terms, D(2023)), 6) == 100  # type: ignore[arg-type]
    assert paths.constant_growth(replace(terms, base_value=D(0)), D(2023)) is None


def test_years_with_only_a_growth_are_chained_for_the_forecast_and_told_so() -> None:
    rows = [
        Figure("x", "330200", Period.parse("2021"), "亿元", D(100)),
        Figure("x", "330200", Period.parse("2022"), "亿元", D(105), growth=D("0.05")),
        Figure("x", "330200", Period.parse("2023"), "亿元", None, growth=D("0.10")),
        Figure("x", "330200", Period.parse("2024"), "亿元", None, growth=D("0.20")),
    ]
    known = gather(rows, TERMS, ON)
    assert known.last_year == 2022
    found = landing.forecast(known, 2024, additive=False, settings=Settings())
    assert found is not None
    assert round(found.at(0), 3) == D("138.6")
    assert found.method == "chain"
    assert "公布增速" in landing.forecast(known, 2025, additive=False, settings=Settings()).note_zh  # type: ignore[union-attr]
