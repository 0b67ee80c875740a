"""Tables of codes from files: which column is what, cell by cell, and every cell that is wrong."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.errors import UserError
from commercebrain.engine.lists import ProductRow, find_codes, product_rows, read_partner, read_table

MEASURES = Path(__file__).parents[4] / "shared" / "data" / "trade_measures"
real = pytest.mark.skipif(not MEASURES.is_dir(), reason="needs ../shared/data/trade_measures, which is not here")


def test_columns_are_known_by_their_headers_wherever_they_stand() -> None:
    read = read_table([
        ["附件：加征关税商品清单", None, None, None, None, None],
        ["序号", "商品名称", "税则号列", "加征税率（%）", "生效日期", "国家"],
        [1, "干的椰子", 8011100, 15, datetime(2018, 4, 2, tzinfo=UTC), "美国"],
        [2, "电动机", "8501.10、8501.20", "25%", "2018年4月2日", "美国"],
        [None, None, None, None, None, None],
    ])  # fmt: skip
    assert dict(read.columns) == {"name": 1, "code": 2, "rate": 3, "from": 4, "partner": 5}
    first, second = read.rows
    assert (first.number, first.codes[0].digits, first.rate, first.name) == (3, "08011100", 15.0, "干的椰子")
    assert first.valid_from == second.valid_from == date(2018, 4, 2)
    assert [one.digits for one in second.codes] == ["850110", "850120"] and second.partner == "美国"
    assert read.faults == () and any("开头" in note.zh for note in read.notes)


def test_without_a_header_the_column_that_holds_codes_is_found() -> None:
    read = read_table([[1, "a", "84713000", 12.5], [2, "b", "85011010", 84713000], [3, "c", "87082900", 1]])
    assert dict(read.columns) == {"code": 2}
    assert [one.codes[0].digits for one in read.rows] == ["84713000", "85011010", "87082900"]


def test_every_wrong_cell_is_told_with_its_row_and_column_and_nothing_else_is_lost() -> None:
    read = read_table([
        ["hs_code", "rate"],
        ["84713000", 25],
        ["77010000", 25],
        [8501.1, 25],
        ["85011010", "viel"],
        [None, 25],
        ["abc", 25],
        ["87082900", "7.5"],
    ])  # fmt: skip
    assert [(one.number, one.codes[0].digits, one.rate) for one in read.rows] == [
        (2, "84713000", 25.0), (5, "85011010", None), (8, "87082900", 7.5),
    ]  # fmt: skip
    assert [(one.row, one.column, one.value) for one in read.faults] == [
        (3, 1, "77010000"), (4, 1, "8501.1"), (5, 2, "viel"), (6, 1, ""), (7, 1, "abc"),
    ]  # fmt: skip
    assert all(one.zh.endswith("。") and one.en.endswith(".") for one in read.faults)


def test_rates_that_a_spreadsheet_keeps_as_fractions_are_read_as_per_cent_and_said() -> None:
    read = read_table([["HS code", "Additional duty"], ["84713000", 0.25], ["85011010", 0.075]])
    assert [one.rate for one in read.rows] == [25.0, 7.5]
    assert any("0.25" in note.zh for note in read.notes)
    assert [one.rate for one in read_table([["HS code", "rate"], ["84713000", 25], ["85011010", 1]]).rows] == [25, 1]


def test_a_table_without_codes_is_refused_with_what_to_do() -> None:
    for cells in ([["企业", "金额"], ["甲公司", 12.5]], [[]], [], [[None]]):
        with pytest.raises(UserError) as told:
            read_table(cells)
        assert told.value.code == "code.no_column" and "表头" in told.value.zh


def test_rows_for_matching_are_checked_by_the_nomenclature_each_code_once() -> None:
    found = find_codes("税号 8501.10、8501.10、8418.10至8418.12、8471300100、9503")
    rows, wrong = product_rows(found, "HS", "2022", "USA", 25.0)
    assert rows[:2] == [
        ProductRow("850110", "HS", "2022", "USA", 25.0, number=1),
        ProductRow("841810", "HS", "2022", "USA", 25.0, number=3),
    ]
    assert [one.digits for one in rows] == ["850110", "841810", "841811", "841812", "9503"]
    assert [one.text for one in wrong] == ["8471300100"] and wrong[0].fault is not None


def test_what_a_notice_excepts_is_excepted_by_the_row_that_would_hold_it() -> None:
    rows, wrong = product_rows(find_codes("第84章（8471、847330除外）、第85章"), "CN", "2022")
    assert [(one.digits, one.excludes) for one in rows] == [("84", ("8471", "847330")), ("85", ())]
    assert wrong == []


def test_a_tables_rows_carry_their_own_rate_and_partner_and_the_given_ones_where_they_say_none() -> None:
    read = read_table(
        [["HS", "rate", "excluded"], ["8501", 10, "850110"], ["847130", None, None], ["8471300100", 5, ""]]
    )
    rows, faults = read.product_rows("HS", "2022", "USA", 25.0)
    assert rows == [
        ProductRow("8501", "HS", "2022", "USA", 10.0, excludes=("850110",), number=2),
        ProductRow("847130", "HS", "2022", "USA", 25.0, number=3),
    ]
    assert [(one.row, one.column) for one in faults] == [(4, 1)]


@pytest.mark.parametrize(
    ("text", "code"),
    [("美国", "USA"), ("usa", "USA"), ("ASEAN", "asean"), ("欧盟", "eu27"), ("", ""), ("Viet  nam", None)],
)
def test_a_partner_is_a_country_or_a_group_by_code_or_name(text: str, code: str | None) -> None:
    if code is not None:
        assert read_partner(text) == code
        return
    with pytest.raises(UserError) as told:
        read_partner(text)
    assert told.value.code == "lists.no_partner" and "vietnam" in told.value.en.lower()


CELLS = st.one_of(
    st.none(), st.text(max_size=12), st.integers(-5, 10**10), st.floats(allow_nan=True), st.booleans(), st.dates()
)


@given(st.lists(st.lists(CELLS, max_size=4), max_size=6))
def test_no_cells_raise_anything_but_a_sentence(cells: list[list[object]]) -> None:
    for given_ in (cells, [["税号", "税率", "生效", "终止"], *cells]):
        try:
            read = read_table(given_)
        except UserError:
            continue
        told = {one.row for one in read.faults} | {one.number for one in read.rows}
        assert told <= set(range(1, len(given_) + 1))


@real
@pytest.mark.parametrize(
    ("name", "most"), [("china_retaliation_20180402_hs8_zh.csv", 128), ("us_section301_products_hts8.csv", 12_223)]
)
@pytest.mark.parametrize("zeros", [True, False])
def test_real_lists_are_read_whole_with_their_leading_zeros_or_without(name: str, most: int, zeros: bool) -> None:
    with (MEASURES / name).open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    column = next(n for n, head in enumerate(rows[0]) if head.startswith("h"))
    cells: list[list[object]] = [list(rows[0])]
    cells += [[int(v) if n == column and not zeros else v for n, v in enumerate(row)] for row in rows[1:]]
    read = read_table(cells)
    assert [one.codes[0].digits for one in read.rows] == [row[column] for row in rows[1:]]
    assert len(read.rows) == most and read.faults == ()


def test_the_title_of_an_annex_that_speaks_of_codes_is_not_taken_for_the_header() -> None:
    rows: list[list[object]] = [
        ["加征关税商品编码清单"],
        ["序号", "商品编码", "税率"],
        [1, "84713000", 25],
        [2, "85011010", 10],
    ]
    read = read_table(rows)
    assert read.columns == {"code": 1, "rate": 2} and not read.faults
    assert [(one.codes[0].digits, one.rate) for one in read.rows] == [("84713000", 25.0), ("85011010", 10.0)]


@pytest.mark.parametrize(
    ("rates", "read_as"),
    [
        ((0.25, 1), [25.0, 100.0]),
        (("0.25", "0.1"), [25.0, 10.0]),
        ((1.0, 1.0), [1.0, 1.0]),
        (("0.25%", "1%"), [0.25, 1.0]),
        ((0.25, 1.25), [0.25, 1.25]),
    ],
)
def test_rates_are_fractions_only_where_some_lie_between_nought_and_one_and_none_above(
    rates: tuple[object, ...], read_as: list[float]
) -> None:
    read = read_table([["HS", "rate"], ["84713000", rates[0]], ["85011010", rates[1]]])
    assert [one.rate for one in read.rows] == read_as


def test_a_rate_below_nought_and_days_the_wrong_way_round_are_told() -> None:
    read = read_table([["HS", "税率", "生效", "终止"], ["84713000", -5, "2025-01-01", "2024-12-31"]])
    assert [(one.row, one.column) for one in read.faults] == [(2, 2), (2, 4)]
    assert "-5" in read.faults[0].zh and "2025-01-01" in read.faults[1].zh


def test_a_code_of_which_a_part_only_is_meant_says_so_in_its_row() -> None:
    rows, _ = product_rows(find_codes("税号：ex 8708.99、8501.10"), "HS", "2022")
    assert [(one.digits, one.part) for one in rows] == [("870899", True), ("850110", False)]
