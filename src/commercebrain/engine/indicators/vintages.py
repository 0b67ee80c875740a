"""Which vintage of each month counts for a question: looked up once for each state of the record."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from commercebrain.engine.lake.opened import log_state
from commercebrain.engine.lake.records.schema import RecordDataset, record_dataset
from commercebrain.engine.lake.records.table import MonthVersion, RecordTable
from commercebrain.engine.lake.records.waiting import waiting_lines


def in_force(root: Path, dataset: RecordDataset, day: date) -> tuple[MonthVersion, ...]:
    """The months' versions in force as known on ``day``."""
    return _in_force(str(root), dataset.code, state(root, dataset.code), day)


def months_waiting(root: Path, dataset: RecordDataset, day: date) -> frozenset[int]:
    """The months of which lines waited for corrections on ``day``."""
    return _months_waiting(str(root), dataset.code, state(root, dataset.code), day)


def state(root: Path, code: str) -> tuple[int, ...]:
    """What changes with every commit to the record of a dataset."""
    return (*log_state(root / "records" / code), *log_state(root / "batches"))


@lru_cache(maxsize=64)
def _in_force(root: str, code: str, _state: tuple[int, ...], day: date) -> tuple[MonthVersion, ...]:
    table = RecordTable(Path(root), record_dataset(code))
    return tuple(table.months(day)) if table.exists() else ()


@lru_cache(maxsize=64)
def _months_waiting(root: str, code: str, _state: tuple[int, ...], day: date) -> frozenset[int]:
    table = RecordTable(Path(root), record_dataset(code))
    return frozenset(waiting_lines(table, day)) if table.exists() else frozenset()
