"""Optimised Theta (Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler 2016), solved exactly for two of three numbers.

With x the series without season, ``l`` its exponential smooth after t − 1 months and A + B·t the straight line through
them, the next month is ``l + w·((1−α)^(t−1)·A + (1−(1−α)^t)/α·B)`` with w = 1 − 1/θ, and each month further adds ``w·B``.
For a given α that is linear in w and in the first level: least squares over forecasts 1, 2, 4 and 6 months ahead gives
both. The α stand beside each other, weighted by (squared error)^(−n/2).
"""

from __future__ import annotations

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.models.merit import weigh
from commercebrain.engine.foresight.result import Floats, Whole

#: Constants of smoothing that are tried.
ALPHAS: Floats = np.array([0.04, 0.1, 0.2, 0.32, 0.46, 0.62, 0.8, 0.96])
#: How much the first level is held to the mean of the first half-year, in months.
HELD = 0.05
#: How much the share of the drift is held to none: a hundredth of a month's change, squared; for histories of few months.
STILL = 1e-4
#: The first months, whose line through so few is not yet one.
WARM = 3
#: Rows of the table of lanes; the six in the middle are sums of products of power (P), drift (D) and rest (E).
ALPHA, LEVEL, POWER, PP, DD, PD, PE, DE, EE, FIRST, SHARE, LOSS, WEIGHT = range(13)


def lanes() -> Floats:
    """13 × lanes, in the first row the α."""
    table = np.zeros((13, len(ALPHAS)))
    table[ALPHA] = ALPHAS
    return table


@kernel(error_model="numpy")
def theta(x: Floats, w: Floats, further: Whole, line: Floats, ahead: Floats, fitted: Floats) -> None:
    """Forecasts of ``x`` into ``ahead`` and one-step expectations into ``fitted``, weighted over lanes.

    ``w`` is :func:`lanes`, ``line`` (2 × (months + 1)) room for A and B.
    """
    n = x.shape[0]
    count = w.shape[1]
    _lines(x, line)
    _sums(x, w, further, line)
    _solve(w, n - min(WARM, n - 1))
    fitted[:] = 0.0
    ahead[:] = 0.0
    for i in range(count):
        weight = w[WEIGHT, i]
        if weight < 1e-6:  # far from making a difference
            continue
        alpha, share, level, power = w[ALPHA, i], w[SHARE, i], w[FIRST, i], 1.0
        for t in range(n):
            drift = power * line[0, t] + (1.0 - power * (1.0 - alpha)) / alpha * line[1, t]
            fitted[t] += weight * (level + share * drift)
            level += alpha * (x[t] - level)
            power *= 1.0 - alpha
        drift = power * line[0, n] + (1.0 - power * (1.0 - alpha)) / alpha * line[1, n]
        for h in range(ahead.shape[0]):
            ahead[h] += weight * (level + share * (drift + h * line[1, n]))


@kernel(error_model="numpy")
def _lines(x: Floats, line: Floats) -> None:
    """A and B of the straight line through the first t months, t = 0…n."""
    line[0, 0], line[1, 0] = 0.0, 0.0
    mean, slope = 0.0, 0.0
    for t in range(x.shape[0]):
        k = t + 1.0
        if t > 0:
            slope = ((k - 2.0) * slope + 6.0 * (x[t] - mean) / k) / (k + 1.0)
        mean += (x[t] - mean) / k
        line[0, t + 1] = mean - slope * (k + 1.0) / 2.0
        line[1, t + 1] = slope


@kernel(error_model="numpy")
def _sums(x: Floats, w: Floats, further: Whole, line: Floats) -> None:
    """The sums of the normal equations of rest = first·power + share·drift, for each lane."""
    n = x.shape[0]
    count = w.shape[1]
    lead = min(n, 6)
    start = 0.0
    for t in range(lead):
        start += x[t]
    start /= lead
    for i in range(count):
        w[LEVEL, i], w[POWER, i] = 0.0, 1.0
        w[PP, i], w[DD, i], w[PD, i] = HELD, STILL, 0.0
        w[PE, i], w[DE, i], w[EE, i] = HELD * start, 0.0, HELD * start * start
    for t in range(n):
        if t >= min(WARM, n - 1):
            for k in range(-1, further.shape[0]):
                more = further[k] - 1 if k >= 0 else 0
                if t + more < n:
                    value, a, b = x[t + more], line[0, t], line[1, t]
                    for i in range(count):
                        power = w[POWER, i]
                        drift = power * a + ((1.0 - power * (1.0 - w[ALPHA, i])) / w[ALPHA, i] + more) * b
                        rest = value - w[LEVEL, i]
                        w[PP, i] += power * power
                        w[DD, i] += drift * drift
                        w[PD, i] += power * drift
                        w[PE, i] += power * rest
                        w[DE, i] += drift * rest
                        w[EE, i] += rest * rest
        value = x[t]
        for i in range(count):
            w[LEVEL, i] += w[ALPHA, i] * (value - w[LEVEL, i])
            w[POWER, i] *= 1.0 - w[ALPHA, i]


@kernel(error_model="numpy")
def _solve(w: Floats, months: int) -> None:
    """First level, share of the drift (0…0.99) and weight of each lane."""
    for i in range(w.shape[1]):
        span = w[PP, i] * w[DD, i] - w[PD, i] ** 2
        share = (w[PP, i] * w[DE, i] - w[PD, i] * w[PE, i]) / span if span > 0.0 else 0.0
        share = max(0.0, min(0.99, share))
        first = (w[PE, i] - share * w[PD, i]) / w[PP, i]
        loss = w[EE, i] + first * first * w[PP, i] + share * share * w[DD, i] + 2.0 * first * share * w[PD, i]
        loss -= 2.0 * (first * w[PE, i] + share * w[DE, i])
        w[FIRST, i], w[SHARE, i], w[LOSS, i] = first, share, max(loss, 0.0)
    weigh(w[LOSS], months, w[WEIGHT])
