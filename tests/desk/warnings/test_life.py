"""The life of a signal: opening, holding, changing level, ending, and not being asked twice about what was dealt with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.desk.warnings.conftest import MONDAY, declared, of_firms
from tests.house import House

import commercebrain
from commercebrain.desk.core.models import Event
from commercebrain.desk.warnings import escalating
from commercebrain.desk.warnings.actions import signals as acts
from commercebrain.desk.warnings.actions import use as uses
from commercebrain.desk.warnings.models import Evaluation, Signal, SignalStep
from commercebrain.engine import workdays

SHIPPED = Path(commercebrain.__file__).parent / "catalogue" / "lists" / "tariff_list.yaml"
pytestmark = pytest.mark.django_db
TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=n) for n in (1, 2, 3))


def steps(signal: Signal) -> list[str]:
    return list(SignalStep.objects.filter(signal=signal).order_by("pk").values_list("what", flat=True))


def test_a_rule_that_holds_opens_one_signal_with_the_firms_bureau_and_its_evidence(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    in_use(declared("R900"))
    done = run(of_firms(firms, [-0.5, 0.1, -0.8]))
    assert (done.state, done.rules, done.subjects, done.hits, done.opened) == (Evaluation.State.DONE, 1, 3, 2, 2)
    fell, _fine, most = firms
    one, other = Signal.objects.get(enterprise=fell), Signal.objects.get(enterprise=most)
    assert (one.unit, one.bureau, one.level) == (house.units.haishu, house.units.ningbo, "watch")
    assert (other.unit, other.level) == (house.units.yinzhou, "close_watch")
    assert one.sentence_zh == "宁波0号公司出口同比下降50%" and one.evidence["terms"][0]["value"] == "-0.5"
    assert one.declaration["code"] == "R900" and one.escalation[0] == {"after": "1 working day", "to": "county_bureau"}
    assert steps(one) == ["opened", "told"] and one.told_on == MONDAY
    assert one.due_at is not None and str(one.due_at.astimezone().date()) >= "2025-07-22"


def test_the_facts_of_a_signal_name_a_list_that_the_bureau_declared(
    firms: Any, in_use: Any, run: Any, tmp_path: Path, settings: Any
) -> None:
    settings.HOME = tmp_path
    own = tmp_path / "catalogue" / "lists"
    own.mkdir(parents=True)
    text = SHIPPED.read_text(encoding="utf-8").replace("code: tariff_list", "code: own_list")
    (own / "own_list.yaml").write_text(
        text.replace("{zh: 关税清单, en: Tariff list}", "{zh: 重点商品清单, en: Key goods}"), encoding="utf-8"
    )
    in_use(declared("R900", when="exports_growth <= -fall and exposure('own_list') > 0.5"))
    run(of_firms(firms, [-0.5, 0.1, 0.2], **{"exposure('own_list')": [0.6, 0.0, 0.0]}))
    facts = {one["term"]: one for one in Signal.objects.get().evidence["terms"]}["exposure('own_list')"]
    assert facts["zh"].endswith("（重点商品清单）") and facts["en"].endswith(" (Key goods)")


def test_evaluating_again_changes_nothing_and_the_next_day_counts_once_more(firms: Any, in_use: Any, run: Any) -> None:
    in_use(declared("R900"))
    facts = of_firms(firms, [-0.5, 0.1, 0.2])
    run(facts)
    before = Signal.objects.get()
    assert run(facts).opened == 0
    again = Signal.objects.get()
    assert (again.times, again.version, again.updated_at) == (1, before.version, before.updated_at)
    run(facts, on=TUESDAY)
    assert Signal.objects.get().times == 2 and Signal.objects.get().last_held_on == TUESDAY
    assert steps(again) == ["opened", "told"]


def test_what_no_longer_holds_ends_and_what_cannot_be_judged_stays(firms: Any, in_use: Any, run: Any) -> None:
    in_use(declared("R900"))
    run(of_firms(firms, [-0.5, -0.5, -0.5]))
    done = run(of_firms(firms, [0.1, None, -0.5]), on=TUESDAY)
    assert (done.closed, done.unknown) == (1, {"R900": 1})
    ended = Signal.objects.get(enterprise=firms[0])
    assert (ended.end, ended.closed_on) == (Signal.End.ENDED, TUESDAY)
    assert Signal.objects.filter(closed_at=None).count() == 2
    silent = of_firms(firms[:1] + firms[2:], [0.1, -0.5])
    run(silent, on=WEDNESDAY)
    assert Signal.objects.get(enterprise=firms[1]).closed_at is None, "a firm of which nothing is told is not well"


def test_a_firm_that_left_the_bureaus_area_is_no_longer_its_signal(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    in_use(declared("R900"))
    run(of_firms(firms, [-0.5, -0.5, 0.0]))
    firms[0].unit = house.units.shaoxing
    firms[0].save()
    firms[1].unit = house.units.yinzhou
    firms[1].save()
    run(of_firms(firms, [-0.5, -0.5, 0.0]), on=TUESDAY)
    assert Signal.objects.get(enterprise=firms[0]).end == Signal.End.ENDED
    moved = Signal.objects.get(enterprise=firms[1])
    assert moved.unit == house.units.yinzhou and moved.told_on == TUESDAY
    assert steps(moved) == ["opened", "told", "moved", "told"]


def test_a_level_that_rises_asks_anew_and_one_that_falls_does_not(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    in_use(declared("R900"))
    run(of_firms(firms, [-0.5, 0, 0]))
    signal = acts.acknowledge(Signal.objects.get(), house.people.county, "已联系企业", date(2025, 8, 8))
    run(of_firms(firms, [-0.9, 0, 0]), on=TUESDAY)
    signal.refresh_from_db()
    assert (signal.level, signal.acknowledged_at, signal.told_on) == ("close_watch", None, TUESDAY)
    assert signal.sentence_zh.endswith("下降90%") and steps(signal)[-2:] == ["raised", "told"]
    signal = acts.acknowledge(signal, house.people.county, "已上门", date(2025, 8, 8))
    run(of_firms(firms, [-0.4, 0, 0]), on=WEDNESDAY)
    signal.refresh_from_db()
    assert signal.level == "watch" and signal.acknowledged_at is not None and steps(signal)[-1] == "lowered"


def test_a_false_alarm_is_not_raised_again_while_the_rule_goes_on_holding(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    in_use(declared("R900"))
    held, well = of_firms(firms, [-0.5, 0, 0]), of_firms(firms, [0.5, 0, 0])
    run(held)
    acts.false_alarm(Signal.objects.get(), house.people.county, "年度检修停产")
    assert run(held, on=TUESDAY).opened == 0 and run(held, on=WEDNESDAY).opened == 0
    assert run(of_firms(firms, [-0.8, 0, 0]), on=WEDNESDAY).opened == 1, "a worse level is another matter"
    Signal.objects.filter(closed_at=None).delete()
    run(well, on=THURSDAY)
    assert run(held, on=THURSDAY + timedelta(days=1)).opened == 1, "it held no more in between"


def test_after_half_a_year_what_was_dealt_with_is_asked_again(firms: Any, in_use: Any, run: Any, house: House) -> None:
    in_use(declared("R900"))
    run(of_firms(firms, [-0.5, 0, 0]))
    acts.false_alarm(Signal.objects.get(), house.people.county, "年度检修停产")
    later = MONDAY + timedelta(days=184)
    Signal.objects.update(last_held_on=later - timedelta(days=1))
    assert run(of_firms(firms, [-0.5, 0, 0]), on=later).opened == 1


def test_what_is_told_of_a_rule_that_was_switched_off_ends_and_may_begin_again(
    firms: Any, in_use: Any, run: Any, house: House
) -> None:
    use = in_use(declared("R900"))
    run(of_firms(firms, [-0.5, 0, 0]))
    uses.switch_off(use, house.people.director, "误报太多")
    assert Signal.objects.get().end == Signal.End.RULE_OFF
    assert run(of_firms(firms, [-0.5, 0, 0])).rules == 0
    in_use(declared("R900"))
    assert run(of_firms(firms, [-0.5, 0, 0])).opened == 1


def test_a_rule_that_is_valid_no_more_closes_its_signals(firms: Any, in_use: Any, run: Any) -> None:
    in_use(declared("R900", valid={"until": "2025-07-22"}))
    run(of_firms(firms, [-0.5, 0, 0]))
    run(of_firms(firms, [-0.5, 0, 0]), on=WEDNESDAY)
    assert Signal.objects.get().end == Signal.End.RULE_OFF


def test_an_exclusive_rule_takes_the_place_of_another(firms: Any, in_use: Any, run: Any) -> None:
    in_use(declared("R900", exclusive_of=["R902"]))
    in_use(declared("R902", when="exports_growth <= -0.6"))
    run(of_firms(firms, [-0.5, 0, 0]))
    run(of_firms(firms, [-0.65, 0, 0]), on=TUESDAY)
    assert Signal.objects.get(rule="R900").end == Signal.End.ENDED
    assert Signal.objects.get(rule="R902").closed_at is None


def test_what_must_hold_for_two_months_is_not_ended_because_a_month_is_missing(
    firms: Any, in_use: Any, run: Any
) -> None:
    in_use(declared("R900", hold={"for": 2, "of": "month"}))
    now, before = of_firms(firms, [-0.5, 0, 0]), of_firms(firms, [-0.4, 0, 0])
    now.earlier = {"month": [before]}
    assert run(now).opened == 1
    alone = of_firms(firms, [-0.5, 0, 0])
    run(alone, on=TUESDAY)
    assert Signal.objects.get().closed_at is None
    now = of_firms(firms, [0.0, 0, 0])
    now.earlier = {"month": [of_firms(firms, [-0.5, 0, 0])]}
    run(now, on=WEDNESDAY)
    assert Signal.objects.get().end == Signal.End.ENDED


def test_an_evaluation_of_an_earlier_day_changes_nothing_of_a_later_one(firms: Any, in_use: Any, run: Any) -> None:
    in_use(declared("R900"))
    run(of_firms(firms, [-0.5, 0, 0]), on=WEDNESDAY)
    run(of_firms(firms, [0.5, 0, 0]), on=TUESDAY)
    signal = Signal.objects.get()
    assert signal.closed_at is None and signal.last_held_on == WEDNESDAY


def test_what_goes_wrong_is_kept_with_the_evaluation(firms: Any, in_use: Any, run: Any) -> None:
    in_use(declared("R900"))
    broken = of_firms(firms, [-0.5, 0, 0])
    broken.columns = {}
    broken._columns = {"exports_growth": ["a", "b"]}  # no column of this length can be read
    with pytest.raises(Exception):  # noqa: B017 - whatever it is, it is kept
        run(broken)
    row = Evaluation.objects.get()
    assert row.state == Evaluation.State.FAILED and row.fault and row.ended_at
    assert Event.objects.filter(verb="rules.failed").count() == 1


def test_a_year_whose_holidays_are_not_announced_stops_no_warning(
    firms: Any, in_use: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_use(declared("R900", case="warning_response"))
    known = workdays.notices()
    monkeypatch.setattr(workdays, "notices", lambda: replace(known, years=range(2004, 2025)))
    for day in (date(2025, 10, 1), date(2025, 10, 4)):  # a Wednesday that is not known to be off, and a Saturday
        run(of_firms(firms, [-0.5, -0.8, 0]), on=day)
    plain, grave = Signal.objects.order_by("enterprise")
    assert (plain.told_on, grave.told_on) == (date(2025, 10, 1),) * 2 and grave.case is not None
    assert plain.due_at is not None and escalating.escalate(date(2025, 10, 3)) == 1
