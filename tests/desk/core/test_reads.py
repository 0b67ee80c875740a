"""Who looked at personal and firm-level data, and who took it out, is in the log; and the pages that show the log."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from commercebrain.desk.core import events, jobs
from commercebrain.desk.core.models import Event, Job
from commercebrain.desk.core.trail import state
from commercebrain.desk.core.trail.sealing import seal_events

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def test_a_look_and_an_export_are_told_in_both_languages_with_their_reason(house):
    clerk, firm = house.people.clerk, ("registry.enterprise", "7")
    look = events.record_read(firm, clerk, ("甲公司的联系人", "the contacts of Firm A"), 3)
    export = events.record_read(
        "registry.enterprise", clerk, ("企业名单", "the list of firms"), 412, "季度走访", exported=True
    )
    with translation.override("zh-hans"):
        assert events.sentence(look) == "测试clerk查看了甲公司的联系人（3条）"
        assert events.sentence(export) == "测试clerk导出了企业名单（412条），事由：季度走访"
    with translation.override("en"):
        assert events.sentence(look) == "Clerk looked at the contacts of Firm A (3 rows)"
        assert events.sentence(export) == "Clerk exported the list of firms (412 rows), reason: 季度走访"
    assert (export.subject_type, export.subject_id) == ("registry.enterprise", "")


@pytest.mark.database
def test_the_same_look_again_within_minutes_is_one_event_and_exports_are_never_left_out(house):
    clerk, firm = house.people.clerk, ("registry.enterprise", "7")

    def look(person=clerk, thing=firm, count=1, **more):
        return events.record_read(thing, person, "甲", count, **more)

    assert look() and look() is None
    assert look(person=house.people.trader) and look(thing=("registry.enterprise", "8"))
    assert look(count=5) and look(count=5) is None  # more than was seen before is another look
    assert look(reason="复核")
    assert look(exported=True) and look(exported=True)
    later = timezone.now() + events.READ_AGAIN_AFTER + timedelta(seconds=1)
    with mock.patch("django.utils.timezone.now", return_value=later):
        assert look()


def test_a_look_costs_one_question_and_one_insert(house, django_assert_num_queries):
    with mock.patch.object(events, "today", return_value="2025-07-21"), django_assert_num_queries(2):
        events.record_read(house.units.ningbo, house.people.clerk, "甲")


def test_the_history_of_a_thing_is_its_own_newest_first(house):
    for name in ("一", "二"):
        events.record("unit.created", house.units.haishu, None, name=name, name_en=name)
    events.record("unit.created", house.units.yinzhou, None, name="三", name_en="three")
    told = [event.data["name"] for event in events.history_of(house.units.haishu) if event.verb == "unit.created"]
    assert told[:2] == ["二", "一"] and "三" not in told


def open_page(client, who, view, /, **query):
    client.force_login(who, backend=BACKEND)
    return client.get(reverse(view), query)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"verb": "unit.moved"}, set()),
        ({"verb": "task.done"}, {"甲"}),
        ({"person": "clerk"}, {"甲", "乙"}),
        ({"person": "测试trader"}, {"丙"}),
        ({"subject": "plans.task"}, {"甲", "丙"}),
        ({"subject": "plans.task 2"}, {"丙"}),
        ({"day_from": "2025-07-21", "day_to": "2025-07-21"}, {"甲", "乙", "丙"}),
        ({"day_from": "2025-07-22"}, set()),
        ({"verb": "task.done", "person": "trader"}, set()),
    ],
)
def test_the_log_is_narrowed_by_verb_person_subject_and_day(client, house, query, found):
    people = house.people
    events.record("task.done", ("plans.task", "1"), people.clerk, name="甲", day="1")
    events.record("task.reopened", ("plans.document", "1"), people.clerk, name="乙")
    events.record("task.reopened", ("plans.task", "2"), people.trader, name="丙")
    text = open_page(client, people.admin, "core:events", **query).text
    assert {name for name in "甲乙丙" if f"“{name}”" in text} == found


def test_the_state_of_the_seals_is_shown_to_who_runs_the_system_and_to_nobody_else(client, house, settings, tmp_path):
    settings.AUDIT_ANCHORS = tmp_path / "anchors.txt"
    assert open_page(client, house.people.clerk, "core:chain").status_code == 403
    assert "尚未核对" in open_page(client, house.people.admin, "core:chain").text
    seal_events()
    state.verify_and_keep()
    text = open_page(client, house.people.admin, "core:chain").text
    assert state.newest_seal().hash in text and "均与写入时一致" in text


def test_the_nightly_verification_of_a_tampered_log_fails_with_a_sentence_and_names_the_entry(
    house, settings, tmp_path
):
    from django.db import connection

    from commercebrain.desk.core.trail.triggers import lifted

    settings.AUDIT_ANCHORS = tmp_path / "anchors.txt"
    assert jobs.start("core.verify_log", None).state == Job.State.DONE
    victim = Event.objects.first().pk - 1
    with lifted(connection), connection.cursor() as cursor:
        cursor.execute("UPDATE core_event SET verb = 'plan.read' WHERE id = %s", [victim])
    row = jobs.start("core.verify_log", None)
    assert row.state == Job.State.FAILED and "1处问题" in row.result["zh"]
    assert any(str(victim) in line.en for line in row.lines.all())


def test_the_schedule_shows_when_each_job_ran_and_runs_next(client, house, settings, tmp_path):
    settings.AUDIT_ANCHORS = tmp_path / "anchors.txt"
    assert open_page(client, house.people.clerk, "core:schedule").status_code == 403
    jobs.run_due()
    text = open_page(client, house.people.admin, "core:schedule").text
    assert "核对审计日志" in text and "每天 02:30" in text and "2025-07-22 02:30" in text and "完成" in text


def test_a_job_that_waits_says_why(client, house, monkeypatch):
    from commercebrain.desk.core.job_views import why

    monkeypatch.setattr(type(jobs.run_job), "enqueue", lambda self, pk: None)
    now = timezone.now()
    queued = Job(kind="core.tidy", state=Job.State.QUEUED, queued_at=now - timedelta(minutes=1))
    running = Job(kind="core.tidy", state=Job.State.RUNNING, beat_at=now, progress_at=now)
    with translation.override("en"):
        assert why(queued, 0).startswith("No worker") and "free" in why(queued, 2) and why(running) == ""
        queued.retry_at = now + timedelta(hours=1)
        assert "retry" in why(queued, 2)
        running.progress_at = now - timedelta(minutes=11)
        assert "stuck" in why(running)
        running.beat_at = now - timedelta(seconds=50)
        assert "silent" in why(running)
