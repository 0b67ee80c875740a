"""Whether a text is a table or a list: which of its columns holds codes, and whether its lines begin with one."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from commercebrain.engine.lists.nomenclature import plausible

DELIMITERS = "\t,;|"
CELL = re.compile(
    r"\s*[\"']?(?:ex\.?\s*)?(\d{4}(?:[. ]?\d{2}){0,3}|\d{4}\.\d{4}(?:\.?\d{2})?|\d{7}|\d{9})(?:(?<=\d{6})\.0)?[\"']?\s*"
)
#: How a header calls a column of codes.
CODE_HEAD = (
    r"税则号|税号|税目|商品编|海关编|产品编|编码|hs.?code|^hs\d*$|^hts\d*$|hts.?(?:code|number)|tariff|commodity|heading"
    r"|^cn\d*$|^code"
)
BULLET = re.compile(r"\s*(?:[(]?\d{1,4}[).、,\t ]\s*|[-*•·]\s*)?(?:ex\.?\s*)?", re.IGNORECASE)
LEAST = 0.5  # the part of a column's cells that must be codes


@dataclass(frozen=True)
class Columns:
    """The lines of a table in a text, and where in them cells of the code columns stand."""

    lines: frozenset[int]
    cells: list[tuple[int, int]]

    @cached_property
    def starts(self) -> list[int]:
        """Where the cells begin."""
        return [start for start, _ in self.cells]

    def of_line(self, start: int) -> bool:
        """Whether the line that starts there is of the table."""
        return start in self.lines

    def holds(self, start: int, end: int) -> bool:
        """Whether the span stands in a cell for codes."""
        place = bisect_right(self.starts, start) - 1
        return place >= 0 and end <= self.cells[place][1]


def code_spans(text: str) -> Columns | None:
    """The cells for codes of a text that is a table, or one column of codes; None for any other."""
    lines: list[tuple[int, str]] = []
    start = 0
    for line in text.split("\n"):
        if line.strip():
            lines.append((start, line))
        start += len(line) + 1
    if len(lines) < 2:
        return None
    for delimiter in DELIMITERS:
        told = [_cells(line, at, delimiter) for at, line in lines]
        many = [cells for cells in told if len(cells) > 1]
        if len(many) < 0.8 * len(lines):
            continue
        chosen = _code_columns(many, text)
        if chosen:
            cells = sorted(c for row in many for place, c in enumerate(row) if place in chosen)
            return Columns(frozenset(at for (at, _), row in zip(lines, told, strict=True) if len(row) > 1), cells)
    alone = [[(at, at + len(line))] for at, line in lines]
    return Columns(frozenset(at for at, _ in lines), [row[0] for row in alone]) if _code_columns(alone, text) else None


def _cells(line: str, at: int, delimiter: str) -> list[tuple[int, int]]:
    """The cells of a line by their places; a delimiter within quotation marks divides nothing."""
    if '"' not in line:
        plain, start = [], at
        for cell in line.split(delimiter):
            plain.append((start, start + len(cell)))
            start += len(cell) + 1
        return plain
    found, start, quoted = [], 0, False
    for place, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == delimiter and not quoted:
            found.append((at + start, at + place))
            start = place + 1
    found.append((at + start, at + len(line)))
    return found


def _code_columns(rows: list[list[tuple[int, int]]], text: str) -> set[int]:
    width = max(map(len, rows))
    chosen: set[int] = set()
    named: set[int] = set()
    for place in range(width):
        cells = [text[a:b].strip().strip("\"'") for a, b in (row[place] for row in rows if len(row) > place)]
        body = [cell for cell in cells[1:] if cell] or cells
        good = sum(_is_code(cell) for cell in body)
        if body and good >= LEAST * len(body) and good:
            chosen.add(place)
            if not _is_code(cells[0]) and re.search(CODE_HEAD, cells[0].lower()):
                named.add(place)
    if named:  # a header that says which column is one says that no other is
        return named
    # Codes that stand in every column are a list with commas, not a table.
    return chosen if len(chosen) < width or width == 1 else set()


def _is_code(cell: str) -> bool:
    if cell.isdigit():
        return len(cell) > 3 and len(cell) != 5 and plausible(cell if len(cell) % 2 == 0 else f"0{cell}")
    if len(cell) < 4 or not cell[-1].isdigit():
        return False
    for part in re.split(r"\s*[,;、/]\s*", cell)[:50]:
        found = CELL.fullmatch(part)
        if found is None:
            return False
        digits = found[1].replace(".", "").replace(" ", "")
        if not plausible(digits if len(digits) % 2 == 0 else f"0{digits}"):
            return False
    return True


def opens_lines(text: str, token: re.Pattern[str]) -> bool:
    """Whether at least half of the lines begin with a code (after a bullet or a number of the row)."""
    lines = [line for line in text.split("\n") if line.strip()]
    good = 0
    for line in lines:
        starts = {len(line) - len(line.lstrip(" \"'\t“")), BULLET.match(line).end()}  # type: ignore[union-attr]
        good += any((first := token.match(line, start)) is not None and plausible(first[0]) for start in starts)
    return bool(lines) and good >= len(lines) / 2
