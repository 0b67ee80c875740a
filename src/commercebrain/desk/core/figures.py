"""How the desk reaches figures: the lake of this installation, and what a person may see of it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.memo import once
from commercebrain.desk.people.models import Person, Right
from commercebrain.desk.people.scopes import Extent, cleared_extent, extent_of
from commercebrain.desk.registry.models import Region
from commercebrain.engine.clock import known_by
from commercebrain.engine.indicators import ALL, Reach, Snapshot
from commercebrain.engine.indicators.reach import Everything
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.lake import Lake

Version = tuple[tuple[str, int], ...]


def lake() -> Lake:
    """The lake of this installation (``CBRAIN_LAKE``); no file is opened before something is asked."""
    return Lake(Path(settings.LAKE_ROOT))


def lake_version() -> Version:
    """What the lake holds now, as a key: it changes with every intake."""
    return tuple(sorted(lake().versions().items()))


@lru_cache(maxsize=6)
def _snapshot(root: str, version: Version, as_of: date) -> Snapshot:
    return Snapshot(Lake(Path(root)), as_of)


def store(as_of: date | None = None) -> Snapshot:
    """The observations known on ``as_of`` (default: the business date), read once per state of the lake."""
    return _snapshot(str(settings.LAKE_ROOT), lake_version(), as_of or today())


def sources(as_of: date | None = None) -> Sources:
    """Observations and records of this installation, as :func:`engine.indicators.tables.table` reads them."""
    return Sources(store(as_of), Path(settings.LAKE_ROOT))


def reach_for(person: Person | AnonymousUser) -> Reach:
    """What ``person`` may see of the figures, from the memberships and delegations in force.

    Public figures are seen everywhere by whoever may see anything at all; internal ones of the regions that the scope
    reaches, of all below them, and of the regions beside them under the same parent (a county sees its rank among its
    sisters); confidential ones of the regions of a role with clearance, and below. A stranger sees nothing; a firm's
    user sees what is public.
    """
    extent = extent_of(person, Right.SEE, today())
    if extent.empty:
        return Reach(frozenset(), "public")
    return once(("reach", extent.person_id, today()), lambda: _reach(extent, cleared_extent(person, today())))


def _reach(extent: Extent, cleared: Extent) -> Reach:
    own = regions_of(extent)
    return Reach.by_classification(
        public=ALL, internal=own if own is ALL else own | _beside(extent), confidential=regions_of(cleared)
    )


def cleared_regions(person: Person | AnonymousUser) -> frozenset[str] | Literal[Everything.ALL]:
    """The codes of the regions of whose firms a person may read confidential figures: those of a role with clearance, and
    below; asked once a reading request."""
    key = ("cleared regions", person.pk, today())
    return once(key, lambda: regions_of(cleared_extent(person, today())))


def regions_of(extent: Extent) -> frozenset[str] | Literal[Everything.ALL]:
    """The codes of the regions in which the units of an extent stand, and of all regions below them."""
    if extent.everything:
        return ALL
    codes: set[str] = set()
    edge = list(Region.objects.filter(units__in=extent.units).values_list("pk", "code").distinct())
    while edge:
        codes |= {code for _pk, code in edge}
        below = Region.objects.filter(parent__in=[pk for pk, _code in edge]).order_by()
        edge = [(pk, code) for pk, code in below.values_list("pk", "code") if code not in codes]
    return frozenset(codes)


def _beside(extent: Extent) -> frozenset[str]:
    """The sisters of the regions in which the units stand: those under the same parent."""
    parents = Region.objects.filter(units__in=extent.units, parent__isnull=False).order_by().values("parent")
    return frozenset(Region.objects.filter(parent__in=parents).order_by().values_list("code", flat=True))


def day_of(as_of: date | None) -> date:
    """The day whose knowledge is asked for. Raises :class:`UserError` for one that is not here yet."""
    return known_by(as_of, today())
