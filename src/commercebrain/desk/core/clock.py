"""The desk's today: the date that ``cbrain tick --to`` set, else the engine's business date."""

from __future__ import annotations

from datetime import date

from commercebrain.engine.clock import business_date


def today() -> date:
    """The business date of this installation."""
    from commercebrain.desk.core.models import Setting

    stored = Setting.objects.filter(key="business_date").values_list("value", flat=True).first()
    return date.fromisoformat(stored) if stored else business_date()
