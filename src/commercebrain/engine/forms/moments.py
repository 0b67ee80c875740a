"""When a round opens, is due and is locked, as a declaration says it: ``monday 00:00``, ``next day 10 17:00``.

==========================  ====================================================================
``12:00``                   that time of the day (daily forms)
``friday 17:00``            that day of the ISO week
``day 10 17:00``            the tenth of the month, or of the first month of the quarter
``month 4 day 30 17:00``    that month of the year, or of the quarter (1 to 3)
``last day 17:00``          the last day of the period
``working day 5 17:00``     the fifth working day of the period
``next …``                  the same, one period later: ``next day 10 17:00`` is the tenth of the following month
==========================  ====================================================================
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError
from commercebrain.engine.workdays import Works, add_workdays, is_workday

Every = Literal["once", "day", "week", "month", "quarter", "year"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOMENT = re.compile(
    rf"(?P<next>next )?(?:(?P<weekday>{'|'.join(WEEKDAYS)}) |(?:month (?P<month>\d+) )?"
    r"(?:day (?P<day>\d+)|(?P<last>last day)|working day (?P<working>\d+)) )?(?P<hour>\d{2}):(?P<minute>\d{2})"
)
_SPAN = re.compile(r"(?P<count>\d{1,3}) (?P<unit>working days?|days?|hours?)")
_LENGTH = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment inside a period, or of the next one."""

    time: time
    next: bool = False
    weekday: int | None = None
    month: int = 1
    day: int | None = None
    last: bool = False
    working: int | None = None

    @classmethod
    def parse(cls, text: str, every: Every) -> Moment:
        """The moment that ``text`` names in a form filled in ``every`` so often.

        Raises :class:`UserError` (``form.bad_moment``) with what can be written instead.
        """
        found = _MOMENT.fullmatch(" ".join(text.lower().split()))
        try:
            if found is None:
                raise ValueError
            part = found.groupdict()
            made = cls(
                time(int(part["hour"]), int(part["minute"])),
                bool(part["next"]),
                WEEKDAYS.index(part["weekday"]) if part["weekday"] else None,
                int(part["month"] or 1),
                int(part["day"]) if part["day"] else None,
                bool(part["last"]),
                int(part["working"]) if part["working"] else None,
            )
            if not _fits(made, every, bool(part["month"])):
                raise ValueError
        except ValueError:
            example = _EXAMPLES[every]
            raise UserError(
                "form.bad_moment",
                f"“{text}”不是{_WORDS[every]}报表的时间，请写成 {example}。",
                f"“{text}” is no moment of a form filled in {every}; write it like {example}.",
            ) from None
        return made

    def within(self, first: date, every: Every) -> datetime:
        """The moment in the period that begins on ``first``, in Beijing time."""
        if self.next:
            first = following(first, every)
        return datetime.combine(self._day(first, every), self.time, BEIJING)

    def _day(self, first: date, every: Every) -> date:
        if every in ("day", "once"):
            return first
        if every == "week":
            return first + timedelta(days=self.weekday or 0)
        if self.last:
            return following(first, every) - timedelta(days=1)
        month = add_months(first, self.month - 1)
        if self.working is not None:
            return add_workdays(month - timedelta(days=1), self.working)
        most = calendar.monthrange(month.year, month.month)[1]
        return month.replace(day=min(self.day or 1, most))


def _fits(made: Moment, every: Every, named_month: bool) -> bool:
    dayless = made.day is None and not made.last and made.working is None
    if every in ("day", "once"):
        return made.weekday is None and dayless and not named_month
    if every == "week":
        return made.weekday is not None
    if made.last and named_month:  # the last day is that of the whole period
        return False
    in_range = all(one is None or 1 <= one <= most for one, most in ((made.day, 31), (made.working, 20)))
    return made.weekday is None and not dayless and in_range and 1 <= made.month <= _LENGTH[every]


_WORDS = {"once": "一次性", "day": "日", "week": "周", "month": "月", "quarter": "季", "year": "年"}
_EXAMPLES: dict[Every, str] = {
    "once": "12:00",
    "day": "12:00",
    "week": "friday 17:00",
    "month": "next day 10 17:00",
    "quarter": "next day 10 17:00",
    "year": "next month 4 day 30 17:00",
}


def add_months(day: date, count: int) -> date:
    """The first of the month ``count`` months later."""
    number = day.year * 12 + day.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def first_day(day: date, every: Every) -> date:
    """The first day of the period in which ``day`` lies."""
    if every in ("day", "once"):
        return day
    if every == "week":
        return day - timedelta(days=day.weekday())
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[every]
    return date(day.year, month, 1)


def following(first: date, every: Every, count: int = 1) -> date:
    """The first day of the period ``count`` later than the one that begins on ``first`` (earlier when negative)."""
    if every in ("day", "once"):
        return first + timedelta(days=count)
    if every == "week":
        return first + timedelta(days=7 * count)
    return add_months(first, count * _LENGTH[every])


def check_span(text: str) -> None:
    """Raises :class:`UserError` (``form.bad_span``) where ``text`` is no span of time."""
    if _SPAN.fullmatch(" ".join(text.lower().split())) is None:
        raise UserError(
            "form.bad_span",
            f"“{text}”不是时长，请写成 5 working days、2 days 或 12 hours。",
            f"“{text}” is no span of time; write 5 working days, 2 days or 12 hours.",
        )


def after(moment: datetime, span: str, works: Works = is_workday) -> datetime:
    """The end of ``span`` after ``moment``: days and working days end at midnight, hours to the minute."""
    check_span(span)
    count, unit = " ".join(span.lower().split()).split(" ", 1)
    if unit.startswith("hour"):
        return moment + timedelta(hours=int(count))
    day = moment.date()
    day = add_workdays(day, int(count), works) if unit.startswith("working") else day + timedelta(days=int(count))
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)


def last_working_day(first: date, last: date) -> date | None:
    """The last working day from ``first`` to ``last``; None where there is none."""
    day = last
    while day >= first:
        if is_workday(day):
            return day
        day -= timedelta(days=1)
    return None


def first_working_day(first: date, last: date) -> date | None:
    """The first working day from ``first`` to ``last``; None where there is none."""
    day = first
    while day <= last:
        if is_workday(day):
            return day
        day += timedelta(days=1)
    return None
