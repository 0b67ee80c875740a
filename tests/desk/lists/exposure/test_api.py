"""Exposure through the API: the same answer as on the page, within the same sight, and nothing kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.desk.lists.exposure.conftest import REPORTED, City, code_of, county_of
from tests.desk.lists.exposure.test_page import TWELVE, day, kept_list  # noqa: F401 - a fixture

from commercebrain.desk.core.models import Draft


@pytest.fixture
def send(client: Client) -> Any:
    def ask(person: Any, body: dict[str, Any]) -> Any:
        client.force_login(person)
        return client.post("/api/exposure", json.dumps(body), content_type="application/json")

    return ask


def test_codes_are_answered_and_nothing_is_kept_of_them(city: City, send: Any) -> None:
    answer = send(city.people.cleared, {"codes": ["8471.30", "85076000"], "partner": "USA", "rate": 25, "firms": 5})
    told = answer.json()
    sums = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130", "850760"))
    assert told["sums"]["value"] == sum(sums.values()) and told["sums"]["firms"] == len(sums) == told["firms_count"]
    assert told["sums_of"]["tier"] == "A" and told["sums_of"]["synthetic"] and not told["protected"]
    ranked = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    assert [(one["uscc"], one["value"]) for one in told["firms"]] == ranked[:5]
    more = send(city.people.cleared, {"codes": ["8471.30", "85076000"], "partner": "USA", "firms": 5, "skip": 5}).json()
    assert [one["uscc"] for one in more["firms"]] == [code for code, _value in ranked[5:10]]
    by_county = {one["code"]: one["value"] for one in told["sums"]["by"]["county"]}
    assert by_county["990101"] == sum(
        value for code, value in sums.items() if code in {code_of(n) for n in city.firms if county_of(n) == "990101"}
    )
    assert not Draft.objects.exists()


def test_a_list_is_asked_by_its_version_in_force_and_compared(city: City, client: Client) -> None:
    old = kept_list(city, ["84713000"], kind="export_control")
    new = kept_list(city, ["84713000", "85414300"], kind="export_control")
    client.force_login(city.people.cleared)
    told = client.get(f"/api/exposure?book={new.book_id}&compare={old.pk}&firms=1000").json()
    before = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130",))
    now = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130", "854143"))
    assert told["sums"]["value"] == sum(now.values())
    assert {one["uscc"] for one in told["changes"] if one["change"] == "new"} == set(now) - set(before)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "exposure.nothing"),
        ({"codes": ["一二三"]}, "exposure.no_codes"),
        ({"text": "没有编码的一句话"}, "exposure.no_codes"),
        ({"version": 999_999}, "exposure.no_version"),
        ({"codes": ["8471.30"], "partner": "atlantis"}, "exposure.partner"),
        ({"codes": ["8471.30"], "nomenclature": "MARS"}, "code.no_nomenclature"),
    ],
)
def test_what_cannot_be_asked_is_a_problem_with_its_code(
    city: City, send: Any, body: dict[str, Any], code: str
) -> None:
    answer = send(city.people.cleared, body)
    assert answer.status_code in (400, 422), answer.content
    assert answer.json()["code"] == code and answer.json()["detail"]


@pytest.mark.parametrize("name", ["uncleared", "county", "elsewhere", "nobody", "firm"])
def test_no_answer_names_a_firm_beyond_sight(city: City, send: Any, name: str) -> None:
    answer = send(getattr(city.people, name), {"codes": ["8471", "8507", "6203", "8541", "9403"], "firms": 1000})
    scope = {"uncleared": {"990101", "990102", "990103"}, "county": {"990101"}}.get(name, set())
    own = {n for n in REPORTED if county_of(n) in scope} | ({0} if name == "firm" else set())
    told = answer.content.decode()
    assert answer.status_code == 200
    assert not [n for n in city.firms if n not in own and code_of(n) in told]
    if name == "firm":
        lines = city.sum(flow="export", month=TWELVE, uscc=code_of(0), hs10=("8471", "8507", "6203", "8541", "9403"))
        assert sum(one["value"] for one in answer.json()["own"]) == sum(lines.values())
        assert answer.json()["sums"] is None


def test_a_long_list_is_refused_with_the_way_to_go(city: City, send: Any) -> None:
    codes = [f"84{n // 1000 % 80 + 10:02d}{n % 10_000:04d}" for n in range(20_001)]
    answer = send(city.people.cleared, {"codes": codes})
    assert answer.status_code == 422
