"""The pages of audits: lists, matrix, the card beside the text, in both languages."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.desk.audits.conftest import PROVINCE, SHAOXING, SHAOXING_TABLE

from commercebrain.desk.audits import actions
from commercebrain.desk.audits.models import AuditFinding

pytestmark = pytest.mark.django_db
#: Scopes, filters and answers are told by the query; what the pages say of them is the same on any database.
on_both = pytest.mark.database


@pytest.fixture
def pair(plan):
    """Two audited plans of 绍兴, and one of the province."""
    plans = [plan(SHAOXING, "shaoxing"), plan(SHAOXING_TABLE, "shaoxing"), plan(PROVINCE, "zhejiang")]
    actions.run(plans)
    return plans


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@on_both
def test_the_first_line_counts_plans_verdicts_and_answers(pair, house, sign_in):
    standing = AuditFinding.objects.all()
    numbers = {v: standing.filter(verdict=v).count() for v in ("contradiction", "conflict", "tension")}
    english = page(sign_in(house.people.province), "/audits/")
    assert f"3 plans: {numbers['contradiction']} contradictions, {numbers['conflict']} conflict" in english
    assert f"{sum(numbers.values())} of them unanswered" in english and "Checked on 2025-07-21" in english
    chinese = page(sign_in(house.people.province, "zh-hans"), "/audits/")
    assert f"3份规划：{numbers['contradiction']}处矛盾" in chinese and "核对日期2025-07-21" in chinese


def test_before_the_first_run_the_page_says_so(plan, house, sign_in):
    plan(PROVINCE, "ningbo")
    text = page(sign_in(house.people.clerk), "/audits/")
    assert "have not been checked yet" in text and "Check now" in text


def test_the_matrix_links_every_pair_with_a_finding(pair, house, sign_in):
    client = sign_in(house.people.province)
    text = page(client, "/audits/")
    first, second, province = pair
    assert f'href="/audits/documents/{first.pk}/{second.pk}/"' in text
    between = page(client, f"/audits/documents/{first.pk}/{second.pk}/")
    assert "‰" in between and first.title in between and second.title in between
    assert "47.4" in page(client, f"/audits/documents/{province.pk}/")
    assert "47.4" not in between


@on_both
def test_a_sister_sees_nothing_of_a_foreign_plan(pair, house, sign_in):
    client = sign_in(house.people.sister)
    first, _second, province = pair
    assert "47.4" not in page(client, "/audits/")
    assert client.get(f"/audits/documents/{province.pk}/").status_code == 404
    assert client.get(f"/audits/documents/{first.pk}/{province.pk}/").status_code == 404
    finding = AuditFinding.objects.get(check_number="PA101", verdict="contradiction")
    for place in ("", "card/"):
        assert client.get(f"/audits/findings/{finding.pk}/{place}").status_code == 404
    assert client.post(f"/audits/findings/{finding.pk}/answer/", {"answer": "accepted"}).status_code == 404
    assert client.get(f"/audits/report/docx/?first={province.pk}").status_code == 404


def test_a_findings_page_shows_both_places_and_the_sum(pair, house, sign_in):
    finding = AuditFinding.objects.get(verdict="contradiction", zh__contains="‰")
    text = page(sign_in(house.people.sister), f"/audits/findings/{finding.pk}/")
    assert text.count('<p class="audit-context">') >= 2 and finding.computation.split(";")[0] in text
    for document in pair[:2]:
        assert f'href="/plans/{document.pk}/#a{finding.pk}"' in text


def test_the_review_page_has_the_marks_at_their_words_and_the_same_text(pair, house, sign_in):
    province = pair[2]
    text = page(sign_in(house.people.province, "zh-hans"), f"/plans/{province.pk}/")
    finding = AuditFinding.objects.get(check_number="PA101", verdict="contradiction")
    mark = text.index(f'id="a{finding.pk}"')
    assert "自相矛盾" in text[mark : mark + 500] and "■" in text[mark : mark + 500]
    assert re.search(r"<strong>\d+处矛盾</strong>", text)
    body = text[text.index('id="plan-text"') :]
    body = body[body.index(">") + 1 : body.index("</section>")]
    body = re.sub(r'<a class="au .*?</a>', "", body, flags=re.S)
    shown = re.sub(r"<[^>]+>", "", body)
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", province.text)


@on_both
def test_an_answer_from_the_card_comes_back_as_the_card(pair, house, sign_in):
    client = sign_in(house.people.sister)
    finding = AuditFinding.objects.get(verdict="contradiction", zh__contains="‰")
    address = f"/audits/findings/{finding.pk}/answer/"
    given = {"answer": "explained", "note": "口径不同", "token": finding.token}
    answer = client.post(address, given, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and "口径不同" in answer.content.decode()
    assert "audits:answered" in answer["HX-Trigger"]
    late = client.post(address, given, headers={"HX-Request": "true"})
    assert late.status_code == 409
    assert client.post(address, {**given, "token": AuditFinding.objects.get(pk=finding.pk).token}).status_code == 302


def test_a_reader_without_the_right_gets_no_form(pair, house, sign_in):
    finding = AuditFinding.objects.filter(verdict="contradiction").first()
    finding_of = AuditFinding.objects.exclude(pk=finding.pk)
    for document in pair:
        document.classification = "public"
        document.save()
    text = page(sign_in(house.people.evaluator), f"/audits/findings/{finding.pk}/card/")
    assert "<form" not in text and finding_of.exists()


@on_both
def test_filters_narrow_to_a_verdict_to_the_unanswered_and_to_the_resolved(pair, house, sign_in):
    client = sign_in(house.people.province)
    assert "47.4" in page(client, "/audits/?verdict=contradiction&answer=none")
    assert "47.4" not in page(client, "/audits/?verdict=holds")
    finding = AuditFinding.objects.get(check_number="PA101", verdict="contradiction")
    AuditFinding.objects.filter(pk=finding.pk).update(resolved_on="2025-07-21")
    assert f"/audits/findings/{finding.pk}/" not in page(client, "/audits/")
    assert f"/audits/findings/{finding.pk}/" in page(client, "/audits/?state=resolved")


def test_the_number_of_queries_does_not_grow_with_plans_or_findings(plan, house, sign_in):
    client = sign_in(house.people.province)

    def queries():
        counts = []
        for address in ("/audits/", f"/plans/{first.pk}/"):
            with CaptureQueriesContext(connection) as seen:
                client.get(address)
            counts.append(len(seen))
        return counts

    first = plan(SHAOXING, "shaoxing")
    actions.run([first])
    client.get("/audits/")
    few = queries()
    actions.run([first, plan(SHAOXING_TABLE, "shaoxing"), plan(PROVINCE, "zhejiang")])
    assert queries() == few
