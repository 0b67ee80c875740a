"""Writes of lists through the API: begin a list, draft a version, put rows in and take them out, propose, decide.

Reads and writes of an address stand on one router: a second one would hide it.
Annotations are evaluated here (no postponed ones): ninja reads them where their names are unknown.
"""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema, Status
from pydantic import ConfigDict, Field, StringConstraints

from commercebrain.desk.core.rest import REFUSALS, found, idempotent
from commercebrain.desk.core.rest.shapes import CLEAN, Asked, Day, Flag, Id, Key, Line, Text, Version, Word
from commercebrain.desk.lists import actions, queries, rows
from commercebrain.desk.lists.api import ListOut, VersionOut, list_out, router, version_out
from commercebrain.desk.lists.kinds import kind as declared
from commercebrain.desk.lists.models import Book, ListVersion, Member
from commercebrain.desk.lists.reading import Known
from commercebrain.desk.people.queries import units_visible_to
from commercebrain.desk.registers.api_writes import Data
from commercebrain.desk.registers.lookups import DeskLookups

MOST = 5_000  # rows of one request; longer lists come as a file


class NewList(Asked):
    """A new list of a kind."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "tariff_list", "name_zh": "对美301清单三", "unit": 2, "nomenclature": "USHTS", "edition": "2018", "partner": "USA"}
            ]
        }
    )  # fmt: skip
    kind: Word
    name_zh: Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=CLEAN)]
    name_en: Line = ""
    unit: Id
    nomenclature: Word = ""
    edition: Word = ""
    partner: Word = ""
    note: Text = ""


class RowIn(Asked):
    """A row: `data` by field code, as `/list-kinds` tells the fields."""

    data: Data
    valid_from: Day | None = None
    valid_to: Day | None = None


class RowsIn(Asked):
    """Rows to put into a draft; a row whose key stands there already changes it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"rows": [{"data": {"code": "8471.30.01", "partner": "USA", "rate": 25}}]}]}
    )
    rows: Annotated[list[RowIn], Field(min_length=1, max_length=MOST)]
    replace: Flag = Field(False, description="what is not among them leaves the draft")


class LeftOut(Schema):
    """A row that could not be taken."""

    row: int = Field(description="its place in `rows`, the first being 0")
    code: str
    zh: str
    en: str


class WrittenOut(Schema):
    """What became of the rows; nothing of the others is lost for one that is left out."""

    added: int
    changed: int
    unchanged: int
    left_out: list[LeftOut]


class Taken(Asked):
    """Rows that leave the draft, by their keys, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"keys": ["84713001｜USA"], "reason": "已排除"}]})
    keys: Annotated[list[Line], Field(min_length=1, max_length=MOST)]
    reason: Annotated[str, StringConstraints(max_length=200, pattern=CLEAN)] = ""


class TakenOut(Schema):
    """How many rows left, and the keys that no row of the draft has."""

    removed: int
    unknown: list[str]


class Proposed(Asked):
    """A proposal, with what the kind needs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"document": "税委会公告2025年第4号", "effective_on": "2025-07-15", "version": 1}]
        }
    )
    document: Annotated[str, StringConstraints(max_length=200, pattern=CLEAN)] = ""
    issued_on: Day | None = None
    effective_on: Day | None = None
    reason: Annotated[str, StringConstraints(max_length=500, pattern=CLEAN)] = ""
    version: Version


class VersionDecided(Asked):
    """A decision; declining needs a sentence."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"approve": True, "decision": "同意", "version": 2}]})
    approve: Flag
    decision: Annotated[str, StringConstraints(max_length=500, pattern=CLEAN)] = ""
    version: Version


def _version(request: HttpRequest, pk: int) -> ListVersion:
    row: ListVersion = found(queries.version(request.user, pk))
    return row


def _told(row: ListVersion) -> dict[str, Any]:
    return version_out(ListVersion.objects.select_related("proposed_by", "decided_by").get(pk=row.pk))


@router.post("/lists", response={201: ListOut, **REFUSALS}, operation_id="create_list", by_alias=True)
@idempotent
def create_list(request: HttpRequest, asked: NewList) -> Any:
    """Begins a list, still empty."""
    unit = found(units_visible_to(request.user).filter(pk=asked.unit).first())
    given = asked.model_dump(exclude={"kind", "unit"})
    made = actions.create_book(found(declared(asked.kind)), request.user, unit, **given)
    return Status(201, list_out(queries.told(Book.objects.select_related("unit")).get(pk=made.pk)))


@router.post(
    "/lists/{int:list_id}/versions", response={201: VersionOut, **REFUSALS}, operation_id="draft_version", by_alias=True
)
@idempotent
def draft_version(request: HttpRequest, list_id: Key) -> Any:
    """Begins the next version from what the latest approved one holds."""
    return Status(201, _told(actions.draft(found(queries.book(request.user, list_id)), request.user)))


@router.post(
    "/list-versions/{int:version_id}/rows", response={200: WrittenOut, **REFUSALS}, operation_id="put_version_rows"
)
@idempotent
def put_version_rows(request: HttpRequest, version_id: Key, asked: RowsIn) -> Any:
    """Puts rows into a draft. Each one that cannot be taken is told by its place, and the others are written."""
    version = _version(request, version_id)
    days = iter([(row.valid_from, row.valid_to) for row in asked.rows])
    done = rows.fill(
        version, request.user, [row.data for row in asked.rows], replace=asked.replace,
        known=Known(DeskLookups(request.user)), days=lambda _row: next(days),
    )  # fmt: skip
    left = [{"row": place, "code": fault.code, "zh": fault.zh, "en": fault.en} for place, fault in done.refused]
    return {"added": done.added, "changed": done.changed, "unchanged": done.unchanged, "left_out": left}


@router.post(
    "/list-versions/{int:version_id}/rows/remove",
    response={200: TakenOut, **REFUSALS},
    operation_id="take_version_rows",
)
@idempotent
def take_version_rows(request: HttpRequest, version_id: Key, asked: Taken) -> Any:
    """Takes rows out of a draft."""
    version = _version(request, version_id)
    there: dict[str, Member] = rows.held_by_key(version, asked.keys)
    gone = rows.take_out(version, request.user, there.values(), asked.reason)
    return {"removed": gone, "unknown": [key for key in asked.keys if key not in there]}


@router.post(
    "/list-versions/{int:version_id}/propose", response={200: VersionOut, **REFUSALS}, operation_id="propose_version",
    by_alias=True,
)  # fmt: skip
@idempotent
def propose_version(request: HttpRequest, version_id: Key, asked: Proposed) -> Any:
    """Puts a draft before another person for approval."""
    given = asked.model_dump(exclude={"version"})
    return _told(actions.propose(_version(request, version_id), request.user, seen=asked.version, **given))


@router.post(
    "/list-versions/{int:version_id}/decide", response={200: VersionOut, **REFUSALS}, operation_id="decide_version",
    by_alias=True,
)  # fmt: skip
@idempotent
def decide_version(request: HttpRequest, version_id: Key, asked: VersionDecided) -> Any:
    """Approves or declines a proposal of somebody else."""
    version = _version(request, version_id)
    return _told(
        actions.decide(version, request.user, approve=asked.approve, decision=asked.decision, seen=asked.version)
    )
