"""The reader's language, and faults told as sentences."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers

from commercebrain.desk.core import reader
from commercebrain.desk.core.rest.problems import CONTENT_TYPE, problem
from commercebrain.engine.errors import UserError


class ReadersLanguage:
    """Chinese unless the reader chose otherwise in the header; a browser's own setting is no choice."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activates the language of the cookie, or Chinese."""
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", "zh-CN" if language.startswith("zh") else language)
        patch_vary_headers(response, ["Cookie"])
        return response


class FaultSentences:
    """A fault in what somebody gave us becomes a page (or an API answer) with its sentence and a status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes on; faults arrive in ``process_exception``."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answers a :class:`UserError`; anything else goes on to Django."""
        if not isinstance(exception, UserError):
            return None
        text = exception.say(reader.language())
        status = getattr(exception, "status", 400)  # 403 for a missing right, 409 for somebody who was quicker
        if request.path.startswith("/api/"):
            return problem(request, status, exception.code, text)
        if getattr(request, "htmx", False):
            return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
        return render(request, "web/fault.html", {"sentence": text, "code": exception.code}, status=status)


class ProblemDetails:
    """Whatever refuses a request to the API outside of its own handlers (a method, a lock-out) does so in its shape."""

    CODES = {400: "bad_request", 401: "sign_in_required", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
             413: "too_large", 415: "unsupported_format", 429: "too_many_requests"}  # fmt: skip

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Turns a bare refusal into a problem detail and keeps its headers (Allow, Retry-After)."""
        response = self.get_response(request)
        code = self.CODES.get(response.status_code)
        if code is None or not request.path.startswith("/api/") or response.headers.get("Content-Type") == CONTENT_TYPE:
            return response
        kept = {
            name: response[name] for name in ("Allow", "Retry-After", "WWW-Authenticate") if response.has_header(name)
        }
        return problem(request, response.status_code, code, headers=kept)
