"""Sessions are seen, ended one by one or together, and end by themselves."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from tests.house import PASSWORD
from tests.web.pages import BACKEND

from commercebrain.desk.access import sessions
from commercebrain.desk.access.models import RunningSession
from commercebrain.desk.access.session_store import kept_key
from commercebrain.desk.core.models import Event
from commercebrain.desk.people import actions

pytestmark = pytest.mark.django_db
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"


def signed_in(username: str = "clerk", password: str = PASSWORD) -> Client:
    client = Client(headers={"user-agent": AGENT})
    answer = client.post(reverse("people:sign_in"), {"username": username, "password": password})
    assert answer.status_code == 302
    return client


def inside(client: Client) -> bool:
    return client.get("/units/").status_code == 200


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        ahead = 0.0

    held, real = Clock(), sessions.time.time
    monkeypatch.setattr("commercebrain.desk.access.sessions.time.time", lambda: real() + held.ahead)
    return held


def test_the_list_names_device_address_and_way_of_each_session(house):
    client, _other = signed_in(), signed_in()
    page = client.get(reverse("access:security")).text
    assert page.count("Chrome · Windows") >= 2 and "127.0.0.1" in page and page.count("本机") == 1


def test_one_session_is_ended_from_another_and_only_ones_own(house):
    here, there, foreign = signed_in(), signed_in(), signed_in("director")
    row = RunningSession.objects.get(session_key=kept_key(there.session.session_key))
    assert foreign.post(reverse("access:end_session", args=[row.pk])).status_code == 404 and inside(there)
    assert here.post(reverse("access:end_session", args=[row.pk])).status_code == 302
    assert not inside(there) and inside(here)
    assert Event.objects.get(verb="sessions.ended").data["count"] == 1


def test_all_others_end_together(house):
    here, others = signed_in(), [signed_in() for _ in range(3)]
    here.post(reverse("access:end_other_sessions"))
    assert inside(here) and not any(inside(other) for other in others)
    assert len(sessions.running(house.people.clerk)) == 1


def test_a_new_password_ends_the_others_and_this_one_goes_on_in_the_list(house):
    here, other = signed_in(), signed_in()
    new = {"old_password": PASSWORD, "new_password1": "Neu-und-lang-77", "new_password2": "Neu-und-lang-77"}
    assert here.post(reverse("people:me"), new).status_code == 302
    assert inside(here) and not inside(other)
    house.people.clerk.refresh_from_db()
    assert [row.session_key for row in sessions.running(house.people.clerk)] == [kept_key(here.session.session_key)]


def test_a_password_given_by_an_administrator_ends_all_sessions(house):
    client = signed_in()
    actions.reset_password(house.people.clerk, house.people.admin)
    house.people.clerk.refresh_from_db()
    assert not inside(client) and sessions.running(house.people.clerk) == []


def test_signing_out_takes_the_session_off_the_list(house):
    client = signed_in()
    client.post(reverse("people:sign_out"))
    assert not RunningSession.objects.exists()


def test_an_administrator_ends_the_sessions_of_a_person_and_others_cannot(house):
    client = signed_in()
    with pytest.raises(PermissionDenied):
        sessions.end_all(house.people.clerk, house.people.director)
    assert inside(client)
    admin = signed_in("admin")
    assert admin.post(reverse("access:person", args=[house.people.clerk.pk]), {"end": "all"}).status_code == 302
    assert not inside(client) and inside(admin)


def test_a_session_that_stands_idle_ends_and_says_so(house, clock, settings):
    settings.IDLE_MINUTES = 30
    client = signed_in()
    clock.ahead = 29 * 60
    assert inside(client)
    clock.ahead += 29 * 60
    assert inside(client)
    clock.ahead += 31 * 60
    answer = client.get("/units/", follow=True)
    assert answer.redirect_chain and "已自动退出" in answer.text


def test_a_session_ends_after_its_hours_however_busy_it_is(house, clock, settings):
    settings.IDLE_MINUTES = 0
    client = signed_in()
    for _hour in range(11):
        clock.ahead += 3600
        assert inside(client)
    clock.ahead += 3601
    assert not inside(client)


def test_signs_of_life_are_written_once_a_minute(house, clock, django_assert_max_num_queries):
    client = signed_in()
    before = RunningSession.objects.get().last_seen_at
    inside(client)
    assert RunningSession.objects.get().last_seen_at == before
    clock.ahead = 61
    inside(client)
    assert RunningSession.objects.get().last_seen_at > before


def test_rows_of_sessions_that_are_over_are_cleared(house):
    signed_in()
    Session.objects.all().delete()
    assert sessions.running(house.people.clerk) == []
    assert sessions.clear() == 1


def test_the_key_changes_when_somebody_signs_in(house):
    client = Client()
    client.get(reverse("people:sign_in"))
    client.session["mark"] = 1
    before = client.session.session_key
    client.post(reverse("people:sign_in"), {"username": "clerk", "password": PASSWORD})
    assert client.session.session_key != before


def test_what_is_over_is_removed_once_a_night(house, client):
    from commercebrain.desk.core import jobs

    client.force_login(house.people.clerk, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/")
    Session.objects.all().delete()
    assert RunningSession.objects.exists()
    assert jobs.start("access.tidy", None).result["sessions"] == 1
    assert not RunningSession.objects.exists()


def test_who_reads_the_table_of_sessions_can_use_none(house):
    client = Client()
    client.force_login(house.people.clerk, BACKEND)
    key = client.cookies["sessionid"].value
    kept = [Session.objects.get().session_key, RunningSession.objects.get().session_key]
    assert kept == [kept_key(key)] * 2 and key not in str(Session.objects.values_list().get())
    thief = Client()
    thief.cookies["sessionid"] = kept[0]
    assert thief.get("/accounts/me/").status_code == 302
    assert client.get("/accounts/me/").status_code == 200
