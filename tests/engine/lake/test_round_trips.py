"""Whatever figures a sheet holds, they come out of the lake with the same digits."""

from __future__ import annotations

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.depth import examples

from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.cells import Number, exact, read_number
from commercebrain.engine.lake.dataset import load_dataset
from commercebrain.engine.lake.sheets import Record
from commercebrain.engine.lake.validate import pack, unpack
from commercebrain.engine.lake.workbook import letter

from .conftest import NAMES, TODAY

LONG = ["indicator", "region", "period", "value", "unit", "growth", "published", "source", "grade", "note"]
numbers = st.decimals(min_value=-(10**12), max_value=10**12, places=3, allow_nan=False)
printed = st.builds(lambda n, places: Decimal(f"{n:.{places}f}"), numbers, st.integers(0, 3)).map(
    lambda n: n if n else abs(n)  # nobody prints -0
)
periods = st.one_of(
    st.integers(2001, 2024).map(str),
    st.builds("{}-{:02d}".format, st.integers(2001, 2024), st.integers(1, 12)),
    st.builds("{}-01..{:02d}".format, st.integers(2001, 2024), st.integers(2, 11)),
    st.builds("@{}-{:02d}".format, st.integers(2001, 2024), st.integers(1, 11)),
)
# What a person may type into a text cell; a remark that looks like an error is one.
words = st.text(
    st.characters(whitelist_categories=("L", "N", "P"), max_codepoint=0x9FFF), min_size=1, max_size=12
).filter(lambda text: not text.startswith("#") and text == text.strip())
rows = st.builds(
    lambda indicator, region, period, value, growth, day, source, note: [
        indicator, region, period, value, "亿元", growth, date(2025, 1, day), source, "A", note,
    ],
    st.sampled_from(["export_value", "import_value"]),
    st.sampled_from(["330200", "330000"]),
    periods,
    st.none() | printed,
    st.none() | st.decimals(min_value=-100, max_value=1000, places=1),
    st.integers(1, 28),
    words,
    words,
)  # fmt: skip
tables = st.lists(rows, min_size=1, max_size=12, unique_by=lambda r: (r[0], r[1], r[2], r[6], r[7]))


def write(path: Path, table: list[list[object]], *, as_text: bool) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(0, 0, LONG)
        for r, row in enumerate(table, 1):
            for c, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(r, c, cell, day)
                elif isinstance(cell, Decimal) and not as_text:
                    page.write_number(r, c, float(cell))
                elif cell is not None:
                    page.write_string(r, c, str(cell))


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=tables, as_text=st.booleans())
def test_a_table_written_to_xlsx_comes_back_with_the_same_values(table, as_text):
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.create(Path(folder) / "lake", NAMES)
        write(Path(folder) / "表.xlsx", table, as_text=as_text)
        report = lake.intake(Path(folder) / "表.xlsx", taken_in=TODAY)
        assert (report.read, report.quarantined) == (len(table), 0), lake.quarantine()
        found = {(o.indicator, o.region, o.period, o.published, o.source): o for o in lake.observations(None)}
    assert len(found) == len(table)
    for indicator, region, period, value, unit, growth, day, source, _, note in table:
        row = found[indicator, region, period, day, source]
        assert (row.value, row.growth, row.note) == (value, growth, note)
        assert row.unit == unit
        if as_text and value is not None:
            assert str(row.value) == str(value), "the printed digits are kept"
        assert (row.flag == "missing") == (value is None and growth is None)


dataset = load_dataset("observations")


def cell(raw: object) -> object:
    return read_number(
        raw,  # type: ignore[arg-type]
        missing_marks=frozenset(dataset.missing_marks),
        bounds_before=dataset.bounds_before,
        bounds_after=dataset.bounds_after,
    )


@given(printed)
def test_a_number_reads_the_same_plain_grouped_full_width_or_with_blanks_around(number):
    grouped = f"{number:,}"
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in grouped)
    for text in (f"{number:f}", grouped, wide, grouped.replace(",", "，"), f"\u3000{number:f} \u00a0"):
        assert cell(text) == Number(number), text


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False))
def test_a_number_of_fifteen_digits_survives_the_float_of_a_spreadsheet(number):
    assert exact(float(number)) == number


@given(st.text(max_size=12))
def test_no_text_at_all_breaks_the_reading_of_a_cell_or_becomes_a_zero_unasked(text):
    read = cell(text)
    if isinstance(read, Number) and read.value == 0:
        assert any(c in "0０" for c in text)


@given(
    st.dictionaries(
        st.sampled_from(LONG),
        st.none() | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.dates(),
    ),
    st.integers(1, 10**6),
)
def test_a_record_packed_for_the_quarantine_unpacks_to_the_same_cells(fields, number):
    record = Record(number, fields, {"value": 3}, {"value": "数值"}, ("value", "错", "wrong"))
    assert unpack(pack(record)) == record


@given(st.integers(0, 20000))
def test_column_letters_count_like_excels(column):
    value = 0
    for character in letter(column):
        value = value * 26 + ord(character) - 64
    assert value == column + 1
