"""Which firms were warned of around the time of a case: with those that were not helped the helped firm is compared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from commercebrain.desk.cases.models import Case
from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.warnings.kinds import rank
from commercebrain.desk.warnings.models import Signal

#: Signals that opened at most so long before or after the case.
AROUND = timedelta(days=92)


def warned(case: Case) -> Iterable[tuple[Enterprise, str]]:
    """The firms of the same bureau's rules with signals from three months before the case to three months after it, each with
    the gravest level; those whose signal was a false alarm were in no trouble."""
    own = Signal.objects.filter(case=case).values("bureau")
    opened = (case.opened_on - AROUND, case.opened_on + AROUND)
    rows = Signal.objects.filter(bureau__in=own, enterprise__isnull=False, opened_on__range=opened)
    rows = rows.exclude(end=Signal.End.FALSE_ALARM).select_related("enterprise__region__parent").order_by("pk")
    gravest: dict[int, tuple[Enterprise, str]] = {}
    for row in rows:
        firm = row.enterprise
        if firm is None or firm.merged_into_id is not None:
            continue
        held = gravest.get(firm.pk)
        if held is None or rank(row.level) > rank(held[1]):
            gravest[firm.pk] = (firm, row.level)
    return list(gravest.values())
