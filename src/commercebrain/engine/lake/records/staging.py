"""A file of lines → a DuckDB relation of its cells, field by field, with the sheet and row of each line.

Parquet and plain large csv files are read by DuckDB in place (twice, once for the distinct codes and once for the
lines), so nothing of them is held in memory. Workbooks, small or untidy csv files and those in other encodings are
first written as a plain csv with row numbers.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import operator
import re
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Raw, plain, shown
from commercebrain.engine.lake.headings import SheetMapping
from commercebrain.engine.lake.records.headings import HEADER_WITHIN, Headings, find_headings, no_table
from commercebrain.engine.lake.records.layout import name_literal, text_literal
from commercebrain.engine.lake.records.schema import RecordDataset
from commercebrain.engine.lake.workbook import check_kind, decode, open_grids, read_bytes

#: A csv beyond this many bytes is read in place when it is plain.
IN_PLACE_FROM = 4 * 2**20
_SAMPLE = 2**20


@dataclass(slots=True)
class SheetSeen:
    """One sheet of the file: its name, its headings where it was read, and why not where it was not."""

    name: str
    headings: Headings | None
    reason: tuple[str, str] | None = None


@dataclass(slots=True)
class Staged:
    """The lines of a file as a relation.

    ``relation`` is SQL that can be read any number of times, with the columns ``sheet__`` (number of the sheet),
    one a field found (``f_<field>``, of the type in ``types``), ``row__`` where ``numbered``, and ``extra__`` (texts
    beyond the headings) where ``numbered``. ``row_sql`` gives the row as people count where it is not numbered;
    ``columnar`` says that one column can be read without the others.
    """

    relation: str
    types: dict[str, str]
    sheets: list[SheetSeen]
    numbered: bool
    row_sql: str = ""
    lines_in_file: Callable[[], int] | None = None
    repeated: dict[int, int] = field(default_factory=dict)
    columnar: bool = False


def stage(
    connection: duckdb.DuckDBPyConnection, path: Path, dataset: RecordDataset, mapping: SheetMapping, sheet: str | None,
    folder: Path, *, name: str = "", numbered: bool = False, in_place_from: int = IN_PLACE_FROM,
) -> Staged:  # fmt: skip
    """Make the file readable as a relation; :class:`UserError` where it holds no table of the dataset.

    ``folder`` takes temporary files. ``numbered`` asks for exact row numbers even where that means writing a copy.
    """
    name = name or path.name
    with path.open("rb") as stream:
        head = stream.read(_SAMPLE)
    if head.startswith(b"\x1f\x8b"):
        path, name = _unpacked(path, name, folder), re.sub(r"\.gz$", "", name, flags=re.I)
        with path.open("rb") as stream:
            head = stream.read(_SAMPLE)
    if head.startswith(b"PAR1"):
        return _parquet(connection, path, name, dataset, mapping)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or path.stat().st_size <= in_place_from:
        return _grids(path, name, dataset, mapping, sheet, folder)
    check_kind(name, head)
    if not numbered:
        try:
            return _csv_in_place(connection, path, name, head, dataset, mapping)
        except (duckdb.Error, UnicodeDecodeError):
            pass  # untidy: read line by line below, which tells what is wrong
    return _csv_line_by_line(path, name, head, dataset, mapping, folder)


# -- in place ----------------------------------------------------------------------------------------


def _parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, dataset: RecordDataset, mapping: SheetMapping
) -> Staged:
    source = f"read_parquet({text_literal(str(path))}, file_row_number => true)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608 - a literal
    except duckdb.Error as fault:
        raise UserError(
            "intake.damaged",
            f"文件“{name}”已损坏或没有传完整，打不开；请重新导出或重新上传，没有写入任何数据。",
            f"The file “{name}” is damaged or cut short and cannot be opened; export or upload it again. Nothing was written.",
        ) from fault
    given = [(row[0], row[1]) for row in described if row[0] != "file_row_number"]
    headings = find_headings(name, [[column for column, _ in given]], dataset, mapping, lettered=False)
    if headings is None or headings.missing:
        raise no_table(name, dataset, [("", headings)])
    types = {n: given[place][1] for n, place in headings.places.items()}
    fields = [f"{name_literal(given[place][0])} AS f_{n}" for n, place in headings.places.items()]
    relation = f"(SELECT 0 AS sheet__, {', '.join(fields)}, file_row_number + 1 AS row__ FROM {source})"  # noqa: S608
    seen = SheetSeen("", headings)
    return Staged(relation, types, [seen], numbered=False, row_sql="row__", columnar=True)


def _csv_in_place(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, head: bytes, dataset: RecordDataset,
    mapping: SheetMapping,
) -> Staged:  # fmt: skip
    text = head[: head.rfind(b"\n") + 1].decode("utf-8-sig")
    delimiter = _delimiter(text)
    lines = list(itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), HEADER_WITHIN))
    headings = find_headings(name, lines, dataset, mapping)
    if headings is None or headings.missing:
        raise no_table(name, dataset, [("", headings)])
    width = len(lines[headings.row - 1])
    columns = "{" + ", ".join(f"'c{n}': 'VARCHAR'" for n in range(width)) + "}"
    source = (
        f"read_csv({text_literal(str(path))}, columns = {columns}, auto_detect = false, header = false, "
        f"skip = {headings.row}, delim = {text_literal(delimiter)}, quote = '\"', escape = '\"', strict_mode = true)"
    )
    connection.execute(f"SELECT 1 FROM {source} LIMIT 1")  # noqa: S608 - fails here rather than later
    fields = [f"c{place} AS f_{n}" for n, place in headings.places.items()]
    relation = f"(SELECT 0 AS sheet__, {', '.join(fields)} FROM {source})"  # noqa: S608
    types = dict.fromkeys(headings.places, "VARCHAR")
    return Staged(
        relation,
        types,
        [SheetSeen("", headings)],
        numbered=False,
        row_sql=f"row_number() OVER () + {headings.row}",
        lines_in_file=lambda: _count_lines(path) - headings.row,
    )


def _count_lines(path: Path) -> int:
    count, last = 0, b"\n"
    with path.open("rb") as stream:
        while chunk := stream.read(2**22):
            count += chunk.count(b"\n")
            last = chunk[-1:]
    return count + (last != b"\n")


def _unpacked(path: Path, name: str, folder: Path) -> Path:
    target = folder / "unpacked"
    try:
        with gzip.open(path, "rb") as packed, target.open("wb") as plain_file:
            shutil.copyfileobj(packed, plain_file, 2**20)
    except (OSError, EOFError, zlib.error) as fault:
        raise UserError(
            "intake.damaged",
            f"压缩文件“{name}”已损坏或没有传完整；请重新导出或重新上传，没有写入任何数据。",
            f"The packed file “{name}” is damaged or cut short; export or upload it again. Nothing was written.",
        ) from fault
    return target


# -- through a plain csv with row numbers --------------------------------------------------------------


def _grids(
    path: Path, name: str, dataset: RecordDataset, mapping: SheetMapping, sheet: str | None, folder: Path
) -> Staged:
    grids, hidden = open_grids(name, read_bytes(path))
    if sheet is not None and sheet not in {grid.name for grid in grids}:
        there = "、".join(grid.name for grid in grids)
        raise UserError(
            "intake.no_sheet",
            f"文件“{name}”里没有可见的工作表“{sheet}”，现有：{there}。",
            f"The file “{name}” has no visible sheet “{sheet}”; it has: {there}.",
        )
    seen: list[SheetSeen] = []
    target = folder / "lines.csv"
    fields = list(dataset.columns)
    repeated: dict[int, int] = {}
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        for grid in grids:
            if sheet is not None and grid.name != sheet:
                continue
            rows = iter(grid.rows)
            top = list(itertools.islice(rows, HEADER_WITHIN))
            headings = find_headings(name, [[shown(c) for c in row] for row in top], dataset, mapping)
            if headings is None or headings.missing:
                reason = (
                    ("没有找到所需的表头", "the headings needed were not found")
                    if top
                    else ("空工作表", "an empty sheet")
                )
                seen.append(SheetSeen(grid.name, headings, reason))
                continue
            body = itertools.chain(top[headings.row :], rows)
            number = len(seen)
            repeated[number] = _write_lines(writer, body, headings, fields, number)
            seen.append(SheetSeen(grid.name, headings))
    if not any(s.reason is None for s in seen):
        raise no_table(name, dataset, [(s.name, s.headings) for s in seen])
    seen += [SheetSeen(n, None, ("隐藏的工作表，没有读取", "a hidden sheet, not read")) for n in hidden]
    return numbered_lines(target, seen, fields, repeated)


def _csv_line_by_line(
    path: Path, name: str, head: bytes, dataset: RecordDataset, mapping: SheetMapping, folder: Path
) -> Staged:
    target = folder / "lines.csv"
    fields = list(dataset.columns)
    encodings = ["utf-8-sig", "gb18030"] if not head.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-16"]
    for encoding in encodings:
        try:
            with (
                path.open(encoding=encoding, newline="") as stream,
                target.open("w", encoding="utf-8", newline="") as out,
            ):
                delimiter = _delimiter("".join(itertools.islice(stream, 50)))
                stream.seek(0)
                rows = iter(csv.reader(stream, delimiter=delimiter, strict=True))
                top = list(itertools.islice(rows, HEADER_WITHIN))
                headings = find_headings(name, top, dataset, mapping)
                if headings is None or headings.missing:
                    raise no_table(name, dataset, [("", headings)])
                body: Iterable[Sequence[Raw]] = itertools.chain(top[headings.row :], rows)
                repeated = _write_lines(csv.writer(out), body, headings, fields, 0)
                return numbered_lines(target, [SheetSeen("", headings)], fields, {0: repeated})
        except UnicodeDecodeError:
            continue
        except csv.Error:
            raise UserError(
                "intake.quotes",
                f"文件“{name}”里有引号不成对，其后的内容分不清行列，可能没有传完整；请补上引号或另存为 .xlsx。",
                f"A quotation mark in “{name}” is not closed, so rows and columns cannot be told apart, or the file is cut "
                "short; close it or save as .xlsx.",
            ) from None
    decode(name, path.read_bytes())  # tells in a sentence what the encoding is not
    raise AssertionError("decode tells why")


def _write_lines(
    writer: Any,
    body: Iterable[Sequence[Raw]],
    headings: Headings,
    fields: Sequence[str],
    sheet: int,
) -> int:
    """Write the lines below the headings, blank ones and repeated headings left out; the number of the repeated."""
    width = len(headings.cells)
    here = [name for name in fields if name in headings.places]
    pick: Callable[[Sequence[Raw]], tuple[Raw, ...]]
    if len(here) == 1:
        only = headings.places[here[0]]
        pick = lambda row: (row[only],)  # noqa: E731 - itemgetter gives no tuple for one place
    else:
        pick = operator.itemgetter(*(headings.places[name] for name in here))
    gaps = [name in headings.places for name in fields]
    complete = all(gaps)
    first, repeated = headings.cells[headings.places[here[0]]], 0

    def lines() -> Iterator[list[Raw]]:
        nonlocal repeated
        for number, row in enumerate(body, headings.row + 1):
            if not any(row) and all(not plain(shown(cell)) for cell in row):
                continue
            extra = ""
            if len(row) != width:
                extra = " ".join(shown(cell) for cell in row[width:] if cell is not None and shown(cell))
                row = [*row, *([None] * (width - len(row)))]
            cells = pick(row)
            if cells[0] == first and [plain(shown(c)) for c in row[:width]] == list(headings.cells):
                repeated += 1
                continue
            if complete:
                yield [sheet, number, extra, *cells]
            else:
                left = iter(cells)
                yield [sheet, number, extra, *(next(left) if there else None for there in gaps)]

    writer.writerows(lines())
    return repeated


def numbered_lines(path: Path, seen: list[SheetSeen], fields: Sequence[str], repeated: dict[int, int]) -> Staged:
    """The relation of a plain csv with the columns sheet, row, surplus, and one a field."""
    found = {name for s in seen if s.headings is not None and s.reason is None for name in s.headings.places}
    kinds = {"sheet__": "INTEGER", "row__": "BIGINT", "extra__": "VARCHAR"}
    columns = ", ".join(f"'{n}': '{k}'" for n, k in (kinds | {f"f_{name}": "VARCHAR" for name in fields}).items())
    source = (
        f"read_csv({text_literal(str(path))}, columns = {{{columns}}}, auto_detect = false, header = false, delim = ',', "
        "quote = '\"', escape = '\"')"
    )
    relation = f"(SELECT * FROM {source})"  # noqa: S608 - own words and a literal
    types = {name: "VARCHAR" for name in fields if name in found}
    return Staged(relation, types, seen, numbered=True, row_sql="row__", repeated=repeated)


def _delimiter(text: str) -> str:
    sample = text[:20000].split("\n")[:50]
    return max(",\t;|", key=lambda mark: sum(line.count(mark) for line in sample))
