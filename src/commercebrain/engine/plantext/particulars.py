"""What a document says about itself: its title, its number, the day it was issued; and what a deadline means."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_HEAD = 2000
_TAIL = 600
_NUMBER = re.compile(r"[一-鿿]{1,12}[〔\[（(]\s*(?:19|20)\d\d\s*[〕\]）)]\s*\d{1,5}\s*号")
_DATE = re.compile(r"((?:19|20)\d\d)\s*年\s*(1[0-2]|0?[1-9])\s*月\s*(3[01]|[12]\d|0?[1-9])\s*日(?!\s*印发)")
_PLAN = re.compile(r"^[^，。；：:]{2,60}?(?:规划|计划|纲要|方案|意见|办法|措施|行动)(?:[（(][^（）()]{2,20}[）)])?$")
_QUOTED = re.compile(r"印发\s*《([^《》]{4,80})》|关于印发\s*([^《》，。]{4,80}?)\s*的通知")
_YEARS = re.compile(r"^[（(]\s*\d{4}\s*[—–-]\s*\d{4}\s*年?\s*[）)]$")
_DAY = re.compile(r"(20\d\d)\s*[年.\-/]\s*(1[0-2]|0?[1-9])(?:\s*[月.\-/]\s*(3[01]|[12]\d|0?[1-9])?)?")
_YEAR = re.compile(r"20\d\d")


@dataclass(frozen=True, slots=True)
class Particulars:
    """Title, document number and day of issue as the text gives them; empty or None where it does not."""

    title: str
    number: str
    issued_on: date | None


def read_particulars(text: str, fallback: str = "") -> Particulars:
    """Read title, number and day of issue from the head of a plan's ``text``.

    The title is the name in “关于印发…的通知”, else the first line of the head that names a plan, else the first
    line, else ``fallback``. The day is the first full date of the head, else the last one of the text's end.
    """
    head, tail = text[:_HEAD], text[-_TAIL:]
    number = _NUMBER.search(head)
    day = _first_date(_DATE.finditer(head)) or _first_date(reversed(list(_DATE.finditer(tail))))
    return Particulars(_title(head) or fallback, number[0] if number else "", day)


def _title(head: str) -> str:
    lines = [line.strip() for line in head.splitlines() if line.strip()]
    for at, line in enumerate(lines[:40]):
        if _PLAN.match(line) and not line.startswith(("为", "根据", "按照", "关于")):
            years = lines[at + 1] if at + 1 < len(lines) and _YEARS.match(lines[at + 1]) else ""
            return re.sub(r"\s+", "", line + years)
    if quoted := _QUOTED.search(head.replace("\n", " ")):
        return re.sub(r"\s+", "", quoted[1] or quoted[2])
    return re.sub(r"\s+", "", lines[0])[:200] if lines else ""


def _first_date(found: Iterable[re.Match[str]]) -> date | None:
    for match in found:
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:  # 2月30日: a misprint
            continue
    return None


def due_date(deadline: str) -> date | None:
    """The last day of a task's ``deadline``: of the day, month or year that it names first; None where it names none."""
    if match := _DAY.search(deadline):
        year, month = int(match[1]), int(match[2])
        last = monthrange(year, month)[1]
        return date(year, month, min(int(match[3]), last) if match[3] else last)
    if found := _YEAR.search(deadline):
        return date(int(found[0]), 12, 31)
    return None
