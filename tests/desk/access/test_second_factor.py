"""One-time codes: right once, for the right person, within the limits; recovery codes; who may reset them."""

from __future__ import annotations

import re
import threading

import pyotp
import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.urls import reverse
from tests.house import PASSWORD
from tests.web.pages import BACKEND

from commercebrain.desk.access import second_factor
from commercebrain.desk.core.models import Event
from commercebrain.engine.errors import UserError

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests move."""

    class Clock:
        now = 1_752_000_000.0

        def code(self, ahead: int = 0) -> str:
            return pyotp.TOTP(SECRET).at(int(self.now) + ahead)

    held = Clock()
    monkeypatch.setattr("commercebrain.desk.access.second_factor.time.time", lambda: held.now)
    return held


@pytest.fixture
def clerk(house, clock):
    """The clerk, with one-time codes set up a minute ago."""
    person = house.people.clerk
    person.codes = second_factor.set_up(person, SECRET, clock.code())
    clock.now += 60
    return person


def password_given(username: str = "clerk") -> Client:
    client = Client()
    answer = client.post(reverse("people:sign_in"), {"username": username, "password": PASSWORD, "next": "/units/"})
    assert answer.status_code == 302
    client.at = answer.url  # type: ignore[attr-defined]
    return client


def give(client: Client, code: str):
    return client.post(reverse("access:second_step"), {"code": code})


@pytest.mark.django_db
def test_the_right_password_alone_opens_nothing(clerk):
    client = password_given()
    assert client.at == reverse("access:second_step")
    assert client.get("/units/").status_code == 302
    assert client.get("/api/plans").status_code == 401
    assert not Event.objects.filter(verb="person.signed_in").exists()


@pytest.mark.django_db
def test_the_code_after_the_password_signs_in_and_leads_to_the_page_asked_for(clerk, clock):
    client = password_given()
    answer = give(client, clock.code())
    assert answer.status_code == 302 and answer.url == "/units/"
    assert client.get("/units/").status_code == 200
    assert clerk.running_sessions.get().method == "second_factor"


@pytest.mark.django_db
def test_no_code_is_accepted_twice_nor_an_older_one_after_it(clerk, clock):
    code = clock.code()
    assert give(password_given(), code).status_code == 302
    assert give(password_given(), code).status_code == 422
    assert give(password_given(), clock.code(-30)).status_code == 422
    assert give(password_given(), clock.code(+30)).status_code == 302


@pytest.mark.django_db
def test_the_code_that_set_it_up_signs_nobody_in(house, clock):
    second_factor.set_up(house.people.clerk, SECRET, clock.code())
    assert not second_factor.check(house.people.clerk, clock.code())


@pytest.mark.django_db
def test_codes_of_another_time_or_another_shape_are_refused(clerk, clock):
    for wrong in (clock.code(-90), clock.code(90), "", "abcdef", "000000000000", "１２３４５６", clock.code()[:5]):
        assert not second_factor.check(clerk, wrong), wrong
    assert second_factor.check(clerk, f" {clock.code()[:3]} {clock.code()[3:]} ")


@pytest.mark.django_db
def test_each_recovery_code_works_once_and_is_told(clerk):
    first, second, *_rest = clerk.codes
    assert give(password_given(), first).status_code == 302
    assert give(password_given(), first).status_code == 422
    assert give(password_given(), second).status_code == 302
    assert second_factor.recovery_codes_left(clerk) == 8
    assert Event.objects.filter(verb="second_factor.recovery_used").count() == 2


@pytest.mark.django_db
def test_new_recovery_codes_end_the_old_ones(clerk, clock):
    client = Client()
    client.force_login(clerk, backend=BACKEND)
    answer = client.post(reverse("access:second_factor"), {"do": "renew", "code": clock.code()})
    fresh = re.findall(r"<code>(\d{8})</code>", answer.text)
    assert len(fresh) == 10 and not set(fresh) & set(clerk.codes)
    assert not second_factor.check(clerk, clerk.codes[0]) and second_factor.check(clerk, fresh[0])


@pytest.mark.django_db
def test_guessing_codes_is_stopped_for_the_account_whatever_browser_is_used(clerk, clock, settings):
    settings.LIMITS = ""
    for _ in range(8):
        assert give(password_given(), "000000").status_code == 422
    answer = give(password_given(), clock.code())
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0


@pytest.mark.django_db
def test_the_first_step_is_forgotten_after_five_minutes_and_after_a_new_password(clerk, clock, monkeypatch):
    client = password_given()
    clerk.set_password("Another-good-one-9")
    clerk.save()
    assert give(client, clock.code()).url == reverse("people:sign_in")
    clerk.set_password(PASSWORD)
    clerk.save()
    client = password_given()
    clock.now += 301
    assert give(client, clock.code()).url == reverse("people:sign_in")


@pytest.mark.django_db
def test_an_account_switched_off_between_the_steps_stays_out(clerk, clock):
    client = password_given()
    type(clerk).objects.filter(pk=clerk.pk).update(is_active=False)
    assert give(client, clock.code()).url == reverse("people:sign_in")


@pytest.mark.django_db
def test_setting_it_up_shows_a_picture_that_the_content_policy_allows_and_needs_a_right_code(house, clock):
    client = Client()
    client.force_login(house.people.clerk, backend=BACKEND)
    page = client.get(reverse("access:second_factor_new"))
    assert 'src="data:image/svg+xml;base64,' in page.text
    assert "img-src 'self' data:" in page["Content-Security-Policy"]
    secret = client.session["access.secret"]
    assert client.post(reverse("access:second_factor_new"), {"code": "000000"}).status_code == 422
    assert not second_factor.has_one(house.people.clerk)
    right = pyotp.TOTP(secret).at(int(clock.now))
    answer = client.post(reverse("access:second_factor_new"), {"code": right})
    assert answer.status_code == 200 and len(re.findall(r"<code>\d{8}</code>", answer.text)) == 10
    assert second_factor.has_one(house.people.clerk) and "access.secret" not in client.session


@pytest.mark.django_db
def test_the_secret_is_unreadable_in_the_database_and_under_another_key(clerk, clock, settings):
    row = Authenticator.objects.get(user=clerk, type="totp")
    assert SECRET not in str(row.data)
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another key of this installation"
    with pytest.raises(UserError, match="another secret key"):
        second_factor.check(clerk, clock.code())
    settings.SECRET_KEY_FALLBACKS = [old]
    assert second_factor.check(clerk, clock.code())


@pytest.mark.django_db
def test_a_role_that_demands_codes_sees_nothing_before_they_are_set_up_and_cannot_turn_them_off(house, clock, settings):
    settings.SECOND_FACTOR_ROLES = ["administrator"]
    client = Client()
    client.force_login(house.people.admin, backend=BACKEND)
    assert client.get("/units/").url == reverse("access:second_factor_new")
    assert client.get("/api/plans").status_code == 403
    assert client.get("/units/", headers={"HX-Request": "true"})["HX-Redirect"] == reverse("access:second_factor_new")
    assert client.get(reverse("access:second_factor_new")).status_code == 200
    right = pyotp.TOTP(client.session["access.secret"])
    client.post(reverse("access:second_factor_new"), {"code": right.at(int(clock.now))})
    assert client.get("/units/").status_code == 200
    clock.now += 60
    answer = client.post(reverse("access:second_factor"), {"do": "off", "code": right.at(int(clock.now))})
    assert answer.status_code == 422 and second_factor.has_one(house.people.admin)
    others = Client()
    others.force_login(house.people.clerk, backend=BACKEND)
    assert others.get("/units/").status_code == 200


@pytest.mark.django_db
def test_turning_it_off_needs_a_code_and_leaves_an_event(clerk, clock):
    client = Client()
    client.force_login(clerk, backend=BACKEND)
    assert client.post(reverse("access:second_factor"), {"do": "off", "code": "000000"}).status_code == 422
    assert client.post(reverse("access:second_factor"), {"do": "off", "code": clock.code()}).status_code == 302
    assert not second_factor.has_one(clerk) and Event.objects.filter(verb="second_factor.turned_off").exists()


@pytest.mark.django_db
def test_an_administrator_resets_a_lost_telephone_and_others_cannot(clerk, house):
    for who in (house.people.director, house.people.county):
        with pytest.raises(PermissionDenied):
            second_factor.turn_off(clerk, who)
    client = Client()
    client.force_login(house.people.admin, backend=BACKEND)
    address = reverse("access:person", args=[clerk.pk])
    assert client.post(address, {"reset": "second_factor"}).status_code == 302
    assert not second_factor.has_one(clerk)
    event = Event.objects.get(verb="second_factor.reset")
    assert event.person == house.people.admin and event.data["name"] == clerk.name_zh


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_processes_with_the_same_code_at_once_let_one_in(clerk, clock):
    code, taken, ready = clock.code(), [], threading.Barrier(4)

    def run() -> None:
        ready.wait()
        try:
            taken.append(second_factor.check(clerk, code))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False, False, False, True]
