"""Writes what a list shows as csv or xlsx, row by row, with the same little memory however many rows there are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import xlsxwriter

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
MEASURED = 200  # rows that the widths of the columns are taken from
MOST_ROWS = 1_048_575  # of one sheet, below the header


def harmless(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


def write_csv(out: IO[str], headers: Sequence[str], rows: Iterable[Sequence[Any]], mark: str = "") -> int:
    """Writes a csv file to an open text file (``newline=""``, utf-8-sig so that Excel reads the Chinese in it).

    ``mark`` becomes the last line. Returns the number of rows.
    """
    writer = csv.writer(out)
    writer.writerow([harmless(header) for header in headers])
    number = 0
    for row in rows:
        writer.writerow(["" if value is None else harmless(value) for value in row])
        number += 1
    if mark:
        writer.writerow([harmless(mark)])
    return number


def _width(text: str) -> int:
    return sum(2 if ord(c) > 127 else 1 for c in text) + 2


def write_xlsx(
    path: Path | io.BytesIO, headers: Sequence[str], rows: Iterable[Sequence[Any]], title: str, mark: str = ""
) -> int:
    """Writes a workbook with a frozen bold header; text is written as text, never as a formula.

    What exceeds the rows of a sheet goes on in the next. ``mark`` becomes the last line and the foot of each printed
    page. Returns the number of rows.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    target = path if isinstance(path, io.BytesIO) else str(path)
    book = xlsxwriter.Workbook(target, options)
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    name = "".join(c for c in title if c not in "[]:*?/\\").strip("'")[:27] or "Sheet1"
    widths = [max(8, len(header) * 2) for header in headers]
    place, number, sheet = 0, 0, None
    for row in rows:
        if sheet is None or place == MOST_ROWS:
            sheet, place = _sheet(book, name, number, headers, bold, mark), 0
        place, number = place + 1, number + 1
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(place, column, value)
                if number <= MEASURED:
                    widths[column] = min(60, max(widths[column], _width(value)))
            elif value is not None:
                sheet.write(place, column, value)
    if sheet is None:
        sheet = _sheet(book, name, 0, headers, bold, mark)
    if mark:
        sheet.write_string(place + 1, 0, mark)
    for each in book.worksheets():
        for column, width in enumerate(widths):
            each.set_column(column, column, width)
    book.close()
    return number


def _sheet(book: Any, name: str, number: int, headers: Sequence[str], bold: Any, mark: str) -> Any:
    sheet = book.add_worksheet(name if not number else f"{name} {number // MOST_ROWS + 1}")
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header, bold)
    sheet.freeze_panes(1, 1)
    if mark:
        sheet.set_footer("&L" + mark.replace("&", "&&")[:200])
    return sheet


def to_csv(headers: Sequence[str], rows: Iterable[Sequence[Any]], mark: str = "") -> bytes:
    """A csv file of few rows, with a byte-order mark."""
    out = io.StringIO(newline="")
    write_csv(out, headers, rows, mark)
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(headers: Sequence[str], rows: Iterable[Sequence[Any]], title: str, mark: str = "") -> bytes:
    """A workbook of few rows."""
    out = io.BytesIO()
    write_xlsx(out, headers, rows, title, mark)
    return out.getvalue()
