"""Witnesses of protection in a two-way table: closed walks along which money can move unseen.

All row and column totals of the table are known to the reader. If the withheld cells include four corners of a
rectangle, then moving an amount along it (+ − + −) changes no total and no shown cell; as long as the amount is no
larger than the corners that shrink, the reader cannot tell that world from the real one. Such a rectangle with corners
of at least p % of the largest firm is a proof that a cell is protected. This is the hypercube method of Giessing and
Repsilber (GHMITER in τ-ARGUS) with the least additional value as its aim.

A cell that has no such rectangle may have one whose far corner is small or empty. It is withheld as well (a reader is not
told that nothing is there), and the cell may be higher then; that is what the p%-rule asks for.

Before a cell is given a new rectangle, :func:`_room` asks exactly by how much its value could be higher, along all walks
together. Moving along a walk lowers a cell on the way from its column to its row and raises one on the way from its row
to its column, so the question is a greatest flow from the cell's column to its row, lowering limited by what a cell
holds and raising by nothing; it is answered by augmenting paths.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.compiled import kernel
from commercebrain.engine.disclosure.primary import Bools, Ints


@kernel
def _room(value: Ints, hidden: Bools, r: int, c: int, need: int) -> np.int64:  # pragma: no cover - compiled
    """By how much the withheld cell (r, c) may be higher than it is; counting stops at ``need``."""
    height, width = value.shape
    left = np.where(hidden, value, 0)
    queue = np.empty(height + width, np.int64)
    came = np.empty(height + width, np.int64)
    found = np.int64(0)
    step = np.int64(1)
    while step * 2 <= need:
        step *= 2
    while step >= 1 and found < need:
        # A path from column c to row r whose lowered cells all hold at least ``step``.
        came[:] = -1
        came[height + c] = height + c
        queue[0] = height + c
        head, tail = 0, 1
        while head < tail and came[r] < 0:
            node = queue[head]
            head += 1
            if node >= height:
                column = node - height
                for row in range(height):
                    if came[row] < 0 and left[row, column] >= step and not (row == r and column == c):
                        came[row] = node
                        queue[tail] = row
                        tail += 1
            else:
                for column in range(width):
                    if came[height + column] < 0 and hidden[node, column] and not (node == r and column == c):
                        came[height + column] = node
                        queue[tail] = height + column
                        tail += 1
        if came[r] < 0:
            step //= 2
            continue
        amount = need - found
        node = np.int64(r)
        while node != height + c:
            before = came[node]
            if node < height:
                amount = min(amount, left[node, before - height])
            node = before
        node = np.int64(r)
        while node != height + c:
            before = came[node]
            if node < height:
                left[node, before - height] -= amount
            else:
                left[before, node - height] += amount
            node = before
        found += amount
    return found


@kernel
def _protect(
    value: Ints, hidden: Bools, rows: Ints, columns: Ints, need: Ints, empty: bool
) -> NDArray[np.int64]:  # pragma: no cover - compiled
    """Give every listed cell its protection, withholding what is missing of the cheapest rectangle; the state of each
    cell: 1 had it, 2 was given it, 0 there is none."""
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
                if other_c == c or value[r, other_c] < least:
                    continue
                if value[other_r, other_c] < (0 if empty else least):
                    continue
                cost = side
                if not hidden[r, other_c]:
                    cost += value[r, other_c]
                if not hidden[other_r, other_c]:
                    cost += value[other_r, other_c] + 1
                if best < 0 or cost < best:
                    best, best_r, best_c = cost, other_r, other_c
            if best == 0:
                break
        if best == 0 or _room(value, hidden, r, c, least) >= least:
            state[i] = 1
        elif best > 0:
            state[i] = 2
            hidden[best_r, c] = True
            hidden[r, best_c] = True
            hidden[best_r, best_c] = True
    return state


def room(value: Ints, hidden: Bools, row: int, column: int, need: int) -> int:
    """By how much the withheld cell may be higher than it is, for a reader who knows all totals and all shown cells;
    counted up to ``need``. What is withheld may be raised even where it is empty: the reader does not know that it is."""
    return int(_room(value, hidden, row, column, need))


def give_rectangles(value: Ints, hidden: Bools, unsafe: Bools, need: Ints, *, empty: bool = False) -> tuple[Ints, Ints]:
    """Withhold in ``hidden`` (in place) what each unsafe cell still needs, the largest cells first.

    ``value``, ``hidden``, ``unsafe`` and ``need`` are matrices of one shape; a value below zero is a cell that must stay
    shown. ``empty`` allows a far corner
    that holds little or nothing: the cell may then be higher than it is, but hardly lower. Returns the (row, column) of the cells for
    which there is neither room nor a rectangle.
    """
    rows, columns = np.nonzero(unsafe)
    order = np.lexsort((columns, rows, -value[rows, columns]))
    rows, columns = rows[order].astype(np.int64), columns[order].astype(np.int64)
    state = _protect(value, hidden, rows, columns, need[rows, columns].astype(np.int64), empty)
    return rows[state == 0], columns[state == 0]


def give_several(value: Ints, hidden: Bools, row: int, column: int, need: int) -> bool:
    """Withhold in ``hidden`` (in place) several small rectangles through a cell until they give it ``need`` together,
    each time the one that costs least for what it gives; whether they do."""
    while (missing := need - room(value, hidden, row, column, need)) > 0:
        price = np.where(hidden, 0, value).astype(np.float64)
        price[~hidden] += 1
        cost = price + price[:, column, None] + price[None, row, :]
        gives = np.minimum(np.minimum(value[:, column, None], value[None, row, :]), missing).astype(np.float64)
        gives[row, :] = gives[:, column] = 0
        gives[value < 0] = 0
        open_ = (gives > 0) & (cost > 0)
        if not open_.any():
            return False
        best = int(np.argmin(np.where(open_, cost / np.maximum(gives, 1), np.inf)))
        other_row, other_column = divmod(best, value.shape[1])
        hidden[other_row, column] = hidden[row, other_column] = hidden[other_row, other_column] = True
    return True
