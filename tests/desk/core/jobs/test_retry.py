"""Jobs begun again: by themselves where that is harmless, by people always; keys; what a killed worker leaves."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from commercebrain.desk.core import jobs
from commercebrain.desk.core.models import Event, Job
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
QUEUE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def verbs(row: Job) -> list[str]:
    rows = Event.objects.filter(subject_type="core.job", subject_id=str(row.pk))
    return list(rows.order_by("pk").values_list("verb", flat=True))


def come_due(row: Job) -> None:
    """The time for the retry comes."""
    Job.objects.filter(pk=row.pk).update(retry_at=timezone.now() - timedelta(seconds=1))


def fails_until(attempt: int):
    def run(context):
        if context.attempt < attempt:
            raise RuntimeError("the network is away")
        return {"attempt": context.attempt}

    return run


def test_an_idempotent_job_is_begun_again_later_and_later_until_it_succeeds(house, declared):
    declared("test.net", zh="取数", en="Fetch", retries=3, idempotent=True)(fails_until(3))
    row = jobs.start("test.net", house.people.clerk)
    waits = []
    while row.state == Job.State.QUEUED:
        waits.append(round((row.retry_at - timezone.now()).total_seconds(), -1))
        assert jobs.requeue() == 0  # not before its time
        come_due(row)
        assert jobs.requeue() == 1
        row.refresh_from_db()
    assert (row.state, row.result, waits) == (Job.State.DONE, {"attempt": 3}, [30, 60])
    assert verbs(row) == ["job.started", "job.postponed", "job.postponed", "job.done"]
    assert row.lines.count() == 2 and row.log.count("the network is away") == 4  # each traceback names it twice


def test_a_job_whose_attempts_are_used_up_fails_with_a_sentence(house, declared):
    declared("test.net", retries=1, idempotent=True)(fails_until(9))
    row = jobs.start("test.net", house.people.clerk)
    come_due(row)
    jobs.requeue()
    row.refresh_from_db()
    assert row.state == Job.State.FAILED and row.attempt == 2 and row.result["code"] == "jobs.broken"


def test_a_job_that_is_not_idempotent_or_was_given_bad_input_is_not_begun_again_by_itself(house, declared):
    declared("test.once")(fails_until(2))

    @declared("test.input", retries=5, idempotent=True)
    def bad(context):
        raise UserError("x.y", "第3行有误。", "Row 3 is wrong.")

    for kind in ("test.once", "test.input"):
        assert jobs.start(kind, house.people.clerk).state == Job.State.FAILED
    with pytest.raises(ValueError, match="idempotent"):
        declared("test.wrong", retries=1)


def test_a_person_begins_a_failed_job_again(client, house, declared):
    declared("test.once")(fails_until(2))
    row = jobs.start("test.once", house.people.clerk)
    address = reverse("core:retry_job", args=[row.pk])
    for who, status in [("sister", 404), ("director", 404), ("clerk", 302)]:
        client.force_login(getattr(house.people, who), backend="django.contrib.auth.backends.ModelBackend")
        assert client.post(address).status_code == status
    row.refresh_from_db()
    assert row.state == Job.State.DONE and row.result == {"attempt": 2}
    assert verbs(row) == ["job.started", "job.failed", "job.retried", "job.done"]
    assert jobs.retry(row, house.people.clerk) is False


def test_the_same_key_gives_the_same_job_while_it_is_under_way_or_done(house, declared, later):
    declared("test.keyed")(lambda context: None)
    clerk = house.people.clerk
    row = jobs.start("test.keyed", clerk, key="2025-06")
    assert jobs.start("test.keyed", clerk, key="2025-06") == row
    assert jobs.start("test.keyed", clerk, key="2025-07") != row and jobs.start("test.keyed", clerk) != row
    jobs.run_job.call(row.pk)
    assert jobs.start("test.keyed", clerk, key="2025-06") == row
    Job.objects.filter(pk=row.pk).update(state=Job.State.FAILED)
    again = jobs.start("test.keyed", clerk, key="2025-06")
    assert again != row
    assert jobs.retry(row, clerk) is False  # its key is taken


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_many_requests_with_one_key_at_the_same_moment_one_job_comes_out(house, declared, later):
    declared("test.keyed")(lambda context: None)
    gate, made = threading.Barrier(4), []

    def request() -> None:
        gate.wait()
        try:
            made.append(jobs.start("test.keyed", None, key="one").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=request) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4 and len(set(made)) == 1 and Job.objects.count() == 1


def silent(row: Job) -> None:
    """The worker that runs the job gave no sign of life for too long."""
    past = timezone.now() - jobs.lost_after() - timedelta(seconds=1)
    Job.objects.filter(pk=row.pk).update(state=Job.State.RUNNING, attempt=1, beat_at=past, started_at=past)


def test_a_lost_job_is_queued_again_when_it_is_idempotent_and_ended_when_somebody_asked(house, declared, later):
    declared("test.again", retries=1, idempotent=True)(lambda context: None)
    one, other = (jobs.start("test.again", house.people.clerk) for _ in range(2))
    silent(one)
    silent(other)
    Job.objects.filter(pk=other.pk).update(cancel_asked=True)
    jobs.beat()
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.state, other.state) == (Job.State.QUEUED, Job.State.CANCELLED) and one.retry_at


def test_a_worker_that_was_taken_for_dead_and_comes_back_changes_nothing_any_more(house, declared, later):
    told = []

    @declared("test.zombie", retries=1, idempotent=True)
    def zombie(context):
        told.append(context.attempt)
        if context.attempt == 1:
            silent(Job.objects.get(pk=context.job_id))
            jobs._mine.clear()
            jobs.beat()  # another worker's
            context.progress(1, 2, "一", "one")
            told.append("never")
        return {"attempt": context.attempt}

    row = jobs.start("test.zombie", house.people.clerk)
    jobs.run_job.call(row.pk)
    row.refresh_from_db()
    assert row.state == Job.State.QUEUED and row.done == 0
    come_due(row)
    jobs.run_job.call(row.pk)
    row.refresh_from_db()
    assert told == [1, 2] and row.result == {"attempt": 2}


@pytest.fixture
def queue(settings):
    """The queue in the database, with nobody to work on it; rows may be as old as a test likes."""
    settings.TASKS = QUEUE


def age(task: str, **values) -> None:
    DBTaskResult.objects.filter(pk=task).update(started_at=timezone.now() - timedelta(minutes=5), **values)


@pytest.mark.parametrize("left", ["running", "finished", "gone"])
def test_a_job_whose_row_in_the_queue_died_is_queued_again(house, declared, queue, left):
    declared("test.fell")(lambda context: None)
    row = jobs.start("test.fell", house.people.clerk)
    row.refresh_from_db()
    Job.objects.filter(pk=row.pk).update(queued_at=timezone.now() - timedelta(minutes=5))
    assert jobs.requeue() == 0  # its row waits for a worker
    if left == "gone":
        DBTaskResult.objects.all().delete()
    else:
        age(row.task, status={"running": "RUNNING", "finished": "FAILED"}[left])
    assert jobs.requeue() == 1 and jobs.requeue() == 0
    task = Job.objects.get(pk=row.pk).task
    assert task != row.task and DBTaskResult.objects.get(pk=uuid.UUID(task)).status == "READY"
    jobs.tidy_queue()
    assert not DBTaskResult.objects.filter(status="RUNNING").exists()


def test_a_row_of_the_queue_whose_worker_died_after_the_job_ended_is_closed(house, declared, queue):
    declared("test.over")(lambda context: None)
    row = jobs.start("test.over", house.people.clerk)
    jobs.run_job.call(row.pk)
    row.refresh_from_db()
    age(row.task, status="RUNNING")
    assert jobs.tidy_queue() == 1 and DBTaskResult.objects.get().status == "SUCCESSFUL"
