"""From a passed report to the rows of a dataset: units, months, keys, and what is not answered."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.forms.feeds import About, Feed, rows_of
from commercebrain.engine.lake.records.schema import record_dataset

ORDERS, LINES, BASICS = (record_dataset(code) for code in ("order_reports", "order_lines", "firm_basics"))
WEEK = About(
    "2025-W31", date(2025, 8, 1), date(2025, 8, 1), date(2025, 7, 30), "91990101M00004757N", "990101", "990101001", True
)
OF_WEEK = Feed(dataset="order_reports", columns={"week": "period", "orders_in_hand_usd": "orders_in_hand"})
OF_LINES = Feed(
    dataset="order_lines", of="lines",
    columns={"hs10": "product", "country": "market", "orders_in_hand_usd": "orders", "new_orders_usd": "new_orders"},
)  # fmt: skip
UNITS = {"orders_in_hand": "万美元", "orders": "万美元", "new_orders": "万美元"}


def test_a_week_is_filed_under_the_month_of_its_due_day_and_a_year_under_its_december() -> None:
    ((_, row),) = rows_of(OF_WEEK, ORDERS, WEEK, {"orders_in_hand": "3"}, (), UNITS)
    assert (row["month"], row["week"], row["unchanged"], row["township"]) == ("2025-08", "2025-W31", "yes", "990101001")
    year = About("2024", date(2025, 3, 31), date(2024, 12, 31), date(2025, 3, 3), WEEK.uscc, WEEK.county)
    ((_, row),) = rows_of(Feed(dataset="firm_basics", month="period"), BASICS, year, {"employees": 12}, (), {})
    assert (row["month"], row["employees"], "township" in row) == ("2024-12", 12, False)


def test_a_line_takes_what_it_does_not_say_from_the_report() -> None:
    lines = [{"product": "850110", "market": "USA", "orders": "1.5"}]
    ((_, row),) = rows_of(OF_LINES, LINES, WEEK, {"cover": "over_6", "trend": "more"}, lines, UNITS)
    assert (row["orders_in_hand_usd"], row["cover"], row["trend"], "new_orders_usd" in row) == (
        15_000,
        "over_6",
        "more",
        False,
    )


def test_lines_that_come_to_one_key_are_one_row_and_lose_no_money() -> None:
    one = {"product": "850110", "market": "USA", "orders": "1", "new_orders": "0.5"}
    found = dict(rows_of(OF_LINES, LINES, WEEK, {}, [one, {**one, "orders": "2"}, {**one, "market": "DEU"}], UNITS))
    assert sorted((row["country"], row["orders_in_hand_usd"], row["new_orders_usd"]) for row in found.values()) == [
        ("DEU", 10_000, 5_000), ("USA", 30_000, 10_000),
    ]  # fmt: skip


def test_a_report_without_a_required_answer_gives_no_row() -> None:
    assert list(rows_of(OF_WEEK, ORDERS, WEEK, {"trend": "more", "orders_in_hand": None}, (), UNITS)) == []


@given(st.decimals(0, 10**7, places=2), st.sets(st.sampled_from(["tariffs", "costs", "labour"])))
def test_money_is_converted_exactly_and_the_key_is_the_dataset_s(amount: Decimal, ticks: set[str]) -> None:
    answers = {"orders_in_hand": str(amount), "difficulties": sorted(ticks)}
    ((key, row),) = rows_of(OF_WEEK, ORDERS, WEEK, answers, (), UNITS)
    assert row["orders_in_hand_usd"] == amount * 10_000
    assert json.loads(key) == [row[name] for name in ORDERS.key]
    assert row.get("difficulties", "") == "、".join(sorted(ticks))


def test_lines_that_come_to_one_key_are_added_whole_or_in_fractions() -> None:
    weighed = LINES.columns["new_orders_usd"].model_copy(update={"type": "decimal", "unit": "吨", "scale": 2})
    coarser = LINES.model_copy(
        update={"key": ("uscc", "month"), "columns": {**LINES.columns, "new_orders_usd": weighed}}
    )
    of_lines = OF_LINES.model_copy(update={"columns": {**OF_LINES.columns, "new_orders_usd": "tons"}})
    lines = [
        {"product": "850110", "market": "USA", "orders": "1", "tons": "1.25"},
        {"product": "850120", "market": "USA", "orders": "2"},
        {"product": "850130", "market": "USA", "orders": "3", "tons": "0.5"},
    ]
    ((_, row),) = rows_of(of_lines, coarser, WEEK, {}, lines, UNITS)
    assert (row["orders_in_hand_usd"], row["new_orders_usd"]) == (60_000, "1.75")
