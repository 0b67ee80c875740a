"""A year's total through the forecaster of months: the running total, and the months still to come with their own bands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from commercebrain.engine.foresight.months import months_apart, months_from
from commercebrain.engine.outlook.distribution import Distribution, from_quantiles
from commercebrain.engine.outlook.evidence import Evidence
from commercebrain.engine.outlook.rest import Measure, totals_of

#: Fewer known months than this and the year so far says more than a monthly model (three years are one season twice and
#: something to err on).
LEAST_MONTHS = 36
#: How far ahead months are forecast; beyond, years go on at the own average growth.
FURTHEST = 36
#: Months of history that are looked at.
HISTORY = 120


@dataclass(frozen=True, slots=True)
class Sums:
    """Running sums of the months to come: point, 95 % and 80 % bounds by month (point, low95, low80, high80, high95)."""

    rows: tuple[tuple[float, float, float, float, float], ...]
    errors: int


@dataclass(frozen=True, slots=True)
class Months:
    """Single months, oldest first, NaN where one is not known; ``first`` and ``last`` are yyyymm."""

    first: int
    last: int
    values: tuple[float, ...]

    @property
    def known(self) -> int:
        """How many months are known."""
        return sum(not math.isnan(value) for value in self.values)


def forecast(evidence: Evidence, year: int, to: int = 12) -> Distribution | None:
    """The total of ``year`` (of this year also up to month ``to``); None with less than :data:`LEAST_MONTHS` months or more
    than :data:`FURTHEST` to go."""
    own = totals_of(evidence)
    series = months_of((own,), evidence)
    if series is None or series.known < LEAST_MONTHS:
        return None
    now, month = divmod(series.last, 100)
    ahead = months_apart(series.last, year * 100 + to)
    if not 1 <= ahead <= FURTHEST or (month < 12 and (now, month) not in own):
        return None
    sums = sums_ahead(series, ahead)
    if sums is None:
        return None
    if ahead <= 12:
        so_far = own[now, month] if month < 12 else 0.0
        point, *bounds = (so_far + value for value in sums.rows[ahead - 1])
    else:
        # As with months: nothing below 0 where nothing ever was.
        floor = -math.inf if min(v for v in series.values if not math.isnan(v)) < 0 else 0.0
        point, *bounds = (max(value, floor) for value in _between(sums.rows[ahead - 13], sums.rows[ahead - 1]))
    notes = (
        f"{year}年按本年累计加其余{min(ahead, 12)}个月的逐月预测推算（{series.known}个月的历史）；区间取自同一预测在本地历史上的误差。",
        f"{year} from the running total and the forecast of its {min(ahead, 12)} month(s) to come ({series.known} months of "
        "history); bands from the errors of the same forecast on the own history.",
    )
    log = min(point, *bounds) > 0
    low95, low80, high80, high95 = (math.log(b) if log else b for b in bounds)
    return from_quantiles(
        math.log(point) if log else point,
        (low95, low80, high80, high95),
        log=log,
        method="monthly",
        errors=sums.errors,
        notes=notes,
    )


def _between(before: tuple[float, ...], after: tuple[float, ...]) -> list[float]:
    """A later year alone, from the sums up to its beginning and its end; errors of the years taken as independent, which
    is at the safe side where they go together."""
    point = after[0] - before[0]
    found = [point]
    for low_before, low_after in zip(before[1:], after[1:], strict=True):
        now, then = low_after - after[0], low_before - before[0]
        found.append(point + math.copysign(math.sqrt(max(now**2 - then**2, (now / 2) ** 2)), now))
    return found


def months_of(measure: Measure, evidence: Evidence) -> Months | None:
    """The single months of a flow (of a quotient: numerator over denominator) from the first to the last that is known."""
    single = {key: float(value) for key, value in evidence.months.items() if len(measure) == 1 and math.isfinite(value)}
    for year, month in measure[0]:
        before = [0.0 if month == 1 else totals.get((year, month - 1)) for totals in measure]
        now = [totals.get((year, month)) for totals in measure]
        pieces = [a - b for a, b in zip(now, before, strict=True) if a is not None and b is not None]
        if len(pieces) < len(measure) or (len(pieces) == 2 and min(pieces) <= 0):
            continue
        single.setdefault((year, month), pieces[0] if len(pieces) == 1 else pieces[0] / pieces[1])
    if not single:
        return None
    (y0, m0), (y1, m1) = min(single), max(single)
    first, last = y0 * 100 + m0, y1 * 100 + m1
    labels = months_from(first, months_apart(first, last) + 1)[-HISTORY:]
    return Months(labels[0], last, tuple(single.get(divmod(label, 100), math.nan) for label in labels))


def sums_ahead(series: Months, ahead: int) -> Sums | None:
    """The running sums of the next ``ahead`` months; None where there is no forecast with bands."""
    return _sums(series.values, series.first, ahead)


@lru_cache(maxsize=2048)
def _sums(values: tuple[float, ...], first: int, ahead: int) -> Sums | None:
    # Not at module level: the models are compiled code, and most questions about targets need none of it.
    from commercebrain.engine.foresight.forecasting import forecast as ask

    found = ask(np.array([values]), first, ahead, cumulative=True, threads=1)
    rows = np.stack([found.point[0], found.low95[0], found.low80[0], found.high80[0], found.high95[0]], axis=1)
    if found.why(0) or not np.isfinite(rows).all():
        return None
    told = tuple((float(a), float(b), float(c), float(d), float(e)) for a, b, c, d, e in rows)
    return Sums(told, int(np.isfinite(found.fitted[0] - np.array(values)).sum()))
