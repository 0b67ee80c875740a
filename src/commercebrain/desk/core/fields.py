"""Fields that forms need and Django has not: a chooser with search, numbers with their unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

SHOWN = 30  # matches that a chooser offers at once


class ChooserWidget(forms.Select):
    """A search box above a list; typing narrows the list on the server, the keyboard alone is enough."""

    template_name = "core/widgets/chooser.html"

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        """Only what is chosen and the first matches, never the whole register."""
        field: ChooserField = self.choices.field
        options = [self.create_option(name, "", field.empty_label or "", not any(value), 0)]
        for number, (key, label) in enumerate(field.offered("", value), start=1):
            options.append(self.create_option(name, key, label, key in value, number))
        return [(None, options, 0)]


class ChooserField(forms.ModelChoiceField):
    """One row of a register, found by typing: ``search_fields`` are looked through, ``queryset`` is what may be chosen.

    ``label_of`` names a row where ``str`` is not enough. Give the query set already narrowed to what the person may
    choose (``enterable_by``, ``visible_to``): what is not in it is neither offered nor accepted.
    """

    widget = ChooserWidget

    def __init__(
        self,
        queryset: QuerySet[Any],
        *,
        search_fields: Sequence[str] = ("name_zh", "name_en"),
        label_of: Any = str,
        **more: Any,
    ) -> None:
        self.search_fields, self.label_of = tuple(search_fields), label_of
        more.setdefault("empty_label", _("nothing chosen"))
        super().__init__(queryset, **more)

    def label_from_instance(self, obj: Model) -> str:
        """The row's name."""
        return str(self.label_of(obj))

    def offered(self, text: str, chosen: Iterable[str] = ()) -> list[tuple[str, str]]:
        """Key and label of what is chosen and of the first rows that hold ``text``."""
        rows = self.queryset.all()
        key = self.to_field_name or "pk"
        found = Q()
        for field in self.search_fields:
            found |= Q(**{f"{field}__icontains": text})
        matches = list(rows.filter(found)[:SHOWN] if text else rows[:SHOWN])
        kept = []
        for value in filter(None, chosen):
            try:
                kept += [row for row in rows.filter(**{key: value})[:1] if row not in matches]
            except (ValueError, TypeError):
                continue
        return [(str(self.prepare_value(row)), self.label_from_instance(row)) for row in [*kept, *matches]]


class NumberField(forms.DecimalField):
    """A number with its ``unit``, which stands in the label."""

    def __init__(self, *, unit: Any = "", **more: Any) -> None:
        self.unit = unit
        super().__init__(**more)

    def to_python(self, value: Any) -> Any:
        """Takes full-width digits and separated thousands as people type them."""
        from commercebrain.engine.lake.cells import plain

        return super().to_python(plain(value).replace(",", "") if isinstance(value, str) else value)


def dress(form: forms.BaseForm) -> None:
    """Gives every widget the looks of the product, the browser's date picker, and the right keyboard on a phone."""
    for field in form.fields.values():
        widget = field.widget
        several = isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))
        check = isinstance(widget, forms.CheckboxInput)
        field.kind = "group" if several else "check" if check else "line"
        if several or check:
            style = "form-check-input"
        elif isinstance(widget, (forms.Select, forms.SelectMultiple)):
            style = "form-select"
        else:
            style = "form-control"
        widget.attrs.setdefault("class", style)
        if isinstance(widget, forms.DateInput) and not widget.is_hidden:
            widget.input_type, widget.format = "date", "%Y-%m-%d"
        if isinstance(widget, forms.NumberInput) and isinstance(field, forms.DecimalField):
            field.widget = forms.TextInput({**widget.attrs, "inputmode": "decimal"})
            field.widget.is_required = field.required
