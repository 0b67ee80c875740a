"""The API under ``/api/``: plans, targets, figures, tasks, facts — OpenAPI 3.1, the same permissions as the pages.

Every endpoint reads through the same queries as the pages do. Numbers are JSON numbers; fractions are plain (0.71 is
71 %); dates are ISO. Names come in Chinese and English. Refusals are problem details (RFC 9457).

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from ninja import Query
from ninja.pagination import paginate
from ninja.security import django_auth

from commercebrain import __version__
from commercebrain.desk.access.api_auth import TokenAuth
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, store
from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped, found
from commercebrain.desk.plans import queries
from commercebrain.desk.plans.models import Document, Target
from commercebrain.desk.plans.outlook import assessments, outlook
from commercebrain.desk.registers.api import router as registers_router
from commercebrain.desk.responsibility.api import router as responsibility_router
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import figure, series
from commercebrain.web.api_base import Api
from commercebrain.web.api_shapes import (
    FactOut,
    FigureOut,
    FindingOut,
    PlanOut,
    TargetDetail,
    TargetOut,
    TaskOut,
    assessment_out,
    fact_out,
    figure_out,
    finding_out,
    plan_out,
    target_out,
    task_out,
)

DESCRIPTION = (
    "Plans, targets with where they will land, figures, tasks and facts. Sign in with a session, or send a personal token as `Authorization: Bearer`. Every answer holds "
    "what the person may see and nothing else. Numbers are JSON numbers rounded nowhere; fractions are plain "
    "(0.71 is 71 %); `as_of` answers with what was known on that day."
)
api = Api(
    title="Commerce Brain 商务大脑",
    version=__version__,
    description=DESCRIPTION,
    auth=[TokenAuth(), django_auth],
    docs_url=None,
    urls_namespace="api",
)


def _day(as_of: date | None) -> date:
    if as_of is not None and as_of > today():
        raise UserError(
            "as_of.future",
            f"{as_of} 晚于业务日期 {today()}，那时的数据还不存在。",
            f"{as_of} is later than the business date {today()}; there are no figures of that day yet.",
        )
    return as_of or today()


@api.get("/plans", response={200: list[PlanOut], **REFUSALS}, tags=["plans"], operation_id="list_plans")
@paginate(Paged)
def plans(request: HttpRequest) -> Any:
    """The plans that you may read."""
    return Shaped(queries.documents(request.user), plan_out)


@api.get("/plans/{int:plan}", response={200: PlanOut, **REFUSALS}, tags=["plans"], operation_id="get_plan")
def plan(request: HttpRequest, plan: int) -> Any:
    """One plan."""
    return plan_out(found(queries.documents(request.user).filter(pk=plan).first()))


@api.get(
    "/plans/{int:plan}/findings", response={200: list[FindingOut], **REFUSALS}, tags=["plans"],
    operation_id="list_findings",
)  # fmt: skip
@paginate(Paged)
def findings(request: HttpRequest, plan: int, kind: str | None = None, state: str | None = None) -> Any:
    """What was found in one plan, in the order of its text; `kind` target, fact or task."""
    document: Document = found(queries.document(request.user, plan))
    rows = queries.findings(request.user, document)
    if kind:
        rows = rows.filter(kind=kind)
    if state:
        rows = rows.filter(state=state)
    return Shaped(rows, finding_out)


@api.get("/targets", response={200: list[TargetOut], **REFUSALS}, tags=["targets"], operation_id="list_targets")
@paginate(Paged)
def targets(
    request: HttpRequest,
    region: str | None = None,
    indicator: str | None = None,
    area: str | None = None,
    state: str | None = None,
    plan: int | None = None,
    as_of: date | None = None,
) -> Any:
    """The live targets with their states, as known on `as_of`."""
    rows = queries.targets(request.user)
    wanted = {"region__code": region, "indicator": indicator, "area": area, "document_id": plan}
    rows = rows.filter(**{key: value for key, value in wanted.items() if value is not None})
    states = assessments(request.user, _day(as_of), rows)
    return Shaped([row for row in states if state in (None, row.state)], target_out)


@api.get(
    "/targets/{int:target}",
    response={200: TargetDetail, **REFUSALS},
    tags=["targets"],
    operation_id="get_target",
)
def target(request: HttpRequest, target: int, as_of: date | None = None) -> Any:
    """One target with its assessment and path, as known on `as_of`."""
    row: Target = found(queries.targets(request.user).filter(pk=target).first())
    state = outlook(request.user, _day(as_of)).state(row)
    return {**target_out(state), "assessment": assessment_out(state)}


@api.get("/figures", response={200: list[FigureOut], **REFUSALS}, tags=["figures"], operation_id="list_figures")
@paginate(Paged)
def figures(
    request: HttpRequest,
    indicator: str,
    region: str,
    period: Annotated[str | None, Query(description="2024, 2024-05, 2024-01..05 …; none: the whole series")] = None,
    kind: Annotated[str | None, Query(description="year, ytd, month, quarter, half, point: of the series")] = None,
    calibre: str = "",
    as_of: date | None = None,
) -> Any:
    """One figure, or the whole series of an indicator in a region, as known on `as_of`."""
    day, reach = _day(as_of), reach_for(request.user)
    if period:
        one = figure(store(day), catalogue(), indicator, region, period, reach=reach, calibre=calibre, as_of=day)
        return Shaped([one], figure_out)
    kinds: Any = (kind,) if kind else ("year", "half", "quarter", "month", "ytd", "point", "span")
    rows = series(store(day), catalogue(), indicator, region, reach=reach, as_of=day, kinds=kinds, calibre=calibre)
    return Shaped(rows, figure_out)


@api.get("/facts", response={200: list[FactOut], **REFUSALS}, tags=["facts"], operation_id="list_facts")
@paginate(Paged)
def facts(request: HttpRequest, region: str | None = None, plan: int | None = None) -> Any:
    """The accepted statements about the past."""
    rows = queries.facts(request.user)
    wanted = {"region__code": region, "document_id": plan}
    return Shaped(rows.filter(**{key: value for key, value in wanted.items() if value is not None}), fact_out)


@api.get("/tasks", response={200: list[TaskOut], **REFUSALS}, tags=["tasks"], operation_id="list_tasks")
@paginate(Paged)
def tasks(request: HttpRequest, plan: int | None = None, state: str | None = None) -> Any:
    """The accepted tasks; `state` done, overdue, open or undated."""
    rows = queries.tasks(request.user)
    if plan is not None:
        rows = rows.filter(document_id=plan)
    if state is None:
        return Shaped(rows, task_out)
    return Shaped([row for row in rows if queries.task_state(row, today()) == state], task_out)


@api.get("/tasks/{int:task}", response={200: TaskOut, **REFUSALS}, tags=["tasks"], operation_id="get_task")
def task(request: HttpRequest, task: int) -> Any:
    """One task."""
    return task_out(found(queries.tasks(request.user).filter(pk=task).first()))


api.add_router("/registers", registers_router)
api.add_router("", responsibility_router)


def operations() -> list[dict[str, Any]]:
    """Every operation of the schema for the page that lists them."""
    listed = []
    schema = api.get_openapi_schema()
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            listed.append(
                {
                    "method": method.upper(),
                    "address": address,
                    "summary": operation.get("description") or operation.get("summary", ""),
                    "parameters": [
                        {
                            "name": parameter["name"],
                            "required": parameter.get("required", False),
                            "description": parameter["schema"].get("description", ""),
                        }
                        for parameter in operation.get("parameters", [])
                    ],
                }
            )
    return listed


def schema_address() -> str:
    """Where the schema is."""
    return reverse("api:openapi-json")


def docs(request: HttpRequest) -> HttpResponse:
    """The operations as a page of our own: no script and no style from elsewhere."""
    return render(request, "web/api_docs.html", {"operations": operations(), "schema": schema_address(), "api": api})
