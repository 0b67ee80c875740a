"""A list changes by versions only: drafted beside what is in force, decided by another person, never overwritten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from tests.house import House

from commercebrain.desk.core.models import Event
from commercebrain.desk.core.versioned import Conflict
from commercebrain.desk.lists import actions, queries, rows
from commercebrain.desk.lists.models import Book, ListVersion, Member
from commercebrain.desk.registers.actions import EntryRefused
from commercebrain.desk.registry.models import Enterprise

pytestmark = pytest.mark.django_db
PC = {"code": "8471.30.01", "name": "便携式电脑", "rate": 25}
MOTOR = {"code": "8501.10.40", "name": "电动机", "rate": 10}
CHAIR = {"code": "9401.61.40", "name": "座椅", "rate": 10}


def keys(rows_: Any) -> list[str]:
    return [row.code for row in rows_]


def test_a_draft_is_not_in_force_until_another_person_approves_it(tariff: Book, house: House) -> None:
    version = actions.draft(tariff, house.people.planner)
    rows.put(version, house.people.planner, PC)
    assert queries.in_force(tariff) is None and not queries.members_on(tariff).exists()
    actions.propose(version, house.people.planner, document="公告1号", effective_on=date(2025, 7, 15))
    with pytest.raises(actions.Refused) as own:
        actions.decide(version, house.people.planner, approve=True)
    assert own.value.code == "lists.four_eyes"
    actions.decide(version, house.people.province, approve=True)
    assert keys(queries.members_on(tariff)) == ["84713001"]
    told = set(Event.objects.filter(verb__startswith="book.").values_list("verb", flat=True))
    assert told == {"book.created", "book.drafted", "book.proposed", "book.approved"}


def test_what_stood_on_the_list_on_a_past_day_stays_answerable(
    tariff: Book, approved: Callable[..., ListVersion]
) -> None:
    first = approved(tariff, PC, MOTOR, on=date(2025, 3, 1))
    second = approved(tariff, CHAIR, {**MOTOR, "rate": 25}, out=("84713001｜",), on=date(2025, 7, 1))
    assert keys(queries.members_on(tariff, date(2025, 2, 28))) == []
    assert keys(queries.members_on(tariff, date(2025, 6, 30))) == ["84713001", "85011040"]
    assert keys(queries.members_on(tariff, date(2025, 7, 1))) == ["85011040", "94016140"]
    assert {row.data["rate"] for row in queries.version_rows(first).filter(code="85011040")} == {"10.00"}
    assert {row.data["rate"] for row in queries.version_rows(second).filter(code="85011040")} == {"25.00"}
    assert (second.rows_in, second.rows_out) == (2, 2)
    gone = Member.objects.get(code="84713001")
    assert (gone.added, gone.removed, gone.exit_reason) == (1, 2, "已取消")


def test_adding_and_taking_out_again_leaves_no_trace_in_the_draft(
    tariff: Book, house: House, approved: Callable[..., ListVersion]
) -> None:
    approved(tariff, PC, MOTOR)
    version = actions.draft(tariff, house.people.planner)
    pc = Member.objects.get(code="84713001")
    rows.put(version, house.people.planner, {**PC, "rate": 7.5}, member=pc)
    assert (queries.came_in(version).count(), queries.went_out(version).count()) == (1, 1)
    changed = rows.held_by_key(version, [pc.key])[pc.key]
    rows.put(version, house.people.planner, PC, member=changed)
    chair = rows.put(version, house.people.planner, CHAIR)
    rows.take_out(version, house.people.planner, [chair])
    pc.refresh_from_db()
    assert pc.removed is None
    with pytest.raises(actions.Refused) as nothing:
        actions.propose(version, house.people.planner, document="公告", effective_on=date(2025, 7, 20))
    assert nothing.value.code == "lists.no_change"


def test_a_row_that_stood_there_leaves_with_a_reason_and_can_be_put_back(
    tariff: Book, house: House, approved: Callable[..., ListVersion]
) -> None:
    approved(tariff, PC)
    version = actions.draft(tariff, house.people.planner)
    pc = Member.objects.get(code="84713001")
    with pytest.raises(actions.Refused) as unsaid:
        rows.take_out(version, house.people.planner, [pc])
    assert unsaid.value.code == "lists.no_reason"
    assert rows.take_out(version, house.people.planner, [pc], "排除") == 1
    assert not queries.version_rows(version).exists()
    assert keys(queries.members_on(tariff)) == ["84713001"], "what is in force is untouched"
    pc.refresh_from_db()
    assert rows.put_back(version, house.people.planner, [pc]) == 1
    assert queries.version_rows(version).count() == 1


def test_a_second_draft_is_refused_and_says_which_one_is_open(tariff: Book, house: House) -> None:
    actions.draft(tariff, house.people.planner)
    with pytest.raises(actions.Refused) as twice:
        actions.draft(tariff, house.people.province)
    assert twice.value.code == "lists.open_already" and "第1版" in twice.value.zh


def test_a_declined_version_is_taken_up_again_with_its_rows_or_let_go_by_the_next_draft(
    tariff: Book, house: House, approved: Callable[..., ListVersion]
) -> None:
    approved(tariff, PC)
    version = actions.draft(tariff, house.people.planner)
    rows.put(version, house.people.planner, MOTOR)
    rows.take_out(version, house.people.planner, queries.version_rows(version).filter(code="84713001"), "排除")
    actions.propose(version, house.people.planner, document="公告2号", effective_on=date(2025, 7, 20))
    with pytest.raises(actions.Refused) as unsaid:
        actions.decide(version, house.people.province, approve=False)
    assert unsaid.value.field == "decision"
    actions.decide(version, house.people.province, approve=False, decision="文号有误")
    assert keys(queries.members_on(tariff)) == ["84713001"]
    again = actions.take_back(version, house.people.planner)
    assert keys(queries.version_rows(again)) == ["85011040"]
    actions.propose(again, house.people.planner, document="公告3号", effective_on=date(2025, 7, 20))
    actions.decide(again, house.people.province, approve=False, decision="仍有误")
    third = actions.draft(tariff, house.people.planner)
    assert third.number == 3 and keys(queries.version_rows(third)) == ["84713001"]
    version.refresh_from_db()
    assert queries.let_go(version)
    with pytest.raises(actions.Refused):
        actions.take_back(version, house.people.planner)


def test_a_discarded_draft_leaves_what_is_in_force_as_it_was(
    tariff: Book, house: House, approved: Callable[..., ListVersion]
) -> None:
    approved(tariff, PC, MOTOR)
    before = list(Member.objects.order_by("pk").values())
    version = actions.draft(tariff, house.people.planner)
    rows.fill(version, house.people.planner, [CHAIR, {**PC, "rate": 1}], replace=True)
    actions.discard(version, house.people.planner)
    assert list(Member.objects.order_by("pk").values()) == before
    assert not ListVersion.objects.filter(pk=version.pk).exists()


def test_a_version_says_what_its_kind_asks_for_and_never_begins_before_the_one_before(
    tariff: Book, house: House, approved: Callable[..., ListVersion]
) -> None:
    approved(tariff, PC, on=date(2025, 7, 15))
    version = actions.draft(tariff, house.people.planner)
    rows.put(version, house.people.planner, MOTOR)
    with pytest.raises(actions.Refused) as unsaid:
        actions.propose(version, house.people.planner, effective_on=date(2025, 7, 20))
    assert unsaid.value.field == "document"
    with pytest.raises(actions.Refused) as early:
        actions.propose(version, house.people.planner, document="公告", effective_on=date(2025, 7, 14))
    assert early.value.field == "effective_on"
    with pytest.raises(Conflict):
        actions.propose(
            version, house.people.planner, seen=version.version + 5, document="公告", effective_on=date(2025, 7, 20)
        )


def test_all_that_is_wrong_is_told_at_once_and_nothing_of_the_rest_is_lost(tariff: Book, house: House) -> None:
    version = actions.draft(tariff, house.people.planner)
    with pytest.raises(EntryRefused) as wrong:
        rows.put(version, house.people.planner, {"code": "77010000", "rate": "很高"})
    assert set(wrong.value.fields) == {"code", "rate"}
    given = [PC, {"code": "123"}, {"code": "84713001", "name": "同一编码"}, MOTOR]
    done = rows.fill(version, house.people.planner, given)
    assert [(place, fault.code) for place, fault in done.refused] == [(1, "code.lost_zero"), (2, "lists.twice")]
    assert keys(queries.version_rows(version)) == ["84713001", "85011040"]
    with pytest.raises(EntryRefused) as taken:
        rows.put(version, house.people.planner, PC)
    assert "便携式电脑" in taken.value.zh


def test_firms_stand_in_the_register_and_never_on_a_list_of_another_world(
    fair: Book, house: House, firms: list[Enterprise], approved: Callable[..., ListVersion]
) -> None:
    version = actions.draft(fair, house.people.planner)
    for code in ("91330200000000009X", "91990100MA0000000D"):
        with pytest.raises(EntryRefused) as wrong:
            rows.put(version, house.people.planner, {"enterprise": code, "session": 137})
        assert set(wrong.value.fields) == {"enterprise"}, code
    actions.discard(version, house.people.planner)
    approved(fair, *({"enterprise": firm.uscc, "session": 137} for firm in firms))
    assert queries.firms_on("canton_fair") == {firm.pk for firm in firms}
    assert queries.firms_on("canton_fair", house.units.haishu) == {firm.pk for firm in firms[:2]}
    assert queries.firms_on("canton_fair", ["330212"]) == {firms[2].pk}
    assert queries.firms_on("canton_fair", house.units.shaoxing) == set()
    assert queries.firms_on("canton_fair", None, date(2025, 7, 1)) == set()


def test_only_who_may_enter_for_the_unit_keeps_its_lists(tariff: Book, house: House) -> None:
    for name in ("county", "sister", "evaluator", "nobody", "firm"):
        with pytest.raises(PermissionDenied):
            actions.draft(tariff, getattr(house.people, name))
    with pytest.raises(PermissionDenied):
        actions.create_book(actions.kind_of(tariff), house.people.county, house.units.ningbo, "越权", nomenclature="CN")


def test_a_closed_list_has_no_version_in_force_and_keeps_its_past(
    tariff: Book, house: House, approved: Callable[..., ListVersion]
) -> None:
    approved(tariff, PC, on=date(2025, 3, 1))
    actions.close_book(tariff, house.people.planner, None, date(2025, 7, 1), "加征取消")
    assert queries.in_force(tariff) is None
    assert keys(queries.members_on(tariff, date(2025, 6, 30))) == ["84713001"]
    with pytest.raises(actions.Refused):
        actions.draft(tariff, house.people.planner)


def test_the_engine_gets_the_rows_with_what_the_list_says_for_all(
    tariff: Book, house: House, approved: Callable[..., ListVersion]
) -> None:
    version = approved(tariff, {**PC, "excludes": "84713001"}, {**MOTOR, "partner": "MEX", "rate": None})
    told = queries.product_rows(version)
    assert [(r.digits, r.nomenclature, r.edition, r.partner, r.rate, r.number) for r in told] == [
        ("84713001", "USHTS", "2018", "USA", 25.0, 1), ("85011040", "USHTS", "2018", "MEX", None, 2),
    ]  # fmt: skip
    assert told[0].excludes == ("84713001",)
