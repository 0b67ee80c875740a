"""Signing in through an identity provider: an honest one on loopback, and every way in which it may lie."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client
from django.urls import reverse

from commercebrain.desk.access import second_factor
from commercebrain.desk.people.models import Person

pytest.importorskip("jwt", reason="PyJWT, which django-allauth[socialaccount] brings, is not installed")
from tests.desk.access.provider import CLIENT, SECRET, Provider, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings) -> Iterator[Provider]:
    with running() as held:
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = held.address, CLIENT, SECRET
        settings.OIDC_NAME = "政务统一认证"
        yield held


def begin(next_page: str = "/units/") -> tuple[Client, str]:
    client = Client()
    answer = client.get(reverse("access:oidc_start"), {"next": next_page})
    assert answer.status_code == 302
    return client, answer.url


def back(client: Client, address: str):
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in(provider: Provider, next_page: str = "/units/"):
    client, address = begin(next_page)
    return client, back(client, provider.authorize(address))


def inside(client: Client) -> bool:
    return client.get("/units/").status_code == 200


def told(client: Client) -> str:
    return client.get(reverse("people:sign_in")).text


def test_a_known_person_signs_in_and_goes_on_to_the_page_asked_for(house, provider):
    client, answer = sign_in(provider)
    assert answer.status_code == 302 and answer.url == "/units/"
    assert inside(client) and house.people.clerk.running_sessions.get().method == "provider"


def test_the_request_carries_state_nonce_and_pkce_and_the_exchange_proves_it(house, provider):
    _client, address = begin()
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"] and len(asked["code_challenge"][0]) == 43
    assert len(asked["nonce"][0]) >= 32 and len(asked["state"][0]) >= 16 and "openid" in asked["scope"][0]
    sign_in(provider)
    assert len(provider.exchanges[-1]["code_verifier"]) >= 43


def test_a_person_without_an_account_gets_a_sentence_and_none_is_made(house, provider):
    before = Person.objects.count()
    provider.user["preferred_username"] = "fremd"
    client, answer = sign_in(provider)
    assert answer.url == reverse("people:sign_in") and "没有对应的可用账号" in told(client)
    assert not inside(client) and Person.objects.count() == before


@pytest.mark.parametrize("name", ["", None, 7, ["clerk"], "CLERK", " clerk"])
def test_only_the_very_name_of_an_account_counts(house, provider, name):
    provider.user["preferred_username"] = name
    client, _answer = sign_in(provider)
    assert not inside(client)


def test_an_account_that_is_switched_off_stays_out(house, provider):
    Person.objects.filter(username="clerk").update(is_active=False)
    assert not inside(sign_in(provider)[0])


def stranger_signs(text: bytes) -> bytes:
    return rsa.generate_private_key(65537, 2048).sign(text, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    "lie",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"nonce": None}},
        {"claims": {"aud": "another client"}},
        {"claims": {"aud": [CLIENT, "another"], "azp": "another"}},
        {"claims": {"iss": "http://elsewhere"}},
        {"claims": {"exp": int(time.time()) - 3600}},
        {"claims": {"exp": None}},
        {"claims": {"sub": None}},
        {"claims": {"iat": int(time.time()) + 3600}},
        {"sign": stranger_signs},
        {"sign": lambda text: b""},
        {"algorithm": "none", "sign": lambda text: b""},
        {"algorithm": "HS256", "sign": lambda text: hmac.new(SECRET.encode(), text, hashlib.sha256).digest()},
        {"algorithm": "XX999"},
        {"in_token": False, "userinfo": {"sub": "8", "preferred_username": "director"}},
    ],
    ids=[f"lie {n}" for n in range(1, 16)],
)
def test_an_answer_that_lies_signs_nobody_in(house, provider, lie):
    for name, value in lie.items():
        setattr(provider, name, value)
    client, answer = sign_in(provider)
    assert answer.url == reverse("people:sign_in") and not inside(client)
    assert "未通过校验" in told(client)


def test_the_name_may_come_from_the_user_information_of_the_same_subject(house, provider):
    provider.in_token = False
    assert inside(sign_in(provider)[0])


def test_an_answer_to_another_browser_or_a_second_time_is_refused(house, provider):
    _client, address = begin()
    answer = provider.authorize(address)
    thief = Client()
    assert back(thief, answer).url == reverse("people:sign_in") and not inside(thief)
    assert "不属于本浏览器" in told(thief)
    client, address = begin()
    answer = provider.authorize(address)
    back(client, answer)
    client.post(reverse("people:sign_out"))
    back(client, answer)
    assert not inside(client)


def test_a_code_without_the_proof_of_pkce_is_worth_nothing(house, provider):
    first, first_address = begin()
    second, second_address = begin()
    code = parse_qs(urlsplit(provider.authorize(first_address)).query)["code"][0]
    state = parse_qs(urlsplit(second_address).query)["state"][0]
    second.get(reverse("access:oidc_callback"), {"code": code, "state": state})
    assert not inside(second) and not inside(first)


def test_a_cancelled_sign_in_says_so(house, provider):
    client, address = begin()
    state = parse_qs(urlsplit(address).query)["state"][0]
    client.get(reverse("access:oidc_callback"), {"error": "access_denied", "state": state})
    assert "没有完成登录" in told(client)


def test_a_provider_that_does_not_answer_leaves_the_password_form(house, provider, settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    client = Client()
    assert client.get(reverse("access:oidc_start")).url == reverse("people:sign_in")
    assert "暂时无法连接" in told(client)


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_it_leads_to_no_other_server(house, provider, address):
    assert sign_in(provider, address)[1].url == "/"


def test_one_time_codes_are_asked_for_unless_the_provider_asked_for_a_second_factor(house, provider):
    secret = second_factor.new_secret()
    second_factor.set_up(house.people.clerk, secret, pyotp.TOTP(secret).now())
    client, answer = sign_in(provider)
    assert answer.url == reverse("access:second_step") and not inside(client)
    provider.claims["amr"] = ["pwd", "otp"]
    assert inside(sign_in(provider)[0])


def test_signing_out_offers_to_sign_out_at_the_provider_once(house, provider):
    client, _answer = sign_in(provider)
    assert client.post(reverse("people:sign_out")).url == reverse("people:sign_in")
    page = told(client)
    assert f"{provider.address}/end?id_token_hint=" in page and not inside(client)
    assert f"{provider.address}/end" not in told(client)


def test_a_given_password_is_not_asked_to_be_changed_of_who_came_through_the_provider(house, provider, settings):
    settings.PASSWORD_DAYS = 1
    Person.objects.filter(username="clerk").update(date_joined="2020-01-01T00:00:00Z")
    house.people.clerk.earlier_passwords.all().delete()
    assert inside(sign_in(provider)[0])


def test_the_sign_in_page_names_the_provider_only_where_there_is_one(house, provider, settings):
    assert "通过政务统一认证登录" in told(Client())
    settings.OIDC_ISSUER = ""
    assert "provider-link" not in told(Client())
    assert Client().get(reverse("access:oidc_start")).status_code == 404
    assert Client().get(reverse("access:oidc_callback"), {"code": "x", "state": "y"}).status_code == 404
