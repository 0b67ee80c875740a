"""``cbrain exposure`` and reading a list: the answer in a terminal, a csv, JSON, and a sentence for each fault."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter
from tests.engine.rollups.lines import append, draw, months_of, table_at
from typer.testing import CliRunner

from commercebrain.cli import app
from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure import screen
from commercebrain.engine.exposure.compute import exposure
from commercebrain.engine.exposure.lines import customs_base
from commercebrain.engine.exposure.reading import Sheet, read_list, read_sheets, read_text, table_of
from commercebrain.engine.exposure.screen import SHOWN
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.lists.rows import ProductRow
from commercebrain.engine.working.store import Working


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lake")
    rng = np.random.default_rng(5)
    table = table_at(root)
    goods = ["8471300000", "8501100000", "9503006000", "6109100021", "8418102000"]
    append(
        table,
        {
            month: [replace(line, hs10=goods[int(line.hs10) % 5]) for line in draw(rng, 120)]
            for month in months_of(202406, 13)
        },
    )
    Working(root).refresh(table, counted=[])
    return root


@pytest.fixture(autouse=True)
def home(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CBRAIN_LAKE", str(lake))
    monkeypatch.setenv("CBRAIN_TODAY", "2025-07-21")


def run(*words: str, given: str | None = None) -> str:
    done = CliRunner().invoke(app, ["exposure", *words], catch_exceptions=False, input=given)
    assert done.exit_code == 0, done.output
    return done.stdout


CODES = ["8471300000", "9503006000", "61091000"]


def test_the_terminal_gives_the_digits_of_the_python_function(lake: Path, tmp_path: Path) -> None:
    base = customs_base(lake, reach=Reach(ALL, "confidential"), as_of=date(2025, 7, 21))
    expected = exposure([ProductRow(code, "CN", "", "USA", 25.0) for code in CODES], base)
    text = "\n".join(CODES)
    rows = list(
        csv.DictReader(io.StringIO(run("-", "--partner", "美国", "--rate", "25", "--format", "csv", given=text)))
    )
    assert [row["uscc"] for row in rows] == list(expected.firms)
    assert [int(row["exposure"]) for row in rows] == expected.upper.tolist()
    told = json.loads(run("-", "--partner", "USA", "--rate", "25", "--format", "json", given=text))
    assert told["totals"]["value"] == expected.totals.value > 0
    assert told["totals"]["duty"] == expected.totals.duty
    assert told["tier"] == "A"
    assert told["synthetic"] is True
    assert sum(one["exposure"] for one in told["by"]["county"]) == expected.totals.value
    file, out = tmp_path / "codes.txt", tmp_path / "answer.csv"
    file.write_text(text, encoding="utf-8")
    run(str(file), "--partner", "USA", "--format", "csv", "--out", str(out))
    assert len(out.read_text(encoding="utf-8").splitlines()) == len(expected.firms) + 1


def test_the_table_begins_with_the_answer_in_one_line_and_names_tier_and_months(lake: Path, tmp_path: Path) -> None:
    text = "\n".join(CODES)
    old = tmp_path / "old.txt"
    old.write_text(text.splitlines()[0], encoding="utf-8")
    said = run("-", "--partner", "USA", "--against", str(old), given=text)
    assert said.startswith("清单3行涉及")
    assert "A档：海关明细 · 2024-07 – 2025-06 · 合成数据" in said
    assert "新受影响" in said
    english = run("-", "--partner", "USA", "--language", "en", given=text)
    assert english.startswith("The list's 3 rows hit")
    assert "tier A" in english
    assert f"前 {SHOWN} 家，共" in run("-", given=text) and "--format csv" in run("-", "--language", "en", given=text)


def test_a_tiny_part_is_not_said_to_be_nothing() -> None:
    assert [screen._percent(one) for one in (0.0, 0.0001, 0.0005, 0.123, float("nan"))] == [
        "0.0 %", "<0.1 %", "0.1 %", "12.3 %", "—",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["-", "--rate", "-5"], "code.bad_rate"),
        (["-", "--rate", "nan"], "code.bad_rate"),
        (["-", "--partner", "Mars"], "lists.no_partner"),
        (["-", "--tier", "Z"], "exposure.tier"),
        (["-", "--tier", "B"], "exposure.no_tier"),
        (["-", "--period", "2025-13"], "exposure.period"),
        (["-", "--period", "2025-06:2025-01"], "exposure.period"),
        (["-", "--format", "pdf"], "cli.format"),
        (["-", "--out", "x.csv"], "cli.table_to_file"),
        (["-", "--nomenclature", "XX"], "code.no_nomenclature"),
        (["-", "--as-of", "2031-01-01"], "as_of.future"),
    ],
)
def test_a_fault_is_a_sentence(words: list[str], code: str) -> None:
    with pytest.raises(UserError) as fault:
        CliRunner().invoke(app, ["exposure", *words], catch_exceptions=False, input="8471.30\n")
    assert fault.value.code == code


def test_a_table_gives_each_row_its_own_rate_and_partner_and_tells_what_it_cannot_read(tmp_path: Path) -> None:
    text = "商品编码,加征税率,国别\n84713000,25,美国\n850110,7.5%,eu27\n95030060,10,亚特兰蒂斯\nabc,1,USA\n"
    for data in (text.encode("utf-8-sig"), text.encode("gb18030")):
        read = read_list("清单.csv", data, nomenclature="CN", edition="2022", rate=5.0)
        assert [(one.digits, one.partner, one.rate) for one in read.rows] == [
            ("84713000", "USA", 25.0),
            ("850110", "eu27", 7.5),
        ]
        assert any("亚特兰蒂斯" in fault.zh and "第4行" in fault.zh for fault in read.faults)
        assert any("abc" in fault.zh for fault in read.faults)
    book = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate([("HS code", "Rate"), ("8471300000", 25), (1012100, 10)]):
            sheet.write_row(number, 0, row)
    read = read_list("list.xlsx", book.read_bytes(), nomenclature="CN", partner="USA")
    assert [(one.digits, one.partner, one.rate) for one in read.rows] == [
        ("8471300000", "USA", 25.0),
        ("01012100", "USA", 10.0),
    ]
    assert read.notes


def test_codes_in_the_text_of_a_notice_are_found() -> None:
    notice = "对税则号列8471.30、8501.10项下商品，自2025年5月1日起加征25%关税，涉及金额1.5亿美元。"
    read = read_list("公告.txt", notice.encode(), nomenclature="HS", partner="USA", rate=25.0)
    assert [one.digits for one in read.rows] == ["847130", "850110"]
    with pytest.raises(UserError) as fault:
        read_list("公告.txt", "没有编码。".encode())
    assert fault.value.code == "exposure.no_codes"


TABLE = '税则号列,商品名称,国家（地区）,加征税率,生效日期\n84713000,"电脑, 便携",美国,25,2025-08-01\n85076000,电池,欧盟,7.5,\n77010000,无,美国,5,\n'


@pytest.mark.parametrize("mark", [",", "\t"])
def test_a_table_that_is_pasted_is_read_as_the_same_table_in_a_file(mark: str) -> None:
    pasted = read_text("\n".join(mark.join(_cells(line, mark)) for line in TABLE.splitlines()), "CN", "2022")
    assert [(row.digits, row.partner, row.rate, str(row.valid_from or "")) for row in pasted.rows] == [
        ("84713000", "USA", 25.0, "2025-08-01"),
        ("85076000", "eu27", 7.5, ""),
    ]
    (fault,) = pasted.faults
    assert "第4行第1列“77010000”" in fault.zh
    sheet = read_sheets([Sheet("", list(csv.reader(io.StringIO(TABLE))))], "CN", "2022")
    assert (pasted.rows, pasted.faults) == (sheet.rows, sheet.faults)


def _cells(line: str, mark: str) -> list[str]:
    """As a spreadsheet puts them on the clipboard, or as a csv has them."""
    return [f'"{cell}"' if mark in cell else cell for cell in next(csv.reader([line]))]


def test_a_notice_with_commas_is_no_table() -> None:
    notice = (
        "Tariff headings, rate 25, from 2025-08-01\nGoods of heading 8471.30, 8471.41, 8471.49, and others\n"
        "Goods of subheading 8507.60\n"
    )
    assert table_of(notice) is None
    assert {row.digits for row in read_text(notice, "HS", "2022").rows} >= {"847130", "850760"}


def test_every_sheet_with_codes_is_read_and_one_without_is_named() -> None:
    sheets = [
        Sheet("甲", [["税号", "税率"], ["84713000", 25]]),
        Sheet("说明", [["本附件自公布之日起施行"], [None]]),
        Sheet("乙", [["税号"], ["85076000"]]),
    ]
    read = read_sheets(sheets, "CN", "2022")
    assert [row.digits for row in read.rows] == ["84713000", "85076000"]
    assert [one.zh for one in read.notes] == ["工作表“说明”没有商品编码列，没有读取。"]


def test_a_csv_has_no_column_for_what_was_not_understood_so_it_is_told_beside(tmp_path: Path) -> None:
    table = "商品编码,国别\n8471300000,\n8471300000,亚特兰蒂斯\n"
    done = CliRunner().invoke(app, ["exposure", "-", "--format", "csv"], catch_exceptions=False, input=table)
    assert done.exit_code == 0 and "亚特兰蒂斯" in done.stderr and "亚特兰蒂斯" not in done.stdout
    assert done.stdout.startswith("uscc,")
    old = tmp_path / "old.txt"
    old.write_text("9503006000\n", encoding="utf-8")
    with pytest.raises(UserError) as fault:
        CliRunner().invoke(
            app,
            ["exposure", "-", "--format", "csv", "--against", str(old)],
            catch_exceptions=False,
            input="8471300000\n",
        )
    assert fault.value.code == "exposure.compare_csv"


def test_a_quotation_mark_that_never_closes_breaks_nothing() -> None:
    read = read_text('税则号列84713000\n"' + "货物,进口," * 30_000, "CN", "2022")
    assert [one.digits for one in read.rows] == ["84713000"]
