"""A firm's trade as the customs lines tell it: sums, growth, markets, prices; a value for each firm of the source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.foresight.months import shift
from commercebrain.engine.rules.facts import unusual
from commercebrain.engine.rules.facts.series import YEAR, Floats, Months, growth, plain, share
from commercebrain.engine.rules.facts.source import EXPORT, IMPORT

Ints = NDArray[np.int64]
#: Terms that are a plain sum or growth of exports, by what :func:`plain` calls them.
PLAIN: Final = {
    "exports": "value", "exports_year_before": "year_before", "exports_growth": "growth", "exports_3m": "value_3m",
    "exports_3m_before": "before_3m", "exports_3m_growth": "growth_3m", "exports_last_12m": "value_12m",
}  # fmt: skip
HIGHEST: Final = 36


def numbers(name: str, months: Months) -> Floats | None:
    """A number of each firm of the source, NaN not known; None for a name that is none of trade."""
    if not months.last:
        return np.full(len(months.source.firms), np.nan) if name in NAMES else None
    if name in PLAIN:
        return _plain(months, EXPORT)[PLAIN[name]]
    make = _MADE.get(name)
    return None if make is None else months.source.kept(("trade", name, months.key), lambda: make(months))


def truths(name: str, months: Months) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """A yes or no of each firm and where it is known; None for another name."""
    if name != "below_95":
        return None
    if not months.last:
        none = np.zeros(len(months.source.firms), bool)
        return none, none
    seen = unusual.judged(months, "firm")
    return seen.below & seen.told, seen.told


def _plain(months: Months, flow: int) -> dict[str, Floats]:
    return months.source.kept(("plain", flow, months.key), lambda: plain(months.table("firm", flow)))


def _year_to_date(months: Months) -> Floats:
    table, upto = months.table("firm"), months.last % 100
    if table.shape[1] < YEAR + upto:
        return np.full(len(table), np.nan)
    now = table[:, -upto:].sum(axis=1)
    return growth(now, table[:, -YEAR - upto : table.shape[1] - YEAR].sum(axis=1))


def _zero_months(months: Months) -> Floats:
    table = months.table("firm")
    traded = table[:, ::-1] != 0  # a month that is not known ends a run of known ones
    run = np.where(traded.any(axis=1), traded.argmax(axis=1), table.shape[1]).astype(np.float64)
    return np.where(np.isnan(table[:, -1]), np.nan, run)


def _highest(months: Months) -> Floats:
    recent = months.table("firm")[:, -HIGHEST:]
    there = ~np.isnan(recent)
    highest = np.where(there, recent, -np.inf).max(axis=1)
    return np.where(there.any(axis=1), highest, np.nan)


def _markets(months: Months, near: int, far: int) -> Floats:
    held = months.together("firm_country", near, far)
    many = len(months.source.firms)
    if held is None:
        return np.full(many, np.nan)
    wide = len(months.source.countries)
    return np.bincount(held.key[held.value > 0] // wide, minlength=many).astype(np.float64)


def first_of(months: Months, kind: str) -> tuple[Ints, Floats]:
    """Of each firm the partner (``firm_country``) or tariff line (``firm_product``) that it exported most to, or of, in
    twelve months, as a code (−1: none), and how much of all its exports that was (NaN: none)."""
    return months.source.kept(("first", kind, months.key[-YEAR:]), lambda: _first_of(months, kind))


def _first_of(months: Months, kind: str) -> tuple[Ints, Floats]:
    source = months.source
    many = len(source.firms)
    found, part = np.full(many, -1, np.int64), np.full(many, np.nan)
    held = months.together(kind, 0, YEAR - 1)
    if held is None or not len(held.key):
        return found, part
    wide = len(source.countries) if kind == "firm_country" else len(source.products)
    firm, code = np.divmod(held.key, wide)
    order = np.lexsort((code, -held.value, firm))
    firms, first = np.unique(firm[order], return_index=True)
    top = order[first]
    some = held.value[top] > 0
    total = np.bincount(firm, held.value, minlength=many)
    found[firms[some]] = code[top][some]
    part[firms[some]] = held.value[top][some] / total[firms[some]]
    return found, part


def chapters(months: Months) -> Ints:
    """The chapter (first two digits) of what each firm exported most in twelve months; −1: it exported nothing."""
    line, _ = first_of(months, "firm_product")
    of = np.array([int(code[:2]) if code[:2].isdigit() else -1 for code in months.source.products] + [-1], np.int64)
    return np.asarray(of[line])


def _price_change(months: Months) -> Floats:
    """What the goods of three months cost against the same goods of the same firm a year before, goods weighted as they
    are now; goods that were not exported then are left out."""
    many = len(months.source.firms)
    now, then = months.together("firm_product", 0, 2), months.together("firm_product", YEAR, YEAR + 2)
    if now is None or then is None:
        return np.full(many, np.nan)
    firm = now.key // len(months.source.products)
    value, quantity = then.at(now.key), then.at(now.key, "quantity")
    both = (value > 0) & (quantity > 0) & (now.quantity > 0)
    with np.errstate(all="ignore"):
        at_old = np.where(both, value / quantity * now.quantity, 0.0)
    old = np.bincount(firm[both], at_old[both], minlength=many)
    return growth(np.bincount(firm[both], now.value[both], minlength=many), old)


def _peers_gap(months: Months) -> Floats:
    return unusual.beside_peers(unusual.judged(months, "firm").gap, chapters(months))


def _dollars(months: Months, flow: int) -> Floats:
    year = shift(months.last, 1) // 100 - 1  # the year before that in which the newest month is told
    asked = [year * 100 + month for month in range(1, YEAR + 1)]
    if not all(month in months.tokens for month in asked):
        return np.full(len(months.source.firms), np.nan)
    found = months.source.dollars(flow, {month: months.tokens[month] for month in asked})
    return np.full(len(months.source.firms), np.nan) if found is None else found


_MADE: Final[dict[str, Callable[[Months], Any]]] = {
    "imports": lambda months: _plain(months, IMPORT)["value"],
    "imports_growth": lambda months: _plain(months, IMPORT)["growth"],
    "imports_last_12m": lambda months: _plain(months, IMPORT)["value_12m"],
    "exports_last_year": lambda months: _dollars(months, EXPORT),
    "imports_last_year": lambda months: _dollars(months, IMPORT),
    "exports_ytd_growth": _year_to_date,
    "zero_months": _zero_months,
    "highest36": _highest,
    "markets": lambda months: _markets(months, 0, YEAR - 1),
    "markets_before": lambda months: _markets(months, YEAR, 2 * YEAR - 1),
    "top_market_share": lambda months: first_of(months, "firm_country")[1],
    "price_change": _price_change,
    "exports_expected": lambda months: unusual.judged(months, "firm").expected,
    "exports_gap": lambda months: unusual.judged(months, "firm").gap,
    "surprise": lambda months: unusual.judged(months, "firm").surprise,
    "lasting_gap": lambda months: unusual.lasting_gap(months),
    "exports_ahead_growth": lambda months: unusual.ahead_growth(months),
    "peers_gap": _peers_gap,
}
NAMES: Final = frozenset({*PLAIN, *_MADE})
#: Amounts of which a firm without any line has nothing, and not something unknown.
AMOUNTS: Final = frozenset({
    "exports", "exports_year_before", "exports_3m", "exports_3m_before", "exports_last_12m", "imports",
    "imports_last_12m", "exports_last_year", "imports_last_year", "markets", "markets_before", "highest36",
})  # fmt: skip


def with_country(months: Months, country: str, *, share_of: bool = False) -> Floats:
    """Exports of twelve months to a country, by firm; or their share."""
    source = months.source
    many = len(source.firms)
    held = months.together("firm_country", 0, YEAR - 1) if months.last else None
    if held is None:
        return np.full(many, np.nan)
    if country not in source.countries:
        part = np.zeros(many)
    else:
        part = held.at(np.arange(many) * len(source.countries) + list(source.countries).index(country))
    if not share_of:
        return part
    return share(part, _plain(months, EXPORT)["value_12m"])


def imports_from(months: Months, country: str) -> Floats:
    """Imports of twelve months from a country, by firm."""
    source = months.source
    window = months.window(0, YEAR - 1)
    if window is None:
        return np.full(len(source.firms), np.nan)
    if country not in source.countries:
        return np.zeros(len(source.firms))
    code = list(source.countries).index(country)
    total = np.zeros(len(source.firms))
    for month in window:
        cells = source.cells(month, months.tokens[month])
        mine = (cells.flow == IMPORT) & (cells.country == code)
        total += np.bincount(cells.firm[mine], cells.value[mine], minlength=len(total))
    return total
