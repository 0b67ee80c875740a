"""Search, and the health of the installation."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from commercebrain.desk.core.health import health
from commercebrain.desk.core.search import search


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Hits for the search box: a list to drop down (htmx), or a page of its own."""
    text = request.GET.get("q", "").strip()[:60]
    hits = search(request.user, text, each=6 if getattr(request, "htmx", False) else 50)
    template = "core/search_hits.html" if getattr(request, "htmx", False) else "core/search.html"
    return render(request, template, {"hits": hits, "text": text})


@login_not_required
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether database, lake and worker are there; open, so it tells states and nothing else."""
    report = health()
    return JsonResponse(report, status=200 if report["database"] == "ok" else 503)
