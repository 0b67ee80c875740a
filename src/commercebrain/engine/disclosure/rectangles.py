"""Witnesses of protection in a two-way table: closed walks along which money can move unseen.

All row and column totals of the table are known to the reader. If the withheld cells include four corners of a
rectangle, then moving an amount along it (+ − + −) changes no total and no shown cell; as long as the amount is no
larger than the three other corners, the reader cannot tell that world from the real one. Such a rectangle with corners
of at least p % of the largest firm is a proof that a cell is protected, which needs no solver; cells without one are
looked at with longer walks (:mod:`commercebrain.engine.disclosure.audit`). This is the hypercube method of Giessing and
Repsilber (GHMITER in τ-ARGUS) with the least additional value as its aim.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from commercebrain.engine.disclosure.primary import Bools, Ints


@njit(cache=True, nogil=True)
def _protect(
    value: NDArray[np.int64],
    hidden: NDArray[np.bool_],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    need: NDArray[np.int64],
) -> NDArray[np.int64]:  # pragma: no cover - compiled
    """Give every listed cell its rectangle, withholding what is missing of the cheapest; the state of each cell: 1 had
    one, 2 was given one, 0 there is none."""
    height, width = value.shape
    state = np.zeros(len(rows), np.int64)
    for i in range(len(rows)):
        r, c, least = rows[i], columns[i], need[i]
        best = np.int64(-1)
        best_r = best_c = -1
        for other_r in range(height):
            if other_r == r or value[other_r, c] < least:
                continue
            side = np.int64(0) if hidden[other_r, c] else value[other_r, c]
            if best >= 0 and side >= best:
                continue
            for other_c in range(width):
                if other_c == c or value[r, other_c] < least or value[other_r, other_c] < least:
                    continue
                cost = side
                if not hidden[r, other_c]:
                    cost += value[r, other_c]
                if not hidden[other_r, other_c]:
                    cost += value[other_r, other_c]
                if best < 0 or cost < best:
                    best, best_r, best_c = cost, other_r, other_c
            if best == 0:
                break
        if best < 0:
            continue
        state[i] = 1 if best == 0 else 2
        hidden[best_r, c] = True
        hidden[r, best_c] = True
        hidden[best_r, best_c] = True
    return state


def give_rectangles(value: Ints, hidden: Bools, unsafe: Bools, need: Ints) -> tuple[Ints, Ints]:
    """Withhold in ``hidden`` (in place) the cheapest rectangle for each unsafe cell, the largest cells first.

    ``value``, ``hidden``, ``unsafe`` and ``need`` are matrices of one shape. Returns the (row, column) of the cells for
    which there is no rectangle.
    """
    rows, columns = np.nonzero(unsafe)
    order = np.lexsort((columns, rows, -value[rows, columns]))
    rows, columns = rows[order].astype(np.int64), columns[order].astype(np.int64)
    state = _protect(value, hidden, rows, columns, need[rows, columns].astype(np.int64))
    return rows[state == 0], columns[state == 0]
