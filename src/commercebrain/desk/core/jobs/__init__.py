"""Long work: declared with :func:`job`, begun with :func:`start`, run by the worker, watched and cancelled by people.

A business folder declares its jobs in its own ``jobs.py``::

    @job("plans.read", zh="读取规划", en="Read a plan", retries=3, idempotent=True)
    def read(context: JobContext, document: int) -> dict:
        for n, page in enumerate(pages):
            context.progress(n, len(pages), f"第{n}页", f"page {n}")
            context.say(f"第{n}页没有文字", f"Page {n} holds no text")

    every("day 03:00", "plans.check")       # runs by itself, see schedule.py

Progress is written to the database so that every process sees it: keep a job's transactions short, since progress
written inside one is not visible before its end. A worker may be killed at any moment; see housekeeping.py for what
happens then.
"""

from commercebrain.desk.core.jobs import own as own
from commercebrain.desk.core.jobs.declaring import (
    KINDS,
    SCHEDULE,
    Cancelled,
    JobContext,
    Kind,
    Periodic,
    Superseded,
    every,
    job,
    kind_of,
)
from commercebrain.desk.core.jobs.housekeeping import (
    Heartbeat,
    beat,
    look_after,
    note_worker,
    requeue,
    tidy_queue,
    worker_seen,
    workers_alive,
)
from commercebrain.desk.core.jobs.running import _mine, cancel, lost_after, retry, run_job, start
from commercebrain.desk.core.jobs.schedule import run_due

__all__ = [
    "KINDS",
    "SCHEDULE",
    "Cancelled",
    "Heartbeat",
    "JobContext",
    "Kind",
    "Periodic",
    "Superseded",
    "_mine",
    "beat",
    "cancel",
    "every",
    "job",
    "kind_of",
    "look_after",
    "lost_after",
    "note_worker",
    "requeue",
    "retry",
    "run_due",
    "run_job",
    "start",
    "tidy_queue",
    "worker_seen",
    "workers_alive",
]
