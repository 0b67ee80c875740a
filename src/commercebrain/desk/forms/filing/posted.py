"""What a page posts, as the engine reads it: answers, lines, explanations, by the names that the page gave its fields.

``q-<question>`` an answer, ``l<n>-<field>`` a field of line ``n``, ``x-<what>`` an explanation, ``lines-packed`` the lines
of a file as JSON, for files of more lines than a page can show as fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.kinds import FormKind

LINE = re.compile(r"l(\d{1,5})-([a-z][a-z0-9_]*)")
LONGEST = 300
MOST_PACKED = 4 * 1024 * 1024
SHOWN_AS_FIELDS = 40  # more lines than that came from a file and go back to it


def answers(kind: FormKind, data: QueryDict) -> dict[str, Any]:
    """What was typed by question; several ticks as a list."""
    return {
        one.field: data.getlist(f"q-{one.field}") if one.type == "ticks" else data.get(f"q-{one.field}", "")
        for one in kind.by_code.values()
    }


def explanations(data: QueryDict) -> dict[str, str]:
    """What was explained, by what it explains."""
    told = {name[2:]: " ".join(data.get(name, "").split())[:LONGEST] for name in data if name.startswith("x-")}
    return {key: text for key, text in told.items() if text}


def numbered(data: QueryDict) -> dict[int, dict[str, str]]:
    """The lines that stand on the page as fields, by their number there."""
    found: dict[int, dict[str, str]] = {}
    for name in data:
        if (match := LINE.fullmatch(name)) is not None:
            found.setdefault(int(match[1]), {})[match[2]] = data.get(name, "").strip()
    return dict(sorted(found.items()))


def packed(data: QueryDict) -> list[dict[str, Any]] | None:
    """The lines that came from a file; none where the page shows its lines as fields."""
    text = data.get("lines-packed", "")
    if not text:
        return None
    try:
        rows = json.loads(text) if len(text) <= MOST_PACKED else None
    except ValueError:
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(
            "filing.bad_lines",
            "随表附带的明细无法读取，请重新选择文件。",
            "The lines that came with the form cannot be read; choose the file again.",
        )
    return [{str(key): plain(value) for key, value in row.items()} for row in rows]


def plain(value: Any) -> Any:
    """A value as it may be typed: text or number, nothing nested."""
    return value if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def lines(data: QueryDict) -> tuple[list[dict[str, Any]], list[int]]:
    """The lines in order, and the number that each has on the page; lines with nothing in them are left out."""
    if (rows := packed(data)) is not None:
        return rows, list(range(1, len(rows) + 1))
    full = {number: row for number, row in numbered(data).items() if any(row.values())}
    return list(full.values()), list(full)


def as_data(values: Mapping[str, Any], rows: list[dict[str, Any]], told: Mapping[str, str]) -> QueryDict:
    """The same the other way round: kept values as the page shows them."""
    data = QueryDict(mutable=True)
    for code, value in values.items():
        data.setlist(f"q-{code}", [typed(one) for one in value] if isinstance(value, (list, tuple)) else [typed(value)])
    if len(rows) > SHOWN_AS_FIELDS:
        data["lines-packed"] = json.dumps(rows, ensure_ascii=False)
    else:
        for number, row in enumerate(rows, 1):
            for code, value in row.items():
                data[f"l{number}-{code}"] = typed(value)
    for key, text in told.items():
        data[f"x-{key}"] = text
    return data


def typed(value: Any) -> str:
    """A kept value as somebody would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
