"""Small lakes of declaration lines for tests, and everything that a reader says in plain texts and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable
from commercebrain.engine.rollups.reader import RollupReader
from commercebrain.engine.rollups.shape import CONCENTRATIONS, PANEL
from commercebrain.engine.working.dictionaries import DERIVED

MODES = ["0110", "1039", "1210", "9610", "9710"]


@dataclass(frozen=True)
class Line:
    uscc: str
    hs10: str
    country: str
    mode: str
    flow: str
    county: str
    quantity: int  # thousandths
    value_cny: int
    value_usd: int


def firm(number: int) -> str:
    return f"9199{number:014d}"


def draw(
    rng: np.random.Generator, many: int, *, firms: Sequence[int] = range(30), products: int = 25, big: bool = False
) -> list[Line]:
    """``many`` lines in no order; a few keys come often. ``big`` values do not fit 32 bits."""
    factor = 10**7 if big else 1
    codes = [f"{(n * 7) % 97 + 1:02d}{n % 3:02d}{n % 2:02d}{n:04d}" for n in range(products)]
    countries = ["USA", "DEU", "JPN", "VNM", "RUS", "KEN", "BRA"]
    return [
        Line(
            firm(int(rng.choice(list(firms)))),
            str(rng.choice(codes)),
            str(rng.choice(countries)),
            str(rng.choice(MODES)),
            "export" if rng.random() < 0.7 else "import",
            f"9901{rng.integers(1, 7):02d}",
            int(rng.integers(0, 10_000)) * factor,
            int(rng.integers(1, 5_000)) * factor,
            int(rng.integers(1, 900)) * factor,
        )
        for _ in range(many)
    ]


def block(month: int, lines: Sequence[Line]) -> MonthBlock:
    columns: dict[str, Any] = {}
    for name in ("uscc", "hs10", "country", "mode", "flow", "county"):
        values = sorted({getattr(line, name) for line in lines}, reverse=True)
        code = {value: place for place, value in enumerate(values)}
        columns[name] = Coded(np.array([code[getattr(line, name)] for line in lines], np.int32), values)
    for name in ("quantity", "value_cny", "value_usd"):
        columns[name] = np.array([getattr(line, name) for line in lines], np.int64)
    return MonthBlock(month, columns)


def table_at(root: Path) -> RecordTable:
    return RecordTable(root, record_dataset("declaration_lines"))


def append(table: RecordTable, months: dict[int, Sequence[Line]], published: date = date(2025, 1, 20)) -> None:
    table.append_months(
        (block(month, lines) for month, lines in months.items()),
        published=published,
        taken_in=published + timedelta(days=1),
        source="test",
        synthetic=True,
    )


def texts(reader: RollupReader, name: str) -> list[tuple[Any, ...]]:
    """A table's rows with texts for codes, in order."""
    table = reader.tables[name]
    arrays = reader.arrays(name)
    columns = []
    for column in (*table.dims, *table.measures):
        values = arrays[column].tolist()
        if column in reader.dictionaries.base or column in DERIVED:
            held = reader.dictionary(column)
            values = [held[value] for value in values]
        columns.append(values)
    return sorted(zip(*columns, strict=True))


def everything(reader: RollupReader) -> dict[str, Any]:
    """All that the working store says, free of codes: equal for two stores that say the same."""
    said: dict[str, Any] = {name: texts(reader, name) for name in reader.tables}
    for flow in ("export", "import"):
        held = reader.panel(flow)
        names = [reader.dictionary("uscc")[code] for code in held.firms]
        order = sorted(range(len(names)), key=names.__getitem__)
        said[f"panel {flow}"] = (
            [names[place] for place in order],
            {name: np.asarray(held.columns[name])[:, order].astype(float).round(6).tolist() for name in PANEL},
        )
        said[f"known {flow}"] = held.known
        for column in CONCENTRATIONS:
            found = reader.concentration(column, flow)
            by = reader.dictionary(column) if column != "total" else [""]
            said[f"{column} {flow}"] = sorted(
                zip(
                    found.year.tolist(),
                    [by[code] for code in found.code],
                    found.firms.tolist(),
                    found.value.tolist(),
                    found.hhi.tolist(),
                    strict=True,
                )
            )
    return said


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_equal(one[name], other[name], err_msg=name)


def months_of(first: int, many: int) -> list[int]:
    start = first // 100 * 12 + first % 100 - 1
    return [(start + n) // 12 * 100 + (start + n) % 12 + 1 for n in range(many)]


def flatten(months: dict[int, Sequence[Line]]) -> Iterable[tuple[int, Line]]:
    return ((month, line) for month, lines in months.items() for line in lines)
