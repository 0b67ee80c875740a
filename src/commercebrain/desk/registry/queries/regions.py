"""Reads of the register of regions: public, so every signed-in person sees all of it."""

from __future__ import annotations

from datetime import date

from django.db.models import F, QuerySet

from commercebrain.desk.core.clock import today
from commercebrain.desk.registry.models import Region, RegionChange


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


def as_of(code: str, day: date) -> Region | None:
    """The region that bore ``code`` on ``day``; none when no region did."""
    return Region.objects.select_related("parent").filter(code=code).valid_on(day).first()


def successors(code: str, day: date, since: date | None = None) -> list[Region]:
    """What has become by ``day`` of the region that bore ``code`` on ``since`` (default: the earliest that did).

    Follows the declared steps one after another; a region that still stands is its own successor, together with those
    that took a part of it. The answer is in the order of codes, and empty for a code that never was.
    """
    rows = Region.objects.filter(code=code)
    start = rows.valid_on(since).first() if since else rows.order_by(F("valid_from").asc(nulls_first=True)).first()
    if start is None:
        return []
    steps: dict[int, list[RegionChange]] = {}
    for step in RegionChange.objects.filter(day__lte=day).select_related("after"):
        steps.setdefault(step.before_id, []).append(step)
    reached, edge = {start.pk: start}, [start]
    while edge:
        for step in steps.get(edge.pop().pk, []):
            if (since is None or step.day > since) and step.after_id not in reached:
                reached[step.after_id] = step.after
                edge.append(step.after)
    standing = [r for r in reached.values() if (r.valid_from or day) <= day <= (r.valid_to or day)]
    return sorted(standing, key=lambda r: r.code)


def origins(region: Region) -> QuerySet[RegionChange]:
    """The steps that led to a region."""
    return RegionChange.objects.filter(after=region).select_related("before")


def successions(region: Region) -> QuerySet[RegionChange]:
    """The steps that led away from a region."""
    return RegionChange.objects.filter(before=region).select_related("after")
