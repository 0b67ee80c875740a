"""What a refresh computes from coded months: the changed months' roll-ups, their years, the panel after them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from commercebrain.engine.indicators.logical import columns
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.rollups.conditions import Counted, fingerprint, masks_of
from commercebrain.engine.rollups.months import (
    derived_sizes,
    grain,
    month_arrays,
    month_tables,
    stored_rows,
    workspace,
)
from commercebrain.engine.rollups.panel import REACH, months_back, panel_month
from commercebrain.engine.rollups.years import firm_bases
from commercebrain.engine.working.columns import Array, Columns, packed, write_columns
from commercebrain.engine.working.dictionaries import Dictionaries
from commercebrain.engine.working.manifest import Manifest, MonthState, Part


@dataclass(frozen=True)
class Changed:
    """Months whose lines are new, and months that are no longer in the record."""

    months: set[int]
    gone: set[int]


@dataclass(frozen=True)
class Files:
    """Where the files of one refresh go; ``token`` sets their names apart from those of any other refresh."""

    folder: Path
    token: str

    def write(self, kind: str, name: object, arrays: dict[str, Array], facts: dict[str, object] | None = None) -> Part:
        """Write one part; its path and size for the manifest."""
        (self.folder / kind).mkdir(parents=True, exist_ok=True)
        path = f"{kind}/{name}.{self.token}.cols"
        return Part(path, write_columns(self.folder / path, arrays, facts))

    def open(self, part: Part) -> Columns:
        """A part, checked to be whole."""
        return Columns(self.folder / part.path, part.bytes)


@dataclass(frozen=True)
class Computed:
    """The manifest with everything computed, and what was."""

    manifest: Manifest
    rolled: set[int]
    seconds: dict[str, float]
    indicators: tuple[str, ...]
    left_out: tuple[str, ...]


def compute(
    files: Files, manifest: Manifest, dictionaries: Dictionaries, changed: Changed, counted: Sequence[Counted],
    threads: int, told: Callable[[], None],
) -> Computed:  # fmt: skip
    """Compute what is missing of ``manifest`` or depends on the ``changed`` months."""
    seconds: dict[str, float] = {}
    masks = masks_of(counted, columns(record_dataset(manifest.dataset)), dictionaries)
    mark = fingerprint(counted)
    months = dict(manifest.months)
    rolled = {m for m in changed.months if m in months} | {m for m, s in months.items() if s.rollup is None}
    counting = rolled | {m for m, s in months.items() if s.base is None or mark != manifest.conditions}
    touched = rolled | changed.gone
    sizes = derived_sizes(dictionaries)

    def one_month(month: int) -> tuple[int, Part | None, Part]:
        space = workspace()
        rollup = months[month].rollup
        lines = files.open(months[month].lines)
        if month in rolled or rollup is None:
            tables = month_tables(grain(lines, space), dictionaries, space)
            rollup = files.write("rollups", month, month_arrays(tables, sizes))
            values = masks.count(tables.__getitem__)
        else:
            held = files.open(rollup)
            values = masks.count(lambda name: stored_rows(name, lines, held))
        base = files.write("base", month, values, {"places": masks.places})
        lines.close()
        told()
        return month, rollup, base

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        for month, rollup, base in pool.map(one_month, sorted(counting)):
            months[month] = replace(months[month], rollup=rollup, base=base)
        seconds["months"] = time.perf_counter() - started
        started = time.perf_counter()
        years, recent = _firms(pool, files, manifest, months, touched, dictionaries)
        panels = _panels(pool, files, months, touched, dictionaries, told)
        made_years = {year: future.result() for year, future in years.items()}
        made_recent = recent.result() if recent is not None else manifest.recent
        for month, future in panels.items():
            months[month] = replace(months[month], panel=future.result())
        seconds["firms"] = time.perf_counter() - started
    present = {month // 100 for month in months}
    after = replace(
        manifest,
        months=months,
        years={y: p for y, p in sorted({**manifest.years, **made_years}.items()) if y in present},
        recent=made_recent if months else None,
        conditions=mark,
    )
    return Computed(after, counting, seconds, tuple(masks.places), tuple(masks.left_out))


def _firms(
    pool: ThreadPoolExecutor, files: Files, manifest: Manifest, months: dict[int, MonthState], touched: set[int],
    dictionaries: Dictionaries,
) -> tuple[dict[int, Future[Part]], Future[Part] | None]:  # fmt: skip
    """The bases of the touched years and of the last 24 months, under way."""

    def parts(chosen: Iterable[int]) -> list[tuple[Columns, Columns]]:
        found = []
        for month in chosen:
            rollup = months[month].rollup
            if rollup is not None:
                found.append((files.open(months[month].lines), files.open(rollup)))
        return found

    def one_year(year: int) -> Part:
        chosen = [month for month in sorted(months) if month // 100 == year]
        return files.write("years", year, firm_bases(parts(chosen), [False] * len(chosen), dictionaries, full=True))

    def last_months() -> Part:
        last = max(months)
        border, since = months_back(last, 12), months_back(last, 24)
        chosen = [month for month in sorted(months) if month > since]
        arrays = firm_bases(parts(chosen), [month <= border for month in chosen], dictionaries, full=False)
        return files.write("recent", last, arrays, {"last": last})

    recent = None
    if (months and (manifest.recent is None or any(month > months_back(max(months), 24) for month in touched))) or (
        months and max(touched, default=0) > max(months)
    ):
        recent = pool.submit(last_months)
    present = {month // 100 for month in months}
    due = {month // 100 for month in touched} | (present - manifest.years.keys())
    return {year: pool.submit(one_year, year) for year in sorted(due & present)}, recent


def _panels(
    pool: ThreadPoolExecutor, files: Files, months: dict[int, MonthState], touched: set[int],
    dictionaries: Dictionaries, told: Callable[[], None],
) -> dict[int, Future[Part]]:  # fmt: skip
    """The panels of the touched months and of those that look back on one, under way."""
    due = [
        month
        for month, state in sorted(months.items())
        if state.panel is None or any(month >= one >= months_back(month, REACH) for one in touched)
    ]
    if not due:
        return {}
    flows, firms = max(len(dictionaries.of("flow")), 1), max(len(dictionaries.of("uscc")), 1)
    first = months_back(due[0], REACH)
    axis = [first]
    while axis[-1] < due[-1]:
        axis.append(months_back(axis[-1], -1))
    values = np.zeros((len(axis), flows, firms), np.int64)
    countries = np.zeros((len(axis), flows, firms), np.uint32)
    known = np.array([month in months for month in axis])

    def load(place: int) -> None:
        rollup = months[axis[place]].rollup
        if rollup is not None:
            part = files.open(rollup)
            at = part.read("firm.flow"), part.read("firm.uscc")
            values[place][at] = part.read("firm.value_cny")
            countries[place][at] = part.read("firm.countries")

    list(pool.map(load, [place for place, here in enumerate(known) if here]))
    flat, each = values.reshape(len(axis), -1), countries.reshape(len(axis), -1)

    def one(month: int) -> Part:
        at = axis.index(month)
        window = slice(at - REACH, at + 1)
        arrays = panel_month(month, flat[window], known[window], each[at])
        told()
        out: dict[str, Array] = {"known": arrays.pop("known")}
        for name, array in arrays.items():
            shaped = array.reshape(flows, firms)
            out |= packed(name, shaped) if array.dtype == np.int64 else {name: shaped}
        return files.write("panel", month, out)

    return {month: pool.submit(one, month) for month in due}
