"""Reads of the register of enterprises, narrowed to what a person may see."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Person, Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import (
    Enterprise,
    EnterpriseChange,
    EnterpriseContact,
    EnterpriseFlag,
    EnterpriseMerge,
    EnterpriseOfficer,
)
from commercebrain.engine.enterprises import uscc

Reader = Person | AnonymousUser


def enterprises_visible_to(person: Reader) -> Any:
    """The firms in a person's sight, without rows that were merged into others."""
    return Enterprise.objects.current().visible_to(person).select_related("region", "unit", "township")


def enterprise_by_uscc(text: str) -> Enterprise | None:
    """The firm of a credit code however it is written, or the one it was merged into. No permission: for imports."""
    found = Enterprise.objects.select_related("merged_into").filter(uscc=uscc.clean(text)).first()
    while found is not None and found.merged_into is not None:
        found = found.merged_into
    return found


def change_requests_visible_to(person: Reader) -> Any:
    """Requests about firms in sight, and one's own."""
    return EnterpriseChange.objects.visible_to(person).select_related("enterprise__region", "asked_by", "decided_by")


def merges_visible_to(person: Reader) -> Any:
    """Merges of firms in sight."""
    return EnterpriseMerge.objects.visible_to(person).select_related("kept", "merged", "person")


def officers(enterprise: Enterprise, on: date | None = None) -> Any:
    """Who in the bureau looks after a firm on a day."""
    day = on or today()
    rows = EnterpriseOfficer.objects.filter(enterprise=enterprise).select_related("person")
    return rows.filter(Q(starts=None) | Q(starts__lte=day), Q(ends=None) | Q(ends__gte=day))


def flags(enterprise: Enterprise, on: date | None = None) -> Any:
    """The marks of lists that hold on a day."""
    day = on or today()
    rows = EnterpriseFlag.objects.filter(enterprise=enterprise)
    return rows.filter(Q(starts=None) | Q(starts__lte=day), Q(ends=None) | Q(ends__gte=day))


def contacts(person: Reader, enterprise: Enterprise) -> Any:
    """A firm's contacts, for who may see the firm."""
    return EnterpriseContact.objects.visible_to(person).filter(enterprise=enterprise)


def of_the_bureau(person: Reader, enterprise: Enterprise) -> bool:
    """Whether ``person`` may decide about the firm for the bureau: the right to enter, and not as the firm's user."""
    extent = extent_of(person, Right.ENTER, today())
    return extent.everything or (enterprise.unit_id is not None and enterprise.unit_id in extent.units)
