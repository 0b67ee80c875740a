"""Taking signals for a change: the rows in one order, the bureau's turn for what closes, releases or hands them on, and the
firm for what opens, joins or ends its case.

Whoever takes several takes them in this order: the turns by bureau, the firms by number, the signals.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from commercebrain.desk.cases.models import Case
from commercebrain.desk.core.models import Setting
from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.warnings.models import Signal


def turn(bureau: int) -> None:
    """Waits for this bureau's turn, in the transaction of the caller: one at a time closes and releases signals."""
    key = f"warnings-turn-{bureau}"
    Setting.objects.get_or_create(key=key, defaults={"value": ""})
    Setting.objects.select_for_update().get(key=key)


def firms(keys: Iterable[int | None]) -> None:
    """Waits until nobody else opens, joins or ends a case of these firms, in the transaction of the caller: rules of two
    bureaus have each their own turn, but one firm. Who only writes something that names a firm is not in the way."""
    wanted = {key for key in keys if key is not None}
    list(Enterprise.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk").values_list("pk"))


def open_of(bureau: int, **only: Any) -> Any:
    """The open signals of a bureau, taken for this transaction in the order of their numbers."""
    rows = Signal.objects.select_for_update(of=("self",)).filter(bureau=bureau, closed_at=None, **only)
    return rows.select_related("unit").order_by("pk")


def with_open_case(rows: Iterable[Signal]) -> set[int]:
    """Of some signals those (by key) whose case is worked on."""
    cases = {row.pk: row.case_id for row in rows if row.case_id}
    running = set(Case.objects.filter(pk__in=set(cases.values()), state=Case.State.OPEN).values_list("pk", flat=True))
    return {pk for pk, case in cases.items() if case in running}
