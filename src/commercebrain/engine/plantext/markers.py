"""Line markers of Chinese official documents: numbering of GB/T 9704, boxes, annexes, notes, page numbers.

Levels grow inwards: 0 附件, 1 第一章, 2 第一节, 3 一、, 4 （一）, 5 1., 6 （1）, 7 ①; a box (专栏) and an unnumbered
heading stand at :data:`BOX` and :data:`UNNUMBERED`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BOX = 8
UNNUMBERED = 9

_CN = "一二三四五六七八九十百零〇"
_MARK = re.compile(
    r"[ \u3000\t*#]*(?:"
    rf"(?P<annex>附\s*(?:件|录|表)\s*(?:[\d{_CN}]{{1,3}})?\s*[:：]?(?=\s|[:：]|$|\d\s*$)|附\s*(?:件|录|表)[\d{_CN}]{{1,3}}\s*[:：]?)"
    rf"|(?P<chapter>第[{_CN}\d]{{1,4}}(?:章|篇|部分))"
    rf"|(?P<section>第[{_CN}\d]{{1,4}}节)"
    r"|(?P<box>[【\[（(]?专\s*栏\s*(?:[\d一二三四五六七八九十]{1,3}|(?=[:：])))"
    rf"|(?P<l3>[{_CN}]{{1,4}}[、．.])"
    rf"|(?P<l4>[（(][{_CN}]{{1,4}}[）)])"
    r"|(?P<l5>\d{1,3}(?:、|．|\.(?![\d%])|\.(?=20\d\d年)))"
    r"|(?P<l6>[（(]\d{1,3}[）)])"
    r"|(?P<l7>[①-⑳])"
    r")[ \u3000\t]*"
)
_LEVEL = {"annex": 0, "chapter": 1, "section": 2, "l3": 3, "l4": 4, "l5": 5, "l6": 6, "l7": 7, "box": BOX}
_NUMBER = re.compile(rf"\d+|[{_CN}]+|[①-⑳]")
NOTE = re.compile(r"[ \u3000*]*(?:注\s*[:：]|备注\s*[:：]|说明\s*[:：]|注\s*[\d一二三]|资料来源|数据来源)")
PAGE_NUMBER = re.compile(
    r"[ \t\u3000]*(?:[-—–－·]+\s*\d{1,4}\s*[-—–－·]+|第\s*\d{1,4}\s*页(?:\s*共\s*\d{1,4}\s*页)?|\d{1,3})[ \t\u3000]*"
)
_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")}


@dataclass(frozen=True, slots=True)
class Mark:
    """A line's marker: its ``level``, the ``number`` as an int where it has one, and where the words begin."""

    level: int
    number: int | None
    words_at: int


def read_mark(line: str) -> Mark | None:
    """The marker that opens ``line``, or None."""
    match = _MARK.match(line)
    if match is None or match.lastgroup is None:
        return None
    digits = _NUMBER.search(match.group(match.lastgroup))
    return Mark(_LEVEL[match.lastgroup], small_number(digits.group()) if digits else None, match.end())


def small_number(text: str) -> int | None:
    """A heading's number (1–999), written in Arabic, Chinese or circled digits; None where it is none."""
    if text.isdigit() and text.isascii():
        return int(text)
    if len(text) == 1 and "①" <= text <= "⑳":
        return ord(text) - ord("①") + 1
    total, digit = 0, 0
    for char in text:
        if char in _DIGIT:
            digit = _DIGIT[char]
        elif char == "十":
            total, digit = total + (digit or 1) * 10, 0
        elif char == "百":
            total, digit = total + (digit or 1) * 100, 0
        else:
            return None
    return total + digit
