"""Two editors of one thing: what it was, theirs and yours, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core import signing
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext as _

SALT = "commercebrain.desk.core.conflicts"
CHOICE = "_choose_"  # before a field's name: "mine" or "theirs"


@dataclass(frozen=True)
class Row:
    """One field in which the two differ, as people read it; ``apart`` when both have changed it, each differently."""

    name: str
    label: Any
    before: str
    theirs: str
    mine: str
    apart: bool
    take_mine: bool


def shown_values(form: forms.BaseForm) -> dict[str, list[str]]:
    """What a fresh form shows, as the browser would send it back."""
    found = {}
    for name in form.fields:
        bound = form[name]
        field, widget = bound.field, bound.field.widget
        if isinstance(field, forms.FileField) or isinstance(widget, forms.PasswordInput):
            continue
        value = bound.value()
        if isinstance(widget, forms.CheckboxInput):
            found[name] = ["on"] if value else []
            continue
        if isinstance(widget, (forms.Select, forms.CheckboxSelectMultiple)):
            shown = value if isinstance(value, (list, tuple)) else [value]
            found[name] = [str(getattr(one, "pk", one)) for one in shown if one not in (None, "")]
            continue
        text = widget.format_value(value)
        found[name] = [] if text in (None, "") else [str(text)]
    return found


def posted(form: forms.BaseForm) -> dict[str, list[str]]:
    """The raw values that a bound form holds."""
    data: Any = form.data
    return {name: [str(value) for value in data.getlist(name)] for name in form.fields if name in data}


def _tidy(values: list[str] | None) -> list[str]:
    return [value.replace("\r\n", "\n").strip() for value in values or [] if value.strip()]


def compare(
    form: forms.BaseForm, opened: dict[str, list[str]], theirs: dict[str, list[str]], mine: dict[str, list[str]]
) -> tuple[list[Row], int]:
    """The fields in which theirs and mine differ, and the number of those in which they do not.

    What only one of the two has changed is chosen beforehand; what both have changed is theirs until chosen.
    """
    rows = []
    for name in theirs:
        before, other, own = _tidy(opened.get(name)), _tidy(theirs[name]), _tidy(mine.get(name))
        if other == own:
            continue
        field = form.fields[name]
        said = [in_words(field, values) for values in (before, other, own)]
        both = before not in (other, own)
        rows.append(Row(name, field.label or name, *said, apart=both, take_mine=other == before))
    return rows, len(theirs) - len(rows)


def in_words(field: forms.Field, values: list[str]) -> str:
    """Raw values as people read them."""
    if isinstance(field, forms.BooleanField):
        return _("yes") if values else _("no")
    if not values:
        return "—"
    if isinstance(field, forms.ModelChoiceField):
        key = field.to_field_name or "pk"
        try:
            found = {
                str(field.prepare_value(r)): field.label_from_instance(r)
                for r in field.queryset.filter(**{f"{key}__in": values})
            }
        except (ValueError, TypeError):
            found = {}
        return "、".join(str(found.get(value, value)) for value in values)
    labels = _labels(getattr(field, "choices", ()))
    return "、".join(str(labels.get(value, value)) for value in values)


def _labels(choices: Any) -> dict[str, Any]:
    labels: dict[str, Any] = {}
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            labels |= {str(inner): text for inner, text in label}
        else:
            labels[str(value)] = label
    return labels


def choose(data: QueryDict, theirs: dict[str, list[str]]) -> QueryDict:
    """The posted values with, for each field where so chosen, theirs in place of mine."""
    made = data.copy()
    for name, values in theirs.items():
        if data.get(f"{CHOICE}{name}") == "theirs":
            made.setlist(name, values)
            if not values:
                made.pop(name, None)
    return made


def seal(values: dict[str, list[str]], seen: int | None) -> str:
    """Their version as the page carries it back, signed."""
    return signing.dumps({"values": values, "seen": seen}, salt=SALT, compress=True)


def unseal(text: str) -> dict[str, Any] | None:
    """What :func:`seal` made; none for anything else."""
    try:
        found: dict[str, Any] = signing.loads(text, salt=SALT, max_age=7 * 24 * 3600)
    except signing.BadSignature:
        return None
    return found


def last_change(thing: Model) -> Any:
    """The latest event of the thing: who, when."""
    from commercebrain.desk.core.events import history_of

    return history_of(thing).first()
