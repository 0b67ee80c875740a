"""The long work about audits: holding every plan in sight against the others."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from commercebrain.desk.audits import actions, queries
from commercebrain.desk.core.jobs import JobContext, job
from commercebrain.desk.core.jobs.declaring import begun_by
from commercebrain.desk.core.models import Job
from commercebrain.desk.people.models import Person
from commercebrain.desk.plans import queries as plan_rows
from commercebrain.desk.plans.models import Document
from commercebrain.engine.errors import UserError


@begun_by("audits.run")
def begin(person: Person, document: int | None) -> Job | None:
    """Starts it for a person through the API; none where the plan is out of the person's sight."""
    plan = None if document is None else plan_rows.document(person, document)
    return None if document is not None and plan is None else actions.start(person, plan)


@job("audits.run", zh="核对规划中的数字", en="Check the arithmetic of the plans")
def run(context: JobContext, document: int | None = None) -> dict[str, Any]:
    """Audits what the person who started the job may see; with ``document``, only what touches that plan."""
    person: Person | None = context.person
    plans = list(queries.plans(person)) if person else list(Document.objects.filter(state__in=queries.READ))
    only = next((row for row in plans if row.pk == document), None)
    if not plans or (document is not None and only is None):
        raise UserError(
            "audits.nothing_to_check",
            "没有可核对的规划：请先导入并读取规划。",
            "There is no plan to check: take one in and have it read first.",
        )
    done = actions.run(plans, person, only=only, progress=context.progress, job=context.job_id)
    url = reverse("audits:document", args=[only.pk]) if only else reverse("audits:findings")
    return {"audit": done.audit.pk, "findings": done.standing, "new": done.new, "resolved": done.resolved, "url": url}
