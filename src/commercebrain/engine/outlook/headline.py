"""The numbers of a target's first line: where it lands, how far that is from the promise, in a readable unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from commercebrain.engine.errors import UserError
from commercebrain.engine.outlook import measures
from commercebrain.engine.outlook.terms import Assessment, TargetTerms
from commercebrain.engine.units import convert

#: From which value on a unit is told in the next larger one.
_LARGER = {"亿元": "万亿元", "亿美元": "万亿美元", "万元": "亿元"}
_STEP = Decimal(10_000)
_MULTIPLES = ("番", "倍")


@dataclass(frozen=True, slots=True)
class Headline:
    """From ``low`` to ``high`` in ``unit``; ``gap`` is what is missing to the promise at the point forecast.

    ``gap`` is positive while the promise is missed and negative by what it is exceeded, None where the promise is no
    level in that unit. ``aim`` is the promise in ``unit``. The span is that of the scenarios where there are any,
    else the 80 % band.
    """

    low: Decimal
    high: Decimal
    unit: str
    gap: Decimal | None
    aim: Decimal | None

    @property
    def depth(self) -> Decimal:
        """The gap as a share of the promise; 0 where there is none to tell."""
        return self.gap / abs(self.aim) if self.gap is not None and self.aim else Decimal(0)


def landing_unit(terms: TargetTerms, assessment: Assessment) -> str:
    """The unit that values and landing of ``assessment`` are in: the promise's, but for 番 and 倍 the level's own."""
    now = assessment.value_now
    if terms.unit in _MULTIPLES:
        return terms.base_unit or (now.unit if now else terms.unit)
    if terms.average and terms.kind == "growth_rate" and now is not None:
        return now.unit
    return terms.unit


def headline(terms: TargetTerms, assessment: Assessment) -> Headline | None:
    """The first line's numbers; None where there is no landing."""
    landing = assessment.landing
    if landing is None:
        return None
    points = [scenario.point for scenario in landing.scenarios]
    low, high = (min(points), max(points)) if points else (landing.low80, landing.high80)
    unit = landing_unit(terms, assessment)
    aim = measures.goal(terms) if unit == terms.unit and terms.kind != "increment" else None
    if aim is not None and terms.value_high is not None and terms.direction != "hold":
        aim = terms.value
    gap = None
    if aim is not None and terms.direction in ("up", "down"):
        gap = aim - landing.point if terms.direction == "up" else landing.point - aim
    larger = _LARGER.get(unit)
    if larger is not None and min(abs(low), abs(high)) >= _STEP:
        try:
            low, high = convert(low, unit, larger), convert(high, unit, larger)
            gap = None if gap is None else convert(gap, unit, larger)
            aim = None if aim is None else convert(aim, unit, larger)
            unit = larger
        except UserError:  # a unit the table of units does not know stays as it is
            pass
    return Headline(low, high, unit, gap, aim)
