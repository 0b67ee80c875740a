"""Bringing figures in: an upload becomes a job that takes the file into the lake."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile

from commercebrain.desk.access.uploads import checked_upload
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.figures import lake
from commercebrain.desk.core.jobs import JobContext, start
from commercebrain.desk.core.models import Job
from commercebrain.desk.figures import queries
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.covered import held_places
from commercebrain.engine.lake import IntakeReport
from commercebrain.engine.working.store import refresh_dataset

MAX_BYTES = 50 * 2**20
KINDS = ("xlsx", "csv")


OBSERVATIONS = "observations"


def start_intake(upload: UploadedFile, person: Person, dataset: str = OBSERVATIONS) -> Job:
    """Keeps the uploaded file under its checksum and queues its intake into ``dataset``.

    Raises :class:`PermissionDenied` without the right to enter (for records: into that dataset), :class:`UserError` for
    a file that does not pass.
    """
    if not queries.may_enter(person):
        raise PermissionDenied
    if dataset != OBSERVATIONS and dataset not in {one.code for one in queries.enterable_records(person)}:
        raise PermissionDenied
    return start("figures.intake", person, path=keep(upload, person), dataset=dataset)


def keep(upload: UploadedFile, person: Person) -> str:
    """Keep an uploaded sheet, whole, under its checksum; its path within the uploads. Raises :class:`UserError` for a file
    that does not pass."""
    checked = checked_upload(upload, KINDS, MAX_BYTES)
    folder = Path(settings.MEDIA_ROOT) / "intake"
    folder.mkdir(parents=True, exist_ok=True)
    arriving = folder / f".arriving-{person.pk}-{id(upload)}"
    with arriving.open("wb") as file:
        shutil.copyfileobj(checked.file, file)
    kept = folder / checked.sha256 / checked.name
    kept.parent.mkdir(exist_ok=True)
    arriving.replace(kept)
    return str(kept.relative_to(settings.MEDIA_ROOT))


def take_in(context: JobContext, path: str, dataset: str = OBSERVATIONS) -> dict[str, object]:
    """The job: takes the kept file in for the regions that the person enters for, and says how it went. What is rolled
    up from records is brought up to date in the same job."""
    person = context.person
    if person is None or not queries.may_enter(person):
        raise PermissionDenied
    file = Path(settings.MEDIA_ROOT) / path

    def progress(done: int, total: int) -> None:
        context.progress(done, total, f"校验第 {done} 行", f"checking row {done}")

    if dataset == OBSERVATIONS:
        report = lake().intake(
            file, taken_in=today(), names=queries.names(person), by=person.username, progress=progress
        )
    else:
        report = _take_in_records(file, dataset, person, progress)
    note(report, person)
    return {"batch": report.batch, "zh": report.say("zh"), "en": report.say("en")}


def _take_in_records(file: Path, dataset: str, person: Person, progress: Callable[[int, int], None]) -> IntakeReport:
    declared = {one.code: one for one in queries.enterable_records(person)}.get(dataset)
    if declared is None:
        raise PermissionDenied
    allowed = queries.enterable_regions(person)
    others = held_places(lake().root, declared, today()) - (allowed or frozenset()) if allowed is not None else set()
    if others and declared.arrives == "month":  # a file for a month replaces what was sent for it before
        raise UserError(
            "intake.other_places",
            f"“{declared.record.zh}”已有其他地区（{'、'.join(sorted(others)[:5])}）的明细，按月导入会替换它们；"
            "请由负责全部地区的单位导入。",
            f"“{declared.record.en}” hold lines of other regions ({', '.join(sorted(others)[:5])}), which a file for a month "
            "would replace; whoever brings in for all of them has to do it.",
        )
    report = lake().intake(file, dataset, taken_in=today(), by=person.username, progress=progress, places=allowed)
    if not report.already:
        refresh_dataset(lake().root, dataset)
    return report


def note(report: IntakeReport, person: Person | None) -> None:
    """Writes the event of an intake; one that changed nothing leaves none."""
    if not report.already:
        unit = None
        if person is not None:
            membership = person.memberships.in_force(today()).select_related("unit").first()
            unit = membership.unit if membership else None
        record(
            "figures.taken_in", ("lake.batch", report.batch[:60]), person, unit=unit, file=report.file,
            accepted=report.accepted, quarantined=report.quarantined,
        )  # fmt: skip
