"""A file as a person made it, read by the lake's reader: which rows are headings, which column is which field."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from commercebrain.desk.core.imports.declaring import Importer
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Raw, is_blank, plain, shown
from commercebrain.engine.lake.dataset import fold
from commercebrain.engine.lake.sheets import NOTE, could_be_headings, cuts_a_merge, heading_paths
from commercebrain.engine.lake.workbook import Grid, open_grids

LOOK_AHEAD, DEEPEST = 40, 3
EXAMPLE = "示例行"  # a row that begins so in a column that is not read is the template's example


def signature_of(headings: Sequence[str]) -> str:
    """The same for every file with the same headings."""
    return hashlib.sha256("\n".join(fold(text) for text in headings).encode()).hexdigest()


@dataclass
class Sheet:
    """One sheet with the rows of its headings (as Excel counts) and their texts, column by column."""

    grid: Grid
    head: list[list[Raw]]
    header_rows: tuple[int, int]
    headings: list[str]

    @property
    def signature(self) -> str:
        """The same for every file with the same headings."""
        return signature_of(self.headings)


@dataclass
class Line:
    """One row of the body: its number as Excel shows it, its cells by column."""

    sheet: str
    row: int
    cells: list[Raw]


@dataclass
class Opened:
    """What a file holds for an importer: the sheets that are read, the names of those that are not, lines left out."""

    sheets: list[Sheet]
    unread: list[str]
    skipped: list[str] = field(default_factory=list)

    @property
    def first(self) -> Sheet:
        """The sheet whose headings are shown."""
        return self.sheets[0]

    @property
    def height(self) -> int:
        """About how many rows there are, for the progress."""
        return sum(max(0, sheet.grid.height - sheet.header_rows[1]) for sheet in self.sheets)

    def lines(self) -> Iterator[Line]:
        """The rows of all sheets in order, without blank ones, notes, repeated headings and the template's example."""
        for sheet in self.sheets:
            yield from self._of(sheet)

    def _of(self, sheet: Sheet) -> Iterator[Line]:
        last, covered, tops = sheet.header_rows[1], _covered(sheet), {}
        repeated = [fold(text) for text in sheet.headings if text]
        for number, row in enumerate(_rows(sheet)):
            if number < last:
                continue
            for column, top in covered.get(number, ()):
                row.extend([None] * (column + 1 - len(row)))
                row[column] = tops.get((top, column), row[column]) if top != number else row[column]
                tops[top, column] = row[column]
            filled = [shown(cell) for cell in row if not is_blank(cell)]
            if not filled:
                continue
            if (len(filled) <= 2 and NOTE.match(plain(filled[0]))) or filled[0].startswith(EXAMPLE):
                self.skipped.append(f"{number + 1}: {filled[0][:60]}")
            elif [fold(text) for text in filled] == repeated:
                self.skipped.append(f"{number + 1}: {' '.join(filled)[:60]}")
            else:
                yield Line(sheet.grid.name, number + 1, row)


def _rows(sheet: Sheet) -> Iterator[list[Raw]]:
    yield from sheet.head
    yield from sheet.grid.rows


def _covered(sheet: Sheet) -> dict[int, list[tuple[int, int]]]:
    """Rows of the body whose cells lie under a cell merged downwards: row → (column, top row)."""
    found: dict[int, list[tuple[int, int]]] = {}
    for top, left, bottom, right in sheet.grid.merged:
        if left == right and bottom > top >= sheet.header_rows[1]:
            for row in range(top, bottom + 1):
                found.setdefault(row, []).append((left, top))
    return found


def open_file(name: str, data: bytes, importer: Importer) -> Opened:
    """The sheets of a file that look like this importer's list: the best one, and others with the same headings.

    Where no heading is known the first table is taken, so that a person can say which column is which. Raises
    :class:`UserError` where there is no table at all.
    """
    grids, hidden = open_grids(name, data)
    sheets = [sheet for grid in grids if (sheet := _understand(grid, importer)) is not None]
    if not sheets:
        raise UserError(
            "imports.no_table",
            f"文件“{name}”里没有找到表格：至少要有一行列名和一行数据。请用模板填写后再上传。",
            f"There is no table in “{name}”: it needs a row of headings and a row of data. Use the template.",
        )
    best = max(sheets, key=lambda sheet: len(_known(sheet.headings, importer)))
    same = [best, *(sheet for sheet in sheets if sheet is not best and sheet.signature == best.signature)]
    unread = [grid.name for grid in grids if all(sheet.grid is not grid for sheet in same)]
    return Opened(same, unread + hidden)


def _known(headings: Sequence[str], importer: Importer) -> set[str]:
    return {key for key in guess(headings, importer) if key}


def _understand(grid: Grid, importer: Importer) -> Sheet | None:
    head = list(islice(grid.rows, LOOK_AHEAD))
    best: tuple[float, Sheet] | None = None
    for start, row in enumerate(head):
        if not any(not is_blank(cell) for cell in row):
            continue
        for depth in range(1, DEEPEST + 1):
            stop = start + depth
            if stop > len(head) or not could_be_headings(head[start:stop]) or cuts_a_merge(grid, start, stop):
                continue
            headings = ["/".join(path) for path in heading_paths(grid, head, start, stop)]
            while headings and not headings[-1]:
                headings.pop()
            if not headings:
                continue
            known = len(_known(headings, importer))
            filled = sum(bool(text) for text in headings)
            score = 10 * known + min(filled, 3) - 2 * depth - 0.1 * start
            if best is None or score > best[0]:
                best = (score, Sheet(grid, head, (start + 1, stop), headings))
    return best[1] if best is not None else None


def _words(text: str) -> set[str]:
    """A heading as it may be compared: whole, its last part, and without marks such as * and （必填）."""
    found = set()
    for part in (text, text.rpartition("/")[2], text.replace("/", "")):
        bare = re.sub(r"[*＊]|[（(](?:必填|选填|required|optional)[)）]", "", part)
        found |= {fold(part), fold(bare)}
    return found - {""}


def guess(headings: Sequence[str], importer: Importer) -> list[str]:
    """For each heading the key of the column it names, empty where it names none; each column once, the first wins."""
    known: dict[str, str] = {}
    for column in importer.columns:
        for word in column.words:
            known.setdefault(fold(word), column.key)
    taken: set[str] = set()
    keys = []
    for text in headings:
        key = next((known[word] for word in sorted(_words(text)) if word in known), "")
        keys.append("" if key in taken else key)
        taken.add(key)
    return keys
