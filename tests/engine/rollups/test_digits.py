"""What is kept summed is what the lines say, to the digit."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from pathlib import Path

import duckdb
import numpy as np
import pytest
from tests.engine.rollups.lines import Line, append, draw, flatten, months_of, table_at, texts

from commercebrain.engine.indicators.conditions import holds, parse
from commercebrain.engine.indicators.logical import columns
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.rollups import months as month_rollups
from commercebrain.engine.rollups.conditions import Counted
from commercebrain.engine.rollups.panel import months_back
from commercebrain.engine.rollups.reader import RollupReader
from commercebrain.engine.rollups.shape import TABLES
from commercebrain.engine.working.store import Working

WHERE = {
    "everything": None,
    "exports": "flow == 'export'",
    "far": "flow == 'export' and country in ('KEN', 'BRA') and not hs2 in ('01', '08')",
    "either": "country == 'USA' or mode == '1039'",
    "chapter": "hs10 startswith '15' and flow == 'import'",
    "products": "hs10 startswith ('150000', '2201') and county in ('990101', '990104')",
    "lines": "hs10 in ('1500000002', '0801010001') and mode != '0110'",
    "mode": "mode in ('1039', '9610') and flow == 'export'",
    "partner": "country == 'DEU' and not county == '990102'",
    "six": "hs6 startswith '1' and city == '990100'",
    "nothing": "country == 'ZZZ'",
    "two": "(hs2 == '15' or hs2 == '22') and country != 'USA' and flow == 'import'",
}


@pytest.fixture(scope="module")
def months() -> dict[int, list[Line]]:
    rng = np.random.default_rng(4)
    chosen = [month for month in months_of(202111, 40) if month != 202305]  # one month was never taken in
    return {month: draw(rng, 120, big=month == 202402) for month in chosen}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, months: dict[int, list[Line]]) -> RollupReader:
    root = tmp_path_factory.mktemp("lake")
    table = table_at(root)
    append(table, months)
    counted = [Counted(name, "value_cny", parse(where)) for name, where in WHERE.items()]
    Working(root).refresh(table, counted=counted)
    found = Working(root).reader("declaration_lines")
    assert found is not None
    return found


def _column(line: Line, month: int, name: str) -> object:
    if name == "month":
        return month
    if name == "year":
        return month // 100
    return line.hs10[: int(name[2:])] if name in ("hs2", "hs4", "hs6") else getattr(line, name)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_holds_the_sums_of_its_lines(reader: RollupReader, months: dict[int, list[Line]], name: str) -> None:
    dims, measures = TABLES[name]
    sums: dict[tuple[object, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    partners: dict[tuple[object, ...], set[str]] = defaultdict(set)
    for month, line in flatten(months):
        key = tuple(_column(line, month, dim) for dim in dims)
        for place, value in enumerate((line.quantity, line.value_cny, line.value_usd, 1)):
            sums[key][place] += value
        partners[key].add(line.country)
    place = {"quantity": 0, "value_cny": 1, "value_usd": 2, "lines": 3}
    expected = sorted(
        (*key, *(len(partners[key]) if m == "countries" else values[place[m]] for m in measures))
        for key, values in sums.items()
    )
    assert texts(reader, name) == expected
    assert reader.tables[name].rows == len(expected)


def test_exposure_of_the_last_months_splits_at_a_year(reader: RollupReader, months: dict[int, list[Line]]) -> None:
    last = max(months)
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for month, line in flatten(months):
        if month > months_back(last, 24):
            sums[line.flow, line.uscc, line.hs10, line.country][month <= months_back(last, 12)] += line.value_cny
    assert texts(reader, "exposure_recent") == sorted((*key, *values) for key, values in sums.items())


@pytest.mark.parametrize("flow", ["export", "import"])
def test_the_panel_compares_each_month_with_what_lies_before(
    reader: RollupReader, months: dict[int, list[Line]], flow: str
) -> None:
    value: dict[tuple[str, int], int] = defaultdict(int)
    partners: dict[tuple[str, int], set[str]] = defaultdict(set)
    for month, line in flatten(months):
        if line.flow == flow:
            value[line.uscc, month] += line.value_cny
            partners[line.uscc, month].add(line.country)
    held = reader.panel(flow)
    assert held.months == sorted(months)
    names = [reader.dictionary("uscc")[code] for code in held.firms]
    assert sorted(names) == sorted({name for name, _ in value})

    def window(name: str, month: int, far: int, near: int) -> list[int]:
        back = [months_back(month, n) for n in range(far, near - 1, -1)]
        return [value[name, one] for one in back if one in months]

    for row, month in enumerate(held.months):
        since = month % 100 - 1
        for place, name in enumerate(names):
            got = {column: values[row, place] for column, values in held.columns.items()}
            expected = {
                "value": sum(window(name, month, 0, 0)),
                "previous_month": sum(window(name, month, 1, 1)),
                "year_before": sum(window(name, month, 12, 12)),
                "sum3": sum(window(name, month, 2, 0)),
                "sum3_before": sum(window(name, month, 14, 12)),
                "sum12": sum(window(name, month, 11, 0)),
                "sum12_before": sum(window(name, month, 23, 12)),
                "ytd": sum(window(name, month, since, 0)),
                "ytd_before": sum(window(name, month, 12 + since, 12)),
                "highest36": max([0, *window(name, month, 36, 1)]),
                "zeros6": window(name, month, 5, 0).count(0),
                "countries": len(partners[name, month]),
                "countries_before": len(partners[name, months_back(month, 12)]),
            }
            assert {column: int(got[column]) for column in expected} == expected
            before = window(name, month, 24, 1)
            assert got["mean24"] == pytest.approx(statistics.fmean(before), rel=1e-12) if before else True
            if len(before) > 1:
                assert got["deviation24"] == pytest.approx(statistics.stdev(before), rel=1e-9, abs=1e-6)
            else:
                assert math.isnan(got["deviation24"])
        assert held.known["highest36"][row] == len(window(names[0], month, 36, 1))


@pytest.mark.parametrize("column", ["total", "county", "country", "hs2"])
def test_concentration_among_firms_is_exact(reader: RollupReader, months: dict[int, list[Line]], column: str) -> None:
    sums: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for month, line in flatten(months):
        if line.flow == "export":
            by = "" if column == "total" else str(_column(line, month, column))
            sums[month // 100, by][line.uscc] += line.value_cny
    found = reader.concentration(column, "export")
    by = [""] if column == "total" else reader.dictionary(column)
    got = {
        (int(year), by[code]): (int(firms), int(value), float(hhi))
        for year, code, firms, value, hhi in zip(
            found.year, found.code, found.firms, found.value, found.hhi, strict=True
        )
    }
    expected = {
        key: (len(of), sum(of.values()), 10000 * sum(v * v for v in of.values()) / sum(of.values()) ** 2)
        for key, of in sums.items()
    }
    assert got == expected


def test_exposure_to_a_list_is_what_the_lines_of_its_products_and_countries_come_to(
    reader: RollupReader, months: dict[int, list[Line]]
) -> None:
    items = {
        ("150000", "USA"): 25.0,
        ("010101", "DEU"): 7.5,
        ("22", "VNM"): 10.0,
        ("99", "USA"): 1.0,
        ("15", "ZZZ"): 1.0,
    }
    for year in (None, 2024):
        last = max(months)
        total: dict[str, int] = defaultdict(int)
        on_list: dict[str, int] = defaultdict(int)
        duty: dict[str, float] = defaultdict(float)
        for month, line in flatten(months):
            if line.flow == "export" and (month // 100 == year if year else month > months_back(last, 12)):
                total[line.uscc] += line.value_cny
                for (product, country), rate in items.items():
                    if line.hs10.startswith(product) and line.country == country:
                        on_list[line.uscc] += line.value_cny
                        duty[line.uscc] += line.value_cny * rate / 100
        found = reader.exposed(
            [product for product, _ in items], [country for _, country in items], list(items.values()), year=year
        )
        names = [reader.dictionary("uscc")[code] for code in found.firms]
        assert on_list
        assert dict(zip(names, found.exposed.tolist(), strict=True)) == dict(on_list)
        assert found.total.tolist() == [total[name] for name in names]
        assert found.duty.tolist() == pytest.approx([duty[name] for name in names])


@pytest.mark.parametrize("name", WHERE)
def test_an_indicator_counts_the_lines_that_its_condition_takes(
    reader: RollupReader, months: dict[int, list[Line]], name: str
) -> None:
    there = columns(record_dataset("declaration_lines"))
    condition = parse(WHERE[name])
    base = reader.indicator_base(name)
    assert base is not None
    expected = np.zeros(base.values.shape, np.int64)
    for month, line in flatten(months):
        row = {column: getattr(line, column) for column in Line.__dataclass_fields__} | {"month": month}
        if holds(condition, row, there):
            expected[base.months.index(month), base.counties.index(line.county)] += line.value_cny
    np.testing.assert_array_equal(base.values, expected)


def test_a_cube_too_large_for_one_block_of_memory_is_summed_by_sorting(
    tmp_path: Path, months: dict[int, list[Line]], reader: RollupReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(month_rollups, "DENSE_CELLS", 10)
    table = table_at(tmp_path)
    few = {month: months[month] for month in sorted(months)[:2]}
    append(table, few)
    Working(tmp_path).refresh(table, counted=[])
    other = Working(tmp_path).reader("declaration_lines")
    assert other is not None
    for name in ("county_hs2_country", "hs6", "country_mode", "total"):
        assert texts(other, name) == [row for row in texts(reader, name) if row[0] in few]


def test_duckdb_reads_the_tables_in_codes(reader: RollupReader, months: dict[int, list[Line]]) -> None:
    connection = reader.connection()
    got = connection.execute(
        "SELECT value, sum(value_cny)::BIGINT FROM county_country JOIN dict_country ON code = country "
        "WHERE month BETWEEN 202401 AND 202406 GROUP BY 1 ORDER BY 1"
    ).fetchall()
    expected: dict[str, int] = defaultdict(int)
    for month, line in flatten(months):
        if 202401 <= month <= 202406:
            expected[line.country] += line.value_cny
    assert got == sorted(expected.items())
    with pytest.raises(duckdb.Error):
        connection.execute("SELECT * FROM read_csv('/etc/hostname')")
