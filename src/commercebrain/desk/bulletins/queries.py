"""Every read about bulletins and releases; the person's scope is part of each query."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet

from commercebrain.desk.bulletins.models import Bulletin
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, store
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of, memberships_held
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.periods import Period
from commercebrain.engine.releases.issue import Change, changes, freeze
from commercebrain.engine.releases.monthly import monthly_table

Who = Person | AnonymousUser
MONTHS_OFFERED = 18


def bulletins(person: Who) -> QuerySet[Bulletin]:
    """The bulletins in scope, the newest issue first."""
    rows: QuerySet[Bulletin] = Bulletin.objects.visible_to(person)
    return rows.select_related("unit", "region", "made_by")


def bulletin(person: Who, pk: int) -> Bulletin | None:
    """One of them."""
    return bulletins(person).filter(pk=pk).first()


def issues(row: Bulletin) -> QuerySet[Bulletin]:
    """All issues of the same month, the first one first."""
    same = Bulletin.objects.filter(unit=row.unit, indicator=row.indicator, month=row.month)
    return same.select_related("made_by").order_by("revision")


def previous(row: Bulletin) -> Bulletin | None:
    """The issue before this one."""
    return issues(row).filter(revision__lt=row.revision).last()


def issuing_units(person: Who) -> QuerySet[Unit]:
    """The units for which ``person`` may issue a bulletin: of a city with counties, within the right to enter."""
    extent = extent_of(person, Right.ENTER, today())
    rows: QuerySet[Unit] = Unit.objects.filter(closed_on=None)
    if not extent.everything:
        rows = rows.filter(pk__in=extent.units)
    below = Region.objects.filter(parent=OuterRef("region"), level=Region.Level.COUNTY)
    cities = rows.filter(Exists(below), region__level=Region.Level.CITY)
    return cities.select_related("region").order_by("path")


def own_unit(person: Who, units: QuerySet[Unit]) -> Unit | None:
    """The unit to offer first: one's own where it may issue, else the first."""
    mine = [row.unit_id for row in memberships_held(person.pk, today())] if isinstance(person, Person) else []
    return units.filter(pk__in=mine).first() or units.first()


def may_issue(person: Who) -> bool:
    """Whether there is a unit for which ``person`` may issue bulletins."""
    return issuing_units(person).exists()


def indicators() -> list[Indicator]:
    """What a county bulletin can be about: observed flows that add up over counties and over months, not confidential."""
    return [
        item
        for item in catalogue().indicators.values()
        if item.dataset == "observations" and item.adds.place == "sum" and item.adds.time == "sum"
        and item.classification != "confidential"
    ]  # fmt: skip


def months(on: date) -> list[Period]:
    """The months that have ended, the latest first; January and February as one."""
    found: list[Period] = []
    last = on.replace(day=1) - timedelta(days=1)
    while len(found) < MONTHS_OFFERED:
        period = Period.of_month(last.year, last.month) if last.month > 2 else Period.of_ytd(last.year, 2)
        if period not in found and (last.month != 1 or on > date(last.year, 3, 1)):
            found.append(period)
        last = last.replace(day=1) - timedelta(days=1)
    return found


def counties(city: Region, on: date | None = None) -> dict[str, str]:
    """The counties of a city: code → Chinese name."""
    rows = Region.objects.valid_on(on or today()).filter(parent=city, level=Region.Level.COUNTY)
    return dict(rows.values_list("code", "name_zh"))


def drawn(person: Who, indicator: str, city: Region, month: Period, as_of: date | None = None) -> dict[str, Any]:
    """The content of a bulletin as of a day (default: now), as ``person`` may see it."""
    item, day = catalogue().indicator(indicator), as_of or today()
    table = monthly_table(
        store(day), catalogue(), indicator, (city.code, city.name_zh), counties(city, day), month,
        reach=reach_for(person), as_of=day,
    )  # fmt: skip
    return freeze(table, str(item.name.zh))


def since_issue(person: Who, row: Bulletin) -> list[Change]:
    """What this issue prints otherwise than the figures say now; nothing for one that a later issue has replaced."""
    if row.indicator not in catalogue().indicators or issues(row).filter(revision__gt=row.revision).exists():
        return []
    return changes(row.content, drawn(person, row.indicator, row.region, row.period))
