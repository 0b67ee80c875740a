"""What becomes of the signals of a unit that was closed: whoever deals with them is at work, and none stays open for ever.

A unit that deals with signals of a bureau at work hands them to the unit that succeeds it, else to the nearest unit above in
force. A bureau whose own rules raised them evaluates nothing any more: its rules are switched off and its signals close with
that reason, those in the hands of a case when the case does. A successor that uses the same rule raises what still holds.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from commercebrain.desk.people.models import Unit
from commercebrain.desk.people.queries import at_work
from commercebrain.desk.warnings import lifecycle, taking, watching
from commercebrain.desk.warnings.models import RuleUse, Signal


@transaction.atomic
def hand_on(bureau: int, on: date) -> int:
    """Hands the open signals of a bureau that a closed unit deals with to the unit in force instead; returns how many."""
    if not Signal.objects.filter(bureau=bureau, closed_at=None, unit__closed_on__isnull=False).exists():
        return 0
    taking.turn(bureau)
    count = 0
    for row in taking.open_of(bureau, unit__closed_on__isnull=False):
        to = at_work(row.unit)
        if to is None:
            continue
        lifecycle.hand_to(row, to, on)
        row.version += 1
        row.save()
        count += 1
    return count


def close_down(on: date) -> int:
    """Switches off the rules of bureaus that are closed and closes their signals, save those whose case is worked on; returns
    how many were closed. Doing it again changes nothing."""
    used = RuleUse.objects.filter(state=RuleUse.State.ON, unit__closed_on__isnull=False).order_by()
    open_ = Signal.objects.filter(closed_at=None, bureau__closed_on__isnull=False).order_by()
    bureaus = {*used.values_list("unit", flat=True), *open_.values_list("bureau", flat=True)}
    return sum(_close_down(unit, on) for unit in Unit.objects.filter(pk__in=bureaus).order_by("pk"))


@transaction.atomic
def _close_down(bureau: Unit, on: date) -> int:
    taking.turn(bureau.pk)
    held = RuleUse.objects.select_for_update(of=("self",)).filter(unit=bureau, state=RuleUse.State.ON)
    for use in held.order_by("pk"):
        use.state, use.until, use.version = RuleUse.State.OFF, on, use.version + 1
        use.save()
    rows = list(taking.open_of(bureau.pk))
    busy = taking.with_open_case(rows)
    over = [row for row in rows if row.pk not in busy]
    lifecycle.close(over, Signal.End.UNIT_CLOSED, on)
    hand_on(bureau.pk, on)
    watching.over(bureau)
    return len(over)
