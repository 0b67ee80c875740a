"""The attacker: puts together all that can be known and works out what is withheld.

The unknowns are the cells of every two-way table for each flow and month, none below zero. A :class:`Fact` says that a
sum of them has a value; that tables share margins is known besides. Nothing here knows how cells were protected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

DIMS = ("county", "country", "hs2", "mode")
TABLES = tuple(combinations(DIMS, 2))


@dataclass(frozen=True)
class Fact:
    """The sum over some flows and months of what the ``chosen`` categories (dimension → labels) hold."""

    flows: tuple[str, ...]
    months: tuple[int, ...]
    chosen: tuple[tuple[str, tuple[str, ...]], ...]
    value: float


@dataclass(frozen=True)
class Line:
    """A line of a month: firm, its four categories, flow and value."""

    month: int
    flow: str
    firm: str
    county: str
    country: str
    hs2: str
    mode: str
    value: int


def matching(lines: Iterable[Line], chosen: Mapping[str, Sequence[str]]) -> Iterator[Line]:
    """The lines in the chosen categories."""
    for line in lines:
        if all(getattr(line, name) in labels for name, labels in chosen.items()):
            yield line


def unsafe(lines: Iterable[Line], contributors: int = 3, share: int = 85, p: int = 10) -> tuple[bool, int]:
    """Whether the cell made of ``lines`` tells about a firm, and by how much it must stay uncertain; by the rule's words."""
    firms: dict[str, int] = {}
    for line in lines:
        firms[line.firm] = firms.get(line.firm, 0) + line.value
    sizes = sorted((size for size in firms.values() if size), reverse=True)
    if not sizes:
        return False, 0
    largest, second, total = sizes[0], sizes[1] if len(sizes) > 1 else 0, sum(sizes)
    bad = len(sizes) < contributors or largest * 100 > share * total or (total - largest - second) * 100 < p * largest
    return bad, max(1, -(-largest * p // 100))


class Attack:
    """All facts as one linear system."""

    def __init__(self, labels: Mapping[str, Sequence[str]], flows: Sequence[str], months: Sequence[int]) -> None:
        self.labels, self.flows, self.months = labels, flows, months
        self.place: dict[tuple[str, int, tuple[str, str], str, str], int] = {}
        for flow, month, table in product(flows, months, TABLES):
            for a, b in product(labels[table[0]], labels[table[1]]):
                self.place[flow, month, table, a, b] = len(self.place)
        self.rows: list[tuple[list[int], list[float]]] = []
        self.known: list[float] = []
        for flow, month, dim in product(flows, months, DIMS):  # tables share margins
            over = [table for table in TABLES if dim in table]
            for label in labels[dim]:
                first = self._cells(flow, month, {dim: (label,)}, over[0])
                for other in over[1:]:
                    second = self._cells(flow, month, {dim: (label,)}, other)
                    self.rows.append((first + second, [1.0] * len(first) + [-1.0] * len(second)))
                    self.known.append(0.0)
        self._seen: set[tuple[int, ...]] = set()
        self.possible: list[np.ndarray] = []

    def _cells(self, flow: str, month: int, chosen: Mapping[str, Sequence[str]], table: tuple[str, str]) -> list[int]:
        first, second = (chosen.get(dim, self.labels[dim]) for dim in table)
        return [self.place[flow, month, table, a, b] for a, b in product(first, second)]

    def places(self, fact: Fact) -> list[int]:
        """The unknowns that a fact sums up."""
        chosen = dict(fact.chosen)
        table = next(table for table in TABLES if set(chosen) <= set(table))
        return [
            place
            for flow, month in product(fact.flows, fact.months)
            for place in self._cells(flow, month, chosen, table)
        ]

    def learn(self, fact: Fact) -> None:
        """Take a fact in."""
        places = self.places(fact)
        key = tuple(sorted(places))
        if key not in self._seen:
            self._seen.add(key)
            self.rows.append((places, [1.0] * len(places)))
            self.known.append(float(fact.value))

    def same(self, first: int, second: int, dim: str, labels: Sequence[str]) -> None:
        """Take in that nothing changed from one month to the other where ``dim`` is one of ``labels``."""
        for (flow, month, table, a, b), place in self.place.items():
            if month == first and dim in table and (a if table[0] == dim else b) in labels:
                self.rows.append(([place, self.place[flow, second, table, a, b]], [1.0, -1.0]))
                self.known.append(0.0)

    def solve(self) -> Callable[[Fact], float]:
        """The greatest value that a sum may have by all that is known; the cells with which it has it become one of the
        ``possible`` worlds."""
        counts = [len(places) for places, _ in self.rows]
        columns = np.concatenate([np.array(places) for places, _ in self.rows])
        values = np.concatenate([np.array(signs) for _, signs in self.rows])
        rows = np.repeat(np.arange(len(counts)), counts)
        system = coo_array((values, (rows, columns)), shape=(len(counts), len(self.place))).tocsr()
        known = np.array(self.known)
        self.possible = []

        def greatest(fact: Fact) -> float:
            aim = np.zeros(len(self.place))
            aim[self.places(fact)] = -1.0
            solved = linprog(aim, A_eq=system, b_eq=known, bounds=(0, None), method="highs")
            assert solved.status in (0, 3), solved.message
            if solved.status == 0:
                self.possible.append(solved.x)
            return -float(solved.fun) if solved.status == 0 else float("inf")

        return greatest


def targets(lines: Sequence[Line], labels: Mapping[str, Sequence[str]]) -> Iterator[tuple[Fact, int]]:
    """Every unsafe cell of the declared tables, month by month and flow by flow, with its true value and its need."""
    for flow, month in product(sorted({one.flow for one in lines}), sorted({one.month for one in lines})):
        here = [line for line in lines if line.flow == flow and line.month == month]
        for dims in [(), *((dim,) for dim in DIMS), *TABLES]:
            for picked in product(*(labels[dim] for dim in dims)):
                chosen = {dim: (label,) for dim, label in zip(dims, picked, strict=True)}
                inside = list(matching(here, chosen))
                bad, need = unsafe(inside)
                if bad:
                    value = sum(line.value for line in inside)
                    yield Fact((flow,), (month,), tuple(chosen.items()), value), need


def recovered(attack: Attack, wanted: Iterable[tuple[Fact, int]]) -> list[tuple[Fact, float]]:
    """The unsafe cells that can be estimated closer than p % from above, with the estimate."""
    greatest = attack.solve()
    found = []
    for fact, need in wanted:
        places = attack.places(fact)
        if any(world[places].sum() >= fact.value + need for world in attack.possible):
            continue  # a world in which it is as great as it need be has been met: no need to look for a greater one
        high = greatest(fact)
        if high < fact.value + need - 1e-6 * (fact.value + need):
            found.append((fact, high))
    return found
