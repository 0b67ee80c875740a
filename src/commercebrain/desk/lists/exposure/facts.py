"""Facts about firms, as the conditions of lists and forms read them: columns over firms, in the order they were asked for.

These are read by the system itself to decide who is asked and who stands on a list; they are shown to nobody, so no
reach is asked for. A firm that was in the lines of none of twelve known months traded nothing in them; where a month of
the window was not taken in, the sum is missing and not less.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import QuerySet
from numpy.typing import NDArray

from commercebrain.desk.core.clock import today
from commercebrain.desk.lists.exposure.reported import employees
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.expressions import Expression
from commercebrain.engine.expressions.columns import Column
from commercebrain.engine.expressions.firm import NAMES, firm_vocabulary
from commercebrain.engine.indicators.tables import reader_of
from commercebrain.engine.indicators.vintages import in_force
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.rollups.panel import months_back
from commercebrain.engine.rollups.reader import RollupReader

#: The dataset that trade is counted from.
CUSTOMS = "declaration_lines"
YEAR = 12
FLOWS = ("export", "import")
#: What the register says, by the name of the fact; a firm without it has none.
REGISTER: Mapping[str, str] = {
    "size": "size",
    "industry": "industry",
    "county": "region__code",
    "township": "township__code",
    "tags": "tags",
    "established": "established_on",
}
_CALL = re.compile(r"(\w+)\('((?:[^']|'')*)'\)")


@dataclass(frozen=True)
class FirmFacts:
    """Facts about ``firms`` (ids of enterprises, with their ``codes``) as known on ``on``, under the names and in the
    units of :mod:`commercebrain.engine.expressions.firm`.

    ``month``: the last month of trade that counts (yyyymm), none where no trade is held.
    """

    firms: tuple[int, ...]
    codes: tuple[str, ...]
    on: date
    month: int | None
    _register: Mapping[str, list[Any]]
    _trade: _Trade | None

    def columns(self, expression: Expression) -> dict[str, Column]:
        """The columns that an expression needs, by each term's text, as :meth:`Expression.column` takes them.

        KeyError for a term that is no fact: ``Expression.check`` with the vocabulary of firms finds it beforehand.
        """
        return {str(term): self.column(str(term)) for term in expression.terms}

    def holding(self, expression: Expression) -> frozenset[int]:
        """The firms of which a condition is known to hold."""
        if not self.firms:
            return frozenset()
        values, known = expression.column(self.columns(expression), firm_vocabulary())
        if np.ndim(values) == 0 or len(values) != len(self.firms):  # a condition without any fact
            return frozenset(self.firms) if bool(np.all(values & known)) else frozenset()
        return frozenset(firm for firm, yes in zip(self.firms, (values & known).tolist(), strict=True) if yes)

    def column(self, term: str) -> Column:
        """One fact of all firms, by the text of its term. KeyError for what is no fact."""
        if called := _CALL.fullmatch(term):
            name, argument = called[1], called[2].replace("''", "'")
            calls = {
                "exports_to": self.exports_to,
                "imports_from": self.imports_from,
                "share_to": self.share_to,
                "list": self.on_list,
            }
            return calls[name](argument)
        if term in self._register:
            values = np.empty(len(self.firms), object)
            values[:] = self._register[term]
            known = [value not in ("", None) for value in values]
            return Column(values, np.array(known, bool))
        kind = NAMES[term].kind
        if term == "employees":
            told = employees(self.on)
            many = [told.get(code) for code in self.codes]
            return Column(np.array([v or 0 for v in many], np.int64), np.array([v is not None for v in many], bool))
        if term == "first_market":
            return self._first_market()
        flow, _, window = term.partition("s_")
        if flow in FLOWS and window in ("last_year", "last_12m"):
            return self._of_trade(lambda trade: trade.sums(flow, window == "last_year"))
        # A fact that the vocabulary has and no source of this installation tells: known of nobody.
        empty = np.zeros(len(self.firms), np.int64 if kind == "number" else object)
        return Column(empty, np.zeros(len(self.firms), bool))

    def exports_to(self, country: str) -> Column:
        """Exports of the last twelve months to a country (ISO alpha-3), in yuan."""
        return self._of_trade(lambda trade: trade.with_country("export", country))

    def imports_from(self, country: str) -> Column:
        """Imports of the last twelve months from a country (ISO alpha-3), in yuan."""
        return self._of_trade(lambda trade: trade.with_country("import", country))

    def share_to(self, country: str) -> Column:
        """The share of a country in a firm's exports of the last twelve months, a fraction; of none there is no share."""
        part, whole = self.exports_to(country), self.column("exports_last_12m")
        there = part.known & whole.known & (whole.values > 0)
        return Column(np.divide(part.values, whole.values, out=np.zeros(len(there)), where=there), there)

    def on_list(self, kind: str) -> Column:
        """Whether each firm stands on a list of a kind on the day."""
        from commercebrain.desk.lists.queries import firms_on

        listed = firms_on(kind, day=self.on)
        return Column(np.array([firm in listed for firm in self.firms], bool), np.ones(len(self.firms), bool))

    def of(self, firm: int) -> dict[str, Any]:
        """The facts of one firm by name; what is not known is None. KeyError for a firm that was not asked about."""
        place = self._places[firm]
        out: dict[str, Any] = {}
        for name in NAMES:
            found = self._held(name)
            value = found.values[place] if found.known[place] else None
            out[name] = value.item() if isinstance(value, np.generic) else value
        return out

    def _first_market(self) -> Column:
        """The country of a firm's largest exports of the last twelve months; none for one that exported nothing."""
        values, known = np.empty(len(self.firms), object), np.zeros(len(self.firms), bool)
        sums = None if self._trade is None else self._trade.by_country("export", self._in_dictionary)
        if sums is not None and self._trade is not None and sums.shape[1]:
            known = sums.max(axis=1) > 0
            names = np.array(self._trade.reader.dictionaries.of("country").values, object)
            values[known] = names[sums.argmax(axis=1)[known]]
        return Column(values, known)

    def _held(self, name: str) -> Column:
        if name not in self._cache:
            self._cache[name] = self.column(name)
        return self._cache[name]

    @cached_property
    def _cache(self) -> dict[str, Column]:
        return {}

    @cached_property
    def _places(self) -> dict[int, int]:
        return {firm: place for place, firm in enumerate(self.firms)}

    @cached_property
    def _in_dictionary(self) -> NDArray[np.int64]:
        """The code of each firm in the trade's dictionary; -1 for one that never traded."""
        assert self._trade is not None  # noqa: S101 - asked for only where there is trade
        codes = self._trade.reader.dictionaries.of("uscc").codes
        return np.array([codes.get(code, -1) for code in self.codes], np.int64)

    def _of_trade(self, ask: Callable[[_Trade], NDArray[np.int64] | None]) -> Column:
        many = len(self.firms)
        by_code = None if self._trade is None else ask(self._trade)
        if by_code is None:
            return Column(np.zeros(many, np.int64), np.zeros(many, bool))
        places = self._in_dictionary
        if not len(by_code):
            return Column(np.zeros(many, np.int64), np.ones(many, bool))
        return Column(np.where(places >= 0, by_code[np.maximum(places, 0)], 0), np.ones(many, bool))


def firm_facts(enterprises: QuerySet[Enterprise] | Iterable[int] | None = None, on: date | None = None) -> FirmFacts:
    """The facts about ``enterprises`` (a query set, ids, or none for all that are not merged) as known on ``on``.

    One query for the register; trade comes from the roll-ups of customs lines, read when a fact of it is asked for.
    """
    day = on or today()
    rows: Any = Enterprise.objects.current() if enterprises is None else enterprises
    if not isinstance(rows, QuerySet):
        rows = Enterprise.objects.filter(pk__in=list(rows))
    told = list(rows.order_by("pk").values_list("pk", "uscc", *REGISTER.values()))
    register = {name: [row[place] or "" for row in told] for place, name in enumerate(REGISTER, 2)}
    register["tags"] = [tuple(tags) for tags in register["tags"]]
    firms, codes = tuple(row[0] for row in told), tuple(row[1] for row in told)
    trade = _trade(day)
    month = None if trade is None else trade.last
    return FirmFacts(firms, codes, day, month, register, trade)


@dataclass(frozen=True)
class _Trade:
    """The roll-ups, and which of their months were known on the day: ``last`` is the newest of them."""

    reader: RollupReader
    known: frozenset[int]
    last: int
    day: date

    def sums(self, flow: str, of_last_year: bool) -> NDArray[np.int64] | None:
        """By firm's code: of twelve months in yuan, of last year in US dollars; None where a month is not known."""
        last = (self.day.year - 1) * 100 + YEAR if of_last_year else self.last
        if not self._whole(last):
            return None
        out = np.zeros(len(self.reader.dictionaries.of("uscc")), np.int64)
        if of_last_year:
            arrays = self.reader.arrays("firm", _window(last))
            taken = arrays["flow"] == self.reader.dictionaries.of("flow").codes.get(flow, -1)
            np.add.at(out, arrays["uscc"][taken], arrays["value_usd"][taken])
            return out
        found = self.reader.panel(flow, last, last, ("sum12",))
        if len(found.firms):
            out[found.firms] = found.columns["sum12"][0]
        return out

    def with_country(self, flow: str, country: str) -> NDArray[np.int64] | None:
        """By firm's code, in the last twelve months; None where one of them is not known."""
        if not self._whole(self.last):
            return None
        dictionaries = self.reader.dictionaries
        out = np.zeros(len(dictionaries.of("uscc")), np.int64)
        way, partner = dictionaries.of("flow").codes.get(flow), dictionaries.of("country").codes.get(country)
        if way is None or partner is None:
            return out
        arrays, measure = self._lines()
        taken = (arrays["flow"] == way) & (arrays["country"] == partner)
        np.add.at(out, arrays["uscc"][taken], arrays[measure][taken])
        return out

    def by_country(self, flow: str, firms: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Yuan of the last twelve months, firms (codes; -1: never traded) down and countries across; None where a month
        is not known."""
        if not self._whole(self.last):
            return None
        dictionaries = self.reader.dictionaries
        across = len(dictionaries.of("country"))
        out = np.zeros((len(firms), across), np.int64)
        row_of = np.full(len(dictionaries.of("uscc")) + 1, -1, np.int64)  # the last place takes the -1
        row_of[firms] = np.arange(len(firms))
        row_of[-1] = -1
        arrays, measure = self._lines()
        rows = row_of[arrays["uscc"]]
        taken = (rows >= 0) & (arrays["flow"] == dictionaries.of("flow").codes.get(flow, -1))
        np.add.at(out, (rows[taken], arrays["country"][taken]), arrays[measure][taken])
        return out

    def _lines(self) -> tuple[Any, str]:
        """The roll-up of the last twelve months by firm and country, and its measure in yuan."""
        if self.last == self.reader.months[-1]:
            return self.reader.arrays("exposure_recent"), "current"
        return self.reader.arrays("grain", _window(self.last)), "value_cny"

    def _whole(self, last: int) -> bool:
        return set(_window(last)) <= self.known


def _window(last: int) -> list[int]:
    return [months_back(last, many) for many in range(YEAR)]


def _trade(day: date) -> _Trade | None:
    root = Path(settings.LAKE_ROOT)
    reader = reader_of(root, CUSTOMS)
    if reader is None:
        return None
    versions = in_force(root, record_dataset(CUSTOMS), day)
    known = frozenset(version.month for version in versions) & frozenset(reader.months)
    return _Trade(reader, known, max(known), day) if known else None
