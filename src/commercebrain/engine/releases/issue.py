"""A bulletin as it was issued: frozen text and numbers, and what a later issue of the same month says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from commercebrain.engine.releases.monthly import Cell, Line, MonthlyTable
from commercebrain.engine.releases.paragraph import Number, printed, sentences

CELLS = ("month", "month_growth", "ytd", "ytd_growth", "pull", "share")


@dataclass(frozen=True, slots=True)
class Change:
    """A number that two issues of one bulletin print differently."""

    region: str
    name: str
    what: str
    before: str
    after: str


def freeze(table: MonthlyTable, name: str) -> dict[str, Any]:
    """The table and the sentences as JSON: text as printed, value, flag, publication and reason of every cell."""
    return {
        "indicator": table.indicator,
        "name": name,
        "unit": table.unit,
        "region": table.city,
        "month": table.month.text,
        "ytd": table.ytd.text,
        "single": table.single,
        "as_of": table.as_of.isoformat(),
        "total": _line(table.total),
        "lines": [_line(line) for line in table.lines],
        "rest": None if table.rest is None else str(table.rest),
        "late": [line.name for line in table.late],
        "notes": [{"zh": zh, "en": en} for zh, en in table.notes],
        "sentences": [
            [
                {"text": piece.text, "region": piece.region, "what": piece.what}
                if isinstance(piece, Number)
                else {"text": piece}
                for piece in sentence
            ]
            for sentence in sentences(table, name)
        ],
    }


def _line(line: Line) -> dict[str, Any]:
    told: dict[str, Any] = {"region": line.region, "name": line.name, "rank": line.rank, "reported": line.reported}
    return told | {what: _cell(getattr(line, what), what) for what in CELLS}


def _cell(cell: Cell, what: str) -> dict[str, Any]:
    return {
        "text": printed(cell, what),
        "value": None if cell.value is None else str(cell.value),
        "flag": cell.flag,
        "published": cell.published.isoformat() if cell.published else None,
        "reason": {"zh": cell.reason.zh, "en": cell.reason.en} if cell.reason else None,
    }


def all_lines(issue: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The counties' lines, then the city's."""
    yield from issue["lines"]
    yield issue["total"]


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """The printed numbers that differ between two issues; a county that is only in one of them counts with a dash."""
    old = {line["region"]: line for line in all_lines(before)}
    new = {line["region"]: line for line in all_lines(after)}
    found = []
    for region in dict.fromkeys([*old, *new]):
        one, other = old.get(region), new.get(region)
        for what in CELLS:
            was = one[what]["text"] if one else "—"
            now = other[what]["text"] if other else "—"
            if was != now:
                found.append(Change(region, (other or one or {})["name"], what, was, now))
    return found


def touched(issue: dict[str, Any], found: list[Change]) -> set[int]:
    """The sentences (0, 1, 2) in which one of these changes stands."""
    places = {(change.region, change.what) for change in found}
    return {
        number
        for number, sentence in enumerate(issue["sentences"])
        if any((piece.get("region"), piece.get("what")) in places for piece in sentence)
    }
