"""The rounds of a form: which periods there are, and when each opens, is due and is locked. Clocks are Beijing time.

A weekly form that is due on a day off is due on the last working day before it. Where the week has none before that day,
it is due on the week's first working day after it (a Saturday or Sunday worked as 调休); a week without any working day
has no round: its firms are asked in the next one. What is due once a month, quarter or year moves to the next working day
(遇节假日顺延) unless the declaration says otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.moments import (
    Every,
    Moment,
    after,
    first_day,
    first_working_day,
    following,
    last_working_day,
)
from commercebrain.engine.workdays import is_workday

if TYPE_CHECKING:
    from commercebrain.engine.forms.kinds import FormKind

_LONGEST_WAIT = 14  # days by which holidays can move a due day


@dataclass(frozen=True, slots=True)
class RoundDates:
    """One period of a form and its three moments, in Beijing time. From ``locks`` on nothing is taken."""

    period: str
    opens: datetime
    due: datetime
    locks: datetime


def rounds_due(form: FormKind, since: date, until: date) -> list[RoundDates]:
    """The rounds that open by the calendar from ``since`` to ``until``, in order.

    None for a form that is opened by a decision, or asked once: :func:`rounds_between` and :func:`round_at_once` make
    theirs. Raises :class:`UserError` (``workdays.unknown_year``) where the year's holidays are not known yet.
    """
    if form.opened == "decision" or form.every == "once":
        return []
    return rounds_between(form, since, until)


def rounds_between(form: FormKind, since: date, until: date) -> list[RoundDates]:
    """The rounds whose opening lies between two days, whether the form opens by itself or not."""
    if form.every == "once":
        return []
    first = following(first_day(since, form.every), form.every, -1 if form.opening.next else 0)
    found: list[RoundDates] = []
    while True:
        if form.opening.within(first, form.every).date() > until:
            return found
        made = round_of(form, first)
        if made is not None and made.opens.date() >= since:
            found.append(made)
        first = following(first, form.every)


def round_of(form: FormKind, day: date) -> RoundDates | None:
    """The round of the period in which ``day`` lies; None where that period has none (no working day)."""
    first = first_day(day, form.every)
    if form.every == "day" and not form.weekends and not is_workday(first):
        return None
    opens = form.opening.within(first, form.every)
    due = _moved(form, opens, form.deadline.within(first, form.every))
    if due is None:
        return None
    return RoundDates(period_text(first, form.every), opens, due, max(due, after(due, form.locks_after)))


def _moved(form: FormKind, opens: datetime, due: datetime) -> datetime | None:
    """``due`` on a working day, as the form wants it; None where there is none."""
    rule, day = form.holiday_rule, due.date()
    if rule == "same" or is_workday(day):
        return due
    last = day + timedelta(days=6 - day.weekday() if form.every == "week" else _LONGEST_WAIT)
    earlier = last_working_day(opens.date(), day) if rule == "before" else None
    chosen = earlier or first_working_day(day, last)
    return None if chosen is None else due.replace(year=chosen.year, month=chosen.month, day=chosen.day)


def round_at_once(form: FormKind, period: str, opens: datetime, due: datetime) -> RoundDates:
    """A round that somebody opens by hand under a name of its own.

    Raises :class:`UserError` (``form.bad_period``, ``form.bad_dates``).
    """
    name = " ".join(period.split())
    if not name or len(name) > 20:
        raise UserError(
            "form.bad_period", "请给本期起一个1至20个字的名称。", "Give this round a name of 1 to 20 characters."
        )
    if due <= opens:
        raise UserError(
            "form.bad_dates",
            f"截止时间（{due:%Y-%m-%d %H:%M}）须晚于开放时间（{opens:%Y-%m-%d %H:%M}）。",
            f"The due time ({due:%Y-%m-%d %H:%M}) must come after the opening ({opens:%Y-%m-%d %H:%M}).",
        )
    return RoundDates(name, opens, due, max(due, after(due, form.locks_after)))


# -- the texts of periods


def period_text(first: date, every: Every) -> str:
    """How a period is written: 2025-07-21, 2025-W30, 2025-07, 2025Q3, 2025."""
    if every == "week":
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02d}"
    if every == "month":
        return f"{first:%Y-%m}"
    if every == "quarter":
        return f"{first.year}Q{(first.month - 1) // 3 + 1}"
    return f"{first.year}" if every == "year" else first.isoformat()


_FORMS: tuple[tuple[Every, re.Pattern[str]], ...] = (
    ("week", re.compile(r"(\d{4})-W(\d{2})")),
    ("day", re.compile(r"(\d{4})-(\d{2})-(\d{2})")),
    ("month", re.compile(r"(\d{4})-(\d{2})")),
    ("quarter", re.compile(r"(\d{4})Q([1-4])")),
    ("year", re.compile(r"(\d{4})")),
)


def read_period(text: str) -> tuple[Every, date]:
    """How long a period is, and its first day; :class:`UserError` (``form.bad_period``) where ``text`` is none."""
    for every, pattern in _FORMS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        try:
            numbers = [int(one) for one in found.groups()]
            if every == "week":
                return every, date.fromisocalendar(numbers[0], numbers[1], 1)
            if every == "quarter":
                return every, date(numbers[0], numbers[1] * 3 - 2, 1)
            return every, date(*[*numbers, 1, 1][:3])
        except ValueError:
            break
    raise UserError(
        "form.bad_period",
        f"“{text}”不是期次，请写成 2025-07-21、2025-W30、2025-07、2025Q3 或 2025。",
        f"“{text}” is no period; write it like 2025-07-21, 2025-W30, 2025-07, 2025Q3 or 2025.",
    )


def period_before(text: str, count: int = 1) -> str:
    """The period ``count`` earlier."""
    every, first = read_period(text)
    return period_text(following(first, every, -count), every)


def say_period(text: str, language: str = "zh") -> str:
    """A period as people read it: 2025年第30周（7月21日—27日）; a name of its own stays as it is."""
    try:
        every, first = read_period(text)
    except UserError:
        return text
    chinese = language.startswith("zh")
    if every == "week":
        last, (year, week, _) = first + timedelta(days=6), first.isocalendar()
        if chinese:
            end = f"{last.day}日" if last.month == first.month else f"{last.month}月{last.day}日"
            return f"{year}年第{week}周（{first.month}月{first.day}日—{end}）"
        return f"week {week} of {year} ({first.day} {first:%b}–{last.day} {last:%b})"
    if every == "day":
        return f"{first.year}年{first.month}月{first.day}日" if chinese else f"{first.day} {first:%b} {first.year}"
    if every == "month":
        return f"{first.year}年{first.month}月" if chinese else f"{first:%b} {first.year}"
    if every == "quarter":
        number = (first.month - 1) // 3
        return f"{first.year}年{'一二三四'[number]}季度" if chinese else f"Q{number + 1} {first.year}"
    return f"{first.year}年" if chinese else f"{first.year}"


__all__ = [
    "Moment",
    "RoundDates",
    "period_before",
    "period_text",
    "read_period",
    "round_at_once",
    "round_of",
    "rounds_between",
    "rounds_due",
    "say_period",
]
