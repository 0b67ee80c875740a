"""A person's own notices through the API: reading them, and saying that they were read.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.pagination import paginate
from pydantic import ConfigDict, Field

from commercebrain.desk.core.events import sentence
from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped, idempotent
from commercebrain.desk.core.rest.shapes import Asked, Id
from commercebrain.desk.notices import actions, queries
from commercebrain.desk.notices.models import Notice

router = Router(tags=["notices"])


class NoticeOut(Schema):
    """An event that you were told about."""

    id: int = Field(examples=[15])
    kind: str = Field(examples=["task_overdue"])
    event: int = Field(description="number of the event", examples=[4711])
    verb: str
    sentence: str = Field(description="what happened, in the reader's language")
    made_at: datetime
    read_at: datetime | None


class Seen(Asked):
    """Which notices were read."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"notices": [15, 16]}, {}]})
    notices: list[Id] | None = Field(None, max_length=500, description="none: all of them")


class SeenOut(Schema):
    """How many notices changed to read."""

    changed: int = Field(examples=[2])


def notice_out(row: Notice) -> dict[str, Any]:
    """A notice."""
    keys = ("kind", "made_at", "read_at")
    return {
        "id": row.pk, "event": row.event_id, "verb": row.event.verb, "sentence": sentence(row.event),
        **{key: getattr(row, key) for key in keys},
    }  # fmt: skip


@router.get("/notices", response={200: list[NoticeOut], **REFUSALS}, operation_id="list_notices")
@paginate(Paged)
def notices(request: HttpRequest, unread: bool = False) -> Any:
    """Your own notices, the newest first; with `unread` only those that you have not read."""
    rows = queries.notices_of(request.user)
    return Shaped(rows.filter(read_at=None) if unread else rows, notice_out)


@router.post("/notices/read", response={200: SeenOut, **REFUSALS}, operation_id="mark_notices_read")
@idempotent
def read_notices(request: HttpRequest, asked: Seen) -> Any:
    """Marks your notices as read; numbers of other people's notices change nothing."""
    return {"changed": actions.mark_read(request.user, asked.notices)}
