"""Documents of a row: adding, fetching and removing them, each within the scope of the row itself."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.access import uploads
from commercebrain.desk.core.events import record
from commercebrain.desk.core.models import Attachment
from commercebrain.desk.people.models import Person, Right
from commercebrain.desk.people.scopes import ScopedQuerySet
from commercebrain.engine.errors import UserError

KINDS = tuple(sorted(uploads.KINDS - {"html", "htm"}))


def subject(subject_type: str, subject_id: str, person: Any, right: Right) -> Any:
    """The row that documents belong to, if ``right`` reaches it for ``person``; none otherwise.

    Only models with a scope have documents: what nobody's scope speaks of, nobody reaches.
    """
    try:
        model = apps.get_model(subject_type)
        key = model._meta.pk.to_python(subject_id)
    except Exception:  # no such model, or no key of it
        return None
    rows = model._default_manager.all()
    if not isinstance(rows, ScopedQuerySet):
        return None
    return rows.permitted(person, right).filter(pk=key).first()


def of(thing: Model) -> QuerySet[Attachment]:
    """The documents of a thing that are still there."""
    rows = Attachment.objects.filter(subject_type=thing._meta.label_lower, subject_id=str(thing.pk), removed_at=None)
    return rows.select_related("person")


def in_sight(person: Any, pk: int) -> tuple[Attachment, Any] | None:
    """A document and its thing, where ``person`` may see the thing."""
    row = Attachment.objects.filter(pk=pk, removed_at=None).select_related("person").first()
    thing = subject(row.subject_type, row.subject_id, person, Right.SEE) if row else None
    return (row, thing) if row is not None and thing is not None else None


def add(person: Person, subject_type: str, subject_id: str, file: UploadedFile | None) -> Attachment:
    """Puts a file to a thing that ``person`` may change, with its checksum, and notes it in the event log."""
    thing = subject(subject_type, subject_id, person, Right.ENTER)
    if thing is None:
        raise _refused()
    if file is None:
        raise UserError("document.none", "请选择要上传的文件。", "Choose a file to take in.")
    checked = uploads.checked_upload(file, KINDS)
    row = Attachment(
        subject_type=thing._meta.label_lower,
        subject_id=str(thing.pk),
        name=checked.name,
        size=checked.size,
        sha256=checked.sha256,
        person=person,
    )
    row.file.save(f"{checked.sha256[:16]}.{checked.kind}", File(checked.file), save=False)
    try:
        with transaction.atomic():
            row.save()
            record("document.added", thing, person, getattr(thing, "unit", None), name=row.name, sha256=row.sha256)
    except BaseException:
        row.file.storage.delete(row.file.name)
        raise
    return row


def remove(person: Person, pk: int) -> Any:
    """Removes a document from a thing that ``person`` may change; returns the thing. Line and checksum are kept."""
    found = in_sight(person, pk)
    if found is None:
        raise _refused()
    row, thing = found
    if subject(row.subject_type, row.subject_id, person, Right.ENTER) is None:
        raise _refused()
    with transaction.atomic():
        gone = Attachment.objects.filter(pk=pk, removed_at=None).update(removed_at=timezone.now(), removed_by=person)
        if gone:
            record("document.removed", thing, person, getattr(thing, "unit", None), name=row.name, sha256=row.sha256)
            transaction.on_commit(lambda: row.file.storage.delete(row.file.name))
    return thing


def _refused() -> UserError:
    fault = UserError(
        "document.refused", "您没有修改它的权限，或它已不存在。", "You may not change this, or it is no longer there."
    )
    fault.status = 403
    return fault


def documents_tab(request: HttpRequest, thing: Model) -> Any:
    """The tab of a thing's documents; who may change the thing finds the form to add one."""
    from commercebrain.desk.core.tabs import Tab

    def context(request: HttpRequest, thing: Any) -> dict[str, Any]:
        label = thing._meta.label_lower
        return {
            "documents": of(thing),
            "subject": (label, thing.pk),
            "may_change": subject(label, str(thing.pk), request.user, Right.ENTER) is not None,
            "kinds": ",".join(f".{kind}" for kind in KINDS),
            "largest": uploads.MAX_BYTES // 2**20,
            "back": request.path,
        }

    return Tab("documents", _("Documents"), "core/documents.html", context)
