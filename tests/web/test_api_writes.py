"""Writes and feeds of the API: once, by who may, told when somebody was quicker, and told to who asks what is new."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.house import House
from tests.queries import queries_of

from commercebrain.desk.registers import actions
from commercebrain.desk.registers.declared import registers
from commercebrain.desk.registry.models import Enterprise, EnterpriseName

pytestmark = pytest.mark.django_db


def browse(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def send(client: Client, method: str, address: str, body: Any, **headers: str) -> Any:
    return getattr(client, method)(address, json.dumps(body), content_type="application/json", headers=headers)


@pytest.fixture
def firm(house: House) -> Enterprise:
    return Enterprise.objects.create(
        uscc="91330200000000000A", name_zh="某公司", region=house.regions["330203"], unit=house.units.ningbo
    )


def test_a_change_names_the_version_that_was_read_and_the_slower_of_two_is_told(house: House, firm: Enterprise) -> None:
    client, address = browse(house.people.planner), f"/api/enterprises/{firm.pk}"
    body = {"size": "small", "tags": ["外贸"], "version": client.get(address).json()["version"]}
    first = send(client, "patch", address, body)
    assert first.status_code == 200 and first.json()["size"] == "small" and first.json()["version"] == 2
    slower = send(client, "patch", address, {**body, "size": "large"})
    assert slower.status_code == 409 and slower.json()["code"] == "rows.changed_meanwhile"
    firm.refresh_from_db()
    assert firm.size == "small" and firm.tags == ["外贸"]
    assert send(client, "patch", address, {"size": "large"}).status_code == 422
    assert send(client, "patch", address, {"name_zh": "别名", "version": 2}).status_code == 422
    assert send(browse(house.people.evaluator), "patch", address, {**body, "version": 2}).status_code == 403
    assert send(browse(house.people.sister), "patch", address, {**body, "version": 2}).status_code == 404


def test_an_entry_is_added_once_changed_in_part_withdrawn_and_restored(house: House) -> None:
    client, key = browse(house.people.planner), {"Idempotency-Key": "one"}
    body = {"data": {"name": "合作区", "country": "IDN", "level": "municipal"}, "unit": house.units.ningbo.pk}
    answers = [send(client, "post", "/api/registers/overseas_zone", body, **key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].content
    assert answers[0].json() == answers[1].json() and client.get("/api/registers/overseas_zone").json()["count"] == 1
    address = f"/api/registers/overseas_zone/{answers[0].json()['id']}"
    changed = send(client, "patch", address, {"data": {"name": "合作园区"}, "version": 1}).json()
    assert changed["data"]["name"] == "合作园区" and changed["data"]["level"] == "municipal" and changed["version"] == 2
    assert send(client, "post", f"{address}/withdraw", {"reason": "重复", "version": 1}).status_code == 409
    assert send(client, "post", f"{address}/withdraw", {"reason": "重复", "version": 2}).json()["withdrawn"]
    assert not send(client, "post", f"{address}/restore", {"reason": "误撤", "version": 3}).json()["withdrawn"]
    faulty = send(client, "post", "/api/registers/overseas_zone", {**body, "data": {"level": "none", "nmae": "x"}})
    assert faulty.status_code == 422 and {"level", "nmae", "name"} <= {one["name"] for one in faulty.json()["errors"]}


def test_feeds_of_firms_and_of_a_register_tell_each_change_once_within_scope(house: House, firm: Enterprise) -> None:
    client = browse(house.people.planner)

    def news(address: str, after: str) -> tuple[list[dict[str, Any]], str]:
        told = client.get(address, {"after": after, "limit": 500}).json()
        return told["items"], told["next"]

    rows, key = news("/api/feed/enterprises", "")
    assert [row["id"] for row in rows] == [firm.pk] and news("/api/feed/enterprises", key) == ([], key)
    send(client, "patch", f"/api/enterprises/{firm.pk}", {"size": "small", "version": 1})
    rows, key = news("/api/feed/enterprises", key)
    assert [(row["id"], row["size"]) for row in rows] == [(firm.pk, "small")]
    assert browse(house.people.sister).get("/api/feed/enterprises").json()["items"] == []

    register = registers()["overseas_zone"]
    made = actions.create(
        register, house.people.planner, {"name": "合作区", "country": "IDN", "level": "municipal"},
        unit=house.units.ningbo,
    )  # fmt: skip
    rows, key = news("/api/feed/registers/overseas_zone", "")
    assert [row["id"] for row in rows] == [made.pk]
    actions.withdraw(made, register, house.people.planner, None, "重复")
    assert [row["withdrawn"] for row in news("/api/feed/registers/overseas_zone", key)[0]] == [True]
    verbs = [row["verb"] for row in news("/api/feed/events", "")[0]]
    assert {"enterprise.edited", "register.entry_created", "register.entry_withdrawn"} <= set(verbs)


def test_asking_for_a_change_and_deciding_it_take_two_persons(house: House, firm: Enterprise) -> None:
    Enterprise.objects.filter(pk=firm.pk).update(uscc="91330200MA2AF0000U")  # with its check digit
    asker, other = browse(house.people.planner), browse(house.people.clerk)
    made = send(asker, "post", f"/api/enterprises/{firm.pk}/changes", {"name_zh": "新名公司", "reason": "登记机关通知"})
    assert made.status_code == 201, made.content
    address = f"/api/enterprises/changes/{made.json()['id']}"
    assert send(asker, "post", f"{address}/approve", {"version": 1}).status_code in (400, 403)
    assert send(other, "post", f"{address}/reject", {"version": 1}).status_code == 400
    assert send(other, "post", f"{address}/approve", {"version": 1}).json()["state"] == "approved"
    told = asker.get(f"/api/enterprises/{firm.pk}").json()
    assert told["name_zh"] == "新名公司" and [name["name"] for name in told["names"]] == ["某公司"]
    assert [row["verb"] for row in asker.get(f"/api/enterprises/{firm.pk}/history").json()["items"]][-2:] == [
        "enterprise.change_approved", "enterprise.change_asked",
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["/api/enterprises", "/api/feed/enterprises", "/api/units", "/api/persons"])
def test_a_list_costs_the_same_queries_for_one_row_and_for_twenty(house: House, firm: Enterprise, address: str) -> None:
    client = browse(house.people.planner)
    queries_of(client, address)  # the look itself is recorded once
    few = len(queries_of(client, f"{address}?limit=1"))
    for number in range(20):
        other = Enterprise.objects.create(
            uscc=f"91330200000000{number + 1:03d}A", name_zh=f"公司{number}", region=firm.region, unit=firm.unit
        )
        EnterpriseName.objects.create(enterprise=other, kind="short", name=f"司{number}")
    many = len(queries_of(client, f"{address}?limit=50"))
    assert many <= few + 2 and many <= 20, (few, many)  # more rows than before are a new look, which is recorded
