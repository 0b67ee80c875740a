"""Moves the business date; whatever depends on the date is computed from it when it is asked for."""

from __future__ import annotations

from datetime import date, timedelta

from commercebrain.engine.errors import UserError
from commercebrain.operations.setup_django import ready


def tick(to: date | None = None) -> tuple[date, date]:
    """Sets the business date to ``to`` (default: the next day); returns the old and the new date.

    Time does not run backwards: an earlier date raises :class:`UserError`.
    """
    ready()
    from django.db import transaction

    from commercebrain.desk.core.clock import today
    from commercebrain.desk.core.events import record
    from commercebrain.desk.core.models import Setting

    before = today()
    after = to or before + timedelta(days=1)
    if after < before:
        raise UserError(
            "tick.backwards",
            f"业务日期不能倒退：现在是 {before}，要改成 {after}。要看过去，请在页面上选择“截至”日期，或用 --as-of。",
            f"The business date cannot go back: it is {before}, asked for {after}. To look at the past choose "
            "“as of” on the page, or use --as-of.",
        )
    with transaction.atomic():
        setting, _ = Setting.objects.update_or_create(key="business_date", defaults={"value": after.isoformat()})
        record("clock.moved", setting, None, before=before.isoformat(), after=after.isoformat())
    return before, after
