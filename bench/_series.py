"""Made-up monthly series of firms: level, growth, season, a moving Spring Festival, noise and walk, breaks, zeros, ends.

Sizes and shares are those of an invented city's firms: one in seven has a break, three in ten have months without trade,
one in twenty goes out of business.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from commercebrain.engine.foresight.calendar import festival_shares
from commercebrain.engine.foresight.months import months_from
from commercebrain.engine.foresight.result import Floats

FIRST: Final = 201801
MONTHS: Final = 84


def made_up(count: int, seed: int, *, months: int = MONTHS, first: int = FIRST) -> Floats:
    """``count`` × ``months`` whole figures from ``first`` on; the same for the same seed."""
    rng = np.random.default_rng(seed)
    t = np.arange(months)
    level, growth = rng.normal(12, 2, (count, 1)), rng.normal(0.002, 0.008, (count, 1))
    season = rng.normal(0, 1, (count, 12)) * rng.gamma(2, 0.09, (count, 1))
    festival = festival_shares(months_from(first, months)).sum(axis=1)
    stands_still = -np.clip(rng.normal(0.3, 0.15, (count, 1)), 0, 0.8)
    noise = rng.gamma(3, 0.06, (count, 1))
    values = rng.normal(0, 0.25, (count, months)) * noise
    np.cumsum(values, axis=1, out=values)
    values += rng.normal(0, 1, (count, months)) * noise
    values += level + growth * t + season[:, t % 12] + stands_still * festival
    breaks = np.where(rng.random(count) < 0.15, rng.integers(12, months, count), months)
    values += np.where(t >= breaks[:, None], rng.choice([-1.5, -0.8, 0.6], (count, 1)), 0.0)
    np.exp(values, out=values)
    idle = np.where(rng.random(count) < 0.3, rng.beta(1.2, 2, count), 0.0)
    values[rng.random((count, months)) < idle[:, None]] = 0.0
    ends = np.where(rng.random(count) < 0.05, rng.integers(months // 2, months, count), months)
    values[t >= ends[:, None]] = 0.0
    return np.round(values)
