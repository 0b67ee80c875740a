"""Personal values of a list's rows stay masked wherever rows are told: pages, versions, differences, API, exports, events."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client
from tests.answers import body
from tests.house import House

from commercebrain.desk.core.models import Event
from commercebrain.desk.lists import actions, rows
from commercebrain.desk.lists.kinds import kind
from commercebrain.desk.lists.models import Book, Member
from commercebrain.desk.registry.models import Enterprise

FIRST, SECOND = "王小明", "李大勇"
CALLS = "13805740001", "13905740002"


@pytest.fixture
def key(house: House, firms: list[Enterprise]) -> Book:
    """Key exporters with a clerk, in force, and a draft in which the clerk is another."""
    book = actions.create_book(kind("key_exporters"), house.people.planner, house.units.ningbo, "重点出口企业")
    version = actions.draft(book, house.people.planner)
    done = rows.fill(version, house.people.planner, [{"enterprise": firms[0].uscc, "clerk": FIRST, "phone": CALLS[0]}])
    assert not done.refused
    actions.propose(version, house.people.planner, document="通知1号", reason="按年更新", effective_on=date(2025, 7, 1))
    actions.decide(version, house.people.province, approve=True)
    draft = actions.draft(book, house.people.planner)
    rows.fill(draft, house.people.planner, [{"enterprise": firms[0].uscc, "clerk": SECOND, "phone": CALLS[1]}])
    return book


@pytest.mark.parametrize("who", ["planner", "province"])
def test_the_clerk_of_a_row_is_masked_on_pages_in_files_and_through_the_api(
    key: Book, house: House, client: Client, who: str
) -> None:
    first, draft = key.versions.order_by("number")
    members = Member.objects.filter(book=key)
    addresses = [
        f"/lists/books/{key.pk}/", f"/lists/books/{key.pk}/?tab=rows", f"/lists/books/{key.pk}/rows/?export=csv",
        f"/lists/books/{key.pk}/?tab=history", f"/lists/versions/{first.pk}/", f"/lists/versions/{draft.pk}/",
        f"/lists/versions/{draft.pk}/rows/", f"/lists/versions/{draft.pk}/difference/",
        f"/lists/versions/{draft.pk}/difference/?export=csv", *(f"/lists/rows/{one.pk}/" for one in members),
        f"/api/lists/{key.pk}/rows", f"/api/list-versions/{draft.pk}/rows",
        f"/api/list-versions/{draft.pk}/difference", "/search/?q=重点",
    ]  # fmt: skip
    client.force_login(getattr(house.people, who))
    opened = 0
    for address in addresses:
        answer: Any = client.get(address)
        told = body(answer)
        opened += answer.status_code == 200
        text = told.decode("utf-8-sig")
        assert not [name for name in (FIRST, SECOND, *CALLS) if name in text], address
    assert opened >= len(addresses) - 3  # a draft is not for everybody
    said = json.dumps(list(Event.objects.values_list("data", flat=True)), ensure_ascii=False, default=str)
    assert not [name for name in (FIRST, SECOND, *CALLS) if name in said]
