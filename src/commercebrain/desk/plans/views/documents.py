"""Plans: the list, taking one in, and the page of one document."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views import View
from django.views.decorators.http import require_POST

from commercebrain.desk.access.uploads import checked_upload
from commercebrain.desk.core import reader
from commercebrain.desk.core.generic import Column, Filter, ListPage
from commercebrain.desk.plans import actions, queries
from commercebrain.desk.plans.forms import CLASSES, UploadForm
from commercebrain.desk.plans.lines import line
from commercebrain.desk.plans.marks import stretches
from commercebrain.desk.plans.models import Document
from commercebrain.engine.errors import UserError


def find_document(request: HttpRequest, pk: int) -> Document:
    """The document, or 404 for one that is not there or not to be seen."""
    document = queries.document(request.user, pk)
    if document is None:
        raise Http404
    return document


def words(fault: UserError) -> str:
    """A fault in the reader's language."""
    return fault.say(reader.language())


class Documents(ListPage):
    """Every plan that the reader may see."""

    title = _("Plans")
    template_name = "plans/documents.html"
    search_fields = ("title", "number", "name", "region__name_zh", "unit__name_zh")
    search_hint = _("title, number or place")
    order = "-issued_on"
    empty_title = _("No plan has been taken in yet")
    empty_hint = _("Upload one above, or run: cbrain plan import FILE --unit UNIT")
    columns = (
        Column("title", _("title"), sort="title", link=lambda row: reverse("plans:document", args=[row.pk])),
        Column("number", _("document number"), sort="number"),
        Column("issued_on", _("issued on"), sort="issued_on"),
        Column("region", _("region"), sort="region__code"),
        Column("unit", _("unit"), sort="unit__path", hidden=True),
        Column("state", _("state"), value="get_state_display", sort="state"),
        Column("found_targets", _("targets"), sort="found_targets", number=True),
        Column("found_facts", _("facts"), sort="found_facts", number=True),
        Column("found_tasks", _("tasks"), sort="found_tasks", number=True),
        Column("waiting", _("awaiting review"), sort="waiting", number=True),
        Column("unattended", _("accepted unattended"), sort="unattended", number=True, hidden=True),
        Column("name", _("file name"), sort="name", hidden=True),
    )
    filters = (
        Filter("state", _("state"), options=Document.State.choices),
        Filter("region", _("region"), options=lambda request: _regions(request), lookup="region__code"),
    )

    def rows(self, request: HttpRequest) -> Any:
        """The plans in scope."""
        return queries.documents(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many, and how many rows wait for a person."""
        waiting = sum(row.waiting for row in rows)
        if not total:
            return _t("No plan is here yet.")
        plans = ngettext("%(n)s plan", "%(n)s plans", total) % {"n": total}
        if not waiting:
            return _t("%(plans)s; nothing awaits review.") % {"plans": plans}
        return _t("%(plans)s; %(n)s rows await review.") % {"plans": plans, "n": waiting}

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Whether the reader may upload."""
        return {"may_upload": queries.units_to_enter(request.user).exists()}


def _regions(request: HttpRequest) -> list[tuple[str, str]]:
    rows = queries.documents(request.user).order_by("region__code")
    return list(dict.fromkeys((row.region.code, str(row.region)) for row in rows))


def plan_choices(request: HttpRequest) -> list[tuple[str, str]]:
    """The plans in scope, for the filters of other lists."""
    rows = queries.documents(request.user).order_by("title")
    return [(str(row.pk), row.title) for row in rows]


KINDS = ("txt", "md", "docx", "pdf", "html", "htm")


class Upload(View):
    """Takes in a document and starts its reading."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        units = self._units(request)
        own = queries.own_unit(request.user)
        return self._page(request, UploadForm(units=units, initial={"unit": own if own in units else None}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """The document; a file that is here already leads to its page."""
        form = UploadForm(request.POST, request.FILES, units=self._units(request))
        if not form.is_valid():
            return self._page(request, form, 400)
        data = form.cleaned_data
        try:
            checked = checked_upload(data["file"], KINDS)
            document = actions.import_document(
                checked.file,
                unit=data["unit"],
                person=request.user,
                name=checked.name,
                title=data["title"],
                number=data["number"],
                issued_on=data["issued_on"],
                classification=data["classification"],
            )
        except UserError as fault:
            form.add_error("file", words(fault))
            return self._page(request, form, getattr(fault, "status", 400))
        if document.state in (Document.State.WAITING, Document.State.FAILED):
            actions.start_reading(document, request.user)
        else:
            messages.info(request, _t("This file had been taken in before; here it is."))
        return redirect("plans:document", document.pk)

    def _units(self, request: HttpRequest) -> Any:
        units = queries.units_to_enter(request.user)
        if not units.exists():
            raise PermissionDenied
        return units

    def _page(self, request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
        return render(request, "plans/upload.html", {"form": form, "classes": CLASSES}, status=status)


def document_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The review of a document that was read, else how far its reading is."""
    document = find_document(request, pk)
    if document.state not in (Document.State.REVIEW, Document.State.LIVE):
        return render(request, "plans/reading.html", reading_context(request, document))
    return render(request, "plans/review.html", review_context(request, document))


def reading_context(request: HttpRequest, document: Document) -> dict[str, Any]:
    """What the page of an unread document shows."""
    job = document.job
    chinese = reader.chinese()
    lost = job and job.over and document.state in (Document.State.WAITING, Document.State.READING)
    return {
        "document": document,
        "job": job,
        "running": bool(job and not job.over),
        "fault": document.fault_zh if chinese else document.fault_en,
        "stopped": bool(lost),
        "may_review": queries.may_review(request.user, document),
    }


def review_context(request: HttpRequest, document: Document) -> dict[str, Any]:
    """Text and found rows: four queries, however long the document is."""
    rows = list(queries.findings(request.user, document))
    return {
        "document": document,
        "stretches": stretches(document.text, rows),
        "lines": [line(row) for row in rows],
        "progress": queries.progress(rows),
        "may_review": queries.may_review(request.user, document),
    }


def reading_status(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that htmx asks for while a document is being read."""
    document = find_document(request, pk)
    if document.state in (Document.State.REVIEW, Document.State.LIVE):
        response = HttpResponse()
        response["HX-Redirect"] = reverse("plans:document", args=[pk])
        return response
    return render(request, "plans/reading_part.html", reading_context(request, document))


@require_POST
def read_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Starts the reading of a document that waits, failed or was stopped."""
    document = find_document(request, pk)
    actions.start_reading(document, request.user)
    return redirect("plans:document", pk)
