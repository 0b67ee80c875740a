"""Pages about audits. Thin: reads come from queries, writes go through actions."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from commercebrain.desk.audits import actions, queries
from commercebrain.desk.audits.context import by_document, in_context
from commercebrain.desk.audits.models import Answer, AuditFinding, Verdict
from commercebrain.desk.audits.words import SHAPES, check_title, summary
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.generic import Column, DetailPage, Field, Filter, ListPage, Panel
from commercebrain.desk.plans.models import Document

UNANSWERED = "none"


def _narrow_answer(rows: Any, value: str) -> Any:
    if value == UNANSWERED:
        return rows.filter(answer="", verdict__in=[v for v in Verdict.values if v not in ("holds", "rounding")])
    return rows.filter(answer=value)


def _checks(request: HttpRequest) -> list[tuple[str, str]]:
    """The checks that found something in sight."""
    rows = AuditFinding.objects.visible_to(request.user).order_by("check_number")
    numbers = rows.values_list("check_number", flat=True).distinct()
    return [(number, f"{number} {check_title(number)}") for number in numbers]


class Findings(ListPage):
    """What the audit of the plans found, the gravest first."""

    title = _("Checks of the plans' numbers")
    template_name = "audits/findings.html"
    search_fields = ("zh", "en", "computation", "documents__title")
    search_hint = _("indicator, number or plan")
    empty_title = _("No finding is here")
    empty_hint = _("Start a check above: every number of the plans in your sight is held against the others.")
    columns = (
        Column("verdict", _("verdict"), "get_verdict_display", sort="gravity", show="audits/cells/verdict.html"),
        Column("check_number", _("check"), sort="check_number"),
        Column("sentence", _("finding"), link=lambda row: reverse("audits:finding", args=[row.pk])),
        Column("documents", _("plans"), lambda row: "、".join(d.title for d in row.documents.all())),
        Column("computation", _("computation"), "sum_said", hidden=True),
        Column("answer", _("answer"), lambda row: row.get_answer_display() if row.answer else None, sort="answer"),
        Column("note", _("explanation"), hidden=True),
        Column("answered_by", _("answered by"), sort="answered_by__username"),
        Column("answered_on", _("answered on"), sort="answered_on"),
        Column("found_on", _("found on"), sort="found_on", hidden=True),
        Column("resolved_on", _("resolved on"), sort="resolved_on", hidden=True),
    )
    filters = (
        Filter("verdict", _("verdict"), Verdict.choices),
        Filter("answer", _("answer"), [(UNANSWERED, _("unanswered")), *Answer.choices], apply=_narrow_answer),
        Filter("check", _("check"), _checks, lookup="check_number"),
        Filter(
            "state", _("state"), [("standing", _("standing")), ("resolved", _("resolved"))],
            apply=lambda rows, value: rows.filter(resolved_on__isnull=value == "standing"),
        ),
    )  # fmt: skip

    def chosen(self) -> tuple[Document | None, Document | None]:
        """The document or the pair that the page is about; none for all in sight."""
        return None, None

    def rows(self, request: HttpRequest) -> Any:
        """The findings in scope; those that are resolved only when asked for."""
        first, second = self.chosen()
        return queries.findings(request.user, first, second, resolved=request.GET.get("state") == "resolved").distinct()

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """What stands, whatever the filters show of it."""
        first, second = self.chosen()
        number = sum(document is not None for document in (first, second)) or queries.plans(request.user).count()
        counted = queries.counts(queries.findings(request.user, first, second))
        return summary(number, counted, queries.checked_on(request.user, first))

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The matrix and what the reader may start."""
        return {"matrix": queries.matrix(request.user), "may_run": queries.may_run(request.user), "query": ""}


class DocumentFindings(Findings):
    """The same for one plan, or for two plans together."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Finds the plans in sight first."""
        wanted = [kwargs["first"], *([kwargs["second"]] if "second" in kwargs else [])]
        seen = {row.pk: row for row in Document.objects.visible_to(request.user).filter(pk__in=wanted).defer("text")}
        if set(wanted) - set(seen) or len(set(wanted)) < len(wanted):
            raise Http404
        self.pair = [seen[pk] for pk in wanted]
        return super().dispatch(request, *args, **kwargs)

    def chosen(self) -> tuple[Document | None, Document | None]:
        """The plans of the address."""
        return self.pair[0], self.pair[1] if len(self.pair) > 1 else None

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The titles, and what the reader may start for the one plan."""
        first, second = self.chosen()
        assert first is not None  # noqa: S101 - dispatch has found it
        query = f"?first={first.pk}" + (f"&second={second.pk}" if second else "")
        may = not second and Document.objects.enterable_by(request.user).filter(pk=first.pk).exists()
        return {
            "page_title": " ⟷ ".join(document.title for document in self.pair),
            "pair": self.pair, "may_run": may, "query": query, "run_for": first.pk,
        }  # fmt: skip


def _find(request: HttpRequest, pk: int) -> AuditFinding:
    """The finding, or 404 for one that is not there or not to be seen."""
    row = queries.findings(request.user, resolved=True).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


class FindingPage(DetailPage):
    """One finding: its words in both documents side by side, the sum, the answer and those before it."""

    template_name = "audits/finding.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> AuditFinding:
        """A finding in sight."""
        return _find(request, kwargs["pk"])

    def heading(self, thing: AuditFinding) -> str:
        """Its check and what that asks."""
        return f"{thing.check_number} {check_title(thing.check_number)}".rstrip("。.")

    def answer(self, request: HttpRequest, thing: AuditFinding) -> str:
        """The sentence."""
        return thing.sentence

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("audits:findings"), _("Checks of the plans' numbers")

    def fields(self, request: HttpRequest, thing: AuditFinding) -> list[Field]:
        """The verdict, the sum, the days."""
        return [
            Field(_("verdict"), f"{SHAPES[thing.verdict]} {thing.get_verdict_display()}"),
            Field(_("computation"), thing.sum_said),
            Field(_("found on"), thing.found_on),
            *([Field(_("resolved on"), thing.resolved_on)] if thing.resolved_on else []),
        ]

    def panels(self, request: HttpRequest, thing: AuditFinding) -> list[Panel]:
        """Every answer that was given."""
        rows = [
            [row.on, row.by, row.get_answer_display(), row.note, row.get_verdict_display()]
            for row in thing.answers.select_related("by").order_by("-pk")
        ]
        headers = [_("answered on"), _("answered by"), _("answer"), _("explanation"), _("verdict at that time")]
        return [Panel(_("Answers given"), headers, rows, _("Nobody has answered yet."))] if thing.asks else []

    def extra(self, request: HttpRequest, thing: AuditFinding) -> dict[str, Any]:
        """The quotes where they stand, and the form."""
        return {"places": in_context(thing), **_card_context(request, thing)}


def _card_context(request: HttpRequest, finding: AuditFinding, **more: Any) -> dict[str, Any]:
    documents = {document.pk: document for document in finding.documents.all()}
    return {
        "finding": finding,
        "shape": SHAPES[finding.verdict],
        "quotes": [(documents[pk], quotes) for pk, quotes in by_document(finding).items() if pk in documents],
        "answers": Answer.choices,
        "may_answer": finding.resolved_on is None and queries.may_answer(request.user, finding),
        **more,
    }


@require_GET
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """The finding as a card beside the plan's text."""
    return render(request, "audits/card.html", _card_context(request, _find(request, pk)))


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answers a finding; htmx gets the card as it stands now, others go to the finding's page."""
    finding = _find(request, pk)
    asked = request.POST
    actions.answer(request.user, finding, asked.get("answer", ""), asked.get("note", ""), token=asked.get("token", ""))
    if not getattr(request, "htmx", False):
        return redirect("audits:finding", pk)
    response = render(request, "audits/card.html", _card_context(request, _find(request, pk), just_answered=True))
    response["HX-Trigger"] = json.dumps({"audits:answered": {"id": pk}})
    return response


@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Starts an audit of all plans in sight, or of what touches the one posted."""
    document = None
    if wanted := request.POST.get("document", ""):
        document = Document.objects.visible_to(request.user).filter(pk=wanted if wanted.isdecimal() else 0).first()
        if document is None:
            raise Http404
    job = actions.start(request.user, document)
    return redirect("core:job", job.pk)


@require_GET
def report(request: HttpRequest, form: str) -> HttpResponse:
    """The report for the drafting office as ``docx`` or ``pdf``: all plans in sight, one (``first``), or two."""
    from commercebrain.desk.audits.report import FORMS, content

    if form not in FORMS:
        raise Http404
    wanted = [request.GET[key] for key in ("first", "second") if request.GET.get(key)]
    if not all(value.isdecimal() for value in wanted):
        raise Http404
    seen = {str(row.pk): row for row in queries.plans(request.user).filter(pk__in=wanted).defer("text")}
    if set(wanted) - set(seen):
        raise Http404
    documents = [seen[value] for value in dict.fromkeys(wanted)]
    if not queries.plans(request.user).exists():
        raise PermissionDenied
    told = content(request.user, documents)
    kind, write = FORMS[form]
    response = HttpResponse(write(told), content_type=kind)
    name = f"{_t('Report on the numbers of the plans')}-{today().isoformat()}.{form}"
    response["Content-Disposition"] = f"attachment; filename=\"report.{form}\"; filename*=UTF-8''{quote(name)}"
    return response
