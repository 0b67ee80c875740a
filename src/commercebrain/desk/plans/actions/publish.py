"""What an accepted row becomes: a target, a fact or a task, each with its clause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import ProtectedError

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.plans.models import Fact, Finding, Target, Task
from commercebrain.desk.plans.signals import published
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError
from commercebrain.engine.plantext.particulars import due_date

_PLACES = Decimal("0.000001")


def publish(findings: Sequence[Finding]) -> None:
    """Writes the target, fact or task of each of ``findings``; one that exists is brought up to date.

    Three lookups in all, however many rows there are.
    """
    if not findings:
        return
    regions = {region.name_zh: region for region in Region.objects.valid_on(today())}
    makers = {"target": (Target, _target), "fact": (Fact, _fact), "task": (Task, _task)}
    for kind, (model, make) in makers.items():
        mine = [finding for finding in findings if finding.kind == kind]
        known = {row.finding_id: row for row in model.objects.filter(finding__in=mine)} if mine else {}
        fresh = []
        for finding in mine:
            values = {**_clause(finding), **make(finding, regions)}
            if row := known.get(finding.pk):
                for name, value in values.items():
                    setattr(row, name, value)
                row.save()
            else:
                fresh.append(model(finding=finding, document_id=finding.document_id, **values))
        model.objects.bulk_create(fresh, batch_size=500)
    ids = [finding.pk for finding in findings if finding.kind == "task"]
    if ids:
        rows = Task.objects.filter(finding__in=ids).select_related("document__region", "document__unit")
        published.send(Task, tasks=list(rows))


def withdraw(findings: Iterable[Finding]) -> None:
    """Removes what ``findings`` had become; :class:`UserError` when somebody has built on it."""
    ids = [finding.pk for finding in findings]
    if Target.objects.filter(finding__in=ids, schedule__isnull=False).exists():
        raise UserError(
            "plans.in_use",
            "其中有目标已商定分年进度，不能退回待审核；请先撤销商定进度。",
            "A target among these has an agreed schedule and cannot go back to review; take the schedule away first.",
        )
    if Task.objects.filter(finding__in=ids, done_on__isnull=False).exists():
        raise UserError(
            "plans.in_use",
            "其中有任务已标记完成，不能退回待审核；请先取消完成标记。",
            "A task among these is marked done and cannot go back to review; take the mark away first.",
        )
    try:
        for model in (Target, Fact, Task):
            model.objects.filter(finding__in=ids).delete()
    except ProtectedError as fault:
        raise UserError(
            "plans.in_use",
            "其中有目标已分解或申请过调整，或有任务已报进展、设了子任务，不能退回待审核。",
            "Among these a target is broken down or has an adjustment, or a task has updates or sub-tasks; they cannot "
            "go back to review.",
        ) from fault


def number(value: Any) -> Decimal | None:
    """A number of a row as the database keeps it: exact, six decimals; None stays None."""
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value)).quantize(_PLACES)
    except InvalidOperation:
        return None


def _clause(finding: Finding) -> dict[str, Any]:
    return {"section": finding.section, "quote": finding.current.get("quote") or finding.quote}


def _period(row: dict[str, Any]) -> dict[str, Any]:
    first, last = (row.get("period") or [None, None])[:2]
    return {"period_first": first, "period_last": last}


def _subject(finding: Finding, regions: dict[str, Region]) -> dict[str, Any]:
    row = finding.current
    name = row.get("region") or ""
    return {
        "indicator": finding.indicator,
        "indicator_text": (row.get("indicator") or "")[:200],
        "region": regions.get(name),
        "region_text": name[:60],
        "comparator": (row.get("comparator") or "")[:10],
        "unit_text": (row.get("unit") or "")[:20],
        "kind": (row.get("kind") or "level")[:20],
    }


def _target(finding: Finding, regions: dict[str, Region]) -> dict[str, Any]:
    row = finding.current
    declared = catalogue().indicators.get(finding.indicator)
    return {
        **_subject(finding, regions),
        **_period(row),
        "value": number(row.get("target_value")),
        "value_high": number(row.get("target_value_high")),
        "base_value": number(row.get("baseline_value")),
        "base_unit": (row.get("baseline_unit") or "")[:20],
        "base_year": row.get("baseline_year"),
        "target_year": row.get("target_year"),
        "per": (row.get("per") or "")[:10],
        "direction": (row.get("direction") or "")[:5],
        "calibre": (row.get("calibre") or "")[:40],
        "binding": (row.get("binding") or "")[:10],
        "area": declared.area if declared else "",
    }


def _fact(finding: Finding, regions: dict[str, Region]) -> dict[str, Any]:
    row = finding.current
    value = number(row.get("value"))
    return {**_subject(finding, regions), **_period(row), "value": value, "year": row.get("year")}


def _task(finding: Finding, regions: dict[str, Region]) -> dict[str, Any]:
    row = finding.current
    deadline = str(row.get("deadline") or "")
    return {
        "number": str(row.get("number") or "")[:20],
        "title": (row.get("title") or finding.quote)[:200],
        "lead_units": row.get("lead_units") or [],
        "responsible_units": row.get("responsible_units") or [],
        "deadline_text": deadline[:60],
        "due_on": due_date(deadline),
    }
