"""Exponential smoothing with a damped trend over a grid of constants, averaged by how well each did."""

from __future__ import annotations

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.result import Floats


def grid() -> Floats:
    """The constants that are tried: rows of α (level), β (trend, of the level's error), φ (damping)."""
    rows = [
        (alpha, alpha * share, phi)
        for alpha in (0.05, 0.12, 0.22, 0.35, 0.5, 0.7, 0.95)
        for share, phi in ((0.0, 0.85), (0.08, 0.97), (0.25, 0.9))
    ]
    return np.ascontiguousarray(np.array(rows, dtype=np.float64).T)


@kernel(error_model="numpy")
def damped(x: Floats, constants: Floats, sharpness: float, ahead: Floats, fitted: Floats) -> float:
    """Forecasts of ``x`` into ``ahead``, one-step expectations into ``fitted``; the mean squared error of the best.

    Each column of ``constants`` runs beside the others; its weight is (squared error)^(−n·sharpness/2), the likelihood
    of normal errors tempered by ``sharpness``.
    """
    n = x.shape[0]
    lanes = constants.shape[1]
    alpha, beta, phi = constants[0], constants[1], constants[2]
    level = np.empty(lanes)
    slope = np.empty(lanes)
    loss = np.zeros(lanes)
    steps = np.empty((n, lanes))
    lead = min(n, 12)
    mean_t, mean = (lead - 1) / 2.0, 0.0
    for t in range(lead):
        mean += x[t]
    mean /= lead
    up, across = 0.0, 0.0
    for t in range(lead):
        up += (t - mean_t) * (x[t] - mean)
        across += (t - mean_t) ** 2
    rise = 0.5 * up / across if across > 0.0 else 0.0
    for g in range(lanes):
        slope[g] = rise
        level[g] = mean - rise * (mean_t + 1.0)
    skip = min(3, n - 1)
    for t in range(n):
        value = x[t]
        counts = 1.0 if t >= skip else 0.0
        for g in range(lanes):
            move = phi[g] * slope[g]
            point = level[g] + move
            error = value - point
            steps[t, g] = point
            loss[g] += counts * error * error
            level[g] = point + alpha[g] * error
            slope[g] = move + beta[g] * error
    best = loss.min()
    weights = np.empty(lanes)
    if best <= 0.0:
        for g in range(lanes):
            weights[g] = 1.0 if loss[g] <= 0.0 else 0.0
    else:
        for g in range(lanes):
            weights[g] = np.exp(-0.5 * sharpness * (n - skip) * np.log(loss[g] / best))
    weights /= weights.sum()
    for t in range(n):
        total = 0.0
        for g in range(lanes):
            total += weights[g] * steps[t, g]
        fitted[t] = total
    ahead[:] = 0.0
    for g in range(lanes):
        reach, power = 0.0, 1.0
        for h in range(ahead.shape[0]):
            power *= phi[g]
            reach += power
            ahead[h] += weights[g] * (level[g] + reach * slope[g])
    return best / max(1, n - skip)
