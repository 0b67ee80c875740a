"""Which firms were warned of around the time of a case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.desk.warnings.conftest import MONDAY, declared, of_firms

from commercebrain.desk.warnings.actions import signals as acts
from commercebrain.desk.warnings.models import Signal
from commercebrain.desk.warnings.warned import AROUND, warned

pytestmark = pytest.mark.django_db


def test_firms_of_the_same_bureau_with_their_gravest_level_but_no_false_alarms(
    house: Any, firms: Any, in_use: Any, run: Any
) -> None:
    in_use(declared("R900", case="warning_response"))
    in_use(declared("R902", when="exports_growth <= -0.6", parameters={}, levels=[{"level": "close_watch"}]))
    run(of_firms(firms, [-0.5, -0.65, -0.4]))
    case = acts.open_case(Signal.objects.get(rule="R900", enterprise=firms[0]), house.people.county)
    found = {firm.pk: level for firm, level in warned(case)}
    assert found == {firms[0].pk: "watch", firms[1].pk: "close_watch", firms[2].pk: "watch"}
    acts.false_alarm(Signal.objects.get(rule="R900", enterprise=firms[2]), house.people.trader, "检修")
    assert firms[2].pk not in {firm.pk for firm, _level in warned(case)}
    Signal.objects.filter(enterprise=firms[1]).update(opened_on=MONDAY - AROUND - timedelta(days=1))
    assert {firm.pk for firm, _level in warned(case)} == {firms[0].pk}
