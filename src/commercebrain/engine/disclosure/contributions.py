"""What firms contribute to a month, read from the working store's coded lines or from the record's Parquet files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.disclosure.declared import Tables
from commercebrain.engine.disclosure.month import Contributions
from commercebrain.engine.lake.opened import reading
from commercebrain.engine.working.columns import Columns
from commercebrain.engine.working.dictionaries import DERIVED, Dictionaries

Array = NDArray[Any]


def from_working(lines: Columns, dictionaries: Dictionaries, tables: Tables, firm: str) -> tuple[Contributions, Array]:
    """The contributions of a month's coded lines (keys once a run, measures line by line), and each row's part
    (its text in the column ``tables.parts``)."""
    counts = lines.read("count").astype(np.int64)
    starts = np.r_[0, np.cumsum(counts)[:-1]]
    value = lines.read(tables.protects).astype(np.int64)
    value = np.add.reduceat(value, starts) if len(counts) else value
    codes: dict[str, Array] = {}
    labels: dict[str, tuple[str, ...]] = {}
    for name in (*tables.dimensions, *filter(None, (tables.fine,))):
        if name in DERIVED:
            codes[name] = dictionaries.mapping(name)[lines.read(DERIVED[name][0])].astype(np.int64)
        else:
            codes[name] = lines.read(name).astype(np.int64)
        labels[name] = tuple(dictionaries.of(name).values)
    parts = np.array(dictionaries.of(tables.parts).values, dtype=str)[lines.read(tables.parts)]
    return Contributions(codes, labels, lines.read(firm).astype(np.int64), value), parts


def from_parquet(files: Sequence[str], tables: Tables, firm: str) -> tuple[Contributions, Array]:
    """The same from the Parquet files of a month's vintage: for vintages that the working store does not hold."""
    coded = [*tables.dimensions, *filter(None, (tables.fine,))]
    names = [*coded, tables.parts]
    picked = ", ".join(f"{_expression(name)} AS {name}" for name in names)
    listed = "[" + ", ".join("'" + file.replace("'", "''") + "'" for file in files) + "]"
    query = (
        f"SELECT {picked}, {firm} AS firm__, CAST(sum({tables.protects}) AS BIGINT) AS value__ "  # noqa: S608
        f"FROM read_parquet({listed}) GROUP BY ALL ORDER BY ALL"
    )
    with reading() as connection:
        got: Mapping[str, Array] = connection.execute(query).fetchnumpy()
    texts = {name: np.ma.getdata(got[name]).astype(str) for name in (*names, "firm__")}
    codes: dict[str, Array] = {}
    labels: dict[str, tuple[str, ...]] = {}
    for name in coded:
        values, inverse = np.unique(texts[name], return_inverse=True)
        codes[name], labels[name] = inverse.reshape(-1).astype(np.int64), tuple(values.tolist())
    _, firms = np.unique(texts["firm__"], return_inverse=True)
    value = np.ma.getdata(got["value__"]).astype(np.int64)
    return Contributions(codes, labels, firms.reshape(-1).astype(np.int64), value), texts[tables.parts]


def _expression(name: str) -> str:
    digits = {"hs2": ("hs10", 2), "hs4": ("hs10", 4), "hs6": ("hs10", 6)}.get(name)
    return name if digits is None else f"left({digits[0]}, {digits[1]})"


def compacted(given: Contributions, names: Sequence[str]) -> Contributions:
    """The same with one row for each combination of the codes of ``names`` and firm."""
    if len(given.firm) == 0:
        return given
    key = given.firm.astype(np.int64)
    for name in names:
        key = key * max(len(given.labels[name]), 1) + given.codes[name]
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.r_[True, key[order][1:] != key[order][:-1]])
    at = order[starts]
    codes = {name: given.codes[name][at].astype(np.int64) for name in names}
    return Contributions(codes, given.labels, given.firm[at], np.add.reduceat(given.value[order], starts))
