"""Entries: who may change them, what stays of every change, two editors, what is personal, what is invented."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from commercebrain.desk.core.models import Event
from commercebrain.desk.core.versioned import Conflict
from commercebrain.desk.registers import actions, queries
from commercebrain.desk.registers.declared import register as declared
from commercebrain.desk.registers.models import Entry, EntryState
from commercebrain.engine.catalogue import Register

pytestmark = pytest.mark.django_db
MOST_TO_CHANGE, MOST_TO_ENTER = 24, 20  # questions to the database, savepoints with them


def make(register: Register, house: Any, name: str = "南塘老街", **more: Any) -> Entry:
    row = {"name": name, "stalls": 10, "phone": "0574-87654321", **more}
    return actions.create(register, house.people.planner, row, unit=house.units.ningbo)


@pytest.mark.database
def test_every_earlier_state_stays_and_saving_nothing_changes_nothing(night_market: Register, house: Any) -> None:
    entry, person = make(night_market, house), house.people.planner
    for stalls in (11, 12, 12):
        entry = actions.edit(entry, night_market, person, entry.version, {**entry.data, "stalls": stalls})
    assert (entry.version, entry.data["stalls"]) == (3, 12)
    assert [(s.version, s.data["stalls"]) for s in queries.states(entry)] == [(2, 11), (1, 10)]
    told = Event.objects.filter(verb="register.entry_changed").order_by("pk")
    assert [event.data["fields"] for event in told] == ["摊位数", "摊位数"]


@pytest.mark.database
def test_of_two_editors_the_later_one_is_told_and_nothing_is_overwritten(night_market: Register, house: Any) -> None:
    entry = make(night_market, house)
    seen = entry.version
    actions.edit(entry, night_market, house.people.planner, seen, {**entry.data, "stalls": 11})
    with pytest.raises(Conflict):
        actions.edit(Entry.objects.get(), night_market, house.people.director, seen, {**entry.data, "stalls": 99})
    assert Entry.objects.get().data["stalls"] == 11


@pytest.mark.database
def test_an_entry_given_to_another_unit_meanwhile_is_not_changed_with_the_right_of_before(
    night_market: Register, house: Any
) -> None:
    entry = make(night_market, house)
    read_before = Entry.objects.select_related("unit").get(pk=entry.pk)
    Entry.objects.filter(pk=entry.pk).update(unit=house.units.shaoxing)
    with pytest.raises(PermissionDenied):
        actions.edit(read_before, night_market, house.people.planner, None, {**entry.data, "stalls": 11})
    assert Entry.objects.get().data["stalls"] == 10


@pytest.mark.database
def test_a_key_that_is_taken_is_told_and_nothing_of_the_second_is_kept(night_market: Register, house: Any) -> None:
    make(night_market, house)
    other = make(night_market, house, name="另一条街")
    with pytest.raises(actions.EntryRefused, match="南塘老街"):
        make(night_market, house)
    with pytest.raises(actions.EntryRefused, match="南塘老街"):
        actions.edit(other, night_market, house.people.planner, None, {**other.data, "name": "南塘老街"})
    assert sorted(Entry.objects.values_list("title", flat=True)) == ["南塘老街", "另一条街"]
    told = Event.objects.filter(verb__startswith="register.entry").values_list("verb", flat=True)
    assert ([*told], EntryState.objects.count()) == (["register.entry_created"] * 2, 0)


def test_saving_an_entry_asks_few_questions(
    night_market: Register, house: Any, browse: Any, django_assert_max_num_queries: Any
) -> None:
    entry, client = make(night_market, house), browse(house.people.planner)
    typed = {"name": entry.title, "unit": house.units.ningbo.pk, "phone": "0574-87654321", "_version": entry.version}
    client.post(reverse("registers:edit", args=["night_market", entry.pk]), {**typed, "stalls": "11"})  # warm
    with django_assert_max_num_queries(MOST_TO_CHANGE):
        answer = client.post(
            reverse("registers:edit", args=["night_market", entry.pk]), {**typed, "stalls": "12", "_version": 2}
        )
    assert answer.status_code == 302
    with django_assert_max_num_queries(MOST_TO_ENTER):
        answer = client.post(reverse("registers:new", args=["night_market"]), {**typed, "name": "新街", "stalls": "12"})
    assert answer.status_code == 302


def test_the_form_shows_both_versions_to_the_later_editor(night_market: Register, house: Any, browse: Any) -> None:
    entry = make(night_market, house)
    url = reverse("registers:edit", args=["night_market", entry.pk])
    client = browse(house.people.director)
    typed = {"name": entry.title, "stalls": "99", "unit": house.units.ningbo.pk, "_version": entry.version}
    actions.edit(entry, night_market, house.people.planner, entry.version, {**entry.data, "stalls": 11})
    answer = client.post(url, typed)
    assert answer.status_code == 409
    assert b"99" in answer.content and b"11" in answer.content


def test_a_withdrawn_entry_leaves_list_search_and_api_and_can_be_restored(
    night_market: Register, house: Any, browse: Any
) -> None:
    entry, client = make(night_market, house), browse(house.people.planner)
    answer = client.post(reverse("registers:withdraw", args=["night_market", entry.pk]), {"reason": "已停业"})
    assert answer.status_code == 302
    assert not client.get("/registers/night_market/").context["lines"]
    assert client.get("/api/registers/night_market").json()["count"] == 0
    assert len(client.get("/registers/night_market/withdrawn/").context["lines"]) == 1
    assert client.get(reverse("registers:edit", args=["night_market", entry.pk])).status_code == 404
    with pytest.raises(actions.EntryRefused, match="恢复"):
        make(night_market, house)
    client.post(reverse("registers:restore", args=["night_market", entry.pk]), {"reason": "复业"})
    assert len(client.get("/registers/night_market/").context["lines"]) == 1
    assert [s.reason for s in queries.states(entry)] == ["复业", "已停业"]


def test_a_reason_is_needed_to_withdraw(night_market: Register, house: Any) -> None:
    entry = make(night_market, house)
    with pytest.raises(actions.EntryRefused):
        actions.withdraw(entry, night_market, house.people.planner, entry.version, "  ")
    assert not Entry.objects.get().withdrawn and not EntryState.objects.exists()


def test_a_key_is_used_once_in_a_register_and_again_in_another(night_market: Register, house: Any) -> None:
    make(night_market, house)
    with pytest.raises(actions.EntryRefused) as told:
        make(night_market, house)
    assert told.value.code == "register.key_taken" and told.value.field == "name"
    row = {"name": "南塘老街", "country": "IDN", "level": "municipal"}
    zone = declared("overseas_zone")
    assert zone is not None
    actions.create(zone, house.people.planner, row, unit=house.units.ningbo)


@pytest.mark.database
def test_nobody_enters_for_a_unit_outside_the_own_scope(night_market: Register, house: Any) -> None:
    row = {"name": "别处的街"}
    for who, unit in (("county", "ningbo"), ("sister", "haishu"), ("evaluator", "ningbo"), ("nobody", "haishu")):
        with pytest.raises(PermissionDenied):
            actions.create(night_market, getattr(house.people, who), row, unit=getattr(house.units, unit))
    entry = make(night_market, house)
    for who in ("county", "sister", "evaluator", "it", "nobody"):
        with pytest.raises(PermissionDenied):
            actions.edit(entry, night_market, getattr(house.people, who), entry.version, {**entry.data, "stalls": 1})
        with pytest.raises(PermissionDenied):
            actions.withdraw(entry, night_market, getattr(house.people, who), entry.version, "x")
    with pytest.raises(PermissionDenied):  # an entry is not handed to a unit for which one may not enter
        actions.edit(
            entry,
            night_market,
            house.people.director,
            entry.version,
            {**entry.data, "stalls": 2},
            unit=house.units.shaoxing,
        )
    assert Entry.objects.get().data["stalls"] == 10 and Entry.objects.get().version == 1


def test_a_personal_value_is_masked_until_a_reason_is_given_and_the_look_is_kept(
    night_market: Register, house: Any, browse: Any
) -> None:
    entry, client = make(night_market, house), browse(house.people.planner)
    page = reverse("registers:entry", args=["night_market", entry.pk])
    edit = reverse("registers:edit", args=["night_market", entry.pk])
    assert "87654321" not in client.get(page).content.decode()
    assert "87654321" not in client.get(edit).content.decode()
    client.post(reverse("registers:reveal", args=["night_market", entry.pk]), {"reason": ""})
    assert "87654321" not in client.get(page).content.decode(), "without a reason nothing opens"
    client.post(reverse("registers:reveal", args=["night_market", entry.pk]), {"reason": "核实开街时间"})
    assert "87654321" in client.get(page).content.decode()
    look = Event.objects.get(verb="data.seen_for")
    assert (look.person, look.data["reason"]) == (house.people.planner, "核实开街时间")
    assert "87654321" not in browse(house.people.director).get(page).content.decode(), "it opens to one person alone"


def test_an_edit_that_leaves_a_hidden_value_empty_keeps_it(night_market: Register, house: Any, browse: Any) -> None:
    entry = make(night_market, house)
    typed = {"name": entry.title, "stalls": "77", "phone": "", "unit": house.units.ningbo.pk}
    answer = browse(house.people.planner).post(reverse("registers:edit", args=["night_market", entry.pk]), typed)
    assert answer.status_code == 302
    assert Entry.objects.get().data == {"name": "南塘老街", "stalls": 77, "phone": "0574-87654321"}


def test_the_invented_and_the_real_never_stand_in_one_entry(night_market: Register, house: Any) -> None:
    from commercebrain.desk.registry.models import Region

    invented = Region.objects.filter(code__gte="990000").first() or Region.objects.create(
        code="990101", name_zh="甲区", name_en="Jia", level="county", synthetic=True
    )
    with pytest.raises(actions.EntryRefused) as told:
        make(night_market, house, county=invented.code)
    assert told.value.code == "register.two_worlds"
    assert not Entry.objects.exists()


def test_an_explain_rule_lets_an_entry_pass_with_its_explanation(house: Any, browse: Any) -> None:
    register = declared("overseas_warehouse")
    assert register is not None
    row = {"name": "大仓", "operator": "91330200144056951U", "country": "DEU", "area": 600_000}
    from commercebrain.engine.enterprises import uscc

    row["operator"] = next(
        code for last in uscc.ALPHABET if uscc.is_valid(code := "9133020014405695" + "1" + last)
    )  # fmt: skip
    with pytest.raises(actions.EntryRefused) as told:
        actions.create(register, house.people.planner, row, unit=house.units.ningbo)
    assert told.value.field == "explanation"
    entry = actions.create(register, house.people.planner, row, unit=house.units.ningbo, explanation="两处合并计算")
    assert entry.explanation == "两处合并计算"


def test_validity_is_a_filter(house: Any, browse: Any) -> None:
    register = declared("friendly_city")
    assert register is not None
    for name, first, last in (
        ("甲", None, date(2020, 1, 1)),
        ("乙", date(2020, 1, 1), None),
        ("丙", date(2030, 1, 1), None),
    ):
        row = {"name": name, "country": "JPN", "relation": "sister"}
        actions.create(register, house.people.planner, row, unit=house.units.ningbo, valid_from=first, valid_to=last)
    client = browse(house.people.sister)
    for state, name in (("over", "甲"), ("today", "乙"), ("future", "丙")):
        lines = client.get(f"/registers/friendly_city/?state={state}").context["lines"]
        assert [line["row"].title for line in lines] == [name], "and public entries are seen by every role"


def test_the_rows_that_plans_state_load_once_with_their_clause(house: Any) -> None:
    from commercebrain.desk.registers.rows import FOLDER, load_rows

    for code, name in (("330624", "新昌县"), ("330604", "上虞区"), ("330681", "诸暨市"), ("330683", "嵊州市")):
        from commercebrain.desk.registry.models import Region

        Region.objects.get_or_create(code=code, defaults={"name_zh": name, "name_en": code, "level": "county"})
    assert load_rows(FOLDER / "shaoxing.yaml", house.units.shaoxing) == 11
    assert load_rows(FOLDER / "shaoxing.yaml", house.units.shaoxing) == 0
    park = Entry.objects.get(key="浙江（新昌）境外并购产业合作园")
    assert park.region is not None and park.region.code == "330624" and "专栏3" in park.source and not park.synthetic
