"""A case from its start to its end: numbers, gates, who may, what is told to whom, and what an end leaves behind."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from tests.desk.cases.conftest import CONTACT, MEASURE, warning

from commercebrain.desk.cases import actions, by_itself, closing, forms, jobs, queries, work
from commercebrain.desk.cases.models import Case, Clock, StageChange
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.models import Event
from commercebrain.desk.core.versioned import Conflict
from commercebrain.desk.people.models import Membership, Unit
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db


def test_a_case_goes_to_the_bureau_of_its_firm_with_a_number_a_clock_and_its_declaration(city: SimpleNamespace) -> None:
    case = warning(city)
    assert (case.unit, case.stage, case.state, case.officer) == (city.jia, "opened", "open", None)
    assert case.number == "甲预〔2025〕1号"
    assert case.declaration["code"] == "warning_response" and case.synthetic and not case.firm_sees
    clock = case.clocks.get()
    assert (clock.code, clock.due_at.isoformat()) == ("acknowledge", "2025-07-22T15:59:59+00:00")
    assert Event.objects.get(verb="case.started").unit == city.jia
    assert warning(city, city.other).number.startswith("乙")


def test_a_case_without_a_firm_goes_to_the_section_of_the_line(city: SimpleNamespace) -> None:
    case = actions.start(
        "warning_response", unit=city.top, region=city.top.region, title=("市场下降", "Market"), origin="x:1"
    )
    assert case.unit == city.section and case.number.startswith("示")


def test_of_one_origin_one_case_is_open_and_after_its_end_another_may_begin(city: SimpleNamespace) -> None:
    first = warning(city, origin="warnings.signal:1")
    assert warning(city, origin="warnings.signal:1") == first
    actions.withdraw(first, city.people.jia, "重复")
    second = warning(city, origin="warnings.signal:1")
    assert second != first and second.number.endswith("2号"), "a withdrawn case keeps its number"


def test_the_whole_way_through_gates_clocks_and_sentences(city: SimpleNamespace) -> None:
    heard: list[Case] = []
    closing.on_close("tests:", heard.append)
    people, case = city.people, warning(city, origin="tests:1")
    case = actions.move(case, people.jia, "acknowledge", seen=case.version)
    assert case.officer == people.jia, "whoever acknowledges is in charge"
    with pytest.raises(UserError) as refusal:
        actions.move(case, people.jia, "contact")
    assert refusal.value.code == "cases.missing"
    assert set(refusal.value.fields) == {"contacted_on", "contact_way", "finding"}
    assert {one.code for one in queries.missing(case, "contact")} == set(refusal.value.fields), "one function says both"
    case = actions.move(case, people.jia, "contact", values=CONTACT)
    with pytest.raises(UserError, match="误报"):
        actions.move(case, people.jia, "close_false_alarm", sentence="误报")
    case = actions.move(case, people.jia, "decide_measure", values=MEASURE)
    assert {(one.code, one.met_at is not None) for one in case.clocks.all()} == {
        ("acknowledge", True), ("contact", True), ("decide", True), ("measure", False),
    }  # fmt: skip
    assert case.clocks.get(code="measure").due_at.isoformat() == "2025-08-08T15:59:59+00:00"
    case = actions.move(case, people.jia, "take_effect", values={"measure_done": "2025-07-21"})
    with pytest.raises(UserError) as refusal:
        actions.move(case, people.jia, "close_result", values={"outcome": "recovered"}, sentence="好了")
    assert refusal.value.code == "cases.condition"
    assert heard == []


def test_a_false_alarm_closes_with_its_outcome_and_whoever_opened_it_hears(city: SimpleNamespace) -> None:
    heard: list[tuple[str, str]] = []
    closing.on_close("tests:", lambda case: heard.append((case.state, case.outcome)))
    people, case = city.people, warning(city, origin="tests:2")
    actions.move(case, people.jia, "acknowledge")
    told = {**CONTACT, "finding": "误报", "situation": "单证错录"}
    actions.move(case, people.jia, "contact", values=told)
    with pytest.raises(UserError) as refusal:
        actions.move(case, people.jia, "close_false_alarm")
    assert refusal.value.code == "cases.no_sentence"
    case = actions.move(case, people.jia, "close_false_alarm", sentence="报关单更正")
    assert (case.state, case.outcome, case.stage) == ("closed", "false_alarm", "closed")
    assert heard == [("closed", "false_alarm")]
    assert not Clock.objects.filter(case=case, met_at=None, dropped_at=None).exists()
    assert [one.target for one in queries.history(case)] == ["opened", "acknowledged", "contacted", "closed"]
    with pytest.raises(UserError) as refusal:
        actions.fill(case, people.jia, {"situation": "x"})
    assert refusal.value.code == "cases.over"
    assert actions.comment(case, people.jia, "办结后补记").internal


def test_what_an_earlier_gate_asked_for_is_not_taken_away(city: SimpleNamespace) -> None:
    people, case = city.people, warning(city)
    actions.move(case, people.jia, "acknowledge")
    actions.move(case, people.jia, "contact", values=CONTACT)
    with pytest.raises(UserError) as refusal:
        actions.fill(case, people.jia, {"finding": ""})
    assert set(refusal.value.fields) == {"finding"}
    case.refresh_from_db()
    assert case.values["finding"] == "orders_lost"
    with pytest.raises(UserError) as refusal:
        actions.fill(case, people.jia, {"finding": "没有这个", "contacted_on": "昨天", "nothing": 1})
    assert set(refusal.value.fields) == {"finding", "contacted_on", "nothing"}, "every fault is told at once"
    filled = actions.fill(case, people.jia, {"situation": "客户取消两笔订单"})
    assert filled.values["situation"] == "客户取消两笔订单"
    assert Event.objects.filter(verb="case.filled").count() == 1
    actions.fill(case, people.jia, {"situation": "客户取消两笔订单"})
    assert Event.objects.filter(verb="case.filled").count() == 1, "nothing changed, nothing happened"


def test_who_saw_an_older_version_is_told_and_nothing_is_overwritten(city: SimpleNamespace) -> None:
    people, case = city.people, warning(city)
    seen = case.version
    actions.move(case, people.jia, "acknowledge", seen=seen)
    with pytest.raises(Conflict):
        actions.move(case, people.jia2, "acknowledge", seen=seen)
    with pytest.raises(UserError) as refusal:
        actions.move(case, people.jia2, "acknowledge")
    assert refusal.value.code == "cases.not_from_here"
    assert StageChange.objects.filter(case=case).count() == 2


def test_only_those_whose_it_is_move_it(city: SimpleNamespace) -> None:
    people, case = city.people, warning(city)
    for stranger in (people.yi, people.firm, people.trade, city.house.people.nobody, city.house.people.evaluator):
        with pytest.raises(UserError) as refusal:
            actions.move(case, stranger, "acknowledge")
        assert refusal.value.code == "cases.not_yours"
        with pytest.raises(UserError):
            actions.fill(case, stranger, {"situation": "x"})
    case.refresh_from_db()
    assert case.stage == "opened"
    actions.move(case, people.jia, "acknowledge")
    with pytest.raises(UserError):
        actions.move(case, people.jia2, "contact", values=CONTACT)  # the officer's
    actions.hand_over(case, people.chief, people.jia2)
    assert actions.move(case, people.jia2, "contact", values=CONTACT).stage == "contacted"


def test_a_case_that_is_handed_over_is_seen_where_it_is(city: SimpleNamespace) -> None:
    people, case = city.people, warning(city)
    with pytest.raises(UserError) as refusal:
        actions.hand_over(case, people.jia, city.yi)
    assert refusal.value.code == "cases.no_sentence"
    actions.hand_over(case, people.jia, city.yi, "企业已迁往乙区")
    assert queries.find(people.jia, case.pk) is None and queries.find(people.yi, case.pk) is not None
    with pytest.raises(UserError):
        actions.hand_over(case, people.yi, people.jia)  # does not work there
    assert actions.hand_over(case, people.yi, people.yi).officer == people.yi


def test_a_case_of_a_closed_unit_goes_to_the_one_that_succeeds_it_or_to_the_nearest_above(
    city: SimpleNamespace,
) -> None:
    people, first, second = city.people, warning(city), warning(city, city.other)
    actions.move(first, people.jia, "acknowledge")
    actions.hand_over(first, people.chief, people.jia2)
    ended = actions.withdraw(warning(city, city.firm(11, city.jia)), people.jia, "重复")
    Unit.objects.filter(pk=city.jia.pk).update(closed_on=today(), successor=city.yi)
    assert (by_itself.hand_on_from_closed_units(), by_itself.hand_on_from_closed_units()) == (1, 0)
    first.refresh_from_db()
    assert (first.unit, first.officer, first.stage) == (city.yi, None, "acknowledged")
    assert queries.find(people.yi, first.pk) is not None
    told = Event.objects.get(verb="case.handed_on")
    assert (told.person, told.unit) == (None, city.yi) and told.data["source"] == "甲区商务局"
    Unit.objects.filter(pk=city.yi.pk).update(closed_on=today())
    assert jobs.escalate(None)["handed_on"] == 2
    for case in (first, second):
        case.refresh_from_db()
        assert case.unit == city.section, "the line's section of the bureau above"
    ended.refresh_from_db()
    assert ended.unit == city.jia, "what is over stays where it was"


def test_a_case_of_a_closed_unit_with_nobody_above_stays(city: SimpleNamespace) -> None:
    case = warning(city)
    Unit.objects.filter(pk__in=[city.jia.pk, city.top.pk]).update(closed_on=today())
    assert by_itself.hand_on_from_closed_units() == 0
    case.refresh_from_db()
    assert case.unit == city.jia


def test_a_running_case_keeps_the_declaration_that_it_started_with(
    city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from commercebrain.desk.cases import declared

    case = warning(city)
    monkeypatch.setattr(declared, "templates", dict)
    assert actions.move(case, city.people.jia, "acknowledge").stage == "acknowledged"
    with pytest.raises(UserError) as refusal:
        warning(city)
    assert refusal.value.code == "cases.no_template"


def test_a_case_whose_officer_left_waits_for_a_colleague_like_one_without(city: SimpleNamespace) -> None:
    people, case = city.people, warning(city)
    actions.move(case, people.jia, "acknowledge")
    assert not queries.unassigned(people.jia2) and not list(work.own(people.jia2, today()))
    Membership.objects.filter(person=people.jia).update(ends=today() - timedelta(days=1))
    assert list(queries.unassigned(people.jia2)) == [case] and not queries.cases(people.jia)
    (item,) = work.own(people.jia2, today())
    assert item.title.startswith(case.number) and item.due is not None
    actions.hand_over(case, people.jia2, people.jia2)
    actions.move(case, people.jia2, "contact", values=CONTACT)
    assert not queries.unassigned(people.jia2)


def test_a_firm_that_became_part_of_another_row_is_not_offered_for_a_case(city: SimpleNamespace) -> None:
    kept, gone = city.firm(21, city.jia), city.firm(22, city.jia)
    gone.merged_into = kept
    gone.save()
    offered = set(forms.firms_field(city.people.jia).queryset)
    assert kept in offered and gone not in offered
