"""The form of a declared register, made from its declaration; what is wrong is said beside the field at fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commercebrain.desk.core import reader
from commercebrain.desk.core.fields import ChooserField, NumberField
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.registers.lookups import LISTS, DeskLookups
from commercebrain.desk.registers.models import Entry
from commercebrain.desk.registers.pages import say
from commercebrain.desk.registers.queries import unit_to_enter_for, units_to_enter_for
from commercebrain.desk.registry.models import Code
from commercebrain.desk.registry.queries import regions
from commercebrain.engine.catalogue import Register, RegisterField
from commercebrain.engine.registers import read_entry

Reader = Person | AnonymousUser
OWN = ("unit", "valid_from", "valid_to", "explanation")  # of the entry itself, not of its data


class EntryForm(forms.Form):
    """What all forms of entries share: the data are read as imports and the API read them."""

    register: Register
    known: DeskLookups
    kept: Mapping[str, Any] = {}  # personal values that are not shown and stay as they are where nothing is typed

    def row(self) -> dict[str, Any]:
        """What was typed, by field, as the engine reads it."""
        typed = {one.code: raw_value(self.cleaned_data.get(one.code)) for one in self.register.fields}
        return {**typed, **{code: value for code, value in self.kept.items() if typed.get(code) in (None, "")}}

    def clean(self) -> dict[str, Any]:
        """Tells every fault beside its field."""
        cleaned = super().clean() or {}
        language = reader.language()
        read = read_entry(self.register, self.row(), self.known)
        for fault in read.faults:
            if fault.field not in self.errors:
                self.add_error(fault.field if fault.field in self.fields else None, fault.say(language))
        if read.to_explain and not cleaned.get("explanation"):
            said = " ".join(words.say(language) for words in read.to_explain)
            self.add_error("explanation", _("%(what)s: explain it if it is so.") % {"what": said})
        first, last = cleaned.get("valid_from"), cleaned.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("It ends before it starts."))
        return cleaned


def raw_value(value: Any) -> Any:
    """What a field of a form holds, as the engine reads it: a row by its code or key."""
    if isinstance(value, Unit):
        return str(value.pk)
    return value.code if isinstance(value, Model) else value


def form_for(register: Register, person: Reader, entry: Entry | None = None, *, open_: bool = False) -> type[EntryForm]:
    """The form's class. ``open_``: the personal values are shown, since the person has given a reason."""
    known = DeskLookups(person)
    hidden = {} if open_ or entry is None else {one.code: entry.data.get(one.code) for one in register.personal}
    fields: dict[str, Any] = {}
    for one in register.fields:
        if one.code == register.scope.unit:
            fields[one.code] = _unit(person, one)
            continue
        fields[one.code] = field_for(one, person, kept=bool(hidden.get(one.code)))
    if not register.scope.unit:
        fields["unit"] = _unit(person, None)
    if register.dated:
        fields["valid_from"] = forms.DateField(
            label=gettext_lazy("Valid from"), required=False, widget=forms.DateInput()
        )
        fields["valid_to"] = forms.DateField(
            label=gettext_lazy("Valid until"), required=False, widget=forms.DateInput()
        )
    if any(check.severity == "explain" for check in register.checks):
        fields["explanation"] = forms.CharField(
            label=gettext_lazy("Explanation"), required=False, max_length=500, widget=forms.Textarea({"rows": 2}),
            help_text=gettext_lazy("Needed where a value differs from what the register expects."),
        )  # fmt: skip
    return type("RegisterEntryForm", (EntryForm,), {**fields, "register": register, "known": known, "kept": hidden})


class UnitField(ChooserField):
    """The unit in charge: one of those for which the person may enter."""

    def __init__(self, person: Reader, **more: Any) -> None:
        self.person = person
        super().__init__(units_to_enter_for(person), **more)

    def to_python(self, value: Any) -> Any:
        """The unit of a posted number."""
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9):
            return super().to_python(value)
        unit = unit_to_enter_for(self.person, int(value))
        if unit is None:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            )
        return unit


def _unit(person: Reader, one: RegisterField | None) -> ChooserField:
    return UnitField(
        person,
        label=say(one.name) if one else gettext_lazy("Unit in charge"),
        help_text=say(one.help) if one and one.help else "",
        required=True,
    )


def field_for(one: RegisterField, person: Reader, *, kept: bool = False) -> forms.Field:
    """The form's field of a declared field; ``kept``: its personal value is not shown and stays where nothing is typed."""
    shared: dict[str, Any] = {
        "label": say(one.name), "required": one.required and not kept, "help_text": say(one.help) if one.help else "",
    }  # fmt: skip
    if kept:
        shared["help_text"] = gettext_lazy("Personal, not shown: left empty, it stays as it is.")
    if one.type in ("integer", "decimal"):
        places = 0 if one.type == "integer" else one.decimals
        return NumberField(unit=one.unit or "", decimal_places=places, max_digits=24, **shared)
    if one.type == "date":
        return forms.DateField(widget=forms.DateInput(), **shared)
    if one.type == "choice":
        options = [("", "—"), *((code, say(words)) for code, words in one.choices.items())]
        return forms.ChoiceField(choices=options, **shared)
    if one.type == "boolean":
        answers = [("", "—"), ("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))]
        return forms.ChoiceField(choices=answers, **shared)
    if one.type == "region":
        return ChooserField(
            regions().order_by("code"), to_field_name="code", search_fields=("name_zh", "name_en", "code"), **shared
        )
    if one.type == "unit":
        return ChooserField(Unit.objects.filter(closed_on=None).order_by("path"), **shared)
    if one.type in LISTS:
        rows = Code.objects.filter(list=LISTS[one.type])
        newest = rows.order_by("-edition").values_list("edition", flat=True).first()
        if newest is not None:
            return ChooserField(
                rows.filter(edition=newest).order_by("code"), to_field_name="code",
                search_fields=("name_zh", "name_en", "code"), **shared,
            )  # fmt: skip
    widget = forms.Textarea({"rows": 4}) if one.type == "longtext" else forms.TextInput()
    if one.type == "enterprise":
        shared["help_text"] = shared["help_text"] or gettext_lazy("The credit code of 18 characters.")
    return forms.CharField(
        widget=widget, max_length=one.max_length or (5_000 if one.type == "longtext" else 500), **shared
    )


def shown_value(one: RegisterField, value: Any) -> Any:
    """What a form shows for a kept value."""
    return {True: "yes", False: "no"}.get(value, "") if one.type == "boolean" else value


def initial_of(register: Register, entry: Entry, *, open_: bool) -> dict[str, Any]:
    """What the form of an entry shows."""
    shown: dict[str, Any] = {"unit": entry.unit_id, "valid_from": entry.valid_from, "valid_to": entry.valid_to}
    shown["explanation"] = entry.explanation
    for one in register.fields:
        value = entry.data.get(one.code)
        if one.personal and not open_:
            continue
        shown[one.code] = shown_value(one, value)
    return shown


class ReasonForm(forms.Form):
    """A reason, kept for ever."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, widget=forms.Textarea({"rows": 2}))
