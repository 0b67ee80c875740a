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
from commercebrain.engine.disclosure.primary import Bools
from commercebrain.engine.disclosure.store import MonthProtection, Protections
from commercebrain.engine.exposure.judging import Decisions, Judge
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
    """What may be told. ``totals`` None: nothing. What would tell about a firm beside the values is None: jobs, duties of
    sums at several rates, the parts that are confirmed or certain."""

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
    judge = Judge(found, beside, frozenset(known), rule, Decisions(months, found.base.flow, tables))
    if not judge.whole():
        return _nothing(
            Words(
                zh="涉及的企业太少、由少数企业占去绝大部分，或可由已公布的数推算出个别企业，合计也不能公布。",
                en="Too few firms are hit, a few make up nearly all of it, or it could be subtracted from what is published "
                "to tell about single firms: not even the total can be told.",
            )
        )
    told: dict[str, SafeTable] = {}
    some = False
    for name in TOLD:
        hidden = judge.hidden(name)
        if hidden is None:
            continue
        table = found.by(name)
        mask = np.array([hidden.get(code, False) for code in table.codes], bool)
        some |= bool(mask.any())
        duties = judge.rates_safe(name, {code for code, gone in hidden.items() if gone})
        told[name] = SafeTable(_without(table, mask, duties), tuple(mask.tolist()))
    totals = _safe_totals(found.totals, duties=judge.rates_safe("whole"), jobs=judge.jobs_safe())
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


# -- what is left


def _without(table: Breakdown, mask: Bools, duties: bool) -> Breakdown:
    def blank(values: Array | None) -> Any:
        return None if values is None else np.where(mask, 0, values)

    same = table.confirmed is not None and bool((table.confirmed == table.value).all())
    return replace(
        table,
        value=blank(table.value),
        confirmed=blank(table.confirmed) if same else None,
        duty=blank(table.duty) if duties else None,
        firms=blank(table.firms),
        all_trade=blank(table.all_trade),
        jobs=None,
    )


def _safe_totals(totals: Totals, *, duties: bool, jobs: bool) -> Totals:
    """Parts of the value that firms confirmed, or that are certain, are sums of their own: told only where they are all."""
    return replace(
        totals,
        confirmed=totals.confirmed if totals.confirmed == totals.value else None,
        sure=totals.sure if totals.sure == totals.value else None,
        duty=totals.duty if duties else None,
        jobs=totals.jobs if jobs else None,
        without_jobs=totals.without_jobs if jobs else 0,
    )


def _nothing(why: Words) -> Published:
    return Published(None, {}, (why,))
