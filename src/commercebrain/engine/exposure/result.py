"""What a list hits: firm by firm, in all, and by county, township, goods, partner and row of the list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.exposure.base import Tier, TradeBase
from commercebrain.engine.exposure.kernels import add_to, sums_by
from commercebrain.engine.lists.rows import ProductRow

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Dimension = Literal["county", "township", "hs2", "hs4", "hs6", "product", "partner", "row"]
DIMENSIONS: tuple[str, ...] = get_args(Dimension)
#: Rates are kept as whole thousandths of a per cent, so that duties add up to the same digit in any order.
RATE_UNITS = 1000
#: What an ``owed`` of one yuan of duty counts.
DUE = 100 * RATE_UNITS


@dataclass(frozen=True)
class Hits:
    """The lines of the base that the list takes, each once: firm, product, country as codes of the base; ``row`` the row
    of the list whose rate counts; ``sure``: taken digit for digit, not by the shared six digits only; ``agreed``: the firm
    has confirmed a foreign code that the list names (None where nothing was asked)."""

    firm: NDArray[Any]
    product: NDArray[Any]
    country: NDArray[Any]
    row: NDArray[Any]
    value: Ints
    owed: Ints
    sure: Bools
    agreed: Bools | None


@dataclass(frozen=True)
class Totals:
    """The first line of an answer. Money in whole ``unit`` of the base.

    ``value`` is the upper bound 上限口径, ``confirmed`` 企业确认口径 (None: not every line is sure and no firm was asked),
    ``sure`` the part that is taken digit for digit, ``duty`` at the rows' rates (both None where they may not be told). ``share`` of ``all_trade`` (None where there is none). ``jobs``:
    people employed by the firms hit, of those whose number is known (None: no numbers given); ``without_jobs`` firms
    have none, ``without_place`` no county.
    """

    value: int
    confirmed: int | None
    sure: int | None
    duty: float | None
    all_trade: int
    share: float | None
    firms: int
    counties: int
    townships: int
    jobs: int | None
    without_jobs: int
    without_place: int


@dataclass(frozen=True)
class Breakdown:
    """Sums by the categories of one dimension, the greatest first.

    ``codes``: county, township (the county's code where the township is not known), first digits of the product, partner,
    or the place of the row in :attr:`Exposure.rows`. ``all_trade`` is the category's whole trade in the base, listed or
    not (rows: none, they are no part of trade). ``jobs`` is told by county and township only, ``duty`` None where it may not be told.
    """

    dimension: Dimension
    codes: tuple[str, ...]
    value: Ints
    confirmed: Ints | None
    duty: NDArray[np.float64] | None
    firms: Ints
    all_trade: Ints | None
    jobs: Ints | None

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, eq=False)
class Exposure:
    """What ``rows`` take of ``base``. Arrays run over the firms hit, the greatest value first, then by credit code.

    ``firm`` are codes of the base; ``upper`` and ``confirmed`` as in :class:`Totals`; ``total`` all that the firm traded;
    ``share`` = upper ÷ total; ``duty`` at the rows' rates. ``county`` and ``township`` are "" where not known;
    ``jobs`` −1 where not known. ``county_of`` is the county of every firm of the base. ``notes`` are the sentences that belong under the figures.
    """

    rows: tuple[ProductRow, ...]
    base: TradeBase
    firm: Ints
    upper: Ints
    confirmed: Ints | None
    sure: Ints
    total: Ints
    duty: NDArray[np.float64]
    county: tuple[str, ...]
    township: tuple[str, ...]
    jobs: Ints | None
    hits: Hits = field(repr=False)
    county_of: tuple[str, ...] = field(default=(), repr=False)
    notes: tuple[Words, ...] = ()

    @property
    def tier(self) -> Tier:
        """The tier of the base."""
        return self.base.tier

    @property
    def span(self) -> tuple[int, int]:
        """First and last month, yyyymm."""
        return self.base.span

    @cached_property
    def firms(self) -> tuple[str, ...]:
        """The credit codes of the firms hit."""
        return tuple(self.base.firms[code] for code in self.firm.tolist())

    @cached_property
    def share(self) -> NDArray[np.float64]:
        """The part of each firm's trade that is hit, 0 to 1 (NaN where it traded nothing)."""
        share = np.full(len(self.upper), np.nan)
        np.divide(self.upper, self.total, out=share, where=self.total != 0)
        return share

    @cached_property
    def totals(self) -> Totals:
        """The sums over all firms hit."""
        value, everything = int(self.upper.sum()), self.base.all_trade
        known = None if self.jobs is None else self.jobs[self.jobs >= 0]
        return Totals(
            value=value,
            confirmed=None if self.confirmed is None else int(self.confirmed.sum()),
            sure=int(self.sure.sum()),
            duty=int(self.hits.owed.sum()) / DUE,
            all_trade=everything,
            share=value / everything if everything else None,
            firms=len(self.firm),
            counties=len({one for one in self.county if one}),
            townships=len({pair for pair in zip(self.county, self.township, strict=True) if pair[1]}),
            jobs=None if known is None else int(known.sum()),
            without_jobs=0 if self.jobs is None else int((self.jobs < 0).sum()),
            without_place=self.county.count(""),
        )

    @cached_property
    def county_trade(self) -> Mapping[str, int]:
        """All trade of the base, listed or not, by county."""
        found: dict[str, int] = defaultdict(int)
        for county, traded in zip(self.county_of, self.base.total.tolist(), strict=True):
            found[county] += traded
        return found

    def by(self, dimension: Dimension) -> Breakdown:
        """The sums by ``dimension``; a firm counts once in each category that it belongs to."""
        held = self._kept.get(dimension)
        if held is None:
            make = self._by_place if dimension in ("county", "township") else self._by_line
            held = self._kept[dimension] = make(dimension)
        return held

    @cached_property
    def _kept(self) -> dict[str, Breakdown]:
        return {}

    def _by_place(self, dimension: Dimension) -> Breakdown:
        """By where the firms are: their sums are there already."""
        keys = list(self.county)
        if dimension == "township":
            keys = [township or county for county, township in zip(self.county, self.township, strict=True)]
        codes, group = np.unique(np.array(keys, dtype=str), return_inverse=True)
        size = len(codes)

        def summed(values: NDArray[Any]) -> Any:
            out = np.zeros(size, values.dtype)
            np.add.at(out, group, values)
            return out

        whole = None
        if dimension == "county":
            there = {code: place for place, code in enumerate(codes.tolist())}
            whole = np.zeros(size, np.int64)
            for county, traded in self.county_trade.items():
                if county in there:
                    whole[there[county]] = traded
        jobs = None if self.jobs is None else summed(np.maximum(self.jobs, 0))
        return _ordered(
            dimension, codes.tolist(), summed(self.upper),
            None if self.confirmed is None else summed(self.confirmed),
            summed(self.duty), np.bincount(group, minlength=size), whole, jobs,
        )  # fmt: skip

    def _by_line(self, dimension: Dimension) -> Breakdown:
        """By what stands in the lines."""
        hits, base = self.hits, self.base
        codes, of_line, whole = _categories(dimension, base, len(self.rows))
        group = hits.row if dimension == "row" else of_line[hits.country if dimension == "partner" else hits.product]
        value, owed, firms = sums_by(group, len(codes), hits.firm, len(base.firms), hits.value, hits.owed)
        confirmed = None
        if self.confirmed is not None:
            counted = hits.sure if hits.agreed is None else hits.sure | hits.agreed
            confirmed = np.zeros(len(codes), np.int64)
            add_to(group, np.where(counted, hits.value, 0), confirmed)
        return _ordered(dimension, codes, value, confirmed, owed / DUE, firms, whole, None)


def _categories(dimension: Dimension, base: TradeBase, rows: int) -> tuple[list[str], NDArray[np.int64], Ints | None]:
    """The categories of a dimension, the category of each product or country, and the whole trade in each."""
    if dimension == "row":
        return [str(place) for place in range(rows)], np.zeros(0, np.int64), None
    if dimension != "partner":
        texts, of_product, whole = base.goods(20 if dimension == "product" else int(dimension[2:]))
        return list(texts), of_product, whole
    of_country = np.arange(len(base.countries), dtype=np.int64)
    whole = np.zeros(len(base.countries), np.int64)
    add_to(base.country, base.value, whole)
    return list(base.countries), of_country, whole


def _ordered(
    dimension: Dimension, codes: list[str], value: Ints, confirmed: Ints | None, duty: NDArray[np.float64], firms: Ints,
    whole: Ints | None, jobs: Ints | None,
) -> Breakdown:  # fmt: skip
    """The categories with firms, the greatest first, then by code."""
    there = np.flatnonzero(firms)
    order = there[np.lexsort([np.array(codes, dtype=str)[there], -value[there]])] if len(there) else there

    def taken(values: NDArray[Any] | None) -> Any:
        return None if values is None else values[order]

    return Breakdown(
        dimension, tuple(codes[place] for place in order.tolist()), value[order], taken(confirmed), duty[order],
        firms[order].astype(np.int64), taken(whole), taken(jobs),
    )  # fmt: skip
