"""The pass over the rows: conditions grouped by a part that leaves few rows, all of them in one compiled loop.

1. *Plan* (once for a set of rules; kept): of each condition the simple parts are those that ask one fact. A sample says what
   share of rows each leaves. A part that leaves few becomes the *gate* of its rule, the fact that gates most rules first.
   Rules behind one gate share the rows behind the loosest of their bounds.
2. *Pass*: block by block the facts that are asked are fetched once, each distinct part is answered once for all rules that
   ask it, and each rule puts its parts together (:mod:`commercebrain.engine.rules.kernels`). Where the rows behind a gate are
   the first ones of a block, as they are where the larger firms come first, they are read where they lie and each rule looks
   at its own first ones alone. Blocks are dealt out to as many shares as there are threads.
3. Parts that no loop is made for run last, on what is left, through the language's own columns; so do rows for which neither
   floats nor whole numbers tell.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Final, TypeGuard

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.rules import kernels
from commercebrain.engine.rules.compiled import Condition, Flag, Part, Table, Threshold
from commercebrain.engine.rules.frame import Frame
from commercebrain.engine.rules.programs import Located, Places, Program, facts_of
from commercebrain.engine.rules.rows import Facts, Rows, bounds

_SAMPLE: Final = 512
#: A part gates where it leaves no more than this share of the rows: rows that lie side by side are read so much faster than
#: picked ones that it must leave few.
_GATES: Final = 0.15
#: What the loops do with a condition: all of it, what they can (the language does the rest), nothing.
ALL, SOME, NOTHING = 0, 1, 2
Simple = Threshold | Flag | Table
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
_HELD = threading.local()


@dataclass(frozen=True)
class Group:
    """The conditions (by their places) behind one gate; ``gates`` are each one's own part, of the same fact and side. None: all
    rows."""

    places: tuple[int, ...]
    gates: tuple[Simple, ...] | None


@dataclass(frozen=True, slots=True)
class Hits:
    """What the pass found, a line for each share and condition: the first ``counts`` of ``rows`` hold, of ``unknown`` rows it is
    not known. ``rows`` and ``states`` are the thread's own memory, used again by its next pass."""

    rows: NDArray[np.int32]
    states: Bytes
    counts: Ints
    unknown: Ints

    @classmethod
    def room(cls, shares: int, conditions: int, rows: int) -> Hits:
        """Room for all that may hold of so many rows."""
        blocks = -(-rows // kernels.BLOCK)
        wide = -(-blocks // shares) * kernels.BLOCK
        counts, unknown = np.zeros((2, shares, conditions), np.int64)
        return cls(
            scratch("rows", np.int32, shares, conditions, wide), scratch("states", np.uint8, shares, conditions, wide),
            counts, unknown,
        )  # fmt: skip


class Plan:
    """How conditions are grouped, by what a sample of a frame says. ``order`` are their places, group by group; all else goes
    in that order."""

    def __init__(self, conditions: Sequence[Condition], frame: Frame, places: Places) -> None:
        rows = len(frame.keys)
        sample = Facts(frame, np.arange(0, rows, max(1, rows // _SAMPLE)))
        shares: list[dict[Simple, float]] = []
        for one in conditions:
            shares.append({part: _left(part, one, sample) for part in one.parts if _may_gate(part, places)})
        self.groups = tuple(_grouped(shares))
        self.order = tuple(place for one in self.groups for place in one.places)
        self.conditions = [conditions[place] for place in self.order]

    def ready(self, after: Sequence[Condition], places: Places) -> Program:
        """The program of the conditions and of those that come ``after`` them."""
        self.program = Program([*self.conditions, *after], places)
        self.many = len(self.conditions)
        self.how = np.array(
            [
                NOTHING if not len(reads) else SOME if rest else ALL
                for reads, rest in zip(self.program.reads[: self.many], self.program.rest[: self.many], strict=True)
            ],
            np.uint8,
        )
        self.reads = frozenset[int]().union(*self.program.reads[: self.many])
        lines, bands, members, band, first = list[tuple[int, ...]](), list[int](), list[int](), list[int](), 0
        for group in self.groups:
            last, gate, part = first + len(group.places), len(bands), len(members)
            mine: Sequence[int] = ()
            if group.gates is not None:
                mine = [self._number(first + n, each) for n, each in enumerate(group.gates)]
                loose = dict(sorted(zip(mine, group.gates, strict=True), key=lambda one: _looseness(one[1])))
                bands += loose
                band += [gate + list(loose).index(number) for number in mine]
            else:
                band += [gate] * len(group.places)
            todo = self.program.todo[self.program.todo_first[first] : self.program.todo_first[last]]
            members += sorted(set(todo.tolist()))
            lines.append((first, last, gate, len(bands), part, len(members)))
            first = last
        self.lines = np.array(lines, np.int64).reshape(-1, 6)
        self.bands, self.members, self.band = (np.array(one, np.int64) for one in (bands, members, band))
        return self.program

    def _number(self, line: int, part: Simple) -> int:
        """The number of a part that gates; the loops can read it, or it would not."""
        return self.program.numbers[line][self.conditions[line].parts.index(part)] or 0

    def unread(self, located: Located) -> Bytes:
        """What the loops do with each condition on a frame."""
        if located.places[:, 2].all():
            return self.how
        nowhere = frozenset(np.flatnonzero(located.places[:, 2] == 0).tolist()) & self.reads
        if not nowhere:
            return self.how
        blind = [bool(reads & nowhere) for reads in self.program.reads[: self.many]]
        return np.where(blind, NOTHING, self.how).astype(np.uint8)

    def judge(self, share: int, shares: int, rows: int, located: Located, how: Bytes, hits: Hits) -> None:
        """Fills in ``hits`` of a share."""
        lines = self.lines
        if how is not self.how:  # a gate that cannot be read is one of conditions that the loops leave alone
            lines = np.ascontiguousarray(lines[[bool((how[one[0] : one[1]] != NOTHING).any()) for one in lines]])
        kernels.judge(
            share, shares, rows, located.places, *self.program.parts, located.tables, located.tabled, self.program.first,
            self.program.asked, lines, self.bands, self.members, self.band, how, hits.rows[share], hits.states[share],
            hits.counts[share], hits.unknown[share], *self.desk(),
        )  # fmt: skip

    def desk(self) -> tuple[NDArray[Any], ...]:
        """Room for the loops to work in, the thread's own: lines for facts as numbers and as codes, for parts and for sums; marks
        of parts and facts; what a condition says, by one row and by eight; rows."""
        facts, parts, block = len(self.program.lanes), len(self.program.parts[0]), kernels.BLOCK
        total = scratch("total", np.uint8, block + 8)
        return (
            scratch("numbers", np.float64, facts, block), scratch("codes", np.int32, facts, block),
            scratch("said", np.uint8, parts, block), scratch("sums", np.float64, 2, block),
            scratch("marks", np.int64, 4, max(facts, parts, len(self.bands)) + 1), total, total.view(np.uint64),
            scratch("room", np.int32, block + 1),
        )  # fmt: skip

    def asks(self, share: int, how: Bytes, hits: Hits) -> NDArray[np.bool_]:
        """Of which conditions the language is asked about rows of a share."""
        near: NDArray[np.bool_] = kernels.near(hits.states[share], hits.counts[share])
        near |= (how == SOME) & (hits.counts[share] > 0)
        return near

    def ask(self, share: int, frame: Frame, how: Bytes, hits: Hits) -> None:
        """The language says what the loops could not of the rows of a share."""
        for line in np.flatnonzero(self.asks(share, how, hits)).tolist():
            self._asked(line, share, frame, hits)

    def _asked(self, line: int, share: int, frame: Frame, hits: Hits) -> None:
        many, wanted = int(hits.counts[share, line]), self.conditions[line]
        at = hits.rows[share, line, :many].astype(np.intp)
        state, on = hits.states[share, line, :many].copy(), Rows(Facts(frame, at), wanted)
        for part in self.program.rest[line]:
            left = np.flatnonzero(state < kernels.FALSE)
            holds, there = on.part(part, left)
            state[left] = np.where(
                there, np.where(holds, state[left], kernels.FALSE), np.maximum(state[left], kernels.UNKNOWN)
            )
        near = np.flatnonzero(state == kernels.ASK)
        holds, there = on.truth(wanted.node, near)
        state[near] = np.where(there, np.where(holds, kernels.TRUE, kernels.FALSE), kernels.UNKNOWN)
        fires = at[state == kernels.TRUE]
        hits.rows[share, line, : len(fires)] = fires
        hits.states[share, line, : len(fires)] = kernels.TRUE
        hits.counts[share, line] = len(fires)
        hits.unknown[share, line] += np.count_nonzero(state == kernels.UNKNOWN)

    def slowly(self, frame: Frame, how: Bytes, hits: Hits) -> None:
        """The language says all of the conditions that the loops leave alone."""
        lines = np.flatnonzero(how == NOTHING).tolist()
        if not lines:
            return
        whole, every, shares = Facts(frame), np.arange(len(frame.keys)), len(hits.rows)
        for line in lines:
            wanted = self.conditions[line]
            holds, known = Rows(whole, wanted).truth(wanted.node, every)
            rows = np.flatnonzero(holds)
            for share in range(shares):
                mine = rows[rows // kernels.BLOCK % shares == share]
                hits.rows[share, line, : len(mine)] = mine
                hits.states[share, line, : len(mine)] = kernels.TRUE
                hits.counts[share, line] = len(mine)
            hits.unknown[0, line] = len(every) - np.count_nonzero(known)


def _grouped(shares: list[dict[Simple, float]]) -> Iterator[Group]:
    gates = [[part for part, share in left.items() if share <= _GATES] for left in shares]
    often = Counter(key for parts in gates for key in {_key(part) for part in parts})
    behind: dict[Any, list[tuple[int, Simple]]] = {}
    for place, parts in enumerate(gates):
        if parts:
            gate = max(parts, key=lambda part: often[_key(part)])
            behind.setdefault(_key(gate), []).append((place, gate))
    for held in behind.values():
        yield Group(tuple(place for place, _ in held), tuple(gate for _, gate in held))
    without = tuple(place for place, parts in enumerate(gates) if not parts)
    if without:
        yield Group(without, None)


def _looseness(gate: Simple) -> float:
    """Gates of one fact and side by this, the loosest first."""
    if not isinstance(gate, Threshold):
        return 0.0
    return gate.low if gate.high == np.inf else -gate.high


def scratch(name: str, kind: Any, *shape: int) -> NDArray[Any]:
    """An array of the thread's own memory, used again by the next pass; new memory costs more than the comparisons."""
    held: dict[str, NDArray[Any]] = _HELD.__dict__
    size = prod(shape)
    if name not in held or held[name].size < size:
        held[name] = np.empty(size, kind)
    return held[name][:size].reshape(shape)


def _left(part: Part, wanted: Condition, sample: Facts) -> float:
    """The share of a sample that a part does not rule out."""
    if not sample.rows:
        return 1.0
    holds, known = Rows(sample, wanted).part(part, np.arange(sample.rows))
    return float(np.count_nonzero(holds | ~known)) / sample.rows


def _key(part: Simple) -> tuple[Any, ...]:
    """What a gate is known by: its fact and the side that it cuts off; a table is a gate of its own."""
    if isinstance(part, Table):
        return part.fact, part.node
    low, high = bounds(part)
    side = "below" if low == -np.inf else "above" if high == np.inf else (low, high)
    return part.fact, side


def _may_gate(part: Part, places: Places) -> TypeGuard[Simple]:
    """Whether the rows behind a part can be told in one look at one column."""
    if not isinstance(part, Threshold | Flag | Table) or (
        isinstance(part, Threshold) and np.isfinite(part.high - part.low)
    ):
        return False
    facts = facts_of(part)
    return len(facts) == 1 and bool(places[facts[0]].kind)
