"""Deciding on found rows: one, several, and taking a decision back. Answers are fragments for htmx."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from commercebrain.desk.plans import actions, queries
from commercebrain.desk.plans.actions.review import Reviewed
from commercebrain.desk.plans.forms import correction_form
from commercebrain.desk.plans.lines import line
from commercebrain.desk.plans.models import Document, Finding
from commercebrain.desk.plans.views.documents import find_document


def _ids(request: HttpRequest) -> list[int]:
    """The ids posted, as ``ids=1&ids=2`` or ``ids=1,2``."""
    parts = ",".join(request.POST.getlist("ids")).split(",")
    return [int(part) for part in parts if part.isdecimal()][:5000]


def find_finding(request: HttpRequest, pk: int) -> Finding:
    """The found row, or 404 for one that is not there or not to be seen."""
    found = queries.findings(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accepts the rows ``ids`` of a document."""
    document = find_document(request, pk)
    return _answer(request, document, actions.accept(request.user, document, _ids(request)), "accepted")


@require_POST
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Rejects the rows ``ids`` of a document for the reason given."""
    document = find_document(request, pk)
    reason = request.POST.get("reason", "")
    done = actions.reject(request.user, document, _ids(request), reason)
    return _answer(request, document, done, "rejected")


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes back the decision with the token posted."""
    document = find_document(request, pk)
    done = actions.reopen(request.user, document, request.POST.get("token", ""))
    return _answer(request, document, done, "waiting")


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of one row in its place, and its correction."""
    finding = find_finding(request, pk)
    if not queries.may_review(request.user, finding.document):
        raise PermissionDenied
    form = correction_form(finding, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        done = actions.correct(
            request.user,
            finding,
            form.changes(),
            indicator=form.cleaned_data.get("code", ""),
            token=request.POST.get("token", ""),
        )
        return _answer(request, done.document, Reviewed((done.pk,), 0, done.token), "corrected")
    context = {"finding": finding, "line": line(finding), "form": form}
    response = render(request, "plans/finding_form.html", context)
    response["HX-Retarget"], response["HX-Reswap"] = f"#f{finding.pk}", "outerHTML"  # it stands in the row's place
    return response


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One row of the review list as it stands now."""
    finding = find_finding(request, pk)
    context = {
        "line": line(finding),
        "document": finding.document,
        "may_review": queries.may_review(request.user, finding.document),
    }
    return render(request, "plans/finding.html", context)


def _answer(request: HttpRequest, document: Document, done: Reviewed, state: str) -> HttpResponse:
    """The changed rows and the counters, swapped in by their ids, and an event for the marks in the text."""
    rows = list(queries.findings(request.user, document))
    changed = set(done.changed)
    context: dict[str, Any] = {
        "document": document,
        "lines": [line(row) for row in rows if row.pk in changed],
        "progress": queries.progress(rows),
        "may_review": True,
        "done": done,
        "decision": state,
        "swap": True,
    }
    response = render(request, "plans/review_changed.html", context)
    response["HX-Trigger"] = json.dumps({"plans:decided": {"ids": sorted(changed), "state": state}})
    return response
