"""What the Spring Festival term saves: forecasts of January and February with it and without, by the same model."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.harness import ROOT, Figure, log
from commercebrain.engine.foresight.forecasting import forecast
from commercebrain.engine.foresight.months import months_apart, shift
from commercebrain.engine.foresight.result import Floats
from commercebrain.engine.simulate.trade import trade_of

TITLE: Final = (
    "Forecasts of January and February with the Spring Festival term ÷ without it, by the same model: China's imports "
    "1983–2013, and the invented city (totals, products, firms)."
)
QUICK: Final = True

#: Columns month (yyyy-mm), then a series each; ``SERIES`` names another file of the same form.
FILE: Final = ROOT.parent / "shared/data/macro/china_exports_imports_monthly_1983_2013.csv"
HORIZON: Final = 6
FIRST_ORIGIN: Final = 200101  # the first month forecast by the first origin
CITY_SEEDS, CITY_FIRMS, CITY_SERIES = 3, 4000, 500
CITY_SPAN: Final = (201801, 202602)
CITY_ORIGIN: Final = 202208


@dataclass(frozen=True)
class Errors:
    """Scaled absolute errors (series × forecasts) and the calendar month each was for; ``both`` those of January and
    February together, for the origins that see both."""

    each: Floats
    month: Floats
    both: Floats

    def mean(self, *months: int) -> float:
        """The mean error of some calendar months, of all where none is named."""
        return float(np.nanmean(self.each[:, np.isin(self.month, months)] if months else self.each))


def figures() -> Iterator[Figure]:
    """Both ratios, with what else the same forecasts tell."""
    yield _imports(Path(os.environ.get("SERIES", str(FILE))))
    yield _city(int(os.environ.get("SEED", "20250721")))


def measured(values: Floats, first: int, origin: int, *, holiday: bool, smape: bool) -> Errors:
    """Errors of forecasts 1 to 6 months ahead from every month from ``origin`` on, each knowing only what came before.

    In per cent of the mean of forecast and truth (``smape``), else in the series' mean absolute year-on-year change
    before the first origin.
    """
    begin, count = months_apart(first, origin), values.shape[1]
    scale = np.nanmean(np.abs(values[:, 12:begin] - values[:, : begin - 12]), axis=1)
    each: list[Floats] = []
    month: list[int] = []
    both: list[Floats] = []

    def error(truth: Floats, told: Floats) -> Floats:
        size = (np.abs(truth) + np.abs(told)) / 200 if smape else scale
        found: Floats = np.abs(truth - told) / size
        return found

    for known in range(begin, count):
        point = forecast(values[:, :known], first, HORIZON, holiday=holiday).point
        for ahead in range(min(HORIZON, count - known)):
            at = known + ahead
            each.append(error(values[:, at], point[:, ahead]))
            month.append(shift(first, at) % 100)
            if month[-1] == 2 and ahead:
                both.append(error(values[:, at - 1 : at + 1].sum(1), point[:, ahead - 1 : ahead + 1].sum(1)))
    return Errors(np.array(each).T, np.array(month), np.array(both).T)


def _imports(path: Path) -> Figure:
    method = "sMAPE of January and February, origins from 2001 on, 1–6 months ahead, with the term ÷ without"
    if not path.exists():
        return Figure("holiday_imports_ratio", None, 0.95, 0.92, "lower", f"{path.name} is not here")
    rows = list(csv.reader(path.open(encoding="utf-8")))
    names, first = rows[0][1:], int(rows[1][0].replace("-", ""))
    values = np.array([[float(cell) for cell in row[1:]] for row in rows[1:]]).T
    with_it, without = (measured(values, first, FIRST_ORIGIN, holiday=told, smape=True) for told in (True, False))
    inputs: dict[str, Any] = {"origins": values.shape[1] - months_apart(first, FIRST_ORIGIN)}
    for number, name in enumerate(names):
        one, other = _row(with_it, number), _row(without, number)
        inputs[name] = _table(one, other)
        log(f"{name}: {inputs[name]}")
    number = names.index("imports") if "imports" in names else 0
    got = _row(with_it, number).mean(1, 2) / _row(without, number).mean(1, 2)
    return Figure("holiday_imports_ratio", got, 0.95, 0.92, "lower", method, inputs)


def _row(errors: Errors, number: int) -> Errors:
    return Errors(errors.each[number : number + 1], errors.month, errors.both[number : number + 1])


def _table(one: Errors, other: Errors) -> dict[str, list[float]]:
    """With, without, and the ratio: January and February, the two together, March, all months."""
    pairs = {
        "january_february": (one.mean(1, 2), other.mean(1, 2)),
        "both_together": (float(np.nanmean(one.both)), float(np.nanmean(other.both))),
        "march": (one.mean(3), other.mean(3)),
        "all_months": (one.mean(), other.mean()),
    }
    return {name: [round(a, 4), round(b, 4), round(a / b, 4)] for name, (a, b) in pairs.items()}


def _city(seed: int) -> Figure:
    method = (
        "absolute error of January and February in the series' mean absolute year-on-year change, origins August 2022 "
        f"to January 2026, 1–6 months ahead, with the term ÷ without: mean over totals, products and firms (the largest "
        f"{CITY_SERIES} that trade every month), which count alike, and {CITY_SEEDS} seeds"
    )
    ratios: dict[str, list[float]] = {}
    inputs: dict[str, Any] = {"seed": seed}
    for made in range(seed, seed + CITY_SEEDS):
        for level, values in city_series(made).items():
            pair = [measured(values, CITY_SPAN[0], CITY_ORIGIN, holiday=told, smape=False) for told in (True, False)]
            inputs[f"{level}_{made}"] = {"series": len(values), **_table(*pair)}
            ratios.setdefault(level, []).append(pair[0].mean(1, 2) / pair[1].mean(1, 2))
            log(f"city {made} {level}: {inputs[f'{level}_{made}']}")
    got = float(np.mean([np.mean(each) for each in ratios.values()]))
    inputs |= {level: round(float(np.mean(each)), 4) for level, each in ratios.items()}
    return Figure("holiday_city_ratio", got, 0.90, 0.88, "lower", method, inputs)


def city_series(seed: int) -> dict[str, Floats]:
    """Monthly exports and imports of an invented city: totals, products, firms; those that trade every month."""
    begin, end = (month // 100 * 12 + month % 100 - 1 for month in CITY_SPAN)
    trade = trade_of(seed, CITY_FIRMS, end)
    made = trade.city
    streams = np.array([trade.values(month) for month in range(begin, end + 1)], dtype=np.float64).T
    flow = made.flow.astype(np.int64)
    found = {}
    for level, member in (("totals", flow), ("products", made.product * 2 + flow), ("firms", made.firm * 2 + flow)):
        sums = np.zeros((int(member.max()) + 1, streams.shape[1]))
        np.add.at(sums, member, streams)
        sums = sums[(sums > 0).all(axis=1)]
        found[level] = sums[np.argsort(-sums.sum(axis=1), kind="stable")[:CITY_SERIES]]
    return found
