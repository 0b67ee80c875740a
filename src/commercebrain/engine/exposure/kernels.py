"""Passes over the lines of a base: what a list takes, and its sums by anything with firms counted once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.compiled import kernel

Array = NDArray[Any]


@kernel
def collapse(product: Array, country: Array, firm: Array, value: Array, firms: int) -> Any:
    """Sum lines of the same product, country and firm, in place; rows come sorted by product and country.

    Gives how many rows are left. Those that come to nothing are dropped.
    """
    held = np.full(firms, -1, np.int64)
    out = np.int64(0)
    begin = np.int64(0)
    last_product, last_country = np.int64(-1), np.int64(-1)
    for row in range(product.size):
        p, c, f = np.int64(product[row]), np.int64(country[row]), np.int64(firm[row])
        if p != last_product or c != last_country:
            begin, last_product, last_country = out, p, c
        place = held[f]
        if place >= begin:
            value[place] += value[row]
            continue
        held[f] = out
        product[out], country[out], firm[out], value[out] = p, c, f, value[row]
        out += 1
    kept = np.int64(0)
    for row in range(out):
        if value[row] != 0:
            product[kept], country[kept], firm[kept], value[kept] = product[row], country[row], firm[row], value[row]
            kept += 1
    return kept


@kernel
def fill_cells(
    pair_row: Array, pair_slot: Array, pair_exact: Array, members_of: Array, starts: Array, members: Array,
    rate: Array, cell: Array, exact: Array, several: Array,
) -> None:  # fmt: skip
    """Which row of the list takes each (product slot, country), the last of ``pair_row`` that does.

    Pairs come in rising order of precedence. ``members[starts[s]:starts[s + 1]]`` are the countries of set s,
    ``members_of`` the set of each row. ``exact`` marks cells that a row takes digit for digit, ``several`` those that rows
    with different rates take.
    """
    for pair in range(pair_row.size):
        row, slot = pair_row[pair], pair_slot[pair]
        which = members_of[row]
        for at in range(starts[which], starts[which + 1]):
            c = members[at]
            before = cell[slot, c]
            if before >= 0 and rate[before] != rate[row]:
                several[slot, c] = True
            cell[slot, c] = row
            if pair_exact[pair]:
                exact[slot, c] = True


@kernel
def count_hits(slots: Array, starts: Array, country: Array, cell: Array) -> Any:
    """How many lines the cells take; ``slots`` says which row of ``cell`` a product has, -1 for none."""
    many = np.int64(0)
    for product in range(slots.size):
        slot = slots[product]
        if slot >= 0:
            for row in range(starts[product], starts[product + 1]):
                if cell[slot, country[row]] >= 0:
                    many += 1
    return many


@kernel
def take_hits(
    slots: Array, starts: Array, country: Array, cell: Array, exact: Array, several: Array,
    line: Array, product_of: Array, row_of: Array, sure: Array,
) -> Any:  # fmt: skip
    """The lines that the cells take, with product and row of the list; ``sure``: taken digit for digit. Gives how many lines
    several rates cover."""
    at = np.int64(0)
    ambiguous = np.int64(0)
    for product in range(slots.size):
        slot = slots[product]
        if slot >= 0:
            for row in range(starts[product], starts[product + 1]):
                c = country[row]
                if cell[slot, c] >= 0:
                    line[at], product_of[at] = row, product
                    row_of[at], sure[at] = cell[slot, c], exact[slot, c]
                    ambiguous += several[slot, c]
                    at += 1
    return ambiguous


@kernel
def add_to(group: Array, value: Array, sums: Array) -> None:
    """Add every value to its group's sum."""
    for row in range(group.size):
        sums[group[row]] += value[row]


@kernel
def sums_by(
    group: Array, groups: int, firm: Array, firms: int, value: Array, owed: Array
) -> tuple[Array, Array, Array]:
    """By group: the sum of ``value``, the sum of ``owed``, and how many firms, each counted once."""
    many = group.size
    starts = np.zeros(groups + 1, np.int64)
    sums = np.zeros(groups, np.int64)
    dues = np.zeros(groups, np.int64)
    counts = np.zeros(groups, np.int64)
    for row in range(many):
        g = np.int64(group[row])
        starts[g + 1] += 1
        sums[g] += value[row]
        dues[g] += owed[row]
    for each in range(groups):
        starts[each + 1] += starts[each]
    sorted_firms = np.empty(many, np.uint32)
    at = starts.copy()
    for row in range(many):
        g = np.int64(group[row])
        sorted_firms[at[g]] = firm[row]
        at[g] += 1
    seen = np.full(firms, -1, np.int64)
    for each in range(groups):
        for place in range(starts[each], starts[each + 1]):
            f = np.int64(sorted_firms[place])
            if seen[f] != each:
                seen[f] = each
                counts[each] += 1
    return sums, dues, counts
