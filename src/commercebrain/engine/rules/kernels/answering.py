"""What parts of conditions say of a block of rows.

A part is a line of ``parts``: what it compares, its fact, the other fact (of a pair) or its signs (of a sum), and where its
inner parts or terms begin and end; its line of ``limits`` holds its bounds, or the constant of a sum and its size. ``inner``
are the numbers of parts or facts inside, ``factors`` (by what a fact counts, and the size of that), and ``whole`` the factors
as whole numbers, each with that of the constant behind, where they are some (else 0).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.compiled import kernel
from commercebrain.engine.rules.kernels.reading import (
    ASK,
    FALSE,
    NUMBERS,
    TRUE,
    UNKNOWN,
    Bytes,
    Ints,
    Rows,
    codes_of,
    numbers_of,
)

Grid = NDArray[np.float64]
CodeGrid = NDArray[np.int32]
States = NDArray[np.uint8]
#: What a part compares.
BOUNDS, TABLE, PAIR, SUMS, EITHER = range(5)
#: Columns of ``parts``.
WHAT, LANE, OTHER, BEGIN, STOP, WHOLE = range(6)
#: Signs of a sum for which a part holds.
BELOW, ABOVE, LEVEL = 1, 2, 4
#: Floats nearer to each other than this part of what they were added up from are compared exactly.
NEAR: Final = 1e-12
_FINEST: Final = 1e4
_MOST_WHOLE: Final = 1e15
_MOST_SUM: Final = 2.0**62


@kernel
def bounded(numbers: Grid, lane: int, low: float, high: float, said: States, part: int, many: int) -> None:
    """Whether numbers lie between two."""
    for n in range(many):
        value = numbers[lane, n]
        said[part, n] = FALSE if (value < low) | (value > high) else UNKNOWN if value != value else TRUE


@kernel
def looked_up(
    codes: CodeGrid, lane: int, tables: Bytes, begin: int, packed: int, said: States, part: int, many: int
) -> None:
    """What a table says of codes; a small one is held in one number, two bits for each code."""
    if packed >= 0:
        word = np.uint64(packed)
        for n in range(many):
            said[part, n] = (word >> np.uint64(2 * codes[lane, n])) & np.uint64(3)
        return
    for n in range(many):
        said[part, n] = tables[begin + codes[lane, n]]


@kernel
def paired(
    codes: CodeGrid, lane: int, other: int, wide: int, tables: Bytes, begin: int, said: States, part: int, many: int
) -> None:
    """What a table says of pairs of codes."""
    for n in range(many):
        said[part, n] = tables[begin + codes[lane, n] * wide + codes[other, n]]


@kernel
def fill(out: Bytes, first: int, last: int, state: int) -> None:
    """The same state for some."""
    for n in range(first, last):
        out[n] = state


@kernel
def most(said: States, part: int, out: Bytes, many: int) -> None:
    """Both must hold."""
    for n in range(many):
        out[n] = max(out[n], said[part, n])


@kernel
def least(said: States, inner: int, part: int, many: int) -> None:
    """One must hold."""
    for n in range(many):
        said[part, n] = min(said[part, n], said[inner, n])


@kernel
def added(numbers: Grid, lane: int, factor: float, size: float, sums: Grid, many: int) -> None:
    """One more term of a sum, and its size."""
    for n in range(many):
        value = numbers[lane, n]
        sums[0, n] += factor * value
        sums[1, n] += size * abs(value)


@kernel
def compared(sums: Grid, signs: int, said: States, part: int, many: int) -> int:
    """Whether sums lie above or below nothing; how many are too near to tell."""
    below = np.uint8(TRUE if signs & BELOW else FALSE)
    above = np.uint8(TRUE if signs & ABOVE else FALSE)
    asked: Any = 0
    for n in range(many):
        total, large = sums[0, n], sums[1, n]
        sure = below if total < 0 else above
        state = UNKNOWN if large != large else sure if abs(total) > large * NEAR else ASK
        said[part, n] = state
        asked += state == ASK
    return int(asked)


@kernel
def counted(
    begin: int,
    stop: int,
    inner: Ints,
    whole: Ints,
    first: int,
    signs: int,
    numbers: Grid,
    said: States,
    part: int,
    many: int,
) -> None:
    """Sums too near for floats whose facts are whole numbers, or such of the fourth decimal: added up as such.

    A float that is the nearest to such a number of at most fifteen digits is written as this number.
    """
    for n in range(many):
        scale = 1.0
        while said[part, n] == ASK and scale <= _FINEST:
            total = whole[first + stop - begin] * np.int64(scale)
            large = abs(float(total))
            plain = True
            for place in range(stop - begin):
                value = numbers[inner[begin + place], n]
                scaled = np.rint(value * scale)
                plain &= (scaled / scale == value) & (abs(scaled) < _MOST_WHOLE)
                large += abs(scaled * whole[first + place])
                if plain and large < _MOST_SUM:
                    total += np.int64(scaled) * whole[first + place]
            if plain and large < _MOST_SUM:
                said[part, n] = TRUE if signs & (BELOW if total < 0 else ABOVE if total > 0 else LEVEL) else FALSE
            scale *= _FINEST


@kernel
def say(
    todo: Ints, at: Rows, start: int, places: NDArray[Any], parts: NDArray[Any], limits: NDArray[Any],
    inner: Ints, factors: NDArray[Any], whole: Ints, tables: Bytes, tabled: NDArray[Any],
    numbers: NDArray[Any], codes: NDArray[Any], said: NDArray[Any], sums: NDArray[Any],
    wanted: Ints, done: Ints, fetched: Ints,
) -> None:  # fmt: skip
    """What the parts ``todo`` (those inside others before them) say of the first rows of a block; into their lines of ``said``.

    ``wanted`` says of how many rows each part is asked, ``done`` of how many it has been answered in this block, ``fetched``
    how many rows of each fact lie in ``numbers`` or ``codes``. Facts are read from ``places`` on the rows ``at``, or side by
    side, from ``start`` on. ``tables`` say the state of each code plus one; that of a part begins at the first of its line of
    ``tabled``; the second is how many codes the other fact of a pair has, the third a small table as one number, else -1.
    """
    for turn in range(len(todo) - 1, -1, -1):
        part = todo[turn]
        many = wanted[part]
        if many <= done[part]:
            continue
        what = parts[part, WHAT]
        if what == EITHER:
            for place in range(parts[part, BEGIN], parts[part, STOP]):
                wanted[inner[place]] = max(wanted[inner[place]], many)
            continue
        first = parts[part, BEGIN] if what == SUMS else 0
        for place in range(first, parts[part, STOP] if what == SUMS else 2 if what == PAIR else 1):
            lane = inner[place] if what == SUMS else parts[part, LANE + place]
            if fetched[lane] < many:
                kind = places[lane, 2]
                if kind == NUMBERS:
                    numbers_of(places[lane, 0], places[lane, 1], at, start, start + many, numbers, lane)
                else:
                    codes_of(kind, places[lane, 0], places[lane, 1], at, start, start + many, codes, lane)
                fetched[lane] = many
    for part in todo:
        many = wanted[part]
        if many <= done[part]:
            continue
        done[part] = many
        what, lane = parts[part, WHAT], parts[part, LANE]
        begin, stop = parts[part, BEGIN], parts[part, STOP]
        if what == BOUNDS:
            bounded(numbers, lane, limits[part, 0], limits[part, 1], said, part, many)
        elif what == TABLE:
            looked_up(codes, lane, tables, tabled[part, 0], tabled[part, 2], said, part, many)
        elif what == PAIR:
            paired(codes, lane, parts[part, OTHER], tabled[part, 1], tables, tabled[part, 0], said, part, many)
        elif what == EITHER:
            for n in range(many):
                said[part, n] = FALSE
            for place in range(begin, stop):
                least(said, inner[place], part, many)
        else:
            for n in range(many):
                sums[0, n] = limits[part, 0]
                sums[1, n] = limits[part, 1]
            for place in range(begin, stop):
                added(numbers, inner[place], factors[place, 0], factors[place, 1], sums, many)
            if compared(sums, parts[part, OTHER], said, part, many) and parts[part, WHOLE] >= 0:
                counted(begin, stop, inner, whole, parts[part, WHOLE], parts[part, OTHER], numbers, said, part, many)
