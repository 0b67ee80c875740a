"""Lines of customs declarations cut from the streams' monthly values: any number of them, the same totals.

Whatever number is asked for, each month's total is the same to the yuan, by flow and county; and where there are lines
enough for every firm that trades in a month (about a million over five and a half years), by firm as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.records.table import Coded, MonthBlock
from commercebrain.engine.simulate.city import City, Floats, Ints, generator
from commercebrain.engine.simulate.trade import Trade, apportion, trade_of
from commercebrain.engine.simulate.world import FLOWS, world, yyyymm

MOST = 500_000_000
CHUNK = 2_000_000  # lines in memory at a time
FEWEST_A_MONTH = 24  # one for each county and flow, and as many again
SPREAD = 0.9  # lines grow with the value to this power: larger trade, larger lines
NOISE = 1.0  # of the values of a stream's lines, logarithmic


@dataclass(frozen=True)
class Cut:
    """How a month's streams are cut: lines and yuan of each stream."""

    counts: Ints
    values: Ints


def blocks(
    lines: int, seed: int = 0, first: str | int = "", last: str | int = "", firms: int = 20_000, *,
    chunk: int = CHUNK, shocks: bool = True,
) -> Iterator[MonthBlock]:  # fmt: skip
    """``lines`` lines of the invented city from month ``first`` to ``last`` ("2020-01" or 202001), month by month.

    Sorted by firm, tariff line, partner, mode and flow; a month with more than ``chunk`` lines comes in several blocks.
    The same arguments give the same lines, whatever ``chunk`` is. ``shocks=False`` gives what would have been.
    Raises :class:`UserError` (``simulate.lines``, ``simulate.span``, ``simulate.month``).
    """
    begin, end = world().span(first, last)
    check_lines(lines, begin, end)
    trade = trade_of(seed, firms, end)
    for month, count in plan(trade, lines, begin, end).items():
        yield from month_blocks(trade, month, count, chunk=chunk, shocks=shocks)


def check_lines(lines: int, begin: int, end: int) -> None:
    """Raise :class:`UserError` (``simulate.lines``) for too few or too many lines between two running months."""
    months = end - begin + 1
    fewest = FEWEST_A_MONTH * 2 * months
    if not fewest <= lines <= MOST:
        raise UserError(
            "simulate.lines",
            f"{months}个月的明细行数应在{fewest}至{MOST}之间，给的是{lines}。",
            f"{months} months take between {fewest} and {MOST} lines; given were {lines}.",
        )


def plan(trade: Trade, lines: int, begin: int, end: int) -> dict[int, int]:
    """How many lines each month (running numbers) gets: in proportion to what is traded.

    Raises :class:`UserError` (``simulate.lines``) for too few or too many.
    """
    check_lines(lines, begin, end)
    months = list(range(begin, end + 1))
    traded = np.array([float(trade.scale(month)[1].sum()) for month in months])
    shared = apportion(lines - FEWEST_A_MONTH * len(months), traded) + FEWEST_A_MONTH
    return dict(zip(months, shared.tolist(), strict=True))


def month_blocks(
    trade: Trade, month: int, lines: int, *, chunk: int = CHUNK, shocks: bool = True
) -> Iterator[MonthBlock]:
    """``lines`` lines of one month (a running number) in blocks of about ``chunk``."""
    c = trade.city
    cut = cut_month(trade, month, lines, shocks=shocks)
    noise, quantities = generator(c.seed, 6, month), generator(c.seed, 7, month)
    rate = world().usd_rate(month)
    ends = np.cumsum(cut.counts)
    start = 0
    while start < len(c):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + chunk, side="right")))
        streams = np.arange(start, min(stop, len(c)))
        start = stop
        streams = streams[cut.counts[streams] > 0]
        if len(streams):
            yield _block(c, month, streams, cut, noise, quantities, rate)


def cut_month(trade: Trade, month: int, lines: int, *, shocks: bool = True) -> Cut:
    """How many lines each stream of a month gets and what they are worth together."""
    c = trade.city
    values = trade.values(month, shocks=shocks)
    order = _by_group(c)
    order = order[values[order] > 0]
    weight = values[order].astype(np.float64) ** SPREAD
    place = c.flow[order] * len(c.counties) + c.firms.county[c.firm[order]]
    firm = place * len(c.firms.uscc) + c.firm[order]
    places, place_of = np.unique(place, return_inverse=True)
    chance = generator(c.seed, 8, month)
    firms, firm_of = np.unique(firm, return_inverse=True)
    place_of_firm = np.zeros(len(firms), dtype=np.int64)
    place_of_firm[firm_of] = place_of
    # Where there are lines enough each firm gets one, and firms keep their own totals; else counties do.
    enough = lines >= len(firms)
    least: Ints = np.ones(len(places), dtype=np.int64)
    if enough:
        least = np.bincount(place_of_firm, minlength=len(places)).astype(np.int64)
    lines_of_unit: Ints = least + apportion(lines - int(least.sum()), _sums(place_of, weight))
    unit = place_of
    if enough:
        lines_of_unit = _over_firms(
            lines_of_unit - least, place_of_firm, _sums(firm_of, weight), chance.random(len(places))
        )
        unit = firm_of
    expected = weight / _sums(unit, weight)[unit] * lines_of_unit[unit]
    counts = _systematic(expected, unit, lines_of_unit, chance.random(len(lines_of_unit)))
    # A stream that got a line stands for those that got none.
    stands_for = np.where(counts > 0, values[order] * np.where(expected < 1, counts / expected, 1.0), 0.0)
    kept = _spread_within(stands_for, unit, _sums(unit, values[order]))
    found_counts, found_values = np.zeros(len(c), dtype=np.int64), np.zeros(len(c), dtype=np.int64)
    found_counts[order], found_values[order] = counts, kept
    return Cut(found_counts, found_values)


def _by_group(c: City) -> NDArray[np.intp]:
    """Streams by flow, then county, then firm: what is counted together stands together."""
    return np.lexsort((c.firm, c.firms.county[c.firm], c.flow))


def _sums(member_of: NDArray[np.intp], weights: NDArray[np.generic]) -> Floats:
    """Sums of the weights by unit."""
    return np.asarray(np.bincount(member_of, weights), dtype=np.float64)


def _over_firms(rest: Ints, place: Ints, weight: Floats, offset: Floats) -> Ints:
    """Lines of each firm: one, and its part of the rest that its county has."""
    return 1 + _systematic(weight / _sums(place, weight)[place] * rest[place], place, rest, offset)


def _systematic(expected: Floats, unit: Ints, total: Ints, offset: Floats) -> Ints:
    """Whole numbers near ``expected`` that add up to ``total`` within each unit: evenly spaced points from an offset.

    Members of a unit stand together, units in their order.
    """
    running = np.cumsum(expected)
    first = np.searchsorted(unit, np.arange(len(total)))
    before = np.concatenate([[0.0], running])[first]
    ends = np.minimum(running - before[unit], total[unit])
    last = np.append(first[1:], len(unit)) - 1
    ends[last] = total
    marks = np.ceil(ends - offset[unit]).astype(np.int64)
    marks[last] = total
    starts = np.empty_like(marks)
    starts[1:] = marks[:-1]
    starts[first] = 0
    return np.asarray(np.maximum(0, marks - starts))


def _spread_within(weights: Floats, unit: Ints, totals: Floats) -> Ints:
    """Whole numbers in proportion to the weights that add up to each unit's total, by rounding the running sum."""
    running = np.cumsum(weights / _sums(unit, weights)[unit])
    first = np.searchsorted(unit, np.arange(len(totals)))
    last = np.append(first[1:], len(unit)) - 1
    before = np.concatenate([[0.0], running])[first]
    whole = np.rint(totals).astype(np.int64)
    ends = np.rint((running - before[unit]) * totals[unit]).astype(np.int64)
    ends = np.minimum(ends, whole[unit])
    # Members behind the last with a weight get nothing.
    lasting = np.maximum.reduceat(np.where(weights > 0, np.arange(len(unit)), -1), first)
    ends = np.where(np.arange(len(unit)) >= lasting[unit], whole[unit], ends)
    starts = np.empty_like(ends)
    starts[1:] = ends[:-1]
    starts[first] = 0
    ends[last] = whole
    return np.asarray(ends - starts)


def _block(
    c: City, month: int, streams: Ints, cut: Cut, noise: np.random.Generator, quantities: np.random.Generator,
    rate: float,
) -> MonthBlock:  # fmt: skip
    """The lines of some streams."""
    counts, worth = cut.counts[streams], cut.values[streams]
    total = int(counts.sum())
    first = np.cumsum(counts) - counts
    size = np.exp(NOISE * noise.standard_normal(total))
    least = (worth >= counts).astype(np.int64)  # a line is worth a yuan at least where there is enough for all
    each = (worth - least * counts) / np.add.reduceat(size, first)
    cny = np.floor(np.repeat(each, counts) * size).astype(np.int64) + np.repeat(least, counts)
    cny[first] += worth - np.add.reduceat(cny, first)
    usd = np.rint(cny / rate).astype(np.int64)
    units = usd / np.repeat(c.price[streams], counts) * (0.8 + 0.4 * quantities.random(total))
    whole = np.repeat(c.whole[streams], counts)
    quantity = np.where(whole, np.maximum(1, np.rint(units)) * 1000, np.maximum(1, np.rint(units * 100)) * 10)
    firm = c.firm[streams]

    def lines(of_stream: Ints, values: list[str], kind: type[np.integer]) -> Coded:
        return Coded(np.repeat(of_stream.astype(kind), counts), values)

    return MonthBlock(
        month=yyyymm(month),
        columns={
            "uscc": lines(firm, c.firms.uscc, np.int32),
            "hs10": lines(c.product[streams], c.hs10, np.int16),
            "country": lines(c.country[streams], c.countries, np.int16),
            "mode": lines(c.mode[streams], c.modes, np.int8),
            "flow": lines(c.flow[streams], list(FLOWS), np.int8),
            "quantity": quantity.astype(np.int64),
            "value_cny": cny,
            "value_usd": usd,
            "county": lines(c.firms.county[firm], c.counties, np.int8),
        },
    )
