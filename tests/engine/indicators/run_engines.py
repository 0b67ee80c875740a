"""Every engine against DuckDB on the same questions: ``python -m tests.engine.indicators.run_engines --write docs/engines.md``.

The long tests ask the same questions; this writes down what came of them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import sqlglot
from hypothesis import HealthCheck, given, seed, settings
from tests.engine.indicators import city, cluster, generated, suite

from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.indicators.engines import Engine, engine_of
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.working.store import refresh_dataset

SEED = 20250721
#: Questions for each indicator, and generated definitions, of each engine.
ASKED = {"rollups": (6, 200), "clickhouse": (2, 100), "spark": (1, 40)}


@dataclass
class Result:
    """What came of comparing one engine with DuckDB over lines."""

    engine: str
    version: str = ""
    questions: int = 0
    refused: int = 0
    generated: int = 0
    integers: int = 0
    ratios: int = 0
    seconds: float = 0.0
    differences: list[str] = field(default_factory=list)

    def compare(self, asked: Request, one: FigureTable | str, other: FigureTable | str) -> None:
        """Counts a pair of answers, and what differs between them."""
        self.refused += isinstance(one, str)
        if not isinstance(one, str):
            for name in ("value", "level", "base", "whole", "change"):
                known = int((~np.ma.getmaskarray(one.columns[name])).sum())
                whole = one.columns[name].dtype.kind == "i"
                self.integers, self.ratios = self.integers + known * whole, self.ratios + known * (not whole)
        self.differences += [f"{asked.canonical()}: {told}" for told in suite.differences(one, other)]


def build_lines(root: Path, *, small: bool = False) -> Path:
    """The small city with its roll-ups: all that made-up definitions ask of."""
    city.build(root, count=250 if small else 1500, first=202201, last=202406)
    refresh_dataset(root, "declaration_lines")
    return root


def build(root: Path) -> Path:
    """The city, every declared dataset, and its roll-ups."""
    city.build_others(build_lines(root), count=25)
    return root


def shipped(root: Path, engine: Engine, result: Result, asked: Iterable[Request], *, rollups: bool = False) -> None:
    """Asks shipped indicators of DuckDB over lines and of ``engine``."""
    duck, catalogue = engine_of("duckdb"), load_catalogue()
    for request in asked:
        one = suite.ask(root, request, duck, catalogue=catalogue)
        started = time.perf_counter()
        other = suite.ask(root, request, engine, rollups=rollups, catalogue=catalogue)
        result.seconds += time.perf_counter() - started
        result.questions += 1
        result.compare(request, one, other)


def made_up(root: Path, engine: Engine, result: Result, count: int, *, rollups: bool = False) -> None:
    """Asks generated definitions of DuckDB over lines and of ``engine``."""
    duck = engine_of("duckdb")

    @seed(SEED)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(generated.questions())
    def one_by_one(question: tuple[Catalogue, Request]) -> None:
        catalogue, request = question
        one = suite.ask(root, request, duck, catalogue=catalogue)
        other = suite.ask(root, request, engine, rollups=rollups, catalogue=catalogue)
        result.generated += 1
        result.compare(request, one, other)

    one_by_one()


def run(root: Path, kind: str, engine: Engine) -> Result:
    """Everything that is asked of one kind of engine."""
    each, many = ASKED[kind]
    result = Result(kind, engine.version)
    rollups = kind == "rollups"
    shipped(root, engine, result, suite.questions(load_catalogue(), each=each), rollups=rollups)
    made_up(root, engine, result, many, rollups=rollups)
    return result


NAMES = {
    "rollups": "DuckDB on roll-ups / DuckDB 读汇总",
    "clickhouse": "ClickHouse's engine (chDB through clickhouse-connect) on lines / ClickHouse 引擎读明细",
    "spark": "Spark standalone cluster, a master and two workers, on lines / Spark 集群读明细",
}


def page(results: list[Result]) -> str:
    """The page of the docs."""
    catalogue = load_catalogue()
    pairs = {(one.by, one.transform) for one in suite.questions(catalogue, each=ASKED["spark"][0])}
    rows = [
        f"| {NAMES[one.engine]} | {one.version} | {one.questions} | {one.generated} | {one.refused} | {one.integers:,} "
        f"| {one.ratios:,} | {len(one.differences)} |"
        for one in results
    ]
    faults = [f"- {NAMES[one.engine]}: {told}" for one in results for told in one.differences[:20]]
    return "\n".join(
        [
            "# 引擎 · Engines",
            "",
            "One definition, one query, several engines: an indicator is compiled by sqlglot from one expression to DuckDB's, "
            "Spark's and ClickHouse's SQL. `CBRAIN_ENGINE` says who computes from lines "
            "(see [settings](reference/settings.md)); roll-ups are always read by DuckDB in the process that asks.",
            "",
            "| `CBRAIN_ENGINE` | who computes | needs |",
            "| --- | --- | --- |",
            "| `duckdb` | DuckDB in this process (default) | nothing |",
            "| `spark://host:7077` | a Spark cluster that sees the lake's files under the same paths | `pip install "
            "'commercebrain[spark]'`, Java 17 |",
            "| `spark://local` | Spark in this process | the same |",
            "| `clickhouse://user:password@host:8123/database` | a ClickHouse server; `?lake=/here&files=/there` where it "
            "sees the files elsewhere | `pip install 'commercebrain[clickhouse]'` |",
            "| `clickhouse://chdb` | ClickHouse's engine in this process | the same |",
            "",
            "## What was compared",
            "",
            f"Written by `python -m tests.engine.indicators.run_engines --write docs/engines.md` on "
            f"{datetime.now(UTC).date()} (DuckDB {duckdb.__version__}, sqlglot {sqlglot.__version__}). Every row compares an "
            "engine with DuckDB over the lines of a small synthetic city (one month missing, one restated, products without a "
            "base) and of every other declared dataset: whole numbers must be equal, ratios within 1e-12, reasons, flags and "
            "order the same; what one engine refuses all must refuse with the same sentence.",
            "",
            f"{len(suite.of_records(catalogue))} shipped indicators of records; each is asked several times, pairs of "
            f"transform and break-down taken in turn, so that with one question each {len(pairs)} pairs are asked. Generated "
            "definitions are made by hypothesis: any condition, measure, transform, break-down, period and day of knowledge.",
            "",
            "| engine | version | questions | generated | refused alike | whole numbers | ratios | differences |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
            *(["## Differences", "", *faults, ""] if faults else []),
            "A ClickHouse server could not be run here: chDB is the same parser and executor within the process, through the "
            "same client. SQL for other engines (Trino, StarRocks, PostgreSQL) can be written by sqlglot from the same "
            "expression and is not tested.",
            "",
        ]
    )


def main() -> int:
    """Run what can be run here; 1 where anything differs or an engine is not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", choices=sorted(ASKED))
    parser.add_argument("--keep", type=Path, help="a file with the results of earlier runs, for the page")
    told = parser.parse_args()
    os.environ.setdefault("CBRAIN_SPARK_PARTITIONS", "2")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the cluster ends with this program
    results: list[Result] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        root = build(folder / "lake")
        addresses: dict[str, Callable[[], str]] = {
            "rollups": lambda: "duckdb",
            "clickhouse": lambda: "clickhouse://chdb",
            "spark": lambda: stack.enter_context(cluster.spark_cluster(folder)),
        }
        for kind in [told.only] if told.only else list(ASKED):
            engine: Any = engine_of(addresses[kind]())
            results.append(run(root, kind, engine))
            print(f"{results[-1]}"[:4000], file=sys.stderr, flush=True)
            if kind == "spark":
                engine.stop()
    if told.keep is not None:
        held = json.loads(told.keep.read_text(encoding="utf-8")) if told.keep.exists() else {}
        held |= {one.engine: asdict(one) for one in results}
        told.keep.write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")
        results = [Result(**held[kind]) for kind in ASKED if kind in held]
    if told.write is not None:
        told.write.write_text(page(results), encoding="utf-8")
    return int(any(one.differences for one in results))


if __name__ == "__main__":
    sys.exit(main())
