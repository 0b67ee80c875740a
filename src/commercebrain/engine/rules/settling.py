"""What comes after the conditions: for how many periods they held, at which level, what excludes what.

All of it is asked of rows on which a condition holds alone, for all rules in one compiled loop; facts of earlier periods are
looked up once for all rules. What that loop cannot say (:mod:`.programs`) the language says, rule by rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.rules import kernels
from commercebrain.engine.rules.compiled import Condition
from commercebrain.engine.rules.frame import Frame
from commercebrain.engine.rules.kinds import Rule
from commercebrain.engine.rules.passing import Hits, Plan, scratch
from commercebrain.engine.rules.programs import Located, Places
from commercebrain.engine.rules.rows import Facts, Rows

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Prepared:
    """A rule made ready: its condition, its levels with theirs (the last has none)."""

    rule: Rule
    wanted: Condition
    levels: tuple[tuple[str, Condition | None], ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the facts of the frames that are looked at lie, one layer for each; ``here`` is the present one. ``asks`` marks
    the rules that are left to the language."""

    here: Located
    places: Ints
    tables: Bytes
    tabled: Ints
    asks: Bytes
    held: tuple[Located, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """What is left of the hits of each share and rule: of its first ``counts`` rows ``keep`` says whether no exclusive rule
    holds as well (``left`` are those); ``levels`` are the numbers of theirs."""

    levels: Bytes
    keep: NDArray[np.bool_]
    left: Ints

    @classmethod
    def room(cls, hits: Hits) -> Settled:
        """Room for all of ``hits``."""
        shape = hits.rows.shape
        return cls(
            scratch("levels", np.uint8, *shape), scratch("keep", np.bool_, *shape), np.zeros(shape[:2], np.int64)
        )


class Settling:
    """The rules of one subject in the order of the hits that they will be given."""

    def __init__(self, ones: Sequence[Prepared], plan: Plan, places: Places) -> None:
        self.ones, self.plan = tuple(ones), plan
        levels = [[wanted for _, wanted in one.levels if wanted is not None] for one in ones]
        self.program = plan.ready([each for some in levels for each in some], places)
        ends = np.cumsum([0, *map(len, levels)])
        self.level_first = np.array(ends, np.int64) + len(self.ones)
        longest = {of: max((_periods(one, of) for one in ones), default=0) for of in ("report", "month")}
        #: The frames that are looked at: the present one, then the reports before it, then the months.
        self.lines = [("report", 0), *((of, back) for of, most in longest.items() for back in range(1, most + 1))]
        self.before = np.array([1 + (longest["report"] if _of(one) == "month" else 0) for one in ones], np.int64)
        self.periods = np.array([_periods(one, _of(one)) for one in ones], np.int64)
        self.by_language = np.array([self._has_rest(place) for place in range(len(self.ones))], np.uint8)
        self.asks = [self._asks(place) for place in range(len(self.ones))]
        self.needed = [self._needed(of, back) for of, back in self.lines]
        self.needed[0] |= plan.reads
        self.numbers = [np.array(sorted(one), np.intp) for one in self.needed]
        codes = {one.rule.code: place for place, one in enumerate(ones)}
        others = [[codes[code] for code in one.rule.exclusive_of if code in codes] for one in ones]
        self.excluding = [bool(some) for some in others]
        self.others_first = np.cumsum([0, *map(len, others)]).astype(np.int64)
        self.others = np.array([place for some in others for place in some], np.int64)

    def _has_rest(self, place: int) -> bool:
        """Whether the loop cannot say all that this rule asks after its condition."""
        rest = self.program.rest
        empty = np.diff(self.program.first) == 0
        asked = range(self.level_first[place], self.level_first[place + 1])
        here = [place, *asked] if self.periods[place] else list(asked)
        return any(bool(rest[one]) or bool(empty[one]) for one in here)

    def _asks(self, place: int) -> tuple[frozenset[int], frozenset[int]]:
        """The facts that a rule asks, by their numbers: for its levels of the present, for its hold of the periods before."""
        reads = self.program.reads
        asked = range(self.level_first[place], self.level_first[place + 1])
        return frozenset[int]().union(*(reads[one] for one in asked)), reads[place]

    def _needed(self, of: str, back: int) -> frozenset[int]:
        """The facts of a line that the loop reads."""
        out: set[int] = set()
        for place, one in enumerate(self.ones):
            if not self.by_language[place]:
                levels, before = self.asks[place]
                out |= levels if not back else before if back <= _periods(one, of) else frozenset()
        return frozenset(out)

    def look(self, frame: Frame, places: Places) -> Lines:
        """Where the facts of a frame and of those before it lie."""
        found = [
            self.program.at(Places(frame.back(back, of)) if back else places, needed)
            for (of, back), needed in zip(self.lines, self.needed, strict=True)
        ]
        tabled, start = [], 0
        for one in found:
            tabled.append(one.tabled + np.array((start, 0, 0)))
            start += len(one.tables)
        return Lines(
            found[0], np.array([one.places for one in found]), np.concatenate([one.tables for one in found]),
            np.array(tabled), self._left_alone(found), tuple(found),
        )  # fmt: skip

    def _left_alone(self, found: Sequence[Located]) -> Bytes:
        """Rules that ask a fact which cannot be read in one of these frames are left to the language."""
        asks = self.by_language.copy()
        if all(one.places[:, 2].take(needed).all() for one, needed in zip(found, self.numbers, strict=True)):
            return asks
        unread = [
            needed & frozenset(np.flatnonzero(one.places[:, 2] == 0).tolist())
            for one, needed in zip(found, self.needed, strict=True)
        ]
        for place in range(len(self.ones)):
            levels, before = self.asks[place]
            first = int(self.before[place])
            held = unread[first : first + int(self.periods[place])]
            asks[place] |= bool(unread[0] & levels or any(one & before for one in held))
        return asks

    def run(self, share: int, lines: Lines, hits: Hits, settled: Settled, frame: Frame | None = None) -> bool:
        """What is left of the hits of a share, in place; False without a ``frame`` where the language must be asked. Again
        with one it goes on from there."""
        asks, rows, counts, levels = lines.asks.copy(), hits.rows[share], hits.counts[share], settled.levels[share]
        kernels.settle(
            lines.places, *self.program.parts, lines.tables, lines.tabled, self.program.first, self.program.asked,
            self.program.todo_first, self.program.todo, self.before, self.periods, self.level_first, rows, counts, levels,
            asks, *self.plan.desk(),
        )  # fmt: skip
        if asks.any():
            if frame is None:
                return False
            for place in np.flatnonzero(asks).tolist():
                counts[place] = self._ask(place, frame, rows[place], int(counts[place]), levels[place])
        kernels.exclude(rows, counts, self.others_first, self.others, settled.keep[share], settled.left[share])
        return True

    def _ask(self, place: int, frame: Frame, mine: NDArray[np.int32], many: int, levels: Bytes) -> int:
        """The language says on which rows a rule held and at which level; how many they are."""
        one, rows = self.ones[place], mine[:many].astype(np.intp)
        for back in range(1, int(self.periods[place]) + 1):
            if len(rows):
                before = Facts(frame.back(back, _of(one)), rows)
                rows = rows[Rows(before, one.wanted).truth(one.wanted.node, np.arange(len(rows)))[0]]
        said = np.full(len(rows), len(one.levels) - 1, np.uint8)
        facts, left = Facts(frame, rows), np.arange(len(rows))
        for number, (_, wanted) in enumerate(one.levels):
            if wanted is not None and len(left):
                holds, _ = Rows(facts, wanted).truth(wanted.node, left)
                said[left[holds]] = number
                left = left[~holds]
        mine[: len(rows)] = rows
        levels[: len(rows)] = said
        return len(rows)


def _of(one: Prepared) -> str:
    return one.rule.hold.of if one.rule.hold is not None else "report"


def _periods(one: Prepared, of: str) -> int:
    """How many frames before the present one a rule looks at."""
    hold = one.rule.hold
    return hold.for_ - 1 if hold is not None and hold.of == of else 0
