"""Public registers through the API: regions, zones, townships, and the code lists with their concordances.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date
from typing import Any, Literal

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped, found
from commercebrain.desk.core.rest.shapes import Day, Names, RegionOut, Word, names_out, region_out
from commercebrain.desk.registry import queries
from commercebrain.desk.registry.models import Code, Region, Zone
from commercebrain.desk.registry.queries import codes as code_queries
from commercebrain.desk.registry.queries import zones as zone_queries
from commercebrain.desk.registry.queries.regions import origins as origins_of
from commercebrain.desk.registry.queries.regions import successions as successions_of

router = Router()
List = Literal["countries", "industries", "products", "trade_modes"]
LISTS = {
    "countries": Code.List.COUNTRY, "industries": Code.List.INDUSTRY, "products": Code.List.PRODUCT,
    "trade_modes": Code.List.TRADE_MODE,
}  # fmt: skip
Level = Literal["nation", "province", "city", "county"]


class PlaceOut(RegionOut):
    """A region with its place in the tree and the time during which its code held (both ends included)."""

    level: Level = Field(examples=["city"])
    parent: str | None = Field(description="code of the region above", examples=["330000"])
    valid_from: date | None
    valid_to: date | None
    synthetic: bool = Field(description="invented, for demonstration only")


class StepOut(Schema):
    """One step of a succession: on `day` the region `before`, or a part of it, became (a part of) `after`."""

    before: RegionOut
    after: RegionOut
    day: date = Field(examples=["2021-04-09"])
    kind: str = Field(description="merge, split, part or rename", examples=["merge"])
    source: str


class PlaceDetail(PlaceOut):
    """A region with what became of it and what it came from."""

    origins: list[StepOut]
    successions: list[StepOut]


class ZonePartOut(Schema):
    """Where a zone lies."""

    region: RegionOut
    township: str | None = Field(description="code of the township, where it is one")
    whole: bool = Field(description="the whole county or township, else a part of it")


class ZoneOut(Schema):
    """A zone or park: a place with figures of its own that lies across the map of counties."""

    code: str = Field(examples=["ningbo-etdz"])
    name: Names
    kind: str = Field(examples=["development"])
    region: RegionOut
    parent: str | None
    in_county_totals: bool = Field(description="whether the counties' figures hold the zone's already")
    parts: list[ZonePartOut]
    valid_from: date | None
    valid_to: date | None
    synthetic: bool
    source: str


class CodeOut(Schema):
    """One code of one edition of a code list."""

    code: str = Field(examples=["C13"])
    edition: str = Field(examples=["GB/T 4754-2017"])
    parent: str = Field(description="code one level up, empty at the top")
    level: str = Field(examples=["division"])
    name: Names
    remark: str
    more: dict[str, Any] = Field(description="what only this list has")
    source: str


class ConversionOut(Schema):
    """What a code of one edition is in another."""

    kind: Literal["same", "one", "merged", "split", "none", "not_loaded"] = Field(
        description="merged: others lead to the code too; split: figures cannot be carried over without a share"
    )
    codes: list[str] = Field(examples=[["851712"]])


def place_out(row: Region) -> dict[str, Any]:
    """A region."""
    keys = ("level", "valid_from", "valid_to", "synthetic")
    return {
        "code": row.code, "name": names_out(row), "parent": row.parent.code if row.parent else None,
        **{key: getattr(row, key) for key in keys},
    }  # fmt: skip


def step_out(row: Any) -> dict[str, Any]:
    """A step of a succession."""
    ends = {"before": region_out(row.before), "after": region_out(row.after)}
    return {**ends, "day": row.day, "kind": row.kind, "source": row.source}


def zone_out(row: Zone) -> dict[str, Any]:
    """A zone with its parts."""
    keys = ("code", "kind", "in_county_totals", "valid_from", "valid_to", "synthetic", "source")
    parts = [
        {
            "region": region_out(part.region),
            "township": part.township.code if part.township else None,
            "whole": part.whole,
        }
        for part in row.parts.all()
    ]
    return {
        "name": names_out(row), "region": region_out(row.region), "parent": row.parent.code if row.parent else None,
        "parts": parts, **{key: getattr(row, key) for key in keys},
    }  # fmt: skip


def code_out(row: Code) -> dict[str, Any]:
    """A code."""
    keys = ("code", "edition", "parent", "level", "remark", "more", "source")
    return {"name": names_out(row), **{key: getattr(row, key) for key in keys}}


@router.get("/regions", response={200: list[PlaceOut], **REFUSALS}, tags=["regions"], operation_id="list_regions")
@paginate(Paged)
def regions(
    request: HttpRequest,
    on: Day | None = Query(None, description="as the map was on that day; none: on the business date"),
    level: Level | None = None,
    parent: Word | None = Query(None, description="code of the region right above", examples=["330200"]),
    q: Word = Query("", description="part of a name or of the code"),
) -> Any:
    """The regions that exist on a day, by code."""
    rows = queries.regions(on).order_by("code")
    if level:
        rows = rows.filter(level=level)
    if parent:
        rows = rows.filter(parent__code=parent)
    if q:
        rows = rows.filter(Q(name_zh__icontains=q) | Q(name_en__icontains=q) | Q(code__startswith=q))
    return Shaped(rows, place_out)


@router.get("/regions/{region}", response={200: PlaceDetail, **REFUSALS}, tags=["regions"], operation_id="get_region")
def region(request: HttpRequest, region: str, on: Day | None = None) -> Any:
    """The region of a code as it stands on a day, else the last one that bore it, with its succession."""
    row = found(queries.region(region, on))
    origins = [step_out(step) for step in origins_of(row).select_related("after")]
    successions = [step_out(step) for step in successions_of(row).select_related("before")]
    return {**place_out(row), "origins": origins, "successions": successions}


@router.get("/zones", response={200: list[ZoneOut], **REFUSALS}, tags=["regions"], operation_id="list_zones")
@paginate(Paged)
def zones(request: HttpRequest, on: Day | None = None, kind: Word | None = None, region: Word | None = None) -> Any:
    """The zones and parks that exist on a day; `region` those that lie in it or in a part of it."""
    rows = zone_queries.zones(on).order_by("code")
    if kind:
        rows = rows.filter(kind=kind)
    if region:
        place = queries.region(region, on)
        rows = zone_queries.zones_of(place, on).order_by("code") if place is not None else rows.none()
    return Shaped(rows, zone_out)


@router.get("/zones/{slug:zone}", response={200: ZoneOut, **REFUSALS}, tags=["regions"], operation_id="get_zone")
def zone(request: HttpRequest, zone: str) -> Any:
    """One zone; one that no longer exists too."""
    rows = Zone.objects.select_related("region", "parent").prefetch_related("parts__region", "parts__township")
    return zone_out(found(rows.filter(code=zone).first()))


@router.get("/codes/{list}", response={200: list[CodeOut], **REFUSALS}, tags=["codes"], operation_id="list_codes")
@paginate(Paged)
def codes(
    request: HttpRequest,
    list: List,
    edition: Word | None = Query(None, description="none: the newest that is loaded"),
    parent: Word | None = None,
    level: Word | None = None,
    q: Word = Query("", description="part of a name, or the beginning of the code"),
) -> Any:
    """The codes of one list: countries, industries, products (HS) or trade modes."""
    kind = LISTS[list]
    editions = code_queries.editions(kind)
    rows = queries.codes_of(kind, edition or (editions[0] if editions else "")).order_by("edition", "code")
    wanted = {"parent": parent, "level": level}
    rows = rows.filter(**{key: value for key, value in wanted.items() if value is not None})
    if q:
        rows = rows.filter(Q(name_zh__icontains=q) | Q(name_en__icontains=q) | Q(code__startswith=q))
    return Shaped(rows, code_out)


@router.get(
    "/codes/{list}/convert", response={200: ConversionOut, **REFUSALS}, tags=["codes"], operation_id="convert_code"
)
def conversion(request: HttpRequest, list: List, code: Word, from_edition: Word, to_edition: Word) -> Any:
    """A code carried from one edition to another by the loaded concordance."""
    done = queries.convert(code, from_edition, to_edition, LISTS[list])
    return {"kind": done.kind, "codes": done.codes}
