"""Pages of cases, as people use them: the four views, one case, its forms, a firm's request."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils.translation import override

from commercebrain.desk.cases import actions
from commercebrain.desk.cases.case_page import note_words
from commercebrain.desk.cases.models import Case, Note

pytestmark = pytest.mark.django_db


def see(client, person, view, *args, **query):
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse(view, args=args), query)


def post(client, person, view, *args, **given):
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client.post(reverse(view, args=args), given)


@pytest.fixture
def case(house):
    return actions.start(
        "warning_response", unit=house.units.haishu, region=house.regions["330203"], title=("甲公司订单下降", "Firm A"),
        person=house.people.county, level="watch",
    )  # fmt: skip


@pytest.mark.parametrize("view", ["cases", "board", "calendar", "map"])
def test_every_view_shows_the_case_with_its_filters(client, house, case, view):
    page = see(client, house.people.county, f"cases:{view}")
    assert page.status_code == 200
    assert "1 case open" in page.content.decode() or "在办1件" in page.content.decode()
    gone = see(client, house.people.county, f"cases:{view}", level="note")
    assert case.title_zh not in gone.content.decode()


def test_the_page_of_a_case_says_what_is_missing(client, house, case):
    page = see(client, house.people.county, "cases:case", case.pk)
    assert page.status_code == 200
    assert "acknowledge" in page.content.decode()


def test_a_firm_sends_a_request_and_follows_it(client, house):
    person = house.people.firm
    assert see(client, person, "cases:requests").status_code == 200
    assert see(client, person, "cases:request_new").status_code == 200
    sent = post(client, person, "cases:request_new", title="信保限额", topic="finance", wish="希望扩大限额")
    case = Case.objects.get()
    assert sent.status_code == 302 and sent["Location"] == reverse("cases:case", args=[case.pk])
    page = see(client, person, "cases:case", case.pk)
    assert page.status_code == 200


def test_the_first_line_says_what_runs_out_and_the_form_asks_for_what_the_next_stage_lacks(client, house, case):
    person = house.people.county
    actions.move(case, person, "acknowledge")
    page = see(client, person, "cases:case", case.pk)
    assert page.context["answer"].startswith("走访或电话：剩3个工作日；还缺3项才能进入“已走访”")
    assert [field.name for field in page.context["pressing"]][:3] == ["contacted_on", "contact_way", "finding"]
    actions.fill(case, person, {"contacted_on": "2025-07-21"})
    page = see(client, person, "cases:case", case.pk)
    assert "contacted_on" in [field.name for field in page.context["other_fields"]]
    assert "2025-07-21" in [str(field.value) for field in page.context["facts"]["lines"]]


def test_a_request_in_hand_leads_to_its_answer_and_not_to_a_question_back(client, city):
    post(client, city.people.firm, "cases:request_new", title="信保限额", topic="finance", wish="希望扩大限额")
    case, person = Case.objects.get(), city.people.jia
    actions.move(case, person, "accept")
    actions.move(case, person, "assign", values={"handled_by": "甲区商务局"})
    page = see(client, person, "cases:case", case.pk)
    assert [way.code for way in page.context["ways"] if way.primary] == ["give_answer"]
    assert {field.name for field in page.context["pressing"]} == {"answer", "solved"}


def test_a_note_that_a_clock_wrote_is_told_in_the_readers_language(case):
    written = Note(case=case, text="“提交答卷”：不能计算。 / Hand in the answers: cannot be computed.")
    assert note_words(written) == "“提交答卷”：不能计算。"
    with override("en"):
        assert note_words(written) == "Hand in the answers: cannot be computed."
    said = Note(case=case, text="甲 / 乙", by_id=1)
    assert note_words(said) == "甲 / 乙"
