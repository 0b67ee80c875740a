"""Which codes of the trade's product dictionary a list covers, and at what rate from which country.

Within one nomenclature a row covers by prefix at any depth. Across nomenclatures, or editions built on different HS
editions, only the first six digits are common: a deeper row then covers the whole of its six digits, which is an upper
bound 上限口径, and the pair is not *exact*. Everything works on arrays: no loop goes over lines of trade.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.groups import Group
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists.concordance import Concordance
from commercebrain.engine.lists.nomenclature import alike, hs_edition
from commercebrain.engine.lists.rows import ProductRow

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Pairs:
    """Rows × codes that meet: places in the rows and in the codes, and whether the row covers the code for certain.

    In order of row, then code; no pair stands twice.
    """

    row: Ints
    code: Ints
    exact: Bools

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.row)

    def only(self, which: Bools | NDArray[np.integer[Any]]) -> Pairs:
        """The pairs that ``which`` marks, or names in its order."""
        return Pairs(self.row[which], self.code[which], self.exact[which])


@dataclass(frozen=True)
class Cover:
    """What is covered, by code and country.

    Countries that the list treats alike are of one class: ``country_class`` gives each country's; ``row`` [class, code]
    is the row that decides there (the highest rate; -1 where nothing covers), ``exact_row`` the one of the exact pairs,
    ``rate`` and ``exact_rate`` their rates (0 where the row says none). ``several`` counts the codes that rows of
    different rates cover.
    """

    country_class: Ints
    row: Ints
    exact_row: Ints
    rate: NDArray[np.float64]
    exact_rate: NDArray[np.float64]
    several: int
    notes: tuple[Words, ...] = ()

    def entries(self, *, exact: bool = False) -> tuple[Ints, Ints, NDArray[np.float64], Ints]:
        """(code, country, rate, row) of everything covered, by code, then country."""
        table = self.exact_row if exact else self.row
        spread = table[self.country_class].T if len(self.country_class) else np.zeros((table.shape[1], 0), np.int32)
        code, country = np.nonzero(spread >= 0)
        row = spread[code, country]
        rates = (self.exact_rate if exact else self.rate)[self.country_class[country], code]
        return code.astype(np.int32), country.astype(np.int32), rates, row


class Matcher:
    """Matches ``rows`` with the ``codes`` of trade, which are of the nomenclature and edition ``against``.

    ``concordance`` leads codes of another HS edition over; without one they match where their six digits are equal, and
    :attr:`notes` says so. A row that does not say its nomenclature is taken to be of the trade's.
    """

    def __init__(
        self,
        rows: Iterable[ProductRow],
        against: tuple[str, str] = ("CN", "2022"),
        codes: Sequence[str] = (),
        concordance: Concordance | None = None,
    ) -> None:
        self.rows = tuple(rows)
        self.against = against
        self.codes = codes
        self._concordance = concordance
        self._unled: set[tuple[str, str]] = set()
        self._by_length = _by_length(codes)

    @cached_property
    def upper(self) -> Pairs:
        """Every pair that may meet: 上限口径."""
        asked: list[tuple[int, str, bool]] = []
        for place, row in enumerate(self.rows):
            led = self._led(row.digits, row.nomenclature, row.edition)
            asked += [(place, digits, exact and not row.part) for digits, exact in led]
        return self._without_excluded(_unique(self._found(asked)))

    @cached_property
    def within(self) -> Pairs:
        """The pairs that meet for certain: the code lies wholly within what the row names."""
        return self.upper.only(self.upper.exact)

    @property
    def notes(self) -> tuple[Words, ...]:
        """What a reader must know of how it was matched."""
        told: list[Words] = []
        rough = len(self.upper) - len(self.within)
        for here, there in sorted(self._unled):
            told.append(
                Words(
                    zh=f"没有装入HS{here}与HS{there}的对照表：两版编码按相同的前六位匹配。",
                    en=f"No concordance of HS {here} and HS {there} is loaded: their codes match where six digits agree.",
                )
            )
        if rough:
            told.append(
                Words(
                    zh=f"有{rough:,}对编码只是部分相合（只能比前六位，或清单只涉及其中一部分商品），是上限口径：相合编码的商品全部计入。",
                    en=f"{rough:,} pairs of codes meet in part only (at six digits, or the list means some of the goods): an "
                    "upper bound, with all goods of the codes counted.",
                )
            )
        return tuple(told)

    def cover(
        self,
        countries: Sequence[str],
        on: date | None = None,
        groups: Mapping[str, Group] | None = None,
    ) -> Cover:
        """What is covered of trade with ``countries`` by the rows in effect ``on`` a day (all rows where none is given).

        Where rows of different rates cover a code the highest decides. A ``partner`` that is neither a country given nor
        a group covers nothing if it has the form of a country's code, and is a :class:`UserError` (``lists.no_partner``)
        otherwise. Groups have the members of the day, or those of today.
        """
        active = np.array([row.on(on) for row in self.rows], bool)
        tokens = sorted({row.partner for row, there in zip(self.rows, active, strict=True) if there})
        place_of = {token: place for place, token in enumerate(tokens)}
        belongs = np.array([self._belongs(one, countries, on, groups or {}) for one in tokens], bool)
        belongs = belongs.reshape(len(tokens), len(countries))
        kinds, kind_of = np.unique(belongs, axis=1, return_inverse=True)
        token_of = np.array(
            [place_of[row.partner] if there else -1 for row, there in zip(self.rows, active, strict=True)]
        )
        rates = np.array([-1.0 if row.rate is None else row.rate for row in self.rows], np.float64)
        pairs, several = self.upper, np.zeros(len(self.codes), bool)
        shape = (kinds.shape[1], len(self.codes))
        row, exact_row = np.full(shape, -1, np.int32), np.full(shape, -1, np.int32)
        order = np.lexsort((-pairs.row, rates[pairs.row]))  # the last of equal codes decides: highest rate, first row
        ordered = pairs.only(order)
        for kind in range(kinds.shape[1]):
            in_kind = np.append(kinds[:, kind], False)  # the place -1: rows not in effect
            there = ordered.only(in_kind[token_of[ordered.row]]) if len(ordered) else ordered
            row[kind, there.code] = there.row
            sure = there.only(there.exact)
            exact_row[kind, sure.code] = sure.row
            low = np.full(len(self.codes), np.inf)
            np.minimum.at(low, there.code, rates[there.row])
            decided = row[kind] >= 0
            several[decided] |= low[decided] < rates[row[kind][decided]]
        said = np.maximum(np.append(rates, 0.0), 0.0)
        many = int(several.sum())
        note = Words(
            zh=f"有{many:,}个编码被税率不同的几行同时覆盖，按最高的税率计。",
            en=f"{many:,} codes are covered by rows of different rates; the highest rate is taken.",
        )
        return Cover(
            country_class=kind_of.astype(np.int32).reshape(-1),
            row=row,
            exact_row=exact_row,
            rate=said[row],
            exact_rate=said[exact_row],
            several=many,
            notes=(*self.notes, *([note] if many else [])),
        )

    def _belongs(
        self, token: str, countries: Sequence[str], on: date | None, groups: Mapping[str, Group]
    ) -> list[bool]:
        if token == "":
            return [True] * len(countries)
        if token in groups:
            from commercebrain.engine.clock import business_date

            members, _ = groups[token].at(on or business_date())
            return [one in members for one in countries]
        if token not in countries and not (len(token) == 3 and token.isalpha() and token.isupper()):
            zh, en = nearest(token, [*groups, *countries])
            raise UserError(
                "lists.no_partner",
                f"“{token}”不是国家（地区）代码，也不是国别分组{zh}",
                f"“{token}” is neither the code of a country nor a group of countries{en}",
            )
        return [one == token for one in countries]

    def _led(self, digits: str, kind: str, edition: str) -> Iterator[tuple[str, bool]]:
        """``digits`` as prefixes of the trade's codes, each with whether it is no wider than what was named."""
        if alike(kind or self.against[0], edition, *self.against):
            yield digits, True
            return
        here, there = hs_edition(edition), hs_edition(self.against[1])
        short, deep = digits[:6], len(digits) > 6
        if here and there and here != there:
            led = self._concordance.to(short, here, there) if self._concordance else None
            if led is not None:
                back = [self._concordance.to(one, there, here) for one in led] if self._concordance else []
                one_to_one = len(led) == 1 and back == [(short,)]
                for one in led:
                    yield one, not deep and one_to_one
                return
            self._unled.add((here, there))
        yield short, not deep

    def _found(self, asked: Sequence[tuple[int, str, bool]]) -> list[Pairs]:
        """The pairs of all prefixes, by the length of prefix and of code."""
        by_depth: dict[int, list[tuple[int, str, bool]]] = defaultdict(list)
        for one in asked:
            by_depth[len(one[1])].append(one)
        found: list[Pairs] = []
        for depth, those in by_depth.items():
            place = np.array([p for p, _, _ in those], np.int32)
            exact = np.array([e for *_, e in those], bool)
            start = np.array([int(d) for _, d, _ in those], np.int64)
            for length, (keys, order) in self._by_length.items():
                if length >= depth:
                    scale = 10 ** (length - depth)
                    low, high, sure = start * scale, (start + 1) * scale, exact
                else:  # the code of trade is the shorter: the row covers a part of it
                    low = start // 10 ** (depth - length)
                    high, sure = low + 1, np.zeros_like(exact)
                first, last = np.searchsorted(keys, low), np.searchsorted(keys, high)
                counts = last - first
                total = int(counts.sum())
                if not total:
                    continue
                starts = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
                found.append(Pairs(np.repeat(place, counts), order[starts + np.arange(total)], np.repeat(sure, counts)))
        return found

    def _without_excluded(self, pairs: Pairs) -> Pairs:
        """Less the codes that their rows except; a code of which a part only is excepted stays, and is not exact."""
        asked: list[tuple[int, str, bool]] = []
        for place, row in enumerate(self.rows):
            for digits in row.excludes:
                asked += [(place, d, e) for d, e in self._led(digits, row.nomenclature, row.edition)]
        if not asked or not len(pairs):
            return pairs
        out = _unique(self._found(asked))
        width = max(len(self.codes), 1)
        keys = pairs.row.astype(np.int64) * width + pairs.code
        gone = out.row.astype(np.int64) * width + out.code
        wholly, partly = np.isin(keys, gone[out.exact]), np.isin(keys, gone)
        kept = Pairs(pairs.row, pairs.code, pairs.exact & ~partly)
        return kept.only(~wholly)


def _by_length(codes: Sequence[str]) -> dict[int, tuple[NDArray[np.int64], Ints]]:
    """Length → the codes of that length as numbers in order, and their places. What is no code matches nothing."""
    lengths: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for place, code in enumerate(codes):
        if code.isascii() and code.isdigit() and len(code) <= 18:
            lengths[len(code)].append((int(code), place))
    found: dict[int, tuple[NDArray[np.int64], Ints]] = {}
    for length, those in lengths.items():
        those.sort()
        found[length] = np.array([k for k, _ in those], np.int64), np.array([p for _, p in those], np.int32)
    return found


def _unique(parts: Sequence[Pairs]) -> Pairs:
    """The pairs of all parts in order, each once; exact where one of the same was."""
    if not parts:
        return Pairs(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, bool))
    row = np.concatenate([one.row for one in parts])
    code = np.concatenate([one.code for one in parts])
    exact = np.concatenate([one.exact for one in parts])
    order = np.lexsort((~exact, code, row))
    row, code, exact = row[order], code[order], exact[order]
    first = np.ones(len(row), bool)
    first[1:] = (row[1:] != row[:-1]) | (code[1:] != code[:-1])
    return Pairs(row[first], code[first], exact[first])
