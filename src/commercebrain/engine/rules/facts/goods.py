"""Goods of six digits on one market: what the city exports of them there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.expressions import Column
from commercebrain.engine.rules.facts import unusual
from commercebrain.engine.rules.facts.position import FactFrame
from commercebrain.engine.rules.facts.series import YEAR, Floats, Months, column, growth, plain, share
from commercebrain.engine.rules.facts.source import Sparse
from commercebrain.engine.rules.frame import About

#: Goods on a market of which so many yuan were exported in twelve months, or in the twelve before, are looked at.
LEAST: Final = 1_000_000.0
_SIX, _HEADING = 6, 4
_PLAIN: Final = {"value": "value", "growth": "growth", "value_3m": "value_3m", "growth_3m": "growth_3m"}


class GoodsFrame(FactFrame):
    """The frame of goods × market; keys are ``841370|IND``. Only counties that are looked at do not matter here: goods are
    the whole city's."""

    subject = "goods"

    def subjects(self) -> Sequence[str]:
        """Those that are large enough now or a year before."""
        self._numbers = large(self.facts.months)
        wide = len(self.facts.source.countries) or 1
        six = sixes(self.facts.months)[0]
        goods, country = np.divmod(self._numbers, wide)
        self.hs6 = [six[one] for one in goods.tolist()]
        self.country = [self.facts.source.countries[one] for one in country.tolist()]
        return [f"{code}|{place}" for code, place in zip(self.hs6, self.country, strict=True)]

    def value(self, name: str, argument: str | None) -> Column | None:
        """A fact of goods on a market."""
        held = self.facts.exposures
        if name == "list" and argument is not None:
            return _known(held.goods_on(self.facts.lists.products.get(argument), self.hs6, self.country))
        if name == "in_case":
            return _known(held.goods_on(self.facts.lists.cases(), self.hs6, self.country))
        if name == "neighbour_case":
            near = held.goods_on(self.facts.lists.cases(), self.hs6, self.country, _HEADING)
            own = held.goods_on(self.facts.lists.cases(), self.hs6, self.country)
            return None if near is None or own is None else _known(near & ~own)
        months = self.at.months
        if not months.last or not len(self.keys):
            return None
        if name in _PLAIN:
            return column(self._plain()[_PLAIN[name]])
        if name in ("gap", "surprise"):
            seen = months.source.kept(
                ("goods judged", months.key, self.facts.months.key),
                lambda: unusual.judged(months, "goods", table=table(months, self._numbers)),
            )
            return column(getattr(seen, name))
        makers: dict[str, Callable[[], Any]] = {
            "quantity_growth": self._quantity, "price_change": self._price, "share_of_market": self._share,
            "share_change": self._share_change, "firms": lambda: self._firms()[0],
            "top_firm_share": lambda: self._firms()[1],
        }  # fmt: skip
        make = makers.get(name)
        return None if make is None else column(make())

    def about(self, row: int) -> About:
        """The goods and the market."""
        goods, market = self.facts.name_of(self.hs6[row]), self.facts.name_of(self.country[row])
        name = goods.__class__(zh=f"{goods.zh}（对{market.zh}）", en=f"{goods.en} to {market.en}")
        return About(name=name, hs6=self.hs6[row], chapter=self.hs6[row][:2], country=self.country[row])

    def _plain(self) -> dict[str, Floats]:
        months = self.at.months
        return months.source.kept(
            ("goods plain", months.key, self.facts.months.key), lambda: plain(table(months, self._numbers))
        )

    def _sums(self, near: int, far: int, of: str) -> Floats:
        held = together(self.at.months, near, far)
        return np.full(len(self.keys), np.nan) if held is None else held.at(self._numbers, of)

    def _quantity(self) -> Floats:
        return growth(self._sums(0, 2, "quantity"), self._sums(YEAR, YEAR + 2, "quantity"))

    def _price(self) -> Floats:
        now, then = (
            share(self._sums(near, near + 2, "value"), self._sums(near, near + 2, "quantity")) for near in (0, YEAR)
        )
        return growth(now, then)

    def _share(self, near: int = 0) -> Floats:
        """The part of the market in the city's exports of the goods, in twelve months."""
        held = together(self.at.months, near, near + YEAR - 1)
        if held is None:
            return np.full(len(self.keys), np.nan)
        wide = len(self.facts.source.countries)
        whole = np.bincount(held.key // wide, held.value, minlength=len(sixes(self.at.months)[0]))
        return share(held.at(self._numbers), whole[self._numbers // wide])

    def _share_change(self) -> Floats:
        return self._share() - self._share(YEAR)

    def _firms(self) -> tuple[Floats, Floats]:
        """How many firms exported them in twelve months, and the part of the largest."""
        months = self.at.months
        held = months.together("firm_line", 0, YEAR - 1)
        none = np.full(len(self.keys), np.nan)
        if held is None:
            return none, none
        source = months.source
        wide = len(source.countries)
        rest, country = np.divmod(held.key, wide)
        firm, product = np.divmod(rest, len(source.products))
        goods = sixes(months)[1][product] * wide + country
        place = np.minimum(np.searchsorted(self._numbers, goods), len(self._numbers) - 1)
        mine = (self._numbers[place] == goods) & (held.value > 0)
        of_firm = Sparse.of(place[mine] * len(source.firms) + firm[mine], held.value[mine], held.value[mine])
        at = of_firm.key // len(source.firms)
        count = np.bincount(at, minlength=len(self.keys)).astype(np.float64)
        largest = np.zeros(len(self.keys))
        np.maximum.at(largest, at, of_firm.value)
        return count, share(largest, np.bincount(at, of_firm.value, minlength=len(self.keys)))


def _known(values: NDArray[np.bool_] | None) -> Column | None:
    return None if values is None else Column(values, np.ones(len(values), bool))


def sixes(months: Months) -> tuple[list[str], NDArray[np.int64]]:
    """The six-digit goods of a source, and the place of each tariff line's among them."""

    def make() -> tuple[list[str], NDArray[np.int64]]:
        names = [code[:_SIX] for code in months.source.products]
        values, place = np.unique(np.array(names, dtype=str), return_inverse=True)
        return [str(one) for one in values.tolist()], place.astype(np.int64)

    return months.source.kept("sixes", make)


def of_month(months: Months, month: int) -> Sparse:
    """Exports of a month by goods × market: goods × number of partners + partner."""

    def make() -> Sparse:
        source = months.source
        cells = source.cells(month, months.tokens[month])
        mine = cells.flow == 0
        key = sixes(months)[1][cells.product[mine]] * len(source.countries) + cells.country[mine]
        return Sparse.of(key, cells.value[mine], cells.quantity[mine])

    return months.source.kept(("goods", month, months.tokens[month]), make)


def together(months: Months, near: int, far: int) -> Sparse | None:
    """Exports of a window by goods × market; none where a month is not known."""
    window = months.window(near, far)
    if window is None:
        return None
    key = ("goods together", tuple((month, months.tokens[month]) for month in window))
    return months.source.kept(key, lambda: Sparse.together([of_month(months, one) for one in window]))


def large(months: Months) -> NDArray[np.int64]:
    """The goods × markets that are looked at."""
    parts = [one for one in (together(months, 0, YEAR - 1), together(months, YEAR, 2 * YEAR - 1)) if one is not None]
    found = [one.key[one.value >= LEAST] for one in parts]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)


def table(months: Months, keys: NDArray[Any]) -> Floats:
    """Goods × months in yuan, NaN throughout a month that is not known."""
    out = np.full((len(months.span), len(keys)), np.nan)
    for row, month in zip(out, months.span, strict=True):
        if month in months.tokens:
            row[:] = of_month(months, month).at(keys)
    return np.ascontiguousarray(out.T)
