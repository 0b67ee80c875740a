"""Signing in through the bureau's own identity provider: OpenID Connect by django-allauth, off until configured.

allauth brings discovery, the authorisation request, PKCE, the state and the exchange of the code. Added here is what it
leaves to trust: a nonce, the check of the token's signature even when it came over TLS, a list of allowed algorithms,
and that the user information speaks of the same subject. No account is ever made: a claim names one that exists.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

import requests
from allauth.core.internal.deferred import jwt
from allauth.socialaccount.internal import jwtkit, statekit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from commercebrain.desk.access.provider import provider_name
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError

ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}  # never none, never HS*
STRONG = {"mfa", "otp", "hwk", "swk", "sc", "fpt", "face", "sms"}  # RFC 8176 methods beside a password


class BureauProvider(OpenIDConnectProvider):
    """The one provider, from the settings: nothing about it stands in the database."""

    def get_oauth2_adapter(self, request: HttpRequest) -> Any:
        """Our own adapter."""
        return BureauAdapter(request)


class BureauAdapter(OpenIDConnectOAuth2Adapter):
    """allauth's adapter for the provider of the settings, with our callback."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, "bureau")

    def get_provider(self) -> BureauProvider:
        """The provider with PKCE switched on."""
        app = SocialApp(
            provider="openid_connect",
            provider_id="bureau",
            name=provider_name(),
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={"server_url": settings.OIDC_ISSUER.rstrip("/"), "oauth_pkce_enabled": True},
        )
        return BureauProvider(self.request, app=app)

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Where the provider sends the browser back to."""
        return request.build_absolute_uri(reverse("access:oidc_callback"))

    def verified(self, id_token: str, nonce: str) -> dict[str, Any]:
        """The claims of a token whose signature, issuer, audience, time and nonce are right.

        Raises ``OAuth2Error`` for any that is not.
        """
        try:
            header = jwt.get_unverified_header(id_token)
            if header.get("alg") not in ALGORITHMS or "kid" not in header:
                raise OAuth2Error(f"the signature's algorithm {header.get('alg')} is not taken")
            claims = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=settings.OIDC_CLIENT_ID,
                lookup_kid=jwtkit.lookup_kid_jwk,
                verify_signature=True,
            )
        except (jwt.PyJWTError, TypeError, KeyError, ValueError) as fault:
            raise OAuth2Error("the id_token cannot be verified") from fault
        if "exp" not in claims or not claims.get("sub"):
            raise OAuth2Error("the id_token lacks its time or its subject")
        if not constant_time_compare(str(claims.get("nonce", "")), nonce):
            raise OAuth2Error("the id_token answers another request")
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != settings.OIDC_CLIENT_ID:
            raise OAuth2Error("the id_token was made for another party")
        return dict(claims)


def to_provider(request: HttpRequest, next_page: str) -> HttpResponse:
    """Sends the browser to the provider. Raises :class:`UserError` where it cannot be reached."""
    nonce = secrets.token_urlsafe(24)
    try:
        answer: HttpResponse = (
            BureauAdapter(request)
            .get_provider()
            .redirect(request, process="login", next_url=next_page, data={"nonce": nonce}, auth_params={"nonce": nonce})
        )
    except (requests.RequestException, KeyError, ValueError) as fault:
        raise _unreachable() from fault
    return answer


class Answered:
    """What the provider said: the person, the page to go on to, whether a second factor was given there."""

    def __init__(self, person: Person, next_page: str, strong: bool, id_token: str, end_address: str) -> None:
        self.person, self.next_page, self.strong = person, next_page, strong
        self.id_token, self.end_address = id_token, end_address


def answered(request: HttpRequest) -> Answered:
    """Reads the provider's answer (code and state in the address) and finds the person.

    Raises :class:`UserError`: for an answer that does not belong to a request of this browser, for a token that cannot
    be verified, for a provider that refuses, and for somebody who has no account here.
    """
    state_id = request.GET.get("state", "")
    state = statekit.unstash_state(request, provider_id="bureau", state_id=state_id) if state_id else None
    if state is None:
        raise UserError(
            "oidc.state",
            "这次统一身份认证的应答不属于本浏览器发起的登录，或已超过 10 分钟；请重新登录。",
            "This answer belongs to no sign-in that this browser began, or it took more than ten minutes; begin again.",
        )
    if "code" not in request.GET:
        raise UserError(
            "oidc.cancelled",
            "统一身份认证没有完成登录（已取消或被拒绝）；请重试或使用用户名和密码。",
            "The identity provider did not complete the sign-in (cancelled or refused); try again or use your password.",
        )
    adapter = BureauAdapter(request)
    try:
        app = adapter.get_provider().app
        tokens = adapter.get_access_token_data(
            request, app, adapter.get_client(request, app), pkce_code_verifier=state.get("pkce_code_verifier")
        )
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise OAuth2Error("the provider sent no id_token")
        claims = adapter.verified(id_token, str((state.get("data") or {}).get("nonce", "-")))
        if settings.OIDC_CLAIM not in claims and "userinfo_endpoint" in adapter.openid_config:
            told = adapter._fetch_user_info(tokens["access_token"])
            if told.get("sub") != claims["sub"]:
                raise OAuth2Error("the user information is about somebody else")
            claims = {**told, **claims}
        end_address = str(adapter.openid_config.get("end_session_endpoint", ""))
    except requests.RequestException as fault:
        raise _unreachable() from fault
    except (OAuth2Error, KeyError, ValueError) as fault:
        raise UserError(
            "oidc.not_verified",
            "统一身份认证的应答未通过校验，未登录；请重试，若再次出现请联系信息化部门。",
            "The identity provider's answer did not stand the checks, so nobody was signed in; try again, and tell the "
            "IT department if it happens again.",
        ) from fault
    named = claims.get(settings.OIDC_CLAIM)
    person = Person.objects.filter(username=named, is_active=True).first() if isinstance(named, str) and named else None
    if person is None:
        raise UserError(
            "oidc.unknown_person",
            f"统一身份认证已确认您的身份（{str(named or '无用户名')[:60]}），但本系统没有对应的可用账号；请联系本单位管理员开通。",
            f"The identity provider knows you ({str(named or 'no user name')[:60]}), but there is no account in use here for "
            "that name; ask your unit's administrator.",
        )
    methods = claims.get("amr")
    strong = isinstance(methods, list) and bool(STRONG & {str(method) for method in methods})
    return Answered(person, str(state.get("next") or ""), strong, id_token, end_address)


def end_at_provider(request: HttpRequest, id_token: str, end_address: str) -> str:
    """The address at which the browser signs out of the provider too (RP-initiated logout); empty where it has none."""
    if not end_address.startswith(("https://", "http://")):
        return ""
    back = request.build_absolute_uri(reverse(settings.LOGIN_URL))
    return f"{end_address}?{urlencode({'id_token_hint': id_token, 'post_logout_redirect_uri': back})}"


def _unreachable() -> UserError:
    return UserError(
        "oidc.unreachable",
        "统一身份认证服务暂时无法连接；请稍后再试，或使用用户名和密码登录。",
        "The identity provider cannot be reached; try later, or sign in with your password.",
    )
