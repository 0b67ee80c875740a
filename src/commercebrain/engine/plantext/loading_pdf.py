"""The text of a pdf's text layer, in reading order, its printed lines joined into paragraphs again.

A pdf knows only glyphs and places. Lines are rebuilt from the places (top to bottom, left to right), a wide
gap within a line parts cells, and a line that reaches the right margin goes on in the next one unless that is
indented.
"""

from __future__ import annotations

import re
from collections import Counter

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from commercebrain.engine.errors import UserError
from commercebrain.engine.plantext.loading import Note, damaged, encrypted
from commercebrain.engine.plantext.pdf_page import Line, page_lines

MAX_PAGES = 3000

_PAGE_NUMBER = re.compile(r"[\s\-—–－·•第]*\d{1,4}[\s\-—–－·•页]*(?:[共/]\s*\d{1,4}\s*页?)?")
# In ems: how far short of the margin a full line may end, and what counts as an indent.
_SHORT, _INDENT = 1.6, 1.0


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
                f"The file “{name}” has {count} pages, over the limit of {MAX_PAGES}; split it and try again.",
            )
        pages = [page_lines(document[i]) for i in range(count)]
    except pdfium.PdfiumError:
        raise damaged(name, "pdf") from None
    finally:
        document.close()
    _check_text(pages, name, notes)
    return _paragraphs(pages, notes), count


def _check_text(pages: list[list[Line]], name: str, notes: list[Note]) -> None:
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
            f"文件“{name}”的文字层是乱码（字体没有对应的文字编码）；请提供 docx、txt，或重新做文字识别（OCR）。",
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


def _paragraphs(pages: list[list[Line]], notes: list[Note]) -> str:
    """Printed lines joined into paragraphs within a page; a page's end is a blank line, as in a
    plain-text plan.
    """
    numbers = running = 0
    repeated = _running_lines(pages)
    out: list[str] = []
    last: Line | None = None
    for lines in pages:
        kept = list(lines)
        # The page number may stand outside the running head or within it.
        for edge in (0, -1, 0, -1):
            if kept and _PAGE_NUMBER.fullmatch(kept[edge].text):
                numbers += 1
                kept.pop(edge)
            elif kept and _without_digits(kept[edge].text) in repeated:
                running += 1
                kept.pop(edge)
        prose = [line for line in kept if "\t" not in line.text]
        if prose:
            left, right = min(x.left for x in prose), max(x.right for x in prose)
        if kept and last is not None and _row_goes_on(last, kept[0]):
            pairs = zip(out[-1].split("\t"), kept.pop(0).text.split("\t"), strict=True)
            out[-1] = "\t".join(before + after for before, after in pairs)
        last = kept[-1] if kept else last
        for i, line in enumerate(kept):
            if i and _goes_on(kept[i - 1], line, left if prose else 0.0, right if prose else 0.0):
                out[-1] += (" " if out[-1][-1:].isascii() and line.text[:1].isascii() else "") + line.text
            elif i and "\t" in line.text and "\t" in kept[i - 1].text:
                out.append(line.text)
            else:
                out += [""] * bool(out) + [line.text]
    if numbers:
        notes.append(Note(f"去掉了 {numbers} 处页码。", f"{numbers} page numbers were left out."))
    if running:
        notes.append(
            Note(f"去掉了 {running} 处逐页重复的页眉页脚。", f"{running} running heads and feet were left out.")
        )
    return "\n".join(out) + "\n" if out else ""


def _without_digits(text: str) -> str:
    return re.sub(r"[\d\s]", "", text)


def _running_lines(pages: list[list[Line]]) -> set[str]:
    """First and last lines that most of at least four pages share, page numbers aside: running heads and feet."""
    if len(pages) < 4:
        return set()
    edges: Counter[str] = Counter()
    for lines in pages:
        edges.update({_without_digits(line.text) for line in (*lines[:2], *lines[-2:]) if not line.row})
    return {text for text, count in edges.items() if count > 0.6 * len(pages) and len(text) >= 2}


def _row_goes_on(before: Line, row: Line) -> bool:
    """Whether ``row``, first of its page, is the rest of a table's row that the page before ended with.

    Its first cells are empty, what it holds is words, and the row before breaks off; a row under a cell merged
    down has figures of its own.
    """
    if not (before.row and row.row):
        return False
    upper, lower = before.text.split("\t"), row.text.split("\t")
    filled = [i for i, cell in enumerate(lower) if cell]
    return (
        len(upper) == len(lower)
        and not lower[0]
        and len(filled) < len(lower) - 1
        and not any(re.fullmatch(r"[\d.,%<>\-—]+", lower[i]) for i in filled)
        and any(upper[i] and upper[i][-1] not in "。；" for i in filled)
    )


def _goes_on(before: Line, line: Line, left: float, right: float) -> bool:
    """Whether ``line`` continues the paragraph of ``before``: that one is full, this one is neither
    indented nor far.
    """
    if "\t" in before.text or "\t" in line.text or abs(before.em - line.em) > 0.2 * before.em:
        return False
    full = before.right >= right - _SHORT * before.em
    near = before.bottom - line.top < 2.5 * line.em
    return full and near and line.left <= left + _INDENT * line.em and before.left - line.left <= 3 * line.em
