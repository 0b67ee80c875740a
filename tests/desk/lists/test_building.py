"""A list built from a condition: who fulfils it is proposed by the system and approved by a person."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.desk.lists.exposure.conftest import City, city, lake_of_lines  # noqa: F401 - fixtures
from tests.house import House

from commercebrain.desk.lists import actions, building, queries, rows
from commercebrain.desk.lists.kinds import kind
from commercebrain.desk.lists.models import Book, Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def exporters(city: City, monkeypatch: pytest.MonkeyPatch) -> Book:
    """The list of firms that export to the United States, kept by the invented city, whose codes have no check digit."""
    monkeypatch.setattr("commercebrain.engine.registers.values.uscc.check", lambda text: text)
    return actions.create_book(kind("us_exporters"), city.people.cleared, city.units["990101"].parent, "输美企业名单")


def expected(city: City) -> set[str]:
    """The firms with exports to the United States in the last twelve months, counted from the lines themselves."""
    recent = city.sum(flow="export", country="USA", month=range(202407, 202507))
    return {code for code, value in recent.items() if value > 0}


def test_the_draft_holds_who_fulfils_the_condition_and_says_by_which_on_which_day(exporters: Book, city: City) -> None:
    version, done = building.build(exporters, city.people.cleared, date(2025, 7, 21))
    held = {row.enterprise.uscc for row in queries.version_rows(version).select_related("enterprise")}
    assert held == expected(city) and done.added == len(held) > 5
    assert version.basis == "exports_to('USA') > 0 · 2025-07-21" and version.state == "draft"
    assert queries.firms_on("us_exporters") == set(), "nobody stands on it before a person approves it"


def test_built_anew_it_keeps_what_rows_say_besides_and_tells_why_a_firm_leaves(
    exporters: Book, city: City, house: House
) -> None:
    version, _done = building.build(exporters, city.people.cleared)
    row = queries.version_rows(version).order_by("pk").first()
    form = {**row.data, "remark": "重点联系"}
    rows.put(version, city.people.cleared, form, member=row)
    stranger = next(firm for firm in city.firms.values() if firm.uscc not in expected(city))
    rows.put(version, city.people.cleared, {"enterprise": stranger.uscc})
    actions.propose(version, city.people.cleared, reason="按条件更新", effective_on=date(2025, 7, 21))
    colleague = make_colleague(house, city)
    actions.decide(version, colleague, approve=True)
    again, done = building.build(exporters, city.people.cleared)
    assert (queries.came_in(again).count(), queries.went_out(again).count()) == (0, 1)
    gone = Member.objects.get(enterprise=stranger)
    assert gone.removed == 2 and gone.exit_reason.startswith("不再符合条件")
    assert queries.version_rows(again).get(key=row.key).data["remark"] == "重点联系"
    assert done.unchanged == len(expected(city))


def make_colleague(house: House, city: City) -> Any:
    """Another person of the city's plan office."""
    from commercebrain.desk.people import actions as people

    made = people.create_person("second", None, "另一位", "Second")
    people.grant(made, city.units["990101"].parent, house.roles["plan_office"])
    return made


def test_the_page_shows_the_condition_and_builds_the_draft(exporters: Book, city: City) -> None:
    client = Client()
    client.force_login(city.people.cleared, backend="django.contrib.auth.backends.ModelBackend")
    place = reverse("lists:build", args=[exporters.pk])
    assert "exports_to(&#x27;USA&#x27;) &gt; 0" in client.get(place).content.decode()
    assert client.post(place, {"on": "2025-07-22"}).status_code == 422, "a day to come has no facts"
    sent = client.post(place, {"on": "2025-07-21"})
    assert sent["Location"] == reverse("lists:version", args=[exporters.versions.get().pk])
