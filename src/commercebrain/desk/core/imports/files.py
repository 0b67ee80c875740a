"""Files for people: the template of a register, and the refused rows of an import for correction."""

from __future__ import annotations

import tempfile
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.imports.declaring import ImportColumn, Importer
from commercebrain.desk.core.imports.reading import EXAMPLE
from commercebrain.desk.core.models import ImportRow, ImportRun

BODY = 5000  # rows of the template that are prepared


def _book() -> tuple[IO[bytes], Any]:
    out = tempfile.TemporaryFile()  # noqa: SIM115 - handed on to the answer, which closes it
    return out, xlsxwriter.Workbook(out, {"constant_memory": False, "strings_to_formulas": False})


def _width(text: str) -> int:
    return min(40, max(10, sum(2 if ord(c) > 127 else 1 for c in text) + 4))


def template(importer: Importer) -> IO[bytes]:
    """The workbook to fill in: headings with notes, choices that can be picked, an example row that is not imported.

    Everything is formatted as text, so that an 18-digit code keeps its digits.
    """
    out, book = _book()
    sheet = book.add_worksheet(_("Entries to import"))
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    must = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#FBEFD3"})
    gray = book.add_format({"italic": True, "font_color": "#5B6672", "num_format": "@"})
    as_text = book.add_format({"num_format": "@"})
    sheet.write_string(0, 0, _("Note (not imported)"), bold)
    sheet.write_string(1, 0, f"{EXAMPLE} {_('example, not imported')}", gray)
    sheet.set_column(0, 0, 24, as_text)
    for place, column in enumerate(importer.columns, start=1):
        sheet.write_string(0, place, column.label, must if column.required else bold)
        if column.example != "":
            sheet.write_string(1, place, str(column.example), gray)
        sheet.set_column(place, place, _width(column.label), as_text)
        sheet.write_comment(0, place, _explained(column))
        if column.choices and len(",".join(column.choices)) <= 250:
            sheet.data_validation(
                1, place, BODY, place, {"validate": "list", "source": list(column.choices), "error_type": "warning"}
            )
    sheet.freeze_panes(1, 2)
    _explain(book, importer, bold)
    book.close()
    out.seek(0)
    return out


def _explained(column: ImportColumn) -> str:

    note = column.note[0 if reader.chinese() else 1]
    return "\n".join(filter(None, [_("must be filled in") if column.required else _("may stay empty"), note]))


def _explain(book: Any, importer: Importer, bold: Any) -> None:
    """A second sheet with what each column means; it holds no headings of the list, so it is not taken for one."""
    sheet = book.add_worksheet(_("How to fill in"))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, importer.label, bold)
    lines = [
        (_("Rows"), _("One row for each entry; what is there already is found by: %(key)s.") % {
            "key": "、".join(importer.by_key[key].label for key in importer.key)}),
        (_("Blank cells"), _("They leave what is there. Write 清空 to empty a field.")),
        *((f"· {column.label}", " ".join([_explained(column), "、".join(column.choices[:200])])) for column in importer.columns),
    ]  # fmt: skip
    for number, (left, right) in enumerate(lines, start=1):
        sheet.write_string(number, 0, str(left))
        sheet.write_string(number, 1, str(right).replace("\n", " "))


def refused(run: ImportRun, importer: Importer) -> IO[bytes]:
    """The refused rows as they stood, with the reason before them; corrected, the same file can be uploaded again."""
    out = tempfile.TemporaryFile()  # noqa: SIM115 - handed on to the answer, which closes it
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet(_("Refused rows"))
    bold = book.add_format({"bold": True, "bottom": 1})
    as_text = book.add_format({"num_format": "@"})
    columns = [column for column in importer.columns if column.key in run.mapping]
    sheet.set_column(0, 0, 60)
    sheet.set_column(1, len(columns), 20, as_text)
    for place, text in enumerate([_("Why it was refused (not imported)"), *(column.label for column in columns)]):
        sheet.write_string(0, place, text, bold)
    rows = ImportRow.objects.filter(run=run, state__in=[ImportRow.State.REFUSED, ImportRow.State.SKIPPED])
    for number, row in enumerate(rows.order_by("pk").iterator(chunk_size=1000), start=1):
        sheet.write_string(number, 0, reason(row))
        for place, column in enumerate(columns, start=1):
            value = row.values.get(column.key)
            if value is not None:
                sheet.write_string(number, place, str(value), as_text)
    book.close()
    out.seek(0)
    return out


def reason(row: ImportRow) -> str:
    """The whole sentence: sheet, row, column, value, and what is wrong with it, in the reader's language."""

    chinese = reader.chinese()
    if row.state != ImportRow.State.REFUSED:
        return row.why_zh if chinese else row.why_en
    if chinese:
        place = (f"工作表“{row.sheet}”" if row.sheet else "") + f"第 {row.row} 行"
        place += f"“{row.column}”列" if row.column else ""
        return f"{place}" + (f"的“{row.value}”" if row.value else "") + f"：{row.why_zh}"
    place = (f"Sheet “{row.sheet}”, " if row.sheet else "") + f"row {row.row}"
    place += f", column “{row.column}”" if row.column else ""
    return f"{place}" + (f", “{row.value}”" if row.value else "") + f": {row.why_en}"
