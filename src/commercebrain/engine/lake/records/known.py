"""Lines that add up: which of a file are known already, and which line of a key is in force."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import duckdb

from commercebrain.engine.lake.records.layout import data_columns, name_literal, text_literal

if TYPE_CHECKING:
    from commercebrain.engine.lake.records.checking import Checked
    from commercebrain.engine.lake.records.schema import RecordDataset
    from commercebrain.engine.lake.records.table import MonthVersion, RecordTable


def lines(dataset: RecordDataset, versions: Sequence[MonthVersion]) -> str:
    """SQL (DuckDB) of the lines of some versions, without those that a later publication of the same key replaces.

    The columns are the data columns and the constant ones. Give the versions known on a day for the lines in force
    on that day. Without versions the relation has no lines; there must be one at least.
    """
    files = "[" + ", ".join(text_literal(f) for v in versions for f in v.files) + "]"
    if dataset.arrives == "month":
        return f"SELECT * FROM read_parquet({files})"  # noqa: S608 - literals
    key = ", ".join(name_literal(name) for name in dataset.key)
    order = " ".join(f"WHEN {text_literal(v.batch)} THEN {v.number}" for v in {v.batch: v for v in versions}.values())
    return (
        f"SELECT * FROM read_parquet({files}) QUALIFY row_number() OVER (PARTITION BY {key} "  # noqa: S608
        f"ORDER BY published DESC, taken_in DESC, CASE batch {order} END DESC) = 1"
    )


def drop_known(connection: duckdb.DuckDBPyConnection, checked: Checked, table: RecordTable) -> int:
    """Take lines out of ``good__`` that are in force with the same content; the number taken out."""
    versions = table.months()
    if not versions:
        return 0
    held = lines(table.dataset, versions)
    join, same = [], []
    for name in data_columns(table.dataset):
        f = checked.fields.get(name)
        own = "NULL" if f is None else f"v_{name}.value" if f.listed else f"g.{name_literal(name)}"
        if f is not None and f.listed:
            join.append(f"LEFT JOIN v_{name} ON v_{name}.code = g.{name_literal(name)}")
        same.append(f"{own} IS NOT DISTINCT FROM h.{name_literal(name)}")
    gone = connection.execute(
        "DELETE FROM good__ USING (SELECT g.sheet__ AS s, g.line__ AS l FROM good__ g "  # noqa: S608 - own words
        f"{' '.join(join)} SEMI JOIN ({held}) h ON {' AND '.join(same)}) k "
        "WHERE good__.sheet__ = k.s AND good__.line__ = k.l"
    ).fetchall()
    count = int(gone[0][0])
    if count:
        checked.months = month_ranges(connection, checked)
        checked.good -= count
        checked.known = count
    return count


def set_aside_known_keys(
    connection: duckdb.DuckDBPyConnection, checked: Checked, versions: Collection[MonthVersion]
) -> None:
    """Move lines out of ``good__`` whose key stands in ``versions`` already; they count as repeated."""
    files = "[" + ", ".join(text_literal(f) for v in versions if v.month in checked.months for f in v.files) + "]"
    if files == "[]":
        return
    join, same = [], []
    for name in checked.dataset.key:
        f = checked.fields.get(name)
        own = "NULL" if f is None else f"v_{name}.value" if f.listed else f"g.{name_literal(name)}"
        if f is not None and f.listed:
            join.append(f"LEFT JOIN v_{name} ON v_{name}.code = g.{name_literal(name)}")
        same.append(f"{own} IS NOT DISTINCT FROM h.{name_literal(name)}")
    found = connection.execute(
        f"INSERT INTO repeated__ SELECT g.sheet__, g.line__ FROM good__ g {' '.join(join)} "  # noqa: S608 - own words
        f"SEMI JOIN read_parquet({files}) h ON {' AND '.join(same)}"
    ).fetchall()
    if found[0][0]:
        checked.tell_repeated()
        gone = connection.execute(
            "DELETE FROM good__ USING repeated__ r WHERE good__.sheet__ = r.sheet__ AND good__.line__ = r.line__"
        ).fetchall()
        checked.good -= int(gone[0][0])
        checked.months = month_ranges(connection, checked)


def month_ranges(connection: duckdb.DuckDBPyConnection, checked: Checked) -> dict[int, tuple[int, int, int]]:
    """Month → first and last code of the period's column among the good lines, and their number."""
    period = checked.dataset.period
    rows = connection.execute(
        f"SELECT v.month, min(v.code), max(v.code), count(*) FROM good__ g JOIN v_{period} v ON v.code = g.{period} "  # noqa: S608
        "GROUP BY v.month ORDER BY v.month"
    ).fetchall()
    return {month: (low, high, count) for month, low, high, count in rows}
