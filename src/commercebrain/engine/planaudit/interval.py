"""Printed numbers as intervals, and the verdict that follows from them.

A measured number stands for everything that rounds to it: half a unit of its last printed digit to either side.
约, 近 and 左右 add one whole unit; 突破, 超过 and 逾 before a measured number mean that it was reached and the next
number of the same roundness was not. Things counted one by one and the thresholds of targets are exact: nobody
measured a threshold, somebody set it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Grade = Literal["holds", "rounding", "off"]
_EPS = 1e-9
_DIGITS = re.compile(r"\d[\d,，]*(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Interval:
    """All values from ``low`` to ``high``, both inside."""

    low: float
    high: float

    @classmethod
    def point(cls, value: float) -> Interval:
        """One value."""
        return cls(value, value)

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def __mul__(self, other: Interval) -> Interval:
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def __truediv__(self, other: Interval) -> Interval:
        """The quotient; where ``other`` holds zero it is everything."""
        if other.low <= 0 <= other.high:
            return Interval(-math.inf, math.inf)
        ends = [a / b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def power(self, exponent: float) -> Interval:
        """Every value to ``exponent``; values below zero count as zero."""
        ends = [_power(max(end, 0.0), exponent) for end in (self.low, self.high)]
        return Interval(min(ends), max(ends))

    def times(self, factor: float) -> Interval:
        """Every value by ``factor``."""
        return self * Interval.point(factor)

    def plus(self, term: float) -> Interval:
        """Every value and ``term``."""
        return Interval(self.low + term, self.high + term)

    def meets(self, other: Interval) -> bool:
        """Whether some value lies in both; a billionth of the larger is the machine's own rounding."""
        slack = _EPS * max(
            1e-12, *(abs(end) for end in (self.low, self.high, other.low, other.high) if abs(end) < math.inf)
        )
        return self.low <= other.high + slack and other.low <= self.high + slack

    @property
    def middle(self) -> float:
        """The value halfway."""
        return (self.low + self.high) / 2


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except (OverflowError, ZeroDivisionError):
        return math.inf


def union(first: Interval, second: Interval) -> Interval:
    """The smallest interval around both."""
    return Interval(min(first.low, second.low), max(first.high, second.high))


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as printed: ``value`` and ``step`` (one unit of its last digit, 0 when exact) in one measure.

    ``about`` and ``above`` are the words around it; ``firm`` numbers belong to a promise and are allowed no unit
    more than they say.
    """

    value: float
    step: float
    about: bool = False
    above: float = 0.0
    firm: bool = False

    def interval(self, slack: float = 0.0) -> Interval:
        """What the print stands for; ``slack`` further units of the last digit to either side."""
        half = self.step * ((1.5 if self.about and not self.firm else 0.5) + slack)
        if self.above:
            return Interval(self.value - self.step * slack, self.value + self.above + self.step * slack)
        return Interval(self.value - half, self.value + half)

    def sharp(self) -> Interval:
        """The number taken at its word: the print itself, wider only where the words make it so."""
        return self.interval() if self.above or (self.about and not self.firm) else Interval.point(self.value)


def printed(text: str, factor: float, *, exact: bool, about: bool, above: bool, firm: bool) -> Printed:
    """The number in ``text`` (…1,023.50亿元) with ``factor`` to its measure."""
    match = _DIGITS.search(text)
    if match is None:
        raise ValueError(f"no number in {text!r}")
    digits = re.sub("[,，]", "", match.group())
    step = 10.0 ** -len(match[1] or "")
    value = float(digits)
    room = 0.0
    if above:
        whole = digits.rstrip("0") if "." not in digits else digits
        room = step if "." in digits else 10.0 ** (len(digits) - len(whole))
    return Printed(value * factor, 0.0 if exact else step * factor, about, room * factor, firm)


#: From what the numbers stand for to (what follows from the others, what the last of them says).
Relation = Callable[[Sequence[Interval]], tuple[Interval, Interval]]


def grade(numbers: Sequence[Printed], relation: Relation) -> Grade:
    """How the last of ``numbers`` agrees with the others.

    holds: it is the others' result, rounded as it is printed. rounding: only the rounding of the others as well, or
    one unit of the last digit of one of them, brings them together; a promise is allowed the former alone. off:
    not even that.
    """
    exact = [number.sharp() for number in numbers[:-1]]
    if _meet(relation, [*exact, numbers[-1].interval()]):
        return "holds"
    wide = [number.interval() for number in numbers]
    if _meet(relation, wide):
        return "rounding"
    for i, number in enumerate(numbers):
        if number.step and not number.firm and _meet(relation, [*wide[:i], number.interval(1.0), *wide[i + 1 :]]):
            return "rounding"
    return "off"


def _meet(relation: Relation, intervals: Sequence[Interval]) -> bool:
    implied, said = relation(intervals)
    return implied.meets(said)
