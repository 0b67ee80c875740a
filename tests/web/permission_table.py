"""The permission table as data: ``permissions.yaml`` read, its shorthands resolved, and rendered as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "permissions.yaml"
PLACES = ("own", "lower", "sister", "foreign")
METHODS = ("POST", "PUT", "PATCH", "DELETE")
MEANING = {
    "open": {200},
    "made": {201, 202, 204},
    "hidden": {404},
    "refused": {403},
    "moved": {302, 303},
    "post-only": {405},
    "asked-again": {400, 409, 422},
}
WORDS = {*MEANING, "sign-in"}
RESERVED = ("groups", "patterns")

Cell = dict[str, str]


class Table:
    """Every row of the table: for each place, what each person gets."""

    def __init__(self, text: str) -> None:
        read = yaml.safe_load(text)
        self.groups: dict[str, list[str]] = read.get("groups", {})
        self.patterns: dict[str, Any] = read.get("patterns", {})
        self.written: dict[str, Any] = {name: row for name, row in read.items() if name not in RESERVED}
        self.rows: dict[str, dict[str, Cell]] = {name: self._row(row) for name, row in self.written.items()}

    def _row(self, row: Any) -> dict[str, Cell]:
        may = "open"
        if isinstance(row, dict) and "like" in row:
            may, row = row.get("may", may), row["like"]
        if isinstance(row, str):
            row = self.patterns[row]
        places = {place: row.get(place, {}) for place in PLACES} if set(row) <= set(PLACES) else None
        return {place: self._cell(places[place] if places else row, may) for place in PLACES}

    def _cell(self, cell: dict[str, str], may: str) -> Cell:
        """One place's answers with groups spelled out; a person's own word goes before that of a group."""
        spelled: Cell = {}
        for who, word in cell.items():
            for one in self.groups.get(who, ()):
                spelled.setdefault(one, may if word == "may" else word)
        for who, word in cell.items():
            if who not in self.groups:
                spelled[who] = may if word == "may" else word
        return spelled

    def expected(self, name: str, place: str, who: str) -> str:
        """What one person gets there."""
        cell = self.rows[name][place]
        return cell.get(who, cell.get("everyone", "open"))

    def same_everywhere(self, name: str) -> bool:
        """Whether the row says the same for all places."""
        return all(self.rows[name][place] == self.rows[name]["own"] for place in PLACES)


def table() -> Table:
    """The table as it is written now."""
    return Table(FILE.read_text(encoding="utf-8"))


SIGNS = {
    "open": "✓",
    "made": "✓",
    "moved": "✓",
    "asked-again": "✓",
    "refused": "✗",
    "hidden": "·",
    "sign-in": "→",
    "post-only": "",
}


def rendered(people: list[str]) -> str:
    """The table as Markdown: a row for an address and place, a column for a person, a sign for the answer."""
    found = table()
    lines = ["| address | place | " + " | ".join(people) + " |", "| --- | --- |" + " --- |" * len(people)]
    for name in found.rows:
        places = ("all",) if found.same_everywhere(name) else PLACES
        for place in places:
            words = [found.expected(name, "own" if place == "all" else place, who) for who in people]
            lines.append(f"| `{name}` | {place} | " + " | ".join(SIGNS[word] for word in words) + " |")
    return "\n".join(lines) + "\n"
