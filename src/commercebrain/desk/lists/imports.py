"""Lists taken into a draft: the importer is made from the kind's declaration, its target is the draft's number.

A hundred thousand rows are read once each: what :meth:`check` has read, :meth:`create_many` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any, Self

from django.db import transaction
from django.urls import reverse

from commercebrain.desk.core import reader
from commercebrain.desk.core.events import record_read
from commercebrain.desk.core.imports import Found, ImportColumn, Importer, importer
from commercebrain.desk.lists import actions, queries, rows
from commercebrain.desk.lists.kinds import kind as declared
from commercebrain.desk.lists.models import ListVersion, Member
from commercebrain.desk.lists.reading import Known, ReadRow, field_of, read_row
from commercebrain.desk.people.models import Person
from commercebrain.desk.registers.imports import DATES, import_columns, parser_of
from commercebrain.engine.catalogue import RegisterField
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Say
from commercebrain.engine.lists.kinds import ListKind
from commercebrain.engine.lists.nomenclature import read_code
from commercebrain.engine.registers import Value
from commercebrain.engine.registers.entries import KEY_PART

Values = dict[str, Any]
KEPT = 5_000  # rows read and not yet written; a piece of an import is shorter


@importer
class RowImporter(Importer):
    """Takes a list into the draft that ``target`` names."""

    code = "lists.rows"
    zh, en = "清单", "List"

    version: ListVersion
    kind: ListKind

    @classmethod
    def at(cls, target: str) -> Self | None:
        """The importer of a version that is being drafted."""
        if not (target.isascii() and target.isdigit() and len(target) < 18):
            return None
        version = ListVersion.objects.filter(pk=int(target)).select_related("book__unit__region").first()
        kind = declared(version.book.kind) if version else None
        if version is None or kind is None:
            return None
        made = cls(target)
        own: Any = made
        own.version, own.kind, own.known = version, kind, Known()
        own._read = {}
        own.zh = f"{version.book.name_zh}（第{version.number}版）"
        own.en = f"{version.book.name_en or version.book.name_zh} (version {version.number})"
        own.key = own.kind.key_fields
        own.blank_key = tuple(code for code in own.key if not own.kind.field(code).required)
        own.columns = made._columns()
        return made

    def _columns(self) -> list[ImportColumn]:
        return import_columns(self.kind, self._parser)

    def _parser(self, one: RegisterField) -> Callable[[Any], Any]:
        plain = parser_of(one, self.known.lookups)
        if one.type != "product":
            return plain
        book = self.version.book
        own = bool(field_of(self.kind, "nomenclature"))

        def read(raw: Any) -> Value | Say:
            """Digits; in the list's nomenclature where no column of the row may name another."""
            number = isinstance(raw, (int, float)) and not isinstance(raw, bool)
            try:
                told = ("", "") if own else (book.nomenclature, book.edition)
                return read_code(raw, *told, number=number).digits
            except UserError as fault:
                return Say(fault.zh, fault.en)

        return read

    def address(self) -> str:
        """The draft."""
        return reverse("lists:version", args=[self.version.pk])

    def allowed(self, person: Person) -> bool:
        """Whoever keeps the list."""
        return queries.may_keep(person, self.version.book)

    def existing(self, keys: Collection[tuple[Any, ...]], person: Person) -> dict[tuple[Any, ...], Found]:
        """The rows of the draft with these keys. That their personal values are read is kept in the event log."""
        joined = {KEY_PART.join("" if part is None else str(part) for part in key): key for key in keys}
        held = rows.held_by_key(self.version, joined)
        if held and self.kind.personal:
            name = self.kind.name
            record_read(
                "lists.member", person, (f"{name.zh}的个人信息", f"personal information in {name.en}"), len(held),
                "批量导入比对" if reader.chinese() else "comparison for a bulk import",
            )  # fmt: skip
        return {joined[key]: self._found(row) for key, row in held.items()}

    def _found(self, member: Member) -> Found:
        values: Values = {one.code: member.data.get(one.code) for one in self.kind.fields}
        for key in DATES if self.kind.dated else ():
            day = getattr(member, key)
            values[key] = day.isoformat() if day else None
        values["explanation"] = member.data.get("explanation")
        return Found(member.pk, values, None, member.title)

    def check(self, values: Values, found: Found | None, person: Person) -> None:
        """The rules over the whole row, firms and codes; and that the version is a draft still."""
        if self.version.state != ListVersion.State.DRAFT:
            raise actions.Refused(
                "not_a_draft",
                "这一版已不在起草，不能再导入。",
                "The version is no longer being drafted; nothing can be imported.",
            )
        read = self._row(values)
        if len(self._read) >= KEPT:  # a preview reads all rows and writes none
            self._read.clear()
        self._read[self._mark(values)] = read

    def _row(self, values: Values) -> ReadRow:
        row = {one.code: values.get(one.code) for one in self.kind.fields}
        days = {key: date.fromisoformat(values[key]) if values.get(key) else None for key in DATES}
        return read_row(
            self.kind, self.version.book, row, self.known, explanation=values.get("explanation") or "", **days
        )

    def _mark(self, values: Values) -> tuple[Any, ...]:
        return tuple(values.get(column.key) for column in self.columns)

    def _locked(self) -> ListVersion:
        return actions.locked(self.version, ListVersion.State.DRAFT)

    def create_many(self, given: Sequence[Values], person: Person) -> list[Found | None]:
        """Rows written together."""
        read = [self._read.pop(self._mark(values), None) or self._row(values) for values in given]
        with transaction.atomic():
            version = self._locked()
            rows.write(version, read)
            there = rows.held_by_key(version, [row.key for row in read])
        return [self._found(there[row.key]) for row in read]

    def change_many(self, given: Sequence[tuple[Found, Values]], person: Person) -> list[Found | None]:
        """Rows changed together: what the file does not touch stays."""
        return self.create_many([{**found.values, **values} for found, values in given], person)

    def create(self, values: Values, person: Person) -> Found:
        """One row."""
        made = self.create_many([values], person)[0]
        assert made is not None  # noqa: S101 - every row that was read is written
        return made

    def change(self, found: Found, values: Values, person: Person) -> Found:
        """One row."""
        return self.create({**found.values, **values}, person)

    def remove_many(self, given: Sequence[Found], person: Person) -> list[UserError | None]:
        """Undo: what the import added leaves the draft again."""
        with transaction.atomic():
            version = self._locked()
            members = list(Member.objects.filter(pk__in=[found.id for found in given], book=version.book_id))
            rows.take_out(version, person, members, "撤销导入 · import undone")
        return [None] * len(given)
