"""Exponential smoothing with damped trend and evolving season, every set of constants at once, averaged by its merit.

The innovations form of Holt and Winters (Hyndman, Koehler, Ord & Snyder 2008, ETS(A,Ad,A) on the modelled scale)::

    expected = level + φ·slope + season        error = value − expected
    level += φ·slope + α·error    slope = φ·slope + β·error    season += γ·error

No set of constants is chosen. Each runs over the history beside the others (that is what makes it fast: they are the
lanes of the processor's vector) and has the weight (squared error)^(−n/2), the likelihood of normal errors, where the
error is that of forecasts 1, 2, 4 and 6 months ahead together: constants that are good for the next month alone are often
not good for the next half-year (Xia & Tong 2011 on fitting by errors several steps ahead).
"""

from __future__ import annotations

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.models.merit import weigh
from commercebrain.engine.foresight.models.season import YEAR
from commercebrain.engine.foresight.result import Floats, Whole

#: Months further ahead at which errors count, beside the next one.
FURTHER: Whole = np.array([2, 4, 6], dtype=np.int64)
#: Rows of the table of lanes; γ is the season's constant.
ALPHA, BETA, GAMMA, PHI, LEVEL, SLOPE, LOSS, WEIGHT = range(8)


def lanes() -> Floats:
    """8 × lanes: in the first four rows all combinations of 4 α, 3 trends (β as a share of α, φ), 3 γ (share of 1 − α)."""
    rows = [
        (alpha, alpha * share, (1.0 - alpha) * gamma, phi)
        for alpha in (0.1, 0.25, 0.5, 0.8)
        for share, phi in ((0.0, 0.0), (0.02, 0.99), (0.1, 0.95))
        for gamma in (0.0, 0.1, 0.3)
    ]
    table = np.zeros((8, len(rows)))
    table[:4] = np.array(rows).T
    return table


def reaches(table: Floats, further: Whole = FURTHER) -> Floats:
    """How many slopes the level moves in so many months: φ + φ² + … for each lane."""
    return np.array([[sum(phi**k for k in range(1, ahead + 1)) for phi in table[PHI]] for ahead in further])


@kernel(error_model="numpy")
def smoothing(
    z: Floats, first_season: Floats, w: Floats, further: Whole, reach: Floats,
    season: Floats, steps: Floats, ahead: Floats, fitted: Floats,
) -> None:  # fmt: skip
    """Forecasts of ``z`` into ``ahead`` and one-step expectations into ``fitted``, weighted over lanes.

    ``first_season`` are the indices to begin with, ``w`` is :func:`lanes`, ``reach`` is :func:`reaches`; ``season``
    (12 × lanes) and ``steps`` (months × lanes) are room to work in.
    """
    n = z.shape[0]
    count = w.shape[1]
    _begin(z, first_season, w, season)
    warm = min(YEAR, n // 2)
    for t in range(n):
        value = z[t]
        counts = 1.0 if t >= warm else 0.0
        month = t % YEAR
        for i in range(count):
            move = w[PHI, i] * w[SLOPE, i]
            expected = w[LEVEL, i] + move + season[month, i]
            error = value - expected
            steps[t, i] = expected
            w[LOSS, i] += counts * error * error
            w[LEVEL, i] += move + w[ALPHA, i] * error
            w[SLOPE, i] = move + w[BETA, i] * error
            season[month, i] += w[GAMMA, i] * error
        if t < warm:
            continue
        for k in range(further.shape[0]):
            later = t + further[k]
            if later < n:
                value = z[later]
                month = later % YEAR
                for i in range(count):
                    error = value - w[LEVEL, i] - reach[k, i] * w[SLOPE, i] - season[month, i]
                    w[LOSS, i] += error * error
    weigh(w[LOSS], n - warm, w[WEIGHT])
    for t in range(n):
        total = 0.0
        for i in range(count):
            total += w[WEIGHT, i] * steps[t, i]
        fitted[t] = total
    ahead[:] = 0.0
    for i in range(count):
        far, power = 0.0, 1.0
        for h in range(ahead.shape[0]):
            power *= w[PHI, i]
            far += power
            ahead[h] += w[WEIGHT, i] * (w[LEVEL, i] + far * w[SLOPE, i] + season[(n + h) % YEAR, i])


@kernel(error_model="numpy")
def _begin(z: Floats, first_season: Floats, w: Floats, season: Floats) -> None:
    """Level and half the slope of a straight line through the first year, less the season."""
    lead = min(z.shape[0], YEAR)
    middle = (lead - 1) / 2.0
    mean = 0.0
    for t in range(lead):
        mean += z[t] - first_season[t]
    mean /= lead
    up, across = 0.0, 0.0
    for t in range(lead):
        up += (t - middle) * (z[t] - first_season[t] - mean)
        across += (t - middle) ** 2
    slope = 0.5 * up / across if across > 0.0 else 0.0
    for i in range(w.shape[1]):
        w[LEVEL, i] = mean - slope * (middle + 1.0)
        w[SLOPE, i] = slope
        w[LOSS, i] = 0.0
        for month in range(YEAR):
            season[month, i] = first_season[month]
