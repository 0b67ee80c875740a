"""Facts about firms, as the conditions of lists and forms read them: columns over firms, in the order they were asked for.

These are read by the system itself to decide who is asked and who stands on a list; they are shown to nobody, so no
reach is asked for. A firm that was in the lines of none of twelve known months traded nothing in them; where a month of
the window was not taken in, the sum is missing and not less.
"""

from __future__ import annotations

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
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.indicators.tables import reader_of
from commercebrain.engine.indicators.vintages import in_force
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.rollups.panel import months_back
from commercebrain.engine.rollups.reader import RollupReader

#: The dataset that trade is counted from.
CUSTOMS = "declaration_lines"
YEAR = 12
#: Name of a fact → (type, unit, 中文, English). ``exports_to(country)`` and ``imports_from(country)`` are functions.
FACTS: Mapping[str, tuple[str, str, str, str]] = {
    "exports_last_12m": ("number", "元", "最近12个月出口额", "exports of the last twelve months"),
    "exports_last_year": ("number", "元", "上年出口额", "exports of last year"),
    "imports_last_12m": ("number", "元", "最近12个月进口额", "imports of the last twelve months"),
    "imports_last_year": ("number", "元", "上年进口额", "imports of last year"),
    "size": ("text", "", "企业规模", "size class"),
    "industry": ("text", "", "行业代码", "industry code"),
    "county": ("text", "", "所在县（市、区）代码", "code of the county"),
    "township": ("text", "", "所在乡镇（街道）代码", "code of the township"),
    "status": ("text", "", "登记状态", "status in the register"),
    "tags": ("texts", "", "标签", "tags"),
}

#: Values and whether each is known.
Column = tuple[NDArray[Any], NDArray[np.bool_]]


@dataclass(frozen=True)
class FirmFacts:
    """Facts about ``firms`` (ids of enterprises, with their ``codes``) as known on ``on``.

    ``month``: the last month of trade that counts (yyyymm), none where no trade is held.
    """

    firms: tuple[int, ...]
    codes: tuple[str, ...]
    on: date
    month: int | None
    _register: Mapping[str, list[Any]]
    _trade: _Trade | None

    def column(self, name: str) -> Column:
        """One fact of all firms: values, and whether each is known. KeyError for a name that is no fact."""
        kind = FACTS[name][0]
        if name in self._register:
            values = np.empty(len(self.firms), object)
            values[:] = self._register[name]
            known = np.ones(len(self.firms), bool) if kind == "texts" else np.array([bool(v) for v in values], bool)
            return values, known
        flow, _, window = name.partition("s_")
        return self._of_trade(lambda trade: trade.sums(flow, window == "last_year"))

    def exports_to(self, country: str) -> Column:
        """Exports of the last twelve months to a country (ISO alpha-3), in yuan."""
        return self._of_trade(lambda trade: trade.with_country("export", country))

    def imports_from(self, country: str) -> Column:
        """Imports of the last twelve months from a country (ISO alpha-3), in yuan."""
        return self._of_trade(lambda trade: trade.with_country("import", country))

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """Every fact by name."""
        return {name: self.column(name) for name in FACTS}

    def of(self, firm: int) -> dict[str, Any]:
        """The facts of one firm by name; what is not known is None. KeyError for a firm that was not asked about."""
        place = self._places[firm]
        out: dict[str, Any] = {}
        for name, (values, known) in self.columns.items():
            value = values[place] if known[place] else None
            out[name] = value.item() if isinstance(value, np.generic) else value
        return out

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
            return np.zeros(many, np.int64), np.zeros(many, bool)
        places = self._in_dictionary
        if not len(by_code):
            return np.zeros(many, np.int64), np.ones(many, bool)
        return np.where(places >= 0, by_code[np.maximum(places, 0)], 0), np.ones(many, bool)


def firm_facts(enterprises: QuerySet[Enterprise] | Iterable[int] | None = None, on: date | None = None) -> FirmFacts:
    """The facts about ``enterprises`` (a query set, ids, or none for all that are not merged) as known on ``on``.

    One query for the register; trade comes from the roll-ups of customs lines, read when a fact of it is asked for.
    """
    day = on or today()
    rows: Any = Enterprise.objects.current() if enterprises is None else enterprises
    if not isinstance(rows, QuerySet):
        rows = Enterprise.objects.filter(pk__in=list(rows))
    told = rows.order_by("pk").values_list(
        "pk", "uscc", "size", "industry", "region__code", "township__code", "status", "tags"
    )
    columns: tuple[list[Any], ...] = tuple(map(list, zip(*told, strict=True))) or ([],) * 8
    names = ("size", "industry", "county", "township", "status")
    register = {name: [value or "" for value in column] for name, column in zip(names, columns[2:7], strict=True)}
    register["tags"] = [tuple(tags or ()) for tags in columns[7]]
    trade = _trade(day)
    month = None if trade is None else trade.last
    return FirmFacts(tuple(columns[0]), tuple(columns[1]), day, month, register, trade)


@dataclass(frozen=True)
class _Trade:
    """The roll-ups, and which of their months were known on the day: ``last`` is the newest of them."""

    reader: RollupReader
    known: frozenset[int]
    last: int
    day: date

    def sums(self, flow: str, of_last_year: bool) -> NDArray[np.int64] | None:
        """By firm's code; None where a month of the window is not known."""
        last = (self.day.year - 1) * 100 + YEAR if of_last_year else self.last
        if not self._whole(last):
            return None
        return self._spread(flow, "ytd" if of_last_year else "sum12", last)

    def with_country(self, flow: str, country: str) -> NDArray[np.int64] | None:
        """By firm's code, in the last twelve months; None where one of them is not known."""
        if not self._whole(self.last):
            return None
        dictionaries = self.reader.dictionaries
        out = np.zeros(len(dictionaries.of("uscc")), np.int64)
        way, partner = dictionaries.of("flow").codes.get(flow), dictionaries.of("country").codes.get(country)
        if way is None or partner is None:
            return out
        newest = self.last == self.reader.months[-1]
        if newest:
            arrays, measure = self.reader.arrays("exposure_recent"), "current"
        else:
            arrays, measure = self.reader.arrays("grain", _window(self.last)), "value_cny"
        taken = (arrays["flow"] == way) & (arrays["country"] == partner)
        np.add.at(out, arrays["uscc"][taken], arrays[measure][taken])
        return out

    def _whole(self, last: int) -> bool:
        return set(_window(last)) <= self.known

    def _spread(self, flow: str, column: str, month: int) -> NDArray[np.int64]:
        found = self.reader.panel(flow, month, month, (column,))
        out = np.zeros(len(self.reader.dictionaries.of("uscc")), np.int64)
        if len(found.firms):
            out[found.firms] = found.columns[column][0]
        return out


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
