"""Tables that several pages show: memberships, delegations."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core.generic import Field, Panel
from commercebrain.desk.people.models import Delegation, Person, Unit


def unit_link(unit: Unit) -> str:
    """The page of a unit."""
    return reverse("people:unit", args=[unit.pk])


def person_link(person: Person) -> str:
    """The page of a person."""
    return reverse("people:person", args=[person.pk])


def membership_panel(person: Person) -> Panel:
    """The table of a person's memberships, past and future ones too."""
    rows = person.memberships.select_related("unit", "role", "firm").order_by("starts", "unit__path")
    return Panel(
        _("Memberships"),
        [_("Role"), _("Unit"), _("Enter"), _("See"), _("Find"), _("From"), _("Until")],
        [
            [
                m.role,
                Field("", m.firm, unit_link(m.unit)) if m.firm else Field("", m.unit, unit_link(m.unit)),
                m.role.get_enter_display() if not m.firm else _("own firm"),
                m.role.get_see_display() if not m.firm else _("own firm"),
                m.role.get_find_display() if not m.firm else _("own firm"),
                m.starts,
                m.ends,
            ]
            for m in rows
        ],
        _("No role has been granted yet."),
    )


def rights_of(delegation: Delegation) -> str:
    """The rights that are lent, in words."""
    return "、".join(str(right.label) for right in delegation.rights)


def acting_panel(person: Person) -> Panel:
    """For whom a person acts, has acted, will act."""
    rows = person.acting_for.select_related("membership__person", "membership__unit", "membership__role")
    return Panel(
        _("Acting for"),
        [_("Person"), _("Role"), _("Unit"), _("Rights"), _("From"), _("Until")],
        [[d.membership.person, d.membership.role, d.membership.unit, rights_of(d), d.starts, d.ends] for d in rows],
        _("Acts for nobody."),
    )


def lent_panel(person: Person) -> Panel:
    """Who acts for a person."""
    rows = Delegation.objects.filter(membership__person=person).select_related(
        "person", "membership__unit", "membership__role"
    )
    return Panel(
        _("Represented by"),
        [_("Person"), _("Role"), _("Unit"), _("Rights"), _("From"), _("Until")],
        [[d.person, d.membership.role, d.membership.unit, rights_of(d), d.starts, d.ends] for d in rows],
        _("Nobody acts for this person."),
    )
