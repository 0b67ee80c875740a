"""Writes what a list shows as csv or xlsx."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


def to_csv(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A csv file with a byte-order mark, so that Excel reads the Chinese in it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([harmless(header) for header in headers])
    writer.writerows([["" if value is None else harmless(value) for value in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(headers: Sequence[str], rows: Iterable[Sequence[Any]], title: str) -> bytes:
    """A workbook of one sheet with a frozen bold header; text is written as text, never as a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("".join(c for c in title if c not in "[]:*?/\\")[:31] or "Sheet1")
    sheet.write_row(0, 0, list(headers), book.add_format({"bold": True, "bottom": 1, "text_wrap": True}))
    sheet.freeze_panes(1, 1)
    widths = [max(8, len(header) * 2) for header in headers]
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, place, value)
                widths[place] = min(60, max(widths[place], sum(2 if ord(c) > 127 else 1 for c in value) + 2))
            elif value is not None:
                sheet.write(number, place, value)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    book.close()
    return out.getvalue()
