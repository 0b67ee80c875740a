"""Exposure of 20,000 firms to a list of 5,000 codes, from roll-ups, beside the direct SQL join over the Parquet lines.

The list is half of six digits and half of eight, against single partners and groups, at several rates; some goods stand on
it more than once. Both answer the same question: what of each firm's exports of the last twelve months the list takes, at
the highest rate that covers a line. The product also answers by county, goods, partner and row of the list.
``CODES`` and ``RUNS`` set the list's length and how often both are run; ``LINES``, ``SEED`` and ``CBRAIN_BENCH_DIR`` are
those of the other benches over lines.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import numpy as np

from bench._lines import LINES, SEED, THREADS, Data, Worker, lake_with
from bench.harness import Figure, interleaved_pairs, log
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.exposure.compute import exposure
from commercebrain.engine.exposure.lines import customs_base
from commercebrain.engine.exposure.result import Exposure
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.lists.rows import ProductRow

TITLE = "What a tariff list of 5,000 codes takes of each firm's exports, from roll-ups."
QUICK = False
CODES = int(os.environ.get("CODES", "5000"))
RUNS = int(os.environ.get("RUNS", "9"))
DAY = dt.date(2026, 6, 30)
_RATES = (5.0, 7.5, 10.0, 15.0, 25.0)
_GROUPS = ("eu27", "asean", "north_america", "rcep", "belt_road")
_DIMENSIONS = ("county", "township", "hs2", "hs4", "hs6", "partner", "row")

JOIN = """
SELECT uscc, sum(value_cny)::BIGINT AS total,
  sum(CASE WHEN rate IS NOT NULL THEN value_cny ELSE 0 END)::BIGINT AS exposed,
  sum(CASE WHEN rate IS NOT NULL THEN value_cny * rate ELSE 0 END)::BIGINT AS owed
FROM (
  SELECT l.uscc, l.value_cny, greatest(a.rate, b.rate) AS rate
  FROM lines l
  LEFT JOIN listed6 a ON a.code = l.hs10[1:6] AND a.country = l.country
  LEFT JOIN listed8 b ON b.code = l.hs10[1:8] AND b.country = l.country
  WHERE l.flow = 'export' AND l.month BETWEEN 202501 AND 202512)
GROUP BY uscc HAVING exposed > 0"""


def listed(data: Data, many: int) -> list[ProductRow]:
    """The list: codes of goods that are traded, drawn as they are, and one in ten that nobody trades."""
    world = data.world()
    rng = np.random.default_rng(data.seed + 1)
    goods = [
        world.hs10[place] for _ in range(-(-2 * many // len(world.hs10))) for place in rng.permutation(len(world.hs10))
    ]
    rows: dict[tuple[str, str], ProductRow] = {}
    for number, product in enumerate(goods, 1):
        if number % 10 == 0:
            product = f"{product[:4]}{rng.integers(10**6):06d}"
        digits = product[: 6 if number % 2 else 8]
        single = world.countries[rng.choice(len(world.countries), p=world.p_country)]
        partner = _GROUPS[rng.integers(len(_GROUPS))] if rng.random() < 0.5 else single
        rate = float(_RATES[rng.integers(len(_RATES))])
        rows.setdefault((digits, partner), ProductRow(digits, "CN", "2022", partner, rate, number=number))
        if len(rows) == many:
            break
    return list(rows.values())


def rival(data: Data, rows: Sequence[ProductRow]) -> duckdb.DuckDBPyConnection:
    """DuckDB over the Parquet lines, with the list as a table of codes and countries at the highest rate of each."""
    connection = duckdb.connect(config={"threads": THREADS, "memory_limit": "6GB"})
    files = ", ".join(f"'{file}'" for file in data.table.files())
    connection.execute(f"CREATE VIEW lines AS SELECT * FROM read_parquet([{files}])")
    groups = load_catalogue().groups
    for length in (6, 8):
        best: dict[tuple[str, str], int] = {}
        for row in rows:
            if len(row.digits) == length:
                members = groups[row.partner].at(DAY)[0] if row.partner in groups else {row.partner}
                for country in members:
                    key = (row.digits, country)
                    best[key] = max(best.get(key, 0), round((row.rate or 0) * 1000))
        given: dict[str, Any] = {
            "code": np.array([code for code, _ in best], dtype=object),
            "country": np.array([country for _, country in best], dtype=object),
            "rate": np.array(list(best.values()), np.int64),
        }
        connection.register("given", given)
        connection.execute(f"CREATE TABLE listed{length} AS SELECT * FROM given")
        connection.unregister("given")
    return connection


def figures() -> Iterator[Figure]:
    """Medians of runs in turn, both warm; where the checksums differ nothing is measured."""
    with lake_with() as data:
        worker = Worker(data.root / "lake")
        worker.ask("refresh")
        worker.close()
        rows = listed(data, CODES)
        reach = Reach(ALL, "confidential")

        def base() -> Any:
            return customs_base(data.root / "lake", reach=reach, as_of=DAY)

        start = time.perf_counter()
        held = base()
        cold = time.perf_counter() - start

        def ask() -> Exposure:
            found = exposure(rows, base(), on=DAY)
            for name in _DIMENSIONS:
                found.by(name)  # type: ignore[arg-type]
            return found

        with rival(data, rows) as connection:

            def ours() -> float:
                begin = time.perf_counter()
                ask()
                return time.perf_counter() - begin

            def theirs() -> float:
                begin = time.perf_counter()
                connection.execute(JOIN).fetchnumpy()
                return time.perf_counter() - begin

            found, joined = ask(), connection.execute(JOIN).fetchnumpy()
            mine = (len(found.firm), *(int(x.sum()) for x in (found.total, found.upper, found.hits.owed)))
            hand = (len(joined["uscc"]), *(int(joined[name].sum()) for name in ("total", "exposed", "owed")))
            right = mine == hand and dict(zip(found.firms, found.upper.tolist(), strict=True)) == dict(
                zip(joined["uscc"].tolist(), joined["exposed"].tolist(), strict=True)
            )
            log(f"digits {'equal' if right else 'DIFFER'}: {mine} {hand}")
            pairs = interleaved_pairs(ours, theirs, pairs=RUNS)
        own, other = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
        inputs = {
            "lines": LINES,
            "seed": SEED,
            "codes": len(rows),
            "firms": len(held.firms),
            "firms_hit": len(found.firm),
            "rows_of_the_base": len(held.value),
            "base_cold_s": round(cold, 4),
            "sql_join_s": round(other, 4),
            "runs": [[round(a, 4), round(b, 4)] for a, b in pairs],
            "checksum": list(mine),
            "by_sql": list(hand),
        }
        log(f"exposure {own:.4f} s, SQL join {other:.4f} s, base cold {cold:.3f} s")
        method = "Median of warm runs, with all break-downs; digits of every firm equal to the SQL join over the lines."
        ratio = "Median of the product's time over the median of DuckDB's join on all cores, run in turn, both warm."
        if not right:
            method = ratio = "The digits differ from those of the SQL join."
        yield Figure("exposure_s", own if right else None, 1.0, 0.1, "lower", method, inputs)
        yield Figure("exposure_ratio", own / other if right else None, 1.0, 0.1, "lower", ratio, inputs)
