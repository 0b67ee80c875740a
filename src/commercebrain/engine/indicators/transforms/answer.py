"""From what an engine returned to the columns of a :class:`~commercebrain.engine.indicators.table.FigureTable`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from commercebrain.engine.indicators.request import MAX_ROWS, too_many_rows
from commercebrain.engine.indicators.table import NUMBERS, Array
from commercebrain.engine.indicators.transforms.plan import Plan


def columns(plan: Plan, fetched: Mapping[str, Any], *, scale: int = 0) -> dict[str, Array]:
    """The columns of the answer from the columns of the query's result: numpy arrays (masked or not) or lists with None.

    ``scale`` is how many digits of the cells' whole numbers stand after the point. Seasonal adjustment happens here, the
    same for every engine, and so does the choice of rows whose filter must not touch the whole (``plan.row_where``; the
    dimensions come as texts by now). Raises :class:`UserError` (``request.too_many_rows``).
    """
    count = len(fetched["period"])
    if count > MAX_ROWS:
        raise too_many_rows()
    found: dict[str, Array] = {
        "period": np.asarray(fetched["period"], dtype=np.int32),
        "span": np.asarray(fetched["span"], dtype=np.int16),
    }
    for dim in plan.dims:
        found[dim] = np.asarray(fetched[dim], dtype=np.str_) if count else np.array([], dtype=np.str_)
    whole_value = plan.rule.whole_number and not plan.ratio
    for name in NUMBERS:
        counted = plan.transform.code in ("diffusion", "rank") and name == "whole"
        is_level = name != "value" or plan.transform.output == "same"
        whole = not plan.ratio and plan.transform.code != "convert" and (name != "value" or whole_value)
        column = _numbers(fetched[name], whole=whole)
        moved = scale and is_level and not plan.ratio and not counted
        found[name] = column.astype(np.float64) / 10**scale if moved else column
    found["reason"] = np.asarray(fetched["reason"], dtype=np.str_)
    found["flag"] = np.asarray(fetched["flag"], dtype=np.str_)
    if plan.row_where:
        kept = np.ones(count, dtype=bool)
        for dim, values in plan.row_where.items():
            kept &= np.isin(found[dim], values)
        found = {name: column[kept] for name, column in found.items()}
    if plan.adjust:
        from commercebrain.engine.indicators.transforms.seasonal import adjusted

        return adjusted(plan, found)
    return found


def _numbers(column: Any, *, whole: bool) -> Array:
    kind = np.int64 if whole else np.float64
    if isinstance(column, np.ma.MaskedArray):
        mask, data = np.ma.getmaskarray(column).copy(), np.ma.getdata(column)
    else:
        data = np.asarray(column, dtype=object) if isinstance(column, list) else np.asarray(column)
        mask = np.zeros(len(data), dtype=bool)
    if data.dtype == object:
        mask |= np.array([one is None for one in data], dtype=bool)
        data = np.array([0 if one is None else one for one in data])
    elif data.dtype.kind == "f":
        mask |= np.isnan(data)
    clean: Array = np.ma.MaskedArray(np.where(mask, 0, data).astype(kind), mask=mask)
    return clean
