"""Filters and orders of declared fields run in expression indexes, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from tests.desk.registers.conftest import TEN_LINES

from commercebrain.desk.registers import actions, indexes, queries
from commercebrain.desk.registers.models import Entry
from commercebrain.engine.catalogue import Register

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def many(night_market: Register) -> Register:
    """Three thousand entries of the register, and as many of another."""
    made = []
    for n in range(3000):
        data = {
            "name": f"街{n}", "kind": "street" if n % 50 else "market", "county": f"3302{n % 40:02}", "stalls": n * 7 % 3001,
            "opened": f"20{n % 25:02}-{n % 12 + 1:02}-{n % 28 + 1:02}",
        }  # fmt: skip
        if n % 10 == 0:
            del data["stalls"]
        for register in ("night_market", "friendly_city"):
            made.append(Entry(register=register, key=str(n), title=f"街{n}", data=data, classification="public"))
    Entry.objects.bulk_create(made, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registers_entry")
    return night_market


def plan(rows: Any) -> str:
    return str(rows.explain()).replace("\n", " ")


def test_a_filter_and_both_orders_use_the_index_of_their_field(many: Register, house: Any) -> None:
    rows = queries.entries(house.people.planner, many).select_related(None)
    questions = {
        "rx_night_market_kind_": rows.filter(f_kind="market").order_by("pk"),
        "rx_night_market_county_": rows.filter(f_county="330207").order_by("pk"),
        "rx_night_market_stalls_": rows.filter(f_stalls__gte=10, f_stalls__lte=20).order_by("pk"),
        "rx_night_market_opened_": rows.filter(f_opened__gte="2024-12-01", f_opened__lte="2024-12-31").order_by(
            "f_opened"
        ),
    }
    for name, asked in questions.items():
        assert name in plan(asked), (name, plan(asked))
    for order in (F("f_stalls").asc(nulls_last=True), F("f_stalls").desc(nulls_last=True)):
        told = plan(rows.order_by(order, "pk")[:50])
        assert "rx_night_market_stalls_" in told, told
    assert "register_entry_titles" in plan(rows.order_by("title", "pk")[:50])


def test_the_answers_are_those_of_a_plain_reading(many: Register, house: Any) -> None:
    rows = queries.entries(house.people.planner, many)
    every = list(Entry.objects.filter(register="night_market"))
    wanted = {e.pk for e in every if 10 <= e.data.get("stalls", -1) <= 20}
    assert {e.pk for e in rows.filter(f_stalls__gte=10, f_stalls__lte=20)} == wanted
    ordered = [e.data.get("stalls") for e in rows.order_by(F("f_stalls").desc(nulls_last=True), "pk")]
    full = sorted((e.data["stalls"] for e in every if "stalls" in e.data), reverse=True)
    assert ordered == full + [None] * (len(every) - len(full))


def test_pages_by_key_walk_through_all_rows_once(many: Register, house: Any, browse: Any) -> None:
    client, address, seen = browse(house.people.planner), "/registers/night_market/?sort=-stalls", []
    query = ""
    for _page in range(100):
        context = client.get(address + query).context
        seen += [line["row"].pk for line in context["lines"]]
        following = context["pages"].get("next")
        if not following:
            break
        query = f"&after={following['after']}"
    assert len(seen) == len(set(seen)) == 3000


def test_apply_says_what_it_did_and_a_second_time_has_nothing_to_do(declare: Any) -> None:
    declare(TEN_LINES, apply=False)
    done = actions.apply_declarations()
    assert "+ night_market.kind" in done and "+ night_market.stalls" in done
    assert actions.apply_declarations() == []
    declare(
        TEN_LINES.replace("filter: true, sort: true}\n  - {code: opened", "filter: true}\n  - {code: opened"),
        apply=False,
    )
    done = actions.apply_declarations()
    assert len(done) == 1 and done[0].startswith("- rx_night_market_stalls_"), "the downward index of an order goes"
    declare(TEN_LINES.replace("filter: true", "filter: false").replace("sort: true", "sort: false"), apply=False)
    actions.apply_declarations()
    assert not [name for name in indexes.present() if "night_market" in name]


def test_the_doctor_says_that_indexes_are_missing(declare: Any) -> None:
    from commercebrain.operations.doctor import _registers

    actions.apply_declarations()
    assert _registers().verdict == "ok"
    declare(TEN_LINES, apply=False)
    told = _registers()
    assert told.verdict == "missing" and "catalogue apply" in told.mend_en


def test_an_entry_writes_to_the_indexes_of_its_own_register_alone(many: Register) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'rx_%%'")
        else:
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND name LIKE 'rx_%%'")
        definitions = [text for (text,) in cursor.fetchall()]
    assert definitions and all("WHERE" in text and "register" in text.split("WHERE")[1] for text in definitions)
