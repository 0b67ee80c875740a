"""Seasonally adjusted columns of an answer, by the house's one decomposition or by the user's own X-13.

The computation (:mod:`commercebrain.engine.foresight.decompose`) runs after the query, on every engine's result alike. It
needs 36 known months; a shorter series gets no number and says so.
"""

from __future__ import annotations

import numpy as np

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.spine import months_in
from commercebrain.engine.indicators.table import Array
from commercebrain.engine.indicators.transforms.plan import Plan

#: X-13 takes about a second a series: more are not asked of it at once.
MOST_BY_X13 = 60


def adjust(values: Array, months: list[int], method: str = "own") -> Array:
    """The adjusted figures of several series at once: ``values`` is series × months (consecutive), NaN where missing.

    ``method`` is ``own`` or ``x13``. A series with fewer than 36 known figures comes back as NaN throughout. Raises
    ``UserError``: ``x13.too_many``, and what :func:`commercebrain.engine.foresight.x13.adjust_with_x13` raises.
    """
    # Loaded where they are used: the numerical parts take a moment, and few questions are seasonally adjusted.
    if method == "x13":
        from commercebrain.engine.foresight.x13 import adjust_with_x13

        if len(values) > MOST_BY_X13:
            raise UserError(
                "x13.too_many",
                f"X-13 一次最多调整{MOST_BY_X13}个序列，本次有{len(values)}个。请缩小范围，或去掉 method=x13。",
                f"X-13 adjusts at most {MOST_BY_X13} series at once; these are {len(values)}. Ask for fewer, or leave out "
                "method=x13.",
            )
        return adjust_with_x13(values, months[0])
    from commercebrain.engine.foresight.decompose import decompose

    return decompose(values, months[0]).adjusted


def adjusted(plan: Plan, columns: dict[str, Array]) -> dict[str, Array]:
    """The columns of the answer with adjusted figures (for ``seasonal``) or their change on the month before (for
    ``mom``), trimmed to the months asked for. Expects every member in every month, as the query gives them."""
    months = list(months_in(plan.first, plan.last))
    members = len(columns["period"]) // len(months)
    first, last = plan.trim or (months[0], months[-1])
    kept = (columns["period"] >= first) & (columns["period"] <= last)
    if not members:
        return {name: column[kept] for name, column in columns.items()}
    raw = np.ma.filled(columns["value"].astype(np.float64), np.nan).reshape(len(months), members).T
    levels = adjust(raw, months, plan.request.option("method") or "own")
    short: Array = np.logical_and(np.isnan(levels).all(axis=1), ~np.isnan(raw).all(axis=1))
    reason = columns["reason"].reshape(len(months), members).T.astype(object)
    reason[short[:, None] & (reason == "")] = "too_short"
    result, base = levels, np.full_like(levels, np.nan)
    if plan.transform.code == "mom":
        base[:, 1:] = levels[:, :-1]
        for test, code in ((np.isnan(base), "base_missing"), (base == 0, "base_zero"), (base < 0, "base_negative")):
            reason[test & (reason == "")] = code
        with np.errstate(divide="ignore", invalid="ignore"):
            result = 100 * (levels - base) / base
    result = np.where(reason == "", result, np.nan)
    told = {"value": result, "level": levels, "base": base, "change": levels - base}
    found = {name: column[kept] for name, column in columns.items()}
    for name, matrix in told.items():
        found[name] = np.ma.masked_invalid(matrix.T.reshape(-1)[kept])
    found["reason"] = reason.T.reshape(-1).astype(np.str_)[kept]
    return found
