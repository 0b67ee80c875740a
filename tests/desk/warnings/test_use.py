"""Rules in use: tested, proposed by one, approved by another, switched off; as they were approved, whatever comes later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.desk.warnings.conftest import MONDAY, declared, of_firms
from tests.house import House

from commercebrain.desk.core.models import Event
from commercebrain.desk.warnings.actions import use as uses
from commercebrain.desk.warnings.kinds import rules
from commercebrain.desk.warnings.models import BackTest, RuleUse, Signal
from commercebrain.desk.warnings.permission import Refused
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
TESTED = {"precision": 0.6}


def propose(house: House, rule: Any = None, person: str = "trader", **changes: Any) -> RuleUse:
    given: dict[str, Any] = {"parameters": {}, "tested": TESTED, "reason": "试用", **changes}
    return uses.propose(
        rule or declared("R900"), house.units.ningbo, given["parameters"], given["tested"],
        getattr(house.people, person), given["reason"],
    )  # fmt: skip


def test_a_rule_is_used_after_another_person_approved_it(house: House) -> None:
    row = propose(house)
    assert (row.state, row.proposed_by, row.tested) == ("proposed", house.people.trader, TESTED)
    with pytest.raises(Refused, match="another person"):
        uses.approve(row, house.people.trader)
    assert not uses.may_decide(house.people.trader, row) and uses.may_decide(house.people.director, row)
    row = uses.approve(row, house.people.director)
    assert (row.state, row.since, row.decided_by) == ("on", MONDAY, house.people.director)
    with pytest.raises(Refused, match="did not take effect"):
        uses.approve(row, house.people.planner)
    assert list(Event.objects.filter(verb__startswith="rule.").order_by("pk").values_list("verb", flat=True)) == [
        "rule.proposed", "rule.approved",
    ]  # fmt: skip


@pytest.mark.parametrize("person", ["county", "sister", "evaluator", "firm", "nobody", "admin", "it"])
def test_only_persons_who_may_enter_for_the_bureau_deal_with_its_rules(house: House, person: str) -> None:
    with pytest.raises(Refused) as refused:
        propose(house, person=person)
    assert refused.value.status == 403
    row = propose(house)
    for act in (lambda who: uses.approve(row, who), lambda who: uses.decline(row, who, "不需要")):
        with pytest.raises(Refused):
            act(getattr(house.people, person))
    row = uses.approve(row, house.people.planner)
    with pytest.raises(Refused):
        uses.switch_off(row, getattr(house.people, person), "不需要")


def test_a_proposal_needs_a_back_test_a_reason_and_thresholds_within_bounds(house: House) -> None:
    backtest = {"truth": "exports_fall"}
    with pytest.raises(Refused, match="tested on history"):
        propose(house, declared("R900", backtest=backtest), tested=None)
    assert propose(house, declared("R901"), tested=None).tested == {}, "what nothing can be held against needs none"
    with pytest.raises(Refused, match="Say why"):
        propose(house, reason=" ")
    with pytest.raises(UserError, match="between"):
        propose(house, parameters={"fall": "0.95"})
    with pytest.raises(UserError, match="no parameter"):
        propose(house, parameters={"rise": "0.5"})
    propose(house)
    with pytest.raises(Refused, match="waits for its approval"):
        propose(house)


def test_the_back_test_must_be_of_this_rule_this_bureau_these_thresholds_and_young(house: House) -> None:
    kept: dict[str, Any] = {"rule": "R900", "unit": house.units.ningbo, "first": "2024-01", "last": "2025-03",
                            "truth": "exports_fall", "made_on": MONDAY, "parameters": {"fall": "0.5"}}  # fmt: skip
    fits = BackTest.objects.create(**kept, result={"precision": 0.7})
    row = propose(house, parameters={"fall": 0.5}, tested=fits)
    assert row.tested == {
        "precision": 0.7,
        "back_test": fits.pk,
        "first": "2024-01",
        "last": "2025-03",
        "truth": "exports_fall",
    }
    row.delete()
    for wrong in ({"rule": "R901"}, {"unit": house.units.shaoxing}, {"parameters": {}}):
        with pytest.raises(Refused, match="run it anew"):
            propose(house, parameters={"fall": 0.5}, tested=BackTest.objects.create(**{**kept, **wrong}))
    with pytest.raises(Refused, match="three months ago"):
        old = BackTest.objects.create(**{**kept, "made_on": MONDAY - timedelta(days=120)})
        propose(house, parameters={"fall": 0.5}, tested=old)


def test_a_new_approval_takes_the_place_of_the_thresholds_before_and_signals_go_on(
    house: House, firms: Any, in_use: Any, run: Any
) -> None:
    first = in_use(declared("R900"))
    run(of_firms(firms, [-0.5, -0.35, 0]))
    second = in_use(declared("R900"), fall="0.4")
    first.refresh_from_db()
    assert (first.state, first.until, second.state) == ("off", MONDAY, "on")
    run(of_firms(firms, [-0.5, -0.35, 0]), on=MONDAY + timedelta(days=1))
    assert Signal.objects.get(enterprise=firms[0]).closed_at is None
    assert Signal.objects.get(enterprise=firms[1]).end == Signal.End.ENDED


def test_a_rule_goes_on_as_it_was_approved_when_the_catalogue_changes(house: House, firms: Any, run: Any) -> None:
    code = next(iter(rules()))
    assert uses.propose(code, house.units.ningbo, {}, TESTED, house.people.trader, "试用").rule == code
    with pytest.raises(Refused, match="no rule"):
        uses.propose("R999", house.units.ningbo, {}, TESTED, house.people.trader, "试用")
    row = uses.approve(propose(house), house.people.planner)
    assert row.rule not in rules(), "it is declared no more"
    assert run(of_firms(firms, [-0.5, 0, 0])).opened == 1


def test_who_proposed_takes_it_back_and_another_declines_with_a_reason(house: House) -> None:
    row = uses.decline(propose(house), house.people.trader, "先看看再说")
    assert (row.state, row.decided_by, row.since) == ("off", None, None)
    other = uses.decline(propose(house), house.people.director, "误报太多")
    assert other.decided_by == house.people.director
    with pytest.raises(Refused, match="Say why"):
        uses.decline(propose(house), house.people.director, "")


def test_who_looked_at_an_earlier_version_is_told(house: House) -> None:
    row = propose(house)
    with pytest.raises(Refused):
        uses.approve(row, house.people.planner, seen=row.version + 1)
    uses.approve(row, house.people.planner, seen=row.version)
