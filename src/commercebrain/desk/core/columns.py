"""What a list shows: the declaration of its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class Column:
    """One column of a list.

    ``value``  how a row is read: an attribute path (default: the key) or a function of the row
    ``unit``   stands in the header, never in a cell; a function of the request where it hangs on what is asked
    ``sort``   what to sort by: a field path for a query set, a function of the row for a Python list; none: unsortable
    ``link``   a function of the row that gives the address of the cell, or none for none
    ``number`` right-aligned with thousands separated to ``decimals`` places
    ``show``   a template for the cell (gets ``row`` and ``value``) where text is not enough, or, quicker, a function of
               row and value that gives safe HTML
    ``hidden`` offered in the column chooser but not shown at first
    """

    key: str
    label: Text
    value: str | Callable[[Any], Any] = ""
    unit: Text | Callable[[HttpRequest], Text] = ""
    sort: str | Callable[[Any], Any] | None = None
    link: Callable[[Any], str | None] | None = None
    number: bool = False
    decimals: int | None = None
    show: str | Callable[[Any, Any], Any] = ""
    hidden: bool = False

    def read(self, row: Any) -> Any:
        """The raw value in ``row``."""
        if callable(self.value):
            return self.value(row)
        value: Any = row
        for part in (self.value or self.key).replace(".", "__").split("__"):
            value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
            if value is None:
                return None
        return value() if callable(value) and not isinstance(value, Model) else value

    def asked(self, request: HttpRequest) -> Column:
        """The column as a request asks for it: with the unit of its rows."""
        return replace(self, unit=self.unit(request)) if callable(self.unit) else self


def choice(name: str) -> Callable[[Any], str]:
    """Reads the label of a model field with choices.

    The same as the model's ``get_…_display``, which hashes all translated labels for each row: half the time of a long
    export.
    """
    known: dict[type, dict[Any, Any]] = {}

    def read(row: Any) -> str:
        labels = known.get(type(row))
        if labels is None:
            labels = known[type(row)] = dict(row._meta.get_field(name).flatchoices)
        value = getattr(row, name)
        return str(labels.get(value, value) or "")

    return read


def sort_rows(rows: Any, column: Column, descending: bool) -> Any:
    """Sorts by a column; rows without a value come last either way."""
    if isinstance(rows, QuerySet):
        from django.db.models import F

        field = F(str(column.sort))
        order = field.desc(nulls_last=True) if descending else field.asc(nulls_last=True)
        return rows.order_by(order, "pk")
    key = column.sort if callable(column.sort) else column.read
    known = [(key(row), n) for n, row in enumerate(rows)]
    full = sorted((pair for pair in known if pair[0] is not None), key=lambda p: p[0], reverse=descending)
    return [rows[n] for _, n in full] + [rows[n] for value, n in known if value is None]


def plain(value: Any) -> Any:
    """The value as a spreadsheet takes it: numbers stay numbers, the rest becomes text."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple, set)):
        return "、".join(str(item) for item in value)
    return str(value)
