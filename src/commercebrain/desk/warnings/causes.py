"""The signals in the hands of a case, as its page and the API tell them: each with its evidence, in its reader's scope."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.cases.causes import Cause, Causes
from commercebrain.desk.cases.models import Case
from commercebrain.desk.warnings import clearance, evidence, pages, queries, words
from commercebrain.desk.warnings.actions.signals import ORIGIN
from commercebrain.desk.warnings.models import Signal


def causes_of(case: Case, person: Any) -> Causes:
    """All signals of a case, the oldest first; of those out of sight only how many they are."""
    if not pages.office(person):
        return Causes()
    held = Signal.objects.filter(case=case.pk).count()
    if not held:
        return Causes()
    rows = queries.signals(person).filter(case=case.pk).select_related("bureau__region", "enterprise")
    seen = [_cause(row) for row in rows.order_by("opened_at", "pk")]
    return Causes(seen, held - len(seen))


def _cause(row: Signal) -> Cause:
    return Cause(
        origin=f"{ORIGIN}{row.pk}", url=words.signal_address(row),
        rule=row.rule, name=pages.rule_name(row.rule, row.declaration), level=row.level,
        sentence=clearance.sentence(row), since=row.opened_on,
        ended=str(row.get_end_display()) if row.closed_at is not None else "",
        facts=[(one.name, one.value) for one in evidence.terms(row)],
    )  # fmt: skip
