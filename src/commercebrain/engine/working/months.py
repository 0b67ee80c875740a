"""A month's lines as coded columns: made from the record's Parquet, sorted, the key kept once for lines that share it.

Within a month lines are sorted by (uscc, hs10, country, mode, flow, county), by codes. Lines with the same key stand
together, so the key is stored once with the number of lines (run-length coding); measures are stored line by line.
About one line in seven begins a new key.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.compiled import kernel
from commercebrain.engine.lake.records.blocks import Coded, MonthBlock
from commercebrain.engine.working.columns import Array, write_columns
from commercebrain.engine.working.dictionaries import Dictionaries

#: The key of the finest grain, in the order of sorting, and the type of its codes.
KEYS: dict[str, type[np.unsignedinteger]] = {
    "uscc": np.uint32,
    "hs10": np.uint32,
    "country": np.uint16,
    "mode": np.uint16,
    "flow": np.uint8,
    "county": np.uint16,
}
#: What is summed: column → digits after the point that the whole number inside counts.
MEASURES: dict[str, int] = {"quantity": 3, "value_cny": 0, "value_usd": 0}


def _list(files: Sequence[str]) -> str:
    return "[" + ", ".join("'" + file.replace("'", "''") + "'" for file in files) + "]"


def new_values(connection: duckdb.DuckDBPyConnection, files: Sequence[str], dictionaries: Dictionaries) -> None:
    """Give codes to every value in ``files`` that has none yet."""
    for column in KEYS:
        rows = connection.execute(f"SELECT DISTINCT {column} FROM read_parquet({_list(files)})").fetchall()  # noqa: S608
        dictionaries.base[column].add(row[0] for row in rows)


def dictionary_tables(connection: duckdb.DuckDBPyConnection, dictionaries: Dictionaries) -> None:
    """The dictionaries as tables ``dict_<column>(value, code)`` of ``connection``."""
    for column in KEYS:
        values = dictionaries.of(column).values
        connection.execute(
            f"CREATE OR REPLACE TABLE dict_{column} AS "
            "SELECT unnest($1::VARCHAR[]) AS value, unnest(range($2))::UINTEGER AS code",
            [values, len(values)],
        )


def build_month(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str], dictionaries: Dictionaries, path: Path
) -> dict[str, int]:
    """Write the lines of a month's Parquet ``files`` as coded columns at ``path``.

    ``connection`` has :func:`dictionary_tables`. Gives ``lines``, ``keys`` and ``bytes`` of the file.
    """
    codes = ", ".join(f"d_{column}.code AS {column}" for column in KEYS)
    sums = ", ".join(
        f"CAST(coalesce({name}, 0) * {10**scale} AS BIGINT) AS {name}" if scale else f"coalesce({name}, 0) AS {name}"
        for name, scale in MEASURES.items()
    )
    joins = " ".join(f"JOIN dict_{column} d_{column} ON d_{column}.value = lines.{column}" for column in KEYS)
    held = lines_of(connection, files)
    got = connection.execute(
        f"SELECT {codes}, {sums} FROM read_parquet({_list(files)}) lines {joins}"  # noqa: S608
    ).fetchnumpy()
    lines = {name: np.ma.getdata(array) for name, array in got.items()}
    many = len(lines["uscc"])
    if many != held:
        raise ValueError(f"{held - many} lines of {files[0]} have no code for one of {', '.join(KEYS)}")
    return write_month(lines, dictionaries, path)


def lines_of(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> int:
    """How many lines Parquet ``files`` hold; they say so themselves."""
    rows = connection.execute(f"SELECT count(*) FROM read_parquet({_list(files)})").fetchall()  # noqa: S608
    return int(rows[0][0])


def write_month(lines: dict[str, Array], dictionaries: Dictionaries, path: Path) -> dict[str, int]:
    """Write coded lines (as of :func:`sorted_runs`) at ``path``: ``lines``, ``keys`` and ``bytes`` of the file."""
    many = len(lines["uscc"])
    arrays = sorted_runs(lines, dictionaries.sizes())
    size = write_columns(path, arrays, {"lines": many, "keys": len(arrays["uscc"])})
    return {"lines": many, "keys": len(arrays["uscc"]), "bytes": size}


def coded_lines(block: MonthBlock, dictionaries: Dictionaries) -> dict[str, Array] | None:
    """The lines of a block in the codes of ``dictionaries``, which get what is new; None where a key has gaps."""
    if any(int(_coded(block, column).codes.min(initial=0)) < 0 for column in KEYS):
        return None
    lines: dict[str, Array] = {}
    for column, kind in KEYS.items():
        given, dictionary = _coded(block, column), dictionaries.base[column]
        used = np.flatnonzero(np.bincount(given.codes, minlength=len(given.values))).tolist()
        dictionary.add(given.values[code] for code in used)
        ours = np.zeros(len(given.values), kind)
        for code in used:
            ours[code] = dictionary.codes[given.values[code]]
        lines[column] = ours[given.codes]
    for name in MEASURES:
        values = block.columns.get(name)
        if isinstance(values, Coded):
            raise TypeError(f"column {name} must be numbers")
        lines[name] = np.zeros(len(block), np.int64) if values is None else np.ma.filled(values, 0)
    return lines


def _coded(block: MonthBlock, column: str) -> Coded:
    found = block.columns[column]
    if not isinstance(found, Coded):
        raise TypeError(f"column {column} must be Coded")
    return found


def sorted_runs(lines: dict[str, Array], sizes: dict[str, int]) -> dict[str, Array]:
    """Lines by column (codes of :data:`KEYS`, int64 :data:`MEASURES`) sorted, keys run-length coded.

    Gives the keys once a run, ``count`` (uint32, lines a run) and the measures a line, int32 where all of the month fit.
    """
    key = _combined(lines, sizes)
    order: NDArray[np.integer[Any]] | None = None
    if key is None:
        order = np.lexsort([lines[column] for column in reversed(KEYS)])
        changes = np.zeros(len(order), bool)
        for column in KEYS:
            values = lines[column][order]
            changes[1:] |= values[1:] != values[:-1]
    else:
        if np.any(key[1:] < key[:-1]):
            key, order = in_order(key, room_of(sizes))
        changes = np.empty(len(key), bool)
        np.not_equal(key[1:], key[:-1], out=changes[1:])
    if len(changes):
        changes[0] = True
    starts = np.flatnonzero(changes)
    at = starts if order is None else order[starts]
    out: dict[str, Array] = {column: lines[column][at].astype(kind) for column, kind in KEYS.items()}
    out["count"] = np.diff(np.append(starts, len(changes))).astype(np.uint32)
    for name in MEASURES:
        values = lines[name] if order is None else lines[name][order]
        small = not len(values) or (int(values.min()) >= -(2**31) and int(values.max()) < 2**31)
        out[name] = values.astype(np.int32 if small else np.int64)
    return out


def room_of(sizes: dict[str, int]) -> int:
    """How many different keys there can be."""
    room = 1
    for column in KEYS:
        room *= max(sizes[column], 1)
    return room


def in_order(key: NDArray[np.int64], room: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Keys from 0 to ``room`` sorted, and the stable order that sorts them: by digits, faster than by comparing."""
    found: tuple[NDArray[np.int64], NDArray[np.uint32]] = by_digits(key, max((room - 1).bit_length(), 1))
    return found


@kernel
def by_digits(key: Array, bits: int) -> tuple[Any, Any]:
    """``key`` (not negative, of at most ``bits`` bits) sorted, eleven bits after eleven bits, and its stable order."""
    many = key.size
    digits = (bits + 10) // 11
    starts = np.zeros((digits, 2049), np.int64)
    for row in range(many):
        for digit in range(digits):
            starts[digit, ((key[row] >> (11 * digit)) & 2047) + 1] += 1
    keys, order = key.copy(), np.arange(many).astype(np.uint32)
    other_keys, other = np.empty(many, np.int64), np.empty(many, np.uint32)
    for digit in range(digits):
        start = starts[digit]
        for each in range(2048):
            start[each + 1] += start[each]
        for place in range(many):
            value = keys[place]
            at = (value >> (11 * digit)) & 2047
            other_keys[start[at]] = value
            other[start[at]] = order[place]
            start[at] += 1
        keys, other_keys = other_keys, keys
        order, other = other, order
    return keys, order


def _combined(lines: dict[str, Array], sizes: dict[str, int]) -> NDArray[np.int64] | None:
    """One number a line that sorts like its key; None where the dictionaries are too large for that."""
    if room_of(sizes) >= 2**62:
        return None
    key = np.zeros(len(lines["uscc"]), np.int64)
    for column in KEYS:
        key *= max(sizes[column], 1)
        key += lines[column]
    return key
