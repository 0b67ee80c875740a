"""The API's rows about who answers for what: parts of targets, adjustments, updates, requests, and one's own work.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped
from commercebrain.desk.core.rest.shapes import Key, Names, Number, Word, names_out
from commercebrain.desk.core.work import work_of
from commercebrain.desk.responsibility import queries

router = Router(tags=["responsibility"])


class AllocationOut(Schema):
    """What a county is to reach of a target by the end of a year."""

    id: int
    target: int
    region: str = Field(description="code of the region", examples=["330203"])
    region_name: Names
    year: int
    value: Number
    unit: str
    reason: str
    entered_on: date
    version: int


class AdjustmentOut(Schema):
    """A proposed change of a target; it counts only when `state` is approved, from `effective_on`."""

    id: int
    target: int
    state: str = Field(description="proposed, withdrawn, declined or approved")
    old: dict[str, Any] = Field(description="what was in force when it was proposed")
    new_value: Number | None
    new_value_high: Number | None
    new_year: int | None
    new_schedule: dict[str, str] | None
    reason: str
    evidence: str
    asked_of: str
    proposed_on: date
    approval_number: str
    approved_on: date | None
    effective_on: date | None


class UpdateOut(Schema):
    """What a lead unit said of a task for a month."""

    id: int
    task: int
    unit: Names
    month: str = Field(examples=["2025-06"])
    light: str = Field(description="green, yellow or red")
    done: str
    reason: str
    entered_on: date
    version: int


class NeedOut(Schema):
    """What a unit needs from another, and the answer."""

    id: int
    task: int
    from_unit: Names
    to_unit: Names
    text: str
    state: str
    asked_on: date
    answer: str
    answered_on: date | None


class WorkOut(Schema):
    """One thing that is due from you."""

    kind: str
    title: str
    address: str
    due: date | None
    hint: str
    part: str = Field(description="overdue, today, week or waiting")


def allocation_out(row: Any) -> dict[str, Any]:
    """A part of a target."""
    return {
        "id": row.pk, "target": row.target_id, "region": row.region.code, "region_name": names_out(row.region),
        "year": row.year, "value": row.value, "unit": row.unit_text, "reason": row.reason,
        "entered_on": row.entered_on, "version": row.version,
    }  # fmt: skip


def adjustment_out(row: Any) -> dict[str, Any]:
    """An adjustment."""
    keys = (
        "state", "old", "new_value", "new_value_high", "new_year", "new_schedule", "reason", "evidence", "asked_of",
        "proposed_on", "approval_number", "approved_on", "effective_on",
    )  # fmt: skip
    return {"id": row.pk, "target": row.target_id, **{key: getattr(row, key) for key in keys}}


def update_out(row: Any) -> dict[str, Any]:
    """A monthly update."""
    keys = ("light", "done", "reason", "entered_on", "version")
    return {
        "id": row.pk, "task": row.task_id, "unit": names_out(row.unit), "month": f"{row.month:%Y-%m}",
        **{key: getattr(row, key) for key in keys},
    }  # fmt: skip


def need_out(row: Any) -> dict[str, Any]:
    """A request to a unit."""
    keys = ("text", "state", "asked_on", "answer", "answered_on")
    units = {"from_unit": names_out(row.from_unit), "to_unit": names_out(row.to_unit)}
    return {"id": row.pk, "task": row.task_id, **units, **{key: getattr(row, key) for key in keys}}


def narrowed(rows: Any, **wanted: Any) -> Any:
    """The rows that have the values asked for."""
    return rows.filter(**{key: value for key, value in wanted.items() if value is not None})


@router.get("/allocations", response={200: list[AllocationOut], **REFUSALS}, operation_id="list_allocations")
@paginate(Paged)
def allocations(request: HttpRequest, target: Key | None = None, region: Word | None = None) -> Any:
    """The parts of targets in your scope; a county gets its own."""
    rows = narrowed(queries.allocations(request.user), target_id=target, region__code=region)
    return Shaped(rows, allocation_out)


@router.get("/adjustments", response={200: list[AdjustmentOut], **REFUSALS}, operation_id="list_adjustments")
@paginate(Paged)
def adjustments(request: HttpRequest, target: Key | None = None, state: Word | None = None) -> Any:
    """The proposed and decided adjustments of targets, newest first."""
    return Shaped(narrowed(queries.adjustments(request.user), target_id=target, state=state), adjustment_out)


@router.get("/updates", response={200: list[UpdateOut], **REFUSALS}, operation_id="list_updates")
@paginate(Paged)
def updates(request: HttpRequest, task: Key | None = None, light: Word | None = None) -> Any:
    """The monthly updates, newest month first."""
    return Shaped(narrowed(queries.updates(request.user), task_id=task, light=light), update_out)


@router.get("/needs", response={200: list[NeedOut], **REFUSALS}, operation_id="list_needs")
@paginate(Paged)
def needs(request: HttpRequest, task: Key | None = None, state: Word | None = None) -> Any:
    """The requests from unit to unit."""
    return Shaped(narrowed(queries.needs(request.user), task_id=task, state=state), need_out)


@router.get("/work", response={200: list[WorkOut], **REFUSALS}, operation_id="list_work")
@paginate(Paged)
def work(request: HttpRequest) -> Any:
    """What is due from you: overdue, today, within a week, waiting."""
    found = work_of(request.user)
    rows = [(part, item) for part in ("overdue", "today", "week", "waiting") for item in getattr(found, part)]

    def shape(row: Any) -> dict[str, Any]:
        part, item = row
        told = {"kind": str(item.kind), "title": item.title, "address": item.url, "due": item.due, "hint": item.hint}
        return {**told, "part": part}

    return Shaped(rows, shape)
