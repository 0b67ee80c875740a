"""What the definition layer costs: a declared indicator ÷ hand-written SQL of the same question over the same storage.

Three of the standard questions (q1 monthly exports by county with growth, q2 growth and pull of the year to date by partner
and chapter, q5 concentration among firms by chapter and year), each over the lines' Parquet files and over the roll-up that
the planner chooses. Both sides give arrays; the layer's answer carries reasons, flags and bases besides. Warm, interleaved,
the layer's query planned once as it is in a page's process; the hand-written one likewise prepared.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from bench._lines import LINES, SEED, THREADS, lake_with
from bench.harness import Figure, bootstrap_interval, interleaved_pairs, log, machine, timed
from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.catalogue.models import Indicator
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.indicators.tables import reader_of, table
from commercebrain.engine.working.store import refresh_dataset

TITLE = (
    "The definition layer beside hand-written SQL for the same questions, over the same lines and the same roll-ups."
)
QUICK = False
PAIRS = int(os.environ.get("PAIRS", "31"))
MUST, AIM = 1.05, 1.0
#: Median ratio, the ends of its interval, median milliseconds of the layer and by hand.
Measured = tuple[float, float, float, float, float]
DAY = date(2026, 7, 1)

#: Question → what the layer is asked.
ASKED = {
    "q1": Request("bench_exports", "990100", "2021-01", "2025-12", by=("county",), transform="yoy",
                  options={"single_months": "1"}, as_of=DAY),
    "q2": Request("bench_exports", "990100", "2025-01..09", "2025-01..09", by=("country", "hs2"), transform="pull", as_of=DAY),
    "q5": Request("bench_exports", "990100", "2021", "2025", by=("hs2",), transform="hhi", as_of=DAY),
}  # fmt: skip

#: The same by hand. ``{…}`` is the storage: the lines, or a roll-up in codes whose texts are joined in after grouping.
LINES_SQL = {
    "q1": """WITH m AS (SELECT county, month, CAST(sum(value_cny) AS BIGINT) AS v FROM {lines}
      WHERE county LIKE '9901%' AND flow = 'export' GROUP BY ALL)
      SELECT a.month, a.county, a.v, b.v AS pv, CASE WHEN b.v > 0 THEN 100.0 * (a.v - b.v) / b.v END AS yoy
      FROM m a LEFT JOIN m b ON b.county = a.county AND b.month = a.month - 100 ORDER BY ALL""",
    "q2": """WITH g AS (SELECT country, substring(hs10, 1, 2) AS hs2,
      CAST(sum(CASE WHEN month BETWEEN 202501 AND 202509 THEN value_cny ELSE 0 END) AS BIGINT) AS c,
      CAST(sum(CASE WHEN month BETWEEN 202401 AND 202409 THEN value_cny ELSE 0 END) AS BIGINT) AS p
      FROM {lines} WHERE county LIKE '9901%' AND flow = 'export' AND (month BETWEEN 202401 AND 202409 OR month BETWEEN 202501 AND 202509)
      GROUP BY ALL), t AS (SELECT sum(p) AS tp FROM g)
      SELECT country, hs2, c, p, 100.0 * (c - p) / t.tp AS pull FROM g CROSS JOIN t ORDER BY ALL""",
    "q5": """WITH s AS (SELECT month // 100 AS y, substring(hs10, 1, 2) AS hs2, uscc, CAST(sum(value_cny) AS BIGINT) AS v
      FROM {lines} WHERE county LIKE '9901%' AND flow = 'export' GROUP BY ALL)
      SELECT y, hs2, CAST(sum(v) AS BIGINT) AS v, sum(CAST(v AS DOUBLE) * v) / (sum(CAST(v AS DOUBLE)) * sum(CAST(v AS DOUBLE)))
      AS hhi FROM s GROUP BY ALL ORDER BY ALL""",
}
ROLLUP_SQL = {
    "q1": """WITH m AS (SELECT county, month, value_cny AS v FROM county WHERE flow = {export})
      SELECT a.month, d.value AS county, a.v, b.v AS pv, CASE WHEN b.v > 0 THEN 100.0 * (a.v - b.v) / b.v END AS yoy
      FROM m a LEFT JOIN m b ON b.county = a.county AND b.month = a.month - 100
      JOIN dict_county d ON d.code = a.county ORDER BY a.month, d.value""",
    "q2": """WITH g AS (SELECT country, hs2,
      CAST(sum(CASE WHEN month BETWEEN 202501 AND 202509 THEN value_cny ELSE 0 END) AS BIGINT) AS c,
      CAST(sum(CASE WHEN month BETWEEN 202401 AND 202409 THEN value_cny ELSE 0 END) AS BIGINT) AS p
      FROM country_hs2 WHERE flow = {export} AND (month BETWEEN 202401 AND 202409 OR month BETWEEN 202501 AND 202509)
      GROUP BY ALL), t AS (SELECT sum(p) AS tp FROM g)
      SELECT a.value AS country, b.value AS hs2, c, p, 100.0 * (c - p) / t.tp AS pull FROM g CROSS JOIN t
      JOIN dict_country a ON a.code = g.country JOIN dict_hs2 b ON b.code = g.hs2 ORDER BY a.value, b.value""",
    "q5": """WITH s AS (SELECT year AS y, hs2, CAST(value_cny AS BIGINT) AS v FROM firm_hs2_year WHERE flow = {export}),
      g AS (SELECT y, hs2, CAST(sum(v) AS BIGINT) AS v,
      sum(CAST(v AS DOUBLE) * v) / (sum(CAST(v AS DOUBLE)) * sum(CAST(v AS DOUBLE))) AS hhi FROM s GROUP BY ALL)
      SELECT g.y, d.value AS hs2, g.v, g.hhi FROM g JOIN dict_hs2 d ON d.code = g.hs2 ORDER BY g.y, d.value""",
}


def catalogue() -> Catalogue:
    """The shipped catalogue's exports, asked without its limits on days."""
    shipped = load_catalogue()
    told = shipped.indicator("customs_export_value").model_dump(by_alias=True) | {
        "code": "bench_exports",
        "examples": [],
    }
    one = Indicator.model_validate(told)
    return Catalogue(indicators={one.code: one}, records=shipped.records, groups=shipped.groups, codes=shipped.codes)


def same(asked: str, layer: FigureTable, hand: dict[str, Any]) -> None:
    """Raises where the two do not tell the same: sums of levels equal, ratios within 1e-12 of each other."""
    level = np.ma.filled(layer.columns["level"], 0)
    value = np.ma.filled(layer.columns["value"].astype(np.float64), 0)
    ratio = {"q1": "yoy", "q2": "pull", "q5": "hhi"}[asked]
    mine = hand["c" if asked == "q2" else "v"]
    other = np.ma.filled(hand[ratio].astype(np.float64), 0)
    if int(level.sum()) != int(mine.sum()) or not np.isclose(value.sum(), other.sum(), rtol=1e-10, atol=1e-9):
        raise AssertionError(
            f"{asked}: the layer says {level.sum()} and {value.sum()}, by hand {mine.sum()} and {other.sum()}"
        )


def measure(layer: Callable[[], object], hand: Callable[[], object]) -> Measured:
    """Median ratio with the ends of its interval, and both sides' median milliseconds."""
    pairs = interleaved_pairs(lambda: timed(layer), lambda: timed(hand), pairs=PAIRS, warm=3)
    middle, low, high = bootstrap_interval([one / other for one, other in pairs])
    return middle, low, high, *(1000 * statistics.median(side) for side in zip(*pairs, strict=True))


def figures() -> Iterator[Figure]:
    """The worst of the three ratios' lower ends over the lines; those over roll-ups beside it."""
    with lake_with(LINES, SEED) as data:
        root = data.root / "lake"
        log("refreshing …")
        refresh_dataset(root, "declaration_lines")
        lines = dict(over_lines(root, [file for one in data.table.months() for file in one.files]))
        rollups = dict(over_rollups(root))
    yield Figure(
        "layer_ratio",
        max(low for _, low, *_ in lines.values()),
        MUST,
        AIM,
        "lower",
        "table() ÷ hand-written SQL of the same question over the same storage (the lines' Parquet files), DuckDB with the "
        "same threads, both prepared, warm and interleaved, answers compared; worst of the three questions' lower ends. "
        "Beside it: over the roll-up that the planner chooses against SQL written for that roll-up, and the layer as it "
        "answers (from the roll-up) against SQL over the lines",
        {
            "lines": LINES,
            "seed": SEED,
            "pairs": PAIRS,
            "over_lines": {name: _told(found) for name, found in lines.items()},
            "over_rollups": {name: _told(found) for name, found in rollups.items()},
            "as_it_answers": {name: round(rollups[name][3] / lines[name][4], 4) for name in lines},
            **machine(),
        },
    )


def _told(found: Measured) -> dict[str, float]:
    middle, low, high, layer, hand = found
    return {
        "ratio": round(middle, 3),
        "low": round(low, 3),
        "high": round(high, 3),
        "layer_ms": round(layer, 2),
        "hand_ms": round(hand, 2),
    }


def over_lines(root: Path, files: list[str]) -> Iterator[tuple[str, Measured]]:
    """The three questions asked of the lines' files."""
    from commercebrain.engine.indicators.engines import engine_of

    engine: Any = engine_of("duckdb")
    engine.cursor().execute(f"SET threads = {THREADS}")
    by_hand = duckdb.connect(config={"threads": THREADS})
    held, sources = catalogue(), Sources(Rows([]), root)
    for name, request in ASKED.items():
        storage = "read_parquet([" + ", ".join(f"'{file}'" for file in files) + "])"
        sql = LINES_SQL[name].replace("{lines}", storage)
        by_hand.execute(f"PREPARE {name} AS {sql}")

        def layer(request: Request = request) -> FigureTable:
            return table(sources, held, request, reach=Reach(ALL, "confidential"), engine=engine, rollups=False)

        def hand(name: str = name) -> dict[str, Any]:
            return dict(by_hand.execute(f"EXECUTE {name}").fetchnumpy())

        same(name, layer(), hand())
        yield name, measure(layer, hand)


def over_rollups(root: Path) -> Iterator[tuple[str, Measured]]:
    """The three questions asked of the roll-ups."""
    held, sources = catalogue(), Sources(Rows([]), root)
    reader = reader_of(root, "declaration_lines")
    if reader is None:
        raise AssertionError("nothing was rolled up")
    export = reader.dictionary("flow").index("export")
    connection = reader.connection("county", "country_hs2", "firm_hs2_year")
    connection.execute(f"SET threads = {THREADS}")
    for name, request in ASKED.items():
        sql = ROLLUP_SQL[name].replace("{export}", str(export))
        connection.execute(f"PREPARE hand_{name} AS {sql}")

        def layer(request: Request = request) -> FigureTable:
            return table(sources, held, request, reach=Reach(ALL, "confidential"))

        def hand(name: str = name) -> dict[str, Any]:
            return dict(connection.execute(f"EXECUTE hand_{name}").fetchnumpy())

        same(name, layer(), hand())
        yield name, measure(layer, hand)
