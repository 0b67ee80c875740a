"""Trade series by month from a csv, which of them a tariff hit and when, and how well alarms found it.

The truth comes from no model: a series is hit in the month in which the duties that its importers paid, over its value,
jumped. Alarms are a matrix of series × months; everything here is arithmetic on it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.foresight.months import months_apart, months_from, shift

Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]

TOTALS: Final = frozenset({"00", "TOTAL", "WORLD"})
#: A duty counts as risen by this fraction of the value: five points.
JUMP: Final = 0.05
#: A hit is found when an alarm comes in its month or one of the six after.
WINDOW: Final = 6
#: Fewer known months before a judged one, and no method is asked.
LEAST_HISTORY: Final = 36


@dataclass(frozen=True)
class Panel:
    """``S`` series of ``T`` months: their keys, values (S × T) and, where the file has them, duties.

    A month without a line is 0 from the series' first line on, NaN before it.
    """

    names: tuple[str, ...]
    keys: list[tuple[str, ...]]
    first: int
    values: Floats
    duty: Floats | None

    @property
    def months(self) -> list[int]:
        """All months, yyyymm."""
        return months_from(self.first, self.values.shape[1])

    def at(self, month: int) -> int:
        """The column of a month."""
        return months_apart(self.first, month)


def read_panel(path: Path) -> Panel:
    """A csv with ``month`` (yyyy-mm), one ``value…`` column, perhaps ``duty…``; every other column names the series.

    Lines of totals (a key 00, TOTAL or WORLD) are left out. Raises ValueError for a month reported twice.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or ())
        value = next((c for c in columns if c.startswith("value")), None)
        if "month" not in columns or value is None:
            raise ValueError(f"{path.name}: a column month and one that begins with value are needed, not {columns}")
        duty = next((c for c in columns if c.startswith("duty")), None)
        names = tuple(c for c in columns if c not in ("month", value, duty))
        cells: dict[tuple[str, ...], dict[int, tuple[float, float]]] = {}
        for line in reader:
            key = tuple(line[name] for name in names)
            if TOTALS.intersection(part.upper() for part in key):
                continue
            month = int(line["month"].replace("-", "")[:6])
            own = cells.setdefault(key, {})
            if month in own:
                raise ValueError(f"{path.name}: {key} has {month} twice; a month reported twice cannot be summed")
            own[month] = (float(line[value] or 0), float(line[duty] or 0) if duty else 0.0)
    known = {month for own in cells.values() for month in own}
    first, count = min(known), months_apart(min(known), max(known)) + 1
    keys = sorted(cells)
    values = np.full((len(keys), count), np.nan)
    duties = np.full((len(keys), count), np.nan)
    for row, key in enumerate(keys):
        start = months_apart(first, min(cells[key]))
        values[row, start:] = duties[row, start:] = 0.0
        for month, (v, d) in cells[key].items():
            values[row, months_apart(first, month)] = v
            duties[row, months_apart(first, month)] = d
    return Panel(names, keys, first, values, duties if duty else None)


def judged(values: Floats, columns: Sequence[int], least: float) -> Bits:
    """S × M: which series are big enough and long enough to be judged in which months.

    Big enough: the mean of the twelve months before is ``least`` or more. The month itself is not looked at.
    """
    out = np.zeros((len(values), len(columns)), dtype=bool)
    for n, t in enumerate(columns):
        if t < LEAST_HISTORY:
            continue
        history = values[:, t - LEAST_HISTORY : t]
        out[:, n] = np.isfinite(history).all(axis=1) & (np.nan_to_num(history[:, -12:]).mean(axis=1) >= least)
    return out


@dataclass(frozen=True)
class Hit:
    """A jump of the effective duty: which series, in which column, by how much (fraction of value)."""

    row: int
    column: int
    jump: float


def hits(values: Floats, duty: Floats, *, jump: float = JUMP) -> list[Hit]:
    """Months in which the effective duty rate jumped and stayed.

    The rate of the month, and that of the two months after, are each ``jump`` or more above the rate of the three
    months before. The two months after a hit belong to it.
    """
    found: list[Hit] = []
    value, paid = np.nan_to_num(values), np.nan_to_num(duty)
    for row in range(len(value)):
        free = 0
        for t in range(3, value.shape[1] - 2):
            before, after = value[row, t - 3 : t].sum(), value[row, t + 1 : t + 3].sum()
            if t < free or before <= 0 or after <= 0 or value[row, t] <= 0:
                continue
            base = paid[row, t - 3 : t].sum() / before
            now, stays = paid[row, t] / value[row, t] - base, paid[row, t + 1 : t + 3].sum() / after - base
            if now >= jump and stays >= jump:
                found.append(Hit(row, t, float(stays)))
                free = t + 3
    return found


def fell(values: Floats, hit: Hit, others: Floats, *, least: float = 0.2) -> bool:
    """Whether the series' year from the hit on, against the year before, lagged ``others`` by ``least`` (fraction).

    ``others`` (T) is the same product from everybody else: what the world did is taken out.
    """
    own, rest = np.nan_to_num(values[hit.row]), np.nan_to_num(others)
    t = hit.column
    if t < 12 or t + 12 > len(own):
        return False
    sums = [own[t : t + 12].sum(), own[t - 12 : t].sum(), rest[t : t + 12].sum(), rest[t - 12 : t].sum()]
    if min(sums) <= 0:
        return bool(sums[0] <= 0)
    return bool((sums[0] / sums[1]) / (sums[2] / sums[3]) <= 1 - least)


def others_of(panel: Panel) -> Floats:
    """S × T: for each series, the same product (last key) from all the other partners; everything else when alone."""
    value = np.nan_to_num(panel.values)
    products = np.array([key[-1] for key in panel.keys])
    out = np.empty_like(value)
    total = value.sum(axis=0)
    for product in np.unique(products):
        rows = np.flatnonzero(products == product)
        out[rows] = (value[rows].sum(axis=0) if len(rows) > 1 else total) - value[rows]
    return out


def calibrate(alarms: Callable[[float], Bits], quiet: Bits, budget: float, *, high: float = 60.0) -> float:
    """The threshold at which a method gives ``budget`` alarms per judged series and month of the quiet cells.

    ``alarms(threshold)`` is S × M; ``quiet`` marks the judged cells in which nothing is known to have happened. More
    alarms at a lower threshold; found by halving, so that the alarms are at most the budget.
    """
    cells = max(int(quiet.sum()), 1)
    low = 0.0
    for _ in range(40):
        middle = (low + high) / 2
        if (alarms(middle) & quiet).sum() / cells > budget:
            low = middle
        else:
            high = middle
    return high


def lags(alarms: Bits, found: Sequence[Hit], start: int, *, window: int = WINDOW) -> list[int | None]:
    """For each hit, months from it to the first alarm of its series within ``window``; None: no alarm.

    ``start`` is the column of the first month of ``alarms``.
    """
    out: list[int | None] = []
    for hit in found:
        n = hit.column - start
        seen = np.flatnonzero(alarms[hit.row, max(n, 0) : n + window + 1])
        out.append(int(seen[0]) if len(seen) else None)
    return out


def share_interval(
    per_hit: Sequence[float], clusters: Sequence[int], *, draws: int = 2000, seed: int = 20250721
) -> tuple[float, float, float]:
    """The mean with its 95 % bootstrap interval; whole series (``clusters``) are drawn, as hits of one hang together."""
    if not per_hit:
        return float("nan"), float("nan"), float("nan")
    marks, groups = np.asarray(per_hit, dtype=float), np.asarray(clusters)
    names, index = np.unique(groups, return_inverse=True)
    sums = np.bincount(index, weights=marks, minlength=len(names))
    sizes = np.bincount(index, minlength=len(names))
    drawn = np.random.default_rng(seed).integers(0, len(names), (draws, len(names)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(marks.mean()), float(low), float(high)


def precision(alarms: Bits, found: Sequence[Hit], start: int, cells: Bits, *, window: int = WINDOW) -> tuple[int, int]:
    """How many of the alarms in ``cells`` lie within ``window`` months after a hit of their series, and how many there are."""
    after = np.zeros_like(alarms)
    for hit in found:
        n = hit.column - start
        after[hit.row, max(n, 0) : n + window + 1] = True
    return int((alarms & cells & after).sum()), int((alarms & cells).sum())


def round_of(month: int) -> str:
    """The tariff round whose date lies in the two months up to this one; "" for another duty."""
    for name, entered in ROUNDS:
        if month in (entered, shift(entered, 1)):
            return name
    return ""


#: Months of entry into force, United States Trade Representative notices in the Federal Register (list 3's rise of
#: 2019-05-10 reached goods that arrived from June on). Metals: section 232 proclamations, 2018-03-23, and 2018-06-01
#: for Canada, Mexico and the European Union.
ROUNDS: Final[tuple[tuple[str, int], ...]] = (
    ("list 1", 201807),
    ("list 2", 201808),
    ("list 3, 10 %", 201809),
    ("list 3, 25 %", 201905),
    ("list 4A", 201909),
    ("metals", 201803),
    ("metals", 201806),
)
