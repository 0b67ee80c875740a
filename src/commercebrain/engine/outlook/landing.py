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

from commercebrain.engine.outlook import joint, monthly, rest
from commercebrain.engine.outlook.distribution import (
    Z80,
    Z95,
    Distribution,
    blended,
    from_quantiles,
    transformed,
    widened,
)
from commercebrain.engine.outlook.evidence import Evidence
from commercebrain.engine.outlook.terms import Scenario, Settings

__all__ = ["Z80", "Z95", "Distribution", "chained_years", "forecast", "scenarios"]


@dataclass(frozen=True, slots=True)
class _Scale:
    """Forecasting on logs (levels that grow) or on the values themselves (shares, ratios, ranks,
    anything ≤ 0)."""

    log: bool

    def to(self, value: Decimal) -> float:
        return math.log(float(value)) if self.log else float(value)


def forecast(evidence: Evidence, year: int, *, additive: bool, settings: Settings) -> Distribution | None:
    """The value of ``year`` as a distribution; None where the history gives no growth to go by."""
    last = evidence.last_year
    if last is None:
        return None
    if not additive:
        whole = monthly.forecast(evidence, year)
        if whole is not None:
            return _with_so_far(whole, evidence, year, settings)
    scale = _Scale(not additive and all(v > 0 for v in evidence.years.values()))
    found, start = _start(evidence, year, scale, settings)
    ahead = year - start
    if not ahead:
        return found
    drift = _drift(evidence, scale, (start, found.centre), settings)
    if drift is None:
        return None
    return _onward(found, drift, evidence, ahead, scale, settings)


def _with_so_far(found: Distribution, evidence: Evidence, year: int, settings: Settings) -> Distribution:
    """The forecast of months and what the year so far tells, halfway between: better than either, as forecasts put
    together are. Of the years after this one the year so far tells nothing more."""
    running = evidence.last_running
    if not found.log or running is None or running[0] != year or running[1] == 12:
        return found
    told = _as_so_far(evidence, running, settings)
    if told is None:
        return found
    zh, en = found.note_zh.split("；")[0], found.note_en.split("; ")[0]
    return blended(
        found,
        told,
        (
            f"{zh}，与按本年增速推算的结果各取一半；区间取自两种方法的误差。",
            f"{en}, halfway to what the growth so far tells; bands from the errors of both.",
        ),
    )


def _start(evidence: Evidence, year: int, scale: _Scale, settings: Settings) -> tuple[Distribution, int]:
    """The last value that the forecast goes on from (this year's end where it has begun), and its year."""
    last = max(evidence.years)
    running = evidence.last_running
    if running is not None and last < running[0] <= year and running[1] < 12:
        now = _this_year(evidence, running, scale, settings)
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
    least = _floor(scale, evidence.years[last], settings) / 10
    measured = f"{zh}；只有公布的增速。", f"{en}; only its growth was published."
    return Distribution(centre, max(spread, least), scale.log, method, 0, *measured), start


def _onward(
    found: Distribution,
    drift: _Drift,
    evidence: Evidence,
    ahead: int,
    scale: _Scale,
    settings: Settings,
) -> Distribution:
    """The years after the start at the own average growth, the errors of both added."""
    floor = _floor(scale, evidence.years[max(evidence.years)], settings, drift.mean)
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


def _this_year(evidence: Evidence, running: tuple[int, int], scale: _Scale, settings: Settings) -> Distribution | None:
    """This year's end from what is known of it."""
    if evidence.parts is not None and not scale.log:
        found = joint.forecast(evidence, running, settings)
        if found is not None:
            return found
    if not scale.log:
        return _same_gap(evidence, running, settings)
    return _as_so_far(evidence, running, settings) or _by_share(evidence, running)


def _as_so_far(evidence: Evidence, running: tuple[int, int], settings: Settings, to: int = 12) -> Distribution | None:
    """The rest of the year (up to month ``to``) grows by what the growth so far says of it."""
    year, month = running
    own = rest.totals_of(evidence)
    peers = [(rest.totals_of(peer),) for peer in evidence.peers]
    told = rest.rest_of_year((own,), year, month, peers, to=to)
    if told is None:
        return None
    so_far, before = own[running], own[year - 1, to] - own[year - 1, month]
    given = rest.constants()
    point, tails = transformed(
        told.centre, told.scale, given.bound80, given.bound95, lambda x: math.log(so_far + before * math.exp(x))
    )
    zh = f"{year}年按本年前{month}个月的增速推算其余月份（增速按月度波动折让）"
    en = f"{year} from the growth of its first {month} month(s), as far as the noise of months lets it be believed"
    notes = rest.bands_from(told, settings.own_errors, zh, en)
    return from_quantiles(point, tails, log=True, method="season", errors=told.own, notes=notes)


def running_ahead(evidence: Evidence, settings: Settings) -> dict[int, Distribution]:
    """The running totals still to come this year, by month; as :func:`forecast` sees the year, so December is its landing.

    Empty where the year in progress is forecast as a whole only.
    """
    running = evidence.last_running
    if running is None or running[1] == 12 or running[0] <= (evidence.last_year or running[0]):
        return {}
    found = {}
    for month in range(running[1] + 1, 13):
        told = _as_so_far(evidence, running, settings, month)
        whole = monthly.forecast(evidence, running[0], month)
        one = blended(whole, told, ("", "")) if whole is not None and told is not None and whole.log else whole or told
        if one is not None:
            found[month] = one
    return found


def _by_share(evidence: Evidence, running: tuple[int, int]) -> Distribution | None:
    """The running total over the share of a year that is usually reached by then."""
    year, month = running
    own = rest.totals_of(evidence)
    told = rest.share_of_year(own, year, month, [rest.totals_of(peer) for peer in evidence.peers], code=evidence.code)
    if told is None or own.get(running, 0.0) <= 0:
        return None
    share, spread, years = told
    point = math.log(own[running]) - share
    near, far = (bound * spread for bound in (Z80, Z95))
    source = (
        (f"{years}个年度", f"{years} year(s)")
        if years
        else ("全国海关多年", "the nation’s customs figures of many years")
    )
    # The rest of the year is not negative.
    least = math.log(own[running])
    tails = (max(point - far, least), max(point - near, least), point + near, point + far)
    return from_quantiles(
        point,
        tails,
        log=True,
        method="share",
        errors=max(years - 1, 0),
        notes=(
            f"{year}年按前{month}个月通常占全年的比重推算（取自{source[0]}）；上年同期缺数，区间取自该比重的历年波动。",
            f"{year} from the share of a year that {month} month(s) usually make (from {source[1]}); last year’s same "
            "months are missing, and the bands are how much that share moves.",
        ),
    )


def _same_gap(evidence: Evidence, running: tuple[int, int], settings: Settings) -> Distribution | None:
    """What is no flow: the same step from the value so far to the year's as last year."""
    year, month = running
    totals = {y: v for y, v in evidence.years.items() if y < year}
    parts = {y: evidence.running[y, month] for y in totals if (y, month) in evidence.running}
    if not parts or max(parts) != year - 1:
        return None
    gaps = {y: float(totals[y] - parts[y]) for y in parts}  # what the rest of the year added
    errors = [gaps[y] - gaps[y - 1] for y in gaps if y - 1 in gaps]
    floor = _floor(_Scale(False), totals[year - 1], settings)
    spread = max(1 - month / 12, 0.02) * floor
    measured = len(errors) >= settings.own_errors
    if measured:
        spread = math.sqrt(sum(e * e for e in errors) / len(errors)) * (1 + 1 / len(errors))
    zh, en = f"{year}年按本年累计和往年同期进度推算", f"{year} from this year's running total and the own season"
    size = f"{settings.floor_level:.0%}"
    zh += (
        f"；区间取自同一方法在本地历史上的{len(errors)}次误差。"
        if measured
        else f"；本地历史太短，区间按下限（年波动为数值的{size}）给出。"
    )
    en += (
        f"; bands from {len(errors)} own errors."
        if measured
        else f"; the own history is short, so the bands rest on a floor (a yearly spread of {size})."
    )
    centre = float(evidence.running[running]) + gaps[year - 1]
    return Distribution(centre, max(spread, floor / 10), False, "season", len(errors), zh, en)


@dataclass(frozen=True, slots=True)
class _Drift:
    """The mean yearly step of ``steps`` of them; ``error`` is what forecasting each by the mean before it missed
    (root mean square of ``errors``)."""

    mean: float
    steps: int
    error: float
    errors: int


def _drift(evidence: Evidence, scale: _Scale, start: tuple[int, float], settings: Settings) -> _Drift | None:
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


def _floor(scale: _Scale, value: Decimal, settings: Settings, step: float = 0.0) -> float:
    """The assumed spread of one year: of growth, or of a value (never less than half of its usual step)."""
    if scale.log:
        return settings.floor_growth
    return max(abs(float(value)) * settings.floor_level, abs(step) / 2, 1e-9)


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
