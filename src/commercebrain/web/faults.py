"""Error pages: in both languages, and without the database, which may be what is broken."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.rest.problems import problem

PAGES = {
    400: (
        _("This request could not be understood"),
        _("Go back, reload the page and try again; what you typed may have been cut off on the way."),
    ),
    403: (
        _("This page is not open to you"),
        _("Your roles do not reach so far. Ask your unit's administrator if you need it for your work."),
    ),
    404: (
        _("There is no such page"),
        _("The address may be mistyped, or what stood here lies outside of what your roles let you see."),
    ),
    500: (
        _("The program has made a fault"),
        _("Nothing was half written. Try again; if it happens again, tell the administrator the time and the address."),
    ),
}


def page(status: int, request: HttpRequest | None = None) -> HttpResponse:
    """The error page of ``status``; the API gets a problem detail instead."""
    title, hint = PAGES[status]
    if request is not None and request.path.startswith("/api/"):
        codes = {400: "bad_request", 403: "forbidden", 404: "not_found", 500: "server_fault"}
        return problem(request, status, codes[status], f"{title} {hint}" if status in (400, 500) else "")
    return HttpResponse(
        render_to_string("web/error.html", {"status": status, "title": title, "hint": hint}), status=status
    )


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400."""
    return page(400, request)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403."""
    return page(403, request)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404."""
    return page(404, request)


def server_fault(request: HttpRequest) -> HttpResponse:
    """500."""
    return page(500, request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token is missing or old."""
    return page(403, request)
