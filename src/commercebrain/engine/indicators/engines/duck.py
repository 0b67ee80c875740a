"""DuckDB in this process: the default engine."""

from __future__ import annotations

import os
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

import duckdb
from sqlglot import exp

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.engines.base import Columns, LineFiles

#: How much of the machine's memory one database of a process may take; a larger question ends in a sentence.
MEMORY = "50%"


def _spill() -> str:
    """Where a large question puts aside what does not fit; made when first needed and removed at the end."""
    return str(Path(tempfile.gettempdir()) / f"cbrain-duckdb-{os.getpid()}")


class DuckEngine:
    """One in-memory DuckDB a process, a cursor of it a thread; lines are read from their Parquet files in place."""

    name = "duckdb"
    dialect = "duckdb"

    def __init__(self) -> None:
        self._database = duckdb.connect(":memory:", config={"memory_limit": MEMORY, "temp_directory": _spill()})
        self._database.execute("SET enable_progress_bar = false; SET preserve_insertion_order = false")
        self._own = threading.local()

    @property
    def version(self) -> str:
        """DuckDB's version."""
        return str(duckdb.__version__)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """This thread's cursor."""
        found: duckdb.DuckDBPyConnection | None = getattr(self._own, "cursor", None)
        if found is None:
            found = self._own.cursor = self._database.cursor()
        return found

    def statements(self) -> Statements:
        """This thread's prepared questions."""
        found: Statements | None = getattr(self._own, "statements", None)
        if found is None:
            found = self._own.statements = Statements(self.cursor())
        return found

    def lines(self, of: LineFiles) -> exp.Expr:
        """A scan of the files; with none, a table without a row."""
        if not of.files:
            return empty_lines(of)
        names = exp.Array(expressions=[exp.Literal.string(str(Path(file))) for file in of.files])
        read = exp.Anonymous(this="read_parquet", expressions=[names])
        return exp.alias_(exp.Table(this=read), "lines", table=True)

    def sql(self, query: exp.Expr, *, pretty: bool = False) -> str:
        """The query in DuckDB's SQL."""
        return query.sql(dialect=self.dialect, pretty=pretty)

    def run(self, query: exp.Expr) -> Columns:
        """The answer by column."""
        return fetch(self.cursor(), self.sql(query))


def fetch(cursor: duckdb.DuckDBPyConnection, sql: str) -> Columns:
    """The answer of a query as arrays, missing values masked."""
    try:
        found: Columns = cursor.execute(sql).fetchnumpy()
    except duckdb.OutOfMemoryException:
        raise no_memory() from None
    return found


def no_memory() -> UserError:
    """The sentence for a question that does not fit into :data:`MEMORY`."""
    return UserError(
        "engine.memory",
        "内存不够算完这个问题：请缩短时期、减少分组或加筛选。",
        "There is not enough memory for this question: shorten the period, break down by less, or filter.",
    )


class Statements:
    """A cursor's prepared questions: parsing and planning a long query costs five times as much as answering it from a
    roll-up, so each is planned once. For one thread."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, most: int = 256) -> None:
        self._cursor, self._most = cursor, most
        self._names: OrderedDict[str, str] = OrderedDict()
        self._made = 0

    def run(self, query: exp.Expr) -> Columns:
        """The answer of a query that is asked once and not kept."""
        return fetch(self._cursor, query.sql(dialect="duckdb"))

    def fetch(self, sql: str) -> Columns:
        """The answer of a query as arrays, missing values masked."""
        name = self._names.get(sql)
        if name is None:
            if len(self._names) >= self._most:
                _, oldest = self._names.popitem(last=False)
                self._cursor.execute(f"DEALLOCATE {oldest}")
            self._made += 1
            name = f"figures_{self._made}"
            self._cursor.execute(f"PREPARE {name} AS {sql}")
            self._names[sql] = name
        else:
            self._names.move_to_end(sql)
        return fetch(self._cursor, f"EXECUTE {name}")


def empty_lines(of: LineFiles) -> exp.Expr:
    """The columns of lines without a row."""
    nothing = [exp.alias_(exp.cast(exp.null(), kind), name) for name, kind in of.columns.items()]
    return exp.Subquery(this=exp.select(*nothing).where(exp.false()), alias=exp.to_identifier("lines"))
