"""Taking in a planning document and reading it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from commercebrain.desk.core import jobs
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.events import record
from commercebrain.desk.core.models import Job
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.people.scopes import Classification
from commercebrain.desk.plans.actions.permission import check_row, check_unit
from commercebrain.desk.plans.models import Document, Finding
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.matching import match_indicator
from commercebrain.engine.plantext.loading import MAX_BYTES, load_document
from commercebrain.engine.plantext.particulars import read_particulars

Progress = Callable[[int, int, str, str], None]


def _silent(done: int, total: int, zh: str, en: str) -> None:
    """Progress that nobody watches."""


def _content(file: Path | BinaryIO, name: str) -> bytes:
    """The bytes of a file on disk or of an upload; a file too large is refused before it is read."""
    size = file.stat().st_size if isinstance(file, Path) else getattr(file, "size", 0)
    if size > MAX_BYTES:
        raise UserError(
            "document.too_large",
            f"文件“{name}”有 {size // 1_000_000} MB，超过上限 {MAX_BYTES // 1_000_000} MB；"
            "请提供含文字的文本、docx 或 pdf 版本，或拆分后分别上传。",
            f"The file “{name}” has {size // 1_000_000} MB, more than the limit of {MAX_BYTES // 1_000_000} MB; "
            "give a version with text (txt, docx, pdf), or split it.",
        )
    return file.read_bytes() if isinstance(file, Path) else file.read()


def import_document(
    file: Path | BinaryIO,
    *,
    unit: Unit,
    person: Person | None,
    name: str = "",
    title: str = "",
    number: str = "",
    issued_on: date | None = None,
    classification: str = Classification.INTERNAL,
) -> Document:
    """Takes in one planning document of ``unit``; the same file again gives the document that is there already.

    ``file`` is a path or an open upload. Title, number and day of issue are read from the text's head where they
    are not given. The reading itself comes after (:func:`start_reading`, :func:`read_document`).
    """
    check_unit(person, unit)
    name = Path(name or str(getattr(file, "name", file))).name[:200]
    data = _content(file, name)
    digest = hashlib.sha256(data).hexdigest()
    if known := Document.objects.filter(sha256=digest, unit=unit).first():
        return known
    try:
        with transaction.atomic():
            document = Document(
                name=name,
                title=title[:200],
                number=number[:80],
                issued_on=issued_on,
                unit=unit,
                region_id=unit.region_id,
                classification=classification,
                sha256=digest,
                uploaded_by=person,
            )
            document.save()
            # The stored name is ours: an upload's own name stays in `name` and never becomes a path.
            document.file.save(f"{digest[:24]}{Path(name).suffix.lower()[:8]}", ContentFile(data))
            record("plan.imported", document, person, unit, name=title or name)
    except IntegrityError:  # somebody else took in the same file at the same moment
        return Document.objects.get(sha256=digest, unit=unit)
    return document


def _being_read() -> UserError:
    return UserError("plans.being_read", "这份文件正在读取，请稍候。", "This document is being read; wait for the end.")


def start_reading(document: Document, person: Person | None) -> Job:
    """Begins the job that reads ``document``; raises :class:`UserError` while it is being read already."""
    check_row(person, document)
    if document.state == Document.State.READING:
        if document.job and not document.job.over:
            raise _being_read()
        # The worker that read it is gone; what it had begun was never stored.
        Document.objects.filter(pk=document.pk, state=Document.State.READING).update(state=Document.State.WAITING)
    job = jobs.start("plans.read", person, document=document.pk)
    Document.objects.filter(pk=document.pk).update(job=job)
    return job


def read_document(document: Document, person: Person | None = None, progress: Progress = _silent) -> int:
    """Reads ``document`` and stores what was found, all or nothing; returns the number of found rows.

    A document that cannot be read keeps the sentence that says why, and the same :class:`UserError` is raised. One
    that a person has begun to review is not read again.
    """
    # The reader compiles its grammar when it is loaded: only who reads a plan pays for that.
    from commercebrain.engine.plantext.reader import read_plan

    if Finding.objects.filter(document=document).exclude(state=Finding.State.WAITING).exists():
        raise UserError(
            "plans.reviewed_already",
            f"《{document.title}》已有审核结论，不再重新读取，以免覆盖审核人的工作。",
            f"“{document.title}” has been reviewed in part; it is not read again, so that no reviewer's work is lost.",
        )
    before = document.state if document.state != Document.State.READING else Document.State.WAITING
    claimed = (
        Document.objects.filter(pk=document.pk)
        .exclude(state=Document.State.READING)
        .update(state=Document.State.READING, fault_zh="", fault_en="")
    )
    if not claimed:
        raise _being_read()
    try:
        progress(0, 4, "装入文本", "loading the text")
        text = load_document(Path(document.file.path)).text
        progress(1, 4, "读出目标、事实与任务", "reading targets, facts and tasks")
        found = [finding.to_row() for finding in read_plan(text, document.name)]
        progress(2, 4, "对应指标目录", "matching the indicators")
        findings = list(_findings(document, text, found))
        progress(3, 4, "保存", "saving")
        _store(document, text, findings, person)
    except UserError as fault:
        zh, en = (words.replace(Path(document.file.name).name, document.name) for words in (fault.zh, fault.en))
        with transaction.atomic():
            Document.objects.filter(pk=document.pk).update(
                state=Document.State.FAILED, fault_zh=zh, fault_en=en, title=document.title or document.name
            )
            record("plan.failed", document, person, document.unit, name=document.title or document.name)
        document.refresh_from_db()
        raise UserError(fault.code, zh, en) from fault
    except BaseException:
        Document.objects.filter(pk=document.pk).update(state=before)
        raise
    document.refresh_from_db()
    return len(findings)


def _findings(document: Document, text: str, rows: Iterable[dict[str, Any]]) -> Iterable[Finding]:
    """The found rows as the database keeps them, numbered within their kind, indicators matched."""
    counts: dict[str, int] = {}
    known = catalogue()
    for row in rows:
        kind = row["type"]
        counts[kind] = counts.get(kind, 0) + 1
        code, candidates = "", []
        if kind != "task":
            match = match_indicator(row["indicator"] or "", row.get("unit") or "", row.get("region"), known)
            code, candidates = match.code or "", [str(item) for item in match.candidates]
        yield Finding(
            document=document,
            kind=kind,
            seq=counts[kind],
            start=row["start"],
            end=row["end"],
            quote=row["quote"],
            section=(row.get("section") or "")[:300],
            confidence=row["confidence"],
            row=row,
            indicator=code,
            candidates=candidates[:8],
        )


def _store(document: Document, text: str, findings: list[Finding], person: Person | None) -> None:
    head = read_particulars(text, document.name)
    with transaction.atomic():
        Finding.objects.filter(document=document, state=Finding.State.WAITING).delete()
        Finding.objects.bulk_create(findings, batch_size=500)
        Document.objects.filter(pk=document.pk).update(
            text=text,
            title=document.title or head.title[:200],
            number=document.number or head.number[:80],
            issued_on=document.issued_on or head.issued_on,
            state=Document.State.REVIEW,
        )
        record(
            "plan.read", document, person, document.unit,
            name=document.title or head.title, count=len(findings),
        )  # fmt: skip


@dataclass(frozen=True)
class Imported:
    """What became of one file of :func:`import_plans`: the document and its number of rows, or the fault."""

    path: Path
    document: Document | None = None
    rows: int = 0
    already: bool = False
    fault: UserError | None = None


def import_plans(
    paths: Iterable[Path],
    unit: Unit,
    person: Person | None = None,
    *,
    classification: str = Classification.INTERNAL,
) -> Iterable[Imported]:
    """Takes in and reads each of ``paths`` in turn; one bad file does not keep the others out."""
    for path in paths:
        try:
            document = import_document(path, unit=unit, person=person, classification=classification)
            if document.state in (Document.State.WAITING, Document.State.FAILED):
                yield Imported(path, document, read_document(document, person))
            else:
                yield Imported(path, document, document.findings.count(), already=True)
        except UserError as fault:
            yield Imported(path, fault=fault)
