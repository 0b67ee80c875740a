"""What an indicator counts, typed: its measure and its condition over the columns of a dataset of records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import conditions
from commercebrain.engine.indicators.conditions import Condition, Grouped, Groups
from commercebrain.engine.indicators.logical import Logical, columns, dimensions
from commercebrain.engine.lake.records.schema import RecordDataset

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.models import Indicator

MeasureKind = Literal["sum", "count", "count_distinct"]
_MEASURE = re.compile(r"\s*(sum|count|count_distinct)\s*\(\s*([a-z][a-z0-9_]*)?\s*\)\s*")


@dataclass(frozen=True, slots=True)
class Measure:
    """What is taken of the records: the sum of a column, their number, or how many different values a column has."""

    kind: MeasureKind
    column: str = ""

    @property
    def additive(self) -> bool:
        """Whether parts add up to the whole (the number of different firms does not)."""
        return self.kind != "count_distinct"

    def __str__(self) -> str:
        return f"{self.kind}({self.column})"


@lru_cache(maxsize=256)
def measure(text: str) -> Measure:
    """The measure of ``sum(value_cny)``, ``count()`` or ``count_distinct(uscc)``.

    Raises :class:`UserError` (``measure.unreadable``).
    """
    found = _MEASURE.fullmatch(text)
    if found is None or (found[1] == "count") != (found[2] is None):
        raise UserError(
            "measure.unreadable",
            f"计量“{text}”读不懂，请写 sum(列)、count() 或 count_distinct(列)。",
            f"The measure “{text}” cannot be read; write sum(column), count() or count_distinct(column).",
        )
    return Measure(found[1], found[2] or "")  # type: ignore[arg-type]


@dataclass(frozen=True)
class Definition:
    """An indicator of records. Its cells are whole numbers: ``scale`` digits of them stand after the point."""

    code: str
    dataset: RecordDataset
    measure: Measure
    condition: Condition

    @cached_property
    def columns(self) -> Mapping[str, Logical]:
        """The logical columns of the dataset, by name."""
        return columns(self.dataset)

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """By what it may be broken down."""
        return dimensions(self.dataset)

    @property
    def scale(self) -> int:
        """How many digits of a cell stand after the point (a quantity of thousandths: 3)."""
        return self.dataset.columns[self.measure.column].scale if self.measure.kind == "sum" else 0

    def takes(self, groups: Groups) -> Condition:
        """Its condition with the groups' members put in."""
        return conditions.resolved(self.condition, groups)


def define(indicator: Indicator, records: Mapping[str, RecordDataset], groups: Mapping[str, Grouped]) -> Definition:
    """The definition of an indicator of records, checked against its dataset.

    Raises :class:`UserError` (``measure.unreadable``, ``measure.column``, ``condition.…``) saying what does not fit.
    """
    if indicator.measure is None or indicator.dataset is None or indicator.dataset not in records:
        raise UserError(
            "indicator.not_of_records",
            f"指标“{indicator.code}”不是由明细计算的。",
            f"The indicator “{indicator.code}” is not counted from records.",
        )
    dataset = records[indicator.dataset]
    taken = measure(indicator.measure)
    there = columns(dataset)
    if taken.column:
        column = there.get(taken.column)
        summed = taken.kind == "sum"
        if column is None or column.numeric != summed:
            able = [name for name, one in there.items() if one.numeric == summed and name not in ("month", "year")]
            raise UserError(
                "measure.column",
                f"计量“{indicator.measure}”里的列不能用，可用：{'、'.join(able)}。",
                f"The column of the measure “{indicator.measure}” does not fit; there are: {', '.join(able)}.",
            )
    condition = conditions.parse(indicator.where)
    conditions.check(condition, there, groups)
    return Definition(indicator.code, dataset, taken, condition)
