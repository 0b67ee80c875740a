"""A full refresh of the working store beside the bare scan of the same lines, and its peak memory.

The numerator computes again, from the coded month files and written to disk: the finest grain, sixteen roll-ups by
month, firms by month with their partners, every shipped additive indicator by county, exposure by year and of the last
24 months, firms by product and year, concentration, and the panel with its comparison columns (those that are short sums of another, or another month's, are
made when they are read). The process is warm:
kernels are compiled, files lie in the page cache, as they do for the scan.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from pathlib import Path

from bench._lines import LINES, SEED, THREADS, BareScan, Data, Worker, lake_with
from bench.harness import Figure, log
from commercebrain.engine.rollups.panel import REFERS, SUMS, windows
from commercebrain.engine.rollups.shape import CONCENTRATIONS
from commercebrain.engine.working.store import Working

TITLE = "A full refresh of all roll-ups, the panel, exposure, concentration and indicators, beside a bare scan of the lines."
QUICK = False
PAIRS = int(os.environ.get("PAIRS", "5"))


def store_bytes(data: Data) -> dict[str, float]:
    """Bytes a line of the record and of each part of the working store."""
    lake = data.root / "lake"
    working = lake / "working" / "declaration_lines"
    reader = Working(lake).reader("declaration_lines")
    if reader is None:
        return {}
    found = {"record": sum(Path(file).stat().st_size for file in data.table.files()) / data.lines}
    for kind in ("lines", "rollups", "base", "years", "recent", "panel"):
        paths = [path for path in reader.manifest.parts() if path.startswith(f"{kind}/")]
        found[kind] = round(sum((working / path).stat().st_size for path in paths) / data.lines, 3)
    return found


def figures() -> Iterator[Figure]:
    """Ratio of the medians of interleaved runs; peak memory of the refreshing process."""
    with lake_with() as data:
        first = Worker(data.root / "lake")
        log(f"first refresh: {first.ask('refresh')['seconds']:.1f} s")
        first.close()
        scan, worker = BareScan(data), Worker(data.root / "lake")
        worker.ask("recompute")
        scan()
        answers, scans = [], []
        for _ in range(PAIRS):
            answers.append(worker.ask("recompute"))
            scans.append(scan())
            log(f"refresh {answers[-1]['seconds']:.2f} s, scan {scans[-1]:.3f} s")
        worker.close()
        scan.close()
        refreshes = [answer["seconds"] for answer in answers]
        reader = Working(data.root / "lake").reader("declaration_lines")
        tables = {name: table.rows for name, table in reader.tables.items()} if reader else {}
        inputs = {
            "lines": LINES,
            "seed": SEED,
            "threads": THREADS,
            "refresh_s": [round(s, 3) for s in refreshes],
            "refresh_cpu_s": [round(answer["cpu"], 3) for answer in answers],
            "scan_s": [round(s, 4) for s in scans],
            "indicators": answers[-1]["indicators"],
            "left_out": answers[-1]["left_out"],
            "tables": tables,
            "panel_columns": list(windows(12)),
            "panel_columns_on_read": sorted(SUMS | REFERS.keys()),
            "concentrations": list(CONCENTRATIONS),
            "bytes_per_line": store_bytes(data),
        }
        ratio = statistics.median(refreshes) / statistics.median(scans)
        yield Figure("refresh_ratio", ratio, 10, 4, "lower", " ".join((__doc__ or "").split()), inputs)
        peak = answers[-1]["peak_gb"]
        method = "ru_maxrss of the refreshing process after all its refreshes; it reads months with its own reads."
        yield Figure("refresh_peak_gb", peak, 6, 3.4, "lower", method, {"lines": LINES, "threads": THREADS})
