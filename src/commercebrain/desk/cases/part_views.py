"""What belongs to a case: firms named in it, papers, participants, notes, clocks that go on."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from commercebrain.desk.cases import actions, forms, pages
from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.edit_views import CaseForm, again, case_or_404, case_to_work_on
from commercebrain.desk.cases.models import Case, CaseFirm, Clock, Paper, Participant
from commercebrain.desk.cases.rights import acts, is_firms
from commercebrain.engine.errors import UserError


def _one(rows: Any, pk: int) -> Any:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


# --- firms ---------------------------------------------------------------------------------------------------------------
class FirmAdd(CaseForm):
    """Names a firm in a case."""

    title = _("Name a firm")

    def form_type(self, request: HttpRequest, thing: Case) -> type[django_forms.Form]:
        """The firm, and what is known of it already."""
        template = template_of(thing)
        return forms.declared_form(
            template.firm_fields, request.user, more={"enterprise": forms.firms_field(request.user)}
        )

    def act(self, request: HttpRequest, thing: Case, data: dict[str, Any], version: int | None) -> Any:
        """Named, then filled in."""
        form: Any = self.posted
        named = actions.name_firms(thing, request.user, [data["enterprise"]])
        row = next(one for one in named if one.enterprise_id == data["enterprise"].pk)
        given = {code: value for code, value in form.typed().items() if value not in (None, "")}
        return actions.fill_firm(row, request.user, given) if given else row


class FirmEdit(CaseForm):
    """What is known of one firm in a case."""

    title = _("A firm in the case")

    def find(self, request: HttpRequest, **kwargs: Any) -> CaseFirm:
        """A row in sight, to be entered by who works on the case or by the firm itself."""
        self.case = case_or_404(request, kwargs["pk"])
        rows = CaseFirm.objects.visible_to(request.user).select_related("enterprise", "case__unit")
        found: CaseFirm = _one(rows.filter(case=self.case), kwargs["row"])
        self.own = is_firms(request.user, self.case)
        if not self.own and not acts(request.user, self.case):
            raise PermissionDenied
        return found

    def heading(self, thing: CaseFirm) -> str:
        """Firm and case."""
        return f"{thing.enterprise} · {self.case.number}"

    def _fields(self) -> list[Any]:
        return [one for one in template_of(self.case).firm_fields if one.firm_enters or not self.own]

    def form_type(self, request: HttpRequest, thing: CaseFirm) -> type[django_forms.Form]:
        """The fields of a firm."""
        return forms.declared_form(self._fields(), request.user, kept=thing.values)

    def initial(self, request: HttpRequest, thing: CaseFirm) -> dict[str, Any]:
        """What is known."""
        return forms.initial_values(self._fields(), thing.values)

    def act(self, request: HttpRequest, thing: CaseFirm, data: dict[str, Any], version: int | None) -> Any:
        """Fills it in."""
        form: Any = self.posted
        return actions.fill_firm(thing, request.user, form.typed(), version)


@require_POST
def tell(request: HttpRequest, pk: int) -> HttpResponse:
    """Notes that the firms were told of the case: those that are ticked, else all that were not yet."""
    case = case_to_work_on(request, pk)
    rows = CaseFirm.objects.filter(case=case, told_at=None)
    ticked = [one for one in request.POST.getlist("firm") if one.isascii() and one.isdigit()]
    try:
        many = actions.tell_firms(case, request.user, rows.filter(pk__in=ticked) if ticked else rows)
    except UserError as fault:
        return again(request, case, fault)
    messages.success(request, ngettext("%(n)s firm was told.", "%(n)s firms were told.", many) % {"n": many})
    return redirect("cases:case", pk)


# --- papers --------------------------------------------------------------------------------------------------------------
class PaperAdd(CaseForm):
    """Puts a document to a case."""

    title = _("Add a document")
    keeps_draft = False
    firm = True
    saved_message = _("The document is stored.")

    def form_type(self, request: HttpRequest, thing: Case) -> type[django_forms.Form]:
        """The file and what it is for."""
        return forms.paper_form(template_of(thing), by_firm=is_firms(request.user, thing))

    def act(self, request: HttpRequest, thing: Case, data: dict[str, Any], version: int | None) -> Paper:
        """Stored once."""
        return actions.add_paper(
            thing, request.user, data["file"], data["purpose"], internal=not data.get("shown", False),
            foreign=data.get("foreign", False),
        )  # fmt: skip


def paper_or_404(request: HttpRequest, pk: int, paper: int) -> Paper:
    """A document of a case in sight; the firm sees those that are not internal."""
    case = case_or_404(request, pk)
    rows = Paper.objects.filter(case=case).select_related("attachment", "case__unit", "asked_by", "decided_by")
    if is_firms(request.user, case):
        rows = rows.filter(internal=False)
    return _one(rows, paper)


@require_GET
def paper_file(request: HttpRequest, pk: int, paper: int) -> HttpResponse:
    """The file: to read, or with ``?send=1`` to be sent abroad, which only an approved one may be."""
    found = paper_or_404(request, pk, paper)
    if request.GET.get("send") and not acts(request.user, found.case):
        raise PermissionDenied
    try:
        return actions.hand_over_paper(found, request.user, to_send=bool(request.GET.get("send")))
    except UserError as fault:
        return again(request, found.case, fault)


@require_POST
def paper_ask(request: HttpRequest, pk: int, paper: int) -> HttpResponse:
    """Asks that it may go abroad."""
    found = paper_or_404(request, pk, paper)
    if not acts(request.user, found.case):
        raise PermissionDenied
    try:
        actions.ask_paper(found, request.user)
    except UserError as fault:
        return again(request, found.case, fault)
    messages.success(request, _t("Asked; somebody else decides."))
    return redirect("cases:case", pk)


class PaperDecide(CaseForm):
    """Approves that a paper goes abroad, or refuses it."""

    title = _("Approval for abroad")
    form_class = forms.DecideForm
    keeps_draft = False

    def find(self, request: HttpRequest, **kwargs: Any) -> Paper:
        """A paper that waits."""
        super().find(request, **kwargs)
        return paper_or_404(request, kwargs["pk"], kwargs["paper"])

    def answer(self, request: HttpRequest, thing: Paper) -> Any:
        """Which, asked by whom."""
        told = {
            "name": thing.attachment.name,
            "purpose": pages.purpose_name(thing.case, thing.purpose),
            "who": thing.asked_by or "—",
        }
        return _t("%(purpose)s: %(name)s, asked by %(who)s.") % told

    def act(self, request: HttpRequest, thing: Paper, data: dict[str, Any], version: int | None) -> Paper:
        """Decides."""
        approve = data["verdict"] == "approve"
        return actions.decide_paper(thing, request.user, approve=approve, sentence=data["sentence"])


# --- people, notes, clocks -----------------------------------------------------------------------------------------------
class Join(CaseForm):
    """Another unit takes part."""

    title = _("Have a unit take part")
    superior = True

    def form_type(self, request: HttpRequest, thing: Case) -> type[django_forms.Form]:
        """Units and parts."""
        return forms.join_form(template_of(thing), thing)

    def act(self, request: HttpRequest, thing: Case, data: dict[str, Any], version: int | None) -> Participant:
        """From now on."""
        return actions.join(thing, request.user, data["unit"], data["role"], may_act=data["may_act"])


@require_POST
def leave(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """Ends that somebody takes part."""
    case = case_to_work_on(request, pk, superior=True)
    found = _one(Participant.objects.filter(case=case, left_at=None).select_related("case", "unit", "person"), part)
    try:
        actions.leave(found, request.user)
    except UserError as fault:
        return again(request, case, fault)
    messages.success(request, _t("%(who)s takes part no longer.") % {"who": found.unit or found.person})
    return redirect("cases:case", pk)


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """A comment or a decision; what a firm's user says is never internal."""
    case = case_to_work_on(request, pk, superior=True, firm=True)
    act = actions.decide if request.POST.get("kind") == "decision" else actions.comment
    internal = request.POST.get("shown") != "1"
    try:
        act(case, request.user, request.POST.get("text", ""), internal=internal)
    except UserError as fault:
        return again(request, case, fault)
    messages.success(request, _t("Kept."))
    return redirect(f"{pages.address(case)}#notes")


@require_POST
def resume(request: HttpRequest, pk: int, clock: int) -> HttpResponse:
    """Lets a clock go on."""
    case = case_to_work_on(request, pk)
    found = _one(Clock.objects.filter(case=case).select_related("case"), clock)
    try:
        done = actions.resume(found, request.user)
    except UserError as fault:
        return again(request, case, fault)
    messages.success(request, _t("The clock runs again; due %(day)s.") % {"day": pages.both_zones(done)[0]})
    return redirect("cases:case", pk)


@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts the reader in charge."""
    case = case_to_work_on(request, pk)
    try:
        actions.hand_over(case, request.user, request.user)
    except UserError as fault:
        return again(request, case, fault)
    messages.success(request, _t("You are in charge now."))
    return redirect("cases:case", pk)
