"""Workers killed at any moment, again and again: every job ends once, whole, or says why it did not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.operations.installations import cbrain, environment, inside

KILLS = 24
# Three kinds of work: one that may be repeated, one that may not, one that a person asks to stop.
KINDS = """
import time
from django.db import transaction
from commercebrain.desk.core.jobs import job
from commercebrain.desk.core.models import Setting
from datetime import timedelta

@job("test.again", retries=200, backoff=timedelta(milliseconds=1), idempotent=True)
def again(context, steps):
    for n in range(steps):
        Setting.objects.update_or_create(key=f"again-{context.job_id}-{n}", defaults={"value": str(context.attempt)})
        context.progress(n + 1, steps, str(n), str(n))
        context.say("步", "step")
        time.sleep(0.02)
    return {"steps": steps}

@job("test.once")
def once(context):
    with transaction.atomic():
        Setting.objects.create(key=f"once-{context.job_id}-a", value="1")
        time.sleep(0.05)
        Setting.objects.create(key=f"once-{context.job_id}-b", value="1")
    time.sleep(0.05)
    return {}
"""
WORKER = f"""
import os, pathlib
from commercebrain.operations.setup_django import ready
ready()
{KINDS}
from django.conf import settings
from commercebrain.desk.core.jobs import housekeeping
beginning = housekeeping.Heartbeat.__init__
def begin(self):
    beginning(self, every=0.2, seal_every=1.0, schedule_every=1.0)
    pathlib.Path(os.environ["BEGUN"]).touch()
housekeeping.Heartbeat.__init__ = begin
from commercebrain.operations.worker import run
run()
"""
START = f"""
{KINDS}
from commercebrain.desk.core.jobs import start
made = [start("test.again", None, key=f"k{{n}}", steps=12).pk for n in range(25)]
made += [start("test.once", None).pk for n in range(25)]
answer = len(set(made))
"""
OPEN = """
from commercebrain.desk.core.models import Job
answer = Job.objects.filter(state__in=["queued", "running"]).count()
"""
OUTCOME = """
from collections import Counter
from commercebrain.desk.core.models import Event, Job, Setting
from commercebrain.desk.core.trail.sealing import seal_events
from commercebrain.desk.core.trail.state import verify_and_keep
from django_tasks_db.models import DBTaskResult
ends = Counter(Event.objects.filter(verb__in=["job.done", "job.failed", "job.cancelled"]).values_list("subject_id", flat=True))
keys = set(Setting.objects.values_list("key", flat=True))
seal_events(sweep=True)
verdict = verify_and_keep()
answer = {
    "jobs": [[j.pk, j.kind, j.state, j.attempt, (j.result or {}).get("zh", "")] for j in Job.objects.filter(kind__startswith="test.")],
    "ends": {int(pk): count for pk, count in ends.items()},
    "steps": {j.pk: len([k for k in keys if k.startswith(f"again-{j.pk}-")]) for j in Job.objects.all()},
    "halves": {j.pk: len([k for k in keys if k.startswith(f"once-{j.pk}-")]) for j in Job.objects.all()},
    "queue": Counter(DBTaskResult.objects.values_list("status", flat=True)),
    "sound": verdict.sound, "faults": [f.en for f in verdict.findings],
}
"""


@dataclass(frozen=True)
class Worker:
    process: subprocess.Popen[bytes]
    mark: Path

    def await_begun(self, deadline: float) -> None:
        while not self.mark.exists() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Where the installation keeps its rows: a PostgreSQL database of its own when the tests run on one."""
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        yield {}
        return
    import psycopg

    name = f"killed_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield {"DATABASE_URL": f"{address.rsplit('/', 1)[0]}/{name}"}
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.slow
@pytest.mark.database
def test_jobs_survive_workers_that_are_killed_at_any_moment(tmp_path: Path, database: dict[str, str]) -> None:
    home = tmp_path / "home"
    place: dict[str, Any] = {**database, "CBRAIN_JOB_LOST_AFTER": "2"}
    cbrain(home, "install", **place)
    assert inside(home, START, **place) == 50
    dice = random.Random(2025)

    def worker() -> Worker:
        """One that works once its mark is there; how long that takes is the machine's affair."""
        mark = tmp_path / uuid.uuid4().hex
        return Worker(
            subprocess.Popen([sys.executable, "-c", WORKER], env=environment(home, BEGUN=str(mark), **place)), mark
        )

    crew = [worker(), worker()]
    killed = 0
    try:
        deadline = time.monotonic() + 1500
        while time.monotonic() < deadline:
            if killed < KILLS:
                victim = dice.randrange(2)
                if dice.random() < 0.7:  # the others die before they have begun, these in the middle of a row
                    crew[victim].await_begun(deadline)
                time.sleep(dice.uniform(0.1, 2.2))
                crew[victim].process.send_signal(signal.SIGKILL)
                crew[victim].process.wait()
                crew[victim] = worker()
                killed += 1
            elif inside(home, OPEN, **place) == 0:
                break
        time.sleep(5)  # the last rows of the queue are closed
    finally:
        for one in crew:
            one.process.kill()
            one.process.wait()
    told = inside(home, OUTCOME, **place)
    assert killed == KILLS and len(told["jobs"]) == 50
    for number, kind, state, _attempt, sentence in told["jobs"]:
        assert told["ends"][str(number)] == 1, (number, kind, state)
        if kind == "test.again":
            assert state == "done" and told["steps"][str(number)] == 12
        else:
            assert told["halves"][str(number)] in (0, 2), "half written"
            assert (state == "done" and told["halves"][str(number)] == 2) or (state == "failed" and sentence)
    attempts = [attempt for _, kind, _, attempt, _ in told["jobs"] if kind == "test.again"]
    assert max(attempts) > 1, "no job was hit"
    assert set(told["queue"]) <= {"SUCCESSFUL", "FAILED"}, told["queue"]
    assert told["sound"], told["faults"]
