"""Counting signals against what followed, and moving a threshold until as much is found.

A *signal* is a run of months in a row in which a rule fires for a subject: one piece of work. It is right where what it
warns of follows the month in which it opened; a further one in an episode that was found already is a repeat, neither right
nor false. An *episode* is a run of months of which the truth says yes; it is found when the rule fires in one of them, and
counts once. Months of which the truth is not known count nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.rules.truth import Truth

Bits = NDArray[np.bool_]
Floats = NDArray[np.float64]
_STEPS: Final = 30


@dataclass(frozen=True)
class Counted:
    """``right``, ``false`` and ``repeats`` are signals by kind, ``found`` the episodes found of ``episodes``.

    ``lead``: of each episode found, in how many months after the first signal month in it the figures showed the fall
    (negative: the figures were first). ``opened`` and ``false_at`` are subjects × months; ``missed`` the cells in which an
    episode began that was not found.
    """

    right: int
    false: int
    repeats: int
    found: int
    episodes: int
    lead: NDArray[np.int64]
    opened: Bits
    right_at: Bits
    false_at: Bits
    missed: Bits

    @property
    def signals(self) -> int:
        """Signals of which it is known what followed."""
        return self.right + self.false + self.repeats

    @property
    def precision(self) -> float:
        """Right ÷ (right + false); NaN without a signal."""
        return self.right / (self.right + self.false) if self.right + self.false else float("nan")

    @property
    def recall(self) -> float:
        """Episodes found ÷ episodes; NaN without one."""
        return self.found / self.episodes if self.episodes else float("nan")

    @property
    def median_lead(self) -> float:
        """Months; NaN where nothing was found."""
        return float(np.median(self.lead)) if len(self.lead) else float("nan")


def starts(bits: Bits) -> Bits:
    """The first month of each run."""
    out = bits.copy()
    out[:, 1:] &= ~bits[:, :-1]
    return out


def count(fires: Bits, truth: Truth, among: Bits | None = None) -> Counted:
    """Signals against the truth, subjects × months. ``among`` marks the cells that count (None: all)."""
    counts = truth.known if among is None else truth.known & among
    happens = truth.happens & counts
    fires = fires & counts if among is not None else fires
    opened = starts(fires) & counts
    begun = starts(happens)
    episode = np.cumsum(begun, axis=1) * happens  # the number of the episode within its row, 0 outside
    in_episode = fires & happens
    rows, columns = np.nonzero(in_episode)
    wide = happens.shape[1] + 1
    found, first = np.unique(rows * wide + episode[rows, columns], return_index=True)
    lead = _apart(truth, begun, rows[first], columns[first], episode)
    right_at = opened & happens
    # Of several signals in one episode the first is right.
    key = np.where(right_at, np.arange(len(happens))[:, None] * wide + episode, -1)
    repeat = np.zeros_like(opened)
    where = np.flatnonzero(right_at)
    if len(where):
        _, once = np.unique(key.ravel()[where], return_index=True)
        again = np.ones(len(where), bool)
        again[once] = False
        repeat.ravel()[where[again]] = True
    right_at &= ~repeat
    false_at = opened & ~happens
    missed = begun.copy()
    starts_at = _start_columns(begun, happens)
    missed[rows, starts_at[rows, columns]] = False
    return Counted(
        int(right_at.sum()), int(false_at.sum()), int(repeat.sum()), len(found), int(begun.sum()), lead, opened,
        right_at, false_at, missed,
    )  # fmt: skip


def _start_columns(begun: Bits, happens: Bits) -> NDArray[np.int64]:
    """Of each cell inside an episode the column in which it began."""
    columns = np.arange(begun.shape[1])
    return np.maximum.accumulate(np.where(begun, columns, 0), axis=1) * happens


def _apart(truth: Truth, begun: Bits, rows: Any, columns: Any, episode: Any) -> NDArray[np.int64]:
    """Months from the first signal month in an episode to the month whose figures first show the fall."""
    at = _start_columns(begun, episode > 0)[rows, columns]
    shown = truth.begins[rows, at]
    months = np.array(truth.months, np.int64)
    number = (shown // 100) * 12 + shown % 100
    now = (months // 100) * 12 + months % 100
    return np.asarray(number - now[columns], np.int64)


@dataclass(frozen=True)
class Moved:
    """A threshold, and what comes of it."""

    threshold: float
    counted: Counted


def at_recall(
    fires: Callable[[float], Bits], low: float, high: float, truth: Truth, wanted: int, among: Bits | None = None
) -> Moved | None:
    """The strictest threshold at which ``wanted`` episodes or more are found; None where none finds as many.

    ``fires(threshold)`` gives more cells the higher the threshold; ``low`` finds least, ``high`` most.
    """
    best = Moved(high, count(fires(high), truth, among))
    if best.counted.found < wanted:
        return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        counted = count(fires(middle), truth, among)
        if counted.found >= wanted:
            high, best = middle, Moved(middle, counted)
        else:
            low = middle
    return best


def moving(score: Floats) -> tuple[Callable[[float], Bits], float, float]:
    """What fires where a score (NaN: never) is at or below a threshold, with the bounds to move it between."""
    ranked = np.full(score.shape, np.inf)
    there = np.isfinite(score) | (score == -np.inf)
    ranked[there] = np.maximum(score[there], -1e9)
    finite = ranked[np.isfinite(ranked)]
    if not len(finite):
        return (lambda threshold: np.zeros(score.shape, bool)), 0.0, 1.0
    return (lambda threshold: ranked <= threshold), float(finite.min()) - 1e-9, float(finite.max())
