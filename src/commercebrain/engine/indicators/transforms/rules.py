"""What a transform computes of a row, as portable SQL over the row's sums.

A row ``r`` has, for each stretch i of its slot: ``v<i>`` the sum (0 where the cell does not occur in a known month),
``k<i>`` the months known and ``n<i>`` the months there should be; where the rule asks for wholes ``w<i>``; of a folded
dimension ``f`` (what the fold computed) and ``m`` (members, or the total of all). Values are BIGINT, every ratio divides
two DOUBLEs and is given in the unit of its transform, so every engine comes to the same digits.
"""

from __future__ import annotations

from dataclasses import dataclass


def double(text: str) -> str:
    """``text`` as a double."""
    return f"CAST({text} AS DOUBLE)"


def ratio(above: str, below: str, times: str = "100.0") -> str:
    """``times`` × above ÷ below, both BIGINT expressions; NULL on a zero denominator, on every engine."""
    return f"{times} * {double(above)} / NULLIF({double(below)}, 0)"


@dataclass(frozen=True, slots=True)
class Rule:
    """How a row becomes a result.

    ``value`` is SQL over ``r``; ``whole_number`` whether it is a BIGINT. ``strict``: an incomplete stretch leaves no
    number; otherwise the sum over the months that are known is given and flagged. ``reasons`` are (condition, reason),
    asked in order. ``against`` is the column that a small base is looked for in. ``wholes``: sums over the parts of
    ``of`` are needed. ``fold`` is SQL for what is computed of the folded members, see :mod:`.folds`. ``level``,
    ``base`` and ``whole`` name the helper columns shown.
    """

    value: str
    whole_number: bool = False
    strict: bool = True
    reasons: tuple[tuple[str, str], ...] = ()
    against: str = ""
    wholes: bool = False
    whole: str = ""
    ranked: bool = False
    folded: tuple[tuple[str, str], ...] = ()
    numbered: bool = False


def base_reasons(column: str) -> tuple[tuple[str, str], ...]:
    """No growth on a base that is zero or negative."""
    return ((f"{column} = 0", "base_zero"), (f"{column} < 0", "base_negative"))
