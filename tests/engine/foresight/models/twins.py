"""The textbook recursions, written plainly: what the compiled ones are held against."""

from __future__ import annotations

import math
from collections.abc import Sequence


def holt_winters(
    z: Sequence[float], season: Sequence[float], alpha: float, beta: float, gamma: float, phi: float, horizon: int
) -> tuple[list[float], list[list[float]]]:
    """ETS(A,Ad,A) with these constants: one-step expectations, and after each month the forecasts 1…``horizon``."""
    n = len(z)
    lead = min(n, 12)
    plain = [z[t] - season[t] for t in range(lead)]
    middle, mean = (lead - 1) / 2, sum(plain) / lead
    across = sum((t - middle) ** 2 for t in range(lead))
    slope = 0.5 * sum((t - middle) * (v - mean) for t, v in enumerate(plain)) / across if across else 0.0
    level = mean - slope * (middle + 1)
    seasons = list(season)
    expected, later = [], []
    for t, value in enumerate(z):
        point = level + phi * slope + seasons[t % 12]
        error = value - point
        expected.append(point)
        level = level + phi * slope + alpha * error
        slope = phi * slope + beta * error
        seasons[t % 12] += gamma * error
        ways = [sum(phi**k for k in range(1, h + 1)) for h in range(1, horizon + 1)]
        later.append([level + way * slope + seasons[(t + h) % 12] for h, way in enumerate(ways, 1)])
    return expected, later


def mean_of_lanes(
    z: Sequence[float],
    season: Sequence[float],
    constants: Sequence[Sequence[float]],
    further: Sequence[int],
    horizon: int,
) -> tuple[list[float], list[float]]:
    """Forecasts and expectations of all sets of constants, weighted by (squared error)^(−n/2)."""
    n = len(z)
    warm = min(12, n // 2)
    runs = [holt_winters(z, season, *each, max(horizon, *further)) for each in constants]
    losses = []
    for expected, later in runs:
        loss = sum((z[t] - expected[t]) ** 2 for t in range(warm, n))
        loss += sum((z[t + h] - later[t][h - 1]) ** 2 for t in range(warm, n) for h in further if t + h < n)
        losses.append(loss + 1e-10 * (n - warm))
    best = min(losses)
    weights = [math.exp(-0.5 * (n - warm) * math.log(loss / best)) for loss in losses]
    whole = sum(weights)
    ahead = [sum(w * run[1][-1][h] for w, run in zip(weights, runs, strict=True)) / whole for h in range(horizon)]
    fitted = [sum(w * run[0][t] for w, run in zip(weights, runs, strict=True)) / whole for t in range(n)]
    return ahead, fitted


def line_through(x: Sequence[float]) -> tuple[float, float]:
    """A and B of the least-squares line A + B·t through x, t from 1; (x, 0) of one value, nothing of none."""
    n = len(x)
    if n == 0:
        return 0.0, 0.0
    middle, mean = (n + 1) / 2, sum(x) / n
    across = sum((t - middle) ** 2 for t in range(1, n + 1))
    b = sum((t - middle) * v for t, v in enumerate(x, 1)) / across if across else 0.0
    return mean - b * middle, b


def theta_errors(
    x: Sequence[float], alpha: float, first: float, share: float, further: Sequence[int], warm: int
) -> list[float]:
    """All errors 1 and ``further`` months ahead of the optimised Theta model with these three numbers."""
    errors = []
    level = first
    for t, value in enumerate(x):
        a, b = line_through(x[:t])
        kept = (1 - alpha) ** t
        point = level + share * (kept * a + (1 - kept * (1 - alpha)) / alpha * b)
        if t >= warm:
            errors += [x[t + h - 1] - (point + share * (h - 1) * b) for h in (1, *further) if t + h - 1 < len(x)]
        level += alpha * (value - level)
    return errors
