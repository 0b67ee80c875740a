"""The release calendar: what is due for the regions in a person's sight, what came, and who is late."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from commercebrain.desk.bulletins.words import STATES
from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, store
from commercebrain.desk.people.models import Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Region
from commercebrain.engine.lake.records.schema import Words
from commercebrain.engine.observations import Observation
from commercebrain.engine.releases import Release, State, Status, releases, slots, status

OVERDUE = (State.LATE, State.PARTLY)
#: For each dataset: yyyymm → (published, taken in) of its first version, and whether the records are invented.
Records = dict[str, tuple[dict[int, tuple[date, date]], bool]]


@dataclass(frozen=True)
class Due:
    """One line of the calendar: a release of a region, how it stands, and who has to bring it."""

    status: Status
    release: Release
    region: Region
    who: Any

    @property
    def state(self) -> str:
        """The state's code, for filters."""
        return str(self.status.state)

    @property
    def state_said(self) -> str:
        """Shape and word."""
        shape, word = STATES[self.status.state]
        return f"{shape} {word}"

    @property
    def who_said(self) -> str:
        """Who brings it, in the reader's language."""
        return reader.said(self.who) if isinstance(self.who, Words) else str(self.who)

    @property
    def name_said(self) -> str:
        """The release, in the reader's language."""
        return reader.said(self.release.name)

    @property
    def overdue(self) -> bool:
        """Whether it should be here and is not."""
        return self.status.state in OVERDUE


def month_span(day: date, months: int = 1) -> tuple[date, date]:
    """The first day of ``day``'s month, and the last day of the ``months``-th month from it."""
    first = day.replace(day=1)
    number = first.year * 12 + first.month - 1 + months
    return first, date(number // 12, number % 12 + 1, 1) - timedelta(days=1)


def places(person: Any) -> dict[str, tuple[Region, Unit]]:
    """The regions in which the units in sight stand, each with its first unit, and the regions above them."""
    extent = extent_of(person, Right.SEE, today())
    rows = Unit.objects.filter(closed_on=None).select_related("region")
    if not extent.everything:
        rows = rows.filter(pk__in=extent.units)
    found: dict[str, tuple[Region, Unit]] = {}
    for unit in rows.order_by("path"):
        found.setdefault(unit.region.code, (unit.region, unit))
    edge = {region.parent_id: unit for region, unit in list(found.values()) if region.parent_id}
    while edge:
        above = list(Region.objects.filter(pk__in=edge, synthetic=False))  # nobody publishes for an invented province
        for region in above:
            found.setdefault(region.code, (region, edge[region.pk]))
        edge = {region.parent_id: edge[region.pk] for region in above if region.parent_id}
    return found


def calendar(person: Any, first: date, last: date) -> list[Due]:
    """Every release that is due from ``first`` to ``last`` for the regions in sight, by day; figures out of the person's
    reach have no line."""
    on, reach = today(), reach_for(person)
    known = places(person)
    wanted = [(release, slot) for release in releases().values() for slot in slots(release, first, last)]
    if not wanted or not known:
        return []
    codes = {code for release, _slot in wanted for code in release.indicators}
    rows: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for row in store().observations(on, indicators=codes, regions=set(known)):
        rows[row.indicator, row.region].append(row)
    records = _records({release.dataset for release, _slot in wanted if release.dataset})
    found = []
    for release, slot in wanted:
        months, invented = records.get(release.dataset or "", ({}, False))
        if release.dataset is not None and not months:
            continue  # the bureau has no such records, so none are due
        for code, (region, unit) in known.items():
            if region.level not in release.levels or not _seen(release, code, reach):
                continue
            if release.by == "unit" and unit.region_id != region.pk:
                continue
            if release.dataset is not None and region.synthetic != invented:
                continue
            told = status(slot, code, rows, on, months)
            found.append(Due(told, release, region, unit if release.by == "unit" else release.publisher))
    return sorted(found, key=lambda one: (one.status.slot.due, one.release.code, one.region.code))


def _seen(release: Release, region: str, reach: Any) -> bool:
    items = [catalogue().indicators[code] for code in release.indicators if code in catalogue().indicators]
    return all(reach.sees(region, item.classification) for item in items)


def _records(datasets: set[str]) -> Records:
    """The months of the records that this installation holds."""
    from django.conf import settings

    from commercebrain.engine.lake.records.schema import record_dataset
    from commercebrain.engine.lake.records.table import RecordTable

    found: Records = {}
    for code in datasets:
        versions = RecordTable(settings.LAKE_ROOT, record_dataset(code)).vintages()
        months: dict[int, tuple[date, date]] = {}
        for version in sorted(versions, key=lambda v: (v.published, v.number)):
            months.setdefault(version.month, (version.published, version.taken_in))
        found[code] = (months, any(version.synthetic for version in versions))
    return found
