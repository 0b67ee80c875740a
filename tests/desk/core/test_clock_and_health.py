"""The business date, working days, the search box, and the health page."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone, translation

from commercebrain.desk.core import clock, health, jobs, workdays
from commercebrain.desk.core.models import Setting
from commercebrain.desk.core.search import matches, search

pytestmark = pytest.mark.django_db


def login(client, person):
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")


def test_the_installations_own_date_goes_before_the_pinned_one():
    assert clock.today() == date(2025, 7, 21) and clock.pinned()
    Setting.objects.create(key=clock.KEY, value="2025-10-20")
    assert clock.today() == date(2025, 10, 20)


def test_a_clock_that_nobody_pinned_says_so(monkeypatch):
    monkeypatch.delenv("CBRAIN_TODAY")
    assert not clock.pinned()
    Setting.objects.create(key=clock.KEY, value="2025-10-20")
    assert clock.pinned()


def test_working_days_left_are_counted_from_the_business_date():
    assert workdays.workdays_left(date(2025, 7, 21)) == 0
    assert workdays.workdays_left(date(2025, 7, 28)) == 5
    assert workdays.workdays_left(date(2025, 7, 18)) == -1


def test_the_header_shows_the_date_and_that_it_stands_still(client, house, monkeypatch):
    login(client, house.people.director)
    text = client.get(reverse("people:me")).text
    assert "2025-07-21" in text and "演示固定" in text
    monkeypatch.delenv("CBRAIN_TODAY")
    assert "演示固定" not in client.get(reverse("people:me")).text


def test_health_is_open_to_all_and_names_no_secret(client, settings):
    answer = client.get(reverse("core:healthz"))
    assert answer.status_code == 200
    assert set(answer.json()) == {"database", "lake", "worker", "version"}
    assert answer.json()["database"] == "ok" and answer.json()["worker"] == "never seen"
    assert str(settings.HOME) not in answer.text


def test_health_tells_a_worker_that_lives_from_one_that_is_late(client):
    jobs.note_worker()
    assert client.get(reverse("core:healthz")).json()["worker"] == "ok"
    late = timezone.now() - timedelta(seconds=health.LATE_AFTER + 5)
    Setting.objects.filter(key="worker_seen").update(value=late.isoformat())
    assert client.get(reverse("core:healthz")).json()["worker"] == "late"


def test_health_answers_503_when_the_database_is_away(client, monkeypatch):
    def away():
        raise DatabaseError

    monkeypatch.setattr(health.connection, "cursor", away)
    monkeypatch.setattr(health, "worker_seen", away)
    answer = client.get(reverse("core:healthz"))
    assert answer.status_code == 503 and answer.json()["database"] == "unreachable"


@pytest.mark.parametrize(
    ("typed", "name", "found"),
    [
        ("nbs", "宁波市", True),
        ("NingBo", "宁波市", True),
        ("ning bo", "宁波市", True),
        ("波", "宁波市", True),
        ("bo", "宁波市", False),
        ("hz", "宁波市", False),
        ("ningbo", "Ningbo", True),
        ("%", "宁波市", False),
    ],
)
def test_pinyin_and_initials_find_chinese_names(typed, name, found):
    assert matches(typed, name) is found


def test_the_search_box_keeps_to_the_readers_scope(client, house):
    def titles(who, text):
        with translation.override("en"):
            return {hit.title for hit in search(getattr(house.people, who), text)}

    assert "Ningbo Bureau of Commerce" in titles("clerk", "nbs")
    assert "Ningbo Bureau of Commerce" not in titles("nobody", "nbs")
    assert "Sister" in titles("sister", "sister") and "Sister" not in titles("director", "sister")
    assert titles("clerk", "  ") == set()


def test_the_search_answers_as_list_and_as_page(client, house):
    login(client, house.people.clerk)
    part = client.get(reverse("core:search"), {"q": "nb"}, headers={"hx-request": "true"}).text
    assert "宁波市商务局" in part and "<html" not in part
    page = client.get(reverse("core:search"), {"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in page and "<html" in page
