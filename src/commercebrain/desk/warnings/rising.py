"""The level of a case follows its signals upwards: one that rises, a graver one that joins.

It follows what was told, not what an evaluation found: in a quiet period nobody's case rises before anybody knows why. Each
case in a transaction of its own, in which nothing else is waited for; what was not done because of a break is done by the
next telling. A signal that falls or ends lowers nothing: who has a grave case in hand keeps it until it is closed.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from commercebrain.desk.cases.actions.rising import rise
from commercebrain.desk.cases.models import Case
from commercebrain.desk.warnings.kinds import rank
from commercebrain.desk.warnings.models import Signal


def _told() -> QuerySet[Signal]:
    """The open signals whose case is worked on and of which their unit was told."""
    return Signal.objects.filter(closed_at=None, told_on__isnull=False, case__state=Case.State.OPEN).order_by("case")


def follow(cases: Iterable[int]) -> int:
    """Lets cases rise to the gravest of their signals; returns how many did."""
    gravest: dict[int, str] = {}
    for case, level in _told().filter(case__in=set(cases)).values_list("case", "level"):
        if rank(level) > rank(gravest.get(case, "")):
            gravest[case] = level
    return sum(rise(case, level) for case, level in gravest.items())


def follow_of(bureau: int) -> int:
    """The cases of which a signal of this bureau is graver than they; returns how many rose."""
    rows = _told().filter(bureau=bureau).values_list("case", "level", "case__level")
    return follow({case for case, level, held in rows if rank(level) > rank(held)})
