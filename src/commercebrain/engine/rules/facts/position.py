"""Where a frame stands in time: at a month of trade and a week of reports, with what was known on one day."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from commercebrain.engine.expressions import Column, Term
from commercebrain.engine.expressions.nodes import Text
from commercebrain.engine.foresight.months import shift
from commercebrain.engine.rules.facts.city import CityFacts
from commercebrain.engine.rules.facts.series import Months
from commercebrain.engine.rules.frame import About, Frame, unknown


@dataclass(frozen=True)
class Position:
    """``day`` is where it stands, earlier than the day of knowledge where a frame looks back."""

    months: Months
    week: int
    day: date

    @classmethod
    def now(cls, facts: CityFacts) -> Position:
        """The newest month and the newest closed week."""
        return cls(facts.months, facts.orders.last(facts.on), facts.on)

    def back(self, facts: CityFacts, periods: int, of: str) -> Position:
        """So many reports or months earlier, seen with the same knowledge."""
        if of == "report":
            day = self.day - timedelta(weeks=periods)
            released = facts.source.known(day, as_published=True) if self.months.last else {}
            last = min(max(released, default=0), self.months.last)
            there = last in self.months.tokens
            months = Months(self.months.source, self.months.tokens, last if there else 0)
            return Position(months, self.week - periods if self.week >= periods else -1, day)
        back = shift(self.day.year * 100 + self.day.month, -periods)
        day = date(back // 100, back % 100, min(self.day.day, 28))
        return Position(self.months.back(periods), min(self.week, facts.orders.last(day)), day)

    @property
    def key(self) -> Hashable:
        """What tells it from others."""
        return (self.months.last, self.week, self.day)


class FactFrame(Frame):
    """A frame over the facts of a city; subclasses say what each name is. Columns are worked out once."""

    def __init__(self, facts: CityFacts, at: Position | None = None) -> None:
        self.facts = facts
        self.at = at or Position.now(facts)
        self.on, self.synthetic, self.period = facts.on, facts.synthetic, facts.period
        self._columns: dict[str, Column] = {}
        self._earlier: dict[Hashable, Frame] = {}
        self.keys: Sequence[str] = self.subjects()

    def subjects(self) -> Sequence[str]:
        """The keys."""
        raise NotImplementedError

    def value(self, name: str, argument: str | None) -> Column | None:
        """A name, or a function of one text; None for what nobody knows."""
        raise NotImplementedError

    def column(self, term: Term) -> Column:
        """The column of a term, kept."""
        key = str(term)
        if key not in self._columns:
            self._columns[key] = self._column(term)
        return self._columns[key]

    def _column(self, term: Term) -> Column:
        lagged = self.lagged(term)
        if lagged is not None:
            return lagged
        argument = None
        if term.args:
            first = term.args[0]
            if not isinstance(first, Text):
                return unknown(len(self.keys))
            argument = first.value
        found = self.value(term.name, argument)
        return unknown(len(self.keys)) if found is None else found

    def back(self, periods: int, of: str) -> Frame:
        """The same subjects earlier, with what is known today."""
        if not periods:
            return self
        at = self.at.back(self.facts, periods, of)
        if at.key not in self._earlier:
            self._earlier[at.key] = self.earlier(at)
        return self._earlier[at.key]

    def earlier(self, at: Position) -> Frame:
        """The same subjects at another position."""
        made = type(self)(self.facts, at)
        return made if list(made.keys) == list(self.keys) else Aligned(made, self.keys)


class Aligned(Frame):
    """Another frame's columns for the subjects of this one; what it does not have is not known."""

    def __init__(self, inner: Frame, keys: Sequence[str]) -> None:
        self.inner, self.keys = inner, keys
        self.subject, self.period, self.on, self.synthetic = inner.subject, inner.period, inner.on, inner.synthetic
        places = {key: place for place, key in enumerate(inner.keys)}
        self.rows = np.array([places.get(key, -1) for key in keys], np.int64)

    def column(self, term: Term) -> Column:
        """The inner column, row by row."""
        found = self.inner.column(term)
        if not len(found.values):
            return unknown(len(self.keys))
        return Column(found.values[self.rows], found.known[self.rows] & (self.rows >= 0))

    def back(self, periods: int, of: str) -> Frame:
        """Further back."""
        return Aligned(self.inner.back(periods, of), self.keys)

    def about(self, row: int) -> About:
        """Who the row is."""
        return self.inner.about(int(self.rows[row])) if self.rows[row] >= 0 else About()
