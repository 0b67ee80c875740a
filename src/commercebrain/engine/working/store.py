"""The working store of a dataset: built from the record, refreshed month by month, read through a pinned manifest."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from commercebrain.engine.errors import CancelledError
from commercebrain.engine.lake.records.blocks import MonthBlock
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import MonthVersion, RecordTable
from commercebrain.engine.rollups.conditions import Counted
from commercebrain.engine.rollups.indicators import additive_indicators
from commercebrain.engine.rollups.reader import RollupReader
from commercebrain.engine.rollups.refresh import Changed, Files, compute
from commercebrain.engine.working.columns import DamagedError
from commercebrain.engine.working.dictionaries import Dictionaries
from commercebrain.engine.working.manifest import (
    Manifest,
    MonthState,
    Part,
    next_number,
    read_manifest,
    refreshing,
    swap_manifest,
)
from commercebrain.engine.working.months import (
    KEYS,
    MEASURES,
    build_month,
    coded_lines,
    dictionary_tables,
    new_values,
    write_month,
)

Progress = Callable[[int, int], None]
#: Lines just written, by the version's batch and month.
Fresh = Mapping[tuple[str, int], MonthBlock]


@dataclass(frozen=True)
class RefreshReport:
    """What a refresh did: months built from the record, roll-ups computed, seconds by step, indicators counted; ``untold``
    are the months of which something is withheld whole because its protection could not be computed."""

    months: tuple[int, ...] = ()
    rolled: tuple[int, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    indicators: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    version: str = ""
    untold: tuple[int, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether readers see anything new."""
        return bool(self.months or self.rolled)


def threads() -> int:
    """How many months are worked on at once: ``CBRAIN_THREADS``, by default as many as there are processors."""
    given = os.environ.get("CBRAIN_THREADS", "")
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(int(given), 1) if given.isdigit() else here


class Working:
    """The working stores under a lake's root: ``<root>/working/<dataset>/``. Never the only copy of anything."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def folder(self, code: str) -> Path:
        """Where the store of a dataset lies."""
        return self.root / "working" / code

    def fits(self, table: RecordTable) -> bool:
        """Whether roll-ups are kept of this dataset: it has the columns of a declaration line."""
        return table.dataset.arrives == "month" and {*KEYS, *MEASURES} <= table.dataset.columns.keys()

    def reader(self, code: str) -> RollupReader | None:
        """What has been built of a dataset, pinned to the manifest of now; None where nothing whole has been."""
        manifest = read_manifest(self.folder(code))
        if manifest is None or not manifest.months:
            return None
        try:
            return RollupReader(self.folder(code), manifest)
        except DamagedError:
            return None  # the lines answer until the next refresh has made it again

    def refresh(
        self,
        table: RecordTable,
        *,
        rebuild: bool = False,
        recompute: bool = False,
        counted: Sequence[Counted] | None = None,
        fresh: Fresh | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> RefreshReport:
        """Build the months that the record has and the store has not, then everything that depends on them.

        ``rebuild`` makes all months again from the record, ``recompute`` all roll-ups from the coded months. ``counted``
        are the indicators counted in one pass, by default those of the catalogue. ``fresh`` gives all lines of versions
        that the caller has just written, so that they need not be read back; without them, or where the record counts
        other lines, the record is read. Nothing is seen by readers until all
        of it is there; ``cancelled`` is asked between months and leaves the store as it was. Of two refreshes at once
        the second waits for the first.
        """
        if not self.fits(table):
            return RefreshReport()
        code = table.dataset.code
        folder = self.folder(code)
        with refreshing(folder):
            before = read_manifest(folder)
            empty = Manifest(code)
            manifest = empty if before is None or rebuild else before
            try:
                return self._refresh(table, manifest, before, recompute, counted, progress, cancelled, fresh or {})
            except DamagedError:
                # A file of the cache is gone or cut short: the record has everything.
                return self._refresh(table, empty, before, True, counted, progress, cancelled, fresh or {})

    def _refresh(
        self, table: RecordTable, manifest: Manifest, before: Manifest | None, recompute: bool,
        counted: Sequence[Counted] | None, progress: Progress | None, cancelled: Callable[[], bool] | None,
        fresh: Fresh,
    ) -> RefreshReport:  # fmt: skip
        folder = self.folder(table.dataset.code)
        started = time.perf_counter()
        wanted = _by_month(table.months())
        gone = [month for month in manifest.months if month not in wanted]
        due = {
            month: versions
            for month, versions in wanted.items()
            if month not in manifest.months or manifest.months[month].batches != tuple(v.batch for v in versions)
        }
        token = secrets.token_hex(4)
        steps = len(due) * 2 + len(wanted)
        told = _Told(progress, cancelled, steps)
        dictionaries = Dictionaries.load(folder / "dict", manifest.dictionaries or {column: [] for column in KEYS})
        built = _build(folder, due, dictionaries, token, told, fresh)
        kept = {month: state for month, state in manifest.months.items() if month in wanted and month not in due}
        names = dictionaries.save(folder / "dict", manifest.dictionaries)
        seconds = {"build": time.perf_counter() - started}
        if counted is None:
            counted = additive_indicators(table.dataset.code, max(wanted, default=0))
        after = replace(
            manifest,
            number=next_number(folder),
            dictionaries=names,
            sizes=dictionaries.sizes(),
            months=dict(sorted({**kept, **built}.items())),
        )
        changed = Changed(set(after.months) if recompute else set(due), set(gone))
        result = compute(Files(folder, token), after, dictionaries, changed, counted, threads(), told)
        report = RefreshReport(
            tuple(sorted(due)),
            tuple(sorted(result.rolled)),
            {**seconds, **result.seconds},
            result.indicators,
            result.left_out,
            str(result.manifest.number),
        )
        if before is None or gone or report.changed or result.manifest != before:
            swap_manifest(folder, result.manifest)
        return report


class _Told:
    """Progress of a refresh, and whether someone wants it to stop."""

    def __init__(self, progress: Progress | None, cancelled: Callable[[], bool] | None, steps: int) -> None:
        self._progress, self._cancelled, self._steps, self._done = progress, cancelled, max(steps, 1), 0

    def __call__(self) -> None:
        self._done = min(self._done + 1, self._steps)
        if self._progress is not None:
            self._progress(self._done, self._steps)
        if self._cancelled is not None and self._cancelled():
            raise CancelledError


def _by_month(versions: Iterable[MonthVersion]) -> dict[int, list[MonthVersion]]:
    found: dict[int, list[MonthVersion]] = {}
    for version in versions:
        found.setdefault(version.month, []).append(version)
    return found


def _build(
    folder: Path, due: dict[int, list[MonthVersion]], dictionaries: Dictionaries, token: str,
    told: Callable[[], None], fresh: Fresh,
) -> dict[int, MonthState]:  # fmt: skip
    """Coded lines of the months that are due: from what is at hand, else from the record, several at a time."""
    if not due:
        return {}
    (folder / "lines").mkdir(parents=True, exist_ok=True)
    given = {month: found for month, versions in due.items() if (found := _at_hand(versions, fresh)) is not None}
    made: dict[int, MonthState] = {}
    for month, block in given.items():
        lines = coded_lines(block, dictionaries)
        if lines is not None:
            name = _name(due[month], token)
            made[month] = _state(due[month], name, write_month(lines, dictionaries, folder / name))
            told()
    read = [month for month in sorted(due) if month not in made]
    if not read:
        return made
    with duckdb.connect(config={"threads": threads(), "preserve_insertion_order": "false"}) as connection:
        new_values(connection, [file for month in read for v in due[month] for file in v.files], dictionaries)
        dictionary_tables(connection, dictionaries)

        def one(month: int) -> MonthState:
            name = _name(due[month], token)
            files = [file for version in due[month] for file in version.files]
            with connection.cursor() as cursor:
                state = _state(due[month], name, build_month(cursor, files, dictionaries, folder / name))
            told()
            return state

        with ThreadPoolExecutor(threads()) as pool:
            return made | {state.month: state for state in pool.map(one, read)}


def _at_hand(versions: Sequence[MonthVersion], fresh: Fresh) -> MonthBlock | None:
    """The lines of a month where one version is all of it and the caller has them."""
    block = fresh.get((versions[0].batch, versions[0].month)) if len(versions) == 1 else None
    return block if block is not None and len(block) == versions[0].rows else None


def _name(versions: Sequence[MonthVersion], token: str) -> str:
    batches = [version.batch for version in versions]
    short = batches[0][:12] if len(batches) == 1 else hashlib.sha256("".join(batches).encode()).hexdigest()[:12]
    return f"lines/{versions[0].month}-{short}.{token}.cols"


def _state(versions: Sequence[MonthVersion], name: str, made: dict[str, int]) -> MonthState:
    return MonthState(
        month=versions[0].month,
        batches=tuple(version.batch for version in versions),
        published=max(version.published for version in versions),
        taken_in=max(version.taken_in for version in versions),
        synthetic=any(version.synthetic for version in versions),
        rows=made["lines"],
        keys=made["keys"],
        number=max(version.number for version in versions),
        lines=Part(name, made["bytes"]),
    )


def refresh_dataset(root: Path, code: str, **options: Any) -> RefreshReport:
    """Refresh the store of dataset ``code`` in the lake at ``root``, then what may be told of it without clearance for
    firms; options as of :meth:`Working.refresh`."""
    from commercebrain.engine.disclosure.store import recompute  # it reads the store

    table = RecordTable(root, record_dataset(code))
    report = Working(root).refresh(table, **options)
    protected = recompute(table, cancelled=options.get("cancelled"))
    return replace(report, untold=protected.untold)
