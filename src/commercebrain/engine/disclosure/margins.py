"""Complementary suppression of one dimension: categories whose totals may be told, and pools for the others.

The whole is published, and sums over declared groups of categories (东盟, 机电产品) as well. What a reader can have by
subtraction is then exactly: each shown category, and the sum of the withheld ones inside each *atom*, an atom being
the categories that belong to the same groups. So the withheld categories of an atom form a pool, and a pool must be
safe itself: as an aggregate of all its firms it keeps the rule, and beside each member the others hold p % of that
member's largest firm or more, so no member can be estimated from the pool. Where an atom has too
little to make its pool safe, the groups that contain it are withheld too, and what is left over joins one common pool.

Why that suffices: both parts of the rule are subadditive, so a union of safe pools is safe; and within a pool money
can be moved from one withheld category to another without changing anything that is published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from commercebrain.engine.disclosure.declared import Rule
from commercebrain.engine.disclosure.primary import Bools, Concentration, Ints, concentration

#: The pool of what no group may tell; other pools are numbered from 0.
COMMON = -2
SHOWN = -1


@dataclass(frozen=True)
class Margin:
    """One dimension's categories: which are withheld, and the pool of each (:data:`SHOWN`, :data:`COMMON`, 0, 1, …).
    ``open``: one category makes up nearly all of the whole, so it is protected only if the whole is withheld too."""

    hidden: Bools
    pool: Ints
    unsafe: Bools
    open: bool = False

    def allows(self, members: Bools) -> bool:
        """Whether the sum over ``members`` may be told: it takes each pool whole or not at all."""
        inside = members & self.hidden
        if not inside.any():
            return True
        if (self.pool[inside] == COMMON).any():
            return bool((inside == self.hidden).all())
        return bool(np.isin(self.pool, np.unique(self.pool[inside])).sum() == inside.sum())


def atoms(size: int, groups: Iterable[Sequence[int]]) -> Ints:
    """The atom of each of ``size`` categories: equal numbers for those that belong to the same ``groups``."""
    membership = [np.zeros(size, dtype=np.int8)]
    for members in groups:
        row = np.zeros(size, dtype=np.int8)
        row[list(members)] = 1
        membership.append(row)
    _, found = np.unique(np.stack(membership, axis=1), axis=0, return_inverse=True)
    numbers: Ints = found.astype(np.int64).reshape(-1)
    return numbers


def protect_margin(
    category: Ints,
    firm: Ints,
    value: Ints,
    size: int,
    rule: Rule,
    *,
    atom: Ints | None = None,
    forced: Bools | None = None,
    fixed: Bools | None = None,
    joined: Bools | None = None,
    complementary: bool = True,
) -> Margin:
    """Which of ``size`` categories are withheld, from contributions summed by category and firm.

    ``forced`` are withheld whatever their own concentration; ``fixed`` are known already, so withholding them would hide
    nothing; ``joined`` belong to the common pool if they are withheld, with all of their atoms. Ties are broken by the lower number, so the same
    contributions always give the same answer. ``complementary=False`` stops after the unsafe ones (for tests of tests).
    """
    own = concentration(category, firm, value, size)
    unsafe, need = own.unsafe(rule), own.need(rule)
    hidden = unsafe | (np.zeros(size, bool) if forced is None else forced)
    pool: Ints = np.where(hidden, 0, SHOWN).astype(np.int64)
    if not complementary or not hidden.any():
        return Margin(hidden, pool, unsafe)
    atom = np.zeros(size, dtype=np.int64) if atom is None else atom
    free = np.ones(size, dtype=bool) if fixed is None else ~fixed

    def judged(members: Bools) -> bool:
        """Whether the pool of ``members`` may be had by subtraction."""
        taken = members[category]
        one = concentration(np.zeros(int(taken.sum()), np.int64), firm[taken], value[taken], 1)
        there = members & (own.count > 0)
        if not there.any():
            return True
        others = one.total[0] - own.total[there]
        return bool((others >= need[there]).all()) and not one.unsafe(rule)[0]

    common = np.zeros(size, dtype=bool)
    lost = np.zeros(int(atom.max()) + 1 if size else 0, dtype=bool)
    if joined is not None:
        lost[atom[joined]] = True
    for number in np.unique(atom[hidden]):
        inside = atom == number
        if lost[number]:
            common |= hidden & inside
        elif not _fill(hidden, inside & free, hidden & inside, own, judged):
            common |= hidden & inside
            lost[number] = True
    if common.any() and not judged(common):
        order = np.argsort(np.where(own.count > 0, own.total, np.iinfo(np.int64).max), kind="stable")
        for extra in order:
            if (lost[atom[extra]] and hidden[extra]) or own.count[extra] == 0 or not free[extra]:
                continue
            # The whole pool of that atom comes along, or it could be had from the groups that are still told.
            hidden[extra] = True
            lost[atom[extra]] = True
            common |= hidden & (atom == atom[extra])
            if judged(common):
                break
            inside = atom == atom[extra]
            if _fill(hidden, inside & free, common, own, judged):
                break
    pool = np.where(hidden, atom, SHOWN)
    pool[hidden & lost[atom]] = COMMON
    return Margin(hidden, pool, unsafe, not judged(common))


def _fill(hidden: Bools, inside: Bools, members: Bools, own: Concentration, judged: Callable[[Bools], bool]) -> bool:
    """Withhold the smallest further categories ``inside`` until the pool of ``members`` and them is safe; False where all
    are not enough."""
    candidates = np.flatnonzero(inside & ~hidden & (own.count > 0))
    members = members.copy()
    if judged(members):
        return True
    for extra in candidates[np.argsort(own.total[candidates], kind="stable")]:
        hidden[extra] = members[extra] = True
        if judged(members):
            return True
    return False
