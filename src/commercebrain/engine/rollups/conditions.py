"""What every indicator of records counts: conditions as masks of bits, each counted over the smallest table that tells.

Each condition is split into disjoint boxes (sets of codes by column); a box has a bit. A code's mask holds the bits of
the boxes that accept it, and a row counts for the bits that stand in the masks of all its codes. A box goes to the
smallest table by county that holds its columns, and all boxes of a table are counted in one pass over it; what needs
more than any table holds is counted over the finest grain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.indicators.conditions import AllOf, Condition
from commercebrain.engine.indicators.logical import Logical
from commercebrain.engine.indicators.predicates import Box, code_boxes, meet
from commercebrain.engine.rollups import kernels
from commercebrain.engine.rollups.months import Rows
from commercebrain.engine.rollups.shape import MEASURES
from commercebrain.engine.working.columns import Array
from commercebrain.engine.working.dictionaries import DERIVED, Dictionaries

#: Tables by county in the order of their size, with the columns that each tells beside flow and county.
_TABLES: dict[str, dict[str, str]] = {
    "county": {},
    "county_mode": {"mode": "mode"},
    "county_hs2": {"hs2": "hs2"},
    "county_country": {"country": "country"},
    "county_hs6": {"hs2": "hs6", "hs4": "hs6", "hs6": "hs6"},
    "county_hs2_country": {"hs2": "hs2", "country": "country"},
    "grain": {"hs2": "hs10", "hs4": "hs10", "hs6": "hs10", "hs10": "hs10", "country": "country", "mode": "mode"},
}
_PLACES = {"flow", "county", "city", "province"}


@dataclass(frozen=True)
class Counted:
    """One additive indicator: its code, the measure that it sums (one of ``MEASURES``), its condition without groups."""

    code: str
    measure: str
    condition: Condition


def fingerprint(counted: Sequence[Counted]) -> str:
    """Changes whenever what is counted does."""
    return hashlib.sha256("\n".join(sorted(repr(one) for one in counted)).encode()).hexdigest()[:16]


class Masks:
    """The masks of some conditions over some dictionaries. ``left_out`` are those that codes cannot tell."""

    def __init__(self, counted: Sequence[Counted], columns: Mapping[str, Logical], dictionaries: Dictionaries) -> None:
        names = ("hs10", "country", "mode", "flow", "county", *DERIVED)
        held = {name: dictionaries.of(name).values for name in names}
        self._dictionaries = dictionaries
        self.left_out: list[str] = []
        self.places: dict[str, tuple[int, str]] = {}
        boxes: dict[str, list[tuple[int, Box]]] = {}
        place: dict[Condition, int] = {}
        boxes_of: dict[Condition, list[Box] | None] = {}

        def split_of(condition: Condition) -> list[Box] | None:
            """Boxes of a condition; a part that many conditions share (exports, a group) is looked up once."""
            if condition not in boxes_of:
                if isinstance(condition, AllOf):
                    taken: list[Box] | None = [{}]
                    for part in condition.of:
                        more = split_of(part)
                        taken = None if taken is None or more is None else meet(taken, more)
                    boxes_of[condition] = taken
                else:
                    boxes_of[condition] = code_boxes(condition, columns, held)
            return boxes_of[condition]

        for one in counted:
            if one.condition not in place:
                split = split_of(one.condition)
                if split is None:
                    self.left_out.append(one.code)
                    continue
                place[one.condition] = len(place)
                for box in split:
                    boxes.setdefault(_table_of(box), []).append((place[one.condition], box))
            self.places[one.code] = (place[one.condition], one.measure)
        self.conditions = len(place)
        self.tables = tuple(boxes)
        self._of_bit = {table: [condition for condition, _ in of] for table, of in boxes.items()}
        self._masks = {table: self._masks_of(table, [box for _, box in of]) for table, of in boxes.items()}

    def _masks_of(self, table: str, boxes: list[Box]) -> dict[str, NDArray[np.uint64]]:
        words = -(-len(boxes) // 64)
        every = np.zeros((1, words), np.uint64)
        for bit in range(len(boxes)):
            every[0, bit // 64] |= np.uint64(1) << np.uint64(bit % 64)
        masks: dict[str, NDArray[np.uint64]] = {}
        for stored in (*dict.fromkeys(_TABLES[table].values()), "flow", "county"):
            there = len(self._dictionaries.of(stored))
            mask = np.zeros((max(there, 1), words), np.uint64)
            for bit, box in enumerate(boxes):
                accepted = np.ones(there, bool)
                for name, codes in box.items():
                    if name == stored:
                        accepted &= codes
                    elif name in DERIVED and DERIVED[name][0] == (DERIVED[stored][0] if stored in DERIVED else stored):
                        accepted &= codes[self._to(stored, name)]
                mask[:there][accepted, bit // 64] |= np.uint64(1) << np.uint64(bit % 64)
            masks[stored] = mask
        return {name: masks.get(name, every) for name in (*masks, "country", "mode", "none")}

    def _to(self, stored: str, derived: str) -> NDArray[np.uint32]:
        """Code of ``stored`` → code of the coarser ``derived``."""
        if stored not in DERIVED:
            return self._dictionaries.mapping(derived)
        found = np.zeros(len(self._dictionaries.of(stored)), np.uint32)
        found[self._dictionaries.mapping(stored)] = self._dictionaries.mapping(derived)
        return found

    def count(self, rows_of: Callable[[str], Rows]) -> dict[str, Array]:
        """``values`` (conditions × counties × measures) of a month, whose tables ``rows_of`` gives by name."""
        counties = len(self._dictionaries.of("county"))
        values = np.zeros((self.conditions, counties, len(MEASURES)), np.int64)
        nothing = np.zeros(1, np.uint32)
        for table, masks in self._masks.items():
            rows = rows_of(table)
            product = next((name for name in _TABLES[table].values() if name.startswith("hs")), "none")
            cells = np.zeros((counties, masks["flow"].shape[1] * 64, len(MEASURES)), np.int64)
            order = (product, "country", "mode", "flow", "county")
            codes = [rows.codes[name] if name in rows.codes and name in masks else nothing for name in order]
            kernels.add_conditions(*codes, *(masks[name] for name in order), rows.measures, cells)
            for bit, condition in enumerate(self._of_bit[table]):
                values[condition] += cells[:, bit]
        return {"values": values}


_kept: dict[tuple[object, ...], Masks] = {}


def masks_of(counted: Sequence[Counted], columns: Mapping[str, Logical], dictionaries: Dictionaries) -> Masks:
    """The masks, kept from the last refreshes of this process for as long as no code comes anew."""
    values = tuple(tuple(dictionaries.of(name).values) for name in ("hs10", "country", "mode", "flow", "county"))
    key = (tuple(counted), values)
    if key not in _kept:
        while len(_kept) >= 4:
            del _kept[next(iter(_kept))]
        _kept[key] = Masks(counted, columns, dictionaries)
    return _kept[key]


def _table_of(box: Box) -> str:
    needed = box.keys() - _PLACES
    return next(table for table, tells in _TABLES.items() if needed <= tells.keys())
