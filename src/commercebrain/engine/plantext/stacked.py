"""Tables whose cells came down one to a line, as copied web pages have them: put back into rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from commercebrain.engine.plantext.tables import Cell, is_figure

if TYPE_CHECKING:
    from commercebrain.engine.plantext.structure import Block

_HEAD = re.compile(
    r"(?:序\s*号|类\s*别|.{0,4}指标(?:名称)?|项\s*目|.{0,2}单\s*位|指标属性|属\s*性|性\s*质|备\s*注|年均.{0,8}|.{0,6}增[速长幅].{0,6}"
    r"|.{0,4}(?:(?:19|20)\d\d)\s*年?.{0,8}|基期值?|基数|目标值?|预期值|规划值|现状值?|累计)[ \u3000]*"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_SENTENCE = re.compile(r"[。；，]")
_LONG = 30


def stack_cells(blocks: list[Block]) -> list[Block]:
    """``blocks`` with every run of one-cell lines under a header of indicators made rows of a table."""
    out: list[Block] = []
    i = 0
    while i < len(blocks):
        width = _width(blocks, i)
        rows = _rows(blocks, i, width) if width else 0
        if rows < 2:
            out.append(blocks[i])
            i += 1
            continue
        for n in range(rows + 1):
            out.append(_row(blocks[i + n * width : i + (n + 1) * width]))
        i += (rows + 1) * width
    return out


def _width(blocks: Sequence[Block], first: int) -> int:
    """How many header cells stand from ``first`` on; 0 where there is no header of indicators."""
    if not _HEAD.fullmatch(blocks[first].text) or len(blocks[first].text) > 12:
        return 0
    width = 0
    while first + width < len(blocks) and width < 10 and _HEAD.fullmatch(blocks[first + width].text):
        width += 1
    heads = [blocks[first + n].text for n in range(width)]
    named = any("指标" in head or "项目" in head for head in heads)
    return width if width >= 3 and named and any(_YEAR.search(head) for head in heads) else 0


def _rows(blocks: Sequence[Block], first: int, width: int) -> int:
    """How many whole rows follow the header: their cells are short, those under a year are figures."""
    years = [n for n in range(width) if _YEAR.search(blocks[first + n].text)]
    rows = 0
    while True:
        start = first + (rows + 1) * width
        cells = blocks[start : start + width]
        if len(cells) < width or any(len(c.text) > _LONG or _SENTENCE.search(c.text) for c in cells):
            return rows
        if not all(is_figure(cells[n].text) for n in years):
            return rows
        rows += 1


def _row(cells: Sequence[Block]) -> Block:
    """One block for a row of one-cell blocks."""
    merged = cells[0].merged(cells)
    merged.cells = [Cell(cell.text, cell.start, cell.end) for cell in cells]
    return merged
