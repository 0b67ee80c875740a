"""Tasks of a plan: who leads and who joins, from numbered paragraphs and from tables of tasks.

A task is a piece of work that names its units. In prose it is the numbered item that a clause closes
(“（牵头单位：…； 责任单位：…）”, “责任单位：…” on a line of its own, “（X牵头，Y、Z配合）”); in a table it
is a row under a heading such as 责任单位. What leads is read by :mod:`responsibility`; nobody leads where
the text does not say so.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace

from commercebrain.engine.plantext.findings import TaskFinding
from commercebrain.engine.plantext.structure import Block, Structure

from commercebrain.engine.plantext.responsibility import Clause, LeadRules, find_clauses, lead_rules
from commercebrain.engine.plantext.task_tables import TableReader, TableTask

_CN = "一二三四五六七八九十百零〇"
# The numbering of GB/T 9704 and of plans: 第一章, 一、 （一） 1. （1） ①, and what parts them from the words.
_MARKERS = (
    (0, re.compile(rf"(附\s*件|附\s*录|附\s*表)\s*([\d{_CN}]*)\s*[:：]?\s*")),
    (1, re.compile(rf"第([{_CN}\d]+)[章篇部]分?\s*")),
    (2, re.compile(rf"第([{_CN}\d]+)节\s*")),
    (2, re.compile(rf"([{_CN}]+)[、．.]\s*")),
    (3, re.compile(rf"[（(]([{_CN}]+)[）)]\s*")),
    (4, re.compile(r"(\d{1,3})(?:[．、]|\.(?!\d))\s*")),
    (5, re.compile(r"[（(](\d{1,3})[）)]\s*")),
    (5, re.compile(r"(\d{1,3})[)）]\s*")),
    (6, re.compile(r"([①-⑳])\s*")),
)
_ARTICLE = re.compile(rf"第([{_CN}\d]+)条\s*")
_LONG_TITLE = 40


@dataclass(slots=True)
class _Item:
    """A numbered heading or paragraph: its level, number as printed, the block it begins and where its
    words begin.
    """

    level: int
    number: str
    block: int
    words_at: int
    parent: int | None
    heading_only: bool


@dataclass(slots=True)
class _Place:
    """A clause in a block, with the innermost item that is open there."""

    block: int
    clause: Clause
    item: int | None


def read_tasks(structure: Structure, doc: str) -> list[TaskFinding]:
    """The tasks of a document whose file is called ``doc``, in the order of the text."""
    reader = _Reader(structure, doc)
    return reader.read()


class _Reader:
    def __init__(self, structure: Structure, doc: str) -> None:
        self.doc = doc
        self.text = structure.text
        self.blocks: list[Block] = list(structure.blocks)
        self.rules: LeadRules = lead_rules(self.text)
        self.newlines = [match.start() for match in re.finditer("\n", self.text)]
        self.items: list[_Item] = []
        self.open_items: list[int] = []
        self.annex = ""
        self.horizon = _horizon(self.text)
        self.counts: Counter[str] = Counter()

    def read(self) -> list[TaskFinding]:
        places: list[_Place] = []
        rows: list[tuple[int, TableTask, str, str]] = []
        tables = TableReader(self.rules)
        for i, block in enumerate(self.blocks):
            table_task = tables.feed(block)
            if table_task is not None:
                rows.append((i, table_task, self.annex, self._section_at(len(self.open_items))))
                continue
            if tables.took_last:
                continue
            self._open(i, block)
            found = find_clauses(block.text, self.rules)
            places += [
                _Place(i, clause, self.open_items[-1] if self.open_items else None) for clause in found
            ]
        self.paths = {i: self._path(i) for i in range(len(self.items))}
        body = self._body_tasks(places)
        return sorted(body + self._row_tasks(rows, body), key=lambda task: (task.start, task.end))

    # --- numbered items ------------------------------------------------------------------------------------

    def _open(self, index: int, block: Block) -> None:
        """Open the item that ``block`` begins, closing those of its level and deeper."""
        for level, pattern in (*_MARKERS, (3, _ARTICLE)):
            match = pattern.match(block.text)
            if match is None:
                continue
            if level == 0:
                if len(block.text) > 80:
                    return
                self.annex = "annex" + match[2]
            while self.open_items and self.items[self.open_items[-1]].level >= level:
                self.open_items.pop()
            parent = self.open_items[-1] if self.open_items else None
            number = match[match.lastindex or 0]
            heading_only = len(block.text) <= 60 and not re.search(r"[。；]\s*\S", block.text)
            self.items.append(_Item(level, number, index, match.end(), parent, heading_only))
            self.open_items.append(len(self.items) - 1)
            return

    def _path(self, item: int | None) -> list[int]:
        path: list[int] = []
        while item is not None:
            path.append(item)
            item = self.items[item].parent
        return path[::-1]

    def _heading(self, item: int) -> str:
        """The heading of ``item`` as printed; an annex takes the title that follows it."""
        block = self.blocks[self.items[item].block]
        text = re.split(r"[。\t]", block.text, maxsplit=1)[0].strip()
        if self.items[item].level == 0 and len(text) <= 8 and self.items[item].block + 1 < len(self.blocks):
            following = self.blocks[self.items[item].block + 1].text
            if len(following) <= 60 and "\t" not in following:
                text += " " + following.strip()
        return text

    def _section_at(self, depth: int) -> str:
        return self._heading(self.open_items[depth - 1]) if depth else ""

    # --- tasks in prose ------------------------------------------------------------------------------------

    def _body_tasks(self, places: list[_Place]) -> list[TaskFinding]:
        per_item = Counter(place.item for place in places)
        tasks: list[TaskFinding] = []
        done: set[int] = set()
        last_end = (-1, 0)
        for place in places:
            owner = self._owner(place, per_item, done)
            first = (place.block, 0)
            title_at: tuple[int, int] | None = None
            if owner is not None and owner not in done:
                item = self.items[owner]
                first, title_at = (item.block, 0), (item.block, item.words_at)
                done.update(self.paths[owner])
            elif not self.blocks[place.block].text[: place.clause.start].strip() and place.block:
                first = (place.block - 1, 0)
            if last_end >= first:
                first, title_at = last_end, None
            begin, finish = self._span(first, (place.block, place.clause.start))
            if finish <= begin:
                # Nothing stands between two clauses: the second adds to the first task's units.
                if tasks:
                    tasks[-1] = _joined(tasks[-1], place.clause)
                last_end = (place.block, place.clause.end)
                continue
            head = title_at or first
            title = _title(self.blocks[head[0]].text[head[1] : self._stop(head, place)])
            tasks.append(self._finding(owner, title, begin, finish, place.clause))
            last_end = (place.block, place.clause.end)
        return tasks

    def _stop(self, head: tuple[int, int], place: _Place) -> int | None:
        return place.clause.start if head[0] == place.block else None

    def _owner(self, place: _Place, per_item: Counter[int | None], done: set[int]) -> int | None:
        """The item that the clause closes, or None where the paragraph itself is the task."""
        owner = place.item
        if owner is None:
            return None
        item = self.items[owner]
        alone = not self.blocks[place.block].text[: place.clause.start].strip()
        if alone and item.level >= 4 and item.parent is not None and item.parent not in done:
            siblings = [i for i, other in enumerate(self.items[:owner]) if other.parent == item.parent]
            # “（1）… （2）… 责任单位：…” on its own line after several parts: it closes the whole, not the
            # last part.
            if (
                siblings
                and not any(i in done for i in siblings)
                and item.level > self.items[item.parent].level
            ):
                owner, item = item.parent, self.items[item.parent]
        if item.heading_only and item.block != place.block and per_item[owner] > 1 and owner == place.item:
            return None
        return owner

    def _span(self, first: tuple[int, int], last: tuple[int, int]) -> tuple[int, int]:
        """Document offsets from ``first`` to ``last`` (block, position in its text), white space at the
        ends left out.
        """
        begin, finish = self._at(*first), self._at(*last)
        while begin < finish and self.text[begin] in " \t\r\n\u3000。；，":
            begin += 1
        while finish > begin and self.text[finish - 1] in " \t\r\n\u3000":
            finish -= 1
        return begin, finish

    def _at(self, block: int, position: int) -> int:
        """Where position ``position`` of a block's text stands in the document; its end for one past the
        last.
        """
        owner = self.blocks[block]
        return owner.end if position >= len(owner.text) else owner.offset(position)

    def _finding(self, owner: int | None, title: str, begin: int, finish: int, clause: Clause) -> TaskFinding:
        path = self.paths.get(owner, []) if owner is not None else []
        section = self._heading(path[-2]) if len(path) > 1 else ""
        if owner is not None and self.blocks[self.items[owner].block].start > begin:
            section = self._heading(owner)
        return self._make(
            title=title,
            begin=begin,
            finish=finish,
            clause=clause,
            section=section,
            number=self._number(path),
            annex="",
        )

    def _number(self, path: list[int]) -> int | str | None:
        """1. is 1; （一） carries its chapter: 二（一）."""
        if not path:
            return None
        item = self.items[path[-1]]
        if item.number.isdecimal() and item.level == 4:
            return int(item.number)
        if item.level in (3, 5) and len(path) > 1 and item.number:
            parent = self.items[path[-2]].number
            return f"{parent}（{item.number}）"
        return item.number or None

    # --- tasks in tables -----------------------------------------------------------------------------------

    def _row_tasks(
        self, rows: list[tuple[int, TableTask, str, str]], body: list[TaskFinding]
    ) -> list[TaskFinding]:
        tasks: list[TaskFinding] = []
        texts = [(task.number, _pairs(task.quote)) for task in body if task.number is not None]
        for index, row, annex, section in rows:
            block = self.blocks[index]
            begin, finish = self._span((index, row.start), (index, row.end))
            title = row.title or _title(row.content, long=80)
            task = self._make(
                title=title,
                begin=begin,
                finish=finish,
                clause=row.clause,
                section=row.section or section or (block.section[-1] if block.section else ""),
                number=row.number,
                annex=annex,
            )
            tasks.append(
                replace(task, related_body_tasks=_related(title + row.content, texts))
                if annex and body
                else task
            )
        return tasks

    def _make(
        self,
        *,
        title: str,
        begin: int,
        finish: int,
        clause: Clause,
        section: str,
        number: int | str | None,
        annex: str,
    ) -> TaskFinding:
        where = annex or "body"
        self.counts[where] += 1
        quote = self.text[begin:finish].replace("\r", "").replace("\n", "")
        year = re.search(r"(20\d\d)\s*年", section)
        return TaskFinding(
            id=f"{self.doc.rsplit('.', 1)[0]}-{'B' if where == 'body' else 'A'}{self.counts[where]:02d}",
            doc=self.doc,
            list=where,
            number=number,
            title=title,
            quote=quote,
            units_quote=clause.quote,
            lead_units=tuple(clause.lead),
            responsible_units=tuple(clause.joining),
            section=section,
            line=bisect_left(self.newlines, begin) + 1,
            deadline=clause.deadline or (year[1] if year and where != "body" else self.horizon),
            lead_rule=clause.rule,
            related_body_tasks=None,
            start=begin,
            end=finish,
            confidence=clause.confidence,
        )


def _joined(task: TaskFinding, clause: Clause) -> TaskFinding:
    """``task`` with the units of a second clause that follows the first at once."""
    lead = [*task.lead_units, *(unit for unit in clause.lead if unit not in task.lead_units)]
    joining = [
        *task.responsible_units,
        *(unit for unit in clause.joining if unit not in task.responsible_units),
    ]
    return replace(
        task,
        lead_units=tuple(lead),
        responsible_units=tuple(joining),
        units_quote=f"{task.units_quote}；{clause.quote}",
        deadline=clause.deadline or task.deadline,
    )


def _title(text: str, long: int = _LONG_TITLE) -> str:
    """The run-in title at the head of ``text``: its first sentence, cut at a comma where it is a long one."""
    for _, pattern in _MARKERS[1:]:
        match = pattern.match(text)
        if match:
            text = text[match.end() :]
            break
    first = re.split(r"[。；！\t]|[:：](?=.{60})", text.strip(" \u3000—-。；，"), maxsplit=1)[0]
    if len(first) > long:
        first = re.split(r"[，,：:]", first, maxsplit=1)[0]
    return first.strip(" \u3000.")[:120]


def _pairs(text: str) -> set[str]:
    """The pairs of neighbouring characters in ``text``, punctuation left out."""
    plain = re.sub(r"[\W_]", "", text)
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


def _related(words: str, body: list[tuple[int | str, set[str]]]) -> list[int | str]:
    """Numbers of the body tasks whose text holds a third or more of what ``words`` (a row's title and
    content) say.
    """
    own = _pairs(words)
    shares = [(len(own & pairs) / max(len(own), 1), number) for number, pairs in body]
    best = max((share for share, _ in shares), default=0.0)
    return [number for share, number in shares if share >= max(0.35, 0.9 * best)]


_SPAN_OF_YEARS = re.compile(r"(20\d\d)\s*年?\s*[—–\-－~～至]{1,2}\s*(20\d\d)\s*年?")
_ONE_YEAR = re.compile(r"(20\d\d)\s*年[^\n。，]{0,25}?(?:计划|方案|任务|要点|措施)")
_FIVE_YEARS = {"十三五": (2016, 2020), "十四五": (2021, 2025), "十五五": (2026, 2030)}


def _horizon(text: str) -> str | None:
    """The plan's last year, from the span of years or the five-year period that its head names; else None."""
    head = text[:600]
    spans = [(int(a), int(b)) for a, b in _SPAN_OF_YEARS.findall(head) if int(a) < int(b) <= int(a) + 20]
    if spans:
        return f"{spans[0][1]} ({spans[0][0]}—{spans[0][1]})"
    for name, (first, last) in _FIVE_YEARS.items():
        if name in head[:400]:
            return f"{last} ({first}—{last})"
    single = _ONE_YEAR.search(head)
    return single[1] if single else None
