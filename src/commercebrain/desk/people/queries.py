"""Reads of units, persons and memberships."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Membership, Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of

Reader = Person | AnonymousUser


def memberships_of(person: Reader, on: date | None = None) -> QuerySet[Membership]:
    """What ``person`` is on the business date; nothing for strangers and for accounts that are switched off."""
    if not person.is_authenticated or not person.is_active:
        return Membership.objects.none()
    rows = Membership.objects.in_force(on or today()).filter(person=person)
    return rows.select_related("unit__region", "role").order_by("unit__path", "role__code")


def runs_system(person: Reader, on: date | None = None) -> bool:
    """Whether ``person`` may manage units, persons and settings."""
    return memberships_of(person, on).filter(role__runs_system=True).exists()


def units_visible_to(person: Reader, on: date | None = None) -> QuerySet[Unit]:
    """The tree of units: open to whoever holds any role at all, as a telephone book is; to others nothing."""
    if not memberships_of(person, on).exists():
        return Unit.objects.none()
    return Unit.objects.select_related("region", "parent")


def persons_visible_to(person: Reader, on: date | None = None) -> QuerySet[Person]:
    """All persons for who runs the system, those of the units one sees for others, and always oneself."""
    if not person.is_authenticated or not person.is_active:
        return Person.objects.none()
    day = on or today()
    if runs_system(person, day):
        return Person.objects.all()
    extent = extent_of(person, Right.SEE, day)
    if extent.everything:
        return Person.objects.all()
    seen = Membership.objects.in_force(day).filter(unit__in=extent.units).values("person")
    return Person.objects.filter(Q(pk=person.pk) | Q(pk__in=seen))
