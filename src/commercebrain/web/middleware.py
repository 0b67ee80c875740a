"""The reader's language, and faults told as sentences."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

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
        text = exception.say(get_language() or "zh")
        status = getattr(exception, "status", 400)  # 403 for a missing right, 409 for somebody who was quicker
        if request.path.startswith("/api/"):
            return JsonResponse({"code": exception.code, "detail": text}, status=status)
        if getattr(request, "htmx", False):
            return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
        return render(request, "web/fault.html", {"sentence": text, "code": exception.code}, status=status)
