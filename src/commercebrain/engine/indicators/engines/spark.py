"""Spark, when one machine is outgrown: a standalone cluster or Spark in this process, from the ``spark`` extra."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlglot import exp

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.engines.base import Columns, LineFiles, as_columns, cannot_reach, needs_extra
from commercebrain.engine.indicators.engines.duck import empty_lines


class SparkEngine:
    """A session on ``spark://host:port`` (``spark://local``: in this process), kept for the life of the process.

    The workers must see the lake's files under the same paths as this machine (shared disk).
    """

    name = "spark"
    dialect = "spark"

    def __init__(self, address: str) -> None:
        self._address = address
        self._session: Any = None
        self._views: dict[tuple[Path, ...], str] = {}

    @property
    def session(self) -> Any:
        """The session; begun when first asked for."""
        if self._session is None:
            self._session = self._begin()
        return self._session

    def _begin(self) -> Any:
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise needs_extra("Spark", "spark") from None
        if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
            raise UserError(
                "engine.no_java",
                "运行 Spark 需要 Java 17，没有找到 java；请安装（如 apt install openjdk-17-jre-headless），或改用 CBRAIN_ENGINE=duckdb。",
                "Spark needs Java 17 and there is no java; install it (apt install openjdk-17-jre-headless), or use "
                "CBRAIN_ENGINE=duckdb.",
            )
        logging.getLogger("py4j").setLevel(logging.ERROR)
        local = urlsplit(self._address).hostname in ("local", None)
        builder = (
            SparkSession.builder.appName("commercebrain")
            .master("local[*]" if local else self._address)
            .config("spark.ui.enabled", "false")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", os.environ.get("CBRAIN_SPARK_PARTITIONS", "8"))
            .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        )
        if local or urlsplit(self._address).hostname in ("127.0.0.1", "localhost"):
            builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
        try:
            return builder.getOrCreate()
        except Exception as error:
            raise cannot_reach("Spark", self._address, error) from error

    @property
    def version(self) -> str:
        """The version of the cluster."""
        return str(self.session.version)

    def lines(self, of: LineFiles) -> exp.Expr:
        """A view over the files, made once for the same files."""
        if not of.files:
            return empty_lines(of)
        name = self._views.get(of.files)
        if name is None:
            text = "\n".join(map(str, of.files))
            name = f"lines_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
            self.session.read.parquet(*(file.absolute().as_uri() for file in of.files)).createOrReplaceTempView(name)
            self._views[of.files] = name
        return exp.alias_(exp.to_table(name), "lines", table=True)

    def sql(self, query: exp.Expr, *, pretty: bool = False) -> str:
        """The query in Spark's SQL."""
        return query.sql(dialect=self.dialect, pretty=pretty)

    def run(self, query: exp.Expr) -> Columns:
        """The answer by column."""
        frame = self.session.sql(self.sql(query))
        rows = frame.collect()
        return as_columns(frame.columns, [[row[n] for row in rows] for n in range(len(frame.columns))])

    def stop(self) -> None:
        """Ends the session."""
        if self._session is not None:
            self._session.stop()
            self._session = None
            self._views.clear()
