"""A register of ten lines gets list, form, import, export, search and API."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.urls import reverse
from tests.desk.registers.conftest import TEN_LINES

from commercebrain.desk.core.models import Event
from commercebrain.desk.core.search import search
from commercebrain.desk.registers import actions, queries
from commercebrain.desk.registers.models import Entry, EntryState
from commercebrain.engine.catalogue import Register

pytestmark = pytest.mark.django_db
LIST = "/registers/night_market/"


def rows(register: Register, house: Any, count: int = 3) -> list[Entry]:
    """A few entries of 宁波's and 海曙's bureaus."""
    made = []
    for n in range(count):
        unit = house.units.haishu if n % 2 else house.units.ningbo
        row = {
            "name": f"老外滩{n}号街", "kind": "street" if n % 2 else "market", "county": "330203", "stalls": 10 * n,
            "opened": f"2025-0{n % 9 + 1}-01", "phone": "0574-87000000",
        }  # fmt: skip
        made.append(actions.create(register, house.people.province, row, unit=unit))
    return made


def test_the_declaration_has_ten_lines() -> None:
    assert len(TEN_LINES.splitlines()) == 10


def test_a_form_saves_what_was_typed_and_the_list_shows_it(night_market: Register, house: Any, browse: Any) -> None:
    client = browse(house.people.county)
    assert client.get(f"{LIST}new/").status_code == 200
    typed = {
        "name": "南塘老街", "kind": "street", "county": "330203", "stalls": "1,200", "opened": "2025-05-01",
        "phone": "0574-87654321", "unit": house.units.haishu.pk,
    }  # fmt: skip
    answer = client.post(f"{LIST}new/", typed)
    assert answer.status_code == 302
    entry = Entry.objects.get(register="night_market")
    assert entry.data == {
        "name": "南塘老街", "kind": "street", "county": "330203", "stalls": 1200, "opened": "2025-05-01",
        "phone": "0574-87654321",
    }  # fmt: skip
    assert (entry.title, entry.unit, entry.created_by) == ("南塘老街", house.units.haishu, house.people.county)
    page = client.get(LIST).content.decode()
    assert "南塘老街" in page and "1,200" in page and "Haishu District" in page
    assert "87654321" not in page, "a telephone number is personal"
    assert Event.objects.get(verb="register.entry_created").person == house.people.county


def test_what_is_wrong_is_said_beside_each_field_at_once(night_market: Register, house: Any, browse: Any) -> None:
    typed = {"name": "", "kind": "square", "stalls": "-3", "opened": "yesterday", "unit": house.units.haishu.pk}
    answer = browse(house.people.county).post(f"{LIST}new/", typed)
    assert answer.status_code == 422
    assert {"name", "kind", "stalls", "opened"} <= set(answer.context["form"].errors)
    assert not Entry.objects.exists()


def test_filters_narrow_in_the_database_and_orders_follow_numbers(
    night_market: Register, house: Any, browse: Any
) -> None:
    rows(night_market, house, 5)
    client = browse(house.people.province)

    def titles(query: str) -> list[str]:
        return [line["row"].title for line in client.get(f"{LIST}?{query}").context["lines"]]

    assert titles("kind=street") == ["老外滩1号街", "老外滩3号街"]
    assert titles("stalls_from=20&stalls_to=30") == ["老外滩2号街", "老外滩3号街"]
    assert titles("opened_from=2025-04-01") == ["老外滩3号街", "老外滩4号街"]
    assert len(titles("county=330200")) == 5, "a region stands for all below it"
    assert titles("sort=-stalls")[:2] == ["老外滩4号街", "老外滩3号街"]
    assert titles("sort=stalls")[0] == "老外滩0号街"
    assert titles("q=lwt") == titles(""), "pinyin initials find the names"
    assert titles("q=3号") == ["老外滩3号街"]


def test_the_export_holds_what_is_seen_without_what_is_personal(
    night_market: Register, house: Any, browse: Any
) -> None:
    rows(night_market, house)
    answer = browse(house.people.province).get(f"{LIST}?export=csv&stalls_from=10")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line[0] for line in lines[1:3]] == ["老外滩1号街", "老外滩2号街"]
    assert "87000000" not in answer.content.decode("utf-8-sig")
    assert Event.objects.filter(verb__startswith="data.exported").exists(), (
        "rows with personal data are told as taken out"
    )


def test_the_search_box_finds_entries_in_sight_only(night_market: Register, house: Any) -> None:
    rows(night_market, house)
    assert {hit.title for hit in search(house.people.county, "老外滩")} == {"老外滩1号街"}
    assert len(search(house.people.province, "lwt")) == 3
    assert not search(house.people.neighbour, "老外滩")
    named = search(house.people.sister, "老外滩1")
    assert [(hit.title, hit.hint) for hit in named] == [("老外滩1号街", str(house.units.haishu))], (
        "who may find sees name and holder"
    )
    assert named[0].url == reverse("people:unit", args=[house.units.haishu.pk])


def test_the_api_tells_the_register_and_its_entries_with_the_same_filters(
    night_market: Register, house: Any, browse: Any
) -> None:
    rows(night_market, house, 4)
    client = browse(house.people.province)
    told = {one["code"]: one for one in client.get("/api/registers?limit=500").json()["items"]}
    assert told["night_market"]["entries"] == 4
    found = client.get("/api/registers/night_market?kind=street&sort=-stalls").json()
    assert [one["title"] for one in found["items"]] == ["老外滩3号街", "老外滩1号街"]
    first = found["items"][0]
    assert first["register"] == "night_market" and first["data"]["stalls"] == 30
    assert first["data"]["phone"] == "057****"
    assert client.get(f"/api/registers/night_market/{first['id']}").json() == first
    refused = client.get("/api/registers/night_market?colour=red")
    assert refused.status_code == 400 and refused.json()["code"] == "register.no_filter"
    assert client.get("/api/registers/night_market?stalls_from=many").status_code == 400
    assert client.get("/api/registers/night_market?sort=phone").json()["code"] == "register.no_order"
    assert client.get("/api/registers/nothing").status_code == 404
    assert browse(house.people.county).get("/api/registers/night_market").json()["count"] == 2


def test_the_detail_page_shows_what_an_entry_was_before(night_market: Register, house: Any, browse: Any) -> None:
    entry = rows(night_market, house, 1)[0]
    row = {**entry.data, "stalls": 99}
    actions.edit(entry, night_market, house.people.planner, entry.version, row)
    page = (
        browse(house.people.planner, "zh-hans")
        .get(reverse("registers:entry", args=["night_market", entry.pk]))
        .content.decode()
    )
    assert "99" in page and "0 个 → 99 个" in page
    assert EntryState.objects.get(entry=entry).data["stalls"] == 0


def test_a_new_file_is_taken_up_without_a_restart_and_a_removed_one_is_gone(
    declare: Any, house: Any, browse: Any
) -> None:
    client = browse(house.people.planner)
    assert client.get(LIST).status_code == 404
    declare(TEN_LINES)
    assert client.get(LIST).status_code == 200
    assert "Night-time economy areas" in client.get("/registers/").content.decode()
    assert queries.counts(house.people.planner) == {}


def test_a_faulty_file_is_left_out_and_named_with_its_line(declare: Any, house: Any) -> None:
    from commercebrain.desk.registers.declared import faults

    assert declare(TEN_LINES.replace("type: date", "type: dat"), apply=False) is None
    told = faults()[0]
    assert (told.file, told.line) == ("registers/own.yaml", 9) and "date" in told.reason_en
