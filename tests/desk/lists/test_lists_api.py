"""Lists through the API: the same rights, the same actions, rows by key, and every write once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.house import House

from commercebrain.desk.lists import actions, queries
from commercebrain.desk.lists.models import Book, ListVersion

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
PC = {"code": "8471.30.01", "name": "便携式电脑", "rate": 25}
MOTOR = {"code": "8501.10.40", "name": "电动机", "rate": 10}


def post(client: Client, address: str, body: Any, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api{address}", body, content_type="application/json", headers=headers)


def test_a_list_is_begun_filled_proposed_and_approved_by_programs_too(house: House, browse: Browse) -> None:
    planner, province = browse(house.people.planner), browse(house.people.province)
    told = {
        "kind": "tariff_list",
        "name_zh": "关税",
        "unit": house.units.ningbo.pk,
        "nomenclature": "USHTS",
        "partner": "USA",
    }
    made = post(planner, "/lists", told, "k1")
    assert made.status_code == 201, made.content
    assert post(planner, "/lists", told, "k1").json()["id"] == made.json()["id"] and Book.objects.count() == 1
    draft = post(planner, f"/lists/{made.json()['id']}/versions", {}, "k2").json()
    place = f"/list-versions/{draft['id']}"
    sent = post(
        planner, f"{place}/rows", {"rows": [{"data": PC}, {"data": {"code": "77010000"}}, {"data": MOTOR}]}
    ).json()
    assert (sent["added"], [(one["row"], one["code"]) for one in sent["left_out"]]) == (2, [(1, "code.no_chapter")])
    gone = post(planner, f"{place}/rows/remove", {"keys": ["85011040｜", "没有"]}).json()
    assert gone == {"removed": 1, "unknown": ["没有"]}
    assert (
        post(planner, f"{place}/propose", {"version": draft["version"], "effective_on": "2025-07-15"}).status_code
        == 400
    )
    proposed = post(
        planner, f"{place}/propose", {"version": draft["version"], "effective_on": "2025-07-15", "document": "公告1号"}
    ).json()
    assert proposed["state"] == "proposed"
    assert post(planner, f"{place}/decide", {"approve": True, "version": proposed["version"]}).status_code == 403
    assert post(province, f"{place}/decide", {"approve": True, "version": 99}).status_code == 409
    done = post(province, f"{place}/decide", {"approve": True, "version": proposed["version"]}, "k9")
    assert done.json()["state"] == "approved"
    again = post(province, f"{place}/decide", {"approve": True, "version": proposed["version"]}, "k9")
    assert again.json() == done.json(), "asked twice with one key it is answered with the first answer"
    listed = planner.get(f"/api/lists/{made.json()['id']}/rows").json()
    assert [row["code"] for row in listed["items"]] == ["84713001"] and listed["items"][0]["data"]["rate"] == 25


def test_rows_come_by_key_and_a_past_day_is_answered(
    tariff: Book, house: House, browse: Browse, approved: Callable[..., ListVersion]
) -> None:
    version = approved(tariff, *({"code": f"8471{n:02d}00", "rate": 5} for n in range(10, 35)))
    client, after, found = browse(house.people.planner), 0, []
    while after is not None:
        piece = client.get(f"/api/list-versions/{version.pk}/rows", {"after": after, "limit": 10}).json()
        found += [row["code"] for row in piece["items"]]
        after = piece["next"]
    assert len(found) == len(set(found)) == 25
    past = client.get(f"/api/lists/{tariff.pk}/rows", {"on": "2025-07-14"}).json()
    assert past == {"items": [], "next": None}


def test_the_difference_of_versions_and_the_feeds_tell_what_changed(
    tariff: Book, house: House, browse: Browse, approved: Callable[..., ListVersion]
) -> None:
    first = approved(tariff, PC, MOTOR)
    second = approved(tariff, {**PC, "rate": 7.5}, {"code": "94016140"}, out=("85011040｜",))
    client = browse(house.people.planner)
    told = client.get(f"/api/list-versions/{second.pk}/difference").json()
    assert told["to"] == first.pk
    assert [(row["what"], row["key"], row["newly_covered"]) for row in told["rows"]] == [
        ("changed", "84713001｜", None), ("out", "85011040｜", None), ("in", "94016140｜", True),
    ]  # fmt: skip
    feed = client.get("/api/feed/list-versions").json()
    assert [row["id"] for row in feed["items"]] == [first.pk, second.pk] and not feed["more"]
    assert [row["number"] for row in client.get("/api/feed/lists").json()["items"]] == [2]


def test_the_api_shows_no_list_out_of_sight_and_no_draft_to_outsiders(
    tariff: Book, house: House, browse: Browse
) -> None:
    draft = actions.draft(tariff, house.people.planner)
    for name in ("county", "sister", "firm", "nobody"):
        client = browse(getattr(house.people, name))
        assert client.get("/api/lists").json()["items"] == []
        assert client.get(f"/api/lists/{tariff.pk}").status_code == 404
        assert client.get(f"/api/list-versions/{draft.pk}").status_code == 404
        assert post(client, f"/list-versions/{draft.pk}/rows", {"rows": [{"data": PC}]}).status_code == 404
    kinds = [one["code"] for one in browse(house.people.firm).get("/api/list-kinds").json()["items"]]
    assert "tariff_list" in kinds and "key_exporters" not in kinds
    evaluator = browse(house.people.evaluator)
    assert evaluator.get(f"/api/list-versions/{draft.pk}").status_code == 200
    assert post(evaluator, f"/list-versions/{draft.pk}/rows", {"rows": [{"data": PC}]}).status_code == 403
    assert not queries.version_rows(draft).exists()
