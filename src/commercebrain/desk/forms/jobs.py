"""Rounds open by themselves, and reminders go out."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.jobs import JobContext, every, job
from commercebrain.desk.core.jobs.beside import beside
from commercebrain.desk.forms import outbox as outbox  # its jobs
from commercebrain.desk.forms import rounds

PIECE = 100


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


@job("forms.remind", zh="发送催报提醒", en="Send reminders", retries=2, idempotent=True)
def remind(context: JobContext, reminders: list[int]) -> dict[str, Any]:
    """Makes the tries of one wish; outside working hours they wait for the next working morning."""
    from commercebrain.desk.forms.reminders import send_due

    told = {"sent": 0, "failed": 0, "off": 0}
    for at in range(0, len(reminders), PIECE):
        context.progress(at, len(reminders), f"第{at + 1}条", f"no. {at + 1}")
        for state, count in send_due(reminders[at : at + PIECE]).items():
            told[state] += count
    waiting = len(reminders) - sum(told.values())
    return {
        **told, "waiting": waiting, "url": reverse("forms:reminders"),
        "zh": f"已发{told['sent']}条，失败{told['failed']}条，未配置{told['off']}条，待发{waiting}条",
        "en": f"{told['sent']} sent, {told['failed']} failed, {told['off']} not configured, {waiting} waiting",
    }  # fmt: skip


@beside("forms.reminders", 60.0)
def reminders_that_wait() -> None:
    """What was asked for outside working hours goes out when they begin."""
    from commercebrain.desk.forms.reminders import send_due

    send_due()
