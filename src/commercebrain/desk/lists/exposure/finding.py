"""The codes of a pasted text or of a sheet, each with what it stands for, or with the sentence why it stands for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists.finding import FoundCode, find_codes
from commercebrain.engine.lists.nomenclature import read_code
from commercebrain.engine.lists.rows import ProductRow

#: Sentences about what was not understood that are told one by one; of more only the number.
TOLD = 50


@dataclass(frozen=True)
class Found:
    """One code as it was found: from ``start`` to ``end`` of the text, the rows that it stands for (of a range several,
    of a fault none)."""

    digits: str
    text: str
    start: int
    end: int
    rows: tuple[ProductRow, ...]
    ex: bool = False
    through: str = ""
    note: Words | None = None
    fault: Words | None = None


def in_text(
    text: str, nomenclature: str, edition: str, *, only_codes: bool = False
) -> tuple[tuple[Found, ...], tuple[Words, ...]]:
    """The codes in a text, and a sentence for each thing that looked like one and is none."""
    number, found = 0, []
    for one in find_codes(text, only_codes=only_codes):
        told = _found(one, nomenclature, edition, number)
        number += len(told.rows)
        found.append(told)
    return tuple(found), _faults(found)


def in_sheets(
    sheets: list[dict[str, Any]], nomenclature: str, edition: str
) -> tuple[tuple[Found, ...], tuple[Words, ...]]:
    """The codes in the cells of sheets, read as a table whose cells are divided by tabs."""
    lines = ["\t".join(_written(cell) for cell in row) for sheet in sheets for row in sheet["rows"]]
    return in_text("\n".join(lines), nomenclature, edition)


def _written(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split())


def _found(one: FoundCode, nomenclature: str, edition: str, number: int) -> Found:
    """The code with its rows; one that the nomenclature does not have says so and stands for nothing."""
    rows: list[ProductRow] = []
    fault = one.fault
    for digits in one.codes:
        try:
            read = read_code(digits, nomenclature, edition)
        except UserError as wrong:
            fault = Words(zh=wrong.zh, en=wrong.en)
            continue
        rows.append(ProductRow(read.digits, read.nomenclature, edition, number=number + len(rows) + 1))
    return Found(one.digits, one.text, one.start, one.end, tuple(rows), one.ex, one.through, one.note, fault)


def _faults(found: list[Found]) -> tuple[Words, ...]:
    """What was not understood, each once in the order of the text."""
    told = list(dict.fromkeys((one.fault.zh, one.fault.en) for one in found if one.fault is not None))
    said = [Words(zh=zh, en=en) for zh, en in told[:TOLD]]
    ex = sum(one.ex for one in found)
    if ex:
        said.append(
            Words(
                zh=f"有{ex}个编码前标有“ex/部分”：只涉及该编码的一部分商品，这里按整个编码计（上限口径）。",
                en=f"{ex} codes are marked “ex”: only a part of their goods is meant; the whole code is counted (an upper bound).",
            )
        )
    if len(told) > TOLD:
        more = len(told) - TOLD
        said.append(Words(zh=f"另有{more}处没有读懂，未逐一列出。", en=f"{more} more were not understood."))
    return tuple(said)
