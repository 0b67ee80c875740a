"""Lists through the API: kinds, lists, versions, rows by key, the difference of two versions, feeds.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.rest import REFUSALS, Feed, FeedIn, FeedOut, Paged, Shaped, found
from commercebrain.desk.core.rest.shapes import (
    Day,
    Key,
    Names,
    PersonRef,
    UnitRef,
    Word,
    names_out,
    person_ref,
    unit_ref,
)
from commercebrain.desk.lists import differences, queries
from commercebrain.desk.lists.kinds import kind as declared
from commercebrain.desk.lists.kinds import kinds
from commercebrain.desk.lists.models import Book, ListVersion, Member
from commercebrain.desk.people.models import Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registers.api import FieldOut, fields_out, value_out
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.engine.lists.kinds import ListKind
from commercebrain.engine.registers import masked, plain

router = Router(tags=["lists"])


class KindOut(Schema):
    """A declared kind of list."""

    code: str
    name: Names
    definition: Names
    subject: str = Field(description="product, firm, country, project or place")
    members: str = Field(description="rows; register: kept there; condition: built from it, approved by a person")
    kept_in: str | None = Field(serialization_alias="register", description="the register that keeps the rows")
    condition: str | None
    chase: bool = Field(description="its firms are chased for reports")
    public: bool
    needs: list[str] = Field(description="what a version must say: document, issued, date, reason")
    counts: list[str] = Field(description="indicators and figures that count it")
    lists: int = Field(description="in your sight")
    fields: list[FieldOut]


class ListOut(Schema):
    """A list; `number`, `since` and `rows` are of the version in force today, none before the first."""

    id: int
    kind: str
    name: Names
    unit: UnitRef
    classification: str
    nomenclature: str
    edition: str
    partner: str
    note: str
    synthetic: bool
    closed_on: date | None
    number: int | None
    since: date | None
    rows: int | None
    version: int
    updated_at: datetime


class VersionOut(Schema):
    """A version of a list with its decision."""

    id: int
    list_id: int = Field(serialization_alias="list")
    number: int
    state: str = Field(description="draft, proposed, approved or declined")
    document: str
    issued_on: date | None
    effective_on: date | None
    reason: str
    basis: str
    rows_in: int
    rows_out: int
    proposed_by: PersonRef | None
    decided_by: PersonRef | None
    decision: str
    version: int
    updated_at: datetime


class RowOut(Schema):
    """A row: `data` by field code; `added` and `removed` are the numbers of the versions of its entry and exit."""

    id: int
    key: str
    title: str
    code: str
    enterprise: str | None = Field(description="credit code")
    data: dict[str, Any]
    valid_from: date | None
    valid_to: date | None
    added: int
    removed: int | None
    exit_reason: str


class RowsOut(Schema):
    """A piece of the rows of a version."""

    items: list[RowOut]
    next: int | None = Field(description="ask with this as `after` for the next piece; none after the last")


class DifferingOut(Schema):
    """A row that differs."""

    what: str = Field(description="in, out or changed")
    key: str
    title: str
    changed: str = Field(description="old → new values, in words")
    newly_covered: bool | None = Field(description="of products: whether it brings something under the list anew")


class DifferenceOut(Schema):
    """What one version has that another has not."""

    version: int
    to: int | None
    rows: list[DifferingOut]


def kind_out(one: ListKind, lists: int) -> dict[str, Any]:
    """A kind as the API tells it."""
    return {
        "code": one.code, "name": one.name.model_dump(), "definition": one.definition.model_dump(),
        "subject": one.subject, "members": one.members, "kept_in": one.register, "condition": one.condition,
        "chase": one.chase, "public": one.public, "needs": list(one.entry.needs), "counts": list(one.counts),
        "lists": lists, "fields": fields_out(one),
    }  # fmt: skip


def list_out(book: Any) -> dict[str, Any]:
    """A list as the API tells it."""
    return {
        "id": book.pk, "kind": book.kind, "name": names_out(book), "unit": unit_ref(book.unit),
        "classification": book.classification, "nomenclature": book.nomenclature, "edition": book.edition,
        "partner": book.partner, "note": book.note, "synthetic": book.synthetic, "closed_on": book.closed_on,
        "number": book.number, "since": book.since, "rows": book.size, "version": book.version,
        "updated_at": book.updated_at,
    }  # fmt: skip


def version_out(row: ListVersion) -> dict[str, Any]:
    """A version as the API tells it."""
    told = ("number", "state", "document", "issued_on", "effective_on", "reason", "basis", "rows_in", "rows_out",
            "decision", "version", "updated_at")  # fmt: skip
    return {
        "id": row.pk, "list_id": row.book_id, **{name: getattr(row, name) for name in told},
        "proposed_by": person_ref(row.proposed_by), "decided_by": person_ref(row.decided_by),
    }  # fmt: skip


def row_out(kind: ListKind | None, row: Member) -> dict[str, Any]:
    """A row as the API tells it; personal values are masked."""
    data = {
        one.code: masked(one, row.data.get(one.code)) if one.personal else value_out(plain(one, row.data.get(one.code)))
        for one in (kind.fields if kind else ())
    }
    return {
        "id": row.pk, "key": row.key, "title": row.title, "code": row.code,
        "enterprise": row.enterprise.uscc if row.enterprise else None, "data": data, "valid_from": row.valid_from,
        "valid_to": row.valid_to, "added": row.added, "removed": row.removed, "exit_reason": row.exit_reason,
    }  # fmt: skip


@router.get("/list-kinds", response={200: list[KindOut], **REFUSALS}, operation_id="list_kinds", by_alias=True)
@paginate(Paged)
def list_kinds(request: HttpRequest) -> Any:
    """The declared kinds of lists with their fields."""
    counted = queries.counts(request.user)
    alone = queries.firm_alone(extent_of(request.user, Right.SEE, today()))
    return [
        kind_out(one, counted.get(code, 0)) for code, one in kinds().items() if not (alone and one.subject == "firm")
    ]


@router.get("/lists", response={200: list[ListOut], **REFUSALS}, operation_id="lists", by_alias=True)
@paginate(Paged)
def lists(
    request: HttpRequest,
    kind: Word = Query("", description="code of a kind"),
    q: Word = Query("", description="part of a name"),
) -> Any:
    """The lists in your sight."""
    rows = queries.told(queries.books(request.user)).order_by("kind", "name_zh", "pk")
    if kind:
        rows = rows.filter(kind=kind)
    if q:
        rows = rows.filter(Q(name_zh__icontains=q) | Q(name_en__icontains=q))
    return Shaped(rows, list_out)


@router.get("/lists/{int:list_id}", response={200: ListOut, **REFUSALS}, operation_id="get_list", by_alias=True)
def get_list(request: HttpRequest, list_id: Key) -> Any:
    """One list."""
    return list_out(found(queries.told(queries.books(request.user)).filter(pk=list_id).first()))


@router.get(
    "/lists/{int:list_id}/versions", response={200: list[VersionOut], **REFUSALS}, operation_id="list_versions",
    by_alias=True,
)  # fmt: skip
@paginate(Paged)
def list_versions(request: HttpRequest, list_id: Key) -> Any:
    """Its versions in your sight, the newest first: approved ones, and of lists that your units keep all."""
    book = found(queries.book(request.user, list_id))
    return Shaped(queries.seen_versions(request.user, book), version_out)


@router.get("/lists/{int:list_id}/rows", response={200: RowsOut, **REFUSALS}, operation_id="list_rows")
def list_rows(
    request: HttpRequest,
    list_id: Key,
    on: Day | None = Query(None, description="what stood on the list that day; default: today"),
    after: int = Query(0, ge=0, le=2**63 - 1, description="`next` of the last piece"),
    limit: int = Query(500, ge=1, le=2000),
) -> Any:
    """The rows of the version in force on a day, by key."""
    book = found(queries.book(request.user, list_id))
    version = queries.in_force(book, on)
    return piece(book, queries.version_rows(version) if version else Member.objects.none(), after, limit)


def piece(book: Book, rows: Any, after: int, limit: int) -> dict[str, Any]:
    """Rows after a key; each piece costs the same however deep it lies."""
    kind = declared(book.kind)
    told = list(rows.filter(pk__gt=after).order_by("pk").select_related("enterprise")[: limit + 1])
    more = len(told) > limit
    return {"items": [row_out(kind, row) for row in told[:limit]], "next": told[limit - 1].pk if more else None}


@router.get(
    "/list-versions/{int:version_id}", response={200: VersionOut, **REFUSALS}, operation_id="get_list_version",
    by_alias=True,
)  # fmt: skip
def get_list_version(request: HttpRequest, version_id: Key) -> Any:
    """One version."""
    return version_out(found(queries.version(request.user, version_id)))


@router.get("/list-versions/{int:version_id}/rows", response={200: RowsOut, **REFUSALS}, operation_id="version_rows")
def version_rows(
    request: HttpRequest,
    version_id: Key,
    after: int = Query(0, ge=0, le=2**63 - 1, description="`next` of the last piece"),
    limit: int = Query(500, ge=1, le=2000),
) -> Any:
    """The rows that a version holds, by key."""
    version = found(queries.version(request.user, version_id))
    return piece(version.book, queries.version_rows(version), after, limit)


@router.get(
    "/list-versions/{int:version_id}/difference", response={200: DifferenceOut, **REFUSALS},
    operation_id="version_difference",
)  # fmt: skip
def version_difference(
    request: HttpRequest,
    version_id: Key,
    to: int | None = Query(
        None, ge=1, le=2**63 - 1, description="the version to compare with; default: the one before"
    ),
) -> Any:
    """What a version has that another has not: rows in, out and changed."""
    version = found(queries.version(request.user, version_id))
    other = queries.before(version)
    if to is not None:
        other = found(queries.seen_versions(request.user, version.book).filter(pk=to).first())
    kind, known = declared(version.book.kind), DeskLookups(request.user)
    rows = [] if queries.let_go(version) else differences.rows_between(other, version, kind, known)
    told = [
        {
            "what": row.what, "key": row.key, "title": row.title, "changed": row.told,
            "newly_covered": row.newly if row.product and row.what == "in" else None,
        }
        for row in rows
    ]  # fmt: skip
    return {"version": version.pk, "to": other.pk if other else None, "rows": told}


@router.get("/feed/lists", response={200: FeedOut[ListOut], **REFUSALS}, operation_id="feed_lists", by_alias=True)
def feed_lists(request: HttpRequest, asked: Query[FeedIn]) -> Any:
    """The lists in your sight in the order of their last change."""
    return Feed(queries.told(queries.books(request.user)), "updated_at", list_out).piece(asked)


@router.get(
    "/feed/list-versions",
    response={200: FeedOut[VersionOut], **REFUSALS},
    operation_id="feed_list_versions",
    by_alias=True,
)
def feed_list_versions(request: HttpRequest, asked: Query[FeedIn]) -> Any:
    """The versions in your sight in the order of their last change: drafted, proposed, approved, declined."""
    return Feed(queries.versions(request.user), "updated_at", version_out).piece(asked)
