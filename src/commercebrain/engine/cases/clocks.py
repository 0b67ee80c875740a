"""When a clock is due: from an event over a span, minus its pauses, on a working day of its calendar.

“Within 3 working days” ends at the close of the third working day after the day of the event; days, months and years end at
the close of their last day, moved where that is a day off; hours are hours of the clock and may end on any day. A pause
stands still: on resuming there is as much left as when it began, counted as the span counts.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from commercebrain.engine.cases.calendars import HOME, Calendar, calendar_of
from commercebrain.engine.cases.spans import Span
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError

#: The close of a day: its last second.
CLOSE = time(23, 59, 59)
Pause = tuple[datetime, datetime | None]


def due(
    start: datetime,
    within: str | Span,
    calendar: str = HOME,
    pauses: Sequence[Pause] = (),
    *,
    holiday: Literal["before", "after"] | None = None,
    now: datetime | None = None,
) -> datetime:
    """When a clock that started at ``start`` is due, in the zone of its ``calendar``.

    ``pauses`` are spans (from, until), in any order; one that has not ended counts up to ``now`` (at least its beginning).
    A pause that began when the clock was already due changes nothing. Raises :class:`UserError` (``case.no_calendar``)
    for an unknown calendar, (``case.naive_moment``) for a moment without a zone.
    """
    span, days = within if isinstance(within, Span) else Span.parse(within), calendar_of(calendar)
    how = holiday or ("after" if days.code == HOME else "before")
    began = _in(start, days)
    stood = _joined(pauses, began, now, days)
    found, lost, lost_time = _end(began, span, days, how, 0, timedelta()), 0, timedelta()
    for since, until in stood:
        if since > found:
            break
        lost_time += until.astimezone(BEIJING) - since.astimezone(BEIJING)  # in one zone summer time would be lost
        lost += (
            days.between(since.date(), until.date())
            if span.unit == "working day"
            else (until.date() - since.date()).days
        )
        found = _end(began, span, days, how, lost, lost_time)
    return found


def _end(start: datetime, span: Span, days: Calendar, how: str, lost: int, lost_time: timedelta) -> datetime:
    if span.unit == "hour":
        # Hours of the clock are counted in universal time, so that a change to summer time takes none away.
        return (start.astimezone(BEIJING) + timedelta(hours=span.count) + lost_time).astimezone(days.zone)
    if span.unit == "working day":
        first = start.date()
        if span.count == 0 and lost == 0:
            return close(days.moved(first, "after"), days)
        return close(days.add(first, span.count + lost), days)
    if span.unit == "day":
        last = start.date() + timedelta(days=span.count)
    else:
        last = _months_later(start.date(), span.count * (12 if span.unit == "year" else 1))
    return close(days.moved(last + timedelta(days=lost), how, start.date()), days)


def _months_later(day: date, count: int) -> date:
    number = day.year * 12 + day.month - 1 + count
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, months.monthrange(year, month)[1]))


def close(day: date, days: Calendar | str = HOME) -> datetime:
    """The close of a day in the zone of a calendar."""
    return datetime.combine(day, CLOSE, (calendar_of(days) if isinstance(days, str) else days).zone)


def due_on(day: date, calendar: str = HOME, *, holiday: Literal["before", "after"] | None = None) -> datetime:
    """The close of a day that somebody set; moved where it is a day off of the calendar."""
    days = calendar_of(calendar)
    return close(days.moved(day, holiday or ("after" if days.code == HOME else "before")), days)


def unannounced(start: datetime, end: datetime, calendar: str = HOME) -> int | None:
    """The first year between two moments that a calendar counts by its weekends, because it is not announced yet."""
    days = calendar_of(calendar)
    return days.unannounced(_in(start, days).date(), _in(end, days).date())


def preliminary(year: int) -> Words:
    """What is said beside a day that was counted by the weekends of a year."""
    return Words(
        zh=f"{year}年放假安排尚未公布，暂按周末推算",
        en=f"the holidays of {year} are not announced yet: counted by weekends, preliminary",
    )


def remaining(due_at: datetime, now: datetime, calendar: str = HOME) -> int:
    """How many working days of the calendar are left after today up to the due day; negative where it is over."""
    days = calendar_of(calendar)
    return days.between(_in(now, days).date(), _in(due_at, days).date())


def late_by(due_at: datetime, now: datetime, calendar: str = HOME) -> int | None:
    """How many working days a clock is late: None while it is not, 0 on the day on which it became late."""
    if now <= due_at:
        return None
    return max(0, -remaining(due_at, now, calendar))


def is_late_by(span: Span | str, due_at: datetime, now: datetime, calendar: str = HOME) -> bool:
    """Whether a clock is late by at least a span: what a step of an escalation waits for."""
    by = Span.parse(span) if isinstance(span, str) else span
    late = late_by(due_at, now, calendar)
    if late is None:
        return False
    if by.unit == "working day":
        return late >= by.count
    if by.unit == "hour":
        return now.astimezone(BEIJING) >= due_at.astimezone(BEIJING) + timedelta(hours=by.count)
    days = calendar_of(calendar)
    count = by.count * {"day": 1, "month": 30, "year": 365}[by.unit]
    return (_in(now, days).date() - _in(due_at, days).date()).days >= count


def _in(moment: datetime, days: Calendar) -> datetime:
    if moment.tzinfo is None:
        raise UserError("case.naive_moment", "时刻须带时区。", "A moment needs its time zone.")
    return moment.astimezone(days.zone)


def _joined(
    pauses: Sequence[Pause], start: datetime, now: datetime | None, days: Calendar
) -> list[tuple[datetime, datetime]]:
    """Pauses from the start on, in order, those that overlap joined into one."""
    found: list[tuple[datetime, datetime]] = []
    for since, until in sorted(pauses, key=lambda one: one[0]):
        first = max(_in(since, days), start)
        last = _in(until if until is not None else max(now or since, since), days)
        if last <= first:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


@dataclass(frozen=True)
class TwoDays:
    """A deadline abroad, seen from both sides: when it is there and here, whether that day is a working day at home, and
    the last working day at home that is over by then. ``unannounced``: the year at home that was counted by its weekends for
    it, because its notice is not known yet."""

    there: datetime
    here: datetime
    where: Words
    home_workday: bool
    ready_by: date
    unannounced: int | None = None

    @property
    def words(self) -> Words:
        """Both in one sentence."""
        zone = str(self.there.tzinfo)
        zh = f"{self.where.zh}当地时间{self.there:%Y-%m-%d %H:%M}（{zone}），北京时间{self.here:%Y-%m-%d %H:%M}"
        en = f"{self.there:%Y-%m-%d %H:%M} in {self.where.en} ({zone}), {self.here:%Y-%m-%d %H:%M} in Beijing"
        zh += ("" if self.home_workday else "（国内休息日）") + f"，最迟{self.ready_by}下班前办妥"
        en += ("" if self.home_workday else " (a day off at home)") + f"; be ready by the close of {self.ready_by}"
        if self.unannounced is not None:
            told = preliminary(self.unannounced)
            zh, en = f"{zh}（{told.zh}）", f"{en} ({told.en})"
        return Words(zh=f"{zh}。", en=f"{en}.")


def both(due_at: datetime, calendar: str) -> TwoDays:
    """The deadline in the zone and calendar of the authority and at home."""
    there, home = calendar_of(calendar), calendar_of(HOME)
    here = due_at.astimezone(BEIJING)
    over = here.date() if here.time() >= CLOSE else here.date() - timedelta(days=1)
    ready = home.moved(over, "before")
    working, year = home.is_workday(here.date()), home.unannounced(ready, here.date())
    return TwoDays(due_at.astimezone(there.zone), here, there.name, working, ready, year)
