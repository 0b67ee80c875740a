"""The one list page: filters, search, sorting, paging, columns, export; over query sets and over Python lists."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.test import RequestFactory
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from commercebrain.desk.core.columns import Column, sort_rows
from commercebrain.desk.core.export import harmless, to_csv, to_xlsx
from commercebrain.desk.core.filters import Filter
from commercebrain.desk.core.generic import DetailPage, ListPage


def login(client, person):
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")


@dataclass
class Line:
    name: str
    value: Decimal | None
    state: str = "met"


class Lines(ListPage):
    """A list over plain Python rows."""

    title = "Lines"
    columns = (
        Column("name", "Name", sort=lambda row: row.name),
        Column("value", "Value", unit="亿元", number=True, decimals=2, sort=lambda row: row.value),
        Column("state", "State", hidden=True),
    )
    filters = (Filter("state", "State", [("met", "met"), ("gap", "gap")]),)
    search_fields = ("name",)
    page_size = 2
    lines = (
        Line("甲", Decimal("1234.5")),
        Line("乙", None),
        Line("丙", Decimal("-2"), "gap"),
        Line("=1+1", Decimal(0)),
    )

    def rows(self, request):
        return list(self.lines)


@pytest.fixture
def ask(db):
    """Asks the list over Python rows for a page and returns the answer."""

    def get(query=""):
        request = RequestFactory().get(f"/lines/{query}")
        request.user, request.session, request.htmx = AnonymousUser(), {}, False
        return Lines.as_view()(request)

    return get


def body_rows(answer) -> list[str]:
    text = answer.content.decode()
    return [name for name in ("甲", "乙", "丙", "=1+1") if f"<td>{name}</td>" in text]


def test_a_python_list_is_paged(ask):
    assert body_rows(ask()) == ["甲", "乙"]
    assert body_rows(ask("?page=2")) == ["丙", "=1+1"]
    assert body_rows(ask("?page=99")) == ["丙", "=1+1"]


def test_rows_without_a_value_come_last_either_way(ask):
    text = ask("?sort=value&page=2").content.decode()
    assert "<td>乙</td>" in text
    text = ask("?sort=-value&page=2").content.decode()
    assert "<td>乙</td>" in text


def test_units_stand_in_the_header_and_missing_is_a_dash_not_a_zero(ask):
    text = ask().content.decode()
    assert '<span class="unit">亿元</span>' in text
    assert "1,234.50" in text and "—" in text and "1,234.50亿元" not in text


def test_a_filter_narrows_and_a_value_that_is_no_choice_shows_nothing_but_a_sentence(ask):
    assert body_rows(ask("?state=gap")) == ["丙"]
    wrong = ask("?state=nonsense")
    assert body_rows(wrong) == [] and "这里没有“nonsense”可选。" in wrong.content.decode()


def test_a_search_that_finds_nothing_says_so_and_offers_all(ask):
    text = ask("?q=zzz").content.decode()
    assert "没有符合条件的内容" in text and "显示全部" in text


def test_the_export_holds_what_is_seen_all_pages_of_it(ask):
    answer = ask("?export=csv&sort=name")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["Name", "Value（亿元）"]
    assert len(rows) == 5 and ["甲", "1234.5"] in rows and ["乙", ""] in rows
    assert ["'=1+1", "0.0"] in rows  # what a spreadsheet would run is text
    assert "attachment" in answer["Content-Disposition"]


def test_the_workbook_holds_numbers_as_numbers_and_text_as_text(ask):
    answer = ask("?export=xlsx&columns=name&columns=value")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert sheet[0] == ["Name", "Value（亿元）"]
    assert sheet[1] == ["甲", 1234.5] and ["=1+1", 0.0] in sheet


@pytest.mark.django_db
def test_the_reader_finds_the_chosen_columns_again(client, house):
    login(client, house.people.director)
    address = reverse("registry:regions")
    assert "启用日期</a>" not in client.get(address).text
    assert "启用日期</a>" in client.get(address + "?columns=code&columns=from").text
    again = client.get(address).text
    assert "启用日期</a>" in again and "英文名称</a>" not in again
    assert "英文名称</a>" in client.get(address + "?columns=").text  # an empty choice brings the usual ones back


@pytest.mark.django_db
def test_htmx_gets_the_table_alone(client, house):
    login(client, house.people.director)
    part = client.get(reverse("registry:regions"), headers={"hx-request": "true", "hx-target": "list"}).text
    assert "<html" not in part and "330200" in part


@pytest.mark.django_db
def test_a_list_over_the_database_filters_searches_and_sorts(client, house):
    login(client, house.people.director)
    address = reverse("registry:regions")
    assert "330203" not in client.get(address + "?level=city").text
    found = client.get(address + "?q=Ningbo").text
    assert "330200" in found and "330600" not in found
    text = client.get(address + "?sort=-code").text
    assert text.index("330600") < text.index("330200")
    assert client.get(address + "?sort=evil__path&page=x&level=%00").status_code == 200


@pytest.mark.django_db
def test_a_list_costs_the_same_queries_whatever_its_length(client, house, django_assert_max_num_queries):
    from commercebrain.desk.people import actions

    login(client, house.people.admin)
    for number in range(40):
        person = actions.create_person(f"more{number}", None, "人")
        actions.grant(person, house.units.ningbo, house.roles["trade_section"])
    with django_assert_max_num_queries(16):
        assert client.get(reverse("people:persons")).status_code == 200


def test_a_detail_that_is_not_in_sight_is_not_found(db):
    class Nothing(DetailPage):
        def find(self, request, **kwargs):
            return None

    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with pytest.raises(Http404):
        Nothing.as_view()(request)


@given(st.text(max_size=8))
def test_no_text_leaves_an_export_as_a_formula(text):
    safe = harmless(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe.removeprefix("'") == text or safe == text


@given(st.lists(st.tuples(st.text(max_size=5), st.one_of(st.none(), st.integers(-9, 9))), max_size=6))
def test_both_files_hold_every_row_once(rows):
    clean = [(a.replace("\r", " ").replace("\n", " ").replace("\x00", ""), b) for a, b in rows]
    read = list(csv.reader(io.StringIO(to_csv(["a", "b"], clean).decode("utf-8-sig"))))
    assert len(read) == len(rows) + 1
    assert to_xlsx(["a", "b"], [("x", n) for n, _ in enumerate(rows)], "a:b/[c]")[:2] == b"PK"


@given(st.lists(st.one_of(st.none(), st.integers()), max_size=12), st.booleans())
def test_sorting_keeps_every_row_and_puts_the_empty_last(values, descending):
    rows = [{"v": value} for value in values]
    done = [row["v"] for row in sort_rows(rows, Column("v", "v", sort=lambda row: row["v"]), descending)]
    known = [value for value in done if value is not None]
    assert known == sorted(known, reverse=descending)
    assert done == known + [None] * (len(values) - len(known))
