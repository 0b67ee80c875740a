"""Who sees which rows: the five scopes on random trees of units, checked against a plain reading of the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from commercebrain.desk.people.models import Membership, Person, Right, Role, Scope, Unit
from commercebrain.desk.people.scopes import Classification, extent_of
from commercebrain.desk.plans.models import Document
from commercebrain.desk.registry.models import Region

DAY = date(2025, 7, 21)
DATES = st.one_of(st.none(), st.integers(-2, 2).map(lambda n: DAY + timedelta(days=n)))


@dataclass(frozen=True)
class Grant:
    """A membership to be made: scope of the right, number of the unit, chosen units, dates."""

    scope: str
    unit: int
    chosen: frozenset[int]
    starts: date | None
    ends: date | None

    def holds(self) -> bool:
        return (self.starts is None or self.starts <= DAY) and (self.ends is None or self.ends >= DAY)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[int], list[Grant], list[tuple[int, bool, str]]]:
    """A tree (parent of each unit, -1 a root), grants of one person, documents (unit, own?, classification)."""
    size = draw(st.integers(1, 7))
    parents = [-1] + [draw(st.integers(-1, n - 1)) for n in range(1, size)]
    unit = st.integers(0, size - 1)
    grants = draw(
        st.lists(
            st.builds(Grant, st.sampled_from(["", *Scope.values]), unit, st.frozensets(unit, max_size=3), DATES, DATES),
            max_size=4,
        )
    )
    grants = [g for g in grants if not (g.starts and g.ends and g.ends < g.starts)]
    documents = draw(
        st.lists(st.tuples(unit, st.booleans(), st.sampled_from(Classification.values)), min_size=1, max_size=6)
    )
    return parents, grants, documents


def below(parents: list[int], unit: int) -> set[int]:
    """A unit and all below it, by walking up from each."""
    found = set()
    for start in range(len(parents)):
        at = start
        while at != -1:
            if at == unit:
                found.add(start)
                break
            at = parents[at]
    return found


def admitted(parents: list[int], grants: list[Grant], documents: list[tuple[int, bool, str]], right: str) -> set[int]:
    """The numbers of the documents that the rules admit, read plainly."""
    units: set[int] = set()
    everything = own = False
    for grant in grants:
        if not grant.holds():
            continue
        everything |= grant.scope == Scope.ALL
        own |= grant.scope == Scope.SELF
        if grant.scope == Scope.CHOSEN:
            units |= grant.chosen
        elif grant.scope == Scope.BELOW:
            units |= below(parents, grant.unit)
        elif grant.scope == Scope.OWN:
            units.add(grant.unit)
    any_scope = everything or own or bool(units)
    return {
        number
        for number, (unit, mine, classification) in enumerate(documents)
        if everything
        or unit in units
        or (own and mine)
        or (any_scope and right != Right.ENTER and classification == Classification.PUBLIC)
    }


@pytest.mark.database
class ScopesOnRandomTrees(TestCase):
    """Every example is a world of its own, rolled back afterwards."""

    def build(self, world, right):
        parents, _grants, documents = world
        region = Region.objects.create(code="330200", name_zh="宁波市", name_en="Ningbo", level="city")
        units: list[Unit] = []
        for number, parent in enumerate(parents):
            above = units[parent] if parent >= 0 else None
            unit = Unit.objects.create(name_zh=f"单位{number}", name_en=f"Unit {number}", region=region, parent=above)
            unit.path = f"{above.path if above else ''}{unit.pk}/"
            unit.save()
            units.append(unit)
        person = Person.objects.create(username="somebody")
        other = Person.objects.create(username="other")
        rows = [
            Document.objects.create(
                name=str(number),
                title=str(number),
                unit=units[unit],
                region=region,
                sha256=str(number),
                classification=classification,
                uploaded_by=person if mine else other,
            )
            for number, (unit, mine, classification) in enumerate(documents)
        ]
        return person, units, rows

    def give(self, person, units, grant, number, right):
        role = Role.objects.create(code=f"r{number}", name_zh="角色", name_en="Role", **{right: grant.scope})
        membership = Membership.objects.create(
            person=person, unit=units[grant.unit], role=role, starts=grant.starts, ends=grant.ends
        )
        membership.chosen.set([units[n] for n in grant.chosen])

    def seen(self, person, right):
        return {int(d.name) for d in Document.objects.permitted(person, right, DAY)}

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(world=worlds(), right=st.sampled_from(Right.values))
    def test_the_query_admits_exactly_what_the_rules_admit_and_no_grant_ever_removes_a_row(self, world, right):
        parents, grants, documents = world
        person, units, _rows = self.build(world, right)
        before = self.seen(person, right)
        assert before == set()  # nothing matched, nothing shown
        for number, grant in enumerate(grants):
            self.give(person, units, grant, number, right)
            now = self.seen(person, right)
            assert before <= now
            before = now
        assert before == admitted(parents, grants, documents, right)
        for else_right in set(Right.values) - {right}:
            assert self.seen(person, else_right) == set()  # a scope speaks of its own right alone
        person.is_active = False
        assert self.seen(person, right) == set()


@pytest.mark.django_db
def test_a_stranger_sees_nothing(house):
    Document.objects.create(
        name="a",
        title="a",
        unit=house.units.ningbo,
        region=house.regions["330200"],
        sha256="a",
        classification="public",
    )
    assert not Document.objects.visible_to(AnonymousUser()).exists()
    assert not Document.objects.visible_to(house.people.nobody).exists()
    assert Document.objects.visible_to(house.people.sister).exists()  # public, and she holds a role


@pytest.mark.django_db
def test_a_unit_whose_number_begins_like_another_is_not_below_it(house):
    """The path ends in a slash: 1/4/ is no prefix of 1/40/."""
    near = Unit.objects.create(name_zh="近", name_en="Near", region=house.regions["330200"])
    near.path = house.units.ningbo.path.rstrip("/") + "0/"
    near.save()
    assert near.pk not in extent_of(house.people.clerk, Right.SEE, DAY).units


@pytest.mark.django_db
def test_the_scope_is_applied_by_the_database_and_not_row_by_row(house, django_assert_max_num_queries):
    for number in range(30):
        Document.objects.create(
            name=str(number), title="t", unit=house.units.haishu, region=house.regions["330203"], sha256=str(number)
        )
    with django_assert_max_num_queries(5):
        assert len(Document.objects.visible_to(house.people.director)) == 30
    with django_assert_max_num_queries(5):
        assert len(Document.objects.visible_to(house.people.sister)) == 0


@pytest.mark.django_db
def test_a_membership_holds_on_its_first_and_last_day_and_not_beyond(house):
    membership = house.people.clerk.memberships.get()
    membership.starts, membership.ends = date(2025, 7, 1), date(2025, 7, 31)
    membership.save()
    for day, holds in [("2025-06-30", 0), ("2025-07-01", 1), ("2025-07-31", 1), ("2025-08-01", 0)]:
        assert Membership.objects.in_force(date.fromisoformat(day)).filter(pk=membership.pk).count() == holds
