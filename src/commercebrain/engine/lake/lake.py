"""The lake: files come in whole or not at all, and every earlier state can be asked for."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.dataset import load_dataset
from commercebrain.engine.lake.headings import SheetMapping
from commercebrain.engine.lake.intake import Outcome, read_file
from commercebrain.engine.lake.names import Names
from commercebrain.engine.lake.quarantine import read_corrections
from commercebrain.engine.lake.records.correcting import correct
from commercebrain.engine.lake.records.intake import take_in
from commercebrain.engine.lake.records.schema import record_dataset, record_datasets
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.lake.reports import Batch, IntakeReport, Progress, QuarantineRow, SheetReport
from commercebrain.engine.lake.store import Store
from commercebrain.engine.lake.validate import Reader, unpack
from commercebrain.engine.lake.workbook import read_bytes
from commercebrain.engine.observations import Observation

_OBSERVED = tuple(f.name for f in dataclasses.fields(Observation))
#: Columns of the key by which the rows held already are narrowed down.
_NARROW = ("indicator", "region", "source")
#: What two rows of one key must share to be the same row; address and remarks may be worded anew.
_CONTENT = ("value", "bound", "unit", "growth", "flag", "grade")


class Lake:
    """Observations with their vintages under one folder; see :class:`Store` for how a write is made whole.

    ``names`` are what sheets may call indicators and regions, by default those of the installed catalogue;
    each intake may be given its own.
    """

    def __init__(self, root: Path, names: Names | None = None) -> None:
        self.root = Path(root)
        self._names = names
        self._store = Store(self.root)

    @property
    def names(self) -> Names:
        """The names given, or those of the installed catalogue."""
        if self._names is None:
            from commercebrain.engine.catalogue import (
                load_catalogue,
            )  # it reads datasets through this package

            self._names = Names.of(load_catalogue())
        return self._names

    @classmethod
    def create(cls, root: Path, names: Names | None = None) -> Lake:
        """The lake under ``root``, its tables made where they are not there yet (at set-up)."""
        lake = cls(root, names)
        lake._store.create()
        return lake

    # -- coming in ---------------------------------------------------------------------------------

    def intake(
        self,
        path: Path,
        dataset: str = "observations",
        *,
        taken_in: date,
        mapping: SheetMapping | None = None,
        defaults: Mapping[str, str] | None = None,
        sheet: str | None = None,
        names: Names | None = None,
        by: str = "",
        progress: Progress | None = None,
        published: date | None = None,
        source: str = "",
        places: Collection[str] | None = None,
    ) -> IntakeReport:
        """Take in the file at ``path``: good rows in one commit, bad ones to quarantine, nothing dropped
        silently.

        ``taken_in`` is the business date. ``defaults`` gives fields that the sheet does not
        (``{"grade": "A"}``).
        The same file with the same settings a second time writes nothing (``already``). Raises
        :class:`UserError` where the file cannot be read as a whole; then nothing is written.

        A dataset of records goes the way of :func:`commercebrain.engine.lake.records.intake.take_in`; ``published``,
        ``source`` and ``places`` (the regions that the file may name) are for it alone: observations carry the first
        two line by line, and ``names`` says of which regions they may be.
        """
        if dataset in record_datasets():
            table = RecordTable(self.root, record_dataset(dataset))
            return take_in(
                table,
                Path(path),
                taken_in=taken_in,
                published=published,
                source=source,
                mapping=mapping,
                defaults=defaults,
                sheet=sheet,
                by=by,
                progress=progress,
                places=places,
            )
        declared = load_dataset(dataset)
        mapping = mapping or SheetMapping()
        if defaults:
            mapping = mapping.model_copy(update={"defaults": {**mapping.defaults, **defaults}})
        for name in {*mapping.defaults, *(m for m in mapping.columns.values() if isinstance(m, str))}:
            if name not in declared.columns:
                raise UserError(
                    "intake.unknown_field",
                    f"数据集“{dataset}”没有“{name}”这一栏，可用的有：{'、'.join(declared.columns)}。",
                    f"The dataset “{dataset}” has no column “{name}”; it has: {', '.join(declared.columns)}.",
                )
        data = read_bytes(Path(path))
        digest = hashlib.sha256(data).hexdigest()
        settings = json.dumps(
            {"dataset": dataset, "sheet": sheet, "mapping": mapping.model_dump(mode="json")}, sort_keys=True
        )
        batch = _identity(digest, settings)
        if (known := self._report(batch)) is not None:
            return known
        reader = Reader(
            declared,
            names or self.names,
            taken_in=taken_in,
            overrides={k: dict(v) for k, v in mapping.names.items()},
        )
        outcome = read_file(Path(path).name, data, reader, batch, mapping=mapping, sheet=sheet, progress=progress)
        row = {"dataset": dataset, "sha256": digest, "settings": settings, "taken_in": taken_in, "by": by}
        return self._commit(batch, Path(path).name, outcome, row)

    def reimport(
        self,
        batch: str,
        corrections: Mapping[str, str] | Path,
        *,
        taken_in: date,
        names: Names | None = None,
        by: str = "",
    ) -> IntakeReport:
        """Read the quarantined records of ``batch`` again with ``corrections``.

        ``corrections`` maps :attr:`QuarantineRow.id` to the text that should have stood in the cell, or is
        the xlsx of :func:`commercebrain.engine.lake.quarantine.export_quarantine` with its last column
        filled. A record without a correction is taken when it has become good by itself (an indicator was
        added to the catalogue), and else left where it is.
        """
        told = read_corrections(corrections) if isinstance(corrections, Path) else dict(corrections)
        parent = self._batch_row(batch)
        rows = self.quarantine(batch)
        if unknown := sorted(set(told) - {row.id for row in rows}):
            raise UserError(
                "reimport.unknown_row",
                f"更正里的编号“{unknown[0]}”不在这一批待更正的行里（也许已经更正过）；请重新导出隔离表。",
                f"The correction “{unknown[0]}” is no open row of this batch (it may have been corrected "
                f"already); export "
                "the quarantine again.",
            )
        if parent["dataset"] in record_datasets():
            table = RecordTable(self.root, record_dataset(parent["dataset"]))
            return correct(table, parent, rows, told, taken_in=taken_in, by=by)
        settings = json.loads(parent["settings"])
        mapping = SheetMapping.model_validate(settings["mapping"])
        reader = Reader(
            load_dataset(parent["dataset"]),
            names or self.names,
            taken_in=taken_in,
            overrides={k: dict(v) for k, v in mapping.names.items()},
        )
        identity = _identity(batch, json.dumps([sorted(told.items()), sorted({row.record for row in rows})]))
        outcome = Outcome(resolves=True)
        for record_id, faults in _by_record(rows).items():
            record = unpack(faults[0].cells)
            for fault in faults:
                if fault.id in told:
                    record.fields[fault.field] = told[fault.id]
                    if record.fault is not None and record.fault[0] == fault.field:
                        record.fault = None
            result = reader.read(record, identity)
            if isinstance(result, list) and not any(fault.id in told for fault in faults):
                continue
            outcome.resolved.append(record_id)
            outcome.add(faults[0].sheet, record, result)
        row = {
            "dataset": parent["dataset"],
            "parent": batch,
            "sha256": parent["sha256"],
            "settings": parent["settings"],
            "taken_in": taken_in,
            "by": by,
        }
        return self._commit(identity, parent["file"], outcome, row)

    def _commit(self, batch: str, file: str, outcome: Outcome, row: Mapping[str, Any]) -> IntakeReport:
        """Write an intake: rows, then quarantine, then the row of ``batches`` that makes both count."""
        with self._store.writing():
            if (known := self._report(batch)) is not None:  # another process was faster with the same file
                return known
            self._store.clean()
            if outcome.resolves and set(outcome.resolved) - {q.record for q in self.quarantine(row["parent"])}:
                raise UserError(
                    "reimport.already",
                    f"“{file}”的这些行刚刚被另一次更正处理过；请重新导出隔离表。没有写入任何数据。",
                    f"Another correction has just taken up these rows of “{file}”; export the quarantine "
                    "again. Nothing was written.",
                )
            accepted, unchanged = self._sort_out(outcome)
            quarantined = outcome.quarantine(batch, file)
            if accepted:
                self._store.append("observations", [_to_row(o) for o in accepted], batch)
            if quarantined:
                self._store.append("quarantine", [dataclasses.asdict(q) for q in quarantined], batch)
            report = IntakeReport(
                batch=batch,
                file=file,
                read=outcome.read,
                accepted=len(accepted),
                unchanged=unchanged,
                quarantined=len({q.record for q in quarantined}),
                already=False,
                sheets=tuple(outcome.sheets),
            )
            if outcome.read or not outcome.resolves:
                written = {
                    "parent": "",
                    **row,
                    "batch": batch,
                    "number": len(self._store.batches()) + 1,
                    "file": file,
                    "sheets": json.dumps([dataclasses.asdict(s) for s in report.sheets], ensure_ascii=False),
                    "read": report.read,
                    "accepted": report.accepted,
                    "unchanged": report.unchanged,
                    "quarantined": report.quarantined,
                    "resolved": json.dumps(outcome.resolved),
                }
                self._store.append("batches", [written], batch)
            return report

    def _sort_out(self, outcome: Outcome) -> tuple[list[Observation], int]:
        """New observations and the number already known; contradictions with a known row go back as
        faults."""
        keys = {name: {getattr(good.observation, name) for good in outcome.good} for name in _NARROW}
        held = {o.key: o for o in self._rows(None, keys)}
        accepted: list[Observation] = []
        unchanged = 0
        for good in outcome.good:
            observation = good.observation
            first = held.setdefault(observation.key, observation)
            if first is observation:
                accepted.append(observation)
            elif all(getattr(first, name) == getattr(observation, name) for name in _CONTENT):
                unchanged += 1
            else:
                outcome.contradict(good, first)
        return accepted, unchanged

    # -- going out ---------------------------------------------------------------------------------

    def observations(
        self,
        as_of: date | None,
        *,
        indicators: Collection[str] | None = None,
        regions: Collection[str] | None = None,
    ) -> list[Observation]:
        """Every row published and taken in by ``as_of`` (None: all), of all vintages, oldest publication
        first.

        Before the first record nothing is known. Rows of an intake that did not finish are never among them.
        """
        found = self._rows(as_of, {"indicator": indicators, "region": regions})
        return sorted(
            found,
            key=lambda o: (o.indicator, o.region, o.period, o.published, o.source, o.calibre, o.breakdown),
        )

    def _rows(self, as_of: date | None, wanted: Mapping[str, Collection[str] | None]) -> list[Observation]:
        """Rows of committed batches, ``wanted`` naming the values that a column may have (None: any)."""
        committed = sorted(self._committed())
        if not committed:
            return []
        where: list[str] = ["list_contains(?, batch)"]
        values: list[object] = [committed]
        for column, among in wanted.items():
            if among is not None:
                where.append(f"list_contains(?, {column})")
                values.append(sorted(among))
        if as_of is not None:
            where.append("published <= ? AND taken_in <= ?")
            values += [as_of, as_of]
        return [_from_row(row) for row in self._store.query("observations", " AND ".join(where), values)]

    def quarantine(self, batch: str | None = None) -> list[QuarantineRow]:
        """The faults that still wait for a correction, of one batch or of all, in the order of the files."""
        committed = self._store.batches()
        order = {row["batch"]: row["number"] for row in committed}
        settled = {(row["parent"], record) for row in committed for record in json.loads(row["resolved"])}
        rows = [QuarantineRow(**row) for row in self._store.query("quarantine")]
        open_rows = [
            row
            for row in rows
            if row.batch in order and (row.batch, row.record) not in settled and batch in (None, row.batch)
        ]
        return sorted(open_rows, key=lambda q: (order[q.batch], q.sheet, q.row, q.column, q.id))

    def batches(self) -> list[Batch]:
        """Every committed intake, the first one first."""
        names = [f.name for f in dataclasses.fields(Batch)]
        found = [Batch(**{name: row[name] for name in names}) for row in self._store.batches()]
        return sorted(found, key=lambda b: b.number)

    def dataset_of(self, batch: str) -> str:
        """The dataset that a batch belongs to."""
        return str(self._batch_row(batch)["dataset"])

    def versions(self) -> dict[str, int]:
        """Table → its newest version on disk; a backup names these."""
        return self._store.versions()

    def _committed(self) -> set[str]:
        return {row["batch"] for row in self._store.batches()}

    def _batch_row(self, batch: str) -> Mapping[str, Any]:
        rows = self._store.batches(batch=batch)
        if not rows:
            raise UserError(
                "lake.no_batch",
                f"没有编号为“{batch}”的导入批次；用 cbrain quarantine 可以看到待更正的批次。",
                f"There is no batch “{batch}”; cbrain quarantine lists those that wait for corrections.",
            )
        return rows[0]

    def _report(self, batch: str) -> IntakeReport | None:
        """The report of a batch that is committed already, or None."""
        rows = self._store.batches(batch=batch)
        if not rows:
            return None
        row = rows[0]
        counts = {name: row[name] for name in ("batch", "file", "read", "accepted", "unchanged", "quarantined")}
        return IntakeReport(**counts, already=True, sheets=SheetReport.all_of(row["sheets"]))


def _identity(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _by_record(rows: Iterable[QuarantineRow]) -> dict[str, list[QuarantineRow]]:
    grouped: dict[str, list[QuarantineRow]] = {}
    for row in rows:
        grouped.setdefault(row.record, []).append(row)
    return grouped


def _to_row(observation: Observation) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(observation, name) for name in _OBSERVED}
    row["value_places"], row["growth_places"] = _places(observation.value), _places(observation.growth)
    return row


def _from_row(row: Mapping[str, Any]) -> Observation:
    values = {name: row[name] for name in _OBSERVED}
    for name in ("value", "growth"):
        if values[name] is not None:
            values[name] = _printed(values[name], row[f"{name}_places"])
    return Observation(**values)


def _places(value: Decimal | None) -> int | None:
    return None if value is None else max(0, -int(value.as_tuple().exponent))


def _printed(value: Decimal, places: int) -> Decimal:
    """The stored value with the digits after the point that were printed."""
    text = f"{value:f}"
    whole, _, rest = text.partition(".")
    return Decimal(f"{whole}.{rest[:places]}" if places else whole)
