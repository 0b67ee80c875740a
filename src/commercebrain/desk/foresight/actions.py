"""Keeping forecasts: a job of every night, after each intake, and on request."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import PermissionDenied

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.figures import lake_version, sources
from commercebrain.desk.core.jobs import JobContext, start
from commercebrain.desk.core.models import Job, Setting
from commercebrain.desk.figures.queries import may_enter
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError
from commercebrain.engine.outlook import kept

JOB = "foresight.keep"
#: Of which state of the lake, on which business date, forecasts were last kept.
DONE = "foresight_kept"


def may_keep(person: Any) -> bool:
    """Whoever brings figures in may have forecasts of them kept at once instead of at night."""
    return bool(may_enter(person))


def start_keeping(person: Person) -> Job:
    """Begins the job for a person; :class:`PermissionDenied` for who brings no figures in."""
    if not may_keep(person):
        raise PermissionDenied
    return start(JOB, person)


def current() -> str:
    """The state of the lake and the business date as a text: what is kept of one is not kept again."""
    return json.dumps([str(today()), *lake_version()])


def keep_after_intake() -> Job | None:
    """Begins the job where the lake holds something that was not there when forecasts were last kept.

    Several workers may ask at once: the job's key is the state, so one of them begins it.
    """
    try:
        now = current()
    except UserError:  # no lake yet
        return None
    key = f"kept {now}"[:200]
    if is_kept(now) or Job.objects.filter(kind=JOB, key=key).exists():
        return None  # one that failed or was stopped waits for the night or for a person
    return start(JOB, None, key=key)


def keep(context: JobContext) -> dict[str, Any]:
    """The job: forecasts of everything that is declared, from what is known today, with progress; it can be stopped
    between two sets, and what was kept before stays."""
    now = current()

    def progress(done: int, total: int, *_words: Any) -> None:
        context.progress(done, total, "计算并保存预测", "forecasting and keeping")

    report = kept.keep_all(sources(), catalogue(), kept.foresight_plan(), made_on=today(), progress=progress)
    note_kept(now)
    if report.rows:
        record("forecasts.kept", ("lake.forecasts", str(today())), context.person, count=report.rows, sets=report.sets)
    return {"rows": report.rows, "sets": report.sets}


def is_kept(state: str) -> bool:
    """Whether forecasts of this state of the lake are kept already."""
    return Setting.objects.filter(key=DONE, value=state).exists()


def note_kept(state: str) -> None:
    """Remembers that forecasts of this state of the lake are kept."""
    Setting.objects.update_or_create(key=DONE, defaults={"value": state})
