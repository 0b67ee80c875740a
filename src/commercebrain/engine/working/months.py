"""A month's lines as coded columns: made from the record's Parquet, sorted, the key kept once for lines that share it.

Within a month lines are sorted by (uscc, hs10, country, mode, flow, county), by codes. Lines with the same key stand
together, so the key is stored once with the number of lines (run-length coding); measures are stored line by line.
About one line in seven begins a new key.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

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
    held = connection.execute(f"SELECT count(*) FROM read_parquet({_list(files)})").fetchall()[0][0]  # noqa: S608
    got = connection.execute(
        f"SELECT {codes}, {sums} FROM read_parquet({_list(files)}) lines {joins}"  # noqa: S608
    ).fetchnumpy()
    lines = {name: np.ma.getdata(array) for name, array in got.items()}
    many = len(lines["uscc"])
    if many != held:
        raise ValueError(f"{held - many} lines of {files[0]} have no code for one of {', '.join(KEYS)}")
    arrays = sorted_runs(lines, dictionaries.sizes())
    size = write_columns(path, arrays, {"lines": many, "keys": len(arrays["uscc"])})
    return {"lines": many, "keys": len(arrays["uscc"]), "bytes": size}


def sorted_runs(lines: dict[str, Array], sizes: dict[str, int]) -> dict[str, Array]:
    """Lines by column (codes of :data:`KEYS`, int64 :data:`MEASURES`) sorted, keys run-length coded.

    Gives the keys once a run, ``count`` (uint32, lines a run) and the measures a line, int32 where all of the month fit.
    """
    key = _combined(lines, sizes)
    order: NDArray[np.intp] | None = None
    if key is None:
        order = np.lexsort([lines[column] for column in reversed(KEYS)])
        changes = np.zeros(len(order), bool)
        for column in KEYS:
            values = lines[column][order]
            changes[1:] |= values[1:] != values[:-1]
    else:
        if np.any(key[1:] < key[:-1]):
            order = np.argsort(key, kind="stable")
            key = key[order]
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


def _combined(lines: dict[str, Array], sizes: dict[str, int]) -> NDArray[np.int64] | None:
    """One number a line that sorts like its key; None where the dictionaries are too large for that."""
    room = 1
    for column in KEYS:
        room *= max(sizes[column], 1)
    if room >= 2**62:
        return None
    key = np.zeros(len(lines["uscc"]), np.int64)
    for column in KEYS:
        key *= max(sizes[column], 1)
        key += lines[column]
    return key
