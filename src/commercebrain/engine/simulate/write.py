"""Puts the invented city's lines into a lake, or into a folder of Parquet files, with the key beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from commercebrain.engine.errors import CancelledError, UserError
from commercebrain.engine.lake.records.blocks import write_block
from commercebrain.engine.lake.records.layout import FileFacts, connect
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable
from commercebrain.engine.simulate.key import Asked, answer_key, key_path, read_key, write_key
from commercebrain.engine.simulate.lines import check_lines, month_blocks, plan
from commercebrain.engine.simulate.trade import Trade, trade_of
from commercebrain.engine.simulate.world import month_number, world, yyyymm

DATASET = "declaration_lines"
INVENTED = "99"  # what codes of invented regions begin with

#: Is told how much is done, of how much, and of what: ``lines``, then ``working`` (the working store's steps).
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Simulated:
    """What a simulation did. ``already``: everything was there from an earlier run."""

    asked: Asked
    key: dict[str, Any]
    key_path: Path
    already: bool


def released(month: int) -> date:
    """The day on which customs hand over a month (yyyymm)."""
    following = month_number(month) + 1
    return date(following // 12, following % 12 + 1, int(world().city["release_day"]))


def simulate(
    root: Path, lines: int, seed: int = 0, first: str | int = "", last: str | int = "", firms: int = 0, *,
    progress: Progress | None = None, cancelled: Callable[[], bool] | None = None,
) -> Simulated:  # fmt: skip
    """Fill the lake at ``root`` with ``lines`` lines in force from month ``first`` to ``last``, marked synthetic.

    Each month is published on the customs' release day; months with a declared fault of delivery have their faulty
    version then and the mended one later. A second call with the same arguments does nothing; one that was killed is
    finished by the next. The working store is current in the end.

    Raises :class:`UserError`: ``simulate.other`` when the lake holds another simulation, and those of
    :func:`lines.blocks`; :class:`CancelledError` when ``cancelled`` said so.
    """
    asked = _asked(lines, seed, first, last, firms)
    table = RecordTable(root, record_dataset(DATASET))
    # Sent under the provider's name, marked invented: a month that is taken in again later replaces the simulated one.
    source = table.dataset.provider
    ours = [version for version in table.vintages() if version.synthetic]
    if ours and key_path(root).exists():
        key = read_key(root)
        if key["asked"] != asked.__dict__:
            raise UserError(
                "simulate.other",
                f"“{root}”里已有另一组参数生成的示例市明细（{_told(key['asked'])}）。两组不能并存，请用 --into 指定另一个数据湖。",
                f"“{root}” already holds lines of the invented city made otherwise ({_told(key['asked'])}). "
                "Two of them cannot stand together; name another lake with --into.",
            )
        if key.get("complete"):
            _refresh(root, progress, cancelled)
            return Simulated(asked, key, key_path(root), already=True)
    trade, counts = _planned(asked)
    key = answer_key(trade, asked)
    write_key(root, {**key, "complete": False})
    faults: dict[int, list[dict[str, Any]]] = {}
    for row in key["faults"]:
        faults.setdefault(row["month"], []).append(row)
    mended = {month: max(date.fromisoformat(row["mended"]) for row in rows) for month, rows in faults.items()}

    def published(month: int) -> date:
        return mended.get(month) or released(month)

    def made(months: list[int], *, faulty: bool) -> Iterator[MonthBlock]:
        for month in months:
            for block in month_blocks(trade, month, counts[month]):
                if cancelled is not None and cancelled():
                    raise CancelledError
                yield _spoilt(block, faults[block.month]) if faulty else block

    first_versions = [month for month in counts if yyyymm(month) in faults]
    if first_versions and not ours:
        table.append_months(
            made(first_versions, faulty=True), published=released, taken_in=released, source=source, by="simulate",
            synthetic=True,
        )  # fmt: skip
    if not _mended(table, asked, published):
        table.append_months(
            made(list(counts), faulty=False), published=published, taken_in=published, source=source, by="simulate",
            synthetic=True, progress=None if progress is None else lambda done, _all: progress(done, lines, "lines"),
        )  # fmt: skip
    key = {**key, "complete": True}
    path = write_key(root, key)
    _refresh(root, progress, cancelled)
    return Simulated(asked, key, path, already=False)


def _refresh(root: Path, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
    """Bring the working store, and what may be told of it without clearance for firms, up to date; at once where it is."""
    from commercebrain.engine.working.store import refresh_dataset  # its kernels take time to load

    refresh_dataset(
        root,
        DATASET,
        progress=None if progress is None else lambda done, total: progress(done, total, "working"),
        cancelled=cancelled,
    )


def _mended(table: RecordTable, asked: Asked, published: Callable[[int], date]) -> bool:
    """Whether the whole of the data is in already: an earlier run was killed between the data and its key."""
    ours = [version for version in table.months() if version.synthetic]
    return sum(version.rows for version in ours) == asked.lines and all(
        version.published == published(version.month) for version in ours
    )


def write_folder(
    folder: Path, lines: int, seed: int = 0, first: str | int = "", last: str | int = "", firms: int = 0, *,
    progress: Progress | None = None, cancelled: Callable[[], bool] | None = None,
) -> Simulated:  # fmt: skip
    """The same lines as Parquet files, ``<yyyymm>-<part>.parquet`` in ``folder``, each marked synthetic, and the key.

    Files hold what is in force in the end: faults of delivery are a lake's matter. Raises as :func:`simulate`.
    """
    asked = _asked(lines, seed, first, last, firms)
    dataset = record_dataset(DATASET)
    trade, counts = _planned(asked)
    folder.mkdir(parents=True, exist_ok=True)
    done = 0
    with connect() as connection:
        for month, count in counts.items():
            for part, block in enumerate(month_blocks(trade, month, count), 1):
                if cancelled is not None and cancelled():
                    raise CancelledError
                day = released(block.month)
                facts = FileFacts(block.month, day, day, "simulated", dataset.provider, synthetic=True)
                path = folder / f"{block.month}-{part}.parquet"
                done += write_block(connection, dataset, block, path, facts)
                if progress is not None:
                    progress(done, lines, "lines")
    key = {**answer_key(trade, asked), "faults": [], "complete": True}
    return Simulated(asked, key, write_key(folder, key), already=False)


def _asked(lines: int, seed: int, first: str | int, last: str | int, firms: int) -> Asked:
    begin, end = world().span(first, last)
    check_lines(lines, begin, end)
    return Asked(lines, seed, firms or int(world().city["firms"]), yyyymm(begin), yyyymm(end))


def _planned(asked: Asked) -> tuple[Trade, dict[int, int]]:
    """The trade to cut lines from, and how many each month gets."""
    begin, end = month_number(asked.first), month_number(asked.last)
    trade = trade_of(asked.seed, asked.firms, end)
    if any(not county.startswith(INVENTED) for county in trade.city.counties):
        raise ValueError("invented lines may only lie in invented regions")
    return trade, plan(trade, asked.lines, begin, end)


def _told(asked: dict[str, int]) -> str:
    return ", ".join(f"{name}={value}" for name, value in asked.items())


def _spoilt(block: MonthBlock, faults: list[dict[str, Any]]) -> MonthBlock:
    """The block as it was first delivered: values of a county too low, or its lines missing."""
    county = block.columns["county"]
    assert isinstance(county, Coded)  # noqa: S101 - made so in lines.py
    columns: dict[str, Any] = dict(block.columns)
    kept = np.ones(len(block), dtype=bool)
    for fault in faults:
        there = county.codes == county.values.index(fault["county"])
        if fault["factor"] == 0:
            kept &= ~there
        for name in ("value_cny", "value_usd"):
            columns[name] = np.where(there, np.floor(columns[name] * fault["factor"]), columns[name]).astype(np.int64)
    for name, column in columns.items():
        columns[name] = Coded(column.codes[kept], column.values) if isinstance(column, Coded) else column[kept]
    return MonthBlock(block.month, columns)
