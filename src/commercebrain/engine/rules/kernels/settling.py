"""Rows on which conditions hold: for how long they did, at which level, what excludes what, and all of it put together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.compiled import kernel
from commercebrain.engine.rules.kernels.answering import fill, most, say
from commercebrain.engine.rules.kernels.judging import forget
from commercebrain.engine.rules.kernels.reading import ASK, BLOCK, TRUE, Bytes, Ints, Rows


@kernel
def settle(
    places: NDArray[Any], parts: NDArray[Any], limits: NDArray[Any], inner: Ints, factors: NDArray[Any], whole: Ints,
    tables: Bytes, tabled: NDArray[Any], first: Ints, asked: Ints, todo_first: Ints, todo: Ints,
    before: Ints, periods: Ints, level_first: Ints, rows: NDArray[Any], counts: Ints, levels: NDArray[Any], asks: Bytes,
    numbers: NDArray[Any], codes: NDArray[Any], said: NDArray[Any], sums: NDArray[Any], marks: NDArray[Any],
    total: Bytes, _packed: NDArray[np.uint64], _room: Rows,
) -> None:  # fmt: skip
    """Of the rows on which each rule holds (ascending) those on which it also held in the periods before, and their levels.

    ``places`` and ``tabled`` have a layer for each frame: the present one, then those before it. Condition n is told by the
    parts ``todo[todo_first[n]:todo_first[n + 1]]``. A rule looks at ``periods`` frames from ``before`` on. Its levels'
    conditions are those from ``level_first``; the level of a row is the first that holds. ``asks`` 1: the rule is left
    alone, or (set here) the language must be asked. The last ones are room to work in, as for ``judge``.
    """
    wanted, done, fetched = marks[0], marks[1], marks[2]
    for rule in range(len(periods)):
        if asks[rule] or not counts[rule]:
            continue
        mine, own = rows[rule, : counts[rule]], levels[rule]
        own_levels = level_first[rule + 1] - level_first[rule]
        for turn in range(periods[rule] + 1):
            here = before[rule] + turn if turn < periods[rule] else 0
            if turn == periods[rule]:
                counts[rule] = len(mine)
                fill(own, 0, len(mine), own_levels)
                if own_levels == 0:
                    break
            kept = 0
            for start in range(0, len(mine), BLOCK):
                many = min(BLOCK, len(mine) - start)
                forget(done, fetched)
                for back in range(1 if here else own_levels):  # of levels the first that holds comes last
                    condition = rule if here else level_first[rule + 1] - 1 - back
                    these = todo[todo_first[condition] : todo_first[condition + 1]]
                    for part in these:
                        wanted[part] = many
                    say(
                        these, mine, start, places[here], parts, limits, inner, factors, whole, tables, tabled[here],
                        numbers, codes, said, sums, wanted, done, fetched,
                    )  # fmt: skip
                    fill(total, 0, many, TRUE)
                    for place in range(first[condition], first[condition + 1]):
                        most(said, asked[place], total, many)
                    for n in range(many):
                        asks[rule] |= total[n] == ASK
                        if total[n] == TRUE and not here:
                            own[start + n] = own_levels - 1 - back
                if here:
                    for n in range(many):
                        mine[kept] = mine[start + n]
                        kept += (total[n] == TRUE) | (total[n] == ASK)
            if here:
                mine = mine[:kept]
            if asks[rule]:
                counts[rule] = len(mine)
                break


@kernel
def exclude(rows: NDArray[Any], counts: Ints, others_first: Ints, others: Ints, keep: NDArray[Any], left: Ints) -> None:
    """Which rows of each rule (ascending) none of its ``others`` holds, and how many these are."""
    for rule in range(len(counts)):
        many = counts[rule]
        keep[rule, :many] = True
        for place in range(others_first[rule], others_first[rule + 1]):
            other = others[place]
            m, end = 0, counts[other]
            for n in range(many):
                while m < end and rows[other, m] < rows[rule, n]:
                    m += 1
                if m < end and rows[other, m] == rows[rule, n]:
                    keep[rule, n] = False
        left[rule] = 0
        for n in range(many):
            left[rule] += keep[rule, n]


@kernel
def collect(
    rows: NDArray[Any], levels: NDArray[Any], keep: NDArray[Any], counts: NDArray[Any], out: NDArray[np.intp],
    out_levels: Bytes,
) -> None:  # fmt: skip
    """The rows of each rule that are kept, one rule after the other, those of all shares in order, with their levels."""
    shares = len(rows)
    places = np.zeros(shares, np.int64)
    end: Any = 0
    for rule in range(rows.shape[1]):
        places[:] = 0
        while True:
            lowest: Any = -1
            for share in range(shares):
                if places[share] < counts[share, rule] and (
                    lowest < 0 or rows[share, rule, places[share]] < rows[lowest, rule, places[lowest]]
                ):
                    lowest = share
            if lowest < 0:
                break
            n = places[lowest]
            places[lowest] += 1
            if keep[lowest, rule, n]:
                out[end] = rows[lowest, rule, n]
                out_levels[end] = levels[lowest, rule, n]
                end += 1
