"""Who sees a case: its unit and those above, who takes part and that case alone, a firm its own request and nothing inside."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.desk.cases.conftest import warning

from commercebrain.desk.cases import actions, forms, queries
from commercebrain.desk.cases.models import Case, CaseFirm, Clock, Note, Paper, Participant, StageChange
from commercebrain.desk.core import work
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.models import Event
from commercebrain.desk.core.search import search
from commercebrain.desk.people import actions as people_actions
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
WISH = {"topic": "market", "wish": "希望参加广交会"}


def request(city: SimpleNamespace) -> Case:
    """A request that the firm's user began."""
    return actions.start(
        "firm_request", unit=city.own.unit, region=city.own.region, title="参展诉求", person=city.people.firm,
        enterprise=city.own, values=WISH,
    )  # fmt: skip


def test_a_county_sees_its_own_cases_and_the_bureau_all_of_them(city: SimpleNamespace) -> None:
    people, ours, theirs = city.people, warning(city), warning(city, city.other)
    seen = {name: set(queries.cases(getattr(people, name))) for name in ("jia", "yi", "chief", "trade", "firm")}
    assert seen == {"jia": {ours}, "yi": {theirs}, "chief": {ours, theirs}, "trade": set(), "firm": set()}
    assert set(queries.cases(city.house.people.director)) == set(), "another city's bureau"
    for rows in (
        queries.past_clock,
        queries.running_clocks,
        queries.mine,
        queries.unassigned,
        queries.papers_to_decide,
    ):
        assert not set(rows(people.firm))
    assert {one.case for one in queries.running_clocks(people.jia)} == {ours}


def test_who_takes_part_sees_that_case_and_nothing_else(city: SimpleNamespace) -> None:
    people, case, other = city.people, warning(city), warning(city)
    part = actions.join(case, people.jia, people.trade, "partner")
    assert set(queries.cases(people.trade)) == {case} and queries.find(people.trade, other.pk) is None
    assert {one.case for one in Clock.objects.visible_to(people.trade)} == {case}
    with pytest.raises(UserError):
        actions.fill(case, people.trade, {"situation": "x"})
    actions.join(case, people.jia, people.trade, "partner", may_act=True)
    assert actions.fill(case, people.trade, {"situation": "已会同信保走访"}).values["situation"]
    assert [one.pk for one in queries.taking_part(people.trade)] == [case.pk]
    actions.leave(part, people.jia)
    assert queries.find(people.trade, case.pk) is None
    unit = actions.join(case, people.jia, city.yi, "county")
    assert queries.find(people.yi, case.pk) is not None and queries.find(people.firm, case.pk) is None
    actions.leave(unit, people.chief)
    assert queries.find(people.yi, case.pk) is None


def test_a_firm_follows_its_own_request_and_reads_nothing_inside(city: SimpleNamespace) -> None:
    people, case = city.people, request(city)
    assert (case.unit, case.officer, case.firm_sees) == (city.jia, None, True)
    actions.comment(case, people.jia, "内部意见")
    actions.comment(case, people.jia, "已收到，将在三个工作日内答复", internal=False)
    said = actions.comment(case, people.firm, "谢谢")
    assert not said.internal
    hidden = actions.add_paper(case, people.jia, pdf("研究.pdf"), "answer", internal=True)
    own = actions.add_paper(case, people.firm, pdf("材料.pdf"), "request", internal=True)
    actions.join(case, people.jia, city.yi, "partner")
    assert {note.text for note in queries.notes(case, people.firm)} == {"已收到，将在三个工作日内答复", "谢谢"}
    assert set(queries.papers(case, people.firm)) == {own} and set(queries.papers(case, people.jia)) == {hidden, own}
    with pytest.raises(UserError):
        actions.hand_over_paper(hidden, people.firm)
    assert not queries.participants(case, people.firm) and set(queries.own_requests(people.firm)) == {case}
    assert queries.notes(case, people.jia).count() == 3
    elsewhere = actions.start(
        "firm_request", unit=city.yi, region=city.other.region, title="别家", person=people.yi, enterprise=city.other,
        values=WISH,
    )  # fmt: skip
    warning(city)
    assert set(queries.cases(people.firm)) == {case}
    for model in (Note, Paper, StageChange, Clock, CaseFirm):
        assert not model.objects.visible_to(people.firm).filter(case=elsewhere).exists()


def test_a_firm_starts_nothing_but_requests_and_only_for_itself(city: SimpleNamespace) -> None:
    people = city.people
    with pytest.raises(UserError) as refusal:
        actions.start(
            "firm_request", unit=city.yi, region=city.other.region, title="x", person=people.firm, enterprise=city.other
        )
    assert refusal.value.code == "cases.not_yours"
    with pytest.raises(UserError) as refusal:
        actions.start(
            "warning_response",
            unit=city.jia,
            region=city.own.region,
            title="x",
            person=people.firm,
            enterprise=city.own,
        )
    assert refusal.value.code == "cases.not_yours"
    with pytest.raises(UserError) as refusal:
        actions.start(
            "firm_request", unit=city.jia, region=city.own.region, title="x", person=people.firm, enterprise=city.own
        )
    assert set(refusal.value.fields) == {"topic", "wish"}
    assert [one.code for one in queries.startable(people.firm)] == ["firm_request"]
    assert Case.objects.count() == 0


def test_a_firm_fills_in_its_own_fields_takes_its_own_steps_and_may_withdraw(city: SimpleNamespace) -> None:
    people, case = city.people, request(city)
    with pytest.raises(UserError) as refusal:
        actions.fill(case, people.firm, {"answer": "我自己答复"})
    assert set(refusal.value.fields) == {"answer"}
    with pytest.raises(UserError):
        actions.move(case, people.firm, "accept")
    actions.move(case, people.jia, "accept")
    actions.move(case, people.jia, "assign", values={"handled_by": str(city.jia.pk)})
    actions.move(case, people.jia, "ask_firm", values={"asked_firm": "请补充展位需求"})
    clock = case.clocks.get(code="answer")
    assert clock.pauses.filter(until=None).count() == 1
    assert [str(item.title) for item in work.work_of(people.firm, today()).waiting] == [f"{case.number} 参展诉求"]
    actions.move(case, people.firm, "firm_replies", values={"firm_reply": "两个标准展位"})
    assert clock.pauses.filter(until=None).count() == 0
    actions.withdraw(case, people.firm, "已自行解决")
    case.refresh_from_db()
    assert case.state == "withdrawn"


def test_a_firm_that_a_case_only_names_cannot_end_it(city: SimpleNamespace) -> None:
    people = city.people
    case = actions.start("remedy_case", unit=city.jia, region=city.own.region, title="反倾销调查", person=people.jia)
    CaseFirm.objects.create(case=case, enterprise=city.own)
    assert Case.objects.visible_to(people.firm).filter(pk=case.pk).exists()
    with pytest.raises(UserError) as refusal:
        actions.withdraw(case, people.firm, "与我无关")
    assert refusal.value.code == "cases.not_yours"
    case.refresh_from_db()
    assert case.state == "open"


def test_search_and_work_hold_what_is_in_sight_alone(city: SimpleNamespace) -> None:
    people, case = city.people, warning(city)
    assert [hit.title for hit in search(people.jia, case.number)] == [f"{case.number} 在手订单下降"]
    assert not [hit for hit in search(people.yi, case.number) if case.number in hit.title]
    assert not [hit for hit in search(people.firm, "在手订单") if "cases" in hit.url]
    waits = work.work_of(people.jia, today())
    assert [str(item.kind) for item in waits.week] == ["没有经办人的事项"]
    actions.move(case, people.jia, "acknowledge")
    assert [(str(item.kind), item.hint) for item in work.work_of(people.jia, today()).week] == [("事项", "走访或电话")]
    assert not work.work_of(people.jia2, today()).total and not work.work_of(people.firm, today()).total


def pdf(name: str, more: bytes = b"") -> SimpleUploadedFile:
    """A small file of the kind."""
    return SimpleUploadedFile(name, b"%PDF-1.4 " + name.encode() + more + b"\n%%EOF", "application/pdf")


def test_a_case_is_handed_to_units_of_the_own_city_alone(city: SimpleNamespace) -> None:
    offered = forms.hand_over_form(warning(city)).base_fields["unit"].queryset
    top = city.jia.path.split("/")[0]
    people_actions.create_unit("别市商务局", "Bureau elsewhere", city.regions["990102"], None)
    assert city.yi in offered and city.jia not in offered
    assert all(unit.path.split("/")[0] == top for unit in offered), "1/ is not within 21/"


def test_a_right_that_is_given_later_is_in_the_log(city: SimpleNamespace) -> None:
    case = warning(city)
    for may_act in (False, True, True):
        actions.join(case, city.people.jia, city.section, "partner", may_act=may_act)
    assert Event.objects.filter(verb="case.joined").count() == 2
    assert Participant.objects.get(case=case, left_at=None).may_act
