"""The desk's working-day calendar: the engine's, counted from the business date."""

from __future__ import annotations

from datetime import date

from commercebrain.desk.core.clock import today
from commercebrain.engine.workdays import add_workdays, is_workday, workdays_between

__all__ = ["add_workdays", "is_workday", "workdays_between", "workdays_left"]


def workdays_left(due: date) -> int:
    """Working days from the business date to ``due``; negative once it has passed."""
    return workdays_between(today(), due)
