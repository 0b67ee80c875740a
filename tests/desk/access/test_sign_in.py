"""Passwords, lock-outs and limits: an attacker is stopped, and cannot stop others."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from tests.house import PASSWORD
from tests.web.pages import BACKEND

from commercebrain.desk.access import limits
from commercebrain.desk.access.addresses import address_of, device_named
from commercebrain.desk.access.middleware import PERMISSIONS_POLICY
from commercebrain.desk.access.models import Count
from commercebrain.desk.core.models import Event
from commercebrain.desk.people import actions
from commercebrain.engine.errors import UserError


def try_in(password: str = PASSWORD, username: str = "clerk", address: str = "10.0.0.1", client: Client | None = None):
    given_ = {"username": username, "password": password}
    return (client or Client()).post(reverse("people:sign_in"), given_, REMOTE_ADDR=address)


# --- who asks --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("proxies", "header", "seen"),
    [
        (0, "6.6.6.6", "10.0.0.9"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.9"),
        (1, "rubbish", "10.0.0.9"),
        (1, "", "10.0.0.9"),
        (1, "::1", "::1"),
    ],
)
def test_the_callers_address_is_what_the_trusted_proxies_say(settings, proxies, header, seen):
    settings.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR=header)
    assert address_of(request) == seen


@given(st.text(max_size=60))
def test_nothing_that_a_caller_writes_changes_the_address_when_no_proxy_is_trusted(text):
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR=text)
    assert address_of(request) == "10.0.0.9"


def test_devices_have_names_that_people_know():
    assert device_named("Mozilla/5.0 (iPhone; CPU iPhone OS 17) MicroMessenger/8 Safari") == "微信 WeChat · iPhone"
    assert device_named("curl/8.5") == "curl/8.5"


# --- passwords -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_last_five_passwords_are_refused_and_the_sixth_is_free_again(house):
    clerk = house.people.clerk
    used = [PASSWORD, *(f"Another-good-one-{n}" for n in range(5))]
    for password in used[1:]:
        actions.change_password(clerk, password)
    for password in used[1:]:
        with pytest.raises(ValidationError) as fault:
            validate_password(password, clerk)
        assert fault.value.error_list[0].code == "password_used_before"
    validate_password(used[0], clerk)
    assert clerk.earlier_passwords.count() == 5


@pytest.mark.django_db
@pytest.mark.parametrize("weak", ["short-1A", "1234567890123", "password123", "qwertyuiop", "testclerk1"])
def test_weak_passwords_are_refused(house, weak):
    house.people.clerk.name_en = "Testclerk"
    with pytest.raises(ValidationError):
        validate_password(weak, house.people.clerk)


@pytest.mark.django_db
def test_a_password_that_was_given_out_opens_one_page_alone(house):
    fresh = actions.reset_password(house.people.clerk, house.people.admin)
    client = Client()
    try_in(fresh, client=client)
    assert client.get("/units/").url == reverse("people:me")
    assert client.get("/api/plans").status_code in {401, 403}
    new = {"old_password": fresh, "new_password1": "Neu-und-lang-77", "new_password2": "Neu-und-lang-77"}
    client.post(reverse("people:me"), new)
    assert client.get("/units/").status_code == 200


@pytest.mark.django_db
def test_an_old_password_is_asked_to_be_changed_where_the_bureau_wants_that(house, settings):
    clerk = house.people.clerk
    clerk.earlier_passwords.update(set_at=timezone.now() - timedelta(days=91))
    client = Client()
    try_in(client=client)
    assert client.get("/units/").status_code == 200  # off unless it is set
    settings.PASSWORD_DAYS = 90
    client = Client()
    try_in(client=client)
    assert client.get("/units/").url == reverse("people:me")
    new = {"old_password": PASSWORD, "new_password1": "Neu-und-lang-77", "new_password2": "Neu-und-lang-77"}
    client.post(reverse("people:me"), new)
    assert client.get("/units/").status_code == 200


# --- lock-outs -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_five_wrong_passwords_lock_the_account_for_that_address_only(house):
    for _ in range(5):
        try_in("wrong")
    assert try_in().status_code == 429
    assert try_in(address="10.0.0.2").status_code == 302


@pytest.mark.django_db
def test_guessing_from_many_addresses_locks_unknown_computers_out_and_leaves_the_owner_in(house, settings):
    settings.LIMITS = "account=20/86400"
    own = Client()
    assert try_in(client=own).status_code == 302
    for number in range(20):
        assert try_in("wrong", address=f"10.1.0.{number}").status_code == 200
    refused = try_in(address="10.2.0.1")
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0 and "以前登录过" in refused.text
    own.post(reverse("people:sign_out"))
    assert try_in(client=own, address="10.3.0.1").status_code == 302
    assert try_in(username="director", address="10.2.0.1").status_code == 302
    assert actions.locked(house.people.clerk)
    actions.unlock(house.people.clerk, house.people.admin)
    assert try_in(address="10.2.0.2").status_code == 302


@pytest.mark.django_db
def test_the_mark_of_a_known_computer_cannot_be_forged_nor_used_for_another_account(house, settings):
    settings.LIMITS = "account=3/86400"
    director = Client()
    try_in(username="director", client=director)
    director.post(reverse("people:sign_out"))
    for number in range(3):
        try_in("wrong", address=f"10.1.0.{number}")
    assert try_in(client=director).status_code == 429
    forged = Client()
    forged.cookies["known_device"] = "WzFd:abc:def"
    assert try_in(client=forged).status_code == 429


@pytest.mark.django_db
def test_names_that_do_not_exist_are_answered_alike(house, settings):
    settings.LIMITS = "account=3/86400"
    for name in ("clerk", "nemo"):
        answers = [try_in("wrong", name, f"10.1.0.{n}") for n in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


@pytest.mark.django_db
def test_one_address_has_a_number_of_tries_over_all_accounts(house, settings):
    settings.LIMITS = "sign_in=4/60"
    answers = [try_in("wrong", f"name{n}").status_code for n in range(6)]
    assert answers == [200, 200, 200, 200, 429, 429]
    assert try_in(address="10.9.9.9").status_code == 302


# --- limits ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "address"),
    [("search", "/search/?q=a"), ("api", "/api/plans"), ("export", "/units/?export=csv")],
)
def test_search_exports_and_the_api_have_limits_with_a_time_to_wait(house, settings, kind, address):
    settings.LIMITS = f"{kind}=3/600"
    client = Client()
    client.force_login(house.people.clerk, backend=BACKEND)
    codes = [client.get(address).status_code for _ in range(5)]
    assert codes[-2:] == [429, 429] and 429 not in codes[:3]
    assert int(client.get(address)["Retry-After"]) > 0
    other = Client()
    other.force_login(house.people.director, backend=BACKEND)
    assert other.get(address).status_code != 429


def test_a_mistyped_limit_is_told_and_is_no_missing_one():
    assert limits.limits("off") == {}
    assert limits.limits("api=7/60 search=off")["api"].tries == 7 and "search" not in limits.limits("search=off")
    for wrong in ("api", "api=x/60", "api=0/60", "unknown=1/2", "api=5"):
        with pytest.raises(UserError):
            limits.limits(wrong)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_limit_is_one_over_all_processes(settings):
    settings.LIMITS = "second_step=10/86400"
    passed, ready = [], threading.Barrier(4)

    def run() -> None:
        ready.wait()
        try:
            for _ in range(10):
                try:
                    limits.count("second_step", "one")
                    passed.append(1)
                except limits.TooMany:
                    pass
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 10 and Count.objects.get().n == 40


@pytest.mark.django_db
def test_what_is_gathered_is_written_every_few_tries_and_loses_none(settings):
    settings.LIMITS = "api=1000/86400"
    for _ in range(250):
        limits.count("api", "gathered")
    assert 241 <= Count.objects.get().n <= 250


@pytest.mark.django_db
def test_who_tried_cannot_be_read_from_the_counts(settings):
    settings.LIMITS = ""
    limits.count("account", "clerk")
    assert "clerk" not in Count.objects.get().key


# --- headers ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_every_answer_forbids_features_embedding_and_keeping(house):
    client = Client()
    client.force_login(house.people.clerk, backend=BACKEND)
    for address in (
        "/",
        "/units/",
        "/api/plans",
        "/accounts/security/",
        "/nothing/",
        "/healthz",
        "/persons/?export=csv",
    ):
        headers = client.get(address).headers
        assert headers["Permissions-Policy"] == PERMISSIONS_POLICY, address
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in headers["Cache-Control"] or "no-cache" in headers["Cache-Control"], address


def test_refused_access_is_logged_once_in_a_while_for_each_address(house, settings):
    client = Client()
    client.force_login(house.people.clerk)
    told = Event.objects.filter(verb="access.refused", person=house.people.clerk)
    for _ in range(3):
        assert client.get("/receivers/").status_code == 403
    assert [event.data["address"] for event in told] == ["GET /receivers/"]
    assert client.post("/receivers/new/", {}).status_code == 403 and told.all().count() == 2
    assert client.get("/plans/").status_code == 200 and told.all().count() == 2
