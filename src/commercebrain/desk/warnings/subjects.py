"""Who a subject of a rule is on the desk: the firm or region behind its key, and the unit that deals with it.

A firm is dealt with by the bureau in charge of it, a county by the bureau of that county, everything else by the bureau
whose rule it is. A subject outside the bureau's own area is nobody's: the bureau raises nothing about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from commercebrain.desk.people.models import Unit
from commercebrain.desk.people.queries import at_work
from commercebrain.desk.people.scopes import units_below
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.rules.frame import About
from commercebrain.engine.rules.kinds import Rule

PIECE = 500


@dataclass(frozen=True)
class Place:
    """Who deals with a subject, and what it is in the registers."""

    unit: int
    region: int | None = None
    enterprise: int | None = None
    synthetic: bool = False


class Places:
    """The firms, counties and units of one bureau on a day; firms are read once, for the keys that are asked about."""

    def __init__(self, bureau: Unit, on: date) -> None:
        self.bureau = bureau
        self.below = units_below([bureau], on)
        self.firms: dict[str, Place] = {}
        self._asked: set[str] = set()

    @cached_property
    def regions(self) -> dict[str, Region]:
        """The bureau's region and all below it, by code, as they are now."""
        found: dict[str, Region] = {}
        edge = [self.bureau.region]
        while edge:
            found |= {region.code: region for region in edge}
            below = Region.objects.filter(parent__in=[region.pk for region in edge], valid_to=None)
            edge = [region for region in below if region.code not in found]
        return found

    @cached_property
    def of_region(self) -> dict[int, int]:
        """The uppermost unit at work in each region at or below the bureau."""
        rows = Unit.objects.filter(pk__in=self.below, closed_on=None)
        return {row.region_id: row.pk for row in sorted(rows, key=lambda row: (-row.depth, -row.pk))}

    @cached_property
    def instead(self) -> dict[int, int]:
        """For each closed unit at or below the bureau the one in force that has its work now."""
        rows = Unit.objects.filter(pk__in=self.below, closed_on__isnull=False)
        found = {row.pk: at_work(row) for row in rows.select_related("successor", "parent")}
        return {pk: to.pk for pk, to in found.items() if to is not None}

    def learn(self, codes: Iterable[str]) -> None:
        """Reads the firms of these credit codes that the bureau or a unit below is in charge of."""
        wanted = sorted(set(codes) - self._asked)
        self._asked.update(wanted)
        for at in range(0, len(wanted), PIECE):
            rows = Enterprise.objects.current().filter(
                uscc__in=wanted[at : at + PIECE], status=Enterprise.Status.EXISTING
            )
            for pk, code, unit, region, invented in rows.values_list("pk", "uscc", "unit", "region", "synthetic"):
                if unit is None and region in self.of_region:
                    unit = self.of_region[region]
                if unit in self.below:
                    self.firms[code] = Place(self.instead.get(unit, unit), region, pk, invented)

    def of(self, rule: Rule, key: str, about: About) -> Place | None:
        """The place of a subject; none where it is not the bureau's."""
        if rule.subject == "firm" or (rule.subject == "project" and about.uscc):
            return self.firms.get(about.uscc or key)
        code = about.region or about.county or (key if rule.subject == "county" else "")
        if code:
            region = self.regions.get(code)
            if region is None:
                return None
            unit = self.of_region.get(region.pk, self.bureau.pk)
            return Place(unit, region.pk, None, region.synthetic)
        return Place(self.bureau.pk, self.bureau.region_id, None, self.bureau.region.synthetic)
