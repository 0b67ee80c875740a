"""Lines of a form from a file: xlsx or csv as people make them, and the template that they may use.

Titles above the headings, merged headings, full-width digits, a unit in the heading (在手订单（美元）) or in a line above the
table (单位：万元), blank rows and a total row at the end are all read. Every fault names sheet, row, column and value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.kinds import FormKind, LinesOf, Question
from commercebrain.engine.forms.values import Answer, read_answer
from commercebrain.engine.lake.cells import Raw, formula_error, is_blank, plain, shown
from commercebrain.engine.lake.headings import unit_in
from commercebrain.engine.lake.sheets import NOTE, could_be_headings, cuts_a_merge, heading_paths
from commercebrain.engine.lake.workbook import Grid, letter, open_grids
from commercebrain.engine.lists.nomenclature import plain_digits
from commercebrain.engine.registers import Lookups, Syntax
from commercebrain.engine.units import compatible

LOOK_AHEAD, DEEPEST = 40, 3
#: What in the brackets of a heading can only be meant as a unit of money, known or not.
MONEY = re.compile(r"元|币|usd|rmb|cny|eur|dollar|yuan|[$¥€£]|^[十百千万亿]+$", re.IGNORECASE)
TOTAL = re.compile(r"(?:合\s*计|总\s*计|小\s*计|total|sum)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileFault:
    """A fault in a file: where (``row`` as Excel counts, ``letter`` of the column), the value, and what to do."""

    sheet: str
    row: int
    letter: str
    column: str
    value: str
    zh: str
    en: str
    line: int = 0

    def say(self, language: str = "zh") -> str:
        """The sentence with its place."""
        chinese = language.startswith("zh")
        if chinese:
            at = f"{f'工作表“{self.sheet}”' if self.sheet else ''}第{self.row}行" + (
                f"{self.letter}列" if self.letter else ""
            )
            return f"{at}：{self.zh}"
        sheet = f"sheet “{self.sheet}”, " if self.sheet else ""
        return f"{sheet}row {self.row}{f', column {self.letter}' if self.letter else ''}: {self.en}"


@dataclass(frozen=True)
class FileLines:
    """What a file holds. ``rows`` are all its lines, in order: values as kept, and where a cell is at fault what stands
    in it, so that it can be corrected on the page. ``places`` are their sheets and rows; ``skipped`` the rows that are no lines (totals, notes) and the columns that the
    form does not ask for; ``notes`` what was mended or converted on reading, each at its place."""

    rows: tuple[Mapping[str, Answer], ...] = ()
    places: tuple[tuple[str, int], ...] = ()
    faults: tuple[FileFault, ...] = ()
    skipped: tuple[str, ...] = ()
    notes: tuple[FileFault, ...] = ()

    @property
    def good(self) -> bool:
        """Whether every line can be taken."""
        return not self.faults


@dataclass
class _Plan:
    """Which column of a sheet holds which column of the lines, and in which unit its numbers stand; ``strange`` are the
    units that cannot be converted to the form's: the numbers under them are kept as typed and not read."""

    body: int
    columns: dict[int, Question] = field(default_factory=dict)
    units: dict[int, str] = field(default_factory=dict)
    strange: dict[int, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)


def read_lines(form: FormKind, name: str, data: bytes, known: Lookups | None = None) -> FileLines:
    """The lines in the file ``name`` holding ``data``. All faults are told at once.

    Raises :class:`UserError` where no sheet has the table, the file cannot be opened, or it has too many lines.
    """
    lines = _lines_of(form)
    grids, _ = open_grids(name, data)
    rows: list[Mapping[str, Answer]] = []
    places: list[tuple[str, int]] = []
    faults: list[FileFault] = []
    notes: list[FileFault] = []
    skipped: list[str] = []
    seen: list[str] = []
    found = False
    for grid in grids:
        head = list(islice(grid.rows, LOOK_AHEAD))
        plan = _find(grid, head, lines)
        if plan is None or not _has(plan, lines):
            seen.extend(word for word in (shown(c) for c in (head[0] if head else ())) if word)
            continue
        found = True
        faults.extend(_lacking(grid.name, plan, lines))
        skipped.extend(f"{grid.name} {column}".strip() for column in plan.ignored)
        faults.extend(_strange(grid.name, plan))
        notes.extend(_converted(grid.name, plan))
        for number, row in enumerate(_chain(head, grid), 1):
            if number <= plan.body or all(is_blank(cell) for cell in row):
                continue
            if _is_total(row, plan, lines):
                skipped.append(f"{grid.name} {number}".strip())
                continue
            if len(rows) >= lines.most:
                raise UserError(
                    "form.too_many_lines",
                    f"文件“{name}”超过{lines.most}行明细（到第{number}行为止）；请合并金额小的商品，或分表填报。",
                    f"The file “{name}” has more than {lines.most} lines (by row {number}); join small ones.",
                )
            place = _Place(grid.name, number, len(rows) + 1)
            rows.append(_row(place, row, plan, known or Syntax(), faults, notes))
            places.append((grid.name, number))
    if not found:
        raise _no_table(name, lines, seen)
    faults.extend(_doubles(lines, rows, places))
    faults.sort(key=lambda one: (one.line, one.letter))
    return FileLines(tuple(rows), tuple(places), tuple(faults), tuple(skipped), tuple(notes))


def _lines_of(form: FormKind) -> LinesOf:
    if form.lines is None:
        raise UserError("form.no_lines", f"“{form.name.zh}”没有明细表。", f"{form.name.en} has no lines.")
    return form.lines


def _chain(head: list[list[Raw]], grid: Grid) -> list[list[Raw]]:
    return [*head, *grid.rows]


@dataclass(frozen=True, slots=True)
class _Place:
    """A row of a sheet, and which line of the form it is."""

    sheet: str
    row: int
    line: int

    def fault(self, column: int, name: str, text: str, zh: str, en: str) -> FileFault:
        """What is wrong, or noted, in a cell of the row."""
        return FileFault(self.sheet, self.row, letter(column), name, text[:60], zh, en, self.line)


def _converted(sheet: str, plan: _Plan) -> list[FileFault]:
    """The columns whose unit is not the form's: told once, at the headings."""
    return [
        FileFault(
            sheet, plan.body, letter(column), one.field, plan.units[column],
            f"“{one.short.zh}”按{plan.units[column]}读取，换算为{one.unit}。",
            f"{one.short.en} is read in {plan.units[column]} and converted to {one.unit}.",
        )
        for column, one in plan.columns.items()
        if one.unit and plan.units.get(column, "") not in ("", one.unit)
    ]  # fmt: skip


def _strange(sheet: str, plan: _Plan) -> list[FileFault]:
    """The columns whose unit cannot be converted: told once, at the headings."""
    return [
        FileFault(
            sheet, plan.body, letter(column), one.field, unit,
            f"“{one.short.zh}”的单位“{unit}”不能换算为{one.unit}；请换成{one.unit}再传，表头也写{one.unit}。",
            f"{one.short.en}: the unit “{unit}” cannot be converted to {one.unit}; give the column in {one.unit}, and say so in "
            "its heading.",
        )
        for column, unit in plan.strange.items()
        for one in (plan.columns[column],)
    ]  # fmt: skip


# -- headings


def _fold(text: str) -> str:
    """A heading as it is compared: without its unit in brackets, blanks, marks, case."""
    bare = re.sub(r"\([^()]*\)", "", plain(text))
    return re.sub(r"[\s*_:：、.\-]+", "", bare).casefold()


def _words(one: Question) -> set[str]:
    named = [one.field, one.ask.zh, one.ask.en, one.short.zh, one.short.en, *one.synonyms]
    return {_fold(word) for word in named} | {plain(word).casefold().replace(" ", "") for word in named}


def _find(grid: Grid, head: list[list[Raw]], lines: LinesOf) -> _Plan | None:
    """The rows that are the headings: those that name most columns; the fewest rows where several do."""
    best: tuple[int, int, _Plan] | None = None
    words = {one.field: _words(one) for one in lines.fields}
    for start, row in enumerate(head):
        if sum(not is_blank(cell) for cell in row) < 2:
            continue
        for stop in range(start + 1, min(start + DEEPEST, len(head)) + 1):
            if not could_be_headings(head[start:stop]) or cuts_a_merge(grid, start, stop):
                continue
            plan = _plan(grid, head, start, stop, lines, words)
            score = (len(plan.columns), start - stop)
            if plan.columns and (best is None or score > best[:2]):
                best = (*score, plan)
    return best[2] if best else None


def _plan(
    grid: Grid, head: list[list[Raw]], start: int, stop: int, lines: LinesOf, words: Mapping[str, set[str]]
) -> _Plan:
    plan = _Plan(stop)
    above = " ".join(shown(cell) for row in head[:start] for cell in row if not is_blank(cell))
    default = unit_in(above) if above else ""
    for column, path in enumerate(heading_paths(grid, head, start, stop)):
        one = _meant(path, lines, words, {known.field for known in plan.columns.values()})
        if one is None:
            if path:
                plan.ignored.append(f"{letter(column)} {'/'.join(path)}")
            continue
        plan.columns[column] = one
        if one.type in ("integer", "decimal"):
            unit = next((unit for part in reversed(path) if (unit := _unit_of(part))), "") or default
            if unit and one.unit and not compatible(unit, one.unit):
                plan.strange[column] = unit
            else:
                plan.units[column] = unit
    return plan


def _unit_of(heading: str) -> str:
    """The unit that a heading prints, or what in its brackets is meant as one."""
    inside = re.findall(r"\(([^()]*)\)", plain(heading))
    return unit_in(heading) or next((one for one in inside if MONEY.search(one)), "")


def _meant(path: tuple[str, ...], lines: LinesOf, words: Mapping[str, set[str]], taken: set[str]) -> Question | None:
    """The column that a heading path names: by its lowest part first, then by the whole path (订单/在手)."""
    parts = [_fold(part) for part in path]
    tries = [*reversed(parts), "".join(parts), "".join(reversed(parts))] if parts else []
    for word in tries:
        for one in lines.fields:
            if word and one.field not in taken and word in words[one.field]:
                return one
    return None


def _has(plan: _Plan, lines: LinesOf) -> bool:
    """Whether a sheet has the columns that tell one line from another."""
    return set(lines.key) <= {one.field for one in plan.columns.values()}


def _no_table(name: str, lines: LinesOf, seen: Sequence[str]) -> UserError:
    wanted_zh = "、".join(one.short.zh for one in lines.fields)
    wanted_en = ", ".join(one.short.en for one in lines.fields)
    met = "、".join(seen[:8]) or "没有文字"
    return UserError(
        "form.no_table",
        f"文件“{name}”里找不到明细表的表头（{wanted_zh}）；看到的是：{met}。请下载模板，或把表头改成这些名称。",
        f"The file “{name}” has no table with the headings {wanted_en}; found: {', '.join(seen[:8]) or 'nothing'}. "
        "Use the template, or name the columns so.",
    )


def _lacking(sheet: str, plan: _Plan, lines: LinesOf) -> list[FileFault]:
    """Required columns that the sheet does not have: told once, at its headings."""
    there = {one.field for one in plan.columns.values()}
    return [
        FileFault(
            sheet, plan.body, "", one.field, "",
            f"表头里没有“{one.short.zh}”列，请加上。", f"There is no column “{one.short.en}”; add it.",
        )
        for one in lines.fields
        if one.required and one.field not in there
    ]  # fmt: skip


# -- rows


def _is_total(row: list[Raw], plan: _Plan, lines: LinesOf) -> bool:
    """A row of totals or a note under the table: its key columns are empty, or say so."""
    keys = [column for column, one in plan.columns.items() if one.field in lines.key]
    told = [plain(shown(row[column])) for column in keys if column < len(row) and not is_blank(row[column])]
    words = [plain(shown(cell)) for cell in row if not is_blank(cell)]
    if len(words) == 1 and (NOTE.match(words[0]) or words[0].startswith("以上")):
        return True
    if not told:
        return any(TOTAL.match(word) for word in words)
    return bool(TOTAL.fullmatch(told[0].strip("：:"))) and len(told) == 1


def _row(
    place: _Place, row: list[Raw], plan: _Plan, known: Lookups, faults: list[FileFault], notes: list[FileFault]
) -> Mapping[str, Answer]:
    made: dict[str, Answer] = {}
    for column, one in plan.columns.items():
        cell = row[column] if column < len(row) else None
        text = shown(cell)
        if column in plan.strange:
            if text:
                made[one.field] = text[:200]
            continue
        try:
            if error := formula_error(cell):
                raise UserError(
                    "form.formula_error",
                    f"“{one.short.zh}”是公式错误{error}，请改成数值。",
                    f"{one.short.en} is the formula error {error}; write the value.",
                )
            raw = cell if one.type == "product" and isinstance(cell, int | float) else text
            value = read_answer(one, raw, known, unit=plan.units.get(column, ""))
            if value is None and one.required:
                raise UserError("form.required", f"请填写“{one.short.zh}”。", f"Please fill in “{one.short.en}”.")
        except UserError as fault:
            faults.append(place.fault(column, one.field, text, fault.zh, fault.en))
            if text:
                made[one.field] = text[:200]
            continue
        if value is not None:
            made[one.field] = value
        if one.type == "product" and isinstance(value, str) and not plain_digits(text).endswith(value):
            zh = f"“{text}”按“{value}”读取：表格把开头的0去掉了。"
            en = f"“{text}” is read as “{value}”: the spreadsheet dropped the leading zero."
            notes.append(place.fault(column, one.field, text, zh, en))
    return made


def _doubles(
    lines: LinesOf, rows: Sequence[Mapping[str, Answer]], places: Sequence[tuple[str, int]]
) -> list[FileFault]:
    first: dict[tuple[object, ...], int] = {}
    found: list[FileFault] = []
    names = "、".join(lines.by_code[code].short.zh for code in lines.key)
    for place, row in enumerate(rows):
        key = tuple(row.get(code) for code in lines.key)
        if None in key:
            continue
        if key in first:
            _, number = places[first[key]]
            told = " ".join(str(part) for part in key)
            found.append(
                FileFault(
                    places[place][0], places[place][1], "", lines.key[0], told,
                    f"{names}（{told}）与第{number}行相同，请合并为一行。",
                    f"{told} repeats row {number}; make them one line.", place + 1,
                )
            )  # fmt: skip
        first.setdefault(key, place)
    return found
