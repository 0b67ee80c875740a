"""Nobody sees a page without signing in, except where a view says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import translation
from django.utils.translation import gettext as _

from commercebrain.desk.core.drafts import keep_for_stranger
from commercebrain.desk.core.rest.problems import problem

#: What an account opens whose password must be changed first.
WITH_GIVEN_PASSWORD = frozenset({"people:me", "people:sign_out", "set_language", "core:healthz"})


class SignInRequired:
    """Deny by default: a view is open only when it carries ``login_required = False`` (``login_not_required``)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes on; the decision falls in ``process_view``, where the view is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Lets signed-in people and open views through; sends others to the sign-in page, the API a 401."""
        if request.user.is_authenticated and request.user.must_change_password:
            return self.own_password_first(request)
        if request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        if request.path.startswith("/api/"):
            return problem(
                request,
                401,
                "sign_in_required",
                _("Sign in, or send a valid token: Authorization: Bearer …"),
                headers={"WWW-Authenticate": "Bearer"},
            )
        kept = keep_for_stranger(request)  # what was typed into a form before the session was lost
        if kept and request.POST.get("_draft"):
            return HttpResponse(
                _("You have been signed out; what you typed is kept as a draft. Sign in again to go on."),
                status=401,
                content_type="text/plain; charset=utf-8",
            )
        back = f"{request.path}?draft=take" if kept else request.get_full_path()
        return redirect_to_login(back, resolve_url(settings.LOGIN_URL))

    def own_password_first(self, request: HttpRequest) -> HttpResponse | None:
        """A password that was given out opens one page alone: the one that replaces it."""
        match = request.resolver_match
        if match is not None and match.view_name in WITH_GIVEN_PASSWORD:
            return None
        if request.path.startswith("/api/"):
            return problem(request, 403, "password_to_change", _("Sign in on the page and choose a password first."))
        return redirect("people:me")


class AccountLanguage:
    """The language that somebody chose follows the account, on whichever computer; strangers have their cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Switches to the account's language; :class:`ReadersLanguage` around it switches back.

        The person is known from here on, so it takes the place of Django's stand-in, which asks who it is at every use.
        """
        request.user = get_user(request)
        language = getattr(request.user, "language", "")
        if language not in dict(settings.LANGUAGES):
            return self.get_response(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", "zh-CN" if language.startswith("zh") else language)
        return response
