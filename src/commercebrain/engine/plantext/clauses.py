"""Sentences and clauses of a block: where a statement begins and ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_BOUNDARY = re.compile(
    r"(?P<hard>[。！？!?]|\.(?=\s|$|[\u4e00-\u9fff])|[ \u3000](?=\d{1,2}[.、]\s))|(?P<semi>[；;])"
    r"|(?P<soft>，|,(?!\d{3})|(?<!\d)[:：]|[:：](?!\d)|—{2,}|\t)|(?P<open>[（(])|(?P<close>[）)])"
)

#: The number of a paragraph, which is none of its words: 3.2025年…, （一）…
_NUMBER = re.compile(r"\d{1,2}\.(?=20\d\d年)|[（(][一二三四五六七八九十\d]{1,3}[）)][ \u3000]*(?=[\u4e00-\u9fff\d])")
#: Blanks, dashes and bullets that open a clause and are none of its words.
_SIGNS = frozenset(" \u3000\xa0*—-–●○■□◆◇▲△▪•·◎►▶★☆※")


@dataclass(slots=True)
class Clause:
    """A stretch between commas at ``start``–``end``; ``sentence`` counts full stops, ``part`` semicolons too."""

    start: int
    end: int
    sentence: int
    part: int
    bracket: bool = False


def split_clauses(text: str, starts: Sequence[int]) -> list[Clause]:
    """The clauses of ``text``. Brackets part clauses only where an amount (``starts``) stands inside them."""
    clauses: list[Clause] = []
    at = sentence = part = 0
    position = 0
    skip_to = -1
    inside = False
    for match in _BOUNDARY.finditer(text):
        begin = match.start()
        if begin < skip_to:
            continue
        if match.lastgroup == "open":
            close = _closing(text, begin)
            while position < len(starts) and starts[position] < begin:
                position += 1
            if close < 0 or position >= len(starts) or starts[position] > close:
                skip_to = close + 1 if close >= 0 else begin + 1
                continue
        _add(clauses, text, at, begin, sentence, part, inside)
        at = match.end()
        if match.lastgroup == "hard":
            sentence, part = sentence + 1, part + 1
        elif match.lastgroup == "semi":
            part += 1
        elif match.lastgroup in ("open", "close"):
            inside = match.lastgroup == "open"
    _add(clauses, text, at, len(text), sentence, part, inside)
    return clauses


def _closing(text: str, at: int) -> int:
    """The position of the bracket that closes the one at ``at``, or -1 where none does within 200 characters."""
    depth = 0
    for i in range(at, min(at + 200, len(text))):
        if text[i] in "（(":
            depth += 1
        elif text[i] in "）)":
            depth -= 1
            if depth == 0:
                return i
    return -1


def _add(clauses: list[Clause], text: str, start: int, end: int, sentence: int, part: int, inside: bool) -> None:
    while start < end and text[start] in _SIGNS:
        start += 1
    numbered = _NUMBER.match(text, start, end)
    if numbered:
        start = numbered.end()
    while end > start and text[end - 1] in " \u3000":
        end -= 1
    if end > start:
        clauses.append(Clause(start, end, sentence, part, inside))
