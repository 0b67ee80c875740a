"""The tables of the lake on disk: Delta tables, written in an order that makes one intake whole or invisible.

Rows and quarantine are committed first, the row of ``batches`` last; a reader reads ``batches`` first and
believes only rows whose batch stands there. A writer that dies in between leaves rows that nobody sees, and
the next writer removes them. Writers take turns by a lock of the operating system, which a killed process
cannot keep.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arro3.core import Array, DataType, Table
from deltalake import CommitProperties, DeltaTable, Field, Schema, write_deltalake
from deltalake.exceptions import TableNotFoundError
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import DECIMAL_PLACES
from commercebrain.engine.lake.locks import held
from commercebrain.engine.lake.opened import Kept, few_files, log_state, newest, reading

_DECIMAL = f"decimal(38,{DECIMAL_PLACES})"
_ARROW = {
    "string": DataType.utf8(),
    "long": DataType.int64(),
    "date": DataType.date32(),
    _DECIMAL: DataType.decimal128(38, DECIMAL_PLACES),
}
#: Table → column → Delta type.
TABLES: dict[str, dict[str, str]] = {
    "observations": {
        "indicator": "string",
        "region": "string",
        "period": "string",
        "calibre": "string",
        "adjustment": "string",
        "breakdown": "string",
        "value": _DECIMAL,
        "value_places": "long",  # digits printed after the point: 500.0 says more than 500
        "bound": "string",
        "unit": "string",
        "growth": _DECIMAL,
        "growth_places": "long",
        "flag": "string",
        "published": "date",
        "taken_in": "date",
        "source": "string",
        "address": "string",
        "grade": "string",
        "note": "string",
        "batch": "string",
    },
    "quarantine": {
        "batch": "string",
        "id": "string",
        "record": "string",
        "file": "string",
        "sheet": "string",
        "row": "long",
        "field": "string",
        "column": "string",
        "value": "string",
        "reason_zh": "string",
        "reason_en": "string",
        "cells": "string",
    },
    "batches": {
        "batch": "string",
        "parent": "string",
        "number": "long",
        "dataset": "string",
        "file": "string",
        "sha256": "string",
        "sheets": "string",
        "settings": "string",
        "read": "long",
        "accepted": "long",
        "unchanged": "long",
        "quarantined": "long",
        "resolved": "string",
        "taken_in": "date",
        "by": "string",
    },
}
_DATA_TABLES = ("observations", "quarantine")
#: Seconds that a writer waits for another one before it says so.
LOCK_PATIENCE = 120.0
#: A table with more files than this is put together into few by the next writer: each intake adds one to some of them.
MOST_FILES = 200


@dataclass(frozen=True)
class _Batches:
    """The rows of ``batches`` in some of its files."""

    files: frozenset[str] = frozenset()
    rows: tuple[Mapping[str, Any], ...] = ()


_batches: Kept[_Batches] = Kept()


class Store:
    """The Delta tables under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self) -> None:
        """Make the tables that are not there yet; run at set-up, harmless afterwards."""
        self.root.mkdir(parents=True, exist_ok=True)
        with self.writing():
            for name, columns in TABLES.items():
                if not DeltaTable.is_deltatable(str(self.root / name)):
                    fields = [Field(column, PrimitiveType(kind)) for column, kind in columns.items()]
                    DeltaTable.create(str(self.root / name), Schema(fields), name=name)

    def table(self, name: str) -> DeltaTable:
        """The newest version of a table; :class:`UserError` where the lake has not been set up."""
        try:
            return newest(self.root / name)
        except TableNotFoundError:
            raise UserError(
                "lake.not_set_up",
                f"数据湖“{self.root}”还没有建立；请先运行 make setup，或用 CBRAIN_LAKE 指到已有的数据湖。",
                f"The lake “{self.root}” has not been set up; run make setup, or point CBRAIN_LAKE to an existing one.",
            ) from None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only writer: held by the operating system, freed by it when the process dies."""
        busy = UserError(
            "lake.busy",
            "另一次数据导入还没有结束；请等它完成后再试，没有写入任何数据。",
            "Another intake is still running; wait for it and try again. Nothing was written.",
        )
        with held(self.root / ".writing", LOCK_PATIENCE, busy):
            yield

    def append(self, name: str, rows: Sequence[Mapping[str, object]], batch: str) -> None:
        """Add rows to a table in one commit. Values are text, int, date, Decimal or None."""
        columns: dict[str, Any] = {
            column: Array(
                [_as_text(row[column], kind) for row in rows],
                DataType.int64() if kind == "long" else DataType.utf8(),
            ).cast(_ARROW[kind])
            for column, kind in TABLES[name].items()
        }
        write_deltalake(
            self.table(name),
            Table.from_pydict(columns),
            mode="append",
            commit_properties=CommitProperties(custom_metadata={"batch": batch}),
        )

    def add_file(self, name: str, path: Path, rows: int) -> None:
        """Add a Parquet file with the table's columns in one commit; the file moves to the table's folder."""
        target = self.root / name / path.name
        path.rename(target)
        status = target.stat()
        stats = json.dumps({"numRecords": rows})
        action = AddAction(target.name, status.st_size, {}, int(status.st_mtime * 1000), True, stats)
        table = self.table(name)
        table.create_write_transaction([action], mode="append", schema=table.schema())

    def clean(self) -> int:
        """Remove rows that a killed writer left without a batch, and put many small files together; call while
        :meth:`writing`, before anything is written. The number of rows removed."""
        committed = {row["batch"] for row in self.batches()}
        removed = 0
        for name in _DATA_TABLES:
            table = self.table(name)
            held = {row["batch"] for row in self._select(table.file_uris(), "DISTINCT batch")}
            if orphans := sorted(held - committed):
                among = ", ".join(f"'{batch}'" for batch in orphans)  # sha256 in hex: nothing to escape
                removed += int(table.delete(f"batch IN ({among})")["num_deleted_rows"])
        for name in TABLES:
            few_files(self.root / name, MOST_FILES)
        return removed

    def query(
        self, name: str, where: str = "true", values: Sequence[object] = (), *, what: str = "*"
    ) -> list[dict[str, Any]]:
        """The rows of a table's newest version for which ``where`` (SQL with ? marks) holds, as mappings; of them ``what``."""
        return self._select(self.table(name).file_uris(), what, where, values)

    def batches(self, **wanted: object) -> list[Mapping[str, Any]]:
        """The committed intakes, the first one first; with ``wanted`` those with these values.

        Each is read once a process: files of a Delta table never change, and an intake adds one.
        """
        state = log_state(self.root / "batches")
        rows = _batches.get(str(self.root), state, self._read_batches).rows
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    def _read_batches(self, before: _Batches | None) -> _Batches:
        files = frozenset(self.table("batches").file_uris())
        known = before if before is not None and before.files <= files else _Batches()
        rows = [*known.rows, *self._select(sorted(files - known.files))]
        return _Batches(files, tuple(sorted(rows, key=lambda row: (row["number"], row["batch"]))))

    def versions(self) -> dict[str, int]:
        """Table → its newest Delta version, for a backup to name; ``batches`` is looked at first, as
        readers do."""
        return {name: self.table(name).version() for name in ("batches", *_DATA_TABLES)}

    @staticmethod
    def _select(
        files: Sequence[str], what: str = "*", where: str = "true", values: Sequence[object] = ()
    ) -> list[dict[str, Any]]:
        if not files:
            return []
        with reading() as cursor:
            # The statement is put together from this module's own words; values go in by ? marks.
            result = cursor.execute(f"SELECT {what} FROM read_parquet(?) WHERE {where}", [files, *values])  # noqa: S608
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _as_text(value: object, kind: str) -> object:
    if value is None or kind == "long":
        return value
    return format(value, "f") if kind == _DECIMAL else str(value)
