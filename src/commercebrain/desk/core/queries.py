"""Reads of jobs and events."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from commercebrain.desk.core.models import Event, Job
from commercebrain.desk.people.models import Person
from commercebrain.desk.people.queries import runs_system

Reader = Person | AnonymousUser


def jobs_visible_to(person: Reader) -> QuerySet[Job]:
    """One's own jobs; all of them for who runs the system."""
    if not person.is_authenticated or not person.is_active:
        return Job.objects.none()
    if runs_system(person):
        return Job.objects.select_related("person")
    return Job.objects.select_related("person").filter(person=person)


def events_visible_to(person: Reader) -> QuerySet[Any]:
    """Events of the units in one's sight and one's own; all of them for who runs the system."""
    if not person.is_authenticated or not person.is_active:
        return Event.objects.none()
    rows: QuerySet[Any] = Event.objects.all()
    if not runs_system(person):
        # One condition, not a list of ids: with 1,000,000 events that would be read whole before the first row.
        rows = Event.objects.visible_to(person) | Event.objects.filter(person=person)
    return rows.select_related("person", "unit")
