"""Who sees which rows: scopes, delegations and merged units on random trees, against a plain reading of the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests.depth import examples

from commercebrain.desk.people.models import Delegation, Membership, Person, Right, Role, Scope, Unit
from commercebrain.desk.people.scopes import Classification, extent_of
from commercebrain.desk.plans.models import Document
from commercebrain.desk.registry.models import Region

DAY = date(2025, 7, 21)
DATES = st.one_of(st.none(), st.integers(-2, 2).map(lambda n: DAY + timedelta(days=n)))
ME, BOSS, OTHER = 0, 1, 2


@dataclass(frozen=True)
class Period:
    """Both ends included; none: open."""

    starts: date | None
    ends: date | None

    def holds(self) -> bool:
        return (self.starts is None or self.starts <= DAY) and (self.ends is None or self.ends >= DAY)


@dataclass(frozen=True)
class Grant:
    """A membership to be made: whose, scope of the right, number of the unit, chosen units, dates, and who is lent it."""

    whose: int
    scope: str
    unit: int
    chosen: frozenset[int]
    period: Period
    lent: Period | None
    lends: bool

    def counts(self, boss_active: bool) -> bool:
        """Whether it counts for ME on DAY."""
        if not self.period.holds():
            return False
        if self.whose == ME:
            return True
        return self.lent is not None and self.lends and self.lent.holds() and boss_active


@dataclass(frozen=True)
class World:
    """A tree (parent of each unit, -1 a root), which units were merged into which, grants, documents."""

    parents: list[int]
    merged: dict[int, int]
    grants: list[Grant]
    documents: list[tuple[int, int, str]]
    boss_active: bool


def sound(period: Period | None) -> bool:
    return period is None or not (period.starts and period.ends and period.ends < period.starts)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    size = draw(st.integers(1, 7))
    parents = [-1] + [draw(st.integers(-1, n - 1)) for n in range(1, size)]
    unit = st.integers(0, size - 1)
    # A merged unit stands below its successor, without units of its own: as close_unit leaves it.
    leaves = [n for n in range(size) if n not in parents and parents[n] != -1]
    merged = {n: parents[n] for n in leaves if draw(st.booleans())}
    periods = st.builds(Period, DATES, DATES).filter(sound)
    closed = st.builds(
        Period, st.integers(-2, 1).map(lambda n: DAY + timedelta(days=n)), st.just(DAY + timedelta(days=1))
    )
    past = st.just(Period(DAY - timedelta(days=3), DAY - timedelta(days=1)))
    grants = draw(
        st.lists(
            st.builds(
                Grant,
                st.sampled_from([ME, ME, BOSS]),
                st.sampled_from(["", *Scope.values]),
                unit,
                st.frozensets(unit, max_size=3),
                periods,
                st.one_of(st.none(), closed, past),
                st.booleans(),
            ),
            max_size=4,
        )
    )
    documents = draw(
        st.lists(
            st.tuples(unit, st.sampled_from([ME, BOSS, OTHER]), st.sampled_from(Classification.values)),
            min_size=1,
            max_size=6,
        )
    )
    return World(parents, merged, grants, documents, draw(st.sampled_from([True, True, False])))


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


def admitted(world: World, right: str) -> set[int]:
    """The numbers of the documents that the rules admit for ME, read plainly."""
    units: set[int] = set()
    entries: set[int] = set()
    everything = False
    for grant in world.grants:
        if not grant.counts(world.boss_active):
            continue
        everything |= grant.scope == Scope.ALL
        if grant.scope == Scope.SELF:
            entries.add(grant.whose)
        if grant.scope == Scope.CHOSEN:
            units |= grant.chosen
        elif grant.scope == Scope.BELOW:
            units |= below(world.parents, grant.unit)
        elif grant.scope == Scope.OWN:
            units.add(grant.unit)
    units |= {gone for gone, into in world.merged.items() if into in units}
    any_scope = everything or bool(entries) or bool(units)
    return {
        number
        for number, (unit, author, classification) in enumerate(world.documents)
        if everything
        or unit in units
        or author in entries
        or (any_scope and right != Right.ENTER and classification == Classification.PUBLIC)
    }


@pytest.mark.database
class ScopesOnRandomTrees(TestCase):
    """Every example is a world of its own, rolled back afterwards."""

    def build(self, world):
        region = Region.objects.create(code="330200", name_zh="宁波市", name_en="Ningbo", level="city")
        units: list[Unit] = []
        for number, parent in enumerate(world.parents):
            above = units[parent] if parent >= 0 else None
            unit = Unit.objects.create(name_zh=f"单位{number}", name_en=f"Unit {number}", region=region, parent=above)
            unit.path = f"{above.path if above else ''}{unit.pk}/"
            if number in world.merged:
                unit.closed_on, unit.successor = DAY, above
            unit.save()
            units.append(unit)
        persons = [Person.objects.create(username=name) for name in ("me", "boss", "other")]
        Person.objects.filter(username="boss").update(is_active=world.boss_active)
        for number, (unit, author, classification) in enumerate(world.documents):
            Document.objects.create(
                name=str(number),
                title=str(number),
                unit=units[unit],
                region=region,
                sha256=str(number),
                classification=classification,
                uploaded_by=persons[author],
            )
        return persons, units

    def give(self, persons, units, grant, number, right):
        role = Role.objects.create(code=f"r{number}", name_zh="角色", name_en="Role", **{right: grant.scope})
        membership = Membership.objects.create(
            person=persons[grant.whose],
            unit=units[grant.unit],
            role=role,
            starts=grant.period.starts,
            ends=grant.period.ends,
        )
        membership.chosen.set([units[n] for n in grant.chosen])
        if grant.whose == BOSS and grant.lent is not None:
            lent = {one: one == right and grant.lends for one in Right.values}
            Delegation.objects.create(
                membership=membership, person=persons[ME], starts=grant.lent.starts, ends=grant.lent.ends, **lent
            )

    def seen(self, person, right):
        return {int(d.name) for d in Document.objects.permitted(person, right, DAY)}

    @settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(world=worlds(), right=st.sampled_from(Right.values))
    def test_the_query_admits_exactly_what_the_rules_admit_and_no_grant_ever_removes_a_row(self, world, right):
        persons, units = self.build(world)
        me, boss = persons[ME], Person.objects.get(username="boss")
        before = self.seen(me, right)
        assert before == set()  # nothing matched, nothing shown
        for number, grant in enumerate(world.grants):
            self.give(persons, units, grant, number, right)
            now = self.seen(me, right)
            assert before <= now
            before = now
        assert before == admitted(world, right)
        for else_right in set(Right.values) - {right}:
            assert self.seen(me, else_right) == set()  # a scope speaks of its own right alone
        if not any(grant.whose == ME for grant in world.grants):  # what is lent is never wider than what there is
            assert extent_of(me, right, DAY).within(extent_of(boss, right, DAY))
        found = {int(d.name) for d in Document.objects.findable_by(me, DAY)}
        only = {int(d.name) for d in Document.objects.found_only(me, DAY)}
        visible = self.seen(me, Right.SEE)
        assert visible <= found and only == found - visible
        secret = {n for n, row in enumerate(world.documents) if row[2] == Classification.CONFIDENTIAL}
        assert found == visible | (self.seen(me, Right.FIND) - secret)
        me.is_active = False
        assert self.seen(me, right) == set() and not Document.objects.findable_by(me, DAY).exists()


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
    with django_assert_max_num_queries(6):
        assert len(Document.objects.visible_to(house.people.director)) == 30
    with django_assert_max_num_queries(6):
        assert len(Document.objects.visible_to(house.people.sister)) == 0


@pytest.mark.django_db
def test_a_membership_holds_on_its_first_and_last_day_and_not_beyond(house):
    membership = house.people.clerk.memberships.get()
    membership.starts, membership.ends = date(2025, 7, 1), date(2025, 7, 31)
    membership.save()
    for day, holds in [("2025-06-30", 0), ("2025-07-01", 1), ("2025-07-31", 1), ("2025-08-01", 0)]:
        assert Membership.objects.in_force(date.fromisoformat(day)).filter(pk=membership.pk).count() == holds


@pytest.mark.django_db
def test_what_may_be_found_but_not_read_shows_its_name_and_holder_and_nothing_else(house):
    from commercebrain.desk.core.search import search

    for unit, kind in ((house.units.shaoxing, "internal"), (house.units.nanjing, "confidential")):
        Document.objects.create(
            name="a", title=f"口岸规划{kind}", number="密〔2025〕1号", unit=unit, region=unit.region, sha256=kind,
            text="全文", classification=kind,
        )  # fmt: skip
    hits = [h for h in search(house.people.director, "口岸规划") if "口岸规划" in h.title]
    assert [h.title for h in hits] == ["口岸规划internal"]  # the name of a confidential one says too much
    assert "绍兴市商务局" in hits[0].hint and hits[0].url == f"/units/{house.units.shaoxing.pk}/"
    assert not [h for h in search(house.people.county, "口岸规划") if "口岸规划" in h.title]
    assert not [h for h in search(house.people.firm, "口岸规划") if "口岸规划" in h.title]
