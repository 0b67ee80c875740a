"""What Spring Festival does to each series: shrunk coefficients on the festival's dated windows.

For each series for itself, never with a look at its neighbours:

1. year-on-year differences (of logarithms where ``log``) of January to March, less the usual year-on-year difference of
   the months around them that the festival cannot reach (medians of the nearest three known before and after): season
   and trend are gone, a level shift or a bad base month does not matter;
2. these on the differences of the windows (:func:`~commercebrain.engine.foresight.calendar.festival_shares`): a Bayesian
   regression with a normal prior around 0, so that a noisy or short series is shrunk towards no effect; Huber weights in
   four rounds keep single shocks (February 2020) out;
3. the effect of a month is its windows times the coefficients; a series without two Januaries to compare has exactly 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.calendar import festival_shares
from commercebrain.engine.foresight.months import months_from
from commercebrain.engine.foresight.result import Bits, Floats

#: Standard deviations of the prior of the coefficients (before, holiday, after), on the logarithmic scale.
PRIOR: Final = (0.3, 0.3, 0.3)
_ROUNDS: Final = 4
_NEAR: Final = 3


@dataclass(frozen=True)
class Festival:
    """What the festival did and will do: ``effect`` S × (T + H), to be taken from the logarithm of the value where
    ``log`` and from the value itself else; ``slope`` S × 3, the coefficients of the windows on that scale."""

    effect: Floats
    slope: Floats


def estimate(values: Floats, first: int, horizon: int, *, log: Bits) -> Festival:
    """The festival's effect on ``S`` series of ``T`` months beginning with ``first``, and ``horizon`` months on.

    ``values`` S × T, NaN where missing; ``log`` (S) says which series are taken as logarithms (their figures that are
    not positive count as missing). Exactly 0 where nothing can be told. A series' answer depends on it alone.
    """
    count = values.shape[1]
    shares = festival_shares(months_from(first, count + horizon))
    slope = np.zeros((len(values), shares.shape[1]))
    _slopes(np.ascontiguousarray(values, dtype=np.float64), log, shares, first % 100 - 1, np.array(PRIOR), slope)
    return Festival(effect=slope @ shares.T, slope=slope)


@kernel(error_model="numpy")
def _slopes(
    values: Floats, log: NDArray[Any], shares: Floats, phase: int, prior: Floats, slope: Floats
) -> None:  # pragma: no cover
    count = values.shape[1]
    windows = shares.shape[1]
    change, left, moved = np.empty(count), np.empty(count), np.empty((count, windows))
    for number in range(values.shape[0]):
        scale = 1.0
        if not log[number]:
            scale = _size(values[number])
            if scale == 0:
                continue
        for t in range(count):
            change[t] = np.nan
            if t >= 12:
                new, old = values[number, t], values[number, t - 12]
                if log[number]:
                    if new > 0 and old > 0:
                        change[t] = np.log(new) - np.log(old)
                else:
                    change[t] = (new - old) / scale
        found = 0
        for t in range(12, count):
            if (t + phase) % 12 > 2 or np.isnan(change[t]):
                continue
            some = 0.0
            for k in range(windows):
                moved[found, k] = shares[t, k] - shares[t - 12, k]
                some += abs(moved[found, k])
            usual = _usual(change, t, phase)
            if some == 0 or np.isnan(usual):
                continue
            left[found] = change[t] - usual
            found += 1
        if found < 2:
            continue
        noise = _noise(change, phase, left[:found])
        _solve(left[:found], moved[:found], prior, noise, slope[number])
        for k in range(windows):
            slope[number, k] *= scale


@kernel(error_model="numpy")
def _size(x: Floats) -> float:  # pragma: no cover
    """The mean absolute value of what is known; 0 where nothing is."""
    total, known = 0.0, 0
    for value in x:
        if not np.isnan(value):
            total += abs(value)
            known += 1
    return total / known if known else 0.0


@kernel(error_model="numpy")
def _usual(change: Floats, t: int, phase: int) -> float:  # pragma: no cover
    """The usual change around month ``t``: the mean of the medians of the nearest three known months of April to
    December before and after; NaN where there are none."""
    near = np.empty(_NEAR)
    total, sides = 0.0, 0
    for step in (-1, 1):
        found, at = 0, t + step
        while found < _NEAR and abs(at - t) <= 9 and 0 <= at < len(change):
            if (at + phase) % 12 > 2 and not np.isnan(change[at]):
                near[found] = change[at]
                found += 1
            at += step
        if found:
            total += np.median(near[:found])
            sides += 1
    return total / sides if sides else np.nan


@kernel(error_model="numpy")
def _noise(change: Floats, phase: int, left: Floats) -> float:  # pragma: no cover
    """The robust size of what is no festival in a difference: of April to December, from their own usual change."""
    gaps, found = np.empty(len(change)), 0
    for t in range(len(change)):
        if (t + phase) % 12 > 2 and not np.isnan(change[t]):
            usual = _usual(change, t, phase)
            if not np.isnan(usual):
                gaps[found] = abs(change[t] - usual)
                found += 1
    size = 1.4826 * np.median(gaps[:found]) if found > 5 else 1.4826 * np.median(np.abs(left))
    return max(size, 0.02)


@kernel(error_model="numpy")
def _solve(y: Floats, x: Floats, prior: Floats, noise: float, out: Floats) -> None:  # pragma: no cover
    """The mode of the coefficients' posterior, with Huber weights at two noises."""
    windows = x.shape[1]
    for turn in range(_ROUNDS):
        a, b = np.zeros((windows, windows)), np.zeros(windows)
        for k in range(windows):
            a[k, k] = (noise / prior[k]) ** 2
        for n in range(len(y)):
            gap = y[n]
            for k in range(windows):
                gap -= x[n, k] * out[k]
            weight = 1.0 if turn == 0 else min(1.0, 2 * noise / max(abs(gap), 1e-12))
            for k in range(windows):
                b[k] += weight * x[n, k] * y[n]
                for j in range(windows):
                    a[k, j] += weight * x[n, k] * x[n, j]
        out[:] = np.linalg.solve(a, b)
