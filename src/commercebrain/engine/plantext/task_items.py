"""The numbered items of a plan: which item a place in the text belongs to, and how its number is written
in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from commercebrain.engine.plantext.markers import BOX, read_mark
from commercebrain.engine.plantext.structure import Block

_CN = "一二三四五六七八九十百零〇"
ANNEX, ARABIC = 0, 5
# （一） and （1） restart under each heading, so their number is told with it.
_RESTARTING = (4, 6)
# Where line breaks were lost, an item begins after a full stop: “…。（二）加强产业基金支持。…”
_INLINE = re.compile(rf"(?<=[。；）)])\s*(?:[（(][{_CN}]{{1,3}}[）)]|[{_CN}]{{1,3}}、)(?=[^。，；]{{3,40}}[。（(])")
_INLINE_FROM = 150


@dataclass(slots=True)
class Item:
    """A numbered heading or paragraph: level, number as printed, its block, where in it item and words
    begin.
    """

    level: int
    number: str
    block: int
    at: int
    words_at: int
    parent: int | None
    heading_only: bool


def joints(block: Block) -> list[int]:
    """The positions in ``block.text`` where a line of the document ended and the next was joined on."""
    if block.end - block.start == len(block.text):
        return []
    return [i for i in range(1, len(block.text)) if block.offset(i) - block.offset(i - 1) > 1]


def strip_number(text: str) -> str:
    """``text`` without the number that it begins with."""
    mark = read_mark(text)
    return text[mark.words_at :] if mark is not None else text


@dataclass(frozen=True, slots=True)
class Begin:
    """Where an item begins in a block's text."""

    at: int
    level: int
    number: str
    words_at: int


class Items:
    """The items met so far, and which of them are open."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self.all: list[Item] = []
        self.open: list[int] = []
        self.annex = ""

    def begins(self, index: int) -> Iterator[Begin]:
        """The items that begin in block ``index``, in order."""
        text = self.blocks[index].text
        places = [] if self._cut_before(index) else [0]
        if len(text) > _INLINE_FROM:
            places += [match.end() - len(match.group().lstrip()) for match in _INLINE.finditer(text)]
        for at in places:
            mark = read_mark(text[at : at + 60])
            if mark is not None and mark.level < BOX and (mark.level > ANNEX or len(text) <= 80):
                number = re.sub(rf"[^\d{_CN}①-⑳]", "", text[at : at + mark.words_at])
                yield Begin(at, mark.level, number, at + mark.words_at)

    def _cut_before(self, index: int) -> bool:
        """Whether the block before is a long paragraph that breaks off: what looks like a number here is
        not one.
        """
        before = self.blocks[index - 1].text.rstrip() if index else ""
        return len(before) > 100 and "\t" not in before and re.search(r"[\u4e00-\u9fff\w]$", before) is not None

    def enter(self, index: int, begin: Begin) -> None:
        """Open an item of block ``index``, closing those of its level and deeper."""
        text = self.blocks[index].text
        level = begin.level
        if level == ANNEX:
            self.annex = "annex" + begin.number
        while self.open and self.all[self.open[-1]].level >= level:
            self.open.pop()
        parent = self.open[-1] if self.open else None
        heading_only = len(text) <= 60 and not re.search(r"[。；]\s*\S", text)
        self.all.append(Item(level, begin.number, index, begin.at, begin.words_at, parent, heading_only))
        self.open.append(len(self.all) - 1)

    @property
    def innermost(self) -> int | None:
        """The item that is open now, or None."""
        return self.open[-1] if self.open else None

    def path(self, item: int | None) -> list[int]:
        """``item`` and what it stands in, outermost first."""
        path: list[int] = []
        while item is not None:
            path.append(item)
            item = self.all[item].parent
        return path[::-1]

    def heading(self, item: int | None) -> str:
        """The heading of ``item`` as printed; an annex takes the title that follows it."""
        if item is None:
            return ""
        own = self.all[item]
        text = re.split(r"[。\t]", self.blocks[own.block].text[own.at :], maxsplit=1)[0].strip()
        if own.level == ANNEX and len(text) <= 8 and own.block + 1 < len(self.blocks):
            following = self.blocks[own.block + 1].text
            if len(following) <= 60 and "\t" not in following:
                text += " " + following.strip()
        return text

    def number(self, item: int | None) -> int | str | None:
        """1. is 1; （一） carries its chapter: 二（一）."""
        if item is None:
            return None
        own = self.all[item]
        if own.number.isdecimal() and own.level == ARABIC:
            return int(own.number)
        if own.level in _RESTARTING and own.parent is not None and own.number:
            return f"{self.all[own.parent].number}（{own.number}）"
        return own.number or None
