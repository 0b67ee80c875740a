"""Where a promise starts from: the same document's figure for the same indicator, in its notes, tables or words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from commercebrain.engine.plantext.draft import Draft

_DROP = re.compile(
    r"全市|全省|我市|我省|国内|累计|总额|总量|总值|数量|规模|比重|额|数$|量$|力争|年度|[的（）()“”、\s]|较.*$|增长倍数$"
)
#: (key, dimension, region) → year → the figure reported for it.
Reported = dict[tuple[str, str, str], dict[int, Draft]]
_SAME = (
    ("占比", "占"),
    ("跨境电子商务", "跨境电商"),
    ("实到外资", "实际利用外资"),
    ("外贸进出口", "进出口"),
    ("货物贸易进出口", "进出口"),
    ("进出口贸易", "进出口"),
    ("货物贸易", ""),
    ("电子商务", "电商"),
    ("外贸", ""),
    ("省级", ""),
    ("产业实际利用外资", "外资"),
    ("实际利用外资", "外资"),
)


def key_of(indicator: str) -> str:
    """An indicator's name without the words that change from one mention to the next."""
    text = _DROP.sub("", indicator)
    for long, short in _SAME:
        text = text.replace(long, short)
    return text


def set_baselines(drafts: Sequence[Draft]) -> None:
    """Give each promise without a base figure the document's own one, where it states it for the same indicator."""
    reported: Reported = defaultdict(dict)
    for draft in drafts:
        stated = draft.tense == "fact" and draft.kind in ("level", "share", "count", "ratio", "cumulative")
        if stated and draft.period is None and draft.year is not None and draft.per is None:
            years = reported[key_of(draft.indicator), _dimension(draft), draft.region]
            known = years.get(draft.year)
            if known is None or known.view.quote_type == "table_row" != draft.view.quote_type:
                years[draft.year] = draft
    for draft in drafts:
        if draft.tense != "target" or draft.baseline is not None or draft.value is None:
            continue
        if "zero" in draft.flags:
            draft.baseline = (0.0, None, draft.unit)
            continue
        if draft.kind not in ("level", "share", "count", "cumulative", "ratio") and draft.amount.form != "times":
            continue
        if (draft.kind == "cumulative" and draft.period is not None) or draft.per is not None:
            continue
        if draft.amount.form == "times" and not draft.base:
            continue
        found = _best(draft, reported)
        if found is not None and found.value is not None:
            draft.baseline = (found.value, found.year, found.unit)


def _dimension(draft: Draft) -> str:
    """What keeps figures of different units apart: money of any currency, shares, counts, the rest by unit."""
    if draft.kind in ("share", "ratio"):
        return draft.kind
    if draft.amount.base_unit in ("元", "美元"):
        return draft.amount.base_unit
    if draft.kind in ("count", "cumulative"):
        return "count"
    return draft.amount.base_unit


def _best(draft: Draft, reported: Reported) -> Draft | None:
    """The latest figure before the target's year; running text and notes before the tables' rounded ones."""
    name = key_of(re.sub(r"增长倍数$", "", draft.indicator))
    if len(name) < 2:
        return None
    dimensions = ["元", "美元"] if draft.amount.form == "times" else [_dimension(draft)]
    for dimension in dimensions:
        years = reported.get((name, dimension, draft.region), {})
        before = [year for year in years if draft.year is None or year < draft.year]
        if before:
            return years[max(before)]
    return None
