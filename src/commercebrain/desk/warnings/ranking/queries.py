"""Reads of rankings: the bureau sees all of them; a county its own row, and after the signature everybody's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from commercebrain.desk.core.clock import today
from commercebrain.desk.forms.queries import own_counties, units_above
from commercebrain.desk.people.models import Membership, Person, Right
from commercebrain.desk.people.scopes import Extent, extent_of, memberships_held
from commercebrain.desk.registry.models import Region
from commercebrain.desk.warnings.models import Ranking

LEADERS = ("director",)


@dataclass(frozen=True)
class Sight:
    """What a person sees of a ranking: all of it, or its own counties' rows alone. The bureau that ranks has none of its
    own among them."""

    whole: bool
    own: frozenset[str]
    inside: bool

    def rows(self, ranking: Ranking) -> list[dict[str, Any]]:
        """The rows in sight, best first."""
        held = ranking.result.get("rows", [])
        return [row for row in held if self.whole or row["key"] in self.own]


def _desk(person: Any) -> Extent:
    return replace(extent_of(person, Right.SEE, today()), firms=frozenset())


def rankings(person: Any) -> QuerySet[Ranking]:
    """The rankings that concern a person: of the own units and below, and of the bureau above."""
    extent = _desk(person)
    rows = Ranking.objects.select_related("unit__region", "made_by", "signed_by").order_by("-period", "unit", "-pk")
    if extent.everything:
        return rows
    return rows.filter(unit__in=extent.units | units_above(extent))


def find(person: Any, pk: int) -> Ranking | None:
    """One ranking in sight."""
    return rankings(person).filter(pk=pk).first()


def sight(person: Any, ranking: Ranking) -> Sight:
    """How much of it a person sees."""
    extent = _desk(person)
    inside = extent.everything or ranking.unit_id in extent.units
    own = extent.units and not inside
    codes = Region.objects.filter(pk__in=own_counties(extent)).values_list("code", flat=True) if own else ()
    return Sight(inside or ranking.signed_at is not None, frozenset(codes), inside)


def may_make(person: Any, unit: int) -> bool:
    """Whether a person may compute the ranking of a bureau: enters there."""
    extent = replace(extent_of(person, Right.ENTER, today()), firms=frozenset())
    return extent.everything or unit in extent.units


def may_sign(person: Any, ranking: Ranking) -> bool:
    """Whether a person is the leader in charge who signs it: holds the leader's role there, and did not make it."""
    return ranking.signed_at is None and ranking.made_by_id != person.pk and is_leader(person, ranking.unit.path)


def is_leader(person: Any, path: str) -> bool:
    """Whether a person holds the leader's role in the unit of a path; never by a delegation, a signature is personal."""
    held = memberships_held(person.pk, today()) if person.pk is not None else ()
    return any(row.role.code in LEADERS and row.firm_id is None and row.unit.path == path for row in held)


def leaders(unit: int) -> list[Person]:
    """Who may sign for a bureau."""
    rows = Membership.objects.in_force(today()).filter(
        unit=unit, role__code__in=LEADERS, firm=None, person__is_active=True
    )
    return [row.person for row in rows.select_related("person")]


def to_sign(person: Any) -> list[Ranking]:
    """The rankings that wait for a person's signature: those of the units in which it holds the leader's role."""
    held = memberships_held(person.pk, today()) if person.pk is not None else ()
    units = [row.unit_id for row in held if row.role.code in LEADERS and row.firm_id is None]
    if not units:
        return []
    return [one for one in rankings(person).filter(signed_at=None, unit__in=units) if may_sign(person, one)]


def may_appeal(person: Any, ranking: Ranking) -> list[Region]:
    """The counties for which a person may write an appeal: the own ones that the ranking has a row of;
    never whoever works for the bureau that ranks."""
    extent = replace(extent_of(person, Right.ENTER, today()), firms=frozenset())
    if not extent.units or ranking.unit_id in extent.units:
        return []
    keys = {row["key"] for row in ranking.result.get("rows", [])}
    return list(Region.objects.filter(pk__in=own_counties(extent), code__in=keys).order_by("code"))
