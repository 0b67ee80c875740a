"""Difference in differences over two spans, with an interval from a bootstrap over whole units.

A unit is what was measured as a whole: a firm, a chapter of the tariff. ``change`` is how much its outcome moved from the
span before to the span after (in logarithms, so that effects are relative), ``dose`` how strongly it was hit (0 or 1, or a
share). The effect is the slope of the change on the dose: what a dose of one did beyond what units without a dose did in
the same time. It says what the measure did only if both would have moved alike without it: the same question asked of
spans before the measure (a placebo) should answer nothing.

Sources: J. D. Angrist and J.-S. Pischke, Mostly Harmless Econometrics (2009), chapter 5; resampling whole units:
M. Bertrand, E. Duflo, S. Mullainathan, How much should we trust differences-in-differences estimates? (2004).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.errors import UserError

Floats = NDArray[np.float64]
#: Fewer units with a dose than this, and no figure is given; of a dose that is all or nothing, fewer without it, too.
LEAST_UNITS: Final = 5
#: How often units are drawn again.
DRAWS: Final = 2000


@dataclass(frozen=True)
class Effect:
    """What a dose of one did, in logarithms of the outcome, with the 95 % interval of the bootstrap.

    ``dosed`` are the units with any dose of it, ``others`` those without; ``estimate`` is NaN and ``reason`` says why
    (``too_few``, ``same_dose``) where nothing can be told.
    """

    estimate: float
    low: float
    high: float
    dosed: int
    others: int
    reason: str = ""

    @property
    def percent(self) -> tuple[float, float, float]:
        """The estimate and its interval as percentages of the outcome."""
        low, mid, high = (100 * math.expm1(one) for one in (self.low, self.estimate, self.high))
        return mid, low, high

    @property
    def told_apart(self) -> bool:
        """Whether the interval excludes no effect at all."""
        return bool(self.low > 0 or self.high < 0)


def difference_in_differences(
    change: Floats, doses: Floats, *, weights: Floats | None = None, draws: int = DRAWS, seed: int = 0
) -> list[Effect]:
    """The effect of each of several doses together, so that one is not taken for another.

    ``change``: units, logarithm of the outcome after over before; a unit that is not finite is left out.
    ``doses``: units × kinds of dose, each 0 to 1. ``weights``: units, how much each counts (all the same where not
    given). The answer is the same for the same ``seed``. Raises :class:`UserError` where the shapes do not fit.
    """
    doses = np.atleast_2d(np.asarray(doses, dtype=np.float64))
    if doses.shape[0] != len(change) and doses.shape == (1, len(change)):
        doses = doses.T
    given = np.ones(len(change)) if weights is None else np.asarray(weights, dtype=np.float64)
    if doses.shape[0] != len(change) or len(given) != len(change):
        raise UserError(
            "effects.shape",
            f"变化有{len(change)}个单位，处理强度有{doses.shape[0]}个，权重有{len(given)}个，应当一致。",
            f"There are {len(change)} changes, {doses.shape[0]} doses and {len(given)} weights; they must be as many.",
        )
    kept = np.isfinite(change) & np.isfinite(doses).all(axis=1) & np.isfinite(given) & (given > 0)
    y, x, w = np.asarray(change, dtype=np.float64)[kept], doses[kept], given[kept]
    kinds = x.shape[1]
    counts = [(int((x[:, k] > 0).sum()), int((x[:, k] <= 0).sum())) for k in range(kinds)]
    if len(y) < 2 * LEAST_UNITS + kinds:
        return [_untold(one, "too_few") for one in counts]
    design = np.column_stack([np.ones(len(y)), x])
    if np.linalg.matrix_rank(design * np.sqrt(w)[:, None]) < kinds + 1:
        return [_untold(one, "same_dose") for one in counts]
    found = _slopes(design, y, w)
    drawn = _bootstrap(design, y, w, draws, np.random.default_rng(seed))
    out = []
    for k, (dosed, others) in enumerate(counts):
        compared = others if len(np.unique(x[:, k])) == 2 else len(y)
        if min(dosed, compared) < LEAST_UNITS:
            out.append(_untold((dosed, others), "too_few"))
            continue
        low, high = np.nanpercentile(drawn[:, k + 1], [2.5, 97.5])
        out.append(Effect(float(found[k + 1]), float(low), float(high), dosed, others))
    return out


def _untold(counts: tuple[int, int], reason: str) -> Effect:
    nothing = float("nan")
    return Effect(nothing, nothing, nothing, *counts, reason)


def _slopes(design: Floats, y: Floats, w: Floats) -> Floats:
    root = np.sqrt(w)
    return np.asarray(np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0], dtype=np.float64)


def _bootstrap(design: Floats, y: Floats, w: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Slopes of ``draws`` samples of whole units with replacement; NaN where a sample cannot tell the doses apart."""
    many, columns = design.shape
    out = np.full((draws, columns), np.nan)
    for one in range(draws):
        times = np.bincount(rng.integers(0, many, many), minlength=many) * w
        normal = (design * times[:, None]).T @ design
        if np.linalg.cond(normal) < 1e12:
            out[one] = np.linalg.solve(normal, (design * times[:, None]).T @ y)
    return out
