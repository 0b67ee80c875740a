"""How the lines of a dataset lie on disk: columns of the Parquet files, of the Delta table, and the writing of a file.

A file holds one month of one batch. The columns that are the same for a whole file (month, dates, batch, source,
synthetic) are the table's partition columns and stand in the file as well: any reader of Parquet finds them there,
and a column with one value takes no room worth counting.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from deltalake import Field, Schema
from deltalake.schema import PrimitiveType

from commercebrain.engine.lake.records.schema import RecordColumn, RecordDataset

#: Columns that are constant in a file: name → DuckDB type, Delta type.
CONSTANT: dict[str, tuple[str, str]] = {
    "month": ("INTEGER", "integer"),
    "published": ("DATE", "date"),
    "taken_in": ("DATE", "date"),
    "batch": ("VARCHAR", "string"),
    "source": ("VARCHAR", "string"),
    "synthetic": ("BOOLEAN", "boolean"),
}
#: How a record's file is packed; measured on lines of declarations, see docs/performance.md.
PACKING = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 245760, WRITE_BLOOM_FILTER false"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is the same for every line of one file."""

    month: int
    published: date
    taken_in: date
    batch: str
    source: str
    synthetic: bool

    def literals(self) -> dict[str, str]:
        """Column → SQL literal."""
        return {
            "month": str(self.month),
            "published": f"DATE '{self.published}'",
            "taken_in": f"DATE '{self.taken_in}'",
            "batch": text_literal(self.batch),
            "source": text_literal(self.source),
            "synthetic": "true" if self.synthetic else "false",
        }

    def partition(self) -> dict[str, str | None]:
        """Column → value as the Delta log writes it."""
        return {
            "month": str(self.month),
            "published": self.published.isoformat(),
            "taken_in": self.taken_in.isoformat(),
            "batch": self.batch,
            "source": self.source,
            "synthetic": "true" if self.synthetic else "false",
        }


def data_columns(dataset: RecordDataset) -> dict[str, RecordColumn]:
    """The declared columns that differ from line to line: all but a month that the file is filed under."""
    return {name: column for name, column in dataset.columns.items() if name not in CONSTANT}


def sql_type(column: RecordColumn) -> str:
    """The DuckDB type of a declared column."""
    if column.type in ("integer", "month"):
        return "BIGINT" if column.type == "integer" else "INTEGER"
    if column.type == "decimal":
        return f"DECIMAL(18,{column.scale})"
    return "DATE" if column.type == "date" else "VARCHAR"


def delta_schema(dataset: RecordDataset) -> Schema:
    """The Delta schema of the dataset's table."""
    kinds = {"integer": "long", "month": "integer", "date": "date"}
    fields = [
        Field(n, PrimitiveType(f"decimal(18,{c.scale})" if c.type == "decimal" else kinds.get(c.type, "string")))
        for n, c in data_columns(dataset).items()
    ]
    return Schema(fields + [Field(name, PrimitiveType(kind)) for name, (_, kind) in CONSTANT.items()])


def text_literal(text: str) -> str:
    """``text`` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def name_literal(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def write_file(
    connection: duckdb.DuckDBPyConnection, dataset: RecordDataset, select: dict[str, str], rest: str, path: Path,
    facts: FileFacts,
) -> int:  # fmt: skip
    """Write ``SELECT … rest`` as one Parquet file at ``path``; the number of lines.

    ``select`` gives the SQL expression of every data column, ``rest`` begins with FROM. Nothing but the file is made.
    """
    pieces = [
        f"{select[n] if _is_listed(select[n]) else f'CAST({select[n]} AS {sql_type(c)})'} AS {name_literal(n)}"
        for n, c in data_columns(dataset).items()
    ]
    pieces += [f"CAST({text} AS {CONSTANT[name][0]}) AS {name}" for name, text in facts.literals().items()]
    # Put together from this package's own words and literals; file contents come in as values, never as SQL.
    written = connection.execute(f"COPY (SELECT {', '.join(pieces)} {rest}) TO {text_literal(str(path))} ({PACKING})")
    return int(written.fetchall()[0][0])


def _is_listed(text: str) -> bool:
    """Whether the SQL is a member of a list of texts (``w_<field>``), which Parquet holds as a text."""
    return text.startswith("w_") and text.endswith(".value")


def stats(rows: int) -> str:
    """A file's statistics as the Delta log keeps them."""
    return json.dumps({"numRecords": rows})


def connect(threads: int | None = None, memory: str = "", temporary: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own for one intake: ``memory`` (such as 2GB) is its limit, the rest goes to ``temporary``."""
    settings: dict[str, Any] = {"preserve_insertion_order": "true"}
    if threads:
        settings["threads"] = threads
    if memory:
        settings["memory_limit"] = memory
    if temporary is not None:
        settings["temp_directory"] = str(temporary)
    connection = duckdb.connect(config=settings)
    # The lines of a file are never the side that a hash table is built from, whatever their number is taken to be.
    connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    connection.execute("SET enable_progress_bar = false")  # it would write to the output of whoever called
    return connection
