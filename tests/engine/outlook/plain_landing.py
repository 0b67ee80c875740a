"""The landing as it was before months were forecast: this year by the own season’s share, further years by the own average
growth, bands from own errors or a stated floor. The rival that the product’s landing must beat."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from commercebrain.engine.outlook import paths
from commercebrain.engine.outlook.distribution import Distribution
from commercebrain.engine.outlook.evidence import Evidence
from commercebrain.engine.outlook.terms import Settings


@dataclass(frozen=True, slots=True)
class _Scale:
    """Forecasting on logs (levels that grow) or on the values themselves (shares, ratios, ranks,
    anything ≤ 0)."""

    log: bool

    def to(self, value: Decimal) -> float:
        return math.log(float(value)) if self.log else float(value)


def forecast(evidence: Evidence, year: int, *, additive: bool, settings: Settings) -> Distribution | None:
    """The value of ``year`` as a distribution; None where the history gives no growth to go by."""
    values = evidence.years
    last = evidence.last_year
    if last is None:
        return None
    scale = _Scale(not additive and all(v > 0 for v in values.values()))
    start, start_value, spread, method, errors = last, scale.to(values[last]), 0.0, "growth", 0
    for known in chained_years(evidence, year) if scale.log else ():
        # Only the growth was published: good enough to forecast from, not to show as a level.
        start, method = known, "chain"
        start_value += math.log1p(float(evidence.rates[known]))
        spread = math.hypot(spread, settings.floor_growth / 5)
    running = evidence.last_running
    if running is not None and running[0] == last + 1 and running[0] <= year and running[1] < 12:
        now = _this_year(evidence, running, scale, settings)
        if now is not None:
            start, method = last + 1, "season"
            start_value, spread, errors = now
    ahead = year - start
    drift = _drift(evidence, scale) if ahead else (0.0, 0, 0.0)
    if drift is None:
        return None
    mean, steps, own = drift
    floor = _floor(scale, values[last], settings, mean)
    if ahead:
        step = own if steps >= settings.own_errors and own > 0 else max(own, floor)
        errors = max(errors, steps) if steps >= settings.own_errors else errors
        spread = math.hypot(spread, step * math.sqrt(ahead + ahead**2 / max(steps, 1)))
    measured = errors >= settings.own_errors
    spread = max(spread, floor / 10)
    zh, en = _basis(method, ahead, measured, errors, settings, scale, start, last)
    return Distribution(start_value + mean * ahead, spread, scale.log, method, errors, zh, en)


def _this_year(
    evidence: Evidence, running: tuple[int, int], scale: _Scale, settings: Settings
) -> tuple[float, float, int] | None:
    """This year's end from its running total: (centre, spread, number of own errors)."""
    year, month = running
    totals = {y: v for y, v in evidence.years.items() if y < year}
    parts = {y: evidence.running[y, month] for y in totals if (y, month) in evidence.running}
    if not parts or max(parts) != year - 1:
        return None
    so_far = evidence.running[running]
    gaps = {y: scale.to(totals[y]) - scale.to(parts[y]) for y in parts}  # what the rest of the year added
    errors = [gaps[y] - gaps[y - 1] for y in gaps if y - 1 in gaps]
    rest = 1 - float(parts[year - 1] / totals[year - 1]) if scale.log and totals[year - 1] else 1 - month / 12
    spread = max(rest, 0.02) * _floor(scale, totals[year - 1], settings)
    if len(errors) >= settings.own_errors:
        spread = math.sqrt(sum(e * e for e in errors) / len(errors)) * (1 + 1 / len(errors))
    if scale.log:
        share = paths.season_share(totals, parts, settings.season_years)
        return None if not share else (scale.to(so_far / share), spread, len(errors))
    return scale.to(so_far) + gaps[year - 1], spread, len(errors)


def _drift(evidence: Evidence, scale: _Scale) -> tuple[float, int, float] | None:
    """(mean yearly step, number of errors, the error of forecasting each step by the mean before it)."""
    years = sorted(evidence.years)[-6:]
    # (yearly step, years it spans): a gap of several years is one observation.
    steps: list[tuple[float, int]] = []
    for first, last in pairwise(years):
        change = scale.to(evidence.years[last]) - scale.to(evidence.years[first])
        steps.append((change / (last - first), last - first))
    chained = chained_years(evidence, max(evidence.rates, default=0)) if scale.log else ()
    steps += [(math.log1p(float(evidence.rates[year])), 1) for year in chained]
    if not steps:
        return None
    misses = [steps[n][0] - _mean(steps[:n]) for n in range(1, len(steps))]
    own = math.sqrt(sum(m * m for m in misses) / len(misses)) * (1 + 1 / len(misses)) if misses else 0.0
    return _mean(steps), len(misses), own


def chained_years(evidence: Evidence, upto: int) -> tuple[int, ...]:
    """The years right after the last full one for which at least the year's growth was published."""
    year = (evidence.last_year or upto) + 1
    found: list[int] = []
    while year <= upto and year in evidence.rates and evidence.rates[year] > -1:
        found.append(year)
        year += 1
    return tuple(found)


def _mean(steps: list[tuple[float, int]]) -> float:
    return sum(step * years for step, years in steps) / sum(years for _, years in steps)


def _floor(scale: _Scale, value: Decimal, settings: Settings, step: float = 0.0) -> float:
    """The assumed spread of one year: of growth, or of a value (never less than half of its usual step)."""
    if scale.log:
        return settings.floor_growth
    return max(abs(float(value)) * settings.floor_level, abs(step) / 2, 1e-9)


def _basis(
    method: str,
    ahead: int,
    measured: bool,
    errors: int,
    settings: Settings,
    scale: _Scale,
    start: int,
    last: int,
) -> tuple[str, str]:
    """What the forecast rests on, in words."""
    floor = settings.floor_growth if scale.log else settings.floor_level
    zh, en = f"以{last}年数为起点", f"from {last}"
    if method == "season":
        zh = f"{start}年按本年累计和往年同期进度推算"
        en = f"{start} from this year's running total and the own season"
    elif method == "chain":
        zh, en = f"{zh}，按公布增速推到{start}年", f"{en}, carried to {start} by published growth"
    if ahead:
        zh, en = (
            f"{zh}，其后{ahead}年按自身平均增速外推",
            f"{en}, then {ahead} year(s) at the own average growth",
        )
    if measured:
        return (
            f"{zh}；区间取自同一方法在本地历史上的{errors}次误差。",
            f"{en}; bands from {errors} own errors.",
        )
    what = ("年增速标准差", "a yearly spread of growth of") if scale.log else ("年波动为数值的", "a yearly spread of")
    return (
        f"{zh}；本地历史太短，区间按下限（{what[0]}{floor:.0%}）给出。",
        f"{en}; the own history is short, so the bands rest on a floor ({what[1]} {floor:.0%}).",
    )
