"""The pass over each firm's lines of several months: exposure, products of two digits, concentration."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.compiled import kernel

Array = NDArray[Any]


@kernel
def _square(value: Any, high: Array, low: Array, place: Any, way: Any) -> None:
    """Add the square of ``value`` to the 128-bit number ``high[way, place]``, ``low[way, place]``."""
    v = np.uint64(abs(value))
    thirty_two = np.uint64(32)
    a, b = v >> thirty_two, v & np.uint64(0xFFFFFFFF)
    cross = a * b  # twice this, 32 bits to the left
    before = low[way, place]
    now = before + b * b
    carry = np.uint64(1) if now < before else np.uint64(0)
    part = cross << np.uint64(33)
    after = now + part
    if after < now:
        carry += np.uint64(1)
    low[way, place] = after
    high[way, place] += a * a + (cross >> np.uint64(31)) + carry


@kernel
def pass_firms(
    uscc: Array, hs10: Array, country: Array, flow: Array, county: Array, cny: Array, usd: Array, lines: Array,
    begins: Array, ends: Array, second: Array, hs2_of: Array, sizes: Array, full: bool,
    e_firm: Array, e_hs10: Array, e_country: Array, e_flow: Array, e_sums: Array,
    p_firm: Array, p_hs2: Array, p_flow: Array, p_cny: Array, p_usd: Array, p_lines: Array,
    t_many: Array, t_sum: Array, t_high: Array, t_low: Array,
    k_many: Array, k_sum: Array, k_high: Array, k_low: Array,
    c_many: Array, c_sum: Array, c_high: Array, c_low: Array,
    h_many: Array, h_sum: Array, h_high: Array, h_low: Array,
) -> tuple[Any, Any]:  # fmt: skip
    """Take firm after firm through all months at once.

    Rows of month m are ``begins[m]:ends[m]``, sorted by firm. Exposure rows ``e_*`` (firm, product, country, flow) have
    the sums of cny, usd and lines (``full``), or of the cny of months not marked ``second`` and of those marked (usd,
    lines and county are not looked at then). ``p_*``: firm × two-digit product × flow. ``*_many``, ``*_sum``, ``*_high``, ``*_low`` (flows × codes): firms,
    their sum and the exact sum of their squares, in all (t), by county (k), country (c), product (h). ``sizes``: flows,
    counties, countries, two-digit products. Gives how many e and p rows were written.
    """
    months = begins.size
    flows, counties, countries, chapters = sizes[0], sizes[1], sizes[2], sizes[3]
    at = begins.copy()
    until = begins.copy()
    capacity = 1024
    table = np.full((capacity, 2), -1, np.int64)  # key, row
    by_k = np.zeros((flows, counties), np.int64)
    by_c = np.zeros((flows, countries), np.int64)
    seen_k = np.zeros((flows, counties), np.bool_)
    seen_c = np.zeros((flows, countries), np.bool_)
    by_h = np.zeros((flows, chapters, 3), np.int64)
    list_k = np.empty(flows * counties, np.int64)
    list_c = np.empty(flows * countries, np.int64)
    list_h = np.empty(flows * chapters, np.int64)
    total = np.zeros(flows, np.int64)
    traded = np.zeros(flows, np.bool_)
    rows_e, rows_p = np.int64(0), np.int64(0)
    while True:
        firm = np.int64(-1)
        for m in range(months):
            if at[m] < ends[m]:
                this = np.int64(uscc[at[m]])
                if firm < 0 or this < firm:
                    firm = this
        if firm < 0:
            break
        many = np.int64(0)
        for m in range(months):
            row = at[m]
            while row < ends[m] and uscc[row] == firm:
                row += 1
            until[m] = row
            many += row - at[m]
        if capacity < 2 * many:
            while capacity < 2 * many:
                capacity *= 2
            table = np.full((capacity, 2), -1, np.int64)
        mask = np.uint64(capacity - 1)
        first_e = rows_e
        many_k, many_c, many_h = 0, 0, 0
        for m in range(months):
            side = 1 if second[m] else 0
            for row in range(at[m], until[m]):
                f = np.int64(flow[row])
                key = (np.int64(hs10[row]) * countries + np.int64(country[row])) * flows + f
                slot = ((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)) & mask
                while table[slot, 0] != key and table[slot, 0] != -1:
                    slot = (slot + np.uint64(1)) & mask
                if table[slot, 0] == -1:
                    table[slot, 0] = key
                    table[slot, 1] = rows_e
                    e_firm[rows_e] = firm
                    e_hs10[rows_e] = hs10[row]
                    e_country[rows_e] = country[row]
                    e_flow[rows_e] = f
                    e_sums[rows_e, 0] = 0
                    e_sums[rows_e, 1] = 0
                    e_sums[rows_e, 2] = 0
                    rows_e += 1
                spot = table[slot, 1]
                if full:
                    e_sums[spot, 2] += lines[row]
                    e_sums[spot, 0] += cny[row]
                    e_sums[spot, 1] += usd[row]
                    k = np.int64(county[row])
                    if not seen_k[f, k]:
                        seen_k[f, k] = True
                        list_k[many_k] = f * counties + k
                        many_k += 1
                    by_k[f, k] += cny[row]
                else:
                    e_sums[spot, side] += cny[row]
            at[m] = until[m]
        for spot in range(first_e, rows_e):  # leave the table empty for the next firm
            f, c = np.int64(e_flow[spot]), np.int64(e_country[spot])
            key = (np.int64(e_hs10[spot]) * countries + c) * flows + f
            slot = ((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)) & mask
            while table[slot, 0] != -1:
                table[slot, 0] = -1
                slot = (slot + np.uint64(1)) & mask
            if full:
                h = np.int64(hs2_of[e_hs10[spot]])
                total[f] += e_sums[spot, 0]
                traded[f] = True
                if not seen_c[f, c]:
                    seen_c[f, c] = True
                    list_c[many_c] = f * countries + c
                    many_c += 1
                by_c[f, c] += e_sums[spot, 0]
                if by_h[f, h, 2] == 0:
                    list_h[many_h] = f * chapters + h
                    many_h += 1
                by_h[f, h, 0] += e_sums[spot, 0]
                by_h[f, h, 1] += e_sums[spot, 1]
                by_h[f, h, 2] += e_sums[spot, 2]
        if not full:
            continue
        for way in range(flows):
            if traded[way]:
                t_many[way, 0] += 1
                t_sum[way, 0] += total[way]
                _square(total[way], t_high, t_low, 0, way)
                total[way] = 0
                traded[way] = False
        for place in range(many_k):
            f, k = np.int64(list_k[place] // counties), np.int64(list_k[place] % counties)
            k_many[f, k] += 1
            k_sum[f, k] += by_k[f, k]
            _square(by_k[f, k], k_high, k_low, k, f)
            by_k[f, k] = 0
            seen_k[f, k] = False
        for place in range(many_c):
            f, c = np.int64(list_c[place] // countries), np.int64(list_c[place] % countries)
            c_many[f, c] += 1
            c_sum[f, c] += by_c[f, c]
            _square(by_c[f, c], c_high, c_low, c, f)
            by_c[f, c] = 0
            seen_c[f, c] = False
        for place in range(many_h):
            f, h = np.int64(list_h[place] // chapters), np.int64(list_h[place] % chapters)
            h_many[f, h] += 1
            h_sum[f, h] += by_h[f, h, 0]
            _square(by_h[f, h, 0], h_high, h_low, h, f)
            p_firm[rows_p] = firm
            p_hs2[rows_p] = h
            p_flow[rows_p] = f
            p_cny[rows_p] = by_h[f, h, 0]
            p_usd[rows_p] = by_h[f, h, 1]
            p_lines[rows_p] = by_h[f, h, 2]
            rows_p += 1
            by_h[f, h, 0] = 0
            by_h[f, h, 1] = 0
            by_h[f, h, 2] = 0
    return rows_e, rows_p


@kernel
def order_by(first: Array, second: Array, firsts: int, seconds: int) -> Array:
    """The stable order of rows by two codes (of so many values each)."""
    many = first.size
    starts = np.zeros(seconds + 1, np.int64)
    for row in range(many):
        starts[np.int64(second[row]) + 1] += 1
    for each in range(seconds):
        starts[each + 1] += starts[each]
    half = np.empty(many, np.uint32)
    for row in range(many):
        code = np.int64(second[row])
        half[starts[code]] = row
        starts[code] += 1
    starts = np.zeros(firsts + 1, np.int64)
    for row in range(many):
        starts[np.int64(first[row]) + 1] += 1
    for each in range(firsts):
        starts[each + 1] += starts[each]
    order = np.empty(many, np.uint32)
    for place in range(many):
        row = half[place]
        code = np.int64(first[row])
        order[starts[code]] = row
        starts[code] += 1
    return order


@kernel
def add_firm_totals(firm: Array, flow: Array, sums: Array, totals: Array) -> None:
    """Add the first two sums of every row to its firm: ``totals`` (2 × flows × firms)."""
    for row in range(firm.size):
        totals[0, flow[row], firm[row]] += sums[row, 0]
        totals[1, flow[row], firm[row]] += sums[row, 1]


@kernel
def add_exposed(
    wanted_hs10: Array, wanted_country: Array, duty: Array, starts: Array,
    firm: Array, country: Array, flow: Array, value: Array, way: int, exposed: Array, duties: Array,
) -> None:  # fmt: skip
    """Add to each firm what it traded of the wanted products with the wanted countries, and the duty on it.

    Rows of product h are ``starts[h]:starts[h + 1]``, sorted by country. ``duty`` is in per cent.
    """
    for item in range(wanted_hs10.size):
        low, high = starts[wanted_hs10[item]], starts[wanted_hs10[item] + 1]
        stop = high
        want = wanted_country[item]
        while low < high:  # the first row whose country is not below the wanted one
            middle = (low + high) // 2
            if country[middle] < want:
                low = middle + 1
            else:
                high = middle
        for row in range(low, stop):
            if country[row] != want:
                break
            if flow[row] == way:
                exposed[firm[row]] += value[row]
                duties[firm[row]] += value[row] * duty[item] / 100.0


@kernel
def add_values(firm: Array, value: Array, total: Array) -> None:
    """Add every row's value to its firm."""
    for row in range(firm.size):
        total[firm[row]] += value[row]


@kernel
def newest_county(firm: Array, county: Array, found: Array) -> None:
    """The county of the first row of each firm that has none yet in ``found`` (-1)."""
    for row in range(firm.size):
        if found[firm[row]] < 0:
            found[firm[row]] = county[row]
