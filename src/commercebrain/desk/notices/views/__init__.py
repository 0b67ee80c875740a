"""The reader's own notices, and how they want to be told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import sentence
from commercebrain.desk.core.forms import ChooserField, FormPage
from commercebrain.desk.core.generic import Column, Filter, ListPage
from commercebrain.desk.notices import actions, queries
from commercebrain.desk.notices.kinds import kinds
from commercebrain.desk.notices.links import link_of
from commercebrain.desk.notices.models import Mail, MailAddress
from commercebrain.desk.notices.sending import mail_is_configured
from commercebrain.desk.people.models import Unit
from commercebrain.desk.people.queries import units_visible_to
from commercebrain.desk.registry.models import Region


class Notices(ListPage):
    """What the reader was told."""

    title = gettext_lazy("Notices")
    template_name = "notices/notices.html"
    columns = (
        Column(
            "what",
            gettext_lazy("What happened"),
            lambda n: sentence(n.event),
            link=lambda n: reverse("notices:open", args=[n.pk]),
        ),
        Column("state", gettext_lazy("State"), lambda n: _("read") if n.read_at else _("● new")),
        Column("kind", gettext_lazy("Kind"), lambda n: str(kinds().get(n.kind, n.kind)), sort="kind"),
        Column("at", gettext_lazy("At"), "event.at", sort="event__at"),
        Column("unit", gettext_lazy("Unit"), "event.unit", sort="event__unit__path"),
    )
    filters = (
        Filter("kind", gettext_lazy("Kind"), lambda request: [(k.code, str(k)) for k in kinds().values()]),
        Filter(
            "state",
            gettext_lazy("State"),
            (("new", gettext_lazy("new")), ("read", gettext_lazy("read"))),
            apply=lambda rows, value: rows.filter(read_at__isnull=value == "new"),
        ),
    )
    empty_title = gettext_lazy("No notices")
    empty_hint = gettext_lazy(
        "When something happens that concerns you it is told here; “Notice settings” says what, where and how."
    )

    def rows(self, request: HttpRequest) -> Any:
        """The reader's own."""
        return queries.notices_of(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many are new."""
        new = queries.unread(request.user)
        return ngettext("%(n)s notice is new.", "%(n)s notices are new.", new) % {"n": new}


@require_GET
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks a notice as read and goes to what it is about (a link: opening it twice changes nothing more)."""
    notice = queries.notices_of(request.user).filter(pk=pk).first()
    if notice is None:
        raise Http404
    actions.mark_read(request.user, [pk])
    return redirect(link_of(notice.event) or reverse("notices:notices"))


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Marks all of the reader's notices as read."""
    actions.mark_read(request.user)
    return redirect("notices:notices")


@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """How each kind is told; places that add to it; the mail address."""
    person = request.user
    if request.method == "POST":
        with transaction.atomic():
            for kind in kinds().values():
                mail = request.POST.get(f"mail-{kind.code}", Mail.OFF)
                actions.subscribe(person, kind.code, in_app=f"app-{kind.code}" in request.POST, mail=mail)
        messages.success(request, _("Saved."))
        return redirect("notices:settings")
    rows = list(queries.subscriptions_of(person))
    chosen = {row.kind: row for row in rows if not (row.region_id or row.unit_id)}
    context = {
        "kinds": [
            {
                "kind": kind,
                "in_app": chosen[kind.code].in_app if kind.code in chosen else True,
                "mail": chosen[kind.code].mail if kind.code in chosen else kind.mail,
            }
            for kind in kinds().values()
        ],
        "places": [
            {"row": row, "kind": str(kinds().get(row.kind, row.kind)), "place": row.region or row.unit}
            for row in rows
            if row.region_id or row.unit_id
        ],
        "ways": Mail.choices,
        "address": MailAddress.objects.filter(person=person).first(),
        "mail_on": mail_is_configured(),
    }
    return render(request, "notices/settings.html", context)


class PlaceForm(forms.Form):
    """A kind, and the place whose events of that kind are told as well."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    unit = ChooserField(Unit.objects.none(), label=gettext_lazy("Unit"), required=False)
    region = ChooserField(
        Region.objects.none(),
        label=gettext_lazy("Region"),
        required=False,
        search_fields=("name_zh", "name_en", "code"),
        help_text=gettext_lazy("A unit or a region, with all below it; not both."),
    )
    mail = forms.ChoiceField(label=gettext_lazy("by mail"), choices=Mail.choices)

    def __init__(self, *args: Any, units: QuerySet[Unit], regions: QuerySet[Region], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["kind"].choices = [(k.code, str(k)) for k in kinds().values()]
        self.fields["unit"].queryset, self.fields["region"].queryset = units, regions

    def clean(self) -> dict[str, Any]:
        """One place."""
        said = super().clean() or {}
        if not self.errors and (said.get("unit") is None) == (said.get("region") is None):
            raise forms.ValidationError(_("Choose a unit or a region."))
        return said


class AddPlace(FormPage):
    """Follows a kind in a place."""

    form_class = PlaceForm
    title = gettext_lazy("Follow a place")
    save_label = gettext_lazy("Add")
    keeps_draft = False

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """None yet."""

    def answer(self, request: HttpRequest, thing: Any) -> str:
        """What it brings."""
        return _("What happens in a place you follow is told as well, as far as your roles let you see it.")

    def back(self) -> tuple[str, Any]:
        """To the settings."""
        return reverse("notices:settings"), _("Notice settings")

    def form_arguments(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """Units in sight; any region, since following gives no right."""
        regions = Region.objects.valid_on(today()).order_by("code")
        return {"units": units_visible_to(request.user).order_by("path"), "regions": regions}

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Any:
        """Subscribes."""
        return actions.subscribe(
            request.user, data["kind"], mail=data["mail"], region=data["region"], unit=data["unit"]
        )

    def done(self, request: HttpRequest, thing: Any) -> str:
        """To the settings."""
        return reverse("notices:settings")


@require_POST
def remove_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a place away again."""
    if not actions.unsubscribe(request.user, pk):
        raise Http404
    return redirect("notices:settings")


@require_POST
def address(request: HttpRequest) -> HttpResponse:
    """Sets the mail address; nothing goes there before its link was followed."""
    row = actions.set_address(request.user, request.POST.get("address", ""))
    if row is None:
        messages.success(request, _("The mail address is removed."))
    elif row.confirmed_at:
        messages.success(request, _("The mail address is confirmed already."))
    elif mail_is_configured():
        messages.success(
            request, _("A link has been sent to {address}; follow it within two days.").format(address=row)
        )
    else:
        messages.warning(request, _("Saved. There is no mail server yet, so the confirming link cannot be sent."))
    return redirect("notices:settings")


@login_not_required
@require_GET
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the confirming mail."""
    row = actions.confirm_address(token)
    return render(request, "notices/told.html", {"heading": _("Mail address confirmed"), "text": str(row)})


@login_not_required
@csrf_exempt  # mail programs press the button themselves (RFC 8058); the signed link says who and what
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """The link at the foot of every mail: asks once, then switches that kind of mail off."""
    if request.method == "POST":
        _person, stopped = actions.stop_mail(token)
        text = _("Mails about “{kind}” are switched off; in the product the notices go on.")
        heading = _("Switched off")
    else:
        _person, stopped = actions.read_stop(token)
        text = _("Switch off mails about “{kind}”?")
        heading = _("Fewer mails")
    told = text.format(kind=_("”, “").join(str(kinds().get(kind, kind)) for kind in stopped))
    context = {"heading": heading, "text": told, "ask": request.method != "POST", "language": get_language()}
    return render(request, "notices/told.html", context)
