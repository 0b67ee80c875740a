"""What a job is: its name, whether it may be begun again by itself, how often it runs, and what it is given."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Q
from django.utils import timezone

from commercebrain.desk.core import reader
from commercebrain.desk.core.models import Job, JobLine, ScheduledRun
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError
from commercebrain.engine.rhythm import Rhythm, parse_rhythm

WRITE_EVERY = 0.25  # seconds between two progress rows of the same job
CatchUp = Literal["last", "all", "none"]


class Cancelled(Exception):  # noqa: N818 - it is an answer, not an error
    """Somebody asked for the job to stop; the job lets it pass and leaves nothing half done."""


class Superseded(Cancelled):
    """The job was taken for lost and begun again elsewhere, or ended: this run's outcome no longer counts."""


@dataclass(frozen=True)
class Kind:
    """A declared job: its code, the function, its name in both languages.

    ``idempotent`` says that running it twice leaves what running it once leaves; only such a job is begun again by
    itself, at most ``retries`` times, the first time after ``backoff``, then after twice as long each time.
    """

    code: str
    run: Callable[..., Any]
    zh: str
    en: str
    retries: int = 0
    backoff: timedelta = timedelta(seconds=30)
    idempotent: bool = False

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.zh if reader.chinese() else self.en


@dataclass(frozen=True)
class Periodic:
    """When a job runs by itself; what happens to slots that nobody was there for.

    ``last`` the newest missed slot is made up for, ``all`` every one in order, ``none`` those of an earlier hour are
    passed over.
    """

    code: str
    rhythm: Rhythm
    catch_up: CatchUp = "last"


KINDS: dict[str, Kind] = {}
SCHEDULE: dict[str, Periodic] = {}
Function = Callable[..., Any]


def job(
    code: str,
    zh: str = "",
    en: str = "",
    *,
    retries: int = 0,
    backoff: timedelta = timedelta(seconds=30),
    idempotent: bool = False,
) -> Callable[[Function], Function]:
    """Declares the function below as the job ``code`` with its name in both languages (see :class:`Kind`)."""
    if retries and not idempotent:
        raise ValueError(f"The job {code} may only be retried when it is idempotent")

    def declare(run: Function) -> Function:
        earlier = KINDS.get(code)
        if earlier and earlier.run.__module__ + earlier.run.__qualname__ != run.__module__ + run.__qualname__:
            raise ValueError(f"Two jobs are called {code}")
        KINDS[code] = Kind(code, run, zh or code, en or code, retries, backoff, idempotent)
        return run

    return declare


def every(rhythm: str, code: str, *, catch_up: CatchUp = "last") -> None:
    """Has the job ``code``, declared already and without arguments, run by itself: ``every("day 03:00", "x.y")``."""
    if code not in KINDS:
        raise KeyError(f"No job is called {code}")
    SCHEDULE[code] = Periodic(code, parse_rhythm(rhythm), catch_up)


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
    attempt: int = 0
    _written: float = field(default=0.0, repr=False)
    _step: str = field(default="", repr=False)

    @property
    def person(self) -> Person | None:
        """Who started the job."""
        return Person.objects.filter(pk=self.person_id).first() if self.person_id else None

    @property
    def slot(self) -> datetime | None:
        """The business time that a scheduled run stands for; none for a job that a person started."""
        slot = ScheduledRun.objects.filter(job=self.job_id).values_list("slot", flat=True).first()
        return timezone.localtime(slot) if slot else None

    def _mine(self) -> Q:
        """This run's row: none any more when the job was begun again elsewhere."""
        mine = Q(pk=self.job_id)
        return mine & Q(state=Job.State.RUNNING, attempt=self.attempt) if self.attempt else mine

    def progress(self, done: int, total: int, zh: str = "", en: str = "") -> None:
        """Tells that ``done`` of ``total`` pieces are finished and what is being done.

        Raises :class:`Cancelled` when somebody asked for the job to stop.
        """
        now = time.monotonic()
        if now - self._written < WRITE_EVERY and zh == self._step and done < total:
            return
        self._written, self._step = now, zh
        moment = timezone.now()
        Job.objects.filter(self._mine()).update(
            done=done, total=total, step_zh=zh[:200], step_en=en[:200], beat_at=moment, progress_at=moment
        )
        self.check()

    def check(self) -> None:
        """Raises :class:`Cancelled` when somebody asked for the job to stop, or it no longer is this run's to do."""
        asked = Job.objects.filter(self._mine()).values_list("cancel_asked", flat=True).first()
        if asked is None:
            raise Superseded
        if asked:
            raise Cancelled

    def say(self, zh: str, en: str = "") -> None:
        """Adds a line to the job's log."""
        JobLine.objects.create(job_id=self.job_id, zh=zh[:500], en=(en or zh)[:500])


Beginner = Callable[[Person, int | None], Job | None]
BEGINNERS: dict[str, Beginner] = {}


def begun_by(kind: str) -> Callable[[Beginner], Beginner]:
    """Declares how the API begins a job of ``kind`` for a person, for all rows or for one; none where that is hidden."""

    def declare(beginner: Beginner) -> Beginner:
        BEGINNERS[kind] = beginner
        return beginner

    return declare
