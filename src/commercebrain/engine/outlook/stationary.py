"""Monthly and quarterly series made stationary for a factor model, and the way back to values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from commercebrain.engine.foresight.decompose import LEAST_MONTHS as FOR_SEASON
from commercebrain.engine.foresight.decompose import decompose
from commercebrain.engine.foresight.holiday import estimate
from commercebrain.engine.foresight.months import shift
from commercebrain.engine.foresight.result import Floats

#: Fewer known months or quarters than this, and a series does not take part.
LEAST_MONTHS: Final = 24
LEAST_QUARTERS: Final = 8
#: Growth that varies less than this does not vary: what estimating a calendar leaves of a constant.
STILL: Final = 1e-5
#: Growth further than so many robust spreads from the middle is brought back to that distance.
CLIP: Final = 6.0
#: Decimals of growth that the model sees.
DIGITS: Final = 10


@dataclass(frozen=True)
class Prepared:
    """Stationary series, and what is needed to get back to values.

    ``level`` (K × T) is the monthly series without calendar on the scale of ``log``, ``calendar`` what the calendar adds
    there (to the end of the target quarter); ``size`` divides differences where not ``log``. ``season`` (Q × T ÷ 3) is
    the usual growth of the quarter of the year beyond the average. ``rows`` and ``lines`` are the monthly and quarterly
    series that take part; ``clips`` the bounds beyond which their growth is brought back (middle, distance).
    """

    months: Floats
    quarters: Floats
    first: int
    own: int | None
    why: str
    log: Any
    level: Floats
    calendar: Floats
    size: Floats
    quarter_log: Any
    quarter_size: Floats
    season: Floats
    rows: tuple[int, ...]
    lines: tuple[int, ...]

    @classmethod
    def of(cls, months: Floats, quarters: Floats, first: int, own: int | None) -> Prepared:
        """The series, made ready; ``why`` says why nothing can be told."""
        log = _positive(months)
        calendar = _calendar(months, first, log)
        level = scaled(months, log) - calendar
        size = np.where(log, 1.0, _size(months))
        quarter_log, quarter_size = _positive(quarters), np.where(_positive(quarters), 1.0, _size(quarters))
        season = _seasons(np.diff(scaled(quarters, quarter_log), axis=1) / quarter_size[:, None])
        rows = tuple(k for k in range(len(months)) if _usable(np.diff(level[k]) / size[k], LEAST_MONTHS))
        lines = tuple(
            q for q in range(len(quarters)) if _usable(np.diff(quarters[q]) / _size(quarters)[q], LEAST_QUARTERS)
        )
        aim = months[own] if own is not None else quarters[0]
        fit = own in rows if own is not None else 0 in lines
        why = ("too_short" if np.isfinite(aim).any() else "no_values") if not fit or not rows else ""
        return cls(
            months, quarters, first, own, why, log, level, calendar, size, quarter_log, quarter_size, season, rows, lines
        )  # fmt: skip

    def distance(self, end: int) -> int:
        """How many quarters the target lies after the last one of which anything is known."""
        aim = self.months[self.own] if self.own is not None else self.quarters[0]
        last = int(np.flatnonzero(np.isfinite(aim)).max())
        return (end - last) // 3 if self.own is not None else end // 3 - last

    def growth(self, months: Floats, quarters: Floats) -> tuple[Floats, Floats]:
        """The stationary series of these tables, in the order of ``rows`` and ``lines``."""
        level = scaled(months, self.log) - self.calendar
        rows = np.diff(level, axis=1) / self.size[:, None]
        told = scaled(quarters, self.quarter_log)
        lines = np.diff(told, axis=1) / self.quarter_size[:, None] - self.season
        mine = np.diff(self.level, axis=1) / self.size[:, None]
        theirs = np.diff(scaled(self.quarters, self.quarter_log), axis=1) / self.quarter_size[:, None] - self.season
        chosen, others = list(self.rows), list(self.lines)
        # Rounded far below what counts: EM stops by a threshold, and rounding errors of other units must not move it.
        return (
            np.round(_clipped(rows[chosen], mine[chosen]), DIGITS),
            np.round(_clipped(lines[others], theirs[others]), DIGITS),
        )


def _positive(table: Floats) -> Any:
    known = np.isfinite(table)
    return (np.where(known, table, np.inf).min(axis=1, initial=np.inf) > 0) & known.any(axis=1)


def scaled(table: Floats, log: Any) -> Floats:
    """The rows of ``table`` on the scale on which they are differenced: logarithms where ``log``."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(log[:, None], np.log(np.where(table > 0, table, np.nan)), table)


def _size(table: Floats) -> Floats:
    known = np.isfinite(table)
    mean = np.where(known, np.abs(table), 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(mean > 0, mean, 1.0)


def _usable(growth: Floats, least: int) -> bool:
    known = growth[np.isfinite(growth)]
    return len(known) >= least and float(np.ptp(known)) > STILL


def _clipped(table: Floats, of: Floats) -> Floats:
    """Growth beyond :data:`CLIP` robust spreads of the series ``of``, brought back."""
    if not table.size:
        return table
    middle = np.nanmedian(of, axis=1, keepdims=True)
    spread = 1.4826 * np.nanmedian(np.abs(of - middle), axis=1, keepdims=True)
    spread = np.where(spread > 0, spread, np.nanstd(of, axis=1, keepdims=True))
    found: Floats = np.clip(table, middle - CLIP * spread, middle + CLIP * spread)
    return found


def _calendar(months: Floats, first: int, log: Any) -> Floats:
    """Season, festival and working days of each month, on the scale of ``log``, also of the months to come: the season
    of the year before, the festival as :mod:`~commercebrain.engine.foresight.holiday` tells it. 0 where the history is
    too short for a season."""
    found = np.zeros_like(months)
    for row, values in enumerate(months):
        known = np.flatnonzero(np.isfinite(values))
        if len(known) < FOR_SEASON:
            continue
        begin, end = int(known[0]), int(known[-1]) + 1
        start = shift(first, begin)
        parts = decompose(values[begin:end], start)
        scale = np.log if log[row] else np.asarray
        season = scale(parts.season[0]) + scale(parts.workdays[0])
        ahead = len(values) - end
        moving = estimate(values[None, begin:end], start, ahead, log=np.array([log[row]])).effect[0]
        for _ in range(ahead):
            season = np.append(season, season[-12])
        found[row, begin:] = np.nan_to_num(season + moving)
    return found


def _seasons(growth: Floats) -> Floats:
    """For each quarter its usual growth beyond the average; shrunk where few years are known."""
    found = np.zeros_like(growth)
    for row, values in enumerate(growth):
        if np.isfinite(values).sum() < LEAST_QUARTERS:
            continue
        middle = float(np.nanmedian(values))
        for phase in range(4):
            mine = values[phase::4]
            known = mine[np.isfinite(mine)]
            if len(known) >= 2:
                found[row, phase::4] = (float(np.median(known)) - middle) * len(known) / (len(known) + 0.5)
    return found
