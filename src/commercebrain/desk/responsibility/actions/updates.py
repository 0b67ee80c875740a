"""Writes of the monthly round: updates, months opened again, what is needed from whom."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import IntegrityError, transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.versioned import Conflict
from commercebrain.desk.core.workdays import add_workdays
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.plans.models import Task
from commercebrain.desk.responsibility.models import Light, Need, Reopening, Update
from commercebrain.desk.responsibility.permission import check_directs, check_other, check_writes_for
from commercebrain.engine.errors import UserError
from commercebrain.engine.reporting import closes_on, first_of


def open_until(task: Task, unit: Unit, month: date) -> date | None:
    """Until when ``unit`` may write ``month``: the window's end or, where a superior opened it again, that day."""
    end = closes_on(month, settings.UPDATE_WORKDAYS)
    if end is None or end >= today():
        return end
    again = Reopening.objects.filter(task=task, unit=unit, month=month, until__gte=today()).order_by("-until").first()
    return again.until if again else end


def check_open(task: Task, unit: Unit, month: date) -> None:
    """Raises :class:`UserError` when ``month`` lies ahead or is closed for ``unit``."""
    if month > first_of(today()):
        raise UserError("updates.ahead", f"{month:%Y年%m月}还没有到，不能提前填报。", f"{month:%Y-%m} is not here yet.")
    end = open_until(task, unit, month)
    if end is not None and end < today():
        raise UserError(
            "updates.closed",
            f"{month:%Y年%m月}的进展已于 {end} 截止；如需补报或更正，请上级重新开放并说明理由。",
            f"The updates of {month:%Y-%m} closed on {end}; ask a superior to open the month again, with a reason.",
        )


def save_update(
    person: Person | None,
    task: Task,
    unit: Unit,
    month: date,
    *,
    light: str,
    done: str,
    reason: str = "",
    seen: int | None = None,
) -> Update:
    """Writes what lead unit ``unit`` says of ``task`` for ``month`` (any day of it); again corrects it.

    ``seen`` is the version that a correction saw. Raises :class:`UserError`: without words, without a reason when the
    light is not green, for a month that is closed or ahead, for a unit that does not lead; ``Conflict`` when a
    colleague has written meanwhile.
    """
    check_writes_for(person, unit)
    month, done, reason = first_of(month), done.strip(), reason.strip()
    _check_lead(task, unit)
    if person is not None:
        check_open(task, unit, month)  # the system itself (the demonstration) may fill in what is past
    if light not in Light.values or not done:
        raise UserError(
            "updates.incomplete",
            "请选择绿、黄、红，并写明本月做了什么。",
            "Choose green, yellow or red, and say what was done.",
        )
    if light != Light.GREEN and not reason:
        fault = UserError("updates.no_reason", "不是绿灯的，须写明原因。", "Say why the light is not green.")
        fault.field = "reason"
        raise fault
    try:
        with transaction.atomic():
            row = Update.objects.select_for_update().filter(task=task, unit=unit, month=month).first()
            if row is not None and seen is None and person is not None:
                raise Conflict
            if row is not None:
                row.claim(seen)
            before = {"light": row.light, "done": row.done, "reason": row.reason} if row else None
            row = row or Update(task=task, unit=unit, month=month)
            row.light, row.done, row.reason = light, done, "" if light == Light.GREEN and not reason else reason
            row.entered_by, row.entered_on = person, today()
            row.save()
            Task.objects.filter(pk=task.pk).update(reported_on=today())
            record(
                "update.corrected" if before else "update.written", task, person, unit,
                name=task.title, office=unit.name_zh, office_en=unit.name_en, month=f"{month:%Y-%m}",
                before=before, light=light,
            )  # fmt: skip
    except IntegrityError as fault:  # two colleagues wrote the first update at the same moment
        raise Conflict from fault
    return row


def _check_lead(task: Task, unit: Unit) -> None:
    if not task.assignments.filter(unit=unit, role="lead").exists():
        raise UserError(
            "updates.not_lead",
            f"“{unit.name_zh}”不是这项任务的牵头单位，不填月度进展；可以留言。",
            f"{unit.name_en} does not lead this task and writes no monthly update; it may leave a remark.",
        )


def reopen_month(person: Person | None, task: Task, unit: Unit, month: date, reason: str) -> Reopening:
    """Opens a closed ``month`` for ``unit`` again for some working days; by a superior who did not write the update."""
    check_directs(person, task, unit)
    month = first_of(month)
    written = Update.objects.filter(task=task, unit=unit, month=month).select_related("entered_by").first()
    if written is not None:
        check_other(person, written.entered_by)
    if not reason.strip():
        raise UserError("updates.no_reason", "请写明重新开放的理由。", "Say why the month is opened again.")
    end = closes_on(month, settings.UPDATE_WORKDAYS)
    if end is None or end >= today():
        raise UserError("updates.still_open", "该月尚未截止，无须重新开放。", "The month is still open.")
    with transaction.atomic():
        row = Reopening.objects.create(
            task=task, unit=unit, month=month, reason=reason.strip(), opened_by=person, opened_on=today(),
            until=add_workdays(today(), settings.UPDATE_WORKDAYS),
        )  # fmt: skip
        record(
            "update.reopened", task, person, unit, name=task.title, office=unit.name_zh, office_en=unit.name_en,
            month=f"{month:%Y-%m}", until=row.until, reason=row.reason,
        )  # fmt: skip
    return row


def ask(person: Person | None, task: Task, unit: Unit, to_unit: Unit, text: str) -> Need:
    """Says what lead unit ``unit`` needs from ``to_unit`` for ``task``."""
    check_writes_for(person, unit)
    _check_lead(task, unit)
    if not text.strip() or to_unit.pk == unit.pk:
        raise UserError(
            "needs.incomplete", "请选择另一个单位，并写明需要什么。", "Choose another unit and say what is needed."
        )
    with transaction.atomic():
        row = Need.objects.create(
            task=task, from_unit=unit, to_unit=to_unit, text=text.strip(), asked_by=person, asked_on=today()
        )
        record(
            "need.asked", row, person, to_unit, name=task.title, office=unit.name_zh, office_en=unit.name_en,
            to=to_unit.name_zh, to_en=to_unit.name_en,
        )  # fmt: skip
    return row


def answer(person: Person | None, need: Need, text: str) -> Need:
    """Answers a need on behalf of the unit that it is asked of."""
    check_writes_for(person, need.to_unit)
    if not text.strip():
        raise UserError("needs.no_answer", "请写明答复内容。", "Write the answer first.")
    with transaction.atomic():
        changed = Need.objects.filter(pk=need.pk, state=Need.State.OPEN).update(
            state=Need.State.ANSWERED, answer=text.strip(), answered_by=person, answered_on=today()
        )
        if not changed:
            raise UserError("needs.answered", "这条请求已经答复。", "This request has been answered already.")
        record(
            "need.answered", need, person, need.to_unit, name=need.task.title,
            office=need.to_unit.name_zh, office_en=need.to_unit.name_en,
        )  # fmt: skip
    need.refresh_from_db()
    return need
