"""Reading roll-ups: pinned to one manifest, tables loaded when they are asked for and shared within the process."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.rollups import answers
from commercebrain.engine.rollups.shape import PANEL, RECENT, TABLES, RollupTable
from commercebrain.engine.working.columns import Array, Columns
from commercebrain.engine.working.dictionaries import DERIVED, Dictionaries
from commercebrain.engine.working.manifest import Manifest, MonthState, Part

#: Tables of so many rows or fewer are there without being asked for by name.
SMALL = 200_000
#: How much of the machine's memory the tables of one manifest and the questions to them may take in a process.
MEMORY = "50%"


class RollupReader:
    """The roll-ups of one dataset as one manifest names them.

    ``months`` are those taken in, ``versions`` which vintage each is, ``tables`` what may be asked: codes of integers
    by dimension (``month`` as yyyymm), sums as int64. A reader stays right for as long as it is kept: files are never
    changed, and those of the last manifests are kept.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self.version = f"{manifest.dataset}:{manifest.number}:{manifest.recent.path if manifest.recent else ''}"
        self.months: list[int] = sorted(manifest.months)
        self.versions: dict[int, MonthState] = manifest.months
        self._state = _state(str(folder), self.version, manifest)

    # -- what there is -----------------------------------------------------------------------------

    @property
    def synthetic(self) -> bool:
        """Whether any of it is invented."""
        return any(state.synthetic for state in self.versions.values())

    @property
    def dictionaries(self) -> Dictionaries:
        """The dictionaries, by which codes are read."""
        return self._state.dictionaries

    def dictionary(self, column: str) -> list[str]:
        """The values of a column by code; of derived ones (hs2, hs4, hs6, city, province), too."""
        return self.dictionaries.of(column).values

    @property
    def tables(self) -> Mapping[str, RollupTable]:
        """Every table with its dimensions, measures and rows."""
        return self._state.tables

    # -- arrays ------------------------------------------------------------------------------------

    def arrays(self, name: str, months: Iterable[int] | None = None) -> dict[str, Array]:
        """A table's columns, all partitions one after the other, or those of some months (of a table by month).

        The arrays are shared: not to be written to.
        """
        if months is None:
            return self._state.whole(name)
        return self._state.together(name, sorted(set(months) & set(self.months)))

    def connection(self, *names: str) -> duckdb.DuckDBPyConnection:
        """This thread's connection to a DuckDB where every table stands under its name, in codes; fetch before asking anew.

        Tables of at most :data:`SMALL` rows and those of ``names`` are there; ``dict_<column>(code, value)`` too.
        """
        return self._state.cursor(names)

    # -- parts for the questions that no table answers ---------------------------------------------

    def year(self, year: int) -> Columns:
        """The file of a year's bases; KeyError where no month of it is known."""
        return self._state.part(self.manifest.years[year])

    def recent(self) -> Columns:
        """The file of exposure in the last twelve months (``exposure.current``) and the twelve before."""
        if self.manifest.recent is None:
            raise KeyError("recent")
        return self._state.part(self.manifest.recent)

    def panel_part(self, month: int) -> Columns:
        """The file of a month's panel."""
        part = self.versions[month].panel
        if part is None:
            raise KeyError(month)
        return self._state.part(part)

    def month_files(self, month: int) -> tuple[Columns, Columns]:
        """The files of a month's coded lines and of its roll-ups; KeyError where it was not taken in."""
        rollup = self.versions[month].rollup
        if rollup is None:
            raise KeyError(month)
        return self._state.part(self.versions[month].lines), self._state.part(rollup)

    def firms_of(self, flow: int) -> NDArray[np.int64]:
        """The firms (codes) that ever traded in a flow (its code), in order."""
        return self._state.firms_of(flow)

    def product_codes(self, prefix: str) -> list[int]:
        """The codes of ``hs10`` whose values begin with ``prefix``."""
        return self._state.product_codes(prefix)

    def base_part(self, month: int) -> Columns:
        """The file of a month's indicators by county."""
        part = self.versions[month].base
        if part is None:
            raise KeyError(month)
        return self._state.part(part)

    # -- questions that stored tables answer -------------------------------------------------------

    def panel(self, flow: str, first: int = 0, last: int = 999912, columns: Sequence[str] = PANEL) -> answers.Panel:
        """See :func:`answers.panel`."""
        return answers.panel(self, flow, first, last, columns)

    def exposed(
        self, products: Sequence[str], countries: Sequence[str], duties: Sequence[float] | None = None,
        *, flow: str = "export", year: int | None = None, before: bool = False,
    ) -> answers.Exposed:  # fmt: skip
        """See :func:`answers.exposed`."""
        return answers.exposed(self, products, countries, duties, flow=flow, year=year, before=before)

    def concentration(self, column: str, flow: str) -> answers.Concentration:
        """See :func:`answers.concentration`."""
        return answers.concentration(self, column, flow)

    def indicator_base(self, code: str) -> answers.IndicatorBase | None:
        """See :func:`answers.indicator_base`."""
        return answers.indicator_base(self, code)


class _State:
    """What readers of one manifest share in a process."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder, self._manifest = folder, manifest
        self.dictionaries = Dictionaries.load(folder / "dict", manifest.dictionaries)
        self._lock = threading.RLock()
        self._parts: dict[str, Columns] = {}
        self._whole: dict[str, dict[str, Array]] = {}
        self._database: duckdb.DuckDBPyConnection | None = None
        self._loaded: set[str] = set()
        self._threads = threading.local()
        self._seen: dict[int, NDArray[np.int64]] = {}
        self._prefixes: dict[int, dict[str, list[int]]] = {}
        self.tables = {
            name: RollupTable(name, dims, measures, sum(self._lengths(name)))
            for name, (dims, measures) in TABLES.items()
        }
        if manifest.recent is not None:
            rows = self.part(manifest.recent).shape("exposure.uscc")[0]
            self.tables[RECENT] = RollupTable(RECENT, ("flow", "uscc", "hs10", "country"), ("current", "before"), rows)

    def part(self, part: Part) -> Columns:
        """A file, opened once."""
        with self._lock:
            if part.path not in self._parts:
                self._parts[part.path] = Columns(self._folder / part.path, part.bytes)
            return self._parts[part.path]

    def firms_of(self, flow: int) -> NDArray[np.int64]:
        """See :meth:`RollupReader.firms_of`."""
        with self._lock:
            if flow not in self._seen:
                seen = np.zeros(len(self.dictionaries.of("uscc")), bool)
                for month in self._manifest.months:
                    part = self._rollup(month)
                    seen[part.mapped("firm.uscc")[part.mapped("firm.flow") == flow]] = True
                self._seen[flow] = np.flatnonzero(seen)
            return self._seen[flow]

    def product_codes(self, prefix: str) -> list[int]:
        """See :meth:`RollupReader.product_codes`."""
        with self._lock:
            if len(prefix) not in self._prefixes:
                found: dict[str, list[int]] = {}
                for code, value in enumerate(self.dictionaries.of("hs10").values):
                    found.setdefault(value[: len(prefix)], []).append(code)
                self._prefixes[len(prefix)] = found
            return self._prefixes[len(prefix)].get(prefix, [])

    def _rollup(self, month: int) -> Columns:
        part = self._manifest.months[month].rollup
        if part is None:
            raise KeyError(month)
        return self.part(part)

    def _lengths(self, name: str) -> list[int]:
        if name in ("firm_hs2_year", "exposure_year"):
            kind = "products" if name == "firm_hs2_year" else "exposure"
            return [self.part(part).shape(f"{kind}.uscc")[0] for part in self._manifest.years.values()]
        if name == "grain":
            return [state.keys for state in self._manifest.months.values()]
        return [self._rollup(month).shape(f"{name}.lines")[0] for month in self._manifest.months]

    def whole(self, name: str) -> dict[str, Array]:
        """A table with all its partitions."""
        with self._lock:
            if name not in self._whole:
                self._whole[name] = self._read(name)
            return self._whole[name]

    def _read(self, name: str) -> dict[str, Array]:
        if name in ("firm_hs2_year", "exposure_year"):
            return self._years(name)
        if name == RECENT and self._manifest.recent is not None:
            recent = self.part(self._manifest.recent)
            dims, measures = self.tables[name].dims, self.tables[name].measures
            return {c: recent.mapped(f"exposure.{c}") for c in (*dims, *measures)}
        return self.together(name, list(self._manifest.months))

    def together(self, name: str, months: Sequence[int]) -> dict[str, Array]:
        """The partitions of some months, one after the other."""
        dims, measures = TABLES[name]

        def files(column: str) -> list[tuple[Columns, str]]:
            if name != "grain":
                return [(self._rollup(month), f"{name}.{column}") for month in months]
            if column in dims or column == "lines":
                stored = "count" if column == "lines" else column
                return [(self.part(self._manifest.months[month].lines), stored) for month in months]
            return [(self._rollup(month), f"grain.{column}") for month in months]

        out: dict[str, Array] = {}
        for column in (*dims[1:], *measures):
            out[column] = _joined(files(column), np.dtype(np.int64) if column in measures else None)
        lengths = [source.shape(stored)[0] for source, stored in files(measures[-1])]
        return {"month": np.repeat(np.array(months, np.int32), lengths), **out}

    def _years(self, name: str) -> dict[str, Array]:
        dims, measures = TABLES[name]
        kind = "products" if name == "firm_hs2_year" else "exposure"
        parts = [self.part(part) for part in self._manifest.years.values()]
        out = {
            column: _joined(
                [(part, f"{kind}.{column}") for part in parts], np.dtype(np.int64) if column in measures else None
            )
            for column in (*dims[1:], *measures)
        }
        years = np.repeat(np.array(list(self._manifest.years), np.int32), self._lengths(name))
        return {"year": years, **out}

    def cursor(self, names: Sequence[str]) -> duckdb.DuckDBPyConnection:
        """The calling thread's connection, with the small tables and the named ones."""
        with self._lock:
            if self._database is None:
                self._database = duckdb.connect(config={"enable_external_access": "false", "memory_limit": MEMORY})
            database = self._database
            if not self._loaded:
                self._load(database, "month_known", {"month": np.array(list(self._manifest.months), np.int32)})
                for column in (*self.dictionaries.base, *DERIVED):
                    values = self.dictionaries.of(column).values
                    codes = np.arange(len(values), dtype=np.int32)
                    self._load(database, f"dict_{column}", {"code": codes, "value": np.array(values, dtype=object)})
            small = (name for name, table in self.tables.items() if table.rows <= SMALL)
            for name in (*names, *small):
                if name not in self._loaded:
                    self._load(database, name, self._whole.get(name) or self._read(name))
            if not hasattr(self._threads, "connection"):
                self._threads.connection = database.cursor()
            connection: duckdb.DuckDBPyConnection = self._threads.connection
            return connection

    def _load(self, database: duckdb.DuckDBPyConnection, name: str, arrays: dict[str, Array]) -> None:
        """A table of DuckDB's own from arrays: no query, of whatever thread, ever reads memory that is Python's."""
        database.register("given", arrays)
        try:
            database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')  # noqa: S608 - names of our own
        finally:
            database.unregister("given")
        self._loaded.add(name)


def _joined(sources: Sequence[tuple[Columns, str]], kind: np.dtype[Any] | None) -> Array:
    """Arrays one after the other, read straight into their places."""
    if kind is None:
        kind = np.result_type(*(source.kind(name) for source, name in sources)) if sources else np.dtype(np.int32)
    lengths = [source.shape(name)[0] for source, name in sources]
    out = np.empty(sum(lengths), kind)
    at = 0
    for (source, name), length in zip(sources, lengths, strict=True):
        source.read(name, out[at : at + length])
        at += length
    return out


_states: dict[str, tuple[str, _State]] = {}
_guard = threading.Lock()


def _state(folder: str, version: str, manifest: Manifest) -> _State:
    """The state of a folder's newest manifest is kept; that of an older one lives as long as its readers."""
    with _guard:
        held = _states.get(folder)
        if held is None or held[0] != version:
            held = _states[folder] = (version, _State(Path(folder), manifest))
        return held[1]
