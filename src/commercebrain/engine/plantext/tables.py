"""Flattened tables made tables again: rows of tabs, pipes or spaces, with their header, unit and notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commercebrain.engine.plantext.structure import Block

_VALUE = r"[<>≤≥＜＞约\[［【(（]?-?\d[\d,，.]*(?:[%％‰]|[:：]\d[\d.]*)?(?:左右|以上|以下|以内)?[\]］】)）]?|[-—–/]{1,3}"
_SPACED = re.compile(
    rf"[ \u3000]*\S+(?:[ \u3000]+\S+){{0,5}}?(?:[ \u3000]+(?:{_VALUE})){{2,8}}(?:[ \u3000]+(?:预期性|约束性))?[ \u3000]*"
)
_WIDE = re.compile(r"\S(?: {2,}|\u3000+)\S")
_WIDE_GAP = re.compile(r"[ \u3000]{2,}|\u3000")
_NUMERIC = re.compile(rf"(?:{_VALUE})")
_YEAR_CELL = re.compile(r"(?:19|20)\d\d\s*年?[^\d]*|[“\"]?十[一二三四五]五[”\"]?.*")
_BARE_YEAR = re.compile(r"(?:19|20)\d\d")
_NAMES = re.compile(r"指标|单位|名称|项目")
_TAIL = 80


@dataclass(slots=True)
class Cell:
    """One cell; ``start`` and ``end`` are offsets into the document."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Row:
    """One row of a table: the index of its block, and its cells in order."""

    block: int
    cells: list[Cell]


@dataclass(slots=True)
class Table:
    """A table: header rows, body rows, the words above it (caption, unit line) and the notes below it."""

    headers: list[list[Cell]]
    rows: list[Row]
    above: list[int] = field(default_factory=list)
    notes: list[int] = field(default_factory=list)

    @property
    def width(self) -> int:
        """The number of columns of the widest row."""
        widths = [len(row.cells) for row in self.rows] + [len(row) for row in self.headers]
        return max(widths, default=0)


def looks_like_row(line: str) -> bool:
    """Whether a line is a row of a table: cells parted by tabs or pipes, or by spaces before two or more figures."""
    words = line.strip(" \u3000\r\n")
    inner = words.lstrip("\t")
    if "\t" in inner.rstrip("\t"):
        return True
    if words.startswith("|") and words.count("|") >= 2:
        return True
    if len(line) > 160 or "。" in line or "；" in line:
        return False
    if _SPACED.fullmatch(line):
        return True
    return len(_WIDE.findall(line)) >= 2 and "，" not in line


def cells_of(block: Block, loose: bool = False) -> list[Cell]:
    """The cells of a row; ``loose`` parts them at every space (for the header of a table parted by spaces)."""
    if block.cells is not None:
        return list(block.cells)
    text = block.text
    cells: list[Cell] = []

    def add(begin: int, finish: int) -> None:
        while begin < finish and text[begin] in " \u3000\t|":
            begin += 1
        while finish > begin and text[finish - 1] in " \u3000\t|":
            finish -= 1
        start = block.offset(begin)
        cells.append(Cell(text[begin:finish], start, block.end_offset(finish) if finish > begin else start))

    if "\t" in text.strip(" \u3000"):
        gaps = [(m.start(), m.end()) for m in re.finditer(r"\t", text)]
    elif text.strip().startswith("|"):
        inner = text.strip()
        lead = text.index(inner)
        gaps = [(m.start(), m.end()) for m in re.finditer(r"\|", text[: lead + len(inner) - 1]) if m.start() > lead]
    elif loose or not _WIDE.search(text):
        gaps = [(m.start(), m.end()) for m in re.finditer(r"[ \u3000]+", text)]
    else:
        gaps = [(m.start(), m.end()) for m in _WIDE_GAP.finditer(text)]
    at = 0
    for begin, finish in gaps:
        add(at, begin)
        at = finish
    add(at, len(text))
    return cells


def is_figure(cell: str) -> bool:
    """Whether a cell holds a figure (or the dash that stands for none) rather than words or a year."""
    text = cell.strip()
    if len(text) > 16:
        return False
    return bool(_NUMERIC.match(text)) and not (_YEAR_CELL.fullmatch(text) and len(text) > 4)


def build_tables(blocks: Sequence[Block]) -> list[Table]:
    """Tables from runs of row blocks; sets ``table`` and ``row`` on those blocks."""
    tables: list[Table] = []
    i = 0
    while i < len(blocks):
        if blocks[i].kind != "table_row":
            i += 1
            continue
        first = i
        while i < len(blocks) and blocks[i].kind == "table_row":
            i += 1
        tables.append(_table(blocks, first, i))
    return tables


def _table(blocks: Sequence[Block], first: int, last: int) -> Table:
    """The table of the row blocks ``first`` to ``last`` (exclusive)."""
    rows = [Row(n, cells_of(blocks[n])) for n in range(first, last)]
    headers: list[list[Cell]] = []
    while rows and len(rows) > 1 and _is_header(rows[0], headers):
        headers.append(rows.pop(0).cells)
    table = Table(headers, rows)
    n = first - 1
    while n >= 0 and first - n <= 4 and len(blocks[n].text) <= _TAIL and blocks[n].kind != "table_row":
        table.above.append(n)
        n -= 1
    if not headers:
        _loose_header(table, blocks, first)
    n = last
    while n < len(blocks) and _is_note(blocks, n, last):
        table.notes.append(n)
        n += 1
    for number, row in enumerate(table.rows):
        blocks[row.block].table, blocks[row.block].row = table, number
    for number in range(first, rows[0].block if rows else last):
        blocks[number].table, blocks[number].row = table, -1
    return table


def _is_note(blocks: Sequence[Block], n: int, last: int) -> bool:
    """Whether block ``n`` is a note below a table: it says so, or it goes on with a numbered list of notes."""
    mark = blocks[n].mark
    return blocks[n].kind == "note" or (n > last and mark is not None and mark.level >= 5 and (mark.number or 0) > 1)


def _is_header(row: Row, above: list[list[Cell]]) -> bool:
    """Whether a row names columns: short cells, none of them a figure or a sentence."""
    filled = [cell.text for cell in row.cells if cell.text]
    named = any(_NAMES.search(text) for text in filled)
    figures = [text for text in filled if is_figure(text) and not (named and _BARE_YEAR.fullmatch(text))]
    if not filled or figures or len(above) >= 3:
        return False
    if any(len(text) > 24 or "。" in text or "；" in text for text in filled):
        return False
    if above:
        # A second header row goes on with years or units; a row of plain words is the first of the body.
        return all(_YEAR_CELL.fullmatch(text) or len(text) <= 6 for text in filled) and any(
            _YEAR_CELL.fullmatch(text) for text in filled
        )
    return True


def _loose_header(table: Table, blocks: Sequence[Block], first: int) -> None:
    """The line above a table parted by spaces names its columns where it has as many words as a row has cells."""
    if not table.rows or first == 0 or "\t" in blocks[first].text:
        return
    width = max(len(row.cells) for row in table.rows)
    for n in range(first - 1, max(first - 3, -1), -1):
        if blocks[n].kind not in ("table_row",) and len(blocks[n].text) <= _TAIL:
            cells = cells_of(blocks[n], loose=True)
            if len(cells) == width and width > 1 and not any(is_figure(cell.text) for cell in cells):
                table.headers.append(cells)
                return
