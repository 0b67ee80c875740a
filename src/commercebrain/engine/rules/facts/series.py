"""Months of many subjects as one table, as known on a day, and what is plainly worked out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.expressions import Column
from commercebrain.engine.foresight.months import months_apart, shift
from commercebrain.engine.rules.facts.source import EXPORT, IMPORT, Sparse, Token, TradeSource

Array = NDArray[Any]
Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]
#: How many months of the past are looked at.
SPAN: Final = 84
YEAR: Final = 12


def column(values: Array) -> Column:
    """A column of numbers; NaN is not known."""
    known = np.isfinite(values)
    return Column(np.where(known, values, 0.0), known)


def growth(now: Array, before: Array) -> Floats:
    """As a fraction; NaN without a base."""
    with np.errstate(all="ignore"):
        return np.where(before > 0, now / before - 1, np.nan)


def share(part: Array, whole: Array) -> Floats:
    """As a fraction; NaN of nothing."""
    with np.errstate(all="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


@dataclass(frozen=True)
class Months:
    """Which months were known on a day, in which vintages. ``last`` is the newest that counts, 0 where none is known."""

    source: TradeSource
    tokens: Mapping[int, Token]
    last: int

    @classmethod
    def on(cls, source: TradeSource, day: date, *, as_published: bool = False) -> Months:
        """What was known on a day."""
        tokens = source.known(day, as_published=as_published)
        return cls(source, tokens, max(tokens, default=0))

    def back(self, months: int) -> Months:
        """The same knowledge, looked at some months earlier; ``last`` is 0 where nothing reaches so far."""
        if not self.last or not months:
            return self
        last = shift(self.last, -months)
        return Months(self.source, self.tokens, last if last >= min(self.tokens) else 0)

    @cached_property
    def span(self) -> tuple[int, ...]:
        """The months of the table, the newest last, without gaps."""
        if not self.last:
            return ()
        first = max(min(self.tokens), shift(self.last, 1 - SPAN))
        return tuple(shift(first, n) for n in range(months_apart(first, self.last) + 1))

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """What the table depends on: its months and their vintages."""
        return tuple((month, self.tokens.get(month)) for month in self.span)

    def window(self, near: int, far: int) -> list[int] | None:
        """The months from ``far`` to ``near`` before the last (0: the last itself), none where one is not known."""
        if not self.last:
            return None
        months = [shift(self.last, -n) for n in range(far, near - 1, -1)]
        return months if all(month in self.tokens for month in months) else None

    def table(self, kind: str, flow: int = EXPORT) -> Floats:
        """Subjects × months of :attr:`span` in yuan, NaN throughout a month that is not known.

        ``kind``: firm, county, country or cluster.
        """
        return self.source.kept(("table", kind, flow, self.key), lambda: self._table(kind, flow))

    def _table(self, kind: str, flow: int) -> Floats:
        source = self.source
        sizes = {"firm": len(source.firms), "county": len(source.counties), "country": len(source.countries)}
        size = sizes.get(kind, 100 * len(source.counties))
        out = np.full((len(self.span), size), np.nan)
        for row, month in zip(out, self.span, strict=True):
            if month not in self.tokens:
                continue
            token = self.tokens[month]
            if kind == "cluster":
                row[:] = source.by_cluster(month, token)
            else:
                row[:] = getattr(source, f"by_{kind}")(flow, month, token)
        return np.ascontiguousarray(out.T)

    def together(self, kind: str, near: int, far: int) -> Sparse | None:
        """Sums of a window by key (``firm_country``, ``firm_product``, ``firm_line``); none where a month is not known."""
        months = self.window(near, far)
        if months is None:
            return None
        key = ("together", kind, tuple((month, self.tokens[month]) for month in months))
        read = getattr(self.source, kind)
        return self.source.kept(key, lambda: Sparse.together([read(month, self.tokens[month]) for month in months]))

    def counties(self) -> NDArray[np.int64]:
        """The county (code) of each firm's newest line of the last three years; −1 where there is none."""
        return self.source.kept(("counties", self.key[-36:]), self._counties)

    def _counties(self) -> NDArray[np.int64]:
        found = np.full(len(self.source.firms), -1, np.int64)
        for month in reversed(self.span[-36:]):
            if month in self.tokens:
                there = self.source.county_of(month, self.tokens[month])
                found = np.where(found >= 0, found, there)
        return found


def plain(table: Floats, back: int = 0) -> dict[str, Floats]:
    """What is plainly worked out of subjects × months, ``back`` months before the last: NaN where a month is missing.

    ``value``, ``year_before``, ``growth``, ``value_3m``, ``before_3m``, ``growth_3m``, ``value_12m``, ``before_12m``.
    """
    end = table.shape[1] - back

    def sums(near: int, many: int) -> Floats:
        first = end - near - many
        if first < 0 or end - near <= 0:
            return np.full(len(table), np.nan)
        return np.asarray(table[:, first : end - near].sum(axis=1))

    value, before = sums(0, 1), sums(YEAR, 1)
    value_3m, before_3m = sums(0, 3), sums(YEAR, 3)
    return {
        "value": value, "year_before": before, "growth": growth(value, before),
        "value_3m": value_3m, "before_3m": before_3m, "growth_3m": growth(value_3m, before_3m),
        "value_12m": sums(0, YEAR), "before_12m": sums(YEAR, YEAR),
    }  # fmt: skip


__all__ = ["EXPORT", "IMPORT", "SPAN", "YEAR", "Bits", "Floats", "Months", "column", "growth", "plain", "share"]
