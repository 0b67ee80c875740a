"""Who may see what, applied in the query: roles join by OR, nothing matched means nothing shown.

Three sources join: memberships in force, delegations in force (each lends a membership as it stands that day), and for
a firm's user the firm itself. Which day counts: rows are asked for with the rights of today and the tree of today, so a
unit that moved takes its past along and a merged one hands it to its successor; ``on`` in the past answers what a
person could see then, with the memberships and the tree of that day (``docs/explanation/who-may-see-what.md``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from commercebrain.desk.core.memo import once
from commercebrain.desk.core.prepared import filled, prepared
from commercebrain.desk.people.models import Delegation, Membership, Person, Right, Scope, Unit, UnitState


@dataclass(frozen=True)
class Extent:
    """How far one right of one person goes.

    ``everything`` beats the rest; ``units`` are the ids inside the scope; ``entries_of`` are the persons whose own
    entries are inside (oneself, and whom one acts for); ``firms`` are the ids of the enterprises that a firm's user
    belongs to. An extent with none of them admits no row at all.
    """

    person_id: int | None = None
    everything: bool = False
    units: frozenset[int] = field(default_factory=frozenset)
    entries_of: frozenset[int] = field(default_factory=frozenset)
    firms: frozenset[int] = field(default_factory=frozenset)

    @property
    def own_entries(self) -> bool:
        """Whether the person's own entries are inside, whatever their unit."""
        return self.person_id in self.entries_of

    @property
    def empty(self) -> bool:
        """Whether nothing at all is inside."""
        return not (self.everything or self.units or self.entries_of or self.firms)

    @property
    def reach(self) -> tuple[bool, list[int], list[int]]:
        """Everything or not, the units, the firms: as prepared queries are asked with them (:func:`reaching`)."""
        return (True, [], []) if self.everything else (False, filled(self.units), filled(self.firms))

    @property
    def reach_of_units(self) -> tuple[bool, bool, list[int]]:
        """Everything or not, anything at all, the units: the same for rows that belong to units alone
        (:func:`reaching_units`)."""
        return (True, True, []) if self.everything else (False, not self.empty, filled(self.units))

    def within(self, other: Extent) -> bool:
        """Whether nothing is inside that is not inside ``other`` too."""
        if other.everything:
            return True
        inside = self.units <= other.units and self.entries_of <= other.entries_of and self.firms <= other.firms
        return inside and not self.everything


def reaching(everything: bool, units: Iterable[int], firms: Iterable[int]) -> Extent:
    """The extent that :attr:`Extent.reach` told, for the query set of a prepared query; own entries are not in it."""
    return Extent(None, everything, frozenset(units), firms=frozenset(firms))


def reaching_units(everything: bool, some: bool, units: Iterable[int]) -> Extent:
    """The extent that :attr:`Extent.reach_of_units` told; own entries and firms are not in it, but that there are some."""
    return Extent(None, everything, frozenset(units), frozenset({0}) if some else frozenset())


def extent_of(person: Person | AnonymousUser, right: Right | str, on: date) -> Extent:
    """What ``right`` covers for ``person`` on the business date ``on``: the union over all that is in force that day."""
    if not person.is_authenticated or not person.is_active:
        return Extent()
    code = str(Right(right))
    return once(("extent", person.pk, code, on), lambda: _extent_of(person.pk, code, on))


def managed_by(person: Person | AnonymousUser, on: date) -> Extent:
    """Whom and what an administrator manages: units inside, or everything. Never lent, never of a firm."""
    if not person.is_authenticated or not person.is_active:
        return Extent()
    held = [row for row in memberships_held(person.pk, on) if row.role.runs_system and row.firm_id is None]
    return once(("manages", person.pk, on), lambda: _union(person.pk, [(row, row.role.manage) for row in held], on))


def cleared_extent(person: Person | AnonymousUser, on: date) -> Extent:
    """What the roles with clearance let ``person`` see: there confidential figures are open too.

    A clearance is personal: it does not come with a delegation.
    """
    if not person.is_authenticated or not person.is_active:
        return Extent()
    held = [row for row in memberships_held(person.pk, on) if row.role.clearance and row.firm_id is None]
    return once(("cleared", person.pk, on), lambda: _union(person.pk, [(row, row.role.see) for row in held], on))


def extent_lent(membership: Membership, right: Right | str, on: date) -> Extent:
    """What a membership covers by itself, whoever holds it and whether or not it is in force on ``on``."""
    return _union(membership.person_id, [(membership, getattr(membership.role, Right(right).value))], on)


def memberships_held(person_id: int, on: date) -> Sequence[Membership]:
    """The memberships in force that day with role, unit and region, by unit: asked once a reading request."""

    def ask() -> tuple[Membership, ...]:
        return tuple(_memberships(person_id, on))

    return once(("memberships", person_id, on), ask)


def delegations_held(person_id: int, on: date) -> Sequence[Delegation]:
    """For whom a person acts that day, with the membership that each lends: asked once a reading request."""

    def ask() -> tuple[Delegation, ...]:
        return tuple(_delegations(person_id, on))

    return once(("delegations", person_id, on), ask)


@prepared
def _memberships(person_id: int, on: date) -> Any:
    rows = Membership.objects.in_force(on).filter(person=person_id).select_related("role", "unit__region")
    return rows.order_by("unit__path", "role__code")


@prepared
def _delegations(person_id: int, on: date) -> Any:
    rows = Delegation.objects.in_force(on).filter(person=person_id)
    return rows.select_related("membership__role", "membership__unit")


def _extent_of(person_id: int, right: str, on: date) -> Extent:
    held = [(row, getattr(row.role, right)) for row in memberships_held(person_id, on)]
    for row in delegations_held(person_id, on):
        if getattr(row, right) and row.membership.firm_id is None:
            held.append((row.membership, getattr(row.membership.role, right)))
    return _union(person_id, held, on)


def _union(person_id: int, held: Iterable[tuple[Membership, str]], on: date) -> Extent:
    """The union of memberships, each with the scope that it gives."""
    own: set[int] = set()
    entries: set[int] = set()
    firms: set[int] = set()
    below: set[Unit] = set()
    for membership, scope in held:
        if not scope:
            continue
        if membership.firm_id is not None or membership.role.for_firms:
            firms.update({membership.firm_id} - {None})  # a firm's role without a firm covers nothing
        elif scope == Scope.ALL:
            return Extent(person_id, everything=True)
        elif scope == Scope.CHOSEN:
            own.update(membership.chosen.order_by().values_list("pk", flat=True))
        elif scope == Scope.BELOW:
            below.add(membership.unit)
        elif scope == Scope.OWN:
            own.add(membership.unit_id)
        elif scope == Scope.SELF:
            entries.add(membership.person_id)
    units = with_absorbed(own, on) | units_below(below, on)
    return Extent(person_id, units=units, entries_of=frozenset(entries), firms=frozenset(firms))


def units_below(units: Iterable[Unit], on: date) -> frozenset[int]:
    """The ids of ``units`` and of all below them, in the tree of the day; merged units stand below their successors."""
    wanted = {unit.pk: unit.path for unit in units}
    if not wanted:
        return frozenset()
    return once(("units below", frozenset(wanted), on), lambda: _units_below(wanted, on))


def _units_below(wanted: dict[int, str], on: date) -> frozenset[int]:
    from commercebrain.desk.core.clock import today

    if on >= today():
        return frozenset(_below(sorted(wanted.values()))) | frozenset(wanted)
    tree = UnitState.objects.in_force(on)
    wanted |= dict(tree.filter(unit__in=wanted).values_list("unit", "path"))
    condition = Q()
    for path in wanted.values():
        condition |= Q(path__startswith=path)
    return frozenset(tree.filter(condition).order_by().values_list("unit", flat=True)) | frozenset(wanted)


@prepared
def _below(paths: list[str]) -> Any:
    condition = Q()
    for path in paths:
        condition |= Q(path__startswith=path)
    return Unit.objects.filter(condition).order_by().values_list("pk", flat=True)


def with_absorbed(units: Iterable[int], on: date) -> frozenset[int]:
    """The units and those that were merged into them by the day: a successor takes over what they left."""
    found = edge = set(units)
    while edge:
        edge = set(_absorbed(filled(edge), on)) - found
        found = found | edge
    return frozenset(found)


@prepared
def _absorbed(units: list[int], on: date) -> Any:
    return Unit.objects.filter(successor__in=units, closed_on__lte=on).order_by().values_list("pk", flat=True)


class Classification(models.TextChoices):
    """How widely a row may be known. Public rows are seen by whoever holds any role at all."""

    PUBLIC = "public", "公开"
    INTERNAL = "internal", "内部"
    CONFIDENTIAL = "confidential", "保密"


class ScopedQuerySet(models.QuerySet[Any]):
    """A query set that can be narrowed to what a person may enter, see or find.

    The model names the columns that the scope speaks about: ``scope_unit`` (a path to a unit), ``scope_person`` (a
    path to the person whose entry it is, or ``""``), ``scope_firm`` (a path to the enterprise whose row it is, or
    ``""``) and ``scope_classification`` (``""`` where all rows are internal).
    """

    def permitted(self, person: Person | AnonymousUser, right: Right | str, on: date | None = None) -> Self:
        """The rows that ``right`` admits for ``person``; none for a stranger."""
        from commercebrain.desk.core.clock import today

        return self.inside(extent_of(person, right, on or today()), right)

    def inside(self, extent: Extent, right: Right | str) -> Self:
        """The rows of an extent. Public rows may be read and found with any extent at all, never changed by that."""
        if extent.empty:
            return self.none()
        if extent.everything:
            return self.all()
        condition = Q(pk__in=[])
        for column, held in (("unit", extent.units), ("person", extent.entries_of), ("firm", extent.firms)):
            path = getattr(self.model, f"scope_{column}", "")
            if held and path:
                condition |= Q(**{f"{path}__in": held})
        public = getattr(self.model, "scope_classification", "")
        if right != Right.ENTER and public:
            condition |= Q(**{public: Classification.PUBLIC})
        return self.filter(condition)

    def visible_to(self, person: Person | AnonymousUser, on: date | None = None) -> Self:
        """The rows that ``person`` may read."""
        return self.permitted(person, Right.SEE, on)

    def enterable_by(self, person: Person | AnonymousUser, on: date | None = None) -> Self:
        """The rows that ``person`` may change."""
        return self.permitted(person, Right.ENTER, on)

    def findable_by(self, person: Person | AnonymousUser, on: date | None = None) -> Self:
        """The rows of which ``person`` may know that they exist: their name and the unit that holds them.

        Whoever may read a row may find it; a confidential row is found by nobody else, since its name says too much.
        """
        found = self.permitted(person, Right.FIND, on)
        classified = getattr(self.model, "scope_classification", "")
        if classified:
            found = found.exclude(**{classified: Classification.CONFIDENTIAL})
        seen = self.visible_to(person, on)
        return self.filter(Q(pk__in=found.order_by().values("pk")) | Q(pk__in=seen.order_by().values("pk")))

    def found_only(self, person: Person | AnonymousUser, on: date | None = None) -> Self:
        """The rows that ``person`` may find and not read: show their name and holder, and whom to ask."""
        return self.findable_by(person, on).exclude(pk__in=self.visible_to(person, on).order_by().values("pk"))


class Scoped(models.Model):
    """Mixin for every model whose rows belong to someone: declares the columns and brings the manager."""

    scope_unit: ClassVar[str] = "unit"
    scope_person: ClassVar[str] = ""
    scope_firm: ClassVar[str] = ""
    scope_classification: ClassVar[str] = ""

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True
