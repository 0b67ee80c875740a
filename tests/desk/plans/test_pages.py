"""The pages of plans: what they say first, how many queries they cost, who sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.house import House

from commercebrain.desk.plans import actions
from commercebrain.desk.plans.models import Document, Finding, Target, Task

SHAOXING_TASKS = "003_c98ee514b40ac4d4.txt"
#: A page may not cost more: a query for each row would be hundreds.
MOST_QUERIES = 30


@pytest.fixture
def live(read: Callable[..., Document], figures: Path) -> Document:
    """Ningbo's plan, all rows accepted as the demonstration does."""
    document = read()
    actions.accept_unattended(document)
    return document


def pages(document: Document) -> list[str]:
    target, task = Target.objects.first(), Task.objects.first()
    found = document.findings.first()
    return [
        "/plans/", f"/plans/{document.pk}/", f"/plans/{document.pk}/status/", f"/findings/{found.pk}/",
        "/targets/", f"/targets/{target.pk}/", "/facts/", "/tasks/", *([f"/tasks/{task.pk}/"] if task else []),
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/plans/", "/targets/", "/facts/", "/tasks/", "review"])
def test_a_page_costs_the_same_number_of_queries_however_many_rows_it_has(
    read: Callable[..., Document], house: House, sign_in: Callable[..., Client], figures: Path, path: str
) -> None:
    client = sign_in(house.people.province)
    document = read(SHAOXING_TASKS, unit="shaoxing")
    actions.accept_unattended(document)
    small = f"/plans/{document.pk}/" if path == "review" else path
    client.get(small)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(small)
    bigger = read("002_56215197aaa548a9.txt", unit="shaoxing")
    actions.accept_unattended(bigger)
    large = f"/plans/{bigger.pk}/" if path == "review" else path
    client.get(large)
    with CaptureQueriesContext(connection) as many:
        assert client.get(large).status_code == 200
    assert len(many) <= len(few) + 1 and len(many) <= MOST_QUERIES


@pytest.mark.django_db
def test_the_review_says_first_what_was_read_and_what_waits(
    read: Callable[..., Document], house: House, sign_in: Callable[..., Client]
) -> None:
    document = read()
    kinds = {kind: document.findings.filter(kind=kind).count() for kind in ("target", "fact", "task")}
    page = sign_in(house.people.planner, "zh-hans").get(f"/plans/{document.pk}/").content.decode()
    assert f"本文读出 <strong>{kinds['target']}</strong> 条目标、{kinds['fact']} 条事实" in page
    assert f"<strong>{sum(kinds.values())}</strong> 条待审核" in page
    assert "演示：" not in page
    actions.accept_unattended(document)
    page = sign_in(house.people.planner, "zh-hans").get(f"/plans/{document.pk}/").content.decode()
    assert "未经人工审核" in page


@pytest.mark.django_db
def test_the_text_on_the_review_page_is_the_documents_own_text(
    read: Callable[..., Document], house: House, sign_in: Callable[..., Client]
) -> None:
    from lxml import html

    document = read()
    page = html.fromstring(sign_in(house.people.planner).get(f"/plans/{document.pk}/").content.decode())
    shown = page.get_element_by_id("plan-text").text_content()
    # A browser's parser drops the first line break of nothing here: the pane is no <pre>.
    assert shown == document.text.replace("\r\n", "\n")
    for row in document.findings.all()[:40]:
        assert page.xpath(f'//*[@id="t{row.pk}"]') and page.xpath(f'//*[@id="f{row.pk}"]')


@pytest.mark.django_db
def test_accept_correct_reject_and_undo_through_the_page(
    read: Callable[..., Document], house: House, sign_in: Callable[..., Client]
) -> None:
    document = read()
    client = sign_in(house.people.planner)
    first, second, third = document.findings.filter(kind="target")[:3]
    answer = client.post(f"/plans/{document.pk}/accept/", {"ids": f"{first.pk},{second.pk}"})
    assert answer.status_code == 200 and "2 rows accepted" in answer.content.decode()
    assert f'id="f{first.pk}"' in answer.content.decode() and "plans:decided" in answer["HX-Trigger"]
    assert Target.objects.count() == 2

    form = client.get(f"/findings/{third.pk}/edit/").content.decode()
    assert f'name="f{third.pk}-indicator"' in form and third.quote.split("\n")[0][:10] in form
    fields = {"indicator": "出口额", "code": "export_value", "region": "宁波市", "comparator": ">=", "value": "123.4",
              "unit": "亿元", "year": "2025", "kind": "level", "baseline_value": "", "baseline_year": ""}  # fmt: skip
    data = {f"f{third.pk}-{name}": value for name, value in fields.items()}
    wrong = client.post(f"/findings/{third.pk}/edit/", {**data, f"f{third.pk}-year": "soon", "token": ""})
    assert wrong.status_code == 200 and "field-fault" in wrong.content.decode()
    assert Target.objects.count() == 2
    assert client.post(f"/findings/{third.pk}/edit/", {**data, "token": ""}).status_code == 200
    target = Target.objects.get(finding=third)
    assert (target.indicator, str(target.value), target.region.code) == ("export_value", "123.400000", "330200")
    assert client.post(f"/findings/{third.pk}/edit/", {**data, "token": ""}).status_code == 409

    third.refresh_from_db()
    undone = client.post(f"/plans/{document.pk}/reopen/", {"token": third.token})
    assert undone.status_code == 200 and not Target.objects.filter(finding=third).exists()
    assert client.post(f"/plans/{document.pk}/reject/", {"ids": third.pk, "reason": ""}).status_code == 400
    client.post(f"/plans/{document.pk}/reject/", {"ids": third.pk, "reason": "a duplicate"})
    third.refresh_from_db()
    assert third.state == Finding.State.REJECTED and third.reason == "a duplicate"


@pytest.mark.django_db
def test_somebody_who_was_slower_gets_a_sentence_not_an_overwrite(
    read: Callable[..., Document], house: House, sign_in: Callable[..., Client]
) -> None:
    document = read()
    row = document.findings.first()
    sign_in(house.people.planner).post(f"/plans/{document.pk}/accept/", {"ids": row.pk})
    late = sign_in(house.people.province).post(
        f"/plans/{document.pk}/reject/", {"ids": row.pk, "reason": "x"}, headers={"HX-Request": "true"}
    )
    assert late.status_code == 409 and "Somebody else" in late.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["sister", "nobody"])
def test_an_internal_plan_is_not_there_for_a_sister_bureau_or_a_stranger(
    live: Document, house: House, sign_in: Callable[..., Client], who: str
) -> None:
    client = sign_in(getattr(house.people, who))
    for path in pages(live):
        answer = client.get(path)
        if path in ("/plans/", "/targets/", "/facts/", "/tasks/"):
            assert answer.status_code == 200 and "宁波市商务发展" not in answer.content.decode(), path
            assert "进出口" not in answer.content.decode(), path
        else:
            assert answer.status_code == 404, path
    for path in ("accept", "reject", "reopen", "read"):
        assert client.post(f"/plans/{live.pk}/{path}/", {"ids": "1", "reason": "x"}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["province", "planner", "director", "evaluator"])
def test_the_issuing_unit_and_those_above_see_it(
    live: Document, house: House, sign_in: Callable[..., Client], who: str
) -> None:
    client = sign_in(getattr(house.people, who))
    for path in pages(live):
        assert client.get(path).status_code == 200, path


@pytest.mark.django_db
def test_a_public_plan_is_read_by_every_role_and_changed_by_none_but_its_own(
    read: Callable[..., Document], house: House, sign_in: Callable[..., Client], figures: Path
) -> None:
    document = read(classification="public")
    row = document.findings.first()
    client = sign_in(house.people.sister)
    page = client.get(f"/plans/{document.pk}/")
    assert page.status_code == 200 and "data-may-review" not in page.content.decode()
    assert client.post(f"/plans/{document.pk}/accept/", {"ids": row.pk}).status_code == 403
    assert sign_in(house.people.nobody).get(f"/plans/{document.pk}/").status_code == 404


@pytest.mark.django_db
def test_tasks_past_their_deadline_are_said_first_and_marked_done_by_their_own(
    read: Callable[..., Document], house: House, sign_in: Callable[..., Client], settings: Any
) -> None:
    document = read("002_56215197aaa548a9.txt", unit="shaoxing", classification="public")
    actions.accept_unattended(document)
    total = Task.objects.count()
    client = sign_in(house.people.sister)
    page = client.get("/tasks/").content.decode()
    assert f"{total} of {total} tasks are past their deadline" in page
    task = Task.objects.first()
    assert sign_in(house.people.planner).post(f"/tasks/{task.pk}/done/").status_code == 403
    assert client.post(f"/tasks/{task.pk}/done/").status_code == 302
    assert f"{total - 1} of {total} tasks are past" in client.get("/tasks/").content.decode()
    assert "Done on 2025-07-21" in client.get(f"/tasks/{task.pk}/").content.decode()
    assert client.post(f"/tasks/{task.pk}/open/").status_code == 302
