"""A list of codes from a file or a paste: a spreadsheet or csv with columns, a notice's text, or codes alone.

A table that was pasted is read as the same table in a file: with the rates, partners and days of its rows.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.workbook import decode, open_grids
from commercebrain.engine.lists.columns_of_text import DELIMITERS
from commercebrain.engine.lists.finding import FoundCode, find_codes
from commercebrain.engine.lists.partners import read_partner
from commercebrain.engine.lists.rows import ProductRow
from commercebrain.engine.lists.tables import ReadTable, product_rows, read_table

#: What a table says of its rows beside their codes; one that says none of it is read as well as text.
BESIDE = frozenset({"rate", "partner", "from", "to", "excludes"})
NO_COLUMN = "code.no_column"
#: The part of a text's lines that must have one number of cells for it to be a table.
MOSTLY = 0.8


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook, or a whole csv (``name`` ""): its rows of cells."""

    name: str
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class ReadList:
    """``rows`` for matching; ``faults``: a sentence for each thing that was not understood; ``notes``: what was mended or
    must be known. ``codes`` as they stand in the text (with their places) or in the cells, faulty and excepted ones too."""

    rows: tuple[ProductRow, ...]
    faults: tuple[Words, ...]
    notes: tuple[Words, ...]
    codes: tuple[FoundCode, ...] = ()


def read_list(
    name: str, data: bytes, *, nomenclature: str = "CN", edition: str = "", partner: str = "", rate: float | None = None
) -> ReadList:
    """The rows that ``data``, called ``name``, holds; ``partner`` and ``rate`` (per cent) hold where a row says none.

    Raises :class:`UserError` for a file that cannot be read, and ``exposure.no_codes`` where it holds no code at all.
    """
    if data.startswith(b"PK"):
        grids, _hidden = open_grids(name, data)
        read = read_sheets(
            [Sheet(grid.name, [list(row) for row in grid.rows]) for grid in grids], nomenclature, edition
        )
    else:
        read = read_text(decode(name, data), nomenclature, edition)
    rows = (
        replace(row, partner=row.partner or partner, rate=rate if row.rate is None else row.rate) for row in read.rows
    )
    read = replace(read, rows=tuple(rows))
    if not read.rows:
        zh, en = ("".join(one.zh for one in read.faults[:3]), " ".join(one.en for one in read.faults[:3]))
        raise UserError(
            "exposure.no_codes",
            f"“{name}”里没有找到商品编码。{zh}请给出一列编码、带“商品编码”表头的表格，或含税则号列的公告。",
            f"No product code was found in “{name}”. {en} Give a column of codes, a table with the header “HS code”, or a "
            "notice that names tariff lines.",
        )
    return read


def read_text(text: str, nomenclature: str, edition: str, *, only_codes: bool = False) -> ReadList:
    """The codes in a text, or the rows of the table that it is; ``only_codes``: every number in it is meant as one."""
    found = find_codes(text, only_codes=only_codes)
    table = None if only_codes else table_of(text)
    if table is not None:
        rows, faults = _of_table(table, "", nomenclature, edition)
        return ReadList(tuple(rows), tuple(faults), (*table.notes, *_notes(found)), tuple(found))
    made, wrong = product_rows(found, nomenclature, edition)
    why = {one.start: one.fault for one in wrong}
    codes = tuple(replace(one, fault=why.get(one.start, one.fault)) for one in found)
    return ReadList(tuple(made), _each_once(one.fault for one in codes if one.fault), tuple(_notes(codes)), codes)


def table_of(text: str) -> ReadTable | None:
    """The table that a text is: its lines have one width, and its header names the codes and something beside them (rate,
    partner, days, codes excepted). None for any other text."""
    for delimiter in DELIMITERS:
        if text.count(delimiter) < 2:
            continue
        try:
            cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error:  # a quotation mark that never closes
            continue
        widths = Counter(len(row) for row in cells if any(cell.strip() for cell in row))
        width, many = widths.most_common(1)[0]
        if width < 2 or many < MOSTLY * widths.total():
            continue
        try:
            table = read_table(cells)
        except UserError:
            continue
        if BESIDE & table.columns.keys():
            return table
    return None


def read_sheets(sheets: Sequence[Sheet], nomenclature: str, edition: str) -> ReadList:
    """The codes in the cells of sheets, with the rates, days and partners of their rows.

    Where no sheet has a column of codes all of them are read as text; else a sheet without one is named in the notes.
    """
    rows: list[ProductRow] = []
    codes: list[FoundCode] = []
    faults: list[Words] = []
    notes: list[Words] = []
    left: list[Sheet] = []
    for sheet in sheets:
        try:
            table = read_table(sheet.rows)
        except UserError as fault:
            if fault.code != NO_COLUMN:
                raise
            left.append(sheet)
            continue
        made, wrong = _of_table(table, sheet.name, nomenclature, edition)
        rows += made
        faults += wrong
        codes += [code for row in table.rows for code in row.codes]
        notes += table.notes
    if not rows and not faults:
        lines = ("\t".join("" if cell is None else str(cell) for cell in row) for one in sheets for row in one.rows)
        return read_text("\n".join(lines), nomenclature, edition)
    notes += [_left_out(sheet) for sheet in left if any(cell not in (None, "") for row in sheet.rows for cell in row)]
    return ReadList(tuple(rows), _each_once(faults), (*notes, *_notes(codes)), tuple(codes))


def _of_table(table: ReadTable, sheet: str, nomenclature: str, edition: str) -> tuple[list[ProductRow], list[Words]]:
    """The rows of a table by the codes of their partners, and what is wrong by sheet, row and column."""
    made, wrong = table.product_rows(nomenclature, edition)
    zh, en = (f"工作表“{sheet}”", f"Sheet “{sheet}”, ") if sheet else ("", "")
    faults = [
        Words(
            zh=f"{zh}第{one.row}行第{one.column}列“{one.value}”：{one.zh}",
            en=f"{en}row {one.row}, column {one.column} “{one.value}”: {one.en}",
        )
        for one in (*table.faults, *wrong)
    ]
    rows: list[ProductRow] = []
    for one in made:
        try:
            rows.append(replace(one, partner=read_partner(one.partner)))
        except UserError as fault:
            faults.append(Words(zh=f"{zh}第{one.number}行：{fault.zh}", en=f"{en}row {one.number}: {fault.en}"))
    return rows, faults


def _left_out(sheet: Sheet) -> Words:
    return Words(
        zh=f"工作表“{sheet.name}”没有商品编码列，没有读取。",
        en=f"Sheet “{sheet.name}” has no column of product codes and was not read.",
    )


def _each_once(faults: Iterable[Words]) -> tuple[Words, ...]:
    """Each sentence once, in order."""
    return tuple({(one.zh, one.en): one for one in faults}.values())


def _notes(codes: Sequence[FoundCode]) -> Iterator[Words]:
    """What must be known of codes that were read."""
    if ex := sum(one.ex for one in codes):
        yield Words(
            zh=f"有{ex}个编码前标有“ex”或“部分”：只涉及该编码的一部分商品，这里按整个编码计（上限口径）。",
            en=f"{ex} codes are marked “ex”: only a part of their goods is meant; the whole code is counted (an upper bound).",
        )
    yield from _each_once(one.note for one in codes if one.note is not None and one.excepted)
