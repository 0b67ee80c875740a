"""A pdf page put together again: glyphs into lines, ruled lines into tables with cells.

Everything is in points, y upwards, as pdf has it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import quantiles
from typing import Any
from unicodedata import east_asian_width

import pypdfium2.raw as raw

# In ems: the gap within a line that parts cells where nothing is ruled.
_CELL_GAP = 1.6
# In points: a ruled line is thinner than this, and lines nearer than this are one.
_THIN, _NEAR = 3.0, 3.0


@dataclass(slots=True)
class Line:
    """One printed line, or one row of a ruled table: its text with cells parted by tabs, its edges, its
    em.
    """

    text: str
    left: float
    right: float
    top: float
    bottom: float
    em: float
    row: bool = False


@dataclass(slots=True)
class Glyph:
    """One character: its left and right edge, the baseline it stands on, its height."""

    char: str
    left: float
    right: float
    baseline: float
    height: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A ruled line: upright at ``at`` = x from ``low`` to ``high`` = y, or level the other way round."""

    upright: bool
    at: float
    low: float
    high: float


@dataclass(slots=True)
class Grid:
    """A ruled table: the places of its upright and level lines, ascending, and the lines themselves."""

    xs: list[float]
    ys: list[float]
    rules: list[Rule]

    def holds(self, glyph: Glyph) -> bool:
        """Whether the middle of ``glyph`` is within the table."""
        x, y = (glyph.left + glyph.right) / 2, glyph.baseline + 0.3 * glyph.height
        return self.xs[0] < x < self.xs[-1] and self.ys[0] < y < self.ys[-1]


def page_lines(page: Any) -> list[Line]:
    """The lines and table rows of ``page`` from top to bottom."""
    glyphs = _glyphs(page)
    rules = list(_rules(page))
    # A drawing of thousands of strokes is a map or a chart.
    grids = _grids(rules) if len(rules) <= 3000 else []
    lines: list[Line] = []
    for grid in grids:
        inside = [glyph for glyph in glyphs if grid.holds(glyph)]
        if inside:
            glyphs = [glyph for glyph in glyphs if not grid.holds(glyph)]
            lines += _table(grid, inside)
    return sorted(lines + lines_of(glyphs), key=lambda line: -line.top)


def _glyphs(page: Any) -> list[Glyph]:
    """The characters of the page's text layer, without white space: gaps come back at their true width."""
    text_page = page.get_textpage()
    box = raw.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    glyphs: list[Glyph] = []
    for i in range(raw.FPDFText_CountChars(text_page)):
        code = raw.FPDFText_GetUnicode(text_page, i)
        if code in (0, 2, 0xFFFE, 0xAD) or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or chr(code).isspace():
            continue
        # The loose box spans the advance, so marks (，。) and digits get no gaps around them; where PDFium
        # has replaced a radical (⼀ by 一) it is the ink's box, and only the origin says which line it is on.
        raw.FPDFText_GetLooseCharBox(text_page, i, box)
        raw.FPDFText_GetCharOrigin(text_page, i, x, y)
        glyphs.append(Glyph(chr(code), min(box.left, x.value), box.right, y.value, box.top - box.bottom))
    text_page.close()
    return glyphs


def lines_of(glyphs: list[Glyph]) -> list[Line]:
    """Glyphs grouped into rows by their baseline, rows from top to bottom, glyphs from left to right."""
    rows: list[list[Glyph]] = []
    level = 0.0
    for glyph in sorted(glyphs, key=lambda g: -g.baseline):
        if not rows or level - glyph.baseline > 0.5 * max(g.height for g in rows[-1][:40]):
            rows.append([])
            level = glyph.baseline
        rows[-1].append(glyph)
    return [_line(row) for row in rows]


def _line(row: list[Glyph]) -> Line:
    row.sort(key=lambda g: g.left)
    em = max(quantiles([g.height for g in row], n=4)[2] if len(row) > 1 else row[0].height, 1.0)
    for glyph in row:
        if east_asian_width(glyph.char) == "W":
            glyph.right = max(glyph.right, glyph.left + 0.95 * em)
    text = row[0].char
    for before, after in pairwise(row):
        gap = after.left - before.right
        if gap > _CELL_GAP * em:
            text += "\t"
        elif gap > (0.15 if before.char.isascii() and after.char.isascii() else 0.9) * em:
            text += " "
        text += after.char
    baseline = row[0].baseline
    return Line(text, row[0].left, row[-1].right, baseline + em, baseline, em)


# --- ruled tables --------------------------------------------------------------------------------------


def _rules(page: Any) -> Iterable[Rule]:
    """The thin lines and the frames that the page draws."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for i in range(raw.FPDFPage_CountObjects(page)):
        item = raw.FPDFPage_GetObject(page, i)
        if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_PATH:
            continue
        if not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            continue
        x0, y0, x1, y1 = left.value, bottom.value, right.value, top.value
        if x1 - x0 < _THIN < y1 - y0:
            yield Rule(True, (x0 + x1) / 2, y0, y1)
        elif y1 - y0 < _THIN < x1 - x0:
            yield Rule(False, (y0 + y1) / 2, x0, x1)
        elif _is_frame(item):
            yield from (
                Rule(True, x0, y0, y1),
                Rule(True, x1, y0, y1),
                Rule(False, y0, x0, x1),
                Rule(False, y1, x0, x1),
            )


def _is_frame(item: Any) -> bool:
    """Whether a path is a stroked rectangle: a cell drawn as a box."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    drawn = raw.FPDFPath_GetDrawMode(item, fill, stroke) and bool(stroke.value)
    return drawn and raw.FPDFPath_CountSegments(item) in (4, 5)


def _grids(rules: list[Rule]) -> list[Grid]:
    """Tables: groups of lines that cross or touch, with two columns and one row at least."""
    owner = list(range(len(rules)))

    def root(i: int) -> int:
        while owner[i] != i:
            owner[i] = owner[owner[i]]
            i = owner[i]
        return i

    upright = [i for i, rule in enumerate(rules) if rule.upright]
    level = [i for i, rule in enumerate(rules) if not rule.upright]
    for i in upright:
        for j in level:
            a, b = rules[i], rules[j]
            if b.low - _NEAR <= a.at <= b.high + _NEAR and a.low - _NEAR <= b.at <= a.high + _NEAR:
                owner[root(i)] = root(j)
    groups: dict[int, list[Rule]] = {}
    for i, rule in enumerate(rules):
        groups.setdefault(root(i), []).append(rule)
    grids = []
    for group in groups.values():
        upright_ones = [rule for rule in group if rule.upright]
        xs = _places(rule.at for rule in upright_ones)
        # A row cut by the page's end may lack its own level line there: the upright ones end where it does.
        ends = [r.low for r in upright_ones] + [r.high for r in upright_ones]
        levels = [rule.at for rule in group if not rule.upright]
        ys = _places([*levels, min(ends), max(ends)]) if ends else []
        if len(xs) >= 3 and len(ys) >= 2:
            grids.append(Grid(xs, ys, group))
    return grids


def _places(values: Iterable[float]) -> list[float]:
    """Ascending places; those that are nearly one are one."""
    out: list[float] = []
    for value in sorted(values):
        if not out or value - out[-1] > _NEAR:
            out.append(value)
    return out


def _table(grid: Grid, glyphs: list[Glyph]) -> list[Line]:
    """The rows of a ruled table; a merged cell keeps its text once, in its first place."""
    columns, rows = len(grid.xs) - 1, len(grid.ys) - 1
    first = {(r, c): (r, c) for r in range(rows) for c in range(columns)}
    # Rows are counted from the top. A cell that no line parts from its neighbour is one with it.
    for r in range(rows):
        low, high = grid.ys[rows - 1 - r], grid.ys[rows - r]
        for c in range(columns):
            middle = (grid.xs[c] + grid.xs[c + 1]) / 2
            if c and not _ruled(grid, True, grid.xs[c], (low + high) / 2):
                first[r, c] = first[r, c - 1]
            elif r and not _ruled(grid, False, high, middle):
                first[r, c] = first[r - 1, c]
    cells: dict[tuple[int, int], list[Glyph]] = {}
    for glyph in glyphs:
        x, y = (glyph.left + glyph.right) / 2, glyph.baseline + 0.3 * glyph.height
        c = max(sum(at < x for at in grid.xs) - 1, 0)
        r = max(rows - sum(at < y for at in grid.ys), 0)
        cells.setdefault(first[min(r, rows - 1), min(c, columns - 1)], []).append(glyph)
    lines = []
    for r in range(rows):
        texts = [_cell_text(cells.get((r, c), [])) for c in range(columns)]
        if any(texts):
            top, bottom = grid.ys[rows - r], grid.ys[rows - 1 - r]
            lines.append(Line("\t".join(texts), grid.xs[0], grid.xs[-1], top, bottom, top - bottom, row=True))
    return lines


def _ruled(grid: Grid, upright: bool, at: float, across: float) -> bool:
    return any(
        rule.upright is upright and abs(rule.at - at) <= _NEAR and rule.low - 1 <= across <= rule.high + 1
        for rule in grid.rules
    )


def _cell_text(glyphs: list[Glyph]) -> str:
    """The words of a cell on one line; what was wrapped within it is joined again."""
    text = ""
    for line in lines_of(glyphs):
        latin = text[-1:].isascii() and line.text[:1].isascii() and text
        text += (" " if latin else "") + line.text.replace("\t", " ")
    return text
