"""Working days by the State Council's yearly notice: public holidays and 调休 make-up days.

The holidays come from the package ``chinesecalendar``; a year that it does not know yet is an error
that names the year, never a guess. Who must go on all the same asks :func:`likely_workday`, which counts
such a year by its weekends, and says that it is preliminary (:func:`unannounced`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from commercebrain.engine.errors import UserError

#: Whether a day is worked.
Works = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Notices:
    """All yearly notices that are known: the days off and the weekend days worked for them, each with the English name of
    its holiday (as in ``Spring Festival``), and the years that they are known for."""

    off: Mapping[date, str]
    made_up: Mapping[date, str]
    years: range


@lru_cache(maxsize=1)
def notices() -> Notices:
    """The notices of the State Council as the package knows them."""
    off = {day: str(name) for day, name in chinese_calendar.constants.holidays.items()}
    made_up = {day: str(name) for day, name in chinese_calendar.constants.workdays.items()}
    years = {day.year for day in off}
    return Notices(off, made_up, range(min(years), max(years) + 1))


def is_workday(day: date) -> bool:
    """Whether offices work on ``day``, make-up weekends included.

    Raises :class:`UserError` (``workdays.unknown_year``) outside the years whose notice is known.
    """
    if not is_announced(day):
        raise UserError(
            "workdays.unknown_year",
            f"没有{day.year}年的放假安排，无法计算工作日；请更新 chinesecalendar 软件包。",
            f"The holiday notice for {day.year} is not known, so working days cannot be counted; "
            "update the package chinesecalendar.",
        )
    return bool(chinese_calendar.is_workday(day))


def is_announced(day: date) -> bool:
    """Whether the notice for the year of ``day`` is known."""
    return day.year in notices().years


def likely_workday(day: date) -> bool:
    """Whether offices work on ``day``; of a year whose notice is not known, Monday to Friday."""
    return is_workday(day) if is_announced(day) else day.weekday() < 5


def unannounced(first: date, last: date) -> int | None:
    """The first year from ``first`` to ``last`` whose notice is not known; None where all are."""
    return next((year for year in range(first.year, last.year + 1) if year not in notices().years), None)


def add_workdays(day: date, count: int, works: Works = is_workday) -> date:
    """The ``count``-th working day after ``day`` (before it when negative); 0 is ``day`` itself.

    "Within 3 working days" of an event ends at the close of ``add_workdays(day of the event, 3)``.
    """
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= works(day)
    return day


def workdays_between(first: date, last: date, works: Works = is_workday) -> int:
    """How many working days come after ``first`` up to and with ``last``; negative when ``last`` is earlier.

    So ``add_workdays(a, workdays_between(a, b)) == b`` for every working day b.
    """
    if last < first:
        return -workdays_between(last, first, works) + works(last) - works(first)
    return sum(works(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
