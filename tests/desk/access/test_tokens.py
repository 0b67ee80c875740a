"""Tokens of programs: never wider than their person, only for the API, dead when revoked, expired or switched off."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.web.pages import BACKEND

from commercebrain.desk.access import tokens
from commercebrain.desk.access.models import ApiToken
from commercebrain.desk.core.models import Event
from commercebrain.desk.people import actions as people_actions
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db


def ask(text: str, address: str = "/api/plans", method: str = "get", **more):
    return getattr(Client(), method)(address, headers={"Authorization": f"Bearer {text}"}, **more)


@pytest.fixture
def token(house):
    return tokens.create(house.people.clerk, "税务交换", "read", 30)


def test_a_token_opens_the_api_with_its_persons_rights(house, token):
    answer = ask(token.text)
    assert answer.status_code == 200 and "items" in answer.json()
    client = Client()
    client.force_login(house.people.clerk, backend=BACKEND)
    assert answer.json() == client.get("/api/plans").json()


def test_a_token_opens_no_page(token):
    for address in ("/", "/units/", reverse("access:security"), "/api/docs/"):
        answer = ask(token.text, address)
        assert address.startswith("/api/") or answer.status_code == 302, address


def test_only_a_checksum_is_kept_and_the_text_is_shown_once(house):
    client = Client()
    client.force_login(house.people.clerk, backend=BACKEND)
    made = client.post(reverse("access:token_new"), {"name": "交换", "scope": "read", "days": "30"}, follow=True)
    text = re.search(r"cbt_[0-9a-f]{10}_[\w-]{43}", made.text)[0]
    assert text not in client.get(reverse("access:security")).text
    row = ApiToken.objects.get()
    assert text.rpartition("_")[2] not in " ".join(str(value) for value in vars(row).values())
    assert ask(text).status_code == 200
    assert text not in str(list(Event.objects.values_list("data", flat=True)))


@pytest.mark.parametrize("end", ["revoked", "expired", "off"])
def test_a_token_that_is_over_gets_a_sentence_and_401(house, token, end):
    if end == "revoked":
        tokens.revoke(token.token, house.people.clerk)
    elif end == "expired":
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        type(house.people.clerk).objects.filter(pk=house.people.clerk.pk).update(is_active=False)
    answer = ask(token.text)
    assert answer.status_code == 401 and answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer") and "令牌" in answer.json()["detail"]


@examples(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=80))
def test_any_other_text_is_refused_whatever_it_is(token, text):
    for wrong in (text, f"cbt_{token.token.prefix}_{text}", token.text[:-1], token.text + "x"):
        with pytest.raises(tokens.BadToken):
            tokens.opened_by(wrong)


def test_a_bad_token_is_not_mended_by_a_session(house):
    client = Client()
    client.force_login(house.people.clerk, backend=BACKEND)
    assert client.get("/api/plans", headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_a_read_token_writes_nothing_and_a_limited_one_stays_in_its_area(house):
    reading = tokens.create(house.people.clerk, "读", "read", 1)
    limited = tokens.create(house.people.clerk, "限", "write", 1, ["tasks"])
    refused = ask(reading.text, "/api/plans", "post")
    assert refused.status_code == 403 and refused.json()["code"] == "tokens.read_only"
    assert ask(limited.text, "/api/tasks").status_code == 200
    assert ask(limited.text, "/api/plans").json()["code"] == "tokens.area"
    assert ask(limited.text, "/api/plans", "post").status_code == 403


def test_a_writing_token_needs_no_csrf_token_but_a_session_still_does(house):
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.people.clerk, backend=BACKEND)
    writing = tokens.create(house.people.clerk, "写", "write", 1)
    assert client.post(reverse("access:end_other_sessions")).status_code == 403
    answer = Client(enforce_csrf_checks=True).post("/api/plans", headers={"Authorization": f"Bearer {writing.text}"})
    assert answer.status_code in {401, 405}  # no write of plans exists; what is refused is the method
    assert answer.status_code == 405


def test_its_last_use_is_told_at_most_once_a_minute(token, django_assert_num_queries):
    ask(token.text)
    first = ApiToken.objects.get().last_used_at
    assert first is not None and ApiToken.objects.get().last_address == "127.0.0.1"
    ask(token.text)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    ask(token.text)
    assert ApiToken.objects.get().last_used_at > first


def test_names_days_and_number_have_bounds(house):
    clerk = house.people.clerk
    for name, days in [("", 1), ("  ", 1), ("a", 0), ("a", 367)]:
        with pytest.raises(UserError):
            tokens.create(clerk, name, "read", days)
    tokens.create(clerk, "a", "read", 366)
    with pytest.raises(UserError, match="used by another"):
        tokens.create(clerk, "a", "read", 1)
    with pytest.raises(UserError):
        tokens.create(clerk, "b", "admin", 1)
    for number in range(19):
        tokens.create(clerk, f"t{number}", "read", 1)
    with pytest.raises(UserError, match="already"):
        tokens.create(clerk, "one more", "read", 1)


def test_making_and_revoking_are_events_and_an_administrator_may_revoke(house, token):
    client = Client()
    client.force_login(house.people.admin, backend=BACKEND)
    address = reverse("access:person", args=[house.people.clerk.pk])
    assert "税务交换" in client.get(address).text
    assert client.post(address, {"revoke": str(token.token.pk)}).status_code == 302
    assert ask(token.text).status_code == 401
    assert set(Event.objects.filter(verb__startswith="token.").values_list("verb", "person__username")) == {
        ("token.created", "clerk"),
        ("token.revoked", "admin"),
    }


def test_nobody_revokes_the_token_of_another(house, token):
    client = Client()
    client.force_login(house.people.director, backend=BACKEND)
    assert client.post(reverse("access:token_revoke", args=[token.token.pk])).status_code == 404
    assert client.post(reverse("access:person", args=[house.people.clerk.pk]), {"revoke": "1"}).status_code == 403
    assert ask(token.text).status_code == 200


def test_guessing_tokens_is_stopped_by_address(settings):
    settings.LIMITS = "token=3/60"
    assert [ask(f"cbt_x_{n}").status_code for n in range(5)] == [401, 401, 401, 429, 429]


def test_a_token_has_its_own_number_of_requests(token, settings):
    settings.LIMITS = "api=3/60"
    answers = [ask(token.text) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1]["Retry-After"]) > 0 and answers[-1].json()["code"] == "limits.api"


def test_a_given_password_and_a_switched_off_account_end_tokens_and_sessions(house, client):
    clerk, root = house.people.clerk, house.people.root
    ends = [lambda: people_actions.reset_password(clerk, root), lambda: people_actions.switch(clerk, False, root)]
    for action in ends:
        text = tokens.create(clerk, "exchange", "read", 30).text
        client.force_login(clerk)
        assert tokens.opened_by(text).person == clerk and client.get("/accounts/me/").status_code == 200
        action()
        people_actions.switch(clerk, True, root)  # whoever comes back begins anew
        with pytest.raises(tokens.BadToken):
            tokens.opened_by(text)
        assert client.get("/plans/").status_code == 302
