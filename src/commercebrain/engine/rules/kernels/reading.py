"""Columns where they lie: a block of their rows as numbers or as codes."""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from commercebrain.engine.compiled import kernel

TRUE, UNKNOWN, ASK, FALSE = 0, 1, 2, 3
#: How a column lies in memory; 0: it cannot be read here.
NUMBERS, TRUTHS, THERE, THERE_NUMBERS, CODES1, CODES2, CODES4, CODES8, THERE_CODES = range(1, 10)
#: How many rows are looked at together.
BLOCK: Final = 2048

Ints = NDArray[np.int64]
Rows = NDArray[np.int32]
Codes = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]


def _typed_pointer(_context: Any, _address: Any) -> Any:
    """An address as a pointer."""

    def make(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), make


_pointer: Any = intrinsic(_typed_pointer)
carray: Any = numba.carray  # type: ignore[attr-defined]


@kernel
def number_at(values: int, known: int, row: int) -> float:
    """The number of a row; NaN where it is not known or not finite."""
    value = carray(_pointer(values), (row + 1,), np.float64)[row]
    there = carray(_pointer(known), (row + 1,), np.uint8)[row]
    return value if (there != 0) & (abs(value) < np.inf) else np.nan


@kernel
def code_at(kind: int, values: int, known: int, row: int) -> int:
    """The code of a row plus one, 0 for none; of truths 1 is no and 2 yes."""
    code: Any = -1
    if kind == TRUTHS:
        if carray(_pointer(known), (row + 1,), np.uint8)[row]:
            code = np.int64(carray(_pointer(values), (row + 1,), np.uint8)[row])
    elif kind == THERE:
        code = np.int64(carray(_pointer(known), (row + 1,), np.uint8)[row])
    elif kind == THERE_NUMBERS:
        value = number_at(values, known, row)
        code = 1 if value == value else 0
    elif kind == CODES1:
        code = np.int64(carray(_pointer(values), (row + 1,), np.int8)[row])
    elif kind == CODES2:
        code = np.int64(carray(_pointer(values), (row + 1,), np.int16)[row])
    elif kind == CODES4:
        code = np.int64(carray(_pointer(values), (row + 1,), np.int32)[row])
    else:
        code = carray(_pointer(values), (row + 1,), np.int64)[row]
    return int(max(code, -1) + 1)


@kernel
def numbers_of(values: int, known: int, at: Rows, first: int, last: int, out: NDArray[Any], lane: int) -> None:
    """Numbers of a block of the rows ``at`` into a line; without ``at`` rows ``first`` to ``last``, side by side."""
    if len(at):
        for n in range(last - first):
            out[lane, n] = number_at(values, known, at[first + n])
        return
    plain = carray(_pointer(values), (last,), np.float64)[first:last]
    there = carray(_pointer(known), (last,), np.uint8)[first:last]
    for n in range(last - first):
        value = plain[n]
        out[lane, n] = value if (there[n] != 0) & (abs(value) < np.inf) else np.nan


@kernel
def codes_of(kind: int, values: int, known: int, at: Rows, first: int, last: int, out: NDArray[Any], lane: int) -> None:
    """Codes likewise; the loop is written once for each kind that is common, so that it does not ask in each row."""
    picked, many = len(at) > 0, last - first
    if kind == TRUTHS and not picked:
        plain = carray(_pointer(values), (last,), np.uint8)[first:last]
        there = carray(_pointer(known), (last,), np.uint8)[first:last]
        for n in range(many):
            out[lane, n] = (np.int32(plain[n]) + 1) * np.int32(there[n])
    elif kind == CODES1 and not picked:
        small = carray(_pointer(values), (last,), np.int8)[first:last]
        for n in range(many):
            out[lane, n] = 0 if small[n] < 0 else np.int32(small[n]) + 1
    elif kind == CODES2 and not picked:
        wide = carray(_pointer(values), (last,), np.int16)[first:last]
        for n in range(many):
            out[lane, n] = 0 if wide[n] < 0 else np.int32(wide[n]) + 1
    else:
        for n in range(many):
            out[lane, n] = code_at(kind, values, known, at[first + n] if picked else first + n)
