"""What the Chinese calendar does to a month: Spring Festival by dated windows, working days with 调休, month length.

Spring Festival: three windows around the public holiday, each as the part of its days that falls into a month, less the
calendar month's mean over all years of the table, so that season and festival do not compete. The holiday is the one of
the State Council's notice where :mod:`commercebrain.engine.workdays` knows it (2004 on), else the statutory one of its time.
A year outside the table of festival days has no festival term: 0, never an error.

Working days: by the notice where it is known; other years by the law of the time without 调休 (six-day weeks to February
1994, every other Saturday to April 1995, five-day weeks since; holidays by the State Council's orders of 1949, 1999, 2007,
2013 and 2024). Spring Festival's own days are left out of that count: what they do is the festival's term. The length of
months is in there: the season holds a calendar month's, and 29 February is a working day more where it falls on one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np

from commercebrain.engine.foresight.months import first_day, months_from, shift
from commercebrain.engine.foresight.result import Floats
from commercebrain.engine.workdays import notices
from commercebrain.engine.yaml_text import read_yaml

#: Where the festival can bite, the columns of :func:`festival_shares`: the weeks before (orders and cargo are rushed
#: out, shops are full), the holiday with the days next to it, and the weeks after (factories come back slowly).
WINDOWS: Final = ("before", "holiday", "after")
#: First and last day of each window: days from the holiday's first day (0) or from its last (1).
_SPANS: Final = (((0, -20), (0, -1)), ((0, -5), (1, 4)), ((1, -3), (1, 14)))
#: Calendar months that a window can reach into.
_REACHED: Final = (1, 2, 3)
_SPRING = "Spring Festival"
#: Since when the week or the holidays are others: 大小周, the five-day week, 清明 端午 中秋 as holidays.
_RULES: Final = (199403, 199505, 200801)


@lru_cache(maxsize=1)
def festival_days() -> dict[int, date]:
    """Year → the day of Spring Festival, for the years of the catalogue's table."""
    text = (files("commercebrain.catalogue") / "codes" / "spring_festival.yaml").read_text(encoding="utf-8")
    found: dict[int, date] = read_yaml(text)["days"]
    return found


def holiday(year: int) -> tuple[date, date] | None:
    """First and last day of Spring Festival's public holiday; None outside the table.

    2020's, extended to 2 February by the epidemic, counts as planned: to 30 January.
    """
    day = festival_days().get(year)
    return None if day is None else _holiday(year, day)


def _holiday(year: int, day: date) -> tuple[date, date]:
    told = notices()
    if year in told.years and year != 2020:
        days = [d for d, name in told.off.items() if d.year == year and name == _SPRING]
        return min(days), max(days)
    if year < 1999:
        return day, day + timedelta(days=2)
    if year < 2004:
        return day, day + timedelta(days=6)
    return day - timedelta(days=1), day + timedelta(days=6 if year >= 2025 else 5)


@lru_cache(maxsize=1)
def _parts() -> dict[int, tuple[float, ...]]:
    """Month → the part of each window in it, less the calendar month's mean."""
    years = sorted(festival_days())
    raw = {year * 100 + month: np.zeros(len(WINDOWS)) for year in years for month in _REACHED}
    for year in years:
        first, last = _holiday(year, festival_days()[year])
        ends = (first, last)
        windows = [
            (ends[begin[0]] + timedelta(days=begin[1]), ends[end[0]] + timedelta(days=end[1])) for begin, end in _SPANS
        ]
        for column, (begin, end) in enumerate(windows):
            count = (end - begin).days + 1
            for day in (begin + timedelta(days=n) for n in range(count)):
                raw[day.year * 100 + day.month][column] += 1 / count
    mean = {month: np.mean([raw[year * 100 + month] for year in years], axis=0) for month in _REACHED}
    return {month: tuple(part - mean[month % 100]) for month, part in raw.items()}


def festival_shares(months: Sequence[int]) -> Floats:
    """The part of each window of Spring Festival in each month, less that calendar month's long-run mean.

    T × 3, columns as :data:`WINDOWS`; 0 from April on and in years without a known day.
    """
    parts = _parts()
    nothing = (0.0,) * len(WINDOWS)
    return np.array([parts.get(month, nothing) for month in months], dtype=np.float64).reshape(-1, len(WINDOWS))


@lru_cache(maxsize=4096)
def workdays(month: int) -> float:
    """How many days of a month offices work; Spring Festival's own days off count as the weekdays they are, and the
    weekends worked for them as weekends."""
    start = first_day(month)
    count = (first_day(shift(month, 1)) - start).days
    return sum(_works(start + timedelta(days=n)) for n in range(count))


def _works(day: date) -> float:
    told = notices()
    plain = _plain_week(day)
    if day.year in told.years:
        if told.off.get(day, _SPRING) != _SPRING:
            return 0.0
        return 1.0 if told.made_up.get(day, _SPRING) != _SPRING else plain
    return 0.0 if day in _statutory(day.year) else plain


def _plain_week(day: date) -> float:
    """1 for a weekday, 0 for a Sunday; Saturdays by the week of the time."""
    if day.weekday() < 5:
        return 1.0
    if day.weekday() == 6 or day >= date(1995, 5, 1):
        return 0.0
    return 0.5 if day >= date(1994, 3, 1) else 1.0


@lru_cache(maxsize=256)
def _statutory(year: int) -> frozenset[date]:
    """The statutory days off of a year but Spring Festival's, those on a weekend moved to the next weekdays.

    Lunar holidays (端午, 中秋) and 清明 of years without a notice are left out: they lie in one month nearly always.
    """
    spans: list[tuple[int, int, int]] = [(1, 1, 1)]
    spans.append((5, 1, 3 if 2000 <= year < 2008 else 2 if year >= 2025 else 1))
    spans.append((10, 1, 3 if year >= 1999 else 2))
    days: set[date] = set()
    for month, first, count in spans:
        day, left = date(year, month, first), count
        while left:
            if _plain_week(day) > 0:
                days.add(day)
                left -= 1
            day += timedelta(days=1)
    return frozenset(days)


def _era(month: int) -> int:
    """Which rules a month's working days followed: they are compared with months of the same rules alone."""
    return sum(month >= since for since in (*_RULES, notices().years.stop * 100 + 1))


@lru_cache(maxsize=1)
def _usual_workdays() -> dict[tuple[int, int], float]:
    """(era, calendar month) → the mean logarithm of the working days of its months."""
    found: dict[tuple[int, int], list[float]] = {}
    for year in festival_days():
        for month in range(year * 100 + 1, year * 100 + 13):
            found.setdefault((_era(month), month % 100), []).append(float(np.log(workdays(month))))
    return {key: float(np.mean(each)) for key, each in found.items()}


def workday_index(months: Sequence[int]) -> Floats:
    """How many working days each month has relative to the usual for that calendar month under the rules of its time,
    as a logarithm (T).

    0 where the calendar is unknown (outside the table of festival days). See :func:`workdays` for what counts.
    """
    usual, days = _usual_workdays(), festival_days()
    found = [float(np.log(workdays(m)) - usual[_era(m), m % 100]) if m // 100 in days else 0.0 for m in months]
    return np.array(found, dtype=np.float64)


def terms(first: int, count: int) -> tuple[Floats, Floats]:
    """:func:`festival_shares` (count × 3) and :func:`workday_index` (count) of consecutive months."""
    months = months_from(first, count)
    return festival_shares(months), workday_index(months)
