"""What benchmarks share: figures, fair timing of two things, growth with size, what machine it was."""

from __future__ import annotations

import json
import math
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number with what it must and should be.

    ``figure`` is a fixed id; ``got`` None means that it could not be measured, and ``method`` says why;
    ``inputs`` holds sizes, seed, raw timings or the counts of numerator and denominator.
    """

    figure: str
    got: float | None
    must: float
    aim: float
    better: Literal["lower", "higher"]
    method: str
    inputs: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the figure is what it must be; one that could not be measured is not."""
        if self.got is None or math.isnan(self.got):
            return False
        return self.got >= self.must if self.better == "higher" else self.got <= self.must

    def line(self) -> str:
        """The figure as one JSON object."""
        keys = ("figure", "got", "must", "aim", "better", "ok", "inputs", "method")
        return json.dumps({key: getattr(self, key) for key in keys}, ensure_ascii=False)


def log(text: str) -> None:
    """Say what is going on, on standard error: standard output is the figures' own."""
    print(text, file=sys.stderr, flush=True)


def timed(action: Callable[[], object]) -> float:
    """Seconds that ``action`` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def interleaved_pairs(
    first: Callable[[], float], second: Callable[[], float], *, pairs: int = 15, warm: int = 1
) -> list[tuple[float, float]]:
    """Seconds of both things, ``pairs`` times, one after the other so that whatever slows the machine slows
    both.

    Each callable does its work and gives the seconds that it took (a worker process times itself). The one
    that goes first changes from pair to pair; ``warm`` rounds before are not counted.
    """
    for _ in range(warm):
        first()
        second()
    out: list[tuple[float, float]] = []
    for n in range(pairs):
        if n % 2:
            late = second()
            out.append((first(), late))
        else:
            early = first()
            out.append((early, second()))
    return out


def bootstrap_interval(
    values: Sequence[float], *, level: float = 0.95, draws: int = 2000, seed: int = 20250721
) -> tuple[float, float, float]:
    """The median of ``values`` and the ends of its bootstrap interval at ``level``."""
    if not values:
        raise ValueError("no values to take a median of")
    rng = random.Random(seed)
    medians = sorted(statistics.median(rng.choices(values, k=len(values))) for _ in range(draws))
    tail = (1 - level) / 2
    low, high = medians[int(tail * draws)], medians[min(int((1 - tail) * draws), draws - 1)]
    return statistics.median(values), low, high


def growth_exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The slope of log time over log size by least squares: 1 is linear, 2 quadratic."""
    if len(sizes) != len(seconds) or len(sizes) < 2:
        raise ValueError("growth needs the same number of sizes and times, two at least")
    xs, ys = [math.log(x) for x in sizes], [math.log(y) for y in seconds]
    mx, my = statistics.fmean(xs), statistics.fmean(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)) / sum((x - mx) ** 2 for x in xs)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    memory = None
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": model,
        "memory_gib": memory,
        "system": platform.system(),
        "python": platform.python_version(),
    }
