"""Who is told of what: by the kind's own audience, by subscription, within what they may see, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from tests.desk.notices.conftest import happened
from tests.house import House

from commercebrain.desk.core import jobs
from commercebrain.desk.core.events import record
from commercebrain.desk.core.models import Setting
from commercebrain.desk.notices import actions, queries
from commercebrain.desk.notices.dispatch import POSITION, dispatch
from commercebrain.desk.notices.kinds import kinds, load
from commercebrain.desk.notices.models import Mail, Notice, Subscription
from commercebrain.desk.people import actions as people_actions
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db


def told() -> set[str]:
    return set(Notice.objects.filter(in_app=True).values_list("person__username", flat=True))


def test_the_first_run_begins_with_what_happens_from_then_on(house: House) -> None:
    happened(house)
    assert dispatch() == 0 and not Notice.objects.exists()
    happened(house)
    assert dispatch() == 1 and Notice.objects.exists()


def test_whoever_works_in_the_unit_and_may_see_it_is_told_and_nobody_else(begun: House) -> None:
    happened(begun, by=begun.people.planner)
    dispatch()
    # The planner did it; the administrator works there too but sees no plans.
    assert {"director", "clerk", "trader"} <= told()
    assert not told() & {"planner", "admin", "county", "sister", "province", "nobody"}


def test_the_superior_unit_is_told_of_tasks(begun: House) -> None:
    happened(begun, "task.done", by=begun.people.planner)
    dispatch()
    assert "province" in told() and "sister" not in told()


def test_a_place_adds_what_happens_there_and_below_but_gives_no_right(begun: House) -> None:
    region = begun.regions["330200"]
    for person in (begun.people.province, begun.people.sister, begun.people.county):
        actions.subscribe(person, "plans", region=region)
    happened(begun, unit="haishu")
    dispatch()
    assert "province" in told() and not told() & {"sister"}
    notice = Notice.objects.get(person=begun.people.province)
    assert queries.unread(begun.people.province) == 1
    assert actions.mark_read(begun.people.sister, [notice.pk]) == 0
    assert actions.mark_read(begun.people.province) == 1 and queries.unread(begun.people.province) == 0


def test_a_kind_that_was_switched_off_is_not_told(begun: House) -> None:
    actions.subscribe(begun.people.director, "plans", in_app=False)
    happened(begun)
    dispatch()
    assert "director" not in told() and "clerk" in told()


def test_a_role_given_is_told_to_whom_it_was_given(begun: House) -> None:
    people_actions.grant(begun.people.nobody, begun.units.ningbo, begun.roles["it_department"])
    dispatch()
    assert told() == {"nobody"}


def test_a_jobs_end_is_told_to_who_started_it(begun: House) -> None:
    @jobs.job("notices.test", zh="试", en="try")
    def run(context: jobs.JobContext) -> dict[str, Any]:
        return {}

    with transaction.atomic():
        jobs.start("notices.test", begun.people.clerk)
    dispatch()
    assert told() == {"clerk"}


def test_a_worker_killed_between_writing_and_moving_on_tells_nothing_twice(begun: House) -> None:
    before = Setting.objects.get(key=POSITION).value
    happened(begun)
    dispatch()
    count = Notice.objects.count()
    Setting.objects.filter(key=POSITION).update(value=before)  # as if the last step had been lost
    assert dispatch() >= 1 and Notice.objects.count() == count


def test_a_subscription_is_kept_once_a_person_kind_and_place(house: House) -> None:
    for mail in (Mail.OFF, Mail.DAILY):
        actions.subscribe(house.people.clerk, "plans", mail=mail)
        actions.subscribe(house.people.clerk, "plans", mail=mail, unit=house.units.haishu)
    assert Subscription.objects.count() == 2
    with pytest.raises(UserError, match="plans"):
        actions.subscribe(house.people.clerk, "planets")


@pytest.mark.parametrize(
    "text",
    [
        "kinds: {a: {name: {zh: 甲, en: A}, verbs: [no.such], to: [unit]}}",
        "kinds: {a: {name: {zh: 甲, en: A}, verbs: [plan.read], to: [everybody]}}",
        "kinds: {a: {name: {zh: 甲, en: A}, verbs: [plan.read], to: [unit], mail: hourly}}",
        "kinds: {a: {name: {zh: 甲, en: A}, verbs: [plan.read], to: [unit]}, b: {name: {zh: 乙, en: B}, verbs: [plan.read], to: [unit]}}",
    ],
)
def test_a_kind_that_names_what_is_not_there_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "notices.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"notices\.yaml"):
        load(file)


def test_the_products_own_kinds_are_in_order() -> None:
    assert len(kinds()) >= 7


def test_changes_of_how_one_signs_in_are_told_even_when_they_bear_ones_own_name(begun: House) -> None:
    """They may have been somebody else's doing."""
    from commercebrain.desk.access import tokens

    people_actions.change_password(begun.people.clerk, "Kept-by-myself-7")
    tokens.create(begun.people.county, "exchange", "read", 30)
    people_actions.reset_password(begun.people.planner, begun.people.root)
    dispatch()
    assert told() == {"clerk", "county", "planner"}
    assert Notice.objects.get(person=begun.people.county).kind == "credentials"


def test_a_lock_out_is_told_to_the_administrators_near_and_to_the_person(begun: House) -> None:
    from commercebrain.desk.people.signals import locked_out

    locked_out(None, username="county")
    dispatch()
    assert told() == {"admin", "root", "county"}
    Notice.objects.all().delete()
    for name in ("sister", "no-such-name", str(begun.people.clerk.pk)):
        locked_out(None, username=name)
    dispatch()
    assert told() == {"root", "sister"}  # nobody manages 绍兴 but who manages everything


def test_a_delegation_is_told_to_who_shall_act(begun: House) -> None:
    from datetime import date

    from commercebrain.desk.people.models import Right

    director = begun.people.director
    people_actions.delegate(
        director.memberships.get(), begun.people.planner, date(2025, 8, 1), date(2025, 8, 9), [Right.SEE], by=director
    )
    dispatch()
    assert told() == {"planner"}


def test_a_log_that_does_not_verify_is_told_to_who_runs_the_whole_system(begun: House) -> None:
    from commercebrain.desk.core.events import record

    record("log.unsound", "core.event", None, faults=3)
    dispatch()
    assert told() == {"root"}


def test_whom_an_escalation_names_is_told_as_far_as_they_may_see_it(begun: House) -> None:
    named = [begun.people.county.pk, begun.people.neighbour.pk, begun.people.director.pk]
    unit, words = begun.units.haishu, {"count": 3, "to": "局领导", "to_en": "the director"}
    with transaction.atomic():
        record("signals.escalated", ("people.unit", str(unit.pk)), None, unit, persons=named, **words)
    dispatch()
    assert told() == {"county", "director"}, "the sister county is not told of what it may not see"
