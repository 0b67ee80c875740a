"""The roll-ups of one month from its coded lines."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.rollups import kernels
from commercebrain.engine.rollups.shape import DENSE_CELLS, FROM_GRAIN, FROM_TABLE, MEASURES
from commercebrain.engine.working.columns import Array, Columns, packed
from commercebrain.engine.working.dictionaries import Dictionaries
from commercebrain.engine.working.months import KEYS


@dataclass
class Workspace:
    """Memory that one thread uses again from month to month: cells of cubes, room for lines."""

    cells: dict[tuple[int, ...], Array] = field(default_factory=dict)
    room: dict[str, Array] = field(default_factory=dict)

    def empty(self, shape: tuple[int, ...]) -> Array:
        """Cells of zeros; whoever uses them leaves zeros."""
        if shape not in self.cells:
            self.cells[shape] = np.zeros((int(np.prod(shape)), len(MEASURES)), np.int64)
        return self.cells[shape]

    def take(self, name: str, many: int, kind: np.dtype[Any]) -> Array:
        """Room for ``many`` items under a name, not cleared."""
        held = self.room.get(name)
        if held is None or held.nbytes < many * kind.itemsize:
            held = self.room[name] = np.empty(int(many * kind.itemsize * 1.2) + 64, np.uint8)
        return held[: many * kind.itemsize].view(kind)


#: Each thread's memory. It goes with the thread, which ends with its refresh.
_own = threading.local()


def workspace() -> Workspace:
    """The calling thread's workspace."""
    if not hasattr(_own, "space"):
        _own.space = Workspace()
    space: Workspace = _own.space
    return space


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table of one month: ``codes`` by dimension (flow first), ``measures`` (rows × 4)."""

    codes: dict[str, NDArray[np.uint32]]
    measures: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.measures)


def grain(lines: Columns, space: Workspace) -> Rows:
    """The finest grain: the month's keys with the sums of their lines."""
    counts = lines.read("count", space.take("count", lines.shape("count")[0], lines.kind("count")))
    measures = space.take("grain", len(counts) * len(MEASURES), np.dtype(np.int64)).reshape(-1, len(MEASURES))
    values = [lines.read(n, space.take(n, lines.shape(n)[0], lines.kind(n))) for n in MEASURES[:-1]]
    kernels.run_sums(*values, counts, measures)
    return Rows({column: lines.read(column).astype(np.uint32, copy=False) for column in KEYS}, measures)


def cube(rows: Rows, dims: tuple[str, ...], sizes: dict[str, int], space: Workspace) -> Rows:
    """``rows`` summed by flow and ``dims`` (three at most), in the order of their codes."""
    names = ("flow", *dims)
    shape = tuple(max(sizes[name], 1) for name in names)
    if int(np.prod(shape, dtype=np.int64)) > DENSE_CELLS:
        return _by_sorting(rows, names, shape)
    cells = space.empty(shape)
    codes = [rows.codes[name] for name in names]
    if len(dims) == 3:
        kernels.add_cells3(*codes, np.array(shape, np.int64), rows.measures, cells)
    else:
        zeros = np.zeros(len(rows), np.uint32) if len(dims) < 2 else None
        padded = [code for code in (*codes, zeros, zeros) if code is not None][:3]
        full = np.array((*shape, 1, 1)[:3], np.int64)
        kernels.add_cells(*padded, full, rows.measures, cells)
    room = min(len(cells), len(rows))
    out = np.empty((len(names), room), np.uint32)
    measures = np.empty((room, len(MEASURES)), np.int64)
    many = kernels.take_cells(cells, np.array((*shape, 1, 1, 1)[:4], np.int64), out, measures)
    return Rows(dict(zip(names, out[:, :many], strict=True)), measures[:many])


def _by_sorting(rows: Rows, names: tuple[str, ...], shape: tuple[int, ...]) -> Rows:
    order = np.lexsort([rows.codes[name] for name in reversed(names)])
    changes = np.zeros(len(order), bool)
    sorted_codes = {name: rows.codes[name][order] for name in names}
    for values in sorted_codes.values():
        changes[1:] |= values[1:] != values[:-1]
    if len(changes):
        changes[0] = True
    starts = np.flatnonzero(changes)
    measures = np.add.reduceat(rows.measures[order], starts, axis=0) if len(starts) else rows.measures[:0]
    return Rows({name: values[starts] for name, values in sorted_codes.items()}, measures)


def derived_sizes(dictionaries: Dictionaries) -> dict[str, int]:
    """How many codes each dimension has, derived ones too."""
    sizes = dictionaries.sizes()
    return {**sizes, **{name: len(dictionaries.of(name)) for name in ("hs2", "hs4", "hs6")}}


def month_tables(rows: Rows, dictionaries: Dictionaries, space: Workspace) -> dict[str, Rows]:
    """Every table of a month but the firms', from its finest grain, which is among them."""
    sizes = derived_sizes(dictionaries)
    hs10 = rows.codes["hs10"]
    wide = Rows({**rows.codes, **{name: dictionaries.mapping(name)[hs10] for name in ("hs2", "hs6")}}, rows.measures)
    tables = {name: cube(wide, dims, sizes, space) for name, dims in FROM_GRAIN.items()}
    four_of_six = np.zeros(sizes["hs6"], np.uint32)
    four_of_six[dictionaries.mapping("hs6")] = dictionaries.mapping("hs4")
    for name, (source, dims) in FROM_TABLE.items():
        base = tables[source]
        if "hs4" in dims and "hs4" not in base.codes:
            base = Rows({**base.codes, "hs4": four_of_six[base.codes["hs6"]]}, base.measures)
        tables[name] = cube(base, dims, sizes, space)
    return {**tables, "grain": rows}


def month_arrays(tables: dict[str, Rows], sizes: dict[str, int]) -> dict[str, Array]:
    """All arrays of a month's roll-up file: ``<table>.<column>`` of every table, and the grain's sums."""
    out: dict[str, Array] = {}
    for name, table in tables.items():
        if name == "grain":  # its codes stand with the lines
            continue
        for dim, codes in table.codes.items():
            out[f"{name}.{dim}"] = codes.astype(KEYS.get(dim, np.uint16 if dim == "hs2" else np.uint32))
        out |= _measures(name, table.measures)
    rows = tables["grain"]
    out |= _firms(rows, sizes)
    out |= _measures("grain", rows.measures)
    del out["grain.lines"]  # they stand with the lines as well
    return out


def _firms(rows: Rows, sizes: dict[str, int]) -> dict[str, Array]:
    flows, firms = max(sizes["flow"], 1), max(sizes["uscc"], 1)
    cells = np.zeros((firms, flows, len(MEASURES)), np.int64)
    countries = np.zeros((firms, flows), np.uint32)
    stamps = np.zeros((flows, max(sizes["country"], 1)), np.int64)
    codes = rows.codes
    kernels.add_firms(codes["uscc"], codes["country"], codes["flow"], rows.measures, cells, countries, stamps)
    firm, flow = np.nonzero(cells[:, :, -1])
    found = cells[firm, flow]
    out: dict[str, Array] = {"firm.flow": flow.astype(KEYS["flow"]), "firm.uscc": firm.astype(KEYS["uscc"])}
    out |= _measures("firm", found)
    out["firm.countries"] = countries[firm, flow]
    return out


def _measures(name: str, measures: Array) -> dict[str, Array]:
    """The measures of a table as they are stored: how many lines fits 32 bits, most sums do."""
    columns = [np.empty(len(measures), np.uint32 if measure == "lines" else np.int32) for measure in MEASURES]
    large = np.zeros(len(MEASURES), np.int64)
    kernels.split(measures, *columns, large)
    out: dict[str, Array] = {}
    for place, (measure, values) in enumerate(zip(MEASURES, columns, strict=True)):
        out |= packed(f"{name}.{measure}", measures[:, place]) if large[place] else {f"{name}.{measure}": values}
    return out


def stored_rows(name: str, lines: Columns, rollup: Columns) -> Rows:
    """A table of a month as it was stored."""
    if name == "grain":
        codes = {column: lines.read(column).astype(np.uint32, copy=False) for column in KEYS}
        stored = {m: f"grain.{m}" for m in MEASURES[:-1]}
    else:
        dims = ("flow", *(FROM_GRAIN.get(name) or FROM_TABLE[name][1]))
        codes = {dim: rollup.read(f"{name}.{dim}").astype(np.uint32, copy=False) for dim in dims}
        stored = {m: f"{name}.{m}" for m in MEASURES}
    measures = np.empty((len(codes["flow"]), len(MEASURES)), np.int64)
    for place, measure in enumerate(MEASURES):
        measures[:, place] = rollup.read(stored[measure]) if measure in stored else lines.read("count")
    return Rows(codes, measures)


def narrow(values: Array) -> Array:
    """``values`` as int32 where all of them fit, else as int64."""
    small = not len(values) or (int(values.min()) >= -(2**31) and int(values.max()) < 2**31)
    return values.astype(np.int32 if small else np.int64)
