"""Where the answers of a passed report go: which dataset of records takes them, and which column takes which answer.

Declared with the form, so that the rows that a round sends are those of the form as it stood when the round opened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from commercebrain.engine.catalogue.models import Model
from commercebrain.engine.lake.records.schema import RecordColumn, RecordDataset
from commercebrain.engine.units import convert

#: What is known of a report beside its answers: names that a column may be filled with.
KNOWN = ("month", "period", "reported", "uscc", "county", "township", "unchanged")


class Feed(Model):
    """One dataset that the form fills: from the answers of the report, or one row from each of its ``lines``.

    ``columns`` names, for a column of the dataset, the column of the lines, the question, or the one of :data:`KNOWN` that
    it takes, looked for in this order; a column of the same name needs no entry. ``month`` says under which month a row is filed: that of the
    due day, or the last one of the period (a year's form: its December).
    """

    dataset: str
    of: Literal["answers", "lines"] = "answers"
    month: Literal["due", "period"] = "due"
    columns: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """A report beside its answers. ``due`` is the last day for it, ``last`` the last day of its period."""

    period: str
    due: date
    last: date
    reported: date
    uscc: str
    county: str
    township: str = ""
    unchanged: bool = False

    def known(self, feed: Feed) -> dict[str, Any]:
        """Values by the names of :data:`KNOWN`."""
        day = self.due if feed.month == "due" else self.last
        return {
            "month": f"{day:%Y-%m}",
            "period": self.period,
            "reported": self.reported.isoformat(),
            "uscc": self.uscc,
            "county": self.county,
            "township": self.township,
            "unchanged": "yes" if self.unchanged else "no",
        }


def rows_of(
    feed: Feed, dataset: RecordDataset, about: About, answers: Mapping[str, Any], lines: Sequence[Mapping[str, Any]],
    units: Mapping[str, str],
) -> Iterator[tuple[str, dict[str, Any]]]:  # fmt: skip
    """The rows of a dataset that a report gives, each with its key as a text.

    ``units`` are those in which numbers were asked for (question or column of lines → 万美元); they are converted to the
    column's. Empty cells are left out. Where a required column is not answered there is no row; lines that come to one
    key are one row, their numbers added.
    """
    known = about.known(feed)
    found: dict[str, dict[str, Any]] = {}
    for given in (answers,) if feed.of == "answers" else lines:
        row = {}
        for name, column in dataset.columns.items():
            asked = feed.columns.get(name, name)
            value = next((one[asked] for one in (given, answers, known) if asked in one), None)
            if value not in (None, "", [], ()):
                row[name] = _cell(value, column, units.get(asked, ""))
        if any(column.required and name not in row for name, column in dataset.columns.items()):
            continue
        key = json.dumps([row.get(name) for name in dataset.key], ensure_ascii=False)
        if key in found:
            _add(found[key], row, dataset)
        else:
            found[key] = row
    yield from found.items()


def _cell(value: Any, column: RecordColumn, unit: str) -> Any:
    if column.type in ("integer", "decimal"):
        number = Decimal(str(value))
        if unit and column.unit and unit != column.unit:
            number = convert(number, unit, column.unit)
        rounded = round(number, column.scale)
        return int(rounded) if column.type == "integer" else str(rounded)
    if isinstance(value, list | tuple):
        return "、".join(str(one) for one in value)
    return str(value)


def _add(held: dict[str, Any], row: Mapping[str, Any], dataset: RecordDataset) -> None:
    for name, column in dataset.columns.items():
        if column.type == "integer" and name in row:
            held[name] = held.get(name, 0) + row[name]
        elif column.type == "decimal" and name in row:
            held[name] = str(Decimal(held.get(name, 0)) + Decimal(row[name]))
