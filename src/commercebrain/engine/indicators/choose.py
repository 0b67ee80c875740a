"""Which of several published rows is the figure, and which of them disagree with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from commercebrain.engine.observations import Observation
from commercebrain.engine.units import compatible, convert

_EXACTNESS = {"=": 0, "~": 1}
#: Values that are printed with fewer digits agree with longer ones inside half of their last digit.
_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Choice:
    """The row that gives the value, the row that gives the growth, and those that disagree or wait."""

    row: Observation | None
    growth: Observation | None
    disagreements: tuple[Observation, ...]
    waiting: tuple[Observation, ...]


def choose(rows: Iterable[Observation], unit: str) -> Choice:
    """The choice among rows of one indicator, region, period, calibre, adjustment and breakdown.

    Of one source the latest published row counts. Between sources: grade A before B, an exact value before a
    rounded or bounded one, a published before a derived one, then the latest published. Rows of the
    same grade that tell a different value are disagreements. Grade C is never chosen: it waits for a
    second source.
    """
    every = list(rows)
    live = _latest([row for row in every if row.live])
    waiting = tuple(row for row in every if not row.live)
    valued = sorted((row for row in live if row.value is not None and compatible(row.unit, unit)), key=_standing)
    grown = sorted((row for row in live if row.growth is not None), key=_standing)
    best = valued[0] if valued else None
    growth = best if best is not None and best.growth is not None else (grown[0] if grown else None)
    if best is None:
        return Choice(None, growth, (), waiting)
    others = [row for row in valued[1:] if row.grade == best.grade and not agree(best, row, unit)]
    return Choice(best, growth, tuple(others), waiting)


def agree(one: Observation, other: Observation, unit: str) -> bool:
    """Whether two published values can be the same figure: equal inside rounding and inside their bounds."""
    if one.value is None or other.value is None:
        return True
    a, b = convert(one.value, one.unit, unit), convert(other.value, other.unit, unit)
    slack = max(_last_digit(one, unit), _last_digit(other, unit)) * _HALF
    if abs(a - b) <= slack:
        return True
    return _inside(a, b, other.bound) if one.bound == "=" else _inside(b, a, one.bound)


def _inside(value: Decimal, limit: Decimal, bound: str) -> bool:
    if bound in (">", ">="):
        return value >= limit
    return value <= limit if bound in ("<", "<=") else False


def _last_digit(row: Observation, unit: str) -> Decimal:
    exponent = row.value.as_tuple().exponent if row.value is not None else 0
    digit = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    return convert(digit, row.unit, unit)


def _standing(row: Observation) -> tuple[str, int, bool, int, str]:
    return (
        row.grade,
        _EXACTNESS.get(row.bound, 2),
        row.flag == "derived",
        -row.published.toordinal(),
        row.source,
    )


def _latest(rows: list[Observation]) -> list[Observation]:
    """Of each source the rows published last (a source may print value and growth in one row only)."""
    last: dict[str, Observation] = {}
    for row in sorted(rows, key=lambda r: (r.published, r.taken_in)):
        last[row.source] = row
    return list(last.values())
