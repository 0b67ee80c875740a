"""One dataset's lines by month under a Delta log, with every vintage kept.

A commit counts once its row stands in the lake's ``batches``, which is written last; a reader looks at ``batches``
first and believes only files whose batch stands there. Files are written aside without a lock; only the short commit
takes the lake's. What a killed writer leaves is removed by the next one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from commercebrain.engine.lake.opened import Kept, log_state, newest
from commercebrain.engine.lake.records.blocks import Coded, MonthBlock, write_block
from commercebrain.engine.lake.records.layout import CONSTANT, FileFacts, connect, delta_schema, stats
from commercebrain.engine.lake.records.schema import RecordDataset
from commercebrain.engine.lake.store import Store

__all__ = ["Coded", "MonthBlock", "MonthVersion", "RecordTable", "StagedFile", "Staging"]


@dataclass(frozen=True)
class MonthVersion:
    """What one batch says of one month: its files (absolute paths), dates, lines; ``number`` counts commits."""

    month: int
    published: date
    taken_in: date
    batch: str
    rows: int
    files: tuple[str, ...]
    synthetic: bool
    number: int
    source: str = ""

    @property
    def rank(self) -> tuple[date, date, int]:
        """Of two versions of a month the one with the greater rank is in force."""
        return (self.published, self.taken_in, self.number)


_vintages: Kept[tuple[MonthVersion, ...]] = Kept()


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A Parquet file written aside, waiting for its commit."""

    path: Path
    facts: FileFacts
    rows: int


def sync(path: Path) -> None:
    """Have the system put a file's contents, or a folder's names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Staging:
    """A folder of one writer beside the table. The system holds its lock until the process ends, however it ends."""

    def __init__(self, table_root: Path) -> None:
        self.files: list[StagedFile] = []
        self.quarantine: tuple[Path, int] | None = None
        while True:
            self.path = table_root / "_staging" / uuid.uuid4().hex
            self.path.mkdir(parents=True)
            self._lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            if (self.path / ".lock").exists():
                return
            os.close(self._lock)  # another writer took the folder for a dead one's in the moment before the lock

    def next_path(self) -> Path:
        """Where the next file may be written."""
        return self.path / f"{uuid.uuid4().hex}.parquet"

    def close(self) -> None:
        """Remove the folder and what was not committed."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


class RecordTable:
    """The dataset's table under ``<root>/records/<code>/``, ``root`` being the lake's."""

    def __init__(self, root: Path, dataset: RecordDataset) -> None:
        self.root = Path(root)
        self.dataset = dataset
        self.path = self.root / "records" / dataset.code
        self.store = Store(self.root)

    def create(self) -> None:
        """Make the table where it is not there yet; harmless afterwards."""
        if self.exists():
            return
        self.store.create()
        with self.store.writing():
            if not self.exists():
                self.path.mkdir(parents=True, exist_ok=True)
                DeltaTable.create(
                    str(self.path),
                    delta_schema(self.dataset),
                    partition_by=list(CONSTANT),
                    name=self.dataset.code,
                    configuration={"delta.checkpointInterval": "50"},
                )

    def exists(self) -> bool:
        """Whether the table has been made."""
        return DeltaTable.is_deltatable(str(self.path))

    # -- reading -----------------------------------------------------------------------------------

    def vintages(self) -> list[MonthVersion]:
        """Every version of every month, in the order of commits."""
        state = (log_state(self.path), log_state(self.root / "batches"))
        return list(_vintages.get(str(self.path), state, lambda _before: tuple(self._read_vintages())))

    def _read_vintages(self) -> list[MonthVersion]:
        if not self.exists():
            return []
        committed = {row["batch"]: int(row["number"]) for row in self.store.batches(dataset=self.dataset.code)}
        found: dict[tuple[str, int], MonthVersion] = {}
        for facts, path, rows in self._files():
            if facts.batch not in committed:
                continue
            key = (facts.batch, facts.month)
            before = found.get(key)
            if before is None:
                found[key] = MonthVersion(
                    month=facts.month,
                    published=facts.published,
                    taken_in=facts.taken_in,
                    batch=facts.batch,
                    rows=rows,
                    files=(str(self.path / path),),
                    synthetic=facts.synthetic,
                    number=committed[facts.batch],
                    source=facts.source,
                )
            else:
                files = tuple(sorted((*before.files, str(self.path / path))))
                found[key] = replace(before, rows=before.rows + rows, files=files)
        return sorted(found.values(), key=lambda v: (v.number, v.month, v.source))

    def months(self, as_of: date | None = None) -> list[MonthVersion]:
        """The versions in force by month (and source) as they were known on a day; None: the newest.

        ``arrives: month`` – one version a month and source (invented and real lines apart). ``arrives: rows`` – every batch known, oldest
        publication first; a line whose key comes again later is replaced, see :func:`relation.lines`.
        """
        known = [v for v in self.vintages() if as_of is None or (v.published <= as_of and v.taken_in <= as_of)]
        if self.dataset.arrives == "rows":
            return sorted(known, key=lambda v: (v.month, v.rank))
        force: dict[tuple[int, str, bool], MonthVersion] = {}
        for version in known:
            key = (version.month, version.source, version.synthetic)
            if key not in force or force[key].rank < version.rank:
                force[key] = version
        return sorted(force.values(), key=lambda v: (v.month, v.source))

    def files(self, as_of: date | None = None, months: Collection[int] | None = None) -> list[str]:
        """The Parquet files in force on a day, of some months or of all."""
        return [f for v in self.months(as_of) if months is None or v.month in months for f in v.files]

    def _files(self) -> Iterator[tuple[FileFacts, str, int]]:
        """Facts, relative path and lines of every file in the log."""
        actions = newest(self.path).get_add_actions(flatten=True)
        names = ["path", "num_records", *(f"partition.{name}" for name in CONSTANT)]
        if not actions.num_rows:
            return
        columns: dict[str, list[Any]] = {n: list(actions.column(n).to_pylist()) for n in names}
        for row in zip(*columns.values(), strict=True):
            values = dict(zip(names, row, strict=True))
            facts = FileFacts(**{name: values[f"partition.{name}"] for name in CONSTANT})
            yield facts, values["path"], int(values["num_records"])

    # -- writing -----------------------------------------------------------------------------------

    def append_months(
        self,
        blocks: Iterable[MonthBlock],
        *,
        published: Callable[[int], date] | date,
        taken_in: Callable[[int], date] | date,
        source: str,
        by: str = "",
        synthetic: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[MonthVersion]:
        """Write blocks of trusted lines and commit them together: all of them count, or none.

        Blocks are taken one at a time, so memory stays at one block's size. Several blocks may be of one month.
        ``progress`` is told the lines written so far (and 0: the whole is not known).
        """
        self.create()
        batch = hashlib.sha256(uuid.uuid4().bytes).hexdigest()
        done = 0
        with self.staging() as staging, connect() as connection:
            for block in blocks:
                facts = FileFacts(
                    month=block.month,
                    published=published(block.month) if callable(published) else published,
                    taken_in=taken_in(block.month) if callable(taken_in) else taken_in,
                    batch=batch,
                    source=source,
                    synthetic=synthetic,
                )
                path = staging.next_path()
                rows = write_block(connection, self.dataset, block, path, facts)
                staging.files.append(StagedFile(path, facts, rows))
                done += rows
                if progress is not None:
                    progress(done, 0)
            if not staging.files:
                return []
            last = max(file.facts.taken_in for file in staging.files)
            row = {"file": source, "sha256": batch, "settings": "{}", "taken_in": last, "by": by, "read": done}
            with self.store.writing():
                self.commit(staging, batch, {**row, "accepted": done})
        return [version for version in self.vintages() if version.batch == batch]

    @contextmanager
    def staging(self) -> Iterator[Staging]:
        """A folder of one's own beside the table, gone afterwards."""
        staging = Staging(self.path)
        try:
            yield staging
        finally:
            staging.close()

    def commit(self, staging: Staging, batch: str, row: Mapping[str, object]) -> None:
        """Make the staged files count, together with the row of ``batches``; call while ``store.writing()``.

        Files move to their month's folder and lie on the disk, the Delta commit names them, the row of ``batches`` comes
        last: after a power loss the log names no file whose lines are not there.
        """
        self.clean()
        self.store.clean()
        actions: list[AddAction | RemoveAction] = []
        folders: set[Path] = set()
        for file in staging.files:
            sync(file.path)
            target = self.path / str(file.facts.month) / f"{batch[:12]}-{file.path.name}"
            target.parent.mkdir(exist_ok=True)
            file.path.rename(target)
            folders.add(target.parent)
            status = target.stat()
            relative = target.relative_to(self.path).as_posix()
            modified = int(status.st_mtime * 1000)
            actions.append(
                AddAction(relative, status.st_size, file.facts.partition(), modified, True, stats(file.rows))
            )
        for folder in (*sorted(folders), self.path):
            sync(folder)
        if actions:
            self._transact(actions)
            log = self.path / "_delta_log"
            for path in (max(log.glob("*.json")), log):
                sync(path)
        if staging.quarantine is not None:
            self.store.add_file("quarantine", *staging.quarantine)
        written: dict[str, object] = {
            "parent": "",
            "file": "",
            "sheets": "[]",
            "settings": "{}",
            "unchanged": 0,
            "quarantined": 0,
            "resolved": "[]",
            "by": "",
            **row,
            "batch": batch,
            "dataset": self.dataset.code,
            "number": len(self.store.batches()) + 1,
        }
        self.store.append("batches", [written], batch)

    def clean(self) -> int:
        """Remove what killed writers left; call while ``store.writing()``. The number of files removed."""
        committed = {row["batch"] for row in self.store.batches(dataset=self.dataset.code)}
        logged: set[str] = set()
        orphans: list[AddAction | RemoveAction] = []
        for facts, path, _ in self._files():
            if facts.batch in committed:
                logged.add(path)
            else:
                size = (self.path / path).stat().st_size
                orphans.append(
                    RemoveAction(path, True, int(time.time() * 1000), size=size, partition_values=facts.partition())
                )
        if orphans:
            self._transact(orphans)
        removed = len(orphans)
        for folder in self.path.iterdir():
            if not folder.name.isdigit():
                continue
            for file in folder.iterdir():
                if file.relative_to(self.path).as_posix() not in logged:
                    file.unlink()
                    removed += 1
        return removed + self._clean_staging()

    def _clean_staging(self) -> int:
        """Remove the folders of writers that are no more: their lock is free."""
        removed = 0
        for folder in (self.path / "_staging").glob("*"):
            try:
                handle = os.open(folder / ".lock", os.O_RDWR)
            except FileNotFoundError:
                continue  # just being made, or just being removed
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                removed += sum(1 for f in folder.iterdir() if f.suffix == ".parquet")
                shutil.rmtree(folder, ignore_errors=True)
            except BlockingIOError:
                continue
            finally:
                os.close(handle)
        return removed

    def _transact(self, actions: list[AddAction | RemoveAction]) -> None:
        newest(self.path).create_write_transaction(
            actions, mode="append", schema=delta_schema(self.dataset), partition_by=list(CONSTANT)
        )
