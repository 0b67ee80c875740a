"""Finding product codes in text: a pasted column, a csv, a notice in Chinese or English.

What has the shape of a code is no code yet: dates, amounts, telephone numbers and the numbers of documents have it too. A
shape that only codes have (``8471.30.01``, eight digits) is taken anywhere; a weaker one (``8501.10``, ``8708``) after a
word such as 税则号列 or *subheading*, in a list that such a word opened, in a column of codes, or in a paste of codes.
What stands among codes and is none is kept and says why: nothing is dropped without a word.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.lists.columns_of_text import BULLET, Columns, code_spans, opens_lines
from commercebrain.engine.lists.found import FoundCode, chapters, excepted, ranged, why
from commercebrain.engine.lists.nomenclature import CHAPTERS, plausible
from commercebrain.engine.lists.notation import (
    AFTER,
    BEFORE,
    CHAPTER,
    CONTEXT,
    DOTTED,
    EX,
    FLOATED,
    GLUE,
    PLAIN,
    STRONG,
    TOKEN,
    WEAK,
)

__all__ = ["FoundCode", "find_codes"]


def find_codes(text: str, *, only_codes: bool = False) -> list[FoundCode]:
    """The product codes in ``text`` in order, with what looked like one and is none.

    ``only_codes``: the text is a cell or a field for codes, so that every number in it is meant as one.
    """
    plain = text.translate(PLAIN)
    only_codes = only_codes or all(re.fullmatch(r"\d{2}", part) for part in re.split(r"[\s,;、]+", plain.strip()))
    columns = code_spans(plain)
    found = [*chapters(plain), *ranged(list(_tokens(plain, only_codes, columns)), plain)]
    found.sort(key=lambda one: one.start)
    found = excepted(found, plain)
    if columns is not None:
        found = sorted([*found, *_unread(plain, columns, found)], key=lambda one: one.start)
    return [one if one.text == (told := text[one.start : one.end]) else replace(one, text=told) for one in found]


def _unread(text: str, columns: Columns, found: list[FoundCode]) -> Iterator[FoundCode]:
    """Cells for codes, below the first line, in which none was found: each says why."""
    starts = [one.start for one in found]
    for start, end in columns.cells[1:]:
        cell = text[start:end].strip(" \t\r\"'")
        place = bisect_right(starts, end) - 1
        there = place >= 0 and found[place].end > start
        if there or not cell or len(cell) > 40 or not re.search(r"\d", cell):
            continue
        at = text.index(cell, start)
        yield FoundCode("", cell, at, at + len(cell), fault=why(cell))


def _tokens(text: str, only_codes: bool, columns: Columns | None) -> Iterator[FoundCode]:
    ends = sorted(match.end() for pattern in (CONTEXT, CHAPTER) for match in pattern.finditer(text))
    lined = opens_lines(text, TOKEN)
    breaks = [match.start() for match in re.finditer("\n", text)]
    last = -1
    for match in TOKEN.finditer(text):
        start, end = match.span()
        line = bisect_right(breaks, start)
        line_start = breaks[line - 1] + 1 if line else 0
        tabled = columns is not None and columns.of_line(line_start)
        if columns is not None and tabled:
            meant = columns.holds(start, end)
            if not meant and "." not in match[0]:
                continue
        else:
            before = bisect_right(ends, start)
            near = max(last, ends[before - 1] if before else -1)
            meant = only_codes or (
                0 <= near <= start and start - near <= 120 and bool(GLUE.fullmatch(text, near, start))
            )
            meant = meant or ((lined or before > 0) and _first_of_line(text, line_start, start))
            # A heading with two digits more, in a paragraph that speaks of tariff lines.
            meant = meant or (near >= line_start and bool(DOTTED.fullmatch(match[0])) and plausible(match[0]))
        one = _read(text, start, end, meant, only_codes or (tabled and meant))
        if one is None and only_codes and match[0] in CHAPTERS:
            one = FoundCode(match[0], match[0], start, end)
        if one is None:
            continue
        if one.fault is None or meant:
            last = end
        yield one


def _first_of_line(text: str, line_start: int, start: int) -> bool:
    """Whether nothing but a bullet or a number of the row stands before it on its line."""
    return bool(BULLET.fullmatch(text, line_start, start))


def _read(text: str, start: int, end: int, meant: bool, cell: bool) -> FoundCode | None:
    """The code from ``start`` to ``end``; None for a number of another kind.

    ``meant``: a code is expected there; ``cell``: in a cell for codes, not in a sentence, where a year is a year.
    """
    written = text[start:end]
    if meant and FLOATED.fullmatch(written):
        written = written[:-2]
    shape = tuple(len(part) for part in re.split(r"[. ]", written))
    if not cell and (AFTER.match(text, end) or BEFORE.search(text[max(0, start - 24) : start])):
        return None
    if not meant and (shape not in STRONG or _a_date(written)):
        return None
    digits = written.replace(".", "").replace(" ", "")
    ex = bool(EX.search(text[max(0, start - 6) : start]))
    one = FoundCode(digits, written, start, end, ex)
    if shape in STRONG | WEAK and plausible(written):
        return one
    if not meant:
        not_goods = digits[:2] == "99" and "." in written
        return replace(one, fault=why(written)) if not_goods else None
    if len(digits) < 4 or _a_date(written) or (not cell and re.fullmatch(r"19[5-9]\d|20[1-9]\d", written)):
        return None
    if len(digits) % 2 and "." not in written and len(digits) < 10 and plausible(f"0{digits}") and len(digits) >= 7:
        note = Words(
            zh=f"“{written}”按“0{digits}”读取：开头的0丢了。",
            en=f"“{written}” is read as “0{digits}”: its leading zero was lost.",
        )
        return replace(one, digits=f"0{digits}", note=note)
    return replace(one, fault=why(written))


def _a_date(written: str) -> bool:
    """Whether it can be read as a day of these times (20180615, 2018.06.15)."""
    found = re.fullmatch(r"((?:19|20)\d{2})\.?(\d{2})\.?(\d{2})", written)
    if found is None:
        return False
    try:
        return date(*map(int, found.groups())).year >= 1949
    except ValueError:
        return False
