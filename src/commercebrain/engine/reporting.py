"""The monthly round of updates: for which months one is asked, and until when a month may be written."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from commercebrain.engine.errors import UserError
from commercebrain.engine.workdays import add_workdays


def first_of(day: date) -> date:
    """The first day of ``day``'s month: how a month is named."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The month after ``month``."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def closes_on(month: date, workdays: int) -> date | None:
    """The last day on which ``month`` may be written: the ``workdays``-th working day of the next month.

    None where the holidays of that time are not announced yet: such a month is still open.
    """
    try:
        return add_workdays(month.replace(day=monthrange(month.year, month.month)[1]), workdays)
    except UserError:
        return None


@dataclass(frozen=True, slots=True)
class Round:
    """The months of one lead unit on one task: ``due`` may still be written, ``missing`` is closed without a word."""

    due: tuple[date, ...]
    missing: tuple[date, ...]


def months_asked(
    since: date, on: date, *, deadline: date | None, done: date | None, given: frozenset[date], workdays: int
) -> Round:
    """Which months are due or missing on ``on`` for a unit that was given a task on ``since``.

    Months are asked for from that of ``since`` until the task is done, at the latest until ``on``. Nothing is asked
    month by month of a task whose deadline had passed before it was given to the unit: it needs a closing statement,
    not a report. ``given`` holds the months that were written.
    """
    if deadline is not None and deadline < since:
        return Round((), ())
    last = first_of(min(on, done) if done is not None else on)
    due: list[date] = []
    missing: list[date] = []
    month = first_of(since)
    while month <= last:
        if month not in given:
            end = closes_on(month, workdays)
            (missing if end is not None and end < on else due).append(month)
        month = next_month(month)
    return Round(tuple(due), tuple(missing))
