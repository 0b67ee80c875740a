"""The two circulations of firms: what was not reported is missing, and no sum tells about a firm."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.circulation import DATASET, Report, Row, joined, quarters, reports, simulate, totals
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable
from commercebrain.engine.periods import Period

SECOND = Period.parse("2025-Q2")
DAY = date(2025, 7, 15)
EXPORTS = {f"91990100MA00000{n:03d}": ("990101" if n % 2 else "990102", 1_000_000 + n) for n in range(60)}


def report(uscc: str, county: str, domestic: int | None, turned: int | None = None) -> Report:
    return Report(uscc, county, domestic, turned, DAY, True)


def row(county: str, number: int, domestic: int | None, turned: int | None = None) -> Row:
    return Row(f"{county}-{number}", county, 100, domestic, turned, domestic is not None or turned is not None)


def test_a_firm_that_sent_nothing_is_not_a_zero() -> None:
    rows = joined({"A": report("A", "990101", 50, None)}, {"A": ("990101", 150), "B": ("990102", 70)})
    assert rows == [
        Row("A", "990101", 150, 50, None, reported=True), Row("B", "990102", 70, None, None, reported=False),
    ]  # fmt: skip
    assert rows[0].domestic_share == Decimal("0.25") and rows[1].domestic_share is None


def test_exports_are_missing_where_the_quarters_lines_are() -> None:
    [one] = joined({"A": report("A", "990101", 50)}, None)
    assert one.exports is None and one.domestic_share is None
    [two] = joined({"A": report("A", "990101", 50)}, {})
    assert two.exports == 0  # the lines are there and hold none of this firm


def test_a_county_of_two_reports_is_withheld_and_so_is_the_one_that_would_tell_it() -> None:
    rows = [row("990101", n, 10) for n in range(9)] + [row("990102", n, 10) for n in range(5)]
    rows += [row("990103", n, 10) for n in range(2)]
    whole, first, second, third = totals(rows, "990100")
    assert (whole.domestic, whole.reporting, whole.withheld) == (160, 16, False)
    assert first.domestic == 90 and second.withheld and third.withheld and third.domestic is None


def test_a_firm_that_holds_nearly_all_of_a_sum_is_not_told() -> None:
    rows = [row("990101", 0, 1000), *(row("990101", n, 10) for n in range(1, 5))]
    rows += [row("990102", n, 10) for n in range(9)] + [row("990103", n, 400) for n in range(9)]
    assert [total.withheld for total in totals(rows, "990100")] == [False, True, True, False]


def test_a_county_without_any_report_has_nothing_to_withhold() -> None:
    rows = [row("990101", n, 10) for n in range(5)] + [row("990102", n, None) for n in range(4)]
    whole, _first, second = totals(rows, "990100")
    assert (second.firms, second.reporting, second.domestic, second.withheld) == (4, 0, None, False)
    assert second.rate == 0 and whole.rate == Decimal(5) / 9


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), st.integers(1, 10**9)), min_size=1, max_size=8), min_size=1, max_size=6))
def test_no_withheld_county_is_the_difference_of_what_is_told(counties: list[list[int | None]]) -> None:
    rows = [row(f"99010{c}", n, value) for c, some in enumerate(counties, 1) for n, value in enumerate(some)]
    whole, *told = totals(rows, "990100")
    hidden = [total for total in told if total.withheld]
    assert len(hidden) != 1 or whole.withheld or whole.domestic is None
    for total in (whole, *told):
        values = [r.domestic for r in rows if r.domestic is not None and total.region in (r.county, "990100")]
        if total.domestic is not None and not total.withheld:
            assert total.domestic == sum(values) and len(values) >= 3


def test_invented_reports_are_marked_repeatable_and_of_invented_firms_only(tmp_path: Path) -> None:
    made = simulate(tmp_path, SECOND, EXPORTS, DAY)
    assert 20 < made < 60 and simulate(tmp_path, SECOND, EXPORTS, DAY) == 0
    told = reports(tmp_path, SECOND)
    assert len(told) == made and all(one.synthetic for one in told.values()) and set(told) <= set(EXPORTS)
    assert quarters(tmp_path) == [SECOND] and reports(tmp_path, SECOND, date(2025, 7, 14)) == {}
    with pytest.raises(ValueError, match="no invented firm"):
        simulate(tmp_path, Period.parse("2025-01..03"), {"X": ("330203", 1)}, DAY)


def test_a_later_report_replaces_the_earlier_one(tmp_path: Path) -> None:
    table = RecordTable(tmp_path, record_dataset(DATASET))
    for day, value in ((DAY, 10), (date(2025, 7, 20), 25)):
        columns = {
            "uscc": Coded(np.array([0]), ["A"]), "county": Coded(np.array([0]), ["990101"]),
            "domestic_cny": np.array([value], dtype=np.int64),
        }  # fmt: skip
        table.append_months(iter([MonthBlock(202506, columns)]), published=day, taken_in=day, source="企业")
    assert reports(tmp_path, SECOND)["A"].domestic == 25
    assert reports(tmp_path, SECOND, DAY)["A"].domestic == 10 and reports(tmp_path, SECOND)["A"].turned is None
