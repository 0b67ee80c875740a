"""The five standard questions asked of the roll-ups through the product's own functions, checked against the lines.

q1 exports by county and month with growth over the year, q2 growth and pull of January to September by partner and
two-digit product (both through ``table()``), q3 every firm's months since 2023 with twelve-month sums, those of the year
before and who halved (the panel), q4 the year's exposure to 2,000 duties (the exposure base), q5 concentration among firms by
product and year. The same questions in SQL over the Parquet lines give the checksums that the answers must have.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import numpy as np

from bench._lines import LINES, SEED, THREADS, Data, Measure, Worker, lake_with
from bench.harness import Figure, log
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.indicators.tables import reader_of, table

TITLE = "Five standard questions answered from roll-ups, with the digits of the lines."
QUICK = False
RUNS = int(os.environ.get("RUNS", "25"))
DAY = dt.date(2026, 6, 30)

Q1 = """
with m as (select county, month, sum(value_cny) as v from lines where flow = 'export' group by county, month)
select count(*), sum(a.v)::bigint, sum(coalesce(b.v, 0))::bigint
from m a left join m b on b.county = a.county and b.month = a.month - 100"""
Q2 = """
with g as (select country, hs10[1:2] as hs2,
  sum(case when month between 202501 and 202509 then value_cny else 0 end) as c,
  sum(case when month between 202401 and 202409 then value_cny else 0 end) as p
  from lines where flow = 'export' and month >= 202401 group by all)
select count(*), sum(c)::bigint, sum(p)::bigint from g where c > 0 or p > 0"""
Q3 = """
with s as (select uscc, month, sum(value_cny) as v from lines where flow = 'export' group by all),
g as (select e.uscc, p.month, coalesce(s.v, 0) as v from (select distinct uscc from s) e
  cross join (select distinct month from s) p left join s on s.uscc = e.uscc and s.month = p.month),
w as (select uscc, month, v, sum(v) over (partition by uscc order by month rows between 11 preceding and current row) as t,
  coalesce(sum(v) over (partition by uscc order by month rows between 23 preceding and 12 preceding), 0) as p from g)
select count(*), sum(v)::bigint, sum(t)::bigint, sum(p)::bigint, count(*) filter (p >= 1000000 and t * 2 < p)
from w where month >= 202301"""
Q4 = """
with x as (select l.uscc as uscc, sum(l.value_cny) as tot,
  sum(case when m.duty is not null then l.value_cny else 0 end) as exposed
  from lines l left join measures m on m.hs6 = l.hs10[1:6] and m.country = l.country
  where l.flow = 'export' and l.month >= 202501 group by l.uscc)
select count(*), sum(tot)::bigint, sum(exposed)::bigint from x where exposed > 0"""
Q5 = """
with s as (select month // 100 as y, hs10[1:2] as hs2, uscc, sum(value_cny) as v from lines where flow = 'export' group by all),
t as (select y, hs2, count(*) as n, sum(v) as t, sum(v::double * v) as q from s group by all)
select count(*), sum(n)::bigint, sum(t)::bigint, sum(10000 * q / (t::double * t)) from t"""


def hand(data: Data, measures: list[Measure]) -> dict[str, tuple[Any, ...]]:
    """The checksums by SQL over the Parquet lines."""
    with duckdb.connect(config={"threads": THREADS, "memory_limit": "6GB"}) as connection:
        files = ", ".join(f"'{file}'" for file in data.table.files())
        connection.execute(f"CREATE VIEW lines AS SELECT * FROM read_parquet([{files}])")
        arrays = {name: np.array([getattr(m, name) for m in measures]) for name in ("hs6", "country", "duty")}
        connection.register("measures_given", {k: v.astype(object) if k != "duty" else v for k, v in arrays.items()})
        connection.execute("CREATE TABLE measures AS SELECT * FROM measures_given")
        return {
            name: connection.execute(sql).fetchall()[0]
            for name, sql in (("q1", Q1), ("q2", Q2), ("q3", Q3), ("q4", Q4), ("q5", Q5))
        }


def _sum(column: Any) -> int:
    return int(np.ma.filled(column, 0).sum())


def questions(data: Data, measures: list[Measure]) -> dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]]:
    """Question → what answers it, and the checksum of an answer."""
    lake = data.root / "lake"
    sources, catalogue = Sources(Rows(()), lake), load_catalogue()
    reach = Reach(ALL, "confidential")
    options = {"single_months": "1"}
    one = Request(
        "customs_export_value", "990100", "2021-01", "2025-12", ("county",), "yoy", as_of=DAY, options=options
    )
    two = Request("customs_export_value", "990100", "2025-01..09", "2025-01..09", ("country", "hs2"), "pull", as_of=DAY)
    reader = reader_of(lake, "declaration_lines")
    assert reader is not None
    hs6, countries = [m.hs6 for m in measures], [m.country for m in measures]
    duties = [m.duty for m in measures]

    def q1() -> Any:
        return table(sources, catalogue, one, reach=reach)

    def q2() -> Any:
        found = table(sources, catalogue, two, reach=reach)
        level, base = found.columns["level"], found.columns["base"]
        return found, np.ma.divide(level, np.ma.masked_equal(base, 0)) - 1  # growth beside the pull

    def q3() -> Any:
        panel = reader.panel("export", 202301, columns=("value", "sum12", "sum12_before"))
        t, p = panel.columns["sum12"], panel.columns["sum12_before"]
        return panel, (p >= 1_000_000) & (t * 2 < p)

    def check1(found: Any) -> tuple[int, ...]:
        held = _present(found)
        return int(held.sum()), _sum(found.columns["level"][held]), _sum(found.columns["base"][held])

    def check2(answer: Any) -> tuple[int, ...]:
        found, _ = answer
        level, base = (np.ma.filled(found.columns[name], 0) for name in ("level", "base"))
        there = (level > 0) | (base > 0)
        return int(there.sum()), int(level.sum()), int(base.sum())

    def check3(answer: Any) -> tuple[int, ...]:
        panel, drops = answer
        names = ("value", "sum12", "sum12_before")
        return (drops.size, *(int(panel.columns[name].sum()) for name in names), int(drops.sum()))

    return {
        "q1": (q1, check1),
        "q2": (q2, check2),
        "q3": (q3, check3),
        "q4": (
            lambda: reader.exposed(hs6, countries, duties, year=2025),
            lambda e: (len(e.firms), int(e.total.sum()), int(e.exposed.sum())),
        ),
        "q5": (
            lambda: reader.concentration("hs2", "export"),
            lambda c: (len(c.year), int(c.firms.sum()), int(c.value.sum()), float(c.hhi.sum())),
        ),
    }


def _present(found: Any) -> Any:
    """The rows that lines stand behind: a cell of nought in a month that is known has no line."""
    return np.ma.filled(found.columns["level"], 0) > 0


def figures() -> Iterator[Figure]:
    """Medians of warm runs of each question; a question whose digits differ from the lines' is not measured."""
    with lake_with() as data:
        worker = Worker(data.root / "lake")
        worker.ask("refresh")
        worker.close()
        measures = data.world().measures()
        expected = hand(data, measures)
        log("questions by hand are answered")
        for name, (ask, check) in questions(data, measures).items():
            got = check(ask())
            right = got == expected[name] or (name == "q5" and np.allclose(got, expected[name], rtol=1e-9, atol=0))
            runs = []
            for _ in range(RUNS):
                start = time.perf_counter()
                ask()
                runs.append((time.perf_counter() - start) * 1000)
            must, aim = (300, 150) if name == "q3" else (30, 15)
            inputs = {
                "lines": LINES,
                "seed": SEED,
                "checksum": [float(x) for x in got],
                "by_hand": [float(x) for x in expected[name]],
                "best_ms": round(min(runs), 2),
            }
            log(f"{name}: {statistics.median(runs):.2f} ms, digits {'equal' if right else 'DIFFER'}")
            method = "Median of warm runs in this process; digits equal to SQL over the lines."
            if not right:
                method = "The digits differ from those of the lines."
            yield Figure(f"{name}_ms", statistics.median(runs) if right else None, must, aim, "lower", method, inputs)
