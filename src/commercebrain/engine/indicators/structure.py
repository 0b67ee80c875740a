"""Structure, as ``design/formulas.md`` defines it: shares, contributions, concentration, breadth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from commercebrain.engine.indicators.result import (
    BASE_MISSING,
    BASE_NEGATIVE,
    BASE_ZERO,
    VALUE_MISSING,
    WHOLE_ZERO,
    NoValue,
    Result,
)

ZERO, HALF, HUNDRED = Decimal(0), Decimal("0.5"), Decimal(100)
#: Below this part of the base a change of the whole is noise, and a share in it means nothing.
SMALL_CHANGE = Decimal("0.001")


def share(part: Decimal | None, whole: Decimal | None) -> Result:
    """占比: part ÷ whole of the same calibre, the part inside the whole; as a fraction."""
    if part is None:
        return VALUE_MISSING
    if whole is None:
        return BASE_MISSING
    if whole == 0:
        return WHOLE_ZERO
    if not ZERO <= part / whole <= 1:
        return NoValue(
            "not_inside",
            "部分不在整体之内，不能算占比",
            "the part does not lie inside the whole, so it has no share",
        )
    return part / whole


def ratio_to(value: Decimal | None, other: Decimal | None) -> Result:
    """相当于: one whole compared with another (never called a share)."""
    if value is None:
        return VALUE_MISSING
    if other is None:
        return BASE_MISSING
    return WHOLE_ZERO if other == 0 else value / other


def shares(parts: Mapping[str, Decimal | None], whole: Decimal) -> tuple[dict[str, Result], Decimal]:
    """The share of each part of a partition, and what they leave open of 1 (0 for a complete partition)."""
    found = {name: share(part, whole) for name, part in parts.items()}
    known = sum((s for s in found.values() if isinstance(s, Decimal)), ZERO)
    return found, Decimal(1) - known


def contribution(part: Decimal, part_before: Decimal, whole: Decimal, whole_before: Decimal) -> Result:
    """贡献率: the part's change ÷ the whole's change; undefined near a zero denominator (show 拉动 only)."""
    change = whole - whole_before
    if abs(change) <= SMALL_CHANGE * abs(whole_before):
        return NoValue(
            "change_near_zero",
            "总量几乎没有变化，贡献率没有意义，只看拉动",
            "the whole hardly changed, so a contribution means nothing; see the pull",
        )
    return (part - part_before) / change


def pull(part: Decimal, part_before: Decimal, whole_before: Decimal) -> Result:
    """拉动: the part's change ÷ the whole's base, in percentage points; adds up to the whole's growth
    exactly."""
    if whole_before == 0:
        return BASE_ZERO
    return BASE_NEGATIVE if whole_before < 0 else (part - part_before) / whole_before * HUNDRED


def hhi(parts: Sequence[Decimal]) -> Result:
    """Herfindahl–Hirschman index Σ s², 0–1, from the parts' values."""
    whole = sum(parts, ZERO)
    if whole <= 0:
        return WHOLE_ZERO
    return sum(((part / whole) ** 2 for part in parts), ZERO)


def crn(parts: Sequence[Decimal], n: int) -> Result:
    """CRn: the share that the ``n`` largest parts hold together."""
    whole = sum(parts, ZERO)
    if whole <= 0:
        return WHOLE_ZERO
    return sum(sorted(parts, reverse=True)[:n], ZERO) / whole


def diffusion(changes: Sequence[Decimal | None]) -> Result:
    """扩散指数: (share rising + ½ share unchanged) × 100, over the members whose change is known."""
    known = [change for change in changes if change is not None]
    if not known:
        return VALUE_MISSING
    rising, level = sum(c > 0 for c in known), sum(c == 0 for c in known)
    return (rising + HALF * level) / len(known) * HUNDRED
