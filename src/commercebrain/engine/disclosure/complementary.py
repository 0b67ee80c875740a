"""Complementary suppression of a two-way table whose row and column totals are known.

Two conditions, repeated until both hold:

1. What is withheld in a row, and in a column, can be had as a sum; that sum keeps the rule as an aggregate of its firms
   (so neither a reader nor one of the firms itself can take it apart).
2. Every unsafe cell may be higher by p % of its largest firm or more, as far as a reader can tell: through one closed
   walk of withheld cells or several together (:mod:`.rectangles`). A cell without that room gets the cheapest
   rectangle; where the table has none, the cheapest longer walk (:mod:`.audit`), or several rectangles.

Cells for which nothing helps are returned: the caller withholds a whole margin then. Condition 1 is subadditive and
condition 2 only gains from more withheld cells, so the repetition ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commercebrain.engine.disclosure import audit
from commercebrain.engine.disclosure.declared import Rule
from commercebrain.engine.disclosure.primary import Bools, Concentration, Ints, add_up, concentration, of_sorted
from commercebrain.engine.disclosure.rectangles import give_rectangles, give_several

_FAR = np.iinfo(np.int64).max // 4


@dataclass(frozen=True)
class TwoWay:
    """A two-way table after protection: matrices ``hidden`` and ``unsafe``, the ``value``, and ``stuck``: unsafe cells
    that cannot be protected as long as their margins are known."""

    hidden: Bools
    unsafe: Bools
    value: Ints
    stuck: tuple[tuple[int, int], ...]


class _Sums:
    """The contributions summed by cell and firm, ready to be asked about the withheld part of each line."""

    def __init__(self, row: Ints, column: Ints, firm: Ints, value: Ints, shape: tuple[int, int]) -> None:
        cell, firm, value = add_up(row * shape[1] + column, firm, value)
        self.cell, self.firm, self.value, self.shape = cell, firm, value, shape
        self.cells = of_sorted(cell, value, shape[0] * shape[1])
        self.lines = (cell // shape[1], cell % shape[1])

    def withheld(self, hidden: Bools, axis: int, lines: Bools) -> Concentration:
        """The concentration of what is withheld in each row (``axis`` 0) or column (1) of ``lines``."""
        taken = lines[self.lines[axis]]
        taken &= hidden.reshape(-1)[self.cell]
        return concentration(self.lines[axis][taken], self.firm[taken], self.value[taken], self.shape[axis])


def protect_table(
    row: Ints,
    column: Ints,
    firm: Ints,
    value: Ints,
    shape: tuple[int, int],
    rule: Rule,
    *,
    withheld: Bools,
    extra: Ints | None = None,
    fixed: Bools | None = None,
    complementary: bool = True,
) -> TwoWay:
    """Which cells of the table are withheld, from contributions (row, column, firm, value).

    ``withheld`` are the cells that are not shown whatever happens (those of pools), empty ones among them; ``extra`` is by how
    much a pooled cell must stay uncertain for the sake of single categories in it; ``fixed``
    cells are known already and never serve to hide others (their contributions are not among those given). ``complementary=False`` stops after
    the unsafe cells.
    """
    sums = _Sums(row, column, firm, value, shape)
    cells = sums.cells
    total = cells.total.reshape(shape)
    unsafe = cells.unsafe(rule).reshape(shape)
    need = cells.need(rule).reshape(shape)
    hidden = withheld | unsafe
    if fixed is not None:
        total[fixed] = -1  # no walk goes through a value below zero
        hidden &= ~fixed
    if extra is not None:
        need = np.where(unsafe, np.maximum(need, extra), extra)
        unsafe = unsafe | (extra > 0)
    if not complementary:
        return TwoWay(hidden, unsafe, total, ())
    done = np.zeros(shape, dtype=bool)
    while True:
        _safe_lines(sums, total, hidden, rule)
        before = int(hidden.sum())
        open_ = unsafe & ~done
        rows, columns = give_rectangles(total, hidden, open_, need)
        left = np.zeros(shape, bool)
        left[rows, columns] = True
        rows, columns = give_rectangles(total, hidden, left, need, empty=True)
        done |= unsafe
        stuck = []
        for r, c in zip(rows.tolist(), columns.tolist(), strict=True):
            done[r, c] = False
            path = audit.walk(total, hidden, r, c, int(need[r, c]))
            if path is not None:
                for cell in path:
                    hidden[cell] = True
                done[r, c] = True
            elif give_several(total, hidden, r, c, int(need[r, c])):
                done[r, c] = True
            else:
                stuck.append((r, c))
        if int(hidden.sum()) == before:
            return TwoWay(hidden, unsafe, total, tuple(stuck))


def _safe_lines(sums: _Sums, total: Ints, hidden: Bools, rule: Rule) -> None:
    """Withhold further cells until what is withheld in every row and column is a safe aggregate."""
    changed = [np.ones(size, bool) for size in total.shape]  # the lines to be looked at (again)
    while changed[0].any() or changed[1].any():
        for axis in (0, 1):
            lines, changed[axis] = changed[axis], np.zeros(total.shape[axis], bool)
            if not lines.any():
                continue
            bad = np.flatnonzero(sums.withheld(hidden, axis, lines).unsafe(rule))
            matrix, mask = (total, hidden) if axis == 0 else (total.T, hidden.T)
            across: Bools = np.asarray((mask & (matrix > 0)).any(axis=0))
            for line in bad:
                best = _cheapest(matrix, mask, across, int(line))
                if best >= 0:
                    mask[line, best] = True
                    changed[axis][line] = changed[1 - axis][best] = True


def _cheapest(total: Ints, hidden: Bools, across: Bools, line: int) -> int:
    """The shown cell of ``line`` whose withholding costs least. Where the crossing line has nothing withheld yet, it will
    have to give up a second cell: its smallest other one is part of the cost."""
    candidates = np.flatnonzero((total[line] > 0) & ~hidden[line])
    if len(candidates) == 0:
        return -1
    cost = total[line, candidates].astype(np.float64)
    fresh = np.flatnonzero(~across[candidates])
    if len(fresh):
        others = np.where(total[:, candidates[fresh]] > 0, total[:, candidates[fresh]], _FAR)
        others[line] = _FAR
        cost[fresh] += others.min(axis=0)
    return int(candidates[np.argmin(cost)])
