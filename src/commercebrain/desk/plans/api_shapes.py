"""How the API tells plans, targets, facts and tasks: the schemas, and the rows in their shape."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Schema
from pydantic import Field

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.rest.shapes import Names, Number, RegionOut, region_out
from commercebrain.desk.plans import queries
from commercebrain.desk.plans.models import Fact, Finding, Target, Task
from commercebrain.desk.plans.outlook import TargetState


class PlanOut(Schema):
    """A planning document."""

    id: int
    title: str
    number: str
    issued_on: date | None
    unit: Names
    region: RegionOut
    classification: str
    state: str
    file: str
    targets: int
    facts: int
    tasks: int
    awaiting_review: int
    unattended: int = Field(description="rows that the demonstration accepted without a person's review")


class FindingOut(Schema):
    """A row that was found in a plan; `row` has the keys of `cbrain plan read`."""

    id: int
    kind: str
    state: str
    start: int
    end: int
    quote: str
    section: str
    confidence: float
    indicator: str
    candidates: list[str]
    unattended: bool
    row: dict[str, Any]


class LandingOut(Schema):
    """The forecast at the end of the target year."""

    point: Number
    low80: Number
    high80: Number
    low95: Number
    high95: Number
    method: str
    note: Names


class PathPointOut(Schema):
    """One year of the path."""

    year: int
    actual: Number | None
    missing: bool
    straight: Number | None
    growth: Number | None
    agreed: Number | None
    forecast: Number | None
    low80: Number | None
    high80: Number | None


class AssessmentOut(Schema):
    """How a target stands; fractions throughout."""

    state: str
    reason: Names
    missing: list[str]
    unit: str
    value_now: Number | None
    period_now: str | None
    attainment: Number | None
    progress: Number | None
    ahead: Number | None
    ytd_attainment: Number | None
    required_growth: Number | None
    required_rest_growth: Number | None
    growth_so_far: Number | None
    best_three_year_growth: Number | None
    landing: LandingOut | None
    chance: Number | None
    path: list[PathPointOut]


class TargetOut(Schema):
    """A promise with its clause and how it stands."""

    id: int
    indicator: str
    indicator_name: Names
    region: RegionOut | None
    region_text: str
    value: Number | None
    value_high: Number | None
    comparator: str
    unit: str
    base_value: Number | None
    base_year: int | None
    target_year: int | None
    period: list[int] | None
    kind: str
    direction: str
    area: str
    plan: int
    section: str
    quote: str
    state: str
    chance: Number | None
    unattended: bool
    version: int = Field(description="send it along with a change", examples=[1])


class TargetDetail(TargetOut):
    """The same with its assessment."""

    assessment: AssessmentOut


class FactOut(Schema):
    """A statement about the past."""

    id: int
    indicator: str
    indicator_text: str
    region: RegionOut | None
    region_text: str
    value: Number | None
    comparator: str
    unit: str
    year: int | None
    period: list[int] | None
    kind: str
    plan: int
    section: str
    quote: str


class TaskOut(Schema):
    """A piece of work with its units."""

    id: int
    number: str
    title: str
    lead_units: list[str]
    responsible_units: list[str]
    deadline: str
    due_on: date | None
    done_on: date | None
    state: str
    plan: int
    section: str
    quote: str


def plan_out(row: Any) -> dict[str, Any]:
    """A plan with its counts."""
    return {
        "id": row.pk,
        "title": row.title,
        "number": row.number,
        "issued_on": row.issued_on,
        "unit": {"zh": row.unit.name_zh, "en": row.unit.name_en},
        "region": region_out(row.region),
        "classification": row.classification,
        "state": row.state,
        "file": row.name,
        "targets": row.found_targets,
        "facts": row.found_facts,
        "tasks": row.found_tasks,
        "awaiting_review": row.waiting,
        "unattended": row.unattended,
    }


def finding_out(row: Finding) -> dict[str, Any]:
    """A found row as it stands."""
    keys = ("kind", "state", "start", "end", "quote", "section", "confidence", "indicator", "candidates")
    return {
        "id": row.pk,
        "unattended": row.unattended,
        "row": row.current,
        **{k: getattr(row, k) for k in keys},
    }


def period_out(row: Target | Fact) -> list[int] | None:
    """First and last year, or none."""
    return None if row.period_first is None or row.period_last is None else [row.period_first, row.period_last]


def indicator_names(code: str, text: str) -> dict[str, str]:
    """The catalogue's names, else the plan's own words."""
    known = catalogue().indicators.get(code)
    return {"zh": known.name.zh, "en": known.name.en} if known else {"zh": text, "en": text}


def target_out(state: TargetState) -> dict[str, Any]:
    """A target with its state."""
    row = state.target
    keys = ("indicator", "region_text", "value", "value_high", "comparator", "base_value", "base_year",
            "target_year", "kind", "direction", "area", "section", "quote", "version")  # fmt: skip
    return {
        "id": row.pk,
        "indicator_name": indicator_names(row.indicator, row.indicator_text),
        "region": region_out(row.region),
        "unit": row.unit_text,
        "period": period_out(row),
        "plan": row.document_id,
        "state": state.state,
        "chance": state.assessment.chance,
        "unattended": row.finding.unattended,
        **{key: getattr(row, key) for key in keys},
    }


def assessment_out(state: TargetState) -> dict[str, Any]:
    """All that the engine says about a target."""
    found = state.assessment
    keys = ("missing", "attainment", "progress", "ahead", "ytd_attainment", "required_growth",
            "required_rest_growth", "growth_so_far", "best_three_year_growth", "chance")  # fmt: skip
    landing = None
    if found.landing is not None:
        bands = ("point", "low80", "high80", "low95", "high95", "method")
        landing = {
            **{key: getattr(found.landing, key) for key in bands},
            "note": {"zh": found.landing.note_zh, "en": found.landing.note_en},
        }
    drawn = ("year", "actual", "missing", "straight", "growth", "agreed", "forecast", "low80", "high80")
    return {
        "state": found.state,
        "reason": {"zh": found.reason_zh, "en": found.reason_en},
        "unit": state.unit,
        "value_now": found.value,
        "period_now": found.value_now.period.text if found.value_now else None,
        "landing": landing,
        "path": [{key: getattr(point, key) for key in drawn} for point in found.path],
        **{key: getattr(found, key) for key in keys},
    }


def fact_out(row: Fact) -> dict[str, Any]:
    """A fact."""
    keys = (
        "indicator",
        "indicator_text",
        "region_text",
        "value",
        "comparator",
        "year",
        "kind",
        "section",
        "quote",
    )
    return {
        "id": row.pk, "region": region_out(row.region), "unit": row.unit_text, "period": period_out(row),
        "plan": row.document_id, **{key: getattr(row, key) for key in keys},
    }  # fmt: skip


def task_out(row: Task) -> dict[str, Any]:
    """A task with its state today."""
    keys = ("number", "title", "lead_units", "responsible_units", "due_on", "done_on", "section", "quote")
    return {
        "id": row.pk, "deadline": row.deadline_text, "state": queries.task_state(row, today()),
        "plan": row.document_id, **{key: getattr(row, key) for key in keys},
    }  # fmt: skip
