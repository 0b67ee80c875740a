"""A lake with lines of declarations, made small."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest

from commercebrain.engine.enterprises.uscc import synthetic
from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable

Line = dict[str, object]
FIELDS = ("month", "uscc", "hs10", "country", "mode", "flow", "quantity", "value_cny", "value_usd", "county")


def line(number: int = 0, month: int = 202401, **changed: object) -> Line:
    """A good line of a declaration of the invented city."""
    county = 990101 + number % 6
    made: Line = {
        "month": month,
        "uscc": synthetic(str(county), number),
        "hs10": f"84713000{number % 90 + 10}",
        "country": ("USA", "DEU", "JPN", "VNM")[number % 4],
        "mode": ("0110", "9610")[number % 2],
        "flow": ("export", "import")[number % 2],
        "quantity": f"{number}.5",
        "value_cny": 1000 + number,
        "value_usd": 150 + number,
        "county": str(county),
    }
    return made | changed


def write_csv(path: Path, lines: Iterable[Mapping[str, object]], encoding: str = "utf-8") -> Path:
    """The lines as a csv with the fields' identifiers for headings."""
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, FIELDS)
        writer.writeheader()
        writer.writerows(lines)
    return path


def held(table: RecordTable, as_of: date | None = None) -> list[tuple[object, ...]]:
    """The lines in force on a day, as sorted tuples of texts."""
    files = table.files(as_of)
    if not files:
        return []
    with duckdb.connect() as connection:
        columns = ", ".join(f"CAST({name} AS VARCHAR)" for name in FIELDS)
        rows = connection.execute(f"SELECT {columns} FROM read_parquet(?) ORDER BY ALL", [files]).fetchall()
    return [tuple(row) for row in rows]


def told(lines: Iterable[Mapping[str, object]]) -> list[tuple[object, ...]]:
    """Lines as :func:`held` gives them."""

    def text(name: str, value: object) -> str:
        return f"{float(str(value)):.3f}" if name == "quantity" else str(value)

    return sorted(tuple(text(name, row[name]) for name in FIELDS) for row in lines)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


@pytest.fixture
def table(lake: Lake) -> RecordTable:
    return RecordTable(lake.root, record_dataset("declaration_lines"))


@pytest.fixture
def take(lake: Lake) -> Callable[..., object]:
    """Take a file in on a fixed business date."""

    def run(path: Path, **options: object) -> object:
        return lake.intake(path, "declaration_lines", **({"taken_in": date(2024, 3, 20)} | options))  # type: ignore[arg-type]

    return run
