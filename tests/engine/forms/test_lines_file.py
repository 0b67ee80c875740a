"""Lines from files as people make them, with every fault at its place."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms import FormKind
from commercebrain.engine.forms.lines_file import FileLines, read_lines
from commercebrain.engine.forms.template import template


@pytest.fixture(scope="module")
def form() -> FormKind:
    return load_catalogue().forms["order_report"]


def workbook(
    rows: list[list[Any]], merges: tuple[tuple[int, int, int, int, str], ...] = (), name: str = "明细"
) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet(name)
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(number, column, value)
    for merge in merges:
        sheet.merge_range(*merge)
    book.close()
    return buffer.getvalue()


def read(form: FormKind, rows: list[list[Any]], **more: Any) -> FileLines:
    return read_lines(form, "明细.xlsx", workbook(rows, **more))


def test_merged_headings_titles_full_width_digits_and_a_total_row_are_read(form: FormKind) -> None:
    found = read(
        form,
        [
            ["企业订单明细表"],
            [None, None, None, None, "单位：万美元"],
            ["商品编码", "国别（地区）", None, None, "价格走势", "备注"],
            [None, None, "在手", "本期新增", None, None],
            ["８５０１１０", "USA", "１，２３４．５", "10", "涨", "不问的列"],
            ["6204 6200", "DEU", 20, None, "平"],
            [None] * 5,
            ["合计", None, 1254.5, 10],
            ["注：金额不含税"],
        ],
        merges=((2, 0, 3, 0, "商品编码"), (2, 1, 3, 1, "国别（地区）"), (2, 2, 2, 3, "订单"), (2, 4, 3, 4, "价格走势")),
    )
    assert found.faults == ()
    assert found.rows == (
        {"product": "850110", "market": "USA", "orders": "1234.5", "new_orders": "10", "price": "higher"},
        {"product": "62046200", "market": "DEU", "orders": "20", "price": "same"},
    )
    assert found.places == (("明细", 5), ("明细", 6))
    assert any("备注" in one for one in found.skipped)
    assert [one[-1] for one in found.skipped[1:]] == ["8", "9"]


@pytest.mark.parametrize(
    ("heading", "above", "typed", "kept", "noted"),
    [
        ("在手订单（美元）", "", 356789, "35.6789", True),
        ("在手订单（万美元）", "单位：美元", 35, "35", False),
        ("在手订单", "单位：美元", "350,000", "35", True),
        ("在手订单", "", "350000美元", "35", False),
        ("在手订单(亿美元)", "", 0.5, "5000", True),
    ],
)
def test_the_unit_of_the_heading_or_of_the_cell_is_brought_to_the_forms(
    form: FormKind, heading: str, above: str, typed: Any, kept: str, noted: bool
) -> None:
    found = read(form, [[above or None], ["商品编码", "市场", heading], ["850110", "USA", typed]])
    assert found.faults == ()
    assert found.rows[0]["orders"] == kept
    assert bool(found.notes) == noted


@pytest.mark.parametrize("unit", ["万元", "万", "USD", "USD 10,000", "EUR k", "千人民币"])
def test_a_unit_that_is_another_or_none_is_told_once_at_its_heading_and_no_number_is_read_in_it(
    form: FormKind, unit: str
) -> None:
    found = read(form, [["商品编码", "市场", f"在手订单（{unit}）"], ["850110", "USA", 35], ["850120", "USA", 4.5]])
    assert [(one.row, one.letter, one.value) for one in found.faults] == [(1, "C", unit.replace(" ", ""))]
    assert "换成万美元" in found.faults[0].zh and "万美元" in found.faults[0].en
    assert [row["orders"] for row in found.rows] == ["35", "4.5"] and not found.notes


def test_brackets_that_speak_of_no_money_are_no_unit(form: FormKind) -> None:
    found = read(form, [["商品编码", "市场", "在手订单（预计）"], ["850110", "USA", 35]])
    assert found.good and found.rows[0]["orders"] == "35"


def test_every_fault_is_told_with_sheet_row_column_and_value(form: FormKind) -> None:
    found = read(
        form,
        [
            ["商品编码", "市场", "在手订单（万美元）", "价格"],
            ["770110", "USA", 1, None],
            ["85AB", "USA", 1, None],
            ["850110", "", "很多", "飞涨"],
            ["850110", "USA", 1, None],
            ["850110", "USA", 2, None],
            ["8501", "USA", -3, None],
        ],
    )
    told = [(one.row, one.letter, one.column) for one in found.faults]
    assert told == [
        (2, "A", "product"), (3, "A", "product"), (4, "B", "market"), (4, "C", "orders"), (4, "D", "price"),
        (6, "", "product"), (7, "A", "product"), (7, "C", "orders"),
    ]  # fmt: skip
    assert found.faults[2].say() == "工作表“明细”第4行B列：请填写“市场”。"
    assert "与第5行相同" in found.faults[5].zh
    assert found.faults[3].value == "很多"
    assert found.rows[2]["orders"] == "很多"  # what was typed is there to be corrected
    assert not found.good


def test_a_leading_zero_that_the_spreadsheet_dropped_is_put_back(form: FormKind) -> None:
    found = read(form, [["商品编码", "市场", "在手订单"], [1012100, "USA", 1]])
    assert found.faults == ()
    assert found.rows[0]["product"] == "01012100"
    assert [one.say() for one in found.notes] == [
        "工作表“明细”第2行A列：“1012100”按“01012100”读取：表格把开头的0去掉了。"
    ]
    assert read(form, [["商品编码", "市场", "在手订单"], ["8501.10", "USA", 1]]).notes == ()


def test_a_required_column_that_is_not_there_is_told_once(form: FormKind) -> None:
    found = read(form, [["商品编码", "市场", "价格"], ["850110", "USA", "平"], ["850120", "USA", "平"]])
    assert [one.column for one in found.faults] == ["orders"]


def test_a_file_without_the_table_is_told_with_what_it_holds(form: FormKind) -> None:
    with pytest.raises(UserError, match="请下载模板") as told:
        read(form, [["姓名", "电话"], ["张三", "1"]])
    assert told.value.code == "form.no_table"
    assert "姓名" in told.value.zh


def test_csv_of_five_thousand_lines_is_read_and_one_more_is_refused(form: FormKind) -> None:
    head = "商品编码,市场,在手订单（万美元）\n"
    lines = [f"{8501000000 + n:010d},USA,{n}.5" for n in range(5_000)]
    found = read_lines(form, "明细.csv", (head + "\n".join(lines)).encode("gb18030"))
    assert len(found.rows) == 5_000
    assert found.faults == ()
    with pytest.raises(UserError, match="超过5000行"):
        read_lines(form, "明细.csv", (head + "\n".join([*lines, "8601000000,USA,1"])).encode())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_reads_back_as_the_lines_written_in_it(form: FormKind, language: str) -> None:
    lines = [
        {"product": "01012100", "market": "USA", "orders": "35.25", "price": "lower"},
        {"product": "850110", "market": "DEU", "orders": "0", "new_orders": "1"},
    ]
    found = read_lines(form, "模板.xlsx", template(form, lines, language=language))
    assert found.faults == ()
    assert list(found.rows) == lines
    empty = read_lines(form, "模板.xlsx", template(form, language=language))
    assert empty.rows == ()


def test_a_form_without_lines_has_no_template() -> None:
    with pytest.raises(UserError, match="没有明细表"):
        template(load_catalogue().forms["firm_basics"])
