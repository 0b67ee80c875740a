"""What every answer keeps to: strict content policy, headers, cookies, no way out by redirect, lock-out."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse
from tests.house import PASSWORD
from tests.web.pages import BACKEND, html_pages

from commercebrain.desk.core.models import Event

pytestmark = pytest.mark.django_db

EVENT_ATTRIBUTE = re.compile(r"<[a-zA-Z][^>]*\son[a-z]+\s*=", re.I)
STYLE_ATTRIBUTE = re.compile(r"<[a-zA-Z][^>]*\sstyle\s*=", re.I)
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.I)


@pytest.fixture
def sign_in(client):
    return lambda password=PASSWORD, username="clerk", **more: client.post(
        reverse("people:sign_in"), {"username": username, "password": password, **more}
    )


@pytest.mark.parametrize(
    "who", [None, "director", *(pytest.param(who, marks=pytest.mark.slow) for who in ("admin", "nobody"))]
)
def test_every_page_obeys_the_content_policy_that_it_is_sent_with(house, empty_lake, who):
    seen = 0
    client = Client()
    if who:
        client.force_login(getattr(house.people, who), backend=BACKEND)
    for address in html_pages(house):
        answer = client.get(address)
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "script-src 'self'" in policy and "style-src 'self'" in policy, address
        assert "unsafe" not in policy and "*" not in policy and "http" not in policy
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            text = answer.text
            for pattern in (EVENT_ATTRIBUTE, STYLE_ATTRIBUTE, INLINE_SCRIPT):
                assert not pattern.search(text), (address, pattern.search(text))
            assert "<style" not in text.lower() and "javascript:" not in text.lower(), address
            assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text), address
            seen += 1
    assert seen >= (20 if who else 1)


def test_every_answer_carries_the_security_headers(client, house):
    for address in ("/accounts/sign-in/", "/healthz", "/nothing-here/"):
        headers = client.get(address).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(sign_in, house, client):
    sign_in()
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert client.cookies["csrftoken"]["samesite"] == "Lax"


def test_signing_in_changes_the_session_and_is_logged(sign_in, house, client):
    answer = sign_in()
    assert answer.status_code == 302 and client.session[SESSION_KEY] == str(house.people.clerk.pk)
    assert Event.objects.filter(verb="person.signed_in", person=house.people.clerk).count() == 1


@pytest.mark.parametrize(
    "address", ["https://example.com/", "//example.com/", "/\\example.com", "javascript:alert(1)", "https:example.com"]
)
def test_signing_in_leads_to_no_other_server(sign_in, house, address):
    assert sign_in(next=address).url == "/"


def test_signing_in_returns_to_the_page_that_was_asked_for(sign_in, house, client):
    asked = client.get("/regions/?level=city")
    assert asked.status_code == 302 and asked.url == "/accounts/sign-in/?next=/regions/%3Flevel%3Dcity"
    assert sign_in(next="/regions/?level=city").url == "/regions/?level=city"


def test_signing_out_takes_a_post(client, house):
    client.force_login(house.people.clerk, backend=BACKEND)
    assert client.get(reverse("people:sign_out")).status_code == 405
    assert SESSION_KEY in client.session
    assert client.post(reverse("people:sign_out")).status_code == 302
    assert SESSION_KEY not in client.session


def test_a_form_without_its_token_is_refused_in_both_languages(house):
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("people:sign_in"), {"username": "clerk", "password": PASSWORD})
    assert answer.status_code == 403
    assert "您无权查看此页" in answer.text and "This page is not open to you" in answer.text


@pytest.mark.database
def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(sign_in, house, client):
    for _ in range(4):
        assert sign_in("wrong").status_code == 200
    assert sign_in("wrong").status_code == 429
    locked = sign_in()
    assert locked.status_code == 429 and "账号暂时锁定" in locked.text
    assert SESSION_KEY not in client.session
    assert Event.objects.filter(verb="person.locked_out", data={"username": "clerk"}).exists()
    assert sign_in(username="director").status_code == 302  # others go on working


def test_the_administrator_unlocks_an_account(sign_in, house):
    for _ in range(5):
        sign_in("wrong")
    admin, address = Client(), reverse("people:person", args=[house.people.clerk.pk])
    admin.force_login(house.people.admin, backend=BACKEND)
    assert "解除锁定" in admin.get(address).text
    assert admin.post(address, {"unlock": "1"}).status_code == 302
    assert "解除锁定" not in admin.get(address).text
    assert Event.objects.filter(verb="person.unlocked", person=house.people.admin).count() == 1
    assert sign_in().status_code == 302


def test_a_right_password_forgets_the_wrong_ones_before_it(sign_in, house, client):
    for _ in range(4):
        sign_in("wrong")
    assert sign_in().status_code == 302
    client.post(reverse("people:sign_out"))
    for _ in range(4):
        assert sign_in("wrong").status_code == 200


def test_an_account_that_is_switched_off_cannot_sign_in_and_a_running_session_ends(sign_in, house, client):
    sign_in()
    assert client.get("/regions/").status_code == 200
    type(house.people.clerk).objects.filter(pk=house.people.clerk.pk).update(is_active=False)
    assert client.get("/regions/").status_code == 302
    assert sign_in().status_code == 200  # the form again, without a hint why


def test_a_wrong_name_and_a_wrong_password_read_the_same(sign_in, house):
    texts = [re.sub(r'value="[^"]*"', "", sign_in(**case).text) for case in ({"password": "x"}, {"username": "none"})]
    assert texts[0] == texts[1]


def test_the_accounts_of_the_demo_stand_on_no_other_installations_page(client, house, monkeypatch):
    from commercebrain.desk.people.demo import DemoAccount, accounts_file, write_demo_accounts

    write_demo_accounts([DemoAccount("director", "secret-of-the-demo", "局长", "Director")])
    try:
        assert "secret-of-the-demo" not in client.get(reverse("people:sign_in")).text
        monkeypatch.setenv("CBRAIN_DEMO", "1")
        assert "secret-of-the-demo" in client.get(reverse("people:sign_in")).text
    finally:
        accounts_file().unlink()


def test_changing_the_password_keeps_this_session_and_ends_the_others(house, client):
    other = Client()
    for one in (client, other):
        one.post(reverse("people:sign_in"), {"username": "clerk", "password": PASSWORD})
    new = "An-even-better-2026"
    weak = {"old_password": PASSWORD, "new_password1": "1234567890", "new_password2": "1234567890"}
    assert client.post(reverse("people:me"), weak).status_code == 422
    good = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post(reverse("people:me"), good).status_code == 302
    assert client.get(reverse("people:me")).status_code == 200
    assert other.get(reverse("people:me")).status_code == 302
    assert Event.objects.filter(verb="person.password_changed").count() == 1


def test_error_pages_need_no_database_and_speak_both_languages(django_assert_num_queries, rf):
    from commercebrain.web import faults

    with django_assert_num_queries(0):
        for status, view in [(400, faults.bad_request), (403, faults.forbidden), (404, faults.not_found)]:
            answer = view(rf.get("/x/"), Exception())
            assert answer.status_code == status and 'lang="zh-CN"' in answer.text and 'lang="en"' in answer.text
        assert faults.server_fault(rf.get("/x/")).status_code == 500


def test_the_api_gets_its_one_error_shape(rf):
    import json

    from commercebrain.desk.core.rest import Problem
    from commercebrain.web import faults

    answer = json.loads(faults.not_found(rf.get("/api/targets/0"), Exception()).content)
    assert set(answer) == set(Problem.model_fields) and answer["code"] == "not_found"
    denied = Client().get("/api/nothing-here")
    assert denied.status_code in {401, 404} and denied.headers["Content-Type"] == "application/problem+json"


def test_a_person_without_a_role_is_told_so_and_sees_no_unit(client, house):
    client.force_login(house.people.nobody, backend=BACKEND)
    assert "没有任何角色" in client.get(reverse("people:me")).text
    assert "宁波市商务局" not in client.get(reverse("people:units")).text
    assert client.get(reverse("people:unit", args=[house.units.ningbo.pk])).status_code == 404


def test_only_who_runs_the_system_switches_accounts(client, house):
    address = reverse("people:person", args=[house.people.clerk.pk])
    for who, status in [("director", 403), ("sister", 404), ("nobody", 404), ("admin", 302)]:
        client.force_login(getattr(house.people, who), backend=BACKEND)
        assert client.post(address, {"active": "0"}).status_code == status, who
    house.people.clerk.refresh_from_db()
    assert not house.people.clerk.is_active
