"""Dynamic optimised Theta (Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler 2016), solved exactly for two of three.

With x the series without season, ``l`` its exponential smooth and A, B the straight line through all months so far, the
next month is ``l + w·((1−α)^(t−1)·A + (1−(1−α)^t)/α·B)`` with w = 1 − 1/θ. For a given α that is linear in w and in the
first level: least squares gives both, and only α is searched.
"""

from __future__ import annotations

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.result import Floats

#: Smoothing constants that are tried.
ALPHAS = np.array([0.02, 0.06, 0.1, 0.16, 0.24, 0.32, 0.42, 0.52, 0.64, 0.76, 0.88, 0.98])


@kernel(error_model="numpy")
def theta(x: Floats, alphas: Floats, ahead: Floats, fitted: Floats) -> float:
    """Forecasts of ``x`` into ``ahead`` and one-step expectations into ``fitted``; the mean squared error."""
    n = x.shape[0]
    skip = min(3, n - 1)
    start = 0.0
    lead = min(n, 6)
    for t in range(lead):
        start += x[t]
    start /= lead
    best = np.inf
    best_alpha, best_first, best_weight = 0.5, start, 0.5
    for alpha in alphas:
        level, power = 0.0, 1.0
        mean, line_a, line_b = 0.0, 0.0, 0.0
        # Normal equations of e = (x − L) − first·power − weight·D
        pp, dd, pd, pe, de, ee = 0.05, 1e-9, 0.0, 0.05 * start, 0.0, 0.05 * start * start
        for t in range(n):
            drift = power * line_a + (1.0 - power * (1.0 - alpha)) / alpha * line_b
            rest = x[t] - level
            if t >= skip:
                pp += power * power
                dd += drift * drift
                pd += power * drift
                pe += power * rest
                de += drift * rest
                ee += rest * rest
            level += alpha * rest
            power *= 1.0 - alpha
            k = t + 1.0
            if t == 0:
                line_a = x[0]
            else:
                line_b = ((k - 2.0) * line_b + 6.0 * (x[t] - mean) / k) / (k + 1.0)
            mean += (x[t] - mean) / k
            line_a = mean - line_b * (k + 1.0) / 2.0
        span = pp * dd - pd * pd
        weight = (pp * de - pd * pe) / span if span > 0.0 else 0.0
        weight = max(0.0, min(0.99, weight))
        first = (pe - weight * pd) / pp
        loss = ee + first * first * pp + weight * weight * dd + 2.0 * first * weight * pd
        loss -= 2.0 * (first * pe + weight * de)
        if loss < best:
            best, best_alpha, best_first, best_weight = loss, alpha, first, weight
    alpha, weight = best_alpha, best_weight
    level, power = best_first, 1.0
    mean, line_a, line_b = 0.0, 0.0, 0.0
    for t in range(n + ahead.shape[0]):
        point = level + weight * (power * line_a + (1.0 - power * (1.0 - alpha)) / alpha * line_b)
        if t < n:
            fitted[t] = point
            value = x[t]
        else:
            ahead[t - n] = point
            value = point
        level += alpha * (value - level)
        power *= 1.0 - alpha
        k = t + 1.0
        if t == 0:
            line_a = value
        else:
            line_b = ((k - 2.0) * line_b + 6.0 * (value - mean) / k) / (k + 1.0)
        mean += (value - mean) / k
        line_a = mean - line_b * (k + 1.0) / 2.0
    return max(best, 0.0) / max(1, n - skip)
