"""Tables of tasks: which column names the units, which the task, and what each row says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from commercebrain.engine.plantext.responsibility import Clause, LeadRules, rank, rank_cell
from commercebrain.engine.plantext.structure import Block
from commercebrain.engine.plantext.task_items import joints
from commercebrain.engine.plantext.unit_lists import lexicon, looks_like_unit, split_units


@dataclass(slots=True)
class TableTask:
    """One row: its number, title, content; ``start`` and ``end`` of the quoted cell within the block's
    text.
    """

    number: int | str | None
    title: str
    content: str
    start: int
    end: int
    clause: Clause
    section: str = ""


@dataclass(slots=True)
class _Header:
    """A table's headings: the role of each column, or, where only spaces part the cells, of the last one
    alone.
    """

    roles: list[str | None]
    loose: bool = False


class TableReader:
    """Takes a document's blocks in order and gives the task of each row of a table of tasks."""

    def __init__(self, rules: LeadRules) -> None:
        self.rules = rules
        self.header: _Header | None = None
        self.above: list[str] = []
        self.section = ""
        self.took_last = False
        """Whether the last block was part of a table of tasks (its heading, a row, a row of nothing)."""

    def feed(self, block: Block) -> list[TableTask]:
        """The tasks of ``block`` when it is a row of a table of tasks (several where its rows were run
        together).
        """
        self.took_last = False
        cells = _cells(block.text)
        if len(cells) > 1:
            task = self._row(cells)
            return [task] if task is not None else []
        if self.header is not None and self.header.loose:
            cuts = [0, *joints(block), len(block.text)]
            rows = [self._loose_row(block.text[a:b], a) for a, b in pairwise(cuts)]
            if any(rows):
                self.took_last = True
                return [row for row in rows if row is not None]
        loose = _loose_header(block.text)
        if loose:
            self.header, self.above, self.section = _Header([loose], loose=True), [], ""
        elif self.header is not None and len(block.text) > 60 and "。" in block.text:
            # Prose again: what tables follow have headings of their own.
            self.header = None
        elif self.header is not None and not self.header.loose and len(block.text) <= 40:
            self.section = block.text.strip()
        return []

    def _row(self, cells: list[tuple[int, int, str]]) -> TableTask | None:
        roles = [_role(text) for _, _, text in cells]
        if any(role in ("lead", "neutral", "joining") for role in roles):
            self.header, self.above, self.section = _Header(roles), [], ""
            self.took_last = True
            return None
        if sum(role is not None for role in roles) >= 2:
            # The heading of a table that names no units.
            self.header = None
            return None
        if self.header is None or self.header.loose:
            return None
        self.took_last = True
        return self._task(cells, self.header.roles)

    def _task(self, cells: list[tuple[int, int, str]], roles: list[str | None]) -> TableTask | None:
        cells = _aligned(cells, roles)
        texts = [text for _, _, text in cells]
        filled = [text for text in texts if text]
        if len(filled) == 1 and texts[0]:
            self.section = texts[0]
            return None
        previous = self.above if len(self.above) == len(texts) else [""] * len(texts)
        units: dict[str, list[tuple[str, bool]]] = {"lead": [], "neutral": [], "joining": []}
        quotes: list[str] = []
        named = any(texts[i] for i, role in enumerate(roles) if role in units)
        for i, role in enumerate(roles):
            if role in units:
                # A cell merged down leaves those below it empty: they have its units.
                text = texts[i] if named else previous[i]
                quotes += [text] if text else []
                for name, listed in rank_cell(text, role or "neutral", self.rules).items():
                    units[name] += listed
        clause = rank(units, self.rules)
        self.above = [text or before for text, before in zip(texts, previous, strict=True)]
        words = [i for i, role in enumerate(roles) if role in ("title", "content")]
        if not words:
            words = [i for i, role in enumerate(roles) if role is None]
        words = [i for i in words if texts[i]]
        if clause is None or not words or not "".join(quotes).strip(" —-/无"):
            return None
        content = words[-1]
        title = texts[words[-2]] if len(words) > 1 else ""
        number = next((texts[i] or previous[i] for i, role in enumerate(roles) if role == "number"), "")
        deadline = next((texts[i] or previous[i] for i, role in enumerate(roles) if role == "deadline"), "")
        clause.quote, clause.deadline = "；".join(quotes), deadline or None
        clause.confidence = 0.95 if named else 0.7
        start, end, text = cells[content]
        return TableTask(
            int(number) if number.isdecimal() else number or None,
            title,
            text,
            start,
            end,
            clause,
            self.section,
        )

    def _loose_row(self, text: str, at: int) -> TableTask | None:
        """A row whose cells only spaces part: number, words, units at the end. ``at`` is where it begins
        in its block.
        """
        match = re.match(r"\s*(\d{1,3})[\s.、．]\s*(?=\S)", text)
        if match is None:
            return None
        tokens = [(found.start(), found.group()) for found in re.finditer(r"\S+", text[match.end() :])]
        taken = len(tokens)
        while taken > 1 and all(map(looks_like_unit, split_units(tokens[taken - 1][1]) or ["?"])):
            taken -= 1
        if taken == len(tokens):
            return None
        cut = match.end() + tokens[taken][0]
        role = self.header.roles[0] if self.header else None
        clause = rank(rank_cell(text[cut:], role or "neutral", self.rules), self.rules)
        if clause is None:
            return None
        clause.quote, clause.confidence = text[cut:].strip(), 0.8
        content = text[match.end() : cut].rstrip(" \u3000.。")
        start = at + match.end()
        return TableTask(int(match[1]), content, content, start, start + len(content), clause)


def _cells(text: str) -> list[tuple[int, int, str]]:
    """Start, end and text of each tab-parted cell; the bounds leave out white space at its ends."""
    cells: list[tuple[int, int, str]] = []
    at = 0
    for raw in text.split("\t"):
        inner = raw.strip()
        start = at + (raw.index(inner) if inner else 0)
        cells.append((start, start + len(inner), inner))
        at += len(raw) + 1
    return cells


def _role(cell: str) -> str | None:
    """What a column headed ``cell`` holds: number, title, content, deadline, lead, neutral, joining; None
    for others.
    """
    name = re.sub(r"[（(〔\[].*?[）)〕\]]|\s|[:：]", "", cell)
    words = lexicon()
    for role in ("lead", "joining", "neutral", "deadline", "person"):
        if name in words[f"{role}_labels"]:
            return role
    for role in ("number", "title", "content"):
        if name in words[f"{role}_columns"]:
            return role
    return None


def _aligned(cells: list[tuple[int, int, str]], roles: list[str | None]) -> list[tuple[int, int, str]]:
    """``cells`` brought to the header's number of columns: short rows lack their first (merged) cells."""
    missing = len(roles) - len(cells)
    if missing > 0:
        first_is_number = cells[0][2].isdecimal() and roles[0] == "number"
        empty = [(cells[0][0], cells[0][0], "")] * missing
        return [cells[0], *empty, *cells[1:]] if first_is_number else [*empty, *cells]
    return cells[: len(roles)]


def _loose_header(text: str) -> str | None:
    """The role of the last word of ``text`` when it ends with a table's headings parted by spaces, else
    None.
    """
    words = text[-80:].split()
    if len(words) < 3:
        return None
    role = _role(words[-1])
    others = [_role(word) for word in words[-5:-1]]
    return (
        role
        if role in ("lead", "neutral") and any(other in ("number", "title", "content") for other in others)
        else None
    )
