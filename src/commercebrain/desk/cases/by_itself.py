"""Steps that a template leaves to the system: taken by a job where nothing is missing and the condition holds."""

from __future__ import annotations

from commercebrain.desk.cases.actions.moving import move
from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case
from commercebrain.desk.cases.standing import standing
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
