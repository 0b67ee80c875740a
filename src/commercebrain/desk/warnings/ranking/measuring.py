"""What each county did in a period, item by item: the figure from the catalogue, the events behind it from the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, QuerySet

from commercebrain.desk.cases.comparing import help_of
from commercebrain.desk.cases.models import Case, FollowUp
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import sources
from commercebrain.desk.forms.models import Report, Round
from commercebrain.desk.people.models import Unit
from commercebrain.desk.registry.models import Region
from commercebrain.engine.cases.ranking import Measured, RankingOf
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import ALL, Reach
from commercebrain.engine.indicators.counting import counted
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.periods import Period

SYSTEM = Reach(ALL, "confidential")
#: Numbers of events that a ranking keeps by name for each county and item; the rest is counted.
MOST = 200


@dataclass(frozen=True)
class Found:
    """What was measured of all counties: by county and item, the names of counties, whether any of it is invented, and what
    help came to over all of them, in one sentence."""

    rows: Mapping[str, Mapping[str, Measured]]
    names: Mapping[str, tuple[str, str]]
    synthetic: bool
    helped: Words | None = None


def counties(bureau: Unit) -> list[Region]:
    """The counties below the bureau's region that hold today."""
    return list(Region.objects.valid_on(today()).filter(parent=bureau.region, level="county").order_by("code"))


def measure(declaration: RankingOf, bureau: Unit, period: Period) -> Found:
    """Measures every item of a declaration for every county of a bureau in a period, as known today."""
    places = counties(bureau)
    rows: dict[str, dict[str, Measured]] = {one.code: {} for one in places}
    for item in declaration.items:
        values = figures(item.figure, bureau.region.code, period)
        under = denominator(item.figure)
        counted_ = figures(under, bureau.region.code, period)
        beside = figures(item.beside, bureau.region.code, period) if item.beside else {}
        named = names_of(under, bureau, period, rows)
        for one in places:
            many = int(counted_.get(one.code) or 0)
            which = tuple(named.get(one.code, [])[:MOST]) if many else ()
            rows[one.code][item.code] = Measured(values.get(one.code), many, which, beside.get(one.code))
    names = {one.code: (one.name_zh, one.name_en) for one in places}
    return Found(
        rows,
        names,
        bureau.region.synthetic,
        help_of(_answered(bureau, period, rows).values_list("pk", flat=True)).words,
    )


def figures(code: str, region: str, period: Period) -> dict[str, Decimal]:
    """A figure by county in a period: as it is where its records are there, nothing where they are not."""
    try:
        found = table(sources(), catalogue(), Request(code, region, period, period, by=("county",)), reach=SYSTEM)
    except UserError:
        return {}
    places = found.decimals
    return {
        str(row["county"]): round(Decimal(str(row["value"])), max(places, 0))
        for row in found.rows()
        if row["value"] is not None
    }


def denominator(code: str) -> str:
    """What a rate is a share of: the count of its events; of any other figure the figure itself."""
    formula = catalogue().indicator(code).formula or ""
    under = formula.rpartition("/")[2].strip()
    return under if under in catalogue().indicators else code


def names_of(code: str, bureau: Unit, period: Period, counties_: Iterable[str]) -> dict[str, list[str]]:
    """The events that a count is made of, by county and by name: the periods of the reports that were due, each with how
    many firms were asked, or the numbers of the cases that were opened; one that was withdrawn counts nowhere."""
    first, last = span(period)
    what = counted(catalogue(), catalogue().indicator(code))
    found: dict[str, list[str]] = defaultdict(list)
    if what is None:
        return found
    if what.dataset.code == "filing_status":
        begin = datetime.combine(first, time(), BEIJING)
        end = datetime.combine(last + timedelta(days=1), time(), BEIJING)
        rounds = Round.objects.filter(unit=bureau, due_at__gte=begin, due_at__lt=end)
        asked = Report.objects.filter(round__in=rounds, county__code__in=counties_).exclude(state=Report.State.EXCUSED)
        told = asked.order_by().values("county__code", "round__period").annotate(many=Count("pk"))
        for row in told.order_by("round__period"):
            found[row["county__code"]].append(f"{row['round__period']} ×{row['many']}")
    elif what.dataset.code == "response_status":
        cases = _answered(bureau, period, counties_)
        if code == "response_followed":
            cases = cases.filter(Exists(FollowUp.objects.filter(case=OuterRef("pk")).exclude(result="")))
        elif code == "response_acted":
            cases = cases.filter(values__has_key="measure_done")
        for county, number in cases.order_by("opened_on", "pk").values_list("region__code", "number"):
            found[county].append(number)
    return found


def _answered(bureau: Unit, period: Period, counties_: Iterable[str]) -> QuerySet[Case]:
    """The responses to warnings that these counties opened in a period, but those that were withdrawn."""
    cases = Case.objects.filter(template="warning_response", unit__path__startswith=bureau.path)
    cases = cases.filter(region__code__in=counties_, opened_on__range=span(period))
    return cases.exclude(state=Case.State.WITHDRAWN)


def span(period: Period) -> tuple[date, date]:
    """The first and the last day of a period."""
    first, last = period.first, period.last
    after = date(last[0] + last[1] // 12, last[1] % 12 + 1, 1)
    return date(first[0], first[1], 1), after - timedelta(days=1)
