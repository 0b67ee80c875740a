"""The jobs of the common ground itself: verifying the log every night, tidying the queue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from commercebrain.desk.core.events import record
from commercebrain.desk.core.jobs.declaring import JobContext, every, job
from commercebrain.desk.core.models import Worker
from commercebrain.engine.errors import UserError

KEPT = timedelta(days=14)  # finished rows of the queue; the jobs themselves stay


@job("core.verify_log", zh="核对审计日志", en="Verify the event log", retries=2, idempotent=True)
def verify_log(context: JobContext) -> dict[str, Any]:
    """Seals what is open, then verifies the chain; a fault ends the job with a sentence."""
    from commercebrain.desk.core.trail import state
    from commercebrain.desk.core.trail.sealing import seal_events

    seal_events(sweep=True)
    verdict = state.verify_and_keep(progress=context.progress)
    for finding in verdict.findings[: state.SHOWN]:
        context.say(finding.zh, finding.en)
    if not verdict.sound:
        record("log.unsound", "core.event", None, faults=verdict.faults)  # which the administrators are told of
        raise UserError(
            "audit.not_sound",
            f"审计日志有{verdict.faults}处问题，见本任务的日志；请保全现场并查明是谁改动了数据库。",
            f"The event log has {verdict.faults} faults, see this job's log; keep the database as it is and find out who "
            "changed it.",
        )
    return {"events": verdict.events, "seals": verdict.seals, "url": reverse("core:chain")}


@job("core.tidy", zh="清理任务队列", en="Tidy the queue of jobs", retries=2, idempotent=True)
def tidy(context: JobContext) -> dict[str, int]:
    """Removes finished rows of the queue and workers not seen for :data:`KEPT`."""
    from django_tasks_db.models import DBTaskResult

    before = timezone.now() - KEPT
    rows, _ = DBTaskResult.objects.filter(status__in=["SUCCESSFUL", "FAILED"], finished_at__lt=before).delete()
    workers, _ = Worker.objects.filter(seen_at__lt=before).delete()
    return {"rows": rows, "workers": workers}


every("day 02:30", "core.verify_log")
every("day 04:10", "core.tidy")
