"""Long work and what happened, through the API: jobs, the feed of events, saved views.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from ninja.pagination import paginate
from pydantic import ConfigDict, Field

from commercebrain.desk.core import jobs as engine
from commercebrain.desk.core import queries, saved_views
from commercebrain.desk.core.events import sentence
from commercebrain.desk.core.job_views import why
from commercebrain.desk.core.jobs.declaring import BEGINNERS
from commercebrain.desk.core.models import Event, Job
from commercebrain.desk.core.rest import REFUSALS, Feed, FeedIn, FeedOut, Paged, Shaped, found, idempotent
from commercebrain.desk.core.rest.shapes import (
    Asked,
    Id,
    Key,
    Names,
    PersonRef,
    UnitRef,
    Word,
    person_ref,
    unit_ref,
)
from commercebrain.engine.errors import UserError

router = Router()
State = Literal["queued", "running", "done", "failed", "cancelled"]


class LineOut(Schema):
    """A line of a job's log."""

    at: datetime
    text: Names = Field(examples=[{"zh": "第3页没有文字", "en": "Page 3 holds no text"}])


class JobOut(Schema):
    """A piece of long work."""

    id: int = Field(examples=[12])
    kind: str = Field(examples=["audits.run"])
    name: Names = Field(examples=[{"zh": "核对规划中的数字", "en": "Check the arithmetic of the plans"}])
    state: State
    percent: int | None = Field(description="0 to 100; none while the amount of work is unknown", examples=[40])
    step: Names = Field(description="what it is doing")
    waits_for: str = Field(description="why it does not move, in the reader's language; empty when it does")
    person: PersonRef | None
    attempt: int = Field(description="how often it was begun", examples=[1])
    cancel_asked: bool
    result: Any = Field(description="of a finished job; of a failed one the fault with code, zh and en")
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class JobDetail(JobOut):
    """The same with its log."""

    lines: list[LineOut]


class Begun(Asked):
    """Which job to start."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "audits.run"}]})
    kind: Literal["audits.run"] = Field(description="check the arithmetic of the plans in your sight, or of one")
    document: Id | None = Field(None, description="of one plan only")


class EventOut(Schema):
    """What happened, who did it, when. Written once and never changed."""

    id: int = Field(examples=[4711])
    at: datetime
    business_date: date
    verb: str = Field(description="code of the kind of event", examples=["register.entry_changed"])
    sentence: str = Field(description="what happened, in the reader's language")
    person: PersonRef | None = Field(description="none: the system itself")
    unit: UnitRef | None = Field(description="in whose scope it is read")
    subject_type: str = Field(examples=["registers.entry"])
    subject_id: str = Field(examples=["31"])
    data: dict[str, Any]


class ViewOut(Schema):
    """A list as somebody narrowed it, under a name."""

    id: int
    name: str = Field(examples=["今年的新企业"])
    list: str = Field(description="address of the list's page", examples=["/enterprises/"])
    query: str = Field(description="its parameters, as in an address", examples=["status=existing"])
    person: PersonRef
    shared_with: UnitRef | None


def job_out(row: Job) -> dict[str, Any]:
    """A job."""
    kind = engine.kind_of(row)
    keys = ("kind", "state", "percent", "attempt", "cancel_asked", "result", "queued_at", "started_at", "ended_at")
    return {
        "id": row.pk, "name": {"zh": kind.zh, "en": kind.en}, "step": {"zh": row.step_zh, "en": row.step_en},
        "waits_for": why(row), "person": person_ref(row.person), **{key: getattr(row, key) for key in keys},
    }  # fmt: skip


def job_detail(row: Job) -> dict[str, Any]:
    """A job with its log."""
    lines = [{"at": line.at, "text": {"zh": line.zh, "en": line.en}} for line in row.lines.all()]
    return {**job_out(row), "lines": lines}


def event_out(row: Event) -> dict[str, Any]:
    """An event."""
    keys = ("at", "business_date", "verb", "subject_type", "subject_id", "data")
    return {
        "id": row.pk, "sentence": sentence(row), "person": person_ref(row.person), "unit": unit_ref(row.unit),
        **{key: getattr(row, key) for key in keys},
    }  # fmt: skip


def view_out(row: Any) -> dict[str, Any]:
    """A saved view."""
    return {
        "id": row.pk, "name": row.name, "list": row.address, "query": row.query, "person": person_ref(row.person),
        "shared_with": unit_ref(row.shared_with),
    }  # fmt: skip


def _seen(request: HttpRequest, pk: int) -> Job:
    return found(queries.jobs_visible_to(request.user).filter(pk=pk).first())


@router.get("/jobs", response={200: list[JobOut], **REFUSALS}, tags=["jobs"], operation_id="list_jobs")
@paginate(Paged)
def jobs(request: HttpRequest, state: State | None = None, kind: Word | None = None) -> Any:
    """Your own jobs, the newest first; all of them for who runs the system."""
    rows = queries.jobs_visible_to(request.user)
    wanted = {"state": state, "kind": kind}
    return Shaped(rows.filter(**{key: value for key, value in wanted.items() if value is not None}), job_out)


@router.post("/jobs", response={202: JobOut, **REFUSALS}, tags=["jobs"], operation_id="start_job")
@idempotent
def start_job(request: HttpRequest, asked: Begun) -> Any:
    """Starts a job of a kind that a person may start; imports start theirs under `/imports`."""
    row = found(BEGINNERS[asked.kind](request.user, asked.document))
    return Status(202, job_out(row))


@router.get("/jobs/{int:job}", response={200: JobDetail, **REFUSALS}, tags=["jobs"], operation_id="get_job")
def job(request: HttpRequest, job: int) -> Any:
    """One job with its progress and log."""
    return job_detail(_seen(request, job))


@router.post("/jobs/{int:job}/cancel", response={200: JobDetail, **REFUSALS}, tags=["jobs"], operation_id="cancel_job")
@idempotent
def cancel_job(request: HttpRequest, job: int) -> Any:
    """Asks for a job to stop: a queued one at once, a running one at its next step."""
    row = _seen(request, job)
    if not engine.cancel(row, request.user):
        raise _over("jobs.over", "任务已经结束，或已请求取消。", "The job is over, or was asked to stop already.")
    return job_detail(_seen(request, job))


@router.post("/jobs/{int:job}/retry", response={202: JobDetail, **REFUSALS}, tags=["jobs"], operation_id="retry_job")
@idempotent
def retry_job(request: HttpRequest, job: int) -> Any:
    """Queues a failed or cancelled job again, with what it was given the first time."""
    row = _seen(request, job)
    if not engine.retry(row, request.user):
        raise _over(
            "jobs.not_over", "只有失败或已取消的任务可以重做。", "Only a failed or cancelled job can be begun again."
        )
    return Status(202, job_detail(_seen(request, job)))


def _over(code: str, zh: str, en: str) -> UserError:
    fault = UserError(code, zh, en)
    fault.status = 409
    return fault


@router.get("/feed/events", response={200: FeedOut[EventOut], **REFUSALS}, tags=["events"], operation_id="feed_events")
def feed_events(
    request: HttpRequest,
    asked: Query[FeedIn],
    verb: Word | None = Query(None, description="one kind of event only"),
    subject_type: Word | None = Query(None, examples=["registry.enterprise"]),
    unit: Key | None = Query(None, description="in the scope of one unit only"),
) -> Any:
    """What happened in your scope, the oldest first."""
    wanted = {"verb": verb, "subject_type": subject_type, "unit_id": unit}
    rows = queries.events_visible_to(request.user)
    rows = rows.filter(**{key: value for key, value in wanted.items() if value is not None})
    return Feed(rows, "at", event_out).piece(asked)


@router.get("/views", response={200: list[ViewOut], **REFUSALS}, tags=["views"], operation_id="list_views")
@paginate(Paged)
def views(request: HttpRequest) -> Any:
    """Your saved views of lists and those shared with you."""
    return Shaped(saved_views.in_sight(request.user).order_by("address", "name", "id"), view_out)
