"""What monthly series are made of: trend with its breaks, season, Spring Festival, working days, and the rest.

Each series by itself – of logarithms where every known figure is positive, else of the figures themselves:

1. festival: what :mod:`~commercebrain.engine.foresight.holiday` finds, the same as in the forecasts;
2. going round: trend, a local straight line over 13 months either side (tricube weights); season, for each calendar month
   the weighted mean of neighbouring years (tricube over five years either side, so that it may change slowly), a year's
   twelve adding up to nothing; working days, one coefficient on the logarithm of their number, shrunk towards 0;
3. after the first rounds, Huber weights of the rest, so that a shock does not pass for a season;
4. months in which the level jumped: straight lines through the eight months before and after do not meet, by more than
   :data:`SHIFT` robust spreads. Found one at a time, the largest first, and taken out before trend and season are
   estimated anew, so that a break bends neither; they belong to the trend;
5. outliers: months whose rest is more than :data:`OUTLIER` robust spreads.

A series with fewer than :data:`LEAST_MONTHS` known figures comes back as NaN throughout: that says nothing about a
season. Months before the first and after the last known figure have no components, a missing month between them has all
but rest and adjusted value. The kernels are in :mod:`~commercebrain.engine.foresight.splitting`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np

from commercebrain.engine.foresight.calendar import terms
from commercebrain.engine.foresight.holiday import estimate
from commercebrain.engine.foresight.hostile import checked
from commercebrain.engine.foresight.months import check_first
from commercebrain.engine.foresight.result import Bits, Components, Floats
from commercebrain.engine.foresight.splitting import split

#: Fewer known months than this say nothing about a season.
LEAST_MONTHS: Final = 36
#: Robust spreads of a jump that is a level shift, and of a rest that is an outlier.
SHIFT: Final = 5.0
OUTLIER: Final = 4.0
#: Series that one thread takes at a time.
CHUNK: Final = 512


def decompose(values: Floats | Sequence[Any], first: int, *, threads: int | None = None) -> Components:
    """The components of ``S`` series of ``T`` consecutive months beginning with ``first`` (yyyymm).

    ``values``: one series or series × months, NaN or None where missing. A series' answer depends on it alone. Raises
    ``UserError`` for what is not a table of numbers and for a month that is none.
    """
    table = checked(values)
    check_first(first)
    count, months = table.shape
    known = np.isfinite(table)
    log = np.where(known, table, np.inf).min(axis=1, initial=np.inf) > 0
    festival = estimate(table, first, 0, log=log).effect
    _, days = terms(first, months)
    found = np.full((5, count, months), np.nan)
    marks = np.zeros((2, count, months), dtype=np.bool_)
    enough = known.sum(axis=1) >= LEAST_MONTHS

    def work(start: int) -> None:
        rows = slice(start, start + CHUNK)
        split(
            table[rows], enough[rows], log[rows], festival[rows], days, SHIFT, OUTLIER, found[:, rows], marks[:, rows]
        )

    starts = range(0, count, CHUNK)
    with ThreadPoolExecutor(max(1, min(len(starts), threads or os.cpu_count() or 1))) as pool:
        list(pool.map(work, starts))
    return _told(first, table, log, found, marks)


def _told(first: int, table: Floats, log: Bits, found: Floats, marks: Bits) -> Components:
    """The components on the scale of the answer: factors where ``log``, else amounts."""
    calendar = found[1] + found[2] + found[3]
    adjusted = table - calendar
    adjusted[log] = table[log] / np.exp(calendar[log])
    found[:, log] = np.exp(found[:, log])
    trend, season, festival, workdays, rest = found
    return Components(
        first=first,
        log=log,
        trend=trend,
        season=season,
        festival=festival,
        workdays=workdays,
        rest=rest,
        adjusted=adjusted,
        shifts=marks[0],
        outliers=marks[1],
    )
