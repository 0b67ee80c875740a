"""Bringing figures in: an upload becomes a job that takes the file into the lake."""

from __future__ import annotations

import shutil
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
from commercebrain.engine.lake import IntakeReport

MAX_BYTES = 50 * 2**20
KINDS = ("xlsx", "csv")


def start_intake(upload: UploadedFile, person: Person) -> Job:
    """Keeps the uploaded file under its checksum and queues its intake.

    Raises :class:`PermissionDenied` without the right to enter, :class:`UserError` for a file that does not pass.
    """
    if not queries.may_enter(person):
        raise PermissionDenied
    checked = checked_upload(upload, KINDS, MAX_BYTES)
    folder = Path(settings.MEDIA_ROOT) / "intake"
    folder.mkdir(parents=True, exist_ok=True)
    arriving = folder / f".arriving-{person.pk}-{id(upload)}"
    with arriving.open("wb") as file:
        shutil.copyfileobj(checked.file, file)
    kept = folder / checked.sha256 / checked.name
    kept.parent.mkdir(exist_ok=True)
    arriving.replace(kept)
    return start("figures.intake", person, path=str(kept.relative_to(settings.MEDIA_ROOT)))


def take_in(context: JobContext, path: str) -> dict[str, object]:
    """The job: takes the kept file in for the regions that the person enters for, and says how it went."""
    person = context.person
    if person is None or not queries.may_enter(person):
        raise PermissionDenied
    file = Path(settings.MEDIA_ROOT) / path

    def progress(done: int, total: int) -> None:
        context.progress(done, total, f"校验第 {done} 行", f"checking row {done}")

    report = lake().intake(file, taken_in=today(), names=queries.names(person), by=person.username, progress=progress)
    note(report, person)
    return {"batch": report.batch, "zh": report.say("zh"), "en": report.say("en")}


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
