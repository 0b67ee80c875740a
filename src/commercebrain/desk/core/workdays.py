"""The desk's working-day calendar: the engine's, counted from the business date.

Where the State Council has not announced a year yet the desk goes on by its weekends: nobody's clock, reminder or warning
stops in January because an update is late. What is counted so is preliminary, and pages that set a day by it say so.
"""

from __future__ import annotations

from datetime import date

from commercebrain.desk.core.clock import today
from commercebrain.engine import workdays
from commercebrain.engine.workdays import likely_workday as is_workday

__all__ = ["add_workdays", "is_workday", "workdays_between", "workdays_left"]


def add_workdays(day: date, count: int) -> date:
    """The ``count``-th working day after ``day`` (before it when negative); 0 is ``day`` itself."""
    return workdays.add_workdays(day, count, is_workday)


def workdays_between(first: date, last: date) -> int:
    """How many working days come after ``first`` up to and with ``last``; negative when ``last`` is earlier."""
    return workdays.workdays_between(first, last, is_workday)


def workdays_left(due: date) -> int:
    """Working days from the business date to ``due``; negative once it has passed."""
    return workdays_between(today(), due)
