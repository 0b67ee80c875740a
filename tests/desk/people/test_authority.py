"""Nobody raises the own rights, and no administrator reaches out of the own area, by whatever way."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from commercebrain.desk.core.models import Event
from commercebrain.desk.people import actions, queries
from commercebrain.desk.people.authority import NotPermitted, manages_person, manages_unit, roles_granted_by
from commercebrain.desk.people.models import Membership, Person, Right, Role
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
DAY = date(2025, 7, 21)


def refused(action, *given, **named):
    before = Membership.objects.count(), Event.objects.count()
    with pytest.raises((PermissionDenied, UserError)):
        action(*given, **named)
    assert (Membership.objects.count(), Event.objects.count()) == before


def test_an_administrator_manages_the_own_units_and_those_below_and_no_others(house):
    admin, units = house.people.admin, house.units
    assert [manages_unit(admin, u) for u in (units.ningbo, units.haishu, units.zhejiang, units.shaoxing, None)] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert manages_unit(house.people.root, units.nanjing) and manages_unit(house.people.root, None)
    assert not manages_unit(house.people.director, units.ningbo)


def test_nobody_grants_a_role_to_oneself_and_nobody_takes_one_back_from_oneself(house):
    for by in (house.people.admin, house.people.root):
        refused(actions.grant, by, house.units.ningbo, house.roles["director"], by=by)
        refused(actions.revoke, by.memberships.get(), by=by)
        refused(actions.reset_password, by, by=by)
        refused(actions.switch, by, False, by=by)


@pytest.mark.parametrize("unit", ["zhejiang", "shaoxing", "nanjing"])
def test_a_role_outside_of_the_own_area_cannot_be_granted_moved_to_or_taken_back(house, unit):
    admin, there = house.people.admin, getattr(house.units, unit)
    refused(actions.grant, house.people.clerk, there, house.roles["statistics_clerk"], by=admin)
    refused(actions.move_unit, house.units.haishu, there, by=admin)
    refused(actions.create_unit, "甲", "A", house.regions["330200"], there, by=admin)
    refused(actions.close_unit, house.units.haishu, there, by=admin)
    for membership in Membership.objects.filter(unit=there):
        refused(actions.revoke, membership, by=admin)


def test_a_role_that_reaches_everywhere_is_granted_by_a_super_administrator_only(house):
    wide = Role.objects.create(code="wide", name_zh="全域", name_en="Wide", see="all")
    for role in (wide, house.roles["super_administrator"]):
        refused(actions.grant, house.people.clerk, house.units.ningbo, role, by=house.people.admin)
        assert role not in roles_granted_by(house.people.admin)
        actions.grant(house.people.clerk, house.units.ningbo, role, by=house.people.root)


def test_chosen_units_outside_of_the_own_area_cannot_be_handed_out(house):
    picked = Role.objects.create(code="picked", name_zh="指定", name_en="Picked", see="chosen")
    given = (house.people.clerk, house.units.ningbo, picked)
    refused(actions.grant, *given, by=house.people.admin, chosen=[house.units.haishu, house.units.shaoxing])
    refused(actions.grant, *given, by=house.people.admin)  # and none at all makes no sense
    made = actions.grant(*given, by=house.people.admin, chosen=[house.units.haishu])
    assert [u.pk for u in made.chosen.all()] == [house.units.haishu.pk]
    assert house.units.haishu.pk in extent_of(house.people.clerk, Right.SEE, DAY).units


def test_an_account_that_reaches_further_than_its_administrator_is_out_of_hand(house):
    """Else a new password for it would be a way out of the own area."""
    admin, clerk = house.people.admin, house.people.clerk
    assert manages_person(admin, clerk) and actions.reset_password(clerk, admin)
    abroad = actions.grant(clerk, house.units.shaoxing, house.roles["statistics_clerk"], by=house.people.root)
    for action in (actions.reset_password, actions.unlock):
        refused(action, clerk, admin)
    refused(actions.switch, clerk, False, admin)
    actions.revoke(abroad, by=house.people.root)
    assert actions.reset_password(clerk, admin)
    actions.grant(clerk, house.units.ningbo, house.roles["super_administrator"], by=house.people.root)
    refused(actions.reset_password, clerk, admin)


def test_an_account_of_nobody_is_managed_by_who_manages_everything_or_its_home(house):
    assert not manages_person(house.people.admin, house.people.nobody)
    assert manages_person(house.people.root, house.people.nobody)
    fresh = actions.create_person("fresh", None, "新人", by=house.people.admin, home=house.units.haishu)
    assert manages_person(house.people.admin, fresh)
    refused(actions.create_person, "far", None, "外地", by=house.people.admin, home=house.units.nanjing)
    refused(actions.create_person, "homeless", None, "无", by=house.people.admin)
    with pytest.raises(PermissionDenied):
        actions.edit_person(
            fresh, name_zh="新人", name_en="", home=house.units.nanjing, language="", by=house.people.admin
        )


def test_a_given_password_is_strong_works_once_and_opens_one_page(house, client):
    secret = actions.reset_password(house.people.clerk, house.people.admin)
    assert len(secret) >= 16 and secret not in str(list(Event.objects.values_list("data", flat=True)))
    assert client.post("/accounts/sign-in/", {"username": "clerk", "password": secret}).status_code == 302
    assert client.get("/plans/").url == "/accounts/me/" and client.get("/accounts/me/").status_code == 200
    assert client.get("/api/plans").status_code == 403
    fields = {"old_password": secret, "new_password1": "Kept-by-myself-7", "new_password2": "Kept-by-myself-7"}
    assert client.post("/accounts/me/", fields).status_code == 302
    assert client.get("/plans/").status_code == 200


def test_of_two_editors_of_an_account_the_later_one_is_told(house):
    from commercebrain.desk.core.versioned import Conflict

    clerk, seen = house.people.clerk, house.people.clerk.version
    same = {"name_en": "", "home": None, "language": ""}
    actions.edit_person(clerk, name_zh="甲", by=house.people.root, seen=seen, **same)
    with pytest.raises(Conflict):
        actions.edit_person(clerk, name_zh="乙", by=house.people.root, seen=seen, **same)
    assert Person.objects.get(pk=clerk.pk).name_zh == "甲"


# --- delegations ----------------------------------------------------------------------------------------------------
def lend(house, holder="planner", to="it", starts=DAY, ends=date(2025, 7, 31), rights=(Right.SEE,), **more):
    holder = getattr(house.people, holder)
    return actions.delegate(
        holder.memberships.get(), getattr(house.people, to), starts, ends, list(rights), by=holder, **more
    )


def test_a_delegation_counts_on_its_days_only_and_lends_only_the_rights_named(house):
    lend(house, rights=(Right.SEE,), starts=DAY, ends=date(2025, 7, 22))
    it, county = house.people.it, house.units.haishu.pk
    assert county in extent_of(it, Right.SEE, DAY).units
    assert county not in extent_of(it, Right.ENTER, DAY).units
    assert county not in extent_of(it, Right.SEE, date(2025, 7, 23)).units
    assert county not in extent_of(it, Right.SEE, date(2025, 7, 20)).units


def test_what_is_lent_cannot_be_lent_on(house):
    lend(house)
    refused(actions.delegate, house.people.planner.memberships.get(), house.people.trader, DAY, DAY, [Right.SEE],
            by=house.people.it)  # fmt: skip
    refused(actions.delegate, house.people.planner.memberships.get(), house.people.trader, DAY, DAY, [Right.SEE],
            by=house.people.admin)  # fmt: skip


def test_a_delegation_ends_with_the_role_and_with_the_account_of_its_holder(house):
    lend(house)
    it, county = house.people.it, house.units.haishu.pk
    actions.switch(house.people.planner, False, by=house.people.root)
    assert county not in extent_of(it, Right.SEE, DAY).units
    actions.switch(house.people.planner, True, by=house.people.root)
    assert county in extent_of(it, Right.SEE, DAY).units
    actions.revoke(house.people.planner.memberships.get(), by=house.people.root)
    assert county not in extent_of(it, Right.SEE, DAY).units


def test_the_right_to_manage_and_a_clearance_are_never_lent(house):
    refused(lend, house, holder="admin", rights=(Right.SEE,))
    lend(house, holder="director", rights=(Right.SEE, Right.ENTER, Right.FIND))
    assert not queries.runs_system(house.people.it)


@pytest.mark.parametrize("to", ["evaluator", "firm", "planner"])
def test_nothing_is_lent_to_a_third_party_a_firm_or_oneself(house, to):
    refused(lend, house, to=to)


def test_a_delegation_without_sense_is_refused_in_words(house):
    refused(lend, house, starts=date(2025, 8, 2), ends=date(2025, 8, 1))
    refused(lend, house, starts=date(2025, 7, 1), ends=date(2025, 7, 20))
    refused(lend, house, holder="it", to="clerk", rights=(Right.ENTER,))  # the role has no such right
    refused(lend, house, rights=())
    Membership.objects.filter(person=house.people.planner).update(ends=date(2025, 7, 25))
    refused(lend, house, ends=date(2025, 7, 26))


def test_a_delegation_is_ended_by_either_side_or_the_administrator_and_by_nobody_else(house):
    for by in ("planner", "it", "admin"):
        made = lend(house)
        refused(actions.end_delegation, made, by=house.people.trader)
        actions.end_delegation(made, by=getattr(house.people, by))
        assert house.units.haishu.pk not in extent_of(house.people.it, Right.SEE, DAY).units
    coming = lend(house, starts=date(2025, 7, 25))
    actions.end_delegation(coming, by=house.people.planner)
    assert not queries.delegations_visible_to(house.people.it).filter(pk=coming.pk).exists()
    assert Event.objects.filter(verb="delegation.ended").count() == 4


def test_the_deputy_sees_and_enters_what_the_clerk_does_and_the_account_says_so(house, client):
    for right in Right:
        assert extent_of(house.people.deputy, right, DAY).units == extent_of(house.people.clerk, right, DAY).units
    client.force_login(house.people.deputy, backend="django.contrib.auth.backends.ModelBackend")
    assert "测试clerk" in client.get("/accounts/me/").content.decode()


# --- firms and third parties ----------------------------------------------------------------------------------------
def test_a_firms_user_has_the_own_firm_its_office_and_nobody_else(house):
    from commercebrain.desk.registry.models import Enterprise

    firm = house.people.firm
    other = Enterprise.objects.create(
        uscc="91990100MA0000001B", name_zh="示例二号公司", unit=house.units.sample,
        region=house.units.sample.region, synthetic=True,
    )  # fmt: skip
    extent = extent_of(firm, Right.SEE, DAY)
    assert len(extent.firms) == 1 and not extent.units and not extent.everything
    assert other not in Enterprise.objects.visible_to(firm)
    assert [e.name_zh for e in Enterprise.objects.visible_to(firm)] == ["示例一号公司"]
    assert [u.pk for u in queries.units_visible_to(firm)] == [house.units.sample.pk]
    assert [p.username for p in queries.persons_visible_to(firm)] == ["firm"]


def test_a_firms_role_needs_a_firm_and_no_other_role_takes_one(house):
    refused(actions.grant, house.people.nobody, house.units.sample, house.roles["firm"], by=house.people.root)
    own = house.people.firm.memberships.get().firm
    refused(actions.grant, house.people.nobody, house.units.sample, house.roles["director"], by=house.people.root,
            firm=own)  # fmt: skip
    refused(lend, house, holder="firm", to="clerk")
    assert NotPermitted.status == 403


def test_an_account_that_acts_for_somebody_further_up_is_out_of_hand_while_it_does(house):
    """A new password for it would lend what was lent to it."""
    admin, clerk, province = house.people.admin, house.people.clerk, house.people.province
    assert manages_person(admin, clerk)
    lent = actions.delegate(
        province.memberships.get(), clerk, date(2025, 8, 1), date(2025, 8, 31), [Right.SEE], by=province
    )
    assert not manages_person(admin, clerk) and manages_person(house.people.root, clerk)
    refused(actions.reset_password, clerk, admin)
    actions.end_delegation(lent, province)
    assert manages_person(admin, clerk)


def test_the_user_of_a_firm_elsewhere_is_neither_made_nor_managed(house):
    admin, role, units = house.people.admin, house.roles["firm"], house.units
    made = {"uscc": "91990100MA000001XX", "name_zh": "示例二号公司", "region": units.sample.region, "synthetic": True}
    abroad = Enterprise.objects.create(unit=units.sample, **made)
    here = Enterprise.objects.create(**{**made, "uscc": "91990100MA000002XX", "unit": units.haishu})
    refused(actions.grant, house.people.clerk, units.ningbo, role, by=admin, firm=abroad)
    actions.grant(house.people.clerk, units.ningbo, role, by=admin, firm=here)
    assert manages_person(admin, house.people.clerk)
    actions.grant(house.people.clerk, units.ningbo, role, by=house.people.root, firm=abroad)
    assert not manages_person(admin, house.people.clerk)


def test_no_unit_is_placed_in_a_region_outside_of_the_own_area(house, client):
    """Figures are reached by the regions of one's units."""
    admin, haishu, regions = house.people.admin, house.units.haishu, house.regions
    named = {"name_zh": haishu.name_zh, "name_en": haishu.name_en, "parent": haishu.parent}
    for code in ("330000", "330600", "320100"):
        refused(actions.create_unit, "甲", "A", regions[code], house.units.ningbo, by=admin)
        refused(actions.edit_unit, haishu, region=regions[code], by=admin, **named)
    actions.edit_unit(haishu, region=regions["330212"], by=admin, **named)
    client.force_login(admin)
    page = client.get(reverse("people:unit_edit", args=[haishu.pk])).content.decode()
    assert "鄞州区" in page and "南京市" not in page
    actions.create_unit("甲", "A", regions["320100"], house.units.ningbo, by=house.people.root)


def test_a_merger_hands_no_wider_place_to_who_orders_it(house):
    admin, units = house.people.admin, house.units
    actions.grant(admin, units.haishu, house.roles["trade_section"], by=house.people.root)
    with pytest.raises(NotPermitted):
        actions.close_unit(units.haishu, units.ningbo, by=admin)
    assert extent_of(admin, Right.SEE, DAY).units == {units.haishu.pk}
    actions.close_unit(units.haishu, units.ningbo, by=house.people.root)
