"""Remarks of third parties through the API: reading, writing, rewording, withdrawing.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema, Status
from ninja.pagination import paginate
from pydantic import ConfigDict, Field

from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped, found, idempotent
from commercebrain.desk.core.rest.shapes import Asked, Names, PersonRef, Reason, Text, Version, Word, person_ref
from commercebrain.desk.people import actions, queries
from commercebrain.desk.people.models import Annotation
from commercebrain.desk.people.subjects import Subject, find_subject

router = Router(tags=["annotations"])


class AnnotationOut(Schema):
    """A remark on something, never deleted: withdrawn, it stays with its history."""

    id: int
    subject_kind: str = Field(
        description="document, finding, target, task, check, enterprise or figure", examples=["target"]
    )
    subject_id: str = Field(
        description="number of the row; of a figure indicator/region/period", examples=["trade_value/330200/2024"]
    )
    subject: Names = Field(description="what it is about", examples=[{"zh": "进出口总额", "en": "Total trade"}])
    author: PersonRef
    text: str
    business_date: date
    withdrawn_on: date | None
    withdrawn_why: str
    version: int


class Remark(Asked):
    """A new remark."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"subject_kind": "figure", "subject_id": "trade_value/330200/2024", "text": "请说明口径"}]
        }
    )
    subject_kind: Word
    subject_id: Word
    text: Text


class Reworded(Asked):
    """The remark in other words."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "请说明口径和来源", "version": 1}]})
    text: Text
    version: Version


class Withdrawn(Asked):
    """Why something is withdrawn."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "已由规划处说明", "version": 1}]})
    reason: Reason
    version: Version


def annotation_out(one: Annotation, subject: Subject) -> dict[str, Any]:
    """A remark with what it is about."""
    keys = ("subject_kind", "subject_id", "text", "business_date", "withdrawn_on", "withdrawn_why", "version")
    return {
        "id": one.pk, "subject": {"zh": subject.zh, "en": subject.en}, "author": person_ref(one.author),
        **{key: getattr(one, key) for key in keys},
    }  # fmt: skip


def _seen(request: HttpRequest, pk: int) -> tuple[Annotation, Subject]:
    row = found(Annotation.objects.select_related("author").filter(pk=pk).first())
    subject = find_subject(request.user, row.subject_kind, row.subject_id)
    if subject is None:
        raise Http404
    return row, subject


@router.get("/annotations", response={200: list[AnnotationOut], **REFUSALS}, operation_id="list_annotations")
@paginate(Paged)
def annotations(
    request: HttpRequest,
    subject_kind: Word | None = None,
    subject_id: Word | None = Query(None, description="only together with `subject_kind`"),
) -> Any:
    """The remarks on what you see, the latest first."""
    if subject_kind and subject_id:
        rows = queries.annotations_on(request.user, subject_kind, subject_id)
    else:
        rows = queries.annotations_visible_to(request.user)
        rows = rows.filter(subject_kind=subject_kind) if subject_kind else rows
    return Shaped(
        rows,
        lambda row: annotation_out(row, row.subject),
        prepare=lambda page: queries.with_subjects(request.user, page),
    )


@router.post("/annotations", response={201: AnnotationOut, **REFUSALS}, operation_id="create_annotation")
@idempotent
def annotate(request: HttpRequest, asked: Remark) -> Any:
    """Writes a remark on something that you see; for third parties with that role."""
    subject = found(find_subject(request.user, asked.subject_kind, asked.subject_id))
    made = actions.annotate(subject, asked.text, request.user)
    return Status(201, annotation_out(made, subject))


@router.get("/annotations/{int:annotation}", response={200: AnnotationOut, **REFUSALS}, operation_id="get_annotation")
def annotation(request: HttpRequest, annotation: int) -> Any:
    """One remark."""
    return annotation_out(*_seen(request, annotation))


@router.patch(
    "/annotations/{int:annotation}", response={200: AnnotationOut, **REFUSALS}, operation_id="change_annotation"
)
@idempotent
def change_annotation(request: HttpRequest, annotation: int, asked: Reworded) -> Any:
    """Rewords your own remark, on the day it was written or the next; the earlier wording is kept."""
    row, subject = _seen(request, annotation)
    changed = actions.change_annotation(row, asked.text, request.user, asked.version)
    return annotation_out(changed, subject)


@router.post(
    "/annotations/{int:annotation}/withdraw", response={200: AnnotationOut, **REFUSALS},
    operation_id="withdraw_annotation",
)  # fmt: skip
@idempotent
def withdraw_annotation(request: HttpRequest, annotation: int, asked: Withdrawn) -> Any:
    """Withdraws your own remark; it stays readable in the history of its subject."""
    row, subject = _seen(request, annotation)
    done = actions.withdraw_annotation(row, asked.reason, request.user, asked.version)
    return annotation_out(done, subject)
