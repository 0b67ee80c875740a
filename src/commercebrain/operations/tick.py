"""Moves the business date where it stands still, then does what is due: scheduled jobs, lost jobs, sealing the log.

Whatever else depends on the date is computed from it when it is asked for.
"""

from __future__ import annotations

from datetime import date, timedelta

from commercebrain.engine.errors import UserError
from commercebrain.operations.setup_django import ready


def tick(to: date | None = None) -> tuple[date, date]:
    """Sets the business date to ``to`` and starts what is due by then; returns the old and the new date.

    Without ``to`` a date that is pinned moves to the next day, and one that follows the calendar stays what it is, so
    that a timer of the system may call this every minute; calling it twice does nothing twice.

    Time does not run backwards: an earlier date raises :class:`UserError`.
    """
    ready()
    from commercebrain.desk.core.clock import pinned, today
    from commercebrain.desk.core.jobs import look_after

    before = today()
    after = to or (before + timedelta(days=1) if pinned() else before)
    if after < before:
        raise UserError(
            "tick.backwards",
            f"业务日期不能倒退：现在是 {before}，要改成 {after}。要看过去，请在页面上选择“截至”日期，或用 --as-of。",
            f"The business date cannot go back: it is {before}, asked for {after}. To look at the past choose "
            "“as of” on the page, or use --as-of.",
        )
    if to or after != before:
        _move(before, after)
    look_after()
    return before, after


def _move(before: date, after: date) -> None:
    from django.db import transaction

    from commercebrain.desk.core.events import record
    from commercebrain.desk.core.models import Setting

    with transaction.atomic():
        setting, _ = Setting.objects.update_or_create(key="business_date", defaults={"value": after.isoformat()})
        record("clock.moved", setting, None, before=before.isoformat(), after=after.isoformat())
