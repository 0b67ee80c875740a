"""What a plan's text is made of: headings, paragraphs, tables, notes, and the tree of its sections.

A plain-text plan has lost its layout: paragraphs are cut by page breaks, tables are rows of tabs or spaces, headings
are lines with a number. :func:`parse_structure` puts it together again, in one pass over the lines. Positions are
character offsets into the document's own text, so that every finding can be shown where it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from commercebrain.engine.plantext.markers import BOX, NOTE, PAGE_NUMBER, UNNUMBERED, Mark, read_mark
from commercebrain.engine.plantext.stacked import stack_cells
from commercebrain.engine.plantext.tables import Cell, Table, build_tables, looks_like_row

BlockKind = Literal["heading", "prose", "table_row", "note", "title"]

_ENDED = re.compile(
    r"(?:[。！？；：!?;…]|[:.](?<!\d\.)|[。；;.][”’」』）)】〕\]]+|[。；;.]\s*[（(〔\[][^（）()〔〕]*[）)〕\]])[ \t\u3000*]*$"
)
_CLOSED_LIST = re.compile(r"(?:牵头|责任|配合|负责|落实|实施)[^。；]{0,400}[）)〕\]][ \t\u3000]*$")
_FRESH = re.compile(
    r"[ \t\u3000]*(?:[—–-]{2,}|[●■◆▲△★☆•·※]|[(（〔\[]?(?:牵头|责任|配合|主办|协办)(?:单位|部门)|抄送|\*\*|(?:金额|计量|数量)?单位\s*[:：]|\d{1,3}[ \u3000]+[^\d\s年月日个家%.,，])"
)
#: Characters in the shortest line that a page of Chinese text is broken at.
_NARROWEST = 24
_CLAUSE = re.compile(r"[，。；,]")
_ENUMERATED = re.compile(r"[，、。；,]")
_AMOUNT = re.compile(r"\d\s*(?:[%‰亿万个家条项座吨人名户件辆台场所处千元米]|公里|公顷|平方|标箱)")
_NAMED_PART = re.compile(
    r"(?:回顾|现状|成就|成效|总体要求|工作安排|工作任务|主要任务|主要目标|发展目标|预期目标|工作目标|主要指标|预期指标|重点工作|成绩单|工作总结|主要工作)$"
)
_DATE_LINE = re.compile(r"[ \u3000]*[二〇○零一三四五六七八九十\d]{4}\s*年\s*[一二三四五六七八九十\d]{1,3}\s*月")


@dataclass(slots=True)
class Block:
    """One paragraph, heading, note or table row.

    ``text`` is the block with its line cuts joined; ``start`` and ``end`` are offsets into the document;
    ``section`` holds the headings above it, outermost first; ``level`` is the level of the heading that the block
    opens, or of the innermost section that it stands in.
    """

    kind: BlockKind
    start: int
    end: int
    text: str
    section: tuple[str, ...] = ()
    level: int = -1
    mark: Mark | None = None
    table: Table | None = None
    row: int = -1
    cells: list[Cell] | None = None
    _at: list[int] = field(default_factory=list)
    _doc: list[int] = field(default_factory=list)

    def offset(self, i: int) -> int:
        """The position in the document of position ``i`` in ``text`` (``len(text)`` gives the block's end)."""
        if not self._at:
            return self.start + i
        if i >= len(self.text):
            return self.end
        piece = bisect_right(self._at, i) - 1
        return self._doc[piece] + i - self._at[piece]

    def merged(self, blocks: Sequence[Block]) -> Block:
        """This block and those after it as one, their words run together."""
        whole = Block(self.kind, self.start, blocks[-1].end, "", self.section, self.level)
        for block in blocks:
            for at, doc in zip(block._at or [0], block._doc or [block.start], strict=True):
                whole._at.append(len(whole.text) + at)
                whole._doc.append(doc)
            whole.text += block.text
        return whole

    def end_offset(self, i: int) -> int:
        """The position in the document just behind the character before position ``i`` of ``text``."""
        return self.offset(i - 1) + 1 if i > 0 else self.start


@dataclass(slots=True)
class Section:
    """A heading and what stands under it; offsets into the document, ``end`` exclusive."""

    title: str
    number: int | None
    level: int
    start: int
    end: int
    children: list[Section] = field(default_factory=list)


@dataclass(slots=True)
class Structure:
    """A document taken apart: ``text`` as given, ``blocks`` in order, the ``sections`` tree and the ``tables``."""

    text: str
    blocks: list[Block]
    sections: list[Section]
    tables: list[Table]


def parse_structure(text: str) -> Structure:
    """Take a plan's text apart into blocks, sections and tables. Time grows in proportion to the length."""
    blocks = stack_cells(_join(_lines(text), text))
    sections = _tree(blocks, len(text))
    tables = build_tables(blocks)
    return Structure(text, blocks, sections, tables)


def _lines(text: str) -> list[tuple[int, str, int]]:
    """The lines that say something: (offset of the line's first character, line without its break, blanks before)."""
    lines: list[tuple[int, str, int]] = []
    at = blanks = 0
    for raw in text.splitlines(keepends=True):
        line = raw.rstrip("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
        if line.strip(" \t\u3000\ufeff\xa0"):
            lines.append((at, line, blanks))
            blanks = 0
        else:
            blanks += 1
        at += len(raw)
    return lines


def _join(lines: list[tuple[int, str, int]], text: str) -> list[Block]:
    """Blocks of one or several lines: a paragraph cut by a page break or by hard wrapping is one block."""
    wrapped = _wrapped(lines)
    blocks: list[Block] = []
    i = 0
    while i < len(lines):
        at, line, _ = lines[i]
        if _is_page_number(lines, i):
            i += 1
            continue
        pieces = [(at, line)]
        last = line
        while not looks_like_row(line) or (wrapped and _CLAUSE.search(last)):
            following = i + 1
            while following < len(lines) and _is_page_number(lines, following):
                following += 1
            if following >= len(lines) or not _continues(
                last, lines[following][1], pieces, lines[following][2], wrapped
            ):
                break
            i = following
            last = lines[i][1]
            pieces.append((lines[i][0], last))
        blocks.append(_block(pieces))
        i += 1
    return blocks


def _wrapped(lines: list[tuple[int, str, int]]) -> bool:
    """Whether the text was broken at a fixed width: most lines end in mid-sentence, at nearly the same length."""
    body = [line for _, line, _ in lines if len(line) >= 15 and "\t" not in line]
    cut = sorted(len(line) for line in body if not _ENDED.search(line[-420:]))
    if not body or len(cut) <= 0.5 * len(body):
        return False
    middle = cut[len(cut) // 2]
    even = sum(1 for length in cut if abs(length - middle) <= 3)
    return middle >= _NARROWEST and even >= 0.6 * len(cut)


def _is_page_number(lines: list[tuple[int, str, int]], i: int) -> bool:
    """Whether line ``i`` is a page's number. A bare number is one only beside running text: it may be a cell."""
    line = lines[i][1]
    if len(line) > 20 or not PAGE_NUMBER.fullmatch(line):
        return False
    if not line.strip().isdigit():
        return True
    near = [lines[n][1] for n in (i - 1, i + 1) if 0 <= n < len(lines)]
    return any(len(other) >= 20 for other in near)


def _continues(last: str, following: str, pieces: list[tuple[int, str]], blanks: int, wrapped: bool) -> bool:
    """Whether ``following`` goes on with the paragraph whose last line is ``last``."""
    tail = last[-420:].rstrip(" \t\u3000")
    if _ENDED.search(tail) or _CLOSED_LIST.search(tail):
        return False
    mark = read_mark(following)
    if mark is not None and not (mark.level in (5, 6) and tail[-1:] in "，、和与及至"):
        return False
    if _FRESH.match(following) or NOTE.match(following) or looks_like_row(following) or _DATE_LINE.match(following):
        return False
    if tail.endswith(("，", "、", ",")):
        return True
    if len(pieces) == 1 and tail.endswith(("表", "文件", "的通知", "的意见")) and "。" not in tail:
        return False
    first = pieces[0][1]
    own = read_mark(first)
    if own is not None and len(pieces) == 1 and len(first) <= 40 and not _CLAUSE.search(first):
        # A heading stays alone; one that is cut in the middle of a quoted or bracketed word goes on.
        return blanks == 0 and len(first) >= 28 and not _ENUMERATED.search(following) and len(following) <= 12
    if own is not None and own.level == BOX:
        return False
    if any(_CLAUSE.search(piece) for _, piece in pieces[-2:]):
        return len(tail) >= 12 or len(pieces) > 1
    return wrapped and blanks == 0 and len(tail) >= 20


def _block(pieces: list[tuple[int, str]]) -> Block:
    """A block from its lines, white space at its two ends left out."""
    first_at, first = pieces[0]
    lead = len(first) - len(first.lstrip(" \u3000\ufeff\xa0"))
    if looks_like_row(first):
        lead = 0
    starts: list[int] = []
    docs: list[int] = []
    parts: list[str] = []
    size = 0
    for n, (at, line) in enumerate(pieces):
        body = line[lead:] if n == 0 else line
        if n == len(pieces) - 1:
            body = body.rstrip(" \t\u3000\xa0") if not looks_like_row(first) else body.rstrip(" \u3000\xa0")
        starts.append(size)
        docs.append(at + (lead if n == 0 else 0))
        parts.append(body)
        size += len(body)
    joined = "".join(parts)
    end = docs[-1] + len(parts[-1])
    block = Block("prose", first_at + lead, end, joined)
    if len(pieces) > 1:
        block._at, block._doc = starts, docs
    return block


def _kind(block: Block, seen_section: bool) -> BlockKind:
    """What a block is, from its form alone."""
    text = block.text
    if block.cells is not None or (block.mark is None and looks_like_row(text)):
        return "table_row"
    if block.mark is not None and "\t" in text.strip("\t") and block.mark.level in (5, 7):
        return "table_row"
    if NOTE.match(text):
        return "note"
    short = len(text) <= 45 and not re.search(r"[。；，;]|[:：]$", text)
    if block.mark is not None and block.mark.level != 7:
        head = len(text) <= 60 and not re.search(r"[。；;]", text) and text.count("，") + text.count(",") <= 2
        return "heading" if head and not re.search(r"[，,].*\d", text) else "prose"
    if short and not _DATE_LINE.match(text) and not _AMOUNT.search(text):
        named = _NAMED_PART.search(text)
        return "heading" if (seen_section and len(text) <= 30) or named else "title"
    return "prose"


def _tree(blocks: list[Block], size: int) -> list[Section]:
    """Set kind, level and section of every block, and return the tree of sections."""
    roots: list[Section] = []
    stack: list[Section] = []
    seen = False
    for block in blocks:
        block.mark = read_mark(block.text) if block.cells is None else None
        block.kind = _kind(block, seen)
        mark = block.mark if block.kind in ("heading", "prose") else None
        if mark is not None:
            seen = seen or mark.level <= 4
            _open(stack, roots, block, mark)
        elif block.kind == "heading":
            level = 3 if _NAMED_PART.search(block.text) and not _inside_chapter(stack) else UNNUMBERED
            _open(stack, roots, block, Mark(level, None, 0))
        block.section = tuple(section.title for section in stack)
        block.level = stack[-1].level if stack else -1
        for section in stack:
            section.end = block.end
    for section in roots:
        section.end = min(section.end, size)
    return roots


def _inside_chapter(stack: list[Section]) -> bool:
    """Whether a numbered chapter or part is open."""
    return any(section.number is not None and section.level <= 3 for section in stack)


def _open(stack: list[Section], roots: list[Section], block: Block, mark: Mark) -> None:
    """Open the section that ``block`` begins, closing those that it ends."""
    level = mark.level
    box = next((n for n, section in enumerate(stack) if section.level == BOX), None)
    if level == BOX:
        while (stack and stack[-1].level >= BOX) or (stack and box is not None and len(stack) > box):
            stack.pop()
    elif box is not None and level in (5, 6, 7) and not _leaves_box(stack, box, mark):
        while len(stack) > box + 1 and stack[-1].level >= level:
            stack.pop()
    else:
        while stack and (stack[-1].level >= level or (level != UNNUMBERED and stack[-1].level >= BOX)):
            stack.pop()
        if box is not None and len(stack) > box and level != UNNUMBERED:
            del stack[box:]
            while stack and stack[-1].level >= level:
                stack.pop()
    section = Section(_title(block.text, mark), mark.number, level, block.start, block.end)
    (stack[-1].children if stack else roots).append(section)
    stack.append(section)


def _leaves_box(stack: list[Section], box: int, mark: Mark) -> bool:
    """Whether a numbered item goes on with the numbering outside the box rather than with that inside it."""
    inside = [s for s in stack[box + 1 :] if s.level == mark.level] or [
        s for s in stack[box].children if s.level == mark.level
    ][-1:]
    expected = (inside[-1].number or 0) + 1 if inside else 1
    if mark.number == expected:
        return False
    outside = [s for s in stack[:box] if s.level == mark.level]
    return bool(outside) and mark.number == (outside[-1].number or 0) + 1


def _title(text: str, mark: Mark) -> str:
    """A section's title: the heading itself, or the words before the first full stop of a run-in heading."""
    if mark.level == UNNUMBERED:
        return text.strip()
    head = re.split(r"[。\t；]|[：:](?=.{12})", text.strip(), maxsplit=1)[0]
    return head[:60].strip(" \u3000*")
