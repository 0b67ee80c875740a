"""The engines that answer: DuckDB in this process by default, Spark when one machine is outgrown, or ClickHouse."""

from __future__ import annotations

import os
from functools import lru_cache

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.engines.base import Columns, Engine, LineFiles
from commercebrain.engine.indicators.engines.clickhouse import ClickHouseEngine
from commercebrain.engine.indicators.engines.duck import DuckEngine
from commercebrain.engine.indicators.engines.spark import SparkEngine

__all__ = ["ClickHouseEngine", "Columns", "DuckEngine", "Engine", "LineFiles", "SparkEngine", "engine_of"]


def engine_of(address: str | None = None) -> Engine:
    """The engine at ``address``, by default that of ``CBRAIN_ENGINE``, else DuckDB; one of each a process.

    ``duckdb``; ``spark://host:7077`` or ``spark://local``; ``clickhouse://user:password@host:8123/database`` or
    ``clickhouse://chdb``. Raises :class:`UserError` (``engine.unknown``).
    """
    return _engine(address or os.environ.get("CBRAIN_ENGINE") or "duckdb")


@lru_cache(maxsize=8)
def _engine(address: str) -> Engine:
    if address == "duckdb":
        return DuckEngine()
    if address.startswith("spark://"):
        return SparkEngine(address)
    if address.startswith("clickhouse://"):
        return ClickHouseEngine(address)
    raise UserError(
        "engine.unknown",
        f"没有“{address}”这种引擎；CBRAIN_ENGINE 可以是 duckdb、spark://主机:7077、spark://local、"
        "clickhouse://用户:密码@主机:8123/库 或 clickhouse://chdb。",
        f"There is no engine “{address}”; CBRAIN_ENGINE may be duckdb, spark://host:7077, spark://local, "
        "clickhouse://user:password@host:8123/database or clickhouse://chdb.",
    )
