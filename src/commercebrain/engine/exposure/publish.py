"""What of an exposure may be told to a reader without clearance for firms.

Sums by county, chapter and partner of a *kept* list only: with lists of one's own one could ask for a list and for the same
list without one code, and have a firm's trade as the difference. A sum is told where neither it, nor what its category
trades beside it (the category's whole is published by the declared tables), nor its difference to what another version of
the list takes, would tell about a firm; where the stored decisions withhold a category in any month, its sum is withheld;
and further sums are withheld until what can be had by subtraction is safe, as in the declared tables.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.disclosure.declared import Rule, Tables, declared_tables
from commercebrain.engine.disclosure.margins import protect_margin
from commercebrain.engine.disclosure.primary import Bools, add_up, concentration
from commercebrain.engine.disclosure.store import MonthProtection, Protections
from commercebrain.engine.exposure.result import Breakdown, Dimension, Exposure, Totals

#: The break-downs that may be told: nothing below a chapter, a county or a partner.
TOLD: tuple[Dimension, ...] = ("county", "hs2", "partner")
Array = NDArray[Any]


@dataclass(frozen=True)
class SafeTable:
    """A break-down with what may not be told taken out: ``withheld`` by place of ``table``, whose numbers are 0 there."""

    table: Breakdown
    withheld: tuple[bool, ...]


@dataclass(frozen=True)
class Published:
    """What may be told. ``totals`` None: nothing. ``jobs`` of the totals are None where they would tell about a firm."""

    totals: Totals | None
    tables: Mapping[str, SafeTable]
    notes: tuple[Words, ...]


def publishable(
    found: Exposure,
    *,
    lake_root: Path | None = None,
    kept: bool = False,
    beside: Sequence[Exposure] = (),
    known: Collection[str] = (),
) -> Published:
    """The part of ``found`` that a reader without clearance for firms may have.

    ``kept``: the list is an approved version of a kept one, not made by the reader. ``beside`` are the exposures to the
    other versions that the reader can ask for. ``known`` are the counties whose firms the reader may see anyway: sums are
    judged by the other firms alone. ``lake_root`` is where stored decisions are looked up (tier A; without it none is
    told of a dataset that has declared tables).
    """
    if any(one.base.firm is not found.base.firm for one in beside):
        raise ValueError("versions are compared on the same base only")
    if not kept:
        return _nothing(
            Words(
                zh="没有企业级数据权限时，只能看已批准清单的汇总数，自拟的清单不给出数字（逐码比较会泄露单个企业）。",
                en="Without clearance for firms sums are told of approved lists only, not of lists of one's own (code by "
                "code they would tell about single firms).",
            )
        )
    tables = declared_tables().get(found.base.dataset)
    rule = tables.rule if tables is not None else Rule()
    months = _decisions(found, tables, lake_root)
    if months is None:
        return _nothing(
            Words(
                zh="这些月份的保密处理还没有做完，暂不公布汇总数。",
                en="What may be told of these months has not been computed yet, so no sums are told.",
            )
        )
    judged = _Judge(found, beside, frozenset(known), rule)
    if not judged.whole() or any(not held.whole for one in months for held in _parts(one, found)):
        return _nothing(
            Words(
                zh="涉及的企业太少，或由少数企业占去绝大部分，合计也不能公布。",
                en="Too few firms are hit, or a few make up nearly all of it: not even the total can be told.",
            )
        )
    told: dict[str, SafeTable] = {}
    some = False
    for name in TOLD:
        hidden = judged.hidden(name, _forced(months, found, name))
        if hidden is None:
            continue
        table = found.by(name)
        mask = np.array([hidden.get(code, False) for code in table.codes], bool)
        some |= bool(mask.any())
        told[name] = SafeTable(_without(table, mask), tuple(mask.tolist()))
    totals = found.totals if judged.jobs_safe() else _without_jobs(found.totals)
    notes = found.notes
    if some or len(told) < len(TOLD):
        notes = (
            *notes,
            Words(
                zh="部分分项因会透露单个企业而不公布，已计入合计。",
                en="Some items would tell about single firms and are withheld; they are in the total.",
            ),
        )
    return Published(totals, told, notes)


class _Judge:
    """Contributions of the firms that the reader does not see, to what the list takes and to what it leaves."""

    def __init__(self, found: Exposure, beside: Sequence[Exposure], known: frozenset[str], rule: Rule) -> None:
        self.found, self.beside, self.rule = found, beside, rule
        self.unseen = np.array([county not in known for county in found.county_of], bool)

    def _taken(self, one: Exposure, name: str) -> tuple[Array, Array, Array]:
        """(category, firm, value) of the lines that a list takes."""
        hits = one.hits
        there = self.unseen[hits.firm]
        group = self._categories(name)[0][self._of(hits.firm, hits.product, hits.country, name)]
        return group[there], hits.firm[there].astype(np.int64), hits.value[there]

    def _all(self, name: str) -> tuple[Array, Array, Array]:
        """(category, firm, value) of all trade."""
        base = self.found.base
        if name in ("county", "whole"):
            firm = np.flatnonzero(self.unseen & (base.total != 0))
            return self._categories(name)[0][firm], firm, base.total[firm]
        there = self.unseen[base.firm]
        group = self._categories(name)[0][self._of(base.firm, base.product, base.country, name)]
        return group[there], base.firm[there].astype(np.int64), base.value[there]

    @staticmethod
    def _of(firm: Array, product: Array, country: Array, name: str) -> Array:
        return product if name == "hs2" else country if name == "partner" else firm

    def _categories(self, name: str) -> tuple[Array, list[str]]:
        """The category of each firm, product or country, and the texts of categories."""
        base = self.found.base
        if name == "whole":
            return np.zeros(len(base.firms), np.int64), [""]
        texts = {"county": self.found.county_of, "hs2": [one[:2] for one in base.products], "partner": base.countries}
        place: dict[str, int] = {}
        return np.array([place.setdefault(one, len(place)) for one in texts[name]], np.int64), list(place)

    def unsafe(self, name: str) -> Bools:
        """Which categories' sums, remainders or differences would tell about a firm."""
        size = len(self._categories(name)[1])
        taken, everything = self._taken(self.found, name), self._all(name)
        bad = concentration(*taken, size).unsafe(self.rule) | self._gap(everything, taken, size)
        for other in self.beside:
            bad |= self._gap(taken, self._taken(other, name), size)
        return bad

    def _gap(self, more: tuple[Array, ...], less: tuple[Array, ...], size: int) -> Bools:
        group, firm, value = (
            np.concatenate([a, -b if n == 2 else b]) for n, (a, b) in enumerate(zip(more, less, strict=True))
        )
        return concentration(group, firm, value, size).unsafe(self.rule)

    def whole(self) -> bool:
        """Whether the total may be told."""
        return not self.unsafe("whole").any()

    def hidden(self, name: str, forced: Collection[str]) -> dict[str, bool] | None:
        """Which categories are withheld; None: the whole break-down."""
        texts = self._categories(name)[1]
        must = self.unsafe(name) | np.array([text in forced for text in texts], bool)
        margin = protect_margin(*add_up(*self._taken(self.found, name)), len(texts), self.rule, forced=must)
        return None if margin.open else dict(zip(texts, margin.hidden.tolist(), strict=True))

    def jobs_safe(self) -> bool:
        """Whether the number of employees may be told."""
        own = self._jobs(self.found)
        pairs = [own, *((own[0] + a, np.concatenate([own[1], -b])) for a, b in map(self._jobs, self.beside))]
        for firms, jobs in pairs:
            place: dict[int, int] = {}
            firm = np.array([place.setdefault(one, len(place)) for one in firms], np.int64)
            if concentration(np.zeros(len(firm), np.int64), firm, jobs, 1).unsafe(self.rule).any():
                return False
        return True

    def _jobs(self, one: Exposure) -> tuple[list[int], Array]:
        if one.jobs is None:
            return [], np.zeros(0, np.int64)
        there = self.unseen[one.firm] & (one.jobs > 0)
        return one.firm[there].tolist(), one.jobs[there]


# -- the decisions that are stored


def _decisions(found: Exposure, tables: Tables | None, root: Path | None) -> list[MonthProtection] | None:
    """The stored decisions of every month of the base; None where one is missing; none where nothing is declared."""
    if tables is None:
        return []
    if root is None or not found.base.batches:
        return None
    store = Protections(root, tables)
    months = [store.month(month, batches) for month, batches in found.base.batches.items()]
    return None if any(one is None for one in months) else [one for one in months if one is not None]


def _parts(month: MonthProtection, found: Exposure) -> list[Any]:
    return [held for (_, part), held in month.of.items() if part == found.base.flow]


def _forced(months: Sequence[MonthProtection], found: Exposure, name: str) -> set[str]:
    """The categories that a month withholds."""
    column = "country" if name == "partner" else name
    out: set[str] = set()
    for month in months:
        for held in _parts(month, found):
            margin = held.margins.get(column)
            if margin is not None:
                labels = month.labels[column]
                out |= {labels[place] for place in np.flatnonzero(margin.hidden)}
    return out


# -- what is left


def _without(table: Breakdown, mask: Bools) -> Breakdown:
    def blank(values: Array | None) -> Any:
        return None if values is None else np.where(mask, 0, values)

    return Breakdown(
        table.dimension, table.codes, blank(table.value), blank(table.confirmed), blank(table.duty), blank(table.firms),
        blank(table.all_trade), None,
    )  # fmt: skip


def _without_jobs(totals: Totals) -> Totals:
    return replace(totals, jobs=None, without_jobs=0)


def _nothing(why: Words) -> Published:
    return Published(None, {}, (why,))
