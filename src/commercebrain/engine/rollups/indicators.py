"""The catalogue's additive indicators of a dataset of records, as a refresh counts them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from commercebrain.engine.catalogue.loader import load_catalogue
from commercebrain.engine.indicators.conditions import Members
from commercebrain.engine.indicators.definitions import define
from commercebrain.engine.rollups.conditions import Counted
from commercebrain.engine.rollups.shape import MEASURES


def additive_indicators(dataset: str, month: int) -> list[Counted]:
    """Every indicator of ``dataset`` that sums or counts lines; groups have the members of the last day of ``month``."""
    catalogue = load_catalogue()
    if not month:
        return []
    day = date(month // 100, month % 100, monthrange(month // 100, month % 100)[1])

    def members(name: str) -> Members:
        group = catalogue.groups[name]
        return Members(group.column, *group.at(day))

    found = []
    for code, indicator in sorted(catalogue.indicators.items()):
        if indicator.measure is None or indicator.dataset != dataset:
            continue
        definition = define(indicator, catalogue.records, catalogue.groups)
        measure = definition.measure
        column = "lines" if measure.kind == "count" else measure.column
        if measure.additive and column in MEASURES:
            found.append(Counted(code, column, definition.takes(members)))
    return found
