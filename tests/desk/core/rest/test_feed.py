"""The feed by key: nothing skipped, nothing told twice, whatever the moments."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from commercebrain.desk.core.events import record
from commercebrain.desk.core.models import Job
from commercebrain.desk.core.rest import Feed, FeedIn
from commercebrain.engine.errors import UserError


def walk(limit: int, after: str = "") -> tuple[list[int], str]:
    """Everything from ``after`` on, piece by piece."""
    told: list[int] = []
    while True:
        piece = Feed(Job.objects.all(), "queued_at", lambda row: row.pk).piece(FeedIn(after=after, limit=limit))
        told += piece["items"]
        after = piece["next"]
        if not piece["more"]:
            return told, after


class FeedWalk(TestCase):
    """Hypothesis and a database that is rolled back between examples."""

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.integers(0, 3), max_size=25), st.lists(st.integers(3, 5), max_size=8), st.integers(1, 7))
    def test_every_row_comes_exactly_once_though_many_share_a_moment(
        self, first: list[int], later: list[int], limit: int
    ) -> None:
        start = datetime(2025, 7, 21, 8, tzinfo=UTC)

        def write(seconds: list[int]) -> list[int]:
            made = []
            for second in seconds:
                row = Job.objects.create(kind="feed.test")
                Job.objects.filter(pk=row.pk).update(queued_at=start + timedelta(seconds=second))
                made.append(row.pk)
            return made

        before = write(first)
        told, key = walk(limit)
        assert sorted(told) == before and told == list(
            Job.objects.filter(pk__in=before).order_by("queued_at", "pk").values_list("pk", flat=True)
        )
        after = write(sorted(later))  # at or after the last moment: as rows come in
        more, key = walk(limit, key)
        assert sorted(more) == after
        assert walk(limit, key) == ([], key)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "key", ["x", "WzEsMl0", "WyIyMDI1IiwgdHJ1ZV0", "é", "WyIyMDI1LTA3LTIxVDAwOjAwOjAwIiwgMV0", "A" * 180]
)
def test_a_foreign_key_is_refused_with_a_sentence(key: str) -> None:
    with pytest.raises(UserError, match="next"):
        Feed(Job.objects.all(), "queued_at", lambda row: row.pk).piece(FeedIn(after=key))


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_row_whose_transaction_commits_late_is_not_lost() -> None:
    """A writes first and commits last; B writes and commits between. The feed must tell both, once each."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: nothing can commit late")
    wrote, go = threading.Event(), threading.Event()
    made: dict[str, int] = {}

    def slow() -> None:
        try:
            with transaction.atomic():
                made["a"] = Job.objects.create(kind="feed.a").pk
                wrote.set()
                go.wait(120)
        finally:
            connections.close_all()

    writer = threading.Thread(target=slow)
    writer.start()
    assert wrote.wait(120)
    made["b"] = Job.objects.create(kind="feed.b").pk
    Job.objects.filter(pk=made["b"]).update(queued_at=timezone.now() + timedelta(milliseconds=5))
    early, key = walk(10)
    go.set()
    writer.join()
    deadline = timezone.now() + timedelta(seconds=20)
    told: list[Any] = list(early)
    while len(told) < 2 and timezone.now() < deadline:
        more, key = walk(10, key)
        told += more
    assert sorted(told) == sorted(made.values())


@pytest.mark.django_db
def test_events_can_be_fed(house: Any) -> None:
    from commercebrain.desk.core.models import Event

    record("person.unlocked", house.people.clerk, house.people.admin, name="甲", name_en="A")
    assert Feed(Event.objects.all(), "at", lambda row: row.verb).piece(FeedIn(limit=2000))["items"]
