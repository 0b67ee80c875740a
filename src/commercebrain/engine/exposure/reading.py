"""A list of codes from a file or a paste: a spreadsheet or csv with columns, a notice's text, or codes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.workbook import decode, open_grids
from commercebrain.engine.lists.finding import find_codes
from commercebrain.engine.lists.partners import read_partner
from commercebrain.engine.lists.rows import ProductRow
from commercebrain.engine.lists.tables import ReadTable, product_rows, read_table


@dataclass(frozen=True)
class ReadList:
    """Rows for matching, and a sentence for each thing that was not understood or was mended."""

    rows: tuple[ProductRow, ...]
    faults: tuple[Words, ...]
    notes: tuple[Words, ...]


def read_list(
    name: str, data: bytes, *, nomenclature: str = "CN", edition: str = "", partner: str = "", rate: float | None = None
) -> ReadList:
    """The rows that ``data``, called ``name``, holds; ``partner`` and ``rate`` hold where a row says none.

    Raises :class:`UserError` for a file that cannot be read, and ``exposure.no_codes`` where it holds no code at all.
    """
    table = None
    if data.startswith(b"PK"):
        grids, _ = open_grids(name, data)
        table = _first_table([[list(row) for row in grid.rows] for grid in grids])
        read = ReadList((), (), ())
    else:
        text = decode(name, data)
        if "," in text or "\t" in text:
            try:
                grids, _ = open_grids(name, data)
                table = _first_table([[list(row) for row in grid.rows] for grid in grids])
            except UserError:
                table = None  # a notice with commas in it
        if table is None:
            rows, wrong = product_rows(find_codes(text), nomenclature, edition, partner, rate)
            faults = tuple(_at(one.text, one.fault) for one in wrong if one.fault is not None)
            read = ReadList(tuple(rows), faults, ())
    if table is not None:
        read = _of_table(table, nomenclature, edition, partner, rate)
    if not read.rows:
        zh, en = ("".join(one.zh for one in read.faults[:3]), " ".join(one.en for one in read.faults[:3]))
        raise UserError(
            "exposure.no_codes",
            f"“{name}”里没有找到商品编码。{zh}请给出一列编码、带“商品编码”表头的表格，或含税则号列的公告。",
            f"No product code was found in “{name}”. {en} Give a column of codes, a table with the header “HS code”, or a "
            "notice that names tariff lines.",
        )
    return read


def _first_table(sheets: Sequence[list[list[object]]]) -> ReadTable | None:
    for cells in sheets:
        try:
            return read_table(cells)
        except UserError as fault:
            if fault.code != "code.no_column":
                raise
    return None


def _of_table(table: ReadTable, nomenclature: str, edition: str, partner: str, rate: float | None) -> ReadList:
    made, wrong = table.product_rows(nomenclature, edition, partner, rate)
    faults = [
        Words(zh=f"第{one.row}行第{one.column}列“{one.value}”：{one.zh}", en=f"Row {one.row}, column {one.column} “{one.value}”: {one.en}")
        for one in (*table.faults, *wrong)
    ]  # fmt: skip
    rows: list[ProductRow] = []
    for one in made:
        try:
            rows.append(_with_partner(one))
        except UserError as fault:
            faults.append(Words(zh=f"第{one.number}行：{fault.zh}", en=f"Row {one.number}: {fault.en}"))
    return ReadList(tuple(rows), tuple(faults), table.notes)


def _with_partner(row: ProductRow) -> ProductRow:
    return replace(row, partner=read_partner(row.partner))


def _at(text: str, fault: Words) -> Words:
    return Words(zh=f"“{text}”：{fault.zh}", en=f"“{text}”: {fault.en}")
