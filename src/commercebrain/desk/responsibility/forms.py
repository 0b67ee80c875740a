"""Forms about who answers for what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.access.uploads import checked_upload
from commercebrain.desk.core import reader
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.plans.models import Nature, Target
from commercebrain.desk.plans.outlook import bare
from commercebrain.desk.responsibility.models import Light
from commercebrain.desk.responsibility.queries import Breakdown, years_of
from commercebrain.engine.errors import UserError

PAPERS = ("pdf", "docx", "png", "jpg", "jpeg")
LIGHTS = ((Light.GREEN, _("green: as planned")), (Light.YELLOW, _("yellow: delayed")), (Light.RED, _("red: stuck")))


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """A date with the browser's own picker."""
    return forms.DateField(
        label=label, required=required, help_text=help_text, widget=forms.DateInput(attrs={"type": "date"})
    )


def words_field(label: Any, *, required: bool = True, rows: int = 3, help_text: Any = "") -> forms.CharField:
    """Several lines of text."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class GridForm(forms.Form):
    """A break-down as it is typed: a number for each county and year, and a reason."""

    reason = words_field(_("reason"), required=False, rows=2, help_text=_("Needed where a path turns back."))

    def __init__(self, found: Breakdown, data: Any = None) -> None:
        super().__init__(data)
        self.fields["reason"].widget.attrs["class"] = "form-control"
        for row in found.rows:
            for year in found.years:
                self.fields[cell(row.region.code, year)] = forms.DecimalField(
                    label=f"{row.region} {year}",
                    max_digits=24,
                    decimal_places=6,
                    required=False,
                    initial=bare(row.values.get(year)),
                    widget=forms.NumberInput(
                        attrs={
                            "class": "form-control form-control-sm num",
                            "step": "any",
                            "data-part": str(year),
                            "aria-label": f"{row.region} {year}",
                        }
                    ),
                )

    def values(self, found: Breakdown) -> dict[tuple[str, int], Decimal | None]:
        """(Region code, year) → value; None where a cell was left or made empty."""
        return {
            (row.region.code, year): self.cleaned_data[cell(row.region.code, year)]
            for row in found.rows
            for year in found.years
        }


def cell(code: str, year: int) -> str:
    """The name of a cell of the grid."""
    return f"r{code}y{year}"


class NatureForm(forms.Form):
    """Binding or expected, with the clause and the reason."""

    nature = forms.ChoiceField(
        label=_("nature"), required=False, choices=(("", _("as the plan says")), *Nature.choices)
    )
    clause = forms.CharField(label=_("clause"), max_length=300, required=False, help_text=_("where it is written"))
    reason = words_field(_("reason"), required=False)


class ProposalForm(forms.Form):
    """A change of a target, for the issuing organ to approve; what is left as it is does not change."""

    value = forms.DecimalField(label=_("new value"), max_digits=24, decimal_places=6, required=False)
    year = forms.IntegerField(label=_("new year"), min_value=2000, max_value=2100, required=False)
    asked_of = forms.CharField(label=_("issuing organ"), max_length=80)
    reason = words_field(_("reason"))
    evidence = words_field(_("evidence"), required=False, help_text=_("figures and documents that speak for it"))

    def __init__(self, *args: Any, target: Target, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agreed = target.schedule_values()
        for year in years_of(target):
            self.fields[f"y{year}"] = forms.DecimalField(
                label=_("schedule %(year)s") % {"year": year}, max_digits=24, decimal_places=6, required=False,
                initial=agreed.get(year),
                widget=forms.NumberInput(attrs={"class": "form-control", "step": "any"}),
            )  # fmt: skip
        self.agreed = agreed

    def schedule(self) -> dict[int, Decimal] | None:
        """The schedule as typed; None where it is the one that holds."""
        typed = {
            int(name[1:]): value
            for name, value in self.cleaned_data.items()
            if name[0] == "y" and name[1:].isdecimal() and value is not None
        }
        return None if typed == self.agreed else typed

    def clean(self) -> dict[str, Any]:
        """Carries the schedule along under its own name."""
        data: dict[str, Any] = super().clean() or {}
        data["schedule"] = self.schedule()
        return data


class ApprovalForm(forms.Form):
    """The issuing organ's approval: its number, its day, the document."""

    number = forms.CharField(label=_("approval number"), max_length=60, help_text=_("such as 绍政发〔2023〕5号"))
    approved_on = day_field(_("approved on"))
    effective_on = day_field(_("in force from"), required=False, help_text=_("the day of approval where left empty"))
    document = forms.FileField(
        label=_("approving document"),
        help_text=_("pdf, docx or an image; at most 20 MB"),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.docx,.png,.jpg,.jpeg"}),
    )

    def clean_document(self) -> Any:
        """A document whose content is what its name says, without macros, of a document's size."""
        try:
            return checked_upload(self.cleaned_data["document"], PAPERS, 20 * 2**20).file
        except UserError as fault:
            raise forms.ValidationError(fault.say(reader.language())) from fault


class UpdateForm(forms.Form):
    """What a lead unit says of a month; a light that is not green needs a reason."""

    light = forms.ChoiceField(label=_("light"), choices=LIGHTS, widget=forms.RadioSelect())
    done = words_field(_("what was done"), rows=4)
    reason = words_field(_("reason"), required=False, help_text=_("needed when the light is not green"))

    def clean(self) -> dict[str, Any]:
        """The reason beside the light."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("light") not in (None, Light.GREEN) and not (data.get("reason") or "").strip():
            self.add_error("reason", _("Say why the light is not green."))
        return data


class ReasonForm(forms.Form):
    """A reason."""

    reason = words_field(_("reason"))


class NeedForm(forms.Form):
    """What is needed from whom."""

    to_unit = forms.ModelChoiceField(Unit.objects.none(), label=_("needed from"))
    text = words_field(_("what is needed"))

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_unit"].queryset = units


class AnswerForm(forms.Form):
    """The answer to a request."""

    text = words_field(_("answer"))


class AssignForm(forms.Form):
    """Which unit and which person a printed name means."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("unit"), required=False)
    responsible = forms.ModelChoiceField(Person.objects.none(), label=_("responsible person"), required=False)
    role = forms.ChoiceField(label=_("role"), choices=(("lead", _("lead unit")), ("joining", _("joining unit"))))

    def __init__(self, *args: Any, units: Any, persons: Any, named: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units
        self.fields["responsible"].queryset = persons
        if named:
            del self.fields["role"]
        else:
            self.fields["unit"].required = True


class SubTaskForm(forms.Form):
    """A piece of a task."""

    title = forms.CharField(label=_("title"), max_length=200)
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("unit"), required=False)
    responsible = forms.ModelChoiceField(Person.objects.none(), label=_("responsible person"), required=False)
    due_on = day_field(_("deadline"), required=False)
    done_on = day_field(_("done"), required=False)

    def __init__(self, *args: Any, units: Any, persons: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units
        self.fields["responsible"].queryset = persons


class DeadlineForm(forms.Form):
    """A new deadline and why."""

    new_due = day_field(_("new deadline"))
    reason = words_field(_("reason"))


class DecisionForm(forms.Form):
    """Grant or refuse."""

    decision = forms.ChoiceField(label=_("decision"), choices=(("grant", _("grant")), ("refuse", _("refuse"))))
    note = words_field(_("opinion"), required=False, help_text=_("needed for a refusal"))


def month_text(month: date) -> str:
    """A month as addresses and pages write it: 2025-07."""
    return f"{month:%Y-%m}"


def read_month(text: str) -> date | None:
    """The first day of a month written 2025-07; None for anything else."""
    parts: Sequence[str] = text.split("-")
    try:
        year, month = int(parts[0]), int(parts[1])
        return date(year, month, 1) if len(parts) == 2 and 2000 <= year <= 2100 else None
    except (ValueError, IndexError):
        return None
