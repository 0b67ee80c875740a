"""Indicators and their targets: what the system already says of them, as facts for rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.expressions import Column, Term
from commercebrain.engine.expressions.nodes import Number
from commercebrain.engine.rules.facts.series import column
from commercebrain.engine.rules.frame import About, Frame, unknown

if TYPE_CHECKING:
    from commercebrain.engine.rules.facts.city import CityFacts

_NUMBERS = ("value", "growth", "gap", "surprise", "chance", "attainment", "ahead", "off_path_months", "months_silent")
_TRUTHS = ("binding", "has_target")


@dataclass(frozen=True)
class IndicatorFacts:
    """What is known of an indicator in a region; None: not known.

    ``value`` in the indicator's unit; ``growth``, ``gap``, ``chance`` and ``attainment`` as fractions, ``surprise`` in
    spreads, ``ahead`` in points. ``earlier`` holds the same of the months before, the nearest first.
    """

    indicator: str
    region: str
    name: Words
    value: float | None = None
    growth: float | None = None
    gap: float | None = None
    surprise: float | None = None
    chance: float | None = None
    attainment: float | None = None
    ahead: float | None = None
    off_path_months: int | None = None
    months_silent: int | None = None
    binding: bool | None = None
    has_target: bool | None = None
    known_on: date | None = None
    synthetic: bool = False
    earlier: Sequence[IndicatorFacts] = ()


def monthly(
    values: Mapping[tuple[str, str], Mapping[int, float]], names: Mapping[str, Words], *, last: int,
    synthetic: bool = False,
) -> list[IndicatorFacts]:  # fmt: skip
    """Facts of indicators from their monthly figures (indicator and region → month → value): growth on a year before,
    gap and surprise against what the months before let expect, months without a new figure up to ``last``."""
    from commercebrain.engine.foresight.judging import judge
    from commercebrain.engine.foresight.months import months_apart, shift

    found: list[IndicatorFacts] = []
    for (code, region), told in sorted(values.items()):
        newest = max((month for month in told if month <= last), default=0)
        if not newest:
            continue
        first = min(told)
        span = [shift(first, n) for n in range(months_apart(first, newest) + 1)]
        series = np.array([[told.get(month, np.nan) for month in span]], float)
        seen = judge(series, first)
        before = told.get(shift(newest, -12))
        fine = int(seen.reason[0]) == 0
        expected = float(seen.expected[0])
        found.append(
            IndicatorFacts(
                code, region, names.get(code) or Words(zh=code, en=code), value=told[newest],
                growth=told[newest] / before - 1 if before is not None and before > 0 else None,
                gap=told[newest] / expected - 1 if fine and expected > 0 else None,
                surprise=float(seen.score[0]) if fine else None,
                months_silent=months_apart(newest, last), synthetic=synthetic,
            )
        )  # fmt: skip
    return found


@dataclass
class IndicatorFrame(Frame):
    """The frame of indicators × regions; keys are ``code|region``. What was not known on the frame's day is left out."""

    facts: CityFacts
    rows: Sequence[IndicatorFacts | None] | None = None
    subject: str = "indicator"
    _columns: dict[str, Column] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Those known on the day, in the regions that are looked at."""
        self.on, self.period, self.synthetic = self.facts.on, self.facts.period, self.facts.synthetic
        known = [
            one for one in self.facts.targets
            if (one.known_on is None or one.known_on <= self.on) and self._seen(one.region)
        ]  # fmt: skip
        self._all = known
        self.keys: Sequence[str] = [f"{one.indicator}|{one.region}" for one in known]
        if self.rows is None:
            self.rows = known

    def _seen(self, region: str) -> bool:
        from commercebrain.engine.rules.facts.city import within

        regions = self.facts.regions
        inside = not regions or any(within(region, one) or one == region for one in regions)
        return inside and (self.facts.reach is None or self.facts.reach.sees(region, "internal"))

    def column(self, term: Term) -> Column:
        """What was given."""
        key = str(term)
        if key not in self._columns:
            self._columns[key] = self._column(term)
        return self._columns[key]

    def _column(self, term: Term) -> Column:
        if term.name == "lag" and term.args and isinstance(term.args[0], Term) and isinstance(term.args[1], Number):
            return self.back(int(term.args[1].value), "month").column(term.args[0])
        rows = self.rows or ()
        told: list[Any] = [None if one is None else getattr(one, term.name, None) for one in rows]
        if term.name in _NUMBERS:
            return column(np.array([np.nan if one is None else float(one) for one in told], float))
        if term.name in _TRUTHS:
            known = np.array([one is not None for one in told], bool)
            return Column(np.array([bool(one) for one in told], bool), known)
        return unknown(len(self.keys))

    def back(self, periods: int, of: str) -> Frame:
        """The facts of the months before, as they were given."""
        if not periods:
            return self
        earlier = [
            one.earlier[periods - 1] if one is not None and periods <= len(one.earlier) else None
            for one in self.rows or ()
        ]
        return IndicatorFrame(self.facts, earlier)

    def about(self, row: int) -> About:
        """The indicator and the place."""
        one = self._all[row]
        return About(name=one.name, region=one.region, county=one.region, indicator=one.indicator,
                     county_name=self.facts.name_of(one.region))  # fmt: skip
