"""Writes of annotations: a third party adds remarks to what it sees and changes nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.authority import NotPermitted
from commercebrain.desk.people.models import Annotation, AnnotationWording, Person, Unit
from commercebrain.desk.people.queries import may_annotate
from commercebrain.desk.people.subjects import Subject, find_subject
from commercebrain.engine.errors import UserError

EDITABLE_FOR = timedelta(days=1)


def annotate(subject: Subject, text: str, by: Person) -> Annotation:
    """Adds a remark of ``by`` to a subject that ``by`` sees."""
    if not may_annotate(by):
        raise NotPermitted(
            "annotations.not_permitted",
            "只有具有批注权限的角色（如第三方评估）可以批注。",
            "Only a role that annotates, such as the third-party evaluator, can write remarks.",
        )
    seen = _seen(by, subject.kind, subject.id)
    with transaction.atomic():
        made = Annotation.objects.create(
            subject_kind=seen.kind, subject_id=seen.id, author=by, text=_said(text), business_date=today()
        )
        _record("annotation.written", made, seen, by)
    return made


def change_annotation(annotation: Annotation, text: str, by: Person, seen: int | None = None) -> Annotation:
    """Rewords one's own remark, on the day it was written or the next; the earlier wording is kept."""
    subject = _own(annotation, by)
    if today() - annotation.business_date > EDITABLE_FOR:
        raise UserError(
            "annotations.too_late",
            "批注只能在写下的当天和次日修改；此后请撤回并另写一条。",
            "A remark can be changed on the day it was written and the next; after that withdraw it and write another.",
        )
    with transaction.atomic():
        annotation.claim(seen)
        annotation.refresh_from_db()
        said = _said(text)
        if said != annotation.text:
            AnnotationWording.objects.create(annotation=annotation, text=annotation.text)
            annotation.text = said
            annotation.save(update_fields=["text"])
            _record("annotation.changed", annotation, subject, by)
    return annotation


def withdraw_annotation(annotation: Annotation, reason: str, by: Person, seen: int | None = None) -> Annotation:
    """Withdraws one's own remark with a reason; it stays readable in the history of its subject."""
    subject = _own(annotation, by)
    if not reason.strip():
        raise UserError("annotations.reason", "请写明撤回的理由。", "Say why the remark is withdrawn.")
    with transaction.atomic():
        annotation.claim(seen)
        annotation.withdrawn_on, annotation.withdrawn_why = today(), reason.strip()[:200]
        annotation.save(update_fields=["withdrawn_on", "withdrawn_why"])
        _record("annotation.withdrawn", annotation, subject, by, reason=annotation.withdrawn_why)
    return annotation


def _said(text: str) -> str:
    if not text.strip():
        raise UserError("annotations.empty", "请填写批注内容。", "Write what the remark says.")
    return text.strip()


def _seen(by: Person, kind: str, number: str) -> Subject:
    subject = find_subject(by, kind, number)
    if subject is None:
        raise NotPermitted(
            "annotations.out_of_sight",
            "批注的对象不在您的权限范围之内。",
            "The subject of the remark is out of your sight.",
        )
    return subject


def _own(annotation: Annotation, by: Person) -> Subject:
    """The subject of a remark that ``by`` may still change: one's own, not withdrawn, still a third party's."""
    if annotation.author_id != by.pk or annotation.withdrawn_on is not None or not may_annotate(by):
        raise NotPermitted(
            "annotations.not_own",
            "只能修改或撤回自己的、尚未撤回的批注。",
            "Only one's own remarks that are not withdrawn can be changed or withdrawn.",
        )
    return _seen(by, annotation.subject_kind, annotation.subject_id)


def _record(verb: str, annotation: Annotation, subject: Subject, by: Person, **more: Any) -> None:
    unit: Unit | None = getattr(subject.row, "unit", None) or getattr(
        getattr(subject.row, "document", None), "unit", None
    )
    record(verb, annotation, by, unit=unit, about=subject.zh, about_en=subject.en, **more)
