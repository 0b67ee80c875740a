"""The table of kept forecasts: one Delta table ``<lake>/foresight/forecasts``, rows only ever added.

A row is one month ahead of one series. All rows of one forecast of a set share a ``run``: the fingerprint of what was
forecast, from which month, by which method and from which data, so the same forecast is never kept twice. One call of
:meth:`ForecastTable.add` is one Delta commit under the lake's lock: all of it counts, or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from arro3.core import Array, DataType, Table
from deltalake import DeltaTable, Field, Schema, write_deltalake
from deltalake.schema import PrimitiveType
from numpy.typing import NDArray

from commercebrain.engine.lake.opened import few_files, newest, reading
from commercebrain.engine.lake.store import Store

#: Column → Delta type. ``key``, ``by`` and ``filter`` are JSON texts. ``basis`` is the fingerprint of the series' own
#: history; ``naive`` the value a year before the target (as known then), ``scale`` the mean absolute difference to the
#: year before within the history: what MASE divides by.
COLUMNS: Final[dict[str, str]] = {
    "run": "string",
    "indicator": "string",
    "region": "string",
    "by": "string",
    "filter": "string",
    "calibre": "string",
    "as_of": "date",
    "made_on": "date",
    "first": "long",
    "origin": "long",
    "target": "long",
    "horizon": "long",
    "key": "string",
    "basis": "string",
    "point": "double",
    "low80": "double",
    "high80": "double",
    "low95": "double",
    "high95": "double",
    "naive": "double",
    "scale": "double",
    "reason": "string",
    "unit": "string",
    "method": "string",
    "synthetic": "long",
}
_ARROW = {
    "string": DataType.utf8(),
    "long": DataType.int64(),
    "double": DataType.float64(),
    "date": DataType.date32(),
}
#: More files than this are put together into few by the next writer.
MOST_FILES = 100
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class KeptRows:
    """Rows of the table as columns of one length; dates are ``datetime64[D]``, texts objects."""

    columns: Columns

    def __len__(self) -> int:
        return len(self.columns["run"])

    def where(self, chosen: NDArray[np.bool_]) -> KeptRows:
        """The rows for which ``chosen`` is true."""
        return KeptRows({name: column[chosen] for name, column in self.columns.items()})


class ForecastTable:
    """The kept forecasts of the lake at ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self.path = self.root / "foresight" / "forecasts"
        self.store = Store(self.root)

    def exists(self) -> bool:
        """Whether anything was ever kept."""
        return DeltaTable.is_deltatable(str(self.path))

    def runs(self) -> set[str]:
        """The fingerprints of all that is kept."""
        return {str(run) for run in self._select("DISTINCT run")["run"].tolist()}

    def add(self, blocks: Sequence[Mapping[str, Any]]) -> int:
        """Keep the rows of ``blocks`` (column → one value for the whole block, or one for each row; ``run`` is one for
        the whole block) in one commit, those already kept left out. How many rows were written."""
        if not blocks:
            return 0
        with self.store.writing():
            there = self.runs()
            fresh: dict[str, Mapping[str, Any]] = {}
            for block in blocks:
                if block["run"] not in there:
                    fresh.setdefault(block["run"], block)
            if not fresh:
                return 0
            self._create()
            made: dict[str, Any] = {name: _column(name, kind, list(fresh.values())) for name, kind in COLUMNS.items()}
            table = Table.from_pydict(made)
            write_deltalake(newest(self.path), table, mode="append")
            few_files(self.path, MOST_FILES)
            return int(table.num_rows)

    def rows(
        self,
        *,
        indicator: str | None = None,
        region: str | None = None,
        by: Sequence[str] | None = None,
        key: Sequence[str] | None = None,
        as_of: date | None = None,
        targets: tuple[int, int] | None = None,
        earliest: bool = False,
    ) -> KeptRows:
        """The rows of an indicator, region, break-down and series (None: any) whose data were known by ``as_of``.

        ``earliest``: of each filter, calibre, series, origin and target only the row whose data were known first.
        """
        where, values = ["true"], list[object]()
        for name, value in (("indicator", indicator), ("region", region)):
            if value is not None:
                where.append(f"{name} = ?")
                values.append(value)
        for name, given in (("by", by), ("key", key)):
            if given is not None:
                where.append(f'"{name}" = ?')
                values.append(json.dumps(list(given), ensure_ascii=False))
        if as_of is not None:
            where.append("as_of <= ?")
            values.append(as_of)
        if targets is not None:
            where.append("target BETWEEN ? AND ?")
            values += targets
        order = 'ORDER BY indicator, region, "by", filter, calibre, key, as_of, made_on, origin, run, target'
        series = 'indicator, region, "by", filter, calibre, key, origin, target'
        first = (
            f"QUALIFY row_number() OVER (PARTITION BY {series} ORDER BY as_of, made_on, run) = 1" if earliest else ""
        )
        return KeptRows(self._select("*", f"WHERE {' AND '.join(where)} {first} {order}", values))

    def sets(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """(indicator, region, by) of all that is kept, in order."""
        found = self._select('DISTINCT indicator, region, "by"')
        rows = zip(found["indicator"], found["region"], found["by"], strict=True)
        return sorted((str(code), str(region), tuple(json.loads(by))) for code, region, by in rows)

    # -- within

    def _create(self) -> None:
        if not self.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            fields = [Field(name, PrimitiveType(kind)) for name, kind in COLUMNS.items()]
            DeltaTable.create(str(self.path), Schema(fields), name="forecasts")

    def _select(self, what: str, rest: str = "", values: Collection[object] = ()) -> Columns:
        files = newest(self.path).file_uris() if self.exists() else []
        names = [name for name in COLUMNS if what == "*" or name in what.replace('"', "").replace(",", " ").split()]
        if not files:
            return {name: np.array([], dtype=object) for name in names}
        with reading() as connection:
            # Put together from this module's own words; values go in by ? marks.
            query = f"SELECT {what} FROM read_parquet(?) {rest}"  # noqa: S608
            found = connection.execute(query, [files, *values]).fetchnumpy()
        return {name: _plain(found[name]) for name in names}


def _plain(column: Any) -> NDArray[Any]:
    if isinstance(column, np.ma.MaskedArray):
        return column.filled(np.nan) if column.dtype.kind == "f" else np.asarray(column.filled())
    return np.asarray(column)


def _column(name: str, kind: str, blocks: Sequence[Mapping[str, Any]]) -> Array:
    """One column over all blocks; a value that is one for a block is repeated over its rows."""
    pieces: list[Any] = []
    for block in blocks:
        many, value = len(block["point"]), block[name]
        one = isinstance(value, str | int | date) or np.ndim(value) == 0
        pieces.append([value] * many if one else value)
    if kind in ("long", "double"):
        numbers = np.concatenate([np.asarray(piece, np.int64 if kind == "long" else np.float64) for piece in pieces])
        return Array.from_numpy(numbers)
    texts = [str(value) for piece in pieces for value in piece]
    return Array(texts, DataType.utf8()).cast(_ARROW[kind])
