"""Writes about tasks: which units they name, sub-tasks, remarks, requests to move a deadline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.plans.actions.permission import refuse
from commercebrain.desk.plans.models import Task
from commercebrain.desk.responsibility.models import Assignment, Comment, DeadlineRequest, SubTask
from commercebrain.desk.responsibility.permission import (
    check_directs,
    check_other,
    check_writes_for,
    directs,
    writes_for,
)
from commercebrain.desk.responsibility.steps import DEADLINE, take
from commercebrain.engine.errors import UserError
from commercebrain.engine.unit_names import match_unit


def match_assignments(tasks: Iterable[Task]) -> int:
    """Brings the assignments of ``tasks`` in line with the units that their plans print; returns how many are new.

    Names that fit one unit of the register are matched, relative to the plan's region; the others wait for a person.
    What a person chose stays. A deadline that a superior had granted outlives a correction of the row.
    """
    rows = list(tasks)
    units = {unit.name_zh: unit for unit in Unit.objects.filter(closed_on=None)}
    held: dict[tuple[int, str, str], Assignment] = {
        (row.task_id, row.role, row.text): row for row in Assignment.objects.filter(task__in=rows)
    }
    granted: dict[int, date] = dict(
        DeadlineRequest.objects.filter(task__in=rows, state="granted").order_by("decided_on", "pk")
        .values_list("task_id", "new_due")
    )  # fmt: skip
    found: dict[tuple[str, str], Unit | None] = {}
    fresh: list[Assignment] = []
    for task in rows:
        printed = {("lead", name[:100]) for name in task.lead_units}
        printed |= {("joining", name[:100]) for name in task.responsible_units} - {
            ("joining", name[:100]) for name in task.lead_units
        }
        region = task.document.region
        for role, text in sorted(printed):
            if (task.pk, role, text) in held:
                continue
            key = (text, region.code)
            if key not in found:
                name = match_unit(text, region.name_zh, region.level, units)
                found[key] = units[name] if name else None
            fresh.append(Assignment(task=task, role=role, text=text, unit=found[key], since=today()))
        gone = [
            row.pk for (pk, role, text), row in held.items()
            if pk == task.pk and not row.by_hand and (role, text) not in printed
        ]  # fmt: skip
        if gone:
            Assignment.objects.filter(pk__in=gone).delete()
        if task.pk in granted and task.due_on != granted[task.pk]:
            Task.objects.filter(pk=task.pk).update(due_on=granted[task.pk])
    Assignment.objects.bulk_create(fresh, batch_size=500)
    return len(fresh)


def assign(
    person: Person | None,
    task: Task,
    *,
    unit: Unit | None,
    responsible: Person | None = None,
    assignment: Assignment | None = None,
    role: str = "lead",
    version: int | None = None,
) -> Assignment:
    """Says which unit (and person) a printed name means, or adds a unit that the plan does not name.

    Raises ``NotPermitted`` unless ``person`` is a superior in the task; the unit's own people may name the person.
    """
    own = assignment is not None and assignment.unit_id and unit is not None and assignment.unit_id == unit.pk
    if not (own and writes_for(person, unit.pk)):
        check_directs(person, task, None)
    if assignment is None and unit is None:
        raise UserError("tasks.no_unit", "请选择单位。", "Choose a unit.")
    with transaction.atomic():
        if assignment is None:
            assignment, made = Assignment.objects.get_or_create(
                task=task, role=role, text=unit.name_zh[:100],
                defaults={"unit": unit, "person": responsible, "by_hand": True, "since": today()},
            )  # fmt: skip
            if not made:
                raise UserError("tasks.named_already", "该单位已在名单中。", "This unit is named already.")
        else:
            assignment.claim(version)
            if assignment.unit_id != (unit.pk if unit else None):
                assignment.since = today()
            assignment.unit, assignment.person, assignment.by_hand = unit, responsible, True
            assignment.save(update_fields=["unit", "person", "by_hand", "since"])
        record(
            "task.assigned", task, person, task.document.unit, name=task.title, text=assignment.text,
            office=unit.name_zh if unit else "—", office_en=unit.name_en if unit else "—",
            who=responsible.pk if responsible else None,
        )  # fmt: skip
    return assignment


def _may_work(person: Person | None, task: Task) -> bool:
    """Whether ``person`` writes for a lead unit of ``task`` or directs it."""
    if directs(person, task):
        return True
    leads = task.assignments.filter(role="lead").exclude(unit=None)
    return any(writes_for(person, pk) for pk in leads.values_list("unit_id", flat=True))


def check_may_work(person: Person | None, task: Task) -> None:
    """Raises ``NotPermitted`` unless ``person`` writes for a lead unit of ``task`` or directs it."""
    if not _may_work(person, task):
        raise refuse(
            "只有牵头单位或其上级可以办理；您可以在下方留言。",
            "Only the lead unit or its superior may do this; you may leave a remark below.",
        )


def save_subtask(
    person: Person | None,
    task: Task,
    *,
    title: str,
    unit: Unit | None = None,
    responsible: Person | None = None,
    due_on: date | None = None,
    done_on: date | None = None,
    parent: SubTask | None = None,
    subtask: SubTask | None = None,
    version: int | None = None,
) -> SubTask:
    """Adds a sub-task or changes one. Its deadline cannot lie after that of what it belongs to."""
    if not (subtask is not None and subtask.unit_id and writes_for(person, subtask.unit_id)):
        check_may_work(person, task)
    if not title.strip():
        raise UserError("subtasks.no_title", "请写明子任务的名称。", "Give the sub-task a title.")
    limit = parent.due_on if parent is not None and parent.due_on else task.due_on
    if due_on and limit and due_on > limit:
        raise UserError(
            "subtasks.too_late",
            f"子任务的期限 {due_on} 晚于上级任务的期限 {limit}；请改早，或先申请调整任务期限。",
            f"The sub-task would be due on {due_on}, after the task itself ({limit}); choose an earlier day or ask to "
            "move the task's deadline first.",
        )
    if done_on and done_on > today():
        raise UserError(
            "subtasks.done_later", f"完成日期 {done_on} 晚于今天。", f"The day of completion {done_on} is not here yet."
        )
    with transaction.atomic():
        row = subtask or SubTask(task=task, parent=parent)
        before = {"due": row.due_on, "done": row.done_on}
        if subtask is not None:
            subtask.claim(version)
        row.title, row.unit, row.person, row.due_on, row.done_on = (
            title.strip()[:200],
            unit,
            responsible,
            due_on,
            done_on,
        )
        row.save()
        record(
            "subtask.saved", row, person, task.document.unit,
            name=row.title, task=task.title, before=before, after={"due": due_on, "done": done_on},
        )  # fmt: skip
    return row


def comment(person: Person | None, task: Task, unit: Unit, text: str) -> Comment:
    """Leaves a remark of ``unit``, which must have a hand in ``task``."""
    check_writes_for(person, unit)
    named = unit.pk == task.document.unit_id or task.assignments.filter(unit=unit).exists()
    if not named:
        raise refuse("该单位与这项任务无关，不能留言。", "This unit has no hand in the task and cannot remark on it.")
    if not text.strip():
        raise UserError("comments.empty", "请写下留言内容。", "Write the remark first.")
    with transaction.atomic():
        row = Comment.objects.create(task=task, unit=unit, text=text.strip(), written_by=person, written_on=today())
        record("task.commented", task, person, unit, name=task.title, office=unit.name_zh, office_en=unit.name_en)
    return row


def ask_deadline(person: Person | None, task: Task, new_due: date, reason: str) -> DeadlineRequest:
    """Asks a superior to move the deadline of ``task``; nothing moves before it is granted."""
    check_may_work(person, task)
    if not reason.strip():
        raise UserError("deadlines.no_reason", "请写明调整期限的理由。", "Say why the deadline should move.")
    if new_due == task.due_on:
        raise UserError("deadlines.same", "新期限与现期限相同。", "The new deadline is the one that holds already.")
    with transaction.atomic():
        task.claim(None)
        if DeadlineRequest.objects.filter(task=task, state="asked").exists():
            raise UserError(
                "deadlines.open_already", "已有一份待审定的期限调整申请。", "A request to move this deadline is open."
            )
        row = DeadlineRequest.objects.create(
            task=task, old_due=task.due_on, new_due=new_due, reason=reason.strip(), asked_by=person, asked_on=today()
        )
        record(
            "deadline.asked", task, person, task.document.unit,
            name=task.title, old=task.due_on or "—", new=new_due, reason=reason.strip(),
        )  # fmt: skip
    return row


def decide_deadline(person: Person | None, request: DeadlineRequest, grant: bool, note: str = "") -> DeadlineRequest:
    """Grants or refuses a request; by a superior who did not ask."""
    task = request.task
    check_directs(person, task, None)
    check_other(person, request.asked_by)
    if not grant and not note.strip():
        raise UserError("deadlines.no_note", "请写明不同意的理由。", "Say why the request is refused.")
    with transaction.atomic():
        changes: dict[str, Any] = {"decided_by": person, "decided_on": today(), "note": note.strip()}
        take(request, DEADLINE, "grant" if grant else "refuse", **changes)
        if grant:
            task.claim(None)
            Task.objects.filter(pk=task.pk).update(due_on=request.new_due)
        record(
            "deadline.granted" if grant else "deadline.refused", task, person, task.document.unit,
            name=task.title, old=request.old_due or "—", new=request.new_due, note=note.strip(),
        )  # fmt: skip
    return request


def withdraw_deadline(person: Person | None, request: DeadlineRequest) -> DeadlineRequest:
    """Takes an open request back."""
    check_may_work(person, request.task)
    with transaction.atomic():
        take(request, DEADLINE, "withdraw", decided_by=person, decided_on=today())
        record("deadline.withdrawn", request.task, person, request.task.document.unit, name=request.task.title)
    return request
