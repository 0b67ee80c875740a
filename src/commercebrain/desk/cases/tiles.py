"""Cases by county, as tiles: a schema of places and no map, so that it may be shown and printed anywhere."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from commercebrain.desk.cases.models import Case
from commercebrain.desk.cases.views import OWN, Drawn
from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Region

#: Steps of the shade: how many open cases a tile needs for the next darker one.
STEPS = (1, 3, 6, 11)


class Tiles(Drawn):
    """A tile a county: how many cases are open there, how many of them late."""

    template_name = "cases/map.html"

    def drawn(self, request: HttpRequest, rows: QuerySet[Case]) -> dict[str, Any]:
        """The tiles by code of the county, grouped by the city above where several are in sight."""
        counted = {
            row["region"]: row
            for row in rows.order_by().values("region").annotate(
                open=Count("pk", filter=Q(state=Case.State.OPEN), distinct=True),
                late=Count("pk", filter=Q(state=Case.State.OPEN, late=True), distinct=True),
                nobody=Count("pk", filter=Q(state=Case.State.OPEN, officer=None), distinct=True),
                over=Count("pk", filter=~Q(state=Case.State.OPEN), distinct=True),
            )
        }  # fmt: skip
        places = Region.objects.filter(Q(pk__in=counted) | Q(parent__in=_cities(request.user), level="county"))
        kept = request.GET.copy()
        for name in (*OWN, "county"):
            kept.pop(name, None)
        groups: dict[Any, dict[str, Any]] = {}
        for place in places.select_related("parent").order_by("code").distinct():
            told = counted.get(place.pk, {"open": 0, "late": 0, "nobody": 0, "over": 0})
            above = place.parent if place.level == "county" else place
            group = groups.setdefault(above.pk if above else 0, {"name": above, "tiles": []})
            query = kept.copy()
            query["county"] = place.code
            group["tiles"].append(
                {
                    "place": place, "own": place.level != "county", **told, "url": f"{reverse('cases:cases')}?{query.urlencode()}",
                    "css": f"tile-{sum(told['open'] >= step for step in STEPS)}",
                }
            )  # fmt: skip
        return {"groups": list(groups.values())}


def _cities(person: Any) -> QuerySet[Any]:
    """The regions whose own bureau the reader sees: their counties without a case are shown too, since none is an answer.
    A county is not told that its sisters have none: it does not see theirs."""
    extent = extent_of(person, Right.SEE, today())
    units = Unit.objects.all() if extent.everything else Unit.objects.filter(pk__in=extent.units)
    return units.filter(region__level="city").order_by().values("region")


__all__ = ["Tiles"]
