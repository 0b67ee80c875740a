"""The worker's part: read the log, send mail, call other programs."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.core.jobs import JobContext, job
from commercebrain.desk.notices.dispatch import dispatch
from commercebrain.desk.notices.sending import send_due
from commercebrain.desk.notices.webhooks import call_due


@job("notices.deliver", zh="分发通知", en="Deliver notices")
def deliver(context: JobContext) -> dict[str, Any]:
    """Reads what happened since last time, then sends the mails and makes the calls that are due."""
    read = dispatch()
    sent, mails_failed = send_due()
    received, calls_failed = call_due()
    return {
        "events": read, "mails_sent": sent, "mails_failed": mails_failed,
        "calls_received": received, "calls_failed": calls_failed,
    }  # fmt: skip
