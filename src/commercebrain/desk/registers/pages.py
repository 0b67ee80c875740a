"""From a declaration to what a list shows: columns, filters, and words in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.columns import Column
from commercebrain.desk.core.filters import (
    Choices,
    DateRange,
    Filter,
    NumberRange,
    RegionFilter,
    UnitFilter,
    YesNo,
)
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.desk.registers.models import Entry
from commercebrain.desk.registers.queries import valid_on
from commercebrain.desk.registers.values import PREFIX, TABLE, sql
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Register, RegisterField, Words
from commercebrain.engine.registers import masked, plain, said
from commercebrain.engine.units import convert

say: Any = lazy(reader.said, str)  # the words in the language of whoever reads them, when they are read


def address(entry: Entry) -> str:
    """Where an entry is shown."""
    return reverse("registers:entry", args=[entry.register, entry.pk])


def cell(one: RegisterField, entry: Entry, known: DeskLookups) -> Any:
    """A field of an entry as a list shows it: numbers and days as such, the rest in words, personal ones masked."""
    value = entry.data.get(one.code)
    if one.personal:
        return masked(one, value)
    if one.type in ("integer", "decimal", "date"):
        return plain(one, value)
    return said(one, value, known, reader.language())


def field_column(
    one: RegisterField, register: Register, known: DeskLookups, link: Callable[[Any], str | None] | None = None
) -> Column:
    """The column of a declared field over rows that keep their values in ``data``."""
    titled = one.code == register.title_field
    return Column(
        one.code,
        say(one.name),
        lambda entry: cell(one, entry, known),
        unit=one.display_unit,
        sort="title" if titled else PREFIX + one.code if one.sort else None,
        link=link,
        number=one.type in ("integer", "decimal") and one.code not in register.key_fields,
        decimals=0 if one.type == "integer" else None,
        hidden=not titled and not one.listed,
    )


def columns(register: Register, known: DeskLookups) -> list[Column]:
    """The title first, then every declared field, then what all entries have."""
    made = []
    title = register.title_field
    ordered = sorted(register.fields, key=lambda one: one.code != title)
    for one in ordered:
        made.append(field_column(one, register, known, address if one.code == title else None))
    made.append(Column("unit", _("Unit in charge"), "unit", hidden=True))
    if register.dated:
        made.append(Column("valid_from", _("Valid from"), "valid_from", hidden=True))
        made.append(Column("valid_to", _("Valid until"), "valid_to", hidden=True))
    made.append(Column("synthetic", _("Invented"), "synthetic", hidden=True))
    made.append(Column("changed", _("Last changed"), lambda entry: entry.updated_at, hidden=True))
    return made


class _Quantity(NumberRange):
    """Between two numbers in the unit that the list shows, compared in the unit that is kept."""

    one: RegisterField

    def query(self, rows: Any, value: tuple[Decimal | None, Decimal | None]) -> Any:
        """The ends converted."""
        one = self.one
        if one.unit and one.show_in:
            value = tuple(None if end is None else convert(end, one.show_in, one.unit) for end in value)
        return super().query(rows, value)


class _Day(DateRange):
    """Between two days; days are kept as text, which compares as days do."""

    def query(self, rows: Any, value: tuple[date | None, date | None]) -> Any:
        """The ends as text."""
        for suffix, end in zip(("gte", "lte"), value, strict=True):
            if end is not None:
                rows = rows.filter(**{f"{self.path}__{suffix}": end.isoformat()})
        return rows


class _Yes(YesNo):
    """Yes or no, kept as 1 or 0."""

    def query(self, rows: Any, value: bool) -> Any:
        """Those that say so."""
        return rows.filter(**{self.path: int(value)})


class _Region(RegionFilter):
    """A region with everything below it, of a field that holds codes."""

    def query(self, rows: Any, value: list[int]) -> Any:
        """Rows of any of them."""
        codes = Region.objects.filter(pk__in=value).values_list("code", flat=True)
        return rows.filter(**{f"{self.path}__in": sorted(set(codes))})


class _Unit(UnitFilter):
    """A unit with everything below it, of a field that holds the numbers of units."""

    def query(self, rows: Any, value: Any) -> Any:
        """Rows of the unit and of those below."""
        below = type(value).objects.filter(path__startswith=value.path).values_list("pk", flat=True)
        return rows.filter(**{f"{self.path}__in": [str(pk) for pk in below]})


class _Exact(Filter):
    """A code or a name, compared whole so that the index serves."""

    one: RegisterField
    known: DeskLookups

    def query(self, rows: Any, value: str) -> Any:
        """Rows with that value."""
        if self.one.type in ("country", "industry"):
            value = self.known.code(self.one.type, value) or value
        elif self.one.type == "enterprise":
            value = "".join(value.split()).upper()
        return rows.filter(**{self.path: value})


class _InForce(Filter):
    """Rows that hold today; all of them when asked for."""

    def narrow(self, rows: Any, value: Any) -> Any:
        """Those that hold on the business date, those that no longer do, or those that do not yet."""
        if value == "today":
            return valid_on(rows)
        if value == "over":
            return rows.filter(valid_to__lt=today())
        return rows.filter(valid_from__gt=today())


Held = Callable[[Register, RegisterField], list[str]]


def field_filter(one: RegisterField, register: Register, known: DeskLookups, held: Held | None = None) -> Filter:
    """The filter of a declared field; ``held`` gives the codes that occur where rows are not entries of registers."""
    there = held or _codes_there
    key, label, path = one.code, say(one.name), PREFIX + one.code
    if one.type in ("integer", "decimal"):
        made: Any = _Quantity(
            key, say(one.name) if not one.display_unit else _with_unit(one.name, one.display_unit), lookup=path
        )
        object.__setattr__(made, "one", one)
        return made
    if one.type == "date":
        return _Day(key, label, lookup=path)
    if one.type == "boolean":
        return _Yes(key, label, lookup=path)
    if one.type == "choice":
        options = [(code, say(words)) for code, words in one.choices.items()]
        return (
            Choices(key, label, options, lookup=path) if len(options) > 2 else Filter(key, label, options, lookup=path)
        )
    if one.type == "region":

        def regions_there(request: Any) -> list[tuple[str, str]]:
            return [(code, known.name("region", code)) for code in there(register, one)]

        return _Region(key, label, regions_there, lookup=path)
    if one.type == "unit":
        return _Unit(key, label, lookup=path)
    if one.type == "country":

        def countries_there(request: Any) -> list[tuple[str, str]]:
            return [(code, known.name("country", code)) for code in there(register, one)]

        return Filter(key, label, countries_there, lookup=path)
    exact: Any = _Exact(key, label, lookup=path)
    object.__setattr__(exact, "one", one)
    object.__setattr__(exact, "known", known)
    return exact


def _codes_there(register: Register, one: RegisterField) -> list[str]:
    """The codes that occur in the register, read from the field's index alone: from each one to the next greater."""
    value = sql(one, connection.vendor)
    step = (
        f"SELECT {value} FROM {TABLE} WHERE register = '{register.code}' AND {value} > %s ORDER BY {value}, id LIMIT 1"  # noqa: S608
    )
    command = f"""WITH RECURSIVE held(code) AS (
            SELECT ({step}) UNION ALL SELECT ({step.replace("%s", "held.code")}) FROM held WHERE held.code IS NOT NULL
        ) SELECT code FROM held WHERE code IS NOT NULL LIMIT 500"""  # noqa: S608 - codes are checked on loading
    with connection.cursor() as cursor:
        cursor.execute(command, [""])
        return [code for (code,) in cursor.fetchall()]


def _with_unit(words: Words, unit: str) -> Any:
    return lazy(
        lambda: f"{reader.said(words)}（{unit}）" if reader.chinese() else f"{reader.said(words)} ({unit})",
        str,
    )()


def filters(register: Register, known: DeskLookups) -> list[Filter]:
    """A filter for each field that is declared as one, then unit and validity."""
    made = [field_filter(one, register, known) for one in register.fields if one.filter]
    made.append(UnitFilter("unit", _("Unit in charge"), lookup="unit"))
    if register.dated:
        made.append(
            _InForce("state", _("Validity"), [("today", _("in force")), ("over", _("over")), ("future", _("not yet"))])
        )
    return made
