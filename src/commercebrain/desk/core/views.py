"""Jobs, the event log, search, and the health of the installation."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from commercebrain.desk.core import jobs, queries
from commercebrain.desk.core.events import sentence, verbs
from commercebrain.desk.core.generic import Column, DetailPage, Filter, ListPage
from commercebrain.desk.core.health import health
from commercebrain.desk.core.models import Job
from commercebrain.desk.core.search import search


class Jobs(ListPage):
    """Long work: what runs, what is done, what failed."""

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
        Column("person", gettext_lazy("Started by"), "person", sort="person__username"),
        Column("queued", gettext_lazy("Queued at"), "queued_at", sort="queued_at"),
        Column("ended", gettext_lazy("Ended at"), "ended_at", sort="ended_at"),
    )
    filters = (Filter("state", gettext_lazy("State"), Job.State.choices),)
    empty_title = gettext_lazy("No jobs yet")
    empty_hint = gettext_lazy("Reading a plan or taking in a file starts a job; its progress is shown here.")

    def rows(self, request: HttpRequest) -> Any:
        """The reader's own jobs."""
        return queries.jobs_visible_to(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many are under way."""
        running = rows.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).count()
        return ngettext("%(n)s job is under way.", "%(n)s jobs are under way.", running) % {"n": running}


class JobPage(DetailPage):
    """One job with its progress, which refreshes itself, its log, and the cancel button."""

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
        """What went wrong, as a sentence, and where the result is."""
        result = thing.result if isinstance(thing.result, dict) else {}
        language = "zh" if request.LANGUAGE_CODE.startswith("zh") else "en"
        return {
            "fault": result.get(language, "") if thing.state == Job.State.FAILED else "",
            "url": result.get("url", "") if thing.state == Job.State.DONE else "",
        }


@require_POST
def cancel_job(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for a job to stop."""
    row = queries.jobs_visible_to(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    jobs.cancel(row, request.user)
    return redirect("core:job", pk=pk)


class Events(ListPage):
    """What happened, who did it, when."""

    title = gettext_lazy("Event log")
    columns = (
        Column("what", gettext_lazy("What happened"), sentence),
        Column("at", gettext_lazy("At"), "at", sort="at"),
        Column("day", gettext_lazy("Business date"), "business_date", sort="business_date"),
        Column("person", gettext_lazy("Person"), "person", sort="person__username"),
        Column("unit", gettext_lazy("Unit"), "unit", sort="unit__path"),
        Column("verb", gettext_lazy("Code"), "verb", sort="verb", hidden=True),
        Column("subject", gettext_lazy("Subject"), lambda e: f"{e.subject_type} {e.subject_id}", hidden=True),
    )
    filters = (Filter("verb", gettext_lazy("Kind"), lambda request: [(code, code) for code in sorted(verbs())]),)
    search_fields = ("person__username", "person__name_zh", "subject_id", "verb")
    empty_title = gettext_lazy("Nothing has happened in your sight")
    empty_hint = gettext_lazy("Every change is written here with its time and its author; nothing is ever removed.")

    def rows(self, request: HttpRequest) -> Any:
        """Events in scope, the newest first."""
        return queries.events_visible_to(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many."""
        return ngettext("%(n)s event in your sight.", "%(n)s events in your sight.", total) % {"n": total}


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Hits for the search box: a list to drop down (htmx), or a page of its own."""
    text = request.GET.get("q", "").strip()[:60]
    hits = search(request.user, text, each=6 if getattr(request, "htmx", False) else 50)
    template = "core/search_hits.html" if getattr(request, "htmx", False) else "core/search.html"
    return render(request, template, {"hits": hits, "text": text})


@login_not_required
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether database, lake and worker are there; open, so it tells states and nothing else."""
    report = health()
    return JsonResponse(report, status=200 if report["database"] == "ok" else 503)
