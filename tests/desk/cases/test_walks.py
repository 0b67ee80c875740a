"""Any legal walk keeps its promises: one clock of a code runs, what a gate asks for is there, an ended case has no clock."""

from __future__ import annotations

import contextlib
import itertools
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.desk.cases.conftest import warning
from tests.desk.cases.test_scopes import WISH

from commercebrain.desk.cases import actions, queries
from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case, Pause, StageChange
from commercebrain.desk.cases.standing import standing
from commercebrain.desk.core.models import Event
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
VALUES = {
    "contacted_on": "2025-07-21", "contact_way": "call", "situation": "客户延期", "measure_kind": "credit_insurance",
    "measure_due": "2025-08-08", "measure_done": "2025-07-21", "outcome": "recovered", "handled_by": "1",
    "asked_firm": "请补充", "firm_reply": "见附件", "answer": "已答复", "solved": "partly", "rating": 4, **WISH,
}  # fmt: skip
STEP = st.one_of(
    st.tuples(st.just("move"), st.integers(0, 7), st.booleans()),
    st.tuples(st.just("fill"), st.sampled_from(sorted(VALUES)), st.booleans()),
    st.tuples(st.just("finding"), st.sampled_from(["orders_lost", "explained", "false_alarm"]), st.just(True)),
    st.tuples(st.just("pause"), st.integers(0, 3), st.booleans()),
    st.tuples(st.just("hand"), st.sampled_from(["jia", "yi"]), st.just(True)),
)


def keeps_its_promises(case: Case) -> None:
    """What holds of every case at every moment."""
    case.refresh_from_db()
    template = template_of(case)
    running = [clock for clock in case.clocks.all() if clock.met_at is None and clock.dropped_at is None]
    assert len({clock.code for clock in running}) == len(running)
    assert not standing(case).missing(case.stage), "a stage holds what its gates ask for"
    assert (case.state == "open") == (case.closed_at is None) == (case.closed_on is None)
    assert template.is_final(case.stage) == (case.state == "closed")
    if case.state != "open":
        assert not running and not standing(case).moves(None)
    for clock in case.clocks.all():
        assert clock.due_at >= clock.started_at or clock.code == "measure"
        assert clock.pauses.filter(until=None).count() <= (clock in running)
        assert clock.met_at is None or clock.dropped_at is None
    changes = list(StageChange.objects.filter(case=case).order_by("at", "pk"))
    assert changes[0].target == template.first and changes[-1].target == case.stage
    assert all(one.target == two.source for one, two in itertools.pairwise(changes))
    for one in changes[1:]:
        if one.transition != "withdraw":
            assert one.source in template.transitions[one.transition].from_
    told = Event.objects.filter(subject_type="cases.case", subject_id=str(case.pk))
    assert told.filter(verb__in=["case.moved", "case.closed", "case.withdrawn"]).count() == len(changes) - 1


@settings(
    max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(kind=st.booleans(), steps=st.lists(STEP, max_size=10), ends=st.booleans())
def test_any_walk_keeps_stage_gates_clocks_and_history_in_step(
    city: SimpleNamespace, kind: bool, steps: list[tuple[str, object, bool]], ends: bool
) -> None:
    people = city.people
    if kind:
        case = warning(city)
    else:
        case = actions.start(
            "firm_request", unit=city.jia, region=city.own.region, title="诉求", person=people.firm, enterprise=city.own,
            values=WISH,
        )  # fmt: skip
    values = {**VALUES, "handled_by": str(city.jia.pk)}
    known = template_of(case).by_code
    keeps_its_promises(case)
    for what, which, yes in steps:
        person = people.jia if case.unit_id == city.jia.pk else people.yi
        with contextlib.suppress(UserError):
            if what == "move":
                ways = queries.moves(case, person) + queries.moves(case, people.firm)
                if ways:
                    way = ways[which % len(ways)]
                    given_ = {one.code: values[one.code] for one in way.missing if one.code in values and yes}
                    given_ |= {code: values[code] for code in way.transition.needs if code in values}
                    actor = person if way.code in {one.code for one in queries.moves(case, person)} else people.firm
                    actions.move(case, actor, way.code, values=given_, sentence="随机办理")
            elif what in ("fill", "finding"):
                code, value = ("finding", which) if what == "finding" else (str(which), values[str(which)])
                if code in known:
                    actions.fill(case, person, {code: value if yes else ""})
            elif what == "pause":
                clocks = queries.clocks(case)
                if clocks:
                    clock = clocks[which % len(clocks)]
                    if Pause.objects.filter(clock=clock, until=None).exists():
                        actions.resume(clock, person)
                    else:
                        actions.pause(clock, person, "等待企业")
            else:
                actions.hand_over(case, person, getattr(city, str(which)), "属地调整")
        keeps_its_promises(case)
    if ends and case.state == "open":
        actions.withdraw(case, people.chief, "结束")
        keeps_its_promises(case)
