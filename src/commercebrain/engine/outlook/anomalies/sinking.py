"""What has been below, or above, what was expected of it for months: said in one sentence below the list of a month.

A month's verdict forgets a level that fell for good as soon as the forecast has learnt it; this does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.foresight.lasting import Lasting, lasting
from commercebrain.engine.foresight.months import shift
from commercebrain.engine.outlook.anomalies.names import Names
from commercebrain.engine.outlook.series import SeriesSet

#: How many are named.
NAMED: Final = 5
#: Of how many series, the largest first, it is asked: twelve forecasts of each take time that a reader waits for.
LARGEST: Final = 2000


def lasting_notes(
    found: SeriesSet, names: Names, *, least: float = 0.0, cancelled: Callable[[], bool] | None = None
) -> list[Words]:
    """One sentence for lasting falls and one for lasting rises of the series, none where there are none.

    ``least`` and ``cancelled`` as for ``anomalies``. Nothing is read again: what the reader may not see is not in ``found``.
    """
    if not len(found):
        return []
    asked_zh = asked_en = ""
    if len(found) > LARGEST:
        size = np.nansum(np.abs(found.values[:, -12:]), axis=1)
        found = found.part(sorted(np.argsort(-size, kind="stable")[:LARGEST].tolist()))
        asked_zh, asked_en = f"最大的{LARGEST}个中，", f"Of the largest {LARGEST}, "
    told = lasting(found.values, found.first, least=least, cancelled=cancelled)
    notes = []
    for kind, zh, en in (("drop", "持续偏低", "below"), ("rise", "持续偏高", "above")):
        rows = np.flatnonzero(told.kind == kind)
        if len(rows):
            rows = rows[np.argsort(-np.abs(told.score[rows]), kind="stable")]
            words = _sentence(found, names, told, [int(row) for row in rows], zh, en)
            notes.append(Words(zh=asked_zh + words.zh, en=asked_en + words.en))
    return notes


def _sentence(found: SeriesSet, names: Names, told: Lasting, rows: list[int], zh: str, en: str) -> Words:
    named = [(_called(found, names, row), shift(found.last, -int(told.since[row]))) for row in rows[:NAMED]]
    some_zh = "、".join(f"{who.zh}（约{month // 100}年{month % 100}月起）" for who, month in named)
    some_en = ", ".join(f"{who.en} (since about {month // 100}-{month % 100:02d})" for who, month in named)
    more = len(rows) - len(named)
    return Words(
        zh=f"与半年前的预期相比{zh}的有{len(rows)}个：{some_zh}{'等' if more else ''}",
        en=f"{len(rows)} {'has' if len(rows) == 1 else 'have'} stayed {en} what was expected half a year before: {some_en}"
        + (f" and {more} more" if more else ""),
    )


def _called(found: SeriesSet, names: Names, row: int) -> Words:
    words = [names.of(name, [code])[code] for name, code in zip(found.by, found.keys[row], strict=True)]
    if not words:
        return Words(zh="全部", en="the whole")
    return Words(zh="、".join(one.zh for one in words), en=", ".join(one.en for one in words))
