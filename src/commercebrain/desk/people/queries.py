"""Reads of units, persons and memberships."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.authority import accounts_near
from commercebrain.desk.people.models import Annotation, Delegation, Membership, Person, Right, Unit
from commercebrain.desk.people.scopes import delegations_held, extent_of, managed_by, memberships_held

Reader = Person | AnonymousUser


def memberships_of(person: Reader, on: date | None = None) -> QuerySet[Membership]:
    """What ``person`` is on the business date; nothing for strangers and for accounts that are switched off."""
    if not person.is_authenticated or not person.is_active:
        return Membership.objects.none()
    rows = Membership.objects.in_force(on or today()).filter(person=person)
    return rows.select_related("unit__region", "role").order_by("unit__path", "role__code")


def _held(person: Reader, on: date | None) -> Sequence[Membership]:
    """The same as a list, asked once a reading request."""
    return memberships_held(person.pk, on or today()) if person.is_authenticated and person.is_active else ()


def at_work(unit: Unit) -> Unit | None:
    """The unit itself where it is at work, else the one that succeeds it, else the nearest above; none where there is none."""
    seen: set[int] = set()
    now: Unit | None = unit
    while now is not None and now.closed_on is not None:
        seen.add(now.pk)
        now = now.successor or now.parent
        if now is not None and now.pk in seen:
            return None
    return now


def runs_system(person: Reader, on: date | None = None) -> bool:
    """Whether ``person`` may manage units, persons and settings."""
    return any(row.role.runs_system for row in _held(person, on))


def delegations_of(person: Reader, on: date | None = None) -> QuerySet[Delegation]:
    """For whom ``person`` acts on the business date."""
    if not person.is_authenticated or not person.is_active:
        return Delegation.objects.none()
    rows = Delegation.objects.in_force(on or today()).filter(person=person)
    return rows.select_related("membership__person", "membership__unit__region", "membership__role")


def may_annotate(person: Reader, on: date | None = None) -> bool:
    """Whether ``person`` writes remarks beside what it sees."""
    return any(row.role.annotates for row in _held(person, on))


def annotations_on(person: Reader, kind: str, number: str) -> QuerySet[Annotation]:
    """The remarks on a subject, withdrawn ones too, the latest first; none when ``person`` does not see it."""
    from commercebrain.desk.people.subjects import find_subject

    if find_subject(person, kind, number) is None:
        return Annotation.objects.none()
    rows = Annotation.objects.filter(subject_kind=kind, subject_id=number)
    return rows.select_related("author").prefetch_related("wordings")


def annotations_visible_to(person: Reader) -> QuerySet[Annotation]:
    """Every remark whose subject ``person`` sees, the latest first; :func:`with_subjects` adds what each is about."""
    from commercebrain.desk.people.subjects import find_subjects, seen_numbers

    rows = Annotation.objects.select_related("author").order_by("-pk")
    if not person.is_authenticated or not person.is_active:
        return rows.none()
    condition = Q(pk__in=[])
    for kind, numbers in seen_numbers(person):
        condition |= Q(subject_kind=kind, subject_id__in=numbers)
    # Figures are no rows: of those that anybody has remarked on, the ones in this person's reach.
    noted = Annotation.objects.filter(subject_kind="figure").order_by().values_list("subject_id", flat=True).distinct()
    return rows.filter(
        condition | Q(subject_kind="figure", subject_id__in=list(find_subjects(person, "figure", list(noted))))
    )


def with_subjects(person: Reader, rows: Iterable[Annotation]) -> list[Annotation]:
    """The remarks, each with its ``subject``: one query for every kind among them."""
    from commercebrain.desk.people.subjects import find_subjects

    told = list(rows)
    numbers: dict[str, list[str]] = {}
    for row in told:
        numbers.setdefault(row.subject_kind, []).append(row.subject_id)
    known = {kind: find_subjects(person, kind, found) for kind, found in numbers.items()}
    for row in told:
        row.subject = known[row.subject_kind].get(row.subject_id)
    return told


def units_visible_to(person: Reader, on: date | None = None) -> QuerySet[Unit]:
    """The tree of units: open to whoever holds any role, or acts for somebody, as a telephone book is.

    A firm's user sees the office that the firm turns to; others nothing.
    """
    rows = Unit.objects.select_related("region", "parent")
    held = _held(person, on)
    if any(row.firm_id is None and not row.role.for_firms for row in held):
        return rows
    if person.is_authenticated and person.is_active and delegations_held(person.pk, on or today()):
        return rows
    return rows.filter(pk__in={row.unit_id for row in held})


def persons_visible_to(person: Reader, on: date | None = None) -> QuerySet[Person]:
    """Oneself, the people of the units one sees, and for an administrator the accounts of the managed units."""
    if not person.is_authenticated or not person.is_active:
        return Person.objects.none()
    day = on or today()
    extent = extent_of(person, Right.SEE, day)
    if extent.everything:
        return Person.objects.all()
    seen = Membership.objects.in_force(day).filter(unit__in=extent.units).order_by().values("person")
    shown = Q(pk=person.pk) | Q(pk__in=seen)
    if not managed_by(person, day).empty:
        shown |= Q(pk__in=accounts_near(person).order_by().values("pk"))
    return Person.objects.filter(shown)


def delegations_visible_to(person: Reader) -> QuerySet[Delegation]:
    """Those that one has given or received, and for an administrator those of the managed units."""
    if not person.is_authenticated or not person.is_active:
        return Delegation.objects.none()
    shown = Q(person=person) | Q(membership__person=person)
    area = managed_by(person, today())
    if area.everything:
        shown = Q()
    elif area.units:
        shown |= Q(membership__unit__in=area.units)
    rows = Delegation.objects.filter(shown)
    return rows.select_related("person", "membership__person", "membership__unit", "membership__role")
