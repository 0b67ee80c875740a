"""The explorer: a question as an address, its answer within the reader's reach, what is withheld, what can be taken away."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from tests.engine.disclosure import small_city
from tests.house import House

from commercebrain.desk.core.models import Event
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Region

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
COUNTIES = {"990101": "甲区", "990102": "乙区", "990103": "丙区"}
EXPORTS = {"code": "customs_export_value", "region": "990100", "period": "2024-01:2025-03"}


@pytest.fixture(scope="module")
def small_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six months of an invented city, rolled up, with its disclosure control."""
    root = tmp_path_factory.mktemp("lake")
    small_city.take_in(root, small_city.draw(3), date(2025, 4, 20))
    return root


@pytest.fixture
def city(house: House, small_lake: Path, settings: Any) -> Region:
    """示例市 with its counties; its lake."""
    settings.LAKE_ROOT = small_lake
    top: Region = house.units.sample.region
    for code, name in COUNTIES.items():
        Region.objects.create(code=code, name_zh=name, name_en=code, level="county", parent=top, synthetic=True)
    return top


def person(house: House, role: str) -> Person:
    """A new person of the invented city in a role."""
    made: Person = actions.create_person(f"new-{role}", None, "示例市", "Of the invented city")
    actions.grant(made, house.units.sample, house.roles[role])
    return made


@pytest.fixture
def cleared(house: House, city: Region) -> Person:
    """Who may see single firms of the invented city."""
    return person(house, "plan_office")


@pytest.fixture
def uncleared(house: House, city: Region) -> Person:
    """Who may see its internal figures, but no single firm."""
    return person(house, "trade_section")


def page(client: Client, **query: Any) -> str:
    found = client.get(reverse("web:explorer"), query)
    assert found.status_code == 200, found
    return str(found.content.decode())


def answer(text: str) -> str:
    """The first line."""
    return html.unescape(re.sub(r"<[^>]+>|\s+", " ", re.search(r'<p class="answer"[^>]*>(.*?)</p>', text, re.S)[1]))


def test_without_a_question_it_begins_with_one_that_can_be_answered(browse: Browse, cleared: Person) -> None:
    text = page(browse(cleared, "zh-hans"))
    told = answer(text)
    assert "示例市报关出口额" in told and "合成数据" in told and "所知" in told
    assert "亿元" in told or "%" in told
    assert all(name in text for name in COUNTIES.values())


def test_the_number_on_the_page_is_the_sum_of_the_lines(browse: Browse, cleared: Person) -> None:
    told = answer(page(browse(cleared, "zh-hans"), **EXPORTS | {"period": "2025-03", "option.unit": "元"}))
    expected = sum(line.value for line in small_city.draw(3) if line.month == 202503 and line.flow == "export")
    assert f"{expected:,}" in told.replace(".00", ""), (told, expected)


def test_the_form_leads_to_an_address_that_asks_the_same_and_names_are_understood(
    browse: Browse, cleared: Person
) -> None:
    client = browse(cleared, "zh-hans")
    form = {
        "was": "customs_export_value", "code": "customs_export_value", "region": "990100", "from": "2025-01",
        "to": "2025-03", "transform": "level", "by": ["county", "mode"], "filter": "country", "filter_values": "美国、越南",
        "as_of": "", "chart": "bars", "option.n": "5",
    }  # fmt: skip
    moved = client.get(reverse("web:explorer"), form)
    assert moved.status_code == 302
    asked = parse_qs(urlsplit(moved["Location"]).query)
    assert asked == {
        "code": ["customs_export_value"], "region": ["990100"], "period": ["2025-01:2025-03"], "by": ["county,mode"],
        "where.country": ["USA,VNM"], "chart": ["bars"],
    }  # fmt: skip
    text = client.get(moved["Location"]).content.decode()
    assert 'name="where.country" value="USA,VNM" checked' in text, "a filter can be taken away again"
    del asked["where.country"]
    assert client.get(reverse("web:explorer"), {key: one[0] for key, one in asked.items()}).status_code == 200


def test_htmx_gets_the_answer_alone_and_the_address_for_the_bar(browse: Browse, cleared: Person) -> None:
    found = browse(cleared).get(
        reverse("web:explorer"), EXPORTS | {"was": EXPORTS["code"], "from": "2025-01", "to": "2025-03"},
        headers={"HX-Request": "true", "HX-Target": "explorer"},
    )  # fmt: skip
    assert found.status_code == 200 and b"<html" not in found.content
    assert parse_qs(urlsplit(found["HX-Push-Url"]).query)["period"] == ["2025-01:2025-03"]


def test_another_indicator_of_the_same_records_keeps_the_question(browse: Browse, cleared: Person) -> None:
    form = {"was": "customs_export_value", "code": "customs_import_value", "region": "990100", "from": "2025-01",
            "to": "2025-03", "by": "county", "transform": "level"}  # fmt: skip
    moved = browse(cleared).get(reverse("web:explorer"), form)
    asked = parse_qs(urlsplit(moved["Location"]).query)
    assert (asked["code"], asked["by"], asked["period"]) == (["customs_import_value"], ["county"], ["2025-01:2025-03"])


def test_an_indicator_of_which_nothing_is_held_says_so_and_stays_chosen(browse: Browse, cleared: Person) -> None:
    text = page(browse(cleared, "zh-hans"), code="us_imports")
    assert "目前没有可看的数据" in text
    assert re.search(r'<option value="us_imports" selected>', text)


def test_a_fault_in_the_question_is_a_sentence_on_the_page(browse: Browse, cleared: Person) -> None:
    client = browse(cleared, "zh-hans")
    assert "没有名为" in page(client, **EXPORTS | {"by": "contry"})
    assert "写反了" in page(client, **EXPORTS | {"period": "2025-03:2024-01"})
    assert "不是日期" in page(client, **EXPORTS | {"as_of": "yesterday"})
    assert "不属于任何地区" in page(client, **EXPORTS | {"code": "us_imports"})


def test_a_month_that_was_not_taken_in_has_a_reason_and_no_zero(browse: Browse, cleared: Person) -> None:
    text = page(browse(cleared, "zh-hans"), **EXPORTS | {"period": "2024-03:2024-05"})
    assert "本期数据缺失" in text and "2024年3月" in answer(text), "the answer is that of the newest month known"


def test_who_is_cleared_sees_single_firms_and_that_is_recorded(browse: Browse, cleared: Person) -> None:
    text = page(browse(cleared), **EXPORTS | {"period": "2025-03", "by": "uscc"})
    assert "<tbody><tr><th" in text
    event = Event.objects.get(verb="data.seen", person_id=cleared.pk)
    assert event.subject_id == "customs_export_value/990100" and event.data["count"] > 1


def test_who_is_not_gets_the_declared_tables_alone_with_cells_withheld(browse: Browse, uncleared: Person) -> None:
    client = browse(uncleared, "zh-hans")
    refused = page(client, **EXPORTS | {"by": "uscc"})
    assert "已声明的汇总表" in refused and "<table" not in refused
    shown = page(client, **EXPORTS | {"by": "county,country", "period": "2025-03"})
    assert "•" in shown and "涉及个别企业" in shown
    taken = client.get(
        reverse("web:explorer"), EXPORTS | {"by": "county,country", "period": "2025-03", "export": "csv"}
    )
    withheld = [line for line in taken.content.decode("utf-8-sig").splitlines() if "涉及个别企业" in line]
    assert withheld and all(re.search(r",,[^,]*,,,", line) for line in withheld), withheld[:2]


@pytest.mark.parametrize("who", ["county", "firm", "director"])
def test_records_of_another_city_are_out_of_reach(house: House, browse: Browse, city: Region, who: str) -> None:
    text = page(browse(getattr(house.people, who), "zh-hans"), **EXPORTS | {"period": "2025-03"})
    cells = re.findall(r'<td class="text-end"[^>]*>(.*?)</td>', text)
    assert not any(re.match(r"[\d,.]+", cell) for cell in cells), cells
    assert "不在您的数据权限之内" in text or "已声明的汇总表" in text


def test_a_real_region_has_no_figure_from_the_invented_lines(house: House, browse: Browse, city: Region) -> None:
    text = page(browse(house.people.planner, "zh-hans"), **EXPORTS | {"region": "330200", "period": "2025-03"})
    assert "该地区没有明细数据" in text and ">0.00<" not in text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_answer_can_be_taken_away_as_a_file_that_says_it_is_invented(
    browse: Browse, cleared: Person, kind: str
) -> None:
    found = browse(cleared, "zh-hans").get(reverse("web:explorer"), EXPORTS | {"by": "county", "export": kind})
    assert found.status_code == 200 and f".{kind}" in found["Content-Disposition"]
    if kind == "csv":
        text = found.content.decode("utf-8-sig")
        assert "虚构" in text and "甲区" in text and "2025-03" in text


def test_how_it_comes_about_names_definition_roll_up_and_query(browse: Browse, cleared: Person) -> None:
    text = html.unescape(page(browse(cleared, "zh-hans"), **EXPORTS | {"part": "explained"}))
    assert "sum(value_cny)" in text and "SELECT" in text and "total" in text


def test_the_picture_is_drawn_from_the_same_numbers(browse: Browse, cleared: Person) -> None:
    text = page(
        browse(cleared), **EXPORTS | {"by": "county", "period": "2025-03", "chart": "bars", "option.unit": "元"}
    )
    data = json.loads(re.search(r'<script id="explorer-data" type="application/json">(.*?)</script>', text)[1])
    cells = [float(one.replace(",", "")) for one in re.findall(r'<td class="text-end">([\d,.]+)</td>', text)]
    assert [round(value, 2) for value in data["values"]] == cells and len(cells) == len(COUNTIES)


def test_the_picture_names_more_members_than_the_table_shows(
    browse: Browse, cleared: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commercebrain.desk.figures.explorer.answers.MEMBERS", 1)
    for code in COUNTIES:
        Region.objects.filter(code=code).update(name_zh=f"county {code}", name_en=f"county {code}")
    text = page(browse(cleared), **{**EXPORTS, "period": "2025-03"}, by="county", chart="bars")
    found = re.search(r'<script id="explorer-data"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert found is not None
    assert set(json.loads(found[1])["labels"]) == {f"county {code}" for code in COUNTIES}


def test_before_the_lines_came_nothing_was_known(browse: Browse, cleared: Person) -> None:
    text = page(browse(cleared, "zh-hans"), **EXPORTS | {"period": "2025-03", "as_of": "2025-01-31"})
    assert "没有数" in answer(text)


def test_the_catalogue_lists_every_indicator_and_says_of_which_there_are_figures(
    browse: Browse, cleared: Person
) -> None:
    client = browse(cleared, "zh-hans")
    text = client.get(reverse("web:indicators"), {"q": "customs_export_value"}).content.decode()
    assert "报关出口额" in text and "有数" in text and "明细" in text
    one = html.unescape(client.get(reverse("web:indicator", args=["customs_export_value"])).content.decode())
    assert "sum(value_cny) where flow == 'export'" in one and "累计同比" in one and "2025年3月" in answer(one)
    assert client.get(reverse("web:indicator", args=["no_such_thing"])).status_code == 404


def test_the_catalogue_tells_nobody_a_figure_who_may_not_see_it(house: House, browse: Browse, city: Region) -> None:
    for who in (house.people.nobody, house.people.firm):
        text = browse(who, "zh-hans").get(reverse("web:indicator", args=["customs_export_value"])).content.decode()
        assert not re.search(r"\d+\.\d\d 亿元", answer(text)), answer(text)


def test_the_api_answers_the_same_question_page_by_page(browse: Browse, cleared: Person, uncleared: Person) -> None:
    client = browse(cleared)
    asked = EXPORTS | {"by": "county", "where": ["country=USA"], "limit": "2"}
    found = client.get("/api/tables", asked).json()
    assert found["count"] > 2 and len(found["items"]) == 2
    row = found["items"][0]
    assert row["dimensions"]["county"].startswith("9901") and row["synthetic"] and row["unit"] == "亿元"
    refused = browse(uncleared).get("/api/tables", EXPORTS | {"by": "uscc"})
    assert refused.status_code in (400, 403, 409, 422) and refused.json()["code"] == "table.not_declared"
    listed = client.get("/api/indicators", {"q": "customs_export_value"}).json()
    assert listed["items"][0]["dimensions"][0] == "county" and "ytd_yoy" in listed["items"][0]["transforms"]


def test_the_series_of_an_indicator_of_records_says_what_was_known_on_earlier_days(
    browse: Browse, cleared: Person, house: House
) -> None:
    address = reverse("web:series", args=["customs_export_value", "990100"])
    client = browse(cleared, "zh-hans")
    text = client.get(address).content.decode()
    assert "2025年3月" in answer(text) and "2025-04-20" in text and "2025-07-21" in text
    early = client.get(address, {"as_of": "2025-01-31"}).content.decode()
    assert "暂无" in answer(early)
    assert "%" in answer(client.get(address, {"transform": "yoy"}).content.decode())
    stranger = answer(browse(house.people.firm, "zh-hans").get(address).content.decode())
    assert not re.search(r"\d\.\d\d 亿元", stranger), stranger


def test_the_web_answers_with_fewer_rows_than_the_engine_and_says_so(
    browse: Browse, cleared: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commercebrain.desk.figures.explorer.views.MOST_ROWS", 50)
    client = browse(cleared)
    asked = EXPORTS | {"by": "uscc"}
    assert "at most 50 rows" in page(browse(cleared, "en"), **asked)
    refused = client.get("/api/tables", asked)
    assert refused.status_code == 400 and refused.json()["code"] == "request.too_many_rows"
    assert client.get("/api/tables", EXPORTS | {"by": "county"}).json()["count"] <= 50


def test_a_region_with_a_line_break_is_a_sentence_and_never_a_header(browse: Browse, cleared: Person) -> None:
    client = browse(cleared)
    for code in ("customs_export_value", "export_value"):
        asked = {"code": code, "region": "330200\r\nX-Own: y", "period": "2024", "export": "csv"}
        found = client.get(reverse("web:explorer"), asked)
        assert found.status_code == 200 and "\n" not in found.headers.get("Content-Disposition", "")
