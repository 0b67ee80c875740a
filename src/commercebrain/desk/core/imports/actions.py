"""Writes of imports: taking a file, saying which column is which, applying, undoing."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from commercebrain.desk.access.uploads import checked_upload
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.imports.declaring import Importer
from commercebrain.desk.core.imports.reading import guess, open_file, signature_of
from commercebrain.desk.core.jobs import start
from commercebrain.desk.core.models import ImportMapping, ImportRun, Job
from commercebrain.desk.people.models import Membership, Person
from commercebrain.engine.errors import UserError

KINDS = ("xlsx", "csv")


def upload(importer: Importer, file: Any, person: Person) -> ImportRun:
    """Keeps a file and guesses which column is which; where all is known the comparison begins at once.

    What the same person said about the same headings last time is taken over. Raises :class:`UserError` for a file
    that cannot be read.
    """
    checked = checked_upload(file, KINDS)
    opened = open_file(checked.name, checked.file.read(), importer)
    checked.file.seek(0)
    sheet = opened.first
    earlier = ImportMapping.objects.filter(
        person=person, importer=f"{importer.code}:{importer.target}", signature=sheet.signature
    ).first()
    known = set(importer.by_key)
    mapping = [key if key in known else "" for key in earlier.mapping] if earlier else guess(sheet.headings, importer)
    held = Membership.objects.in_force(today()).filter(person=person).select_related("unit").order_by("unit__path")
    unit = next((membership.unit for membership in held), None)
    with transaction.atomic():
        run = ImportRun(
            importer=importer.code, target=importer.target, person=person, unit=unit, name=checked.name,
            sha256=checked.sha256, sheet=sheet.grid.name[:100], header_rows=list(sheet.header_rows),
            headings=sheet.headings, mapping=mapping, business_date=today(),
        )  # fmt: skip
        run.file.save(f"{checked.sha256[:16]}.{checked.kind}", checked.file, save=False)
        run.save()
        record("import.uploaded", run, person, unit=unit, name=run.name, register=importer.zh, register_en=importer.en)
    if earlier is not None or not missing(run, importer):
        compare(run, importer, person)
    return run


def missing(run: ImportRun, importer: Importer) -> list[Any]:
    """The key columns that no column of the file is mapped to."""
    return [importer.by_key[key] for key in importer.key if key not in (*run.mapping, *importer.blank_key)]


def map_columns(run: ImportRun, importer: Importer, mapping: list[str], person: Person) -> Job:
    """Says which column is which, remembers it for files with the same headings, and begins the comparison.

    Raises :class:`UserError` (``imports.mapping_…``) for a field named twice or a key column that is missing.
    """
    if run.state not in (ImportRun.State.MAPPING, ImportRun.State.READY):
        raise UserError(
            "imports.done_already",
            f"导入“{run.name}”已经应用，不能再改列的对应关系；请重新上传文件。",
            f"The import “{run.name}” was applied; its columns can no longer be changed. Upload the file again.",
        )
    known = importer.by_key
    wanted = [key if key in known else "" for key in mapping][: len(run.headings)]
    wanted += [""] * (len(run.headings) - len(wanted))
    twice = next((key for key in wanted if key and wanted.count(key) > 1), None)
    if twice:
        raise UserError(
            "imports.mapping_twice",
            f"有两列都对应到“{known[twice].zh}”；一个字段只能来自一列，请把其中一列改为“不导入”。",
            f"Two columns are mapped to “{known[twice].en}”; a field comes from one column: leave one of them out.",
        )
    run.mapping = wanted
    if lacking := missing(run, importer):
        names, names_en = "、".join(c.zh for c in lacking), ", ".join(c.en for c in lacking)
        raise UserError(
            "imports.mapping_lacks",
            f"还没有指明哪一列是“{names}”，没有它无法确定每行对应登记册的哪一条。",
            f"No column is mapped to “{names_en}”; without it nobody can tell which row of the register is meant.",
        )
    signature = signature_of(run.headings)
    ImportMapping.objects.update_or_create(
        person=person, importer=f"{importer.code}:{importer.target}", signature=signature, defaults={"mapping": wanted}
    )
    return compare(run, importer, person)


def compare(run: ImportRun, importer: Importer, person: Person) -> Job:
    """Begins the comparison with the register."""
    run.state, run.fault = ImportRun.State.MAPPING, None
    run.save(update_fields=["state", "fault", "mapping"])
    return _begin(run, "imports.check", person)


def apply(run: ImportRun, person: Person) -> Job:
    """Begins to write what the preview shows; nothing else can begin on this import meanwhile."""
    return _begin(run, "imports.apply", person)


def undo(run: ImportRun, person: Person, *, rest: bool = False) -> Job:
    """Begins to put back what was; with ``rest`` in spite of rows that were changed since."""
    return _begin(run, "imports.undo", person, rest=rest)


def _begin(run: ImportRun, kind: str, person: Person, **arguments: Any) -> Job:
    """Starts the job unless one is under way for the import."""
    with transaction.atomic():
        ImportRun.objects.select_for_update().get(pk=run.pk)
        busy = ImportRun.objects.filter(pk=run.pk, job__state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()
        if busy is not None and busy.job is not None:
            return busy.job
        ImportRun.objects.filter(pk=run.pk).update(fault=None)
        job = start(kind, person, run=run.pk, **arguments)
        ImportRun.objects.filter(pk=run.pk).update(job=job)
    run.refresh_from_db()
    return job


def earlier_of(run: ImportRun) -> ImportRun | None:
    """The import of the very same file into the same register that was applied before."""
    same = ImportRun.objects.filter(
        importer=run.importer, target=run.target, sha256=run.sha256, state=ImportRun.State.APPLIED
    )
    return same.exclude(pk=run.pk).order_by("-pk").first()
