"""Tasks and facts: their lists, the page of one task."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.generic import Column, DetailPage, Field, Filter, ListPage
from commercebrain.desk.plans import actions, queries
from commercebrain.desk.plans.forms import KINDS
from commercebrain.desk.plans.lines import stated, subject, time_words
from commercebrain.desk.plans.models import Task
from commercebrain.desk.plans.panels import TASK, parts
from commercebrain.desk.plans.views.documents import plan_choices

TASK_STATES = {
    "overdue": _("overdue"),
    "open": _("open"),
    "done": _("done"),
    "undated": _("without a deadline"),
    "unreported": _("never reported"),
}


def place(row: Any) -> str:
    """The address of a row's words in the plan's text."""
    return f"{reverse('plans:document', args=[row.document_id])}#f{row.finding_id}"


class Tasks(ListPage):
    """Every task with who leads it and whether it is late."""

    title = _("Tasks")
    template_name = "plans/list.html"
    search_fields = ("task.title", "leads", "joining", "task.document.title")
    search_hint = _("title, unit or plan")
    empty_title = _("No task is live yet")
    empty_hint = _("Take in a plan that names lead units and review it: each accepted task stands here.")
    columns = (
        Column("title", _("task"), value=lambda row: row["task"].title, sort=lambda row: row["task"].title, link=lambda row: reverse("plans:task", args=[row["task"].pk])),
        Column("state", _("state"), value=lambda row: row["state"], sort=lambda row: list(TASK_STATES).index(row["state"]), show="plans/cells/task_state.html"),
        Column("due", _("deadline"), value=lambda row: row["task"].due_on, sort=lambda row: row["task"].due_on, show="plans/cells/nowrap.html"),
        Column("leads", _("lead unit"), value=lambda row: row["leads"], sort=lambda row: row["leads"]),
        Column("joining", _("joining units"), value=lambda row: row["joining"]),
        Column("plan", _("plan"), value=lambda row: row["task"].document.title, sort=lambda row: row["task"].document.title, link=lambda row: reverse("plans:document", args=[row["task"].document_id])),
        Column("section", _("clause"), value=lambda row: row["task"].section, hidden=True),
    )  # fmt: skip
    filters = (
        Filter("state", _("state"), options=tuple(TASK_STATES.items()), test=lambda row, value: row["state"] == value),
        Filter("document", _("plan"), options=plan_choices, test=lambda row, value: str(row["task"].document_id) == value),
        Filter("lead", _("lead unit"), options=lambda request: _leads(request), test=lambda row, value: value in row["task"].lead_units),
    )  # fmt: skip

    def rows(self, request: HttpRequest) -> Any:
        """The tasks in scope with their state today."""
        day = today()
        return [
            {
                "task": task,
                "state": queries.task_state(task, day),
                "leads": "、".join(task.lead_units),
                "joining": "、".join(task.responsible_units),
            }
            for task in queries.tasks(request.user)
        ]

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many are past their deadline."""
        late = sum(row["state"] in ("overdue", "unreported") for row in rows)
        done = sum(row["state"] == "done" for row in rows)
        silent = sum(row["state"] == "unreported" for row in rows)
        if not total:
            return ""
        told = _t("%(late)s of %(total)s tasks are past their deadline on %(day)s and not marked done; %(done)s are done.") % {
            "late": late, "total": total, "day": today(), "done": done,
        }  # fmt: skip
        if silent:
            told += " " + _t("%(n)s tasks of closed years were never reported on.") % {"n": silent}
        return told


def _leads(request: HttpRequest) -> list[tuple[str, str]]:
    names = {name for task in queries.tasks(request.user) for name in task.lead_units}
    return [(name, name) for name in sorted(names)]


class TaskPage(DetailPage):
    """One task with its clause."""

    template_name = "plans/task.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> Task | None:
        """The task in scope."""
        found: Task | None = queries.tasks(request.user).filter(pk=kwargs["pk"]).first()
        return found

    def answer(self, request: HttpRequest, thing: Task) -> str:
        """Whether it is late."""
        state = queries.task_state(thing, today())
        words = {"due": thing.due_on, "done": thing.done_on, "today": today()}
        if state == "done":
            return (
                _t("Done on %(done)s; it was due on %(due)s.") % words
                if thing.due_on
                else _t("Done on %(done)s.") % words
            )
        if state == "undated":
            return _t("The plan names no deadline for this task.")
        if state == "unreported":
            return _t("Never reported: it was due on %(due)s and nobody has ever said how it went.") % words
        if state == "overdue":
            return _t("Overdue: it was due on %(due)s and is not marked done.") % words
        return _t("Open: it is due on %(due)s.") % words

    def fields(self, request: HttpRequest, thing: Task) -> list[Field]:
        """Units, deadline, clause."""
        return [
            Field(_("lead unit"), thing.lead_units),
            Field(_("joining units"), thing.responsible_units),
            Field(_("deadline in the plan"), thing.deadline_text),
            Field(_("deadline"), thing.due_on),
            Field(_("clause"), thing.section),
            Field(_("plan"), thing.document.title, place(thing)),
            Field(_("words of the plan"), thing.quote, place(thing)),
            Field(_("accepted unattended"), thing.finding.unattended),
        ]

    def back(self) -> tuple[str, Any]:
        """The list of tasks."""
        return reverse("plans:tasks"), _("Tasks")

    def extra(self, request: HttpRequest, thing: Task) -> dict[str, Any]:
        """Whether the reader may mark it."""
        return {
            "may_change": queries.may_change(request.user, thing),
            "today": today(),
            "parts": parts(TASK, request, thing),
        }


@require_POST
def mark(request: HttpRequest, pk: int, done: bool) -> HttpResponse:
    """Marks a task done, or open again."""
    task = queries.tasks(request.user).filter(pk=pk).first()
    if task is None:
        raise Http404
    if done:
        actions.mark_done(request.user, task)
    else:
        actions.mark_open(request.user, task)
    return redirect("plans:task", pk)


class Facts(ListPage):
    """What the plans state about the past."""

    title = _("Facts")
    template_name = "plans/list.html"
    search_fields = ("indicator_text", "region_text", "quote", "section")
    search_hint = _("indicator, place or words of the plan")
    page_size = 100
    empty_title = _("No fact is live yet")
    empty_hint = _("Take in a plan and review what was read: each accepted statement about the past stands here.")
    columns = (
        Column("indicator_text", _("indicator"), value=subject, sort="indicator_text"),
        Column("region", _("region"), value=lambda row: str(row.region or row.region_text), sort="region__code"),
        Column("value", _("value"), value=stated, sort="value", show="plans/cells/nowrap.html"),
        Column("year", _("year"), value=lambda row: time_words(row.year, row.period_first, row.period_last), sort="year", show="plans/cells/nowrap.html"),
        Column("quote", _("words of the plan"), link=place),
        Column("plan", _("plan"), value=lambda row: row.document.title, sort="document__title", link=lambda row: reverse("plans:document", args=[row.document_id])),
        Column("section", _("clause"), hidden=True),
        Column("kind", _("kind"), value=lambda row: str(KINDS.get(row.kind, row.kind)), sort="kind", hidden=True),
    )  # fmt: skip
    filters = (
        Filter("document", _("plan"), options=plan_choices, lookup="document_id"),
        Filter("kind", _("kind"), options=tuple(KINDS.items()), lookup="kind"),
    )

    def rows(self, request: HttpRequest) -> Any:
        """The facts in scope."""
        return queries.facts(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many, from how many plans."""
        return _t("%(n)s statements about the past, each with its words in the plan.") % {"n": total} if total else ""
