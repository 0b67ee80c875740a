"""The good lines of a checked file, month by month, as sorted Parquet files."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from commercebrain.engine.lake.records.checking import Checked
from commercebrain.engine.lake.records.layout import FileFacts, data_columns, name_literal, text_literal, write_file

#: Months written at once; each takes one thread of DuckDB most of the time.
_AT_ONCE = 2
_KEY_ROOM = 2**62
#: A file carries its column's whole list of values where there are so many lines to each: written by code, not by text.
_LINES_A_VALUE = 8


def write_months(
    connection: duckdb.DuckDBPyConnection, checked: Checked, facts: Callable[[int], FileFacts],
    place: Callable[[], Path], told: Callable[[int], None], base: Callable[[int], list[str]] = lambda _: [],
) -> list[tuple[Path, FileFacts, int]]:  # fmt: skip
    """One file a month. ``base`` gives files whose lines stand in the month as well (a correction completes them).

    ``told`` is called after each month with its lines and may raise to stop.
    """
    _list_values(connection, checked)
    order = sort_key(connection, checked)

    def write(month: int) -> tuple[Path, FileFacts, int]:
        low, high, lines = checked.months[month]
        path, own = place(), facts(month)
        period = name_literal(checked.dataset.period)
        held = base(month)
        select, joins = _values(checked, 0 if held else lines)
        with connection.cursor() as cursor:
            cursor.execute("SET enable_progress_bar = false")
            if held:
                rest = _together(checked, select, joins, f"{period} BETWEEN {low} AND {high}", held)
                names = {name: f"b.{name_literal(name)}" for name in select}
                return path, own, write_file(cursor, checked.dataset, names, rest, path, own)
            rest = f"FROM good__ g {joins} WHERE g.{period} BETWEEN {low} AND {high} {order}"
            return path, own, write_file(cursor, checked.dataset, select, rest, path, own)

    written = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = [pool.submit(write, month) for month in checked.months]
        try:
            for future in futures:
                written.append(future.result())
                told(written[-1][2])
        except BaseException:
            for future in futures:
                future.cancel()
            raise
    return written


def _list_values(connection: duckdb.DuckDBPyConnection, checked: Checked) -> None:
    """Make ``w_<field>`` (code → value as a member of the field's list) for the fields that are written as texts."""
    for name in data_columns(checked.dataset):
        f = checked.fields.get(name)
        if f is not None and f.listed and f.column.type != "date" and checked.values[name]:
            connection.execute(f"DROP TABLE IF EXISTS w_{name}")
            connection.execute(f"DROP TYPE IF EXISTS e_{name}")
            connection.execute(f"CREATE TYPE e_{name} AS ENUM (SELECT value FROM v_{name} ORDER BY code)")  # noqa: S608
            connection.execute(f"CREATE TABLE w_{name} AS SELECT code, CAST(value AS e_{name}) AS value FROM v_{name}")  # noqa: S608


def _values(checked: Checked, lines: int) -> tuple[dict[str, str], str]:
    """SQL of every data column of a good line, and the joins that turn codes into values.

    ``lines`` says how many stand in the file: where they are many to each value of a field, the value is given as a
    member of its list, which Parquet takes by its code. The list stands whole in the file then.
    """
    select: dict[str, str] = {}
    joins: list[str] = []
    for name in data_columns(checked.dataset):
        f = checked.fields.get(name)
        if f is None:
            select[name] = "NULL"
        elif f.listed:
            by_code = f.column.type != "date" and 0 < checked.values[name] * _LINES_A_VALUE <= lines
            table = f"{'w' if by_code else 'v'}_{name}"
            select[name] = f"{table}.value"
            joins.append(f"LEFT JOIN {table} ON {table}.code = g.{name_literal(name)}")
        else:
            select[name] = f"g.{name_literal(name)}"
    return select, " ".join(joins)


def sort_key(connection: duckdb.DuckDBPyConnection, checked: Checked) -> str:
    """ORDER BY for the dataset's ``sort``: one whole number made of the codes where it fits, which sorts fastest."""
    names = [name for name in checked.dataset.sort if name in checked.fields]
    if not names:
        return ""
    plain = ", ".join(f"g.{name_literal(name)}" for name in names)
    if not all(checked.fields[name].listed for name in names):
        return f"ORDER BY {plain}"
    room, key = 1, "CAST(0 AS BIGINT)"
    for name in names:
        count = int(connection.execute(f"SELECT count(*) FROM v_{name}").fetchall()[0][0]) + 1  # noqa: S608
        room *= count
        key = f"({key} * {count} + coalesce(g.{name_literal(name)}, -1) + 1)"
    return f"ORDER BY {key}" if room < _KEY_ROOM else f"ORDER BY {plain}"


def _together(checked: Checked, select: dict[str, str], joins: str, where: str, held: list[str]) -> str:
    own = ", ".join(f"{text} AS {name_literal(name)}" for name, text in select.items())
    names = ", ".join(name_literal(name) for name in select)
    files = "[" + ", ".join(text_literal(file) for file in held) + "]"
    order = ", ".join(f"b.{name_literal(n)}" for n in checked.dataset.sort if n in select)
    return (
        f"FROM (SELECT {own} FROM good__ g {joins} WHERE g.{where} "  # noqa: S608 - own words and declared names
        f"UNION ALL SELECT {names} FROM read_parquet({files})) b {f'ORDER BY {order}' if order else ''}"
    )
