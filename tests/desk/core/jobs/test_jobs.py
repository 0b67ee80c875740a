"""Long work: progress, cancelling, ends, and what remains when a worker dies."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from commercebrain.desk.core import jobs
from commercebrain.desk.core.jobs import running
from commercebrain.desk.core.models import Event, Job
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db


def verbs(job: Job) -> list[str]:
    rows = Event.objects.filter(subject_type="core.job", subject_id=str(job.pk))
    return list(rows.order_by("pk").values_list("verb", flat=True))


def test_a_job_runs_tells_its_progress_and_keeps_its_result(house, declared):
    @declared("test.count", zh="数数", en="Count")
    def count(context, upto):
        for n in range(upto):
            context.progress(n + 1, upto, f"第{n + 1}个", f"number {n + 1}")
        context.say("over")
        return {"counted": upto}

    row = jobs.start("test.count", house.people.clerk, upto=3)
    assert row.state == Job.State.DONE and row.result == {"counted": 3}
    assert (row.done, row.total, row.percent, row.step_en) == (3, 3, 100, "number 3")
    assert [str(line) for line in row.lines.all()] == ["over"] and row.started_at and row.ended_at
    assert verbs(row) == ["job.started", "job.done"]


def test_a_fault_in_the_input_ends_the_job_with_its_sentence(house, declared):
    @declared("test.fault")
    def fault(context):
        raise UserError("x.y", "第3行有误。", "Row 3 is wrong.")

    row = jobs.start("test.fault", house.people.clerk)
    assert row.state == Job.State.FAILED
    assert row.result == {"code": "x.y", "zh": "第3行有误。", "en": "Row 3 is wrong."}
    assert row.log == "" and verbs(row) == ["job.started", "job.failed"]


def test_a_fault_of_the_program_tells_people_nothing_technical_and_the_log_everything(house, declared):
    @declared("test.broken")
    def broken(context):
        return 1 / 0

    row = jobs.start("test.broken", house.people.clerk)
    assert row.state == Job.State.FAILED and "ZeroDivisionError" in row.log
    assert "ZeroDivisionError" not in row.result["zh"] + row.result["en"]


def test_a_running_job_stops_at_its_next_progress_when_asked(house, declared):
    reached = []

    @declared("test.long")
    def long(context):
        for n in range(100):
            reached.append(n)
            if n == 3:
                assert jobs.cancel(Job.objects.get(pk=context.job_id), house.people.clerk)
            context.progress(n, 100, f"{n}", f"{n}")

    row = jobs.start("test.long", house.people.clerk)
    assert row.state == Job.State.CANCELLED and reached == [0, 1, 2, 3]
    assert verbs(row) == ["job.started", "job.cancel_asked", "job.cancelled"]


def test_a_queued_job_is_cancelled_at_once_and_never_runs(house, declared, later):
    ran = []
    declared("test.never")(lambda context: ran.append(1))
    row = jobs.start("test.never", house.people.clerk)
    assert jobs.cancel(row, house.people.clerk) is True
    jobs.run_job.call(row.pk)
    row.refresh_from_db()
    assert row.state == Job.State.CANCELLED and not ran
    assert jobs.cancel(row, house.people.clerk) is False


def test_a_job_given_to_two_workers_runs_once(house, declared, later):
    ran = []
    declared("test.once")(lambda context: ran.append(1))
    row = jobs.start("test.once", house.people.clerk)
    jobs.run_job.call(row.pk)
    jobs.run_job.call(row.pk)
    assert ran == [1]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_the_same_moment_one_runs_the_job(house, declared, later):
    ran, gate = [], threading.Barrier(4)
    declared("test.race")(lambda context: ran.append(threading.get_ident()))
    row = jobs.start("test.race", house.people.clerk)

    def worker():
        gate.wait()
        try:
            jobs.run_job.call(row.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ran) == 1
    assert verbs(row) == ["job.started", "job.done"]


def test_a_job_whose_worker_went_silent_is_ended_with_a_sentence(house, declared, later):
    declared("test.lost")(lambda context: None)
    row = jobs.start("test.lost", house.people.clerk)
    silent = timezone.now() - jobs.lost_after() - timedelta(seconds=1)
    Job.objects.filter(pk=row.pk).update(state=Job.State.RUNNING, beat_at=silent)
    jobs.beat()
    row.refresh_from_db()
    assert row.state == Job.State.FAILED and row.result["code"] == "jobs.lost"


def test_a_job_whose_worker_lives_is_left_alone(house, declared, later, monkeypatch):
    declared("test.slow")(lambda context: None)
    row = jobs.start("test.slow", house.people.clerk)
    silent = timezone.now() - jobs.lost_after() - timedelta(seconds=1)
    Job.objects.filter(pk=row.pk).update(state=Job.State.RUNNING, beat_at=silent)
    monkeypatch.setattr(running, "_mine", {row.pk})
    jobs.beat()
    row.refresh_from_db()
    assert row.state == Job.State.RUNNING


def test_a_kind_that_nobody_declares_any_more_ends_in_words(house, declared, later):
    declared("test.gone")(lambda context: None)
    row = jobs.start("test.gone", house.people.clerk)
    del jobs.KINDS["test.gone"]
    jobs.run_job.call(row.pk)
    row.refresh_from_db()
    assert row.state == Job.State.FAILED and "test.gone" in row.result["zh"]


def test_two_functions_under_one_code_are_refused(declared):
    def one(context): ...
    def two(context): ...

    declared("test.same")(one)
    with pytest.raises(ValueError, match=r"test\.same"):
        declared("test.same")(two)


def test_one_sees_and_cancels_only_the_own_jobs(client, house, declared, later):
    declared("test.mine")(lambda context: None)
    row = jobs.start("test.mine", house.people.clerk)
    for who, status in [("clerk", 200), ("director", 404), ("sister", 404), ("nobody", 404), ("admin", 200)]:
        client.force_login(getattr(house.people, who), backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(reverse("core:job", args=[row.pk])).status_code == status, who
    client.force_login(house.people.sister, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse("core:cancel_job", args=[row.pk])).status_code == 404
    row.refresh_from_db()
    assert row.state == Job.State.QUEUED
    client.force_login(house.people.clerk, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("core:cancel_job", args=[row.pk])).status_code == 405
    assert client.post(reverse("core:cancel_job", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.state == Job.State.CANCELLED


def test_the_page_refreshes_itself_until_the_job_is_over(client, house, declared, later):
    declared("test.page", zh="读取规划", en="Read a plan")(lambda context: {"url": "/plans/1/"})
    row = jobs.start("test.page", house.people.clerk)
    client.force_login(house.people.clerk, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("core:job", args=[row.pk])
    waiting = client.get(address, headers={"hx-request": "true"}).text
    assert "every 1s" in waiting and "<html" not in waiting
    jobs.run_job.call(row.pk)
    over = client.get(address, headers={"hx-request": "true"}).text
    assert "every 1s" not in over and 'href="/plans/1/"' in over


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_takes_the_job_from_the_queue_in_the_database(house, declared, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    declared("test.worker")(lambda context, n: {"twice": 2 * n})
    row = jobs.start("test.worker", house.people.clerk, n=21)
    assert row.state == Job.State.QUEUED
    before = {name: signal.getsignal(getattr(signal, name)) for name in ("SIGINT", "SIGTERM", "SIGQUIT")}
    try:
        call_command("db_worker", batch=True, interval=0, startup_delay=False, reload=False, verbosity=0)
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
    row.refresh_from_db()
    assert row.state == Job.State.DONE and row.result == {"twice": 42}


@pytest.mark.django_db(transaction=True)
def test_a_job_that_is_rolled_back_with_its_request_is_never_run(house, declared, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    declared("test.rolled")(lambda context: None)
    with pytest.raises(RuntimeError), transaction.atomic():
        jobs.start("test.rolled", house.people.clerk)
        raise RuntimeError
    assert not Job.objects.exists() and not DBTaskResult.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_says_that_the_worker_lives():
    assert jobs.worker_seen() is None
    heartbeat = jobs.Heartbeat(every=0.01)
    heartbeat.start()
    for _ in range(5_000):
        if jobs.worker_seen() is not None:
            break
        heartbeat.stopped.wait(0.01)
    heartbeat.stopped.set()
    heartbeat.join(timeout=120)
    assert jobs.worker_seen() is not None
