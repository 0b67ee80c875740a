"""The quarter that is not over yet, from monthly parts: a dynamic factor model of mixed frequencies.

Monthly series and the quarterly one are made stationary – logarithms where positive, calendar taken out by
:mod:`~commercebrain.engine.foresight.decompose`, differences, lone shocks clipped – and share one factor and own
autoregressive errors (Bańbura and Modugno 2014; ``statsmodels`` ``DynamicFactorMQ``, fitted by EM). Two ways to ask:

* the target is published *quarterly only*: its growth over the quarter before is predicted by the factor, the missing
  months of the quarter are filled by the model;
* the target is the *sum of one of the monthly series* (``own``): months that are known count as they are, only the
  missing ones are predicted, so the answer becomes exact when the quarter's last month arrives.

What moved the answer between two vintages is told series by series (the *news*: figures that differ from what the model
expected of them), at the parameters and calendar of the newer one. statsmodels#8419 and #9600 report nowcasts that do
not move when a quarter's last months arrive; the model here is fitted on the data as they stand and its quarterly
aggregate is asked at the quarter's last month, and a test holds each new month to moving it.

``pandas`` and ``statsmodels`` are loaded on first use: they take seconds.
"""

from __future__ import annotations

import math
import warnings
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commercebrain.engine.foresight.months import months_apart, shift
from commercebrain.engine.foresight.result import Floats
from commercebrain.engine.outlook.stationary import Prepared, scaled

if TYPE_CHECKING:
    import pandas as pd

#: Quarters after the newest one known that can still be asked for.
FURTHEST: Final = 2
#: Rounds of EM at most, and when it may stop. More moves nothing that a reader would see.
ROUNDS, ENOUGH = 60, 1e-5
#: A nowcast more than so many times the largest figure of two years is no answer.
MOST: Final = 4.0
#: What a model that cannot be fitted, or a filter that runs away, raises.
_FAILS: Final = (np.linalg.LinAlgError, ValueError, FloatingPointError, ZeroDivisionError)
_Z80, _Z95 = 1.2815515655446004, 1.959963984540054
#: Why there is no nowcast: code → words.
NOWCAST_REASONS: Final[dict[str, tuple[str, str]]] = {
    "no_values": ("没有数据", "no figures"),
    "too_short": ("历史太短", "too little history"),
    "too_far": ("离已公布的季度太远", "too far from the last quarter known"),
    "not_converged": ("模型没有收敛", "the model did not converge"),
}


@dataclass(frozen=True, slots=True)
class News:
    """A figure that was not what the model expected: of series ``series`` (its row; quarterly ones after the monthly)
    and ``month``, ``expected`` and ``actual`` as growth over the month (quarter) before without the calendar; it moved
    the nowcast by ``impact``, in the target's unit."""

    series: int
    month: int
    expected: float
    actual: float
    impact: float


@dataclass(frozen=True, slots=True)
class Nowcast:
    """The quarter that ends with ``target`` (yyyymm): its ``value`` with 80 % and 95 % intervals, ``growth`` over the
    quarter before (NaN where that is not known), how many of its months were ``known`` of the own series, which series
    took part (``used``: rows). With an earlier vintage: the nowcast ``before`` (NaN: none could be told from it), the
    ``news`` since, largest first, and what ``revisions`` of figures known already did. ``reason`` (:data:`NOWCAST_REASONS`) where there is none."""

    target: int
    value: float = math.nan
    low80: float = math.nan
    high80: float = math.nan
    low95: float = math.nan
    high95: float = math.nan
    growth: float = math.nan
    known: int = 0
    used: tuple[int, ...] = ()
    before: float = math.nan
    news: tuple[News, ...] = ()
    revisions: float = 0.0
    reason: str = ""


def nowcast(
    monthly: Floats,
    quarterly: Floats,
    first: int,
    target: int,
    *,
    own: int | None = None,
    earlier: tuple[Floats, Floats] | None = None,
) -> Nowcast:
    """The value of the quarter ending with month ``target`` (yyyymm) of the first row of ``quarterly``, or of the sum of
    row ``own`` of ``monthly``.

    ``monthly`` is K × T, ``quarterly`` Q × (T ÷ 3, rounded up) with T months from ``first``, a quarter's first month; NaN
    where missing. ``earlier`` are both as known before, in the same shape. Never fails on what figures look like: see
    :attr:`Nowcast.reason`. Raises ``ValueError`` for shapes or months that do not fit.
    """
    months, quarters, end = _shaped(monthly, quarterly, first, target, own)
    data = Prepared.of(months, quarters, first, own)
    whole = own is not None and bool(np.isfinite(months[own, end - 2 : end + 1]).all())
    if own is not None and whole and (data.why or earlier is None):  # a sum needs no model
        return _complete(months, own, end, target, data)
    if data.why:
        return Nowcast(target, reason=data.why)
    if data.distance(end) > FURTHEST:
        return Nowcast(target, reason="too_far")
    import statsmodels.tsa.statespace.dynamic_factor_mq  # noqa: F401  # its import sets filters of warnings of its own

    with _one_thread(), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return _fitted(data, end, target, earlier)


def _one_thread() -> AbstractContextManager[Any]:
    """The matrices are small: on a busy machine BLAS threads that wait for each other cost twenty times the work."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits


# -- preparing


def _shaped(monthly: Floats, quarterly: Floats, first: int, target: int, own: int | None) -> tuple[Floats, Floats, int]:
    """Both tables up to the target's last month, and where that is."""
    months = np.atleast_2d(np.asarray(monthly, dtype=np.float64))
    quarters = np.asarray(quarterly, dtype=np.float64)
    quarters = quarters.reshape(-1, -(-months.shape[1] // 3)) if quarters.size else np.zeros((0, 0))
    if first % 100 % 3 != 1 or target % 100 % 3:
        raise ValueError("first must begin a quarter and target end one")
    if own is None and not len(quarters):
        raise ValueError("there is no target: give a quarterly series, or own")
    if np.isinf(months).any() or np.isinf(quarters).any():
        raise ValueError("values must be finite or NaN")
    end = months_apart(first, target)
    if end < 2:
        raise ValueError("target lies before the first month")
    wide, whole = end + 1, (end + 1) // 3
    return _cut(months, wide), _cut(quarters, whole) if len(quarters) else np.zeros((0, whole)), end


def _cut(table: Floats, wide: int) -> Floats:
    found = np.full((len(table), wide), np.nan)
    some = min(wide, table.shape[1])
    found[:, :some] = table[:, :some]
    return found


# -- the model


def _frames(data: Prepared, months: Floats, quarters: Floats) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    import pandas as pd

    rows, lines = data.growth(months, quarters)
    start = f"{data.first // 100}-{data.first % 100:02d}"
    index = pd.period_range(start, periods=rows.shape[1] + 1, freq="M")[1:]
    monthly = pd.DataFrame(rows.T, index=index, columns=[f"m{k}" for k in data.rows])
    if not data.lines:
        return monthly, None
    quarter_index = pd.period_range(start, periods=lines.shape[1] + 1, freq="Q")[1:]
    return monthly, pd.DataFrame(lines.T, index=quarter_index, columns=[f"q{q}" for q in data.lines])


def _fitted(data: Prepared, end: int, target: int, earlier: tuple[Floats, Floats] | None) -> Nowcast:
    from statsmodels.tsa.statespace.dynamic_factor_mq import DynamicFactorMQ

    monthly, quarterly = _frames(data, data.months, data.quarters)
    for orders, alone in ((2, True), (1, True), (1, False)):  # EM does not keep autoregressions stable: fewer of them
        try:
            model = DynamicFactorMQ(monthly, endog_quarterly=quarterly, factor_orders=orders, idiosyncratic_ar1=alone)
            fit = model.fit(maxiter=ROUNDS, tolerance=ENOUGH, disp=False)
            answer = _answer(data, fit, data.months, data.quarters, end, target)
        except _FAILS:
            continue
        if answer is not None:
            try:
                return _compared(data, fit, *answer, end, earlier)
            except _FAILS:  # the nowcast stands; what moved it cannot be told
                return answer[0]
    return Nowcast(target, reason="not_converged")


def _compared(
    data: Prepared, fit: Any, found: Nowcast, weights: dict[int, float], end: int,
    earlier: tuple[Floats, Floats] | None,
) -> Nowcast:  # fmt: skip
    """The nowcast with what moved it since the ``earlier`` vintage."""
    if earlier is None:
        return found
    target = found.target
    old_months, old_quarters, _ = _shaped(earlier[0], earlier[1], data.first, target, data.own)
    if not np.isfinite(old_months[data.own] if data.own is not None else old_quarters[0]).any():
        return found  # nothing was known then
    then_monthly, then_quarterly = _frames(data, old_months, old_quarters)
    then = fit.apply(then_monthly, endog_quarterly=then_quarterly, retain_standardization=True)
    past = _answer(data, then, old_months, old_quarters, end, target)
    if past is None:
        return found
    news, revisions = _news(data, fit, then, weights, end)
    gap = found.value - past[0].value
    # Straight lines through exponentials leave a little: it goes to each in proportion, so that the sum is the whole.
    told = sum(one.impact for one in news) + revisions
    factor = gap / told if told and 0.5 < gap / told < 2 else 1.0
    news = [News(n.series, n.month, n.expected, n.actual, n.impact * factor) for n in news]
    rest = gap - sum(one.impact for one in news)
    return replace(found, before=past[0].value, news=tuple(news), revisions=rest)


def _answer(
    data: Prepared, fit: Any, months: Floats, quarters: Floats, end: int, target: int
) -> tuple[Nowcast, dict[int, float]] | None:
    """The nowcast, and how much it moves with the growth of each month (by its column) that it is made of."""
    if data.own is None:
        return _of_quarters(data, fit, quarters, end, target)
    return _of_months(data, fit, months, data.own, end, target)


def _predicted(fit: Any, name: str, begin: int, end: int) -> tuple[Floats, Floats]:
    """Growth and its standard deviation of columns ``begin``…``end`` of the tables (growth begins with column 1),
    given everything known."""
    told = fit.get_prediction(start=begin - 1, end=end - 1, information_set="smoothed")
    names = list(fit.model.endog_names) if isinstance(fit.model.endog_names, list) else [fit.model.endog_names]
    mean, spread = (
        np.asarray(one, dtype=np.float64).reshape(end - begin + 1, -1)[:, names.index(name)]
        for one in (told.predicted_mean, told.se_mean)
    )
    return mean, spread


def _of_months(
    data: Prepared, fit: Any, months: Floats, own: int, end: int, target: int
) -> tuple[Nowcast, dict[int, float]] | None:
    values = months[own]
    last = int(np.flatnonzero(np.isfinite(values)).max())
    growth, spread = _predicted(fit, f"m{own}", last + 1, end) if last < end else (np.zeros(0), np.zeros(0))
    if not (np.isfinite(growth).all() and np.isfinite(spread).all()):
        return None
    level = float(scaled(months[own : own + 1], data.log[own : own + 1])[0, last] - data.calendar[own, last])
    path = level + np.cumsum(growth * data.size[own]) + data.calendar[own, last + 1 : end + 1]
    ahead = np.exp(path) if data.log[own] else path
    total = 0.0
    for at in range(end - 2, end + 1):
        value = ahead[at - last - 1] if at > last else values[at]
        total += float(value) if np.isfinite(value) else _between(data, own, values, at)
    # An error in one month's growth is carried by all later months of the quarter.
    inside = np.arange(last + 1, end + 1) >= end - 2
    slope = (ahead if data.log[own] else np.full(len(ahead), data.size[own])) * inside
    carried = np.cumsum(slope[::-1])[::-1]
    sd = float(np.sqrt(((carried * spread) ** 2).sum()))
    line = np.where(np.isfinite(values), values, 0.0)
    line[last + 1 : end + 1] = ahead
    moved = np.where(data.log[own], line, data.size[own])
    weights = {at: float(moved[max(at, end - 2) : end + 1].sum()) for at in range(max(1, end - 11), end + 1)}
    known = int(np.isfinite(values[end - 2 : end + 1]).sum())
    if not _sane(total, sd, float(np.nanmax(np.abs(values[-24:])) * 3)):
        return None
    return _told(data, target, total, sd, known, _quarter_before(values, end)), weights


def _sane(value: float, sd: float, usual: float) -> bool:
    """Whether the answer is no explosion: an error below the usual size, and no multiple of it."""
    return math.isfinite(value) and math.isfinite(sd) and abs(value) <= MOST * usual and sd <= usual


def _between(data: Prepared, own: int, values: Floats, at: int) -> float:
    """A month of the own series ``values`` that is missing though a later one is known: the mean level of its
    neighbours."""
    line = scaled(values[None, :], data.log[own : own + 1])[0] - data.calendar[own]
    known = np.flatnonzero(np.isfinite(line))
    level = float(np.interp(at, known, line[known])) + float(data.calendar[own, at])
    return math.exp(level) if data.log[own] else level


def _quarter_before(values: Floats, end: int) -> float:
    return float(values[end - 5 : end - 2].sum()) if end >= 5 else math.nan


def _of_quarters(
    data: Prepared, fit: Any, quarters: Floats, end: int, target: int
) -> tuple[Nowcast, dict[int, float]] | None:
    line = quarters[0]
    last = int(
        np.flatnonzero(np.isfinite(line[: end // 3])).max()
    )  # the target itself may be known: it is not looked at
    base = float(line[last])
    growth, variance = 0.0, 0.0
    for quarter in range(last + 1, end // 3 + 1):
        at = 3 * quarter + 2
        mean, spread = _predicted(fit, "q0", at, at)
        growth += float(mean[0]) + float(data.season[0, quarter - 1])
        variance += float(spread[0]) ** 2
    if not (math.isfinite(growth) and math.isfinite(variance)):
        return None
    size = float(data.quarter_size[0])
    value = base * float(np.exp(growth)) if data.quarter_log[0] else base + growth * size
    slope = value if data.quarter_log[0] else size
    before = float(line[end // 3 - 1]) if end // 3 - 1 >= 0 else math.nan
    if not _sane(value, abs(slope) * math.sqrt(variance), float(np.nanmax(np.abs(line[-8:])))):
        return None
    found = _told(data, target, value, slope * math.sqrt(variance), 0, before)
    return found, {3 * quarter + 2: slope for quarter in range(last + 1, end // 3 + 1)}


def _told(data: Prepared, target: int, value: float, sd: float, known: int, before: float) -> Nowcast:
    log = bool(data.log[data.own]) if data.own is not None else bool(data.quarter_log[0])
    around = [-_Z80 * sd, _Z80 * sd, -_Z95 * sd, _Z95 * sd]
    low80, high80, low95, high95 = (value * math.exp(z / value) if log and value > 0 else value + z for z in around)
    used = (*data.rows, *(len(data.months) + q for q in data.lines))
    growth = value / before - 1 if before > 0 else math.nan
    return Nowcast(target, value, low80, high80, low95, high95, growth, known, used)


def _complete(months: Floats, own: int, end: int, target: int, data: Prepared) -> Nowcast:
    total = float(months[own, end - 2 : end + 1].sum())
    return _told(data, target, total, 0.0, 3, _quarter_before(months[own], end))


def _news(data: Prepared, fit: Any, then: Any, weights: dict[int, float], end: int) -> tuple[list[News], float]:
    """Figures that were not as expected, by how far they moved the nowcast, and what revisions did."""
    name = f"m{data.own}" if data.own is not None else "q0"
    begin = min(weights)
    told = fit.news(then, start=begin - 1, end=end - 1, impacted_variable=name)
    by_month = {shift(data.first, at): weight for at, weight in weights.items()}
    details = told.details_by_impact.reset_index()
    gathered: dict[tuple[int, int], list[float]] = {}
    for row in details.to_dict("records"):
        weight = by_month.get(_month_of(row["impact date"]), 0.0)
        label = str(row["updated variable"])
        series = int(label[1:]) + (len(data.months) if label.startswith("q") else 0)
        key = (series, _month_of(row["update date"]))
        impact = gathered.setdefault(key, [float(row["forecast (prev)"]), float(row["observed"]), 0.0])
        impact[2] += weight * float(row["impact"])
    revisions = 0.0
    for row in told.impacts.reset_index().to_dict("records"):
        revisions += by_month.get(_month_of(row["impact date"]), 0.0) * float(row["impact of revisions"])
    news = [News(series, month, *values) for (series, month), values in gathered.items()]
    return sorted(news, key=lambda one: (-abs(one.impact), one.series, one.month)), revisions


def _month_of(period: Any) -> int:
    return int(period.year) * 100 + int(period.month)
