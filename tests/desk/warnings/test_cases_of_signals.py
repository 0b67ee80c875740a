"""A signal's work is a case: opened by itself or by a person, once; when it ends the signal is handled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.desk.warnings.conftest import MONDAY, declared, of_counties, of_firms, wide
from tests.house import House

from commercebrain.desk.cases.actions import moving
from commercebrain.desk.cases.models import Case, FollowUp
from commercebrain.desk.core.models import Event
from commercebrain.desk.forms.models import Outgoing
from commercebrain.desk.warnings import queries
from commercebrain.desk.warnings.actions import signals as acts
from commercebrain.desk.warnings.actions import use as uses
from commercebrain.desk.warnings.models import RuleUse, Signal, SignalStep
from commercebrain.desk.warnings.permission import Refused

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def rule(in_use: Any) -> None:
    """A rule whose signals are answered by a case."""
    in_use(declared("R900", case="warning_response", proposes=["visit"]))


def end(case: Case, outcome: str, person: Any) -> Case:
    """The case ends with an outcome, as its last step does; how it gets there is the business of cases."""
    Case.objects.filter(pk=case.pk).update(outcome=outcome)
    case.refresh_from_db()
    case.state = Case.State.CLOSED
    acts.close_handled(case)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_at=case.opened_at, closed_on=case.opened_on)
    return case


def test_the_gravest_level_opens_its_case_when_it_is_told(rule: None, firms: Any, run: Any, house: House) -> None:
    run(of_firms(firms, [-0.5, -0.8, 0]))
    plain, grave = Signal.objects.get(level="watch"), Signal.objects.get(level="close_watch")
    assert plain.case is None and plain.due_at is not None
    case = grave.case
    assert case is not None and case.origin == f"warnings.signal:{grave.pk}" and case.level == "close_watch"
    assert (case.unit, case.enterprise, case.title_zh) == (house.units.haishu, firms[1], "宁波1号公司：出口下降")
    assert grave.due_at is None, "the case has its own clocks"
    run(of_firms(firms, [-0.5, -0.8, 0]), on=TUESDAY)
    assert Case.objects.count() == 1


def test_a_case_that_opened_by_itself_is_nobodys_answer_and_its_own_line_names_the_rule(
    rule: None, firms: Any, run: Any, house: House
) -> None:
    run(of_firms(firms, [-0.5, -0.8, 0]))
    lines = [row.row for row in Outgoing.objects.filter(dataset="response_status").order_by("pk")]
    assert [(one["template"], one["rule"]) for one in lines if one["template"] == "signal"] == [("signal", "R900")]
    assert {one["rule"] for one in lines if one["template"] == "warning_response"} == {"R900"}
    end(Signal.objects.get(level="close_watch").case, "recovered", house.people.county)  # type: ignore[arg-type]
    assert Outgoing.objects.filter(row__template="signal").count() == 1
    run(of_firms(firms, [-0.8, 0, 0]), on=TUESDAY)  # the one that only asked rises, and its case opens by itself
    line = Outgoing.objects.filter(row__template="signal").order_by("-pk")[0].row
    assert (line["responded"], line["due"]) == (0, 0)


def test_on_a_day_off_no_case_is_opened_either(rule: None, firms: Any, run: Any) -> None:
    run(of_firms(firms, [-0.8, 0, 0]), on=MONDAY - timedelta(days=1))
    assert not Case.objects.exists()
    run(of_firms(firms, [-0.8, 0, 0]))
    assert Case.objects.count() == 1


def test_a_person_opens_the_case_of_a_lower_level_and_twice_is_once(
    rule: None, firms: Any, run: Any, house: House
) -> None:
    run(of_firms(firms, [-0.5, 0, 0]))
    signal = Signal.objects.get()
    case = acts.open_case(signal, house.people.county)
    assert acts.open_case(signal, house.people.county) == case and Case.objects.count() == 1
    with pytest.raises(Refused, match="case is worked on"):
        acts.acknowledge(signal, house.people.county, "已联系")
    with pytest.raises(Refused, match="close or withdraw"):
        acts.false_alarm(signal, house.people.county, "误报")
    with pytest.raises(Refused):
        acts.open_case(signal, house.people.neighbour)
    line = Outgoing.objects.filter(dataset="response_status", row__template="signal").order_by("-pk")[0].row
    assert (line["responded"], line["acted"]) == (1, 1)


def test_a_rule_that_names_no_template_opens_no_case(in_use: Any, firms: Any, run: Any, house: House) -> None:
    in_use(declared("R900"))
    run(of_firms(firms, [-0.8, 0, 0]))
    with pytest.raises(Refused, match="only tells"):
        acts.open_case(Signal.objects.get(), house.people.county)


def test_a_signal_whose_case_is_worked_on_stays_open_though_its_rule_holds_no_more(
    rule: None, firms: Any, run: Any, house: House
) -> None:
    run(of_firms(firms, [-0.8, 0, 0]))
    for days in (1, 2):
        run(of_firms(firms, [0.5, 0, 0]), on=MONDAY + timedelta(days=days))
    signal = Signal.objects.get()
    assert signal.closed_at is None
    assert list(SignalStep.objects.filter(signal=signal).values_list("what", flat=True)).count("calm") == 1
    assert run(of_firms(firms, [-0.8, 0, 0]), on=MONDAY + timedelta(days=3)).opened == 0
    assert Case.objects.count() == 1


def test_when_its_case_ends_with_an_outcome_the_signal_is_handled_and_remembered(
    rule: None, firms: Any, run: Any, house: House
) -> None:
    run(of_firms(firms, [-0.8, 0, 0]))
    signal = Signal.objects.get()
    end(signal.case, "recovered", house.people.county)  # type: ignore[arg-type]
    signal.refresh_from_db()
    assert (signal.end, signal.closed_on) == (Signal.End.HANDLED, MONDAY)
    assert Event.objects.get(verb="signal.handled").data["reason"].endswith("已恢复")
    assert run(of_firms(firms, [-0.8, 0, 0]), on=TUESDAY).opened == 0


def test_an_outcome_of_a_false_alarm_is_one(rule: None, firms: Any, run: Any, house: House) -> None:
    run(of_firms(firms, [-0.8, 0, 0]))
    end(Signal.objects.get().case, "false_alarm", house.people.county)  # type: ignore[arg-type]
    assert Signal.objects.get().end == Signal.End.FALSE_ALARM


def test_a_case_withdrawn_after_its_rule_was_switched_off_closes_the_signal_for_nothing_else_would(
    rule: None, firms: Any, run: Any, house: House
) -> None:
    run(of_firms(firms, [-0.8, 0, 0]))
    signal = Signal.objects.get()
    assert signal.case is not None
    uses.switch_off(RuleUse.objects.get(rule="R900"), house.people.trader, "停用")
    signal.refresh_from_db()
    assert signal.closed_at is None, "its case is worked on"
    moving.withdraw(signal.case, house.people.county, "重复立项")
    signal.refresh_from_db()
    assert signal.end == Signal.End.RULE_OFF and signal.due_at is None


def test_a_case_that_is_withdrawn_leaves_a_signal_that_asks_again(
    rule: None, firms: Any, run: Any, house: House
) -> None:
    run(of_firms(firms, [-0.8, 0, 0]))
    case = Signal.objects.get().case
    assert case is not None
    moving.withdraw(case, house.people.county, "重复立项")
    signal = Signal.objects.get()
    assert signal.closed_at is None and signal.case is None and signal.told_on is None
    run(of_firms(firms, [-0.8, 0, 0]), on=TUESDAY)
    signal.refresh_from_db()
    assert signal.told_on == TUESDAY and signal.case is not None and signal.case != case


def test_a_case_opened_by_hand_brings_a_signal_from_behind_a_wider_one(
    in_use: Any, firms: Any, run: Any, house: House
) -> None:
    in_use(declared("R900", case="warning_response", inhibited_by=["R901"]))
    in_use(wide())
    facts = of_firms(firms, [-0.8, 0, 0]), of_counties({"330203": -0.9})
    run(*facts)
    signal = Signal.objects.get(rule="R900")
    assert signal.inhibited_by is not None and not Case.objects.exists()
    acts.open_case(signal, house.people.county)
    run(*facts, on=TUESDAY)
    signal.refresh_from_db()
    assert signal.inhibited_by is None and signal.case is not None


def test_the_record_of_a_rule_counts_what_became_of_its_signals(rule: None, firms: Any, run: Any, house: House) -> None:
    run(of_firms(firms, [-0.8, -0.8, -0.4]))
    recovered, early = Signal.objects.filter(level="close_watch").order_by("pk")
    for signal, result in ((recovered, "recovered"), (early, "")):
        FollowUp.objects.create(
            case=signal.case, enterprise=signal.enterprise, periods=1, figure="customs_export_value", first="2025-08",
            last="2025-08", due_on=MONDAY, result=result, checked_at=signal.opened_at if result else None,
        )  # fmt: skip
    end(recovered.case, "recovered", house.people.county)
    acts.false_alarm(Signal.objects.get(level="watch"), house.people.neighbour, "年度检修")
    told = queries.record_of_rule("R900", house.units.ningbo)
    assert (told.raised, told.handled, told.false_alarms, told.open, told.in_case) == (3, 1, 1, 1, 1)
    assert (told.recovered, told.too_early, told.not_recovered) == (1, 1, 0)
    assert told.precision == 0.5 and told.first == MONDAY
    assert queries.record_of_rule("R900", house.units.shaoxing).precision is None
