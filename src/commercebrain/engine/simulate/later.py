"""Time goes on in the invented city: months after those that were simulated, handed over on customs' release days.

The months come from the same trade as those before (same seed, same shocks), with what help did to firms that got some;
what stands in the lake is never touched. The key is told of each month.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.simulate.key import Asked, extended, key_path, read_key, write_key
from commercebrain.engine.simulate.lines import month_blocks
from commercebrain.engine.simulate.others import append_others
from commercebrain.engine.simulate.responses import Help
from commercebrain.engine.simulate.trade import Trade, trade_of
from commercebrain.engine.simulate.world import month_number, yyyymm
from commercebrain.engine.simulate.write import DATASET, released


def asked_of(root: Path) -> Asked | None:
    """What the invented city of a lake was asked for; None where no whole city is in it."""
    if not key_path(root).exists():
        return None
    key = read_key(root)
    return Asked(**key["asked"]) if key.get("complete") else None


def due_months(root: Path, day: date) -> list[int]:
    """The months (yyyymm) after those in the lake that customs have released by ``day``, oldest first."""
    asked = asked_of(root)
    if asked is None:
        return []
    found, month = [], month_number(read_key(root).get("until", asked.last)) + 1
    while released(yyyymm(month)) <= day:
        found.append(yyyymm(month))
        month += 1
    return found


def trade_in(root: Path, helps: Iterable[Help] = ()) -> Trade:
    """The trade of the city in a lake, with what help does. Raises :class:`UserError` (``simulate.no_key``)."""
    asked = Asked(**read_key(root)["asked"])
    return trade_of(asked.seed, asked.firms, month_number(asked.last)).helped(helps)


def take_in(
    root: Path, month: int, helps: Iterable[Help] = (), *, progress: Callable[[int, int], None] | None = None
) -> int:
    """Puts a month (yyyymm) of the city into its lake, published on its release day, with its other data sets; the lines.

    A month that is there is left as it is; one whose taking in was killed is finished. The working store is not refreshed:
    that is the caller's, once for all months.
    """
    asked, trade, number = Asked(**read_key(root)["asked"]), trade_in(root, helps), month_number(month)
    table = RecordTable(root, record_dataset(DATASET))
    lines = 0
    if not any(version.month == month and version.synthetic for version in table.vintages()):
        lines = lines_of(trade, asked, number)
        table.append_months(
            month_blocks(trade, number, lines), published=released, taken_in=released, source=table.dataset.provider,
            by="simulate", synthetic=True, progress=None if progress is None else lambda done, _: progress(done, lines),
        )  # fmt: skip
    append_others(root, asked.seed, asked.firms, trade, number)
    key = read_key(root)
    if key.get("until", asked.last) < month:
        write_key(root, extended(key, trade, number))
    return lines


def lines_of(trade: Trade, asked: Asked, month: int) -> int:
    """How many lines a month (a running number) gets: as many for its value as the months before had for theirs."""
    months = range(month_number(asked.first), month_number(asked.last) + 1)
    traded = sum(int(trade.scale(one)[1].sum()) for one in months)
    return round(asked.lines * int(trade.values(month).sum()) / traded)


def helps_in(key: dict[str, Any]) -> list[Help]:
    """The help that the months of a key were made with, as it tells of it."""
    return [Help(row["uscc"], date.fromisoformat(row["on"]), row["measure"]) for row in key.get("helps", ())]
