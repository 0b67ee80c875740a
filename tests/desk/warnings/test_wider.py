"""One shock, one piece of work: narrow signals stand behind a wider one and come back when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.desk.warnings.conftest import MONDAY, declared, of_counties, of_firms, wide
from tests.house import House

from commercebrain.desk.core.models import Event
from commercebrain.desk.warnings import wider as behind
from commercebrain.desk.warnings.actions import signals as acts
from commercebrain.desk.warnings.actions import use as uses
from commercebrain.desk.warnings.models import RuleUse, Signal, SignalStep

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def both(in_use: Any) -> None:
    """A rule over firms, and one over counties that speaks for them."""
    in_use(declared("R900", inhibited_by=["R901"]))
    in_use(wide())


def narrow(firms: Any, place: int = 0) -> Signal:
    return Signal.objects.get(rule="R900", enterprise=firms[place], closed_at=None)


def test_a_narrow_signal_is_kept_behind_a_wider_one_and_asks_nobody(both: None, firms: Any, run: Any) -> None:
    done = run(of_firms(firms, [-0.5, -0.5, -0.5]), of_counties({"330203": -0.5, "330212": 0.1}))
    county = Signal.objects.get(rule="R901")
    assert done.inhibited == 2 and county.inhibited_by is None and county.told_on == MONDAY
    for place in (0, 1):
        signal = narrow(firms, place)
        assert (signal.inhibited_by, signal.told_on, signal.due_at) == (county, None, None)
        steps = SignalStep.objects.filter(signal=signal).order_by("pk").values_list("what", "sentence")
        assert list(steps)[-1] == ("inhibited", str(county.pk))
    assert narrow(firms, 2).told_on == MONDAY
    assert Event.objects.filter(verb="signal.inhibited").count() == 2


def test_when_the_wider_one_ends_the_narrow_ones_that_still_hold_are_told(both: None, firms: Any, run: Any) -> None:
    run(of_firms(firms, [-0.5, -0.5, 0]), of_counties({"330203": -0.5}))
    run(of_firms(firms, [-0.5, 0.0, 0]), of_counties({"330203": 0.0}), on=TUESDAY)
    signal = narrow(firms)
    assert signal.inhibited_by is None and signal.told_on == TUESDAY and signal.due_at
    assert Signal.objects.get(enterprise=firms[1]).end == Signal.End.ENDED
    assert Event.objects.filter(verb="signal.released").count() == 1


def test_a_wider_one_that_a_person_closes_releases_at_once(both: None, firms: Any, run: Any, house: House) -> None:
    run(of_firms(firms, [-0.5, 0, 0]), of_counties({"330203": -0.5}))
    acts.false_alarm(Signal.objects.get(rule="R901"), house.people.county, "统计口径调整")
    assert narrow(firms).inhibited_by is None and narrow(firms).told_on is None
    run(of_firms(firms, [-0.5, 0, 0]), of_counties({"330203": -0.5}), on=TUESDAY)
    assert narrow(firms).inhibited_by is None and narrow(firms).told_on == TUESDAY, "what is closed speaks for nobody"


def test_a_rule_that_is_switched_off_speaks_for_nobody(both: None, firms: Any, run: Any, house: House) -> None:
    run(of_firms(firms, [-0.5, 0, 0]), of_counties({"330203": -0.5}))
    uses.switch_off(RuleUse.objects.get(rule="R901", state="on"), house.people.trader, "改用新规则")
    assert narrow(firms).inhibited_by is None


def test_a_wider_signal_that_comes_later_takes_the_narrow_ones_behind_it(both: None, firms: Any, run: Any) -> None:
    run(of_firms(firms, [-0.5, 0, 0]), of_counties({"330203": 0.0}))
    assert narrow(firms).due_at is not None
    run(of_firms(firms, [-0.5, 0, 0]), of_counties({"330203": -0.5}), on=TUESDAY)
    assert narrow(firms).inhibited_by is not None and narrow(firms).due_at is None


def test_what_is_graver_than_the_wider_one_stands_for_itself(in_use: Any, firms: Any, run: Any) -> None:
    in_use(declared("R900", inhibited_by=["R901"]))
    in_use(wide("R901").model_copy(update={"levels": declared("R900").levels[1:]}))
    run(of_firms(firms, [-0.9, -0.5, 0]), of_counties({"330203": -0.5}))
    assert narrow(firms, 0).inhibited_by is None and narrow(firms, 1).inhibited_by is not None


def test_while_nothing_is_known_of_the_narrow_one_it_stays_behind(both: None, firms: Any, run: Any) -> None:
    run(of_firms(firms, [-0.5, 0, 0]), of_counties({"330203": -0.5}))
    run(of_firms(firms, [None, 0, 0]), of_counties({"330203": -0.5}), on=TUESDAY)
    assert narrow(firms).inhibited_by is not None
    run(of_firms(firms, [None, 0, 0]), of_counties({"330203": 0.5}), on=TUESDAY)
    assert narrow(firms).inhibited_by is None


def test_two_rules_that_speak_for_one_another_do_not_silence_both(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    in_use(declared("R900"))
    in_use(declared("R902"))
    run(of_firms(firms, [-0.5, 0, 0]))
    one, other = (rule_key for rule_key in (("R900", firms[0].uscc), ("R902", firms[0].uscc)))
    assert behind.settle(house.units.ningbo.pk, {one: [other], other: [one]}, MONDAY) == 1
    assert Signal.objects.filter(inhibited_by=None, closed_at=None).count() == 1


def test_settling_again_changes_nothing(both: None, firms: Any, run: Any) -> None:
    facts = of_firms(firms, [-0.5, -0.5, 0]), of_counties({"330203": -0.5})
    run(*facts)
    before = list(Signal.objects.order_by("pk").values()), SignalStep.objects.count()
    run(*facts)
    assert (list(Signal.objects.order_by("pk").values()), SignalStep.objects.count()) == before
