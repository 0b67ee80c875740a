"""Pages of imports: the list of one's own, upload with template, mapping, preview, done and undone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from commercebrain.desk.access.uploads import download
from commercebrain.desk.core import reader
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, DetailPage, Filter, ListPage
from commercebrain.desk.core.imports import actions, files
from commercebrain.desk.core.imports.declaring import Importer, find_importer, importers_for
from commercebrain.desk.core.models import ImportRow, ImportRun, Job
from commercebrain.engine.errors import UserError

SHOWN = 20  # rows of each kind on the preview


def own(request: HttpRequest) -> QuerySet[ImportRun]:
    """A person's own imports: what a file holds was checked against that person's rights, so nobody else reads it."""
    return ImportRun.objects.filter(person_id=request.user.pk).select_related("job", "person", "unit")


def _importer(request: HttpRequest, code: str, target: str) -> Importer:
    found = find_importer(code, target, request.user)
    if found is None:
        raise Http404
    return found


def _run(request: HttpRequest, pk: int) -> tuple[ImportRun, Importer]:
    run = own(request).filter(pk=pk).first()
    if run is None:
        raise Http404
    return run, _importer(request, run.importer, run.target)


def _register(run: ImportRun) -> str:
    found = find_importer(run.importer, run.target)
    return found.label if found else run.importer


class Imports(ListPage):
    """One's own imports."""

    title = gettext_lazy("Imports")
    columns = (
        Column("name", gettext_lazy("File"), "name", link=lambda r: reverse("core:import", args=[r.pk]), sort="name"),
        Column("register", gettext_lazy("Into the register"), _register),
        Column("state", gettext_lazy("State"), lambda r: r.get_state_display(), sort="state"),
        Column("added", gettext_lazy("Added"), lambda r: r.counts.get("added"), number=True, decimals=0),
        Column("written", gettext_lazy("Changed"), lambda r: r.counts.get("written"), number=True, decimals=0),
        Column("refused", gettext_lazy("Refused"), lambda r: r.counts.get("refused"), number=True, decimals=0),
        Column("at", gettext_lazy("Uploaded at"), "at", sort="at"),
    )
    filters = (Filter("state", gettext_lazy("State"), ImportRun.State.choices),)
    empty_title = gettext_lazy("No imports yet")
    empty_hint = gettext_lazy("Choose a register above, download its template, fill it in and upload it.")
    template_name = "core/imports.html"

    def rows(self, request: HttpRequest) -> QuerySet[ImportRun]:
        """The reader's own."""
        return own(request)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many there are."""
        return ngettext("%(n)s import of yours.", "%(n)s imports of yours.", total) % {"n": total}

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The registers into which the reader may import."""
        return {"importers": importers_for(request.user)}


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("xlsx or csv; the headings may differ from the template"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )


class Upload(FormPage):
    """Where a file comes in."""

    form_class = UploadForm
    template_name = "core/import_upload.html"
    keeps_draft = False
    save_label = gettext_lazy("Upload and compare")
    saved_message = gettext_lazy("The file is kept; nothing is written into the register yet.")

    def find(self, request: HttpRequest, **kwargs: Any) -> Importer:
        """The register's importer."""
        return _importer(request, kwargs["code"], request.GET.get("target", ""))

    def heading(self, thing: Importer) -> str:
        """Which register."""
        return _("Import: %(register)s") % {"register": thing.label}

    def answer(self, request: HttpRequest, thing: Importer) -> str:
        """What will happen."""
        return _("Nothing is written before you have seen what is new, changed and refused, and have agreed.")

    def back(self) -> tuple[str, Any]:
        """To the list of imports."""
        return reverse("core:imports"), _("Imports")

    def save(self, request: HttpRequest, thing: Importer, data: dict[str, Any], version: int | None) -> ImportRun:
        """Keeps the file and begins to compare."""
        try:
            return actions.upload(thing, data["file"], request.user)
        except UserError as fault:
            fault.field = "file"
            raise

    def done(self, request: HttpRequest, thing: ImportRun) -> str:
        """The import's page."""
        return reverse("core:import", args=[thing.pk])


class ImportPage(DetailPage):
    """One import, in whatever step it is: mapping, comparing, preview, applied, undone."""

    template_name = "core/import.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> ImportRun:
        """One's own import."""
        run, self.importer = _run(request, kwargs["pk"])
        return run

    def back(self) -> tuple[str, Any]:
        """To the list of imports."""
        return reverse("core:imports"), _("Imports")

    def heading(self, thing: ImportRun) -> str:
        """Register and file."""
        return f"{self.importer.label} · {thing.name}"

    def answer(self, request: HttpRequest, thing: ImportRun) -> str:
        """What it comes to, in words."""
        return _answer(thing)

    def extra(self, request: HttpRequest, thing: ImportRun) -> dict[str, Any]:
        """The step, the rows of each kind, the columns."""
        return context_of(thing, self.importer)


def _answer(run: ImportRun) -> str:
    counts = {
        "new": 0,
        "changed": 0,
        "unchanged": 0,
        "refused": 0,
        "added": 0,
        "written": 0,
        "skipped": 0,
        **run.counts,
    }
    if run.state == ImportRun.State.APPLIED:
        return (
            _(
                "%(added)s rows were added and %(written)s changed; %(skipped)s were left as others wrote them meanwhile."
            )
            % counts
        )
    if run.state == ImportRun.State.UNDONE:
        return _("The import is undone: %(undone)s rows are as they were before; %(kept)s stay as they were changed since.") % {
            "undone": 0, "kept": 0, **counts}  # fmt: skip
    if run.state == ImportRun.State.READY:
        return (
            _("%(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(refused)s refused. Nothing is written yet.")
            % counts
        )
    return _("Say which column of the file is which; nothing is written yet.")


def context_of(run: ImportRun, importer: Importer) -> dict[str, Any]:
    """What the page of an import needs."""
    job = run.job if run.job is not None and not run.job.over else None
    fault = run.fault or {}
    language = reader.language()
    groups = []
    for state in ImportRow.State:
        rows = ImportRow.objects.filter(run=run, state=state)
        number = _number(run, state)
        if number:
            groups.append({"state": state, "label": state.label, "number": number, "rows": _shown(rows, importer)})
    return {
        "run": run,
        "importer": importer,
        "running": job,
        "fault": fault.get("zh" if language.startswith("zh") else "en", ""),
        "fault_code": fault.get("code", ""),
        "groups": groups,
        "choices": [("", _("do not import")), *((column.key, column.label) for column in importer.columns)],
        "pairs": [
            {"n": n, "heading": heading, "key": key}
            for n, (heading, key) in enumerate(zip(run.headings, run.mapping, strict=True))
            if heading
        ],
        "lacking": [column.label for column in actions.missing(run, importer)],
        "earlier": actions.earlier_of(run) if run.state != ImportRun.State.UNDONE else None,
        "nothing": run.state == ImportRun.State.READY and not (run.counts.get("new") or run.counts.get("changed")),
        "step": _step(run),
    }


def _step(run: ImportRun) -> int:
    return {ImportRun.State.MAPPING: 2, ImportRun.State.READY: 3}.get(ImportRun.State(run.state), 4)


def _number(run: ImportRun, state: str) -> int:
    """How many rows are in a state: from the counts where they say it, else counted."""
    over = run.state in (ImportRun.State.APPLIED, ImportRun.State.UNDONE)
    if not over:
        return int(run.counts.get(state, 0))
    return ImportRow.objects.filter(run=run, state=state).count()


def _shown(rows: QuerySet[ImportRow], importer: Importer) -> list[dict[str, Any]]:
    """The first rows, each with its changes as people read them."""
    labels = {key: column.label for key, column in importer.by_key.items()}
    return [
        {
            "row": row,
            "why": files.reason(row) if row.why_zh else "",
            "changes": [
                (labels.get(k, k), old, new) for k, old, new in row.changes if new not in (None, "") or k in row.before
            ],
        }
        for row in rows.order_by("pk")[:SHOWN]
    ]


class ImportRows(ListPage):
    """Every row of one import that is new, changed, refused or skipped."""

    title = gettext_lazy("Rows of an import")
    columns = (
        Column("row", gettext_lazy("Row"), "row", number=True, decimals=0, sort="row"),
        Column("sheet", gettext_lazy("Sheet"), "sheet", hidden=True),
        Column("name", gettext_lazy("Entry"), "name", sort="name"),
        Column("state", gettext_lazy("State"), lambda r: r.get_state_display(), sort="state"),
        Column("changes", gettext_lazy("Old → new"), lambda r: _changes(r)),
        Column("why", gettext_lazy("Why"), lambda r: files.reason(r) if r.why_zh else ""),
    )
    filters = (Filter("state", gettext_lazy("State"), ImportRow.State.choices),)
    search_fields = ("name", "value")

    def rows(self, request: HttpRequest) -> QuerySet[ImportRow]:
        """The rows of one's own import."""
        run, _found = _run(request, self.kwargs["pk"])
        return ImportRow.objects.filter(run=run)


def _changes(row: ImportRow) -> str:
    if row.state == ImportRow.State.REFUSED:
        return ""
    return "；".join(
        f"{old if old not in (None, '') else '—'} → {new if new not in (None, '') else '—'}"
        for _key, old, new in row.changes
        if old != new and (row.before or new is not None)
    )


@require_GET
def template(request: HttpRequest, code: str) -> HttpResponse:
    """The workbook to fill in."""
    found = _importer(request, code, request.GET.get("target", ""))
    return download(files.template(found), f"{found.label}.xlsx")


@require_GET
def refused(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows for correction."""
    run, importer = _run(request, pk)
    return download(files.refused(run, importer), f"{run.name.rpartition('.')[0]}-{_('refused')}.xlsx")


@require_POST
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Says which column is which."""
    run, importer = _run(request, pk)
    said = [request.POST.get(f"column_{n}", "") for n in range(len(run.headings))]
    try:
        actions.map_columns(run, importer, said, request.user)
    except UserError as fault:
        if run.state in (ImportRun.State.MAPPING, ImportRun.State.READY):
            run.mapping, run.state = said, ImportRun.State.MAPPING
        return _again(request, run, importer, fault)
    return redirect("core:import", pk=run.pk)


def _again(request: HttpRequest, run: ImportRun, importer: Importer, fault: UserError) -> HttpResponse:
    page = {**context_of(run, importer), "fault": fault.say(reader.language()), "fault_code": fault.code}
    more = {"page_heading": f"{importer.label} · {run.name}", "answer": _answer(run), "thing": run}
    back = (reverse("core:imports"), _("Imports"))
    return render(request, "core/import.html", {**page, **more, "back": back}, status=422)


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Writes the preview."""
    run, importer = _run(request, pk)
    if run.state != ImportRun.State.READY:
        fault = UserError(
            "imports.not_ready",
            "这次导入不在待应用状态；请刷新页面查看。",
            "This import is not ready to apply; reload the page.",
        )
        return _again(request, run, importer, fault)
    actions.apply(run, request.user)
    return redirect("core:import", pk=run.pk)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts back what was."""
    run, importer = _run(request, pk)
    if run.state != ImportRun.State.APPLIED:
        fault = UserError(
            "imports.not_applied",
            "这次导入没有应用，或已经撤销过；请刷新页面查看。",
            "This import was not applied, or is undone already; reload the page.",
        )
        return _again(request, run, importer, fault)
    actions.undo(run, request.user, rest=request.POST.get("rest") == "1")
    return redirect("core:import", pk=run.pk)


def status(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress of the step under way, for htmx; when it is over the page is loaded anew."""
    run, _importer = _run(request, pk)
    if run.job is None or run.job.over:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "core/import_progress.html", {"run": run, "running": Job.objects.get(pk=run.job.pk)})
