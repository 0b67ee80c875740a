"""The report as Word, in the fonts and measures of official documents (GB/T 9704-2012)."""

from __future__ import annotations

import io
import re
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from commercebrain.desk.audits.report.content import Item, Report

TITLE, HEADING, BODY, LATIN = "方正小标宋简体", "黑体", "仿宋_GB2312", "Times New Roman"
LINE = Pt(28.95)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no XML file can hold these


def to_docx(report: Report) -> bytes:
    """The report as a Word file."""
    file = Document()
    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
        Mm(37),
        Mm(35),
        Mm(28),
        Mm(26),
    )
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), "579")
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(grid)
    _fonts(file.styles["Normal"].element.get_or_add_rPr(), BODY)
    file.core_properties.title = report.title
    _paragraph(file, report.title, TITLE, 22, align=WD_ALIGN_PARAGRAPH.CENTER, heading=0)
    _paragraph(file, report.lead, indent=True)
    _paragraph(file, report.documents_title, HEADING, heading=1)
    for number, line in enumerate(report.documents, 1):
        _paragraph(file, f"{number}. {line}", indent=True)
    _paragraph(file, report.table_title, HEADING, heading=1)
    _table(file, report)
    for part in report.sections:
        _paragraph(file, part.title, HEADING, heading=1)
        for item in part.items:
            _item(file, report, item)
    if not report.sections:
        _paragraph(file, report.words["nothing"], indent=True)
    _paragraph(file, "")
    for line in report.signatures:
        _paragraph(file, f"{line}{report.marks['colon']}________________", keep=True)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def _fonts(properties: Any, east: str) -> None:
    """Names the font for Chinese and for Latin letters; ``font.name`` alone would miss the Chinese."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for key, name in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", east)):
        fonts.set(qn(f"w:{key}"), name)
        fonts.attrib.pop(qn(f"w:{key}Theme"), None)  # a theme's font would win over the name beside it


def _run(paragraph: Any, text: str, font: str, size: float, *, bold: bool = False) -> None:
    run = paragraph.add_run(_FORBIDDEN.sub("", text))
    run.font.size, run.bold = Pt(size), bold or None
    _fonts(run._r.get_or_add_rPr(), font)


def _paragraph(
    file: Any, text: str, font: str = BODY, size: float = 16, *, align: Any = None, indent: bool = False,
    heading: int | None = None, keep: bool = False, label: str = "",
) -> None:  # fmt: skip
    paragraph = file.add_paragraph()
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing = LINE if size <= 16 else Pt(36)
    form.alignment = align
    form.keep_with_next = keep or heading is not None
    if indent:
        form.first_line_indent = Pt(2 * size)
    if heading is not None:
        # An outline level makes the headings navigable without the look of Word's own heading styles.
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), str(heading))
        paragraph._p.get_or_add_pPr().append(level)
    if label:
        _run(paragraph, label, HEADING, size)
    _run(paragraph, text, font, size)


def _table(file: Any, report: Report) -> None:
    table = file.add_table(rows=1, cols=len(report.headers), style="Table Grid")
    header = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(header)
    for cells, font in [(report.headers, HEADING), *((row, BODY) for row in report.table)]:
        row = table.rows[0] if font == HEADING else table.add_row()
        for number, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.LEFT if number == 0 else WD_ALIGN_PARAGRAPH.RIGHT
            _run(cell.paragraphs[0], text, font, 14)


def _item(file: Any, report: Report, item: Item) -> None:
    marks = report.marks
    _paragraph(file, item.heading, "楷体_GB2312", heading=2)
    _paragraph(file, item.sentence, indent=True)
    for plan, quotes in item.quotes:
        said = " ".join(f"{marks['quote']}{words}{marks['unquote']}" for words in quotes)
        text = f"{said}{marks['open']}{plan}{marks['close']}"
        _paragraph(file, text, indent=True, label=report.words["words"] + marks["colon"])
    _paragraph(file, item.computation, indent=True, label=report.words["computation"] + marks["colon"])
    _paragraph(file, item.answer, indent=True, label=report.words["answer"] + marks["colon"])
