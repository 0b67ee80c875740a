"""落点: forecasting the value at the end of the target year, with bands, and the chance that it meets the target.

What there is decides the way, the surest first: with three years of months the forecaster of
:mod:`commercebrain.engine.foresight` adds the months still to come to the running total; with the same months of last year the
growth so far says how much of the rest grows (:mod:`.rest`); with a running total alone the share of a year that is usually
reached by then; else the own average growth. A quotient is forecast through numerator and denominator together
(:mod:`.joint`). Further years go on at the own average growth, their errors added. Everything else asks
:func:`forecast` alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from commercebrain.engine.outlook import monthly
from commercebrain.engine.outlook.distribution import (
    Z80,
    Z95,
    Distribution,
    widened,
)
from commercebrain.engine.outlook.evidence import Evidence
from commercebrain.engine.outlook.terms import Scenario, Settings
from commercebrain.engine.outlook.this_year import Scale, floor_of, running_ahead, this_year, with_so_far

__all__ = ["Z80", "Z95", "Distribution", "chained_years", "forecast", "running_ahead", "scenarios"]


def forecast(
    evidence: Evidence, year: int, *, additive: bool, settings: Settings, signed: bool = False
) -> Distribution | None:
    """The value of ``year`` as a distribution; None where the history gives no growth to go by, or has gone on beyond.

    What never was below 0 will not be, unless it is ``signed`` (growth, net changes). ``additive`` values move by yearly
    steps, others by growth.
    """
    found = _forecast(evidence, year, additive, settings)
    return replace(found, least=0.0) if found is not None and not signed and evidence.never_negative else found


def _forecast(evidence: Evidence, year: int, additive: bool, settings: Settings) -> Distribution | None:
    last = evidence.last_year
    if last is None or last > year:
        return None
    if not additive:
        whole = monthly.forecast(evidence, year)
        if whole is not None:
            return with_so_far(whole, evidence, year, settings)
    scale = Scale(not additive and all(v > 0 for v in evidence.years.values()))
    found, start = _start(evidence, year, scale, settings)
    ahead = year - start
    if not ahead:
        return found
    drift = _drift(evidence, scale, (start, found.centre), settings)
    if drift is None:
        return None
    return _onward(found, drift, evidence, ahead, scale, settings)


def _start(evidence: Evidence, year: int, scale: Scale, settings: Settings) -> tuple[Distribution, int]:
    """The last value that the forecast goes on from (this year's end where it has begun), and its year."""
    last = max(evidence.years)
    running = evidence.last_running
    if running is not None and last < running[0] <= year and running[1] < 12:
        now = this_year(evidence, running, scale, settings)
        if now is not None:
            return now, running[0]
    centre, spread, start, method = scale.to(evidence.years[last]), 0.0, last, "growth"
    zh, en = f"以{last}年数为起点", f"from {last}"
    for known in chained_years(evidence, year) if scale.log else ():
        # Only the growth was published: good enough to forecast from, not to show as a level.
        start, method = known, "chain"
        centre += math.log1p(float(evidence.rates[known]))
        spread = math.hypot(spread, settings.floor_growth / 5)
    if method == "chain":
        zh, en = f"{zh}，按公布增速推到{start}年", f"{en}, carried to {start} by published growth"
    least = floor_of(scale, evidence.years[last], settings) / 10
    measured = f"{zh}；只有公布的增速。", f"{en}; only its growth was published."
    return Distribution(centre, max(spread, least), scale.log, method, 0, *measured), start


def _onward(
    found: Distribution,
    drift: _Drift,
    evidence: Evidence,
    ahead: int,
    scale: Scale,
    settings: Settings,
) -> Distribution:
    """The years after the start at the own average growth, the errors of both added."""
    floor = floor_of(scale, evidence.years[max(evidence.years)], settings, drift.mean)
    measured = drift.errors >= settings.own_errors and drift.error > 0
    if scale.log:
        # Few own errors are believed as far as they go: the measured spread weighs as much as ``own_errors`` of them.
        weight = settings.own_errors
        squares = weight * floor**2 + drift.errors * drift.error**2
        step = math.sqrt(squares / (weight + drift.errors))
        spread = step * math.sqrt(ahead + ahead**2 / (drift.steps + settings.growth_weight))
    else:
        step = drift.error * (1 + 1 / max(drift.errors, 1))
        step = step if measured else max(step, floor)
        spread = step * math.sqrt(ahead + ahead**2 / max(drift.errors, 1))
    zh, en = (text.split(mark)[0] for text, mark in ((found.note_zh, "；"), (found.note_en, "; ")))
    less = ("（年份少则折让）", ", the fewer years the less of it") if scale.log else ("", "")
    zh = f"{zh}，其后{ahead}年按自身平均增速外推{less[0]}"
    en = f"{en}, then {ahead} year(s) at the own average growth{less[1]}"
    if measured:
        zh += f"；区间取自同一方法在本地历史上的{drift.errors}次误差。"
        en += f"; bands from {drift.errors} own errors."
    else:
        what = (
            ("年增速标准差", "a yearly spread of growth of") if scale.log else ("年波动为数值的", "a yearly spread of")
        )
        size = settings.floor_growth if scale.log else settings.floor_level
        zh += f"；本地历史太短，区间按下限（{what[0]}{size:.0%}）给出。"
        en += f"; the own history is short, so the bands rest on a floor ({what[1]} {size:.0%})."
    wide = widened(found, found.centre + drift.mean * ahead, spread)
    errors = max(found.errors, drift.errors) if measured else found.errors
    return replace(wide, errors=errors, note_zh=zh, note_en=en)


@dataclass(frozen=True, slots=True)
class _Drift:
    """The mean yearly step of ``steps`` of them; ``error`` is what forecasting each by the mean before it missed
    (root mean square of ``errors``)."""

    mean: float
    steps: int
    error: float
    errors: int


def _drift(evidence: Evidence, scale: Scale, start: tuple[int, float], settings: Settings) -> _Drift | None:
    """The own average growth, ``start`` (year, value of this year’s end) being the last step where it is no full year."""
    years = sorted(evidence.years)[-6:]
    # (yearly step, years it spans): a gap of several years is one observation.
    steps: list[tuple[float, int]] = []
    for first, last in pairwise(years):
        change = scale.to(evidence.years[last]) - scale.to(evidence.years[first])
        steps.append((change / (last - first), last - first))
    chained = chained_years(evidence, max(evidence.rates, default=0)) if scale.log else ()
    steps += [(math.log1p(float(evidence.rates[year])), 1) for year in chained]
    known = years[-1] + len(chained)
    if start[0] > known:
        level = scale.to(evidence.years[years[-1]]) + sum(step for step, _ in steps[len(steps) - len(chained) :])
        steps.append(((start[1] - level) / (start[0] - known), start[0] - known))
    if not steps:
        return None
    # Levels that grow: against some years of no growth, lest two good years be carried on for ever.
    weight = settings.growth_weight if scale.log else 0.0
    misses = [steps[n][0] - _mean(steps[:n], weight) for n in range(1, len(steps))]
    error = math.sqrt(sum(m * m for m in misses) / len(misses)) if misses else 0.0
    return _Drift(_mean(steps, weight), sum(years for _, years in steps), error, len(misses))


def chained_years(evidence: Evidence, upto: int) -> tuple[int, ...]:
    """The years right after the last full one for which at least the year's growth was published."""
    year = (evidence.last_year or upto) + 1
    found: list[int] = []
    while year <= upto and year in evidence.rates and evidence.rates[year] > -1:
        found.append(year)
        year += 1
    return tuple(found)


def _mean(steps: list[tuple[float, int]], weight: float = 0.0) -> float:
    return sum(step * years for step, years in steps) / (sum(years for _, years in steps) + weight)


def scenarios(evidence: Evidence, year: int) -> tuple[Scenario, ...]:
    """Where ``year`` ends if its rest grows as the year so far, as the last quarter, or not at all."""
    running = evidence.last_running
    before = evidence.years.get(year - 1)
    if running is None or running[0] != year or running[1] == 12 or before is None:
        return ()
    month = running[1]
    so_far, last_so_far = evidence.running[running], evidence.running.get((year - 1, month))
    if last_so_far is None or last_so_far <= 0:
        return ()
    rest = before - last_so_far
    found = [
        Scenario(
            "year_to_date",
            f"其余月份按1–{month}月增速",
            f"the rest grows as January to month {month}",
            so_far + rest * so_far / last_so_far,
        )
    ]
    quarter = _last_quarter(evidence, year, month)
    if quarter is not None:
        found.append(
            Scenario(
                "last_quarter",
                f"其余月份按{month - 2}–{month}月增速",
                f"the rest grows as months {month - 2} to {month}",
                so_far + rest * quarter,
            )
        )
    found.append(Scenario("flat", "其余月份与上年持平", "the rest equals last year's", so_far + rest))
    return tuple(found)


def _last_quarter(evidence: Evidence, year: int, month: int) -> Decimal | None:
    """The last three months over the same three a year before: by single months, else by running totals."""
    if month < 3:
        return None

    def total(y: int) -> Decimal | None:
        months = [evidence.months.get((y, m)) for m in range(month - 2, month + 1)]
        if all(m is not None for m in months):
            return sum((m for m in months if m is not None), Decimal(0))
        to = evidence.running.get((y, month))
        since = Decimal(0) if month == 3 else evidence.running.get((y, month - 3))
        return None if to is None or since is None else to - since

    now, then = total(year), total(year - 1)
    return None if now is None or then is None or then <= 0 else now / then
