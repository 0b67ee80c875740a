"""How often something happens, in words that a calendar understands: ``day 03:00``, ``workday 08:30``, ``week 1 07:00``.

===================  =================================================================
``hour 15``          every hour at 15 minutes past
``day 03:00``        every day
``workday 08:30``    every working day of the State Council's notice, make-up days included
``week 1 07:00``     every Monday (1) … Sunday (7)
``month 5 06:00``    the 5th of every month, 1 to 28
``month last 18:00`` the last day of every month
===================  =================================================================

Times are Beijing time without a zone; a slot is one such moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from commercebrain.engine.errors import UserError
from commercebrain.engine.workdays import is_workday

Unit = Literal["hour", "day", "workday", "week", "month"]
FORM = re.compile(
    r"(?:hour (?P<past>\d{1,2})|(?P<unit>day|workday|(?:week|month) (?P<on>\d{1,2}|last)) (?P<at>\d\d:\d\d))$"
)
WEEKDAYS = (("周一", "Monday"), ("周二", "Tuesday"), ("周三", "Wednesday"), ("周四", "Thursday"), ("周五", "Friday"),
            ("周六", "Saturday"), ("周日", "Sunday"))  # fmt: skip


@dataclass(frozen=True)
class Rhythm:
    """A parsed rhythm: its unit, the day within the week or month (0: the last), the time of day."""

    unit: Unit
    at: time
    on: int = 0

    def __str__(self) -> str:
        """As it is written."""
        if self.unit == "hour":
            return f"hour {self.at.minute}"
        day = f" {self.on or 'last'}" if self.unit in ("week", "month") else ""
        return f"{self.unit}{day} {self.at:%H:%M}"

    @property
    def zh(self) -> str:
        """In Chinese."""
        day = {"day": "每天", "workday": "每个工作日", "month": f"每月{self.on}日" if self.on else "每月最后一天"}
        if self.unit == "hour":
            return f"每小时第{self.at.minute}分"
        return f"{day.get(self.unit) or '每' + WEEKDAYS[self.on - 1][0]} {self.at:%H:%M}"

    @property
    def en(self) -> str:
        """In English."""
        day = {
            "day": "every day",
            "workday": "every working day",
            "month": f"day {self.on} of every month" if self.on else "last day of every month",
        }
        if self.unit == "hour":
            return f"every hour at {self.at.minute} past"
        return f"{day.get(self.unit) or 'every ' + WEEKDAYS[self.on - 1][1]} {self.at:%H:%M}"

    def _holds(self, day: date) -> bool:
        if self.unit == "workday":
            return is_workday(day)
        if self.unit == "week":
            return day.isoweekday() == self.on
        if self.unit == "month":
            return day.day == self.on if self.on else (day + timedelta(days=1)).day == 1
        return True

    def slots(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Every slot later than ``after`` and not later than ``until``, in order.

        Raises :class:`UserError` for working days of a year whose notice is not known.
        """
        day = after.date()
        while day <= until.date():
            if self._holds(day):
                hours = range(24) if self.unit == "hour" else (self.at.hour,)
                for hour in hours:
                    slot = datetime.combine(day, time(hour, self.at.minute))
                    if after < slot <= until:
                        yield slot
            day += timedelta(days=1)

    def following(self, after: datetime) -> datetime:
        """The first slot later than ``after``."""
        return next(self.slots(after, after + timedelta(days=62)))


def parse_rhythm(text: str) -> Rhythm:
    """The rhythm that a text says; raises :class:`UserError` when it says none."""
    match = FORM.match(text.strip())
    if match:
        past, unit, on, at = match.group("past", "unit", "on", "at")
        try:
            if past is not None:
                return Rhythm("hour", time(0, int(past)))
            moment = time.fromisoformat(at)
            number = 0 if on in (None, "last") else int(on)
            name = unit.split()[0]
            if name in ("day", "workday"):
                return Rhythm("day" if name == "day" else "workday", moment)
            if name == "week" and on != "last" and 1 <= number <= 7:
                return Rhythm("week", moment, number)
            if name == "month" and (on == "last" or 1 <= number <= 28):
                return Rhythm("month", moment, number)
        except ValueError:
            pass
    raise UserError(
        "rhythm.not_one",
        f"“{text}”不是周期，请写成 day 03:00、workday 08:30、week 1 07:00、month 5 06:00、month last 18:00 或 hour 15。",
        f"“{text}” is not a rhythm; write day 03:00, workday 08:30, week 1 07:00, month 5 06:00, month last 18:00 "
        "or hour 15.",
    )
