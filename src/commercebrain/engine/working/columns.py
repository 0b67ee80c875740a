"""A file of named arrays: what the working store is made of.

One file holds all columns of one part (a month's lines, a month's roll-ups, a year's bases), so that sixty months of
twenty columns are sixty files. After the first line (a mark and the header's length) comes a JSON header that says of
each array its type, shape and place; arrays lie raw and aligned, ready for ``numpy`` and for DuckDB without decoding.
The last bytes repeat the mark: a file cut short by a lost power supply is known as such.
"""

from __future__ import annotations

import itertools
import json
import mmap
import os
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_MARK = b"CBCOLS01"
_ALIGN = 64
#: Pieces that one call of the system takes.
_AT_ONCE = 1000
#: Beside a column of int32: the places of the values that do not fit, and those values.
_AT, _BEYOND = "!at", "!beyond"


class DamagedError(Exception):
    """A file of the working store is not there, or not whole: it must be made again from the record."""


def write_columns(path: Path, arrays: Mapping[str, Array], facts: Mapping[str, object] | None = None) -> int:
    """Write ``arrays`` as one file that appears under its name when it is whole; its size in bytes."""
    places: dict[str, list[object]] = {}
    at = 0
    for name, array in arrays.items():
        places[name] = [array.dtype.str, list(array.shape), at]
        at += -(-array.nbytes // _ALIGN) * _ALIGN
    header = json.dumps({"arrays": places, "facts": dict(facts or {})}, ensure_ascii=False).encode()
    start = -(-(len(_MARK) + 8 + len(header)) // _ALIGN) * _ALIGN
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb", buffering=0) as file:
        pieces = [memoryview((_MARK + len(header).to_bytes(8, "little") + header).ljust(start, b"\0"))]
        for array in arrays.values():
            pieces += [_bytes_of(np.ascontiguousarray(array)), memoryview(b"\0" * (-array.nbytes % _ALIGN))]
        pieces.append(memoryview(_MARK))
        size = sum(len(piece) for piece in pieces)
        _write_all(file.fileno(), pieces)
    beside.replace(path)
    return size


def packed(name: str, values: Array) -> dict[str, Array]:
    """Whole numbers as they are best kept: int32 where all fit, with the few that do not beside it, else int64.

    :meth:`Columns.read` puts them together again.
    """
    small = values.astype(np.int32)
    beyond = np.flatnonzero(small != values)
    if not len(beyond):
        return {name: small}
    if len(beyond) * 4 > values.size:
        return {name: np.ascontiguousarray(values)}
    return {name: small, name + _AT: beyond.astype(np.uint32), name + _BEYOND: values.reshape(-1)[beyond]}


def _bytes_of(array: Array) -> memoryview:
    return array.data.cast("B") if array.nbytes else memoryview(b"")


def _write_all(handle: int, pieces: list[memoryview]) -> None:
    """All pieces one after the other, many in one call of the system."""
    left = deque(piece for piece in pieces if len(piece))
    while left:
        wrote = os.writev(handle, list(itertools.islice(left, _AT_ONCE)))
        while left and wrote >= len(left[0]):
            wrote -= len(left.popleft())
        if wrote:
            left[0] = left[0][wrote:]


class Columns:
    """A file of arrays, opened; the arrays are read when they are asked for. Stays readable when the file's name goes.

    ``close()`` lets the file go, as the end of the object does; arrays given out stay.
    """

    def __init__(self, path: Path, size: int | None = None) -> None:
        self.path = path
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            raise DamagedError(str(path)) from None
        self._handle = handle
        self.close = weakref.finalize(self, os.close, handle)
        length = os.fstat(handle).st_size
        head = os.pread(handle, 8192, 0)
        if (
            (size is not None and size != length)
            or head[: len(_MARK)] != _MARK
            or os.pread(handle, len(_MARK), length - len(_MARK)) != _MARK
        ):
            raise DamagedError(str(path))
        many = int.from_bytes(head[len(_MARK) : len(_MARK) + 8], "little")
        first = len(_MARK) + 8
        text = head[first : first + many]
        if len(text) < many:
            text += os.pread(handle, many - len(text), first + len(text))
        header = json.loads(text)
        self.facts: dict[str, Any] = header["facts"]
        self._places: dict[str, tuple[np.dtype[Any], tuple[int, ...], int]] = {}
        start = -(-(first + many) // _ALIGN) * _ALIGN
        for name, (kind, shape, at) in header["arrays"].items():
            self._places[name] = (np.dtype(kind), tuple(shape), start + at)
        self._map: mmap.mmap | None = None
        self._mapping = threading.Lock()

    def __contains__(self, name: str) -> bool:
        return name in self._places

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arrays."""
        return tuple(name for name in self._places if not name.endswith((_AT, _BEYOND)))

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of an array, without reading it."""
        return self._places[name][1]

    def kind(self, name: str) -> np.dtype[Any]:
        """The type of an array's items, without reading it."""
        if name + _AT in self._places:
            return np.dtype(np.int64)
        return self._places[name][0]

    def read(self, name: str, into: Array | None = None) -> Array:
        """A copy of an array; ``into`` takes it where given (same type, as many items, contiguous)."""
        shape = self.shape(name)
        if name + _AT in self._places:
            whole = np.empty(shape, np.int64) if into is None else into
            whole[...] = self._raw(name)
            whole[np.unravel_index(self._raw(name + _AT), whole.shape)] = self._raw(name + _BEYOND)
            return whole
        return self._raw(name, into)

    def _raw(self, name: str, into: Array | None = None) -> Array:
        kind, shape, at = self._places[name]
        array = np.empty(shape, kind) if into is None else into
        if into is not None and (into.dtype != kind or into.size != int(np.prod(shape)) or not into.flags.c_contiguous):
            into[...] = self._raw(name).reshape(into.shape)
            return into
        view = _bytes_of(array)
        if not len(view):
            return array
        if self._map is not None:
            view[:] = memoryview(self._map)[at : at + len(view)]
            return array
        while len(view):
            got = os.preadv(self._handle, [view], at)
            if not got:
                raise DamagedError(str(self.path))
            view, at = view[got:], at + got
        return array

    def mapped(self, name: str) -> Array:
        """An array as it lies in the file, shared with every process that has it open; not to be written to."""
        if name + _AT in self._places:
            return self.read(name)
        kind, shape, at = self._places[name]
        with self._mapping:
            # The file stays open beside its map: another thread may be reading by its number at this moment, which, once
            # closed, would be that of any other file.
            if self._map is None:
                self._map = mmap.mmap(self._handle, 0, access=mmap.ACCESS_READ)
        return np.frombuffer(self._map, kind, int(np.prod(shape)), at).reshape(shape)

    def all(self, names: Iterable[str] | None = None) -> dict[str, Array]:
        """Copies of several arrays, of all by default."""
        return {name: self.read(name) for name in (self._places if names is None else names)}
