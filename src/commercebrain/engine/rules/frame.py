"""Facts of many subjects of one kind at one period: what rules are evaluated on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.expressions import Column, Term
from commercebrain.engine.expressions.nodes import Number
from commercebrain.engine.expressions.reading import read
from commercebrain.engine.rules.vocabulary import periods_of

NOBODY = Words(zh="未命名", en="unnamed")


@dataclass(frozen=True, slots=True)
class About:
    """Who a row is: for sentences, for who may see it, and for what covers it.

    ``country`` and ``chapter`` of a firm are its first market and first chapter of goods. ``region`` is the place of an
    indicator, ``county`` that of a firm, a cluster or a county itself.
    """

    name: Words = NOBODY
    uscc: str = ""
    county: str = ""
    county_name: Words | None = None
    region: str = ""
    country: str = ""
    chapter: str = ""
    hs6: str = ""
    indicator: str = ""
    project: str = ""


@dataclass(frozen=True)
class Coded:
    """A column of choices, texts or sets of ticks as codes: ``options[codes[row]]``; −1 is not known."""

    codes: NDArray[Any]
    options: tuple[Any, ...]

    def plain(self) -> Column:
        """The same as texts."""
        words = np.empty(len(self.options) + 1, object)
        words[:-1] = self.options
        return Column(words[self.codes], self.codes >= 0)

    @classmethod
    def of(cls, column: Column) -> Coded:
        """The codes of a column of texts."""
        places: dict[Any, int] = {}
        codes = np.full(len(column.values), -1, np.int32)
        values = column.values
        for row in np.flatnonzero(column.known):
            codes[row] = places.setdefault(values[row], len(places))
        return cls(codes, tuple(places))


class Frame(ABC):
    """Facts of many subjects at one period.

    ``keys`` are those of the subjects, in the order of every column. ``period`` is told to people (``2025-06``,
    ``2025-W26``), ``on`` the day as of which things are known.
    """

    subject: str
    keys: Sequence[str]
    period: str
    on: date
    synthetic: bool = False

    @abstractmethod
    def column(self, term: Term) -> Column:
        """The values of a name or a call, as long as ``keys``; unknown throughout where nobody knows."""

    @abstractmethod
    def back(self, periods: int, of: str) -> Frame:
        """The same subjects, ``periods`` reports or months earlier; terms are unknown where there is no history."""

    @abstractmethod
    def about(self, row: int) -> About:
        """Who the row is."""

    def coded(self, term: Term) -> Coded | None:
        """The column as codes where it is kept so; None: :meth:`column` is asked."""
        return None

    def lagged(self, term: Term) -> Column | None:
        """The column of ``lag(name, n)`` from the frame n periods back; None where ``term`` is no lag."""
        if term.name != "lag" or term.args is None or len(term.args) != 2:
            return None
        name, count = term.args
        if not isinstance(name, Term) or not isinstance(count, Number):
            return None
        return self.back(int(count.value), periods_of(self.subject, name)).column(name)


@lru_cache(maxsize=4_096)
def text_of(term: Term) -> str:
    """A term's canonical text, kept: frames are asked for the same terms again and again."""
    return str(term)


@lru_cache(maxsize=16)
def unknown(rows: int) -> Column:
    """A column of which nothing is known: the same for all who ask, so it cannot be written to."""
    values, known = np.zeros(rows), np.zeros(rows, bool)
    values.flags.writeable = known.flags.writeable = False
    return Column(values, known)


@dataclass
class ArrayFrame(Frame):
    """A frame of plain arrays, for tests, benches and notebooks.

    ``columns`` by the text of their term (``"exposure('tariff_list')"``): a :class:`Column`, a :class:`Coded` or a plain
    sequence. ``earlier`` holds the frames before it, the nearest first, by what they count (``report``, ``month``).
    """

    subject: str
    keys: Sequence[str]
    columns: Mapping[str, Column | Coded | Sequence[Any] | NDArray[Any]]
    period: str = ""
    on: date = date(2025, 7, 21)
    synthetic: bool = True
    who: Sequence[About] | None = None
    earlier: Mapping[str, Sequence[ArrayFrame]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Terms are known by their canonical text, however they were written; what was before a frame is also before those
        after it."""
        for of, frames in self.earlier.items():
            for place, one in enumerate(frames):
                if of not in one.earlier:
                    one.earlier = {**one.earlier, of: frames[place + 1 :]}
        self._given = {str(read(name)) for name in self.columns}
        self._columns: dict[str, Column] = {}
        self._coded: dict[str, Coded] = {}
        for name, given in self.columns.items():
            key = str(read(name))
            if isinstance(given, Coded):
                self._coded[key] = given
            else:
                self._columns[key] = given if isinstance(given, Column) else Column.of(given)

    def column(self, term: Term) -> Column:
        """The column given; a lag from the frames before."""
        key = text_of(term)
        if key not in self._columns:
            coded = self._coded.get(key)
            lagged = self.lagged(term) if coded is None else coded.plain()
            self._columns[key] = unknown(len(self.keys)) if lagged is None else lagged
        return self._columns[key]

    def coded(self, term: Term) -> Coded | None:
        """The column as codes, where it was given so."""
        found = self._coded.get(text_of(term))
        if found is None and text_of(term) not in self._given and term.name == "lag" and term.args:
            name, count = term.args[0], term.args[-1]
            if isinstance(name, Term) and isinstance(count, Number):
                return self.back(int(count.value), periods_of(self.subject, name)).coded(name)
        return found

    def back(self, periods: int, of: str) -> ArrayFrame:
        """The frame ``periods`` before; one that knows nothing where there is none."""
        if periods == 0:
            return self
        before = self.earlier.get(of, ())
        if periods <= len(before):
            return before[periods - 1]
        return ArrayFrame(self.subject, self.keys, {}, "", self.on, self.synthetic, self.who)

    def about(self, row: int) -> About:
        """Who was given, else the key alone."""
        if self.who is not None:
            return self.who[row]
        key = str(self.keys[row])
        return About(name=Words(zh=key, en=key))
