"""What Spring Festival does to each series: its own coefficient on dated windows, shrunk, zero where nothing is seen.

For each series for itself, never with a look at its neighbours:

1. year-on-year differences (of logarithms where ``log``) of January to March, less the usual difference around them: the
   mean of the medians of the last three known months of the year before and of the next three from April on. Season and
   trend are gone, and a level shift or a bad base month does not matter;
2. each of the eight sets of windows of :func:`~commercebrain.engine.foresight.calendar.festival_shares`, from none to all
   three, explains these by coefficients with a normal prior (Huber weights in four rounds keep single shocks such as
   February 2020 out; the latest years count most, with a half-life of ten years);
3. the sets are averaged, each with the probability that it has given the series, where beforehand each window does
   something with the chance :data:`CHANCE`: imports dip in the holiday, exports after it, shipments are rushed out before
   it and come back slowly, some series do nothing of it.

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
#: How likely each window is beforehand to do something, whatever the others do; nothing happens with 0.3.
CHANCE: Final = 1 / 3
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
        _slopes(plain, logs, shares[:count], first % 100 - 1, np.array(USUAL), slope)
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
    values: Floats, log: NDArray[Any], shares: Floats, phase: int, usual: Floats, slope: Floats
) -> None:  # pragma: no cover
    count, windows = shares.shape
    x, change, steps = np.empty(count), np.empty(count), np.empty(count)
    left, moved, weight = np.empty(count), np.empty((windows, count)), np.empty(count)
    told, found, room = np.empty((windows + 1, windows)), np.empty(windows), np.empty((windows + 1, windows))
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
        prior = usual if log[number] else np.zeros(windows)
        found[:] = 0.0
        for turn in range(_ROUNDS):
            _told(left[:seen], moved[:, :seen], weight[:seen], noise, found, turn > 0, told)
            _average(told, prior, found, room)
        slope[number] = scale * found


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
def _told(
    y: Floats, x: Floats, weight: Floats, noise: float, slope: Floats, robust: bool, told: Floats
) -> None:  # pragma: no cover
    """What the observations tell, in units of the noise: rows x'x (lower half) and, last, x'y.

    Those further than Huber's bound from what ``slope`` expects count less, where ``robust``.
    """
    windows = len(x)
    told[:] = 0.0
    for n in range(len(y)):
        w = weight[n]
        if robust:
            gap = y[n]
            for k in range(windows):
                gap -= x[k, n] * slope[k]
            if abs(gap) > _HUBER * noise:
                w *= _HUBER * noise / abs(gap)
        w /= noise * noise
        for k in range(windows):
            for j in range(k + 1):
                told[k, j] += w * x[k, n] * x[j, n]
            told[windows, k] += w * x[k, n] * y[n]


@kernel(error_model="numpy")
def _average(told: Floats, prior: Floats, mean: Floats, room: Floats) -> None:  # pragma: no cover
    """The posterior means of all sets of windows, averaged by their probabilities, into ``mean``."""
    windows = len(prior)
    odds = np.log(CHANCE / (1 - CHANCE))
    best, total = 0.0, 1.0  # nothing happens: the evidence of the other sets is counted from it
    mean[:] = 0.0
    for chosen in range(1, 2**windows):
        likely = _posterior(chosen, told, prior, room)
        for k in range(windows):
            if chosen >> k & 1:
                likely += odds
        if likely > best:
            shrink = np.exp(best - likely)
            total *= shrink
            for k in range(windows):
                mean[k] *= shrink
            best = likely
        part = np.exp(likely - best)
        total += part
        for k in range(windows):
            if chosen >> k & 1:
                mean[k] += part * room[windows, k]
    for k in range(windows):
        mean[k] /= total


@kernel(error_model="numpy")
def _posterior(chosen: int, told: Floats, prior: Floats, room: Floats) -> float:  # pragma: no cover
    """The logarithm of the marginal likelihood of a set of windows (bits of ``chosen``) less that of none.

    The posterior mean is left in the last row of ``room``; those above hold the Cholesky factor of the
    posterior's precision, in units of the prior's.
    """
    windows = len(prior)
    mean = room[windows]
    evidence = 0.0
    for k in range(windows):
        if not chosen >> k & 1:
            continue
        step = told[windows, k] * SPREAD + prior[k] / SPREAD
        for j in range(k):
            if chosen >> j & 1:
                entry = told[k, j] * SPREAD * SPREAD
                for i in range(j):
                    if chosen >> i & 1:
                        entry -= room[k, i] * room[j, i]
                room[k, j] = entry / room[j, j]
                step -= room[k, j] * mean[j]
        square = 1.0 + told[k, k] * SPREAD * SPREAD
        for j in range(k):
            if chosen >> j & 1:
                square -= room[k, j] * room[k, j]
        room[k, k] = np.sqrt(square)
        mean[k] = step / room[k, k]
        evidence += 0.5 * (mean[k] * mean[k] - (prior[k] / SPREAD) ** 2 - np.log(square))
    for k in range(windows - 1, -1, -1):
        if not chosen >> k & 1:
            continue
        for j in range(k + 1, windows):
            if chosen >> j & 1:
                mean[k] -= room[j, k] * mean[j]
        mean[k] /= room[k, k]
    for k in range(windows):
        if chosen >> k & 1:
            mean[k] *= SPREAD
    return evidence
