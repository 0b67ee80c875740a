"""The list of what is unusual and the page of one: a question with an answer, a trail where firms are named."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.desk.foresight.reading import answer
from tests.house import House

from commercebrain.desk.core.models import Event
from commercebrain.desk.people.models import Person

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
EXPORTS = {"code": "customs_export_value", "region": "990100"}


def listed(client: Client, **query: Any) -> str:
    found = client.get(reverse("foresight:anomalies"), query)
    assert found.status_code == 200, found
    return str(found.content.decode())


def links(text: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'href="(/anomalies/customs_export_value/[^"]+)"', text)]


def test_it_begins_with_the_markets_and_says_how_many_chance_would_bring(browse: Browse, cleared: Person) -> None:
    text = listed(browse(cleared, "zh-hans"))
    told = answer(text)
    assert re.search(r"示例市报关出口额（万元），2025年6月：\d+个对象中\d+个异常；仅凭偶然约会出现[\d.]+个", told), told
    assert re.search(r'<option value="country"[^>]*selected', text), "what was answered is what the filters show"


def test_every_line_opens_its_page_with_sentence_evidence_and_who_made_it(browse: Browse, cleared: Person) -> None:
    client = browse(cleared)
    found = links(listed(client, **EXPORTS, by="hs2"))
    assert found
    for address in found[:3]:
        text = client.get(address).content.decode()
        assert re.search(r"unusually (low|high), (up|down) [\d.,]+% against expectation", answer(text)), answer(text)
        assert re.search(r"[\d.]+% (above|below) what was expected", text) and "synthetic data" in answer(text)
        drawn = json.loads(re.search(r'<script id="evidence-data"[^>]*>(.*?)</script>', text, re.S)[1])
        assert drawn["actual"][-1] is not None and drawn["low95"][-1] <= drawn["point"][-1] <= drawn["high95"][-1]
        assert not drawn["low95"][-1] <= drawn["actual"][-1] <= drawn["high95"][-1]
        assert "Who made the gap: by" in text


def test_a_line_opens_the_page_of_the_same_day_and_the_same_filter(browse: Browse, cleared: Person) -> None:
    """The link once forgot both, and led to another month or to nothing."""
    client = browse(cleared)
    asked = ("where.county", ("990101", "990102", "990103", "990104", "990105", "990106"))
    lists = {
        county: links(listed(client, **EXPORTS, by="hs2", as_of="2025-06-20", **{asked[0]: county}))
        for county in asked[1]
    }
    county, found = next((county, found) for county, found in lists.items() if found)
    for address in found[:2]:
        assert "as_of=2025-06-20" in address and f"where.county={county}" in address
        assert client.get(address).status_code == 200


def test_the_size_narrows_by_what_was_expected_and_places_are_the_indicator_s(browse: Browse, cleared: Person) -> None:
    client = browse(cleared)
    every = client.get("/api/anomalies", EXPORTS | {"by": "hs2", "limit": 500}).json()["items"]
    middle = sorted(row["expected"] for row in every)[len(every) // 2]
    text = listed(client, **EXPORTS, by="hs2", size_from=f"{middle:.6f}")
    assert len(links(text)) == sum(row["expected"] >= float(f"{middle:.6f}") for row in every)
    file = client.get(reverse("foresight:anomalies"), EXPORTS | {"by": "hs2", "export": "csv"}).content.decode(
        "utf-8-sig"
    )
    [head, first, *_rest] = csv.reader(io.StringIO(file))
    told = dict(zip(head, first, strict=True))
    assert float(told["value（ten thousand yuan）"]) == pytest.approx(every[0]["value"]), (
        "a file holds numbers, not how a page writes them"
    )
    assert f"{every[0]['value']:,.0f}" in listed(client, **EXPORTS, by="hs2")


def test_a_member_that_is_as_expected_has_no_page(browse: Browse, cleared: Person) -> None:
    address = reverse("foresight:anomaly", args=["customs_export_value", "990100"])
    client = browse(cleared)
    for query in ({}, {"by": "hs2", "key": "00"}, {"by": "hs2"}, {"by": "planet", "key": "x"}, {"as_of": "tomorrow"}):
        assert client.get(address, query).status_code == 404


@pytest.mark.parametrize("query", [{"by": "planet"}, {"code": "nope"}, {"kind": "sideways"}, {"size_from": "many"}])
def test_a_wrong_question_is_told_and_shows_no_line(browse: Browse, cleared: Person, query: dict[str, str]) -> None:
    text = listed(browse(cleared), **(EXPORTS | query))
    assert links(text) == []


def test_filters_narrow_the_answer(browse: Browse, cleared: Person) -> None:
    client = browse(cleared)
    every, low, high = (
        len(links(listed(client, **EXPORTS, by="hs2", **more))) for more in ({}, {"kind": "drop"}, {"kind": "rise"})
    )
    assert low + high == every > 0


def test_firms_are_named_to_who_is_cleared_and_that_leaves_a_trail(
    browse: Browse, cleared: Person, uncleared: Person
) -> None:
    text = listed(browse(uncleared), **EXPORTS, by="uscc")
    assert links(text) == [] and "91990" not in text
    assert not Event.objects.filter(verb="data.seen", person=uncleared).exists()
    assert links(listed(browse(cleared), **EXPORTS, by="uscc"))
    assert Event.objects.filter(verb="data.seen", person=cleared).exists()
    found = browse(cleared).get(reverse("foresight:anomalies"), EXPORTS | {"by": "uscc", "export": "csv"})
    assert len(list(csv.reader(io.StringIO(found.content.decode("utf-8-sig"))))) > 1
    assert Event.objects.filter(verb="data.exported", person=cleared).exists()


def test_who_is_not_cleared_is_not_told_which_firms_made_a_gap(browse: Browse, uncleared: Person) -> None:
    client = browse(uncleared)
    for address in links(listed(client, **EXPORTS, by="hs2"))[:3]:
        text = client.get(address).content.decode()
        assert "91990" not in text and "by firms" not in text


def test_the_panel_of_the_first_page_is_empty_where_nothing_is_held(
    browse: Browse, house: House, cleared: Person
) -> None:
    assert "What comes next" in browse(cleared).get(reverse("foresight:panel")).content.decode()
    assert browse(house.people.nobody).get(reverse("foresight:panel")).content == b""


def test_the_api_tells_the_same_members(browse: Browse, cleared: Person) -> None:
    client = browse(cleared)
    rows = client.get("/api/anomalies", EXPORTS | {"by": "hs2", "limit": 500}).json()
    keys = {re.search(r"key=(\w+)", link)[1] for link in links(listed(client, **EXPORTS, by="hs2"))}
    assert {row["dimensions"]["hs2"] for row in rows["items"]} == keys and rows["count"] == len(keys)
    assert [row["rank"] for row in rows["items"]] == sorted(row["rank"] for row in rows["items"])
    assert client.get("/api/anomalies", EXPORTS | {"by": "planet"}).status_code in (400, 422)


def test_the_search_box_leads_to_the_pages(browse: Browse, cleared: Person) -> None:
    text = browse(cleared, "zh-hans").get(reverse("core:search"), {"q": "异常"}).content.decode()
    assert reverse("foresight:anomalies") in text
