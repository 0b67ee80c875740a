"""A third party sees and annotates, and enters nothing else."""

from __future__ import annotations

import pytest
from django.test import Client

from commercebrain.desk.core.models import Event, Setting
from commercebrain.desk.core.versioned import Conflict
from commercebrain.desk.people import actions, queries
from commercebrain.desk.people.authority import NotPermitted
from commercebrain.desk.people.subjects import find_subject
from commercebrain.desk.plans.models import Document
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
FIGURE = "trade_value/330200/2024"


@pytest.fixture
def plan(house):
    """A plan of 海曙, in the evaluator's sight."""
    unit = house.units.haishu
    return Document.objects.create(name="a", title="规划甲", unit=unit, region=unit.region, sha256="a")


def on(person, row):
    return find_subject(person, "document", str(row.pk))


def test_a_remark_is_written_by_a_third_party_on_what_it_sees_and_by_nobody_else(house, plan):
    evaluator = house.people.evaluator
    made = actions.annotate(on(evaluator, plan), "口径未说明", evaluator)
    assert queries.annotations_on(evaluator, "document", str(plan.pk)).get() == made
    assert Event.objects.get(verb="annotation.written").unit == house.units.haishu
    for other in ("director", "county", "admin", "root", "firm"):
        with pytest.raises(NotPermitted):
            actions.annotate(on(evaluator, plan), "也来一条", getattr(house.people, other))


def test_what_is_out_of_sight_cannot_be_annotated_nor_its_remarks_read(house, plan):
    evaluator = house.people.evaluator
    seen = on(evaluator, plan)
    actions.annotate(seen, "口径未说明", evaluator)
    assert not queries.annotations_on(house.people.sister, "document", str(plan.pk)).exists()
    assert not queries.annotations_visible_to(house.people.sister).exists()
    county = house.people.county
    assert [row.subject.zh for row in queries.with_subjects(county, queries.annotations_visible_to(county))] == [
        seen.zh
    ]
    Document.objects.filter(pk=plan.pk).update(unit=house.units.nanjing)
    with pytest.raises(NotPermitted):
        actions.annotate(seen, "再来一条", evaluator)


def test_a_third_party_has_no_right_to_enter_anything_anywhere(house, plan):
    from commercebrain.desk.people.models import Right, Role

    assert not Document.objects.enterable_by(house.people.evaluator).exists()
    assert not [r for r in Role.objects.filter(annotates=True) if r.enter or r.runs_system]
    assert Right.ENTER not in house.people.evaluator.memberships.get().role.see


def test_a_remark_is_reworded_within_a_day_and_its_earlier_wording_stays(house, plan):
    evaluator = house.people.evaluator
    made = actions.annotate(on(evaluator, plan), "口径未说明", evaluator)
    actions.change_annotation(made, "口径未说明，请补充", evaluator, seen=1)
    assert [w.text for w in made.wordings.all()] == ["口径未说明"]
    with pytest.raises(Conflict):
        actions.change_annotation(made, "又一次", evaluator, seen=1)
    Setting.objects.create(key="business_date", value="2025-07-23")
    with pytest.raises(UserError, match="次日"):
        actions.change_annotation(made, "太晚", evaluator)


def test_a_withdrawn_remark_stays_with_its_reason_and_its_text(house, plan):
    evaluator = house.people.evaluator
    made = actions.annotate(on(evaluator, plan), "口径未说明", evaluator)
    with pytest.raises(UserError, match="理由"):
        actions.withdraw_annotation(made, " ", evaluator)
    actions.withdraw_annotation(made, "已补充", evaluator)
    kept = queries.annotations_on(house.people.county, "document", str(plan.pk)).get()
    assert (kept.text, kept.withdrawn_why) == ("口径未说明", "已补充")
    with pytest.raises(NotPermitted):
        actions.withdraw_annotation(made, "再撤", evaluator)


@pytest.mark.parametrize("number", ["trade_value", "trade_value/330200/2024年", "x/330200/2024", "trade_value/1/2024",
                                    "trade_value/330200/2024/x"])  # fmt: skip
def test_a_figure_that_does_not_exist_is_no_subject(house, number):
    assert find_subject(house.people.evaluator, "figure", number) is None


def test_a_figure_is_annotated_by_its_indicator_region_and_period(house, empty_lake):
    evaluator = house.people.evaluator
    subject = find_subject(evaluator, "figure", FIGURE)
    assert "宁波市" in subject.zh and "2024" in subject.en
    actions.annotate(subject, "与统计公报不符", evaluator)
    assert find_subject(house.people.nobody, "figure", FIGURE) is None


def test_the_pages_lead_from_a_remark_to_its_subject_and_back(house, plan):
    client = Client()
    client.force_login(house.people.evaluator, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(f"/annotations/new/document/{plan.pk}/", {"text": "口径未说明"})
    assert answer.status_code == 302
    page = client.get(answer.url).content.decode()
    assert "口径未说明" in page and f"/plans/{plan.pk}/" in page
    assert client.post(f"{answer.url}withdraw/", {"reason": "已补充"}).status_code == 302
    assert "已补充" in client.get(answer.url).content.decode()


def test_a_list_of_many_remarks_asks_as_few_questions_as_one_of_few(
    house, plan, empty_lake, django_assert_max_num_queries
):
    evaluator = house.people.evaluator
    for number in range(12):
        one = Document.objects.create(
            name=f"p{number}", title=f"规划{number}", unit=plan.unit, region=plan.region, sha256=f"p{number}"
        )
        actions.annotate(on(evaluator, one), "口径未说明", evaluator)
    actions.annotate(find_subject(evaluator, "figure", FIGURE), "与统计公报不符", evaluator)
    client = Client()
    client.force_login(evaluator, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/annotations/")
    with django_assert_max_num_queries(18):
        page = client.get("/annotations/").content.decode()
    assert page.count("口径未说明") == 12 and "宁波市" in page
    told = client.get("/api/annotations?limit=20").json()
    assert told["count"] == 13 and {row["subject_kind"] for row in told["items"]} == {"document", "figure"}
    assert client.get("/api/annotations?subject_kind=figure").json()["count"] == 1
    assert "与统计公报不符" not in client.get("/annotations/?state=withdrawn").content.decode()
