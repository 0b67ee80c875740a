"""The further parts of the pages of targets and tasks: who answers for them, and how the work goes."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from commercebrain.desk.core.clock import today
from commercebrain.desk.plans import panels
from commercebrain.desk.plans import queries as plans
from commercebrain.desk.plans.models import Task
from commercebrain.desk.plans.outlook import Outlook, TargetState
from commercebrain.desk.responsibility import queries
from commercebrain.desk.responsibility.actions.tasks import _may_work
from commercebrain.desk.responsibility.models import Assignment, Comment, SubTask
from commercebrain.desk.responsibility.permission import directs, hands_in, units_of
from commercebrain.desk.responsibility.words import adjusted


def nature_words(nature: str) -> str:
    """约束性, 预期性, or that nobody has said which."""
    if nature == "binding":
        return _("binding: it must be met")
    if nature == "expected":
        return _("expected: it may have a gap and never fails")
    return _("not said in the plan; treated as expected")


def of_target(request: HttpRequest, state: TargetState, view: Outlook) -> panels.Part:
    """Nature, break-down, adjustments."""
    from commercebrain.desk.responsibility.views.targets import breakdown_answer

    target = state.target
    rows = queries.adjustments(request.user).filter(target=target.pk)
    return panels.Part(
        "responsibility/target_part.html",
        {
            "target": target,
            "nature": nature_words(target.nature),
            "breakdown": breakdown_answer(queries.breakdown(request.user, target, view, assess=False)),
            "adjustments": [{"row": row, "changes": adjusted(row)} for row in rows],
            "may_change": plans.may_change(request.user, target),
        },
    )


def tree(rows: list[SubTask]) -> list[tuple[int, SubTask]]:
    """Sub-tasks with their depth, each below its parent."""
    below: dict[int | None, list[SubTask]] = defaultdict(list)
    for row in rows:
        below[row.parent_id].append(row)
    told: list[tuple[int, SubTask]] = []

    def tell(parent: int | None, depth: int) -> None:
        for row in below[parent]:
            told.append((min(depth, 3), row))
            tell(row.pk, depth + 1)

    tell(None, 0)
    return told


def of_task(request: HttpRequest, task: Task) -> panels.Part | None:
    """Units, updates, requests, sub-tasks, deadline, remarks: for whoever reads the work on the task."""
    if not queries.reads_work_of(request.user, task):
        return None
    whole = queries.task_rows(request.user).get(pk=task.pk)
    deadlines = list(queries.deadline_requests(request.user).filter(task=task))
    subtasks = SubTask.objects.filter(task=task).select_related("unit", "person")
    context: dict[str, Any] = {
        "task": task,
        "assignments": list(Assignment.objects.filter(task=task).select_related("unit", "person")),
        "lines": queries.lines_of([whole], today()),
        "needs": list(queries.needs(request.user).filter(task=task)),
        "subtasks": tree(list(subtasks)),
        "deadlines": deadlines,
        "open_request": any(row.state == "asked" for row in deadlines),
        "comments": list(Comment.objects.filter(task=task).select_related("unit", "written_by")),
        "hands": list(hands_in(request.user, task)),
        "may_direct": directs(request.user, task),
        "may_work": _may_work(request.user, task),
        "writes_for": set(units_of(request.user).values_list("pk", flat=True)),
    }
    return panels.Part("responsibility/task_part.html", context)


panels.TARGET.append(of_target)
panels.TASK.append(of_task)
