"""Real shocks: which series of United States trade were flagged in the tariff rounds of 2018–2019 and in February–April 2020.

Every month from 2016 on the latest month of every series is judged from data up to that month alone, by the house and by
the 同比 rule, CUSUM and statsforecast's residuals, each at the threshold that gives the same number of false alarms in
the quiet months 2016-01 … 2018-02. Truth: the month in which the duty paid on a series, over its value, jumped by five
points (or the file HITS). ``python -m bench.real_shocks FILE.csv`` does the same for another file (columns month, one
beginning with value, perhaps one beginning with duty, the rest keys); FILE, HITS, LEAST (least mean monthly value, default
10 million), MODEL (of statsforecast; default AutoCES, none to leave it out) and PICTURE (an svg to write) are also read
from the environment. Fitting the rival anew each month takes minutes; the others seconds.
"""

from __future__ import annotations

import csv
import os
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench import _rivals as rivals
from bench._pictures import alarms_picture
from bench._shocks import (
    LEAST_HISTORY,
    Bits,
    Floats,
    Hit,
    Panel,
    calibrate,
    fell,
    hits,
    judged,
    lags,
    others_of,
    precision,
    read_panel,
    round_of,
    share_interval,
)
from bench.harness import ROOT, Figure, log
from commercebrain.engine.foresight.months import shift

TITLE = "Real shocks in United States trade: the tariff rounds of 2018–2019 and early 2020, at equal false alarms."
QUICK = False

FILE: Final = ROOT.parent / "shared/data/trade_series/us_imports_by_country_hs2_monthly_2013_2021.csv"
START, QUIET_END, TARIFF_END = 201601, 201802, 201912
PANDEMIC: Final = (202002, 202004)
#: Falls flagged in 100 series a month while nothing is known to have happened.
BUDGETS: Final = (1.0, 2.0, 5.0)
MAIN: Final = 2.0
#: The house's two verdicts: on the month alone, and on what lasts. Tariffs and closed factories last.
HOUSE_MONTH, HOUSE = "house, this month", "house, lasting"
RULE: Final = "同比"


@dataclass(frozen=True)
class Method:
    """One way of flagging: alarms of falls (sign −1) and rises (+1) at a threshold, and the threshold it is used with."""

    name: str
    alarms: Callable[[float, int], Bits]
    usual: float | None


def by_score(name: str, scores: Floats, usual: float | None) -> Method:
    """A method whose alarm is a signed score beyond the threshold."""
    known = np.nan_to_num(scores)
    return Method(name, lambda threshold, sign: known * sign > threshold, usual)


def house_scores(panel: Panel, columns: Sequence[int], cells: Bits) -> tuple[Floats, Bits, Floats]:
    """The house's verdicts, each month from the months up to it: surprise of the month, which it calls a drop, and the
    surprise against the expectation of half a year before."""
    from commercebrain.engine.foresight.judging import judge
    from commercebrain.engine.foresight.lasting import surprise_at

    scores, half_year = np.full(cells.shape, np.nan), np.full(cells.shape, np.nan)
    drops = np.zeros(cells.shape, dtype=bool)
    for n, t in enumerate(columns):
        block = panel.values[cells[:, n], : t + 1]
        told = judge(block, panel.first)
        scores[cells[:, n], n] = told.score
        drops[cells[:, n], n] = told.kind == "drop"
        half_year[cells[:, n], n] = surprise_at(block, panel.first)[0]
    return scores, drops, half_year


def lasting_alarms(half_year: Floats) -> Callable[[float, int], Bits]:
    """Alarms of :mod:`lasting`, which adds up the last twelve months, as if it had been asked in each month."""
    from commercebrain.engine.foresight.lasting import MEMORY, add_up

    def alarms(limit: float, sign: int) -> Bits:
        out = np.zeros(half_year.shape, dtype=bool)
        for n in range(half_year.shape[1]):
            known = half_year[:, max(0, n + 1 - MEMORY) : n + 1]
            out[:, n] = add_up(known, limit=limit, sign=sign).alarms[:, -1]
        return out

    return alarms


def methods(panel: Panel, columns: Sequence[int], cells: Bits) -> list[Method]:
    """The house and its rivals, all asked of the same cells."""
    known = np.where(cells, 1.0, np.nan)
    scores, drops, half_year = house_scores(panel, columns, cells)
    usual = float(np.abs(scores[drops]).min()) if drops.any() else None
    surprise = rivals.deseasonalised_surprise(panel.values, columns) * known
    out = [
        by_score(HOUSE_MONTH, scores, usual),
        Method(HOUSE, lasting_alarms(half_year), 5.0),
        by_score(RULE, rivals.year_on_year_log(panel.values, columns) * known, -float(np.log(0.7))),
        Method("CUSUM", lambda threshold, sign: rivals.cusum(surprise, threshold, sign=sign), 5.0),
    ]
    model = os.environ.get("MODEL", "AutoCES")
    if model != "none":
        log(f"fitting {model} anew for {int(cells.sum())} cells")
        z = rivals.statsforecast_residuals(panel.values, columns, cells, model=model, threads=os.cpu_count() or 2)
        out.append(by_score(f"{model} z", z, 1.96))
    return out


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
        "quiet_per_100": _per_100(alarms, quiet),
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


def _per_100(alarms: Bits, cells: Bits) -> float:
    return float(100 * (alarms & cells).sum() / max(cells.sum(), 1))


def _share(marks: Sequence[bool] | Bits) -> float:
    return float(np.mean(marks)) if len(marks) else float("nan")


def _found(found: Sequence[int | None]) -> float:
    return _share([lag is not None for lag in found])


def _advantage(done: Study, house: dict[str, Any], rival: dict[str, Any]) -> tuple[float, float, float]:
    """Recall of the house less the rival's on the same hits, with its bootstrap interval."""
    gains = [float(a is not None) - float(b is not None) for a, b in zip(house["after"], rival["after"], strict=True)]
    return share_interval(gains, [hit.row for hit in done.hits])


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


def by_round(done: Study, rows: list[dict[str, Any]]) -> str:
    """Hits of each tariff round with how many each method found and after how many months, and what the house missed."""
    names = [round_of(done.panel.months[hit.column]) or "other duties" for hit in done.hits]
    lines = [f"| round | hits | {' | '.join(row['method'] for row in rows)} |", "| --- |" + " ---: |" * (len(rows) + 1)]
    for name in dict.fromkeys(sorted(names)):
        cells = []
        for row in rows:
            lags_here = [lag for lag, own in zip(row["after"], names, strict=True) if own == name]
            found = [lag for lag in lags_here if lag is not None]
            cells.append(f"{len(found)} (after {statistics.median(found):g})" if found else "0")
        lines.append(f"| {name} | {names.count(name)} | {' | '.join(cells)} |")
    house = next(row for row in rows if row["method"] == HOUSE)
    missed = [hit for hit, lag in zip(done.hits, house["after"], strict=True) if lag is None]
    told = ", ".join(f"{' '.join(done.panel.keys[hit.row])} {done.panel.months[hit.column]}" for hit in missed)
    return "\n".join([*lines, "", f"Not found by {HOUSE}: {told or 'none'}"])


def figures() -> Iterator[Figure]:
    """Recall of the tariff hits, and of February–April 2020, against the best rival at equal false alarms."""
    path = Path(os.environ.get("FILE", FILE))
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not here; name a csv of trade by month (FILE=…)")
    least = float(os.environ.get("LEAST", 10e6))
    given = os.environ.get("HITS")
    done = study(read_panel(path), least, Path(given) if given else None)
    ways = methods(done.panel, done.columns, done.cells)
    usual = {way.name: measure(done, way, None) for way in ways}
    budgets = (*BUDGETS, round(usual[RULE]["quiet_per_100"], 2))  # and as many as 同比 < −30 % gives
    rows: dict[tuple[str, float | None], dict[str, Any]] = {(name, None): row for name, row in usual.items()}
    rows |= {(way.name, budget): measure(done, way, budget) for way in ways for budget in budgets}
    for budget in (*budgets, None):
        log(f"\n{'usual thresholds' if budget is None else f'{budget:g} false falls per 100 series a month'}\n")
        log(table([rows[way.name, budget] for way in ways]))
    if os.environ.get("PICTURE"):
        _draw(done, ways, rows, Path(os.environ["PICTURE"]))
    log(f"\n{by_round(done, [rows[way.name, MAIN] for way in ways])}")
    inputs = {
        "file": path.name,
        "least": least,
        "series": int(done.cells.any(axis=1).sum()),
        "cells": int(done.cells.sum()),
        "hits": len(done.hits),
        "fell": sum(done.felt),
        "controls": len(done.controls),
        "table": [{k: v for k, v in row.items() if k != "after"} for row in rows.values()],
    }
    others = [way.name for way in ways if not way.name.startswith("house")]
    if done.hits:
        inputs["advantage"] = {n: _advantage(done, rows[HOUSE, MAIN], rows[n, MAIN]) for n in others}
        found = {n: rows[n, MAIN]["recall"][0] for n in (HOUSE, *others)}
        beyond = {n: share - rows[n, MAIN]["control"] for n, share in found.items()}
        yield _ratio("real_shocks_recall_ratio", found, "of hits found within 6 months", inputs)
        told = "of hits found less the same of series that were not hit, in the same months"
        yield _ratio("real_shocks_excess_ratio", beyond, told, {})
    which = "pandemic_china" if any(key[0] == "CHINA" for key in done.panel.keys) else "pandemic_others"
    flagged = {n: rows[n, MAIN][which] for n in (HOUSE, *others)}
    yield _ratio("real_shocks_pandemic_ratio", flagged, f"of series flagged in 2020-02 … 2020-04 ({which})", {})


def _ratio(figure: str, shares: dict[str, float], what: str, inputs: dict[str, Any]) -> Figure:
    best = max((name for name in shares if name != HOUSE), key=lambda name: shares[name])
    told = ", ".join(f"{name} {share:.3f}" for name, share in shares.items())
    method = (
        f"share {what}, ÷ the best rival's ({best}), at {MAIN:g} false falls per 100 series a month for each "
        f"(calibrated 2016-01 … 2018-02); {told}"
    )
    return Figure(figure, shares[HOUSE] / shares[best] if shares[best] else None, 1.0, 1.1, "higher", method, inputs)


def _draw(done: Study, ways: list[Method], rows: dict[tuple[str, float | None], dict[str, Any]], path: Path) -> None:
    hit = np.zeros(len(done.panel.keys), dtype=bool)
    hit[[h.row for h in done.hits if done.panel.keys[h.row][0] == "CHINA"]] = True
    months = [done.panel.months[t] for t in done.columns]
    lines: dict[str, list[float]] = {}
    for way in ways:
        if way.name not in (HOUSE, RULE):
            continue
        alarms = way.alarms(rows[way.name, MAIN]["threshold"], -1)
        for who, chosen in (("hit", hit), ("other", ~hit)):
            lines[f"{'house' if way.name == HOUSE else way.name}, {who}"] = [
                _per_100(alarms[chosen, n : n + 1], done.cells[chosen, n : n + 1]) for n in range(len(months))
            ]
    path.write_text(alarms_picture(months, lines), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.environ["FILE"] = sys.argv[1]
    for told in figures():
        print(told.line(), flush=True)
