"""The desk's today: the date that ``cbrain tick --to`` set, else the engine's business date."""

from __future__ import annotations

import os
from datetime import date

from commercebrain.desk.core.memo import once
from commercebrain.engine.clock import business_date

KEY = "business_date"


def _stored() -> date | None:
    return once(KEY, _read)


def _read() -> date | None:
    from commercebrain.desk.core.models import Setting

    stored = Setting.objects.filter(key=KEY).values_list("value", flat=True).first()
    return date.fromisoformat(stored) if stored else None


def today() -> date:
    """The business date of this installation."""
    return _stored() or business_date()


def pinned() -> bool:
    """Whether the business date stands still, by the environment or by ``cbrain tick --to``."""
    return bool(os.environ.get("CBRAIN_TODAY", "").strip()) or _stored() is not None
