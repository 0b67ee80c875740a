"""Documents of a case: adding them, asking for and deciding what may go to foreign authorities, handing them over.

A file is stored once, by its checksum, however often it is added. Whoever may read the case reads a paper inside the
house; a paper meant for foreign authorities is given out for sending only after another person approved it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from commercebrain.desk.access import uploads
from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case, Paper
from commercebrain.desk.cases.refusing import refused
from commercebrain.desk.cases.rights import is_firms, needs_act, needs_sight
from commercebrain.desk.cases.taking import taken
from commercebrain.desk.cases.telling import told
from commercebrain.desk.core.attachments import KINDS
from commercebrain.desk.core.events import record, record_read
from commercebrain.desk.core.models import Attachment
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError

#: No model of that name: the addresses of documents hand nothing of it out, only those of cases do.
STORED = "cases.file"
LONGEST = 500
Approval = Paper.Approval


def add_paper(
    case: Case,
    person: Person,
    file: UploadedFile | None,
    purpose: str,
    *,
    internal: bool | None = None,
    foreign: bool = False,
    kinds: Collection[str] = KINDS,
) -> Paper:
    """Puts a document to a case; the firm reads it unless its purpose or ``internal`` says otherwise. What a firm's user adds
    is never internal.

    Raises :class:`UserError`: no right, no file, a file that is not taken (``uploads.…``), a purpose that the template
    does not know, or meant for abroad where the template has nothing of the kind.
    """
    needs_act(case, person, firm=True)
    declared = template_of(case).papers
    if purpose not in declared:
        known = "、".join(one.name.zh for one in declared.values())
        raise refused(
            "no_purpose", f"请说明文件的用途，可选：{known or '（无）'}。",
            f"Say what the document is for: {', '.join(one.name.en for one in declared.values()) or '(none)'}.", 400,
        )  # fmt: skip
    if file is None:
        raise UserError("document.none", "请选择要上传的文件。", "Choose a file to take in.")
    by_firm = is_firms(person, case)
    foreign = foreign or declared[purpose].foreign
    hidden = declared[purpose].internal or bool(internal)
    checked = uploads.checked_upload(file, kinds)
    path = _kept(checked)
    with transaction.atomic():
        row = taken(case)
        stored = Attachment.objects.create(
            subject_type=STORED, subject_id=checked.sha256[:60], file=path, name=checked.name, size=checked.size,
            sha256=checked.sha256, person=person,
        )  # fmt: skip
        paper = Paper.objects.create(
            case=row, attachment=stored, purpose=purpose, internal=hidden and not by_firm, foreign=foreign,
            approval=Approval.DRAFT if foreign else Approval.NONE,
        )  # fmt: skip
        record("case.paper_added", row, person, row.unit, **{**told(row), **_firm(row, paper)}, name=checked.name)
        row.save(update_fields=["updated_at"])
    return paper


def ask_paper(paper: Paper, person: Person) -> Paper:
    """Asks that a paper may go to foreign authorities. Asking again while it waits changes nothing."""
    needs_act(paper.case, person)
    _of_abroad(paper)
    with transaction.atomic():
        row = taken(paper.case)
        free = Paper.objects.filter(pk=paper.pk, approval__in=(Approval.DRAFT, Approval.REFUSED))
        asked = free.update(
            approval=Approval.ASKED, asked_by=person, asked_at=now(), decided_by=None, decided_at=None, sentence=""
        )
        if asked:
            record("case.paper_asked", row, person, row.unit, **_inside(row), name=paper.attachment.name)
    paper.refresh_from_db()
    if paper.approval == Approval.APPROVED:
        raise refused("paper_approved", "这份文件已经批准。", "This paper is approved already.")
    return paper


def decide_paper(paper: Paper, person: Person, *, approve: bool, sentence: str = "") -> Paper:
    """Approves that a paper goes to foreign authorities, or refuses it with a sentence; never by who asked. The unit that
    answers for the case or one above may.

    Raises :class:`UserError`: no right, asked by the same person, not asked for, or decided by somebody else meanwhile.
    """
    needs_act(paper.case, person, superior=True)
    _of_abroad(paper)
    sentence = sentence.strip()[:LONGEST]
    if not approve and not sentence:
        raise refused("no_sentence", "不同意时请写明理由。", "Say why you refuse.", 400)
    with transaction.atomic():
        row = taken(paper.case)
        asked_by = Paper.objects.filter(pk=paper.pk).values_list("asked_by", flat=True).first()
        if asked_by == person.pk:
            raise refused(
                "paper_own", "这份文件是您提请批准的，须由另一人审定。",
                "You asked for this approval yourself; somebody else has to decide.", 403,
            )  # fmt: skip
        waits = Paper.objects.filter(pk=paper.pk, approval=Approval.ASKED)
        verdict = Approval.APPROVED if approve else Approval.REFUSED
        if not waits.update(approval=verdict, decided_by=person, decided_at=now(), sentence=sentence):
            raise refused(
                "paper_overtaken", "这份文件没有在等待批准，或刚刚已由他人审定。",
                "This paper does not wait for an approval, or somebody else has just decided.",
            )  # fmt: skip
        verb = "case.paper_approved" if approve else "case.paper_refused"
        record(verb, row, person, row.unit, **_inside(row), name=paper.attachment.name, sentence=sentence)
    paper.refresh_from_db()
    return paper


def hand_over_paper(paper: Paper, person: Person, *, to_send: bool = False) -> Any:
    """The file as an answer. ``to_send``: to be sent abroad, which only an approved paper may be; that is recorded.

    Raises :class:`UserError` (``cases.paper_not_approved``) for one that is not.
    """
    needs_sight(paper.case, person)
    if not Paper.objects.visible_to(person).filter(pk=paper.pk).exists():
        raise refused("no_paper", "没有这份文件，或您看不到它。", "There is no such paper, or you may not see it.", 404)
    case = paper.case
    if to_send:
        needs_act(case, person)
        may_go(paper)
        record("case.paper_sent", case, person, case.unit, **_inside(case), name=paper.attachment.name)
    else:
        what = (f"{case.number}的文件{paper.attachment.name}", f"{paper.attachment.name} of {case.number}")
        record_read(paper, person, what, unit=case.unit)
    return uploads.download(default_storage.open(paper.attachment.file.name), paper.attachment.name)


def may_go(paper: Paper) -> None:
    """Raises :class:`UserError` where a paper may not leave the house."""
    if paper.foreign and paper.approval != Approval.APPROVED:
        raise refused(
            "paper_not_approved", "这份文件面向境外机构，须经另一人批准后才能对外提供。",
            "This paper is meant for foreign authorities: it goes out only after another person approved it.",
        )  # fmt: skip


def _kept(checked: uploads.CheckedUpload) -> str:
    """Where the file is stored: by its checksum, once. A crash afterwards leaves a file that the next one finds."""
    path = f"attachments/by-checksum/{checked.sha256[:2]}/{checked.sha256}.{checked.kind}"
    if default_storage.exists(path) and default_storage.size(path) == checked.size:
        return path
    checked.file.seek(0)
    return default_storage.save(path, File(checked.file))


def _of_abroad(paper: Paper) -> None:
    if not paper.foreign:
        raise refused(
            "paper_home",
            "这份文件不面向境外，无需批准。",
            "This paper is not meant for abroad; it needs no approval.",
            400,
        )


def _inside(case: Case) -> dict[str, Any]:
    """The case, told inside the house only: no firm's user hears of it."""
    return {key: value for key, value in told(case).items() if key != "firm"}


def _firm(case: Case, paper: Paper) -> dict[str, Any]:
    """The firm's users are told of a paper that is not internal; 0 is no firm."""
    return {"firm": case.enterprise_id or 0} if case.firm_sees and not paper.internal else {"firm": 0}
