"""Receiving programs: list, registration, calls."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from commercebrain.desk.core import reader
from commercebrain.desk.core.forms import ChooserField, FormPage
from commercebrain.desk.core.generic import Column, DetailPage, Field, ListPage
from commercebrain.desk.notices import actions, queries
from commercebrain.desk.notices.kinds import kinds
from commercebrain.desk.notices.models import Call, Endpoint
from commercebrain.desk.notices.webhooks import resolve, webhooks_are_on
from commercebrain.desk.people.models import Unit
from commercebrain.desk.people.queries import runs_system
from commercebrain.engine.errors import UserError

FRESH_SECRET = "notices.fresh_secret"  # noqa: S105 - a name in the session


class Endpoints(ListPage):
    """The programs that are called."""

    title = gettext_lazy("Receiving programs")
    template_name = "notices/endpoints.html"
    columns = (
        Column("name", gettext_lazy("Name"), link=lambda e: reverse("notices:endpoint", args=[e.pk]), sort="name"),
        Column("url", gettext_lazy("Address"), sort="url"),
        Column("unit", gettext_lazy("Unit"), "unit", sort="unit__path"),
        Column("state", gettext_lazy("State"), lambda e: _("active") if e.active else _("paused"), sort="active"),
        Column("failures", gettext_lazy("Failures in a row"), sort="failures", number=True, decimals=0),
    )
    search_fields = ("name", "url")
    empty_title = gettext_lazy("No program is called")
    empty_hint = gettext_lazy(
        "Other systems can be told what happens here by signed calls; an administrator registers them."
    )

    def allowed(self, request: HttpRequest) -> bool:
        """For who runs the system."""
        return runs_system(request.user)

    def rows(self, request: HttpRequest) -> Any:
        """All of them."""
        return queries.endpoints_visible_to(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many, and whether calls are on at all."""
        if not webhooks_are_on():
            return _("This installation calls no other programs (CBRAIN_WEBHOOKS is not set).")
        active = queries.endpoints_visible_to(request.user).filter(active=True).count()
        return ngettext("%(n)s program is called.", "%(n)s programs are called.", active) % {"n": active}


class EndpointForm(forms.Form):
    """A program to call."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    url = forms.URLField(label=gettext_lazy("Address"), max_length=500, assume_scheme="https")
    unit = ChooserField(Unit.objects.none(), label=gettext_lazy("What happens in this unit and below"))
    kinds = forms.MultipleChoiceField(label=gettext_lazy("Kinds"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, units: QuerySet[Unit], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["unit"].queryset = units
        self.fields["kinds"].choices = [(k.code, str(k)) for k in kinds().values()]

    def clean_url(self) -> str:
        """An address that may be called; looked up here, so that no transaction waits for a name server."""
        url = str(self.cleaned_data["url"])
        try:
            resolve(url)
        except UserError as fault:
            raise forms.ValidationError(fault.say(reader.language())) from None
        return url


class NewEndpoint(FormPage):
    """Registers a program; its secret is shown once, on the program's page."""

    form_class = EndpointForm
    title = gettext_lazy("Register a program")
    save_label = gettext_lazy("Register")

    def allowed(self, request: HttpRequest) -> bool:
        """For who runs the system."""
        return runs_system(request.user)

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """None yet."""

    def answer(self, request: HttpRequest, thing: Any) -> str:
        """What it will get."""
        if not webhooks_are_on():
            return _("This installation calls no other programs (CBRAIN_WEBHOOKS is not set).")
        return _("It gets a signed call for every event of the chosen kinds.")

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("notices:endpoints"), _("Receiving programs")

    def form_arguments(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """Units within what one manages."""
        return {"units": queries.units_called_from(request.user)}

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Endpoint:
        """Registers it."""
        row, secret = actions.register_endpoint(request.user, data["name"], data["url"], data["unit"], data["kinds"])
        request.session[FRESH_SECRET] = [row.pk, secret]
        return row

    def done(self, request: HttpRequest, thing: Endpoint) -> str:
        """To its page, which shows the secret."""
        return reverse("notices:endpoint", args=[thing.pk])


class EndpointPage(DetailPage):
    """One program with its last calls."""

    template_name = "notices/endpoint.html"

    def allowed(self, request: HttpRequest) -> bool:
        """For who runs the system."""
        return runs_system(request.user)

    def find(self, request: HttpRequest, **kwargs: Any) -> Endpoint | None:
        """The program."""
        return queries.endpoints_visible_to(request.user).filter(pk=kwargs["pk"]).first()

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("notices:endpoints"), _("Receiving programs")

    def answer(self, request: HttpRequest, thing: Endpoint) -> str:
        """How its calls stand."""
        waiting = thing.calls.filter(state=Call.State.WAITING).count()
        if not thing.active:
            return _("Paused: {why}").format(why=thing.paused_because or _("by an administrator"))
        return ngettext("%(n)s call waits.", "%(n)s calls wait.", waiting) % {"n": waiting}

    def fields(self, request: HttpRequest, thing: Endpoint) -> list[Field]:
        """What was registered."""
        return [
            Field(_("Address"), thing.url),
            Field(_("Unit"), thing.unit, reverse("people:unit", args=[thing.unit_id])),
            Field(_("Kinds"), "、".join(str(kinds().get(code, code)) for code in thing.kinds)),
            Field(_("Registered by"), thing.made_by),
            Field(_("Registered at"), thing.made_at),
        ]

    def extra(self, request: HttpRequest, thing: Endpoint) -> dict[str, Any]:
        """The last calls, and the secret where it was made just now."""
        fresh = request.session.pop(FRESH_SECRET, None)
        return {
            "calls": queries.calls_visible_to(request.user).filter(endpoint=thing)[:50],
            "secret": fresh[1] if fresh and fresh[0] == thing.pk else None,
        }


def _endpoint(request: HttpRequest, pk: int) -> Endpoint:
    if not runs_system(request.user):
        raise PermissionDenied
    row = queries.endpoints_visible_to(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@require_POST
def change_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret, shown once on the page that follows."""
    row = _endpoint(request, pk)
    request.session[FRESH_SECRET] = [row.pk, actions.change_secret(request.user, row)]
    return redirect("notices:endpoint", pk=pk)


@require_POST
def switch_endpoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Pauses or resumes."""
    row = _endpoint(request, pk)
    actions.switch_endpoint(request.user, row, request.POST.get("active") == "1")
    return redirect("notices:endpoint", pk=pk)


@require_POST
def call_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Calls once more."""
    if not runs_system(request.user):
        raise PermissionDenied
    call = queries.calls_visible_to(request.user).filter(pk=pk).first()
    if call is None:
        raise Http404
    if actions.call_again(request.user, call):
        messages.success(request, _("The call is in the queue again."))
    return redirect("notices:endpoint", pk=call.endpoint_id)
