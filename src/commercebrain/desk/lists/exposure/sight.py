"""Who may see what of an exposure: which counties' sums, which firms by name.

Sums are told of counties whose internal figures are within reach. Single firms by customs lines are for whoever is cleared
for the county and has the firm in scope; a unit sees of its own firms what they report to it; a firm's user sees that
firm alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, regions_of
from commercebrain.desk.lists.queries import firm_alone
from commercebrain.desk.people.models import Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.indicators import ALL, Reach
from commercebrain.engine.indicators.reach import Regions


@dataclass(frozen=True)
class Sight:
    """How far a person's sight goes.

    ``sums``: as the engine reads lines for sums (none: no sums are told). ``cleared``: as it reads lines of single firms.
    ``scope``: the regions in which the person's unit reads firms' own reports. ``own``: the firm's user's own firms.
    """

    person: Any
    sums: Reach | None
    cleared: Reach | None
    scope: Reach | None
    own: frozenset[int]

    @property
    def nothing(self) -> bool:
        """Whether nothing at all can be told."""
        return self.sums is None and self.scope is None and not self.own

    @property
    def whole(self) -> bool:
        """Whether sums need no protection: every county that is summed is one the person is cleared for."""
        if self.sums is None or self.cleared is None:
            return False
        mine, all_ = self.cleared.regions, self.sums.regions
        return mine is ALL or (all_ is not ALL and all_ <= mine)


def sight_of(person: Any) -> Sight:
    """The sight of a person today."""
    extent = extent_of(person, Right.SEE, today())
    if extent.empty:
        return Sight(person, None, None, None, frozenset())
    if firm_alone(extent):
        return Sight(person, None, None, None, extent.firms)
    reach = reach_for(person)
    internal = _with_classification(reach, "internal")
    cleared = _with_classification(reach, "confidential")
    scope = regions_of(extent)
    return Sight(person, _as_reach(internal), _as_reach(cleared), _as_reach(scope), extent.firms)


def _with_classification(reach: Reach, wanted: str) -> Regions:
    """The regions whose figures of a classification are within reach."""
    held: list[Regions] = []
    if reach.classification == "confidential" or (wanted == "internal" and reach.classification == "internal"):
        held.append(reach.regions)
    if wanted == "internal":
        held.append(reach.internal)
    if any(one is ALL for one in held):
        return ALL
    return frozenset().union(*(one for one in held if one is not ALL))


def _as_reach(regions: Regions) -> Reach | None:
    return Reach(regions, "confidential") if regions is ALL or regions else None


def codes_in_sight(person: Any) -> frozenset[str]:
    """The credit codes of the firms that a person may read."""
    return frozenset(Enterprise.objects.visible_to(person).order_by().values_list("uscc", flat=True))


def places() -> dict[str, tuple[str, str]]:
    """Where each firm stands: credit code → (county, township), one query."""
    rows = Enterprise.objects.current().order_by().values_list("uscc", "region__code", "township__code")
    return {code: (county, township or "") for code, county, township in rows}


def region_names(codes: Any) -> dict[str, Region]:
    """Regions of today by code."""
    return {one.code: one for one in Region.objects.valid_on(today()).filter(code__in=set(codes))}
