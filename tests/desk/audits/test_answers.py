"""Answering findings: who sees them, who may answer, two people at once."""

from __future__ import annotations

import threading

import pytest
from django.db import connections
from tests.desk.audits.conftest import PROVINCE, SHAOXING, SHAOXING_TABLE

from commercebrain.desk.audits import actions, queries
from commercebrain.desk.audits.models import AuditFinding, GivenAnswer
from commercebrain.desk.core.models import Event
from commercebrain.engine.errors import UserError


@pytest.fixture
def contradiction(plan) -> AuditFinding:
    """The growth of imports in a plan of 宁波市商务局."""
    actions.run([plan(PROVINCE, "ningbo")])
    return AuditFinding.objects.get(check_number="PA101", verdict="contradiction")


@pytest.fixture
def between(plan) -> AuditFinding:
    """‰ in a plan of 绍兴, % in one of 宁波: a finding of two documents of two units."""
    actions.run([plan(SHAOXING, "shaoxing"), plan(SHAOXING_TABLE, "ningbo")])
    return AuditFinding.objects.get(verdict="contradiction", zh__contains="‰")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "sees", "answers"),
    [
        ("clerk", True, True),
        ("planner", True, True),
        ("province", True, True),
        ("evaluator", True, False),
        ("it", True, False),
        ("sister", False, False),
        ("county", False, False),
        ("admin", False, False),
        ("nobody", False, False),
    ],
)
def test_a_finding_follows_the_scope_of_its_document(contradiction, house, who, sees, answers):
    person = getattr(house.people, who)
    assert queries.findings(person).filter(pk=contradiction.pk).exists() is sees
    assert queries.may_answer(person, contradiction) is answers
    if not answers:
        with pytest.raises(UserError) as refused:
            actions.answer(person, contradiction, "accepted", "", token=contradiction.token)
        assert refused.value.status == 403
        contradiction.refresh_from_db()
        assert contradiction.answer == ""


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "sees"), [("province", True), ("clerk", False), ("sister", False), ("nobody", False)])
def test_a_finding_of_two_plans_is_seen_only_by_who_sees_both(between, house, who, sees):
    assert queries.findings(getattr(house.people, who)).filter(pk=between.pk).exists() is sees


@pytest.mark.django_db
def test_who_sees_both_plans_and_enters_for_one_may_answer(between, house):
    for document in between.documents.all():
        document.classification = "public"
        document.save()
    assert queries.may_answer(house.people.clerk, between) and queries.may_answer(house.people.sister, between)
    assert not queries.may_answer(house.people.evaluator, between)
    assert not queries.may_answer(house.people.county, between)


@pytest.mark.django_db
def test_an_explanation_needs_words_and_the_answer_must_be_one(contradiction, house):
    for kind in ("explained", "", "nonsense"):
        with pytest.raises(UserError):
            actions.answer(house.people.clerk, contradiction, kind, "  ", token=contradiction.token)
    assert not GivenAnswer.objects.exists()


@pytest.mark.django_db
def test_what_holds_is_not_answered(contradiction, house):
    holds = AuditFinding.objects.filter(verdict="holds").first()
    with pytest.raises(UserError):
        actions.answer(house.people.clerk, holds, "accepted", "", token=holds.token)


@pytest.mark.django_db
def test_every_answer_stays_in_the_history_and_in_the_log(contradiction, house):
    actions.answer(house.people.clerk, contradiction, "accepted", "", token="")
    actions.answer(house.people.planner, contradiction, "explained", "口径不同", token=contradiction.token)
    given = list(contradiction.answers.values_list("by__username", "answer", "note"))
    assert given == [("clerk", "accepted", ""), ("planner", "explained", "口径不同")]
    assert Event.objects.filter(verb="audit.answered", unit=house.units.ningbo).count() == 2


@pytest.mark.django_db
def test_who_comes_second_is_told_and_changes_nothing(contradiction, house):
    seen = contradiction.token
    actions.answer(house.people.clerk, contradiction, "accepted", "", token=seen)
    with pytest.raises(UserError) as late:
        actions.answer(house.people.planner, contradiction, "to_be_corrected", "", token=seen)
    assert late.value.status == 409
    contradiction.refresh_from_db()
    assert contradiction.answered_by == house.people.clerk and GivenAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_of_two_who_answer_at_once_one_wins(contradiction, house):
    barrier, ends = threading.Barrier(2), []

    def answer(person):
        try:
            barrier.wait(120)
            actions.answer(person, contradiction_of(contradiction.pk), "accepted", person.username, token="")
            ends.append("won")
        except UserError as fault:
            ends.append(fault.code)
        finally:
            connections.close_all()

    def contradiction_of(pk):
        return AuditFinding.objects.get(pk=pk)

    both = [threading.Thread(target=answer, args=(p,)) for p in (house.people.clerk, house.people.planner)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert sorted(ends) == ["audits.overtaken", "won"] and GivenAnswer.objects.count() == 1
