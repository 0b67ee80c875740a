"""Whatever happens to signals in whatever order, what must be true of them stays true."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.desk.warnings.conftest import MONDAY, declared, of_counties, of_firms, wide
from tests.house import House

from commercebrain.desk.cases.actions import moving
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core.models import Setting
from commercebrain.desk.core.prepared import prepared
from commercebrain.desk.core.workdays import is_workday
from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.warnings import escalating, notifying, quiet
from commercebrain.desk.warnings.actions import signals as acts
from commercebrain.desk.warnings.actions import use as uses
from commercebrain.desk.warnings.evaluation import evaluate
from commercebrain.desk.warnings.models import RuleUse, Signal, SignalStep
from commercebrain.engine.errors import UserError

GROWTH = st.sampled_from([None, 0.2, -0.5, -0.9])
KINDS = ("R900", "R901", "R902")
#: Made once for all lives: the machine has no arguments.
HOUSE: list[House] = []


class Row(NamedTuple):
    """What a signal shows of itself and of the case that it is in."""

    pk: int
    bureau: int
    rule: str
    subject_kind: str
    subject: str
    enterprise: int | None
    level: str
    inhibited_by: int | None
    end: str
    told_on: date | None
    due_at: datetime | None
    acknowledged_at: datetime | None
    closed_at: datetime | None
    times: int
    version: int
    case: int | None
    case__state: str | None
    case__enterprise: int | None


# Asked after every step of every life: put into SQL once.
@prepared
def _signals() -> Any:
    return Signal.objects.order_by("pk").values_list(*Row._fields)


@prepared
def _steps() -> Any:
    return SignalStep.objects.order_by("pk").values_list("signal", "what")


@prepared
def _cases() -> Any:
    return Case.objects.order_by("pk").values_list("origin", "state")


@prepared
def _rules_on() -> Any:
    return RuleUse.objects.filter(state="on").order_by("rule").values_list("rule", flat=True)


def signals() -> list[Row]:
    """All of them, in the order in which they were opened."""
    return [Row(*row) for row in _signals()]


class Warnings(RuleBasedStateMachine):
    """A bureau with two rules over three firms, both answered by a case, and one over two counties that speaks for one."""

    @initialize()
    def begin(self) -> None:
        self.held = transaction.atomic()
        self.held.__enter__()
        self.day = MONDAY
        self.house = HOUSE[0]
        self.firms = [
            Enterprise.objects.create(uscc=f"9133020000000000{n}{check}", name_zh=f"宁波{n}号公司", unit=unit, region=unit.region)
            for n, (unit, check) in enumerate(
                ((self.house.units.haishu, "E"), (self.house.units.haishu, "H"), (self.house.units.yinzhou, "L"))
            )
        ]  # fmt: skip
        self.rules = {"R900": declared("R900", inhibited_by=["R901"], case="warning_response"), "R901": wide()}
        self.rules["R902"] = declared("R902", case="warning_response", when="exports_growth <= -0.5", parameters={})
        for code in KINDS:
            self.use(code)

    def use(self, code: str) -> None:
        unit, people = self.house.units.ningbo, self.house.people
        row = uses.propose(self.rules[code], unit, {}, {"p": 1}, people.trader, "试用")
        uses.approve(row, people.planner)

    def teardown(self) -> None:
        if hasattr(self, "held"):
            transaction.set_rollback(True)
            self.held.__exit__(None, None, None)

    def signal(self, draw: int, **only: Any) -> Signal | None:
        rows = list(Signal.objects.filter(**only).order_by("pk"))
        return rows[draw % len(rows)] if rows else None

    def tried(self, act: Any) -> None:
        """What people do may be refused; then it leaves nothing behind."""
        before = len(_steps())
        try:
            with transaction.atomic():
                act()
        except UserError:
            assert len(_steps()) == before

    @rule(growth=st.lists(GROWTH, min_size=3, max_size=3), counties=st.lists(GROWTH, min_size=2, max_size=2))
    def evaluate(self, growth: list[float | None], counties: list[float | None]) -> None:
        frames = of_firms(self.firms, growth), of_counties(dict(zip(("330203", "330212"), counties, strict=True)))
        facts = {frame.subject: frame for frame in frames}
        evaluate(self.house.units.ningbo, self.day, frames=facts)
        before = self.shape()
        evaluate(self.house.units.ningbo, self.day, frames=facts)
        assert self.shape() == before, "an evaluation done twice leaves what one leaves"
        on = set(_rules_on())
        for firm, value in zip(self.firms, growth, strict=True):
            held = Signal.objects.filter(rule="R900", enterprise=firm, closed_at=None).first()
            if held is not None and held.case_id is None and "R900" in on and held.last_held_on == self.day:
                assert value is None or value <= -0.3 or held.case_id

    @rule(days=st.integers(1, 6))
    def time_goes_on(self, days: int) -> None:
        self.day += timedelta(days=days)
        Setting.objects.update_or_create(key="business_date", defaults={"value": self.day.isoformat()})

    @rule(draw=st.integers(0, 9), days=st.integers(0, 30))
    def acknowledge(self, draw: int, days: int) -> None:
        if (row := self.signal(draw)) is not None:
            until = self.day + timedelta(days=days)
            self.tried(lambda: acts.acknowledge(row, self.house.people.trader, "已联系", until))

    @rule(draw=st.integers(0, 9))
    def false_alarm(self, draw: int) -> None:
        if (row := self.signal(draw)) is not None:
            self.tried(lambda: acts.false_alarm(row, self.house.people.trader, "检修"))

    @rule(draw=st.integers(0, 9), beside=st.booleans())
    def open_case(self, draw: int, beside: bool) -> None:
        if (row := self.signal(draw)) is not None:
            why = "另一订单的事" if beside else ""
            self.tried(lambda: acts.open_case(row, self.house.people.trader, beside=why))

    @rule(draw=st.integers(0, 9), outcome=st.sampled_from(["recovered", "false_alarm", ""]))
    def end_case(self, draw: int, outcome: str) -> None:
        row = self.signal(draw, case__state="open")
        if row is None or row.case is None:
            return
        if not outcome:
            self.tried(lambda: moving.withdraw(row.case, None, "重复立项"))  # type: ignore[arg-type]
            return
        Case.objects.filter(pk=row.case_id).update(
            outcome=outcome, state="closed", closed_at=row.opened_at, closed_on=self.day
        )
        row.case.refresh_from_db()
        acts.close_handled(row.case)

    @rule()
    def morning(self) -> None:
        notifying.expire(self.day)
        notifying.tell(self.house.units.ningbo.pk, self.day)
        escalating.note_late(self.day)
        escalating.escalate(self.day)

    @rule(code=st.sampled_from(KINDS))
    def switch(self, code: str) -> None:
        row = RuleUse.objects.filter(rule=code, state="on").first()
        if row is None:
            self.use(code)
        else:
            uses.switch_off(row, self.house.people.trader, "停用")

    @rule(days=st.integers(0, 5))
    def be_quiet(self, days: int) -> None:
        quiet.declare(
            self.house.units.ningbo, self.house.people.trader, self.day, self.day + timedelta(days=days), "割接"
        )

    def shape(self) -> list[Any]:
        return [signals(), _steps(), _cases()]

    @invariant()
    def one_open_signal_a_rule_and_subject(self) -> None:
        if hasattr(self, "house"):
            open_ = Counter((x.bureau, x.rule, x.subject_kind, x.subject) for x in signals() if x.closed_at is None)
            assert not open_ or max(open_.values()) == 1

    @invariant()
    def what_is_behind_another_asks_nobody_and_the_other_is_open(self) -> None:
        if not hasattr(self, "house"):
            return
        rows = {row.pk: row for row in signals()}
        for row in rows.values():
            if row.inhibited_by is None:
                continue
            assert row.closed_at is None and rows[row.inhibited_by].closed_at is None and row.due_at is None
            assert row.case__state != "open"

    @invariant()
    def what_is_closed_waits_for_nothing_and_open_rules_have_open_signals_alone(self) -> None:
        if not hasattr(self, "house"):
            return
        on = set(_rules_on())
        for row in signals():
            if row.closed_at is not None:
                assert row.due_at is None
                continue
            in_case = row.case__state == "open"
            assert row.rule in on or in_case
            assert not ((row.acknowledged_at is not None or in_case) and row.due_at is not None)
            assert row.told_on is None or is_workday(row.told_on) or row.case is not None

    @invariant()
    def no_open_signal_is_in_the_hands_of_a_case_that_is_over_or_of_another_firm(self) -> None:
        if not hasattr(self, "house"):
            return
        for row in signals():
            if row.closed_at is None and row.case is not None:
                assert row.case__state == "open" and row.enterprise == row.case__enterprise

    @invariant()
    def each_step_is_told_once_and_each_open_case_is_of_one_signal(self) -> None:
        if not hasattr(self, "house"):
            return
        once = Counter((signal, what) for signal, what in _steps() if what in ("opened", "late"))
        assert not once or max(once.values()) == 1
        origins = Counter(origin for origin, state in _cases() if state == "open")
        assert not origins or max(origins.values()) == 1


def live(house: House, lives: int, length: int) -> None:
    """Lets signals live so many lives of so many steps."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    HOUSE[:] = [house]
    how = settings(max_examples=lives, stateful_step_count=length, deadline=None, suppress_health_check=checks)
    run_state_machine_as_test(Warnings, settings=how)


@pytest.mark.django_db
def test_signals_keep_their_promises_whatever_happens_in_whatever_order(house: House) -> None:
    live(house, 3, 8)


@pytest.mark.slow
@pytest.mark.django_db
def test_signals_keep_their_promises_over_long_lives(house: House) -> None:
    live(house, 30, 30)
