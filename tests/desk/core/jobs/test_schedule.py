"""Jobs that run by themselves: by the business date, each slot once, missed ones by declared policy."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from unittest import mock

import pytest
from django.db import connection

from commercebrain.desk.core import jobs
from commercebrain.desk.core.jobs import schedule
from commercebrain.desk.core.models import Job, ScheduledRun, Setting

pytestmark = pytest.mark.django_db


@pytest.fixture
def ran(declared):
    """Declares a job under a rhythm; returns the slots that it ran for."""
    slots: list[str] = []

    def under(rhythm: str, **policy) -> list[str]:
        declared("test.nightly", zh="夜间", en="Nightly")(lambda context: slots.append(f"{context.slot:%m-%d %H:%M}"))
        jobs.every(rhythm, "test.nightly", **policy)
        return slots

    # The slot is known to the job once the transaction that begins it has ended.
    with mock.patch.object(type(jobs.run_job), "enqueue", lambda self, pk: None):
        yield under


def work() -> None:
    """A worker does what is queued."""
    for row in Job.objects.filter(state=Job.State.QUEUED).order_by("pk"):
        jobs.run_job.call(row.pk)


def move_to(day: str) -> None:
    Setting.objects.update_or_create(key="business_date", defaults={"value": day})


def test_every_slot_of_a_pinned_date_is_due_with_the_date_and_runs_once(ran):
    slots = ran("day 03:00")
    for _ in range(3):
        jobs.run_due()
        work()
    assert slots == ["07-21 03:00"] and ScheduledRun.objects.count() == 1


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("last", ["07-21 03:00", "07-25 03:00"]),
        ("all", ["07-21 03:00", "07-22 03:00", "07-23 03:00", "07-24 03:00", "07-25 03:00"]),
        ("none", ["07-21 03:00", "07-25 03:00"]),
    ],
)
def test_after_a_pause_missed_slots_are_dealt_with_as_declared(ran, policy, expected):
    slots = ran("day 03:00", catch_up=policy)
    jobs.run_due()
    move_to("2025-07-25")
    jobs.run_due()
    jobs.run_due()
    work()
    assert slots == expected


def test_with_the_clock_of_the_day_a_slot_waits_for_its_time(ran, monkeypatch):
    monkeypatch.delenv("CBRAIN_TODAY")
    slots = ran("workday 09:30", catch_up="none")

    def at(hour: int, minute: int, day: int = 21) -> None:
        with mock.patch("django.utils.timezone.now", return_value=datetime(2025, 7, day, hour - 8, minute, tzinfo=UTC)):
            jobs.run_due()
            work()

    at(9, 29)
    assert slots == []
    at(9, 31)
    at(9, 32)
    assert slots == ["07-21 09:30"]
    at(15, 0, day=22)  # five hours late: passed over
    assert slots == ["07-21 09:30"] and ScheduledRun.objects.filter(job=None).count() == 1


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_that_tick_at_the_same_moment_start_a_slot_once(ran):
    ran("hour 0", catch_up="all")
    gate = threading.Barrier(3)

    def tick() -> None:
        gate.wait()
        try:
            jobs.run_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=tick) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jobs.run_due()
    assert Job.objects.count() == ScheduledRun.objects.count() == 24


def test_a_year_without_a_notice_of_holidays_keeps_no_other_job_from_running(ran, declared, caplog):
    slots = ran("day 03:00")
    declared("test.office")(lambda context: None)
    jobs.every("workday 08:00", "test.office")
    move_to("2095-01-03")
    jobs.run_due()
    work()
    assert slots == ["01-03 03:00"] and "2095" in caplog.text
    assert {line.kind.code: line.trouble is None for line in schedule.lines()} == {
        "test.nightly": True,
        "test.office": False,
    }
