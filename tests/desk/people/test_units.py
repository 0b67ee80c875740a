"""The tree of units through time: names, moves, mergers, and who sees what then and now."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from commercebrain.desk.core.versioned import Conflict
from commercebrain.desk.people import actions, history
from commercebrain.desk.people.models import Membership, Person, Right, Unit, UnitState
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.plans.models import Document
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError

DAY = date(2025, 7, 21)
YESTERDAY = DAY - timedelta(days=1)


@pytest.mark.django_db
def test_a_new_name_counts_from_today_and_the_old_one_is_kept_with_its_last_day(house):
    unit = house.units.haishu
    actions.edit_unit(
        unit, name_zh="海曙区商务和投促局", name_en="Haishu Commerce", region=unit.region, parent=unit.parent,
        by=house.people.admin,
    )  # fmt: skip
    assert [(s.name_zh, s.starts, s.ends) for s in history.states(unit)] == [
        ("海曙区商务和投促局", DAY, None),
        ("海曙区商务局", None, YESTERDAY),
    ]
    assert [s.name_zh for s in history.path_on(unit, YESTERDAY)] == ["浙江省商务厅", "宁波市商务局", "海曙区商务局"]


@pytest.mark.django_db
def test_a_correction_rewrites_what_was_never_so(house):
    unit = house.units.haishu
    actions.edit_unit(
        unit, name_zh="海曙区商务局", name_en="Haishu District Bureau", region=unit.region, parent=unit.parent,
        correction=True,
    )  # fmt: skip
    assert [s.name_en for s in history.states(unit)] == ["Haishu District Bureau"]


@pytest.mark.django_db
def test_of_two_editors_of_a_unit_the_later_one_is_told(house):
    unit = house.units.haishu
    same = {"name_en": "X", "region": unit.region, "parent": unit.parent}
    actions.edit_unit(unit, name_zh="甲", seen=unit.version, **same)
    with pytest.raises(Conflict):
        actions.edit_unit(unit, name_zh="乙", seen=unit.version, **same)
    assert Unit.objects.get(pk=unit.pk).name_zh == "甲"


@pytest.mark.django_db
def test_a_unit_that_moves_takes_its_past_along_and_the_past_is_still_known(house):
    """Rows follow the tree of today; the question what somebody saw on a day follows the tree of that day."""
    county = house.units.haishu
    row = Document.objects.create(name="a", title="a", unit=county, region=county.region, sha256="a")
    director, sister = house.people.director, house.people.sister
    assert row in Document.objects.visible_to(director) and row not in Document.objects.visible_to(sister)
    actions.move_unit(county, house.units.shaoxing)
    assert row not in Document.objects.visible_to(director) and row in Document.objects.visible_to(sister)
    assert row in Document.objects.visible_to(director, YESTERDAY)
    assert row not in Document.objects.visible_to(sister, YESTERDAY)


@pytest.mark.django_db
def test_a_merged_unit_hands_roles_units_and_rows_to_its_successor(house):
    gone, into = house.units.haishu, house.units.yinzhou
    row = Document.objects.create(name="a", title="a", unit=gone, region=gone.region, sha256="a")
    section = actions.create_unit("海曙区商务局外贸科", "Haishu, trade", gone.region, gone)
    county, neighbour = house.people.county, house.people.neighbour
    assert row not in Document.objects.enterable_by(neighbour)
    actions.close_unit(gone, into, by=house.people.admin)
    assert row in Document.objects.enterable_by(neighbour)  # own unit: what was merged into it too
    assert Unit.objects.get(pk=section.pk).parent_id == into.pk
    held = Membership.objects.in_force(DAY).get(person=county)
    assert (held.unit_id, held.starts) == (into.pk, DAY)
    assert Membership.objects.in_force(YESTERDAY).get(person=county).unit_id == gone.pk
    assert row in Document.objects.enterable_by(county)
    assert row not in Document.objects.enterable_by(neighbour, YESTERDAY)
    with pytest.raises(UserError, match="撤销"):
        actions.grant(house.people.clerk, Unit.objects.get(pk=gone.pk), house.roles["director"])


@pytest.mark.django_db
def test_a_unit_with_people_or_units_is_not_closed_without_a_successor_and_the_names_are_said(house):
    with pytest.raises(UserError, match="海曙区商务局"):
        actions.close_unit(house.units.ningbo, None)
    with pytest.raises(UserError, match="测试county"):
        actions.close_unit(house.units.haishu, None)
    with pytest.raises(UserError):
        actions.close_unit(house.units.ningbo, house.units.haishu)
    empty = actions.create_unit("临时专班", "Task force", house.regions["330200"], house.units.ningbo)
    assert actions.close_unit(empty, None).closed_on == DAY
    with pytest.raises(UserError, match="撤销"):
        actions.move_unit(house.units.haishu, Unit.objects.get(pk=empty.pk))


@pytest.mark.database
class HistoriesOnRandomTrees(TestCase):
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        parents=st.lists(st.integers(-1, 5), min_size=2, max_size=6),
        moves=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(-1, 5)), max_size=6),
    )
    def test_the_tree_of_a_day_is_the_one_that_stood_at_the_end_of_it(self, parents, moves):
        from commercebrain.desk.core.models import Setting

        region = Region.objects.create(code="330200", name_zh="宁波市", name_en="Ningbo", level="city")
        made: list[Unit] = []
        for number, parent in enumerate(parents):
            above = made[parent] if 0 <= parent < len(made) else None
            made.append(actions.create_unit(f"单位{number}", f"Unit {number}", region, above))
        stood = {}
        for day in range(3):
            today = DAY + timedelta(days=day)
            Setting.objects.update_or_create(key="business_date", defaults={"value": today.isoformat()})
            for on, unit, parent in moves:
                if on != day or unit >= len(made) or parent >= len(made):
                    continue
                try:
                    actions.move_unit(made[unit], Unit.objects.get(pk=made[parent].pk) if parent >= 0 else None)
                except UserError as fault:
                    assert fault.code == "units.circle"
            stood[today] = dict(Unit.objects.values_list("pk", "path"))
        for today, paths in stood.items():
            assert dict(UnitState.objects.in_force(today).values_list("unit", "path")) == paths


@pytest.mark.django_db
def test_the_rights_of_a_past_day_are_those_of_the_memberships_and_the_tree_of_that_day(house):
    boss = Person.objects.get(username="province")
    actions.move_unit(house.units.ningbo, None)
    assert house.units.ningbo.pk not in extent_of(boss, Right.SEE, DAY).units
    assert house.units.haishu.pk in extent_of(boss, Right.SEE, YESTERDAY).units
