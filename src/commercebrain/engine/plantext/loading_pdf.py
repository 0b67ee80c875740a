"""The text of a pdf's text layer, in reading order, its printed lines joined into paragraphs again.

A pdf knows only glyphs and places. Lines are rebuilt from the places (top to bottom, left to right), a wide
gap within a line parts cells, and a line that reaches the right margin goes on in the next one unless that is
indented.
"""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import quantiles
from typing import Any
from unicodedata import east_asian_width

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from commercebrain.engine.errors import UserError
from commercebrain.engine.plantext.loading import Note, damaged, encrypted

MAX_PAGES = 3000

_PAGE_NUMBER = re.compile(r"[\s\-—–－·•第]*\d{1,4}[\s\-—–－·•页]*(?:[共/]\s*\d{1,4}\s*页?)?")
# In ems: a gap that parts cells, how far short of the margin a full line may end, and what counts as an
# indent.
_CELL_GAP, _SHORT, _INDENT = 1.6, 1.6, 1.0


@dataclass(slots=True)
class _Line:
    """One printed line: its text with cells parted by tabs, its edges in points, its em."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    em: float


def read_pdf(data: bytes, name: str, notes: list[Note]) -> tuple[str, int]:
    """The text and the number of pages; ``notes`` gains a sentence about pages without text and page
    numbers.
    """
    try:
        document = pdfium.PdfDocument(data)
        count = len(document)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "assword" in str(error):
            raise encrypted(name) from None
        raise damaged(name, "pdf") from None
    try:
        if b"%%EOF" not in data[-4096:] or count == 0:
            # PDFium repairs what it can; a plan that has lost its last pages must not pass for whole.
            raise damaged(name, "pdf")
        if count > MAX_PAGES:
            raise UserError(
                "document.too_many_pages",
                f"文件“{name}”有 {count} 页，超过 {MAX_PAGES} 页的上限；请拆分后再导入。",
                f"The file “{name}” has {count} pages, over the limit of {MAX_PAGES}; split it and try "
                f"again.",
            )
        pages = [_rows(_glyphs(document[i])) for i in range(count)]
    except pdfium.PdfiumError:
        raise damaged(name, "pdf") from None
    finally:
        document.close()
    _check_text(pages, name, notes)
    return _paragraphs(pages, notes), count


def _check_text(pages: list[list[_Line]], name: str, notes: list[Note]) -> None:
    blank = [i + 1 for i, lines in enumerate(pages) if not lines]
    letters = "".join(line.text for lines in pages for line in lines)
    if len(letters.strip()) < 2 * len(pages) and len(blank) * 2 >= len(pages):
        raise UserError(
            "document.scanned",
            f"文件“{name}”的 {len(pages)} 页是扫描图像，没有文字层；请先做文字识别（OCR），"
            "再提供识别后的 txt、docx 或带文字层的 pdf。",
            f"The {len(pages)} pages of “{name}” are scanned pictures without a text layer; run OCR and give "
            f"the "
            "resulting txt, docx or pdf with text.",
        )
    unreadable = sum(c == "\ufffd" or "\ue000" <= c <= "\uf8ff" or (c < " " and c != "\t") for c in letters)
    if unreadable > 0.2 * len(letters):
        raise UserError(
            "document.unreadable_text",
            f"文件“{name}”的文字层是乱码（字体没有对应的文字编码）；请提供 docx、txt，"
            f"或重新做文字识别（OCR）。",
            f"The text layer of “{name}” is garbled (its fonts carry no character codes); give a docx or txt,"
            f" or run OCR.",
        )
    if blank:
        listed = "、".join(map(str, blank[:20]))
        notes.append(
            Note(
                f"第 {listed} 页没有文字（可能是图片），未读取。",
                f"Pages without text (pictures?), not read: {', '.join(map(str, blank[:20]))}.",
            )
        )


@dataclass(slots=True)
class _Glyph:
    """One character: its left and right edge, the baseline it stands on, its height, all in points."""

    char: str
    left: float
    right: float
    baseline: float
    height: float


def _glyphs(page: Any) -> list[_Glyph]:
    """The characters of the page's text layer, without white space: gaps come back at their true width."""
    text_page = page.get_textpage()
    box = raw.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    glyphs: list[_Glyph] = []
    for i in range(raw.FPDFText_CountChars(text_page)):
        code = raw.FPDFText_GetUnicode(text_page, i)
        if code in (0, 2, 0xFFFE, 0xAD) or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or chr(code).isspace():
            continue
        # The loose box spans the advance, so marks (，。) and digits get no gaps around them; where PDFium
        # has replaced a radical (⼀ by 一) it is the ink's box, and only the origin says which line it is on.
        raw.FPDFText_GetLooseCharBox(text_page, i, box)
        raw.FPDFText_GetCharOrigin(text_page, i, x, y)
        glyphs.append(_Glyph(chr(code), min(box.left, x.value), box.right, y.value, box.top - box.bottom))
    text_page.close()
    return glyphs


def _rows(glyphs: list[_Glyph]) -> list[_Line]:
    """Glyphs grouped into rows by their baseline, rows from top to bottom, glyphs from left to right."""
    rows: list[list[_Glyph]] = []
    level = 0.0
    for glyph in sorted(glyphs, key=lambda g: -g.baseline):
        if not rows or level - glyph.baseline > 0.5 * max(g.height for g in rows[-1][:40]):
            rows.append([])
            level = glyph.baseline
        rows[-1].append(glyph)
    return [_line(row) for row in rows]


def _line(row: list[_Glyph]) -> _Line:
    row.sort(key=lambda g: g.left)
    em = max(quantiles([g.height for g in row], n=4)[2] if len(row) > 1 else row[0].height, 1.0)
    for glyph in row:
        if east_asian_width(glyph.char) == "W":
            glyph.right = max(glyph.right, glyph.left + 0.95 * em)
    text = row[0].char
    for before, after in pairwise(row):
        gap = after.left - before.right
        if gap > _CELL_GAP * em:
            text += "\t"
        elif gap > (0.15 if before.char.isascii() and after.char.isascii() else 0.9) * em:
            text += " "
        text += after.char
    baseline = row[0].baseline
    return _Line(text, row[0].left, row[-1].right, baseline + em, baseline, em)


def _paragraphs(pages: list[list[_Line]], notes: list[Note]) -> str:
    """Printed lines joined into paragraphs within a page; a page's end is a blank line, as in a
    plain-text plan.
    """
    numbers = 0
    out: list[str] = []
    for lines in pages:
        edges = {id(line) for line in (*lines[:1], *lines[-1:])}
        kept = [x for x in lines if not (id(x) in edges and _PAGE_NUMBER.fullmatch(x.text))]
        numbers += len(lines) - len(kept)
        prose = [line for line in kept if "\t" not in line.text]
        if prose:
            left, right = min(x.left for x in prose), max(x.right for x in prose)
        for i, line in enumerate(kept):
            if i and _goes_on(kept[i - 1], line, left if prose else 0.0, right if prose else 0.0):
                out[-1] += (" " if out[-1][-1:].isascii() and line.text[:1].isascii() else "") + line.text
            elif i and "\t" in line.text and "\t" in kept[i - 1].text:
                out.append(line.text)
            else:
                out += [""] * bool(out) + [line.text]
    if numbers:
        notes.append(Note(f"去掉了 {numbers} 处页码。", f"{numbers} page numbers were left out."))
    return "\n".join(out) + "\n" if out else ""


def _goes_on(before: _Line, line: _Line, left: float, right: float) -> bool:
    """Whether ``line`` continues the paragraph of ``before``: that one is full, this one is neither
    indented nor far.
    """
    if "\t" in before.text or "\t" in line.text or abs(before.em - line.em) > 0.2 * before.em:
        return False
    full = before.right >= right - _SHORT * before.em
    near = before.bottom - line.top < 2.5 * line.em
    return full and near and line.left <= left + _INDENT * line.em and before.left - line.left <= 3 * line.em
