"""Escalation: a clock that is late by so much is told to those whom the case's own declaration names, once a step."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import IntegrityError, transaction

from commercebrain.desk.cases import rates
from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case, Clock, Escalation, Pause
from commercebrain.desk.cases.telling import moment_told, told
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Membership, Role, Unit
from commercebrain.engine.cases.clocks import is_late_by
from commercebrain.engine.cases.kinds import EscalationStep
from commercebrain.engine.clock import BEIJING

#: When a day that is not today is looked at: after office hours.
EVENING = time(18, 0)


def escalate(on: date | None = None) -> int:
    """Tells what is late and was not told yet, as of ``on`` (default: now); returns how many steps came true.

    Each step is its own transaction and its row is unique: killed half-way, the next run tells the rest and nothing twice.
    """
    moment = now() if on is None or on == today() else datetime.combine(on, EVENING, BEIJING)
    still = Pause.objects.filter(until=None).order_by().values("clock")
    late = Clock.objects.filter(met_at=None, dropped_at=None, due_at__lt=moment, case__state=Case.State.OPEN)
    count, counted, known = 0, set[int](), rates.told_last()
    rows = late.exclude(pk__in=still).select_related("case__unit", "case__region", "case__enterprise__region")
    for clock in rows.order_by("due_at", "pk"):
        if clock.case_id not in counted:  # an answer that is due and was not given counts from now on
            counted.add(clock.case_id)
            rates.put(clock.case, known)
        done = set(clock.escalations.values_list("step", flat=True))
        for number, step in enumerate(template_of(clock.case).escalate):
            if number in done or (step.clocks and clock.code not in step.clocks):
                continue
            if is_late_by(step.span, clock.due_at, moment, clock.calendar) and _tell(clock, number, step, moment):
                count += 1
    return count


def _tell(clock: Clock, number: int, step: EscalationStep, moment: datetime) -> bool:
    case = clock.case
    unit, persons = whom(case.unit, step.to)
    try:
        with transaction.atomic():
            Escalation.objects.create(
                case=case, clock=clock, step=number, to=step.to, unit=unit, told=len(persons), at=moment,
                on=moment.astimezone(BEIJING).date(),
            )  # fmt: skip
            role = Role.objects.filter(code=step.to).first()
            name = template_of(case).clocks[clock.code].name
            data = {key: value for key, value in told(case).items() if key != "firm"}
            record(
                "case.escalated", case, None, unit, clock=name.zh, clock_en=name.en, due=moment_told(clock.due_at),
                to=role.name_zh if role else step.to, to_en=role.name_en if role else step.to, persons=persons, **data,
            )  # fmt: skip
            Case.objects.filter(pk=case.pk).update(updated_at=now())
    except IntegrityError:  # another worker told it
        return False
    return True


def whom(unit: Unit, role: str, on: date | None = None) -> tuple[Unit, list[int]]:
    """Who holds a role on a day (default: the business date) in a unit, or in the nearest one above in which somebody does; the
    unit itself and nobody where there is none."""
    chain = [int(part) for part in reversed(unit.path.split("/")) if part]
    held = Membership.objects.in_force(on or today()).filter(
        unit__in=chain, role__code=role, firm=None, person__is_active=True
    )
    by_unit: dict[int, set[int]] = {}
    for where, person in held.values_list("unit", "person"):
        by_unit.setdefault(where, set()).add(person)
    for pk in chain:
        if pk in by_unit:
            return Unit.objects.get(pk=pk), sorted(by_unit[pk])
    return unit, []
