"""Lines from a file: read by the engine, told on the page row by row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commercebrain.desk.forms.filing import posted, queries
from commercebrain.desk.forms.filing.lookups import Known
from commercebrain.desk.forms.models import Report
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.kinds import FormKind
from commercebrain.engine.forms.lines_file import FileFault, read_lines

SHOWN = 200
LARGEST = 10 * 1024 * 1024


@dataclass(frozen=True)
class ReadFile:
    """What a file gave: how many lines, and what of it is wrong."""

    name: str
    count: int
    faults: Sequence[Any] = ()
    taken: bool = False

    def said(self, language: str) -> str:
        """The sentence above the table."""
        many, shown = len(self.faults), min(SHOWN, len(self.faults))
        words = {"name": self.name, "n": many, "shown": shown}
        if self.faults and self.taken:
            return _("“%(name)s” was read; %(n)s things are wrong. Correct them below, or in the file and read it again.") % words  # fmt: skip
        if self.faults:
            return _("“%(name)s” was not taken: %(n)s things are wrong (the first %(shown)s stand here). Correct the file and read it again; nothing else on this page was changed.") % words  # fmt: skip
        words = {"name": self.name, "n": self.count}
        return ngettext(
            "“%(name)s” was read: %(n)s line. It is sent with the form.",
            "“%(name)s” was read: %(n)s lines. They are sent with the form.",
            self.count,
        ) % words  # fmt: skip

    def shown(self, language: str) -> list[dict[str, Any]]:
        """The faults as the table shows them."""
        chinese = language.startswith("zh")
        return [
            {
                "sheet": one.sheet, "row": one.row, "column": one.letter, "value": one.value,
                "text": one.zh if chinese else one.en,
            }
            for one in self.faults[:SHOWN]
        ]  # fmt: skip


def _unreadable(fault: UserError) -> FileFault:
    """Why a file could not be read at all, as a fault of it."""
    return FileFault("", 0, "", "", "", fault.zh, fault.en)


def read_file(report: Report, data: QueryDict, file: Any) -> tuple[QueryDict, ReadFile]:
    """What was typed with the file's lines in place of its own, and what the file gave; with faults, what was typed."""
    kind = queries.declared(report.round)
    name = str(file.name or "")[:120]
    if file.size > LARGEST:
        size = f"{file.size / 1024 / 1024:.0f}"
        too_large = UserError(
            "filing.large_file",
            f"文件“{name}”有{size}MB，最大10MB；请只保留明细表。",
            f"The file “{name}” has {size} MB, at most 10; keep the lines alone in it.",
        )
        return data, ReadFile(name, 0, (_unreadable(too_large),))
    try:
        found = read_lines(kind, name, file.read(), Known(None))
    except UserError as fault:
        return data, ReadFile(name, 0, (_unreadable(fault),))
    if found.faults and len(found.rows) > posted.SHOWN_AS_FIELDS:
        return data, ReadFile(name, 0, tuple(found.faults))
    rows = [{key: posted.typed(value) for key, value in row.items()} for row in found.rows]
    return with_lines(data, rows), ReadFile(name, len(rows), tuple(found.faults), taken=True)


def with_lines(data: QueryDict, rows: list[dict[str, Any]]) -> QueryDict:
    """What was typed, with other lines."""
    changed = data.copy()
    for key in [key for key in changed if posted.LINE.fullmatch(key)]:
        del changed[key]
    changed.pop("lines-packed", None)
    if len(rows) > posted.SHOWN_AS_FIELDS:
        changed["lines-packed"] = json.dumps(rows, ensure_ascii=False)
        return changed
    for number, row in enumerate(rows, 1):
        for code, value in row.items():
            changed[f"l{number}-{code}"] = posted.typed(value)
    return changed


def template_of(kind: FormKind, rows: Sequence[Mapping[str, Any]], language: str) -> bytes:
    """The workbook to fill in, with the lines that are known already."""
    from commercebrain.engine.forms.template import template

    return template(kind, rows, language=language, known=Known(None))
