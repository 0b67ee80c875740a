"""The numbers of a target's first line."""

from __future__ import annotations

from decimal import Decimal

from commercebrain.engine.outlook import Assessment, Landing, Scenario, TargetTerms
from commercebrain.engine.outlook.headline import headline


def landing(point: str, *scenarios: str) -> Landing:
    value = Decimal(point)
    return Landing(
        value, value * Decimal("0.9"), value * Decimal("1.1"), value * Decimal("0.8"), value * Decimal("1.2"),
        "season", 3, "", "",
        tuple(Scenario("flat", "", "", Decimal(s)) for s in scenarios),
    )  # fmt: skip


def assessed(found: Landing | None) -> Assessment:
    return Assessment(state="off_path", reason_zh="", reason_en="", landing=found)


def terms(value: str, unit: str = "亿元", direction: str = "up", **more: object) -> TargetTerms:
    return TargetTerms("level", direction, Decimal(value), 2025, unit=unit, **more)  # type: ignore[arg-type]


def test_the_span_is_that_of_the_scenarios_told_in_the_larger_unit() -> None:
    told = headline(terms("20000"), assessed(landing("15050", "15050", "14903", "14609")))
    assert told is not None and told.unit == "万亿元"
    assert (told.low, told.high, told.gap) == (Decimal("1.4609"), Decimal("1.5050"), Decimal("0.4950"))


def test_without_scenarios_it_is_the_eighty_per_cent_band() -> None:
    told = headline(terms("100"), assessed(landing("50")))
    assert told is not None and (told.low, told.high, told.unit) == (Decimal("45.0"), Decimal("55.0"), "亿元")


def test_where_less_is_better_the_gap_is_what_is_too_much() -> None:
    told = headline(terms("1.5", ":1", "down"), assessed(landing("2.2")))
    assert told is not None and told.gap == Decimal("0.7")


def test_what_goes_beyond_the_promise_is_a_negative_gap() -> None:
    told = headline(terms("30"), assessed(landing("52")))
    assert told is not None and told.gap == Decimal(-22)


def test_a_doubling_has_no_gap_in_its_own_unit() -> None:
    told = headline(terms("1", "番", base_unit="亿元"), assessed(landing("800")))
    assert told is not None and told.unit == "亿元" and told.gap is None and told.aim is None


def test_without_a_landing_there_is_no_headline() -> None:
    assert headline(terms("1"), assessed(None)) is None
