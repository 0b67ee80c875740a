"""Why a region's exports moved: what pulled by county, market and product, from records where there are any."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, store
from commercebrain.desk.registry.models import Code, Region
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import ALL, Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.periods import Period

INDICATOR = "customs_export_value"
DATASET = "declaration_lines"
SHOWN = 3
SEEN = Decimal("0.005")  # percentage points; what prints as 0.00 pulls nowhere


@dataclass(frozen=True)
class Pull:
    """One part and its pull in percentage points; ``change`` in the indicator's display unit."""

    name: str
    points: Decimal
    change: Decimal


@dataclass(frozen=True)
class Pulls:
    """The parts of one dimension that pulled up and down most, and how many cells may not be told."""

    dimension: str
    up: tuple[Pull, ...]
    down: tuple[Pull, ...]
    withheld: int


@dataclass(frozen=True)
class Drivers:
    """Level and growth of a running total, and what pulled at it."""

    region: Region
    period: Period
    value: Decimal
    growth: Decimal | None
    unit: str
    by: tuple[Pulls, ...]
    synthetic: bool


def last_month() -> int | None:
    """The newest month (yyyymm) of the declaration lines that this installation holds; none where it holds none."""
    records = RecordTable(Path(settings.LAKE_ROOT), record_dataset(DATASET))
    if not records.exists():
        return None
    return max((version.month for version in records.months(today())), default=None)


def levels(region: str, first: Period, last: Period) -> dict[tuple[str, int], Decimal]:
    """The declared exports of a region's counties by month, in yuan: (county, yyyymm). Empty without records.

    For the invented city's own sheets: asked with the system's reach.
    """
    if last_month() is None:
        return {}
    request = Request(INDICATOR, region, first, last, by=("county",), options={"single_months": "1"})
    found = table(_sources(), catalogue(), request, reach=Reach(ALL, "confidential"))
    return {
        (str(row["county"]), row["period"].last[0] * 100 + row["period"].last[1]): Decimal(int(row["value"]))
        for row in found.rows()
        if row["value"] is not None
    }


def drivers(person: Any, region: Region) -> Drivers | None:
    """What moved the declared exports of ``region`` this year to date, within the person's reach; none where its
    records are not held or not to be seen."""
    month = last_month()
    if month is None or not region.synthetic:  # the records of this installation are the invented city's
        return None
    period = Period.of_ytd(month // 100, month % 100)
    reach = reach_for(person)
    try:
        whole = table(
            _sources(), catalogue(), Request(INDICATOR, region.code, period, period, transform="yoy"), reach=reach
        )
    except UserError:
        return None
    rows = list(whole.rows())
    if not rows or rows[0]["level"] is None:
        return None
    unit = catalogue().indicator(INDICATOR).display_unit
    by = []
    for dimension in ("county", "country", "hs2"):
        request = Request(INDICATOR, region.code, period, period, by=(dimension,), transform="pull")
        by.append(_pulls(dimension, list(table(_sources(), catalogue(), request, reach=reach).rows())))
    growth = rows[0]["value"]
    return Drivers(
        region, period, Decimal(int(rows[0]["level"])).scaleb(-8), None if growth is None else Decimal(str(growth)),
        unit, tuple(by), bool(whole.synthetic),
    )  # fmt: skip


def _sources() -> Sources:
    return Sources(store(), Path(settings.LAKE_ROOT))


def _pulls(dimension: str, rows: Sequence[Mapping[str, Any]]) -> Pulls:
    known = [row for row in rows if row["value"] is not None]
    names = _names(dimension, {str(row[dimension]) for row in known})
    parts = [
        Pull(
            names.get(str(row[dimension]), str(row[dimension])),
            Decimal(str(row["value"])),
            Decimal(int(row["change"])).scaleb(-8),
        )
        for row in known
    ]
    up = sorted((part for part in parts if part.points >= SEEN), key=lambda part: -part.points)
    down = sorted((part for part in parts if part.points <= -SEEN), key=lambda part: part.points)
    withheld = sum(row["reason"] == "suppressed" for row in rows)
    return Pulls(dimension, tuple(up[:SHOWN]), tuple(down[:SHOWN]), withheld)


def _names(dimension: str, codes: set[str]) -> dict[str, str]:
    """The names of codes in the reader's language; a code that is in no register stays as it is."""
    if dimension == "county":
        return {row.code: str(row) for row in Region.objects.filter(code__in=codes, valid_to=None)}
    wanted = Code.List.COUNTRY if dimension == "country" else Code.List.PRODUCT
    rows = Code.objects.filter(list=wanted, code__in=codes).order_by("edition")
    if dimension == "country":
        return {row.code: str(row) for row in rows}
    return {row.code: f"{row.code} {_short(str(row))}" for row in rows}


def _short(name: str) -> str:
    """The first words of a chapter's long name."""
    return re.split(r"[；;、，,]", name, maxsplit=1)[0][:24]
