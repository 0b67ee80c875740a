"""The members of an answer in the order of their size, worked out on its columns: only those that a page shows ever become
Python objects, however many there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from commercebrain.engine.indicators.table import FLAGS, REASONS, Array, FigureTable, row_period
from commercebrain.engine.periods import Period

#: A member: its codes, and its row in each period.
Of = tuple[tuple[str, ...], dict[Period, dict[str, Any]]]


@dataclass(frozen=True)
class Largest:
    """``periods`` in order, ``last`` the latest with any value; ``count`` members in all, ``valued`` of them with a value
    in ``last``. ``head`` are the largest in the last period (of ranks the first), then those without a value, by code;
    ``tail`` is the very last of all, which may be in ``head``."""

    periods: tuple[Period, ...]
    last: Period | None
    count: int
    valued: int
    head: tuple[Of, ...]
    tail: Of | None


def largest(found: FigureTable, most: int, full: int, shown: int) -> Largest:
    """The ``most`` largest members with their rows: the first ``full`` in every period, the others in the last ``shown``."""
    if not len(found):
        return Largest((), None, 0, 0, (), None)
    rows = np.asarray(found.columns["period"], np.int64) * 1000 + np.asarray(found.columns["span"], np.int64)
    keys, period = np.unique(rows, return_inverse=True)
    told = [row_period(int(key) // 1000, int(key) % 1000) for key in keys]
    places = sorted(range(len(told)), key=lambda place: told[place].order)
    member, codes = _members(found)
    value, mask = np.ma.getdata(found.columns["value"]), np.ma.getmaskarray(found.columns["value"])
    known = np.unique(period[~mask])
    last = max(known.tolist(), key=lambda place: told[place].order, default=None)
    size, without = np.zeros(len(codes)), np.ones(len(codes), bool)
    if last is not None:
        there = (period == last) & ~mask
        sign = 1 if found.request.transform == "rank" else -1
        size[member[there]], without[member[there]] = sign * value[there].astype(float), False
    order = np.lexsort((np.arange(len(codes)), size, without))
    chosen, lately = np.zeros(len(codes), bool), np.zeros(len(told), bool)
    chosen[order[:full]] = True
    lately[places[-shown:]] = True
    rest = np.zeros(len(codes), bool)
    rest[order[:most]] = rest[order[-1:]] = True
    part = found.part(chosen[member] | (rest[member] & lately[period]))
    of: dict[tuple[str, ...], dict[Period, dict[str, Any]]] = {}
    for row in part.rows():
        of.setdefault(tuple(str(row[dim]) for dim in found.dims), {})[row["period"]] = row

    def one(place: int) -> Of:
        key = codes(place)
        return key, of.get(key, {})

    return Largest(
        tuple(told[place] for place in places), None if last is None else told[last], len(codes),
        int((~without).sum()), tuple(one(place) for place in order[:most].tolist()), one(int(order[-1])),
    )  # fmt: skip


class _Codes:
    """The codes of each member, read when asked for."""

    def __init__(self, columns: list[Array], first: Array) -> None:
        self._columns, self._first = columns, first

    def __len__(self) -> int:
        return len(self._first)

    def __call__(self, place: int) -> tuple[str, ...]:
        return tuple(str(column[self._first[place]]) for column in self._columns)


def _members(found: FigureTable) -> tuple[Array, _Codes]:
    """Which member each row is of, members numbered in the order of their codes; and the codes of each."""
    columns = [found.columns[dim] for dim in found.dims]
    number = np.zeros(len(found), np.int64)
    for column in columns:
        values, place = np.unique(column, return_inverse=True)
        number = np.unique(number * len(values) + place, return_inverse=True)[1]
    first = np.unique(number, return_index=True)[1]
    return number, _Codes(columns, first)


def remarks(found: FigureTable, say: Callable[[Any], str]) -> dict[str, int]:
    """How many numbers there is something to say of, by what there is to say."""
    mask = np.ma.getmaskarray(found.columns["value"])
    counted: dict[str, int] = {}
    for words, column in ((REASONS, found.columns["reason"][mask]), (FLAGS, found.columns["flag"][~mask])):
        for code, times in zip(*(part.tolist() for part in np.unique(column, return_counts=True)), strict=True):
            said = say(words[code]) if code in words else code if words is REASONS else ""
            if said and code != "normal":
                counted[said] = counted.get(said, 0) + times
    return counted
