"""Two at once: one number each and no gap, one step, one case of an origin, one escalation; killed half-way nothing stays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from tests.desk.cases.conftest import warning
from tests.desk.cases.test_scopes import pdf

from commercebrain.desk.cases import actions, closing, escalating
from commercebrain.desk.cases.models import Case, Clock, Escalation, Paper, StageChange
from commercebrain.desk.core.models import Event
from commercebrain.desk.forms.moment import now
from commercebrain.engine.errors import UserError

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each gave, or the refusal that it met."""
    start, told = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            start.wait()
            told[place] = act()
        except UserError as refusal:
            told[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_numbers_of_a_bureau_have_no_gap_and_no_double_whoever_opens_at_once(city: SimpleNamespace) -> None:
    found = at_once(*[lambda n=n: warning(city, origin=f"x:{n}") for n in range(6)])
    numbers = sorted(int(one.number.partition("〕")[2].removesuffix("号")) for one in found)
    assert numbers == [1, 2, 3, 4, 5, 6] and Case.objects.values("number").distinct().count() == 6


def test_of_one_origin_one_case_begins_however_many_ask_at_once(city: SimpleNamespace) -> None:
    found = at_once(*[lambda: warning(city, origin="warnings.signal:9")] * 4)
    assert len({one.pk for one in found}) == 1 and Case.objects.count() == 1
    assert warning(city, origin="warnings.signal:10").number.endswith("2号"), "the losers' numbers were given back"


def test_of_two_who_move_at_once_one_wins_and_the_other_is_told(city: SimpleNamespace) -> None:
    people, case = city.people, warning(city)
    for seen in (case.version, None):
        case = warning(city)
        seen = case.version if seen is not None else None
        told = at_once(
            lambda case=case, seen=seen: actions.move(
                Case.objects.get(pk=case.pk), people.jia, "acknowledge", seen=seen
            ),
            lambda case=case, seen=seen: actions.move(
                Case.objects.get(pk=case.pk), people.jia2, "acknowledge", seen=seen
            ),
        )
        refused = [one.code for one in told if isinstance(one, UserError)]
        assert refused == ["rows.changed_meanwhile" if seen is not None else "cases.not_from_here"]
        assert StageChange.objects.filter(case=case, transition="acknowledge").count() == 1
        assert Clock.objects.filter(case=case, code="contact").count() == 1


def test_of_two_who_decide_on_a_paper_at_once_one_decision_counts(city: SimpleNamespace) -> None:
    people = city.people
    case = actions.start("remedy_case", unit=city.jia, region=city.own.region, title="瓷砖案", person=people.jia)
    paper = actions.add_paper(case, people.jia, pdf("答卷.pdf"), "government_answer")
    actions.ask_paper(paper, people.jia)
    mine = [Paper.objects.select_related("case", "attachment").get(pk=paper.pk) for _ in range(2)]
    told = at_once(
        lambda: actions.decide_paper(mine[0], people.jia2, approve=True),
        lambda: actions.decide_paper(mine[1], people.chief, approve=False, sentence="数据不全"),
    )
    assert [one.code for one in told if isinstance(one, UserError)] == ["cases.paper_overtaken"]
    assert Event.objects.filter(verb__in=["case.paper_approved", "case.paper_refused"]).count() == 1


def test_each_step_of_an_escalation_is_told_once_by_however_many_workers(city: SimpleNamespace) -> None:
    case = warning(city)
    Clock.objects.filter(case=case).update(due_at=now() - timedelta(days=14))
    counts = at_once(escalating.escalate, escalating.escalate, escalating.escalate)
    assert sum(counts) == 3 == Escalation.objects.filter(case=case).count()
    assert Event.objects.filter(verb="case.escalated").count() == 3
    assert escalating.escalate() == 0


def test_killed_in_the_middle_of_a_move_nothing_of_it_stays(city: SimpleNamespace) -> None:
    people, case = city.people, warning(city, origin="kill:1")

    def killed(case: Case) -> None:
        raise KeyboardInterrupt

    closing.on_close("kill:", killed)
    try:
        with pytest.raises(KeyboardInterrupt):
            actions.withdraw(case, people.jia, "重复")
    finally:
        closing.HOOKS.pop("kill:")
    case.refresh_from_db()
    assert (case.state, case.version, case.stage) == ("open", 1, "opened")
    assert case.clocks.get().dropped_at is None and case.changes.count() == 1
    assert not Event.objects.filter(verb="case.withdrawn").exists()
    actions.withdraw(case, people.jia, "重复")
    assert Case.objects.get(pk=case.pk).state == "withdrawn"


def test_killed_between_opening_and_its_number_the_series_goes_on_without_a_gap(
    city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from commercebrain.desk.cases.actions import starting

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(starting, "record", killed)
    with pytest.raises(KeyboardInterrupt):
        warning(city)
    monkeypatch.undo()
    assert Case.objects.count() == 0
    assert warning(city).number.endswith("〕1号")
