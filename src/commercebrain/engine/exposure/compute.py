"""``exposure(rows, base, …)``: what the rows of a list take of the trade, line by line and each line once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.clock import business_date
from commercebrain.engine.exposure.base import TradeBase
from commercebrain.engine.exposure.groups import Groups, country_groups, partner_sets
from commercebrain.engine.exposure.kernels import add_to, count_hits, fill_cells, take_hits
from commercebrain.engine.exposure.pairs import pairs_of
from commercebrain.engine.exposure.result import RATE_UNITS, Exposure, Hits
from commercebrain.engine.lists.nomenclature import alike
from commercebrain.engine.lists.rows import ProductRow

Array = NDArray[Any]
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
) -> Exposure:
    """What ``rows`` take of ``base``.

    A line that several rows take counts once, at the highest of their rates. ``places`` says where firms are (without it
    the county by the records), ``jobs`` how many people each employs, ``confirmed`` are pairs of a credit code and a
    foreign code that the firm has confirmed for its goods (a mapping's keys will do). ``on``: only rows in effect on that
    day; all of them where None. ``groups`` are country groups by code (default: the catalogue's, with the members of
    ``on`` or of today).

    Raises :class:`UserError` (``exposure.partner``) for a partner that does not exist.
    """
    taken = tuple(row for row in rows if row.on(on))
    groups = country_groups(on or business_date()) if groups is None else groups
    hits, notes = _hits(taken, base, groups, confirmed)
    if len(taken) < len(rows):
        notes.insert(0, _not_in_force(len(rows) - len(taken), on))
    across = not bool(hits.sure.all())
    upper = np.zeros(len(base.firms), np.int64)
    add_to(hits.firm, hits.value, upper)
    owed = np.zeros(len(base.firms), np.int64)
    add_to(hits.firm, hits.owed, owed)
    sure = np.zeros(len(base.firms), np.int64)
    add_to(hits.firm, np.where(hits.sure, hits.value, 0), sure)
    counted: Array | None = sure if not across else None
    if hits.agreed is not None:
        counted = np.zeros(len(base.firms), np.int64)
        add_to(hits.firm, np.where(hits.sure | hits.agreed, hits.value, 0), counted)
    found = np.unique(hits.firm).astype(np.int64)
    names = np.array([base.firms[code] for code in found.tolist()], dtype=str)
    firm = found[np.lexsort([names, -upper[found]])] if len(found) else found
    where = _where(base, firm, places)
    result = Exposure(
        rows=taken,
        base=base,
        firm=firm,
        upper=upper[firm],
        confirmed=None if counted is None else counted[firm],
        sure=sure[firm],
        total=base.total[firm],
        duty=owed[firm] / (100 * RATE_UNITS),
        county=tuple(county for county, _ in where),
        township=tuple(township for _, township in where),
        jobs=None if jobs is None else np.array([jobs.get(base.firms[c], -1) for c in firm.tolist()], np.int64),
        hits=hits,
        county_trade=_county_trade(base, places),
        notes=(),
    )
    object.__setattr__(result, "notes", (*base_notes(base), *notes, *_gaps(result)))
    return result


def _hits(
    rows: Sequence[ProductRow], base: TradeBase, groups: Groups, confirmed: Collection[tuple[str, str]] | None
) -> tuple[Hits, list[Words]]:
    """The lines taken, and the sentences on how they were."""
    pairs = pairs_of(rows, base.products, base.nomenclature, base.edition)
    sets = partner_sets(rows, base.countries, groups)
    rates = np.array([-1 if row.rate is None else round(row.rate * RATE_UNITS) for row in rows], np.int64)
    first_to_last = sorted(
        range(len(rows)),
        key=lambda n: (rates[n], len(rows[n].digits), rows[n].digits, rows[n].partner, rows[n].number, n),
    )
    rank = np.empty(len(rows), np.int64)
    rank[first_to_last] = np.arange(len(rows))
    order = np.argsort(rank[pairs.row], kind="stable") if len(pairs.row) else np.zeros(0, np.int64)
    used = np.unique(pairs.code)
    slots = np.full(len(base.products), -1, np.int64)
    slots[used] = np.arange(len(used))
    shape = (len(used), max(len(base.countries), 1))
    cell, exact, several = np.full(shape, -1, np.int32), np.zeros(shape, bool), np.zeros(shape, bool)
    fill_cells(
        pairs.row[order], slots[pairs.code[order]], pairs.exact[order],
        sets.of, sets.starts, sets.members, rates, cell, exact, several,
    )  # fmt: skip
    many = int(count_hits(slots, base.starts, base.country, cell))
    line, product = np.empty(many, np.int64), np.empty(many, np.uint32)
    row_of, sure = np.empty(many, np.int32), np.empty(many, bool)
    ambiguous = int(take_hits(slots, base.starts, base.country, cell, exact, several, line, product, row_of, sure))
    value, firm, country = base.value[line], base.firm[line], base.country[line]
    owed = value * np.maximum(rates, 0)[row_of] if len(rows) else value
    hits = Hits(firm, product, country, row_of, value, owed, sure, None)
    if confirmed is not None:
        agreed = _agreed(rows, base, hits, sets.of, sets.starts, sets.members, confirmed)
        hits = Hits(firm, product, country, row_of, value, owed, sure, agreed)
    return hits, _told(rows, base, len(np.unique(pairs.row)), ambiguous, bool(sure.all()), rates)


def _agreed(
    rows: Sequence[ProductRow], base: TradeBase, hits: Hits, of: Array, starts: Array, members: Array,
    confirmed: Collection[tuple[str, str]],
) -> NDArray[np.bool_]:  # fmt: skip
    """Which hits belong to a firm that has confirmed, at the line's six digits, a foreign code which the list names for
    the line's partner."""
    by_six: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        by_six[row.digits[:6]].append(place)
    six_place: dict[str, int] = {}
    six = np.array([six_place.setdefault(code[:6], len(six_place)) for code in base.products], np.int64)
    width = len(base.countries)
    keys: set[int] = set()
    for uscc, code in confirmed:
        firm, at = base.places.get(uscc), six_place.get(code[:6])
        if firm is None or at is None:
            continue
        for length in (2, 4, 6):
            for place in by_six.get(code[:length], ()):
                row = rows[place]
                if code.startswith(row.digits) and not code.startswith(row.excludes):
                    which = of[place]
                    first = (firm * len(six_place) + at) * width
                    keys.update(first + int(c) for c in members[starts[which] : starts[which + 1]])
    if not keys or not len(hits.firm):
        return np.zeros(len(hits.firm), bool)
    own = (hits.firm.astype(np.int64) * len(six_place) + six[hits.product]) * width + hits.country
    agreed: NDArray[np.bool_] = np.isin(own, np.fromiter(keys, np.int64, len(keys)))
    return agreed


def _where(base: TradeBase, firm: Array, places: Places | None) -> list[tuple[str, str]]:
    if places is None:
        return [(base.county[code], "") for code in firm.tolist()]
    look = places if callable(places) else places.get
    return [look(base.firms[code]) or ("", "") for code in firm.tolist()]


def _county_trade(base: TradeBase, places: Places | None) -> dict[str, int]:
    """All trade of the base by county."""
    found: dict[str, int] = defaultdict(int)
    everyone = np.flatnonzero(base.total)
    for (county, _), traded in zip(_where(base, everyone, places), base.total[everyone].tolist(), strict=True):
        found[county] += traded
    return dict(found)


# -- what must be said under the figures


def base_notes(base: TradeBase) -> list[Words]:
    """The sentences that a base brings along: its own, why not a better tier, which months are missing."""
    notes = [base.note] if base.note else []
    notes += [one.why for one in base.refused]
    first, last = base.span
    asked = (last // 100 - first // 100) * 12 + last % 100 - first % 100 + 1
    if 0 < len(base.months) < asked:
        notes.append(
            Words(
                zh=f"{asked} 个月中有数据的是 {len(base.months)} 个月，缺的没有补。",
                en=f"Of {asked} months {len(base.months)} are known; the others are not filled in.",
            )
        )
    return notes


def _told(
    rows: Sequence[ProductRow], base: TradeBase, matched: int, ambiguous: int, sure: bool, rates: Array
) -> list[Words]:
    notes: list[Words] = []
    twice = len(rows) - len({(r.digits, r.nomenclature, r.edition, r.partner) for r in rows})
    if twice:
        notes.append(
            Words(
                zh=f"清单有 {twice} 行与别的行编码、国别都相同，每笔贸易只计一次。",
                en=f"{twice} rows of the list repeat a code and partner; each line of trade counts once.",
            )
        )
    if len(rows) > matched:
        notes.append(
            Words(
                zh=f"清单 {len(rows)} 行中有 {len(rows) - matched} 行的编码在这些贸易里没有出现。",
                en=f"The codes of {len(rows) - matched} of the list's {len(rows)} rows do not occur in this trade.",
            )
        )
    across = [
        r for r in rows if not alike(r.nomenclature or base.nomenclature, r.edition, base.nomenclature, base.edition)
    ]
    if across and not sure:
        notes.append(
            Words(
                zh=f"{len(across)} 行用的是别的商品目录或版本，只能按六位编码对照：这是上限口径，企业确认外方编码后才能收窄。",
                en=f"{len(across)} rows are of another nomenclature or edition and match at six digits only: an upper "
                "bound, which firms narrow by confirming their foreign codes.",
            )
        )
    if ambiguous:
        notes.append(
            Words(
                zh=f"{ambiguous} 笔贸易同时落在税率不同的几行里，按最高税率计。",
                en=f"{ambiguous} lines fall under rows with different rates; the highest counts.",
            )
        )
    if len(rates) and (unrated := int((rates < 0).sum())):
        zh, en = ("全部", "None of the") if unrated == len(rates) else (f"有 {unrated}", f"{unrated} of the")
        notes.append(
            Words(
                zh=f"清单 {len(rates)} 行中{zh}行没有税率，应缴税额不含这些行。",
                en=f"{en} {len(rates)} rows {'has' if unrated == len(rates) else 'have no'} rate; the duty leaves them out.",
            )
        )
    return notes


def _gaps(found: Exposure) -> list[Words]:
    totals, notes = found.totals, []
    if totals.without_place:
        notes.append(
            Words(
                zh=f"{totals.without_place} 家企业不知在哪个县，计入合计，不计入各县。",
                en=f"{totals.without_place} firms have no known county: they are in the total, in no county.",
            )
        )
    if totals.jobs is not None and totals.without_jobs:
        notes.append(
            Words(
                zh=f"{totals.without_jobs} 家企业没有从业人数，岗位数不含这些企业。",
                en=f"{totals.without_jobs} firms have no number of employees; the jobs leave them out.",
            )
        )
    return notes


def _not_in_force(many: int, on: date | None) -> Words:
    return Words(
        zh=f"清单有 {many} 行在 {on} 不生效，没有计入。", en=f"{many} rows are not in effect on {on} and left out."
    )
