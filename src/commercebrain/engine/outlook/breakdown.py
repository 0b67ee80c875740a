"""分解: what a target asks of each place and year, the sum against the parent, and the place a part takes.

Only an indicator that adds over place has a sum; shares, ratios, growth rates and ranks have parts without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from commercebrain.engine.errors import UserError
from commercebrain.engine.units import compatible, convert

ZERO = Decimal(0)
#: Kinds of targets whose values are amounts; of the others a sum over places says nothing.
ADDING_KINDS = frozenset({"level", "count", "cumulative", "increment", "annual_flow", "stock"})
#: Kinds whose value of one year stands on that of the year before, so that a path may not turn back.
STANDING_KINDS = frozenset({"level", "count", "cumulative", "share", "ratio", "rank", "annual_flow", "stock"})


@dataclass(frozen=True, slots=True)
class Part:
    """What one place (a region's code) is to reach by the end of ``year``: ``value`` in ``unit``."""

    place: str
    year: int
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class YearSum:
    """The parts of one year together, in the parent's unit.

    ``parent`` is what the whole is to reach in that year, None where nothing was promised or agreed for it.
    ``shortfall`` is what the parts lack to it, ``excess`` what they exceed it by; each is 0 where the other is not, and
    both are None without a parent. ``open`` names the places that have no part yet.
    """

    year: int
    total: Decimal
    parent: Decimal | None
    shortfall: Decimal | None
    excess: Decimal | None
    open: tuple[str, ...]


def adds_up(kind: str, place: str) -> bool:
    """Whether the parts of a target of ``kind`` add up: an amount whose indicator declares ``adds.place: sum``."""
    return kind in ADDING_KINDS and place == "sum"


def year_sums(
    parts: Iterable[Part], *, unit: str, parents: Mapping[int, Decimal], places: Iterable[str]
) -> tuple[YearSum, ...]:
    """The sums of all years that have a part or a parent, in order.

    ``parents`` (year → value) and the answer are in ``unit``; each part is converted exactly. Raises
    :class:`UserError` (``breakdown.unit``) for a part in a unit that measures something else.
    """
    wanted = tuple(places)
    found: dict[int, dict[str, Decimal]] = {}
    for part in parts:
        if part.unit != unit and not compatible(part.unit, unit):
            raise UserError(
                "breakdown.unit",
                f"{part.place}的分解值单位是“{part.unit}”，与目标的单位“{unit}”不能换算，请改用目标的单位。",
                f"The part of {part.place} is in {part.unit}, which cannot be converted into the target's {unit}; "
                "use the target's unit.",
            )
        found.setdefault(part.year, {})[part.place] = convert(part.value, part.unit, unit)
    sums = []
    for year in sorted({*found, *parents}):
        held = found.get(year, {})
        total = sum(held.values(), ZERO)
        parent = parents.get(year)
        sums.append(
            YearSum(
                year=year,
                total=total,
                parent=parent,
                shortfall=None if parent is None else max(parent - total, ZERO),
                excess=None if parent is None else max(total - parent, ZERO),
                open=tuple(place for place in wanted if place not in held),
            )
        )
    return tuple(sums)


def turns_back(path: Mapping[int, Decimal], kind: str, direction: str) -> tuple[int, ...]:
    """The years in which a path of yearly values goes against the target's ``direction`` (up, down).

    A yearly amount of its own (an increment, a growth rate) and a value to hold have no direction to keep.
    """
    if kind not in STANDING_KINDS or direction not in ("up", "down"):
        return ()
    years = sorted(path)
    sign = 1 if direction == "up" else -1
    return tuple(late for early, late in pairwise(years) if sign * (path[late] - path[early]) < 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """A place among its sisters: ``rank`` from 1 (equal values share a rank), of ``measured`` with a value, of
    ``all``."""

    rank: int
    measured: int
    all: int


def standing(values: Mapping[str, Decimal | None], place: str) -> Standing | None:
    """Where ``place`` stands by ``values`` (place → attainment, higher is better); None where it has no value."""
    own = values.get(place)
    if own is None:
        return None
    known = [value for value in values.values() if value is not None]
    return Standing(1 + sum(value > own for value in known), len(known), len(values))
