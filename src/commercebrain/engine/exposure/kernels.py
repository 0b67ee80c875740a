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
def count_hits(taken: Array, starts: Array, country: Array, kind: Array, row_of: Array) -> Any:
    """How many lines a list takes: ``row_of`` [kind of the country, product] is the row that does, -1 for none; ``taken``
    are the products of which any is."""
    many = np.int64(0)
    for place in range(taken.size):
        product = taken[place]
        for row in range(starts[product], starts[product + 1]):
            if row_of[kind[country[row]], product] >= 0:
                many += 1
    return many


@kernel
def take_hits(
    taken: Array, starts: Array, country: Array, kind: Array, row_of: Array, exact: Array,
    line: Array, product_of: Array, by: Array, sure: Array,
) -> None:  # fmt: skip
    """The lines that :func:`count_hits` counts, with product and row of the list; ``sure``: a row takes them for certain."""
    at = np.int64(0)
    for place in range(taken.size):
        product = taken[place]
        for row in range(starts[product], starts[product + 1]):
            k = kind[country[row]]
            if row_of[k, product] >= 0:
                line[at], product_of[at] = row, product
                by[at], sure[at] = row_of[k, product], exact[k, product] >= 0
                at += 1


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
