"""What rules are held against: what followed, or what was done on purpose to the invented city.

``exports_fall``: the subject's exports of the next three months lie three tenths or more below those of the same months a
year before; a subject without exports then is out, and so is a month whose next three are not all known.
``answer_key``: what the simulation did to the subject takes three tenths or more of what it would have exported, in this
month or one of the next three.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.months import months_apart, shift
from commercebrain.engine.rules.facts import goods
from commercebrain.engine.rules.facts.city import CityFacts
from commercebrain.engine.rules.facts.series import YEAR, Months

if TYPE_CHECKING:  # only the invented city has a key
    from commercebrain.engine.simulate.trade import Trade

Bits = NDArray[np.bool_]
Floats = NDArray[np.float64]
#: A fall counts from here on, as a fraction.
FALL: Final = -0.3
AHEAD: Final = 3
_WIDE: Final = 100


@dataclass(frozen=True)
class Truth:
    """What followed each month for each subject: arrays are subjects × ``months`` (yyyymm).

    ``happens`` where it did, ``known`` where that can be told. ``begins`` is the month (yyyymm) whose figures are the
    first to show it; 0 where nothing happens.
    """

    name: str
    keys: tuple[str, ...]
    months: tuple[int, ...]
    happens: Bits
    known: Bits
    begins: NDArray[np.int64]


def exports_fall(facts: CityFacts, subject: str, keys: Sequence[str], months: Sequence[int]) -> Truth:
    """Whether exports of the three months after each of ``months`` fell, by the newest figures that ``facts`` knows."""
    table, first = series_of(facts, subject, keys)
    return fall_of(table, first, keys, months)


def fall_of(table: Floats, first: int, keys: Sequence[str], months: Sequence[int]) -> Truth:
    """The same from subjects × months (NaN not known) that begin with ``first``."""
    shape = (len(keys), len(months))
    happens, known, begins = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, np.int64)
    wide = table.shape[1]
    for column, month in enumerate(months):
        at = months_apart(first, month)
        if at + 1 - YEAR < 0 or at + AHEAD >= wide:
            continue
        after = table[:, at + 1 : at + AHEAD + 1]
        base = table[:, at + 1 - YEAR : at + AHEAD + 1 - YEAR]
        whole = base.sum(axis=1)
        known[:, column] = np.isfinite(after.sum(axis=1)) & (whole > 0)
        with np.errstate(all="ignore"):
            rate = np.where(known[:, column], after.sum(axis=1) / whole - 1, np.nan)
            each = np.where(base > 0, after / base - 1, np.where(after > 0, np.inf, 0.0))
        happens[:, column] = known[:, column] & (rate <= FALL)
        begins[:, column] = np.where(
            happens[:, column],
            np.array([shift(month, n + 1) for n in range(AHEAD)])[(each <= FALL).argmax(axis=1)],
            0,
        )
    return Truth("exports_fall", tuple(keys), tuple(months), happens, known, begins)


def series_of(facts: CityFacts, subject: str, keys: Sequence[str]) -> tuple[Floats, int]:
    """Exports of subjects × all months known to ``facts``, and the first of them. Raises :class:`UserError`
    (``rule.no_series``) for a subject without exports of its own."""
    source = facts.source
    whole = _Whole(source, facts.months.tokens, facts.months.last)
    first = whole.span[0] if whole.span else 0
    if subject == "goods":
        six = {code: place for place, code in enumerate(goods.sixes(whole)[0])}
        country = {code: place for place, code in enumerate(source.countries)}
        places = [_goods(key, six, country) for key in keys]
        order = np.argsort(places, kind="stable")
        out = np.empty((len(keys), len(whole.span)))
        out[order] = goods.table(whole, np.array(places, np.int64)[order])
        return out, first
    kinds = {"firm": "firm", "county": "county", "market": "country", "cluster": "cluster"}
    if subject not in kinds:
        raise UserError(
            "rule.no_series",
            f"“{subject}”这种对象没有自己的出口序列，不能与之后的出口相比。",
            f"The subject “{subject}” has no exports of its own to compare with.",
        )
    table = whole.table(kinds[subject]) if whole.span else np.zeros((0, 0))
    rows = np.array([_row(facts, subject, key) for key in keys], np.int64)
    if not len(table):
        return np.full((len(keys), len(whole.span)), np.nan), first
    return np.where((rows >= 0)[:, None], table[np.maximum(rows, 0)], np.nan), first


class _Whole(Months):
    """All months that are known, however many."""

    @property
    def span(self) -> tuple[int, ...]:
        """From the first month to the last."""
        if not self.last:
            return ()
        first = min(self.tokens)
        return tuple(shift(first, n) for n in range(months_apart(first, self.last) + 1))


def _goods(key: str, six: dict[str, int], country: dict[str, int]) -> int:
    code, place = key.split("|")
    return six[code] * len(country) + country[place]


def _row(facts: CityFacts, subject: str, key: str) -> int:
    source = facts.source
    if subject == "firm":
        return source.places.get(key, -1)
    if subject == "market":
        return list(source.countries).index(key) if key in source.countries else -1
    county, _, chapter = key.partition("|")
    place = list(source.counties).index(county) if county in source.counties else -1
    return place if subject == "county" or place < 0 else place * _WIDE + int(chapter)


# -- the answer key


def trade_of_lake(root: Path) -> Trade:
    """The trade that a lake's invented lines were cut from, with the help that its months were made with, by the answer key
    beside them. Raises :class:`UserError` (``simulate.no_key``) where there is none."""
    from commercebrain.engine.simulate.key import read_key
    from commercebrain.engine.simulate.later import helps_in, trade_in

    return trade_in(root, helps_in(read_key(root)))


def answer_key(trade: Trade, facts: CityFacts, subject: str, keys: Sequence[str], months: Sequence[int]) -> Truth:
    """What the simulation's shocks take of each subject's exports, in each of ``months`` or one of the next three; those of
    months that came in later too, and less what help gave back."""
    from commercebrain.engine.simulate.world import month_number

    shape = (len(keys), len(months))
    happens, known, begins = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, np.int64)
    if not len(months):
        return Truth("answer_key", tuple(keys), tuple(months), happens, known, begins)
    first = months[0]
    many = months_apart(first, months[-1]) + AHEAD + 1
    row = {key: place for place, key in enumerate(keys)}
    group = np.array([row.get(key, -1) for key in _keys_of(trade, subject)], np.int64)
    of_stream = _groups_of(trade, subject)
    of_stream = np.where(of_stream >= 0, group[np.maximum(of_stream, 0)], -1)
    left = np.full((len(keys), many), np.nan)
    mine = np.flatnonzero((trade.city.flow == 0) & (of_stream >= 0))
    for n in range(many):
        number = month_number(shift(first, n))
        usual = trade.usual(number)[mine]
        plain = np.bincount(of_stream[mine], usual, minlength=len(keys))
        shaken = np.bincount(of_stream[mine], usual * trade.shaken_since(number)[mine], minlength=len(keys))
        with np.errstate(all="ignore"):
            left[:, n] = np.where(plain > 0, shaken / plain - 1, 0.0)
    for column, month in enumerate(months):
        at = months_apart(first, month)
        hit = left[:, at : at + AHEAD + 1] <= FALL
        known[:, column] = True
        happens[:, column] = hit.any(axis=1)
        told = np.array([shift(month, n) for n in range(hit.shape[1])])
        begins[:, column] = np.where(happens[:, column], told[hit.argmax(axis=1)], 0)
    return Truth("answer_key", tuple(keys), tuple(months), happens, known, begins)


def _keys_of(trade: Trade, subject: str) -> list[str]:
    c = trade.city
    if subject == "firm":
        return list(c.firms.uscc)
    if subject == "market":
        return list(c.countries)
    if subject == "county":
        return list(c.counties)
    if subject == "cluster":
        return [f"{county}|{chapter:02d}" for county in c.counties for chapter in range(_WIDE)]
    six = sorted({code[:6] for code in c.hs10})
    return [f"{code}|{country}" for code in six for country in c.countries]


def _groups_of(trade: Trade, subject: str) -> NDArray[Any]:
    c = trade.city
    if subject == "firm":
        return c.firm
    if subject == "market":
        return c.country
    county = c.firms.county[c.firm]
    if subject == "county":
        return county
    if subject == "cluster":
        return county * _WIDE + np.array([int(code[:2]) for code in c.hs10], np.int64)[c.product]
    six = sorted({code[:6] for code in c.hs10})
    place = {code: n for n, code in enumerate(six)}
    return np.array([place[code[:6]] for code in c.hs10], np.int64)[c.product] * len(c.countries) + c.country
