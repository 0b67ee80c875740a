"""Who may see what, applied in the query: roles join by OR, nothing matched means nothing shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from commercebrain.desk.core.memo import once
from commercebrain.desk.people.models import Membership, Person, Right, Scope, Unit


@dataclass(frozen=True)
class Extent:
    """How far one right of one person goes.

    ``everything`` beats the rest; ``units`` are the ids inside the scope; ``own_entries`` lets a person's own rows in.
    An extent with none of them admits no row at all.
    """

    person_id: int | None = None
    everything: bool = False
    units: frozenset[int] = field(default_factory=frozenset)
    own_entries: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing at all is inside."""
        return not (self.everything or self.units or self.own_entries)


def extent_of(person: Person | AnonymousUser, right: Right | str, on: date) -> Extent:
    """What ``right`` covers for ``person`` on the business date ``on``: the union over memberships in force."""
    if not person.is_authenticated or not person.is_active:
        return Extent()
    return once(("extent", person.pk, str(Right(right)), on), lambda: _extent_of(person, right, on))


def _extent_of(person: Person, right: Right | str, on: date) -> Extent:
    units: set[int] = set()
    own_entries = False
    below: list[str] = []
    rows = (
        Membership.objects.in_force(on).filter(person=person).select_related("role", "unit").prefetch_related("chosen")
    )
    for membership in rows:
        scope = getattr(membership.role, Right(right).value)
        if scope == Scope.ALL:
            return Extent(person.pk, everything=True)
        if scope == Scope.CHOSEN:
            units.update(unit.pk for unit in membership.chosen.all())
        elif scope == Scope.BELOW:
            below.append(membership.unit.path)
        elif scope == Scope.OWN:
            units.add(membership.unit_id)
        elif scope == Scope.SELF:
            own_entries = True
    if below:
        condition = Q()
        for path in below:
            condition |= Q(path__startswith=path)
        units.update(Unit.objects.filter(condition).values_list("pk", flat=True))
    return Extent(person.pk, units=frozenset(units), own_entries=own_entries)


class Classification(models.TextChoices):
    """How widely a row may be known. Public rows are seen by whoever holds any role at all."""

    PUBLIC = "public", "公开"
    INTERNAL = "internal", "内部"
    CONFIDENTIAL = "confidential", "保密"


class ScopedQuerySet(models.QuerySet[Any]):
    """A query set that can be narrowed to what a person may enter, see or find.

    The model names the columns that the scope speaks about: ``scope_unit`` (a path to a unit), ``scope_person`` (a
    path to the person whose entry it is, or ``""``) and ``scope_classification`` (``""`` where all rows are internal).
    """

    def permitted(self, person: Person | AnonymousUser, right: Right | str, on: date | None = None) -> Self:
        """The rows that ``right`` admits for ``person``; none for a stranger."""
        from commercebrain.desk.core.clock import today

        extent = extent_of(person, right, on or today())
        if extent.empty:
            return self.none()
        if extent.everything:
            return self.all()
        model: Any = self.model
        condition = Q(**{f"{model.scope_unit}__in": extent.units}) if extent.units else Q(pk__in=[])
        if extent.own_entries and model.scope_person:
            condition |= Q(**{model.scope_person: extent.person_id})
        if right != Right.ENTER and model.scope_classification:
            condition |= Q(**{model.scope_classification: Classification.PUBLIC})
        return self.filter(condition)

    def visible_to(self, person: Person | AnonymousUser, on: date | None = None) -> Self:
        """The rows that ``person`` may read."""
        return self.permitted(person, Right.SEE, on)

    def enterable_by(self, person: Person | AnonymousUser, on: date | None = None) -> Self:
        """The rows that ``person`` may change."""
        return self.permitted(person, Right.ENTER, on)


class Scoped(models.Model):
    """Mixin for every model whose rows belong to someone: declares the columns and brings the manager."""

    scope_unit: ClassVar[str] = "unit"
    scope_person: ClassVar[str] = ""
    scope_classification: ClassVar[str] = ""

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True
