"""Periods as statistics use them: a year, a month, a running total, a quarter, a state at a date.

Canonical text (what is stored):

========== =============================================================
``2024``        the year
``2024-05``     the month
``2024-01..05`` the running total from January (``2024-01..02`` is the January–February figure)
``2024-Q2``     a quarter alone; the first quarter is ``2024-01..03``
``2024-H2``     a half-year alone; the first half is ``2024-01..06``
``2021..2025``  several years' total
``@2024-06``    the state at the end of that month
``@2024``       the state at the end of the year
========== =============================================================

One stretch of time has one text: the first quarter and the first half are running totals, January to
December is the year, January to January is the month.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from commercebrain.engine.errors import UserError

Kind = Literal["year", "month", "ytd", "quarter", "half", "span", "point"]
Month = tuple[int, int]

FIRST_YEAR, LAST_YEAR = 1900, 2199


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of whole months, or the state at the end of one (``kind == "point"``).

    ``first`` and ``last`` are (year, month), both inside the period. Build one with :meth:`parse` or
    with the named constructors; they keep to one canonical form.
    """

    kind: Kind
    first: Month
    last: Month

    # -- construction

    @classmethod
    def of_year(cls, year: int) -> Period:
        """The calendar year."""
        return cls("year", (year, 1), (year, 12))

    @classmethod
    def of_month(cls, year: int, month: int) -> Period:
        """One month; ``month`` is 1–12."""
        return cls("month", (year, month), (year, month))

    @classmethod
    def of_ytd(cls, year: int, month: int) -> Period:
        """The running total from January to ``month``; January alone is the month, December the year."""
        if month == 1:
            return cls.of_month(year, 1)
        return cls.of_year(year) if month == 12 else cls("ytd", (year, 1), (year, month))

    @classmethod
    def of_quarter(cls, year: int, quarter: int) -> Period:
        """The quarter alone; the first one is the running total to March."""
        if quarter == 1:
            return cls.of_ytd(year, 3)
        return cls("quarter", (year, 3 * quarter - 2), (year, 3 * quarter))

    @classmethod
    def of_half(cls, year: int, half: int) -> Period:
        """The half-year alone; the first one is the running total to June."""
        return cls.of_ytd(year, 6) if half == 1 else cls("half", (year, 7), (year, 12))

    @classmethod
    def of_span(cls, first_year: int, last_year: int) -> Period:
        """Several whole years; one year alone is that year."""
        if first_year == last_year:
            return cls.of_year(first_year)
        return cls("span", (first_year, 1), (last_year, 12))

    @classmethod
    def of_point(cls, year: int, month: int = 12) -> Period:
        """The state at the end of the month (of the year when no month is given)."""
        return cls("point", (year, month), (year, month))

    @classmethod
    def parse(cls, text: str) -> Period:
        """The period of a canonical text, or of the way people write it (2024年1-2月, 202405 …).

        Raises :class:`UserError` (``period.unreadable``) with what can be written instead.
        """
        return _parse(text)

    # -- reading

    @property
    def text(self) -> str:
        """The canonical text."""
        (year, month), (last_year, last_month) = self.first, self.last
        match self.kind:
            case "year":
                return f"{year}"
            case "month":
                return f"{year}-{month:02d}"
            case "ytd":
                return f"{year}-01..{last_month:02d}"
            case "quarter":
                return f"{year}-Q{last_month // 3}"
            case "half":
                return f"{year}-H2"
            case "span":
                return f"{year}..{last_year}"
            case "point":
                return f"@{year}" if month == 12 else f"@{year}-{month:02d}"

    def __str__(self) -> str:
        return self.text

    @property
    def year(self) -> int:
        """The year in which the period ends."""
        return self.last[0]

    @property
    def is_state(self) -> bool:
        """Whether it is a state at a date rather than something that flowed over a time."""
        return self.kind == "point"

    @property
    def start(self) -> date:
        """The first day."""
        return date(*self.first, 1)

    @property
    def end(self) -> date:
        """The last day."""
        return date(*self.last, calendar.monthrange(*self.last)[1])

    @property
    def months(self) -> tuple[Month, ...]:
        """Every (year, month) inside; a state counts its one month."""
        begin = self.first[0] * 12 + self.first[1] - 1
        finish = self.last[0] * 12 + self.last[1] - 1
        return tuple((n // 12, n % 12 + 1) for n in range(begin, finish + 1))

    @property
    def order(self) -> tuple[Month, Month, str]:
        """A sort key: by end, then by beginning (the longer first), then by text."""
        return (self.last, self.first, self.text)

    def shift_years(self, years: int) -> Period:
        """The same stretch ``years`` later (earlier when negative)."""
        return Period(self.kind, (self.first[0] + years, self.first[1]), (self.last[0] + years, self.last[1]))

    def previous_year(self) -> Period:
        """The same stretch one year before: what a year-on-year growth is measured against."""
        return self.shift_years(-1)

    def previous(self) -> Period:
        """The stretch just before, of the same length: last month, last quarter, last year."""
        length = len(self.months)
        if self.kind in ("year", "span"):
            return self.shift_years(-(length // 12))
        if self.kind == "ytd":
            return self.previous_year()
        begin = self.first[0] * 12 + self.first[1] - 1 - length
        finish = self.last[0] * 12 + self.last[1] - 1 - length
        first, last = (begin // 12, begin % 12 + 1), (finish // 12, finish % 12 + 1)
        if self.kind == "quarter":
            return Period.of_quarter(last[0], last[1] // 3)
        if self.kind == "half":
            return Period.of_half(last[0], last[1] // 6)
        return Period(self.kind, first, last)

    def covers(self, other: Period) -> bool:
        """Whether all of ``other`` lies inside this period. A state covers only itself."""
        if self.is_state:
            return self == other
        return self.first <= other.first and other.last <= self.last

    def say(self, language: str = "zh") -> str:
        """The period as people read it: 2024年1-5月 / Jan–May 2024."""
        (year, month), (last_year, last_month) = self.first, self.last
        chinese = language.startswith("zh")
        names = calendar.month_abbr
        match self.kind:
            case "year":
                return f"{year}年" if chinese else f"{year}"
            case "month":
                return f"{year}年{month}月" if chinese else f"{names[month]} {year}"
            case "ytd":
                return f"{year}年1-{last_month}月" if chinese else f"Jan–{names[last_month]} {year}"
            case "quarter":
                quarter = last_month // 3
                return f"{year}年{'一二三四'[quarter - 1]}季度" if chinese else f"Q{quarter} {year}"
            case "half":
                return f"{year}年下半年" if chinese else f"second half of {year}"
            case "span":
                return f"{year}–{last_year}年" if chinese else f"{year}–{last_year}"
            case "point":
                if month == 12:
                    return f"{year}年末" if chinese else f"end of {year}"
                return f"{year}年{month}月末" if chinese else f"end of {names[month]} {year}"


# -- the ways people write it

_DIGITS = {c: str(n) for n, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "○": "0"}
_MONTH_WORDS = _DIGITS | {"十": "10", "十一": "11", "十二": "12"}
_PLAN = {"十一五": 2006, "十二五": 2011, "十三五": 2016, "十四五": 2021, "十五五": 2026}
_Y = r"(?P<y>\d{4})"
_YS = r"(?P<y>\d{4}(?!\d)|\d{2}(?=年))年?"
_M = r"(?P<m>0?[1-9]|1[0-2])"
_TO = r"(?:-|\.\.|至|到|~)"

Builder = Callable[[int, int, int], Period]
_FORMS: tuple[tuple[re.Pattern[str], Builder], ...] = tuple(
    (re.compile(pattern), build)
    for pattern, build in (
        (rf"@{_Y}", lambda y, m, n: Period.of_point(y)),
        (rf"@{_Y}-{_M}", lambda y, m, n: Period.of_point(y, m)),
        (rf"{_YS}(?:全年|年度|1{_TO}12月)?", lambda y, m, n: Period.of_year(y)),
        (rf"{_Y}[-./]?Q(?P<m>[1-4])", lambda y, m, n: Period.of_quarter(y, m)),
        (rf"{_YS}第?(?P<m>[1-4])季度?", lambda y, m, n: Period.of_quarter(y, m)),
        (rf"{_Y}[-./]?H(?P<m>[12])", lambda y, m, n: Period.of_half(y, m)),
        (rf"{_YS}上半年", lambda y, m, n: Period.of_half(y, 1)),
        (rf"{_YS}下半年", lambda y, m, n: Period.of_half(y, 2)),
        (rf"{_YS}前(?P<m>[1-4])个?季度", lambda y, m, n: Period.of_ytd(y, 3 * m)),
        (rf"{_YS}前(?P<m>[1-9]|1[0-2])个?月", lambda y, m, n: Period.of_ytd(y, m)),
        (rf"{_Y}[-./]{_M}", lambda y, m, n: Period.of_month(y, m)),
        (rf"{_Y}(?P<m>0[1-9]|1[0-2])", lambda y, m, n: Period.of_month(y, m)),
        (rf"{_YS}{_M}月份?", lambda y, m, n: Period.of_month(y, m)),
        (rf"{_YS}[-./]?{_M}月?{_TO}(?P<n>0?[1-9]|1[0-2])月?份?(?:累计)?", lambda y, m, n: _months(y, m, n)),
        (rf"{_Y}[-./]{_M}{_TO}(?P<y2>\d{{4}})[-./](?P<n>0?[1-9]|1[0-2])", lambda y, m, n: _months(y, m, n)),
        (rf"{_YS}{_TO}(?P<n>\d{{4}})年?", lambda y, m, n: _span(y, n)),
        (rf"(?:截至|截止)?到?{_YS}(?:年?末|年?底)", lambda y, m, n: Period.of_point(y)),
        (rf"(?:截至|截止)?到?{_YS}{_M}月份?(?:末|底)", lambda y, m, n: Period.of_point(y, m)),
        (rf"(?:截至|截止)到?{_YS}{_M}月份?", lambda y, m, n: Period.of_point(y, m)),
    )
)


def _months(year: int, first: int, last: int) -> Period:
    """Months ``first`` to ``last`` of a year, where there is a period for it."""
    if first == 1:
        return Period.of_ytd(year, last)
    if first == last:
        return Period.of_month(year, first)
    if (first, last) in {(4, 6), (7, 9), (10, 12)}:
        return Period.of_quarter(year, last // 3)
    if (first, last) == (7, 12):
        return Period.of_half(year, 2)
    raise ValueError("a running total begins in January")


def _span(first: int, last: int) -> Period:
    if last < first:
        raise ValueError("ends before it begins")
    return Period.of_span(first, last)


def _plain(text: str) -> str:
    """Half-width, one kind of dash, no blanks or quotation marks, Chinese numbers to digits."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[\s“”\"'‘’()\[\]《》]", "", plain)
    plain = re.sub(r"[—–−―‐‑﹣]+|-{2,}", "-", plain).replace("～", "~").replace("…", "..")
    year = re.compile(r"[零〇○一二三四五六七八九]{4}(?=年|-|$)")
    plain = year.sub(lambda m: "".join(_DIGITS[c] for c in m[0]), plain)
    month = re.compile(r"(十[一二]?|[一二三四五六七八九])(?=个?月|个?季度|至|到|-)")
    plain = month.sub(lambda m: _MONTH_WORDS[m[1]], plain)
    return plain.upper()


@lru_cache(maxsize=8192)
def _parse(text: str) -> Period:
    plain = _plain(text)
    plan = re.fullmatch(r"(十[一二三四五]五)(?:期间|时期|规划期)?(?:5年)?", plain)
    if plan is not None:
        return Period.of_span(_PLAN[plan[1]], _PLAN[plan[1]] + 4)
    for pattern, build in _FORMS:
        found = pattern.fullmatch(plain)
        if found is None:
            continue
        groups = found.groupdict()
        year = int(groups["y"])
        if year < 100:
            year += 2000 if year < 50 else 1900
        month = int(groups.get("m") or 0)
        if groups.get("y2") and int(groups["y2"]) != year:
            continue
        last = int(groups.get("n") or 0)
        if not (FIRST_YEAR <= year <= LAST_YEAR and (last < 13 or FIRST_YEAR <= last <= LAST_YEAR)):
            continue
        try:
            return build(year, month, last)
        except ValueError:
            continue
    raise UserError(
        "period.unreadable",
        f"“{text}”不是可以识别的时期，请写成 2024、2024-05、2024-01..05（1–5月累计）、2024-Q2、"
        "2021..2025 或 @2024-06（6月末时点）。",
        f"“{text}” is not a period; write it like 2024, 2024-05, 2024-01..05 (January to May), 2024-Q2, "
        "2021..2025 or @2024-06 (state at the end of June).",
    )
