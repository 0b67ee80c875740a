"""What is uploaded is what it says, holds no macro and no bomb, and leaves only as an attachment."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import docx
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.desk.access.uploads import KINDS, checked_upload, clean_name, download
from commercebrain.engine.errors import UserError

TYPES = '<Types><Override ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'


def workbook() -> bytes:
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept) as book:
        book.add_worksheet().write(0, 0, "进出口总额")
    return kept.getvalue()


def document() -> bytes:
    kept = io.BytesIO()
    made = docx.Document()
    made.add_paragraph("商务发展规划")
    made.save(kept)
    return kept.getvalue()


def package(**parts: bytes | str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", TYPES)
        for name, content in parts.items():
            made.writestr(name, content)
    return kept.getvalue()


def refused(content: bytes, name: str = "a.xlsx", kinds: set[str] | None = None, **more: int) -> str:
    with pytest.raises(UserError) as fault:
        checked_upload(SimpleUploadedFile(name, content), kinds or {"xlsx", "csv"}, **more)
    assert name.rpartition(".")[2] in fault.value.zh or "…" in fault.value.zh
    return fault.value.code


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", workbook()),
        ("规划.docx", document()),
        ("b.csv", "地区,数值\n宁波,1\n".encode()),
        ("gb.csv", "地区,数值\n宁波,1\n".encode("gb18030")),
        ("wide.csv", "地区,数值\n".encode("utf-16")),
        ("c.pdf", b"%PDF-1.7\n..."),
        ("d.html", b"<!doctype html><p>x"),
        ("e.png", b"\x89PNG\r\n\x1a\n0000"),
    ],
)
def test_an_honest_file_of_each_kind_passes_with_its_checksum(name, content):
    checked = checked_upload(SimpleUploadedFile(name, content), KINDS)
    assert (checked.name, checked.kind, checked.size) == (name, name.rpartition(".")[2], len(content))
    assert len(checked.sha256) == 64 and checked.file.read() == content


@pytest.mark.parametrize("name", ["a.xlsm", "a.docm", "a.xls", "a.doc", "a.xlsb"])
def test_kinds_that_may_hold_macros_are_refused_by_their_ending(name):
    assert refused(workbook(), name) == "uploads.macros"


def test_a_macro_hidden_in_a_plain_workbook_is_refused():
    assert refused(package(**{"xl/vbaProject.bin": b"x"})) == "uploads.macros"
    assert refused(package(**{"xl/VBAPROJECT.BIN": b"x"})) == "uploads.macros"


def test_a_renamed_file_is_refused():
    assert refused(b"MZ\x90\x00program") == "uploads.content"
    assert refused(document()) == "uploads.content"
    assert refused(b"MZ\x90\x00program", "a.csv") == "uploads.content"
    assert refused(workbook(), "a.csv") == "uploads.content"
    assert refused(b"a,b\n\x00\x01", "a.csv") == "uploads.content"
    assert refused(b"no pdf", "a.pdf", {"pdf"}) == "uploads.content"
    assert refused(b"GIF89a", "a.png", {"png"}) == "uploads.content"
    assert refused(workbook()[:-30]) == "uploads.content"


def test_a_kind_that_is_not_taken_here_is_refused():
    assert refused(b"%PDF-1.7", "a.pdf") == "uploads.kind"
    assert refused(b"x", "a.exe") == "uploads.kind"
    assert refused(b"x", "noending") == "uploads.kind"


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    assert refused(package(**{"xl/worksheets/sheet1.xml": b"0" * (64 * 2**20)})) == "uploads.bomb"
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as made:
        for number in range(10_001):
            made.writestr(f"{number}.xml", "")
    assert refused(many.getvalue()) == "uploads.bomb"


def test_a_part_that_is_larger_than_it_declares_is_refused():
    honest = package(**{"xl/a.xml": b"0" * 100_000})
    at = honest.rindex(b"PK\x01\x02")
    lying = bytearray(honest)
    lying[at + 24 : at + 28] = (10).to_bytes(4, "little")
    assert refused(bytes(lying)) == "uploads.content"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_entity_declared_inside_an_office_file_is_refused(encoding):
    evil = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode(encoding)
    assert refused(package(**{"xl/sharedStrings.xml": evil})) == "uploads.unsafe"


def test_a_part_that_leads_out_of_its_folder_is_refused():
    assert refused(package(**{"../../etc/cron.d/x": b"x"})) == "uploads.unsafe"


def test_size_and_emptiness_have_their_sentences():
    assert refused(b"a" * 2_000_000, "a.csv", max_bytes=2**20) == "uploads.too_large"
    assert refused(b"", "a.csv") == "uploads.empty"
    assert checked_upload(SimpleUploadedFile("a.csv", b""), {"csv"}, empty=True).size == 0


@given(st.text(max_size=300))
def test_a_clean_name_is_never_a_path_and_never_empty(name):
    cleaned = clean_name(name)
    assert cleaned and len(cleaned) <= 120 and cleaned not in {".", ".."}
    assert not set(cleaned) & set('/\\\0\n\r<>:"|?*\u202e\u200b')
    assert clean_name(cleaned) == cleaned


def test_a_name_keeps_what_people_recognise():
    assert clean_name("C:\\报表\\2025年5月 进出口.xlsx") == "2025年5月 进出口.xlsx"
    assert clean_name("../../etc/passwd") == "passwd"
    assert clean_name("gnp\u202excod.exe") == "gnpxcod.exe"
    assert clean_name("长" * 300 + ".docx").endswith("长.docx")


@given(st.binary(max_size=600), st.sampled_from(sorted(KINDS)))
def test_any_bytes_pass_or_get_a_sentence(content, kind):
    try:
        checked = checked_upload(SimpleUploadedFile(f"x.{kind}", content), KINDS)
    except UserError as fault:
        assert fault.code.startswith("uploads.") and fault.zh and fault.en
    else:
        assert checked.size == len(content)


@pytest.mark.parametrize(("code", "told"), [(1, "uploads.virus"), (2, "uploads.unscanned")])
def test_the_scanner_decides_and_a_file_that_it_cannot_scan_is_refused(settings, code, told):
    settings.SCAN_COMMAND = f'{sys.executable} -c "import sys; sys.exit({code})"'
    assert refused(b"a,b", "a.csv") == told


def test_a_scanner_that_is_not_there_refuses_and_one_that_finds_nothing_lets_pass(settings, tmp_path):
    settings.SCAN_COMMAND = "/nowhere/scanner {file}"
    assert refused(b"a,b", "a.csv") == "uploads.unscanned"
    settings.SCAN_COMMAND = f"{sys.executable} -c \"import sys; sys.exit(open(sys.argv[1]).read() != 'a,b')\" {{file}}"
    assert checked_upload(SimpleUploadedFile("a.csv", b"a,b"), {"csv"}).size == 3


@pytest.mark.django_db
def test_a_kept_file_leaves_as_an_attachment_that_no_browser_runs(tmp_path: Path):
    kept = tmp_path / "x"
    kept.write_bytes(b"<script>alert(1)</script>")
    answer = download(kept.open("rb"), "../坏.html")
    assert answer["Content-Disposition"].startswith("attachment") and "/" not in answer["Content-Disposition"]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff" and "no-store" in answer["Cache-Control"]
    answer.close()
