"""Did it help: firms that were helped beside firms like them that were not.

Each helped firm is paired with one unhelped firm of the same tier of county, size class, industry and level of signal, the
nearest in what it sold before. Over the pairs the changes are compared (difference in differences, resampling whole firms).
Fewer than :data:`LEAST_PAIRS` pairs tell nothing, and that is what is said. Help is not drawn by lot: a firm may be helped
because it asks, and the pairs are alike only in what is known of them. The words say so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.effects import Effect, difference_in_differences

#: Fewer pairs than this tell nothing.
LEAST_PAIRS: Final = 20
#: A pair's firms sold amounts that differ by no more than this factor.
FACTOR: Final = 3.0
#: A firm that sells almost nothing afterwards counts as having kept this share, so that it is not left out.
FLOOR: Final = 0.01


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm with a signal: what it is like, and what it sold in the same months ``before`` and ``after`` (one unit).

    ``recovered`` is what its follow-up says; None where it has none.
    """

    key: str
    tier: str
    size: str
    industry: str
    level: str
    before: float
    after: float
    recovered: bool | None = None

    @property
    def like(self) -> tuple[str, str, str, str]:
        """What firms must share to be compared."""
        return self.tier, self.size, self.industry, self.level

    @property
    def change(self) -> float:
        """The logarithm of what it sold after over before; nothing is counted as :data:`FLOOR` of it."""
        kept = math.log(self.after) - math.log(self.before) if self.after > 0 else -math.inf
        return max(kept, math.log(FLOOR))


@dataclass(frozen=True)
class Recovery:
    """What can be said of help: how many were helped and recovered, the pairs, the rates among them, and the effect of help
    on what firms sold (None with fewer than :data:`LEAST_PAIRS` pairs)."""

    helped: int
    judged: int
    recovered: int
    pairs: tuple[tuple[Firm, Firm], ...]
    effect: Effect | None

    @property
    def rate(self) -> float | None:
        """The share of helped firms that recovered, of those with a result; None where none has one."""
        return self.recovered / self.judged if self.judged else None

    @property
    def words(self) -> Words:
        """What it comes to, in one sentence."""
        count = len(self.pairs)
        if not count:
            return Words(
                zh="没有可以相比的帮扶与未帮扶企业，无法判断帮扶效果。",
                en="No helped firm has one like it that was not helped to stand beside: whether it helped cannot be told.",
            )
        if self.effect is None or not math.isfinite(self.effect.estimate):
            return Words(
                zh=f"可比的帮扶与未帮扶企业只有{count}对，不足{LEAST_PAIRS}对，数量太少，无法判断帮扶效果。",
                en=f"Pairs of helped firms and firms like them that were not: only {count}, fewer than {LEAST_PAIRS}; too few to "
                "tell whether it helped.",
            )
        mid, low, high = self.effect.percent
        sure = self.effect.told_apart
        zh = f"与{count}家同类未帮扶企业相比，帮扶企业出口高{mid:.1f}%（95%区间{low:.1f}%至{high:.1f}%）"
        en = (
            f"Beside {count} firms like them that were not helped, helped firms sold {mid:.1f} % more (95 % interval "
            f"{low:.1f} to {high:.1f} %)"
        )
        return Words(
            zh=zh + ("。" if sure else "，区间含零，不能断定有效。") + "帮扶并非随机安排，结果仅供参考。",
            en=en + ("." if sure else "; the interval holds nought, so it cannot be said to have helped.")
            + " Help was not given by lot.",
        )  # fmt: skip


def pairs(helped: Iterable[Firm], pool: Iterable[Firm]) -> list[tuple[Firm, Firm]]:
    """Each helped firm with the nearest unhelped one that is like it, each of these taken once; those without one are left
    out. The same firms give the same pairs, in whatever order they come."""
    free: dict[tuple[str, ...], list[Firm]] = {}
    ours = sorted((one for one in helped if one.before > 0), key=lambda one: one.key)
    taken = {one.key for one in ours}
    for one in sorted(pool, key=lambda one: one.key):
        if one.before > 0 and one.key not in taken:
            free.setdefault(one.like, []).append(one)
    found = []
    for one in ours:
        near = min(free.get(one.like, ()), key=lambda other: (_apart(one, other), other.key), default=None)
        if near is not None and _apart(one, near) <= math.log(FACTOR):
            free[one.like].remove(near)
            found.append((one, near))
    return found


def _apart(one: Firm, other: Firm) -> float:
    return abs(math.log(one.before) - math.log(other.before))


def recovery(helped: Sequence[Firm], pool: Sequence[Firm], *, seed: int = 0) -> Recovery:
    """What help came to: ``helped`` firms beside the unhelped of ``pool``. The same for the same ``seed``."""
    judged = [one for one in helped if one.recovered is not None]
    found = pairs(helped, pool)
    return compared(len(judged), sum(bool(one.recovered) for one in judged), found, helped=len(helped), seed=seed)


def compared(
    judged: int, recovered: int, found: Sequence[tuple[Firm, Firm]], *, helped: int | None = None, seed: int = 0
) -> Recovery:
    """What help came to by pairs that were found before: of ``judged`` helped firms so many ``recovered``; of ``helped``
    altogether, where some have no result yet."""
    effect = None
    if len(found) >= LEAST_PAIRS:
        firms = [one for pair in found for one in pair]
        change = np.array([one.change for one in firms])
        dose = np.array([[1.0], [0.0]] * len(found))
        effect = difference_in_differences(change, dose, seed=seed)[0]
    return Recovery(judged if helped is None else helped, judged, recovered, tuple(found), effect)
