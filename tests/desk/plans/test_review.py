"""Reviewing: what is accepted goes live with its clause, nobody's decision is overwritten, everything can go back."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from tests.house import House

from commercebrain.desk.core.models import Event
from commercebrain.desk.plans import actions
from commercebrain.desk.plans.actions.permission import NotPermitted, Overtaken
from commercebrain.desk.plans.models import Document, Fact, Finding, Target, Task
from commercebrain.engine.errors import UserError

Read = Callable[..., Document]
TASKS_DOC = "003_c98ee514b40ac4d4.txt"


def first(document: Document, kind: str = "target") -> Finding:
    return document.findings.filter(kind=kind).order_by("seq")[0]


@pytest.mark.django_db
def test_nothing_is_live_before_somebody_has_accepted_it(read: Read) -> None:
    document = read()
    assert document.findings.count() > 100
    assert not Target.objects.exists() and not Fact.objects.exists() and not Task.objects.exists()


@pytest.mark.django_db
def test_an_accepted_target_carries_its_clause_value_region_indicator_and_base(read: Read, house: House) -> None:
    document = read()
    trade = next(f for f in document.findings.filter(kind="target") if f.indicator == "trade_value")
    actions.accept(house.people.planner, document, [trade.pk])
    target = Target.objects.get(finding=trade)
    assert target.quote == trade.quote and target.section == trade.section
    assert target.indicator == "trade_value" and target.area == "trade"
    assert str(target.region.code) == "330200"
    assert target.target_year == 2025 and target.base_year == 2020
    trade.refresh_from_db()
    assert trade.state == Finding.State.ACCEPTED and trade.reviewed_by == house.people.planner


@pytest.mark.django_db
def test_accepting_all_makes_one_row_for_each_and_the_document_is_reviewed(read: Read, house: House) -> None:
    document = read(TASKS_DOC, unit="shaoxing")
    counts = {kind: document.findings.filter(kind=kind).count() for kind in ("target", "fact", "task")}
    done = actions.accept(None, document, [f.pk for f in document.findings.all()])
    assert len(done.changed) == sum(counts.values())
    assert (Target.objects.count(), Fact.objects.count(), Task.objects.count()) == tuple(counts.values())
    document.refresh_from_db()
    assert document.state == Document.State.LIVE
    task = Task.objects.first()
    assert task.due_on.isoformat() == "2025-12-31" and task.responsible_units + task.lead_units


@pytest.mark.django_db
def test_the_demo_marks_what_nobody_reviewed(read: Read) -> None:
    document = read()
    count = actions.accept_unattended(document)
    assert count == document.findings.filter(unattended=True).count() > 100
    assert actions.accept_unattended(document) == 0
    assert Event.objects.filter(verb="plan.unattended").count() == 1


@pytest.mark.django_db
def test_a_row_that_is_decided_is_not_decided_again(read: Read, house: House) -> None:
    document = read()
    row = first(document)
    actions.accept(house.people.planner, document, [row.pk])
    with pytest.raises(Overtaken):
        actions.accept(house.people.province, document, [row.pk])
    with pytest.raises(Overtaken):
        actions.reject(house.people.province, document, [row.pk], "a duplicate")
    row.refresh_from_db()
    assert row.state == Finding.State.ACCEPTED and row.reviewed_by == house.people.planner
    assert Target.objects.filter(finding=row).exists()


@pytest.mark.django_db
def test_a_bulk_leaves_alone_what_another_decided_and_says_how_many(read: Read, house: House) -> None:
    document = read()
    rows = list(document.findings.filter(kind="target")[:10])
    actions.reject(house.people.planner, document, [rows[0].pk], "not a promise")
    done = actions.accept(house.people.province, document, [row.pk for row in rows])
    assert len(done.changed) == 9 and done.missed == 1
    rows[0].refresh_from_db()
    assert rows[0].state == Finding.State.REJECTED and rows[0].reason == "not a promise"


@pytest.mark.django_db
def test_a_correction_needs_the_row_as_it_was_seen(read: Read, house: House) -> None:
    document = read()
    row = first(document)
    fixed = actions.correct(house.people.planner, row, {"target_value": 12.5}, indicator="export_value", token="")
    assert fixed.state == Finding.State.CORRECTED and fixed.row["target_value"] != 12.5
    assert str(fixed.target.value) == "12.500000" and fixed.target.indicator == "export_value"
    with pytest.raises(Overtaken):
        actions.correct(house.people.province, row, {"target_value": 99}, indicator="", token="")
    again = actions.correct(house.people.province, fixed, {"target_value": 13}, indicator="", token=fixed.token)
    assert Target.objects.get(finding=row).value == 13 and again.row == row.row
    assert Target.objects.filter(finding=row).count() == 1


@pytest.mark.django_db
def test_rejecting_needs_a_reason(read: Read, house: House) -> None:
    document = read()
    with pytest.raises(UserError) as fault:
        actions.reject(house.people.planner, document, [first(document).pk], "  ")
    assert fault.value.code == "plans.no_reason"


@pytest.mark.django_db
def test_a_decision_taken_back_takes_its_rows_with_it(read: Read, house: House) -> None:
    document = read()
    rows = list(document.findings.filter(kind="target")[:5])
    done = actions.accept(house.people.planner, document, [row.pk for row in rows])
    assert Target.objects.count() == 5
    actions.reopen(house.people.planner, document, done.token)
    assert not Target.objects.exists()
    assert document.findings.filter(state=Finding.State.WAITING).count() == document.findings.count()
    with pytest.raises(Overtaken):
        actions.reopen(house.people.planner, document, done.token)


@pytest.mark.django_db
def test_what_somebody_built_on_does_not_go_back(read: Read, house: House) -> None:
    document = read()
    row = next(f for f in document.findings.filter(kind="target") if f.row["target_year"] and f.row["baseline_value"])
    done = actions.accept(house.people.planner, document, [row.pk])
    target = Target.objects.get(finding=row)
    actions.agree_schedule(house.people.planner, target, {target.target_year - 1: target.value})
    with pytest.raises(UserError) as fault:
        actions.reopen(house.people.planner, document, done.token)
    assert fault.value.code == "plans.in_use" and Target.objects.filter(pk=target.pk).exists()
    actions.agree_schedule(house.people.planner, target, {})
    actions.reopen(house.people.planner, document, done.token)
    assert not Target.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["county", "evaluator", "it", "sister", "nobody", "admin"])
def test_who_may_not_enter_here_decides_nothing(read: Read, house: House, who: str) -> None:
    document = read()
    person = getattr(house.people, who)
    row = first(document)
    for attempt in (
        lambda: actions.accept(person, document, [row.pk]),
        lambda: actions.reject(person, document, [row.pk], "x"),
        lambda: actions.correct(person, row, {}, indicator="", token=""),
    ):
        with pytest.raises(NotPermitted):
            attempt()
    row.refresh_from_db()
    assert row.state == Finding.State.WAITING and not Target.objects.exists()


@pytest.mark.django_db
def test_tasks_are_marked_done_once_and_not_in_the_future(read: Read, house: House) -> None:
    from datetime import date

    document = read(TASKS_DOC, unit="shaoxing")
    actions.accept_unattended(document)
    task = Task.objects.first()
    with pytest.raises(UserError):
        actions.mark_done(house.people.sister, task, date(2030, 1, 1))
    actions.mark_done(house.people.sister, task)
    with pytest.raises(UserError):
        actions.mark_done(house.people.sister, task)
    with pytest.raises(NotPermitted):
        actions.mark_open(house.people.planner, task)
    assert actions.mark_open(house.people.sister, task).done_on is None


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_decide_each_row_once(read: Read, house: House) -> None:
    document = read()
    ids = [f.pk for f in document.findings.filter(kind="target")]
    results: list[int] = []
    start = threading.Barrier(2)

    def decide(person: object) -> None:
        try:
            start.wait()
            results.append(len(actions.accept(person, document, ids).changed))
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(p,)) for p in (house.people.planner, house.people.province)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(results) == len(ids) and len(results) == 2
    assert Target.objects.count() == len(ids)
    assert document.findings.filter(kind="target", state=Finding.State.ACCEPTED).count() == len(ids)
