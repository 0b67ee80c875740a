"""No signal stays open for ever because a unit was closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.desk.warnings.conftest import MONDAY, declared, of_firms
from tests.desk.warnings.test_watching import Context
from tests.house import House

from commercebrain.desk.people.actions import close_unit, create_unit
from commercebrain.desk.people.models import Unit
from commercebrain.desk.warnings import closed_units, jobs
from commercebrain.desk.warnings.actions import signals as acts
from commercebrain.desk.warnings.models import RuleUse, Signal, SignalStep

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)


def closed(unit: Any, successor: Any = None) -> None:
    """The unit as it stands after its closing; who had a role there is the business of people."""
    Unit.objects.filter(pk=unit.pk).update(closed_on=MONDAY, successor=successor)


def test_signals_of_a_closed_unit_go_to_the_one_that_succeeds_it_or_to_the_nearest_above(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    in_use(declared("R900"))
    facts = of_firms(firms, [-0.5, None, -0.5])
    run(facts)
    other = create_unit("海曙区经济局", "Economy bureau", house.units.haishu.region, house.units.ningbo)
    close_unit(house.units.haishu, other)
    closed(house.units.yinzhou)
    run(of_firms(firms, [-0.5, None, None]), on=TUESDAY)  # of the third nothing can be told today
    first, third = Signal.objects.get(enterprise=firms[0]), Signal.objects.get(enterprise=firms[2])
    assert (first.unit, third.unit) == (other, house.units.ningbo) and first.closed_at is third.closed_at is None
    assert SignalStep.objects.filter(what="moved").count() == 2
    run(of_firms(firms, [-0.5, -0.5, -0.5]), on=TUESDAY)
    assert Signal.objects.get(enterprise=firms[1]).unit == other, "a new one too"
    assert SignalStep.objects.filter(what="moved").count() == 2, "once"


def test_a_bureau_that_was_closed_leaves_no_signal_open_but_those_in_the_hands_of_a_case(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    in_use(declared("R900", case="warning_response", proposes=["visit"]))
    run(of_firms(firms, [-0.5, 0, -0.5]))
    case = acts.open_case(Signal.objects.get(enterprise=firms[2]), house.people.planner)
    closed(house.units.ningbo)
    context: Any = Context()
    jobs.evaluate(context)  # of all bureaus: this one is evaluated no more
    assert context.said == ["已撤销单位的预警关闭1条"] and closed_units.close_down(TUESDAY) == 0
    over, worked = Signal.objects.get(enterprise=firms[0]), Signal.objects.get(enterprise=firms[2])
    assert (over.end, over.closed_on, worked.closed_at) == (Signal.End.UNIT_CLOSED, MONDAY, None)
    assert RuleUse.objects.get().state == RuleUse.State.OFF
    case.state, case.outcome = "closed", "recovered"
    acts.close_handled(case)
    worked.refresh_from_db()
    assert worked.end == Signal.End.HANDLED
