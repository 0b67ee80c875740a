"""Cases through the API: the firm's request, an office's move, every fault named, once by key, a feed that misses nothing."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from tests.answers import body
from tests.desk.cases.conftest import warning
from tests.desk.cases.test_scopes import WISH, pdf
from tests.web.pages import BACKEND

from commercebrain.desk.cases import actions
from commercebrain.desk.cases.models import Case

pytestmark = pytest.mark.django_db


def client(person: Any) -> Client:
    """A program that acts for a person."""
    found = Client()
    found.force_login(person, backend=BACKEND)
    return found


def send(program: Client, method: str, address: str, body: dict[str, Any], **headers: str) -> tuple[int, Any]:
    """Status and answer."""
    answer = getattr(program, method)(
        f"/api{address}", json.dumps(body), content_type="application/json", headers=headers
    )
    return answer.status_code, json.loads(answer.content)


def test_a_firm_starts_a_request_once_and_follows_it_without_anything_inside(city: SimpleNamespace) -> None:
    firm, office = client(city.people.firm), client(city.people.jia)
    status, told = send(firm, "post", "/cases", {"template": "firm_request", "title": "参展"})
    assert status == 422 and {one["name"] for one in told["errors"]} == {"topic", "wish"}
    body = {"template": "firm_request", "title": "参展", "values": WISH}
    key = {"Idempotency-Key": "one"}
    status, told = send(firm, "post", "/cases", body, **key)
    assert (status, told["unit"]["name"]["zh"], told["uscc"]) == (201, "甲区商务局", city.own.uscc)
    assert send(firm, "post", "/cases", body, **key)[1]["id"] == told["id"] and Case.objects.count() == 1
    case = Case.objects.get()
    actions.comment(case, city.people.jia, "内部意见")
    status, read = send(office, "post", f"/cases/{case.pk}/moves", {"transition": "accept", "version": told["version"]})
    assert status == 409 and read["code"] == "rows.changed_meanwhile"
    case.refresh_from_db()
    status, read = send(office, "post", f"/cases/{case.pk}/moves", {"transition": "accept", "version": case.version})
    assert (status, read["stage"], read["officer"]["name"]["zh"]) == (200, "accepted", "示例jia")
    assert [one["code"] for one in read["moves"]] == ["assign"] and read["moves"][0]["missing"][0][
        "code"
    ] == "handled_by"
    actions.fill(case, city.people.jia, {"internal_note": "重点企业"})
    seen = firm.get(f"/api/cases/{case.pk}").json()
    assert seen["officer"] is None and seen["notes"] == [] and "internal_note" not in seen["values"]
    assert seen["moves"] == [] and all(one["by"] is None for one in seen["history"])
    assert [one["id"] for one in firm.get("/api/cases").json()["items"]] == [case.pk]


def test_what_is_out_of_sight_is_not_there(city: SimpleNamespace) -> None:
    case = warning(city)
    for person in (city.people.yi, city.people.firm, city.house.people.nobody):
        program = client(person)
        assert program.get(f"/api/cases/{case.pk}").status_code == 404
        assert send(program, "patch", f"/cases/{case.pk}", {"values": {}, "version": 1})[0] == 404
        assert program.get("/api/cases").json()["items"] == [] == program.get("/api/feed/cases").json()["items"]
    mine = client(city.people.jia)
    assert [one["number"] for one in mine.get("/api/cases?mine=false&state=open").json()["items"]] == [case.number]
    assert mine.get("/api/cases?late=true").json()["items"] == []


def test_a_move_names_what_is_missing_and_the_feed_tells_of_every_change(city: SimpleNamespace) -> None:
    case, program = warning(city), client(city.people.jia)
    first = program.get("/api/feed/cases").json()
    assert [one["id"] for one in first["items"]] == [case.pk]
    send(program, "post", f"/cases/{case.pk}/moves", {"transition": "acknowledge", "version": case.version})
    case.refresh_from_db()
    status, told = send(program, "post", f"/cases/{case.pk}/moves", {"transition": "contact", "version": case.version})
    assert status == 422 and {one["name"] for one in told["errors"]} == {"contacted_on", "contact_way", "finding"}
    status, told = send(
        program,
        "patch",
        f"/cases/{case.pk}",
        {"values": {"finding": "订单流失", "contact_person": "王经理"}, "version": case.version},
    )
    assert status == 200 and told["values"] == {"finding": "orders_lost", "contact_person": "王**"}
    later = program.get(f"/api/feed/cases?after={first['next']}").json()
    assert [(one["id"], one["stage"]) for one in later["items"]] == [(case.pk, "acknowledged")]


def test_a_paper_for_abroad_leaves_the_house_only_when_another_approved_it(city: SimpleNamespace) -> None:
    people, program = city.people, client(city.people.jia)
    case = actions.start("remedy_case", unit=city.jia, region=city.own.region, title="瓷砖案", person=people.jia)
    answer = program.post(f"/api/cases/{case.pk}/papers", {"purpose": "government_answer", "file": pdf("答卷.pdf")})
    paper = answer.json()
    assert (answer.status_code, paper["foreign"], paper["approval"]) == (201, True, "draft")
    address = f"/api/cases/{case.pk}/papers/{paper['id']}"
    assert program.get(address).status_code == 200, "read inside the house"
    assert program.get(f"{address}?to_send=true").json()["code"] == "cases.paper_not_approved"
    assert send(program, "post", f"/cases/{case.pk}/papers/{paper['id']}/approval", {})[1]["approval"] == "asked"
    status, told = send(program, "post", f"/cases/{case.pk}/papers/{paper['id']}/decision", {"approve": True})
    assert (status, told["code"]) == (403, "cases.paper_own")
    other = client(people.chief)
    assert send(other, "post", f"/cases/{case.pk}/papers/{paper['id']}/decision", {"approve": True})[0] == 200
    sent = program.get(f"{address}?to_send=true")
    assert body(sent).startswith(b"%PDF") and "attachment" in sent["Content-Disposition"]
