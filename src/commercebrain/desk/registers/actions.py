"""Writes of declared registers: each checks the right, changes the row, keeps what it was, and writes the event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from commercebrain.desk.core import fulltext
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record, record_many
from commercebrain.desk.core.inserts import insert
from commercebrain.desk.core.memo import remembering
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.registers import queries
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.desk.registers.models import Entry, EntryState
from commercebrain.desk.registry.models import Region
from commercebrain.desk.registry.queries import region as region_of
from commercebrain.engine.catalogue import Register
from commercebrain.engine.enterprises import uscc
from commercebrain.engine.errors import UserError
from commercebrain.engine.registers import Lookups, ReadEntry, Value, read_entry, said

SYNTHETIC_FIRST = "990000"


class EntryRefused(UserError):  # noqa: N818 - it is an answer, not an error
    """The entry cannot be kept; ``fields`` says which field (``""``: none) for which reasons, Chinese and English."""

    def __init__(self, faults: Iterable[tuple[str, str, str, str]]) -> None:
        told = list(faults)
        super().__init__(told[0][1], "".join(f[2] for f in told), " ".join(f[3] for f in told))
        self.field = told[0][0]
        self.fields: dict[str, list[tuple[str, str]]] = {}
        for field, _code, zh, en in told:
            self.fields.setdefault(field, []).append((zh, en))


def _refuse(field: str, code: str, zh: str, en: str) -> EntryRefused:
    return EntryRefused([(field, f"register.{code}", zh, en)])


def create(
    register: Register,
    person: Person | None,
    row: Mapping[str, object],
    *,
    unit: Unit | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    explanation: str = "",
    source: str = "",
    known: Lookups | None = None,
) -> Entry:
    """A new entry for what was typed. ``person`` none: the system itself, for rows that come with the product.

    Raises :class:`EntryRefused` with everything that is wrong at once, :class:`PermissionDenied` for a unit for which
    the person may not enter.
    """
    with remembering():  # only reads: the person's rights are asked once
        known = known or DeskLookups(person)
        read = _read(register, row, known, explanation)
        entry = Entry(register=register.code, created_by=person, source=source, version=1)
        _fill(entry, register, read, unit, valid_from, valid_to, explanation, Places())
        _may_enter_for(person, entry.unit)
    entry.updated_by = person
    try:
        with transaction.atomic():
            insert(entry)
            _index(register, [entry], known, new=True)
            record("register.entry_created", entry, person, entry.unit, **_words(register, entry))
    except IntegrityError:  # the key is taken: the database tells, also where somebody was quicker by a moment
        earlier = queries.by_key(register, read.key)
        if earlier is None:
            raise
        raise _taken(register, earlier) from None
    return entry


@transaction.atomic
def create_many(
    register: Register, person: Person | None, rows: Sequence[tuple[Mapping[str, object], Mapping[str, Any]]],
    known: Lookups,
) -> list[Entry]:  # fmt: skip
    """New entries for many rows at once, each with the keyword arguments of :func:`create`; all or none.

    Raises what that raises, but ``IntegrityError`` where a key is taken already.
    """
    places = Places()
    fresh = []
    for row, given in rows:
        entry = Entry(register=register.code, created_by=person, updated_by=person, version=1)
        explanation = str(given.get("explanation") or "")
        days = given.get("valid_from"), given.get("valid_to")
        _fill(entry, register, _read(register, row, known, explanation), given.get("unit"), *days, explanation, places)
        fresh.append(entry)
    for unit in {entry.unit_id: entry.unit for entry in fresh}.values():
        _may_enter_for(person, unit)
    made = Entry.objects.bulk_create(fresh)
    _index(register, made, known, new=True)
    record_many("register.entry_created", ((entry, entry.unit, _words(register, entry)) for entry in made), person)
    return made


class Places:
    """Units and regions that rows name, each read once."""

    def __init__(self) -> None:
        self._units: dict[str, Unit | None] = {}
        self._regions: dict[str, Region | None] = {}

    def unit(self, key: str) -> Unit | None:
        """The unit of a number."""
        if key not in self._units:
            self._units[key] = Unit.objects.select_related("region").filter(pk=int(key)).first()
        return self._units[key]

    def region(self, code: str) -> Region | None:
        """The region that a code means today."""
        if code not in self._regions:
            self._regions[code] = region_of(code)
        return self._regions[code]


def _taken(register: Register, earlier: Entry) -> EntryRefused:
    field, name = register.key_fields[0], register.field(register.key_fields[0]).name
    if earlier.withdrawn:
        zh = f"“{name.zh}”为“{earlier.title}”的记录已撤下；请恢复原记录，不要另建。"
        en = f"The entry “{earlier.title}” was withdrawn; restore it instead of making another."
    else:
        zh = f"已有“{name.zh}”为“{earlier.title}”的记录；请修改原记录。"
        en = f"There is an entry “{earlier.title}” already; change that one."
    return _refuse(field, "key_taken", zh, en)


def edit(
    entry: Entry,
    register: Register,
    person: Person,
    seen: int | None,
    row: Mapping[str, object],
    *,
    unit: Unit | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    explanation: str = "",
    reason: str = "",
    known: Lookups | None = None,
) -> Entry:
    """Changes an entry to what was typed; ``seen`` is the version that the editor saw (none: as it stands now).

    What it was stays in its history. Saving without any change changes nothing. Raises as :func:`create` does, and
    :class:`Conflict` when somebody else changed it meanwhile.
    """
    known = known or DeskLookups(person)
    days = valid_from, valid_to
    try:
        with transaction.atomic(), remembering():  # nothing in here changes rights: they are asked once
            return _edit(entry, register, person, seen, row, unit, days, explanation, reason, known)
    except IntegrityError:
        other = queries.by_key(register, entry.key)
        if other is None or other.pk == entry.pk:
            raise
        raise _taken(register, other) from None


def _edit(
    entry: Entry, register: Register, person: Person, seen: int | None, row: Mapping[str, object], unit: Unit | None,
    days: tuple[date | None, date | None], explanation: str, reason: str, known: Lookups,
) -> Entry:  # fmt: skip
    _may_enter(person, entry)
    entry.claim(seen)
    queries.as_it_stands(entry)
    _may_enter(person, entry)  # it may have been given to another unit meanwhile
    if entry.withdrawn:
        raise _refuse("", "withdrawn", "这条记录已撤下，请先恢复再修改。", "The entry was withdrawn; restore it first.")
    before = _state(entry)
    read = _read(register, row, known, explanation)
    _fill(entry, register, read, unit or entry.unit, *days, explanation, Places())
    after = _state(entry)
    changed = [code for code in {**before["data"], **entry.data} if before["data"].get(code) != entry.data.get(code)]
    if after == before:
        Entry.objects.filter(pk=entry.pk).update(version=entry.version - 1)
        entry.version -= 1
        return entry
    _may_enter_for(person, entry.unit)
    _keep(entry, before, person, reason)
    entry.updated_by = person
    entry.save()
    _index(register, [entry], known)
    names = [register.field(code).name for code in changed if code in register.by_code]
    record(
        "register.entry_changed", entry, person, entry.unit, **_words(register, entry),
        fields="、".join(name.zh for name in names) or "其他", fields_en=", ".join(name.en for name in names) or "other",
    )  # fmt: skip
    return entry


@transaction.atomic
def withdraw(entry: Entry, register: Register, person: Person, seen: int | None, reason: str) -> Entry:
    """Takes an entry out of the register; it stays with its history and can be restored."""
    return _switch(entry, register, person, seen, reason, gone=True)


@transaction.atomic
def restore(entry: Entry, register: Register, person: Person, seen: int | None, reason: str = "") -> Entry:
    """Puts a withdrawn entry back."""
    return _switch(entry, register, person, seen, reason, gone=False)


def _switch(entry: Entry, register: Register, person: Person, seen: int | None, reason: str, *, gone: bool) -> Entry:
    _may_enter(person, entry)
    reason = " ".join(reason.split())[:200]
    if gone and not reason:
        raise _refuse("reason", "no_reason", "请写明撤下的理由。", "Say why the entry is withdrawn.")
    entry.claim(seen)
    entry.refresh_from_db()
    _may_enter(person, entry)  # it may have been given to another unit meanwhile
    if entry.withdrawn == gone:
        zh, en = (
            ("这条记录已经撤下。", "The entry is withdrawn already.")
            if gone
            else ("这条记录没有撤下。", "The entry is not withdrawn.")
        )
        raise _refuse("", "nothing_to_do", zh, en)
    _keep(entry, _state(entry), person, reason)
    entry.withdrawn, entry.updated_by = gone, person
    entry.save()
    verb = "register.entry_withdrawn" if gone else "register.entry_restored"
    record(verb, entry, person, entry.unit, **_words(register, entry), **({"reason": reason} if gone else {}))
    return entry


def _may_enter(person: Person, entry: Entry) -> None:
    if not queries.may_enter(person, entry):
        raise PermissionDenied


def _may_enter_for(person: Person | None, unit: Unit | None) -> None:
    if person is None:
        return
    if unit is None:
        raise _refuse("unit", "no_unit", "请选择负责单位。", "Choose the unit in charge.")
    if queries.unit_to_enter_for(person, unit.pk) is None:
        raise PermissionDenied


def _read(register: Register, row: Mapping[str, object], known: Lookups, explanation: str) -> ReadEntry:
    read = read_entry(register, row, known)
    faults = [(fault.field, fault.code, fault.zh, fault.en) for fault in read.faults]
    if read.to_explain and not explanation.strip():
        zh = "".join(f"{words.zh}；" for words in read.to_explain) + "如确实如此，请写明说明。"
        en = " ".join(words.en for words in read.to_explain) + " Explain it if it is so."
        faults.append(("explanation", "register.explain", zh, en))
    if faults:
        raise EntryRefused(faults)
    return read


def _fill(
    entry: Entry, register: Register, read: ReadEntry, unit: Unit | None,
    valid_from: date | None, valid_to: date | None, explanation: str, places: Places,
) -> None:  # fmt: skip
    """Sets everything from what was read, and refuses what would mix the invented with the real."""
    data = dict(read.data)
    if register.scope.unit:
        unit = places.unit(str(data.get(register.scope.unit) or 0)) or unit
    region: Region | None = None
    if register.scope.region and (code := data.get(register.scope.region)):
        region = places.region(str(code))
    if valid_from and valid_to and valid_to < valid_from:
        raise _refuse("valid_to", "ends_before_start", "结束日期早于开始日期。", "It ends before it starts.")
    entry.data, entry.key, entry.title = data, read.key[:300], read.title[:300]
    entry.explanation = explanation.strip() if read.to_explain else ""
    entry.unit, entry.region, entry.classification = unit, region, register.classification
    entry.valid_from, entry.valid_to = (valid_from, valid_to) if register.dated else (None, None)
    entry.synthetic = _one_world(register, data, unit)


def _one_world(register: Register, data: Mapping[str, Value], unit: Unit | None) -> bool:
    """Whether the row is invented; refuses a row that names both an invented and a real place or firm."""
    worlds: dict[bool, str] = {}
    if unit is not None:
        worlds[unit.region.code >= SYNTHETIC_FIRST] = "unit"
    for one in register.fields:
        value = str(data.get(one.code) or "")
        if value and one.type == "region":
            worlds.setdefault(value >= SYNTHETIC_FIRST, one.code)
        elif value and one.type == "enterprise":
            worlds.setdefault(uscc.is_synthetic(value), one.code)
    if len(worlds) > 1:
        field = next(reversed(worlds.values()))
        raise _refuse(
            field,
            "two_worlds",
            "虚构的示例与真实的单位、地区、企业不能写在同一条记录里。",
            "An entry cannot name invented and real units, regions or firms together.",
        )
    return next(iter(worlds), False)


def _state(entry: Entry) -> dict[str, Any]:
    return {
        "data": dict(entry.data), "explanation": entry.explanation, "unit_id": entry.unit_id,
        "valid_from": entry.valid_from, "valid_to": entry.valid_to, "withdrawn": entry.withdrawn,
    }  # fmt: skip


def _keep(entry: Entry, before: Mapping[str, Any], person: Person, reason: str) -> None:
    """Keeps what the entry was; the claim has counted its version up already."""
    insert(EntryState(entry=entry, version=entry.version - 1, changed_by=person, reason=reason[:200], **before))


def _words(register: Register, entry: Entry) -> dict[str, str]:
    return {"name": entry.title, "register": register.name.zh, "register_en": register.name.en}


def _texts(register: Register, entry: Entry, known: Lookups) -> list[str]:
    """All that an entry is found by; never what is personal."""
    texts = [entry.title, *fulltext.spelled(entry.title), *entry.key.split("｜")]
    for one in register.fields:
        value = entry.data.get(one.code)
        if one.search and value not in (None, ""):
            texts += [said(one, value, known, "zh"), said(one, value, known, "en")]
    return texts


def _index(register: Register, rows: Iterable[Entry], known: Lookups, *, new: bool = False) -> None:
    fulltext.index("registers.entry", ((entry.pk, _texts(register, entry, known)) for entry in rows), new=new)


def reindex(register: Register) -> int:
    """Makes the search entries and the classification of all rows anew after a declaration was changed."""
    known = DeskLookups()
    rows = Entry.objects.filter(register=register.code)
    rows.exclude(classification=register.classification).update(classification=register.classification)
    _index(register, rows.iterator(chunk_size=1000), known)
    return rows.count()


def apply_declarations(person: Person | None = None) -> list[str]:
    """Brings the database in line with the declarations: indexes, classification; says in words what it did."""
    from commercebrain.desk.registers import indexes
    from commercebrain.desk.registers.declared import registers

    declared = registers()
    told = []
    for change in indexes.apply(declared):
        told.append(f"+ {change.register}.{change.field}" if change.make else f"- {change.name}")
    for register in declared.values():
        others = Entry.objects.filter(register=register.code).exclude(classification=register.classification)
        if moved := others.update(classification=register.classification):
            told.append(f"~ {register.code}: {register.classification} ({moved})")
    if told:
        record("registers.applied", ("registers.entry", "*"), person, count=len(told), on=str(today()))
    return told
