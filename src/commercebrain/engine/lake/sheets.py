"""From a sheet as people make it to records: find the headings, flatten merged ones, tell data from titles
and notes.

Two layouts come out of one mechanism. In a *long* sheet every field has its column and a row is one record.
In a *wide* one the columns stand for indicators, periods or regions, and a row gives one record for each of
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Raw, formula_error, is_blank, plain, read_period_text, shown
from commercebrain.engine.lake.dataset import Dataset
from commercebrain.engine.lake.headings import Heading, SheetMapping, Title, read_title, understand
from commercebrain.engine.lake.names import Names
from commercebrain.engine.lake.workbook import Grid, letter
from commercebrain.engine.periods import Period

_LOOK_AHEAD, _DEEPEST = 60, 4
NOTE = re.compile(r"(?:注|备注|说明|附注|数据来源|资料来源|来源|制表|填表|审核|联系|单位|表\d)\s*\d*\s*[:：、.]")
_NEEDED = ("indicator", "region", "period")


@dataclass(slots=True)
class Record:
    """One candidate row of the dataset: raw cells by field, the column each came from, and the row that
    Excel shows."""

    row: int
    fields: dict[str, Raw]
    columns: dict[str, int] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    fault: tuple[str, str, str] | None = None


@dataclass(slots=True)
class SheetPlan:
    """How a sheet is read. ``layout`` is "long" or "wide"; ``header_rows`` as Excel counts; ``skipped`` are
    the lines that were told to be titles, notes, repeated headings or columns not needed, each named."""

    name: str
    layout: str
    header_rows: tuple[int, int]
    headings: list[Heading]
    title: Title
    defaults: dict[str, str]
    skipped: list[str] = field(default_factory=list)
    blank_cells: int = 0

    def keys(self, name: str) -> list[Heading]:
        """The columns that carry the field ``name``, row by row."""
        return [h for h in self.headings if h.kind == "key" and h.field == name]


def read_sheet(
    file: str, grid: Grid, dataset: Dataset, names: Names, mapping: SheetMapping
) -> tuple[SheetPlan, Iterator[Record]] | None:
    """How the sheet is read and its records in order, or None where it holds no table of this dataset.

    Raises :class:`UserError` (``intake.duplicate_columns``) where two columns say the same thing.
    """
    head = list(islice(grid.rows, _LOOK_AHEAD))
    plan = _find_plan(grid, head, dataset, names, mapping)
    if plan is None:
        return None
    _refuse_duplicates(file, plan)

    def rows() -> Iterator[list[Raw]]:
        yield from head
        yield from grid.rows

    return plan, _records(plan, grid, rows(), head, names)


# -- headings --------------------------------------------------------------------------------------


def _find_plan(
    grid: Grid, head: list[list[Raw]], dataset: Dataset, names: Names, mapping: SheetMapping
) -> SheetPlan | None:
    if mapping.header_rows is not None:
        first, last = mapping.header_rows
        blocks = [(first - 1, last)]
    else:
        starts = [n for n, row in enumerate(head) if sum(not is_blank(cell) for cell in row) >= 2]
        blocks = [(s, s + depth) for s in starts for depth in range(1, _DEEPEST + 1) if s + depth <= len(head)]
    best: tuple[float, SheetPlan] | None = None
    for start, stop in blocks:
        if mapping.header_rows is None and (not could_be_headings(head[start:stop]) or cuts_a_merge(grid, start, stop)):
            continue
        plan = _plan(grid, head, start, stop, dataset, names, mapping)
        score = _score(plan) - (5 if stop < len(head) and _only_headings(head[stop], dataset) else 0)
        if score > 0 and (best is None or score > best[0]):
            best = (score, plan)
    return best[1] if best else None


def could_be_headings(block: list[list[Raw]]) -> bool:
    """No row of headings holds numbers other than years, or nothing at all."""
    for row in block:
        filled = [cell for cell in row if not is_blank(cell)]
        if not filled:
            return False
        for cell in filled:
            number = isinstance(cell, int | float) or re.fullmatch(r"[+-]?[\d,.]+%?", plain(str(cell)))
            if number and not re.fullmatch(r"(?:19|20)\d{2}(?:\.?\d{1,2})?", shown(cell)):
                return False
    return True


def _only_headings(row: list[Raw], dataset: Dataset) -> bool:
    """Whether every cell of the row names a field: a heading that the rows above it belong to."""
    filled = [shown(cell) for cell in row if not is_blank(cell)]
    return len(filled) > 1 and all(dataset.field_of(text) for text in filled)


def cuts_a_merge(grid: Grid, start: int, stop: int) -> bool:
    """Whether a merged heading reaches out of the rows taken as headings."""
    return any(start <= top < stop <= bottom or top < start <= bottom < stop for top, _, bottom, _ in grid.merged)


def _plan(
    grid: Grid,
    head: list[list[Raw]],
    start: int,
    stop: int,
    dataset: Dataset,
    names: Names,
    mapping: SheetMapping,
) -> SheetPlan:
    lines = [shown(cell) for row in head[:start] for cell in row if not is_blank(cell)]
    title = read_title([grid.name, *lines], names)
    headings = [
        understand(Heading(column, path), dataset, names, title, mapping)
        for column, path in enumerate(heading_paths(grid, head, start, stop))
    ]
    _join_growth(headings)
    measures = [h for h in headings if h.kind in ("value", "growth")]
    layout = "wide" if any(h.context.keys() & set(_NEEDED) for h in measures) else "long"
    plan = SheetPlan(grid.name, layout, (start + 1, stop), headings, title, dict(mapping.defaults))
    _find_unnamed_keys(plan, head[stop:], names)
    return plan


def _join_growth(headings: list[Heading]) -> None:
    """A bare 同比 belongs to the figure on its left: 出口 | 同比 | 进口 | 同比."""
    left: Heading | None = None
    for heading in headings:
        if heading.kind == "value":
            left = heading
        elif heading.kind == "growth" and left is not None:
            if all(left.context.get(name) == value for name, value in heading.context.items()):
                inherited = {name: value for name, value in left.context.items() if name != "unit"}
                heading.context = {**inherited, **heading.context}
        elif heading.kind != "ignored":
            left = None


def heading_paths(grid: Grid, head: list[list[Raw]], start: int, stop: int) -> list[tuple[str, ...]]:
    """Each column's headings from top to bottom, merged ones spread over the cells that they cover."""
    width = max((len(row) for row in head), default=0)
    block = [[_heading(cell) for cell in row] + [""] * (width - len(row)) for row in head[start:stop]]
    for top, left, bottom, right in grid.merged:
        if start <= top < stop and left < width:
            text = block[top - start][left]
            for line in range(top, min(bottom, stop - 1) + 1):
                for column in range(left, min(right, width - 1) + 1):
                    block[line - start][column] = text
    for number, row in enumerate(block[:-1]):  # headings centred over blanks, without a merge
        for column in range(1, width):
            below = any(lower[column] and lower[column] != row[column] for lower in block[number + 1 :])
            if not row[column] and below and row[column - 1] and not _stands_alone(block, column - 1):
                row[column] = row[column - 1]
    return [tuple(dict.fromkeys(row[column] for row in block if row[column])) for column in range(width)]


def _heading(cell: Raw) -> str:
    """A heading without blanks; a month that the spreadsheet keeps as its first day is that month."""
    said = read_period_text(cell) if isinstance(cell, date) else shown(cell)
    return re.sub(r"\s+", "", said if isinstance(said, str) else shown(cell))


def _stands_alone(block: list[list[str]], column: int) -> bool:
    """Whether the column has a heading in one row only, so that it cannot be the parent of its neighbour."""
    return len({row[column] for row in block if row[column]}) == 1 and not any(row[column] for row in block[1:])


def _find_unnamed_keys(plan: SheetPlan, body: list[list[Raw]], names: Names) -> None:
    """Give a column whose heading says nothing its meaning by its cells: mostly indicators, regions or
    periods."""
    given = set(plan.defaults) | {h.field for h in plan.headings if h.kind == "key"}
    for heading in plan.headings:
        if heading.kind != "unknown":
            continue
        cells = [
            shown(row[heading.column])
            for row in body
            if heading.column < len(row) and not is_blank(row[heading.column])
        ]
        if len(cells) < 1:
            continue
        for kind in ("indicator", "region"):
            hits = sum(names.find(kind, cell) is not None for cell in cells)
            if kind not in given and hits * 2 >= len(cells) and names.words(kind):
                heading.kind, heading.field = "key", kind
                given.add(kind)
                break
        else:
            if "period" not in given and sum(map(_looks_like_period, cells)) * 2 >= len(cells):
                heading.kind, heading.field = "key", "period"
                given.add("period")


def _looks_like_period(text: str) -> bool:
    try:
        Period.parse(text)
    except UserError:
        return False
    return bool(re.search(r"年|[-.]", text)) or len(text) in (4, 6)


def _lacking(plan: SheetPlan) -> list[str]:
    """Which of indicator, region and period the sheet gives nowhere."""
    measures = [h for h in plan.headings if h.kind in ("value", "growth")]
    return [
        name
        for name in _NEEDED
        if not plan.keys(name)
        and not plan.defaults.get(name)
        and not getattr(plan.title, name)
        and not any(name in h.context for h in measures)
    ]


def _score(plan: SheetPlan) -> float:
    """How well the rows taken as headings explain the sheet; 0 or less where they do not make a table."""
    measures = sum(h.kind in ("value", "growth") for h in plan.headings)
    if not measures or len(_lacking(plan)) > (0 if plan.layout == "wide" else 1):
        return 0
    known = sum(h.kind != "unknown" for h in plan.headings)
    strange = sum(h.kind == "unknown" and bool(h.path) for h in plan.headings)
    depth = plan.header_rows[1] - plan.header_rows[0]
    doubled = len(_duplicates(plan))
    return 3 * known - strange - 6 * doubled - 0.5 * depth - 0.01 * plan.header_rows[0]


def _duplicates(plan: SheetPlan) -> list[tuple[Heading, Heading]]:
    """Pairs of columns that say the same thing. Several columns of remarks are no contradiction."""
    seen: dict[object, Heading] = {}
    pairs = []
    for heading in plan.headings:
        what: object
        if heading.kind == "key" and heading.field != "note":
            what = heading.field
        elif heading.kind in ("value", "growth"):
            what = (heading.kind, *sorted((k, v) for k, v in heading.context.items() if k != "unit"))
        else:
            continue
        if (first := seen.setdefault(what, heading)) is not heading:
            pairs.append((first, heading))
    return pairs


def _refuse_duplicates(file: str, plan: SheetPlan) -> None:
    sheet_zh, sheet_en = (f"的工作表“{plan.name}”", f", sheet “{plan.name}”") if plan.name else ("", "")
    for pair in _duplicates(plan):
        one, other = (f"{letter(h.column)}“{h.text}”" for h in pair)
        raise UserError(
            "intake.duplicate_columns",
            f"文件“{file}”{sheet_zh}有两列说的是同一件事：{one} 列和 {other} 列，"
            "分不清以哪一列为准；请删去或改名其中一列后再导入。没有写入任何数据。",
            f"In “{file}”{sheet_en}, two columns say the same thing: {one} and {other}. "
            "Delete or rename one of them and take the file in again. Nothing was written.",
        )


# -- rows ------------------------------------------------------------------------------------------


def _records(
    plan: SheetPlan, grid: Grid, rows: Iterator[list[Raw]], head: list[list[Raw]], names: Names
) -> Iterator[Record]:
    first, last = plan.header_rows
    repeated = {tuple(shown(cell) for cell in row) for row in head[first - 1 : last]}
    keys = [h for h in plan.headings if h.kind == "key"]
    measures = [h for h in plan.headings if h.kind in ("value", "growth")]
    strange = [h for h in plan.headings if h.kind == "unknown"]
    plan.skipped += [
        f"{letter(h.column)} {h.text}"
        for h in plan.headings
        if h.kind == "ignored" or (h in strange and plan.layout == "long" and h.path)
    ]
    key_columns = {h.column for h in keys}
    down = {
        (row, left): top
        for top, left, bottom, right in grid.merged
        if left == right and left in key_columns and top >= last
        for row in range(top + 1, bottom + 1)
    }
    remembered: dict[tuple[int, int], Raw] = {}
    tops = {(top, column) for (_, column), top in down.items()}
    for number, row in enumerate(rows):
        for column in key_columns:
            if (number, column) in tops and column < len(row):
                remembered[number, column] = row[column]
            elif (number, column) in down:
                row.extend([None] * (column + 1 - len(row)))
                row[column] = remembered.get((down[number, column], column))
        filled = [n for n, cell in enumerate(row) if not is_blank(cell)]
        if not filled:
            continue
        if number < first - 1:
            plan.skipped.append(_line(number, row, filled))
            continue
        if number < last:
            continue
        if tuple(shown(cell) for cell in row) in repeated or _is_note(plan, row, filled, key_columns, names):
            plan.skipped.append(_line(number, row, filled))
            continue
        yield from _row_records(plan, number, row, keys, measures, strange)


def _line(number: int, row: list[Raw], filled: list[int]) -> str:
    text = " ".join(shown(row[n]) for n in filled[:4])
    return f"{number + 1}: {text[:80]}"


def _is_note(plan: SheetPlan, row: list[Raw], filled: list[int], keys: set[int], names: Names) -> bool:
    """A note, a sub-title or a group heading: a single cell that is no figure and no full row."""
    first = shown(row[filled[0]])
    if len(filled) <= 2 and NOTE.match(plain(first)):
        return True
    if len(filled) > 1 or formula_error(first):
        return False
    if plan.layout == "wide" and filled[0] in keys:
        return True  # a group heading such as 一、对外贸易, or a region without any figure: named in the report
    return len(first) > 20


def _row_records(
    plan: SheetPlan,
    number: int,
    row: list[Raw],
    keys: list[Heading],
    measures: list[Heading],
    strange: list[Heading],
) -> Iterator[Record]:
    base = Record(number + 1, {})
    for name, text in (
        *((n, getattr(plan.title, n)) for n in ("period", "region", "indicator", "unit")),
        *plan.defaults.items(),
    ):
        if text:
            base.fields[name] = text
    for heading in keys:
        cell = row[heading.column] if heading.column < len(row) else None
        if heading.field == "note" and not is_blank(base.fields.get("note")):
            cell = "；".join(filter(None, (shown(base.fields["note"]), shown(cell))))
        if is_blank(cell) and (heading.field in plan.defaults or (heading.field == "unit" and plan.title.unit)):
            continue
        _put(base, heading.field, cell, heading)
    groups: dict[tuple[tuple[str, str], ...], list[Heading]] = {}
    for heading in measures:
        groups.setdefault(tuple(sorted((k, v) for k, v in heading.context.items() if k != "unit")), []).append(heading)
    for context, columns in groups.items():
        cells = {h.kind: row[h.column] if h.column < len(row) else None for h in columns}
        if plan.layout == "wide" and all(is_blank(cell) for cell in cells.values()):
            plan.blank_cells += 1
            continue
        record = Record(base.row, dict(base.fields), dict(base.columns), dict(base.headings))
        for name, value in context:
            if name in record.columns and shown(record.fields[name]) != value:
                record.fault = (
                    name,
                    f"行里写的是“{shown(record.fields[name])}”，列标题却是“{columns[0].text}”",
                    f"the row says “{shown(record.fields[name])}” but the column's heading “{columns[0].text}”",
                )
            else:
                _put(record, name, value, columns[0])
        for heading in columns:
            _put(record, heading.kind, cells[heading.kind], heading)
            if heading.kind == "value" and "unit" in heading.context and "unit" not in record.columns:
                record.fields["unit"] = heading.context["unit"]
        yield record
    if plan.layout != "wide":
        return
    for heading in strange:
        cell = row[heading.column] if heading.column < len(row) else None
        if not re.search(r"\d", shown(cell)) and not formula_error(cell):
            continue  # words, not a figure
        record = Record(base.row, dict(base.fields), dict(base.columns), dict(base.headings))
        _put(record, "value", cell, heading)
        record.fault = (
            "indicator",
            f"列标题“{heading.text}”认不出是哪个指标、时期或地区（不认识“{heading.strange or heading.text}”）",
            f"the heading “{heading.text}” names no known indicator, period or region "
            f"(“{heading.strange or heading.text}”)",
        )
        _put(record, "indicator", heading.strange or heading.text, heading)
        yield record


def _put(record: Record, name: str, cell: Raw, heading: Heading) -> None:
    record.fields[name] = cell
    record.columns[name] = heading.column
    record.headings[name] = heading.text
