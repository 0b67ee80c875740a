"""What a group of series has in common: the median surprise of a month, and the path that all of them walk.

Only here does a verdict's *rank* look beyond its own series, and only at the group that was declared for it: where all
firms of a county are off by the same tenth, the tenth is nobody's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.foresight.result import Floats
from commercebrain.engine.foresight.steady import steady

#: A group needs so many judged members to say something of a month, and so many to have a path of its own.
LEAST_PEERS: Final = 5
LEAST_FOR_PATH: Final = 30
#: How many of its own variances a group's median must be away from nothing to count.
CHANCE: Final = 2.0
_ROUNDS: Final = 3


def group_medians(numbers: Floats, peers: NDArray[Any] | None) -> tuple[Floats, Floats]:
    """The median of ``numbers`` (S, NaN unknown) among each series' peers, and how many of them are known; NaN where they
    are fewer than :data:`LEAST_PEERS`. ``peers`` is a group number for each series, −1 none."""
    out, many = np.full(len(numbers), np.nan), np.zeros(len(numbers))
    for rows in _groups(peers):
        known = np.isfinite(numbers[rows])
        if known.sum() >= LEAST_PEERS:
            out[rows], many[rows] = np.median(numbers[rows][known]), known.sum()
    return out, many


def shared_gap(gap: Floats, spread: Floats, peers: NDArray[Any] | None) -> Floats:
    """The gap that a group has in common, less what its median owes to chance: 0 where it may be nothing else."""
    middle, many = group_medians(gap, peers)
    variance, _ = group_medians(np.where(np.isfinite(gap), spread**2, np.nan), peers)
    with np.errstate(all="ignore"):
        chance = 0.5 * np.pi * variance / many
        kept = middle * np.maximum(1 - CHANCE * chance / middle**2, 0.0)
    found: Floats = np.where(np.isfinite(kept), kept, 0.0)
    return found


def beside_peers(work: Floats, now: Floats, peers: NDArray[Any] | None) -> tuple[Floats, Floats]:
    """The gap of the month ``now`` (S) after the history ``work`` (S × T), seen beside the group: what all members have
    in common is taken out of history and month, and the steady look is asked at what is left. The second answer is its
    spread. NaN for series without a group of :data:`LEAST_FOR_PATH` members."""
    gap, spread = np.full(len(work), np.nan), np.full(len(work), np.nan)
    for rows in _groups(peers):
        members = work[rows]
        there = np.isfinite(members).sum(axis=1) >= 2
        if there.sum() < LEAST_FOR_PATH:
            continue
        some = rows[there]
        expected, own = steady(members[there] - _path(members[there]), 1)
        off = now[some] - expected
        off[~np.isfinite(off)] = np.nan  # a month without trade, on logarithms: it has no say in the median
        gap[some], spread[some] = off - _middle(off, 0), own
    return gap, spread


def _path(members: Floats) -> Floats:
    """The months' common path: medians of the members, each seen from its own median (Tukey's median polish)."""
    path = np.zeros(members.shape[1])
    for _ in range(_ROUNDS):
        level = _middle(members - path, 1)
        path = np.nan_to_num(_middle(members - level[:, None], 0))
    return path


def _middle(numbers: Floats, axis: int) -> Floats:
    """Medians of what is known; NaN where nothing is."""
    order = np.sort(numbers, axis=axis)  # NaN last
    many = np.isfinite(numbers).sum(axis=axis, keepdims=True)
    low, high = np.maximum((many - 1) // 2, 0), np.minimum(many // 2, max(order.shape[axis] - 1, 0))
    both = np.take_along_axis(order, low, axis) + np.take_along_axis(order, high, axis)
    found: Floats = np.where(many > 0, 0.5 * both, np.nan).squeeze(axis)
    return found


def _groups(peers: NDArray[Any] | None) -> Iterator[NDArray[np.int64]]:
    """The rows of each declared group."""
    if peers is None or not len(peers):
        return
    numbers = np.asarray(peers)
    order = np.argsort(numbers, kind="stable")
    groups, start = np.unique(numbers[order], return_index=True)
    for group, rows in zip(groups.tolist(), np.split(order, start[1:]), strict=True):
        if group >= 0:
            yield rows
