"""What keeps jobs alive when a worker dies: heartbeats, lost jobs, jobs that fell out of the queue.

A worker may be killed at any moment. What can be left behind, and who mends it:

=========================================  ============================================================
queue row taken, job still queued          :func:`requeue` puts the job into the queue again
job running, nobody runs it                :func:`beat` ends it, or queues it again when it is idempotent
job over or begun anew, queue row running  :func:`tidy_queue` closes the queue row
=========================================  ============================================================

Every step names the state that it expects, so that several workers may do it at once.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import close_old_connections, connections, transaction
from django.db.models import Q
from django.utils import timezone

from commercebrain.desk.core.jobs import running
from commercebrain.desk.core.jobs.running import LOST, enqueue, fail_or_retry, lost_after, worker_name
from commercebrain.desk.core.models import Job, Setting, Worker

logger = logging.getLogger(__name__)
GRACE = timedelta(seconds=15)  # between taking a queue row and claiming its job


def grace() -> timedelta:
    """How long a worker may take from the queue row to the job's claim."""
    return min(GRACE, lost_after())


def beat() -> None:
    """Tells the database that this process's jobs live, and takes up those of a worker that has gone silent."""
    now = timezone.now()
    if running._mine:
        Job.objects.filter(pk__in=list(running._mine)).update(beat_at=now)
    for row in Job.objects.filter(state=Job.State.RUNNING, beat_at__lt=now - lost_after()):
        fail_or_retry(row, LOST)


def _queue() -> Any:
    from django_tasks_db.models import DBTaskResult

    return DBTaskResult.objects.filter(task_path__endswith=".run_job")


def requeue() -> int:
    """Queues jobs whose time for a retry has come, and those that no live row of the queue stands for; how many."""
    now = timezone.now()
    waiting = Job.objects.filter(state=Job.State.QUEUED, cancel_asked=False).filter(
        Q(retry_at__lte=now) | Q(retry_at=None, queued_at__lt=now - grace())
    )
    # A backend that runs at once gives names that are no key of the queue in the database.
    keys = [job.task for job in waiting if len(job.task) == 36]
    known = {str(row.pk): row for row in _queue().filter(pk__in=keys)}
    put_back = 0
    for job in waiting:
        row = known.get(job.task)
        if row and (row.status == "READY" or (row.status == "RUNNING" and row.started_at > now - grace())):
            continue
        with transaction.atomic():
            # Of two workers that notice, one gets the row.
            taken = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED, task=job.task).update(task="-")
            if taken:
                enqueue(job)
                put_back += 1
    return put_back


def tidy_queue() -> int:
    """Closes rows of the queue whose worker died: the job says how it ended, or runs under another row; how many."""
    now = timezone.now()
    closed = 0
    for row in _queue().filter(status="RUNNING", started_at__lt=now - grace()):
        job = Job.objects.filter(pk=row.args_kwargs["args"][0]).first()
        if job is not None and job.state == Job.State.RUNNING and job.task == str(row.pk):
            continue
        good = job is not None and job.state in (Job.State.DONE, Job.State.CANCELLED)
        closed += (
            _queue()
            .filter(pk=row.pk, status="RUNNING")
            .update(
                status="SUCCESSFUL" if good else "FAILED",
                finished_at=now,
                exception_class_path="" if good else "builtins.RuntimeError",
                traceback="" if good else "the worker that ran it stopped",
            )
        )
    return closed


def note_worker(started_at: datetime | None = None) -> None:
    """Writes that a worker is alive now."""
    now = timezone.now()
    Setting.objects.update_or_create(key="worker_seen", defaults={"value": now.isoformat()})
    Worker.objects.update_or_create(
        name=worker_name(), defaults={"seen_at": now}, create_defaults={"started_at": started_at or now, "seen_at": now}
    )


def worker_seen() -> float | None:
    """Seconds since a worker last gave a sign of life; none when no worker ever did."""
    value = Setting.objects.filter(key="worker_seen").values_list("value", flat=True).first()
    return (timezone.now() - datetime.fromisoformat(value)).total_seconds() if value else None


def workers_alive() -> list[Worker]:
    """Workers that gave a sign of life lately."""
    return list(Worker.objects.filter(seen_at__gt=timezone.now() - lost_after()))


def look_after(*, schedule: bool = True) -> None:
    """Once everything that a worker does beside its jobs: lost jobs, the queue, the schedule, sealing the log."""
    from commercebrain.desk.core.jobs.schedule import run_due
    from commercebrain.desk.core.trail.sealing import seal_events

    beat()
    tidy_queue()
    requeue()
    if schedule:
        run_due()
    seal_events()


class Heartbeat(threading.Thread):
    """Says every few seconds that the worker lives, and does the housekeeping; :func:`worker_seen` reads it."""

    def __init__(self, every: float = 5.0, *, seal_every: float = 60.0, schedule_every: float = 20.0) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.every = every
        self.stopped = threading.Event()
        self.seal_every, self.schedule_every = seal_every, schedule_every
        self._done: dict[str, float] = {}

    def _due(self, name: str, seconds: float) -> bool:
        now = time.monotonic()
        if now - self._done.get(name, -seconds) < seconds:
            return False
        self._done[name] = now
        return True

    def _round(self) -> None:
        from commercebrain.desk.core.jobs.schedule import run_due
        from commercebrain.desk.core.trail.sealing import seal_events

        note_worker()
        beat()
        tidy_queue()
        requeue()
        if self._due("schedule", self.schedule_every):
            run_due()
        if self._due("seal", self.seal_every):
            seal_events()

    def run(self) -> None:
        """Beats until stopped; a database that is away for a moment does not end it."""
        while not self.stopped.is_set():
            try:
                self._round()
            except Exception:
                logger.exception("The worker's heartbeat could not be written")
            close_old_connections()
            self.stopped.wait(self.every)
        connections.close_all()
