"""What is done with cases without anybody: steps that a template leaves to the system, where nothing is missing and the
condition holds, and handing on what lies with a unit that was closed."""

from __future__ import annotations

from commercebrain.desk.cases.actions.moving import move
from commercebrain.desk.cases.actions.taking_part import hand_on
from commercebrain.desk.cases.assigning import section_of
from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case
from commercebrain.desk.cases.standing import standing
from commercebrain.desk.people.queries import at_work
from commercebrain.engine.errors import UserError

SYSTEM = "system"


def move_on() -> int:
    """Takes, of every open case, the first transition that is the system's and ready; returns how many were taken.

    A case that a person moves at the same moment is left to that person.
    """
    count = 0
    for case in Case.objects.filter(state=Case.State.OPEN).order_by("pk"):
        ways = template_of(case).from_stage(case.stage)
        if not any(SYSTEM in one.may for one in ways.values()):
            continue
        ready = [one for one in standing(case).moves(None) if SYSTEM in one.transition.may and one.ready]
        if ready:
            way = ready[0]
            try:
                move(case, None, way.code, sentence=way.transition.name.zh, seen=case.version)
            except UserError:  # somebody was quicker, or it does not hold any more
                continue
            count += 1
    return count


def hand_on_from_closed_units() -> int:
    """Hands every open case of a unit that was closed to the one that succeeds it, else to the nearest above at work, there to
    the section of the template's line; returns how many. A case without such a unit stays."""
    count = 0
    rows = Case.objects.filter(state=Case.State.OPEN, unit__closed_on__isnull=False)
    for case in rows.select_related("unit").order_by("pk"):
        bureau = at_work(case.unit)
        if bureau is None:
            continue
        try:
            hand_on(case, section_of(bureau, template_of(case).owner.line))
        except UserError:  # it ended meanwhile
            continue
        count += 1
    return count
