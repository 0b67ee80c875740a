"""A month of lines as arrays, sorted and written: the trusted way in, for generators and benches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.lake.records.layout import FileFacts, data_columns, name_literal, write_file
from commercebrain.engine.lake.records.schema import CODED, RecordDataset

#: A combined sort key must stay below this to fit an int64.
_KEY_ROOM = 2**62
#: So few lines are given as texts: making the tables of codes would take longer than the lines.
_FEW = 10_000


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few texts: ``values[codes[i]]`` is line ``i``'s; a code of -1 says that nothing stands there."""

    codes: NDArray[np.integer]
    values: list[str]


@dataclass(slots=True)
class MonthBlock:
    """Lines of one month (yyyymm) by column, in any order.

    Texts come as :class:`Coded`, integers as int64 arrays, decimals as int64 arrays that count the last digit
    (``scale`` 3: thousandths), dates as datetime64[D]; a masked array has lines without a value.
    """

    month: int
    columns: dict[str, NDArray[np.generic] | Coded]

    def __len__(self) -> int:
        first = next(iter(self.columns.values()))
        return len(first.codes if isinstance(first, Coded) else first)


def check_block(dataset: RecordDataset, block: MonthBlock) -> None:
    """Raise :class:`ValueError` where a block does not have the dataset's columns: the caller is at fault."""
    if not 1 <= block.month % 100 <= 12 or not 1900 <= block.month // 100 <= 2199:
        raise ValueError(f"{block.month} is no month yyyymm")
    declared = data_columns(dataset)
    if unknown := sorted(block.columns.keys() - declared.keys() - {"month"}):
        raise ValueError(f"{dataset.code} has no column {unknown[0]}")
    for name, column in declared.items():
        given = block.columns.get(name)
        if given is None:
            if column.required:
                raise ValueError(f"column {name} is missing")
            continue
        if column.type in CODED | {"text"}:
            if not isinstance(given, Coded):
                raise ValueError(f"column {name} must be Coded")
            lowest = int(given.codes.min(initial=0))
            if lowest < (0 if column.required else -1) or int(given.codes.max(initial=-1)) >= len(given.values):
                raise ValueError(f"column {name} has codes outside its values")
        length = len(given.codes if isinstance(given, Coded) else given)
        if length != len(block):
            raise ValueError(f"column {name} has {length} lines, the block {len(block)}")


def write_block(
    connection: duckdb.DuckDBPyConnection, dataset: RecordDataset, block: MonthBlock, path: Path, facts: FileFacts
) -> int:
    """Write the block's lines in the dataset's order to a Parquet file; the number of lines."""
    check_block(dataset, block)
    order = sort_order(dataset, block)
    arrays: dict[str, NDArray[np.generic]] = {"line__": np.arange(len(block), dtype=np.int64)}
    select: dict[str, str] = {}
    joins: list[str] = []
    for number, (name, column) in enumerate(data_columns(dataset).items()):
        given = block.columns.get(name)
        if given is None:
            select[name] = "NULL"
        elif isinstance(given, Coded) and len(block) <= _FEW:
            arrays[f"c{number}"] = np.array([*given.values, None], dtype=object)[given.codes[order]]
            select[name] = f"block__.c{number}"
        elif isinstance(given, Coded):
            arrays[f"c{number}"] = given.codes[order].astype(np.int32)
            select[name] = f"d{number}.value"
            joins.append(f"LEFT JOIN d{number} ON d{number}.code = block__.c{number}")
            values = {
                "code": np.arange(len(given.values), dtype=np.int32),
                "text": np.array(given.values, dtype=object),
            }
            connection.register("values__", values)
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE d{number} AS "  # noqa: S608 - own words and numbers
                "SELECT code, CAST(text AS VARCHAR) AS value FROM values__"
            )
            connection.unregister("values__")
        else:
            plain = np.ma.getdata(given)[order]
            if column.type == "date":  # DuckDB takes moments, not days
                plain = plain.astype("datetime64[us]")
            arrays[f"c{number}"] = plain
            text = f"block__.c{number}"
            if column.type == "decimal":
                text = f"CAST({text} AS DECIMAL(18,0)) * CAST('{10.0**-column.scale:.6f}' AS DECIMAL(7,6))"
            if np.ma.is_masked(given):
                arrays[f"m{number}"] = np.ma.getmaskarray(given)[order]
                text = f"CASE WHEN block__.m{number} THEN NULL ELSE {text} END"
            select[name] = text
    connection.register("block__", arrays)
    try:
        return write_file(connection, dataset, select, f"FROM block__ {' '.join(joins)}", path, facts)
    finally:
        connection.unregister("block__")
        for number in range(len(select)):
            connection.execute(f"DROP TABLE IF EXISTS {name_literal(f'd{number}')}")


def sort_order(dataset: RecordDataset, block: MonthBlock) -> NDArray[np.intp]:
    """The order of the block's lines by the dataset's ``sort`` columns (their texts, not their codes)."""
    ranks: list[NDArray[np.int64]] = []
    room = 1
    for name in dataset.sort:
        given = block.columns.get(name)
        if given is None:
            continue
        if isinstance(given, Coded):
            places = np.empty(len(given.values) + 1, np.int64)
            places[np.argsort(np.array(given.values, dtype=object), kind="stable")] = np.arange(
                1, len(given.values) + 1
            )
            places[-1] = 0  # the code -1
            rank, width = places[given.codes], len(given.values) + 1
        else:
            rank = np.ma.getdata(given).astype(np.int64)
            low, high = int(rank.min(initial=0)), int(rank.max(initial=0))
            rank, width = rank - low, high - low + 1
        ranks.append(rank)
        room *= width
        if room >= _KEY_ROOM:
            keys = [_ranks_of(dataset, block, other) for other in reversed(dataset.sort) if other in block.columns]
            return np.lexsort(keys)
        if len(ranks) > 1:
            ranks = [ranks[0] * width + ranks[1]]
    return np.argsort(ranks[0], kind="stable") if ranks else np.arange(len(block))


def _ranks_of(dataset: RecordDataset, block: MonthBlock, name: str) -> NDArray[np.int64]:
    given = block.columns[name]
    if not isinstance(given, Coded):
        return np.ma.getdata(given).astype(np.int64)
    places: NDArray[np.int64] = np.zeros(len(given.values) + 1, np.int64)
    places[np.argsort(np.array(given.values, dtype=object), kind="stable")] = np.arange(1, len(given.values) + 1)
    places[-1] = 0
    ranks: NDArray[np.int64] = places[given.codes]
    return ranks
