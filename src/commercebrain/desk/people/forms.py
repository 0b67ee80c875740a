"""Forms of units, accounts, roles, delegations and remarks; what may be chosen comes from the page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.forms import ChooserField
from commercebrain.desk.people.models import Membership, Person, Right, Role, Unit
from commercebrain.desk.registry.models import Enterprise, Region


class UnitForm(forms.Form):
    """Name, region and place of a unit."""

    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    region = ChooserField(Region.objects.none(), label=_("Region"), search_fields=("name_zh", "name_en", "code"))
    parent = ChooserField(Unit.objects.none(), label=_("Parent unit"), required=False)
    correction = forms.BooleanField(
        label=_("This corrects a mistake: it was never otherwise"),
        required=False,
        help_text=_("Otherwise what the unit was until yesterday is kept in its history."),
    )

    def __init__(
        self, *args: Any, parents: QuerySet[Unit], regions: QuerySet[Region], top: bool, new: bool, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.fields["region"].queryset = regions.order_by("code")
        self.fields["parent"].queryset = parents
        self.fields["parent"].required = not top
        if new:
            del self.fields["correction"]


class CloseUnitForm(forms.Form):
    """Who takes over."""

    successor = ChooserField(
        Unit.objects.none(),
        label=_("Successor"),
        required=False,
        help_text=_(
            "Takes over the roles, the units below and all that the unit holds. Without one nothing may be left."
        ),
    )

    def __init__(self, *args: Any, successors: QuerySet[Unit], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["successor"].queryset = successors


class PersonForm(forms.Form):
    """An account; the user name is given once."""

    username = forms.SlugField(
        label=_("User name"), max_length=60, help_text=_("letters, digits, hyphen; never changed")
    )
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=60)
    name_en = forms.CharField(label=_("Name in English"), max_length=80, required=False)
    home = ChooserField(
        Unit.objects.none(),
        label=_("Unit that keeps the account"),
        help_text=_("Its administrator manages the account. It gives no right by itself; roles do."),
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("as chosen on each computer")), *settings.LANGUAGES]
    )

    def __init__(self, *args: Any, homes: QuerySet[Unit], new: bool, anywhere: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["home"].queryset = homes
        self.fields["home"].required = not anywhere
        if not new:
            del self.fields["username"]


class GrantForm(forms.Form):
    """A role in a unit between two days."""

    role = forms.ModelChoiceField(Role.objects.none(), label=_("Role"))
    unit = ChooserField(Unit.objects.none(), label=_("Unit"))
    chosen = forms.ModelMultipleChoiceField(
        Unit.objects.none(),
        label=_("Chosen units"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("only for a role that covers chosen units"),
    )
    firm = ChooserField(
        Enterprise.objects.none(),
        label=_("Firm"),
        required=False,
        search_fields=("name_zh", "name_en", "uscc"),
        help_text=_("only for the role of a firm's user"),
    )
    starts = forms.DateField(label=_("From"), required=False, widget=forms.DateInput, help_text=_("empty: from always"))
    ends = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput, help_text=_("the last day; empty: open")
    )

    def __init__(
        self, *args: Any, roles: list[Role], units: QuerySet[Unit], firms: QuerySet[Enterprise], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        fields: dict[str, Any] = self.fields
        fields["role"].queryset = Role.objects.filter(pk__in=[role.pk for role in roles])
        fields["unit"].queryset = fields["chosen"].queryset = units
        fields["firm"].queryset = firms
        if not any("chosen" in {role.enter, role.see, role.find} for role in roles):
            del fields["chosen"]
        if not any(role.for_firms for role in roles):
            del fields["firm"]


class DelegationForm(forms.Form):
    """Who acts for oneself, as what, with which rights, from when to when."""

    membership = forms.ModelChoiceField(Membership.objects.none(), label=_("Role to lend"), empty_label=None)
    person = ChooserField(
        Person.objects.none(), label=_("Who acts for you"), search_fields=("username", "name_zh", "name_en")
    )
    rights = forms.MultipleChoiceField(
        label=_("Rights"), choices=Right.choices, widget=forms.CheckboxSelectMultiple, initial=[Right.SEE, Right.FIND]
    )
    starts = forms.DateField(label=_("From"), widget=forms.DateInput)
    ends = forms.DateField(label=_("Until"), widget=forms.DateInput, help_text=_("the last day"))
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args: Any, memberships: QuerySet[Membership], persons: QuerySet[Person], **more: Any) -> None:
        super().__init__(*args, **more)
        fields: dict[str, Any] = self.fields
        fields["membership"].queryset, fields["person"].queryset = memberships, persons
        fields["membership"].label_from_instance = lambda row: f"{row.role} · {row.unit}"


class AnnotationForm(forms.Form):
    """What a remark says."""

    text = forms.CharField(label=_("What it says"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))


class WithdrawForm(forms.Form):
    """Why a remark is withdrawn."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
