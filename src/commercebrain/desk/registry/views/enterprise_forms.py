"""Forms of the register of enterprises: entering, editing, asking for a change, deciding, contacts, merging."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commercebrain.desk.access.uploads import checked_upload, download
from commercebrain.desk.core import reader
from commercebrain.desk.core.forms import ChooserField, FormPage
from commercebrain.desk.people.models import Unit
from commercebrain.desk.registry import actions, queries
from commercebrain.desk.registry.models import (
    Enterprise,
    EnterpriseChange,
    Region,
    Township,
)
from commercebrain.desk.registry.queries import enterprises as reads
from commercebrain.desk.registry.views.enterprises import link, may_add, state_of
from commercebrain.engine.errors import UserError

EVIDENCE = ("pdf", "jpg", "jpeg", "png")
EVIDENCE_BYTES = 10 * 2**20
DATE = forms.DateInput(attrs={"type": "date"})


def enterable(request: HttpRequest, pk: int) -> Enterprise:
    """A firm that this person may change: 404 when out of sight, 403 when only seen."""
    firm = queries.enterprises_visible_to(request.user).filter(pk=pk).first()
    if firm is None:
        raise Http404
    if not Enterprise.objects.enterable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return firm


def decidable(request: HttpRequest, pk: int) -> Enterprise:
    """A firm about which this person may decide for the bureau."""
    firm = enterable(request, pk)
    if not reads.of_the_bureau(request.user, firm):
        raise PermissionDenied
    return firm


def _counties() -> Any:
    return Region.objects.filter(level=Region.Level.COUNTY, valid_to=None).order_by("code")


def _with_code(region: Region) -> str:
    return f"{region} {region.code}"


class NewEnterprise(forms.Form):
    """What a firm is entered with."""

    uscc = forms.CharField(label=gettext_lazy("Credit code"), max_length=40)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    region = ChooserField(
        _counties(), label=gettext_lazy("County"), search_fields=("name_zh", "name_en", "code"), label_of=_with_code
    )
    address = forms.CharField(label=gettext_lazy("Address"), max_length=200, required=False)
    industry = forms.RegexField(
        r"^\d{4}$",
        label=gettext_lazy("Industry code"),
        required=False,
        help_text=gettext_lazy("four digits of GB/T 4754"),
    )
    established_on = forms.DateField(label=gettext_lazy("Established"), required=False, widget=DATE)
    size = forms.ChoiceField(label=gettext_lazy("Size class"), choices=[("", "—"), *Enterprise.Size.choices], required=False)  # fmt: skip


class EnterpriseAdd(FormPage):
    """Entering a firm."""

    title = gettext_lazy("Enter an enterprise")
    form_class = NewEnterprise

    def allowed(self, request: HttpRequest) -> bool:
        """Whoever enters something for a unit."""
        return not request.user.is_authenticated or may_add(request.user)

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("registry:enterprises"), _("Enterprises")

    def save(self, request: HttpRequest, thing: None, data: dict[str, Any], version: int | None) -> Enterprise:
        """Enters it; a code that is taken or faulty is told beside the field."""
        try:
            return actions.add_enterprise(request.user, **data)
        except UserError as fault:
            if fault.code.startswith("uscc.") or fault.code == "enterprises.taken":
                fault.field = "uscc"
            raise
        except PermissionDenied:
            fault = UserError(
                "enterprises.not_your_county",
                "您不负责这个区县，请改选。",
                "You do not work for this county; choose another one.",
            )
            fault.field = "region"
            raise fault from None

    def done(self, request: HttpRequest, thing: Enterprise) -> str:
        """Its page."""
        return link(thing)


class OwnFacts(forms.Form):
    """What the bureau itself keeps about a firm."""

    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    township = ChooserField(Township.objects.none(), label=gettext_lazy("Township"), required=False)
    size = forms.ChoiceField(
        label=gettext_lazy("Size class"), choices=[("", "—"), *Enterprise.Size.choices], required=False
    )
    unit = ChooserField(Unit.objects.none(), label=gettext_lazy("Unit in charge"), required=False)
    tags = forms.CharField(label=gettext_lazy("Tags"), max_length=200, required=False, help_text=gettext_lazy("separated by spaces"))  # fmt: skip

    def __init__(self, *args: Any, firm: Enterprise, units: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["township"].queryset = Township.objects.filter(region=firm.region_id)
        self.fields["unit"].queryset = units

    def clean_tags(self) -> list[str]:
        """Words, each once."""
        return list(dict.fromkeys(self.cleaned_data["tags"].replace("、", " ").replace("，", " ").split()))


class EnterpriseEdit(FormPage):
    """Editing the bureau's own facts."""

    title = gettext_lazy("Edit the bureau’s own facts")
    form_class = OwnFacts

    def find(self, request: HttpRequest, **kwargs: Any) -> Enterprise:
        """A firm that this person may change."""
        self.firm = enterable(request, kwargs["pk"])
        return self.firm

    def back(self) -> tuple[str, Any]:
        """To the firm."""
        return link(self.firm), str(self.firm)

    def answer(self, request: HttpRequest, thing: Enterprise) -> str:
        """What may not be edited here."""
        return _(
            "Name, code, status, address and industry come from the market-supervision register: ask for a change."
        )

    def initial(self, request: HttpRequest, thing: Enterprise) -> dict[str, Any]:
        """As they stand."""
        return {
            "name_en": thing.name_en, "township": thing.township_id, "size": thing.size, "unit": thing.unit_id,
            "tags": " ".join(thing.tags),
        }  # fmt: skip

    def form_arguments(self, request: HttpRequest, thing: Enterprise) -> dict[str, Any]:
        """Townships of the county, units where this person enters (and the present one)."""
        from commercebrain.desk.core.clock import today
        from commercebrain.desk.people.models import Right
        from commercebrain.desk.people.scopes import extent_of

        extent = extent_of(request.user, Right.ENTER, today())
        units = (
            Unit.objects.all() if extent.everything else Unit.objects.filter(pk__in=[*extent.units, thing.unit_id or 0])
        )
        return {"firm": thing, "units": units.order_by("path")}

    def save(self, request: HttpRequest, thing: Enterprise, data: dict[str, Any], version: int | None) -> Enterprise:
        """One action."""
        return actions.edit_enterprise(request.user, thing, data, version)

    def done(self, request: HttpRequest, thing: Enterprise) -> str:
        """Its page."""
        return link(thing)


class RegisterFacts(forms.Form):
    """Facts of the market-supervision register, and why they should change."""

    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120)
    uscc = forms.CharField(label=gettext_lazy("Credit code"), max_length=40)
    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=Enterprise.Status.choices)
    established_on = forms.DateField(label=gettext_lazy("Established"), required=False, widget=DATE)
    closed_on = forms.DateField(label=gettext_lazy("Closed"), required=False, widget=DATE)
    address = forms.CharField(label=gettext_lazy("Address"), max_length=200, required=False)
    industry = forms.RegexField(r"^\d{4}$", label=gettext_lazy("Industry code"), required=False)
    region = ChooserField(
        _counties(), label=gettext_lazy("County"), search_fields=("name_zh", "name_en", "code"), label_of=_with_code
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
    evidence = forms.FileField(label=gettext_lazy("Evidence"), required=False, help_text=gettext_lazy("licence or notice of the register: pdf, jpg or png, up to 10 MB"))  # fmt: skip

    def clean_evidence(self) -> Any:
        """A document or a picture of a bearable size."""
        file = self.cleaned_data["evidence"]
        if file is None:
            return None
        try:
            file.name = checked_upload(file, EVIDENCE, EVIDENCE_BYTES).name
        except UserError as fault:
            raise forms.ValidationError(fault.say(reader.language())) from fault
        return file


class ChangeAsk(FormPage):
    """Asking to change facts of the register."""

    title = gettext_lazy("Ask for a change of register facts")
    form_class = RegisterFacts
    save_label = gettext_lazy("Ask for the change")
    saved_message = gettext_lazy("Asked; somebody else decides.")
    keeps_draft = True

    def find(self, request: HttpRequest, **kwargs: Any) -> Enterprise:
        """A firm for which this person may enter."""
        self.firm = enterable(request, kwargs["pk"])
        return self.firm

    def back(self) -> tuple[str, Any]:
        """To the firm."""
        return link(self.firm), str(self.firm)

    def answer(self, request: HttpRequest, thing: Enterprise) -> str:
        """How it goes on."""
        return _("Another person compares your request with the evidence and decides; until then the facts stand.")

    def initial(self, request: HttpRequest, thing: Enterprise) -> dict[str, Any]:
        """As they stand."""
        named = ("name_zh", "uscc", "status", "established_on", "closed_on", "address", "industry")
        return {**{name: getattr(thing, name) for name in named}, "region": thing.region_id}

    def save(self, request: HttpRequest, thing: Enterprise, data: dict[str, Any], version: int | None) -> Enterprise:
        """One action."""
        reason, evidence = data.pop("reason"), data.pop("evidence")
        actions.ask_for_change(request.user, thing, data, reason, evidence)
        return thing

    def done(self, request: HttpRequest, thing: Enterprise) -> str:
        """The firm's page."""
        return link(thing)


class Decision(forms.Form):
    """Yes or no."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"), widget=forms.RadioSelect,
        choices=[("approve", gettext_lazy("approve: the facts change now")), ("reject", gettext_lazy("reject"))],
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("Note"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text=gettext_lazy("a rejection says why"))  # fmt: skip


class ChangePage(FormPage):
    """One request: old and new side by side, and its decision."""

    template_name = "registry/change.html"
    form_class = Decision
    save_label = gettext_lazy("Decide")
    keeps_draft = False

    def find(self, request: HttpRequest, **kwargs: Any) -> EnterpriseChange:
        """A request in sight; only who may decide posts."""
        found = queries.change_requests_visible_to(request.user).filter(pk=kwargs["pk"]).first()
        if found is None:
            raise Http404
        own = found.asked_by_id == request.user.pk and "withdraw" in request.POST
        if request.method == "POST" and not own and not reads.of_the_bureau(request.user, found.enterprise):
            raise PermissionDenied
        return found

    def heading(self, thing: EnterpriseChange) -> str:
        """Which."""
        return _("Change request %(n)s: %(firm)s") % {"n": thing.pk, "firm": thing.enterprise}

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("registry:changes"), _("Change requests")

    def answer(self, request: HttpRequest, thing: EnterpriseChange) -> str:
        """Where it stands."""
        return _("%(who)s asked on %(day)s; it is %(state)s.") % {
            "who": thing.asked_by or _("The system"), "day": thing.asked_on, "state": state_of(thing),
        }  # fmt: skip

    def extra(self, request: HttpRequest, thing: EnterpriseChange) -> dict[str, Any]:
        """Old and new, and what this person may do."""
        open_ = thing.state == EnterpriseChange.State.OPEN
        labels = {name: field.label for name, field in RegisterFacts.base_fields.items()}
        return {
            "lines": [(labels.get(name, name), *pair) for name, pair in thing.changes.items()],
            "may_decide": open_
            and thing.asked_by_id != request.user.pk
            and reads.of_the_bureau(request.user, thing.enterprise),
            "may_withdraw": open_ and thing.asked_by_id == request.user.pk,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Decides, or takes one's own back."""
        if "withdraw" in request.POST:
            thing = self.find(request, **kwargs)
            try:
                actions.withdraw_change(request.user, thing)
            except UserError as fault:
                messages.error(request, fault.say(reader.language()))
            return redirect("registry:change", pk=thing.pk)
        return super().post(request, *args, **kwargs)

    def save(self, request: HttpRequest, thing: EnterpriseChange, data: dict[str, Any], version: int | None) -> Any:
        """One action."""
        return actions.decide_change(request.user, thing, data["decision"] == "approve", data["note"], version)

    def done(self, request: HttpRequest, thing: EnterpriseChange) -> str:
        """The same page."""
        return reverse("registry:change", args=[thing.pk])


def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """The evidence file of a request, for who may see the request; always as a download."""
    found = get_object_or_404(queries.change_requests_visible_to(request.user), pk=pk)
    if not found.evidence:
        raise Http404
    return download(found.evidence.open("rb"), found.evidence.name.rpartition("/")[2])
