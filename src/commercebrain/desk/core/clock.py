"""The desk's today: the date that ``cbrain tick --to`` set, else the engine's business date."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db.models import QuerySet

from commercebrain.desk.core.memo import as_if, once
from commercebrain.desk.core.prepared import prepared
from commercebrain.engine.clock import business_date

KEY = "business_date"


def _stored() -> date | None:
    return once(KEY, _read)


def _read() -> date | None:
    stored = _setting.first(KEY)
    return date.fromisoformat(stored) if stored else None


@prepared
def _setting(key: str) -> QuerySet[Any, str]:
    from commercebrain.desk.core.models import Setting

    return Setting.objects.filter(key=key).values_list("value", flat=True)


def today() -> date:
    """The business date of this installation."""
    return _stored() or business_date()


def pinned() -> bool:
    """Whether the business date stands still, by the environment or by ``cbrain tick --to``."""
    return bool(os.environ.get("CBRAIN_TODAY", "").strip()) or _stored() is not None


@contextmanager
def standing_at(day: date) -> Iterator[None]:
    """Inside the block the business date is ``day``: what persons of the demonstration did on earlier days goes through
    the same actions as anybody's. Nothing else may use it."""
    with as_if({KEY: day}):
        yield
