"""Reads of the register of regions: public, so every signed-in person sees all of it."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from commercebrain.desk.core.clock import today
from commercebrain.desk.registry.models import Region


def regions(on: date | None = None) -> QuerySet[Region]:
    """The regions valid on a day (default: the business date)."""
    return Region.objects.valid_on(on or today()).select_related("parent")


def region(code: str, on: date | None = None) -> Region | None:
    """The region of a code as it stands on a day, else the last one that bore the code."""
    day = on or today()
    rows = Region.objects.select_related("parent").filter(code=code)
    return rows.valid_on(day).first() or rows.order_by("-valid_to").first()


def history(code: str) -> QuerySet[Region]:
    """All that a code has meant, the oldest first."""
    return Region.objects.filter(code=code).order_by("valid_from")
