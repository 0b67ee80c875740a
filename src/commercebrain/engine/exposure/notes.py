"""The sentences that belong under an exposure's figures: what they rest on, and what they leave out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.exposure.base import TradeBase
from commercebrain.engine.lists.rows import ProductRow

if TYPE_CHECKING:
    from commercebrain.engine.exposure.result import Totals


def of_base(base: TradeBase) -> list[Words]:
    """What a base brings along: its own note, why not a better tier, how many months are missing."""
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


def of_list(rows: Sequence[ProductRow], matched: int, rates: NDArray[Any]) -> list[Words]:
    """What a list's own rows bring along; ``matched`` of them occur in the trade, ``rates`` are below 0 where none is said."""
    notes: list[Words] = []
    twice = len(rows) - len({(row.digits, row.nomenclature, row.edition, row.partner) for row in rows})
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
    unrated = int((rates < 0).sum())
    if unrated and unrated == len(rates):
        notes.append(Words(zh="清单没有写税率，不计应缴税额。", en="The list says no rates, so no duty is computed."))
    elif unrated:
        notes.append(
            Words(
                zh=f"清单有 {unrated} 行没有税率，应缴税额不含这些行。",
                en=f"{unrated} rows of the list say no rate; the duty leaves them out.",
            )
        )
    return notes


def of_firms(totals: Totals) -> list[Words]:
    """Firms of whom something is not known."""
    notes: list[Words] = []
    if totals.without_place:
        notes.append(
            Words(
                zh=f"{totals.without_place} 家企业不知在哪个县，计入合计，不计入各县。",
                en=f"{totals.without_place} firms have no known county: they are in the total, in no county.",
            )
        )
    if totals.jobs is not None:
        notes.append(
            Words(
                zh="岗位数是受影响企业的从业人数，不是将要减少的岗位。",
                en="Jobs are the people employed by the firms hit, not jobs that will be lost.",
            )
        )
        if totals.without_jobs:
            notes.append(
                Words(
                    zh=f"{totals.without_jobs} 家企业没有从业人数，岗位数不含这些企业。",
                    en=f"{totals.without_jobs} firms have no number of employees; the jobs leave them out.",
                )
            )
    return notes


def not_in_force(many: int, on: date | None) -> Words:
    """Rows that the day left out."""
    return Words(
        zh=f"清单有 {many} 行在 {on} 不生效，没有计入。", en=f"{many} rows are not in effect on {on} and left out."
    )
