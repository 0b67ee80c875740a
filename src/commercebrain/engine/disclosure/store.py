"""What may be told of each month, computed once when the month or a new vintage of it comes, and kept.

``<lake>/disclosure/<dataset>/<month>-<vintage>-<declaration>.cols``: a month, the batches in force, and the declaration
of tables by their fingerprints. Nothing is computed when a question is asked; a month without its file tells nothing.

A later vintage withholds whatever an earlier one withheld (and more, where it must): otherwise a cell that did not
change between the two could be computed with the older totals and the newer details.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from commercebrain.engine.disclosure.contributions import compacted, from_parquet, from_working
from commercebrain.engine.disclosure.declared import Tables, declared_tables
from commercebrain.engine.disclosure.details import admitted, members_of
from commercebrain.engine.disclosure.groups import published_groups
from commercebrain.engine.disclosure.margins import Margin
from commercebrain.engine.disclosure.month import Change, Contributions, Earlier, Protected, nothing, protect
from commercebrain.engine.disclosure.primary import add_up
from commercebrain.engine.lake.records.table import MonthVersion, RecordTable
from commercebrain.engine.working.columns import Columns, DamagedError, write_columns
from commercebrain.engine.working.dictionaries import Dictionaries
from commercebrain.engine.working.manifest import read_manifest

_log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]
#: Raised when a newer program would protect otherwise: months are then done again.
METHOD = 2


@dataclass(frozen=True)
class MonthProtection:
    """What may be told of a month: (city, part) → :class:`Protected`; ``labels`` are the texts of codes."""

    month: int
    labels: Mapping[str, tuple[str, ...]]
    of: Mapping[tuple[str, str], Protected]


@dataclass(frozen=True)
class Recomputed:
    """What a refresh of the protection did: months protected (each vintage by itself), and how many cells hold trade,
    are unsafe, are withheld, over the two-way tables of all of them. ``untold`` are the months of which a part is withheld
    whole because its protection could not be computed: an intake never fails for that."""

    months: tuple[int, ...] = ()
    untold: tuple[int, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


def fingerprint(tables: Tables) -> str:
    """The declaration as eight characters."""
    return hashlib.sha256(f"{METHOD}{tables.model_dump_json()}".encode()).hexdigest()[:8]


class Protections:
    """The kept protection of one dataset in the lake at ``root``."""

    def __init__(self, root: Path, tables: Tables) -> None:
        self.tables = tables
        self.folder = Path(root) / "disclosure" / tables.dataset
        self._declared = fingerprint(tables)

    def path(self, month: int, batches: Iterable[str]) -> Path:
        """Where the protection of a month lies, given the batches in force."""
        vintage = hashlib.sha256(",".join(sorted(batches)).encode()).hexdigest()[:12]
        return self.folder / f"{month}-{vintage}-{self._declared}.cols"

    def month(self, month: int, batches: Iterable[str]) -> MonthProtection | None:
        """The protection of a month as it is known by these batches; None: it has not been computed, so tell nothing."""
        path = self.path(month, batches)
        try:
            return _read(str(path), path.stat().st_mtime_ns, _Hashed(self.tables, self._declared))
        except (FileNotFoundError, DamagedError):
            return None

    def write(self, month: int, batches: Iterable[str], made: MonthProtection) -> None:
        """Keep the protection of a month."""
        self.folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, Any] = {}
        parts: list[dict[str, Any]] = []
        for number, ((city, part), one) in enumerate(sorted(made.of.items())):
            parts.append({"city": city, "part": part, "whole": one.whole, "counts": dict(one.counts), "sums": one.sums})
            for name, margin in one.margins.items():
                arrays[f"{number}.{name}.pool"] = margin.pool
                arrays[f"{number}.{name}.unsafe"] = margin.unsafe
            for code, hidden in one.cells.items():
                arrays[f"{number}.{code}"] = np.packbits(hidden, axis=None)
        facts = {"month": month, "labels": {name: list(texts) for name, texts in made.labels.items()}, "parts": parts}
        write_columns(self.path(month, batches), arrays, facts)


@dataclass(frozen=True)
class _Hashed:
    """A declaration as part of a key: its fingerprint stands for it."""

    tables: Tables = field(compare=False)
    fingerprint: str


@lru_cache(maxsize=256)
def _read(path: str, _changed: int, hashed: _Hashed) -> MonthProtection:
    tables = hashed.tables
    file = Columns(Path(path))
    labels = {name: tuple(texts) for name, texts in file.facts["labels"].items()}
    sizes = {name: len(texts) for name, texts in labels.items()}
    found: dict[tuple[str, str], Protected] = {}
    for number, part in enumerate(file.facts["parts"]):
        margins = {}
        for name in tables.dimensions:
            pool = file.read(f"{number}.{name}.pool")
            margins[name] = Margin(pool != -1, pool, file.read(f"{number}.{name}.unsafe"))
        cells = {}
        for table in tables.double:
            a, b = (sizes[name] for name in table.by)
            bits = np.unpackbits(file.read(f"{number}.{table.code}"), count=a * b)
            cells[table.code] = bits.astype(bool).reshape(a, b)
        found[part["city"], part["part"]] = Protected(
            part["whole"], margins, cells, part["counts"], tuple(part["sums"])
        )
    month = int(file.facts["month"])
    file.close()
    return MonthProtection(month, labels, found)


def protect_month(
    month: int,
    given: Contributions,
    parts: Any,
    tables: Tables,
    groups: Mapping[str, Sequence[frozenset[str]]],
    day: date,
    earlier: tuple[MonthProtection, Contributions, Any] | None = None,
) -> MonthProtection:
    """The protection of a month's contributions: each city and each part by itself. ``parts``: the part of each row;
    ``earlier``: the vintage before, its contributions and their parts. A part whose protection fails is withheld whole, with
    ``gave_up`` among its counts."""
    if earlier is not None:
        given = _with_labels(given, earlier[1], tables)
    place = given.codes[tables.place]
    cities = np.array([label[:4] + "00" for label in given.labels[tables.place]], dtype=str)
    of_row = cities[place] if len(cities) else np.zeros(0, dtype=str)
    found = {}
    for city in np.unique(of_row).tolist():
        for part in np.unique(parts[of_row == city]).tolist():
            every = given.only((of_row == city) & (parts == part))
            rows = compacted(every, list(tables.dimensions))
            try:
                before = None
                if earlier is not None and (known := _relabelled(*earlier, (city, part), given.labels, tables)):
                    before = replace(known[0], change=_change(rows, *known, tables, groups))
                made = protect(rows, tables, groups=groups, earlier=before)
                if made.whole and tables.fine is not None and tables.coarse is not None:
                    sums = _sums(every, made, tables, tables.fine, tables.coarse, day)
                    if earlier is not None and (city, part) in earlier[0].of:  # no finer pieces than were told before
                        sums = tuple(one for one in sums if one in earlier[0].of[city, part].sums)
                    if before is not None and before.change is not None:  # nor of the difference of the two
                        came = every.only(before.change.places[every.codes[tables.place]])
                        also = _sums(came, made, tables, tables.fine, tables.coarse, day) if len(came.firm) else ()
                        sums = tuple(one for one in sums if one in also)
                    made = replace(made, sums=sums)
            except Exception:  # the lines are in the record, and nothing told of them is the strictest protection
                _log.exception("%s of %s in %s could not be protected and is withheld whole", part, city, month)
                sizes = {name: len(given.labels[name]) for name in tables.dimensions}
                made = replace(nothing(tables, sizes), counts={"gave_up": 1})
            found[city, part] = made
    return MonthProtection(month, given.labels, found)


def _with_labels(given: Contributions, earlier: Contributions, tables: Tables) -> Contributions:
    """The same with codes for the categories that only an earlier vintage had: what is gone is withheld as it was."""
    labels = dict(given.labels)
    for name in tables.dimensions:
        here = set(labels[name])
        labels[name] = (*labels[name], *(label for label in earlier.labels[name] if label not in here))
    return replace(given, labels=labels)


def _sums(given: Contributions, made: Protected, tables: Tables, fine: str, coarse: str, day: date) -> tuple[str, ...]:
    code, firm, value = add_up(given.codes[fine], given.firm, given.value)
    of = np.zeros(len(given.labels[fine]), np.int64)
    of[given.codes[fine]] = given.codes[coarse]
    sums = members_of(tables.dataset, fine, day, given.labels[fine])
    return admitted(code, firm, value, of, made.margins[coarse], sums, tables.rule)


def _change(
    given: Contributions,
    earlier: Earlier,
    before: Contributions,
    tables: Tables,
    groups: Mapping[str, Sequence[frozenset[str]]],
) -> Change | None:
    """The places that one of two vintages (``given``, and ``before`` it) has and the other has not, as a city of their
    own; None where there are none, or nothing was told before."""
    size = len(given.labels[tables.place])
    there = [np.bincount(one.codes[tables.place][one.value != 0], minlength=size) > 0 for one in (given, before)]
    late, gone = there[0] & ~there[1], there[1] & ~there[0]
    if not earlier.protected.whole or not (late | gone).any():
        return None
    if late.any() and gone.any():  # one difference of two unknown things is judged by neither alone
        return Change(nothing(tables, {name: len(given.labels[name]) for name in tables.dimensions}), late | gone)
    rows, places = (given, late) if late.any() else (before, gone)
    return Change(protect(rows.only(places[rows.codes[tables.place]]), tables, groups=groups), places)


def _relabelled(
    earlier: MonthProtection,
    given: Contributions,
    parts: Any,
    key: tuple[str, str],
    labels: Mapping[str, tuple[str, ...]],
    tables: Tables,
) -> tuple[Earlier, Contributions] | None:
    """An earlier vintage's protection and totals, and its contributions, in the codes of a later one
    (which has a code for every category of the earlier)."""
    one = earlier.of.get(key)
    if one is None:
        return None
    at = {name: {label: place for place, label in enumerate(labels[name])} for name in tables.dimensions}

    def moved(name: str, texts: tuple[str, ...]) -> Any:
        return np.array([at[name].get(label, -1) for label in texts], dtype=np.int64)

    places = {name: moved(name, earlier.labels[name]) for name in at}
    cities = np.array([label[:4] + "00" for label in given.labels[tables.place]], dtype=str)
    rows = given.only((cities[given.codes[tables.place]] == key[0]) & (parts == key[1]))
    codes = {name: moved(name, given.labels[name])[rows.codes[name]] for name in at}
    margins, totals, cells, values = {}, {}, {}, {}
    for name, margin in one.margins.items():
        hidden, total = np.zeros(len(labels[name]), bool), np.zeros(len(labels[name]), np.int64)
        there = places[name] >= 0
        hidden[places[name][there]] = margin.hidden[there]
        margins[name] = Margin(hidden, np.where(hidden, 0, -1), hidden)
        kept = codes[name] >= 0
        np.add.at(total, codes[name][kept], rows.value[kept])
        totals[name] = total
    for table in tables.double:
        a, b = table.by
        shape = (len(labels[a]), len(labels[b]))
        hidden, total = np.zeros(shape, bool), np.zeros(shape, np.int64)
        first, second = np.nonzero(one.cells[table.code])
        keep = (places[a][first] >= 0) & (places[b][second] >= 0)
        hidden[places[a][first[keep]], places[b][second[keep]]] = True
        kept = (codes[a] >= 0) & (codes[b] >= 0)
        np.add.at(total, (codes[a][kept], codes[b][kept]), rows.value[kept])
        cells[table.code], values[table.code] = hidden, total
    held = Contributions(codes, labels, rows.firm, rows.value)
    return Earlier(Protected(one.whole, margins, cells), totals, values), held


def recompute(
    table: RecordTable, *, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None
) -> Recomputed:
    """Protect every month and vintage of ``table`` that has not been protected yet, the oldest vintage of a month first.

    The newest vintage is read from the working store where it has it, others from the record. A dataset without
    declared tables has none that may be asked without clearance, so there is nothing to do.
    """
    tables = declared_tables().get(table.dataset.code)
    firm = table.dataset.firm
    if tables is None or firm is None:
        return Recomputed()
    kept = Protections(table.root, tables)
    states = vintages(table.vintages())
    due = {m: sets for m, sets in states.items() if any(not kept.path(m, set_).exists() for set_ in sets)}
    if not due:
        return Recomputed()
    newest = max(states)
    day = date(newest // 100, newest % 100, 28)
    groups = published_groups(day)
    folder = table.root / "working" / table.dataset.code
    manifest = read_manifest(folder)
    dictionaries = Dictionaries.load(folder / "dict", manifest.dictionaries) if manifest is not None else None

    def contributions(month: int, versions: Mapping[str, MonthVersion]) -> tuple[Contributions, Any]:
        state = manifest.months.get(month) if manifest is not None else None
        if state is not None and dictionaries is not None and set(state.batches) == set(versions):
            try:
                lines = Columns(folder / state.lines.path)
            except DamagedError:
                pass
            else:
                found = from_working(lines, dictionaries, tables, firm)
                lines.close()
                return found
        files = [file for version in versions.values() for file in version.files]
        return from_parquet(files, tables, firm)

    done: list[int] = []
    untold: set[int] = set()
    counts: dict[str, int] = {}

    def one(month: int) -> None:
        if cancelled is not None and cancelled():
            return
        try:
            protected(month)
        except Exception:  # no file: nothing is told of this vintage and of those after it, until a refresh succeeds
            _log.exception("%s of %s could not be protected and is withheld", month, table.dataset.code)
            untold.add(month)
        if progress is not None:
            progress(len({*done, *untold}), len(due))

    def protected(month: int) -> None:
        earlier: tuple[MonthProtection, Contributions, Any] | None = None
        for number, versions in enumerate(due[month]):
            made = kept.month(month, versions)
            last = number + 1 == len(due[month])
            if made is not None and last:
                break
            given, parts = contributions(month, versions)
            if made is None:
                made = protect_month(month, given, parts, tables, groups, day, earlier)
                kept.write(month, versions, made)
                for part in made.of.values():
                    for name, many in part.counts.items():
                        counts[name] = counts.get(name, 0) + many
                    if "gave_up" in part.counts:
                        untold.add(month)
            earlier = (made, given, parts)
        done.append(month)

    for name in tables.dimensions:  # derived dictionaries are made on first use: not by two threads at once
        if dictionaries is not None:
            dictionaries.of(name)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, sorted(due)))
    return Recomputed(tuple(sorted(done)), tuple(sorted(untold)), counts)


def vintages(versions: Iterable[MonthVersion]) -> dict[int, list[dict[str, MonthVersion]]]:
    """What was in force of each month after each commit that changed it, in the order of commits: batch → version."""
    found: dict[int, list[dict[str, MonthVersion]]] = {}
    force: dict[int, dict[tuple[str, bool], MonthVersion]] = {}
    for version in sorted(versions, key=lambda one: one.number):
        here = force.setdefault(version.month, {})
        key = (version.source, version.synthetic)
        if key not in here or here[key].rank < version.rank:
            here[key] = version
        now = {one.batch: one for one in here.values()}
        sets = found.setdefault(version.month, [])
        if not sets or sets[-1].keys() != now.keys():
            sets.append(now)
    return found
