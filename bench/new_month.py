"""One new month: a provider's file taken in with every check, and everything current, beside the bare scan of all lines.

The lake holds 59 months with their roll-ups; the sixtieth comes as a Parquet file of unsorted lines through the checked
intake; then the working store is refreshed: the month's coded lines and roll-ups, its year's bases, exposure of the last
24 months, its panel, every indicator. What the store says afterwards is compared with that of a store built at once from
all sixty months, table by table, to the digit.

What is missed and why: integer-coded columns are scanned at 4 GB a second, a hundred million lines in a quarter of a
second; reading, checking, sorting and compressing the 1.9 million lines of one month alone takes 1.2 s, half of it the
compression of the record. Tried: checks on distinct codes only, writing by code, radix sorting, coding the month from what
the intake holds instead of reading it back (0.4 s less, not wired to the checked intake). Not tried: bases of the year and
of the last 24 months merged instead of made anew, a record compressed after the commit.
"""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Iterator
from typing import Any

import numpy as np

from bench._lines import LINES, SEED, SOURCE, THREADS, BareScan, Worker, lake_with
from bench.harness import Figure, log
from commercebrain.engine.rollups.reader import RollupReader
from commercebrain.engine.rollups.shape import CONCENTRATIONS, PANEL
from commercebrain.engine.working.dictionaries import DERIVED
from commercebrain.engine.working.store import Working

TITLE = "One new month taken in and everything current, beside a bare scan of all lines; equal to a full rebuild."
QUICK = False
TIMES = int(os.environ.get("PAIRS", "5"))


def differences(one: RollupReader, other: RollupReader) -> list[str]:
    """The tables in which two stores do not say the same, to the digit; codes may differ, what they stand for may not."""
    found = []
    to_other: dict[str, Any] = {}
    for column in (*one.dictionaries.base, *DERIVED):
        codes = other.dictionaries.of(column).codes
        to_other[column] = np.array([codes.get(value, -1) for value in one.dictionary(column)], np.int64)
    for name, table in one.tables.items():
        a, b = one.arrays(name), other.arrays(name)
        left = {column: to_other[column][a[column]] if column in to_other else a[column] for column in table.dims}
        orders = [np.lexsort([keys[column] for column in reversed(table.dims)]) for keys in (left, b)]
        if len(orders[0]) != len(orders[1]) or any(
            not np.array_equal(values[column][orders[0]], b[column][orders[1]])
            for values, columns in ((left, table.dims), (a, table.measures))
            for column in columns
        ):
            found.append(name)
    for flow in ("export", "import"):
        a, b = one.panel(flow), other.panel(flow)
        order = np.argsort(to_other["uscc"][a.firms])
        if a.months != b.months or not np.array_equal(to_other["uscc"][a.firms][order], b.firms):
            found.append(f"panel {flow}")
        else:
            found += [
                f"panel {flow} {column}"
                for column in PANEL
                if not np.array_equal(a.columns[column][:, order], b.columns[column], equal_nan=True)
            ]
        for column in CONCENTRATIONS:
            x, y = one.concentration(column, flow), other.concentration(column, flow)
            code = x.code if column == "total" else to_other[column][x.code]
            order = np.lexsort([code, x.year])
            same = all(
                np.array_equal(getattr(x, field)[order], getattr(y, field)) for field in ("firms", "value", "hhi")
            )
            if not same or not np.array_equal(code[order], y.code):
                found.append(f"concentration {flow} {column}")
    for code in one.base_part(one.months[0]).facts["places"]:
        p, q = one.indicator_base(code), other.indicator_base(code)
        counties = to_other["county"]
        if p is None or q is None or not np.array_equal(p.values, q.values[:, counties]):
            found.append(f"indicator {code}")
    return found


def figures() -> Iterator[Figure]:
    """Ratio of the medians of interleaved runs, each on a fresh copy of the lake before the month."""
    with lake_with() as data:
        before, copy = data.root / "before", data.root / "copy"
        last = max(version.month for version in data.table.months())
        day = f"{last // 100}-{last % 100:02d}-28"
        worker = Worker(before)
        worker.ask("refresh")
        scan = BareScan(data)
        scan()
        answers, scans = [], []
        for number in range(TIMES + 1):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(before, copy, copy_function=os.link)
            file = str(data.root / "last-month.parquet")
            answer = worker.ask("month", root=str(copy), file=file, day=day, source=SOURCE)
            seconds = scan()
            if number:  # the first is warming up
                answers.append(answer)
                scans.append(seconds)
                log(
                    f"month {answer['seconds']:.2f} s, of it intake {answer['intake_seconds']:.2f} s; scan {seconds:.3f} s"
                )
        worker.close()
        scan.close()
        whole = Worker(data.root / "lake")
        whole.ask("refresh")
        whole.close()
        readers = [Working(root).reader("declaration_lines") for root in (copy, data.root / "lake")]
        wrong = differences(*readers) if all(readers) else ["nothing was built"]
        log(f"equal to a full rebuild: {not wrong} {wrong}")
        months = [answer["seconds"] for answer in answers]
        ratio = statistics.median(months) / statistics.median(scans)
        inputs = {
            "lines": LINES,
            "seed": SEED,
            "threads": THREADS,
            "month_s": [round(s, 3) for s in months],
            "intake_s": [round(answer["intake_seconds"], 3) for answer in answers],
            "cpu_s": [round(answer["cpu"], 3) for answer in answers],
            "scan_s": [round(s, 4) for s in scans],
            "accepted": answers[-1]["accepted"],
            "quarantined": answers[-1]["quarantined"],
            "equal_to_rebuild": not wrong,
        }
        method = " ".join((__doc__ or "").split()) if not wrong else f"Differs from a full rebuild: {', '.join(wrong)}"
        yield Figure("new_month_ratio", None if wrong else ratio, 1, 0.3, "lower", method, inputs)
        shutil.rmtree(copy, ignore_errors=True)
