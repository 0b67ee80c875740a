"""Writes of units, persons and memberships."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests.house import PASSWORD, PERSONS

from commercebrain.desk.core.models import Event
from commercebrain.desk.people import actions, queries
from commercebrain.desk.people.models import Membership, Role, Unit
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db


def test_only_who_runs_the_system_may_manage(house):
    by = house.people.director
    with pytest.raises(PermissionDenied):
        actions.create_unit("甲", "A", house.regions["330200"], by=by)
    with pytest.raises(PermissionDenied):
        actions.create_person("new", PASSWORD, "新", by=by)
    with pytest.raises(PermissionDenied):
        actions.grant(by, house.units.zhejiang, house.roles["administrator"], by=by)
    with pytest.raises(PermissionDenied):
        actions.switch(house.people.clerk, False, by=by)
    assert actions.create_unit("甲", "A", house.regions["330200"], house.units.ningbo, by=house.people.admin).path


def test_every_write_leaves_an_event_with_its_author(house):
    before = Event.objects.count()
    unit = actions.create_unit("甲", "A", house.regions["330200"], house.units.ningbo, by=house.people.admin)
    actions.grant(house.people.clerk, unit, house.roles["statistics_clerk"], by=house.people.admin)
    events = list(Event.objects.order_by("pk")[before:])
    assert [e.verb for e in events] == ["unit.created", "membership.granted"]
    assert all(e.person == house.people.admin and e.unit == unit for e in events)
    assert events[0].business_date == date(2025, 7, 21)


def test_loading_the_roles_twice_changes_nothing(house):
    before = list(Role.objects.values()), Event.objects.count()
    assert actions.load_roles() == 11
    assert (list(Role.objects.values()), Event.objects.count()) == before


def test_a_role_file_with_an_unknown_scope_is_refused_with_the_value(db, tmp_path):
    file = tmp_path / "roles.yaml"
    file.write_text("roles: {x: {name: {zh: 甲, en: A}, see: belwo}}", encoding="utf-8")
    with pytest.raises(UserError, match="belwo"):
        actions.load_roles(file)
    assert not Role.objects.exists()


def test_the_same_grant_twice_is_one_membership_with_one_event(house):
    again = actions.grant(house.people.clerk, house.units.ningbo, house.roles["statistics_clerk"])
    assert again == house.people.clerk.memberships.get()
    assert Event.objects.filter(verb="membership.granted", subject_id=str(again.pk)).count() == 1


def test_a_revoked_role_shows_nothing_the_same_day_and_its_history_stays(house):
    assert queries.units_visible_to(house.people.clerk).exists()
    actions.revoke(house.people.clerk.memberships.get(), by=house.people.admin)
    assert not queries.units_visible_to(house.people.clerk).exists()
    assert house.people.clerk.memberships.get().ends == date(2025, 7, 20)


def test_a_membership_whose_end_is_before_its_start_is_refused_in_words(house):
    with pytest.raises(UserError) as fault:
        actions.grant(
            house.people.clerk,
            house.units.ningbo,
            house.roles["director"],
            starts=date(2025, 8, 2),
            ends=date(2025, 8, 1),
        )
    assert "2025-08-01" in fault.value.zh


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123", "planner-planner"])
def test_a_weak_password_is_refused_and_no_account_is_left_behind(house, password):
    with pytest.raises(UserError, match="密码"):
        actions.create_person("planner-planner", password, "规划")
    assert not house.people.clerk._meta.model.objects.filter(username="planner-planner").exists()


def test_a_user_name_is_taken_whatever_its_case(house):
    with pytest.raises(UserError, match="CLERK"):
        actions.create_person("CLERK", PASSWORD, "另一人")


def test_nobody_switches_off_the_own_account(house):
    with pytest.raises(UserError):
        actions.switch(house.people.admin, False, by=house.people.admin)
    assert actions.switch(house.people.clerk, False, by=house.people.admin) is True
    assert actions.switch(house.people.clerk, False, by=house.people.admin) is False


def test_a_unit_cannot_be_moved_below_itself(house):
    with pytest.raises(UserError, match="海曙"):
        actions.move_unit(house.units.ningbo, house.units.haishu)


def test_persons_in_sight_are_those_of_the_units_in_sight(house):
    names = {p.username for p in queries.persons_visible_to(house.people.director)}
    assert {"director", "clerk", "county"} <= names and not names & {"sister", "province", "nobody"}
    assert {p.username for p in queries.persons_visible_to(house.people.county)} == {"county"}
    near = {p.username for p in queries.persons_visible_to(house.people.admin)}
    assert near == {"director", "planner", "clerk", "trader", "county", "evaluator", "it", "admin", "neighbour"}
    assert queries.persons_visible_to(house.people.root).count() == len(PERSONS)
    assert {p.username for p in queries.persons_visible_to(house.people.firm)} == {"firm"}
    assert not queries.persons_visible_to(house.people.nobody).exclude(username="nobody").exists()


@pytest.mark.database
class PathsOnRandomTrees(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        parents=st.lists(st.integers(-1, 6), min_size=1, max_size=7),
        moves=st.lists(st.tuples(st.integers(0, 6), st.integers(-1, 6)), max_size=5),
    )
    def test_paths_always_spell_the_chain_of_parents(self, parents, moves):
        region = Region.objects.create(code="330200", name_zh="宁波市", name_en="Ningbo", level="city")
        made: list[Unit] = []
        for number, parent in enumerate(parents):
            above = made[parent] if 0 <= parent < len(made) else None
            made.append(actions.create_unit(f"单位{number}", f"Unit {number}", region, above))
        for unit, parent in moves:
            if unit >= len(made) or parent >= len(made):
                continue
            above = Unit.objects.get(pk=made[parent].pk) if parent >= 0 else None
            try:
                actions.move_unit(made[unit], above)
            except UserError as fault:
                assert fault.code == "units.circle"
        for unit in Unit.objects.all():
            chain, at = [], unit
            while at is not None:
                chain.append(at.pk)
                at = at.parent
            assert unit.path == "".join(f"{pk}/" for pk in reversed(chain))


def test_a_membership_that_has_not_begun_is_removed_when_revoked(house):
    coming = actions.grant(
        house.people.clerk, house.units.ningbo, house.roles["director"], starts=date(2025, 7, 21) + timedelta(days=9)
    )
    actions.revoke(coming)
    assert not Membership.objects.filter(pk=coming.pk).exists()
