"""Who works on tasks: assignments, sub-tasks, remarks, deadlines."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from commercebrain.desk.core.generic import Column, Filter, ListPage
from commercebrain.desk.responsibility import actions, queries
from commercebrain.desk.responsibility.actions.tasks import _may_work
from commercebrain.desk.responsibility.forms import AssignForm, DeadlineForm, DecisionForm, SubTaskForm
from commercebrain.desk.responsibility.models import Assignment, DeadlineRequest, SubTask
from commercebrain.desk.responsibility.permission import directs, hands_in, writes_for
from commercebrain.desk.responsibility.views.common import OfTask, allow, find_in, find_task, persons_of


class Assignments(ListPage):
    """The units that tasks name; those that no unit of the register fits come first."""

    title = _("Assignments")
    search_fields = ("text", "unit__name_zh", "task__title")
    search_hint = _("unit or task")
    order = "unit"
    page_size = 100
    empty_title = _("No task names a unit yet")
    empty_hint = _("Units are read from plans together with their tasks; review a plan first.")
    columns = (
        Column("text", _("as printed"), sort="text", link=lambda row: reverse("responsibility:assignment", args=[row.pk])),
        Column("role", _("role"), value="get_role_display", sort="role"),
        Column("unit", _("unit"), sort="unit__path"),
        Column("person", _("responsible person"), sort="person__username"),
        Column("task", _("task"), value=lambda row: row.task.title, sort="task__title", link=lambda row: reverse("plans:task", args=[row.task_id])),
        Column("plan", _("plan"), value=lambda row: row.task.document.title, sort="task__document__title"),
        Column("by_hand", _("chosen by a person"), sort="by_hand", hidden=True),
        Column("since", _("since"), sort="since", hidden=True),
    )  # fmt: skip
    filters = (
        Filter("role", _("role"), options=Assignment.Role.choices),
        Filter(
            "matched", _("unit of the register"), options=(("no", _("not found")), ("yes", _("found"))),
            apply=lambda rows, value: rows.filter(unit__isnull=value == "no"),
        ),
    )  # fmt: skip

    def rows(self, request: HttpRequest) -> Any:
        """The assignments in scope."""
        return queries.assignments(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many names await a person."""
        if not total:
            return ""
        open_ = rows.filter(unit=None).count()
        if not open_:
            return _t("All %(n)s names of units in plans are matched to the register.") % {"n": total}
        return _t("%(open)s of %(n)s names in plans fit no unit of the register and await assignment.") % {
            "open": open_, "n": total,
        }  # fmt: skip


class AssignmentPage(OfTask):
    """Which unit and person one printed name means, or a unit that the plan does not name."""

    form_class = AssignForm
    title = _("Assign a unit")

    def find(self, request: HttpRequest, **kwargs: Any) -> Assignment | None:
        """The printed name; none for a new unit."""
        if "task" in kwargs:
            self.task = find_task(request, kwargs["task"])
            allow(directs(request.user, self.task))
            return None
        found: Assignment = find_in(queries.assignments(request.user), kwargs["pk"])
        self.task = found.task
        allow(directs(request.user, self.task) or bool(found.unit_id and writes_for(request.user, found.unit_id)))
        return found

    def form_arguments(self, request: HttpRequest, thing: Assignment | None) -> dict[str, Any]:
        """The units that still work, the persons in sight."""
        return {"units": queries.open_units(), "persons": persons_of(request), "named": thing is not None}

    def initial(self, request: HttpRequest, thing: Assignment | None) -> dict[str, Any]:
        """As it is."""
        return {"unit": thing.unit_id, "responsible": thing.person_id} if thing else {}

    def heading(self, thing: Assignment | None) -> str:
        """The name as printed."""
        return thing.text if thing else str(self.title)

    def save(self, request: HttpRequest, thing: Assignment | None, data: dict[str, Any], version: int | None) -> Any:
        """One action."""
        return actions.assign(
            request.user, self.task, unit=data["unit"], responsible=data["responsible"], assignment=thing,
            role=data.get("role", "lead"), version=version,
        )  # fmt: skip


class SubTaskPage(OfTask):
    """A sub-task, new or as it is."""

    form_class = SubTaskForm
    title = _("Sub-task")

    def find(self, request: HttpRequest, **kwargs: Any) -> SubTask | None:
        """The sub-task; none for a new one."""
        self.parent: SubTask | None = None
        if "task" in kwargs:
            self.task = find_task(request, kwargs["task"])
            if request.GET.get("parent", "").isdecimal():
                self.parent = find_in(SubTask.objects.filter(task=self.task), int(request.GET["parent"]))
            allow(_may_work(request.user, self.task))
            return None
        found: SubTask = find_in(
            SubTask.objects.visible_to(request.user).select_related("task__document", "parent"), kwargs["pk"]
        )
        self.task, self.parent = found.task, found.parent
        allow(_may_work(request.user, self.task) or bool(found.unit_id and writes_for(request.user, found.unit_id)))
        return found

    def form_arguments(self, request: HttpRequest, thing: SubTask | None) -> dict[str, Any]:
        """The units that still work, the persons in sight."""
        return {"units": queries.open_units(), "persons": persons_of(request)}

    def initial(self, request: HttpRequest, thing: SubTask | None) -> dict[str, Any]:
        """As it is."""
        if thing is None:
            return {"due_on": self.parent.due_on if self.parent else self.task.due_on}
        return {
            "title": thing.title, "unit": thing.unit_id, "responsible": thing.person_id,
            "due_on": thing.due_on, "done_on": thing.done_on,
        }  # fmt: skip

    def save(self, request: HttpRequest, thing: SubTask | None, data: dict[str, Any], version: int | None) -> SubTask:
        """One action."""
        return actions.save_subtask(request.user, self.task, subtask=thing, parent=self.parent, version=version, **data)


@require_POST
def remark(request: HttpRequest, task: int) -> HttpResponse:
    """Leaves a remark of one of the reader's units."""
    found = find_task(request, task)
    hands = hands_in(request.user, found)
    wanted = request.POST.get("unit", "")
    unit = hands.filter(pk=int(wanted)).first() if wanted.isdecimal() else hands.first()
    allow(unit is not None)
    actions.comment(request.user, found, unit, request.POST.get("text", ""))
    return redirect("plans:task", task)


class AskDeadline(OfTask):
    """A request to move a task's deadline."""

    form_class = DeadlineForm
    title = _("Ask to move the deadline")
    save_label = _("Ask")

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """The task."""
        self.task = find_task(request, kwargs["task"])
        allow(_may_work(request.user, self.task))

    def initial(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """The deadline that holds."""
        return {"new_due": self.task.due_on}

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> DeadlineRequest:
        """One action."""
        return actions.ask_deadline(request.user, self.task, data["new_due"], data["reason"])


class DecideDeadline(OfTask):
    """Granting or refusing a request."""

    form_class = DecisionForm
    title = _("Decide on the deadline")
    save_label = _("Decide on it")

    def find(self, request: HttpRequest, **kwargs: Any) -> DeadlineRequest:
        """The request of somebody else."""
        found: DeadlineRequest = find_in(queries.deadline_requests(request.user), kwargs["pk"])
        self.task = found.task
        allow(directs(request.user, self.task) and found.asked_by_id != request.user.pk)
        return found

    def answer(self, request: HttpRequest, thing: DeadlineRequest) -> str:
        """What is asked, and why."""
        return _t("%(who)s asks to move the deadline from %(old)s to %(new)s: %(reason)s") % {
            "who": thing.asked_by or "—", "old": thing.old_due or "—", "new": thing.new_due, "reason": thing.reason,
        }  # fmt: skip

    def save(self, request: HttpRequest, thing: DeadlineRequest, data: dict[str, Any], version: int | None) -> Any:
        """One action."""
        return actions.decide_deadline(request.user, thing, data["decision"] == "grant", data["note"])


@require_POST
def withdraw_deadline(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a request back."""
    found = find_in(queries.deadline_requests(request.user), pk)
    actions.withdraw_deadline(request.user, found)
    return redirect("plans:task", found.task_id)
