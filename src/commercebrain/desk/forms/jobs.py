"""Rounds open by themselves, and reminders go out."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.jobs import JobContext, every, job
from commercebrain.desk.forms import rounds


@job("forms.open_rounds", zh="开启报表期次", en="Open rounds of forms", retries=3, idempotent=True)
def open_rounds(context: JobContext) -> dict[str, Any]:
    """Opens what is due, adds firms that came later, notes what was locked."""
    made = rounds.open_rounds(today())
    for row in made:
        context.say(
            f"开启{row.declaration['name']['zh']} {row.period}", f"{row.declaration['name']['en']} {row.period}"
        )
    return {"rounds": len(made), "zh": f"开启{len(made)}期", "en": f"{len(made)} rounds opened"}


every("day 00:05", "forms.open_rounds")
