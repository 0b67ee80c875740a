"""Taking signals for a change: the rows in one order, and the bureau's turn for what closes, releases or hands them on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from commercebrain.desk.cases.models import Case
from commercebrain.desk.core.models import Setting
from commercebrain.desk.warnings.models import Signal


def turn(bureau: int) -> None:
    """Waits for this bureau's turn, in the transaction of the caller: one at a time closes and releases signals."""
    key = f"warnings-turn-{bureau}"
    Setting.objects.get_or_create(key=key, defaults={"value": ""})
    Setting.objects.select_for_update().get(key=key)


def open_of(bureau: int, **only: Any) -> Any:
    """The open signals of a bureau, taken for this transaction in the order of their numbers."""
    rows = Signal.objects.select_for_update(of=("self",)).filter(bureau=bureau, closed_at=None, **only)
    return rows.select_related("unit").order_by("pk")


def with_open_case(rows: Iterable[Signal]) -> set[int]:
    """Of some signals those (by key) whose case is worked on."""
    cases = {row.pk: row.case_id for row in rows if row.case_id}
    running = set(Case.objects.filter(pk__in=set(cases.values()), state=Case.State.OPEN).values_list("pk", flat=True))
    return {pk for pk, case in cases.items() if case in running}
