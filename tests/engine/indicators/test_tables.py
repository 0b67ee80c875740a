"""Tables of figures from records: the digits of the lines, whichever way they are computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.engine.indicators import city, suite

from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.catalogue.models import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import tables
from commercebrain.engine.indicators.cells import inside, place_column
from commercebrain.engine.indicators.conditions import Among, holds
from commercebrain.engine.indicators.engines import engine_of
from commercebrain.engine.indicators.logical import columns
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.request import NOWHERE, Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.working.store import refresh_dataset

EVERYTHING = Reach(ALL, "confidential")
LATE = date(2025, 7, 21)
DATASET = record_dataset("declaration_lines")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("city")


@pytest.fixture(scope="module")
def lines(home: Path) -> list[city.Line]:
    made = city.build(home, count=250, first=202201, last=202406)
    city.build_others(home, count=25)
    refresh_dataset(home, "declaration_lines")
    return made


@pytest.fixture(scope="module")
def catalogue() -> Iterator[Catalogue]:
    yield load_catalogue()


def ask(home: Path, code: str, first: str, last: str, *, reach: Reach = EVERYTHING, rollups: bool = True, region: str = "990100", as_of: date = LATE, **more: object) -> FigureTable:  # fmt: skip
    request = Request(code, region, first, last, as_of=as_of, **more)  # type: ignore[arg-type]
    return table(Sources(Rows([]), home), load_catalogue(), request, reach=reach, rollups=rollups)


def test_a_level_is_the_sum_of_the_lines_and_a_month_that_never_came_is_missing(
    home: Path, lines: list[city.Line]
) -> None:
    found = ask(home, "customs_export_value", "2023-06", "2023-10", by=("county",))
    expected: dict[tuple[int, str], int] = defaultdict(int)
    for line in lines:
        if line["flow"] == "export":
            expected[line["month"], line["county"]] += line["value_cny"]
    assert len(found) == 5 * len(city.COUNTIES)
    for row in found.rows():
        month = row["period"].last[0] * 100 + row["period"].last[1]
        if month == city.MISSING:
            assert (row["value"], row["reason"], row["flag"]) == (None, "month_missing", "missing")
        else:
            assert row["value"] == expected[month, row["county"]]
    assert found.source == "rollup:county"
    assert found.synthetic
    assert found.sql


def test_quantities_are_told_in_their_unit_and_firms_are_counted_once_over_several_months(
    home: Path, lines: list[city.Line]
) -> None:
    firms = ask(home, "customs_exporting_firms", "2024-01..06", "2024-01..06")
    expected = {line["uscc"] for line in lines if line["flow"] == "export" and 202401 <= line["month"] <= 202406}
    assert firms.columns["value"].tolist() == [len(expected)]
    each = ask(home, "customs_export_per_firm", "2024-01..06", "2024-01..06", rollups=False)
    total = sum(n["value_cny"] for n in lines if n["flow"] == "export" and 202401 <= n["month"] <= 202406)
    assert each.columns["value"].tolist() == [pytest.approx(total / len(expected), rel=1e-12)]


def test_before_a_restatement_was_published_the_first_version_answers_from_the_lines(
    home: Path, lines: list[city.Line]
) -> None:
    first = city.make_lines(city.RESTATED, 250, 7)
    told = f"{city.RESTATED // 100}-{city.RESTATED % 100:02d}"
    earlier = ask(home, "customs_export_value", told, told, as_of=date(2024, 2, 29))
    assert earlier.columns["value"].tolist() == [sum(n["value_cny"] for n in first if n["flow"] == "export")]
    assert earlier.source == "lines"
    later = ask(home, "customs_export_value", told, told)
    restated = [n for n in lines if n["month"] == city.RESTATED and n["flow"] == "export"]
    assert later.columns["value"].tolist() == [sum(n["value_cny"] for n in restated)]
    assert later.source == "rollup:total"


def test_on_an_earlier_day_months_that_came_later_are_left_out_of_sums_from_roll_ups(
    home: Path, lines: list[city.Line]
) -> None:
    asked = {"first": "2024-01..06", "last": "2024-01..06", "as_of": date(2024, 5, 20)}
    stored = ask(home, "customs_export_value", **asked)  # type: ignore[arg-type]
    counted = ask(home, "customs_export_value", **asked, rollups=False)  # type: ignore[arg-type]
    known = [n for n in lines if n["flow"] == "export" and 202401 <= n["month"] <= 202404]
    assert (stored.source, counted.source) == ("rollup:total", "lines")
    assert stored.columns["value"].tolist() == counted.columns["value"].tolist() == [sum(n["value_cny"] for n in known)]
    assert stored.columns["flag"].tolist() == ["incomplete"]


def test_before_anything_was_published_nothing_is_known(home: Path, lines: list[city.Line]) -> None:
    found = ask(home, "customs_export_value", "2022-01", "2022-03", as_of=date(2022, 1, 31))
    assert set(found.columns["reason"].tolist()) <= {"month_missing", "not_yet_due"}
    assert np.ma.getmaskarray(found.columns["value"]).all()


def test_roll_ups_give_the_digits_of_the_lines(home: Path, lines: list[city.Line], catalogue: Catalogue) -> None:
    asked = list(suite.questions(catalogue, each=1))[::8]
    duck = engine_of("duckdb")
    from_rollups = 0
    for request in asked:
        stored = suite.ask(home, request, duck, rollups=True, catalogue=catalogue)
        counted = suite.ask(home, request, duck, rollups=False, catalogue=catalogue)
        assert suite.differences(stored, counted) == [], request.canonical()
        from_rollups += isinstance(stored, FigureTable) and stored.source.startswith("rollup:")
    assert from_rollups > len(asked) / 3


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_roll_ups_give_the_digits_of_the_lines_on_every_question(
    home: Path, lines: list[city.Line], catalogue: Catalogue
) -> None:
    duck = engine_of("duckdb")
    for request in suite.questions(catalogue, each=6):
        stored = suite.ask(home, request, duck, rollups=True, catalogue=catalogue)
        counted = suite.ask(home, request, duck, rollups=False, catalogue=catalogue)
        assert suite.differences(stored, counted) == [], request.canonical()


def test_the_smallest_roll_up_answers_and_what_no_roll_up_knows_comes_from_the_lines(
    home: Path, lines: list[city.Line], catalogue: Catalogue
) -> None:
    def source(code: str, *by: str, **where: tuple[str, ...]) -> str:
        return ask(home, code, "2024-01", "2024-02", by=by, where=where).source

    assert source("customs_export_value") == "rollup:total"
    assert source("customs_export_value", "hs2") == "rollup:hs2"
    assert source("customs_export_value", "county", country=("USA",)) == "rollup:county_country"
    assert source("customs_export_value", "region") == "rollup:county"
    assert source("customs_export_value", "hs10") == "rollup:grain"
    yearly = ask(home, "customs_export_value", "2022", "2023", by=("hs2",), transform="hhi")
    assert yearly.source == "rollup:firm_hs2_year"
    lines_too = ask(home, "customs_export_value", "2022", "2023", by=("hs2",), transform="hhi", rollups=False)
    assert suite.differences(yearly, lines_too) == []
    dear = Indicator.model_validate(
        catalogue.indicator("customs_export_value").model_dump(by_alias=True)
        | {"code": "dear", "where": "value_cny >= 2000000", "examples": []}
    )
    with_dear = Catalogue(
        indicators={"dear": dear}, records=catalogue.records, groups=catalogue.groups, codes=catalogue.codes
    )
    request = Request("dear", "990100", "2024-01", "2024-01", as_of=LATE)
    found = table(Sources(Rows([]), home), with_dear, request, reach=EVERYTHING)
    expected = sum(n["value_cny"] for n in lines if n["month"] == 202401 and n["value_cny"] >= 2000000)
    assert (found.source, found.columns["value"].tolist()) == ("lines", [expected])


def test_a_region_is_its_counties_and_the_invented_city_counts_for_no_real_region(
    home: Path, lines: list[city.Line]
) -> None:
    county = ask(home, "customs_export_value", "2024-01", "2024-01", region="990101")
    assert county.columns["value"].tolist() == [
        sum(n["value_cny"] for n in lines if (n["month"], n["flow"], n["county"]) == (202401, "export", "990101"))
    ]
    for real in ("330600", "330000", "100000"):
        for rollups in (True, False):
            found = ask(home, "customs_export_value", "2024-01", "2024-01", region=real, rollups=rollups)
            assert found.columns["value"].mask.all() and not found.synthetic, "a zero would be a figure"
            assert set(found.columns["reason"].tolist()) == {"no_lines"}
    there = columns(DATASET)
    assert holds(inside("990000", DATASET), {"county": "990203"}, there)
    assert not holds(inside("100000", DATASET), {"county": "990203"}, there)
    assert inside("990101", DATASET) == Among("county", prefixes=("990101",))
    assert [place_column(code, DATASET) for code in ("100000", "990000", "990100", "990101")] == [
        "province",
        "city",
        "county",
        "county",
    ]


def test_rows_out_of_reach_carry_the_reason_and_no_number(home: Path, lines: list[city.Line]) -> None:
    clerk = Reach(frozenset({"990101", "990100"}), "confidential", internal=frozenset({"990101", "990102"}))
    found = ask(home, "customs_export_value", "2024-01", "2024-01", by=("county",), reach=clerk)
    assert "out_of_reach" not in found.columns["reason"]
    own = Reach(frozenset({"990101"}), "confidential", internal=frozenset({"990101", "990102"}))
    hidden = tables._within_reach(
        ask(home, "customs_export_value", "2024-01", "2024-01", by=("county",)),
        Request("customs_export_value", "990100", "2024-01", "2024-01", by=("county",)),
        load_catalogue().indicator("customs_export_value"),
        own,
        tables.counted(load_catalogue(), load_catalogue().indicator("customs_export_value")),  # type: ignore[arg-type]
    )
    told = {row["county"]: (row["value"] is None, row["reason"]) for row in hidden.rows()}
    assert told == {
        "990101": (False, ""),
        "990102": (False, ""),
        "990103": (True, "out_of_reach"),
        "990104": (True, "out_of_reach"),
    }


def test_without_clearance_a_break_down_by_firm_is_refused(home: Path, lines: list[city.Line]) -> None:
    with pytest.raises(UserError) as fault:
        ask(home, "customs_export_value", "2024-01", "2024-01", by=("uscc",), reach=Reach(ALL, "internal"))
    assert fault.value.code == "table.not_declared"


def test_a_question_to_a_dataset_that_has_no_line_yet_is_answered_with_reasons(tmp_path: Path) -> None:
    found = ask(tmp_path, "customs_export_value", "2024-01", "2024-02")
    assert found.columns["reason"].tolist() == ["month_missing", "month_missing"]
    # A dataset whose rows add up over its batches, and has none.
    none = ask(tmp_path, "arrivals_verified", "2024-01", "2024-02", as_of=date(2025, 7, 21))
    assert none.columns["value"].mask.all() and none.columns["reason"].tolist() == ["month_missing"] * 2


def test_a_new_month_is_seen_at_once_and_deleted_roll_ups_leave_the_digits(tmp_path: Path) -> None:
    city.write(tmp_path, city.make_lines(202401, 50, 1))
    refresh_dataset(tmp_path, "declaration_lines")
    before = ask(tmp_path, "customs_export_value", "2024-01", "2024-02")
    assert before.columns["reason"].tolist() == ["", "month_missing"]
    city.write(tmp_path, city.make_lines(202402, 50, 1))
    unrolled = ask(tmp_path, "customs_export_value", "2024-01", "2024-02")
    refresh_dataset(tmp_path, "declaration_lines")
    rolled = ask(tmp_path, "customs_export_value", "2024-01", "2024-02")
    assert (unrolled.source, rolled.source) == ("lines", "rollup:total")
    assert unrolled.columns["value"].tolist() == rolled.columns["value"].tolist()
    assert rolled.columns["reason"].tolist() == ["", ""]


def test_rows_that_come_again_under_their_key_count_once_in_their_latest_version(tmp_path: Path) -> None:
    dataset = record_dataset("stocks")
    rows = city.make_other_lines(dataset, 202401, 30, 3)
    later = [{**row, "stock_kg": 1} for row in rows[:10]]
    for batch, day in ((rows, date(2024, 2, 18)), (later, date(2024, 3, 1))):
        city.RecordTable(tmp_path, dataset).append_months(
            [city.block(dataset, 202401, batch)], published=day, taken_in=day, source="test", synthetic=True
        )
    old = ask(tmp_path, "stock_total", "2024-01", "2024-01", as_of=date(2024, 2, 20))
    new = ask(tmp_path, "stock_total", "2024-01", "2024-01")
    assert old.columns["value"].tolist() == [sum(row["stock_kg"] for row in rows)]
    assert new.columns["value"].tolist() == [sum(row["stock_kg"] for row in rows[10:]) + 10]


def test_lines_without_a_value_of_the_break_down_are_a_part_of_their_own(home: Path, lines: list[city.Line]) -> None:
    whole = ask(home, "shops_open", "2024-03", "2024-03")
    parts = ask(home, "shops_open", "2024-03", "2024-03", by=("uscc",))
    assert "" in parts.columns["uscc"].tolist()
    assert parts.columns["value"].sum() == whole.columns["value"][0] > 0


@pytest.mark.parametrize("address", ["postgres://x", "duck"])
def test_an_engine_that_is_not_there_is_told_with_those_that_are(address: str) -> None:
    with pytest.raises(UserError) as fault:
        engine_of(address)
    assert fault.value.code == "engine.unknown"
    assert "clickhouse://" in fault.value.en


def test_records_without_a_place_are_asked_of_no_region_and_no_others_are(home: Path) -> None:
    with pytest.raises(UserError) as fault:
        ask(home, "us_imports", "2024-01", "2024-01", region="990100")
    assert fault.value.code == "table.no_region"
    found = ask(home, "us_imports", "2024-01", "2024-01", region=NOWHERE)
    assert found.columns["reason"].tolist() in ([""], ["month_missing"])
    with pytest.raises(UserError) as fault:
        ask(home, "customs_export_value", "2024-01", "2024-01", region=NOWHERE)
    assert fault.value.code == "table.region_needed"
