"""How the time of a full refresh grows with the number of lines."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from bench._lines import LINES, SEED, THREADS, Worker, lake_with
from bench.harness import Figure, growth_exponent, log

TITLE = "Full refresh of a tenth, a third and all of the lines: the slope of log time over log size."
QUICK = False


def figures() -> Iterator[Figure]:
    """The exponent over three sizes, medians of three warm refreshes each."""
    sizes = [LINES // 10, round(LINES / 10**0.5), LINES]
    seconds = []
    for size in sizes:
        with lake_with(size) as data:
            worker = Worker(data.root / "lake")
            worker.ask("refresh")
            worker.ask("recompute")
            runs = [worker.ask("recompute")["seconds"] for _ in range(3)]
            worker.close()
        seconds.append(statistics.median(runs))
        log(f"{size:,} lines: {seconds[-1]:.2f} s")
    yield Figure(
        "growth_exponent",
        growth_exponent(sizes, seconds),
        1.10,
        1.0,
        "lower",
        TITLE,
        {"sizes": sizes, "seconds": [round(s, 3) for s in seconds], "seed": SEED, "threads": THREADS},
    )
