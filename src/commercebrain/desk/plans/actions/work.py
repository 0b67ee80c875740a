"""Work on what was accepted: agreed schedules of targets, tasks done."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.models import Person
from commercebrain.desk.plans.actions.permission import check_row
from commercebrain.desk.plans.models import Target, Task
from commercebrain.engine.errors import UserError


def agree_schedule(person: Person | None, target: Target, values: dict[int, Decimal]) -> Target:
    """Writes the agreed schedule of ``target``: value to have reached by the end of each year, in its unit.

    An empty ``values`` takes the schedule away. Raises :class:`UserError` for a year outside base and target year.
    """
    check_row(person, target)
    for year in values:
        if not ((target.base_year or 1990) < year <= (target.target_year or 2100)):
            raise UserError(
                "plans.schedule_year",
                f"分年进度的年份 {year} 不在基期（{target.base_year}）之后、目标年（{target.target_year}）之前。",
                f"The year {year} of the schedule is not after the base ({target.base_year}) and up to the target "
                f"year ({target.target_year}).",
            )
    before = target.schedule
    with transaction.atomic():
        target.schedule = {str(year): str(value) for year, value in sorted(values.items())} or None
        target.save(update_fields=["schedule"])
        record(
            "target.schedule_agreed", target, person, target.document.unit,
            name=target.indicator_text, before=before, after=target.schedule,
        )  # fmt: skip
    return target


def mark_done(person: Person | None, task: Task, on: date | None = None) -> Task:
    """Marks ``task`` as done on ``on`` (default: the business date); raises :class:`UserError` when it is already."""
    check_row(person, task)
    day = on or today()
    if day > today():
        raise UserError(
            "plans.done_later",
            f"完成日期 {day} 晚于今天（{today()}）。",
            f"The day of completion {day} lies after today ({today()}).",
        )
    with transaction.atomic():
        if not Task.objects.filter(pk=task.pk, done_on=None).update(done_on=day):
            raise UserError("plans.done_already", "这项任务已标记完成。", "This task is marked done already.")
        record("task.done", task, person, task.document.unit, name=task.title, day=day)
    task.refresh_from_db()
    return task


def mark_open(person: Person | None, task: Task) -> Task:
    """Takes back that ``task`` is done."""
    check_row(person, task)
    with transaction.atomic():
        if not Task.objects.filter(pk=task.pk, done_on__isnull=False).update(done_on=None):
            raise UserError("plans.not_done", "这项任务没有标记完成。", "This task is not marked done.")
        record("task.reopened", task, person, task.document.unit, name=task.title)
    task.refresh_from_db()
    return task
