"""The states of adjustments and deadline requests, declared once; a step is an update that names the state it saw."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.plans.actions.permission import Overtaken

#: step → (state before, state after). A proposal that is closed stays closed.
ADJUSTMENT = {
    "withdraw": ("proposed", "withdrawn"),
    "decline": ("proposed", "declined"),
    "approve": ("proposed", "approved"),
}
DEADLINE = {
    "withdraw": ("asked", "withdrawn"),
    "refuse": ("asked", "refused"),
    "grant": ("asked", "granted"),
}


def take(row: Any, steps: dict[str, tuple[str, str]], step: str, **changes: Any) -> None:
    """Moves ``row`` by ``step`` with ``changes``, if it still stands where the step begins.

    Raises ``Overtaken`` when somebody else was quicker; of two exactly one passes.
    """
    before, after = steps[step]
    if not type(row).objects.filter(pk=row.pk, state=before).update(state=after, **changes):
        raise Overtaken(
            "responsibility.overtaken",
            "这一条刚刚已由他人办结，您的操作没有生效；请查看现在的状态。",
            "Somebody else has just closed this, so yours did not take effect; look at how it stands now.",
        )
    row.refresh_from_db()
