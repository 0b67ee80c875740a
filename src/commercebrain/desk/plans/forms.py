"""Forms: taking in a plan, correcting a found row, entering an agreed schedule."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.catalogue import catalogue, indicator_name
from commercebrain.desk.people.models import Unit
from commercebrain.desk.people.scopes import Classification
from commercebrain.desk.plans.models import Finding, Kind, Target

KINDS = {
    "level": _("level"),
    "count": _("number of things"),
    "share": _("share"),
    "ratio": _("ratio"),
    "cumulative": _("cumulative"),
    "increment": _("increment"),
    "growth_rate": _("growth rate"),
    "rank": _("rank"),
}
COMPARATORS = {
    "=": _("exactly"),
    ">=": _("at least"),
    ">": _("more than"),
    "<=": _("at most"),
    "<": _("less than"),
    "~": _("about"),
}
COMPARATOR_SIGNS = {">=": "≥", ">": ">", "<=": "≤", "<": "<", "~": "≈", "=": ""}
CLASSES = {
    Classification.INTERNAL: _("internal"),
    Classification.PUBLIC: _("public"),
    Classification.CONFIDENTIAL: _("confidential"),
}


class Styled(forms.Form):
    """A form whose fields look as on every page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            select = isinstance(field.widget, (forms.Select, forms.SelectMultiple))
            field.widget.attrs.setdefault("class", "form-select" if select else "form-control")


class UploadForm(Styled):
    """A planning document with what its head may not say."""

    file = forms.FileField(
        label=_("document"),
        help_text=_("txt, docx, html, or pdf with a text layer; at most 50 MB"),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".txt,.docx,.pdf,.html,.htm"}),
    )
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("issuing unit"))
    classification = forms.ChoiceField(label=_("classification"), choices=tuple(CLASSES.items()))
    title = forms.CharField(
        label=_("title"),
        max_length=200,
        required=False,
        help_text=_("Title, number and day are read from the document's head where you leave them empty."),
    )
    number = forms.CharField(label=_("document number"), max_length=80, required=False)
    issued_on = forms.DateField(label=_("issued on"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units


def indicator_choices(first: Sequence[str] = ()) -> list[tuple[str, Any]]:
    """The indicators of the catalogue: the likely ones first, and the choice of none."""
    known = catalogue().indicators
    likely = [(code, indicator_name(code)) for code in first if code in known]
    rest = sorted(((code, indicator_name(code)) for code in known if code not in first), key=lambda c: c[1])
    choices: list[tuple[str, Any]] = [("", _("none in the catalogue"))]
    if likely:
        choices.append((_("likely"), likely))
    return [*choices, (_("catalogue"), rest)]


class QuantityForm(Styled):
    """What a reviewer may correct in a target or a fact; the keys are those of ``cbrain plan read``."""

    indicator = forms.CharField(label=_("indicator in the words of the plan"), max_length=200)
    code = forms.ChoiceField(label=_("indicator of the catalogue"), required=False)
    region = forms.CharField(label=_("region"), max_length=60, required=False)
    comparator = forms.ChoiceField(label=_("comparison"), choices=tuple(COMPARATORS.items()))
    value = forms.DecimalField(label=_("value"), max_digits=24, decimal_places=6, required=False)
    value_high = forms.DecimalField(label=_("up to"), max_digits=24, decimal_places=6, required=False)
    unit = forms.CharField(label=_("unit"), max_length=20, required=False)
    year = forms.IntegerField(label=_("year"), min_value=1949, max_value=2100, required=False)
    period_first = forms.IntegerField(label=_("from year"), min_value=1949, max_value=2100, required=False)
    period_last = forms.IntegerField(label=_("to year"), min_value=1949, max_value=2100, required=False)
    kind = forms.ChoiceField(label=_("kind"), choices=tuple(KINDS.items()))
    baseline_value = forms.DecimalField(label=_("base"), max_digits=24, decimal_places=6, required=False)
    baseline_year = forms.IntegerField(label=_("base year"), min_value=1949, max_value=2100, required=False)

    def __init__(self, finding: Finding, data: Any = None) -> None:
        self.finding = finding
        row = finding.current
        target = finding.kind == Kind.TARGET
        period = row.get("period") or [None, None]
        super().__init__(
            data,
            prefix=f"f{finding.pk}",
            initial={
                "indicator": row.get("indicator"),
                "code": finding.indicator,
                "region": row.get("region"),
                "comparator": row.get("comparator") or "=",
                "value": row.get("target_value" if target else "value"),
                "value_high": row.get("target_value_high"),
                "unit": row.get("unit"),
                "year": row.get("target_year" if target else "year"),
                "period_first": period[0],
                "period_last": period[1],
                "kind": row.get("kind") or "level",
                "baseline_value": row.get("baseline_value"),
                "baseline_year": row.get("baseline_year"),
            },
        )
        self.fields["code"].choices = indicator_choices(finding.candidates)
        if not target:
            for name in ("value_high", "baseline_value", "baseline_year"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """A period needs both ends in order; a range its ends in order."""
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("period_first"), data.get("period_last")
        if (first is None) != (last is None) or (first and last and first > last):
            self.add_error("period_last", _("Give both years of a period, the earlier one first."))
        low, high = data.get("value"), data.get("value_high")
        if high is not None and (low is None or high < low):
            self.add_error("value_high", _("The upper end of a range must not be below its lower end."))
        return data

    def changes(self) -> dict[str, Any]:
        """The row's keys with the values entered."""
        data = self.cleaned_data
        period = [data["period_first"], data["period_last"]] if data.get("period_first") else None
        common = {name: data[name] for name in ("indicator", "region", "comparator", "unit", "kind")}
        value, year = plain(data.get("value")), data.get("year")
        if self.finding.kind != Kind.TARGET:
            return {**common, "value": value, "year": year, "period": period}
        return {
            **common,
            "period": period,
            "target_value": value,
            "target_value_high": plain(data.get("value_high")),
            "target_year": year,
            "baseline_value": plain(data.get("baseline_value")),
            "baseline_year": data.get("baseline_year"),
        }


class TaskForm(Styled):
    """What a reviewer may correct in a task."""

    title = forms.CharField(label=_("title"), max_length=200)
    lead_units = forms.CharField(label=_("lead unit"), required=False, help_text=_("one a line"), widget=forms.Textarea(attrs={"rows": 2}))  # fmt: skip
    responsible_units = forms.CharField(label=_("joining units"), required=False, help_text=_("one a line"), widget=forms.Textarea(attrs={"rows": 3}))  # fmt: skip
    deadline = forms.CharField(label=_("deadline"), max_length=60, required=False)

    def __init__(self, finding: Finding, data: Any = None) -> None:
        row = finding.current
        super().__init__(
            data,
            prefix=f"f{finding.pk}",
            initial={
                "title": row.get("title"),
                "lead_units": "\n".join(row.get("lead_units") or []),
                "responsible_units": "\n".join(row.get("responsible_units") or []),
                "deadline": row.get("deadline"),
            },
        )

    def changes(self) -> dict[str, Any]:
        """The row's keys with the values entered."""
        data = self.cleaned_data
        lists = {
            name: [line.strip() for line in data[name].splitlines() if line.strip()]
            for name in ("lead_units", "responsible_units")
        }
        return {"title": data["title"], "deadline": data["deadline"], **lists}


def correction_form(finding: Finding, data: Any = None) -> QuantityForm | TaskForm:
    """The form for a found row, by its kind."""
    return TaskForm(finding, data) if finding.kind == Kind.TASK else QuantityForm(finding, data)


class ScheduleForm(Styled):
    """The agreed schedule of a target: one value for each year between base and target year."""

    def __init__(self, target: Target, data: Any = None) -> None:
        super().__init__(data)
        first = target.period_first or (target.base_year or (target.target_year or 0) - 5) + 1
        agreed = target.schedule or {}
        for year in range(first, (target.target_year or first) + 1):
            self.fields[f"y{year}"] = forms.DecimalField(
                label=str(year),
                max_digits=24,
                decimal_places=6,
                required=False,
                initial=agreed.get(str(year)),
                widget=forms.NumberInput(attrs={"class": "form-control", "step": "any"}),
            )

    def values(self) -> dict[int, Decimal]:
        """Year to value, the years that were left empty left out."""
        return {int(name[1:]): value for name, value in self.cleaned_data.items() if value is not None}


def plain(value: Decimal | None) -> int | float | None:
    """A number as the rows of ``cbrain plan read`` keep it."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
