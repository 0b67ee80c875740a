"""Writes about who answers for what, through the API: parts of targets, adjustments, monthly updates, requests.

Annotations are evaluated here (no postponed ones): ninja reads them where their names are unknown.
"""

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field, StringConstraints

from commercebrain.desk.access.uploads import checked_upload
from commercebrain.desk.core.rest import REFUSALS, found, idempotent
from commercebrain.desk.core.rest.shapes import CLEAN, Amount, Asked, Day, Id, Text, Version, Word
from commercebrain.desk.people.models import Unit
from commercebrain.desk.people.queries import units_visible_to
from commercebrain.desk.plans import queries as plans
from commercebrain.desk.plans.models import Target, Task
from commercebrain.desk.responsibility import actions, queries
from commercebrain.desk.responsibility.api import (
    AdjustmentOut,
    NeedOut,
    UpdateOut,
    adjustment_out,
    need_out,
    update_out,
)
from commercebrain.desk.responsibility.forms import PAPERS
from commercebrain.desk.responsibility.models import Adjustment
from commercebrain.engine.errors import UserError

router = Router(tags=["responsibility"])
Year = Annotated[int, Field(strict=True, ge=1990, le=2100)]
YearText = Annotated[str, StringConstraints(pattern=r"^(19|20)[0-9]{2}$")]
Organ = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=CLEAN)]


class CountyPart(Asked):
    """What one county is to reach by the end of one year; none takes the part away."""

    region: Word = Field(description="code of a county right below the target's region", examples=["330203"])
    year: Year
    value: Amount | None = Field(description="in the target's unit")


class Parts(Asked):
    """Parts to write; those that are not named stay."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"values": [{"region": "330203", "year": 2025, "value": 4000}], "version": 1}]}
    )
    values: list[CountyPart] = Field(min_length=1, max_length=1000)
    reason: Text = Field("", description="needed where a path turns back")
    version: Version = Field(description="the version of the target that you read")


class PartsOut(Schema):
    """How many parts changed."""

    changed: int = Field(examples=[1])
    version: int = Field(description="of the target now", examples=[2])


class Proposal(Asked):
    """A change of a target, proposed to the issuing organ; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"value": 9000, "reason": "外部环境变化", "asked_of": "市人民政府"}]}
    )
    value: Amount | None = None
    value_high: Amount | None = None
    year: Year | None = None
    schedule: dict[YearText, Amount] | None = Field(None, description="year to value; empty takes it away")
    reason: Text
    evidence: Text = ""
    asked_of: Organ = Field(description="the issuing organ")


class Approval(Asked):
    """The organ's approval, sent as a form with the approving document."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"number": "甬政发〔2025〕5号", "approved_on": "2025-07-18"}]}
    )
    number: Annotated[str, StringConstraints(max_length=60, pattern=CLEAN)] = Field(description="approval number")
    approved_on: Day
    effective_on: Day | None = Field(None, description="none: the day of approval")


class Note(Asked):
    """Some words."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "待半年数据公布后再议"}]})
    note: Text = ""


class NewUpdate(Asked):
    """What a lead unit says of a task for a month."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"unit": 2, "month": "2025-07", "light": "yellow", "done": "走访12家", "reason": "一家延期"}]
        }
    )
    unit: Id = Field(description="the lead unit for which you write")
    month: Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    light: Literal["green", "yellow", "red"]
    done: Text
    reason: Text = Field("", description="why it is not green")
    version: Version | None = Field(None, description="of the update that is corrected; none for the first of a month")


class NewNeed(Asked):
    """What a lead unit needs from another unit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"unit": 2, "to_unit": 3, "text": "请提供企业名单"}]})
    unit: Id = Field(description="the lead unit for which you write")
    to_unit: Id
    text: Text


class Answered(Asked):
    """The answer to a request."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "名单已发送"}]})
    text: Text


def _target(request: HttpRequest, pk: int) -> Target:
    return found(plans.targets(request.user).filter(pk=pk).first())


def _task(request: HttpRequest, pk: int) -> Task:
    return found(plans.tasks(request.user).filter(pk=pk).first())


def _unit(request: HttpRequest, pk: int) -> Unit:
    return found(units_visible_to(request.user).filter(pk=pk).first())


def _adjustment(request: HttpRequest, pk: int) -> Adjustment:
    return found(queries.adjustments(request.user).filter(pk=pk).first())


@router.post(
    "/targets/{int:target}/allocations", response={200: PartsOut, **REFUSALS}, operation_id="write_allocations"
)
@idempotent
def write_allocations(request: HttpRequest, target: int, asked: Parts) -> Any:
    """Breaks a target down to its counties and years; all parts are written or none."""
    row = _target(request, target)
    cells = {(part.region, part.year): part.value for part in asked.values}
    if len(cells) < len(asked.values):
        raise UserError(
            "breakdown.twice",
            "同一区县同一年给了两个值，请只留一个。",
            "One county and year is given twice; leave one.",
        )
    changed = actions.allocate(request.user, row, cells, reason=asked.reason, seen=asked.version)
    return {"changed": changed, "version": row.version}


@router.post(
    "/targets/{int:target}/adjustments", response={201: AdjustmentOut, **REFUSALS}, operation_id="propose_adjustment"
)
@idempotent
def propose_adjustment(request: HttpRequest, target: int, asked: Proposal) -> Any:
    """Proposes a change of a target; it counts only once the issuing organ has approved it."""
    values = asked.model_dump()
    if asked.schedule is not None:
        values["schedule"] = {int(year): value for year, value in asked.schedule.items()}
    made = actions.propose(request.user, _target(request, target), **values)
    return Status(201, adjustment_out(_adjustment(request, made.pk)))


@router.get("/adjustments/{int:adjustment}", response={200: AdjustmentOut, **REFUSALS}, operation_id="get_adjustment")
def adjustment(request: HttpRequest, adjustment: int) -> Any:
    """One adjustment."""
    return adjustment_out(_adjustment(request, adjustment))


@router.post(
    "/adjustments/{int:adjustment}/approve", response={200: AdjustmentOut, **REFUSALS},
    operation_id="approve_adjustment",
)  # fmt: skip
@idempotent
def approve_adjustment(
    request: HttpRequest, adjustment: int, asked: Form[Approval], document: File[UploadedFile]
) -> Any:
    """Records the issuing organ's approval with its number and document; not by who proposed."""
    row = _adjustment(request, adjustment)
    paper = checked_upload(document, PAPERS, 20 * 2**20).file
    actions.approve(
        request.user, row, number=asked.number, approved_on=asked.approved_on, document=paper,
        effective_on=asked.effective_on,
    )  # fmt: skip
    return adjustment_out(_adjustment(request, adjustment))


@router.post(
    "/adjustments/{int:adjustment}/decline", response={200: AdjustmentOut, **REFUSALS},
    operation_id="decline_adjustment",
)  # fmt: skip
@idempotent
def decline_adjustment(request: HttpRequest, adjustment: int, asked: Note) -> Any:
    """Records that the issuing organ declined, with its words; not by who proposed."""
    actions.decline(request.user, _adjustment(request, adjustment), asked.note)
    return adjustment_out(_adjustment(request, adjustment))


@router.post(
    "/adjustments/{int:adjustment}/withdraw", response={200: AdjustmentOut, **REFUSALS},
    operation_id="withdraw_adjustment",
)  # fmt: skip
@idempotent
def withdraw_adjustment(request: HttpRequest, adjustment: int, asked: Note) -> Any:
    """Takes an open proposal back; it stays in the history."""
    actions.withdraw(request.user, _adjustment(request, adjustment), asked.note)
    return adjustment_out(_adjustment(request, adjustment))


@router.post("/tasks/{int:task}/updates", response={201: UpdateOut, **REFUSALS}, operation_id="write_update")
@idempotent
def write_update(request: HttpRequest, task: int, asked: NewUpdate) -> Any:
    """Writes a lead unit's update of a month, or corrects it with the version that was read."""
    year, month = map(int, asked.month.split("-"))
    row = actions.save_update(
        request.user, _task(request, task), _unit(request, asked.unit), date(year, month, 1), light=asked.light,
        done=asked.done, reason=asked.reason, seen=asked.version,
    )  # fmt: skip
    return Status(201, update_out(row))


@router.post("/tasks/{int:task}/needs", response={201: NeedOut, **REFUSALS}, operation_id="ask_need")
@idempotent
def ask_need(request: HttpRequest, task: int, asked: NewNeed) -> Any:
    """Says what a lead unit needs from another for a task."""
    units = _unit(request, asked.unit), _unit(request, asked.to_unit)
    made = actions.ask(request.user, _task(request, task), *units, asked.text)
    return Status(201, need_out(made))


@router.post("/needs/{int:need}/answer", response={200: NeedOut, **REFUSALS}, operation_id="answer_need")
@idempotent
def answer_need(request: HttpRequest, need: int, asked: Answered) -> Any:
    """Answers on behalf of the unit that is asked."""
    row = found(queries.needs(request.user).filter(pk=need).first())
    actions.answer(request.user, row, asked.text)
    return need_out(found(queries.needs(request.user).filter(pk=need).first()))
