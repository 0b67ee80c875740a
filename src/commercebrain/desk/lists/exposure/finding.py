"""The codes of a pasted text or of sheets: the rows that they make, and a sentence for everything that makes none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists.finding import FoundCode, find_codes
from commercebrain.engine.lists.partners import read_partner
from commercebrain.engine.lists.rows import ProductRow
from commercebrain.engine.lists.tables import ReadTable, product_rows, read_table

#: Sentences about what was not understood that are told one by one; of more only the number.
TOLD = 50


@dataclass(frozen=True)
class Reading:
    """``rows`` for matching; ``codes`` as they stand in the text (with their places) or in the cells, faulty and excepted
    ones among them; ``faults`` and ``notes`` in sentences."""

    rows: tuple[ProductRow, ...]
    codes: tuple[FoundCode, ...]
    faults: tuple[Words, ...]
    notes: tuple[Words, ...] = ()


def in_text(text: str, nomenclature: str, edition: str, *, only_codes: bool = False) -> Reading:
    """The codes in a text; ``only_codes``: every number in it is meant as one."""
    found = find_codes(text, only_codes=only_codes)
    rows, wrong = product_rows(found, nomenclature, edition)
    faults = {one.start: one.fault for one in wrong}
    codes = tuple(replace(one, fault=faults.get(one.start, one.fault)) for one in found)
    said = (one.fault for one in codes if one.fault is not None)
    return Reading(tuple(rows), codes, _few(said), tuple(_notes(codes)))


def in_sheets(sheets: Sequence[dict[str, Any]], nomenclature: str, edition: str) -> Reading:
    """The codes in the cells of sheets, with the rates, days and partners of their rows; sheets without a column of codes
    are read as text."""
    rows: list[ProductRow] = []
    codes: list[FoundCode] = []
    faults: list[Words] = []
    notes: list[Words] = []
    for sheet in sheets:
        try:
            table = read_table(sheet["rows"])
        except UserError as fault:
            if fault.code != "code.no_column":
                raise
            continue
        rows += _of_table(table, sheet["name"], nomenclature, edition, faults)
        codes += [code for row in table.rows for code in row.codes]
        notes += table.notes
    if not rows and not faults:
        lines = ("\t".join("" if cell is None else str(cell) for cell in row) for one in sheets for row in one["rows"])
        return in_text("\n".join(lines), nomenclature, edition)
    return Reading(tuple(rows), tuple(codes), _few(faults), (*notes, *_notes(codes)))


def _of_table(
    table: ReadTable, sheet: str, nomenclature: str, edition: str, faults: list[Words]
) -> Iterable[ProductRow]:
    made, wrong = table.product_rows(nomenclature, edition)
    zh, en = (f"工作表“{sheet}”", f"Sheet “{sheet}”, ") if sheet else ("", "")
    for one in (*table.faults, *wrong):
        faults.append(
            Words(
                zh=f"{zh}第{one.row}行第{one.column}列“{one.value}”：{one.zh}",
                en=f"{en}row {one.row}, column {one.column} “{one.value}”: {one.en}",
            )
        )
    for row in made:
        try:
            yield replace(row, partner=read_partner(row.partner))
        except UserError as fault:
            faults.append(Words(zh=f"{zh}第{row.number}行：{fault.zh}", en=f"{en}row {row.number}: {fault.en}"))


def _few(faults: Iterable[Words]) -> tuple[Words, ...]:
    """Each sentence once, in order; of very many the first ones and how many more there are."""
    told = list({(one.zh, one.en): one for one in faults}.values())
    more = len(told) - TOLD
    if more <= 0:
        return tuple(told)
    return (*told[:TOLD], Words(zh=f"另有{more}处没有读懂，未逐一列出。", en=f"{more} more were not understood."))


def _notes(codes: Sequence[FoundCode]) -> list[Words]:
    """What must be known of codes that were read."""
    said = []
    if ex := sum(one.ex for one in codes):
        said.append(
            Words(
                zh=f"有{ex}个编码前标有“ex”或“部分”：只涉及该编码的一部分商品，这里按整个编码计（上限口径）。",
                en=f"{ex} codes are marked “ex”: only a part of their goods is meant; the whole code is counted (an upper "
                "bound).",
            )
        )
    said += list({one.note.zh: one.note for one in codes if one.note is not None and one.excepted}.values())[:TOLD]
    return said
