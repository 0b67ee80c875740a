"""The one way to a forecast: clean, take the calendar out, forecast, put it back, say how sure.

Series come as they are; each is answered by itself, the same digits alone or among 100,000. What becomes of gaps, zeros,
breaks and slips is in :mod:`~commercebrain.engine.foresight.hostile`, the width of the bands in
:mod:`~commercebrain.engine.foresight.bands`. No point and no bound leaves the range of the last three years (on
logarithms where the history is positive) by more than the range × (horizon ÷ months looked at + a quarter): a straight
line goes on for ever, an explosion does not; bounds of the bands have half a range more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

from commercebrain.engine.errors import CancelledError, UserError
from commercebrain.engine.foresight import bands, hostile, sparse
from commercebrain.engine.foresight.ensemble import points
from commercebrain.engine.foresight.hostile import Tidy
from commercebrain.engine.foresight.months import check_first, months_from, shift
from commercebrain.engine.foresight.result import REASONS, Bits, Floats, Forecast

#: Series that one thread takes at a time.
CHUNK: Final = 1024
#: The same where the best ensemble takes its time (0.1 s a series).
CHUNK_OF_BEST: Final = 16
#: Months ahead that can be asked for.
FURTHEST: Final = 60

_STOPPED: Final = REASONS.index("stopped")
_LARGEST: Final = np.finfo(np.float64).max


def forecast(
    values: Floats | Sequence[Any],
    first: int | None = None,
    horizon: int = 6,
    *,
    holiday: bool = True,
    cumulative: bool = False,
    best: bool = False,
    floor: float | None = 0.0,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Forecast:
    """The next ``horizon`` months of monthly series, with 80 % and 95 % intervals.

    ``values``: one series or series × months, oldest month first, ``None`` or NaN for a missing month. ``first`` is the
    first month (yyyymm); with it, and unless ``holiday`` is False, Spring Festival's effect is learnt, taken out and put
    back. ``cumulative`` asks for running sums over the horizon (their bands are not sums of bands: errors of a year's
    months go together). ``best`` takes more time for the best ensemble. No answer lies below ``floor`` where the
    history never did (None: no floor). ``progress(done, all)`` is told after each part, ``cancelled()`` is asked before.

    Never fails on what figures look like: :attr:`Forecast.reason` says why a series has no forecast. Raises
    ``UserError`` for what is not a table of numbers, an infinite value, a month that is none or a horizon out of
    1…60, :class:`CancelledError` when ``cancelled`` said so.
    """
    table = hostile.checked(values)
    _check(first, horizon)
    count = len(table)
    asked = _Asked(first, horizon, holiday, cumulative, best, floor)
    out = _empty(table, asked)
    size = CHUNK_OF_BEST if best else CHUNK
    parts = [slice(at, min(at + size, count)) for at in range(0, count, size)]
    workers = max(1, min(len(parts), threads or os.cpu_count() or 1))
    done = 0
    with ThreadPoolExecutor(workers) as pool:
        for part in _finished(pool, parts, lambda part: _part(table, asked, out, part), workers + 1, cancelled):
            done += part.stop - part.start
            if progress is not None:
                progress(done, count)
    return out


@dataclass(frozen=True)
class _Asked:
    """What one call of :func:`forecast` wants of every series."""

    first: int | None
    horizon: int
    holiday: bool
    cumulative: bool
    best: bool
    floor: float | None


def _check(first: int | None, horizon: int) -> None:
    if not 1 <= horizon <= FURTHEST:
        raise UserError(
            "foresight.horizon",
            f"预测期数应为1至{FURTHEST}个月，给出的是{horizon}。",
            f"The horizon is 1 to {FURTHEST} months; {horizon} was asked for.",
        )
    if first is not None:
        check_first(first)


def _empty(table: Floats, asked: _Asked) -> Forecast:
    """Room for the forecasts of every series; each part fills its rows with no answer before it answers."""
    count, months = table.shape
    ahead = asked.horizon

    def room(columns: int) -> Floats:
        return np.empty((count, columns))

    to_come = range(1, ahead + 1) if asked.first is None else months_from(shift(asked.first, months), ahead)
    return Forecast(
        first=asked.first,
        months=tuple(to_come),
        point=room(ahead),
        low80=room(ahead),
        high80=room(ahead),
        low95=room(ahead),
        high95=room(ahead),
        fitted=room(months),
        spread=np.empty(count),
        log=np.zeros(count, np.bool_),
        reason=np.zeros(count, np.int8),
        festival=room(months + ahead),
        cumulative=asked.cumulative,
        method=_method(asked.best),
    )


def _finished(
    pool: ThreadPoolExecutor, parts: Sequence[slice], work: Callable[[slice], slice], at_once: int,
    cancelled: Callable[[], bool] | None,
) -> Iterator[slice]:  # fmt: skip
    """The parts as they are finished; a few are under way at a time, so that a stop is a stop."""
    under_way: set[Future[slice]] = set()
    for part in parts:
        if cancelled is not None and cancelled():
            raise CancelledError
        under_way.add(pool.submit(work, part))
        if len(under_way) >= at_once:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    for future in as_completed(under_way):
        yield future.result()


def _part(table: Floats, asked: _Asked, out: Forecast, part: slice) -> slice:
    """Forecast some of the series into their rows of ``out``."""
    series = hostile.tidy(table[part])
    here = _rows_of(out, part)
    for blank in (here.point, here.low80, here.high80, here.low95, here.high95, here.fitted, here.spread):
        blank[:] = np.nan
    here.festival[:] = 1.0
    here.reason[:] = series.reason
    here.point[series.reason == _STOPPED] = 0.0
    live = series.reason == 0
    with np.errstate(all="ignore"):
        for stop in np.unique(series.stop[live & ~series.sparse]):
            _modelled(series, live & ~series.sparse & (series.stop == stop), int(stop), asked, here)
        _mean_levels(series, live & series.sparse, asked, here)
        _in_units(series, asked.floor, here)
    return part


def _rows_of(out: Forecast, part: slice) -> Forecast:
    rows = {f.name: getattr(out, f.name)[part] for f in fields(out) if isinstance(getattr(out, f.name), np.ndarray)}
    return replace(out, **rows)


def _modelled(series: Tidy, rows: Bits, stop: int, asked: _Asked, out: Forecast) -> None:
    """Forecasts of series whose last known month is the same, by the ensemble; still scaled."""
    some = hostile.only(series, rows)
    start, log, months = some.start, some.log[:, None], series.values.shape[1]
    gap = months - stop
    ahead = gap + asked.horizon
    usable = np.arange(stop)[None, :] >= start[:, None]
    values = np.where(usable, some.values[:, :stop], np.nan)
    known = np.ascontiguousarray(some.known[:, :stop])
    effect = _festival(values, known, some.lowest, asked, ahead)
    values /= effect[:, :stop]
    size = np.where(log, 1.0, (np.abs(np.where(usable, values, 0.0)).sum(axis=1) / (stop - start))[:, None])
    work = np.where(log, np.log(values), values / size)
    hostile.calm(work, known, start)
    values = np.where(log, np.exp(work), work * size)
    point, fitted = _points(values, ahead, asked.best)
    fitted_work = np.where(log, np.log(fitted), fitted / size)
    work[~usable] = 0.0

    centre, reach = _bounded(np.where(log, np.log(point), point / size), work, usable, log)
    point = np.where(log, np.exp(centre), centre * size)
    weights = np.where(log, point * effect[:, stop:], 1.0)
    known_ones = known & usable
    january = -1 if asked.first is None else (1 - asked.first % 100) % 12
    spread, robust = bands.spreads(
        work, fitted_work, known_ones, start, weights, skip=gap, cumulative=asked.cumulative, january=january
    )
    doubt = bands.in_doubt(effect[:, stop:], point, gap if asked.cumulative else None)
    spread += doubt * np.where(log, 1.0, np.abs(centre))
    half80, half95 = (
        np.minimum(spread * width, reach)[:, gap:]
        for width in bands.multipliers(ahead, known_ones.sum(axis=1), cumulative=asked.cumulative)
    )
    later = effect[:, stop + gap :]
    if asked.cumulative:
        total = np.cumsum(point[:, gap:] * later, axis=1)
        steps = np.arange(1, asked.horizon + 1)[None, :]
        centre, later, size = np.where(log, np.log(total), total / (size * steps)), np.ones((1, 1)), size * steps
    else:
        centre = centre[:, gap:]

    def unit(z: Floats) -> Floats:
        return np.where(log, np.exp(z), z * size) * later

    out.point[rows] = unit(centre)
    out.low80[rows], out.high80[rows] = unit(centre - half80), unit(centre + half80)
    out.low95[rows], out.high95[rows] = unit(centre - half95), unit(centre + half95)
    expected = np.full((len(some.values), months), np.nan)
    expected[:, :stop] = np.where(usable, fitted * effect[:, :stop], np.nan)
    out.fitted[rows] = expected
    out.spread[rows] = robust * size[:, 0]
    out.log[rows] = some.log
    out.festival[rows] = effect


def _festival(values: Floats, known: Bits, lowest: Floats, asked: _Asked, ahead: int) -> Floats:
    """What the calendar multiplies each month by; 1 for series with negative months, and where it was not asked for."""
    effect = np.zeros((len(values), values.shape[1] + ahead))
    if asked.holiday and asked.first is not None:
        from commercebrain.engine.foresight import holiday

        real = np.where(known, values, np.nan)
        effect = holiday.estimate(real, asked.first, ahead, log=lowest >= 0.0).effect
        same = np.where(known, values == lowest[:, None], True).all(axis=1)
        effect[(lowest < 0.0) | same] = 0.0
    return np.exp(effect)


def _bounded(centre: Floats, work: Floats, usable: Bits, log: Bits) -> tuple[Floats, Floats]:
    """Points within the rule of the module, and how wide a half-band may be; S × H."""
    lately = slice(max(work.shape[1] - 36, 0), None)
    lowest = np.where(usable, work, np.inf)[:, lately].min(axis=1)[:, None]
    highest = np.where(usable, work, -np.inf)[:, lately].max(axis=1)[:, None]
    steps = np.maximum(usable[:, lately].sum(axis=1) - 1, 1)[:, None]
    further = np.arange(1, centre.shape[1] + 1)[None, :] / steps
    span = highest - lowest
    room = span * (further + 0.25)
    last = work[:, -1:]
    centre = np.where(np.isnan(centre), np.where(log, lowest, last), centre)
    return np.clip(centre, lowest - room, highest + room), span * (further + 1.0)


def _points(values: Floats, ahead: int, best: bool) -> tuple[Floats, Floats]:
    if best:
        from commercebrain.engine.foresight.headline import best_points

        found = best_points(values, ahead, threads=1)
    else:
        found = points(values, ahead, threads=1)
    return found[0], found[1]


def _method(best: bool) -> str:
    if best:
        from commercebrain.engine.foresight.headline import method

        return method()
    return "ensemble"


def _mean_levels(series: Tidy, rows: Bits, asked: _Asked, out: Forecast) -> None:
    """Sparse series: the mean level, with the quantiles of the last three years as bands; still scaled."""
    if not rows.any():
        return
    some = hostile.only(series, rows)
    level, bounds, fitted = sparse.mean_levels(some, asked.horizon, cumulative=asked.cumulative)
    steps = np.arange(1, asked.horizon + 1) if asked.cumulative else np.ones(asked.horizon)
    point = level[:, None] * steps
    out.point[rows] = point
    ends = (out.low95, out.low80, out.high80, out.high95)
    for k, (end, side) in enumerate(zip(ends, (np.minimum, np.minimum, np.maximum, np.maximum), strict=True)):
        end[rows] = side(bounds[:, :, k], point)
    out.fitted[rows] = fitted
    misses = np.abs(np.where(some.known, some.values, np.nan) - fitted)
    out.spread[rows] = 1.4826 * np.nanmedian(misses, axis=1)


def _in_units(series: Tidy, floor: float | None, out: Forecast) -> None:
    """Back from scaled figures to the series' own unit, not below the floor, in place."""
    power = series.power[:, None]
    kept = np.zeros(len(power), np.bool_) if floor is None else np.ldexp(series.lowest, series.power) >= floor
    for table in (out.point, out.low80, out.high80, out.low95, out.high95, out.fitted):
        table[:] = np.clip(np.ldexp(table, power), -_LARGEST, _LARGEST)
        if floor is not None:
            table[kept] = np.maximum(table[kept], floor)
    out.spread[:] = np.where(out.log, out.spread, np.ldexp(out.spread, series.power))
