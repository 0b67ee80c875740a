"""What a reader who knows all totals and all shown cells of a two-way table can work out about a withheld cell.

:func:`interval` is exact (two linear programmes by HiGHS) and independent of how cells were chosen: it is the judge in
tests and in :func:`narrow`. :func:`walk` finds the cheapest closed walk of any length
through a cell by Dijkstra's method, the generalisation of the rectangle.
"""

from __future__ import annotations

import numpy as np

from commercebrain.engine.disclosure.primary import Bools, Ints


def interval(value: Ints, hidden: Bools, row: int, column: int) -> tuple[float, float]:
    """The least and the greatest value that the withheld cell may have, given that values are not negative, and given
    the sums of withheld cells in each row and column (these are what totals less shown cells amount to)."""
    from scipy.optimize import linprog  # here and below: slow to load, and few programs withhold anything
    from scipy.sparse import coo_array

    rows, columns = np.nonzero(hidden)
    height = value.shape[0]
    n = len(rows)
    ones = np.ones(n)
    equations = coo_array(
        (np.r_[ones, ones], (np.r_[rows, height + columns], np.r_[np.arange(n), np.arange(n)])),
        shape=(height + value.shape[1], n),
    ).tocsr()
    known = equations @ value[rows, columns].astype(np.float64)
    aim = ((rows == row) & (columns == column)).astype(np.float64)
    scale = max(float(known.max(initial=1.0)), 1.0)
    ends = []
    for sign in (1.0, -1.0):
        solved = linprog(sign * aim, A_eq=equations, b_eq=known / scale, bounds=(0, None), method="highs")
        if solved.status != 0:  # numerically stuck: told as no protection, so the caller withholds more
            return float(value[row, column]), float(value[row, column])
        ends.append(sign * float(solved.fun) * scale)
    return ends[0], ends[1]


def narrow(value: Ints, hidden: Bools, unsafe: Bools, need: Ints) -> list[tuple[int, int, float, float]]:
    """The unsafe cells that a reader can estimate too well: (row, column, least, greatest). Empty is what must be."""
    found = []
    for row, column in zip(*(places.tolist() for places in np.nonzero(unsafe)), strict=True):
        low, high = interval(value, hidden, row, column)
        true, slack = float(value[row, column]), 1e-6 * float(value[row, column] + need[row, column])
        if high < true + float(need[row, column]) - slack or low > true + slack:
            found.append((row, column, low, high))
    return found


def walk(value: Ints, hidden: Bools, row: int, column: int, need: int) -> list[tuple[int, int]] | None:
    """The cells of the cheapest closed walk through the cell whose others all hold at least ``need``; None: there is none.
    What is withheld already costs nothing."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    usable = value >= max(need, 1)
    usable[row, column] = False
    rows, columns = np.nonzero(usable)
    height = value.shape[0]
    # Dijkstra in scipy takes a stored 0 for no edge, so each edge costs a little: fewer cells win among equals.
    cost = np.where(hidden[rows, columns], 0, value[rows, columns]).astype(np.float64) + 1.0
    size = height + value.shape[1]
    graph = coo_array((cost, (rows, height + columns)), shape=(size, size)).tocsr()
    distance, before = dijkstra(graph, directed=False, indices=row, return_predecessors=True)
    at = height + column
    if not np.isfinite(distance[at]):
        return None
    cells = []
    while at != row:
        previous = int(before[at])
        cells.append((previous, at - height) if previous < height else (at, previous - height))
        at = previous
    return cells
