"""The register of enterprises: checked codes, two kinds of facts, requests that another decides, guards of the database."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.desk.core.models import Event
from commercebrain.desk.core.versioned import Conflict
from commercebrain.desk.people.models import Unit
from commercebrain.desk.registry import actions, queries
from commercebrain.desk.registry.models import Enterprise, EnterpriseChange, EnterpriseName, Region
from commercebrain.engine.enterprises import uscc
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
REAL = "91110000600037341L"
OTHER = "91330201MA2AG0007P"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def firm(house):
    return actions.add_enterprise(
        house.people.county, uscc=REAL, name_zh="海曙恒达服饰有限公司", name_en="Haishu Hengda Garments Co., Ltd.",
        region=house.regions["330203"],
    )  # fmt: skip


def test_a_firm_is_entered_with_a_checked_code_and_goes_to_its_countys_bureau(house, firm):
    assert (firm.uscc, firm.unit, firm.synthetic) == (REAL, house.units.haishu, False)
    assert Event.objects.filter(verb="enterprise.added", subject_id=str(firm.pk)).exists()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"uscc": "91110000600037341M"}, "uscc.check_digit"),
        ({"uscc": " 91110000-600037341l "}, "enterprises.taken"),
        ({"uscc": uscc.synthetic("990101", 1)}, "enterprises.synthetic_region"),
        ({"uscc": OTHER, "established_on": date(2020, 1, 2), "closed_on": date(2020, 1, 1)}, "enterprises.dates"),
    ],
)
def test_what_cannot_be_entered_is_told_and_nothing_is_written(house, firm, values, code):
    with pytest.raises(UserError) as fault:
        actions.add_enterprise(None, **{"name_zh": "某公司", "region": house.regions["330203"], **values})
    assert fault.value.code == code and Enterprise.objects.filter(synthetic=False).count() == 1


def test_nobody_enters_a_firm_of_another_county(house):
    with pytest.raises(PermissionDenied):
        actions.add_enterprise(house.people.county, uscc=OTHER, name_zh="某公司", region=house.regions["330212"])


@pytest.mark.database
@pytest.mark.parametrize("synthetic", [True, False])
def test_the_database_itself_refuses_a_synthetic_firm_in_a_real_region_and_the_reverse(house, synthetic):
    invented = Region.objects.filter(synthetic=True).first()
    code = uscc.synthetic("990101", 7) if synthetic else OTHER
    wrong = house.regions["330203"] if synthetic else invented
    row = {"uscc": code, "name_zh": "某公司", "synthetic": synthetic}
    for write in (lambda: Enterprise.objects.create(region=wrong, **row),
                  lambda: Enterprise.objects.bulk_create([Enterprise(region=wrong, **row)])):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
    right = invented if synthetic else house.regions["330203"]
    made = Enterprise.objects.create(region=right, **row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Enterprise.objects.filter(pk=made.pk).update(region=wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Enterprise.objects.filter(pk=made.pk).update(synthetic=not synthetic, region=wrong)


@pytest.mark.database
def test_two_open_dated_rows_of_one_region_code_are_refused(house):
    with pytest.raises(IntegrityError), transaction.atomic():
        Region.objects.create(code="330203", name_zh="又一个", name_en="Twice", level="county")


def test_own_facts_are_edited_and_register_facts_are_not(house, firm):
    changed = actions.edit_enterprise(house.people.county, firm, {"size": "small", "tags": ["重点"]}, firm.version)
    assert (changed.size, changed.tags) == ("small", ["重点"])
    with pytest.raises(UserError) as fault:
        actions.edit_enterprise(house.people.county, changed, {"name_zh": "别名"}, changed.version)
    assert fault.value.code == "enterprises.register_fact"


def test_of_two_editors_the_later_one_is_told(house, firm):
    actions.edit_enterprise(house.people.county, firm, {"size": "small"}, 1)
    with pytest.raises(Conflict):
        actions.edit_enterprise(house.people.planner, firm, {"size": "large"}, 1)
    firm.refresh_from_db()
    assert firm.size == "small"


def test_a_change_is_decided_by_another_person_and_keeps_the_old_name(house, firm):
    asked = actions.ask_for_change(house.people.county, firm, {"name_zh": "海曙恒隆服饰有限公司"}, "变更通知2025-07-01")
    firm.refresh_from_db()
    assert firm.name_zh == "海曙恒达服饰有限公司" and asked.changes == {
        "name_zh": ["海曙恒达服饰有限公司", "海曙恒隆服饰有限公司"]
    }
    with pytest.raises(UserError) as own:
        actions.decide_change(house.people.county, asked, True)
    assert own.value.code == "changes.own"
    with pytest.raises(PermissionDenied):
        actions.decide_change(house.people.sister, asked, True)
    actions.decide_change(house.people.planner, asked, True)
    firm.refresh_from_db()
    assert firm.name_zh == "海曙恒隆服饰有限公司"
    assert [n.name for n in EnterpriseName.objects.filter(enterprise=firm, kind="former")] == ["海曙恒达服饰有限公司"]
    with pytest.raises(UserError) as again:
        actions.decide_change(house.people.planner, asked, False, "又改主意")
    assert again.value.code == "changes.decided"


def test_a_rejected_change_changes_nothing_and_says_why(house, firm):
    asked = actions.ask_for_change(
        house.people.county, firm, {"status": "closed", "closed_on": date(2025, 6, 30)}, "听说"
    )
    with pytest.raises(UserError) as fault:
        actions.decide_change(house.people.planner, asked, False, " ")
    assert fault.value.code == "changes.no_reason"
    actions.decide_change(house.people.planner, asked, False, "没有登记机关的通知")
    firm.refresh_from_db()
    assert (firm.status, firm.closed_on) == ("existing", None)


@pytest.mark.parametrize(
    ("values", "reason", "code"),
    [
        ({"name_zh": "海曙恒达服饰有限公司"}, "理由", "changes.none"),
        ({"name_zh": "新名"}, "  ", "changes.no_reason"),
        ({"uscc": "91110000600037341M"}, "理由", "uscc.check_digit"),
        ({"size": "large"}, "理由", "changes.not_a_register_fact"),
    ],
)
def test_a_request_that_says_nothing_or_nonsense_is_told(house, firm, values, reason, code):
    with pytest.raises(UserError) as fault:
        actions.ask_for_change(house.people.county, firm, values, reason)
    assert fault.value.code == code and not EnterpriseChange.objects.exists()


def test_two_open_requests_never_speak_of_one_fact_and_a_stale_one_is_not_applied(house, firm):
    first = actions.ask_for_change(house.people.county, firm, {"address": "甲路1号"}, "迁址")
    with pytest.raises(UserError) as fault:
        actions.ask_for_change(house.people.planner, firm, {"address": "乙路2号"}, "迁址")
    assert fault.value.code == "changes.already_asked"
    Enterprise.objects.filter(pk=firm.pk).update(address="丙路3号")
    with pytest.raises(UserError) as stale:
        actions.decide_change(house.people.planner, first, True)
    assert stale.value.code == "changes.stale"
    first.refresh_from_db()
    assert first.state == "open"


def test_a_firm_that_moves_to_another_county_goes_to_that_countys_bureau(house, firm):
    asked = actions.ask_for_change(house.people.county, firm, {"region": house.regions["330212"]}, "迁址")
    actions.decide_change(house.people.planner, asked, True)
    firm.refresh_from_db()
    assert (firm.region.code, firm.unit) == ("330212", house.units.yinzhou)
    assert not queries.enterprises_visible_to(house.people.county).filter(pk=firm.pk).exists()


def test_a_firms_user_asks_and_never_decides(house):
    firm = Enterprise.objects.get(uscc__startswith="9199")
    asked = actions.ask_for_change(house.people.firm, firm, {"address": "新地址"}, "迁址")
    other = actions.ask_for_change(house.people.firm, firm, {"name_zh": "示例二号公司"}, "更名")
    EnterpriseChange.objects.filter(pk=other.pk).update(asked_by=None)
    other.refresh_from_db()
    for request in (asked, other):
        with pytest.raises(PermissionDenied):
            actions.decide_change(house.people.firm, request, True)


def test_contacts_are_masked_until_a_reason_is_given_and_the_look_is_recorded(client, house, firm):
    actions.add_contact(house.people.county, firm, name="张三丰", phone="13800000000", main=True)
    client.force_login(house.people.county, backend=BACKEND)
    page = client.get(reverse("registry:enterprise", args=[firm.pk])).text
    assert "张**" in page and "张三丰" not in page and "13800000000" not in page
    address = reverse("registry:contacts", args=[firm.pk])
    assert "13800000000" not in client.get(address).text
    refused = client.post(address, {"reason": ""})
    assert refused.status_code == 422 and "13800000000" not in refused.text
    shown = client.post(address, {"reason": "核对订单"})
    assert "13800000000" in shown.text and "张三丰" in shown.text
    assert Event.objects.filter(verb="data.seen_for", data__reason="核对订单").count() == 1
    assert not Event.objects.filter(data__icontains="13800000000").exists()


def test_looking_at_a_firm_is_recorded_once_and_not_at_every_reload(client, house, firm):
    client.force_login(house.people.planner, backend=BACKEND)
    for _again in range(3):
        client.get(reverse("registry:enterprise", args=[firm.pk]))
    assert Event.objects.filter(verb="data.seen", subject_type="registry.enterprise").count() == 1


@pytest.mark.parametrize("typed", ["恒达", "hshd", "91110000600037341L", "Hengda", "600037341", "曾用"])
def test_a_firm_is_found_by_fragment_initials_code_english_and_former_name(client, house, firm, typed):
    EnterpriseName.objects.create(enterprise=firm, kind="former", name="曾用老名服饰厂")
    from commercebrain.desk.registry.finding import keep_found

    keep_found([firm.pk])
    client.force_login(house.people.county, backend=BACKEND)
    assert firm.name_zh in client.get(reverse("registry:enterprises"), {"q": typed}).text
    assert firm.name_zh in client.get(reverse("core:search"), {"q": typed}).text
    client.force_login(house.people.sister, backend=BACKEND)
    assert firm.name_zh not in client.get(reverse("registry:enterprises"), {"q": typed}).text


def test_the_list_of_a_county_shows_its_firms_and_no_others(client, house, firm):
    actions.add_enterprise(None, uscc=OTHER, name_zh="鄞州某公司", region=house.regions["330212"])
    client.force_login(house.people.county, backend=BACKEND)
    text = client.get(reverse("registry:enterprises")).text
    assert "海曙恒达" in text and "鄞州某公司" not in text
    client.force_login(house.people.planner, backend=BACKEND)
    text = client.get(reverse("registry:enterprises")).text
    assert "海曙恒达" in text and "鄞州某公司" in text


def test_forms_enter_edit_ask_and_decide(client, house):
    client.force_login(house.people.county, backend=BACKEND)
    wrong = client.post(
        reverse("registry:enterprise_add"), {"uscc": "123", "name_zh": "甲公司", "region": house.regions["330203"].pk}
    )
    assert wrong.status_code == 422 and "18" in wrong.text
    foreign = client.post(
        reverse("registry:enterprise_add"), {"uscc": REAL, "name_zh": "甲公司", "region": house.regions["330212"].pk}
    )
    assert foreign.status_code == 422
    done = client.post(
        reverse("registry:enterprise_add"), {"uscc": REAL, "name_zh": "甲公司", "region": house.regions["330203"].pk}
    )
    firm = Enterprise.objects.get(uscc=REAL)
    assert done.url == reverse("registry:enterprise", args=[firm.pk])
    client.post(
        reverse("registry:enterprise_edit", args=[firm.pk]),
        {"size": "small", "tags": "重点 外贸", "unit": firm.unit_id},
    )
    firm.refresh_from_db()
    assert (firm.size, firm.tags) == ("small", ["重点", "外贸"])
    facts = {"name_zh": "乙公司", "uscc": REAL, "status": "existing", "region": firm.region_id, "reason": "更名通知"}
    client.post(reverse("registry:change_ask", args=[firm.pk]), facts)
    asked = EnterpriseChange.objects.get()
    client.force_login(house.people.planner, backend=BACKEND)
    page = client.get(reverse("registry:change", args=[asked.pk])).text
    assert "甲公司" in page and "乙公司" in page
    client.post(reverse("registry:change", args=[asked.pk]), {"decision": "approve"})
    firm.refresh_from_db()
    assert firm.name_zh == "乙公司"


@pytest.mark.database
def test_invented_firms_are_made_once_and_stand_in_their_counties_bureaus(house):
    actions.load_regions()
    bureau = Unit.objects.create(
        name_zh="甲区商务局", name_en="Jia", region=Region.objects.get(code="990101"), path="999/"
    )
    before = Enterprise.objects.count()
    assert actions.simulate_enterprises(300, 4) == (300, 0)
    assert actions.simulate_enterprises(300, 4) == (0, 300)
    made = Enterprise.objects.filter(uscc__startswith="9199", name_zh__startswith="示例").exclude(
        uscc="91990100MA0000000D"
    )
    assert Enterprise.objects.count() == before + 300 and all(row.synthetic for row in made)
    assert set(made.filter(region__code="990101").values_list("unit", flat=True)) == {bureau.pk}
    assert {row.region.synthetic for row in made.select_related("region")} == {True}


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=30))
def test_any_text_as_a_code_is_a_sentence_and_never_a_fault_of_the_server(text):
    try:
        assert len(uscc.check(text)) == 18
    except UserError as fault:
        assert fault.zh and fault.en
