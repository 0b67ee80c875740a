"""Exceptions to locks: asked with a reason, granted by another, with an end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from commercebrain.desk.core import reader
from commercebrain.desk.core.fields import ChooserField
from commercebrain.desk.core.filters import Filter
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, DetailPage, Field, ListPage
from commercebrain.desk.forms import exceptions, queries
from commercebrain.desk.forms.board.declared import opening_units
from commercebrain.desk.forms.board.words import form_name, period_name
from commercebrain.desk.forms.models import LockException, Round
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Unit
from commercebrain.engine.errors import UserError

STATES = (("open", _("waits for a decision")), ("granted", _("granted")), ("refused", _("refused")))
_VALUES: dict[str, Any] = {"open": None, "granted": True, "refused": False}


def state_word(row: LockException) -> Any:
    """Where a request stands."""
    if row.granted is None:
        return STATES[0][1]
    if row.granted and row.until <= now():
        return _t("granted, over")
    return STATES[1][1] if row.granted else STATES[2][1]


def _link(row: LockException) -> str:
    return reverse("forms:exception", args=[row.pk])


class Exceptions(ListPage):
    """The requests in sight, undecided ones first."""

    title = _("Exceptions to locks")
    columns = (
        Column("whom", _("For whom"), lambda row: row.enterprise or row.unit, link=_link),
        Column("form", _("Form"), lambda row: form_name(row.round)),
        Column("period", _("Period"), lambda row: period_name(row.round.period), sort="round__opens_at"),
        Column("reason", _("Reason"), "reason"),
        Column("until", _("Open until"), "until", sort="until"),
        Column("asked", _("Asked by"), "asked_by"),
        Column("state", _("State"), state_word, sort="granted"),
        Column("decided", _("Decided by"), "decided_by"),
    )
    filters = (Filter("state", _("State"), STATES, apply=lambda rows, value: rows.filter(granted=_VALUES[value])),)
    search_fields = ("enterprise__name_zh", "enterprise__uscc", "reason")
    empty_title = _("No exception has been asked for")
    empty_hint = _("A firm or an office asks on the page of a locked round; another person decides.")

    def rows(self, request: HttpRequest) -> Any:
        """Those in sight."""
        return exceptions.in_sight(request.user).order_by("-asked_at", "pk")

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """How many, and how many wait."""
        if not total:
            return ""
        open_ = rows.filter(granted=None).count()
        return ngettext("%(n)s request, %(open)s undecided.", "%(n)s requests, %(open)s undecided.", int(total)) % {
            "n": total, "open": open_,
        }  # fmt: skip


class ExceptionPage(DetailPage):
    """One request, with the two buttons for who may decide."""

    template_name = "forms/exception.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> LockException | None:
        """A request in sight."""
        return exceptions.in_sight(request.user).select_related("round__unit").filter(pk=kwargs["pk"]).first()

    def heading(self, thing: LockException) -> str:
        """For whom."""
        return f"{thing.enterprise or thing.unit} · {form_name(thing.round)}"

    def answer(self, request: HttpRequest, thing: LockException) -> Any:
        """What was asked and how it stands."""
        told = {"period": period_name(thing.round.period), "until": f"{timezone.localtime(thing.until):%Y-%m-%d %H:%M}", "state": state_word(thing)}  # fmt: skip
        return _t("%(period)s to be open until %(until)s: %(state)s.") % told

    def back(self) -> tuple[str, Any]:
        """To the requests."""
        return reverse("forms:exceptions"), _("Exceptions to locks")

    def fields(self, request: HttpRequest, thing: LockException) -> list[Field]:
        """Who asked, why, who decides."""
        return [
            Field(_("Reason"), thing.reason),
            Field(_("Handled by"), thing.unit),
            Field(_("Asked by"), thing.asked_by),
            Field(_("Asked at"), thing.asked_at),
            Field(_("Decided by"), thing.decided_by),
            Field(_("Decided at"), thing.decided_at),
        ]

    def extra(self, request: HttpRequest, thing: LockException) -> dict[str, Any]:
        """Whether the reader may decide."""
        waits = thing.granted is None
        return {
            "may_decide": waits and exceptions.may_decide(request.user, thing),
            "own_request": waits and thing.asked_by_id == request.user.pk,
        }


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Grants or refuses."""
    row = exceptions.in_sight(request.user).select_related("round__unit").filter(pk=pk).first()
    if row is None:
        raise Http404
    if not exceptions.may_decide(request.user, row):
        raise PermissionDenied
    grant = request.POST.get("do") == "grant"
    try:
        exceptions.decide(row, request.user, grant=grant, reason=request.POST.get("reason", ""))
    except UserError as fault:
        messages.error(request, fault.say(reader.language()))
    else:
        messages.success(request, _t("Granted; the firm is told.") if grant else _t("Refused; the firm is told."))
    return redirect("forms:exception", pk)


class AskForm(forms.Form):
    """For which unit's firms, until when, why."""

    unit = ChooserField(Unit.objects.none(), label=_("For the firms of"), search_fields=("name_zh", "name_en"))
    until = forms.DateTimeField(label=_("Open until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, units: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["unit"].queryset = units


class Ask(FormPage):
    """An office asks for a locked round to be open again for the firms that it handles."""

    title = _("Ask for an exception")
    form_class = AskForm
    save_label = _("Ask")
    saved_message = _("The request waits for another person's decision.")

    def find(self, request: HttpRequest, **kwargs: Any) -> Round:
        """A round in sight, for who may enter somewhere."""
        row = queries.rounds(request.user).filter(pk=kwargs["pk"]).first()
        if row is None or not queries.bureau_reader(request.user):
            raise Http404
        if not opening_units(request.user).exists():
            raise PermissionDenied
        self.row: Round = row
        return self.row

    def answer(self, request: HttpRequest, thing: Round) -> Any:
        """Which round."""
        return f"{form_name(thing)} · {period_name(thing.period)}"

    def back(self) -> tuple[str, Any]:
        """To the round."""
        return reverse("forms:round", args=[self.row.pk]), str(self.row)

    def initial(self, request: HttpRequest, thing: Round) -> dict[str, Any]:
        """The own unit; two days."""
        units = list(opening_units(request.user)[:2])
        return {"unit": units[0] if len(units) == 1 else None, "until": now() + timedelta(days=2)}

    def form_arguments(self, request: HttpRequest, thing: Round) -> dict[str, Any]:
        """The units that the reader may enter for."""
        return {"units": opening_units(request.user)}

    def save(self, request: HttpRequest, thing: Round, data: dict[str, Any], version: int | None) -> LockException:
        """One action."""
        return exceptions.ask(request.user, thing, **data)

    def done(self, request: HttpRequest, thing: Any) -> str:
        """The request."""
        return _link(thing)
