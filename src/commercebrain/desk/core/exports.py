"""Long exports: a job writes what the list shows to a file that only who asked may fetch, for some days."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve, reverse
from django.utils import translation

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record, record_read
from commercebrain.desk.core.export import TYPES, write_csv, write_xlsx
from commercebrain.desk.core.jobs import JobContext, every, job, start
from commercebrain.desk.core.models import ExportFile, Job
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError

FOLDER = "exports"
PULSE = 500  # rows between two signs of progress


def page_at(address: str, query: str, person: Any, language: str) -> tuple[Any, HttpRequest]:
    """The list at an address as this person would see it, with the request that it is asked with.

    Raises :class:`UserError` where there is no list, or none that the person may open.
    """
    from commercebrain.desk.core.lists import ListPage

    nothing = UserError("export.no_list", "这个地址不是列表，无法导出。", "There is no list at this address to export.")
    try:
        match = resolve(address)
    except Resolver404:
        raise nothing from None
    kind = getattr(match.func, "view_class", None)
    if kind is None or not issubclass(kind, ListPage):
        raise nothing
    request = HttpRequest()
    request.method, request.path, request.path_info = "GET", address, address
    request.GET = QueryDict(query)
    request.user, request.session, request.LANGUAGE_CODE = person, {}, language
    page = kind(**getattr(match.func, "view_initkwargs", {}))
    page.setup(request, *match.args, **match.kwargs)
    if not page.allowed(request):
        raise nothing
    return page, request


def note(page: Any, person: Any, kind: str, rows: int) -> None:
    """Writes to the event log that ``person`` took out ``rows`` rows of a list."""
    if page.reads:
        subject, zh, en = page.reads
        record_read(subject, person, (zh, en), rows, exported=True)
        return
    titles = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            titles[language] = str(page.title)
    words = {"list": titles["zh-hans"], "list_en": titles["en"], "count": rows, "kind": kind}
    record("list.exported", ("core.list", page.request.path[:60]), person, **words)


def begin(person: Person, address: str, query: str, kind: str, language: str) -> Job:
    """Queues an export of the list at ``address`` as ``query`` narrows it."""
    if kind not in TYPES:
        raise UserError("export.kind", "导出格式只有 csv 和 xlsx。", "A list is exported as csv or xlsx.")
    page_at(address, query, person, language)
    return start("core.export", person, address=address, query=query, file_kind=kind, language=language)


@job("core.export", zh="导出列表", en="Export a list")
def export(context: JobContext, address: str, query: str, file_kind: str, language: str) -> dict[str, Any]:
    """Writes the file beside its place and puts it there when it is whole; a cancelled or broken job leaves nothing."""
    person = context.person
    if person is None or not person.is_active:
        raise UserError("export.nobody", "发起人的账号已停用。", "The account that asked for this is closed.")
    folder = Path(settings.MEDIA_ROOT) / FOLDER / str(context.job_id)
    with translation.override(language):
        page, request = page_at(address, query, person, language)
        rows, columns = page.whole(request)
        total = len(rows) if isinstance(rows, list) else rows.count()
        mark = page.watermark(request)
        headers, title = page.export_headers(columns), str(page.title)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"list.{file_kind}"
        unfinished = path.with_suffix(".part")
        lines = _watched(context, page.export_lines(rows, columns), total)
        try:
            if file_kind == "csv":
                with unfinished.open("w", encoding="utf-8-sig", newline="") as out:
                    written = write_csv(out, headers, lines, mark)
            else:
                written = write_xlsx(unfinished, headers, lines, title, mark)
            context.check()
            unfinished.replace(path)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        made = ExportFile.objects.create(
            person=person,
            job_id=context.job_id,
            file=str(path.relative_to(settings.MEDIA_ROOT)),
            name=f"{title}-{today().isoformat()}.{file_kind}",
            rows=written,
            size=path.stat().st_size,
            expires_on=today() + timedelta(days=settings.EXPORT_KEEP_DAYS),
        )
        note(page, person, file_kind, written)
    return {"url": reverse("core:export_file", args=[made.pk]), "rows": written}


def _watched(context: JobContext, lines: Iterator[list[Any]], total: int) -> Iterator[list[Any]]:
    for number, line in enumerate(lines):
        if number % PULSE == 0:
            context.progress(number, total, "写入文件", "writing the file")
        yield line
    context.progress(total, total, "写入文件", "writing the file")


@job("core.remove_exports", zh="清理过期的导出文件", en="Remove expired export files", idempotent=True)
def remove_expired(context: JobContext | None = None) -> dict[str, int]:
    """Deletes the files whose days are over, and what a killed job has left behind."""
    root, removed = Path(settings.MEDIA_ROOT), 0
    for row in ExportFile.objects.filter(expires_on__lt=today()):
        shutil.rmtree((root / row.file).parent, ignore_errors=True)
        row.delete()
        removed += 1
    known = {Path(name).parent.name for name in ExportFile.objects.values_list("file", flat=True)}
    over = [Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED]
    for folder in (root / FOLDER).glob("*"):
        ended = folder.name.isdecimal() and not Job.objects.filter(pk=folder.name).exclude(state__in=over).exists()
        if folder.name not in known and ended:
            shutil.rmtree(folder, ignore_errors=True)
    return {"removed": removed}


every("day 02:30", "core.remove_exports")
