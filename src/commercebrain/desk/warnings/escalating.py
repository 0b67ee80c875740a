"""Escalation: what nobody acknowledges in time is told higher up, by the steps that were copied into the signal at its start.

Times run in working days from the day on which the unit was told. Each step is told once, on a working day outside quiet
periods, to those who hold the role in the unit that deals with the signal, else in the nearest unit above where somebody
does. What stands behind a wider signal, is acknowledged, or is in the hands of a case is not escalated.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from django.db import transaction

from commercebrain.desk.cases.escalating import whom
from commercebrain.desk.core.events import record
from commercebrain.desk.core.workdays import is_workday
from commercebrain.desk.people.models import Role, Unit
from commercebrain.desk.warnings import rates, taking
from commercebrain.desk.warnings.models import Signal, SignalStep
from commercebrain.desk.warnings.quiet import quiet_rules
from commercebrain.desk.warnings.telling import MORNING, moment_on, step_of, told
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.forms.moments import after


def escalate(on: date, bureau: int | None = None) -> int:
    """Tells on what nobody acknowledged by ``on``; returns how many steps came true. Doing it again tells nothing twice."""
    waiting = _waiting()
    if bureau is not None:
        waiting = waiting.filter(bureau=bureau)
    count = 0
    for one in list(waiting.order_by().values_list("bureau", flat=True).distinct()):
        quiet = quiet_rules(one, on)
        if quiet is None:
            continue
        for unit in list(waiting.filter(bureau=one).order_by().values_list("unit", flat=True).distinct()):
            count += _of_unit(one, unit, quiet, on)
    return count


def _waiting_at_all() -> Any:
    return Signal.objects.filter(
        closed_at=None, inhibited_by=None, acknowledged_at=None, told_on__isnull=False, due_at__isnull=False
    )


def _waiting() -> Any:
    return _waiting_at_all().exclude(escalation=[])


def steps_due(signal: Signal, moment: datetime) -> list[tuple[int, str]]:
    """The steps of a signal whose time is over at a moment, as (place, role), whether or not they were told."""
    if signal.told_on is None:
        return []
    begun = datetime.combine(signal.told_on, MORNING, BEIJING)
    return [
        (place, str(step["to"]))
        for place, step in enumerate(signal.escalation)
        if after(begun, str(step["after"]), is_workday) <= moment
    ]


def note_late(on: date) -> int:
    """Notes once of each signal that nobody acknowledged in time: rates count it from then on. Returns how many."""
    late = _waiting_at_all().filter(due_at__lte=moment_on(on)).exclude(steps__what="late")
    count = 0
    for pk in list(late.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            rows = Signal.objects.select_for_update(of=("self",)).select_related("unit__region", "region", "enterprise")
            row = rows.filter(pk=pk, closed_at=None, acknowledged_at=None, due_at__lte=moment_on(on)).first()
            if row is None or SignalStep.objects.filter(signal=pk, what="late").exists():
                continue
            step_of(row, "late", on).save()
            count += rates.put([row])
    return count


@transaction.atomic
def _of_unit(bureau: int, unit: int, quiet: frozenset[str], on: date) -> int:
    taking.turn(bureau)
    rows = list(
        taking.open_of(bureau, unit=unit, inhibited_by=None, acknowledged_at=None, due_at__isnull=False)
        .exclude(rule__in=quiet)
        .exclude(escalation=[])
    )
    done = set(
        SignalStep.objects.filter(signal__in=[row.pk for row in rows], what="escalated").values_list("signal", "step")
    )
    moment = moment_on(on)
    groups: dict[str, list[Signal]] = defaultdict(list)
    made = []
    for row in rows:
        for place, role in steps_due(row, moment):
            if (row.pk, place) not in done:
                made.append(step_of(row, "escalated", on, to=role, step=place, at=moment))
                groups[role].append(row)
    SignalStep.objects.bulk_create(made, batch_size=500)
    for role, group in groups.items():
        _say(Unit.objects.get(pk=unit), role, list(dict.fromkeys(group)), on)
    return len(made)


def _say(unit: Unit, role: str, group: list[Signal], on: date) -> None:
    name = Role.objects.filter(code=role).first()
    words = {"to": name.name_zh if name else role, "to_en": name.name_en if name else role}
    _office, persons = whom(unit, role, on)
    if len(group) == 1:
        record("signal.escalated", group[0], None, unit, persons=persons, **words, **told(group[0]))
        return
    subject = ("people.unit", str(unit.pk))
    record(
        "signals.escalated",
        subject,
        None,
        unit,
        count=len(group),
        persons=persons,
        signals=[r.pk for r in group],
        **words,
    )
