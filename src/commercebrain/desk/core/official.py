"""Word files in the fonts and measures of official documents (GB/T 9704-2012); every docx of the product is laid out here.

``docGrid`` is of the type ``lines``: with ``linesAndChars`` LibreOffice gives a 16 pt character two cells of the grid.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

TITLE, HEADING, KAI, BODY, LATIN = "方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312", "Times New Roman"
LINE = 28.95  # points: 22 lines on a page
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CENTER, LEFT, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT
RED = RGBColor(0xC8, 0x10, 0x2E)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no XML file can hold these


class Paper:
    """One A4 file with the margins of an official document. ``compact`` narrows them, for what must fit one page."""

    def __init__(self, title: str, *, compact: bool = False) -> None:
        self.file = Document()
        section = self.file.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        sides = (22, 18, 25, 24) if compact else (37, 35, 28, 26)
        section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (Mm(n) for n in sides)
        grid = OxmlElement("w:docGrid")
        grid.set(qn("w:type"), "lines")
        grid.set(qn("w:linePitch"), "579")
        for old in section._sectPr.findall(qn("w:docGrid")):
            section._sectPr.remove(old)
        section._sectPr.append(grid)
        fonts(self.file.styles["Normal"].element.get_or_add_rPr(), BODY)
        self.file.core_properties.title = title

    def to_bytes(self) -> bytes:
        """The file."""
        out = io.BytesIO()
        self.file.save(out)
        return out.getvalue()

    def paragraph(
        self, text: str, font: str = BODY, size: float = 16, *, align: Any = None, indent: bool = False,
        heading: int | None = None, keep: bool = False, label: str = "", line: float | None = None,
        color: RGBColor | None = None, rule: bool = False, space: float = 0,
    ) -> None:  # fmt: skip
        """A paragraph; ``heading`` gives it an outline level, ``label`` words in 黑体 before it, ``rule`` a red line below,
        ``line`` its exact height and ``space`` what stands free above it in points."""
        paragraph = self.file.add_paragraph()
        form = paragraph.paragraph_format
        form.space_before, form.space_after = Pt(space), Pt(0)
        form.line_spacing = Pt(line or (LINE if size <= 16 else size + 14))
        form.alignment = align
        form.keep_with_next = keep or heading is not None
        properties = paragraph._p.get_or_add_pPr()
        if indent:
            form.first_line_indent = Pt(2 * size)
        if rule:
            properties.append(_bottom_rule())
        if line is not None:
            snap = OxmlElement("w:snapToGrid")
            snap.set(qn("w:val"), "0")
            properties.append(snap)
        if heading is not None:
            # An outline level makes the headings navigable without the look of Word's own heading styles.
            level = OxmlElement("w:outlineLvl")
            level.set(qn("w:val"), str(heading))
            properties.append(level)
        _in_order(properties)
        if label:
            run(paragraph, label, HEADING, size)
        run(paragraph, text, font, size, color=color)

    def table(
        self, headers: Sequence[str], rows: Sequence[Sequence[str]], *, size: float = 14, line: float | None = None,
        widths: Sequence[float] = (), left: int = 1,
    ) -> None:  # fmt: skip
        """A table whose header repeats on every page; the first ``left`` columns stand left, numbers right."""
        table = self.file.add_table(rows=1, cols=len(headers), style="Table Grid")
        table.alignment = 1
        if widths:
            table.autofit = False
            for column, width in zip(table.columns, widths, strict=True):
                column.width = Mm(width)
        header = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(header)
        for number, (cells, font) in enumerate([(headers, HEADING), *((row, BODY) for row in rows)]):
            row = table.rows[0] if number == 0 else table.add_row()
            for place, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
                paragraph = cell.paragraphs[0]
                paragraph.alignment = CENTER if number == 0 and line else LEFT if place < left else RIGHT
                if line:
                    paragraph.paragraph_format.line_spacing = Pt(line)
                    snap = OxmlElement("w:snapToGrid")
                    snap.set(qn("w:val"), "0")
                    properties = paragraph._p.get_or_add_pPr()
                    properties.append(snap)
                    _in_order(properties)
                if widths:
                    cell.width = Mm(widths[place])
                run(paragraph, text, font, size)


def _bottom_rule() -> Any:
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for key, value in (("val", "single"), ("sz", "12"), ("space", "4"), ("color", "C8102E")):
        bottom.set(qn(f"w:{key}"), value)
    borders.append(bottom)
    return borders


#: The schema's order of what a paragraph may say of itself; a file in another order is no valid one.
_ORDER = ("keepNext", "keepLines", "pBdr", "snapToGrid", "spacing", "ind", "jc", "outlineLvl")


def _in_order(properties: Any) -> None:
    known = {qn(f"w:{name}"): place for place, name in enumerate(_ORDER)}
    properties[:] = sorted(properties, key=lambda child: known.get(child.tag, -1))


def fonts(properties: Any, east: str) -> None:
    """Names the font for Chinese and for Latin letters; ``font.name`` alone would miss the Chinese."""
    named = properties.find(qn("w:rFonts"))
    if named is None:
        named = OxmlElement("w:rFonts")
        properties.insert(0, named)
    for key, name in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", east)):
        named.set(qn(f"w:{key}"), name)
        named.attrib.pop(qn(f"w:{key}Theme"), None)  # a theme's font would win over the name beside it


def run(
    paragraph: Any, text: str, font: str, size: float, *, bold: bool = False, color: RGBColor | None = None
) -> None:
    """Adds words to a paragraph."""
    made = paragraph.add_run(_FORBIDDEN.sub("", text))
    made.font.size, made.bold = Pt(size), bold or None
    if color is not None:
        made.font.color.rgb = color
    fonts(made._r.get_or_add_rPr(), font)
