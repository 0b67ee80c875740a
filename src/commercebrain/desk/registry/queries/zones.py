"""Reads of zones and parks: public. What overlaps what, for sums that count nothing twice."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q

from commercebrain.desk.core.clock import today
from commercebrain.desk.registry.models import Region, Zone
from commercebrain.desk.registry.queries.regions import regions
from commercebrain.engine.territory import Place


def zones(on: date | None = None) -> Any:
    """The zones that exist on a day."""
    day = on or today()
    rows = Zone.objects.select_related("region", "parent").prefetch_related("parts__region", "parts__township")
    return rows.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day))


def places(on: date | None = None) -> list[Place]:
    """Every region and every zone of a day as places to sum over.

    A region's figures hold those of its parts. A zone whose figures the counties hold (``in_county_totals``) lies
    within its county, or across its counties; one whose figures stand beside them is within none of them. A zone's
    figures hold those of the zones below it where both are counted alike.
    """
    found = [
        Place(region.code, frozenset([region.parent.code] if region.parent else []))
        for region in regions(on).select_related("parent")
    ]
    for zone in zones(on):
        counties = frozenset(part.region.code for part in zone.parts.all())
        above = zone.parent
        within = {above.code} if above is not None and above.in_county_totals == zone.in_county_totals else set()
        if not zone.in_county_totals:
            found.append(Place(zone.code, frozenset(within)))
        elif len(counties) == 1:
            found.append(Place(zone.code, frozenset(within | counties)))
        elif counties:
            found.append(Place(zone.code, frozenset(within), counties))
        else:
            found.append(Place(zone.code, frozenset(within | {zone.region.code})))
    return found


def zones_of(region: Region, on: date | None = None) -> Any:
    """The zones that lie in a region or in a part of it."""
    rows = zones(on)
    inside = Q(region__code=region.code) | Q(parts__region__code=region.code)
    return rows.filter(inside | Q(parts__region__parent__code=region.code)).distinct()
