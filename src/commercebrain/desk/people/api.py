"""People through the API: oneself, units, persons, roles, delegations, and remarks of third parties.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped, found
from commercebrain.desk.core.rest.shapes import (
    Day,
    Key,
    Names,
    PersonRef,
    RegionOut,
    UnitRef,
    Word,
    names_out,
    person_ref,
    region_out,
    unit_ref,
)
from commercebrain.desk.people import queries
from commercebrain.desk.people.models import Delegation, Membership, Person, Role, Unit

router = Router(tags=["people"])
SCOPES = "all, chosen, below, own, self, or empty: none"


class UnitOut(UnitRef):
    """An office and its place in the tree."""

    parent: int | None = Field(description="number of the unit above", examples=[1])
    region: RegionOut
    path: str = Field(description="numbers from the root down", examples=["1/3/"])
    closed_on: date | None = Field(description="the first day on which it no longer works")
    successor: int | None = Field(description="the unit that took over what it left")
    version: int


class RoleOut(Schema):
    """A role: for each right its scope."""

    code: str = Field(examples=["plan_office"])
    name: Names = Field(examples=[{"zh": "规划处", "en": "Planning office"}])
    does: Names
    enter: str = Field(description=SCOPES, examples=["own"])
    see: str = Field(description=SCOPES, examples=["below"])
    find: str = Field(description=SCOPES, examples=["all"])
    manage: str = Field(description="how far it manages units, accounts and roles: all, below, or empty")
    clearance: bool = Field(description="sees confidential figures of its regions")
    annotates: bool = Field(description="a third party that writes remarks and enters nothing")
    for_firms: bool = Field(description="held by the user of a firm")


class HeldOut(Schema):
    """A role held in a unit between two days."""

    id: int
    unit: UnitRef
    role: str = Field(description="code of the role", examples=["plan_office"])
    firm: int | None = Field(description="the enterprise, for the user of a firm")
    starts: date | None
    ends: date | None


class LentOut(Schema):
    """For a time, `person` acts for the holder of a membership."""

    id: int
    of: PersonRef = Field(description="whose rights are lent")
    person: PersonRef
    unit: UnitRef
    role: str = Field(examples=["statistics_clerk"])
    rights: list[str] = Field(description="enter, see, find", examples=[["enter", "see", "find"]])
    starts: date
    ends: date
    reason: str


class PersonOut(PersonRef):
    """An account."""

    username: str = Field(examples=["liming"])
    home: UnitRef | None = Field(description="the unit that keeps the account")
    active: bool


class MeOut(PersonOut):
    """Who asks, with the roles in force today and those for whom one acts."""

    memberships: list[HeldOut]
    acting_for: list[LentOut]


def unit_out(row: Unit) -> dict[str, Any]:
    """A unit."""
    keys = ("path", "closed_on", "version")
    return {
        "id": row.pk, "name": names_out(row), "parent": row.parent_id, "region": region_out(row.region),
        "successor": row.successor_id, **{key: getattr(row, key) for key in keys},
    }  # fmt: skip


def role_out(row: Role) -> dict[str, Any]:
    """A role."""
    keys = ("code", "enter", "see", "find", "manage", "clearance", "annotates", "for_firms")
    return {
        "name": names_out(row),
        "does": {"zh": row.does_zh, "en": row.does_en},
        **{key: getattr(row, key) for key in keys},
    }


def held_out(row: Membership) -> dict[str, Any]:
    """A membership."""
    return {
        "id": row.pk, "unit": unit_ref(row.unit), "role": row.role.code, "firm": row.firm_id, "starts": row.starts,
        "ends": row.ends,
    }  # fmt: skip


def lent_out(row: Delegation) -> dict[str, Any]:
    """A delegation."""
    held = row.membership
    return {
        "id": row.pk, "of": person_ref(held.person), "person": person_ref(row.person), "unit": unit_ref(held.unit),
        "role": held.role.code, "rights": [right.value for right in row.rights], "starts": row.starts,
        "ends": row.ends, "reason": row.reason,
    }  # fmt: skip


def person_out(row: Person) -> dict[str, Any]:
    """An account."""
    return {
        **(person_ref(row) or {}), "username": row.username, "home": unit_ref(row.home), "active": row.is_active,
    }  # fmt: skip


@router.get("/me", response={200: MeOut, **REFUSALS}, operation_id="get_me")
def me(request: HttpRequest) -> Any:
    """Who you are, what roles you hold today and for whom you act."""
    row = Person.objects.select_related("home").get(pk=request.user.pk)
    return {
        **person_out(row),
        "memberships": [held_out(one) for one in queries.memberships_of(row)],
        "acting_for": [lent_out(one) for one in queries.delegations_of(row).select_related("person")],
    }


@router.get("/units", response={200: list[UnitOut], **REFUSALS}, operation_id="list_units")
@paginate(Paged)
def units(
    request: HttpRequest,
    parent: Key | None = Query(None, description="right below this unit"),
    region: Word | None = Query(None, description="GB/T 2260", examples=["330200"]),
    q: Word = Query("", description="part of a name"),
) -> Any:
    """The tree of units from the top, closed ones included."""
    rows = queries.units_visible_to(request.user).order_by("path")
    wanted = {"parent_id": parent, "region__code": region}
    rows = rows.filter(**{key: value for key, value in wanted.items() if value is not None})
    if q:
        rows = rows.filter(Q(name_zh__icontains=q) | Q(name_en__icontains=q))
    return Shaped(rows, unit_out)


@router.get("/units/{int:unit}", response={200: UnitOut, **REFUSALS}, operation_id="get_unit")
def unit(request: HttpRequest, unit: int) -> Any:
    """One unit."""
    return unit_out(found(queries.units_visible_to(request.user).filter(pk=unit).first()))


@router.get("/persons", response={200: list[PersonOut], **REFUSALS}, operation_id="list_persons")
@paginate(Paged)
def persons(
    request: HttpRequest,
    unit: Key | None = Query(None, description="who holds a role there today"),
    q: Word = Query("", description="part of a name or of the user name"),
) -> Any:
    """Yourself and the people of the units in your sight; for an administrator the accounts of the managed units."""
    rows = queries.persons_visible_to(request.user).select_related("home").order_by("username")
    if unit is not None:
        held = Membership.objects.in_force(_today()).filter(unit_id=unit, unit__in=_seen_units(request))
        rows = rows.filter(pk__in=held.order_by().values("person"))
    if q:
        rows = rows.filter(Q(name_zh__icontains=q) | Q(name_en__icontains=q) | Q(username__icontains=q))
    return Shaped(rows, person_out)


def _today() -> date:
    from commercebrain.desk.core.clock import today

    return today()


def _seen_units(request: HttpRequest) -> Any:
    return queries.units_visible_to(request.user).order_by().values("pk")


@router.get("/persons/{int:person}", response={200: PersonOut, **REFUSALS}, operation_id="get_person")
def person(request: HttpRequest, person: int) -> Any:
    """One account."""
    rows = queries.persons_visible_to(request.user).select_related("home")
    return person_out(found(rows.filter(pk=person).first()))


@router.get("/roles", response={200: list[RoleOut], **REFUSALS}, operation_id="list_roles")
@paginate(Paged)
def roles(request: HttpRequest) -> Any:
    """Every role with its scopes."""
    return Shaped(Role.objects.order_by("code"), role_out)


@router.get("/memberships", response={200: list[HeldOut], **REFUSALS}, operation_id="list_memberships")
@paginate(Paged)
def memberships(
    request: HttpRequest,
    on: Day | None = Query(None, description="in force on that day; none: on the business date"),
) -> Any:
    """The roles that you hold."""
    return Shaped(queries.memberships_of(request.user, on), held_out)


@router.get("/delegations", response={200: list[LentOut], **REFUSALS}, operation_id="list_delegations")
@paginate(Paged)
def delegations(request: HttpRequest) -> Any:
    """What you lend and what is lent to you; for an administrator those of the managed units."""
    return Shaped(queries.delegations_visible_to(request.user), lent_out)
