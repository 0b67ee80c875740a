"""Exceptions to locks: asked by one with a reason and an end, granted or refused by another, kept for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.forms.models import LockException, Report, Round
from commercebrain.desk.forms.moment import now
from commercebrain.desk.forms.telling import clock, firm, named
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.errors import UserError


def ask(
    person: Person,
    round_: Round,
    *,
    reason: str,
    until: datetime,
    enterprise: Enterprise | None = None,
    unit: Unit | None = None,
) -> LockException:
    """Asks for a locked round to be open again until ``until``: for one firm, or for all firms that a unit handles.

    A firm's user asks for the own firm, an office for the firms that it handles. Asking twice while the first is
    undecided is the first. Raises :class:`UserError`: no reason, an end that is over, a firm that is not asked in this
    round, or no right.
    """
    reason = reason.strip()[:300]
    if not reason:
        raise UserError(
            "locks.no_reason", "请写明申请补报的理由。", "Say why the report has to be filed after the lock."
        )
    if until <= now():
        raise UserError("locks.over", "补报的截止时间须晚于现在。", "The end has to be later than now.")
    if enterprise is not None:
        report = Report.objects.filter(round=round_, enterprise=enterprise).select_related("unit").first()
        if report is None:
            raise UserError(
                "locks.not_asked", "这家企业不在本期应报之列。", "This firm is not asked to report in this round."
            )
        unit = report.unit
    if unit is None:
        raise UserError("locks.for_whom", "请指明企业或单位。", "Name a firm or a unit.")
    if not _may_ask(person, enterprise, unit):
        raise _refused("您不能为它申请补报。", "You cannot ask for it.")
    with transaction.atomic():
        open_ = LockException.objects.filter(round=round_, unit=unit, enterprise=enterprise, granted=None)
        if (earlier := open_.first()) is not None:
            return earlier
        row = LockException.objects.create(
            round=round_, unit=unit, enterprise=enterprise, until=until, reason=reason, asked_by=person
        )
        record("lock.asked", row, person, unit, until=clock(until), reason=reason, **_told(row))
    return row


def decide(row: LockException, person: Person, *, grant: bool, reason: str = "") -> LockException:
    """Grants or refuses what another asked for.

    Raises :class:`UserError`: asked by the same person, no right, decided meanwhile, or the end is over.
    """
    if not may_decide(person, row):
        raise _refused(
            "补报申请须由负责该企业的单位或开启本期的单位中的另一人审定。",
            "Another person of the unit in charge, or of the one that opened the round, has to decide.",
        )
    if grant and row.until <= now():
        raise UserError(
            "locks.over", "申请的截止时间已过，请重新申请。", "The end that was asked for is over; ask anew."
        )
    if not grant and not reason.strip():
        raise UserError("locks.no_answer", "不同意时请写明理由。", "Say why you refuse.")
    with transaction.atomic():
        taken = LockException.objects.filter(pk=row.pk, granted=None).exclude(asked_by=person)
        if not taken.update(granted=grant, decided_by=person, decided_at=timezone.now()):
            fault = UserError(
                "locks.overtaken", "这份申请刚刚已由他人审定。", "Somebody else has just decided on this."
            )
            fault.status = 409
            raise fault
        row.refresh_from_db()
        verb = "lock.granted" if grant else "lock.refused"
        record(verb, row, person, row.unit, until=clock(row.until), reason=reason.strip()[:300], **_told(row))
    return row


def may_decide(person: Any, row: LockException) -> bool:
    """Whether a person may decide: of the unit in charge or of the one that opened the round, never who asked."""
    extent = extent_of(person, Right.ENTER, today())
    inside = extent.everything or bool({row.unit_id, row.round.unit_id} & extent.units)
    return inside and row.asked_by_id != getattr(person, "pk", None)


def _may_ask(person: Person, enterprise: Enterprise | None, unit: Unit) -> bool:
    extent = extent_of(person, Right.ENTER, today())
    own = enterprise is not None and enterprise.pk in extent.firms
    return own or extent.everything or unit.pk in extent.units


def in_sight(person: Any) -> Any:
    """The exceptions that a person may read: of the units in sight, and for the own firm."""
    from django.db.models import Q

    extent = extent_of(person, Right.SEE, today())
    rows = LockException.objects.select_related("round", "enterprise", "unit", "asked_by", "decided_by")
    if extent.everything:
        return rows
    found = Q(unit__in=extent.units) | Q(round__unit__in=extent.units) | Q(enterprise__in=extent.firms)
    return rows.filter(found)


def _told(row: LockException) -> dict[str, Any]:
    whom = firm(row.enterprise) if row.enterprise else {"name": row.unit.name_zh, "name_en": row.unit.name_en}
    return {**named(row.round), **whom}


def _refused(zh: str, en: str) -> UserError:
    fault = UserError("locks.refused", zh, en)
    fault.status = 403
    return fault
