"""A reading request asks once; a writing one, and everything outside requests, asks anew."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.house import House

from commercebrain.desk.core.memo import RememberWithinReads, once
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Right
from commercebrain.desk.people.scopes import extent_of


@pytest.mark.parametrize(("method", "asked"), [("get", 1), ("head", 1), ("post", 3)])
def test_only_a_request_that_reads_remembers(method: str, asked: int) -> None:
    answers: list[int] = []

    def view(request: Any) -> Any:
        for _ in range(3):
            once("question", lambda: answers.append(1))
        return None

    RememberWithinReads(view)(getattr(RequestFactory(), method)("/"))
    assert len(answers) == asked
    once("question", lambda: answers.append(1))
    assert len(answers) == asked + 1, "nothing is remembered after the request"


def test_a_role_taken_away_counts_from_the_next_request(house: House) -> None:
    from datetime import date

    on = date(2025, 7, 21)
    assert not extent_of(house.people.director, Right.SEE, on).empty
    actions.revoke(house.people.director.memberships.get())
    assert extent_of(house.people.director, Right.SEE, on).empty


def test_a_page_reads_the_business_date_and_each_right_once(house: House) -> None:
    client = Client()
    client.force_login(house.people.director, backend="django.contrib.auth.backends.ModelBackend")
    client.get(reverse("plans:documents"))
    with CaptureQueriesContext(
        connection,
    ) as told:
        client.get(reverse("plans:documents"))
    said = [query["sql"] for query in told]
    assert sum('FROM "core_setting"' in sql and "business_date" in sql for sql in said) == 1
    assert sum('FROM "people_membership"' in sql and '"people_membership"."starts"' in sql for sql in said) <= 4
