"""Who answers for a case: by the place of its firm or region and the line of work that the template names."""

from __future__ import annotations

from collections.abc import Iterable

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Membership, Person, Unit
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.cases.kinds import Template


def owner_of(declared: Template, unit: Unit, region: Region, enterprise: Enterprise | None = None) -> Unit:
    """The unit that answers: with ``by: unit`` the one that starts the case; with ``by: region`` the bureau in charge of the
    firm, else the one of the region, else the one that starts it. Within it, the section of the declared line."""
    found = unit
    if declared.owner.by == "region":
        of_firm = enterprise.unit if enterprise is not None else None
        if of_firm is not None and of_firm.closed_on is None:
            found = of_firm
        else:
            found = _bureau_at(region, unit) or unit
    return section_of(found, declared.owner.line)


def _bureau_at(region: Region, under: Unit) -> Unit | None:
    """The uppermost unit at work in a region, below ``under``'s bureau where there is one, else anywhere."""
    rows = list(Unit.objects.filter(region=region, closed_on=None).select_related("parent"))
    tops = [row for row in rows if row.parent is None or row.parent.region_id != region.pk]
    inside = [row for row in tops if row.path.startswith(under.path) or under.path.startswith(row.path)]
    return min(inside or tops, key=lambda row: (row.depth, row.pk), default=None)


def section_of(bureau: Unit, line: str | None) -> Unit:
    """Where a line's work is done: the bureau itself where somebody there holds the role, else its section in the same
    place where somebody does, else the bureau."""
    if not line:
        return bureau
    below = Unit.objects.filter(path__startswith=bureau.path, region=bureau.region_id, closed_on=None)
    held = Membership.objects.in_force(today()).filter(role__code=line, firm=None, person__is_active=True)
    units = set(held.filter(unit__in=below).values_list("unit", flat=True))
    if not units or bureau.pk in units:
        return bureau
    return min(below.filter(pk__in=units), key=lambda row: (row.depth, row.pk))


def works_there(person: Person | None, unit: Unit) -> bool:
    """Whether a person belongs to a unit with a role that enters: only such a person is put in charge of a case there."""
    if person is None:
        return False
    rows = Membership.objects.in_force(today()).filter(person=person, unit=unit, firm=None, person__is_active=True)
    return rows.exclude(role__enter="").exists()


def colleagues(unit: Unit) -> list[Person]:
    """Who may be put in charge of a case of a unit, by name."""
    rows = Membership.objects.in_force(today()).filter(unit=unit, firm=None, person__is_active=True)
    found: Iterable[Person] = (row.person for row in rows.exclude(role__enter="").select_related("person"))
    return sorted(set(found), key=lambda person: (person.name_zh, person.username))
