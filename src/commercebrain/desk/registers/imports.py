"""Lists taken into a declared register: the importer is made from the declaration."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any, Self

from django.db import IntegrityError, transaction
from django.urls import reverse

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record_read
from commercebrain.desk.core.imports import Found, ImportColumn, Importer, importer
from commercebrain.desk.core.imports.parsers import Parser
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registers import actions, queries
from commercebrain.desk.registers.declared import register as declared
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.desk.registers.models import Entry
from commercebrain.engine.catalogue import Register, RegisterField, Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Say
from commercebrain.engine.registers import Lookups, Value, read_entry, read_value

UNIT = RegisterField(code="unit_in_charge", name=Words(zh="负责单位", en="Unit in charge"), type="unit")
DATES = {
    "valid_from": RegisterField(code="from_day", name=Words(zh="生效日期", en="Valid from"), type="date"),
    "valid_to": RegisterField(code="to_day", name=Words(zh="失效日期", en="Valid until"), type="date"),
}


def parser_of(one: RegisterField, known: Lookups) -> Parser:
    """Reads cells of a declared field; a fault is told without the field's name, which the importer says itself."""

    def read(raw: Any) -> Value | Say:
        try:
            return read_value(one, raw, known)
        except UserError as fault:
            return Say(_bare(fault.zh, one.name.zh), _bare(fault.en, one.name.en))

    return read


def import_columns(register: Register, parser: Callable[[RegisterField], Parser]) -> list[ImportColumn]:
    """The columns of a declared register: its fields, then the days of validity, then the explanation."""
    example = next((one.row for one in register.examples if one.refused is None), {})
    made = [
        ImportColumn(
            one.code, one.name.zh, one.name.en, required=one.required, parse=parser(one),
            example=example.get(one.code, ""), note=_note(one),
            choices=tuple(words.zh for words in one.choices.values()),
        )
        for one in register.fields
    ]  # fmt: skip
    if register.dated:
        made += [ImportColumn(key, one.name.zh, one.name.en, parse=parser(one)) for key, one in DATES.items()]
    if any(check.severity == "explain" for check in register.checks):
        made.append(ImportColumn("explanation", "说明", "Explanation"))
    return made


@importer
class EntryImporter(Importer):
    """Takes a list into the register that ``target`` names."""

    code = "registers.entry"
    zh, en = "登记册", "Declared register"

    register: Register
    known: DeskLookups
    _units: dict[str | None, Unit | None]

    @classmethod
    def at(cls, target: str) -> Self | None:
        """The importer of a declared register."""
        register = declared(target)
        if register is None:
            return None
        made = cls(target)
        own: Any = made
        own.register, own.known, own._units = register, DeskLookups(), {}
        own.zh, own.en = register.name.zh, register.name.en
        own.key = register.key_fields
        own.columns = made._columns()
        return made

    def _columns(self) -> list[ImportColumn]:
        def parser(one: RegisterField) -> Parser:
            return parser_of(one, self.known)

        made = import_columns(self.register, parser)
        if not self.register.scope.unit:
            note = ("缺省为导入人的单位", "the importing person's unit where it is left out")
            own = ImportColumn("unit", UNIT.name.zh, UNIT.name.en, parse=parser(UNIT), note=note)
            made.insert(len(self.register.fields), own)
        return made

    def address(self) -> str:
        """The list."""
        return reverse("registers:list", args=[self.register.code])

    def allowed(self, person: Person) -> bool:
        """Whoever may enter for some unit."""
        return queries.units_to_enter_for(person).exists()

    def existing(self, keys: Collection[tuple[Any, ...]], person: Person) -> dict[tuple[Any, ...], Found]:
        """The entries of these keys; withdrawn ones come back when they are written. That their personal values are read is kept in the event log."""
        joined = {"｜".join(str(part) for part in key): key for key in keys}
        rows = list(
            Entry.objects.filter(register=self.register.code, withdrawn=False, key__in=joined).select_related(
                "unit__region"
            )
        )
        if rows and self.register.personal:
            name = self.register.name
            record_read(
                "registers.entry", person, (f"{name.zh}的个人信息", f"personal information in {name.en}"), len(rows),
                "批量导入比对" if reader.chinese() else "comparison for a bulk import",
            )  # fmt: skip
        return {joined[row.key]: self._found(row) for row in rows}

    def _found(self, entry: Entry) -> Found:
        values: dict[str, Any] = {one.code: entry.data.get(one.code) for one in self.register.fields}
        if not self.register.scope.unit:
            values["unit"] = None if entry.unit_id is None else str(entry.unit_id)
        for key in DATES if self.register.dated else ():
            day = getattr(entry, key)
            values[key] = day.isoformat() if day else None
        values["explanation"] = entry.explanation or None
        return Found(entry.pk, values, entry.version, entry.title)

    def check(self, values: dict[str, Any], found: Found | None, person: Person) -> None:
        """The rules of the register over the whole row, and the person's scope."""
        whole = {**(found.values if found else {}), **values}
        read = read_entry(self.register, {one.code: whole.get(one.code) for one in self.register.fields}, self.known)
        if read.faults:
            raise actions.EntryRefused([(f.field, f.code, f.zh, f.en) for f in read.faults])
        if read.to_explain and not whole.get("explanation"):
            zh = "".join(words.zh for words in read.to_explain) + "；如确实如此，请填“说明”一栏。"
            en = " ".join(words.en for words in read.to_explain) + " Fill in the column Explanation if it is so."
            raise actions.EntryRefused([("explanation", "register.explain", zh, en)])
        extent = extent_of(person, Right.ENTER, today())
        unit = whole.get(self.register.scope.unit or "unit")
        units = [unit] if unit else []
        if found is not None and found.values.get(self.register.scope.unit or "unit"):
            units.append(found.values[self.register.scope.unit or "unit"])
        elif found is not None and not extent.everything:
            units.append("0")
        if not extent.everything and any(int(one) not in extent.units for one in units):
            raise actions.EntryRefused([
                ("unit", "register.out_of_scope", "这一行属于您无权录入的单位。", "This row belongs to a unit for which you may not enter."),
            ])  # fmt: skip

    def _unit(self, values: dict[str, Any], person: Person) -> Unit | None:
        """The unit that a row names, else the first for which the person enters; asked once for the whole list."""
        key = values.get("unit")
        if key not in self._units:
            rows = queries.units_to_enter_for(person)
            self._units[key] = rows.filter(pk=int(key)).first() if key else rows.first()
        return self._units[key]

    def _arguments(self, values: dict[str, Any], person: Person) -> dict[str, Any]:
        unit = None if self.register.scope.unit else self._unit(values, person)
        days = {key: date.fromisoformat(values[key]) for key in DATES if values.get(key)}
        return {"unit": unit, "explanation": values.get("explanation") or "", "known": self.known, **days}

    def create_many(self, rows: Sequence[dict[str, Any]], person: Person) -> list[Found | None]:
        """New entries together; one by one only those that were withdrawn, or when somebody was quicker."""
        given = [({one.code: row.get(one.code) for one in self.register.fields}, row) for row in rows]
        keys = [read_entry(self.register, row, self.known).key for row, _values in given]
        there = set(Entry.objects.filter(register=self.register.code, key__in=keys).values_list("key", flat=True))
        new = [number for number, key in enumerate(keys) if key not in there]
        made: dict[int, Found | None] = {}
        try:
            with transaction.atomic():
                entries = actions.create_many(
                    self.register, person,
                    [(given[n][0], self._arguments(given[n][1], person)) for n in new], self.known,
                )  # fmt: skip
                made = {n: self._found(entry) for n, entry in zip(new, entries, strict=True)}
        except IntegrityError:
            made = {}
        left = [n for n in range(len(rows)) if n not in made]
        made |= zip(left, super().create_many([rows[n] for n in left], person), strict=True)
        return [made[n] for n in range(len(rows))]

    def create(self, values: dict[str, Any], person: Person) -> Found:
        """Through the action."""
        row = {one.code: values.get(one.code) for one in self.register.fields}
        arguments = self._arguments(values, person)
        earlier = queries.by_key(self.register, read_entry(self.register, row, self.known).key)
        if earlier is not None and earlier.withdrawn:
            actions.restore(earlier, self.register, person, None, "再次导入 · imported again")
            return self._found(actions.edit(earlier, self.register, person, None, row, **arguments))
        return self._found(actions.create(self.register, person, row, **arguments))

    def change(self, found: Found, values: dict[str, Any], person: Person) -> Found:
        """Through the action, with what the file does not touch as it stands."""
        entry = Entry.objects.select_related("unit__region").get(pk=found.id)
        whole = {**self._found(entry).values, **values}
        row = {one.code: whole.get(one.code) for one in self.register.fields}
        arguments = self._arguments(whole, person)
        if not self.register.scope.unit and whole.get("unit"):
            arguments["unit"] = Unit.objects.get(pk=int(whole["unit"]))
        return self._found(actions.edit(entry, self.register, person, found.version, row, **arguments))

    def remove(self, found: Found, person: Person) -> None:
        """An entry that an import added is withdrawn by its undo; nothing leaves without trace."""
        entry = Entry.objects.get(pk=found.id)
        actions.withdraw(entry, self.register, person, found.version, "撤销导入 · import undone")


def _bare(text: str, name: str) -> str:
    """The sentence without the field's name, which the importer says itself."""
    return text.removeprefix(f"“{name}”的值").removeprefix(f"{name}: ").removeprefix(f"“{name}”：")


def _note(one: RegisterField) -> tuple[str, str]:
    if one.help:
        return one.help.zh, one.help.en
    if one.unit:
        return f"单位：{one.unit}", f"in {one.unit}"
    kinds = {
        "date": ("日期，如 2025-07-21", "a day such as 2025-07-21"),
        "boolean": ("是或否", "yes or no"),
        "region": ("地区代码或全称", "code or full name of a region"),
        "country": ("国家（地区）代码或名称", "code or name of a country"),
        "industry": ("行业代码或名称", "code or name of an industry"),
        "enterprise": ("统一社会信用代码", "credit code of 18 characters"),
    }
    return kinds.get(one.type, ("", ""))
