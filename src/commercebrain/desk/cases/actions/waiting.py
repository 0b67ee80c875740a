"""Clocks that stand still for a reason, by a person."""

from __future__ import annotations

from django.db import transaction

from commercebrain.desk.cases import clocks, rates
from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Clock
from commercebrain.desk.cases.rights import needs_act
from commercebrain.desk.cases.taking import taken
from commercebrain.desk.cases.telling import moment_told, told
from commercebrain.desk.core.events import record
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Person


@transaction.atomic
def pause(clock: Clock, person: Person | None, reason: str) -> Clock:
    """Has a running clock stand still: what is waited for lies with somebody else. Raises :class:`UserError`: no right, no
    reason, not running, or a day that was set from outside."""
    row = taken(clock.case)
    needs_act(row, person)
    held = Clock.objects.select_for_update().get(pk=clock.pk)
    held.case = row
    clocks.pause(held, reason, person, now())
    name = template_of(row).clocks[held.code].name
    record("case.paused", row, person, row.unit, clock=name.zh, clock_en=name.en, reason=reason.strip(), **told(row))
    row.save(update_fields=["updated_at"])
    return held


@transaction.atomic
def resume(clock: Clock, person: Person | None) -> Clock:
    """Lets a clock go on; its due moment moves by what it stood still. Raises :class:`UserError` where it runs."""
    row = taken(clock.case)
    needs_act(row, person)
    held = Clock.objects.select_for_update().get(pk=clock.pk)
    held.case = row
    clocks.resume(held, now())
    name = template_of(row).clocks[held.code].name
    record(
        "case.resumed",
        row,
        person,
        row.unit,
        clock=name.zh,
        clock_en=name.en,
        due=moment_told(held.due_at),
        **told(row),
    )
    row.save(update_fields=["updated_at"])
    rates.put(row)
    return held
