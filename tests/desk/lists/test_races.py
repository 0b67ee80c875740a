"""Two people at once: one draft, one decision, and no row written after the proposal."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from tests.house import House

from commercebrain.desk.core.models import Event
from commercebrain.desk.lists import actions, queries, rows
from commercebrain.desk.lists.models import Book, ListVersion
from commercebrain.engine.errors import UserError

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
PC = {"code": "8471.30.01", "name": "便携式电脑", "rate": 25}


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each gave, or the refusal that it met."""
    start, told = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            start.wait()
            told[place] = act()
        except UserError as refusal:
            told[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_of_two_who_begin_a_draft_at_once_one_gets_it(tariff: Book, house: House) -> None:
    told = at_once(
        lambda: actions.draft(tariff, house.people.planner), lambda: actions.draft(tariff, house.people.province)
    )
    refused = [one for one in told if isinstance(one, UserError)]
    assert [one.code for one in refused] == ["lists.open_already"]
    assert ListVersion.objects.filter(book=tariff).count() == 1
    assert Event.objects.filter(verb="book.drafted").count() == 1


def test_of_two_decisions_at_once_one_counts(tariff: Book, house: House) -> None:
    version = actions.draft(tariff, house.people.planner)
    rows.put(version, house.people.planner, PC)
    version = actions.propose(version, house.people.planner, document="公告", effective_on=date(2025, 7, 15))
    seen = version.version
    told = at_once(
        lambda: actions.decide(version, house.people.province, approve=True, seen=seen),
        lambda: actions.decide(version, house.people.clerk, approve=False, decision="文号有误", seen=seen),
    )
    assert sum(isinstance(one, UserError) for one in told) == 1
    assert Event.objects.filter(verb__in=["book.approved", "book.declined"]).count() == 1
    version.refresh_from_db()
    held = queries.members_on(tariff).count()
    assert held == (1 if version.state == "approved" else 0)


def test_no_row_reaches_a_version_after_it_was_proposed(tariff: Book, house: House) -> None:
    version = actions.draft(tariff, house.people.planner)
    rows.put(version, house.people.planner, PC)
    more = [{"code": f"8501{n:02d}00", "rate": 10} for n in range(10, 60)]
    at_once(
        lambda: rows.fill(version, house.people.planner, more),
        lambda: actions.propose(version, house.people.planner, document="公告", effective_on=date(2025, 7, 15)),
    )
    version.refresh_from_db()
    assert version.state == "proposed" and version.rows_in == queries.version_rows(version).count() in (1, 51)
