"""Work on tasks: units from the plan's words, one update a month, requests, deadlines that move only when granted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.desk.core.versioned import Conflict
from commercebrain.desk.core.work import work_of
from commercebrain.desk.plans import queries as plans
from commercebrain.desk.plans.models import Task
from commercebrain.desk.responsibility import actions, queries
from commercebrain.desk.responsibility.models import Assignment, Comment, DeadlineRequest, Need, SubTask, Update
from commercebrain.engine.errors import UserError
from commercebrain.engine.reporting import closes_on, months_asked, next_month

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
World = SimpleNamespace
JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)


def write(world: World, month: date = JULY, light: str = "green", **more: Any) -> Update:
    told = {"done": "走访企业20家", **more}
    return actions.save_update(
        world.house.people.clerk, world.task, world.house.units.ningbo, month, light=light, **told
    )


def test_a_month_closes_on_the_fifth_working_day_of_the_next_with_make_up_days() -> None:
    assert closes_on(JUNE, 5) == date(2025, 7, 7)
    assert closes_on(date(2025, 9, 1), 5) == date(2025, 10, 14)  # the National Day holidays, and 11 October worked
    assert closes_on(date(2090, 1, 1), 5) is None


@given(st.dates(date(2024, 1, 1), date(2025, 7, 21)), st.frozensets(st.integers(0, 18)))
def test_every_month_since_the_assignment_is_written_due_or_missing_and_never_two_of_them(
    since: date, which: frozenset[int]
) -> None:
    on, months, month = date(2025, 7, 21), [], since.replace(day=1)
    while month <= on:
        months.append(month)
        month = next_month(month)
    given_ = frozenset(months[n] for n in which if n < len(months))
    asked = months_asked(since, on, deadline=None, done=None, given=given_, workdays=5)
    assert sorted([*given_, *asked.due, *asked.missing]) == months
    assert set(asked.due) <= {JULY} and all(m < JULY for m in asked.missing)


def test_a_task_of_closed_years_is_not_asked_for_month_by_month() -> None:
    asked = months_asked(JULY, JULY, deadline=date(2022, 12, 31), done=None, given=frozenset(), workdays=5)
    assert asked.due == asked.missing == ()


def test_units_are_found_relative_to_the_plan_and_the_rest_waits_for_a_person(world: World, browse: Browse) -> None:
    Assignment.objects.all().delete()
    Task.objects.update(lead_units=["市商务局"], responsible_units=["市财政局", "市商务局", "海曙区商务局"])
    assert actions.match_assignments(Task.objects.select_related("document__region")) == 3
    units = {(row.role, row.text): row.unit for row in Assignment.objects.all()}
    assert units == {
        ("lead", "市商务局"): world.house.units.ningbo,
        ("joining", "海曙区商务局"): world.house.units.haishu,
        ("joining", "市财政局"): None,
    }
    page = browse(world.house.people.planner).get("/assignments/?matched=no").content.decode()
    assert "市财政局" in page and "1 of 1 names" in page
    assert actions.match_assignments(Task.objects.select_related("document__region")) == 0


def test_what_a_person_assigned_stays_when_the_row_is_read_again(world: World) -> None:
    actions.assign(world.house.people.planner, world.task, unit=world.house.units.yinzhou, assignment=world.joining)
    Task.objects.update(lead_units=["市商务局"], responsible_units=[])
    actions.match_assignments(Task.objects.select_related("document__region"))
    world.joining.refresh_from_db()
    assert world.joining.unit == world.house.units.yinzhou and world.joining.by_hand


def test_a_named_unit_reads_the_task_and_the_work_on_it_and_others_do_not(world: World, browse: Browse) -> None:
    people = world.house.people
    write(world)
    assert plans.tasks(people.county).count() == queries.updates(people.county).count() == 1
    assert not plans.tasks(people.neighbour).exists() and not queries.updates(people.sister).exists()
    assert browse(people.county).get(f"/tasks/{world.task.pk}/").status_code == 200
    world.document.classification = "public"
    world.document.save()
    assert plans.tasks(people.sister).count() == 1 and not queries.updates(people.sister).exists()
    assert "走访企业" not in browse(people.sister).get(f"/tasks/{world.task.pk}/").content.decode()


@pytest.mark.parametrize("light", ["yellow", "red"])
def test_a_light_that_is_not_green_needs_a_reason(world: World, light: str) -> None:
    with pytest.raises(UserError) as fault:
        write(world, light=light, reason="  ")
    assert fault.value.code == "updates.no_reason"
    assert write(world, light=light, reason="企业订单下降").reason


@pytest.mark.database
def test_the_database_itself_refuses_a_red_light_without_a_reason(world: World) -> None:
    row = write(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Update.objects.filter(pk=row.pk).update(light="red")
    with pytest.raises(IntegrityError), transaction.atomic():
        Update.objects.filter(pk=row.pk).update(month=date(2025, 7, 2))


def test_the_form_says_beside_the_reason_that_it_is_missing(world: World, browse: Browse) -> None:
    place = f"/tasks/{world.task.pk}/updates/{world.house.units.ningbo.pk}/2025-07/"
    client = browse(world.house.people.clerk)
    answer = client.post(place, {"light": "red", "done": "走访企业20家", "reason": ""})
    assert answer.status_code == 422 and "走访企业20家" in answer.content.decode()
    assert client.post(place, {"light": "red", "done": "走访企业20家", "reason": "订单下降"}).status_code == 302
    assert Update.objects.get().light == "red"
    page = client.get(f"/tasks/{world.task.pk}/").content.decode()
    assert "订单下降" in page and "state-off_path" in page
    assert browse(world.house.people.county).post(place, {"light": "green", "done": "x"}).status_code == 403


def test_a_closed_month_opens_again_only_through_a_superior_who_did_not_write_it(world: World) -> None:
    people, unit = world.house.people, world.house.units.ningbo
    with pytest.raises(UserError) as fault:
        write(world, JUNE)
    assert fault.value.code == "updates.closed"
    with pytest.raises(UserError, match="上级"):
        actions.reopen_month(people.county, world.task, unit, JUNE, "补报")
    again = actions.reopen_month(people.province, world.task, unit, JUNE, "出差未报")
    assert again.until == date(2025, 7, 28)
    written = write(world, JUNE)
    with pytest.raises(UserError) as fault:
        actions.reopen_month(people.clerk, world.task, unit, JUNE, "更正")
    assert fault.value.status == 403 and written.month == JUNE


def test_a_month_ahead_and_a_unit_that_only_joins_are_refused(world: World) -> None:
    with pytest.raises(UserError) as fault:
        write(world, date(2025, 8, 1))
    assert fault.value.code == "updates.ahead"
    with pytest.raises(UserError) as fault:
        actions.save_update(
            world.house.people.county, world.task, world.house.units.haishu, JULY, light="green", done="x"
        )
    assert fault.value.code == "updates.not_lead"


def test_of_two_colleagues_writing_one_month_the_later_is_told(world: World) -> None:
    first = write(world)
    with pytest.raises(Conflict):
        write(world, done="另一份")
    with pytest.raises(Conflict):
        write(world, done="另一份", seen=first.version + 5)
    assert write(world, done="更正", seen=first.version).done == "更正"


def test_missing_months_are_counted_for_the_superior_and_stand_in_the_units_own_work(
    world: World, browse: Browse
) -> None:
    people = world.house.people
    page = browse(people.province).get("/updates/").content.decode()
    assert "1 miss at least one month" in page and "2025-04, 2025-05, 2025-06" in page
    work = work_of(people.clerk)
    assert [item.hint[:25] for item in work.overdue if item.late] == ["2025-04, 2025-05, 2025-06"]
    assert any("2025-07" in item.title and item.due == date(2025, 8, 7) for item in work.waiting)
    write(world)
    assert not any("2025-07" in item.title for item in work_of(people.clerk).waiting)
    assert not work_of(people.sister).total


def test_tasks_of_closed_years_that_nobody_reported_on_are_told_apart_from_late_ones(
    world: World, browse: Browse
) -> None:
    person = world.house.people.planner
    Task.objects.update(due_on=date(2022, 12, 31))
    assert not plans.overdue_tasks(person).exists() and plans.unreported_tasks(person).count() == 1
    assert "never reported" in browse(person).get("/tasks/").content.decode()
    write(world)  # now something is known of it, and it is late
    assert plans.overdue_tasks(person).count() == 1 and not plans.unreported_tasks(person).exists()


def test_a_deadline_moves_only_when_a_superior_who_did_not_ask_grants_it(world: World) -> None:
    people = world.house.people
    asked = actions.ask_deadline(people.clerk, world.task, date(2026, 6, 30), "展会延期")
    world.task.refresh_from_db()
    assert world.task.due_on == date(2025, 12, 31)
    with pytest.raises(UserError) as fault:
        actions.decide_deadline(people.clerk, asked, True)
    assert fault.value.status == 403
    with pytest.raises(UserError):
        actions.decide_deadline(people.county, asked, True)
    actions.decide_deadline(people.province, asked, True)
    world.task.refresh_from_db()
    assert world.task.due_on == date(2026, 6, 30)
    with pytest.raises(UserError) as fault:
        actions.decide_deadline(people.planner, asked, False, "不")
    assert fault.value.status == 409 and DeadlineRequest.objects.get().state == "granted"
    from commercebrain.desk.plans.actions.publish import publish

    publish([world.task.finding])  # a correction of the row must not take the granted deadline back
    world.task.refresh_from_db()
    assert world.task.due_on == date(2026, 6, 30)


def test_a_request_stands_in_the_other_units_work_until_it_is_answered(world: World, browse: Browse) -> None:
    people, units = world.house.people, world.house.units
    need = actions.ask(people.clerk, world.task, units.ningbo, units.yinzhou, "请提供企业名单")
    assert any("企业名单" in item.title for item in work_of(people.neighbour).waiting)
    assert not queries.needs(people.sister).exists()
    with pytest.raises(UserError):
        actions.answer(people.sister, need, "x")
    assert browse(people.neighbour).post(f"/needs/{need.pk}/", {"text": "已报送"}).status_code == 302
    assert Need.objects.get().state == "answered" and not work_of(people.neighbour).waiting
    with pytest.raises(UserError) as fault:
        actions.answer(people.neighbour, need, "再答")
    assert fault.value.code == "needs.answered"


def test_sub_tasks_stand_below_each_other_and_never_end_after_their_task(world: World, browse: Browse) -> None:
    clerk = world.house.people.clerk
    first = actions.save_subtask(clerk, world.task, title="组织参展", due_on=date(2025, 11, 30))
    with pytest.raises(UserError) as fault:
        actions.save_subtask(clerk, world.task, title="签约", parent=first, due_on=date(2025, 12, 1))
    assert fault.value.code == "subtasks.too_late"
    actions.save_subtask(
        clerk, world.task, title="签约", parent=first, due_on=date(2025, 11, 1), unit=world.house.units.haishu
    )
    done = actions.save_subtask(
        clerk, world.task, title="组织参展", subtask=first, done_on=date(2025, 7, 1), version=first.version
    )
    assert done.done_on and SubTask.objects.count() == 2
    assert "depth-1" in browse(clerk).get(f"/tasks/{world.task.pk}/").content.decode()
    with pytest.raises(UserError):
        actions.save_subtask(world.house.people.sister, world.task, title="x")


def test_a_joining_unit_may_remark_and_a_stranger_unit_may_not(world: World) -> None:
    people, units = world.house.people, world.house.units
    actions.comment(people.county, world.task, units.haishu, "海曙已完成走访")
    with pytest.raises(UserError):
        actions.comment(people.neighbour, world.task, units.yinzhou, "路过")
    assert Comment.objects.get().unit == units.haishu


def test_my_work_costs_the_same_queries_however_much_there_is(
    world: World, browse: Browse, django_assert_max_num_queries: Any
) -> None:
    client = browse(world.house.people.clerk)
    client.get("/work/")
    for number in range(12):
        task = world.row("task", Task, title=f"任务{number}", due_on=date(2025, 12, 31))
        Assignment.objects.create(task=task, role="lead", text="市商务局", unit=world.house.units.ningbo, since=JUNE)
        actions.save_subtask(None, task, title="子任务", due_on=date(2025, 7, 25), unit=world.house.units.ningbo)
    with django_assert_max_num_queries(31):  # every folder that has work for people asks its own
        page = client.get("/work/").content.decode()
    assert page.count("Sub-task") >= 12
    with django_assert_max_num_queries(31):
        count = client.get("/work/count/")
    assert "13" in count.content.decode() and "max-age=60" in count["Cache-Control"]
