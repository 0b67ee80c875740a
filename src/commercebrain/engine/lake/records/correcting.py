"""Quarantined lines read again with corrections; the good ones complete the months that they belong to."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.records.checking import check
from commercebrain.engine.lake.records.codes import Codebook
from commercebrain.engine.lake.records.faults import field_of
from commercebrain.engine.lake.records.headings import Headings
from commercebrain.engine.lake.records.intake import (
    MEMORY,
    Settings,
    counts,
    known_report,
    write_quarantine_of,
    write_to,
)
from commercebrain.engine.lake.records.known import drop_known, set_aside_known_keys
from commercebrain.engine.lake.records.layout import FileFacts, connect
from commercebrain.engine.lake.records.schema import RecordDataset
from commercebrain.engine.lake.records.staging import SheetSeen, Staged, numbered_lines
from commercebrain.engine.lake.records.table import MonthVersion, RecordTable
from commercebrain.engine.lake.reports import IntakeReport, QuarantineRow, SheetReport

_ATTEMPTS = 20


def correct(
    table: RecordTable, parent: Mapping[str, Any], rows: list[QuarantineRow], told: Mapping[str, str], *,
    taken_in: date, by: str = "",
) -> IntakeReport:  # fmt: skip
    """Read the open lines ``rows`` of the batch ``parent`` again with ``told`` (fault's id → text).

    Good lines join those of their month, source and publication as a version of its own; a line that was corrected
    and is still at fault goes to quarantine anew; one that nobody corrected and that is still at fault stays.
    """
    settings = Settings.of(parent["settings"])
    records = _by_record(rows)
    known_ids = sorted({row.record for row in rows})
    batch = hashlib.sha256(f"{parent['batch']}\n{json.dumps([sorted(told.items()), known_ids])}".encode()).hexdigest()
    if not rows:
        return IntakeReport(batch, parent["file"], 0, 0, 0, 0, already=False, sheets=())
    for _ in range(_ATTEMPTS):
        report = _attempt(table, parent, records, told, settings, batch, taken_in, by)
        if report is not None:
            return report
    raise UserError(
        "lake.busy",
        "同一批数据正被别处反复改动；请稍后再试，没有写入任何数据。",
        "The same months keep changing; try again later. Nothing was written.",
    )


def _attempt(
    table: RecordTable, parent: Mapping[str, Any], records: dict[tuple[str, int], list[QuarantineRow]],
    told: Mapping[str, str], settings: Settings, batch: str, taken_in: date, by: str,
) -> IntakeReport | None:  # fmt: skip
    dataset = table.dataset
    if (known := known_report(table, batch)) is not None:
        return known
    with table.staging() as staging, connect(memory=MEMORY, temporary=staging.path / "spill") as connection:
        staged = _stage(dataset, records, told, staging.path)
        book = Codebook(dataset, {str(kind): words for kind, words in settings.mapping.names.items()})
        checked = check(connection, dataset, staged, book, {})
        unchanged = drop_known(connection, checked, table) if dataset.arrives == "rows" else 0
        published = settings.published or parent["taken_in"]
        version = FileFacts(0, published, taken_in, batch, settings.source, checked.synthetic)
        bases = _bases(table, version) if dataset.arrives == "month" else {}
        if dataset.key:
            set_aside_known_keys(connection, checked, bases.values())
        write_to(connection, checked, staging, version, None, lambda m: list(bases[m].files) if m in bases else [])
        corrected = {place for place, faults in records.items() if any(f.id in told for f in faults)}
        still = write_quarantine_of(connection, checked, staging, batch, parent["file"], only=corrected)
        left = {place for place in still if place not in corrected}
        resolved = [faults[0].record for place, faults in records.items() if place not in left]
        report = IntakeReport(
            batch=batch, file=parent["file"], read=len(resolved), accepted=checked.good, unchanged=unchanged,
            quarantined=len(still) - len(left), already=False, sheets=(SheetReport("", "long", None, len(resolved)),),
        )  # fmt: skip
        row = {k: parent[k] for k in ("sha256", "settings")} | {
            "parent": parent["batch"],
            "taken_in": taken_in,
            "by": by,
        }
        with table.store.writing():
            if (known := known_report(table, batch)) is not None:
                return known
            _still_open(table, parent, resolved)
            if dataset.arrives == "month" and _bases(table, version) != bases:
                return None  # another correction completed one of the months in between: read that one too
            if resolved:
                table.commit(staging, batch, {**row, "resolved": json.dumps(resolved), **counts(report)})
        return report


def _by_record(rows: list[QuarantineRow]) -> dict[tuple[str, int], list[QuarantineRow]]:
    found: dict[tuple[str, int], list[QuarantineRow]] = {}
    for row in rows:
        found.setdefault((row.sheet, row.row), []).append(row)
    return found


def _still_open(table: RecordTable, parent: Mapping[str, Any], resolved: list[str]) -> None:
    done = {r for row in table.store.batches(parent=parent["batch"]) for r in json.loads(row["resolved"])}
    if done & set(resolved):
        raise UserError(
            "reimport.already",
            f"“{parent['file']}”的这些行刚刚被另一次更正处理过；请重新导出隔离表。没有写入任何数据。",
            f"Another correction has just taken up these rows of “{parent['file']}”; export the quarantine again. "
            "Nothing was written.",
        )


def _bases(table: RecordTable, version: FileFacts) -> dict[int, MonthVersion]:
    """By month the newest version of the same source and publication: what a correction completes."""
    found: dict[int, MonthVersion] = {}
    wanted = (version.published, version.source, version.synthetic)
    for v in table.vintages():
        newer = v.month not in found or found[v.month].rank < v.rank
        if newer and (v.published, v.source, v.synthetic) == wanted:
            found[v.month] = v
    return found


def _stage(
    dataset: RecordDataset,
    records: Mapping[tuple[str, int], list[QuarantineRow]],
    told: Mapping[str, str],
    folder: Path,
) -> Staged:
    """The lines with their corrections as a staged file; headings as they stood in the file."""
    fields = list(dataset.columns)
    sheets = sorted({sheet for sheet, _ in records})
    names: dict[str, dict[str, str]] = {sheet: {} for sheet in sheets}
    path = folder / "corrected.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        for (sheet, row), faults in records.items():
            cells: dict[str, str | None] = json.loads(faults[0].cells)
            extra = ""
            for fault in faults:
                names[sheet].setdefault(fault.field, fault.column)
                if fault.field in cells and fault.id in told:
                    cells[fault.field] = told[fault.id]
                elif fault.field in ("mixed__", "mixed_place__", "repeated__") and fault.id in told:
                    cells[field_of(dataset, fault.field)] = told[fault.id]
                elif fault.field == "extra__" and fault.id not in told:
                    extra = fault.value  # told: the person has looked at it, the surplus does not count
            writer.writerow([sheets.index(sheet), row, extra, *(cells.get(name) for name in fields)])
    found = dict.fromkeys(fields, 0)
    seen = [SheetSeen(sheet, Headings(0, found, names[sheet])) for sheet in sheets]
    return numbered_lines(path, seen, fields, {})
