"""A series: its newest figure first, every figure with source, grade and date, and any earlier state at hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.house import House

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
NINGBO_TRADE = ["trade_value", "330200"]


def answer(page: str) -> str:
    """The first line."""
    return re.sub(r"<[^>]+>|\s+", " ", re.search(r'<p class="answer"[^>]*>(.*?)</p>', page, re.S)[1])


def test_the_first_line_is_the_newest_own_figure_with_unit_period_and_dates(
    house: House, figures: Path, browse: Browse
) -> None:
    page = browse(house.people.director, "zh-hans").get(reverse("web:series", args=NINGBO_TRADE)).content.decode()
    told = answer(page)
    assert "7,218.0" in told and "亿元" in told, told  # the first half of 2025
    assert "2025-07-21" in told and re.search(r"2025-07-1\d", told)


def test_each_figure_stands_with_its_source_grade_and_day_of_publication(
    house: House, figures: Path, browse: Browse
) -> None:
    page = browse(house.people.director, "zh-hans").get(reverse("web:series", args=NINGBO_TRADE)).content.decode()
    row = next(row for row in re.findall(r"<tr>.*?</tr>", page, re.S) if "14,202.5" in row)
    assert re.search(r"2025-\d\d-\d\d", row) and 'badge-outline">A<' in row


def test_an_earlier_day_shows_what_was_known_then(house: House, figures: Path, browse: Browse) -> None:
    address = reverse("web:series", args=NINGBO_TRADE)
    client = browse(house.people.director, "zh-hans")
    page = client.get(address, {"as_of": "2025-01-15"}).content.decode()
    assert "14,202.5" not in page and "7,218.0" not in page
    assert "2025-01-15" in answer(page)
    later = client.get(address, {"as_of": "2026-12-31"}).content.decode()
    assert "7,218.0" in answer(later), "a day to come is no state that was known"
    assert client.get(address, {"as_of": "yesterday"}).status_code == 200


@pytest.mark.parametrize("which", [["no_such_thing", "330200"], ["trade_value", "999998"]])
def test_an_unknown_series_is_not_found(house: House, figures: Path, browse: Browse, which: list[str]) -> None:
    assert browse(house.people.director).get(reverse("web:series", args=which)).status_code == 404


def test_who_has_no_role_sees_no_figure(house: House, figures: Path, browse: Browse) -> None:
    client = browse(house.people.nobody)
    page = client.get(reverse("web:series", args=NINGBO_TRADE)).content.decode()
    assert "14,202.5" not in page and "7,218.0" not in page
    listed = client.get(reverse("web:figures")).content.decode()
    assert "No figures yet" in listed and "trade_value" not in listed


def test_a_figure_of_grade_c_is_not_live_and_waits_for_a_second_source(
    house: House, figures: Path, browse: Browse
) -> None:
    from commercebrain.engine.lake import Lake

    lone = [row for row in Lake(figures).observations(None) if row.grade == "C" and row.value is not None]
    assert lone, "the catalogue holds figures that wait"
    page = browse(house.people.director).get(reverse("web:figures"), {"columns": ["indicator", "region", "waiting"]})
    assert re.search(r'<td class="num">[1-9]\d*</td>', page.content.decode())


def test_the_list_narrows_by_region_and_exports_what_is_seen(house: House, figures: Path, browse: Browse) -> None:
    client = browse(house.people.director)
    both = [reverse("web:series", args=["trade_value", region]) for region in ("330200", "330600")]
    whole = client.get(reverse("web:figures"), {"q": "trade_value"}).content.decode()
    assert all(address in whole for address in both)
    narrow = client.get(reverse("web:figures"), {"region": "330600"}).content.decode()
    assert [address in narrow for address in both] == [False, True]
    export = client.get(reverse("web:figures"), {"region": "330600", "export": "csv"})
    text = export.content.decode("utf-8-sig")
    assert len(text.strip().splitlines()) > 5 and "Ningbo" not in text


def test_every_series_of_the_list_opens(house: House, figures: Path, browse: Browse) -> None:
    client = browse(house.people.director)
    listed = client.get(reverse("web:figures"), {"region": "330200"}).content.decode()
    links = sorted(set(re.findall(r'href="(/figures/\w+/\d+/)"', listed)))
    assert len(links) > 10
    assert [link for link in links if client.get(link).status_code != 200] == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_speak_the_reader_s_language(house: House, figures: Path, browse: Browse, language: str) -> None:
    page = browse(house.people.director, language).get(reverse("web:series", args=NINGBO_TRADE)).content.decode()
    assert ("进出口" in page.split("</h1>")[0]) == (language == "zh-hans")
    assert ("year on year" in page) == (language == "en")
    assert ("hundred million yuan" in page) == (language == "en")


def test_a_series_costs_few_queries_and_the_list_no_more_for_more_rows(
    house: House, figures: Path, browse: Browse, django_assert_max_num_queries: Any
) -> None:
    client = browse(house.people.director)
    client.get(reverse("web:figures"))
    with django_assert_max_num_queries(23):
        client.get(reverse("web:series", args=NINGBO_TRADE))
    with django_assert_max_num_queries(20):
        client.get(reverse("web:figures"))
