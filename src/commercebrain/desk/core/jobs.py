"""Long work: declared with :func:`job`, begun with :func:`start`, run by the worker, watched and cancelled by people.

A business folder declares its jobs in its own ``jobs.py``::

    @job("plans.read", zh="读取规划", en="Read a plan")
    def read(context: JobContext, document: int) -> dict:
        for n, page in enumerate(pages):
            context.progress(n, len(pages), f"第{n}页", f"page {n}")

Progress is written to the database so that every process sees it: keep a job's transactions short, since progress
written inside one is not visible before its end.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django_tasks import task

from commercebrain.desk.core.events import record
from commercebrain.desk.core.models import Job
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError

logger = logging.getLogger(__name__)

LOST_AFTER = timedelta(seconds=60)  # a running job whose worker has been silent for so long is lost
WRITE_EVERY = 0.25  # seconds between two progress rows of the same job


class Cancelled(Exception):  # noqa: N818 - it is an answer, not an error
    """Somebody asked for the job to stop; the job lets it pass and leaves nothing half done."""


@dataclass(frozen=True)
class Kind:
    """A declared job: its code, the function, its name in both languages."""

    code: str
    run: Callable[..., Any]
    zh: str
    en: str

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.zh if (get_language() or "zh").startswith("zh") else self.en


KINDS: dict[str, Kind] = {}
_mine: set[int] = set()  # jobs that this process runs now; the heartbeat tells the database that they live


def job(code: str, zh: str = "", en: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares the function below as the job ``code`` with its name in both languages."""

    def declare(run: Callable[..., Any]) -> Callable[..., Any]:
        earlier = KINDS.get(code)
        if earlier and earlier.run.__module__ + earlier.run.__qualname__ != run.__module__ + run.__qualname__:
            raise ValueError(f"Two jobs are called {code}")
        KINDS[code] = Kind(code, run, zh or code, en or code)
        return run

    return declare


def kind_of(row: Job) -> Kind:
    """The declaration behind a job, or one that only has its code when nobody declares it any more."""
    return KINDS.get(row.kind) or Kind(row.kind, _unknown, row.kind, row.kind)


def _unknown(context: JobContext, **arguments: Any) -> None:
    raise UserError(
        "jobs.unknown_kind",
        f"没有名为“{context.kind}”的任务：可能是旧版本留下的，请重新发起。",
        f"There is no job called “{context.kind}”; it may be left over from an earlier version: start it anew.",
    )


@dataclass
class JobContext:
    """What a running job is given: where to tell its progress and learn that it shall stop."""

    job_id: int
    kind: str
    person_id: int | None = None
    _written: float = field(default=0.0, repr=False)
    _step: str = field(default="", repr=False)

    @property
    def person(self) -> Person | None:
        """Who started the job."""
        return Person.objects.filter(pk=self.person_id).first() if self.person_id else None

    def progress(self, done: int, total: int, zh: str = "", en: str = "") -> None:
        """Tells that ``done`` of ``total`` pieces are finished and what is being done.

        Raises :class:`Cancelled` when somebody asked for the job to stop.
        """
        now = time.monotonic()
        if now - self._written < WRITE_EVERY and zh == self._step and done < total:
            return
        self._written, self._step = now, zh
        Job.objects.filter(pk=self.job_id).update(
            done=done, total=total, step_zh=zh[:200], step_en=en[:200], beat_at=timezone.now()
        )
        self.check()

    def check(self) -> None:
        """Raises :class:`Cancelled` when somebody asked for the job to stop."""
        if Job.objects.filter(pk=self.job_id, cancel_asked=True).exists():
            raise Cancelled

    def say(self, line: str) -> None:
        """Adds a line to the job's log."""
        row = Job.objects.only("log").get(pk=self.job_id)
        Job.objects.filter(pk=self.job_id).update(log=f"{row.log}{line}\n")


def start(kind: str, person: Person | None, **arguments: Any) -> Job:
    """Queues the job ``kind`` for the worker and returns its row; ``arguments`` must be plain JSON values."""
    if kind not in KINDS:
        raise KeyError(f"No job is called {kind}")
    with transaction.atomic():
        row = Job.objects.create(kind=kind, person=person, arguments=arguments)
        named = KINDS[kind]
        record("job.started", row, person, job=named.zh, job_en=named.en)
        run_job.enqueue(row.pk)
    row.refresh_from_db()  # the immediate backend has run it already
    return row


@task()
def run_job(job_id: int) -> None:
    """Runs one queued job to its end.

    1. Claims the row by an update that names the old state: of two workers one gets it.
    2. Runs the function.
    3. Writes the end: done with its result, cancelled, or failed with a sentence for people and a log for us.
    """
    claimed = Job.objects.filter(pk=job_id, state=Job.State.QUEUED, cancel_asked=False).update(
        state=Job.State.RUNNING, started_at=timezone.now(), beat_at=timezone.now()
    )
    if not claimed:
        return
    row = Job.objects.get(pk=job_id)
    named = kind_of(row)
    _mine.add(row.pk)
    try:
        result = named.run(JobContext(row.pk, row.kind, row.person_id), **row.arguments)
    except Cancelled:
        _end(row, Job.State.CANCELLED, None)
    except UserError as fault:
        _end(row, Job.State.FAILED, {"code": fault.code, "zh": fault.zh, "en": fault.en})
    except Exception:
        logger.exception("Job %s %s failed", row.pk, row.kind)
        trouble = {
            "code": "jobs.broken",
            "zh": "任务因程序错误中断，已有数据未受影响；请把任务编号告诉管理员。",
            "en": "The job stopped on a fault of the program; nothing was half written. Tell the administrator its number.",
        }
        _end(row, Job.State.FAILED, trouble, traceback.format_exc())
    else:
        _end(row, Job.State.DONE, result)
    finally:
        _mine.discard(row.pk)


def _end(row: Job, state: str, result: Any, log: str = "") -> None:
    """Writes how the job ended, unless another process has ended it meanwhile."""
    with transaction.atomic():
        ended = Job.objects.filter(pk=row.pk, state=Job.State.RUNNING).update(
            state=state, result=result, ended_at=timezone.now()
        )
        if not ended:
            return
        if log:
            Job.objects.filter(pk=row.pk).update(log=Job.objects.only("log").get(pk=row.pk).log + log)
        named = kind_of(row)
        words = {"job": named.zh, "job_en": named.en}
        if state == Job.State.FAILED:
            record("job.failed", row, row.person, **words, reason=result["zh"], reason_en=result["en"])
        else:
            record(f"job.{state}", row, row.person, **words)


def cancel(row: Job, person: Person) -> bool:
    """Asks for a job to stop: a queued one is cancelled at once, a running one at its next progress.

    Returns whether there was anything left to stop. Whether ``person`` may is the caller's query to decide.
    """
    with transaction.atomic():
        named = kind_of(row)
        words = {"job": named.zh, "job_en": named.en}
        queued = Job.objects.filter(pk=row.pk, state=Job.State.QUEUED).update(
            state=Job.State.CANCELLED, cancel_asked=True, ended_at=timezone.now()
        )
        if queued:
            record("job.cancelled", row, person, **words)
            return True
        running = Job.objects.filter(pk=row.pk, state=Job.State.RUNNING, cancel_asked=False).update(cancel_asked=True)
        if running:
            record("job.cancel_asked", row, person, **words)
        return bool(running)


def beat() -> None:
    """Tells the database that this process's jobs live, and ends those of a worker that has gone silent."""
    now = timezone.now()
    if _mine:
        Job.objects.filter(pk__in=list(_mine)).update(beat_at=now)
    for row in Job.objects.filter(state=Job.State.RUNNING, beat_at__lt=now - LOST_AFTER):
        _end(
            row,
            Job.State.FAILED,
            {
                "code": "jobs.lost",
                "zh": "执行任务的进程中断了，没有写入任何半成品；请重新发起。",
                "en": "The process that ran the job stopped; nothing was half written. Start the job again.",
            },
        )


class Heartbeat(threading.Thread):
    """Says every few seconds that the worker lives; :func:`worker_seen` reads it."""

    def __init__(self, every: float = 5.0) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.every = every
        self.stopped = threading.Event()

    def run(self) -> None:
        """Beats until stopped; a database that is away for a moment does not end it."""
        from django.db import close_old_connections, connections

        while not self.stopped.is_set():
            try:
                note_worker()
                beat()
            except Exception:
                logger.exception("The worker's heartbeat could not be written")
            close_old_connections()
            self.stopped.wait(self.every)
        connections.close_all()


def note_worker() -> None:
    """Writes that a worker is alive now."""
    from commercebrain.desk.core.models import Setting

    Setting.objects.update_or_create(key="worker_seen", defaults={"value": timezone.now().isoformat()})


def worker_seen() -> float | None:
    """Seconds since a worker last gave a sign of life; none when no worker ever did."""
    from datetime import datetime

    from commercebrain.desk.core.models import Setting

    value = Setting.objects.filter(key="worker_seen").values_list("value", flat=True).first()
    return (timezone.now() - datetime.fromisoformat(value)).total_seconds() if value else None
