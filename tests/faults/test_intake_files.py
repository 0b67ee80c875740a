"""Files that cannot be read as sheets are refused with a sentence, and the lake stays as it was."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake import Lake, Names

TODAY = date(2025, 7, 21)
HEADINGS = ["指标", "地区", "时期", "数值", "单位", "公布日期", "来源", "来源等级", "备注"]
ROW = ["export_value", "330200", "2024-05", "812.5", "亿元", "2024-06-18", "宁波海关", "A", "当月数"]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake", Names())


def text() -> str:
    return "\n".join(",".join(cells) for cells in (HEADINGS, ROW)) + "\n"


def workbook() -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADINGS)
        for number in range(1, 400):
            page.write_row(number, 0, [*ROW[:2], f"{2000 + number % 20}", number, *ROW[4:6], f"来源{number}", *ROW[7:]])
    return held.getvalue()


def refused(lake: Lake, path: Path) -> UserError:
    """The refusal, after making sure that nothing at all was written."""
    before = lake.versions()
    with pytest.raises(UserError) as told:
        lake.intake(path, taken_in=TODAY)
    assert lake.versions() == before
    assert lake.batches() == [] and lake.quarantine() == []
    for sentence in (told.value.zh, told.value.en):
        assert path.name in sentence and sentence.rstrip("”").endswith(("。", "."))
    return told.value


def ole(*streams: str) -> bytes:
    """A compound file (what Office writes for a workbook with a password) holding the named streams, each
    empty."""
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504)
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", header, 44, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    struct.pack_into("<109I", header, 76, 0, *([0xFFFFFFFF] * 108))
    table = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *([0xFFFFFFFF] * 126))
    entries = b""
    for number, name in enumerate(["Root Entry", *streams]):
        encoded = (name + "\0").encode("utf-16-le")
        entry = bytearray(128)
        entry[: len(encoded)] = encoded
        struct.pack_into("<H", entry, 64, len(encoded))
        entry[66] = 5 if number == 0 else 2
        struct.pack_into("<III", entry, 68, 0xFFFFFFFF, 0xFFFFFFFF, 1 if number == 0 else 0xFFFFFFFF)
        struct.pack_into("<I", entry, 116, 0xFFFFFFFE)
        entries += bytes(entry)
    return bytes(header) + table + entries.ljust(512, b"\0")


def test_an_empty_file_is_refused(lake, tmp_path):
    path = tmp_path / "空.xlsx"
    path.write_bytes(b"")
    assert refused(lake, path).code == "intake.empty"
    blank = tmp_path / "空白.csv"
    blank.write_text("\ufeff  \n\n", "utf-8")
    assert refused(lake, blank).code == "intake.empty"


def test_a_workbook_without_a_single_cell_is_refused(lake, tmp_path):
    path = tmp_path / "无.xlsx"
    xlsxwriter.Workbook(path).close()
    assert refused(lake, path).code == "intake.no_table"


def test_an_absent_file_is_refused(lake, tmp_path):
    assert refused(lake, tmp_path / "没有.xlsx").code == "intake.no_file"


def test_a_workbook_with_a_password_is_refused(lake, tmp_path):
    path = tmp_path / "加密.xlsx"
    path.write_bytes(ole("EncryptionInfo", "EncryptedPackage"))
    assert refused(lake, path).code == "intake.encrypted"


def test_an_old_xls_is_refused_since_its_formula_errors_cannot_be_seen(lake, tmp_path):
    path = tmp_path / "旧.xls"
    path.write_bytes(ole("Workbook"))
    assert refused(lake, path).code == "intake.old_format"


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_truncated_workbook_is_refused_wherever_it_breaks_off(lake, tmp_path, share):
    path = tmp_path / "断.xlsx"
    whole = workbook()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refused(lake, path).code == "intake.damaged"


def test_a_workbook_with_a_broken_sheet_inside_is_refused(lake, tmp_path):
    path = tmp_path / "坏.xlsx"
    with zipfile.ZipFile(io.BytesIO(workbook())) as good, zipfile.ZipFile(path, "w") as bad:
        for name in good.namelist():
            held = good.read(name)
            bad.writestr(name, held[: len(held) // 2] if name.endswith("sheet1.xml") else held)
    assert refused(lake, path).code == "intake.damaged"


def test_more_than_200_megabytes_are_refused_before_reading(lake, tmp_path):
    path = tmp_path / "大.csv"
    with path.open("wb") as stream:
        os.truncate(stream.fileno(), 201 * 2**20)
    told = refused(lake, path)
    assert told.code == "intake.too_large"
    assert "201 MB" in told.zh and "200 MB" in told.zh


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_a_csv_in_a_usual_encoding_is_read_right(lake, tmp_path, encoding):
    path = tmp_path / "编码.csv"
    path.write_bytes(text().encode(encoding))
    assert lake.intake(path, taken_in=TODAY).accepted == 1
    assert lake.observations(None)[0].source == "宁波海关"


@pytest.mark.parametrize("encoding", ["big5", "shift_jis"])
def test_a_csv_in_another_encoding_is_refused_and_not_read_as_nonsense(lake, tmp_path, encoding):
    words = {
        "big5": "寧波海關進出口總額資料來源統計單位說明",
        "shift_jis": "データのカタカナとひらがなの説明です",
    }
    path = tmp_path / "外.csv"
    path.write_bytes(",".join([*ROW[:4], "%", ROW[5], words[encoding], "A", words[encoding]]).encode(encoding))
    assert refused(lake, path).code == "intake.encoding"


def test_a_csv_of_two_encodings_names_the_line_where_the_second_begins(lake, tmp_path):
    path = tmp_path / "混.csv"
    path.write_bytes(text().encode() + "出口额,宁波市,２０２４,".encode("gbk") + b"\xff\xff\n")
    told = refused(lake, path)
    assert told.code == "intake.encoding" and "第 3 行" in told.zh


def test_a_csv_cut_in_the_middle_of_a_character_is_refused(lake, tmp_path):
    path = tmp_path / "截.csv"
    path.write_bytes(text().encode().rstrip()[:-1])
    assert refused(lake, path).code == "intake.truncated"


def test_a_csv_with_an_open_quotation_mark_is_refused(lake, tmp_path):
    path = tmp_path / "引号.csv"
    path.write_text(text() + 'export_value,330200,2024-06,"812', "utf-8")
    told = refused(lake, path)
    assert told.code == "intake.quotes" and "第 3 行" in told.zh


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html><table><tr><td>1</td></tr></table></html>", "intake.web_page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "intake.not_a_sheet"),
        (b"%PDF-1.7\n1 0 obj\0", "intake.not_a_sheet"),
        ("亲爱的同志：\n请于周五前报送数据。\n".encode(), "intake.no_table"),
    ],
)
def test_what_is_no_sheet_is_refused(lake, tmp_path, data, code):
    path = tmp_path / "不是表.xlsx"
    path.write_bytes(data)
    assert refused(lake, path).code == code


def test_a_zip_that_is_no_workbook_is_refused(lake, tmp_path):
    path = tmp_path / "别的.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refused(lake, path).code == "intake.not_a_workbook"


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(lake, tmp_path):
    path = tmp_path / "簿.xlsx"
    path.write_bytes(workbook())
    with pytest.raises(UserError) as told:
        lake.intake(path, taken_in=TODAY, sheet="九月")
    assert told.value.code == "intake.no_sheet" and "Sheet1" in told.value.zh


def test_an_unknown_field_or_dataset_is_refused(lake, tmp_path):
    path = tmp_path / "表.csv"
    path.write_text(text(), "utf-8")
    for arguments in ({"defaults": {"regoin": "330200"}}, {"dataset": "../observations"}):
        with pytest.raises(UserError):
            lake.intake(path, taken_in=TODAY, **arguments)
    assert lake.batches() == []
