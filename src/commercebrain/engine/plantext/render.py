"""What was read, shown: a table on the terminal, JSON lines, a workbook.

Rows are the findings' own ``to_row()``. The workbook holds text as text: a quote that begins with “=” stays
a quote.
"""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from rich.console import Console
from rich.table import Table
from rich.text import Text

KINDS = ("target", "fact", "task")
KIND_NAMES = {"target": ("目标", "Targets"), "fact": ("事实", "Facts"), "task": ("任务", "Tasks")}


@dataclass(frozen=True, slots=True)
class Column:
    """A key of a row with its heading and its width in the workbook; ``shown`` when the terminal shows it
    too.
    """

    key: str
    zh: str
    en: str
    width: float
    shown: bool = False

    def heading(self, language: str) -> str:
        """The heading in ``language`` ("zh…" or anything else for English)."""
        return self.zh if language.startswith("zh") else self.en


_PLACE = (
    Column("section", "章节", "Section", 28),
    Column("line", "行", "Line", 6, True),
    Column("start", "起", "Start", 8),
    Column("end", "止", "End", 8),
    Column("confidence", "把握", "Confidence", 8, True),
)
_VALUE = (
    Column("comparator", "关系", "Comparator", 8, True),
    Column("unit", "单位", "Unit", 10, True),
)
_HEAD = (Column("doc", "文件", "Document", 26), Column("id", "编号", "Id", 14))

COLUMNS: dict[str, tuple[Column, ...]] = {
    "target": (
        *_HEAD,
        Column("indicator", "指标", "Indicator", 30, True),
        Column("region", "地区", "Region", 12, True),
        Column("target_value", "目标值", "Target", 12, True),
        Column("target_value_high", "目标值上限", "Target, upper", 12),
        *_VALUE,
        Column("target_year", "目标年", "Year", 8, True),
        Column("period", "期间", "Period", 12, True),
        Column("per", "每", "Per", 8),
        Column("kind", "类型", "Kind", 12, True),
        Column("direction", "方向", "Direction", 8),
        Column("baseline_value", "基期值", "Baseline", 12, True),
        Column("baseline_year", "基期年", "Base year", 8),
        Column("baseline_unit", "基期单位", "Baseline unit", 10),
        Column("value_text", "原文数值", "Value as printed", 18),
        Column("quote", "原文", "Quote", 60, True),
        Column("year_basis", "年份依据", "Year basis", 12),
        Column("quantifier", "数词", "Quantifier", 10),
        *_PLACE,
        Column("note", "说明", "Note", 30),
    ),
    "fact": (
        *_HEAD,
        Column("indicator", "指标", "Indicator", 30, True),
        Column("region", "地区", "Region", 12, True),
        Column("value", "数值", "Value", 12, True),
        *_VALUE,
        Column("year", "年份", "Year", 8, True),
        Column("period", "期间", "Period", 12, True),
        Column("per", "每", "Per", 8),
        Column("base", "比较基期", "Compared with", 12),
        Column("kind", "类型", "Kind", 12, True),
        Column("value_text", "原文数值", "Value as printed", 18),
        Column("quote", "原文", "Quote", 60, True),
        Column("year_basis", "年份依据", "Year basis", 12),
        Column("quantifier", "数词", "Quantifier", 10),
        *_PLACE,
        Column("note", "说明", "Note", 30),
    ),
    "task": (
        *_HEAD,
        Column("number", "序号", "No.", 8, True),
        Column("title", "任务", "Task", 36, True),
        Column("lead_units", "牵头单位", "Lead units", 26, True),
        Column("responsible_units", "责任单位", "Joining units", 40, True),
        Column("deadline", "时限", "Deadline", 18, True),
        Column("units_quote", "原文单位", "Units as printed", 40),
        Column("quote", "原文", "Quote", 60),
        Column("lead_rule", "牵头依据", "Lead rule", 22),
        Column("list", "所在", "List", 10),
        Column("related_body_tasks", "对应正文任务", "Related body tasks", 14),
        *_PLACE,
    ),
}


def as_text(value: Any) -> str:
    """A row's value as one would write it: lists by 、, a period as 2021–2025, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        if len(value) == 2 and all(isinstance(part, int) and 1900 < part < 2200 for part in value):
            return f"{value[0]}–{value[1]}"
        return "、".join(as_text(part) for part in value)
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value)


def to_jsonl(rows: Iterable[dict[str, Any]]) -> str:
    """One JSON object a line; Chinese as it is."""
    return "".join(json.dumps(row, ensure_ascii=False, default=list) + "\n" for row in rows)


def print_tables(console: Console, rows: Sequence[dict[str, Any]], kinds: Sequence[str], language: str = "zh") -> None:
    """A table for each document and kind that has rows, and the counts at the end."""
    zh = language.startswith("zh")
    for doc in dict.fromkeys(row["doc"] for row in rows):
        for kind in kinds:
            mine = [row for row in rows if row["doc"] == doc and row["type"] == kind]
            if not mine:
                continue
            columns = [column for column in COLUMNS[kind] if column.shown]
            title = f"{doc} · {KIND_NAMES[kind][0 if zh else 1]} {len(mine)}"
            table = Table(title=title, title_justify="left", show_lines=False, expand=False)
            for column in columns:
                number = isinstance(mine[0].get(column.key), (int, float))
                table.add_column(column.heading(language), justify="right" if number else "left", overflow="fold")
            for row in mine:
                # Text, not markup: a plan's brackets are its own.
                table.add_row(*(Text(as_text(row.get(column.key))) for column in columns))
            console.print(table)
    counts = Counter(row["type"] for row in rows)
    words = "，".join(f"{KIND_NAMES[kind][0]} {counts[kind]}" for kind in kinds)
    english = ", ".join(f"{KIND_NAMES[kind][1].lower()} {counts[kind]}" for kind in kinds)
    console.print(Text(f"合计：{words}" if zh else f"In all: {english}"))


def to_xlsx(rows: Sequence[dict[str, Any]], kinds: Sequence[str], language: str = "zh") -> bytes:
    """A workbook with one sheet for each of ``kinds``: heading row frozen, filter on, numbers as numbers."""
    buffer = io.BytesIO()
    # Nothing in a plan may become a formula or a link when a person opens the sheet.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    head = book.add_format({"bold": True, "bg_color": "#E7ECF3", "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    top = book.add_format({"valign": "top"})
    for kind in kinds:
        columns = COLUMNS[kind]
        sheet = book.add_worksheet(KIND_NAMES[kind][0 if language.startswith("zh") else 1])
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            sheet.write_string(0, at, column.heading(language), head)
        mine = [row for row in rows if row["type"] == kind]
        for line, row in enumerate(mine, 1):
            for at, column in enumerate(columns):
                value = row.get(column.key)
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    sheet.write_number(line, at, value, top)
                elif value is not None:
                    # A cell holds 32,767 characters at most.
                    sheet.write_string(line, at, as_text(value)[:32767], wrap if column.width >= 26 else top)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(mine), 1), len(columns) - 1)
    book.close()
    return buffer.getvalue()


def write_whole(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` at once: a reader finds the old file or the whole new one."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
