"""Sums over a month, one pass each, on arrays of codes: the inner loops of a refresh.

Measures of a cell stand side by side (quantity, value_cny, value_usd, lines), so that a cell is one piece of memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.compiled import kernel

Array = NDArray[Any]


@kernel
def run_sums(quantity: Array, cny: Array, usd: Array, counts: Array, out: Array) -> None:
    """``out[i]``: the sums of run ``i`` of the three columns and its length; runs are ``counts`` long."""
    at = 0
    for run in range(counts.size):
        q, c, u = np.int64(0), np.int64(0), np.int64(0)
        stop = at + np.int64(counts[run])
        while at < stop:
            q += quantity[at]
            c += cny[at]
            u += usd[at]
            at += 1
        out[run, 0] = q
        out[run, 1] = c
        out[run, 2] = u
        out[run, 3] = counts[run]


@kernel
def add_cells(flow: Array, a: Array, b: Array, sizes: Array, measures: Array, cells: Array) -> None:
    """Add rows of ``measures`` (n × 4) to ``cells`` (flow × a × b flattened, × 4); ``sizes`` of flow, a and b."""
    for row in range(flow.size):
        cell = (np.int64(flow[row]) * sizes[1] + np.int64(a[row])) * sizes[2] + np.int64(b[row])
        cells[cell, 0] += measures[row, 0]
        cells[cell, 1] += measures[row, 1]
        cells[cell, 2] += measures[row, 2]
        cells[cell, 3] += measures[row, 3]


@kernel
def add_cells3(flow: Array, a: Array, b: Array, c: Array, sizes: Array, measures: Array, cells: Array) -> None:
    """As :func:`add_cells` for flow × a × b × c."""
    for row in range(flow.size):
        cell = ((np.int64(flow[row]) * sizes[1] + np.int64(a[row])) * sizes[2] + np.int64(b[row])) * sizes[
            3
        ] + np.int64(c[row])
        cells[cell, 0] += measures[row, 0]
        cells[cell, 1] += measures[row, 1]
        cells[cell, 2] += measures[row, 2]
        cells[cell, 3] += measures[row, 3]


@kernel
def take_cells(cells: Array, sizes: Array, codes: Array, measures: Array) -> int:
    """Move the cells that hold lines to rows in order and leave ``cells`` empty; how many they are.

    ``sizes`` of four dimensions, flow first, those that there are not being 1; ``codes`` is (dimensions × room) and
    ``measures`` (room × 4).
    """
    dims = codes.shape[0]
    row = 0
    cell = 0
    for one in range(sizes[0]):
        for two in range(sizes[1]):
            for three in range(sizes[2]):
                for four in range(sizes[3]):
                    if cells[cell, 3] != 0:
                        codes[0, row] = one
                        if dims > 1:
                            codes[1, row] = two
                        if dims > 2:
                            codes[2, row] = three
                        if dims > 3:
                            codes[3, row] = four
                        for measure in range(4):
                            measures[row, measure] = cells[cell, measure]
                            cells[cell, measure] = 0
                        row += 1
                    cell += 1
    return row


@kernel
def split(measures: Array, quantity: Array, cny: Array, usd: Array, lines: Array, large: Array) -> None:
    """The four columns of ``measures`` as int32 (lines as uint32); ``large`` counts by column what does not fit."""
    for row in range(measures.shape[0]):
        q, c, u = measures[row, 0], measures[row, 1], measures[row, 2]
        quantity[row] = np.int32(q)
        cny[row] = np.int32(c)
        usd[row] = np.int32(u)
        lines[row] = np.uint32(measures[row, 3])
        large[0] += np.int64(quantity[row]) != q
        large[1] += np.int64(cny[row]) != c
        large[2] += np.int64(usd[row]) != u


@kernel
def add_firms(
    uscc: Array, country: Array, flow: Array, measures: Array, cells: Array, countries: Array, stamps: Array
) -> None:
    """Sums by firm and flow, and how many countries each firm traded with; rows are sorted by firm.

    ``cells`` (firms × flows × 4), ``countries`` (firms × flows), ``stamps`` (flows × countries) of zeros.
    """
    for row in range(uscc.size):
        firm = np.int64(uscc[row])
        way = np.int64(flow[row])
        for measure in range(4):
            cells[firm, way, measure] += measures[row, measure]
        if stamps[way, country[row]] != firm + 1:
            stamps[way, country[row]] = firm + 1
            countries[firm, way] += 1


@kernel
def add_conditions(
    hs: Array, country: Array, mode: Array, flow: Array, county: Array,
    m_hs: Array, m_country: Array, m_mode: Array, m_flow: Array, m_county: Array, measures: Array, cells: Array,
) -> None:  # fmt: skip
    """Sums of every condition by county in one pass.

    A mask (``m_<column>``: codes × words of 64 bits) says for each code which conditions accept it; a row counts for
    the conditions that all its columns accept. A column that the rows do not have is of length 1, and so is its mask.
    ``cells`` (counties × bits × 4).
    """
    words = m_flow.shape[1]
    one = np.uint64(1)
    by_hs, by_country, by_mode = hs.size == flow.size, country.size == flow.size, mode.size == flow.size
    for row in range(flow.size):
        h = hs[row] if by_hs else hs[0]
        c = country[row] if by_country else country[0]
        m = mode[row] if by_mode else mode[0]
        f, k = flow[row], county[row]
        for word in range(words):
            left = m_hs[h, word] & m_country[c, word] & m_mode[m, word] & m_flow[f, word] & m_county[k, word]
            while left != 0:
                low = left & (~left + one)
                left ^= low
                at = word * 64 + _place(low)
                cells[k, at, 0] += measures[row, 0]
                cells[k, at, 1] += measures[row, 1]
                cells[k, at, 2] += measures[row, 2]
                cells[k, at, 3] += measures[row, 3]


@kernel
def _place(low: Any) -> Any:
    """The place of the only bit that is set in ``low``."""
    place = 0
    if low >> np.uint64(32):
        place += 32
        low >>= np.uint64(32)
    if low >> np.uint64(16):
        place += 16
        low >>= np.uint64(16)
    if low >> np.uint64(8):
        place += 8
        low >>= np.uint64(8)
    if low >> np.uint64(4):
        place += 4
        low >>= np.uint64(4)
    if low >> np.uint64(2):
        place += 2
        low >>= np.uint64(2)
    if low >> np.uint64(1):
        place += 1
    return place
