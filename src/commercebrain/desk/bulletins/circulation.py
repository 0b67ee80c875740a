"""The two circulations for a reader: sums for whoever sees internal figures, firms for whoever has clearance or is the firm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from commercebrain.desk.bulletins.drivers import DATASET as LINES
from commercebrain.desk.bulletins.drivers import INDICATOR
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, store
from commercebrain.desk.people.models import Person, Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine import circulation
from commercebrain.engine.circulation import Row, Total
from commercebrain.engine.indicators import ALL, Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.periods import Period

#: The system's own reach: what is read with it is narrowed to the reader before anything is shown.
SYSTEM = Reach(ALL, "confidential")


@dataclass(frozen=True)
class Told:
    """What a reader may see of a quarter: sums (with names), the firms' rows, the quarter."""

    quarter: Period | None
    totals: Sequence[tuple[Region, Total]] = ()
    rows: Sequence[Row] = ()


def quarters() -> list[Period]:
    """The quarters of which anything was reported, the newest first."""
    return circulation.quarters(Path(settings.LAKE_ROOT), today())


def exports_of(city: str, quarter: Period) -> dict[str, tuple[str, int]] | None:
    """Each firm's declared exports of a quarter, credit code → (county, yuan); None where a month's lines are missing."""
    records = RecordTable(Path(settings.LAKE_ROOT), record_dataset(LINES))
    if not records.exists():
        return None
    held = {version.month for version in records.months(today())}
    if any(year * 100 + month not in held for year, month in quarter.months):
        return None
    request = Request(INDICATOR, city, quarter, quarter, by=("county", "uscc"))
    found = table(Sources(store(), Path(settings.LAKE_ROOT)), catalogue(), request, reach=SYSTEM)
    told: dict[str, tuple[str, int]] = {}
    for row in found.rows():
        uscc, value = str(row["uscc"]), int(row["value"] or 0)
        county, before = told.get(uscc, (str(row["county"]), 0))
        told[uscc] = (county, before + value)
    return told


def city() -> Region | None:
    """The city of the reports: the invented one, whose records alone this installation can hold without an agreement."""
    found: Region | None = Region.objects.filter(level=Region.Level.CITY, synthetic=True, valid_to=None).first()
    return found


def read(person: Any, quarter: Period | None) -> Told:
    """A quarter (default: the newest) as far as ``person`` may see it: sums of the regions whose internal figures are
    within reach, rows of firms in the scope of a clearance, and a firm's user's own firm."""
    known = quarters()
    wanted = quarter if quarter in known else (known[0] if known else None)
    place = city()
    if wanted is None or place is None:
        return Told(wanted)
    reach = reach_for(person)
    firms = extent_of(person, Right.SEE, today()).firms if isinstance(person, Person) else frozenset()
    if not firms and not reach.sees(place.code, "internal"):
        return Told(wanted)
    told = circulation.reports(Path(settings.LAKE_ROOT), wanted, today())
    rows = circulation.joined(told, exports_of(place.code, wanted))
    names = {region.code: region for region in Region.objects.filter(parent=place, valid_to=None)} | {place.code: place}
    sums = [
        (names[total.region], total)
        for total in circulation.totals(rows, place.code)
        if total.region in names and reach.sees(total.region, "internal")
    ]
    own = set(Enterprise.objects.filter(pk__in=firms).values_list("uscc", flat=True)) if firms else set()
    seen = [row for row in rows if row.uscc in own or (row.county and reach.sees(row.county, "confidential"))]
    return Told(wanted, sums, seen)


def play() -> str:
    """Invented reports of the two newest quarters for the demonstration; a second time nothing changes."""
    place = city()
    if place is None:
        return "0"
    made = 0
    day = today()
    last = (day.year * 12 + day.month - 1) // 3 - 1  # the quarter that has ended
    for number in (last - 1, last):
        quarter = Period.of_quarter(number // 4, number % 4 + 1)
        exports = exports_of(place.code, quarter)
        if exports:
            made += circulation.simulate(Path(settings.LAKE_ROOT), quarter, exports, min(day, _published(quarter)))
    return str(made)


def _published(quarter: Period) -> Any:
    """The 15th of the month after the quarter."""
    year, month = quarter.last
    return type(quarter.end)(year + month // 12, month % 12 + 1, 15)
