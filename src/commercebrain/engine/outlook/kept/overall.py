"""Many scores in one sentence: how many forecasts met their truth, in how many sets they were better, how many held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.foresight.result import Bits, Floats
from commercebrain.engine.outlook.kept.scoring import Held, Score


@dataclass(frozen=True, slots=True)
class Overall:
    """Of ``sets`` sets ``better`` had a smaller MASE than the same month a year before; ``n`` forecasts met their truth,
    ``later`` of them made afterwards. ``coverage80`` is a fraction, each forecast counting once; NaN where none had an
    interval."""

    sets: int
    better: int
    n: int
    later: int
    coverage80: float


def beats_naive(score: Score) -> bool:
    """Whether the forecasts were better than the same month a year before; not where either is unknown."""
    return score.mase < score.naive_mase


def overall(scores: Sequence[Score]) -> Overall:
    """All sets together: of ``scores`` those over all horizons (``horizon`` 0)."""
    whole = [one for one in scores if one.horizon == 0]
    known = [one for one in whole if np.isfinite(one.coverage80)]
    counted = sum(one.n for one in known)
    return Overall(
        sets=len(whole),
        better=sum(beats_naive(one) for one in whole),
        n=sum(one.n for one in whole),
        later=sum(one.later for one in whole),
        coverage80=sum(one.coverage80 * one.n for one in known) / counted if counted else float("nan"),
    )


@dataclass(frozen=True, slots=True)
class Hits:
    """Of ``n`` forecasts with an 80 % interval whose truth is known, ``inside`` held it; ``share`` is NaN where n is 0."""

    inside: int
    n: int
    share: float


def outside80(held: Held) -> Bits:
    """For each row whether its latest truth lies outside its 80 % interval; not where either is unknown."""
    low, high = (_floats(held.rows.columns[name]) for name in ("low80", "high80"))
    return np.asarray((held.latest < low) | (held.latest > high))


def hits(held: Held) -> Hits:
    """How many of the forecasts held within their 80 % interval."""
    counted = np.isfinite(held.latest) & np.isfinite(_floats(held.rows.columns["low80"]))
    n = int(counted.sum())
    inside = n - int((outside80(held) & counted).sum())
    return Hits(inside, n, inside / n if n else float("nan"))


def _floats(column: NDArray[Any]) -> Floats:
    return column.astype(np.float64)
