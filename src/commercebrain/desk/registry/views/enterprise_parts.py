"""Forms about what belongs to a firm: contacts, people in charge, merging with another row."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from commercebrain.desk.core import reader
from commercebrain.desk.core.forms import ChooserField, FormPage
from commercebrain.desk.people.models import Person
from commercebrain.desk.people.queries import persons_visible_to
from commercebrain.desk.registry import actions
from commercebrain.desk.registry.doubles import candidates
from commercebrain.desk.registry.models import (
    Enterprise,
    EnterpriseContact,
    EnterpriseOfficer,
)
from commercebrain.desk.registry.views.enterprise_forms import decidable, enterable
from commercebrain.desk.registry.views.enterprises import link
from commercebrain.engine.enterprises.matching import compare


class Contact(forms.Form):
    """A person at the firm."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    post = forms.CharField(label=gettext_lazy("Post"), max_length=60, required=False)
    phone = forms.CharField(label=gettext_lazy("Telephone"), max_length=40, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    main = forms.BooleanField(label=gettext_lazy("Main contact"), required=False)


class ContactAdd(FormPage):
    """Adding a contact. No draft is kept: it is personal data."""

    title = gettext_lazy("Add a contact")
    form_class = Contact
    keeps_draft = False

    def find(self, request: HttpRequest, **kwargs: Any) -> Enterprise:
        """A firm that this person may change."""
        self.firm = enterable(request, kwargs["pk"])
        return self.firm

    def back(self) -> tuple[str, Any]:
        """To the firm."""
        return link(self.firm), str(self.firm)

    def save(self, request: HttpRequest, thing: Enterprise, data: dict[str, Any], version: int | None) -> Enterprise:
        """One action."""
        actions.add_contact(request.user, thing, **data)
        return thing

    def done(self, request: HttpRequest, thing: Enterprise) -> str:
        """The firm's page."""
        return link(thing)


class ContactRemove(View):
    """Deleting a contact."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Deletes it for good."""
        contact = EnterpriseContact.objects.visible_to(request.user).filter(pk=pk).first()
        if contact is None:
            raise Http404
        firm = enterable(request, contact.enterprise_id)
        actions.remove_contact(request.user, contact)
        messages.success(request, _("The contact is deleted."))
        return redirect(link(firm))


class Officer(forms.Form):
    """Who looks after the firm."""

    person = ChooserField(
        Person.objects.none(), label=gettext_lazy("Person"), search_fields=("name_zh", "name_en", "username")
    )
    line = forms.CharField(label=gettext_lazy("Line of work"), max_length=60, required=False)

    def __init__(self, *args: Any, persons: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["person"].queryset = persons


class OfficerAdd(FormPage):
    """Putting somebody in charge."""

    title = gettext_lazy("Put somebody in charge")
    form_class = Officer

    def find(self, request: HttpRequest, **kwargs: Any) -> Enterprise:
        """A firm about which this person may decide for the bureau."""
        self.firm = decidable(request, kwargs["pk"])
        return self.firm

    def back(self) -> tuple[str, Any]:
        """To the firm."""
        return link(self.firm), str(self.firm)

    def form_arguments(self, request: HttpRequest, thing: Enterprise) -> dict[str, Any]:
        """Persons in sight."""
        return {"persons": persons_visible_to(request.user).filter(is_active=True).order_by("username")}

    def save(self, request: HttpRequest, thing: Enterprise, data: dict[str, Any], version: int | None) -> Enterprise:
        """One action."""
        actions.put_in_charge(request.user, thing, data["person"], data["line"])
        return thing

    def done(self, request: HttpRequest, thing: Enterprise) -> str:
        """The firm's page."""
        return link(thing)


class OfficerRelease(View):
    """Ending somebody's charge."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ends it with yesterday."""
        officer = EnterpriseOfficer.objects.visible_to(request.user).filter(pk=pk).first()
        if officer is None:
            raise Http404
        firm = decidable(request, officer.enterprise_id)
        actions.release(request.user, officer)
        return redirect(link(firm))


class Merging(forms.Form):
    """With which row, and why."""

    other = ChooserField(
        Enterprise.objects.none(),
        label=gettext_lazy("The other row of the same firm"),
        search_fields=("name_zh", "name_en", "uscc"),
        label_of=lambda firm: f"{firm} {firm.uscc}",
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=400)  # fmt: skip

    def __init__(self, *args: Any, others: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["other"].queryset = others


class MergeForm(FormPage):
    """Merging another row into this one; likely doubles are shown with the reasons of their score."""

    template_name = "registry/merging.html"
    title = gettext_lazy("Merge another row into this firm")
    form_class = Merging
    save_label = gettext_lazy("Merge")
    saved_message = gettext_lazy("Merged; the merge can be undone.")

    def find(self, request: HttpRequest, **kwargs: Any) -> Enterprise:
        """A firm about which this person may decide for the bureau."""
        self.firm = decidable(request, kwargs["pk"])
        return self.firm

    def back(self) -> tuple[str, Any]:
        """To the firm."""
        return link(self.firm), str(self.firm)

    def version(self, thing: Enterprise) -> None:
        """A merge is no edit of values."""
        return

    def initial(self, request: HttpRequest, thing: Enterprise) -> dict[str, Any]:
        """The row that was chosen among the candidates."""
        return {"other": request.GET.get("other", "")}

    def form_arguments(self, request: HttpRequest, thing: Enterprise) -> dict[str, Any]:
        """Firms that this person may change."""
        rows = Enterprise.objects.current().enterable_by(request.user).exclude(pk=thing.pk)
        return {"others": rows.filter(synthetic=thing.synthetic).order_by("name_zh")}

    def answer(self, request: HttpRequest, thing: Enterprise) -> str:
        """What merging means."""
        return _("Everything that refers to the other row moves to %(firm)s, its address leads here, and the merge can be undone.") % {"firm": thing}  # fmt: skip

    def extra(self, request: HttpRequest, thing: Enterprise) -> dict[str, Any]:
        """Likely doubles."""
        chinese = reader.chinese()
        return {
            "candidates": [
                (firm, match.score, [r.zh if chinese else r.en for r in match.reasons])
                for firm, match in candidates(request.user, thing)
            ]
        }

    def save(self, request: HttpRequest, thing: Enterprise, data: dict[str, Any], version: int | None) -> Enterprise:
        """One action, with the score that the two have."""
        from commercebrain.desk.registry.doubles import places, record_of

        match = compare(record_of(thing), record_of(data["other"]), places())
        told = [{"code": r.code, "weight": r.weight, "zh": r.zh, "en": r.en} for r in match.reasons]
        actions.merge(request.user, thing, data["other"], data["reason"], match.score, told)
        return thing

    def done(self, request: HttpRequest, thing: Enterprise) -> str:
        """The firm's page."""
        return link(thing)
