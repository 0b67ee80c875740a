"""Where declared registers could keep their rows: one JSON column with expression indexes, a table each, or EAV.

``python -m bench._register_storage [--rows 100000] [--rows 1000000]`` fills each design on SQLite and on a PostgreSQL of
its own, asks the five questions of a list page, and prints the median of seven warm answers in milliseconds. The
decision that rests on it: ``docs/decisions/0008-where-declared-registers-keep-their-rows.md``.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from tests.postgres import cluster

KINDS = [f"kind{n}" for n in range(8)]
Row = tuple[int, str, str, str, str, float, str]


def rows(count: int) -> Iterator[Row]:
    """Invented rows: id, register, name, kind, county, area, day of opening."""
    dice = random.Random(7)
    for pk in range(1, count + 1):
        day = f"{dice.randint(1995, 2025)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
        area = round(dice.lognormvariate(3, 1), 2)
        yield pk, "parks", f"园区{pk}", dice.choice(KINDS), f"9901{dice.randint(1, 12):02}", area, day


def _json(row: Row) -> str:
    _pk, _register, name, kind, county, area, day = row
    data = {"name": name, "kind": kind, "county": county, "area": str(area), "opened": day, "remark": "备注" * 20}
    return json.dumps(data, ensure_ascii=False)


class Design:
    """How rows are kept: the statements that make it and the questions asked of it."""

    def __init__(self, name: str, postgres: bool) -> None:
        self.name, self.postgres = name, postgres
        self.mark = "%s" if postgres else "?"

    def make(self) -> list[str]:
        """Tables and indexes."""
        blob = "jsonb" if self.postgres else "text"
        text, number = self.text, self.number
        if self.name == "json":
            where = "WHERE register = 'parks'"
            return [
                f"CREATE TABLE entry (id bigint primary key, register varchar(60) NOT NULL, data {blob} NOT NULL)",
                f"CREATE INDEX e_kind ON entry (({text('kind')}), id) {where}",
                f"CREATE INDEX e_county ON entry (({text('county')}), id) {where}",
                f"CREATE INDEX e_area ON entry (({number('area')}), id) {where}",
                f"CREATE INDEX e_opened ON entry (({text('opened')}), id) {where}",
                "CREATE INDEX e_register ON entry (register, id)",
            ]
        if self.name == "table":
            return [
                "CREATE TABLE parks (id bigint primary key, name varchar(200), kind varchar(60), county varchar(6), "
                "area numeric(18, 2), opened date, remark text)",
                *(
                    f"CREATE INDEX t_{column} ON parks ({column}, id)"
                    for column in ("kind", "county", "area", "opened")
                ),
            ]
        return [
            "CREATE TABLE thing (id bigint primary key, register varchar(60) NOT NULL)",
            "CREATE INDEX x_register ON thing (register, id)",
            "CREATE TABLE value (thing bigint, register varchar(60), field varchar(60), text varchar(200), number numeric, "
            "PRIMARY KEY (thing, field))",
            "CREATE INDEX v_text ON value (register, field, text, thing)",
            "CREATE INDEX v_number ON value (register, field, number, thing)",
        ]

    def text(self, field: str) -> str:
        """A field of the JSON as text."""
        return f"data ->> '{field}'" if self.postgres else f"json_extract(data, '$.{field}')"

    def number(self, field: str) -> str:
        """A field of the JSON as a number."""
        return f"CAST({self.text(field)} AS numeric)"

    def fill(self, cursor: Any, count: int) -> None:
        """All rows."""

        def insert(table: str, columns: int, lines: Iterator[tuple[Any, ...]]) -> None:
            if self.postgres:
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    for line in lines:
                        copy.write_row(line)
            else:
                cursor.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * columns)})", lines)

        if self.name == "json":
            insert("entry", 3, ((row[0], row[1], _json(row)) for row in rows(count)))
        elif self.name == "table":
            insert("parks", 7, ((row[0], *row[2:], "备注" * 20) for row in rows(count)))
        else:
            insert("thing", 2, ((row[0], row[1]) for row in rows(count)))
            insert("value", 5, (line for row in rows(count) for line in self._values(row)))

    def _values(self, row: Row) -> Iterator[tuple[Any, ...]]:
        pk, register, name, kind, county, area, day = row
        texts = {"name": name, "kind": kind, "county": county, "opened": day, "remark": "备注" * 20}
        yield from ((pk, register, field, text, None) for field, text in texts.items())
        yield pk, register, "area", None, area

    def questions(self) -> dict[str, str]:
        """What a list page asks."""
        if self.name == "json":
            base, kind, county, area = (
                "FROM entry WHERE register = 'parks'",
                *map(self.text, ("kind", "county")),
                self.number("area"),
            )
            return {
                "filter": f"SELECT * {base} AND {kind} = 'kind3' ORDER BY id LIMIT 50",
                "count filtered": f"SELECT count(*) {base} AND {kind} = 'kind3'",
                "range": f"SELECT * {base} AND {area} BETWEEN 100 AND 120 ORDER BY {area}, id LIMIT 50",
                "sort": f"SELECT * {base} ORDER BY {area} DESC, id DESC LIMIT 50",
                "two filters, sorted": f"SELECT * {base} AND {kind} = 'kind3' AND {county} = '990104' ORDER BY {area} DESC LIMIT 50",
                "count all": f"SELECT count(*) {base}",
            }
        if self.name == "table":
            return {
                "filter": "SELECT * FROM parks WHERE kind = 'kind3' ORDER BY id LIMIT 50",
                "count filtered": "SELECT count(*) FROM parks WHERE kind = 'kind3'",
                "range": "SELECT * FROM parks WHERE area BETWEEN 100 AND 120 ORDER BY area, id LIMIT 50",
                "sort": "SELECT * FROM parks ORDER BY area DESC, id DESC LIMIT 50",
                "two filters, sorted": "SELECT * FROM parks WHERE kind = 'kind3' AND county = '990104' ORDER BY area DESC LIMIT 50",
                "count all": "SELECT count(*) FROM parks",
            }
        has = "EXISTS (SELECT 1 FROM value v WHERE v.thing = t.id AND v.register = 'parks' AND v.field = '{}' AND v.{})"
        kind = has.format("kind", "text = 'kind3'")
        county = has.format("county", "text = '990104'")
        area = "JOIN value a ON a.thing = t.id AND a.register = 'parks' AND a.field = 'area'"
        page = "WITH page AS ({}) SELECT page.id, v.field, v.text, v.number FROM page JOIN value v ON v.thing = page.id"
        return {
            "filter": page.format(
                f"SELECT t.id FROM thing t WHERE t.register = 'parks' AND {kind} ORDER BY t.id LIMIT 50"
            ),
            "count filtered": f"SELECT count(*) FROM thing t WHERE t.register = 'parks' AND {kind}",
            "range": page.format(
                f"SELECT t.id FROM thing t {area} WHERE t.register = 'parks' AND a.number BETWEEN 100 AND 120 ORDER BY a.number, t.id LIMIT 50"
            ),
            "sort": page.format(
                f"SELECT t.id FROM thing t {area} WHERE t.register = 'parks' ORDER BY a.number DESC, t.id DESC LIMIT 50"
            ),
            "two filters, sorted": page.format(
                f"SELECT t.id FROM thing t {area} WHERE t.register = 'parks' AND {kind} AND {county} ORDER BY a.number DESC LIMIT 50"
            ),
            "count all": "SELECT count(*) FROM thing WHERE register = 'parks'",
        }


def _timed(ask: Callable[[], Any], times: int = 7) -> float:
    ask()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def measure(design: Design, connection: Any, count: int, size: Callable[[], float]) -> None:
    """Fills, asks, prints one block."""
    cursor = connection.cursor()
    before = size()
    start = time.perf_counter()
    statements = design.make()
    tables = [s for s in statements if s.startswith("CREATE TABLE")]
    for statement in tables:
        cursor.execute(statement)
    design.fill(cursor, count)
    for statement in statements:
        if statement not in tables:
            cursor.execute(statement)
    connection.commit()
    cursor.execute("ANALYZE")
    connection.commit()
    told = [f"fill {time.perf_counter() - start:.1f} s", f"{size() - before:.0f} MB"]
    for name, question in design.questions().items():
        told.append(f"{name} {_timed(lambda q=question: cursor.execute(q).fetchall()):.1f}")
    where = "PostgreSQL" if design.postgres else "SQLite"
    print(f"{where:10} {count:>9,} {design.name:5} | " + " | ".join(told), flush=True)


def main() -> None:
    """Every design, size and database."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, action="append")
    for count in parser.parse_args().rows or [100_000]:
        for name in ("json", "table", "eav"):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "db.sqlite3"
                connection = sqlite3.connect(path)
                connection.execute("PRAGMA journal_mode=WAL")
                measure(Design(name, False), connection, count, lambda p=path: p.stat().st_size / 2**20)
                connection.close()
        with cluster() as address:
            for name in ("json", "table", "eav"):
                with psycopg.connect(address.replace("postgres://", "postgresql://")) as connection:

                    def size(c: Any = connection) -> float:
                        return c.execute("SELECT pg_database_size(current_database())").fetchone()[0] / 2**20

                    measure(Design(name, True), connection, count, size)


if __name__ == "__main__":
    main()
