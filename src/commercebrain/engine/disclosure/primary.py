"""Primary suppression: the cells that would tell about a firm by themselves.

Contributions are (cell, firm, value) arrays; what a firm has in a cell is added up first. A firm is one credit code:
which firms belong to one holding is not known to the records. Values below zero (corrections) count by their size.
A cell without any firm is a true zero and safe: it is told as 0, unless all around it is withheld or it is the far corner
that hides another cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.disclosure.declared import Rule

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Concentration:
    """For each of n groups: how many firms, their total, the largest and the second largest (int64 arrays of length n)."""

    count: Ints
    total: Ints
    top1: Ints
    top2: Ints

    def unsafe(self, rule: Rule) -> Bools:
        """Which groups must not be told. A group without firms is not among them."""
        few = self.count < rule.contributors
        # In float64: 2**53 yuan is far above any city's trade, and products by 100 would leave int64 there.
        top1, total = self.top1.astype(np.float64), self.total.astype(np.float64)
        dominated = 100.0 * top1 > rule.share * total
        guessed = 100.0 * (total - top1 - self.top2) < rule.p * top1
        unsafe: Bools = (self.count > 0) & (few | dominated | guessed)
        return unsafe

    def need(self, rule: Rule) -> Ints:
        """By how much a withheld cell's value must stay uncertain, up and down: p % of the largest firm, at least 1."""
        needed: Ints = np.maximum(1, -(-self.top1 * rule.p // 100))
        return needed


def add_up(group: NDArray[Any], firm: NDArray[Any], value: NDArray[Any]) -> tuple[Ints, Ints, Ints]:
    """What each firm has in each group: (group, firm, value), sorted by group and firm; nothing where it comes to 0."""
    if len(group) == 0:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty.copy(), empty.copy()
    key = group.astype(np.int64) * (int(firm.max()) + 1) + firm.astype(np.int64)
    order = np.argsort(key, kind="stable")
    sorted_key = key[order]
    starts = np.flatnonzero(np.r_[True, sorted_key[1:] != sorted_key[:-1]])
    sums = np.abs(np.add.reduceat(value.astype(np.int64)[order], starts))
    at = order[starts]
    there = sums > 0
    return group[at][there].astype(np.int64), firm[at][there].astype(np.int64), sums[there]


def concentration(group: NDArray[Any], firm: NDArray[Any], value: NDArray[Any], size: int) -> Concentration:
    """The concentration of ``size`` groups from contributions in any order; a firm may stand in a group many times."""
    g, _, v = add_up(group, firm, value)
    return of_sorted(g, v, size)


def of_sorted(group: Ints, value: Ints, size: int) -> Concentration:
    """The concentration from one row a firm and group (as :func:`add_up` gives), sorted by group."""
    blank = [np.zeros(size, dtype=np.int64) for _ in range(4)]
    if len(group) == 0:
        return Concentration(*blank)
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    ends = np.r_[starts[1:], len(group)]
    at = group[starts]
    count, total, top1, top2 = blank
    count[at] = ends - starts
    total[at] = np.add.reduceat(value, starts)
    highest = np.maximum.reduceat(value, starts)
    top1[at] = highest
    # The second largest is the largest once the first of the largest is taken out.
    places = np.where(value == np.repeat(highest, ends - starts), np.arange(len(value)), len(value))
    others = value.copy()
    others[np.minimum.reduceat(places, starts)] = 0
    top2[at] = np.maximum.reduceat(others, starts)
    return Concentration(count, total, top1, top2)
