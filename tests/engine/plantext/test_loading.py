"""A plan's file becomes its text, and a file that cannot be read gets a sentence that says what to do."""

from __future__ import annotations

import io
import os
import random
import tracemalloc
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.plantext.documents import ENCRYPTED_TRAILER, docx_bytes, pdf, zip_bytes

import commercebrain
from commercebrain.engine.errors import UserError
from commercebrain.engine.plantext.loading import MAX_BYTES, load_bytes, load_document

PLANS = sorted((Path(commercebrain.__file__).parent / "catalogue/samples/plans").glob("*.txt"))
PLAN = (
    "一、现状基础\n\n2020年，全市进出口总额达到2578.28亿元，年均增长约3%。\n\n二、主要目标\n\n"
    "到2025年，出口突破3000亿元。\n"
)


def refused(data: bytes, name: str) -> UserError:
    """The error for ``data``; both of its sentences must name the file and end as sentences."""
    with pytest.raises(UserError) as caught:
        load_bytes(data, name)
    error = caught.value
    assert name in error.zh and name in error.en
    assert error.zh.endswith("。") and error.en.endswith(".")
    return error


# --- txt ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PLANS, ids=lambda p: p.name[:3])
def test_a_txt_file_is_exactly_its_own_text(path: Path) -> None:
    loaded = load_document(path)
    assert loaded.text == path.read_bytes().decode("utf-8")
    assert (loaded.name, loaded.media, loaded.pages, loaded.notes) == (path.name, "text/plain", None, ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_encodings_of_chinese_offices_are_told_apart(encoding: str) -> None:
    assert load_bytes(PLAN.encode(encoding), "规划.txt").text == PLAN


def test_windows_line_ends_stay_because_offsets_refer_to_the_file() -> None:
    text = PLAN.replace("\n", "\r\n")
    assert load_bytes(text.encode(), "规划.txt").text == text


def test_traditional_characters_in_gbk_are_read() -> None:
    text = "商務發展計劃為了國際貿易進出口總額達到三千億元以上，與會員國協調經濟關係。" * 5
    assert load_bytes(text.encode("gbk"), "規劃.txt").text == text


def test_a_big5_file_is_named_as_such() -> None:
    text = "商務發展計劃為了國際貿易進出口總額達到三千億元以上，與會員國協調經濟關係。" * 5
    error = refused(text.encode("big5"), "規劃.txt")
    assert error.code == "document.encoding" and "Big5" in error.zh and "UTF-8" in error.zh


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_txt_cut_within_a_character_is_called_cut_short(encoding: str) -> None:
    error = refused((PLAN * 3 + "尾").encode(encoding)[:-1], "规划.txt")
    assert error.code == "document.encoding" and "断开" in error.zh


def test_bytes_that_are_no_text_are_placed_by_line() -> None:
    data = PLAN.encode() + b"\xff\xff" + PLAN.encode()
    error = refused(data, "规划.txt")
    assert f"第 {PLAN.count(chr(10)) + 1} 行" in error.zh


def test_binary_content_is_not_taken_for_text() -> None:
    assert refused(bytes(range(256)) * 10, "规划.txt").code == "document.not_text"


@given(st.binary(max_size=400))
def test_any_bytes_give_text_or_a_sentence(data: bytes) -> None:
    for name in ("a.txt", "a.html", "a.docx", "a.pdf"):
        try:
            assert load_bytes(data, name).text.strip()
        except UserError as error:
            assert error.code.startswith("document.")


# --- what no format can give -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["空.txt", "空.docx", "空.pdf", "空.html"])
def test_an_empty_file_is_called_empty(name: str) -> None:
    assert refused(b"", name).code == "document.empty"


@pytest.mark.parametrize("data", [b" \n\t\r\n ", "　\u00a0\n".encode(), b"<html><body> </body></html>"])
def test_only_white_space_is_called_blank(data: bytes) -> None:
    assert refused(data, "空白.html" if data.startswith(b"<") else "空白.txt").code == "document.blank"


def test_200_megabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    big = tmp_path / "大.txt"
    with big.open("wb") as handle:
        os.truncate(handle.fileno(), 200_000_000)
    tracemalloc.start()
    with pytest.raises(UserError) as caught:
        load_document(big)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == "document.too_large"
    assert "200 MB" in caught.value.zh and f"{MAX_BYTES / 1e6:.0f} MB" in caught.value.zh
    assert peak < 1_000_000


def test_the_limit_is_the_callers(tmp_path: Path) -> None:
    path = tmp_path / "规划.txt"
    path.write_text(PLAN)
    with pytest.raises(UserError, match=r"document|超过"):
        load_document(path, max_bytes=10)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    codes = []
    for path in (tmp_path / "没有.txt", tmp_path):
        with pytest.raises(UserError) as caught:
            load_document(path)
        codes.append(caught.value.code)
    assert codes == ["document.not_found", "document.not_a_file"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "document.old_format"),
        ("旧.wps", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "document.old_format"),
        ("旧.docx", b"{\\rtf1\\ansi }", "document.old_format"),
        ("版式.ofd", zip_bytes({"OFD.xml": b"<OFD/>"}), "document.old_format"),
        ("表.xlsx", zip_bytes({"xl/workbook.xml": b"<workbook/>"}), "document.spreadsheet"),
        ("图.pdf", b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "document.image"),
        ("包.zip", zip_bytes({"a.bin": b"x"}), "document.unknown_format"),
    ],
)
def test_formats_that_are_not_read_say_what_to_save_them_as(name: str, data: bytes, code: str) -> None:
    assert refused(data, name).code == code


def test_the_content_decides_and_a_wrong_extension_is_noted() -> None:
    loaded = load_bytes(pdf([[(50, 700, "外贸出口总额")]]), "规划.txt")
    assert loaded.media == "application/pdf"
    assert any("扩展名" in note.zh for note in loaded.notes)


# --- docx --------------------------------------------------------------------------------------------------


def make_docx() -> docx.document.Document:
    document = docx.Document()
    document.add_paragraph("一、主要目标")
    table = document.add_table(rows=3, cols=3)
    for row, texts in enumerate([("指标", "单位", "2025年"), ("出口额", "亿元", "3000"), ("", "亿美元", "40")]):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    document.add_paragraph("到2025年，出口突破3000亿元。")
    return document


def test_docx_paragraphs_and_tables_come_in_document_order() -> None:
    loaded = load_bytes(docx_bytes(make_docx()), "规划.docx")
    assert loaded.media == "docx"
    assert loaded.text == (
        "一、主要目标\n\n指标\t单位\t2025年\n出口额\t亿元\t3000\n\t亿美元\t40\n\n到2025年，出口突破3000亿元。\n"
    )


def test_a_cell_merged_across_stands_once_and_keeps_the_columns() -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "指标"
    table.cell(0, 2).text = "目标"
    for column, text in enumerate(("外贸", "出口额", "3000")):
        table.cell(1, column).text = text
    assert load_bytes(docx_bytes(document), "a.docx").text == "指标\t\t目标\n外贸\t出口额\t3000\n"


def test_automatic_numbers_are_written_out() -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    numbering.insert(
        0,
        parse_xml(
            f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">'
            + "".join(
                f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
                for i, (form, text) in enumerate(
                    [("chineseCountingThousand", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3.")]
                )
            )
            + "</w:abstractNum>"
        ),
    )
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    for level, text in [
        (0, "总则"),
        (1, "目标"),
        (2, "出口"),
        (2, "进口"),
        (1, "原则"),
        (2, "市场"),
        (0, "任务"),
    ]:
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        properties.append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="90"/></w:numPr>')
        )
    lines = load_bytes(docx_bytes(document), "a.docx").text.split()
    assert "".join(lines) == "一、总则（一）目标1.出口2.进口（二）原则1.市场二、任务"


def test_tracked_changes_are_read_as_accepted_and_said() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("出口突破")._p
    paragraph.append(parse_xml(f'<w:ins {nsdecls("w")} w:id="1"><w:r><w:t>3000</w:t></w:r></w:ins>'))
    paragraph.append(parse_xml(f'<w:del {nsdecls("w")} w:id="2"><w:r><w:delText>2000</w:delText></w:r></w:del>'))
    paragraph.append(
        parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtContent><w:r><w:t>亿元</w:t></w:r></w:sdtContent></w:sdt>")
    )
    loaded = load_bytes(docx_bytes(document), "a.docx")
    assert loaded.text == "出口突破3000亿元\n"
    assert any("修订" in note.zh for note in loaded.notes)


def test_an_encrypted_docx_asks_for_a_copy_without_password() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500
    assert refused(ole, "密.docx").code == "document.encrypted"


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_truncated_docx_is_called_incomplete(share: float) -> None:
    data = docx_bytes(make_docx())
    assert refused(data[: int(len(data) * share)], "断.docx").code == "document.damaged"


def test_a_docx_with_a_flipped_byte_is_called_damaged() -> None:
    data = bytearray(docx_bytes(make_docx()))
    start = data.index(b"word/document.xml") + 60
    data[start : start + 40] = b"\xff" * 40
    assert refused(bytes(data), "坏.docx").code == "document.damaged"


def test_a_zip_bomb_is_refused_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "炸弹.docx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("word/document.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(220):
            part.write(b" " * 1_000_000)
    assert path.stat().st_size < 2_000_000
    with pytest.raises(UserError) as caught:
        load_document(path)
    assert caught.value.code == "document.unpacks_too_large" and "220 MB" in caught.value.zh


def test_entities_in_a_docx_are_not_expanded() -> None:
    data = docx_bytes(make_docx())
    entities = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    head, _, rest = parts["word/document.xml"].partition(b"?>")
    parts["word/document.xml"] = head + b"?>" + entities + rest.replace("到2025年".encode(), b"&b;")
    try:
        assert "aaaa" not in load_bytes(zip_bytes(parts), "a.docx").text
    except UserError as error:
        assert error.code == "document.damaged"


# --- pdf ---------------------------------------------------------------------------------------------------

PAGES = [
    [
        (50, 700, "绍兴市商务发展规划"),
        (82, 650, "一、现状基础。到2025年，外贸出口总额突破3000亿元，实际利"),
        (50, 626, "用外资累计40亿美元以上。"),
        (82, 590, "二、主要目标"),
        (50, 560, "指标"),
        (200, 560, "单位"),
        (300, 560, "2025年"),
        (50, 536, "出口额"),
        (200, 536, "亿元"),
        (300, 536, "3000"),
        (280, 40, "— 1 —"),
    ],
    [(50, 700, "第二页接着写。")],
]


def test_a_pdf_gives_paragraphs_table_rows_and_page_breaks() -> None:
    loaded = load_bytes(pdf(PAGES), "规划.pdf")
    assert loaded.pages == 2
    assert loaded.text == (
        "绍兴市商务发展规划\n\n"
        "一、现状基础。到2025年，外贸出口总额突破3000亿元，实际利用外资累计40亿美元以上。\n\n"
        "二、主要目标\n\n指标\t单位\t2025年\n出口额\t亿元\t3000\n\n第二页接着写。\n"
    )
    assert any("页码" in note.zh for note in loaded.notes)


def test_a_ruled_table_keeps_wrapped_and_merged_cells_together() -> None:
    words = [
        (55, 700, "指标"), (155, 700, "单位"), (255, 700, "目标"),
        (55, 670, "外贸出口"), (55, 650, "总额"), (155, 660, "亿元"), (255, 670, "3000"),
        (155, 630, "%"), (255, 630, "13"),
    ]  # fmt: skip
    upright = [(x, 620.0, 0.5, 100.0) for x in (50.0, 150.0, 250.0, 350.0)]
    # The first column is one cell over both rows: no line parts them there.
    level = [(50.0, y, 300.0, 0.5) for y in (620.0, 690.0, 720.0)] + [(150.0, 645.0, 200.0, 0.5)]
    loaded = load_bytes(pdf([[(50, 760, "主要目标"), *words]], rules=upright + level), "a.pdf")
    assert loaded.text == "主要目标\n\n指标\t单位\t目标\n外贸出口总额\t亿元\t3000\n\t%\t13\n"


def test_a_row_that_a_page_break_cuts_is_one_row_again() -> None:
    upright = [(x, 620.0, 0.5, 100.0) for x in (50.0, 150.0, 250.0, 400.0)]
    rules = upright + [(50.0, y, 350.0, 0.5) for y in (620.0, 670.0, 720.0)]
    first = [
        (55, 700, "序号"),
        (155, 700, "任务"),
        (255, 700, "责任单位"),
        (55, 640, "1"),
        (155, 640, "引进"),
        (255, 640, "市商务局、"),
    ]
    rest = [(255, 700, "市外办"), (55, 640, "2"), (155, 640, "出口"), (255, 640, "海关")]
    loaded = load_bytes(pdf([first, rest], rules=rules), "a.pdf")
    assert loaded.text == "序号\t任务\t责任单位\n1\t引进\t市商务局、市外办\n\n2\t出口\t海关\n"


def test_running_heads_and_page_numbers_are_left_out_and_said() -> None:
    words = ["外贸稳中提质。", "外资量质齐升。", "消费持续恢复。", "平台能级提升。", "环境不断优化。"]
    pages = [
        [(50, 800, "某市商务发展规划"), (50, 700, word), (50, 600, "推进" + word), (280, 30, f"第 {n} 页")]
        for n, word in enumerate(words, 1)
    ]
    loaded = load_bytes(pdf(pages), "a.pdf")
    assert loaded.text == "\n\n".join(f"{word}\n\n推进{word}" for word in words) + "\n"
    assert any("5 处页码" in note.zh for note in loaded.notes)
    assert any("5 处逐页重复" in note.zh for note in loaded.notes)


def test_a_pdf_drawn_out_of_order_is_read_from_top_to_bottom() -> None:
    drawn = [[PAGES[0][i] for i in (2, 1, 9, 8, 7, 0, 3, 6, 4, 5)]]
    ordered = [PAGES[0][:-1]]
    assert load_bytes(pdf(drawn), "a.pdf").text == load_bytes(pdf(ordered), "a.pdf").text


def test_a_scanned_pdf_says_that_recognised_text_can_be_given() -> None:
    error = refused(pdf([[], [], []]), "扫描.pdf")
    assert error.code == "document.scanned" and "3 页" in error.zh and "OCR" in error.zh


def test_single_pages_without_text_are_noted() -> None:
    loaded = load_bytes(pdf([PAGES[0], [], PAGES[1]]), "a.pdf")
    assert any("第 2 页" in note.zh for note in loaded.notes)


def test_an_encrypted_pdf_asks_for_a_copy_without_password() -> None:
    assert refused(pdf(PAGES, extra_trailer=ENCRYPTED_TRAILER), "密.pdf").code == "document.encrypted"


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_truncated_pdf_is_called_incomplete(share: float) -> None:
    data = pdf(PAGES)
    assert refused(data[: int(len(data) * share)], "断.pdf").code == "document.damaged"


def test_a_text_layer_of_private_characters_is_called_garbled() -> None:
    error = refused(pdf([[(50, 700, "\ue001\ue002\ue003\ue004\ue005")]]), "乱.pdf")
    assert error.code == "document.unreadable_text"


@pytest.mark.parametrize("name", ["乱.docx", "乱.pdf", "乱.html"])
def test_a_file_with_any_bytes_changed_gives_text_or_a_sentence(name: str) -> None:
    rng = random.Random(name)
    whole = {"docx": docx_bytes(make_docx()), "pdf": pdf(PAGES), "html": (HTML % "utf-8").encode()}
    for _ in range(150):
        data = bytearray(whole[name.rpartition(".")[2]])
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            assert load_bytes(bytes(data), name).text.strip()
        except UserError as error:
            assert name in error.zh and name in error.en


# --- html --------------------------------------------------------------------------------------------------

HTML = """<!DOCTYPE html><html><head><meta charset="%s"><title>标题不是正文</title>
<style>p{}</style></head><body>
<h1>商务发展规划</h1><script>var x = "3000亿元";</script>
<p>一、到2025年，<b>出口</b>突破
   3000亿元。<br>第二行</p>
<table><tr><th rowspan="2">指标</th><th colspan="2">目标</th></tr><tr><td>单位</td><td>2025年</td></tr>
<tr><td>出口额</td><td><p>亿</p><p>元</p></td><td>3000</td></tr></table>
<div>二、<span>保障</span></div></body></html>"""


@pytest.mark.parametrize(("declared", "encoding"), [("utf-8", "utf-8"), ("gb2312", "gb18030"), ("utf-8", "gb18030")])
def test_html_blocks_are_lines_and_tables_rows(declared: str, encoding: str) -> None:
    loaded = load_bytes((HTML % declared).encode(encoding), "规划.html")
    assert loaded.media == "text/html"
    assert loaded.text == (
        "商务发展规划\n\n一、到2025年，出口突破 3000亿元。\n\n第二行\n\n"
        "指标\t目标\t\n\t单位\t2025年\n出口额\t亿 元\t3000\n\n二、保障\n"
    )
    assert any("脚本" in note.zh for note in loaded.notes)


def test_a_layout_table_is_read_as_prose() -> None:
    inner = "<table><tr><td>a</td><td>b</td></tr></table>"
    page = f"<table><tr><td>{inner}</td><td><p>一、目标</p><p>二、任务</p></td></tr></table>"
    assert load_bytes(page.encode(), "a.html").text == "a\tb\n\n一、目标\n\n二、任务\n"


def test_html_deeper_than_the_stack_is_read_whole_or_refused() -> None:
    for depth in (300, 1500):
        page = "<div>" * depth + "出口" + "</div>" * depth
        assert load_bytes(page.encode(), "a.html").text == "出口\n"
    page = "<p>一</p>" + "<div>" * 50_000 + "出口" + "</div>" * 50_000
    assert refused(page.encode(), "a.html").code == "document.damaged"


def test_a_source_line_that_ends_between_chinese_characters_adds_no_space() -> None:
    assert load_bytes("<p>出口\n  总额 3000\n 亿元</p>".encode(), "a.html").text == "出口总额 3000 亿元\n"
