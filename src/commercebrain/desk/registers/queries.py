"""Reads of declared registers, narrowed to what a person may see; filters and orders run in the database."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from commercebrain.desk.core import fulltext
from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registers.models import Entry, EntryState
from commercebrain.desk.registers.values import PREFIX, FieldValue, OfRegister
from commercebrain.engine.catalogue import Register

Reader = Person | AnonymousUser


def entries(person: Reader, register: Register, *, withdrawn: bool = False) -> Any:
    """The rows of a register in a person's sight, indexed fields under their names ``f_<code>``."""
    return _of(Entry.objects.visible_to(person), register).filter(withdrawn=withdrawn)


def entry(person: Reader, register: Register, pk: int) -> Entry | None:
    """One row, withdrawn or not; none where it is out of sight."""
    rows = Entry.objects.visible_to(person).filter(register=register.code, pk=pk)
    return rows.select_related("unit", "region", "created_by", "updated_by").first()


def may_enter(person: Reader, entry: Entry) -> bool:
    """Whether a person may change the row."""
    return Entry.objects.enterable_by(person).filter(pk=entry.pk).exists()


def by_key(register: Register, key: str) -> Entry | None:
    """The row of a key, whoever asks: for actions and imports, which check the right themselves."""
    return Entry.objects.filter(register=register.code, key=key).select_related("unit__region").first()


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
    rows = Unit.objects.filter(closed_on=None).select_related("region").order_by("path")
    return rows if extent.everything else rows.filter(pk__in=extent.units)


def counts(person: Reader) -> dict[str, int]:
    """How many rows of each register a person sees."""
    from django.db.models import Count

    rows = Entry.objects.visible_to(person).filter(withdrawn=False).order_by()
    return dict(rows.values_list("register").annotate(n=Count("pk")))
