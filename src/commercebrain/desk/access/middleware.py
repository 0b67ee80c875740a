"""What every request passes: tokens, the age of sessions, steps that must come first, limits, headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from commercebrain.desk.access import sessions, tokens
from commercebrain.desk.access.addresses import address_of
from commercebrain.desk.access.limits import TooMany, count
from commercebrain.desk.access.sessions import EXPIRED, MUST_ENROL
from commercebrain.desk.core import reader
from commercebrain.desk.core.events import READ_AGAIN_AFTER, record
from commercebrain.desk.core.models import Event
from commercebrain.desk.core.rest.problems import problem
from commercebrain.engine.errors import UserError

Respond = Callable[[HttpRequest], HttpResponse]
API = "/api/"
ALWAYS_OPEN = {"people:sign_out", "set_language", "core:healthz"}
PASSWORD_PAGE, SECOND_FACTOR_PAGE = "people:me", "access:second_factor_new"
# No sensor, no payment, no screen capture: nothing here needs one, so no injected script gets one.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope", "hid",
                    "idle-detection", "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking")
)  # fmt: skip


def too_many(request: HttpRequest, fault: TooMany) -> HttpResponse:
    """429 with ``Retry-After``: a problem detail, a line for htmx, or a page."""
    text, headers = fault.say(reader.language()), {"Retry-After": str(fault.wait)}
    if request.path.startswith(API):
        return problem(request, 429, fault.code, text, headers=headers)
    if getattr(request, "htmx", False):
        return HttpResponse(text, status=429, content_type="text/plain; charset=utf-8", headers=headers)
    response = render(request, "web/fault.html", {"sentence": text, "code": fault.code}, status=429)
    response["Retry-After"] = str(fault.wait)
    return response


class SafeHeaders:
    """Headers that Django and django-csp do not set themselves."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers with the policy of browser features, and with ``no-store`` wherever data may stand."""
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Permitted-Cross-Domain-Policies", "none")
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class TokenSignIn:
    """A valid token signs its person in for this one request to the API; nowhere else is a token read."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers 401 to a bad token at once: a session beside it does not mend it."""
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if not request.path.startswith(API) or scheme.lower() != "bearer":
            return self.get_response(request)
        address = address_of(request)
        try:
            token = tokens.opened_by(text.strip(), address)
            count("api", f"token {token.pk}")
            tokens.must_allow(token, request.method or "", request.path)
        except TooMany as fault:
            return too_many(request, fault)
        except tokens.BadToken as fault:
            try:
                count("token", address)
            except TooMany as often:
                return too_many(request, often)
            return self._refuse(request, fault, 401)
        except UserError as fault:
            return self._refuse(request, fault, getattr(fault, "status", 403))
        request.user, request.api_token = token.person, token
        response = self.get_response(request)
        patch_vary_headers(response, ["Authorization"])
        return response

    @staticmethod
    def _refuse(request: HttpRequest, fault: UserError, status: int) -> HttpResponse:
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if status == 401 else {}
        return problem(request, status, fault.code, fault.say(reader.language()), headers=headers)


class RefusalsTold:
    """A refused page or operation is written to the event log, once in a while for each person and address."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Looks at the answer; strangers are sent to the sign-in page and leave no event."""
        response = self.get_response(request)
        if response.status_code == 403 and request.user.is_authenticated:
            self._tell(request)
        return response

    @staticmethod
    def _tell(request: HttpRequest) -> None:
        view = request.resolver_match.view_name if request.resolver_match else ""
        about = {"subject_type": "core.address", "subject_id": view[:60]}
        lately = Event.objects.filter(person=request.user, at__gte=timezone.now() - READ_AGAIN_AFTER, **about)
        if not lately.exists():
            address = f"{request.method} {request.path}"[:200]
            record("access.refused", tuple(about.values()), request.user, address=address)


class LiveSession:
    """Ends sessions that stood idle too long or are too old; the next page is the sign-in page, which says why."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Looks at signed-in sessions only."""
        by_cookie = settings.SESSION_COOKIE_NAME in request.COOKIES and not hasattr(request, "api_token")
        if by_cookie and SESSION_KEY in request.session and not sessions.still_good(request):
            logout(request)
            messages.info(request, _("You were signed out after a while without activity. Sign in again."))
        return self.get_response(request)


class RequiredSteps:
    """A too old password is changed, and a demanded second factor set up, before anything else is shown.

    A password that was given out comes first of all (:class:`~commercebrain.desk.people.middleware.SignInRequired`).
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes on; the decision falls in ``process_view``, where the view is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Leads to the step that is due."""
        if hasattr(request, "api_token") or not request.user.is_authenticated:
            return None
        provider = request.session.get(sessions.METHOD) == "provider"  # whose password is not ours to change
        due = ""
        if not provider and request.session.get(EXPIRED):
            due = PASSWORD_PAGE
        elif request.session.get(MUST_ENROL):
            due = SECOND_FACTOR_PAGE
        here = request.resolver_match.view_name if request.resolver_match else ""
        if not due or here in {due, *ALWAYS_OPEN}:
            return None
        if request.path.startswith(API):
            return problem(
                request, 403, "step_required", _("First change the password or set up one-time codes on the pages.")
            )
        if getattr(request, "htmx", False):
            return HttpResponse(status=204, headers={"HX-Redirect": resolve_url(due)})
        return redirect(due)


class RateLimits:
    """Counts what costs the server time or guards a secret, by person where one is signed in, else by address."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes on; what is asked for is known in ``process_view``."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Refuses with 429 what comes too often."""
        who = request.user.pk if request.user.is_authenticated else address_of(request)
        try:
            for kind in self._kinds(request):
                count(kind, who)
        except TooMany as fault:
            return too_many(request, fault)
        return None

    @staticmethod
    def _kinds(request: HttpRequest) -> list[str]:
        if request.path.startswith(API):
            return [] if hasattr(request, "api_token") else ["api"]
        name = request.resolver_match.view_name if request.resolver_match else ""
        kinds = []
        if name == "core:search":
            kinds.append("search")
        if request.method == "GET" and request.GET.get("export"):
            kinds.append("export")
        sends_form = request.method == "POST" and "multipart/form-data" in request.headers.get("Content-Type", "")
        if sends_form and request.user.is_authenticated and request.FILES:
            kinds.append("upload")
        return kinds

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A limit that a view itself has met."""
        return too_many(request, exception) if isinstance(exception, TooMany) else None
