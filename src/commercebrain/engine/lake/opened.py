"""What a process keeps open of the lakes it reads: one database in memory, and the Delta tables whose logs it has read.

A database of one's own takes longer to begin (some 30 ms) than most questions to answer, and opening a Delta table reads
its log from the last checkpoint on. Both are done once a process; afterwards a table costs the commits that are new.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import duckdb
from deltalake import DeltaTable

T = TypeVar("T")

#: Tables that a process keeps open, and answers that it keeps, one each.
MOST = 256
#: Nanoseconds in which a folder may change twice without its time telling: ticks of the system's clock take 10 ms at most.
TICK = 20_000_000

_lock = threading.Lock()
_tables: OrderedDict[str, tuple[Hashable, DeltaTable]] = OrderedDict()
_databases: dict[int, duckdb.DuckDBPyConnection] = {}


@contextmanager
def reading() -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor of this process's database in memory, for one thread and a ``with``; what is registered on it is its own."""
    with _lock:
        database = _databases.get(os.getpid())
        if database is None:
            database = _databases[os.getpid()] = duckdb.connect()
            database.execute("SET enable_progress_bar = false")
    with database.cursor() as cursor:
        yield cursor


def newest(path: Path) -> DeltaTable:
    """A Delta table as it stands now. The object is shared: nobody keeps it over a commit of somebody else's.

    Raises :class:`deltalake.exceptions.TableNotFoundError` where there is none.
    """
    key, born = str(path), _born(path)
    with _lock:
        born_then, table = _tables.get(key, (None, None))
        if table is None or born is None or born_then != born:
            table = DeltaTable(key)
        else:
            table.update_incremental()
        _tables[key] = (born, table)
        _tables.move_to_end(key)
        while len(_tables) > MOST:
            _tables.popitem(last=False)
        return table


def _born(path: Path) -> Hashable | None:
    """What tells a table from another one that once stood in its place: its first commit or, where Delta has cleaned that
    away (commits older than thirty days go with a checkpoint), its last checkpoint; None where neither is there."""
    for name in (f"{0:020}.json", "_last_checkpoint"):
        try:
            found = (path / "_delta_log" / name).stat()
        except OSError:
            continue
        return os.getpid(), name, found.st_ino, found.st_mtime_ns, found.st_size
    return None


def few_files(path: Path, most: int) -> bool:
    """Puts the files of a table that has more than ``most`` together into few; whether it did. For the only writer.

    One commit, which changes no row: whoever is killed in it leaves the table as it was. Readers that began before read on
    in the old files, which are removed once they are a day old.
    """
    table = newest(path)
    if len(table.file_uris()) <= most:
        return False
    table.optimize.compact()
    newest(path).vacuum(retention_hours=24, enforce_retention_duration=False, dry_run=False)
    return True


def log_state(path: Path) -> tuple[int, ...]:
    """What changes with every commit to a Delta table; (0,) where there is none.

    A log that was written to a moment ago may be written to again within the same tick of the clock: until that has passed
    its state equals no other, so nothing is kept by it.
    """
    try:
        log = (path / "_delta_log").stat()
    except OSError:
        return (0,)
    fresh = abs(time.time_ns() - log.st_mtime_ns) < TICK
    return (log.st_ino, log.st_mtime_ns, *((time.monotonic_ns(),) if fresh else ()))


class Kept(Generic[T]):
    """The newest answer for each of some things, good while a state stays what it was. For any number of threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, tuple[Hashable, T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, thing: Hashable, state: Hashable, make: Callable[[T | None], T]) -> T:
        """The answer kept by ``state``, which was read before; else what ``make`` gives of the older one, kept in its place."""
        with self._lock:
            before, answer = self._held.get(thing, (None, None))
            if answer is not None and before == state:
                self._held.move_to_end(thing)
                return answer
        made = make(answer)
        with self._lock:
            self._held[thing] = (state, made)
            self._held.move_to_end(thing)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return made
