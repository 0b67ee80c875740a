"""What Spring Festival does to each series: its own coefficient on dated windows, shrunk, zero where nothing is seen.

For each series for itself, never with a look at its neighbours:

1. year-on-year differences (of logarithms where ``log``) of January to March, less the usual difference around them: the
   mean of the medians of the last three known months of the year before and of the next three from April on. Season and
   trend are gone, and a level shift or a bad base month does not matter;
2. each window of :func:`~commercebrain.engine.foresight.calendar.festival_shares` for itself explains these by one
   coefficient with a normal prior (Huber weights in four rounds keep single shocks such as February 2020 out; the latest
   years count most, with a half-life of ten years);
3. the windows and “no effect” are weighed against each other by how well they explain the series, given
   :data:`CHANCES`: imports dip in the holiday, exports after it, some series not at all.

The prior, around :data:`USUAL` with the spread :data:`SPREAD`, is what China's imports and exports of 1983–2013 show,
rounded; a series with five years or so overrules it, also in sign. Series that are not taken as logarithms have a prior
around 0, in units of their mean size. A series without two Januaries to compare has exactly 0.
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

#: What the coefficients (before, holiday, after) are expected to be, in logarithms, and how far they differ.
USUAL: Final = (0.0, -0.2, -0.2)
SPREAD: Final = 0.2
#: How likely it is beforehand that nothing happens, or that it happens before, in or after the holiday.
CHANCES: Final = (0.3, 0.05, 0.35, 0.3)
#: After how many years an observation counts half.
HALF_LIFE: Final = 10.0
#: How much noisier months next to the festival are than the rest of the year.
NOISE: Final = 1.2
_HUBER, _ROUNDS, _LEAST_NOISE = 2.0, 4, 0.005


@dataclass(frozen=True)
class Festival:
    """What the festival did and will do: ``effect`` S × (T + H), to be taken from the logarithm of the value where
    ``log`` and from the value itself else; ``slope`` S × 3, the coefficients of the windows on that scale."""

    effect: Floats
    slope: Floats


def estimate(values: Floats, first: int, horizon: int, *, log: Bits) -> Festival:
    """The festival's effect on ``S`` series of ``T`` months beginning with ``first``, and on ``horizon`` months more.

    ``values`` S × T, NaN where missing; ``log`` (S) says which series are taken as logarithms (their figures that are
    not positive count as missing). Exactly 0 where nothing can be told. A series' answer depends on it alone.
    """
    count = values.shape[1]
    shares = festival_shares(months_from(first, count + horizon))
    slope = np.zeros((len(values), shares.shape[1]))
    if count > 12:
        plain = np.ascontiguousarray(values, dtype=np.float64)
        logs = np.ascontiguousarray(log, dtype=np.bool_)
        _slopes(plain, logs, shares[:count], first % 100 - 1, np.array(USUAL), np.array(CHANCES), slope)
    return Festival(effect=_product(slope, shares), slope=slope)


@kernel(error_model="numpy")
def _product(slope: Floats, shares: Floats) -> Floats:  # pragma: no cover
    """``slope @ shares.T`` summed in one order, whatever the number of series."""
    effect = np.zeros((slope.shape[0], shares.shape[0]))
    for t in range(shares.shape[0]):
        moved = False
        for k in range(shares.shape[1]):
            moved = moved or shares[t, k] != 0
        if moved:
            for n in range(slope.shape[0]):
                for k in range(shares.shape[1]):
                    effect[n, t] += slope[n, k] * shares[t, k]
    return effect


@kernel(error_model="numpy")
def _slopes(
    values: Floats, log: NDArray[Any], shares: Floats, phase: int, usual: Floats, chances: Floats, slope: Floats
) -> None:  # pragma: no cover
    count, windows = shares.shape
    x, change, steps = np.empty(count), np.empty(count), np.empty(count)
    left, moved, weight = np.empty(count), np.empty((windows, count)), np.empty(count)
    likely, found = np.empty(windows + 1), np.empty(windows)
    for number in range(len(values)):
        scale = 1.0 if log[number] else _size(values[number])
        if scale == 0:
            continue
        for t in range(count):
            value = values[number, t]
            if log[number]:
                x[t] = np.log(value) if value > 0 else np.nan
            else:
                x[t] = value / scale
            change[t] = x[t] - x[t - 12] if t >= 12 else np.nan
        seen = _gather(change, shares, phase, left, moved, weight)
        if seen < 2:
            continue
        noise = _noise(change, phase, steps, left[:seen])
        likely[0] = _fit(left[:seen], moved[0, :seen], weight[:seen], 0.0, noise)
        best = likely[0] = likely[0] + np.log(chances[0])
        for k in range(windows):
            prior = usual[k] if log[number] else 0.0
            found[k] = _coefficient(left[:seen], moved[k, :seen], weight[:seen], prior, noise)
            likely[k + 1] = _evidence(left[:seen], moved[k, :seen], weight[:seen], found[k], prior, noise)
            likely[k + 1] += np.log(chances[k + 1])
            best = max(best, likely[k + 1])
        total = 0.0
        for k in range(windows + 1):
            likely[k] = np.exp(likely[k] - best)
            total += likely[k]
        for k in range(windows):
            slope[number, k] = scale * found[k] * likely[k + 1] / total


@kernel(error_model="numpy")
def _size(x: Floats) -> float:  # pragma: no cover
    """The mean absolute value of what is known; 0 where nothing is."""
    total, known = 0.0, 0
    for value in x:
        if np.isfinite(value):
            total += abs(value)
            known += 1
    return total / known if known else 0.0


@kernel(error_model="numpy")
def _middle(a: float, b: float, c: float, known: int) -> float:  # pragma: no cover
    """The median of the first ``known`` (1 to 3) of three numbers."""
    if known == 1:
        return a
    if known == 2:
        return (a + b) / 2
    return max(min(a, b), min(max(a, b), c))


@kernel(error_model="numpy")
def _near(change: Floats, start: int, stop: int, step: int) -> float:  # pragma: no cover
    """The median of the nearest three known changes from ``start`` up to (not with) ``stop``; NaN where there are none."""
    a, b, c, known = 0.0, 0.0, 0.0, 0
    t = start
    while t != stop and known < 3:
        if 0 <= t < len(change) and np.isfinite(change[t]):
            if known == 0:
                a = change[t]
            elif known == 1:
                b = change[t]
            else:
                c = change[t]
            known += 1
        t += step
    return _middle(a, b, c, known) if known else np.nan


@kernel(error_model="numpy")
def _gather(
    change: Floats, shares: Floats, phase: int, left: Floats, moved: Floats, weight: Floats
) -> int:  # pragma: no cover
    """What the months of January to March of each year have over the usual change, and how the windows moved."""
    count, windows = shares.shape
    seen = 0
    for january in range((12 - phase) % 12, count, 12):
        before = _near(change, january - 1, january - 10, -1)
        after = _near(change, january + 3, january + 12, 1)
        if np.isnan(before) and np.isnan(after):
            continue
        usual = after if np.isnan(before) else before if np.isnan(after) else (before + after) / 2
        for t in range(max(january, 12), min(january + 3, count)):
            if not np.isfinite(change[t]):
                continue
            some = 0.0
            for k in range(windows):
                moved[k, seen] = shares[t, k] - shares[t - 12, k]
                some += abs(moved[k, seen])
            if some > 0:
                left[seen] = change[t] - usual
                weight[seen] = 0.5 ** ((count - 1 - t) / 12 / HALF_LIFE)
                seen += 1
    return seen


@kernel(error_model="numpy")
def _noise(change: Floats, phase: int, steps: Floats, left: Floats) -> float:  # pragma: no cover
    """The robust size of what in ``left`` is no festival.

    Changes of neighbouring months from April on differ by twice the variance of a change; ``left`` holds a change and,
    in the usual one, about a quarter of a variance more: hence 1.16 × the median step. Without steps, from ``left``.
    """
    found = 0
    for t in range(13, len(change)):
        if (t + phase) % 12 > 3:
            step = abs(change[t] - change[t - 1])
            if np.isfinite(step):
                steps[found] = step
                found += 1
    if found >= 6:
        return max(1.16 * NOISE * float(np.median(steps[:found])), _LEAST_NOISE)
    return max(1.4826 * float(np.median(np.abs(left))), _LEAST_NOISE)


@kernel(error_model="numpy")
def _coefficient(y: Floats, x: Floats, weight: Floats, prior: float, noise: float) -> float:  # pragma: no cover
    """The mode of one coefficient's posterior."""
    precision = (noise / SPREAD) ** 2
    found = prior
    for turn in range(_ROUNDS):
        a, b = precision, precision * prior
        for n in range(len(y)):
            gap = abs(y[n] - x[n] * found)
            w = weight[n]
            if turn > 0 and gap > _HUBER * noise:
                w *= _HUBER * noise / gap
            a += w * x[n] * x[n]
            b += w * x[n] * y[n]
        found = b / a
    return found


@kernel(error_model="numpy")
def _fit(y: Floats, x: Floats, weight: Floats, slope: float, noise: float) -> float:  # pragma: no cover
    """The logarithm of the likelihood with Huber's loss, up to a constant."""
    total = 0.0
    for n in range(len(y)):
        gap = abs(y[n] - x[n] * slope) / noise
        total -= weight[n] * (0.5 * gap * gap if gap < _HUBER else _HUBER * (gap - 0.5 * _HUBER))
    return total


@kernel(error_model="numpy")
def _evidence(
    y: Floats, x: Floats, weight: Floats, slope: float, prior: float, noise: float
) -> float:  # pragma: no cover
    """The logarithm of the marginal likelihood of one window (Laplace's approximation), up to the same constant."""
    told = 0.0
    for n in range(len(y)):
        told += weight[n] * x[n] * x[n]
    far = (slope - prior) / SPREAD
    fit: float = _fit(y, x, weight, slope, noise)
    return fit - 0.5 * far * far - 0.5 * float(np.log(1 + told * (SPREAD / noise) ** 2))
