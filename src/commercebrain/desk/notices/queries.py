"""Reads: a person's own notices; the programs that an administrator sees."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.memo import once
from commercebrain.desk.notices.models import Call, Endpoint, Notice, Subscription
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.people.scopes import managed_by

Reader = Person | AnonymousUser


def notices_of(person: Reader) -> QuerySet[Notice]:
    """The person's own notices, newest first."""
    if not person.is_authenticated:
        return Notice.objects.none()
    return Notice.objects.filter(person=person, in_app=True).select_related("event__person", "event__unit")


def unread(person: Reader) -> int:
    """How many notices the person has not read; one indexed count, asked once a page."""
    if not person.is_authenticated:
        return 0
    return once(
        ("notices.unread", person.pk),
        lambda: Notice.objects.filter(person=person, in_app=True, read_at=None).count(),
    )


def subscriptions_of(person: Person) -> QuerySet[Subscription]:
    """What the person subscribed to."""
    return Subscription.objects.filter(person=person).select_related("unit", "region")


def units_called_from(person: Reader) -> QuerySet[Unit]:
    """The units whose events an administrator may have told to a program: those of the managed area."""
    area = managed_by(person, today())
    rows = Unit.objects.order_by("path")
    return rows if area.everything else rows.filter(pk__in=area.units)


def endpoints_visible_to(person: Reader) -> QuerySet[Endpoint]:
    """The programs that are called about units of the reader's managed area."""
    area = managed_by(person, today())
    rows = Endpoint.objects.select_related("unit", "made_by")
    return rows if area.everything else rows.filter(unit__in=area.units)


def calls_visible_to(person: Reader) -> QuerySet[Call]:
    """The calls to those programs."""
    seen = endpoints_visible_to(person).order_by().values("pk")
    return Call.objects.filter(endpoint__in=seen).select_related("endpoint", "event__person")
