"""The formulas of targets, one function each. A value or None; None means that the formula has no sense
there.

Two measures are never crossed: attainment against T, progress (increment) against T − B.
"""

from __future__ import annotations

from decimal import Decimal

from commercebrain.engine.outlook.terms import Settings, TargetTerms

ONE, ZERO = Decimal(1), Decimal(0)


def goal(terms: TargetTerms) -> Decimal | None:
    """The value to reach: the near end of a range; for a hold without a number the base."""
    if terms.value is None:
        return terms.base_value if terms.direction == "hold" else None
    if terms.value_high is None:
        return terms.value
    low, high = sorted((terms.value, terms.value_high))
    return high if terms.direction == "down" else low


def band(terms: TargetTerms, settings: Settings) -> tuple[Decimal | None, Decimal | None]:
    """The values that meet the target, from … to …; None is an open end."""
    aim = goal(terms)
    if aim is None:
        return None, None
    if terms.direction == "down":
        return None, aim
    if terms.direction != "hold":
        return aim, None
    if terms.comparator in (">", ">="):
        return aim, None
    if terms.comparator in ("<", "<="):
        return None, aim
    low, high = sorted((aim, terms.value_high if terms.value_high is not None else aim))
    slack = abs(aim) * settings.hold_band if low == high else ZERO
    return (
        None if terms.better == "lower" else low - slack,
        None if terms.better == "higher" else high + slack,
    )


def meets(value: Decimal, terms: TargetTerms, settings: Settings, bound: str = "=") -> bool | None:
    """Whether ``value`` meets the target; None where its bound (突破, 不足) leaves it open."""
    low, high = band(terms, settings)
    strict = terms.comparator in (">", "<")

    def inside(x: Decimal) -> bool:
        above = low is None or (x > low if strict else x >= low)
        below = high is None or (x < high if strict else x <= high)
        return above and below

    if bound in (">", ">="):  # the true value lies above
        if high is None and low is not None and (inside(value) or (bound == ">" and value == low)):
            return True
        return False if high is not None and value > high else None
    if bound in ("<", "<="):
        if low is None and high is not None and (inside(value) or (bound == "<" and value == high)):
            return True
        return False if low is not None and value < low else None
    return inside(value)


def attainment(value: Decimal | None, terms: TargetTerms) -> Decimal | None:
    """目标完成率 V/T; none for a target of 0 and where lower is better (there progress is the measure)."""
    aim = goal(terms)
    if value is None or aim is None or aim == 0 or terms.direction != "up":
        return None
    return value / aim


def progress(value: Decimal | None, terms: TargetTerms) -> Decimal | None:
    """增量完成率 (V − B)/(T − B), the same formula where lower is better; none where T equals B, B is
    missing or the base already met the target."""
    aim, base = goal(terms), terms.base_value
    if value is None or aim is None or base is None or aim == base or terms.direction == "hold":
        return None
    if met_at_base(terms):
        return None
    return (value - base) / (aim - base)


def met_at_base(terms: TargetTerms) -> bool:
    """Whether the base stood beyond the target already."""
    aim, base = goal(terms), terms.base_value
    if aim is None or base is None or terms.direction == "hold":
        return False
    return base >= aim if terms.direction == "up" else base <= aim


def yearly_growth(value: Decimal | None, base: Decimal | None, years: Decimal | int) -> Decimal | None:
    """The constant yearly growth from ``base`` to ``value`` in ``years``; none unless both are positive."""
    if value is None or base is None or years <= 0 or base <= 0 or value <= 0:
        return None
    return (value / base) ** (ONE / years) - ONE


def rest_growth(aim: Decimal, so_far: Decimal, last_year: Decimal, last_so_far: Decimal) -> Decimal | None:
    """The growth that the rest of the year needs: (T − c_t) over the same rest of last year, − 1."""
    rest = last_year - last_so_far
    return (aim - so_far) / rest - ONE if rest > 0 else None
