"""Somebody watches the watcher: an alarm when no evaluation ended by the hour of a working day, over when one ran."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from tests.desk.warnings.conftest import MONDAY, declared, of_firms
from tests.house import House

from commercebrain.desk.core.models import Event, Job, Setting
from commercebrain.desk.notices.dispatch import dispatch
from commercebrain.desk.notices.models import Notice
from commercebrain.desk.warnings import evaluation, jobs, watching
from commercebrain.desk.warnings.models import Alarm, Evaluation
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)


def at(day: date, hour: int = 9) -> datetime:
    """A moment of a day, which is the business date from then on."""
    Setting.objects.update_or_create(key="business_date", defaults={"value": day.isoformat()})
    return datetime.combine(day, time(hour), BEIJING)


@pytest.fixture
def used(in_use: Any, firms: Any) -> None:
    """A rule that is in use since Monday."""
    in_use(declared("R900"))


def test_without_an_evaluation_an_alarm_is_raised_once_and_told(used: None, house: House) -> None:
    assert watching.watch(at(MONDAY)) == [], "the rule is in use since today"
    dispatch()
    (alarm,) = watching.watch(at(TUESDAY))
    assert alarm.unit == house.units.ningbo and "从未运行过" in alarm.why_zh and "never" in alarm.why_en
    assert watching.watch(at(TUESDAY)) == [] and Alarm.objects.count() == 1
    assert watching.standing(house.units.ningbo).missing and len(watching.troubles()) == 1
    dispatch()
    told = set(Notice.objects.filter(in_app=True).values_list("person__username", flat=True))
    assert {"admin", "director", "trader"} <= told and not told & {"county", "sister", "firm", "nobody"}


def test_an_evaluation_that_ran_ends_the_alarm(used: None, firms: Any, run: Any, house: House) -> None:
    watching.watch(at(TUESDAY))
    run(of_firms(firms, [0, 0, 0]), on=TUESDAY)
    assert Alarm.objects.get().over_at is not None and Event.objects.filter(verb="alarm.over").count() == 1
    assert watching.watch(at(TUESDAY)) == [] and not watching.troubles()


def test_an_evaluation_that_fails_raises_it_at_once_and_says_why(
    used: None, firms: Any, run: Any, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any, **_more: Any) -> Any:
        raise UserError("lake.unreadable", "数据湖打不开，请运行 cbrain doctor。", "The lake cannot be read.")

    monkeypatch.setattr(evaluation, "evaluate_rules", broken)
    at(TUESDAY)
    with pytest.raises(UserError, match="lake"):
        run(of_firms(firms, [0, 0, 0]), on=TUESDAY)
    assert "数据湖打不开" in Alarm.objects.get().why_zh
    assert watching.standing(house.units.ningbo).why_zh.startswith("2025-07-22的运行失败")


def test_on_days_off_nothing_is_missing_but_the_friday_before(used: None, firms: Any, run: Any, house: House) -> None:
    friday = MONDAY + timedelta(days=4)
    run(of_firms(firms, [0, 0, 0]), on=friday)
    assert not watching.standing(house.units.ningbo, at(friday + timedelta(days=1))).missing
    assert watching.standing(house.units.ningbo, at(friday + timedelta(days=3))).missing


def test_before_the_hour_of_the_day_only_the_working_day_before_counts(
    used: None, firms: Any, run: Any, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "pinned", lambda: False)
    run(of_firms(firms, [0, 0, 0]), on=TUESDAY)
    wednesday = TUESDAY + timedelta(days=1)
    assert not watching.standing(house.units.ningbo, at(wednesday, 8)).missing
    assert watching.standing(house.units.ningbo, at(wednesday, 9)).missing
    Evaluation.objects.create(unit=house.units.ningbo, on=wednesday, started_at=at(wednesday, 5))
    assert "还没有结束" in watching.standing(house.units.ningbo, at(wednesday, 9)).why_zh


def test_what_waits_in_the_queue_is_not_late_where_the_date_stands_still(used: None, house: House) -> None:
    Job.objects.create(kind=watching.JOB, arguments={})
    assert watching.watch(at(TUESDAY)) == []


def test_a_bureau_that_uses_no_rules_is_not_watched(house: House) -> None:
    assert watching.watch(at(TUESDAY)) == [] and watching.troubles([house.units.ningbo]) == []


def test_an_evaluation_that_was_left_running_is_noted_as_interrupted(
    used: None, firms: Any, run: Any, house: House
) -> None:
    old = Evaluation.objects.create(unit=house.units.ningbo, on=MONDAY, started_at=at(MONDAY) - timedelta(days=900))
    run(of_firms(firms, [0, 0, 0]))
    old.refresh_from_db()
    assert (old.state, old.fault) == (Evaluation.State.FAILED, "interrupted")


class Context:
    """What a job is given, kept for looking at."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def progress(self, done: int, total: int, zh: str = "", en: str = "") -> None:
        """Nobody looks."""

    def say(self, zh: str, en: str = "") -> None:
        self.said.append(zh)


def test_the_job_evaluates_every_bureau_and_one_that_fails_stops_no_other(
    used: None, firms: Any, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from commercebrain.desk.warnings import facts
    from commercebrain.desk.warnings.actions import use as uses

    other = uses.propose(declared("R900"), house.units.shaoxing, {}, {"p": 1}, house.people.sister, "试用")
    uses.approve(other, house.people.province)
    failing = house.units.ningbo.pk

    class Facts:
        def __init__(self, unit: Any) -> None:
            if unit.pk == failing:
                raise UserError("lake.unreadable", "数据湖打不开。", "The lake cannot be read.")
            self.frames = {"firm": of_firms(firms, [-0.5, 0, 0])}

    monkeypatch.setattr(facts, "city", lambda unit, on, subjects: Facts(unit))
    context: Any = Context()
    with pytest.raises(UserError, match="lake"):
        jobs.evaluate(context)
    assert [row.state for row in Evaluation.objects.order_by("unit")] == ["failed", "done"]
    failing = 0
    assert jobs.evaluate(context)["opened"] == 1 and jobs.watch(context)["alarms"] == 0
