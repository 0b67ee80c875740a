"""The pages of jobs: what runs, what waits and why, what the schedule will begin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from commercebrain.desk.core import jobs, queries, reader
from commercebrain.desk.core.filters import Filter
from commercebrain.desk.core.generic import Column, DetailPage, ListPage
from commercebrain.desk.core.jobs import schedule
from commercebrain.desk.core.memo import once
from commercebrain.desk.core.models import Job
from commercebrain.desk.people.queries import runs_system

STUCK_AFTER = timedelta(minutes=10)  # without progress a running job is pointed out


def why(row: Job, alive: int | None = None) -> str:
    """Why a job does not move, as a sentence; empty when it does. ``alive`` is the number of workers, if known."""
    now = timezone.now()
    if row.state == Job.State.QUEUED:
        if row.retry_at and row.retry_at > now:
            return str(_("It was interrupted and waits for its retry at %(at)s.") % {"at": _clock(row.retry_at)})
        if (once("workers alive", lambda: len(jobs.workers_alive())) if alive is None else alive) == 0:
            return str(_("No worker is running: start one with “cbrain worker”."))
        if now - row.queued_at > timedelta(seconds=10):
            return str(_("It waits until a worker is free."))
    if row.state == Job.State.RUNNING:
        if row.beat_at and now - row.beat_at > jobs.lost_after() / 2:
            words = {"at": _clock(row.beat_at), "until": _clock(row.beat_at + jobs.lost_after())}
            return str(_("Its worker has been silent since %(at)s; at %(until)s the job counts as lost.") % words)
        if row.progress_at and now - row.progress_at > STUCK_AFTER:
            return str(_("No progress since %(at)s: it may be stuck; cancel it if it stays so.") % {
                "at": _clock(row.progress_at)
            })  # fmt: skip
    return ""


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"


class Jobs(ListPage):
    """Long work: what runs, what is done, what failed."""

    template_name = "core/jobs.html"
    title = gettext_lazy("Jobs")
    columns = (
        Column(
            "kind",
            gettext_lazy("Job"),
            lambda j: str(jobs.kind_of(j)),
            link=lambda j: reverse("core:job", args=[j.pk]),
        ),
        Column("number", gettext_lazy("Number"), "pk", sort="pk"),
        Column("state", gettext_lazy("State"), lambda j: j.get_state_display(), sort="state"),
        Column("percent", gettext_lazy("Done"), lambda j: j.percent, unit="%", number=True, decimals=0),
        Column("why", gettext_lazy("What it waits for"), why),
        Column("person", gettext_lazy("Started by"), "person", sort="person__username"),
        Column("queued", gettext_lazy("Queued at"), "queued_at", sort="queued_at"),
        Column("ended", gettext_lazy("Ended at"), "ended_at", sort="ended_at"),
        Column("attempt", gettext_lazy("Attempts"), "attempt", sort="attempt", number=True, decimals=0, hidden=True),
        Column("worker", gettext_lazy("Worker"), "worker", hidden=True),
    )
    filters = (
        Filter("state", gettext_lazy("State"), Job.State.choices),
        Filter(
            "kind",
            gettext_lazy("Job"),
            lambda request: sorted((code, str(kind)) for code, kind in jobs.KINDS.items()),
        ),
    )
    empty_title = gettext_lazy("No jobs yet")
    empty_hint = gettext_lazy("Reading a plan or taking in a file starts a job; its progress is shown here.")

    def rows(self, request: HttpRequest) -> Any:
        """The reader's own jobs."""
        return queries.jobs_visible_to(request.user)

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Whether the schedule is open to the reader."""
        return {"runs_system": runs_system(request.user)}

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many are under way, and whether anybody works on them."""
        running = rows.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).count()
        told = ngettext("%(n)s job is under way.", "%(n)s jobs are under way.", running) % {"n": running}
        alive = len(jobs.workers_alive())
        workers = ngettext("%(n)s worker is running.", "%(n)s workers are running.", alive) % {"n": alive}
        return f"{told} {workers}"


class JobPage(DetailPage):
    """One job with its progress, which refreshes itself, its log, and the buttons to cancel and to begin again."""

    template_name = "core/job.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> Job | None:
        """A job in sight."""
        return queries.jobs_visible_to(request.user).filter(pk=kwargs["pk"]).first()

    def heading(self, thing: Job) -> str:
        """Its name and number."""
        return f"{jobs.kind_of(thing)} #{thing.pk}"

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("core:jobs"), _("Jobs")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or for htmx the part that moves."""
        if getattr(request, "htmx", False):
            thing = self.find(request, **kwargs)
            if thing is None:
                raise Http404
            context = {"thing": thing, **self.extra(request, thing)}  # noqa: S610 - no query set
            return render(request, "core/job_part.html", context)
        return super().get(request, *args, **kwargs)

    def extra(self, request: HttpRequest, thing: Job) -> dict[str, Any]:
        """What went wrong, as a sentence, why it waits, and where the result is."""
        result = thing.result if isinstance(thing.result, dict) else {}
        language = "zh" if request.LANGUAGE_CODE.startswith("zh") else "en"
        return {
            "fault": result.get(language, "") if thing.state == Job.State.FAILED else "",
            "url": result.get("url", "") if thing.state == Job.State.DONE else "",
            "why": why(thing),
            "lines": [{"at": timezone.localtime(line.at), "text": str(line)} for line in thing.lines.all()[:500]],
            "technical": thing.log if runs_system(request.user) else "",
            "again": thing.state in (Job.State.FAILED, Job.State.CANCELLED),
        }


@require_POST
def cancel_job(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for a job to stop."""
    jobs.cancel(_in_sight(request, pk), request.user)
    return redirect("core:job", pk=pk)


@require_POST
def retry_job(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins a failed or cancelled job again."""
    jobs.retry(_in_sight(request, pk), request.user)
    return redirect("core:job", pk=pk)


def _in_sight(request: HttpRequest, pk: int) -> Job:
    row = queries.jobs_visible_to(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


class Schedule(ListPage):
    """What runs by itself: when it last did, how it ended, when it does next."""

    template_name = "core/schedule.html"
    title = gettext_lazy("Schedule")
    columns = (
        Column("kind", gettext_lazy("Job"), lambda line: str(line.kind)),
        Column("rhythm", gettext_lazy("How often"), lambda line: _told(line.plan.rhythm)),
        Column("last", gettext_lazy("Last due"), lambda line: line.last and line.last.slot),
        Column(
            "outcome",
            gettext_lazy("Outcome"),
            lambda line: _outcome(line),
            link=lambda line: reverse("core:job", args=[line.last.job_id]) if line.last and line.last.job_id else None,
        ),
        Column("next", gettext_lazy("Next due"), lambda line: _next(line)),
        Column("missed", gettext_lazy("After a pause"), lambda line: _catch_up(line.plan.catch_up)),
        Column("code", gettext_lazy("Code"), lambda line: line.plan.code, hidden=True),
    )
    empty_title = gettext_lazy("Nothing runs by itself")
    empty_hint = gettext_lazy("A job declared with a rhythm appears here.")

    def allowed(self, request: HttpRequest) -> bool:
        """Who runs the system."""
        return runs_system(request.user)

    def rows(self, request: HttpRequest) -> list[schedule.Line]:
        """The lines of the schedule."""
        return list(schedule.lines())

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many, by which clock."""
        moment = schedule.business_moment()
        return ngettext(
            "%(n)s job runs by itself; the business date is %(day)s.",
            "%(n)s jobs run by themselves; the business date is %(day)s.",
            total,
        ) % {"n": total, "day": moment.date().isoformat()}


def _told(thing: Any) -> str:
    """The text of something that carries both languages, in the reader's."""
    return str(thing.zh if reader.chinese() else thing.en)


def _outcome(line: schedule.Line) -> str:
    if line.last is None:
        return ""
    return str(line.last.job.get_state_display() if line.last.job else _("passed over"))


def _next(line: schedule.Line) -> str:
    if line.trouble:
        return _told(line.trouble)
    return f"{line.following:%Y-%m-%d %H:%M}" if line.following else ""


def _catch_up(policy: str) -> str:
    return {"last": _("the newest is made up for"), "all": _("all are made up for"), "none": _("passed over")}[policy]
