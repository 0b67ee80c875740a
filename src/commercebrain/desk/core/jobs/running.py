"""From the queue to the end: start, run, cancel, begin again."""

from __future__ import annotations

import logging
import os
import socket
import traceback
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django_tasks import task

from commercebrain.desk.core.events import record
from commercebrain.desk.core.jobs.declaring import KINDS, Cancelled, JobContext, Superseded, kind_of
from commercebrain.desk.core.models import Job, JobLine
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError

logger = logging.getLogger(__name__)
LIVE = (Job.State.QUEUED, Job.State.RUNNING, Job.State.DONE)  # in these a key is taken
_mine: set[int] = set()  # jobs that this process runs now; the heartbeat tells the database that they live

BROKEN = {
    "code": "jobs.broken",
    "zh": "任务因程序错误中断，已有数据未受影响；请把任务编号告诉管理员。",
    "en": "The job stopped on a fault of the program; nothing was half written. Tell the administrator its number.",
}
LOST = {
    "code": "jobs.lost",
    "zh": "执行任务的进程中断了，没有写入任何半成品；请重新发起。",
    "en": "The process that ran the job stopped; nothing was half written. Start the job again.",
}


def worker_name() -> str:
    """This process as the jobs' page names it."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}"


def start(kind: str, person: Person | None, /, *, key: str = "", **arguments: Any) -> Job:
    """Queues the job ``kind`` for the worker and returns its row; ``arguments`` must be plain JSON values.

    With a ``key``, a job of the same kind and key that is queued, running or done is returned instead of a second one;
    one that failed or was cancelled does not stand in the way. Put into the key whatever makes two requests the same,
    the person included where it matters.
    """
    if kind not in KINDS:
        raise KeyError(f"No job is called {kind}")
    if key and (earlier := _live(kind, key)):
        return earlier
    try:
        with transaction.atomic():
            row = Job.objects.create(kind=kind, person=person, arguments=arguments, key=key)
            record("job.started", row, person, **words(row))
            enqueue(row)
    except IntegrityError:
        earlier = _live(kind, key) if key else None
        if earlier is None:
            raise
        return earlier
    row.refresh_from_db()  # the immediate backend has run it already
    return row


def _live(kind: str, key: str) -> Job | None:
    return Job.objects.filter(kind=kind, key=key, state__in=LIVE).first()


def words(row: Job) -> dict[str, str]:
    """A job's name as its events' sentences need it."""
    named = kind_of(row)
    return {"job": named.zh, "job_en": named.en}


def enqueue(row: Job) -> None:
    """Puts a row for the job into the queue and remembers which; in the caller's transaction."""
    queued = run_job.enqueue(row.pk)
    if queued is not None:
        Job.objects.filter(pk=row.pk).update(task=str(queued.id))


@task()
def run_job(job_id: int) -> None:
    """Runs one queued job to its end.

    1. Claims the row by an update that names the old state: of two workers one gets it. The claim counts the attempt;
       whatever this run writes later holds only while that number stands.
    2. Runs the function.
    3. Writes the end: done with its result, cancelled, queued again when it may be, or failed with a sentence for
       people and a log for us.
    """
    now = timezone.now()
    free = Q(retry_at=None) | Q(retry_at__lte=now)
    claimed = Job.objects.filter(free, pk=job_id, state=Job.State.QUEUED, cancel_asked=False).update(
        state=Job.State.RUNNING, attempt=F("attempt") + 1, worker=worker_name(), retry_at=None,
        started_at=now, beat_at=now, progress_at=now,
    )  # fmt: skip
    if not claimed:
        return
    row = Job.objects.get(pk=job_id)
    named = kind_of(row)
    _mine.add(row.pk)
    try:
        result = named.run(JobContext(row.pk, row.kind, row.person_id, row.attempt), **row.arguments)
    except Superseded:
        logger.warning("Job %s %s was taken over by another worker", row.pk, row.kind)
    except Cancelled:
        end(row, Job.State.CANCELLED, None)
    except UserError as fault:
        end(row, Job.State.FAILED, {"code": fault.code, "zh": fault.zh, "en": fault.en})
    except Exception:
        logger.exception("Job %s %s failed", row.pk, row.kind)
        fail_or_retry(row, BROKEN, traceback.format_exc())
    else:
        end(row, Job.State.DONE, result)
    finally:
        _mine.discard(row.pk)


def end(row: Job, state: str, result: Any, log: str = "") -> bool:
    """Writes how this attempt of the job ended; false when another process has ended it or begun it again."""
    with transaction.atomic():
        ended = Job.objects.filter(pk=row.pk, state=Job.State.RUNNING, attempt=row.attempt).update(
            state=state, result=result, ended_at=timezone.now()
        )
        if not ended:
            return False
        _keep(row, log)
        if state == Job.State.FAILED:
            record("job.failed", row, row.person, **words(row), reason=result["zh"], reason_en=result["en"])
        else:
            record(f"job.{state}", row, row.person, **words(row))
        return True


def _keep(row: Job, log: str) -> None:
    if log:
        Job.objects.filter(pk=row.pk).update(log=Job.objects.only("log").get(pk=row.pk).log + log)


def fail_or_retry(row: Job, trouble: dict[str, str], log: str = "") -> None:
    """After a fault that is not the user's: queued again when the kind is idempotent and has attempts left."""
    named = kind_of(row)
    asked = Job.objects.filter(pk=row.pk, cancel_asked=True).exists()
    if asked:
        end(row, Job.State.CANCELLED, None, log)
        return
    if not named.idempotent or row.attempt > named.retries:
        end(row, Job.State.FAILED, trouble, log)
        return
    at = timezone.now() + named.backoff * 2 ** (row.attempt - 1)
    with transaction.atomic():
        put_back = Job.objects.filter(pk=row.pk, state=Job.State.RUNNING, attempt=row.attempt).update(
            state=Job.State.QUEUED, retry_at=at, task="", worker=""
        )
        if not put_back:
            return
        _keep(row, log)
        clock = f"{timezone.localtime(at):%H:%M:%S}"
        reason, reason_en = trouble["zh"].rstrip("。"), trouble["en"].rstrip(".")
        record("job.postponed", row, row.person, **words(row), at=clock, attempt=row.attempt, reason=reason,
               reason_en=reason_en)  # fmt: skip
        JobLine.objects.create(
            job=row,
            zh=f"第{row.attempt}次执行中断，{clock} 起重试",
            en=f"Attempt {row.attempt} was interrupted; it is retried from {clock} on",
        )


def cancel(row: Job, person: Person) -> bool:
    """Asks for a job to stop: a queued one is cancelled at once, a running one at its next progress.

    Returns whether there was anything left to stop. Whether ``person`` may is the caller's query to decide.
    """
    with transaction.atomic():
        queued = Job.objects.filter(pk=row.pk, state=Job.State.QUEUED).update(
            state=Job.State.CANCELLED, cancel_asked=True, ended_at=timezone.now()
        )
        if queued:
            record("job.cancelled", row, person, **words(row))
            return True
        running = Job.objects.filter(pk=row.pk, state=Job.State.RUNNING, cancel_asked=False).update(cancel_asked=True)
        if running:
            record("job.cancel_asked", row, person, **words(row))
        return bool(running)


def retry(row: Job, person: Person) -> bool:
    """Queues a failed or cancelled job again, by a person's decision, with what it was given the first time.

    Returns whether there was anything to begin again: false too when another job has the same key by now.
    Whether ``person`` may is the caller's query to decide. It runs with the rights of who started it.
    """
    try:
        with transaction.atomic():
            again = Job.objects.filter(pk=row.pk, state__in=[Job.State.FAILED, Job.State.CANCELLED]).update(
                state=Job.State.QUEUED, cancel_asked=False, retry_at=None, result=None, ended_at=None, started_at=None,
                done=0, total=0, step_zh="", step_en="", queued_at=timezone.now(), worker="",
            )  # fmt: skip
            if again:
                record("job.retried", row, person, **words(row))
                enqueue(row)
    except IntegrityError:
        return False
    return bool(again)


def lost_after() -> timedelta:
    """How long a running job's worker may be silent."""
    from django.conf import settings

    return timedelta(seconds=settings.JOB_LOST_AFTER)
