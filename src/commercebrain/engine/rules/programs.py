"""Conditions as arrays for the compiled loops, and the columns of frames as addresses.

A *program* holds conditions: their distinct parts, each once, and the facts (*lanes*) that these read. What does not fit a
compiled part (a division, a product of two facts, sets of ticks that no codes are kept of) is left over as *rest* and runs
through the language's own columns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from functools import lru_cache, reduce
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.expressions import Term
from commercebrain.engine.expressions.checking import is_bare, type_of
from commercebrain.engine.expressions.nodes import Negative, Node, Number, Sum
from commercebrain.engine.rules import kernels
from commercebrain.engine.rules.compiled import Condition, Either, Flag, Part, Sums, Table, Threshold, floats_hold
from commercebrain.engine.rules.frame import Coded, Frame

_CODES: Final = {1: kernels.CODES1, 2: kernels.CODES2, 4: kernels.CODES4, 8: kernels.CODES8}
_SIGNS: Final = {"<": 1, "<=": 5, ">": 2, ">=": 6, "!=": 3, "==": 4}
_MOST_TABLES: Final = 64
#: Tables of so many codes fit in one number.
_SMALL: Final = 31
_MOST_WHOLE: Final = 2**31
_EXACT: Final = Context(prec=120)
_FLOAT: Final = np.dtype(np.float64)
Ints = NDArray[np.int64]
#: A fact as the loops read it: ``number``, ``truth``, ``known`` (whether there is one) or ``code``.
Lane = tuple[str, Term]
#: Terms of a sum: the fact (None: a constant), its factor, and the size by which errors are measured.
Linear = list[tuple[Term | None, Decimal, Decimal]]


class Place(NamedTuple):
    """Where a column lies: the addresses of its values and of what is known, how it lies, its options. ``held`` keeps the
    arrays alive."""

    values: int
    known: int
    kind: int
    options: tuple[Any, ...] = ()
    held: tuple[Any, ...] = ()


NOWHERE: Final = Place(0, 0, 0)


class Places:
    """The columns of one frame."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.rows = len(frame.keys)
        self._found: dict[Lane, Place] = {}

    def __getitem__(self, lane: Lane) -> Place:
        """Where a fact lies, looked up once; :data:`NOWHERE` where the loops cannot read it exactly."""
        found = self._found.get(lane)
        if found is None:
            found = self._found[lane] = self.look(*lane)
        return found

    def look(self, kind: str, term: Term) -> Place:
        """The same, looked up anew."""
        coded = self.frame.coded(term) if kind in ("code", "known") else None
        if coded is not None:
            if len(coded.codes) != self.rows:
                return NOWHERE
            return _coded(coded, kernels.THERE_CODES if kind == "known" else 0)
        column = self.frame.column(term)
        values, known = column.values, column.known
        if known.dtype != np.bool_ or not len(values) == len(known) == self.rows:
            return NOWHERE
        if kind == "number":
            how = kernels.NUMBERS
            if values.dtype is not _FLOAT:
                if not floats_hold(values):
                    return NOWHERE
                values = values.astype(np.float64, copy=False)
        elif kind == "code":
            return NOWHERE if known.any() else _coded(_nobody(self.rows), 0)
        elif kind == "known" and values.dtype.kind in "iuf":
            how, values = kernels.THERE_NUMBERS, values.astype(np.float64, copy=False)
        elif values.dtype.kind == "b":
            how = kernels.TRUTHS if kind == "truth" else kernels.THERE
        else:
            return NOWHERE
        if not (values.flags.c_contiguous and known.flags.c_contiguous):
            values, known = np.ascontiguousarray(values), np.ascontiguousarray(known)
        return Place(_address(values), _address(known), how, (), (values, known))


@lru_cache(maxsize=4)
def _nobody(rows: int) -> Coded:
    """The codes of what is known of nobody."""
    return Coded(np.full(rows, -1, np.int8), ())


def _coded(coded: Coded, how: int) -> Place:
    codes = np.ascontiguousarray(coded.codes)
    if codes.dtype.kind != "i":
        codes = codes.astype(np.int64)
    if how:
        known = codes >= 0
        return Place(_address(known), _address(known), kernels.THERE, held=(known,))
    address = _address(codes)
    return Place(address, address, _CODES[codes.dtype.itemsize], coded.options, (codes,))


def _address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])


@dataclass
class _Parts:
    """The lists that become the arrays of a program."""

    parts: list[tuple[int, int, int, int, int, int]] = field(default_factory=list)
    limits: list[tuple[float, float]] = field(default_factory=list)
    inner: list[int] = field(default_factory=list)
    factors: list[tuple[float, float]] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)

    def add(
        self, what: int, lane: int = 0, other: int = 0, low: float = 0.0, high: float = 0.0,
        inside: Sequence[tuple[int, float, float]] = (), whole: Sequence[int] = (),
    ) -> int:  # fmt: skip
        """A part, and its number."""
        begin, place = len(self.inner), len(self.whole) if whole else -1
        self.limits.append((low, high))
        self.inner += [one for one, _, _ in inside]
        self.factors += [(factor, size) for _, factor, size in inside]
        self.whole += whole
        self.parts.append((what, lane, other, begin, len(self.inner), place))
        return len(self.parts) - 1

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """As the loops take them."""
        return (
            np.array(self.parts, np.int64).reshape(-1, 6), np.array(self.limits, np.float64).reshape(-1, 2),
            np.array(self.inner, np.int64), np.array(self.factors, np.float64).reshape(-1, 2),
            np.array(self.whole, np.int64),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Located:
    """Where facts lie, by their numbers: ``places`` are the addresses of values, of what is known, and how they lie, as in
    :class:`Place`. ``tables`` say the state of each code plus one; ``tabled`` where those of a part begin, how many
    codes the second of two facts has, and a small table as one number. ``held`` keeps the arrays alive."""

    places: Ints
    tables: NDArray[np.uint8]
    tabled: Ints
    held: tuple[Any, ...]


class Program:
    """``conditions`` as arrays. A part whose facts the loops cannot read in the frame of ``places`` is rest.

    ``lanes`` are the facts; ``parts`` the arrays of the parts in the order that the loops take them; condition n asks the
    parts ``asked[first[n]:first[n + 1]]``, for which those of ``todo`` (from ``todo_first``) must be told: also what lies
    inside others, in the order in which they can be; it reads the facts ``reads[n]``. ``numbers[n]`` are those of its
    parts, ``rest[n]`` is what of it the loops cannot say. A condition without any part that they can is all rest, and asks
    none.
    """

    def __init__(self, conditions: Sequence[Condition], places: Places) -> None:
        self.lanes: list[Lane] = []
        self._lane: dict[Lane, int] = {}
        self._parts, self._number = _Parts(), dict[Any, int]()
        self._tables: list[tuple[int, Table | Flag, Condition]] = []
        self._said: dict[tuple[Any, ...], tuple[NDArray[np.uint8], Ints]] = {}
        first, asked, todo_first, todo = [0], list[int](), [0], list[int]()
        self.numbers: list[tuple[int | None, ...]] = []
        self.rest: list[tuple[Part, ...]] = []
        self.reads: list[frozenset[int]] = []
        for wanted in conditions:
            numbers = [self._part(part, wanted, places) for part in wanted.parts]
            mine = [number for number in numbers if number is not None]
            asked += mine
            first.append(len(asked))
            told = sorted({each for number in mine for each in (number, *self._inside(number))})
            todo += told
            todo_first.append(len(todo))
            self.reads.append(frozenset(lane for number in told for lane in self._lanes_of(number)))
            self.numbers.append(tuple(numbers))
            self.rest.append(tuple(p for p, number in zip(wanted.parts, numbers, strict=True) if number is None))
        self.parts = self._parts.arrays()
        self.first, self.asked = np.array(first, np.int64), np.array(asked, np.int64)
        self.todo_first, self.todo = np.array(todo_first, np.int64), np.array(todo, np.int64)

    def _inside(self, number: int) -> Sequence[int]:
        what, _, _, begin, stop, _ = self._parts.parts[number]
        return self._parts.inner[begin:stop] if what == kernels.EITHER else ()

    def _lanes_of(self, number: int) -> Sequence[int]:
        what, lane, other, begin, stop, _ = self._parts.parts[number]
        if what == kernels.SUMS:
            return self._parts.inner[begin:stop]
        return () if what == kernels.EITHER else (lane, other) if what == kernels.PAIR else (lane,)

    def _lane_of(self, lane: Lane) -> int:
        if lane not in self._lane:
            self._lane[lane] = len(self.lanes)
            self.lanes.append(lane)
        return self._lane[lane]

    def _part(self, part: Part, wanted: Condition, places: Places) -> int | None:
        """The number of a part, None where the loops cannot say it."""
        facts = facts_of(part)
        linear = _of_sums(part) if isinstance(part, Sums) else None
        if not facts or not all(places[lane].kind for lane in facts) or (isinstance(part, Sums) and linear is None):
            return None
        if isinstance(part, Either):
            chosen = [self._part(one, wanted, places) for one in part.parts]
            inside = tuple((one, 0.0, 0.0) for one in chosen if one is not None)
            return self._made((kernels.EITHER, 0, 0, 0.0, 0.0, inside)) if len(inside) == len(chosen) else None
        lanes = [self._lane_of(lane) for lane in facts]
        if isinstance(part, Threshold):
            return self._made((kernels.BOUNDS, lanes[0], 0, part.low, part.high))
        if isinstance(part, Sums):
            place = {term: lane for (_, term), lane in zip(facts, lanes, strict=True)}
            terms = [(place[term], by, size) for term, by, size in linear or () if term is not None]
            fixed = [(by, size) for term, by, size in linear or () if term is None]
            constant = _added(by for by, _ in fixed)
            inside = tuple((lane, float(by), float(size)) for lane, by, size in terms)
            least = float(_added(size for _, size in fixed))
            whole = _whole([*(by for _, by, _ in terms), constant])
            return self._made((kernels.SUMS, 0, _SIGNS[part.node.operator], float(constant), least, inside, whole))
        if not isinstance(part, Table | Flag):
            return None
        made = kernels.TABLE if len(lanes) == 1 else kernels.PAIR, lanes[0], lanes[-1], 0.0, 0.0
        number = self._made(made, part.turned if isinstance(part, Flag) else part.node)
        if number == len(self._parts.parts) - 1 and (not self._tables or self._tables[-1][0] != number):
            self._tables.append((number, part, wanted))
        return number

    def _made(self, made: tuple[Any, ...], beside: Any = None) -> int:
        """The number of a part with these arrays; each is kept once, tables by what they ask ``beside``."""
        key = made, beside
        if key not in self._number:
            self._number[key] = self._parts.add(*made)
        return self._number[key]

    def at(self, places: Places, needed: Collection[int] | None = None) -> Located:
        """Where every fact (or those ``needed``, by their numbers) lies in a frame, and what the tables say of its options;
        the tables are kept for the options that there are."""
        lanes = self.lanes
        found = [NOWHERE] * len(lanes)
        for number in range(len(lanes)) if needed is None else needed:
            found[number] = places.look(*lanes[number])
        options = tuple([one.options for one in found])
        if options not in self._said:
            if len(self._said) > _MOST_TABLES:
                self._said.clear()
            self._said[options] = self._answers(options)
        tables, tabled = self._said[options]
        where = np.array([one[:3] for one in found], np.int64).reshape(-1, 3)
        return Located(where, tables, tabled, tuple(found))

    def _answers(self, of: tuple[tuple[Any, ...], ...]) -> tuple[NDArray[np.uint8], Ints]:
        begins, wide = np.zeros((2, len(self._parts.parts)), np.int64)
        said: list[int] = []
        for number, part, wanted in self._tables:
            begins[number] = len(said)
            if isinstance(part, Flag):
                said += (
                    [kernels.UNKNOWN, kernels.TRUE, kernels.FALSE]
                    if part.turned
                    else [kernels.UNKNOWN, kernels.FALSE, kernels.TRUE]
                )
                continue
            options = [of[self._lane["code", term]] for term in part.terms]
            if len(options) == 1:
                said += [kernels.UNKNOWN, *_states(*wanted.said(part, options[0]))]
                continue
            pairs = _states(*wanted.said(part, tuple((one, other) for one in options[0] for other in options[1])))
            many = len(options[1])
            wide[number] = many + 1
            said += [kernels.UNKNOWN] * (many + 1)
            for one in range(len(options[0])):
                said += [kernels.UNKNOWN, *pairs[one * many : (one + 1) * many]]
        packed = np.full(len(begins), -1, np.int64)
        ends = [*(int(begins[number]) for number, _, _ in self._tables), len(said)][1:]
        for (number, _, _), end in zip(self._tables, ends, strict=True):
            states = said[int(begins[number]) : end]
            if len(states) <= _SMALL:
                packed[number] = sum(state << 2 * code for code, state in enumerate(states))
        return np.array(said or [0], np.uint8), np.stack((begins, wide, packed), axis=1)


def _states(holds: Sequence[bool], known: Sequence[bool]) -> list[int]:
    """The states of every value; the last, of what is not known, is left out."""
    return [
        kernels.UNKNOWN if not there else kernels.TRUE if yes else kernels.FALSE
        for yes, there in zip(holds[:-1], known[:-1], strict=True)
    ]


def facts_of(part: Part) -> tuple[Lane, ...]:
    """The facts that a part reads; none where no loop is made for it."""
    if isinstance(part, Threshold):
        return (("number", part.term),)
    if isinstance(part, Flag):
        return (("known" if part.asks_known else "truth", part.term),)
    if isinstance(part, Table):
        return tuple(("code", term) for term in part.terms)
    if isinstance(part, Sums):
        return tuple(("number", one.term) for one in part.terms)
    if isinstance(part, Either) and all(isinstance(one, Threshold | Flag | Table) for one in part.parts):
        return tuple(lane for one in part.parts for lane in facts_of(one))
    return ()


def _of_sums(part: Sums) -> Linear | None:
    """Left less right as a sum of multiples of facts, in the units of the comparison; None where facts are multiplied."""
    own = is_bare(part.node.left) or is_bare(part.node.right)
    left, right = _linear(part.node.left, part, own), _linear(part.node.right, part, own)
    if left is None or right is None:
        return None
    return [*left, *((term, by.copy_negate(), size) for term, by, size in right)]


def _whole(factors: Sequence[Decimal]) -> tuple[int, ...]:
    """Factors multiplied by what makes whole numbers of all of them; none where these are too large."""
    exponents = [int(one.normalize(_EXACT).as_tuple().exponent) for one in factors if one]
    scaled = [int(one.scaleb(-min(0, *exponents, 0), _EXACT)) for one in factors]
    return tuple(scaled) if all(abs(one) < _MOST_WHOLE for one in scaled) else ()


def _added(values: Iterable[Decimal]) -> Decimal:
    return reduce(_EXACT.add, values, Decimal(0))


def _linear(node: Node, part: Sums, own: bool) -> Linear | None:
    if isinstance(node, Number):
        return [(None, node.value, node.value.copy_abs())]
    if isinstance(node, Negative):
        inner = _linear(node.inner, part, own)
        return None if inner is None else [(term, by.copy_negate(), size) for term, by, size in inner]
    if isinstance(node, Sum):
        left, right = _linear(node.left, part, own), _linear(node.right, part, own)
        if left is None or right is None:
            return None
        if node.operator == "*":
            return _product(left, right)
        return (
            [*left, *right]
            if node.operator == "+"
            else [*left, *((term, by.copy_negate(), size) for term, by, size in right)]
        )
    if not isinstance(node, Term):
        return None
    known = type_of(node, part.words)
    factor = Decimal(1) if own or known is None else Decimal(1).scaleb(known.power)
    if node.args is None and node.name in part.given:
        value = _EXACT.multiply(part.given[node.name], factor)
        return [(None, value, value.copy_abs())]
    return [(node, factor, factor)]


def _product(left: Linear, right: Linear) -> Linear | None:
    for one, other in ((left, right), (right, left)):
        if all(term is None for term, _, _ in one):
            by, size = _added(each[1] for each in one), _added(each[2] for each in one)
            return [(term, _EXACT.multiply(factor, by), _EXACT.multiply(large, size)) for term, factor, large in other]
    return None
