"""The columns that a reader of records may name: those of the dataset, and those that derive from them.

``year`` comes from the month; ``hs2``, ``hs4`` and ``hs6`` are the first digits of a product code; ``city`` and
``province`` are the county's. Derived columns are stated once here, for the query over lines and for the roll-ups alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from commercebrain.engine.lake.records.schema import CODED, SUMMED, RecordDataset

#: How many first digits of a product code each derived column keeps.
_PRODUCT_DIGITS = {"hs2": 2, "hs4": 4, "hs6": 6}
#: The wider places that a county's code tells: how many of its digits, and what fills them up.
_PLACES = {"city": (4, "00"), "province": (2, "0000")}
#: The name of the column with the month as a whole number, yyyymm, whatever the dataset calls its period.
MONTH = "month"


@dataclass(frozen=True, slots=True)
class Logical:
    """A column: its ``name``, the stored column ``base`` it comes from, and the first ``digits`` of it that it keeps
    (0: all), to which ``suffix`` is added. ``numeric`` columns hold whole numbers."""

    name: str
    base: str
    digits: int = 0
    suffix: str = ""
    numeric: bool = False

    def of(self, value: str) -> str:
        """The column's value from its base's."""
        return (value[: self.digits] + self.suffix) if self.digits else value


@lru_cache(maxsize=64)
def _columns(code: str, dataset: _Hashed) -> dict[str, Logical]:
    declared = dataset.it
    found = {
        MONTH: Logical(MONTH, declared.period, numeric=True),
        "year": Logical("year", declared.period, numeric=True),
    }
    for name, column in declared.columns.items():
        if name == declared.period:
            continue
        found[name] = Logical(name, name, numeric=column.type in SUMMED)
        if column.type == "code" and column.list == "products":
            width = max(column.digits, default=10)
            for short, digits in _PRODUCT_DIGITS.items():
                if digits < width and short not in declared.columns:
                    found[short] = Logical(short, name, digits)
        if name == declared.place:
            found |= {wider: Logical(wider, name, n, zeros) for wider, (n, zeros) in _PLACES.items()}
    return found


@dataclass(frozen=True, slots=True)
class _Hashed:
    """A dataset as a key: declared once, so that the object itself is its identity."""

    it: RecordDataset

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashed) and other.it is self.it


def columns(dataset: RecordDataset) -> Mapping[str, Logical]:
    """Every column that a condition or a break-down over ``dataset`` may name, by name."""
    return _columns(dataset.code, _Hashed(dataset))


def dimensions(dataset: RecordDataset) -> tuple[str, ...]:
    """The columns by which figures of ``dataset`` may be broken down: coded ones and what derives from them."""
    coded = {name for name, column in dataset.columns.items() if column.type in CODED}
    return tuple(name for name, column in columns(dataset).items() if column.base in coded)


def derived_values(column: Logical, base_values: Sequence[str]) -> list[str]:
    """The column's value for each value of its base."""
    return [column.of(value) for value in base_values]
