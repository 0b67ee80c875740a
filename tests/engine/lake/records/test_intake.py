"""Files of lines come in: every good line once, every fault told, and nothing twice."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.depth import examples
from tests.engine.lake.records.conftest import FIELDS, held, line, told, write_csv
from typer.testing import CliRunner

from commercebrain.cli import app
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake import IntakeReport, Lake
from commercebrain.engine.lake.quarantine import export_quarantine
from commercebrain.engine.lake.records.intake import take_in
from commercebrain.engine.lake.records.schema import record_dataset, record_datasets
from commercebrain.engine.lake.records.table import RecordTable

Take = Callable[..., IntakeReport]
DAY = date(2024, 3, 20)


def test_a_csv_of_two_months_comes_in_whole_and_sorted(tmp_path: Path, take: Take, table: RecordTable) -> None:
    lines = [line(n, 202401 + n % 2) for n in range(200)]
    report = take(write_csv(tmp_path / "a.csv", lines), published=date(2024, 3, 18))
    assert (report.read, report.accepted, report.quarantined) == (200, 200, 0)
    assert held(table) == told(lines)
    assert [(v.month, v.rows, v.published, v.synthetic, v.source) for v in table.months()] == [
        (202401, 100, date(2024, 3, 18), True, "海关"),
        (202402, 100, date(2024, 3, 18), True, "海关"),
    ]
    for version in table.months():
        rows = duckdb.sql(f"SELECT uscc, hs10, country, mode, flow FROM read_parquet({list(version.files)})").fetchall()
        assert rows == sorted(rows)


@pytest.mark.parametrize("column", ["value_cny", "value_usd", "quantity"])
@pytest.mark.parametrize("text", ["-5", "-1,234", "－7"])
def test_a_line_below_zero_waits_for_its_correction(
    tmp_path: Path, take: Take, table: RecordTable, lake: Lake, column: str, text: str
) -> None:
    """Customs take back a line by sending the month again, never by a negative one."""
    report = take(write_csv(tmp_path / "a.csv", [line(0), line(1, **{column: text}), line(2)]))
    assert (report.accepted, report.quarantined) == (2, 1)
    (fault,) = lake.quarantine()
    assert (fault.field, fault.row, fault.value) == (column, 3, text)
    assert fault.reason_en == "is less than 0"
    assert held(table) == told([line(0), line(2)])


@pytest.mark.parametrize("content", [b"\x00\x01\x02broken" * 40, b"\x14\x00\x06\x00,," * 9])
@pytest.mark.parametrize("dataset", ["declaration_lines", "observations"])
def test_a_broken_workbook_is_called_broken_and_no_text_without_headings(
    tmp_path: Path, lake: Lake, content: bytes, dataset: str
) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        lake.intake(path, dataset, taken_in=DAY)
    assert caught.value.code == "intake.not_a_sheet"


def test_a_text_that_is_called_a_workbook_is_still_read(tmp_path: Path, take: Take) -> None:
    assert take(write_csv(tmp_path / "a.xlsx", [line(0), line(1)])).accepted == 2


@pytest.mark.parametrize("dataset", ["declaration_lines", "observations"])
def test_a_folder_is_told_as_a_folder(tmp_path: Path, lake: Lake, dataset: str) -> None:
    (tmp_path / "六月").mkdir()
    with pytest.raises(UserError) as caught:
        lake.intake(tmp_path / "六月", dataset, taken_in=DAY)
    assert caught.value.code == "intake.folder" and "六月" in caught.value.zh


def test_an_unknown_dataset_is_answered_with_all_that_there_are(tmp_path: Path, lake: Lake) -> None:
    with pytest.raises(UserError) as caught:
        lake.intake(write_csv(tmp_path / "a.csv", [line(0)]), "nosuch", taken_in=DAY)
    assert all(code in caught.value.en for code in ("observations", *record_datasets()))


def test_the_same_file_a_second_time_writes_nothing(tmp_path: Path, take: Take, table: RecordTable) -> None:
    path = write_csv(tmp_path / "a.csv", [line(n) for n in range(20)])
    first = take(path)
    second = take(path, taken_in=date(2024, 3, 25))
    assert second.already and second.read == first.read and second.sheets == first.sheets
    assert len(table.vintages()) == 1


def test_chinese_headings_names_and_the_habits_of_spreadsheets_are_understood(
    tmp_path: Path, take: Take, table: RecordTable
) -> None:
    headings = ["序号", "年月", "统一社会信用代码", "商品编码", "国别（地区）", "监管方式", "进出口标志", "第一数量",
                "人民币值（元）", "美元值", "县市区", "备注"]  # fmt: skip
    good = line(1)
    rows: list[list[Any]] = [
        [
            1,
            "2024年1月",
            good["uscc"],
            8471300011,
            "德国",
            "电子商务",
            "进口",
            0.1 + 0.2,
            1234.0,
            1234567.0,
            "乙区",
            "",
        ],
        [
            2,
            "2024-01",
            f" {good['uscc']} ",
            "101210011",
            "276",
            110,
            "E",
            "1,234.5",
            "1,234,567",
            "1e3",
            "990102",
            None,
        ],
        [3, date(2024, 1, 1), good["uscc"], "0101.21.0011", "us", "一般贸易", "出口", None, "12", "5", "乙区", "退"],
    ]
    path = tmp_path / "报关单.xlsx"
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("明细")
        sheet.write(0, 0, "示例市进出口明细")
        sheet.write_row(2, 0, headings)
        for number, row in enumerate(rows, 3):
            sheet.write_row(number, 0, row)
        sheet.write_row(6, 0, headings)  # the next printed page
        book.add_worksheet("说明").write(0, 0, "填报说明")
    report = take(path)
    assert [q.say() for q in Lake(table.root).quarantine()] == []
    assert (report.read, report.accepted) == (3, 3)
    assert report.sheets[0].header_rows == (3, 3)
    assert report.sheets[0].skipped == ("A 序号", "L 备注", "重复的表头 repeated headings × 1")
    assert report.sheets[1].reason_zh
    u = good["uscc"]
    assert held(table) == sorted([
        ("202401", u, "8471300011", "DEU", "9610", "import", "0.300", "1234", "1234567", "990102"),
        ("202401", u, "0101210011", "DEU", "0110", "export", "1234.500", "1234567", "1000", "990102"),
        ("202401", u, "0101210011", "USA", "0110", "export", None, "12", "5", "990102"),
    ])  # fmt: skip


@pytest.mark.parametrize("form", ["gb18030", "utf-8-sig", "utf-16", "gz", "parquet", "in place", "tabs", "typed"])
def test_the_same_lines_in_any_form_are_the_same_record(
    tmp_path: Path, table: RecordTable, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line(n, 202401 + n % 3, country="越南" if n % 4 == 3 else line(n)["country"]) for n in range(60)]
    path = tmp_path / "lines.csv"
    in_place_from = 0 if form == "in place" else 10**9
    write_csv(path, lines, encoding=form if form.startswith(("gb", "utf")) else "utf-8")
    if form == "gz":
        packed = tmp_path / "lines.csv.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        path = packed
    elif form == "tabs":
        path.write_text(path.read_text(encoding="utf-8").replace(",", "\t"), encoding="utf-8")
    elif form in ("parquet", "typed"):
        target = tmp_path / "lines.parquet"
        text = "true" if form == "parquet" else "false"
        duckdb.sql(f"COPY (FROM read_csv('{path}', all_varchar = {text})) TO '{target}'")
        path = target
    report = take_in(table, path, taken_in=DAY, in_place_from=in_place_from)
    assert report.accepted == 60
    expected = [row | {"country": line(n)["country"]} for n, row in enumerate(lines)]
    assert held(table) == told(expected)


def test_every_fault_of_a_line_is_told_with_its_place_and_reason(tmp_path: Path, lake: Lake, take: Take) -> None:
    bad = line(1, uscc="91330000000000000X", country="火星", value_cny="12.50", month="2024-13", quantity="1.2345")
    path = write_csv(tmp_path / "a.csv", [line(0), bad, line(2)])
    report = take(path)
    assert (report.read, report.accepted, report.quarantined) == (3, 2, 1)
    faults = lake.quarantine(report.batch)
    assert [(q.row, q.field, q.column, q.value) for q in faults] == [
        (3, "month", "A month", "2024-13"),
        (3, "uscc", "B uscc", "91330000000000000X"),
        (3, "country", "D country", "火星"),
        (3, "quantity", "G quantity", "1.2345"),
        (3, "value_cny", "H value_cny", "12.50"),
    ]
    assert all(q.reason_zh and q.reason_en and q.file == "a.csv" for q in faults)
    assert json.loads(faults[0].cells)["value_usd"] == "151"


@pytest.mark.parametrize("in_place_from", [0, 10**9])
def test_blank_lines_lines_cut_short_and_surplus_cells_lose_nothing(
    tmp_path: Path, table: RecordTable, lake: Lake, in_place_from: int
) -> None:
    path = write_csv(tmp_path / "a.csv", [line(0), line(1), line(2), line(3)])
    rows = path.read_text(encoding="utf-8").splitlines()
    rows[2] += ",多出来的"
    rows[3] = rows[3].rpartition(",")[0]
    rows.insert(1, "")
    rows.insert(4, "," * 9)
    path.write_text("\n".join(rows), encoding="utf-8")
    report = take_in(table, path, taken_in=DAY, in_place_from=in_place_from)
    assert (report.read, report.accepted, report.quarantined) == (4, 2, 2)
    assert [(q.row, q.field, q.value) for q in lake.quarantine()] == [(4, "extra__", "多出来的"), (6, "county", "")]


def test_an_invented_firm_in_a_real_place_is_a_fault_and_a_file_of_both_is_refused(
    tmp_path: Path, take: Take, lake: Lake, table: RecordTable
) -> None:
    real = "91330100799655058B"
    report = take(write_csv(tmp_path / "a.csv", [line(0), line(1, county="330602")]))
    waiting = [(q.field, q.column, q.value) for q in lake.quarantine(report.batch)]
    assert waiting == [("mixed__", "B uscc", str(line(1)["uscc"])), ("mixed_place__", "J county", "330602")]
    with pytest.raises(UserError, match="拆成两个文件"):
        take(write_csv(tmp_path / "b.csv", [line(0), line(1, county="330602", uscc=real)]))
    take(write_csv(tmp_path / "c.csv", [line(1, county="330602", uscc=real)]))
    assert [(v.synthetic, v.rows) for v in table.months()] == [(True, 1), (False, 1)]


@pytest.mark.parametrize(("field", "text"), [("mixed__", "91330100799655058B"), ("mixed_place__", "990102")])
def test_of_an_invented_firm_in_a_real_place_either_one_can_be_corrected(
    tmp_path: Path, take: Take, lake: Lake, table: RecordTable, field: str, text: str
) -> None:
    report = take(write_csv(tmp_path / "a.csv", [line(0), line(1, county="330602")]))
    fault = next(q for q in lake.quarantine(report.batch) if q.field == field)
    fixed = lake.reimport(report.batch, {fault.id: text}, taken_in=DAY)
    assert (fixed.read, fixed.accepted, fixed.quarantined) == (1, 1, 0)
    assert lake.quarantine() == []
    changed = {"uscc": text} if field == "mixed__" else {"county": text}
    wanted = line(1, **({"county": "330602"} | changed))
    assert told([wanted])[0] in held(table)


def test_a_code_whose_check_digit_is_wrong_is_not_called_real_or_invented_besides(
    tmp_path: Path, take: Take, lake: Lake
) -> None:
    right = str(line(1)["uscc"])
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    lines = [line(0), line(1, uscc=wrong), line(2, county="330602", uscc="91330100799655058B")]
    with pytest.raises(UserError, match="拆成两个文件"):
        take(write_csv(tmp_path / "a.csv", lines))
    report = take(write_csv(tmp_path / "b.csv", [*lines[:2], line(3, county="330602")]))
    assert [(q.row, q.field) for q in lake.quarantine(report.batch)] == [
        (3, "uscc"), (4, "mixed__"), (4, "mixed_place__"),
    ]  # fmt: skip


def test_a_heading_in_ten_thousand_yuan_is_refused_as_a_whole(tmp_path: Path, take: Take, table: RecordTable) -> None:
    path = write_csv(tmp_path / "a.csv", [line(0)])
    path.write_text(path.read_text(encoding="utf-8").replace("value_cny", "人民币值（万元）"), encoding="utf-8")
    with pytest.raises(UserError, match="万元为单位"):
        take(path)
    assert table.vintages() == []


def test_a_file_without_the_columns_says_which_are_missing_and_defaults_give_them(
    tmp_path: Path, take: Take, table: RecordTable
) -> None:
    path = tmp_path / "a.csv"
    rows = [{k: v for k, v in line(n).items() if k not in ("month", "flow")} for n in range(3)]
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(UserError, match="月份、进出口"):
        take(path)
    report = take(path, defaults={"month": "2023年12月", "flow": "出口"})
    assert report.accepted == 3
    assert [v.month for v in table.months()] == [202312]


def test_a_file_cut_in_a_quotation_or_no_table_at_all_is_refused(tmp_path: Path, take: Take) -> None:
    path = write_csv(tmp_path / "a.csv", [line(0)])
    path.write_text(path.read_text(encoding="utf-8") + '202401,"91', encoding="utf-8")
    with pytest.raises(UserError, match="引号"):
        take(path)
    for name, content in (("b.parquet", b"PAR1broken"), ("c.csv.gz", b"\x1f\x8bbroken"), ("d.csv", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError):
            take(tmp_path / name)


def test_stopping_from_the_progress_leaves_nothing_behind(tmp_path: Path, lake: Lake, table: RecordTable) -> None:
    path = write_csv(tmp_path / "a.csv", [line(n, 202401 + n % 5) for n in range(50)])

    class StoppedError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done:
            raise StoppedError

    with pytest.raises(StoppedError):
        lake.intake(path, "declaration_lines", taken_in=DAY, progress=stop)
    assert table.vintages() == [] and lake.batches() == []
    assert not list((table.path / "_staging").iterdir())


def test_corrected_lines_complete_their_month_and_the_earlier_vintage_stays(
    tmp_path: Path, take: Take, lake: Lake, table: RecordTable
) -> None:
    lines = [line(n) for n in range(10)]
    wrong = [row | {"country": "火星"} if n in (3, 4) else row for n, row in enumerate(lines)]
    report = take(write_csv(tmp_path / "a.csv", wrong), published=date(2024, 2, 18), taken_in=date(2024, 2, 19))
    sheet = tmp_path / "fix.xlsx"
    rows = lake.quarantine(report.batch)
    assert export_quarantine(rows, sheet) == 2
    fixed = lake.reimport(report.batch, {rows[0].id: str(lines[3]["country"])}, taken_in=date(2024, 2, 25))
    assert (fixed.read, fixed.accepted, fixed.quarantined) == (1, 1, 0)
    assert len(lake.quarantine()) == 1
    again = lake.reimport(report.batch, {rows[1].id: "还是火星"}, taken_in=date(2024, 2, 26))
    assert (again.read, again.accepted, again.quarantined) == (1, 0, 1)
    rest = lake.quarantine()
    assert [(q.batch, q.value, q.row) for q in rest] == [(again.batch, "还是火星", 6)]
    lake.reimport(again.batch, {rest[0].id: str(lines[4]["country"])}, taken_in=date(2024, 2, 27))
    assert lake.quarantine() == []
    assert held(table) == told(lines)
    assert held(table, date(2024, 2, 24)) == told([row for n, row in enumerate(lines) if n not in (3, 4)])
    assert held(table, date(2024, 2, 18)) == []


_CELL = {
    "uscc": st.sampled_from(["", "91", "91330100799655058C", " "]),
    "hs10": st.sampled_from(["", "12", "abc", "84713000011"]),
    "country": st.sampled_from(["", "火星", "XX"]),
    "mode": st.sampled_from(["", "9999", "x"]),
    "flow": st.sampled_from(["", "进", "0"]),
    "quantity": st.sampled_from(["nan", "1.2345", "x", "1,2", "inf"]),
    "value_cny": st.sampled_from(["", "1.5", "nan", "1_000", "0x10", "12万", "9" * 20]),
    "value_usd": st.sampled_from(["", "--", "1,23", "true"]),
    "county": st.sampled_from(["", "999999", "火星区"]),
    "month": st.sampled_from(["", "202413", "2024.1", "x"]),
}


@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    damage=st.lists(
        st.tuples(
            st.integers(0, 29), st.sampled_from(sorted(_CELL)).flatmap(lambda n: st.tuples(st.just(n), _CELL[n]))
        ),
        max_size=12,
    ),
    in_place=st.booleans(),
)
def test_what_was_read_is_good_or_in_quarantine_and_all_is_in_once_corrected(
    damage: list[tuple[int, tuple[str, str]]], in_place: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lines = [line(n, 202401 + n % 2) for n in range(30)]
        rows = [dict(row) for row in lines]
        spoilt: dict[int, dict[str, str]] = {}
        for number, (name, text) in damage:
            rows[number][name] = text
            spoilt.setdefault(number, {})[name] = text
        lake = Lake.create(root / "lake")
        table = RecordTable(lake.root, record_dataset("declaration_lines"))
        report = take_in(table, write_csv(root / "a.csv", rows), taken_in=DAY, in_place_from=0 if in_place else 10**9)
        faults = lake.quarantine()
        assert report.read == 30 == report.accepted + report.quarantined
        # A file whose line has no month at all would be blank only where everything else is blank too.
        assert {(q.row - 2, q.field) for q in faults} == {(n, name) for n, names in spoilt.items() for name in names}
        assert held(table) == told([row for n, row in enumerate(lines) if n not in spoilt])
        if faults:
            lake.reimport(report.batch, {q.id: str(lines[q.row - 2][q.field]) for q in faults}, taken_in=DAY)
        assert lake.quarantine() == []
        assert held(table) == told(lines)


def test_unicode_order_of_codes_is_the_order_of_lines_whatever_the_order_of_the_file(
    tmp_path: Path, take: Take, table: RecordTable
) -> None:
    lines = [line(n) for n in range(300)]
    random.Random(5).shuffle(lines)
    take(write_csv(tmp_path / "a.csv", lines))
    rows = duckdb.sql(f"SELECT uscc FROM read_parquet({table.files()})").fetchall()
    assert rows == sorted(rows) and len(FIELDS) == 10


def test_the_terminal_takes_lines_in_says_what_they_replace_and_lists_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CBRAIN_LAKE", str(tmp_path / "lake"))
    terminal = CliRunner()

    def run(*words: str) -> str:
        result = terminal.invoke(app, [*words, "--language", "en"])
        assert result.exit_code == 0, result.output
        return result.output

    options = ["--dataset", "declaration_lines", "--no-refresh", "--taken-in"]
    wrong = [line(0), line(1, mode="9999")]
    run("intake", str(write_csv(tmp_path / "a.csv", wrong)), *options, "2024-02-19", "--published", "2024-02-18")
    said = run("intake", str(write_csv(tmp_path / "b.csv", [line(0), line(1)])), *options, "2024-03-19")
    assert "replaces (the earlier vintage stays) 202401: 1 (2024-02-18, 海关)" in said
    state = list(csv.DictReader(io.StringIO(run("lake", "status", "--format", "csv"))))
    assert [(row["dataset"], row["months"], row["lines"], row["versions"]) for row in state] == [
        ("declaration_lines", "1", "2", "2")
    ]
    assert [(row["rolled"], row["protected"]) for row in state] == [("0", "0")]  # nothing was refreshed
    batch = json.loads(run("quarantine", "--format", "jsonl").splitlines()[0])["batch"]
    run("quarantine", "--batch", batch, "--out", str(tmp_path / "fix.xlsx"))
    assert (tmp_path / "fix.xlsx").exists()
    assert run("lake", "vacuum") == "0 files removed.\n"
