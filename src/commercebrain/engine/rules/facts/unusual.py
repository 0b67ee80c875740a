"""Whether the newest month of each subject is what it should be: the verdicts of foresight, kept by month and vintage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.rules.facts.series import YEAR, Floats, Months, growth
from commercebrain.engine.rules.facts.source import EXPORT

#: A subject that traded less than so much in the average month of the year before (yuan) is not judged.
LEAST: Final = {"firm": 200_000.0, "goods": 500_000.0}
#: The same for what lasts, which takes a forecast for each of twelve months.
LEAST_LASTING: Final = {"firm": 400_000.0}
#: So many months are expected at once.
AHEAD: Final = 3
#: So many judged firms of a trade, for their median to say something.
LEAST_PEERS: Final = 5


@dataclass(frozen=True)
class Judged:
    """Verdicts on the newest month of every subject, NaN (or False) where there is none.

    ``expected`` in yuan, ``gap`` (value ÷ expected − 1), ``surprise`` in spreads (negative: below), ``below`` whether it
    lies under its 95 % interval, ``told`` whether there is a verdict.
    """

    expected: Floats
    gap: Floats
    surprise: Floats
    below: NDArray[np.bool_]
    told: NDArray[np.bool_]


def judged(months: Months, kind: str, flow: int = EXPORT, table: Floats | None = None) -> Judged:
    """The verdicts as known; ``table`` where the subjects are not among those of :meth:`Months.table`."""
    key = ("judged", kind, flow, months.key, None if table is None else table.shape)

    def make() -> Judged:
        return _judge(months, months.table(kind, flow) if table is None else table, LEAST.get(kind, 0.0))

    return months.source.kept(key, make)


def _judge(months: Months, table: Floats, least: float) -> Judged:
    from commercebrain.engine.foresight.judging import judge  # its kernels take time to load

    many = len(table)
    none = np.full(many, np.nan)
    out = Judged(none, none.copy(), none.copy(), np.zeros(many, bool), np.zeros(many, bool))
    if table.shape[1] < 2:
        return out
    rows = large(table, least)
    if not len(rows):
        return out
    seen = judge(table[rows], months.span[0])
    told = seen.reason == 0
    out.expected[rows] = np.where(told, seen.expected, np.nan)
    with np.errstate(all="ignore"):
        out.gap[rows] = np.where(told & (seen.expected > 0), seen.value / seen.expected - 1, np.nan)
    out.surprise[rows] = np.where(told, seen.score, np.nan)
    out.below[rows] = seen.kind == "drop"
    out.told[rows] = told
    return out


def large(table: Floats, least: float) -> NDArray[np.intp]:
    """The subjects whose twelve months before the newest are large enough to be looked at."""
    before = np.nan_to_num(table[:, -13:-1])
    mean = before.mean(axis=1) if before.shape[1] else np.zeros(len(table))
    found: NDArray[np.intp] = np.flatnonzero((mean >= least) & (mean > 0))
    return found


def lasting_gap(months: Months, kind: str = "firm", flow: int = EXPORT) -> Floats:
    """How far the newest month is off what was expected half a year before, as a fraction, where a fall or rise has
    lasted; 0 where there is none, NaN where that cannot be told."""
    return months.source.kept(("lasting", kind, flow, months.key), lambda: _lasting(months, kind, flow))


def _lasting(months: Months, kind: str, flow: int) -> Floats:
    from commercebrain.engine.foresight.lasting import MEMORY, add_up

    table = months.table(kind, flow)
    told = [_slow(months.back(n), kind, flow) for n in range(min(MEMORY, max(len(months.span) - 19, 0)))]
    if not told:
        return np.full(len(table), np.nan)
    surprise = np.stack([one[0] for one in reversed(told)], axis=1)
    expected = told[0][1]
    down, up = (add_up(surprise, sign=sign) for sign in (-1, 1))
    drop = down.ongoing[:, -1] & ~(up.ongoing[:, -1] & (up.since < down.since))
    goes_on = drop | up.ongoing[:, -1]
    with np.errstate(all="ignore"):
        gap = np.where(expected > 0, table[:, -1] / expected - 1, np.nan)
    return np.where(np.isfinite(told[0][0]), np.where(goes_on, gap, 0.0), np.nan)


def _slow(months: Months, kind: str, flow: int) -> tuple[Floats, Floats]:
    """The newest month against the forecast of half a year before: surprise and expectation."""

    def make() -> tuple[Floats, Floats]:
        from commercebrain.engine.foresight.lasting import surprise_at

        table = months.table(kind, flow)
        surprise, expected = np.full(len(table), np.nan), np.full(len(table), np.nan)
        rows = large(table, LEAST_LASTING.get(kind, 0.0))
        if len(rows) and months.span:
            told, point, _ = surprise_at(table[rows], months.span[0])
            surprise[rows], expected[rows] = told, point
        return surprise, expected

    return months.source.kept(("slow", kind, flow, months.key), make)


def ahead_growth(months: Months, kind: str = "firm", flow: int = EXPORT) -> Floats:
    """What the next three months are expected to add up to, against the same three a year before, as a fraction; NaN where
    nothing is expected or nothing was traded then."""
    return months.source.kept(("ahead", kind, flow, months.key), lambda: _ahead(months, kind, flow))


def _ahead(months: Months, kind: str, flow: int) -> Floats:
    from commercebrain.engine.foresight.forecasting import forecast

    table = months.table(kind, flow)
    out = np.full(len(table), np.nan)
    recent = np.nan_to_num(table[:, -YEAR:])
    rows = np.flatnonzero((recent.mean(axis=1) >= LEAST.get(kind, 0.0)) & (recent.sum(axis=1) > 0))
    if len(rows) and table.shape[1] >= YEAR:
        told = forecast(table[rows], months.span[0], AHEAD)
        base = table[rows, -YEAR : AHEAD - YEAR].sum(axis=1)
        out[rows] = np.where(told.reason == 0, growth(told.point.sum(axis=1), base), np.nan)
    return out


def beside_peers(gap: Floats, group: NDArray[Any]) -> Floats:
    """Each subject's gap less the median gap of its group (−1: none), NaN in a group of too few."""
    out = np.full(len(gap), np.nan)
    there = np.isfinite(gap) & (group >= 0)
    order = np.lexsort((gap, np.where(there, group, -1)))
    order = order[there[order]]
    groups, starts, sizes = np.unique(group[order], return_index=True, return_counts=True)
    for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
        if size >= LEAST_PEERS:
            members = order[start : start + size]
            out[members] = gap[members] - np.median(gap[members])
    del groups
    return out
