"""``exposure(rows, base, …)``: what the rows of a list take of the trade, line by line and each line once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.groups import Group
from commercebrain.engine.catalogue.loader import load_catalogue
from commercebrain.engine.clock import business_date
from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure import notes
from commercebrain.engine.exposure.base import TradeBase
from commercebrain.engine.exposure.kernels import add_to, count_hits, take_hits
from commercebrain.engine.exposure.result import DUE, RATE_UNITS, Exposure, Hits
from commercebrain.engine.lists.concordance import Concordance
from commercebrain.engine.lists.matching import Cover, Matcher
from commercebrain.engine.lists.rows import ProductRow

Array = NDArray[Any]
Groups = Mapping[str, Group]
#: Credit code → (county, township); "" where not known.
Places = Mapping[str, tuple[str, str]] | Callable[[str], tuple[str, str] | None]


def exposure(
    rows: Sequence[ProductRow],
    base: TradeBase,
    *,
    places: Places | None = None,
    jobs: Mapping[str, int] | None = None,
    confirmed: Collection[tuple[str, str]] | None = None,
    on: date | None = None,
    groups: Groups | None = None,
    concordance: Concordance | None = None,
) -> Exposure:
    """What ``rows`` take of ``base``.

    A line that several rows take counts once, at the highest of their rates. ``places`` says where firms are (without it
    the county by the records), ``jobs`` how many people each employs, ``confirmed`` are pairs of a credit code and a
    foreign code that the firm has confirmed for its goods (a mapping's keys will do). ``on``: only rows in effect on that
    day; all of them where None. ``groups`` by code (default: the catalogue's) have the members of ``on`` or of today;
    ``concordance`` leads codes of another HS edition over.

    Raises :class:`UserError` (``exposure.partner``) for a partner that does not exist.
    """
    taken = tuple(row for row in rows if row.on(on))
    groups = load_catalogue().groups if groups is None else groups
    _check_partners(taken, groups)
    matcher = Matcher(taken, (base.nomenclature, base.edition), base.products, concordance)
    cover = matcher.cover(base.countries, on, groups)
    rates = np.array([-1 if row.rate is None else round(row.rate * RATE_UNITS) for row in taken], np.int64)
    hits = _hits(matcher, cover, rates, base)
    if confirmed is not None:
        hits = replace(hits, agreed=_agreed(taken, base, hits, groups, on, confirmed))
    upper, owed, sure = (
        _by_firm(base, hits, values) for values in (hits.value, hits.owed, np.where(hits.sure, hits.value, 0))
    )
    counted: Array | None = sure if hits.sure.all() else None
    if hits.agreed is not None:
        counted = _by_firm(base, hits, np.where(hits.sure | hits.agreed, hits.value, 0))
    found = np.unique(hits.firm).astype(np.int64)
    names = np.array([base.firms[code] for code in found.tolist()], dtype=str)
    firm = found[np.lexsort([names, -upper[found]])] if len(found) else found
    where = _where(base, places)
    result = Exposure(
        rows=taken,
        base=base,
        firm=firm,
        upper=upper[firm],
        confirmed=None if counted is None else counted[firm],
        sure=sure[firm],
        total=base.total[firm],
        duty=owed[firm] / DUE,
        county=tuple(where[code][0] for code in firm.tolist()),
        township=tuple(where[code][1] for code in firm.tolist()),
        jobs=None if jobs is None else np.array([jobs.get(base.firms[c], -1) for c in firm.tolist()], np.int64),
        hits=hits,
        county_of=tuple(county for county, _ in where),
    )
    left_out = [notes.not_in_force(len(rows) - len(taken), on)] if len(taken) < len(rows) else []
    of_list = notes.of_list(taken, len(np.unique(matcher.upper.row)), rates)
    told = (*notes.of_base(base), *left_out, *cover.notes, *of_list, *notes.of_firms(result.totals))
    return replace(result, notes=told)


def _hits(matcher: Matcher, cover: Cover, rates: Array, base: TradeBase) -> Hits:
    """The lines that the list takes."""
    taken = np.unique(matcher.upper.code).astype(np.int64)
    args = (taken, base.starts, base.country, cover.country_class, cover.row)
    many = int(count_hits(*args))
    line, product = np.empty(many, np.int64), np.empty(many, np.uint32)
    row, sure = np.empty(many, np.int32), np.empty(many, bool)
    take_hits(*args, cover.exact_row, line, product, row, sure)
    value = base.value[line]
    owed = value * np.maximum(rates, 0)[row] if len(rates) else value
    return Hits(base.firm[line], product, base.country[line], row, value, owed, sure, None)


def _by_firm(base: TradeBase, hits: Hits, values: Array) -> Array:
    sums = np.zeros(len(base.firms), np.int64)
    add_to(hits.firm, values, sums)
    return sums


# -- partners, and what firms have confirmed


def _check_partners(rows: Sequence[ProductRow], groups: Groups) -> None:
    known = load_catalogue().codes("countries")
    for row in {row.partner: row for row in reversed(rows)}.values():
        if not row.partner or row.partner in groups or row.partner in known:
            continue
        zh, en = (f"第{row.number}行：", f"Row {row.number}: ") if row.number else ("", "")
        there = sorted(code for code, group in groups.items() if group.column == "country")
        raise UserError(
            "exposure.partner",
            f"{zh}没有国别或国别组“{row.partner[:40]}”，请写国别代码（如 USA）或组（{'、'.join(there)}）。",
            f"{en}there is no country or group “{row.partner[:40]}”; write a country's code (USA) or a group "
            f"({', '.join(there)}).",
        )


def _members(partner: str, countries: Collection[str], groups: Groups, day: date) -> Collection[str]:
    if not partner:
        return countries
    return groups[partner].at(day)[0] if partner in groups else {partner}


def _agreed(
    rows: Sequence[ProductRow], base: TradeBase, hits: Hits, groups: Groups, on: date | None,
    confirmed: Collection[tuple[str, str]],
) -> NDArray[np.bool_]:  # fmt: skip
    """Which hits belong to a firm that has confirmed, at the line's six digits, a foreign code which the list names for
    the line's partner."""
    by_six: dict[str, list[ProductRow]] = defaultdict(list)
    for row in rows:
        by_six[row.digits[:6]].append(row)
    six_place: dict[str, int] = {}
    six = np.array([six_place.setdefault(code[:6], len(six_place)) for code in base.products], np.int64)
    members: dict[str, list[int]] = {}
    width = len(base.countries)
    keys: set[int] = set()
    for uscc, code in confirmed:
        firm, at = base.places.get(uscc), six_place.get(code[:6])
        if firm is None or at is None:
            continue
        for row in (one for length in (2, 4, 6) for one in by_six.get(code[:length], ())):
            if code.startswith(row.digits) and not code.startswith(row.excludes):
                if row.partner not in members:
                    there = _members(row.partner, base.countries, groups, on or business_date())
                    members[row.partner] = [place for place, one in enumerate(base.countries) if one in there]
                first = (firm * len(six_place) + at) * width
                keys.update(first + country for country in members[row.partner])
    if not keys or not len(hits.firm):
        return np.zeros(len(hits.firm), bool)
    own = (hits.firm.astype(np.int64) * len(six_place) + six[hits.product]) * width + hits.country
    agreed: NDArray[np.bool_] = np.isin(own, np.fromiter(keys, np.int64, len(keys)))
    return agreed


# -- places


def _where(base: TradeBase, places: Places | None) -> list[tuple[str, str]]:
    """County and township of every firm of the base."""
    if places is None:
        return [(county, "") for county in base.county]
    look = places if callable(places) else places.get
    return [look(uscc) or ("", "") for uscc in base.firms]
