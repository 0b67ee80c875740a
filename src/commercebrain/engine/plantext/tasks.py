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
from commercebrain.engine.plantext.responsibility import (
    Clause,
    LeadRules,
    find_clauses,
    has_label,
    lead_rules,
)
from commercebrain.engine.plantext.structure import Block, Structure
from commercebrain.engine.plantext.task_items import ARABIC, Items, joints, strip_number
from commercebrain.engine.plantext.task_tables import TableReader, TableTask

_LONG_TITLE = 40


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
        self.items = Items(self.blocks)
        self.horizon = _horizon(self.text)
        self.counts: Counter[str] = Counter()

    def read(self) -> list[TaskFinding]:
        places: list[_Place] = []
        rows: list[tuple[int, TableTask, str, str]] = []
        tables = TableReader(self.rules)
        for i, block in enumerate(self.blocks):
            found = tables.feed(block)
            if found:
                section = self.items.heading(self.items.innermost)
                rows += [(i, row, self.items.annex, section) for row in found]
            elif not tables.took_last:
                places += self._prose(i, block)
        body = self._body_tasks(places)
        return sorted(body + self._row_tasks(rows, body), key=lambda task: (task.start, task.end))

    def _prose(self, index: int, block: Block) -> list[_Place]:
        """The clauses of ``block``, each with the item that is open where it stands."""
        begins = list(self.items.begins(index))
        places: list[_Place] = []
        cuts = joints(block) if has_label(block.text) else ()
        for clause in find_clauses(block.text, self.rules, cuts):
            while begins and begins[0].at < clause.start:
                self.items.enter(index, begins.pop(0))
            places.append(_Place(index, clause, self.items.innermost))
        for begin in begins:
            self.items.enter(index, begin)
        return places

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
                item = self.items.all[owner]
                first, title_at = (item.block, item.at), (item.block, item.words_at)
                done.update(self.items.path(owner))
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
            # A task that begins where the one before ended has its words in the blocks behind.
            title = title or _title(" ".join(self.text[begin:finish].split("\n", 1)[:1]))
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
        item = self.items.all[owner]
        alone = not self.blocks[place.block].text[: place.clause.start].strip()
        if alone and item.level >= ARABIC and item.parent is not None and item.parent not in done:
            siblings = [i for i in range(item.parent + 1, owner) if self.items.all[i].parent == item.parent]
            # “（1）… （2）… 责任单位：…” on its own line after several parts closes the whole, not the last.
            if siblings and not any(i in done for i in siblings):
                owner, item = item.parent, self.items.all[item.parent]
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
        path = self.items.path(owner)
        section = self.items.heading(path[-2]) if len(path) > 1 else ""
        if owner is not None and self.blocks[self.items.all[owner].block].start > begin:
            section = self.items.heading(owner)
        return self._make(
            title=title,
            begin=begin,
            finish=finish,
            clause=clause,
            section=section,
            number=self.items.number(owner),
            annex="",
        )

    # --- tasks in tables -----------------------------------------------------------------------------------

    def _row_tasks(self, rows: list[tuple[int, TableTask, str, str]], body: list[TaskFinding]) -> list[TaskFinding]:
        tasks: list[TaskFinding] = []
        related = _Related(body)
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
            if annex and body:
                task = replace(task, related_body_tasks=related.to(title + row.content))
            tasks.append(task)
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
    text = strip_number(text)
    first = re.split(r"[。；！\t]|[:：](?=.{60})", text.strip(" \u3000—-。；，"), maxsplit=1)[0]
    if len(first) > long:
        first = re.split(r"[，,：:]", first, maxsplit=1)[0]
    return first.strip(" \u3000.")[:120]


def _pairs(text: str) -> set[str]:
    """The pairs of neighbouring characters in ``text``, punctuation left out."""
    plain = re.sub(r"[\W_]", "", text)
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


class _Related:
    """Finds the body tasks that a row of an annex takes up, by the words that few of them share."""

    def __init__(self, body: list[TaskFinding]) -> None:
        self.numbers = [task.number for task in body]
        self.index: dict[str, list[int]] = {}
        for i, task in enumerate(body):
            for pair in _pairs(task.quote):
                self.index.setdefault(pair, []).append(i)

    def to(self, words: str) -> tuple[int | str, ...]:
        """Numbers of the body tasks that hold most of what ``words`` (a row's title and content) say."""
        own = _pairs(words)
        shared: Counter[int] = Counter()
        for pair in own:
            found = self.index.get(pair, ())
            # A pair of characters in many tasks says nothing; leaving it out keeps long plans linear.
            shared.update(found if len(found) <= _COMMON else ())
        best = max(shared.values(), default=0)
        if best < 0.2 * len(own):
            return ()
        near = sorted(i for i, count in shared.items() if count >= 0.85 * best)
        return tuple(number for number in (self.numbers[i] for i in near) if number is not None)


_COMMON = 8

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
