"""Firms: trade, orders, exposure and what the register says, as one frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from commercebrain.engine.expressions import Column, Term
from commercebrain.engine.expressions.nodes import Number
from commercebrain.engine.rules.facts import orders, trade
from commercebrain.engine.rules.facts.position import FactFrame
from commercebrain.engine.rules.facts.series import Bits, Floats, column
from commercebrain.engine.rules.frame import About, Coded

REGISTER: Final = ("size", "industry", "township", "tags", "established", "employees")
_MARKET: Final = ("top_market", "first_market")


class FirmFrame(FactFrame):
    """The frame of firms."""

    subject = "firm"

    def subjects(self) -> Sequence[str]:
        """Credit codes."""
        return self.facts.firms

    def value(self, name: str, argument: str | None) -> Column | None:
        """A fact of firms."""
        if argument is not None:
            return self._called(name, argument)
        if name in orders.FACTS:
            return self.facts.orders.column(name, self.at.week, self.on, self.facts.order_rows)
        if name in REGISTER:
            return self._register(name)
        coded = self._text(name)
        if coded is not None:
            return coded.plain()
        if name in ("in_case", "near_case"):
            found = getattr(self.facts.exposures, name)()
            return None if found is None else self._truth(found, None)
        told = trade.truths(name, self.at.months)
        if told is not None:
            return self._truth(*told)
        values = trade.numbers(name, self.at.months)
        return None if values is None else self._of_trade(values, nothing=name in trade.AMOUNTS)

    def coded(self, term: Term) -> Coded | None:
        """Choices and places are kept as codes."""
        if term.name == "lag" and term.args is not None and len(term.args) == 2:
            inner, count = term.args
            if isinstance(inner, Term) and isinstance(count, Number):
                of = "report" if inner.name in orders.FACTS else "month"
                return self.back(int(count.value), of).coded(inner)
        if term.args is not None:
            return None
        if term.name in ("cover", "trend"):
            return self.facts.orders.coded(term.name, self.at.week, self.on, self.facts.order_rows)
        return self._text(term.name)

    def about(self, row: int) -> About:
        """Name, code, county, first market, first goods and their chapter."""
        uscc = self.keys[row]
        register = self.facts.register
        name = self.facts.name_of(uscc)
        if register is not None and len(register.names):
            name = register.names[register.places[uscc]]
        county = self.facts.county_of(uscc)
        place = int(self.facts.trade_rows[row])
        country, chapter, hs6 = "", "", ""
        if place >= 0 and self.at.months.last:
            market = int(trade.first_of(self.at.months, "firm_country")[0][place])
            country = self.facts.source.countries[market] if market >= 0 else ""
            held = int(trade.chapters(self.at.months)[place])
            chapter = f"{held:02d}" if held >= 0 else ""
            goods = int(trade.first_of(self.at.months, "firm_product")[0][place])
            hs6 = self.facts.source.products[goods][:6] if goods >= 0 else ""
        return About(
            name=name, uscc=uscc, county=county, county_name=self.facts.name_of(county) if county else None,
            region=county, country=country, chapter=chapter, hs6=hs6,
        )  # fmt: skip

    # -- columns

    def _of_trade(self, values: Floats, *, nothing: bool) -> Column:
        """A number of the source's firms for the frame's; a firm without any line has nothing of an amount, and of the rest
        nothing is known. Where no month is known, nothing is."""
        rows = self.facts.trade_rows
        if not len(values):
            return column(np.full(len(rows), np.nan))
        absent = 0.0 if nothing and self.at.months.last else np.nan
        return column(np.where(rows >= 0, values[np.maximum(rows, 0)], absent))

    def _truth(self, values: Bits, known: Bits | None) -> Column:
        rows = self.facts.trade_rows
        if not len(values):
            return Column(np.zeros(len(rows), bool), np.zeros(len(rows), bool))
        there = rows >= 0
        place = np.maximum(rows, 0)
        # Of what needs no history, a firm without lines has nothing: that is known.
        told = np.ones(len(rows), bool) if known is None else there & known[place]
        return Column(there & values[place].astype(bool) & told, told)

    def _called(self, name: str, argument: str) -> Column | None:
        months, held = self.at.months, self.facts.exposures
        if name == "list":
            listed = self.facts.lists.listed.get(argument)
            if listed is None:
                return None
            members = frozenset(listed)
            values = np.fromiter((uscc in members for uscc in self.keys), bool, len(self.keys))
            return Column(values, np.ones(len(values), bool))
        if name in ("exports_to", "imports_from", "share_to"):
            found = (
                trade.imports_from(months, argument)
                if name == "imports_from"
                else trade.with_country(months, argument, share_of=name == "share_to")
            )
            return self._of_trade(found, nothing=name != "share_to")
        if name in ("exposure", "duty"):
            taken = held.share(argument) if name == "exposure" else held.duty(argument)
            return None if taken is None else self._of_trade(taken, nothing=True)
        if name == "newly_hit":
            newly = held.newly(argument)
            return None if newly is None else self._truth(newly, None)
        return None

    def _text(self, name: str) -> Coded | None:
        if name == "county":
            return self.facts.firm_counties
        if name in _MARKET and self.at.months.last:
            codes, _ = trade.first_of(self.at.months, "firm_country")
            rows = self.facts.trade_rows
            return Coded(np.where(rows >= 0, codes[np.maximum(rows, 0)], -1), tuple(self.facts.source.countries))
        register = self.facts.register
        held = register.columns.get(name) if register is not None and name in REGISTER else None
        if not isinstance(held, Coded) or register is None:
            return None
        return Coded(held.codes[self._register_rows()], held.options)

    def _register_rows(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        register = self.facts.register
        places = register.places if register is not None else {}
        return np.array([places[uscc] for uscc in self.keys], np.int64)

    def _register(self, name: str) -> Column | None:
        register = self.facts.register
        held = register.columns.get(name) if register is not None else None
        if held is None:
            return None
        found = held.plain() if isinstance(held, Coded) else held
        rows = self._register_rows()
        return Column(found.values[rows], found.known[rows])
