"""Reads of declared registers, narrowed to what a person may see; filters and orders run in the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from commercebrain.desk.core import fulltext
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.prepared import filled, prepared
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of, reaching_units
from commercebrain.desk.registers.models import Entry, EntryState
from commercebrain.desk.registers.values import PREFIX, FieldValue, OfRegister
from commercebrain.engine.catalogue import Register

Reader = Person | AnonymousUser


def entries(person: Reader, register: Register, *, withdrawn: bool = False) -> Any:
    """The rows of a register in a person's sight, indexed fields under their names ``f_<code>``."""
    return _of(Entry.objects.visible_to(person), register).filter(withdrawn=withdrawn)


def entry(person: Reader, register: Register, pk: int) -> Entry | None:
    """One row, withdrawn or not; none where it is out of sight."""
    seen: Entry | None = _in_sight.first(*extent_of(person, Right.SEE, today()).reach_of_units, register.code, pk)
    return seen


@prepared
def _in_sight(everything: bool, some: bool, units: list[int], register: str, pk: int) -> QuerySet[Entry]:
    rows: Any = Entry.objects.inside(reaching_units(everything, some, units), Right.SEE)
    found: QuerySet[Entry] = rows.filter(register=register, pk=pk).order_by()
    return found.select_related("unit", "region", "created_by", "updated_by")


def may_enter(person: Reader, entry: Entry) -> bool:
    """Whether a person may change the row as it was read; asks the database for the rights alone."""
    extent = extent_of(person, Right.ENTER, today())
    return extent.everything or entry.unit_id in extent.units


def by_key(register: Register, key: str) -> Entry | None:
    """The row of a key, whoever asks: for actions and imports, which check the right themselves."""
    found: Entry | None = _by_key.first(register.code, key)
    return found


@prepared
def _by_key(register: str, key: str) -> QuerySet[Entry]:
    return Entry.objects.filter(register=register, key=key).order_by().select_related("unit__region")


def as_it_stands(entry: Entry) -> None:
    """Reads the row's own columns anew, whoever asks. Units and persons that are known already stay where they are the
    same."""
    fresh = _row.first(entry.pk)
    if fresh is None:
        raise Entry.DoesNotExist
    for field in Entry._meta.concrete_fields:
        setattr(entry, field.attname, getattr(fresh, field.attname))


@prepared
def _row(pk: int) -> QuerySet[Entry]:
    return Entry.objects.filter(pk=pk).order_by()


def _of(rows: Any, register: Register) -> Any:
    """Indexed fields are named and not read: counting would otherwise compute each of them for every row."""
    named: dict[str, Any] = {PREFIX + one.code: FieldValue(one) for one in register.fields if one.indexed}
    return rows.filter(OfRegister(register.code)).alias(**named).select_related("unit", "region")


def found(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """The rows that hold every part of ``text`` in their title, key, pinyin initials or searchable fields."""
    return fulltext.matching(rows, text)


def valid_on(rows: QuerySet[Any], day: date | None = None) -> QuerySet[Any]:
    """The rows that hold on a day (default: the business date)."""
    on = day or today()
    return rows.filter(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gte=on))


def states(entry: Entry) -> QuerySet[EntryState]:
    """What an entry was before each change, the latest first."""
    return EntryState.objects.filter(entry=entry).select_related("changed_by", "unit").order_by("-version")


def units_to_enter_for(person: Reader) -> QuerySet[Unit]:
    """The units whose rows a person may enter."""
    extent = extent_of(person, Right.ENTER, today())
    return _units(extent.everything, extent.units)


def _units(everything: bool, units: Iterable[int]) -> QuerySet[Unit]:
    rows = Unit.objects.filter(closed_on=None).select_related("region").order_by("path")
    return rows if everything else rows.filter(pk__in=units)


def first_unit_to_enter_for(person: Reader) -> Unit | None:
    """The first of them."""
    extent = extent_of(person, Right.ENTER, today())
    first: Unit | None = _first_unit.first(extent.everything, [] if extent.everything else filled(extent.units))
    return first


@prepared
def _first_unit(everything: bool, units: list[int]) -> QuerySet[Unit]:
    return _units(everything, units)[:1]


def unit_to_enter_for(person: Reader, pk: int) -> Unit | None:
    """The one of them with a number; none where it is no such unit."""
    extent = extent_of(person, Right.ENTER, today())
    if not extent.everything and pk not in extent.units:
        return None
    found: Unit | None = _open_unit.first(pk)
    return found


@prepared
def _open_unit(pk: int) -> QuerySet[Unit]:
    return _units(True, ()).filter(pk=pk).order_by()


def counts(person: Reader) -> dict[str, int]:
    """How many rows of each register a person sees."""
    from django.db.models import Count

    rows = Entry.objects.visible_to(person).filter(withdrawn=False).order_by()
    return dict(rows.values_list("register").annotate(n=Count("pk")))
