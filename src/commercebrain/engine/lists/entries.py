"""One row of a list as somebody typed it: the fields by the readers of registers, its product codes by nomenclature."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.catalogue.source import Fault
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists.kinds import ListKind
from commercebrain.engine.lists.nomenclature import nomenclature as known_nomenclature
from commercebrain.engine.lists.nomenclature import read_code
from commercebrain.engine.registers import EntryFault, Lookups, ReadEntry, read_entry
from commercebrain.engine.registers.entries import judged
from commercebrain.engine.registers.values import APART

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue


@dataclass(frozen=True)
class ReadMember(ReadEntry):
    """A row as read; ``notes`` say what was mended in its codes."""

    notes: tuple[Words, ...] = ()


def read_row(
    kind: ListKind,
    row: Mapping[str, object],
    known: Lookups | None = None,
    *,
    nomenclature: str = "",
    edition: str = "",
    numbers: Container[str] = (),
    table: Container[str] | None = None,
) -> ReadMember:
    """Reads ``row`` (field code → what was typed); all faults are told at once.

    Product codes are read in the nomenclature and edition that the row says, else in those given, which are the list's.
    ``numbers`` names the fields that were numbers in a spreadsheet; ``table`` holds the codes that exist, if loaded.
    """
    typed: dict[str, object] = dict(row)
    faults: list[EntryFault] = []
    notes: list[Words] = []
    said = _said(kind, typed, nomenclature, edition)
    for one in kind.fields:
        if one.type not in ("product", "products") or typed.get(one.code) in (None, ""):
            continue
        raw = typed[one.code]
        parts = [raw] if one.type == "product" else [part for part in APART.split(str(raw).strip()) if part]
        read: list[str] = []
        for part in parts:
            try:
                code = read_code(
                    part, *said, number=one.code in numbers, table=table if one.type == "product" else None
                )
            except UserError as fault:
                faults.append(
                    EntryFault(one.code, fault.code, f"“{one.name.zh}”：{fault.zh}", f"{one.name.en}: {fault.en}")
                )
                typed[one.code] = None
                break
            read.append(code.digits)
            notes += [code.note] if code.note else []
        else:
            typed[one.code] = " ".join(read)
    entry = read_entry(kind, typed, known)
    told = {fault.field for fault in faults}
    return ReadMember(
        data=entry.data,
        key=entry.key,
        title=entry.title,
        faults=(*faults, *(fault for fault in entry.faults if fault.field not in told)),
        to_explain=entry.to_explain,
        notes=tuple(notes),
    )


def _said(kind: ListKind, row: Mapping[str, object], nomenclature: str, edition: str) -> tuple[str, str]:
    """The nomenclature and edition of a row's codes; a nomenclature that is none is told by its own field."""
    field = next((one.code for one in kind.fields if one.type == "nomenclature"), "")
    given = str(row.get(field) or "").strip() if field else ""
    if given:
        try:
            nomenclature = known_nomenclature(given).code
        except UserError:
            nomenclature = ""
    return nomenclature, str(row.get("edition") or "").strip() or edition


def run_examples(catalogue: Catalogue) -> Iterator[Fault]:
    """A fault for every example of a kind that is not taken, or not refused, as it says."""
    for code, kind in catalogue.lists.items():
        for number, example in enumerate(kind.examples):
            if told := judged(example, read_row(kind, example.row)):
                yield catalogue.fault(f"list:{code}", *told, "examples", number)
