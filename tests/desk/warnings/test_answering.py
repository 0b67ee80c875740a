"""Telling, acknowledging, running out, escalating: in working days, once each, never in a quiet period."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.desk.warnings.conftest import MONDAY, declared, of_counties, of_firms, wide
from tests.house import House

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.models import Event, Setting
from commercebrain.desk.forms.models import Outgoing
from commercebrain.desk.warnings import escalating, jobs, notifying, queries, quiet
from commercebrain.desk.warnings.actions import signals as acts
from commercebrain.desk.warnings.models import Quiet, Signal, SignalStep
from commercebrain.desk.warnings.permission import Refused

pytestmark = pytest.mark.django_db
FRIDAY, SATURDAY = MONDAY + timedelta(days=4), MONDAY + timedelta(days=5)
NEXT = MONDAY + timedelta(days=7)


def at(day: date) -> date:
    """The business date stands at a day."""
    Setting.objects.update_or_create(key="business_date", defaults={"value": day.isoformat()})
    assert today() == day
    return day


@pytest.fixture
def signal(firms: Any, in_use: Any, run: Any) -> Signal:
    """One open signal of a firm in 海曙, told on Monday."""
    in_use(declared("R900"))
    run(of_firms(firms, [-0.5, 0, 0]))
    return Signal.objects.get()


def test_what_was_raised_on_a_saturday_is_told_on_the_next_working_morning(firms: Any, in_use: Any, run: Any) -> None:
    in_use(declared("R900"))
    run(of_firms(firms, [-0.5, 0, 0]), on=SATURDAY)
    assert Signal.objects.get().told_on is None and not Event.objects.filter(verb="signal.told").exists()
    run(of_firms(firms, [-0.5, 0, 0]), on=NEXT)
    told = Signal.objects.get()
    assert told.told_on == NEXT and told.opened_on == SATURDAY and told.due_at is not None
    assert told.due_at.astimezone().date() == NEXT + timedelta(days=2), "the end of Tuesday"


def test_in_a_quiet_period_signals_are_kept_and_told_when_it_is_over(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    in_use(declared("R900"))
    in_use(declared("R902"))
    tuesday = MONDAY + timedelta(days=1)
    quiet.declare(house.units.ningbo, house.people.planner, MONDAY, tuesday, "系统割接", rule="R900")
    run(of_firms(firms, [-0.5, 0, 0]))
    assert Signal.objects.get(rule="R900").told_on is None and Signal.objects.get(rule="R902").told_on == MONDAY
    assert quiet.quiet_rules(house.units.ningbo.pk, tuesday) == {"R900"}
    run(of_firms(firms, [-0.5, 0, 0]), on=tuesday + timedelta(days=1))
    assert Signal.objects.get(rule="R900").told_on == tuesday + timedelta(days=1)


def test_a_quiet_period_is_ended_early_and_bad_ones_are_refused(house: House) -> None:
    row = quiet.declare(house.units.ningbo, house.people.planner, MONDAY, MONDAY + timedelta(days=3), "长假")
    assert quiet.quiet_rules(house.units.ningbo.pk, MONDAY) is None, "all of them"
    assert quiet.end(quiet.end(row, house.people.trader), house.people.trader).ended_on == MONDAY
    assert quiet.quiet_rules(house.units.ningbo.pk, MONDAY) == frozenset()
    assert Event.objects.filter(verb="quiet.ended").count() == 1
    for starts, ends, code in (
        (MONDAY, MONDAY - timedelta(days=1), "bad_days"),
        (MONDAY, MONDAY + timedelta(days=40), "too_long"),
    ):
        with pytest.raises(Refused) as refused:
            quiet.declare(house.units.ningbo, house.people.planner, starts, ends, "长假")
        assert refused.value.code == f"warnings.{code}"
    with pytest.raises(Refused, match="no rule"):
        quiet.declare(house.units.ningbo, house.people.planner, MONDAY, MONDAY, "长假", rule="R777")
    with pytest.raises(Refused):
        quiet.declare(house.units.ningbo, house.people.county, MONDAY, MONDAY, "长假")
    assert Quiet.objects.count() == 1


def test_several_signals_of_one_cause_are_told_in_one_notice(firms: Any, in_use: Any, run: Any) -> None:
    in_use(declared("R900", cause={"by": "market"}))
    run(of_firms(firms, [-0.5, -0.9, -0.5]))
    told = Event.objects.get(verb="signals.told")
    assert told.data["count"] == 2 and told.data["level"] == "重点关注" and "美国" in told.data["cause"]
    assert told.data["due"] == "2025-07-23" or told.data["due"] == "2025-07-22"
    assert Event.objects.filter(verb="signal.told").count() == 1, "the one in the other county"


def test_an_acknowledgement_runs_out_after_its_last_day_and_asks_again(signal: Signal, house: House) -> None:
    acts.acknowledge(signal, house.people.county, "已联系，等三季度订单", FRIDAY)
    assert notifying.expire(FRIDAY) == 0
    assert notifying.expire(SATURDAY) == 0, "on a day off nobody is asked"
    assert notifying.expire(NEXT) == 1 and notifying.expire(NEXT) == 0
    signal.refresh_from_db()
    assert (signal.acknowledged_at, signal.acknowledged_until, signal.told_on) == (None, None, NEXT)
    assert signal.due_at is not None and Event.objects.filter(verb="signal.expired").count() == 1


def test_acknowledging_needs_a_right_a_sentence_and_a_day_that_is_near(signal: Signal, house: House) -> None:
    for person in ("neighbour", "firm", "sister", "evaluator", "nobody", "admin"):
        with pytest.raises(Refused) as refused:
            acts.acknowledge(signal, getattr(house.people, person), "已联系", FRIDAY)
        assert refused.value.status == 403, person
    for sentence, until, code in (
        ("  ", FRIDAY, "no_sentence"), ("已联系", MONDAY - timedelta(days=1), "bad_until"), ("已联系", date(2025, 10, 1), "bad_until"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            acts.acknowledge(signal, house.people.county, sentence, until)
        assert refused.value.code == f"warnings.{code}"
    assert acts.acknowledge(signal, house.people.trader, "市局已了解").acknowledged_until == date(2025, 7, 28)


def test_who_looked_at_an_earlier_state_is_told_so(signal: Signal, house: House) -> None:
    seen = signal.version
    acts.acknowledge(signal, house.people.county, "已联系", FRIDAY, seen)
    with pytest.raises(Refused, match="just changed"):
        acts.false_alarm(signal, house.people.trader, "误报", seen)
    signal.refresh_from_db()
    acts.false_alarm(signal, house.people.trader, "误报", signal.version)
    with pytest.raises(Refused, match="closed"):
        acts.acknowledge(signal, house.people.county, "已联系", FRIDAY)
    assert acts.note(signal, house.people.county, "企业来电补充情况").what == "noted"


def test_what_nobody_acknowledges_is_told_on_step_by_step_each_once(signal: Signal, house: House) -> None:
    assert escalating.escalate(at(MONDAY + timedelta(days=1))) == 0
    assert escalating.escalate(at(MONDAY + timedelta(days=2))) == 1
    assert escalating.escalate(today()) == 0
    first = Event.objects.get(verb="signal.escalated")
    assert first.data["persons"] == [house.people.county.pk] and first.unit == house.units.haishu
    assert escalating.escalate(at(FRIDAY)) == 1
    second = Event.objects.filter(verb="signal.escalated").order_by("-pk")[0]
    assert second.data["persons"] == [house.people.director.pk], (
        "nobody in the county is director: the bureau's is told"
    )
    assert list(SignalStep.objects.filter(what="escalated").values_list("step", "to")) == [
        (0, "county_bureau"),
        (1, "director"),
    ]


def test_what_is_acknowledged_or_quiet_is_not_escalated(signal: Signal, house: House) -> None:
    assert escalating.escalate(at(SATURDAY)) == 0
    quiet.declare(house.units.ningbo, house.people.planner, NEXT, NEXT, "割接")
    assert escalating.escalate(at(NEXT)) == 0
    at(NEXT + timedelta(days=1))
    acts.acknowledge(signal, house.people.county, "已联系", NEXT + timedelta(days=3))
    assert escalating.escalate(today()) == 0


def test_the_steps_are_those_of_the_rule_when_the_signal_began(signal: Signal, in_use: Any) -> None:
    in_use(declared("R900", escalation=[]))
    assert escalating.escalate(at(MONDAY + timedelta(days=2))) == 1


def test_the_morning_job_does_all_of_it_and_twice_is_once(signal: Signal, house: House) -> None:
    context: Any = None
    acts.acknowledge(signal, house.people.county, "已联系", FRIDAY)
    at(NEXT)
    assert (told := jobs.escalate(context))["expired"] == 1 and told["steps"] == 0
    at(NEXT + timedelta(days=2))
    assert jobs.escalate(context)["steps"] == 1 and jobs.escalate(context)["steps"] == 0


def test_the_first_line_counts_what_is_new_and_what_is_late(signal: Signal, house: House) -> None:
    told = {"since": MONDAY, "new": 1, "late": 0, "asking": 1, "open": 1, "inhibited": 0}
    assert vars(queries.headline(house.people.county)) == told
    at(FRIDAY)
    assert queries.headline(house.people.director).late == 1
    assert [row.pk for row in queries.past_clock(house.people.county)] == [signal.pk]
    assert not queries.past_clock(house.people.neighbour).exists()


def lines() -> list[dict[str, Any]]:
    """The lines of signals that wait for the lake, the newest of each."""
    return list(
        {row.key: row.row for row in Outgoing.objects.filter(dataset="response_status").order_by("pk")}.values()
    )


def test_a_signal_that_asked_is_a_line_of_the_rates_from_telling_to_closing(signal: Signal, house: House) -> None:
    (line,) = lines()
    assert (line["template"], line["county"], line["month"], line["due"], line["responded"]) == (
        "signal",
        "330203",
        "2025-07",
        0,
        0,
    )
    assert (line["rule"], line["level"], line["subject"]) == ("R900", "watch", f"firm:{signal.subject}")
    at(MONDAY + timedelta(days=1))
    acts.acknowledge(signal, house.people.county, "已联系", FRIDAY)
    assert (lines()[0]["on_time"], lines()[0]["acknowledge_days"], lines()[0]["closed"]) == (1, 1, 0)
    at(MONDAY + timedelta(days=2))
    acts.false_alarm(signal, house.people.county, "年度检修")
    assert (lines()[0]["closed"], lines()[0]["close_days"], len(lines())) == (1, 2, 1)


def test_a_signal_that_nobody_answers_in_time_counts_as_late_once(signal: Signal, house: House) -> None:
    assert escalating.note_late(at(MONDAY + timedelta(days=1))) == 0
    assert escalating.note_late(at(MONDAY + timedelta(days=2))) == 1 and escalating.note_late(today()) == 0
    assert (lines()[0]["due"], lines()[0]["responded"], lines()[0]["on_time"]) == (1, 0, 0)
    acts.acknowledge(signal, house.people.county, "已联系", FRIDAY)
    assert (lines()[0]["due"], lines()[0]["responded"], lines()[0]["on_time"]) == (1, 1, 0)


def test_what_stood_behind_a_wider_one_all_its_life_is_no_line(firms: Any, in_use: Any, run: Any) -> None:
    in_use(declared("R900", inhibited_by=["R901"]))
    in_use(wide())
    run(of_firms(firms, [-0.5, 0, 0]), of_counties({"330203": -0.5}))
    run(of_firms(firms, [0.5, 0, 0]), of_counties({"330203": -0.5}), on=MONDAY + timedelta(days=1))
    assert [line["rule"] for line in lines()] == ["R901"]
