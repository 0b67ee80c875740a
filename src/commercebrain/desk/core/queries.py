"""Reads of jobs and events."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.models import Event, Job
from commercebrain.desk.people.authority import accounts_near
from commercebrain.desk.people.models import Person
from commercebrain.desk.people.scopes import managed_by

Reader = Person | AnonymousUser


def jobs_visible_to(person: Reader) -> QuerySet[Job]:
    """One's own jobs, and for who runs the system those of the accounts of the managed area.

    What the system itself began belongs to nobody's area: only who manages everything sees it.
    """
    if not person.is_authenticated or not person.is_active:
        return Job.objects.none()
    rows, area = Job.objects.select_related("person"), managed_by(person, today())
    if area.everything:
        return rows
    mine = Q(person=person)
    if area.units:
        mine |= Q(person__in=accounts_near(person).order_by().values("pk"))
    return rows.filter(mine)


def events_visible_to(person: Reader) -> QuerySet[Any]:
    """Events of the units in one's sight and one's own.

    For who runs the system also those of the managed units, and what the accounts of the managed area did in no unit
    (signing in); all of them for who manages everything.
    """
    if not person.is_authenticated or not person.is_active:
        return Event.objects.none()
    rows: QuerySet[Any] = Event.objects.all()
    area = managed_by(person, today())
    if not area.everything:
        # One condition, not a list of ids: with 1,000,000 events that would be read whole before the first row.
        rows = Event.objects.visible_to(person) | Event.objects.filter(person=person)
        if area.units:
            near = accounts_near(person).order_by().values("pk")
            rows |= Event.objects.filter(Q(unit__in=area.units) | Q(unit=None, person__in=near))
    return rows.select_related("person", "unit")
