"""Figures of months that did not come in whole: they stand, but never as complete ones."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.indicators.transforms.plan import Plan

#: Flags that say less than that lines are lacking.
_LESSER = ("normal", "small_base", "raw")


def mark_incomplete(found: FigureTable, planned: Plan, waiting: Collection[int]) -> FigureTable:
    """The table with the flag ``incomplete`` on every figure that any of the months in ``waiting`` (yyyymm) goes into, as its
    own or as its base, and a note that names them."""
    if not waiting or not len(found):
        return found
    used: set[int] = set()
    touched: set[int] = set()
    for slot in planned.slots:
        stretches = ((slot.period, slot.period),) if planned.adjust else slot.stretches
        inside = {month for month in waiting for first, last in stretches if first <= month <= last}
        if inside:
            used |= inside
            touched.add(slot.period)
    if not used:
        return found
    flag = found.columns["flag"]
    marked = np.isin(found.columns["period"], sorted(touched)) & np.isin(flag, _LESSER)
    if not marked.any():
        return found
    months = [f"{month // 100}-{month % 100:02d}" for month in sorted(used)]
    named = "、".join(months[:6]), ", ".join(months[:6])
    more = ("等", " and others") if len(months) > 6 else ("", "")
    note = Words(
        zh=f"{named[0]}{more[0]}有明细待更正，尚未计入，相关数字不全。",
        en=f"Lines of {named[1]}{more[1]} wait for corrections and are not counted yet; figures of them are incomplete.",
    )
    columns = {**found.columns, "flag": np.where(marked, "incomplete", flag)}
    return found.but(columns=columns, notes=(*found.notes, note))
