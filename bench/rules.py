"""All rules over all firms for one month beside the bare scan of that month's lines.

A hundred rules (the shipped ones about firms, varied in thresholds and markets within the bounds that they declare) over a
hundred thousand firms of the current month: conditions, levels, what held in the periods before, what excludes what, what
is unknown. The facts lie in memory as columns, as the month's lines do for the scan, firms by size, the largest first, as the
product keeps them; every run begins with a new frame. Both run on as many threads as inputs say. The rules are read and
planned once (``first_s`` is the first run, in which that is done and the loop compiled or loaded); ``anew_ms`` is with rules
that are read again but say the same. The scan: DuckDB sums all ten columns of the month's coded lines, warm, as the bench
``refresh`` scans them, of a store of LINES lines (default a hundred million). Harder, in the inputs: ``columns_ratio``,
beside numpy's sum of only those columns that the rules read. Rivals in the same run, same hits to the row: SQL in DuckDB with the bounds worked out beforehand (without
levels and exclusions), and the language row by row (a sample of rows, scaled).
"""

from __future__ import annotations

import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np

from bench import _lines
from bench._rules_city import MARKETS, ON, City, fresh, varied
from bench._rules_rivals import Sql, row_by_row, same
from bench.harness import Figure, interleaved_pairs, log, timed
from commercebrain.engine.rules import ArrayFrame, Found, Rule, evaluate
from commercebrain.engine.rules.threads import at_once

TITLE = "A hundred rules over a hundred thousand firms for one month, beside a bare scan of the month's lines."
QUICK = True
LINES = int(float(os.environ.get("LINES", "1e8")))
FIRMS = int(float(os.environ.get("FIRMS", "1e5")))
RULES = int(os.environ.get("RULES", "100"))
PAIRS = int(os.environ.get("PAIRS", "25"))
SEED = int(os.environ.get("SEED", "7"))
SAMPLE = 200


def month_scan(folder: Path) -> tuple[Callable[[], float], int]:
    """A warm scan of the last month's coded lines of a store of LINES lines, in seconds, and how many lines these are."""
    block = _lines.World(LINES, SEED).block(_lines.MONTHS - 1)
    kinds = {"uscc": "u2", "hs10": "u2", "country": "u1", "mode": "u1", "flow": "u1", "county": "u1"}
    columns = {
        name: np.asarray(getattr(column, "codes", column)).astype(kinds.get(name, "i8"))
        for name, column in block.columns.items()
    }
    count = len(columns["uscc"])
    given = {"month": np.full(count, block.month, np.int32), **columns}
    path = str(folder / "month.duckdb")
    with duckdb.connect(path) as connection:
        connection.register("given", given)
        connection.execute("CREATE TABLE lines AS SELECT * FROM given")
    scanning = duckdb.connect(path, read_only=True, config={"threads": _lines.THREADS})
    return lambda: timed(lambda: scanning.execute(_lines.SCAN).fetchall()), count


def read_columns(frame: ArrayFrame, rules: list[Rule]) -> Callable[[], float]:
    """Numpy's sum of every column of the current month that a condition reads, in seconds."""
    terms = {term for rule in rules for term in rule.condition.terms if term.args or term.name not in rule.parameters}
    arrays = [coded.codes if (coded := frame.coded(term)) is not None else frame.column(term).values for term in terms]
    return lambda: timed(lambda: [one.sum() for one in arrays])


def run(frame: ArrayFrame, rules: list[Rule]) -> tuple[float, list[Found]]:
    """Seconds of one evaluation of a new frame of the same facts, and what it found."""
    given, out = fresh(frame), []
    seconds = timed(lambda: out.extend(evaluate(rules, {"firm": given}, on=ON)))
    return seconds, out


def spent(action: Callable[[], object]) -> float:
    """Seconds of processor time of all threads that ``action`` takes."""
    start = time.process_time()
    action()
    return time.process_time() - start


def spent_on_rules(frame: ArrayFrame, rules: list[Rule]) -> float:
    """The same of one evaluation of a new frame."""
    given = fresh(frame)
    return spent(lambda: evaluate(rules, {"firm": given}, on=ON))


def figures() -> Iterator[Figure]:
    """The ratio of medians of interleaved runs."""
    log(f"making {FIRMS:,} firms and {RULES} rules …")
    frame, rules = City(FIRMS, SEED).frame(), varied(RULES, SEED)
    first, found = run(frame, rules)
    with tempfile.TemporaryDirectory(prefix="cbrain-rules-") as folder:
        scan, lines = month_scan(Path(folder))
        gc.collect()
        gc.freeze()
        pairs = interleaved_pairs(lambda: run(frame, rules)[0], scan, pairs=PAIRS, warm=3)
        columns = read_columns(frame, rules)
        cpu = [
            statistics.median(one() for _ in range(9))
            for one in (lambda: spent_on_rules(frame, rules), lambda: spent(scan))
        ]
        anew = statistics.median(run(frame, [one.model_copy() for one in rules])[0] for _ in range(9))
        column_pairs = interleaved_pairs(lambda: run(frame, rules)[0], columns, pairs=PAIRS, warm=1)
    ours, scans = (statistics.median(column) for column in zip(*pairs, strict=True))
    log(f"rules {ours * 1e3:.2f} ms, scan of {lines:,} lines {scans * 1e3:.2f} ms")
    plain = [rule.model_copy(update={"exclusive_of": ()}) for rule in rules]
    _, without = run(frame, plain)
    sql = Sql(frame, plain, _lines.THREADS)
    equal = same(sql(), without)
    sql_seconds = statistics.median(timed(sql) for _ in range(3))
    each, agree = row_by_row(frame, plain, range(0, FIRMS, max(1, FIRMS // SAMPLE)), without)
    yield Figure(
        "rules_ratio",
        ours / scans if equal and agree else None,
        1,
        0.3,
        "lower",
        " ".join((__doc__ or "").split()),
        {
            "rules": RULES,
            "firms": FIRMS,
            "store_lines": LINES,
            "month_lines": lines,
            "seed": SEED,
            "markets": len(MARKETS),
            "rules_ms": [round(one * 1e3, 2) for one, _ in pairs],
            "scan_ms": [round(other * 1e3, 2) for _, other in pairs],
            "rules_cpu_ms": round(cpu[0] * 1e3, 2),
            "scan_cpu_ms": round(cpu[1] * 1e3, 2),
            "rules_threads": at_once(FIRMS),
            "scan_threads": _lines.THREADS,
            "first_s": round(first, 3),
            "anew_ms": round(anew * 1e3, 2),
            "columns_ratio": round(
                statistics.median(a for a, _ in column_pairs) / statistics.median(b for _, b in column_pairs), 2
            ),
            "columns_ms": round(statistics.median(b for _, b in column_pairs) * 1e3, 2),
            "duckdb_ms": round(sql_seconds * 1e3, 1),
            "row_by_row_s": round(each * FIRMS, 1),
            "row_by_row_sample": SAMPLE,
            "same_as_duckdb": equal,
            "same_as_rows": agree,
            "hits": sum(len(one.rows) for one in found),
            "unknown": sum(one.unknown for one in found),
            "held_back": sum(sum(one.held_back.values()) for one in found),
        },
    )
