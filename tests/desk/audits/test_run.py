"""Running an audit: what is stored, what a second run keeps, what it resolves."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connections
from tests.desk.audits.conftest import PROVINCE, SHAOXING, SHAOXING_TABLE

from commercebrain.desk.audits import actions
from commercebrain.desk.audits.models import Answer, AuditFinding, Place
from commercebrain.desk.core import jobs
from commercebrain.desk.core.events import sentence
from commercebrain.desk.core.models import Event, Job
from commercebrain.desk.plans.models import Document
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
#: How findings are written over each other, resolved and rolled back hangs on the database; the rest does not.
on_both = pytest.mark.database


def standing():
    return AuditFinding.objects.filter(resolved_on=None)


@on_both
def test_a_run_stores_what_the_engine_finds_with_words_that_stand_in_the_text(plan):
    document = plan(PROVINCE, "zhejiang")
    actions.run([document])
    wrong = standing().get(verdict="contradiction", computation__contains="84.4")
    assert "47.4%" in wrong.computation and "33.96" in wrong.computation
    for finding in standing():
        for quote in finding.quotes:
            text = document.text[quote["start"] : quote["end"]]
            assert quote["document"] == document.pk and "".join(text.splitlines()) == quote["quote"]


def test_two_plans_are_held_against_each_other_and_both_named(plan):
    first, second = plan(SHAOXING, "shaoxing"), plan(SHAOXING_TABLE, "shaoxing")
    actions.run([first, second])
    share = standing().get(verdict="contradiction", zh__contains="‰")
    assert set(share.documents.all()) == {first, second}


@on_both
def test_a_second_run_adds_nothing_and_keeps_every_answer(plan, house):
    document = plan(PROVINCE, "ningbo")
    actions.run([document])
    finding = standing().filter(verdict="contradiction").first()
    actions.answer(house.people.clerk, finding, Answer.EXPLAINED, "口径不同", token=finding.token)
    before = standing().count()
    again = actions.run([document])
    finding.refresh_from_db()
    assert (again.new, again.resolved, standing().count()) == (0, 0, before)
    assert (finding.answer, finding.note, finding.answered_by) == ("explained", "口径不同", house.people.clerk)


@on_both
def test_a_finding_that_is_gone_is_resolved_and_comes_back_with_its_answer(plan, house):
    document = plan(PROVINCE, "ningbo")
    actions.run([document])
    finding = standing().get(computation__contains="84.4", verdict="contradiction", check_number="PA101")
    actions.answer(house.people.clerk, finding, Answer.TO_BE_CORRECTED, "", token=finding.token)
    wrong = document.text
    document.text = wrong.replace("年均增长47.4%", "年均增长34.0%")
    document.save()
    assert actions.run([document]).resolved >= 1
    finding.refresh_from_db()
    assert finding.resolved_on is not None and finding.answer == "to_be_corrected"
    document.text = wrong
    document.save()
    actions.run([document])
    finding.refresh_from_db()
    assert finding.resolved_on is None and finding.answer == "to_be_corrected"


@on_both
def test_an_answer_to_a_milder_verdict_does_not_cover_a_graver_one(plan, house):
    document = plan(PROVINCE, "ningbo")
    actions.run([document])
    finding = standing().filter(verdict="contradiction").first()
    AuditFinding.objects.filter(pk=finding.pk).update(
        verdict="conflict", gravity=3, answer="accepted", answered_by=house.people.clerk
    )
    actions.run([document])
    finding.refresh_from_db()
    assert (finding.verdict, finding.answer, finding.answered_by) == ("contradiction", "", None)


@on_both
def test_a_run_over_some_plans_leaves_the_findings_of_others_alone(plan):
    first, second = plan(SHAOXING, "shaoxing"), plan(SHAOXING_TABLE, "shaoxing")
    actions.run([first, second])
    between = standing().filter(places__document=first).filter(places__document=second).distinct().count()
    assert between > 0
    assert actions.run([first]).resolved == 0
    assert standing().filter(places__document=first).filter(places__document=second).distinct().count() == between


@on_both
def test_a_run_for_one_plan_stores_only_what_touches_it(plan):
    first, second = plan(SHAOXING, "shaoxing"), plan(SHAOXING_TABLE, "shaoxing")
    actions.run([first, second], only=first)
    assert standing().exists()
    assert not standing().exclude(pk__in=Place.objects.filter(document=first).values("finding")).exists()


@on_both
def test_a_run_that_is_cancelled_stores_nothing(plan):
    document = plan(PROVINCE)

    def stop(done, total, zh, en):
        if done == total - 1:
            raise jobs.Cancelled

    with pytest.raises(jobs.Cancelled):
        actions.run([document], progress=stop)
    assert not AuditFinding.objects.exists()


@on_both
def test_a_run_that_breaks_while_storing_leaves_nothing_half_written(plan, monkeypatch):
    def broken(*args):
        raise DatabaseError

    monkeypatch.setattr(actions, "_resolve", broken)
    with pytest.raises(DatabaseError):
        actions.run([plan(PROVINCE)])
    assert not AuditFinding.objects.exists()


@on_both
def test_the_job_audits_what_its_person_sees_and_leads_to_the_list(plan, house):
    own, hidden = plan(PROVINCE, "ningbo"), plan(SHAOXING, "shaoxing")
    job = actions.start(house.people.clerk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE and job.result["url"] == "/audits/"
    assert Place.objects.filter(document=own).exists() and not Place.objects.filter(document=hidden).exists()


def test_a_job_without_any_plan_ends_with_a_sentence(house, plan):
    job = actions.start(house.people.clerk, plan(text="无数字", name="x.txt"))
    assert job.state == Job.State.DONE
    Document.objects.update(state=Document.State.FAILED)
    job = jobs.start("audits.run", house.people.clerk)
    assert job.state == Job.State.FAILED and "导入" in job.result["zh"]


@pytest.mark.parametrize("who", ["evaluator", "it", "nobody", "admin"])
def test_who_may_enter_nowhere_starts_no_audit(plan, house, who):
    plan(PROVINCE, "ningbo")
    with pytest.raises(UserError) as refused:
        actions.start(getattr(house.people, who))
    assert refused.value.status == 403 and not Job.objects.exists()


def test_the_run_is_in_the_event_log_in_both_languages(plan, house):
    from django.utils import translation

    actions.run([plan(PROVINCE, "ningbo", title="数字贸易规划")], house.people.clerk)
    run, changed = Event.objects.get(verb="audit.run"), Event.objects.get(verb="audit.changed")
    with translation.override("zh-hans"):
        assert "核对了1份规划" in sentence(run) and "《数字贸易规划》" in sentence(changed)
    with translation.override("en"):
        assert "checked the numbers of 1 plans" in sentence(run)
    assert changed.unit == house.units.ningbo


@pytest.mark.django_db(transaction=True)
@on_both
def test_two_runs_at_once_store_every_finding_once(plan):
    document = plan(PROVINCE)
    barrier, faults = threading.Barrier(2), []

    def run():
        try:
            barrier.wait(120)
            actions.run([document])
        except Exception as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    both = [threading.Thread(target=run) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(60)
    assert not faults
    seen = list(standing().values_list("fingerprint", flat=True))
    assert seen and len(seen) == len(set(seen))
