"""Enterprises through the API: finding and reading them, their history, and requests to change register facts.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from commercebrain.desk.core.events import history_of, record_read, sentence
from commercebrain.desk.core.rest import REFUSALS, Feed, FeedIn, FeedOut, Paged, Shaped, found
from commercebrain.desk.core.rest.listing import narrowed
from commercebrain.desk.core.rest.shapes import (
    Key,
    PersonRef,
    RegionOut,
    UnitRef,
    Word,
    person_ref,
    region_out,
    unit_ref,
)
from commercebrain.desk.registry import queries
from commercebrain.desk.registry.models import Enterprise, EnterpriseChange
from commercebrain.desk.registry.queries import enterprises as reads
from commercebrain.desk.registry.views.enterprises import Changes, Enterprises

router = Router(tags=["enterprises"])
SUBJECT = "registry.enterprise"


class FirmOut(Schema):
    """An enterprise. `uscc` to `industry` come from the market-supervision register, the rest is the bureau's own."""

    id: int = Field(examples=[31])
    uscc: str = Field(description="unified social credit code, 18 characters", examples=["91990100MA0000000D"])
    name_zh: str = Field(examples=["示例一号公司"])
    name_en: str = Field(description="empty where there is none", examples=["Sample Company One"])
    status: str = Field(description="existing, revoked, closed or moved", examples=["existing"])
    established_on: date | None
    closed_on: date | None
    address: str
    industry: str = Field(description="GB/T 4754", examples=["5132"])
    region: RegionOut
    township: str | None = Field(description="code of the township")
    size: str = Field(description="large, medium, small, micro, or empty", examples=["small"])
    tags: list[str]
    unit: UnitRef | None = Field(description="the county bureau in charge")
    synthetic: bool = Field(description="invented, for demonstration only")
    merged_into: int | None = Field(description="the row that this one was merged into; only feeds tell of such rows")
    version: int = Field(description="send it along with a change", examples=[1])
    updated_at: datetime


class OtherName(Schema):
    """Another name of a firm."""

    kind: str = Field(description="former, short, english or brand", examples=["former"])
    name: str
    valid_from: date | None
    valid_to: date | None


class MarkOut(Schema):
    """A mark that a list gives a firm."""

    code: str = Field(examples=["above_scale"])
    source: str
    starts: date | None
    ends: date | None


class FirmDetail(FirmOut):
    """An enterprise with its other names, the marks of lists, and who in the bureau looks after it.

    Contacts are personal data: they are read on the page, on giving a reason.
    """

    names: list[OtherName]
    flags: list[MarkOut]
    officers: list[PersonRef]


class HappenedOut(Schema):
    """Something that happened to a thing."""

    id: int
    at: datetime
    business_date: date
    verb: str = Field(examples=["enterprise.edited"])
    sentence: str = Field(description="what happened, in the reader's language")
    person: PersonRef | None = Field(description="none: the system itself")
    data: dict[str, Any]


class ChangeOut(Schema):
    """A request to change register facts; `changes` maps a fact to its old and its new value."""

    id: int = Field(examples=[5])
    enterprise: int = Field(examples=[31])
    changes: dict[str, list[Any]] = Field(examples=[{"address": ["", "甬江大道1号"]}])
    reason: str = Field(examples=["迁址"])
    state: str = Field(description="open, approved, rejected or withdrawn", examples=["open"])
    asked_by: PersonRef | None
    asked_on: date
    decided_by: PersonRef | None
    decided_on: date | None
    decision_note: str
    version: int


def firm_out(row: Enterprise) -> dict[str, Any]:
    """An enterprise."""
    keys = (
        "uscc", "name_zh", "name_en", "status", "established_on", "closed_on", "address", "industry", "size", "tags",
        "synthetic", "version", "updated_at",
    )  # fmt: skip
    return {
        "id": row.pk, "region": region_out(row.region), "unit": unit_ref(row.unit), "merged_into": row.merged_into_id,
        "township": row.township.code if row.township else None, **{key: getattr(row, key) for key in keys},
    }  # fmt: skip


def happened_out(row: Any) -> dict[str, Any]:
    """An event as history tells it."""
    keys = ("at", "business_date", "verb", "data")
    return {
        "id": row.pk, "sentence": sentence(row), "person": person_ref(row.person),
        **{key: getattr(row, key) for key in keys},
    }  # fmt: skip


def change_out(row: EnterpriseChange) -> dict[str, Any]:
    """A change request."""
    keys = ("changes", "reason", "state", "asked_on", "decided_on", "decision_note", "version")
    return {
        "id": row.pk, "enterprise": row.enterprise_id, "asked_by": person_ref(row.asked_by),
        "decided_by": person_ref(row.decided_by), **{key: getattr(row, key) for key in keys},
    }  # fmt: skip


def seen(request: HttpRequest, pk: int) -> Enterprise:
    """The firm in sight, or 404."""
    row: Enterprise = found(queries.enterprises_visible_to(request.user).filter(pk=pk).first())
    return row


class _Read(Shaped):
    """Rows of firms; that a page of them was read is kept in the event log, once for a look."""

    def __init__(self, rows: Any, person: Any) -> None:
        super().__init__(rows, firm_out)
        self.person = person

    def told(self, rows: list[Any]) -> None:
        """Keeps that they were read."""
        if rows:
            record_read(SUBJECT, self.person, ("企业", "enterprises"), len(rows))


@router.get("/enterprises", response={200: list[FirmOut], **REFUSALS}, operation_id="list_enterprises")
@paginate(Paged)
def enterprises(
    request: HttpRequest,
    q: Word = Query("", description="part of a name or former name, credit code, pinyin initials"),
    region: Word = Query("", description="county or city, with all below", examples=["330203"]),
    status: Word = Query("", description="existing, revoked, closed, moved; may be given several times"),
    size: Word = Query("", description="large, medium, small, micro; may be given several times"),
    section: Word = Query("", description="section of GB/T 4754, A to T"),
    unit: Word = Query("", description="number of the unit in charge, with all below"),
    established_from: Word = Query("", description="a day", examples=["2020-01-01"]),
    established_to: Word = Query("", description="a day"),
    flag: Word = Query("", description="code of a list's mark"),
    sort: Word = Query("", description="name, uscc, region, industry, established …; “-” before: descending"),
) -> Any:
    """The enterprises in your sight, narrowed as on their page."""
    return _Read(narrowed(Enterprises, request), request.user)


@router.get("/enterprises/changes", response={200: list[ChangeOut], **REFUSALS}, operation_id="list_enterprise_changes")
@paginate(Paged)
def enterprise_changes(
    request: HttpRequest,
    state: Word = Query("", description="open, approved, rejected, withdrawn; may be given several times"),
    q: Word = Query("", description="part of the firm's name or credit code"),
) -> Any:
    """Requests to change register facts of the firms in your sight, newest first."""
    return Shaped(narrowed(Changes, request), change_out)


@router.get(
    "/enterprises/changes/{int:change}", response={200: ChangeOut, **REFUSALS}, operation_id="get_enterprise_change"
)
def enterprise_change(request: HttpRequest, change: int) -> Any:
    """One change request."""
    return change_out(found(queries.change_requests_visible_to(request.user).filter(pk=change).first()))


@router.get("/enterprises/{int:enterprise}", response={200: FirmDetail, **REFUSALS}, operation_id="get_enterprise")
def enterprise(request: HttpRequest, enterprise: int) -> Any:
    """One enterprise. That you read it is kept in the event log."""
    row = seen(request, enterprise)
    record_read(row, request.user, (row.name_zh, row.name_en or row.name_zh), unit=row.unit)
    names = row.names.all()
    return {
        **firm_out(row),
        "names": [{key: getattr(n, key) for key in ("kind", "name", "valid_from", "valid_to")} for n in names],
        "flags": [{key: getattr(f, key) for key in ("code", "source", "starts", "ends")} for f in reads.flags(row)],
        "officers": [person_ref(one.person) for one in reads.officers(row)],
    }


@router.get(
    "/enterprises/{int:enterprise}/history", response={200: list[HappenedOut], **REFUSALS},
    operation_id="list_enterprise_history",
)  # fmt: skip
@paginate(Paged)
def enterprise_history(request: HttpRequest, enterprise: int) -> Any:
    """All that happened to one enterprise, the newest first."""
    return Shaped(history_of(seen(request, enterprise)), happened_out)


@router.get("/feed/enterprises", response={200: FeedOut[FirmOut], **REFUSALS}, operation_id="feed_enterprises")
def feed_enterprises(
    request: HttpRequest,
    asked: Query[FeedIn],
    unit: Key | None = Query(None, description="of one unit in charge only"),
) -> Any:
    """The enterprises in your sight in the order of their last change, rows that were merged away included."""
    rows = Enterprise.objects.visible_to(request.user).select_related("region", "unit", "township")
    if unit is not None:
        rows = rows.filter(unit_id=unit)
    piece = Feed(rows, "updated_at", firm_out).piece(asked)
    if piece["items"]:
        record_read(SUBJECT, request.user, ("企业", "enterprises"), len(piece["items"]))
    return piece
