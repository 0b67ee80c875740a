"""Seasonal adjustment kept simple and open: a robust decomposition with a term for Spring Festival.

Each series x is split into trend, season, festival and rest – of logarithms where every figure is positive, else of the
figures themselves – by going round twelve times:

1. trend: a local straight line through x less season and festival (tricube weights over 13 months either side);
2. season: for each calendar month the weighted mean of x less trend and festival, the twelve adding up to nothing;
3. festival: one coefficient (a small ridge) on the part of the days from 7 before to 20 after New Year's Day that fall
   into the month, less that month's long-run average, so that it moves figures between January, February and March;
4. from the seventh round on, Huber weights of the rest, so that a shock does not pass for a season.

The adjusted figure is x less season and festival. It needs 36 known months; a shorter series gets no number and says
so. The computation runs after the query, on every engine's result alike.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
import yaml

from commercebrain.engine.indicators.spine import months_in
from commercebrain.engine.indicators.table import Array
from commercebrain.engine.indicators.transforms.plan import Plan

#: Fewer known months than this say nothing about a season.
LEAST_MONTHS: Final = 36
#: The days around New Year's Day in which trade is thin.
WINDOW: Final = (-7, 20)
_ROUNDS, _PLAIN_ROUNDS, _HALF, _RIDGE = 12, 6, 13, 0.02


@lru_cache(maxsize=1)
def festival_days() -> dict[int, date]:
    """Year → the day of Spring Festival."""
    text = (files("commercebrain.catalogue") / "codes" / "spring_festival.yaml").read_text(encoding="utf-8")
    found: dict[int, date] = yaml.safe_load(text)["days"]
    return found


@lru_cache(maxsize=1)
def _festival_parts() -> dict[int, float]:
    """Month (yyyymm) → the part of the window's days that fall into it, less the calendar month's average."""
    days = range(WINDOW[0], WINDOW[1] + 1)
    parts: dict[int, float] = {}
    for day in festival_days().values():
        for offset in days:
            on = day + timedelta(days=offset)
            parts[on.year * 100 + on.month] = parts.get(on.year * 100 + on.month, 0.0) + 1 / len(days)
    years = list(festival_days())
    mean = {month: sum(parts.get(year * 100 + month, 0.0) for year in years) / len(years) for month in (1, 2, 3)}
    return {
        year * 100 + month: parts.get(year * 100 + month, 0.0) - mean[month] for year in years for month in (1, 2, 3)
    }


def festival(months: list[int]) -> Array:
    """The festival term of each month; 0 in years without a known day and outside January to March."""
    parts = _festival_parts()
    return np.array([parts.get(month, 0.0) for month in months])


def adjust(values: Array, months: list[int]) -> Array:
    """The adjusted figures of several series at once: ``values`` is series × months (consecutive), NaN where missing.

    A series with fewer than :data:`LEAST_MONTHS` known figures comes back as NaN throughout.
    """
    known = ~np.isnan(values)
    enough = known.sum(axis=1) >= LEAST_MONTHS
    adjusted = np.full(values.shape, np.nan)
    positive = np.where(known, values, 1.0).min(axis=1, initial=1.0) > 0
    for logs, chosen in ((True, enough & positive), (False, enough & ~positive)):
        if chosen.any():
            x = np.log(values[chosen]) if logs else values[chosen]
            least = np.full(len(x), 0.02) if logs else 0.02 * np.nanmedian(np.abs(x), axis=1) + 1e-9
            rest = x - _season_and_festival(x, months, least)
            adjusted[chosen] = np.exp(rest) if logs else rest
    return adjusted


def _season_and_festival(x: Array, months: list[int], least: Array) -> Array:
    known = ~np.isnan(x)
    filled = np.where(known, x, 0.0)
    weights = known.astype(float)
    calendar = np.array([month % 100 - 1 for month in months])
    term = festival(months)
    season, moving = np.zeros_like(filled), np.zeros_like(filled)
    for turn in range(_ROUNDS):
        trend = _local_lines(filled - season - moving, weights)
        # The part of the term that no calendar month explains: season and festival are told apart in one step.
        own = term[None, :] - _calendar_means(np.broadcast_to(term, x.shape), weights, calendar)
        left = filled - trend - season
        slope = (weights * own * left).sum(axis=1) / ((weights * own**2).sum(axis=1) + _RIDGE)
        moving = slope[:, None] * term[None, :]
        season = _by_calendar(filled - trend - moving, weights, calendar)
        left = filled - trend - season
        if turn >= _PLAIN_ROUNDS:  # before that a strong festival would itself pass for a shock
            weights = known * _huber(left - moving, known, least)
    found: Array = season + moving
    return found


def _local_lines(x: Array, weights: Array) -> Array:
    """At each month the value of the weighted straight line through the months around it."""
    count = x.shape[1]
    trend = np.empty_like(x)
    for t in range(count):
        begin, end = max(0, t - _HALF), min(count, t + _HALF + 1)
        # At the ends the window keeps its length, so that a whole year and more is always inside.
        begin, end = max(0, min(begin, end - 2 * _HALF - 1)), min(count, max(end, begin + 2 * _HALF + 1))
        at = np.arange(begin, end) - t
        near = (1 - (np.abs(at) / (np.abs(at).max() + 1)) ** 3) ** 3
        w = weights[:, begin:end] * near + 1e-12
        s0, s1, s2 = w.sum(axis=1), (w * at).sum(axis=1), (w * at**2).sum(axis=1)
        y = x[:, begin:end]
        y0, y1 = (w * y).sum(axis=1), (w * at * y).sum(axis=1)
        trend[:, t] = (s2 * y0 - s1 * y1) / np.maximum(s0 * s2 - s1**2, 1e-12)
    return trend


def _by_calendar(x: Array, weights: Array, calendar: Array) -> Array:
    """The weighted mean of each calendar month, the twelve of them adding up to nothing."""
    means = _twelve(x, weights, calendar)
    centred: Array = (means - means.mean(axis=1, keepdims=True))[:, calendar]
    return centred


def _calendar_means(x: Array, weights: Array, calendar: Array) -> Array:
    found: Array = _twelve(x, weights, calendar)[:, calendar]
    return found


def _twelve(x: Array, weights: Array, calendar: Array) -> Array:
    means: Array = np.zeros((x.shape[0], 12))
    for month in range(12):
        mine = calendar == month
        w = weights[:, mine]
        means[:, month] = (w * x[:, mine]).sum(axis=1) / np.maximum(w.sum(axis=1), 1e-12)
    return means


def _huber(rest: Array, known: Array, least: Array) -> Array:
    """1 inside twice the usual size of the rest (2 % of the figures at least), falling with the rest beyond it, never 0:
    one solution, not several."""
    size = 1.4826 * np.nanmedian(np.where(known, np.abs(rest), np.nan), axis=1)
    limit = np.maximum(2 * size, least)[:, None]
    weights: Array = np.minimum(1.0, limit / np.maximum(np.abs(rest), 1e-12))
    return weights


def adjusted(plan: Plan, columns: dict[str, Array]) -> dict[str, Array]:
    """The columns of the answer with adjusted figures (for ``seasonal``) or their change on the month before (for
    ``mom``), trimmed to the months asked for. Expects every member in every month, as the query gives them."""
    months = list(months_in(plan.first, plan.last))
    members = len(columns["period"]) // len(months)
    first, last = plan.trim or (months[0], months[-1])
    kept = (columns["period"] >= first) & (columns["period"] <= last)
    if not members:
        return {name: column[kept] for name, column in columns.items()}
    raw = np.ma.filled(columns["value"].astype(np.float64), np.nan).reshape(len(months), members).T
    levels = adjust(raw, months)
    short: Array = np.logical_and(np.isnan(levels).all(axis=1), ~np.isnan(raw).all(axis=1))
    reason = columns["reason"].reshape(len(months), members).T.astype(object)
    reason[short[:, None] & (reason == "")] = "too_short"
    result, base = levels, np.full_like(levels, np.nan)
    if plan.transform.code == "mom":
        base[:, 1:] = levels[:, :-1]
        for test, code in ((np.isnan(base), "base_missing"), (base == 0, "base_zero"), (base < 0, "base_negative")):
            reason[test & (reason == "")] = code
        with np.errstate(divide="ignore", invalid="ignore"):
            result = 100 * (levels - base) / base
    result = np.where(reason == "", result, np.nan)
    told = {"value": result, "level": levels, "base": base, "change": levels - base}
    found = {name: column[kept] for name, column in columns.items()}
    for name, matrix in told.items():
        found[name] = np.ma.masked_invalid(matrix.T.reshape(-1)[kept])
    found["reason"] = reason.T.reshape(-1).astype(np.str_)[kept]
    return found
