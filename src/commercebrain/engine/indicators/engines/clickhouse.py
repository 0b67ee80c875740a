"""ClickHouse through clickhouse-connect: a server by its address, or the engine within this process (chDB)."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from sqlglot import exp

from commercebrain.engine.indicators.engines.base import Columns, LineFiles, as_columns, cannot_reach, needs_extra
from commercebrain.engine.indicators.engines.duck import empty_lines

#: A missing partner of a join is missing, not 0; sums over nothing likewise. A name that is both a column and an alias is
#: the column, as elsewhere.
SETTINGS = {"join_use_nulls": 1, "aggregate_functions_null_for_empty": 1, "prefer_column_name_to_alias": 1}


class ClickHouseEngine:
    """``clickhouse://chdb``, or ``clickhouse://user:password@host:8123/database``.

    A server reads the lake's Parquet files itself: ``?files=/data/lake`` says under which folder it sees the lake that
    this machine sees at ``?lake=/var/lake`` (default: under the same path).
    """

    name = "clickhouse"
    dialect = "clickhouse"

    def __init__(self, address: str) -> None:
        self._address = address
        self._client: Any = None
        self._connecting = threading.Lock()
        self._asking = threading.Lock()
        options = {key: values[-1] for key, values in parse_qs(urlsplit(address).query).items()}
        self._moved = (
            (options["lake"].rstrip("/"), options["files"].rstrip("/"))
            if "files" in options and "lake" in options
            else None
        )

    @property
    def embedded(self) -> bool:
        """Whether it runs within this process."""
        return urlsplit(self._address).hostname in ("chdb", None)

    @property
    def client(self) -> Any:
        """The client, connected when first asked for; one for all threads, so it keeps no session on the server (a
        session answers one question at a time and refuses the others)."""
        with self._connecting:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> Any:
        try:
            import clickhouse_connect
        except ImportError:
            raise needs_extra("ClickHouse", "clickhouse") from None
        try:
            if self.embedded:
                return clickhouse_connect.get_client(interface="chdb")
            parts = urlsplit(self._address)
            dsn = urlunsplit(("http" if parts.port != 8443 else "https", parts.netloc, parts.path, "", ""))
            return clickhouse_connect.get_client(dsn=dsn, autogenerate_session_id=False)
        except ImportError:
            raise needs_extra("ClickHouse (chDB)", "clickhouse") from None
        except Exception as error:
            raise cannot_reach("ClickHouse", self._address, error) from error

    @property
    def version(self) -> str:
        """The version of the engine that answers."""
        return str(self._ask("SELECT version()").result_rows[0][0])

    def _ask(self, text: str, **more: Any) -> Any:
        client = self.client
        with self._asking if self.embedded else nullcontext():  # within this process there is but one session
            return client.query(text, **more)

    def lines(self, of: LineFiles) -> exp.Expr:
        """The table function that reads the files."""
        if not of.files:
            return empty_lines(of)
        pattern = glob([self._seen(file) for file in of.files])
        read = exp.Anonymous(this="file", expressions=[exp.Literal.string(pattern), exp.Literal.string("Parquet")])
        return exp.alias_(exp.Table(this=read), "lines", table=True)

    def _seen(self, file: Path) -> Path:
        if self._moved is not None and file.absolute().is_relative_to(self._moved[0]):
            return Path(self._moved[1]) / file.absolute().relative_to(self._moved[0])
        return file.absolute()

    def sql(self, query: exp.Expr, *, pretty: bool = False) -> str:
        """The query in ClickHouse's SQL; columns taken from a join are named, or ClickHouse would call them ``d.county``."""
        named = query.copy()
        for select in named.find_all(exp.Select):
            select.set("expressions", [_named(one) for one in select.expressions])
        return named.sql(dialect=self.dialect, pretty=pretty)

    def run(self, query: exp.Expr) -> Columns:
        """The answer by column."""
        found = self._ask(self.sql(query), settings=SETTINGS)
        if not found.result_rows:  # without rows it does not tell the columns either
            names = query.named_selects if isinstance(query, exp.Query) else []
            return as_columns(names, [[] for _ in names])
        return as_columns(found.column_names, found.result_columns)


def _named(column: exp.Expr) -> exp.Expr:
    plain = isinstance(column, exp.Column) and column.table and not isinstance(column.this, exp.Star)
    return exp.alias_(column.copy(), column.name) if plain else column


def glob(files: list[Path]) -> str:
    """One pattern for files ``<table>/<month>/<unique name>``: ClickHouse's braces hold no slash, and a name that occurs
    in one month alone is found in that month alone."""
    tables = {file.parent.parent for file in files}
    if len(tables) > 1:
        raise ValueError("the files of one question lie in one table")
    months, names = sorted({file.parent.name for file in files}), sorted({file.name for file in files})
    return "/".join(
        [str(tables.pop()), *(one[0] if len(one) == 1 else f"{{{','.join(one)}}}" for one in (months, names))]
    )
