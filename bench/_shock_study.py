"""What was judged, what hit it, and what each way of flagging found: the figures and tables of ``real_shocks``."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench._shocks import (
    LEAST_HISTORY,
    Bits,
    Hit,
    Panel,
    calibrate,
    fell,
    hits,
    judged,
    lags,
    others_of,
    precision,
    round_of,
    share_interval,
)
from commercebrain.engine.foresight.months import shift

START, QUIET_END, TARIFF_END = 201601, 201802, 201912
PANDEMIC: Final = (202002, 202004)


@dataclass(frozen=True)
class Method:
    """One way of flagging: alarms of falls (sign −1) and rises (+1) at a threshold, and the threshold it is used with."""

    name: str
    alarms: Callable[[float, int], Bits]
    usual: float | None


@dataclass(frozen=True)
class Study:
    """What was judged: the panel, the columns judged, the cells, the hits in the tariff rounds and their controls."""

    panel: Panel
    columns: list[int]
    cells: Bits
    hits: list[Hit]
    felt: list[bool]
    controls: list[Hit]

    def span(self, first: int, last: int) -> Bits:
        """The judged cells of the months first … last."""
        months = np.array([self.panel.months[t] for t in self.columns])
        return self.cells & ((months >= first) & (months <= last))[None, :]


def read_hits(path: Path, panel: Panel) -> list[Hit]:
    """Hits from a csv with the panel's key columns and ``month``: for trade whose duties the file does not hold."""
    rows = {key: row for row, key in enumerate(panel.keys)}
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    found = [(tuple(line[n] for n in panel.names), int(line["month"].replace("-", ""))) for line in lines]
    return [Hit(rows[key], panel.at(month), float("nan")) for key, month in found if key in rows]


def study(panel: Panel, least: float, given: Path | None = None) -> Study:
    """What is judged in a panel, and what hit it; controls are the same product elsewhere, or all series not hit."""
    columns = list(range(max(LEAST_HISTORY, panel.at(START)), panel.values.shape[1]))
    cells = judged(panel.values, columns, least)
    found = read_hits(given, panel) if given else [] if panel.duty is None else hits(panel.values, panel.duty)
    low, high = panel.at(shift(QUIET_END, 1)), panel.at(TARIFF_END)
    kept = [hit for hit in found if low <= hit.column <= high and cells[hit.row, hit.column - columns[0]]]
    world = others_of(panel)
    felt = [fell(panel.values, hit, world[hit.row]) for hit in kept]
    near = {(hit.row, hit.column + lag) for hit in found for lag in range(-12, 13)}
    products = np.array([key[-1] for key in panel.keys])
    alone = len(set(products)) == len(products)
    same = [
        Hit(int(row), hit.column, 0.0)
        for hit in kept
        for row in np.flatnonzero((products == products[hit.row]) | alone)
        if (row, hit.column) not in near and cells[row, hit.column - columns[0]]
    ]
    return Study(panel, columns, cells, kept, felt, same)


def measure(done: Study, method: Method, budget: float | None) -> dict[str, Any]:
    """One method at a budget of false alarms (None: at its usual threshold)."""
    quiet, start = done.span(START, QUIET_END), done.columns[0]
    out: dict[str, Any] = {"method": method.name, "budget": budget}
    falls, rises = (
        method.usual if budget is None else calibrate(lambda x, s=sign: method.alarms(x, s), quiet, budget / 100)
        for sign in (-1, 1)
    )
    if falls is None or rises is None:
        return out
    alarms, ups = method.alarms(falls, -1), method.alarms(rises, 1)
    after = lags(alarms, done.hits, start)
    rows = [hit.row for hit in done.hits]
    felt = [(lag, row) for lag, row, real in zip(after, rows, done.felt, strict=True) if real]
    early = [Hit(hit.row, hit.column - 3, 0.0) for hit in done.hits]
    early_control = [Hit(hit.row, hit.column - 3, 0.0) for hit in done.controls]
    inside, all_of = precision(alarms, done.hits, start, done.span(shift(QUIET_END, 1), TARIFF_END))
    pandemic = done.span(*PANDEMIC)
    whole = pandemic.sum(axis=1) > 0
    mine = np.array([key[0] == "CHINA" for key in done.panel.keys]) & whole
    flagged = (alarms & pandemic).any(axis=1)
    quiet_years = [done.span(year * 100 + 2, year * 100 + 4) for year in (2016, 2017)]
    found = [lag for lag in after if lag is not None]
    out |= {
        "threshold": round(falls, 3),
        "quiet_per_100": per_100(alarms, quiet),
        "recall": share_interval([lag is not None for lag in after], rows),
        "recall_felt": share_interval([lag is not None for lag, _ in felt], [row for _, row in felt]),
        "control": _found(lags(alarms, done.controls, start)),
        "lag": statistics.median(found) if found else None,
        "within_month": _share([lag is not None and lag <= 1 for lag in after]),
        "front_loading": _found(lags(ups, early, start, window=2)),
        "front_control": _found(lags(ups, early_control, start, window=2)),
        "precision": (inside, all_of),
        "pandemic_china": _share(flagged[mine]),
        "pandemic_others": _share(flagged[whole & ~mine]),
        "pandemic_quiet": _share(np.concatenate([(alarms & q).any(axis=1)[q.any(axis=1)] for q in quiet_years])),
        "after": after,
    }
    return out


def per_100(alarms: Bits, cells: Bits) -> float:
    return float(100 * (alarms & cells).sum() / max(cells.sum(), 1))


def _share(marks: Sequence[bool] | Bits) -> float:
    return float(np.mean(marks)) if len(marks) else float("nan")


def _found(found: Sequence[int | None]) -> float:
    return _share([lag is not None for lag in found])


def table(rows: list[dict[str, Any]]) -> str:
    """The measured rows as a Markdown table."""

    def percent(share: float) -> str:
        return "–" if share != share else f"{share:.0%}"

    lines = [
        "| method | threshold | false falls per 100 series a month | hits found within 6 months | … of those whose trade fell "
        "| same product from partners not hit | median lag | rises in the 3 months before | (partners not hit) "
        "| falls in the rounds that follow a hit | Feb–Apr 2020, China | others | same months 2016–17 |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for r in rows:
        if "recall" not in r:
            continue
        value, low, high = r["recall"]
        inside, all_of = r["precision"]
        shares = [
            f"{percent(value)} ({percent(low)}–{percent(high)})",
            *(percent(share) for share in (r["recall_felt"][0], r["control"])),
            "–" if r["lag"] is None else f"{r['lag']:g}",
            *(percent(share) for share in (r["front_loading"], r["front_control"])),
            f"{inside} of {all_of}",
            *(percent(r[name]) for name in ("pandemic_china", "pandemic_others", "pandemic_quiet")),
        ]
        lines.append(f"| {r['method']} | {r['threshold']:.2f} | {r['quiet_per_100']:.2f} | {' | '.join(shares)} |")
    return "\n".join(lines)


def by_round(done: Study, rows: list[dict[str, Any]], asked: str) -> str:
    """Hits of each tariff round with how many each method found and after how many months, and what ``asked`` missed."""
    months = [done.panel.months[hit.column] for hit in done.hits]
    own = done.panel.duty is not None  # hits that were given are known by their months
    names = [(round_of(month) or "other duties") if own else str(month) for month in months]
    lines = [f"| round | hits | {' | '.join(row['method'] for row in rows)} |", "| --- |" + " ---: |" * (len(rows) + 1)]
    for name in dict.fromkeys(sorted(names)):
        cells = []
        for row in rows:
            lags_here = [lag for lag, its in zip(row["after"], names, strict=True) if its == name]
            found = [lag for lag in lags_here if lag is not None]
            cells.append(f"{len(found)} (after {statistics.median(found):g})" if found else "0")
        lines.append(f"| {name} | {names.count(name)} | {' | '.join(cells)} |")
    house = next(row for row in rows if row["method"] == asked)
    missed = [hit for hit, lag in zip(done.hits, house["after"], strict=True) if lag is None]
    told = ", ".join(f"{' '.join(done.panel.keys[hit.row])} {done.panel.months[hit.column]}" for hit in missed)
    return "\n".join([*lines, "", f"Not found by {asked}: {told or 'none'}"])
