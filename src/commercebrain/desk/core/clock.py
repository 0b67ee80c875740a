"""The desk's today: the date that ``cbrain tick --to`` set, else the engine's business date."""

from __future__ import annotations

import os
from datetime import date

from commercebrain.engine.clock import business_date
from commercebrain.engine.errors import UserError

KEY = "business_date"


def _stored() -> date | None:
    from commercebrain.desk.core.models import Setting

    stored = Setting.objects.filter(key=KEY).values_list("value", flat=True).first()
    return date.fromisoformat(stored) if stored else None


def today() -> date:
    """The business date of this installation."""
    return _stored() or business_date()


def pinned() -> bool:
    """Whether the business date stands still, by the environment or by ``cbrain tick --to``."""
    return bool(os.environ.get("CBRAIN_TODAY", "").strip()) or _stored() is not None


def move_to(day: date) -> None:
    """Sets the business date (``cbrain tick --to``) and writes the event.

    Raises :class:`UserError` (``clock.backwards``) for a date before the present one: events are in order.
    """
    from django.db import transaction

    from commercebrain.desk.core.events import record
    from commercebrain.desk.core.models import Setting

    before = today()
    if day < before:
        raise UserError(
            "clock.backwards",
            f"业务日期只能向前：现在是 {before}，不能改为 {day}。",
            f"The business date only moves forward: it is {before} and cannot become {day}.",
        )
    with transaction.atomic():
        Setting.objects.update_or_create(key=KEY, defaults={"value": day.isoformat()})
        record("clock.moved", ("core.setting", KEY), None, before=before, after=day)
