"""How far the truth may lie from a forecast: 80 % and 95 % intervals for every series by itself.

The width is a law with few constants, none of them fitted to a series' neighbours in its batch:

``spread(h) = one-step error ^ ρ(n) · prior ^ (1 − ρ(n)) · growth(h) ^ g(n) · h ^ (LAW · (1 − g(n)))``

- *one-step error*: the geometric mean of the forecaster's mean absolute one-step error over the history and over its
  last two years, on logarithms where the history is positive, else relative to the series' size; a young series
  (``ρ(n) = n ÷ (n + 3)``) leans on the :data:`PRIOR`;
- *growth(h)*: the series' own: mean absolute errors at 1…h months of an exponential smoothing of the seasonally adjusted
  history (best of six constants), from every origin of the history. Of few origins little is learnt, so it counts with
  ``g(n) = (n − 12) ÷ (n + 13)`` and the pooled law ``h ^ LAW`` with the rest. For running sums it is measured on
  weighted sums of the same errors.

A half-width is that spread times a constant (:func:`multipliers`). Laws and constants were read off real series: the
714 odd-numbered monthly series of the M3 competition with their last 18 months, and the 18 before those, held out, at
histories of 13, 24, 36, 60 and all months; then checked on United States imports by partner and chapter
2013–2021; :data:`DOUBT` and :data:`ALIKE` were chosen with those and China's imports and exports in view.
``python -m bench._calibrate_bands`` shows which half-widths would have held.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.result import Bits, Floats, Whole

#: What a series of an average bureau misses by in one month, as a fraction: where too young a series leans.
PRIOR: Final = 0.12
#: Errors grow with the horizon to this power where the series itself is too short to tell; the same for running sums.
LAW: Final = 0.32
LAW_OF_SUMS: Final = 0.12
#: Half-widths in spreads (mean absolute errors): see :func:`multipliers`.
WIDTH_80: Final = 1.41
WIDTH_95: Final = 2.36
#: How much wider the first month is (errors within the history flatter it), and how much wider short histories are.
FIRST_MONTH: Final = 0.2
#: Half-widths of running sums against those of months.
SUMS: Final = 0.975
YOUNG_80: Final = 1.6
YOUNG_95: Final = 4.0

#: How much of what the festival is said to do is in doubt, as a mean absolute error (measured, as above, on the firms of
#: an invented city, China's exports and imports 1983–2013 and United States imports: 0.3–0.5).
DOUBT: Final = 0.4

#: January to March may be harder to foresee in one series than in another; as so many months of a usual error weighs the
#: belief that they are not. (Looked at on the same series; of the other months nothing is won.)
ALIKE: Final = 20.0

_ALPHAS: Final = np.array([0.05, 0.15, 0.3, 0.5, 0.75, 1.0])
#: Months of the history whose expectations have not settled.
_WARM: Final = 12


def multipliers(horizon: int, months: Whole, *, cumulative: bool = False) -> tuple[Floats, Floats]:
    """Half-widths of the 80 % and 95 % intervals in spreads, S × ``horizon``, for histories of ``months`` (S)."""
    ahead = np.arange(1, horizon + 1, dtype=np.float64)
    shape = (1.0 + FIRST_MONTH / ahead**2)[None, :] * (SUMS if cumulative else 1.0)
    young = 1.0 / np.maximum(months, 1.0)[:, None]
    return WIDTH_80 * (1.0 + YOUNG_80 * young) * shape, WIDTH_95 * (1.0 + YOUNG_95 * young) * shape


def in_doubt(effect: Floats, weights: Floats, skip: int | None) -> Floats:
    """What the calendar's effect (S × H, as multiples) adds to spreads, relative to the figure: nothing where it did
    nothing.

    ``skip`` None: of each month by itself. Else of running sums of the months after the first ``skip``, where
    ``weights`` (S × H) says what each month counts: what January loses February may win.
    """
    moved: Floats = DOUBT * np.log(effect)
    if skip is None:
        return np.abs(moved)
    counted = np.abs(weights)
    counted[:, :skip] = 0.0
    total = np.cumsum(counted, axis=1)
    return np.asarray(np.abs(np.cumsum(moved * counted, axis=1)) / np.where(total > 0.0, total, 1.0))


def spreads(
    work: Floats, fitted: Floats, known: Bits, start: Whole, weights: Floats, *, skip: int = 0, cumulative: bool = False,
    january: int = -1,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Expected absolute errors 1…H months ahead (S × H), and the robust one-step deviation (S) of each series.

    ``work`` (S × T) holds logarithms, or values relative to the series' size, from ``start`` on; ``fitted`` the
    one-step expectations of the same, ``known`` what was not filled in (only known months count as errors).
    ``weights`` (S × H) is what each month ahead weighs in a running sum. ``skip`` leaves that many of the first months
    ahead out of running sums. ``january`` is the column of the first January, −1 where the calendar is not known. Zeros
    where every month was as expected.
    """
    count, horizon = weights.shape
    out = np.zeros((count, horizon))
    robust = np.zeros(count)
    law = LAW_OF_SUMS if cumulative else LAW
    _spreads(work, fitted, known, start, weights, skip, cumulative, january, law, PRIOR, _ALPHAS, out, robust)
    return out, robust


@kernel(error_model="numpy")
def _spreads(
    work: Floats, fitted: Floats, known: Bits, start: Whole, weights: Floats, skip: int, cumulative: bool, january: int,
    law: float, prior: float, alphas: Floats, out: Floats, robust: Floats,
) -> None:  # fmt: skip
    count, months = work.shape
    horizon = weights.shape[1]
    x, level, errors = np.empty(months), np.empty((months, alphas.shape[0])), np.empty(months)
    growth, of_month, in_month = np.empty(horizon), np.empty(12), np.empty(12)
    for s in range(count):
        of_month[:] = 0.0
        in_month[:] = 0.0
        begin = start[s]
        n = months - begin
        warm = begin + min(_WARM, n // 3)
        size, recent, everything, late = 0, 0, 0.0, 0.0
        for t in range(warm, months):
            error = abs(work[s, t] - fitted[s, t])
            if known[s, t] and np.isfinite(error):
                errors[size] = error
                size += 1
                everything += error
                of_month[t % 12] += error
                in_month[t % 12] += 1.0
                if t >= months - 24:
                    late += error
                    recent += 1
        if size == 0:
            continue
        robust[s] = 1.4826 * np.median(errors[:size])
        if everything <= 0.0:
            continue
        everything /= size
        late = late / recent if recent > 0 and late > 0.0 else everything
        rho = n / (n + 3.0)
        one = np.exp(0.5 * rho * (np.log(everything) + np.log(late)) + (1.0 - rho) * np.log(prior))
        own = max(n - 12.0, 0.0) / (n + 13.0)
        for t in range(n):
            x[t] = work[s, begin + t]
        _without_season(x[:n])
        lane = _smoothed(x[:n], alphas, level)
        _growth(x[:n], level[:, lane], weights[s], skip, cumulative, growth)
        for h in range(horizon):
            # A smoothing's error may shrink by chance of few origins; never below half of its first.
            out[s, h] = one * max(growth[h], 0.5) ** own * (h + 1.0) ** (law * (1.0 - own))
            month = (months + h) % 12
            if january >= 0 and not cumulative and (month - january) % 12 < 3:
                out[s, h] *= (of_month[month] / everything + ALIKE) / (in_month[month] + ALIKE)


@kernel(error_model="numpy")
def _without_season(x: Floats) -> None:
    """Take calendar months' means above a moving year out of ``x``, in place; from 30 months on."""
    n = x.shape[0]
    if n < 30:
        return
    total, number = np.zeros(12), np.zeros(12)
    year = 0.0
    for t in range(12):
        year += x[t]
    for t in range(6, n - 6):
        # the mean of the years that begin six and five and a half months before
        after = year + x[t + 6] - x[t - 6]
        total[t % 12] += x[t] - (year + after) / 24.0
        number[t % 12] += 1.0
        year = after
    mean = 0.0
    for m in range(12):
        total[m] /= number[m] + 0.5
        mean += total[m] / 12.0
    for t in range(n):
        x[t] -= total[t % 12] - mean


@kernel(error_model="numpy")
def _smoothed(x: Floats, alphas: Floats, level: Floats) -> int:
    """Exponential smoothing with each of ``alphas`` into the columns of ``level``; the one that did best."""
    n, lanes = x.shape[0], alphas.shape[0]
    first, lead = 0.0, min(n, 6)
    for t in range(lead):
        first += x[t] / lead
    here, loss = np.full(lanes, first), np.zeros(lanes)
    for t in range(n):
        counts = 1.0 if t >= lead else 0.0
        for g in range(lanes):
            error = x[t] - here[g]
            loss[g] += counts * error * error
            here[g] += alphas[g] * error
            level[t, g] = here[g]
    return int(np.argmin(loss))


@kernel(error_model="numpy")
def _growth(x: Floats, level: Floats, weights: Floats, skip: int, cumulative: bool, growth: Floats) -> None:
    """Mean absolute errors 1…H months ahead of the smoothing ÷ those one month ahead; of running sums likewise."""
    n, horizon = x.shape[0], growth.shape[0]
    one, number = 0.0, 0
    for t in range(5, n - 1):
        one += abs(x[t + 1] - level[t])
        number += 1
    one = one / number if number > 0 else 0.0
    growth[:] = 1.0
    if one <= 0.0:
        return
    if not cumulative:
        for h in range(1, horizon):
            total, number = 0.0, 0
            for t in range(5, n - 1 - h):
                total += abs(x[t + 1 + h] - level[t])
                number += 1
            growth[h] = total / number / one if number > 5 else growth[h - 1]
        return
    sums, counts = np.zeros(horizon), np.zeros(horizon)
    for t in range(5, n - 1):
        error, weight = 0.0, 0.0
        for h in range(skip, min(horizon, n - 1 - t)):
            error += weights[h] * (x[t + 1 + h] - level[t])
            weight += weights[h]
            if weight > 0.0:
                sums[h] += abs(error / weight)
                counts[h] += 1.0
    for h in range(skip, horizon):
        growth[h] = sums[h] / counts[h] / one if counts[h] > 5 else growth[max(h - 1, 0)]
