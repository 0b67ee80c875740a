"""For which region records may be asked, and whether they tell anything of it.

Records without a place (imports of another country) belong to no region and are asked with :data:`~commercebrain.engine.
indicators.request.NOWHERE`. A region of which no record was ever taken in has no figure: a zero would say that nothing
was traded there.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
from sqlglot import exp

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.cells import inside, line_files
from commercebrain.engine.indicators.engines import DuckEngine
from commercebrain.engine.indicators.logical import columns
from commercebrain.engine.indicators.predicates import over_text
from commercebrain.engine.indicators.request import NOWHERE, Request
from commercebrain.engine.indicators.table import NUMBERS, FigureTable
from commercebrain.engine.indicators.vintages import in_force, state
from commercebrain.engine.lake.records.schema import RecordDataset, record_dataset


def check_place(request: Request, dataset: RecordDataset) -> None:
    """Raise :class:`UserError` where records of no region are asked of one, or records of regions of none."""
    if dataset.place is None and request.region != NOWHERE:
        raise UserError(
            "table.no_region",
            f"“{dataset.record.zh}”不属于任何地区，地区请写 {NOWHERE}。",
            f"“{dataset.record.en}” belong to no region here; write {NOWHERE} for the region.",
        )
    if dataset.place is not None and request.region == NOWHERE:
        raise UserError(
            "table.region_needed",
            f"{NOWHERE} 表示不分地区；“{dataset.record.zh}”按地区统计，请写地区代码。",
            f"{NOWHERE} stands for no region; “{dataset.record.en}” are told by region, so write a region's code.",
        )


def only_where_there_are_lines(found: FigureTable, root: Path, dataset: RecordDataset, day: date) -> FigureTable:
    """The table; without its numbers, for the reason ``no_lines``, where the records hold no line of the whole region."""
    if dataset.place is None or np.ma.filled(found.columns["level"], 0).any():
        return found
    if not len(found) or any_lines(root, dataset, found.request.region, day):
        return found
    blank = {name: np.ma.MaskedArray(np.zeros_like(np.ma.getdata(found.columns[name])), mask=True) for name in NUMBERS}
    known = np.isin(found.columns["reason"], ("month_missing", "not_yet_due"))
    reason = np.where(known, found.columns["reason"], "no_lines")
    flag = np.where(known, found.columns["flag"], "missing")
    return found.but(columns={**found.columns, **blank, "reason": reason, "flag": flag}, synthetic=False)


def any_lines(root: Path, dataset: RecordDataset, region: str, day: date) -> bool:
    """Whether any line of ``region`` was known on ``day``, of whatever month."""
    return _any_lines(str(root), dataset.code, state(root, dataset.code), region, day)


@lru_cache(maxsize=512)
def _any_lines(root: str, code: str, _state: tuple[int, ...], region: str, day: date) -> bool:
    dataset = record_dataset(code)
    versions = in_force(Path(root), dataset, day)
    if not versions:
        return False
    engine = DuckEngine()
    lines = engine.lines(line_files(dataset, versions))
    one = exp.alias_(exp.Literal.number(1), "one")
    query = exp.select(one).from_(lines).where(over_text(inside(region, dataset), columns(dataset))).limit(1)
    return len(engine.run(query)["one"]) > 0


def held_places(root: Path, dataset: RecordDataset, day: date) -> frozenset[str]:
    """The places of which the records known on ``day`` tell; none for records without a place."""
    versions = in_force(root, dataset, day)
    if dataset.place is None or not versions:
        return frozenset()
    engine = DuckEngine()
    lines = engine.lines(line_files(dataset, versions))
    found = engine.run(exp.select(exp.column(dataset.place)).distinct().from_(lines))
    return frozenset(str(place) for place in found[dataset.place].tolist() if place)
