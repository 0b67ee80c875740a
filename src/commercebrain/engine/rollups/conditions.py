"""What every indicator of records counts, in one pass over the finest grain: conditions as masks of bits.

Each condition is split into disjoint boxes (sets of codes by column); a box has a bit. A code's mask holds the bits of
the boxes that accept it, and a row counts for the bits that stand in the masks of all its codes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.indicators.conditions import Condition
from commercebrain.engine.indicators.logical import Logical
from commercebrain.engine.indicators.predicates import code_boxes
from commercebrain.engine.rollups import kernels
from commercebrain.engine.rollups.months import Rows
from commercebrain.engine.rollups.shape import MEASURES
from commercebrain.engine.working.columns import Array
from commercebrain.engine.working.dictionaries import DERIVED, Dictionaries

#: Columns that may stand in a box, and the stored column of each.
_MASKED: tuple[str, ...] = ("hs10", "country", "mode", "flow", "county")


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
        held = {name: dictionaries.of(name).values for name in (*_MASKED, *DERIVED)}
        self.conditions: list[Condition] = []
        self.left_out: list[str] = []
        boxes: list[dict[str, NDArray[np.bool_]]] = []
        self._of_bit: list[int] = []
        place: dict[Condition, int] = {}
        self.places: dict[str, tuple[int, str]] = {}
        for one in counted:
            if one.condition not in place:
                split = code_boxes(one.condition, columns, held)
                if split is None or any(set(box) - set(held) for box in split):
                    self.left_out.append(one.code)
                    continue
                place[one.condition] = len(self.conditions)
                self._of_bit += [len(self.conditions)] * len(split)
                self.conditions.append(one.condition)
                boxes += split
            self.places[one.code] = (place[one.condition], one.measure)
        words = max(-(-len(boxes) // 64), 1)
        self.masks: dict[str, NDArray[np.uint64]] = {}
        for column in _MASKED:
            masks = np.zeros((max(len(held[column]), 1), words), np.uint64)
            for bit, box in enumerate(boxes):
                accepted = np.ones(len(masks), bool)
                for name, codes in box.items():
                    if name == column:
                        accepted &= codes
                    elif name in DERIVED and DERIVED[name][0] == column:
                        accepted &= codes[dictionaries.mapping(name)]
                masks[accepted, bit // 64] |= np.uint64(1) << np.uint64(bit % 64)
            self.masks[column] = masks

    def count(self, rows: Rows) -> dict[str, Array]:
        """``values`` (conditions × counties × measures) and ``firms`` (conditions × counties; -1 where a condition is a
        choice between columns, which one pass cannot count) of a month's grain, sorted by firm."""
        counties = len(self.masks["county"])
        bits = self.masks["hs10"].shape[1] * 64
        cells = np.zeros((counties, bits, len(MEASURES)), np.int64)
        firms = np.zeros((counties, bits), np.int64)
        codes = rows.codes
        kernels.add_conditions(
            codes["uscc"],
            *(codes[column] for column in _MASKED),
            *(self.masks[column] for column in _MASKED),
            rows.measures,
            cells,
            firms,
            np.zeros((counties, bits), np.int64),
        )
        values = np.zeros((len(self.conditions), counties, len(MEASURES)), np.int64)
        many = np.zeros((len(self.conditions), counties), np.int64)
        boxes = np.bincount(np.array(self._of_bit, np.int64), minlength=len(self.conditions))
        for bit, condition in enumerate(self._of_bit):
            values[condition] += cells[:, bit]
            many[condition] += firms[:, bit]
        many[boxes > 1] = -1
        return {"values": values, "firms": many}
