"""Conditions over all rows of a frame, block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.compiled import kernel
from commercebrain.engine.rules.kernels.answering import fill, most, say
from commercebrain.engine.rules.kernels.reading import ASK, BLOCK, FALSE, TRUE, UNKNOWN, Bytes, Ints, Rows

#: Columns of ``groups``: their conditions, their gates (places in ``bands``) and their parts (in ``members``) begin and end.
FIRST, LAST, GATE, GATES, PART, PARTS = range(6)
_ODD = np.uint64(0x0101010101010101)
_ALL_FALSE = np.uint64(0x0303030303030303)


@kernel
def forget(done: Ints, fetched: Ints) -> None:
    """What lies ready is of other rows."""
    for n in range(len(done)):
        done[n] = 0
        fetched[n] = 0


@kernel
def left(said: NDArray[Any], part: int, many: int) -> int:
    """How many rows a part does not rule out."""
    count: Any = 0
    for n in range(many):
        count += said[part, n] != FALSE
    return int(count)


@kernel
def missing(total: Bytes, many: int) -> int:
    """Of how many rows nothing is known."""
    count: Any = 0
    for n in range(many):
        count += total[n] == UNKNOWN
    return int(count)


@kernel
def picked(said: NDArray[Any], part: int, block: int, start: int, at: Rows) -> None:
    """The rows that a part does not rule out."""
    many: Any = 0
    for n in range(block):
        at[many] = start + n
        many += np.int64(said[part, n] != FALSE)


@kernel
def taken(
    total: Bytes, packed: NDArray[np.uint64], here: int, at: Rows, start: int, through: int, rows: NDArray[Any],
    states: NDArray[Any], rule: int, count: int,
) -> int:  # fmt: skip
    """Appends the rows that hold or ask, with ``through`` also those that are unknown; eight that do not at a time are passed
    over. How many there are now."""
    for eight in range((here + 7) // 8):
        if packed[eight] == _ALL_FALSE or (through == 0 and packed[eight] & _ODD == _ODD):
            continue
        for n in range(eight * 8, min(eight * 8 + 8, here)):
            if total[n] != FALSE and (through != 0 or total[n] != UNKNOWN):
                rows[rule, count] = at[n] if len(at) else start + n
                states[rule, count] = total[n]
                count += 1
    return count


@kernel
def judge(
    share: int, shares: int, last: int, places: NDArray[Any], parts: NDArray[Any], limits: NDArray[Any],
    inner: Ints, factors: NDArray[Any], whole: Ints, tables: Bytes, tabled: NDArray[Any],
    first: Ints, asked: Ints, groups: NDArray[Any], bands: Ints, members: Ints, band: Ints, how: Bytes,
    rows: NDArray[Any], states: NDArray[Any], counts: Ints, unknown: Ints,
    numbers: NDArray[Any], codes: NDArray[Any], said: NDArray[Any], sums: NDArray[Any], marks: NDArray[Any],
    total: Bytes, packed: NDArray[np.uint64], room: Rows,
) -> None:  # fmt: skip
    """What every condition says of the rows of a share: every ``shares``-th block of the ``last`` rows.

    Condition n asks the parts ``asked[first[n]:first[n + 1]]``; ``how`` is 0, 1 (what the loops cannot say of it is asked
    afterwards) or 2 (it is left alone). Conditions of a group share a gate: ``bands`` are its parts, the loosest first, and
    ``band`` says which is each one's own. Where the rows that the loosest leaves are the first ones of a block, each condition
    looks at those that its own leaves, if these are the first ones, too. Left in ``rows`` and ``states``, in order, are those
    on which a condition holds or the language is asked; where ``how`` is 1 also those that are unknown, else these are counted. The last
    ones, from ``numbers`` on, are room to work in (:meth:`commercebrain.engine.rules.passing.Plan.desk`).
    """
    wanted, done, fetched, ends = marks[0], marks[1], marks[2], marks[3]
    nobody = room[:0]
    for start in range(share * BLOCK, last, shares * BLOCK):
        block = min(BLOCK, last - start)
        forget(done, fetched)
        for group in range(len(groups)):
            many, at, begin = block, nobody, start
            gates = bands[groups[group, GATE] : groups[group, GATES]]
            todo = members[groups[group, PART] : groups[group, PARTS]]
            for part in todo:
                wanted[part] = 0
            if len(gates):
                wanted[gates[0]] = block
            for step in range(3):  # the loosest gate, the others, all else
                now = gates[:1] if step == 0 else gates[1:] if step == 1 else todo
                if step == 2:
                    for rule in range(groups[group, FIRST], groups[group, LAST]):
                        end = 0 if how[rule] == 2 else ends[band[rule]] if len(gates) else block
                        for place in range(first[rule], first[rule + 1]):
                            wanted[asked[place]] = max(wanted[asked[place]], end)
                say(
                    now, at, begin, places, parts, limits, inner, factors, whole, tables, tabled, numbers, codes, said, sums,
                    wanted, done, fetched,
                )  # fmt: skip
                if step == 0 and len(gates):
                    many = left(said, gates[0], block)
                    if many == 0:
                        break
                    side_by_side = left(said, gates[0], many) == many
                    for place in range(len(gates)):
                        ends[groups[group, GATE] + place] = many
                        wanted[gates[place]] = many if side_by_side else 0
                    if not side_by_side:
                        picked(said, gates[0], block, start, room)
                        at, begin = room[:many], 0
                        forget(done, fetched)
                elif step == 1 and len(at) == 0:
                    for place in range(1, len(gates)):
                        own = left(said, gates[place], many)
                        if left(said, gates[place], own) == own:
                            ends[groups[group, GATE] + place] = own
            if many == 0:
                continue
            for rule in range(groups[group, FIRST], groups[group, LAST]):
                end = 0 if how[rule] == 2 else ends[band[rule]] if len(gates) else block
                if end == 0:
                    continue
                fill(total, 0, end, TRUE)
                fill(total, end, end + 8, FALSE)  # eight are looked at together
                for place in range(first[rule], first[rule + 1]):
                    most(said, asked[place], total, end)
                if how[rule] == 0:
                    unknown[rule] += missing(total, end)
                counts[rule] = taken(total, packed, end, at, start, how[rule], rows, states, rule, counts[rule])
            if len(at):
                forget(done, fetched)


@kernel
def near(states: NDArray[Any], counts: Ints) -> NDArray[np.bool_]:
    """Of which conditions there are rows that the language is asked about."""
    found = np.zeros(len(counts), np.bool_)
    for rule in range(len(counts)):
        for n in range(counts[rule]):
            found[rule] |= states[rule, n] == ASK
    return found
