"""The long work of imports: comparing, applying, undoing; and drafts that nobody saved."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.core import drafts
from commercebrain.desk.core.imports.applying import apply_run, undo_run
from commercebrain.desk.core.imports.checking import check_rows
from commercebrain.desk.core.imports.declaring import Importer, find_importer
from commercebrain.desk.core.imports.reading import Opened, open_file
from commercebrain.desk.core.jobs import JobContext, every, job
from commercebrain.desk.core.models import ImportRun
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError


def opened_file(run: ImportRun, importer: Importer) -> Opened:
    """The kept file of an import, opened for its importer."""
    with run.file.open("rb") as file:
        return open_file(run.name, file.read(), importer)


def _taken(number: int, context: JobContext) -> tuple[ImportRun, Importer, Person]:
    run = ImportRun.objects.select_related("unit", "person").get(pk=number)
    person = context.person or run.person
    importer = find_importer(run.importer, run.target, person)
    if importer is None:
        raise UserError(
            "imports.unknown",
            f"登记册“{run.importer} {run.target}”已不存在，无法继续导入。",
            f"The register “{run.importer} {run.target}” does not exist any more; the import cannot go on.",
        )
    return run, importer, person


def _told(run: ImportRun, fault: UserError) -> None:
    """Keeps why the step failed, for the import's own page."""
    ImportRun.objects.filter(pk=run.pk).update(fault={"code": fault.code, "zh": fault.zh, "en": fault.en})


@job("imports.check", zh="比对导入的清单", en="Compare a list with the register", retries=2, idempotent=True)
def check(context: JobContext, run: int) -> dict[str, Any]:
    """Compares every row; a second run of it begins anew."""
    row, importer, person = _taken(run, context)
    try:
        check_rows(row, importer, opened_file(row, importer), person, context)
    except UserError as fault:
        _told(row, fault)
        raise
    row.state, row.fault = ImportRun.State.READY, None
    row.save(update_fields=["state", "fault", "counts"])
    return {key: row.counts[key] for key in ("new", "changed", "unchanged", "refused")}


@job("imports.apply", zh="应用导入", en="Apply an import", retries=2, idempotent=True)
def apply(context: JobContext, run: int) -> dict[str, int]:
    """Writes the preview; begun again after a crash it finds nothing written, or everything."""
    row, importer, person = _taken(run, context)
    if row.state == ImportRun.State.APPLIED and context.attempt > 1:
        return _numbers(row, "added", "written", "skipped")  # the crash came after the commit
    return _stepped(row, apply_run, row, importer, person, context)


@job("imports.undo", zh="撤销导入", en="Undo an import", retries=2, idempotent=True)
def undo(context: JobContext, run: int, rest: bool = False) -> dict[str, int]:
    """Puts back what was; begun again after a crash it finds nothing put back, or everything."""
    row, importer, person = _taken(run, context)
    if row.state == ImportRun.State.UNDONE and context.attempt > 1:
        return _numbers(row, "undone", "kept")
    return _stepped(row, lambda *given: undo_run(*given, rest=rest), row, importer, person, context)


def _stepped(run: ImportRun, step: Any, *given: Any) -> dict[str, int]:
    try:
        counts: dict[str, int] = step(*given)
    except UserError as fault:
        _told(run, fault)
        raise
    return counts


def _numbers(run: ImportRun, *keys: str) -> dict[str, int]:
    return {key: run.counts.get(key, 0) for key in keys}


@job("core.drafts", zh="清理过期草稿", en="Remove old drafts", retries=2, idempotent=True)
def remove_old_drafts(context: JobContext) -> int:
    """Removes drafts that nobody saved for ``CBRAIN_DRAFT_DAYS``."""
    return drafts.remove_old()


every("day 03:30", "core.drafts")
