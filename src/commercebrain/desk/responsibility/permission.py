"""Who may write what about parts, adjustments, tasks and updates; a person of None is the system itself."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.plans.actions.permission import refuse
from commercebrain.desk.plans.models import Task

Who = Person | AnonymousUser


def writes_for(person: Who | None, unit_id: int | None) -> bool:
    """Whether ``person`` may enter rows of the unit."""
    if person is None:
        return True
    extent = extent_of(person, Right.ENTER, today())
    return extent.everything or unit_id in extent.units


def check_writes_for(person: Who | None, unit: Unit) -> None:
    """Raises ``NotPermitted`` unless ``person`` may enter rows of ``unit``."""
    if not writes_for(person, unit.pk):
        raise refuse(
            f"您无权代“{unit.name_zh}”填写；请由该单位有录入权限的人员办理。",
            f"You may not write for {unit.name_en}; somebody there with the right to enter has to do it.",
        )


def directs(person: Who | None, task: Task, unit: Unit | None = None) -> bool:
    """Whether ``person`` is a superior in this task: may enter for the issuing unit, or for a unit above ``unit``."""
    if person is None or writes_for(person, task.document.unit_id):
        return True
    above = [int(part) for part in unit.path.split("/")[:-2]] if unit is not None else []
    return any(writes_for(person, pk) for pk in above)


def check_directs(person: Who | None, task: Task, unit: Unit | None = None) -> None:
    """Raises ``NotPermitted`` unless ``person`` is a superior in this task."""
    if not directs(person, task, unit):
        raise refuse(
            "这一步由制定单位或牵头单位的上级办理，您没有这项权限。",
            "This is for the issuing unit or a superior of the lead unit; you have no such right.",
        )


def check_other(person: Who | None, first: Person | None) -> None:
    """Raises ``NotPermitted`` where one person would both ask and decide."""
    if person is not None and first is not None and person.pk == first.pk:
        raise refuse(
            "申请与审定须由两人分别办理；这一条是您自己提出的，请由另一人办理。",
            "Asking and deciding take two persons; you asked for this yourself, so somebody else has to decide.",
        )


def units_of(person: Who, right: Right = Right.ENTER) -> QuerySet[Unit]:
    """The units for which ``person`` has ``right``."""
    extent = extent_of(person, right, today())
    rows = Unit.objects.select_related("region")
    return rows if extent.everything else rows.filter(pk__in=extent.units)


def hands_in(person: Who, task: Task) -> QuerySet[Unit]:
    """The units with a hand in ``task`` for which ``person`` may write."""
    return units_of(person).filter(Q(pk=task.document.unit_id) | Q(assignments__task=task)).distinct()
