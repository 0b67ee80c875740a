"""Two at once: one signal, nothing lost, one goes first and the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from tests.desk.warnings.conftest import MONDAY, declared, of_counties, of_firms, wide
from tests.house import House

from commercebrain.desk.cases.actions import moving, rise
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core.models import Event
from commercebrain.desk.registry.actions import merge
from commercebrain.desk.warnings import escalating, watching
from commercebrain.desk.warnings.actions import signals as acts
from commercebrain.desk.warnings.actions import use as uses
from commercebrain.desk.warnings.evaluation import evaluate
from commercebrain.desk.warnings.kinds import declaration_of
from commercebrain.desk.warnings.models import Alarm, Evaluation, RuleUse, Signal, SignalStep
from commercebrain.desk.warnings.permission import Refused
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


def test_two_evaluations_at_once_open_one_signal_a_rule_and_subject_and_tell_it_once(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    in_use(declared("R900", inhibited_by=["R901"], case="warning_response"))
    in_use(wide())
    facts = of_firms(firms, [-0.5, -0.5, -0.9]), of_counties({"330203": -0.5, "330212": 0.0})
    told = at_once(*[lambda: run(*facts)] * 3)
    assert [one.state for one in told] == [Evaluation.State.DONE] * 3
    assert sum(one.opened for one in told) == 4 == Signal.objects.filter(closed_at=None).count()
    assert Signal.objects.filter(inhibited_by__isnull=False).count() == 2
    assert Case.objects.count() == 1 and Event.objects.filter(verb="signal.opened").count() == 4
    steps = list(SignalStep.objects.values_list("signal", "what"))
    assert len(steps) == len(set(steps)), "no step twice"
    ended = at_once(
        *[lambda: run(of_firms(firms, [0, 0, 0]), of_counties({"330203": 0.0}), on=MONDAY + timedelta(days=1))] * 2
    )
    assert sum(one.closed for one in ended) == 3 and Event.objects.filter(verb="signal.ended").count() == 3


def test_an_evaluation_and_persons_who_close_do_not_lock_one_another_out(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    in_use(declared("R900", inhibited_by=["R901"]))
    in_use(wide())
    facts = of_firms(firms, [-0.5, -0.5, -0.5]), of_counties({"330203": -0.5})
    run(*facts)
    county, alone = Signal.objects.get(rule="R901"), Signal.objects.get(enterprise=firms[2])
    told = at_once(
        lambda: acts.false_alarm(county, house.people.county, "统计口径调整"),
        lambda: run(*facts, on=MONDAY + timedelta(days=1)),
        lambda: acts.acknowledge(alone, house.people.neighbour, "已联系"),
    )
    assert not any(isinstance(one, UserError) for one in told)
    run(*facts, on=MONDAY + timedelta(days=2))
    assert not Signal.objects.filter(inhibited_by__isnull=False).exists()
    assert Signal.objects.filter(closed_at=None).count() == 3
    alone.refresh_from_db()
    assert alone.acknowledged_by == house.people.neighbour


def test_a_merge_of_firms_and_an_evaluation_do_not_lock_one_another_out(firms: Any, in_use: Any, run: Any) -> None:
    in_use(declared("R900"))
    kept, gone, third = firms
    run(of_firms(firms, [0, -0.5, 0]))
    done, told = at_once(
        lambda: merge(None, kept, gone, "同一家"),
        lambda: run(of_firms(firms, [-0.5, -0.5, -0.5]), on=MONDAY + timedelta(days=1)),
    )
    assert (done.kept, told.state) == (kept, Evaluation.State.DONE)
    run(of_firms([kept, third], [-0.5, -0.5]), on=MONDAY + timedelta(days=2))
    open_ = Signal.objects.filter(closed_at=None)
    assert set(open_.values_list("subject", "enterprise")) == {(kept.uscc, kept.pk), (third.uscc, third.pk)}


def test_of_two_who_close_a_signal_at_once_one_does(firms: Any, in_use: Any, run: Any, house: House) -> None:
    in_use(declared("R900"))
    run(of_firms(firms, [-0.5, 0, 0]))
    signal = Signal.objects.get()
    told = at_once(
        lambda: acts.false_alarm(signal, house.people.county, "检修"),
        lambda: acts.false_alarm(signal, house.people.trader, "检修"),
    )
    assert sum(isinstance(one, Refused) for one in told) == 1
    assert Event.objects.filter(verb="signal.false_alarm").count() == 1


def test_of_two_signals_of_a_firm_brought_to_a_case_at_once_one_opens_it_and_the_other_joins(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    codes = ("R900", "R902", "R903")
    for code in codes:
        in_use(declared(code, case="warning_response"))
    run(of_firms(firms, [-0.5, 0, 0]))
    first, second, third = (Signal.objects.get(rule=code) for code in codes)
    told = at_once(
        lambda: acts.open_case(first, house.people.county),
        lambda: acts.open_case(second, house.people.county),
        lambda: acts.open_case(third, house.people.county),
    )
    assert not any(isinstance(one, UserError) for one in told), told
    assert {one.pk for one in told} == {Case.objects.get().pk} == set(Signal.objects.values_list("case", flat=True))
    assert Event.objects.filter(verb="signal.case_joined").count() == 2


def test_a_signal_that_joins_a_case_which_ends_at_that_moment_is_settled_with_it_or_has_a_case_of_its_own(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    for code in ("R900", "R902", "R903"):
        in_use(declared(code, case="warning_response"))
    run(of_firms(firms, [-0.5, 0, 0]))
    first, second, third = (Signal.objects.get(rule=code) for code in ("R900", "R902", "R903"))
    case = acts.open_case(first, house.people.county)
    ends = {"contacted_on": "2025-07-21", "contact_way": "call", "finding": "false_alarm", "situation": "检修"}
    moving.move(case, house.people.county, "acknowledge")
    moving.move(case, house.people.county, "contact", values=ends)
    told = at_once(
        lambda: moving.move(case, house.people.county, "close_false_alarm", sentence="检修"),
        lambda: acts.open_case(second, house.people.county),
        lambda: acts.open_case(third, house.people.county),
    )
    assert not any(isinstance(one, UserError) for one in told)
    for row in Signal.objects.select_related("case"):
        over = row.case is not None and row.case.state == Case.State.CLOSED
        assert row.case is not None and over == (row.end == Signal.End.FALSE_ALARM) == (row.closed_at is not None)
    assert Case.objects.filter(state=Case.State.OPEN).count() <= 1


def test_of_two_approvals_at_once_one_counts_and_one_rule_is_in_use(house: House) -> None:
    row = uses.propose(declared("R900"), house.units.ningbo, {}, {"p": 1}, house.people.trader, "试用")
    told = at_once(lambda: uses.approve(row, house.people.planner), lambda: uses.approve(row, house.people.director))
    assert sum(isinstance(one, Refused) for one in told) == 1
    assert RuleUse.objects.filter(state="on").count() == 1 and Event.objects.filter(verb="rule.approved").count() == 1


def test_escalations_and_alarms_are_made_once_by_however_many(firms: Any, in_use: Any, run: Any, house: House) -> None:
    in_use(declared("R900"))
    run(of_firms(firms, [-0.5, 0, 0]))
    later = MONDAY + timedelta(days=2)
    assert sum(at_once(*[lambda: escalating.escalate(later)] * 3)) == 1
    Signal.objects.all()
    RuleUse.objects.update(since=MONDAY - timedelta(days=9))
    Evaluation.objects.all().delete()
    told = at_once(*[lambda: watching.watch()] * 3)
    assert sum(len(one) for one in told) == 1 and Alarm.objects.count() == 1


@pytest.fixture
def two_bureaus(in_use: Any, house: House) -> None:
    """A rule of Ningbo's and another of the province's, over the same firms."""
    use = in_use(declared("R900", case="warning_response"))
    other = declared("R902", case="warning_response")
    RuleUse.objects.create(
        rule="R902", unit=house.units.zhejiang, state=RuleUse.State.ON, declaration=declaration_of(other),
        proposed_at=use.proposed_at, since=use.since,
    )  # fmt: skip


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is about to open a case looks round for another who is: both have seen by then that there is none to join."""
    together, start = threading.Barrier(2), acts.start

    def wait(*given: Any, **more: Any) -> Case:
        with suppress(threading.BrokenBarrierError):
            together.wait(0.5)
        return start(*given, **more)

    monkeypatch.setattr(acts, "start", wait)


def both(house: House, *frames: Any) -> list[Any]:
    """The two bureaus evaluate at once, each its own frame."""
    bureaus = (house.units.ningbo, house.units.zhejiang)
    return at_once(
        *[lambda pair=pair: evaluate(pair[0], MONDAY, frames={"firm": pair[1]}) for pair in zip(bureaus, frames, strict=True)]
    )  # fmt: skip


def test_of_two_signals_of_a_firm_by_rules_of_two_bureaus_one_opens_the_case_and_the_other_joins(
    firms: Any, two_bureaus: None, slowly: None, house: House
) -> None:
    for bureau in (house.units.ningbo, house.units.zhejiang):
        evaluate(bureau, MONDAY, frames={"firm": of_firms(firms, [-0.5, 0, 0])})
    mine, theirs = (Signal.objects.get(rule=code) for code in ("R900", "R902"))
    assert mine.bureau != theirs.bureau and mine.enterprise == theirs.enterprise
    told = at_once(*[lambda row=row: acts.open_case(row, house.people.county) for row in (mine, theirs)])
    assert not any(isinstance(one, UserError) for one in told), told
    assert {one.pk for one in told} == {Case.objects.get().pk} == set(Signal.objects.values_list("case", flat=True))


def test_two_bureaus_whose_rules_open_cases_by_themselves_at_once_open_one_a_firm_and_wait_for_no_end(
    firms: Any, two_bureaus: None, house: House
) -> None:
    grave = [-0.8, -0.8, -0.8]
    told = both(house, of_firms(firms, grave), of_firms(firms[::-1], grave))
    assert [one.state for one in told] == [Evaluation.State.DONE] * 2
    assert Signal.objects.count() == 6 and Case.objects.count() == 3
    assert sorted(Signal.objects.values_list("case__enterprise", "enterprise")) == [
        (firm.pk, firm.pk) for firm in firms for _bureau in range(2)
    ]


def test_a_case_that_becomes_graver_in_two_places_at_once_rises_once(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    in_use(declared("R900", case="warning_response"))
    run(of_firms(firms, [-0.5, 0, 0]))
    case = acts.open_case(Signal.objects.get(), house.people.county)
    told = at_once(*[lambda: rise(case.pk, "close_watch")] * 3, lambda: rise(case.pk, "watch"))
    assert sorted(map(bool, told)) == [False, False, False, True]
    case.refresh_from_db()
    assert case.level == "close_watch" and Event.objects.filter(verb="case.level_raised").count() == 1
