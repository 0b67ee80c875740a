"""Forms of lists: a list itself, one row made from the kind's declaration, proposal and decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commercebrain.desk.core import reader
from commercebrain.desk.core.fields import ChooserField
from commercebrain.desk.lists import queries
from commercebrain.desk.lists.models import Book, Member
from commercebrain.desk.lists.reading import Known, read_row
from commercebrain.desk.people.models import Person
from commercebrain.desk.registers.actions import EntryRefused
from commercebrain.desk.registers.forms import EntryForm, form_for, initial_of
from commercebrain.engine.lists.nomenclature import nomenclatures

if TYPE_CHECKING:
    from commercebrain.engine.lists.kinds import ListKind


def _nomenclatures() -> list[tuple[str, str]]:
    language = reader.language()
    return [("", "—"), *((code, f"{one.name.say(language)} {code}") for code, one in nomenclatures().items())]


def book_form(kind: ListKind, person: Person, *, new: bool) -> type[forms.Form]:
    """The form of a list: the unit only for a new one, nomenclature and edition only for lists of products."""
    fields: dict[str, Any] = {
        "name_zh": forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120),
        "name_en": forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False),
    }
    if new:
        fields["unit"] = ChooserField(queries.units_to_keep_for(person), label=gettext_lazy("Kept by"))
    if kind.subject == "product":
        fields["nomenclature"] = forms.ChoiceField(
            label=gettext_lazy("Nomenclature"), choices=_nomenclatures,
            help_text=gettext_lazy("What the product codes of its rows are written in, where a row does not say it."),
        )  # fmt: skip
        fields["edition"] = forms.CharField(
            label=gettext_lazy("Edition"), max_length=20, required=False,
            help_text=gettext_lazy("The year of the nomenclature, such as 2022."),
        )  # fmt: skip
        fields["partner"] = forms.CharField(
            label=gettext_lazy("Trade with"), max_length=40, required=False,
            help_text=gettext_lazy("A country (USA) or a group of countries, where a row does not say it; empty: all."),
        )  # fmt: skip
    fields["note"] = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=2_000, widget=forms.Textarea({"rows": 2})
    )
    return type("BookForm", (forms.Form,), fields)


class MemberForm(EntryForm):
    """One row: read as imports and the API read it, in the nomenclature of its list."""

    book: Book

    def clean(self) -> dict[str, Any]:
        """Tells every fault beside its field."""
        cleaned = forms.Form.clean(self) or {}
        days = {name: cleaned.get(name) for name in ("valid_from", "valid_to")}
        kind: Any = self.register
        try:
            read_row(
                kind, self.book, self.row(), Known(self.known), explanation=cleaned.get("explanation") or "", **days
            )
        except EntryRefused as refused:
            language = reader.language()
            for field, told in refused.fields.items():
                where = field if field in self.fields else None
                if where not in self.errors:
                    self.add_error(where, " ".join(zh if language.startswith("zh") else en for zh, en in told))
        return cleaned


def row_form(kind: ListKind, book: Book, person: Person, member: Member | None = None) -> type[forms.Form]:
    """The form of a row, made from the kind's declaration; the unit is the list's. Personal values are not shown."""
    like: Any = member
    made = form_for(kind, person, like)
    fields: dict[str, Any] = {
        name: field for name, field in made.base_fields.items() if name != "unit" or kind.scope.unit
    }
    for one in kind.fields:
        if one.type == "nomenclature":
            fields[one.code] = forms.ChoiceField(
                label=fields[one.code].label, choices=_nomenclatures, required=one.required
            )
    return type(
        "ListRowForm", (MemberForm,), {**fields, "register": kind, "known": made.known, "kept": made.kept, "book": book}
    )


def row_initial(kind: ListKind, member: Member) -> dict[str, Any]:
    """What the form of a row shows."""
    row: Any = member
    row.unit_id, row.explanation = None, member.data.get("explanation", "")
    return initial_of(kind, row, open_=False)


class ReasonForm(forms.Form):
    """Why; kept with the row or the list."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, widget=forms.Textarea({"rows": 2}))


class CloseForm(ReasonForm):
    """From when a list is no longer kept, and why."""

    on = forms.DateField(label=gettext_lazy("Closed from"), widget=forms.DateInput())
    field_order = ("on", "reason")


class BuildForm(forms.Form):
    """The day whose facts count."""

    on = forms.DateField(
        label=gettext_lazy("As of the day"), widget=forms.DateInput(),
        help_text=gettext_lazy("What was known on this day decides who fulfils the condition."),
    )  # fmt: skip


def propose_form(kind: ListKind) -> type[forms.Form]:
    """What a version of the kind must say before another person decides on it."""
    needs = set(kind.entry.needs)
    fields: dict[str, Any] = {
        "document": forms.CharField(
            label=gettext_lazy("Document"), max_length=200, required="document" in needs,
            help_text=gettext_lazy("Number or title of the decision; the file itself is added under Documents."),
        ),
        "issued_on": forms.DateField(
            label=gettext_lazy("Issued on"), required="issued" in needs, widget=forms.DateInput()
        ),
        "effective_on": forms.DateField(
            label=gettext_lazy("In force from"), required="date" in needs, widget=forms.DateInput(),
            help_text=gettext_lazy("Left empty: from today."),
        ),
        "reason": forms.CharField(
            label=gettext_lazy("Reason"), max_length=500, required="reason" in needs, widget=forms.Textarea({"rows": 3})
        ),
    }  # fmt: skip
    return type("ProposeForm", (forms.Form,), fields)


class DecideForm(forms.Form):
    """Approve or decline; declining needs a sentence."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Decision"), widget=forms.RadioSelect(),
        choices=[("approve", gettext_lazy("approve")), ("decline", gettext_lazy("decline"))],
    )  # fmt: skip
    decision = forms.CharField(
        label=gettext_lazy("What you say to it"), max_length=500, required=False, widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("Needed where you decline."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Declining needs a sentence."""
        cleaned = super().clean() or {}
        if cleaned.get("answer") == "decline" and not cleaned.get("decision"):
            self.add_error("decision", _("Say why it is declined."))
        return cleaned
