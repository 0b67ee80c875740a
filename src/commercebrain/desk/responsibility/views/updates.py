"""The monthly round: who has said what, what is missing, what is needed from whom."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, Filter, ListPage
from commercebrain.desk.people.models import Unit
from commercebrain.desk.plans.views.tasks import TASK_STATES
from commercebrain.desk.responsibility import actions, queries
from commercebrain.desk.responsibility.actions.updates import open_until
from commercebrain.desk.responsibility.forms import AnswerForm, NeedForm, ReasonForm, UpdateForm, read_month
from commercebrain.desk.responsibility.models import Need, Reopening, Update
from commercebrain.desk.responsibility.permission import directs, writes_for
from commercebrain.desk.responsibility.views.common import OfTask, allow, find_in, find_task
from commercebrain.desk.responsibility.words import LIGHTS, months_words


class Updates(ListPage):
    """Every lead unit's tasks with their lights; missing months first."""

    title = _("Monthly updates")
    search_fields = ("task.title", "assignment.unit.name_zh", "task.document.title")
    search_hint = _("task, unit or plan")
    order = "-missing"
    page_size = 100
    empty_title = _("No task has a lead unit of the register yet")
    empty_hint = _("Assign units under Assignments; each lead unit is then asked for one update a month.")
    columns = (
        Column("task", _("task"), value=lambda row: row.task.title, sort=lambda row: row.task.title, link=lambda row: reverse("plans:task", args=[row.task.pk])),
        Column("lead", _("lead unit"), value=lambda row: str(row.assignment.unit), sort=lambda row: row.assignment.unit.path),
        Column("person", _("responsible person"), value=lambda row: row.assignment.person, hidden=True),
        Column("light", _("light"), value=lambda row: row.light, sort=lambda row: ["red", "yellow", "green", ""].index(row.light), show="responsibility/cells/light.html"),
        Column("month", _("latest month"), value=lambda row: f"{row.latest.month:%Y-%m}" if row.latest else None, sort=lambda row: row.latest.month if row.latest else None),
        Column("missing", _("missing months"), value=lambda row: len(row.round.missing), sort=lambda row: len(row.round.missing), number=True, decimals=0),
        Column("which", _("which"), value=lambda row: months_words(row.round.missing)),
        Column("due", _("deadline"), value=lambda row: row.task.due_on, sort=lambda row: row.task.due_on),
        Column("state", _("state"), value=lambda row: row.state, sort=lambda row: list(TASK_STATES).index(row.state), show="plans/cells/task_state.html"),
        Column("done", _("what was done"), value=lambda row: row.latest.done if row.latest else "", hidden=True),
        Column("reason", _("reason"), value=lambda row: row.latest.reason if row.latest else "", hidden=True),
        Column("plan", _("plan"), value=lambda row: row.task.document.title, hidden=True),
    )  # fmt: skip
    filters = (
        Filter("light", _("light"), options=tuple((code or "none", word) for code, (word, _s, _c) in LIGHTS.items()), test=lambda row, value: (row.light or "none") == value),
        Filter("missing", _("missing"), options=(("yes", _("months missing")),), test=lambda row, value: bool(row.round.missing)),
        Filter("unit", _("lead unit"), options=lambda request: _lead_units(request), test=lambda row, value: str(row.assignment.unit_id) == value),
        Filter("state", _("state"), options=tuple(TASK_STATES.items()), test=lambda row, value: row.state == value),
    )  # fmt: skip

    def rows(self, request: HttpRequest) -> Any:
        """The lines in scope."""
        return queries.lines(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """Lights, and what is missing."""
        if not total:
            return ""
        lights = {code: sum(row.light == code for row in rows) for code in LIGHTS}
        missing = sum(bool(row.round.missing) for row in rows)
        return _t(
            "%(total)s tasks of lead units: %(green)s green, %(yellow)s yellow, %(red)s red, %(none)s without any "
            "update; %(missing)s miss at least one month."
        ) % {
            "total": total, "green": lights["green"], "yellow": lights["yellow"], "red": lights["red"],
            "none": lights[""], "missing": missing,
        }  # fmt: skip


def _lead_units(request: HttpRequest) -> list[tuple[str, str]]:
    units = {row.assignment.unit_id: str(row.assignment.unit) for row in queries.lines(request.user)}
    return [(str(pk), name) for pk, name in sorted(units.items(), key=lambda item: item[1])]


class OfUnit(OfTask):
    """A form of one lead unit on one task, about one month where the address names it."""

    unit: Unit

    def locate(self, request: HttpRequest, **kwargs: Any) -> None:
        """Task, unit and month of the address; 404 for a unit that does not lead it."""
        self.task = find_task(request, kwargs["task"])
        leads = self.task.assignments.filter(role="lead", unit=kwargs["unit"])
        row = leads.select_related("unit").first()
        if row is None:
            raise Http404
        self.unit = row.unit
        if "month" in kwargs:
            month = read_month(kwargs["month"])
            if month is None:
                raise Http404
            self.month = month


class WriteUpdate(OfUnit):
    """A month's update."""

    form_class = UpdateForm

    def find(self, request: HttpRequest, **kwargs: Any) -> Update | None:
        """What is written; none for a month without an update."""
        self.locate(request, **kwargs)
        allow(writes_for(request.user, self.unit.pk))
        return Update.objects.filter(task=self.task, unit=self.unit, month=self.month).first()

    def heading(self, thing: Update | None) -> str:
        """Which month."""
        return _t("Update of %(month)s") % {"month": f"{self.month:%Y-%m}"}

    def answer(self, request: HttpRequest, thing: Update | None) -> str:
        """Until when."""
        end = open_until(self.task, self.unit, self.month)
        words = {"task": self.task.title, "unit": self.unit, "end": end}
        if end is not None and end < today():
            return _t("%(task)s · %(unit)s: this month closed on %(end)s; a superior can open it again.") % words
        if end is None:
            return _t("%(task)s · %(unit)s") % words
        return _t("%(task)s · %(unit)s: to be written until %(end)s.") % words

    def initial(self, request: HttpRequest, thing: Update | None) -> dict[str, Any]:
        """As it is."""
        return {"light": thing.light, "done": thing.done, "reason": thing.reason} if thing else {}

    def save(self, request: HttpRequest, thing: Update | None, data: dict[str, Any], version: int | None) -> Update:
        """One action."""
        return actions.save_update(request.user, self.task, self.unit, self.month, seen=version, **data)


class Reopen(OfUnit):
    """Opens a closed month again."""

    form_class = ReasonForm
    title = _("Open the month again")

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """The month of a unit below."""
        self.locate(request, **kwargs)
        allow(directs(request.user, self.task, self.unit))

    def answer(self, request: HttpRequest, thing: Any) -> str:
        """Whose month."""
        return f"{self.task.title} · {self.unit} · {self.month:%Y-%m}"

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Reopening:
        """One action."""
        return actions.reopen_month(request.user, self.task, self.unit, self.month, data["reason"])


class AskNeed(OfUnit):
    """What a lead unit needs from another."""

    form_class = NeedForm
    title = _("Ask another unit")
    save_label = _("Ask")

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """The lead unit's task."""
        self.locate(request, **kwargs)
        allow(writes_for(request.user, self.unit.pk))

    def form_arguments(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """The units that still work."""
        return {"units": queries.open_units().exclude(pk=self.unit.pk)}

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Need:
        """One action."""
        return actions.ask(request.user, self.task, self.unit, data["to_unit"], data["text"])


class Needs(ListPage):
    """Requests from unit to unit."""

    title = _("Requests to units")
    search_fields = ("text", "answer", "task__title", "from_unit__name_zh", "to_unit__name_zh")
    search_hint = _("words, task or unit")
    order = "-asked_on"
    empty_title = _("Nobody has asked for anything")
    empty_hint = _(
        "A lead unit says on its task what it needs from whom; the request then stands here until it is answered."
    )
    columns = (
        Column("text", _("what is needed"), link=lambda row: reverse("responsibility:need", args=[row.pk])),
        Column("state", _("state"), value="get_state_display", sort="state"),
        Column("from_unit", _("asked by"), sort="from_unit__path"),
        Column("to_unit", _("needed from"), sort="to_unit__path"),
        Column("asked_on", _("asked on"), sort="asked_on"),
        Column("task", _("task"), value=lambda row: row.task.title, sort="task__title"),
        Column("answer", _("answer")),
        Column("answered_on", _("answered on"), sort="answered_on"),
    )
    filters = (Filter("state", _("state"), options=Need.State.choices),)

    def rows(self, request: HttpRequest) -> Any:
        """The requests in scope."""
        return queries.needs(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many are open."""
        if not total:
            return ""
        return _t("%(open)s of %(n)s requests are open.") % {
            "open": rows.filter(state=Need.State.OPEN).count(), "n": total,
        }  # fmt: skip


class NeedPage(FormPage):
    """One request: who asks, what, and the answer."""

    form_class = AnswerForm
    template_name = "responsibility/need.html"
    save_label = _("Answer")

    def find(self, request: HttpRequest, **kwargs: Any) -> Need:
        """In scope, or 404; only the unit asked may answer."""
        found: Need = find_in(queries.needs(request.user), kwargs["pk"])
        self.may_answer = found.state == Need.State.OPEN and writes_for(request.user, found.to_unit_id)
        allow(request.method == "GET" or writes_for(request.user, found.to_unit_id))
        return found

    def heading(self, thing: Need) -> str:
        """Who asks whom."""
        return f"{thing.from_unit} → {thing.to_unit}"

    def answer(self, request: HttpRequest, thing: Need) -> str:
        """What is needed."""
        return thing.text

    def back(self) -> tuple[str, Any]:
        """The list."""
        return reverse("responsibility:needs"), _("Requests to units")

    def extra(self, request: HttpRequest, thing: Need) -> dict[str, Any]:
        """Whether the reader may answer."""
        return {"may_answer": self.may_answer, "need": thing}

    def save(self, request: HttpRequest, thing: Need, data: dict[str, Any], version: int | None) -> Need:
        """One action."""
        return actions.answer(request.user, thing, data["text"])

    def done(self, request: HttpRequest, thing: Need) -> str:
        """The request."""
        return reverse("responsibility:need", args=[thing.pk])
