"""Who may write what about plans; a person of None is the system itself (command line, demo)."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Membership, Person, Right, Unit
from commercebrain.desk.people.scopes import ScopedQuerySet, extent_of
from commercebrain.engine.errors import UserError


class NotPermitted(UserError):  # noqa: N818 - it is an answer, not a fault of the program
    """The person may not do this; pages answer 403 with the sentence."""

    status = 403


class Overtaken(UserError):  # noqa: N818
    """Somebody else was quicker; pages answer 409 with the sentence."""

    status = 409


def refuse(zh: str, en: str) -> NotPermitted:
    """The error for a missing right."""
    return NotPermitted("not_permitted", zh, en)


def check_unit(person: Person | None, unit: Unit) -> None:
    """Raises :class:`NotPermitted` unless ``person`` may enter rows of ``unit``."""
    if person is None:
        return
    extent = extent_of(person, Right.ENTER, today())
    if extent.everything or unit.pk in extent.units:
        return
    if extent.own_entries and Membership.objects.in_force(today()).filter(person=person, unit=unit).exists():
        return
    raise refuse(
        f"您无权为“{unit.name_zh}”录入规划；请由该单位有录入权限的人员办理。",
        f"You may not enter plans for “{unit.name_en}”; somebody with that right there has to do it.",
    )


def enterable(person: Person | None, rows: ScopedQuerySet) -> ScopedQuerySet:
    """The rows among ``rows`` that ``person`` may change; all of them for the system."""
    return rows if person is None else rows.enterable_by(person)


def check_row(person: Person | None, row: Any) -> None:
    """Raises :class:`NotPermitted` unless ``person`` may change ``row``."""
    if not enterable(person, type(row).objects.filter(pk=row.pk)).exists():
        raise refuse(
            "您只能查看，无权修改这里的内容；请由制定单位有录入权限的人员办理。",
            "You may read this but not change it; somebody with the right to enter in the issuing unit has to do it.",
        )
