"""The quarantine as a sheet: out to a person with an empty column to fill, and the filled one back in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import xlsxwriter

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Raw, is_blank, shown
from commercebrain.engine.lake.reports import QuarantineRow
from commercebrain.engine.lake.workbook import open_grids, read_bytes

_HEADINGS = (
    ("编号 id", 26),
    ("文件 file", 24),
    ("工作表 sheet", 14),
    ("行 row", 8),
    ("列 column", 18),
    ("字段 field", 12),
    ("原值 value", 18),
    ("原因 reason", 60),
    ("reason (English)", 60),
    ("更正值 corrected", 20),
)


def export_quarantine(rows: Iterable[QuarantineRow], path: Path) -> int:
    """Write the faults to an xlsx whose last column takes the corrected text; the number of faults
    written."""
    count = 0
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("隔离 quarantine")
        bold, text, fill = (
            book.add_format({"bold": True, "bottom": 1}),
            book.add_format({"num_format": "@"}),
            book.add_format({"num_format": "@", "bg_color": "#FFF8E1"}),
        )
        for column, (heading, width) in enumerate(_HEADINGS):
            sheet.write_string(0, column, heading, bold)
            sheet.set_column(column, column, width, text)
        sheet.freeze_panes(1, 0)
        for count, row in enumerate(rows, 1):
            cells = (
                row.id,
                row.file,
                row.sheet,
                str(row.row),
                row.column,
                row.field,
                row.value,
                row.reason_zh,
                row.reason_en,
            )
            for column, cell in enumerate(cells):
                sheet.write_string(count, column, cell, text)
            sheet.write_blank(count, len(cells), None, fill)
    return count


def read_corrections(path: Path) -> dict[str, str]:
    """Quarantine id → corrected text, from the xlsx of :func:`export_quarantine`; rows left blank are not
    corrections."""
    grids, _ = open_grids(path.name, read_bytes(path))
    rows: list[list[Raw]] = list(grids[0].rows) if grids else []
    headings = [shown(cell) for cell in rows[0]] if rows else []
    if headings[: len(_HEADINGS)] != [heading for heading, _ in _HEADINGS]:
        raise UserError(
            "reimport.not_a_quarantine",
            f"文件“{path.name}”不是 cbrain quarantine 导出的更正表（第 1 行的列标题不同）；请导出后在最后一列填写。",
            f"The file “{path.name}” is not the sheet that cbrain quarantine exports (its first row "
            f"differs); export it "
            "and fill the last column.",
        )
    last = len(_HEADINGS) - 1
    return {shown(row[0]): shown(row[last]) for row in rows[1:] if len(row) > last and not is_blank(row[last])}
