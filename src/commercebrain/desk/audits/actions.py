"""Every write about audits: running one over documents, and answering what it found."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef

import commercebrain
from commercebrain.desk.audits import queries
from commercebrain.desk.audits.models import GRAVITY, Answer, Audit, AuditFinding, GivenAnswer, Place
from commercebrain.desk.core import jobs
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.models import Job
from commercebrain.desk.people.models import Person
from commercebrain.desk.plans.actions.permission import Overtaken, check_row, refuse
from commercebrain.desk.plans.models import Document
from commercebrain.engine.errors import UserError
from commercebrain.engine.planaudit.findings import Finding

Progress = Callable[[int, int, str, str], None]
NOTE_LENGTH = 1000


def _silent(done: int, total: int, zh: str, en: str) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Ran:
    """What a run did: its row, how many findings stand in its documents, how many are new, how many are gone."""

    audit: Audit
    standing: int
    new: int
    resolved: int


def start(person: Person, document: Document | None = None) -> Job:
    """Begins the job that audits every plan that ``person`` may see, or only what touches ``document``.

    Raises ``NotPermitted`` for a person who may enter for none of the plans.
    """
    if document is not None:
        check_row(person, document)
    elif not queries.may_run(person):
        raise refuse(
            "您没有录入规划的权限，不能发起核对；请由制定单位有录入权限的人员办理。",
            "You may not enter plans anywhere, so you cannot start an audit; somebody with that right has to do it.",
        )
    return jobs.start("audits.run", person, **({"document": document.pk} if document else {}))


def run(
    documents: Sequence[Document],
    person: Person | None = None,
    *,
    only: Document | None = None,
    progress: Progress = _silent,
    job: int | None = None,
) -> Ran:
    """Holds the numbers of ``documents`` against each other and stores what was found, all or nothing.

    A finding that was there before keeps its answer, unless its verdict has become graver: then it asks anew. One
    that is gone is marked as resolved, never deleted. ``only`` stores what touches that one document. ``progress``
    may raise to stop the run; nothing is then stored.
    """
    # The reader compiles its grammar when it is loaded: only who reads a plan pays for that.
    from commercebrain.engine.planaudit.audit import audit_documents
    from commercebrain.engine.planaudit.ledger import read_document

    rows = {str(row.pk): row for row in sorted(documents, key=lambda row: row.pk)}
    total = len(rows) + 2
    read = []
    for number, (name, row) in enumerate(rows.items()):
        progress(number, total, f"读取《{row.title}》", f"reading “{row.title}”")
        read.append(read_document(name, row.text))
    progress(len(rows), total, "逐项核对", "holding the numbers against each other")
    found = {fingerprint(item): item for item in audit_documents(read)}
    if only is not None:
        found = {key: item for key, item in found.items() if str(only.pk) in documents_of(item)}
    progress(len(rows) + 1, total, "保存", "saving")
    with transaction.atomic():
        audit = Audit.objects.create(
            person=person, business_date=today(), engine_version=commercebrain.__version__, job_id=job
        )
        audit.documents.set([only] if only is not None else rows.values())
        new = _store(audit, found)
        gone = _resolve(audit, list(rows.values()), only)
        _tell(audit, person, rows, found, new, gone)
    return Ran(audit, len(found), len(new), len(gone))


def documents_of(finding: Finding) -> list[str]:
    """The documents that a finding quotes or computes with, in the order of their first word."""
    return list(dict.fromkeys([*(q.doc for q in finding.quotes), *(place[0] for place in finding.numbers)]))


def fingerprint(finding: Finding) -> str:
    """What stays the same about a finding over runs: its check, what it is about, and the words; never its offsets."""
    words = sorted((q.doc, re.sub(r"\s", "", q.quote)) for q in finding.quotes)
    return hashlib.sha256(json.dumps([finding.check, finding.about, words]).encode()).hexdigest()


def _store(audit: Audit, found: dict[str, Finding]) -> set[str]:
    """Writes the findings of a run over those with the same fingerprint; returns the fingerprints that are new."""
    before = {
        row.fingerprint: row
        for row in AuditFinding.objects.filter(fingerprint__in=list(found)).only("fingerprint", "gravity", "token")
    }
    made = [
        AuditFinding(
            audit=audit, fingerprint=key, check_number=item.check, verdict=item.verdict, gravity=GRAVITY[item.verdict],
            quotes=[
                {"document": int(q.doc), "quote": q.quote, "start": q.start, "end": q.end} for q in item.quotes
            ],
            computation=item.computation, zh=item.zh, en=item.en, found_on=audit.business_date,
        )
        for key, item in sorted(found.items())  # in one order, so that two runs never wait for each other
    ]  # fmt: skip
    AuditFinding.objects.bulk_create(
        made,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["fingerprint"],
        update_fields=["audit", "verdict", "gravity", "quotes", "computation", "zh", "en", "resolved_on"],
    )
    graver = [row.pk for key, row in before.items() if GRAVITY[found[key].verdict] > row.gravity]
    AuditFinding.objects.filter(pk__in=graver).exclude(answer="").update(
        answer="", note="", answered_by=None, answered_on=None, token=uuid.uuid4().hex
    )
    ids = dict(AuditFinding.objects.filter(audit=audit).values_list("fingerprint", "pk"))
    places = [
        Place(finding_id=ids[key], document_id=int(name)) for key, item in found.items() for name in documents_of(item)
    ]
    Place.objects.bulk_create(places, batch_size=500, ignore_conflicts=True)
    return set(found) - set(before)


def _resolve(audit: Audit, documents: Iterable[Document], only: Document | None) -> list[int]:
    """Marks findings that lie within the documents of a run and that it did not find; returns their ids."""
    places = Place.objects.filter(finding=OuterRef("pk"))
    rows = AuditFinding.objects.filter(Exists(places), resolved_on=None).exclude(audit=audit)
    rows = rows.filter(~Exists(places.exclude(document__in=[row.pk for row in documents])))
    if only is not None:
        rows = rows.filter(Exists(places.filter(document=only)))
    gone = list(rows.values_list("pk", flat=True))
    AuditFinding.objects.filter(pk__in=gone).update(resolved_on=audit.business_date, token=uuid.uuid4().hex)
    return gone


def _tell(
    audit: Audit, person: Person | None, rows: dict[str, Document], found: dict[str, Finding], new: set[str],
    gone: list[int],
) -> None:  # fmt: skip
    """The run for who ran it; for each document what changed within it alone, so that no other one shows through."""
    grave = [item for item in found.values() if item.verdict == "contradiction"]
    if person is not None or new or gone:  # a preparation that finds everything in place says nothing
        record(
            "audit.run", audit, person, None, count=len(rows), contradictions=len(grave), new=len(new), gone=len(gone)
        )
    alone: dict[str, list[int]] = {}
    for key in new:
        if len(names := documents_of(found[key])) == 1 and found[key].verdict in ("contradiction", "conflict"):
            alone.setdefault(names[0], [0, 0])[0] += 1
    within: dict[int, list[int]] = {}
    for finding, document in Place.objects.filter(finding__in=gone).values_list("finding", "document"):
        within.setdefault(finding, []).append(document)
    for documents in within.values():
        if len(documents) == 1:
            alone.setdefault(str(documents[0]), [0, 0])[1] += 1
    for name, (added, resolved) in alone.items():
        document = rows[name]
        record("audit.changed", document, person, document.unit, name=document.title, new=added, gone=resolved)


def answer(person: Person, finding: AuditFinding, kind: str, note: str, *, token: str) -> AuditFinding:
    """Answers ``finding`` as ``kind`` of :class:`Answer`; ``token`` is the one that the person saw.

    Raises ``NotPermitted`` without the right to enter for one of the documents, ``Overtaken`` when somebody else
    answered or a run changed the finding in between, :class:`UserError` for an explanation without words.
    """
    check_row(person, finding)
    note = note.strip()[:NOTE_LENGTH]
    if kind not in Answer.values:
        raise UserError("audits.no_answer", "请选择一种答复。", "Choose one of the answers.")
    if kind == Answer.EXPLAINED and not note:
        raise UserError("audits.no_note", "请写明说明的内容。", "Write the explanation.")
    if not finding.asks:
        raise UserError("audits.nothing_asked", "相符或属四舍五入之差的，无需答复。", "What holds needs no answer.")
    new = uuid.uuid4().hex
    with transaction.atomic():
        claimed = AuditFinding.objects.filter(pk=finding.pk, token=token, resolved_on=None).update(
            answer=kind, note=note, answered_by=person, answered_on=today(), token=new
        )
        if not claimed:
            raise Overtaken(
                "audits.overtaken",
                "这一条刚刚已由他人答复或已重新核对，您的操作没有生效；请查看现在的情况。",
                "Somebody else has just answered this, or it was checked anew, so your answer did not take effect; "
                "look at how it stands now.",
            )
        GivenAnswer.objects.create(
            finding=finding, verdict=finding.verdict, answer=kind, note=note, by=person, on=today()
        )
        document = Document.objects.enterable_by(person).filter(audit_places__finding=finding).order_by("pk").first()
        quote = next((q["quote"] for q in finding.quotes if q["document"] == document.pk), "")
        words = {Answer.EXPLAINED: ("说明", "explained"), Answer.TO_BE_CORRECTED: ("将更正", "to be corrected"),
                 Answer.ACCEPTED: ("接受现状", "accepted as it stands")}[Answer(kind)]  # fmt: skip
        record(
            "audit.answered", finding, person, document.unit,
            check=finding.check_number, quote=quote[:80], answer=words[0], answer_en=words[1],
        )  # fmt: skip
    finding.refresh_from_db()
    return finding
