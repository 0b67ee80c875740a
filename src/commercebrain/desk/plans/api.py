"""Plans through the API: documents, what was found in them, targets with where they will land, facts and tasks.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import day_of
from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped, found
from commercebrain.desk.core.rest.shapes import Day, Key, Word
from commercebrain.desk.plans import queries
from commercebrain.desk.plans.api_shapes import (
    FactOut,
    FindingOut,
    PlanOut,
    TargetDetail,
    TargetOut,
    TaskOut,
    assessment_out,
    fact_out,
    finding_out,
    plan_out,
    target_out,
    task_out,
)
from commercebrain.desk.plans.models import Document, Target
from commercebrain.desk.plans.outlook import assessments, outlook

router = Router()


@router.get("/plans", response={200: list[PlanOut], **REFUSALS}, tags=["plans"], operation_id="list_plans")
@paginate(Paged)
def plans(request: HttpRequest) -> Any:
    """The plans that you may read."""
    return Shaped(queries.documents(request.user), plan_out)


@router.get("/plans/{int:plan}", response={200: PlanOut, **REFUSALS}, tags=["plans"], operation_id="get_plan")
def plan(request: HttpRequest, plan: int) -> Any:
    """One plan."""
    return plan_out(found(queries.documents(request.user).filter(pk=plan).first()))


@router.get(
    "/plans/{int:plan}/findings", response={200: list[FindingOut], **REFUSALS}, tags=["plans"],
    operation_id="list_findings",
)  # fmt: skip
@paginate(Paged)
def findings(
    request: HttpRequest, plan: int, kind: Literal["target", "fact", "task"] | None = None, state: Word | None = None
) -> Any:
    """What was found in one plan, in the order of its text; `kind` target, fact or task."""
    document: Document = found(queries.document(request.user, plan))
    rows = queries.findings(request.user, document)
    if kind:
        rows = rows.filter(kind=kind)
    if state:
        rows = rows.filter(state=state)
    return Shaped(rows, finding_out)


@router.get("/targets", response={200: list[TargetOut], **REFUSALS}, tags=["targets"], operation_id="list_targets")
@paginate(Paged)
def targets(
    request: HttpRequest,
    region: Word | None = None,
    indicator: Word | None = None,
    area: Word | None = None,
    state: Word | None = None,
    plan: Key | None = None,
    as_of: Day | None = None,
) -> Any:
    """The live targets with their states, as known on `as_of`."""
    rows = queries.targets(request.user)
    wanted = {"region__code": region, "indicator": indicator, "area": area, "document_id": plan}
    rows = rows.filter(**{key: value for key, value in wanted.items() if value is not None})
    states = assessments(request.user, day_of(as_of), rows)
    return Shaped([row for row in states if state in (None, row.state)], target_out)


@router.get(
    "/targets/{int:target}",
    response={200: TargetDetail, **REFUSALS},
    tags=["targets"],
    operation_id="get_target",
)
def target(request: HttpRequest, target: int, as_of: Day | None = None) -> Any:
    """One target with its assessment and path, as known on `as_of`."""
    row: Target = found(queries.targets(request.user).filter(pk=target).first())
    state = outlook(request.user, day_of(as_of)).state(row)
    return {**target_out(state), "assessment": assessment_out(state)}


@router.get("/facts", response={200: list[FactOut], **REFUSALS}, tags=["facts"], operation_id="list_facts")
@paginate(Paged)
def facts(request: HttpRequest, region: Word | None = None, plan: Key | None = None) -> Any:
    """The accepted statements about the past."""
    rows = queries.facts(request.user)
    wanted = {"region__code": region, "document_id": plan}
    return Shaped(rows.filter(**{key: value for key, value in wanted.items() if value is not None}), fact_out)


@router.get("/tasks", response={200: list[TaskOut], **REFUSALS}, tags=["tasks"], operation_id="list_tasks")
@paginate(Paged)
def tasks(
    request: HttpRequest, plan: Key | None = None, state: Literal["done", "overdue", "open", "undated"] | None = None
) -> Any:
    """The accepted tasks; `state` done, overdue, open or undated."""
    rows = queries.tasks(request.user)
    if plan is not None:
        rows = rows.filter(document_id=plan)
    if state is None:
        return Shaped(rows, task_out)
    return Shaped([row for row in rows if queries.task_state(row, today()) == state], task_out)


@router.get("/tasks/{int:task}", response={200: TaskOut, **REFUSALS}, tags=["tasks"], operation_id="get_task")
def task(request: HttpRequest, task: int) -> Any:
    """One task."""
    return task_out(found(queries.tasks(request.user).filter(pk=task).first()))
