"""Reviewing what the reader found: accept, correct, reject, and take a decision back.

Two reviewers never overwrite each other: a change is an update whose WHERE names what the reviewer saw (the state,
or the token of the last change). Who comes second gets a sentence and loses nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from commercebrain.desk.core.events import record
from commercebrain.desk.people.models import Person
from commercebrain.desk.plans.actions.permission import Overtaken, check_row, enterable
from commercebrain.desk.plans.actions.publish import publish, withdraw
from commercebrain.desk.plans.models import Document, Finding
from commercebrain.engine.errors import UserError

State = Finding.State


@dataclass(frozen=True)
class Reviewed:
    """What a bulk decision did: the ids it changed, how many others had been decided before, and its token."""

    changed: tuple[int, ...]
    missed: int
    token: str


def _overtaken() -> Overtaken:
    return Overtaken(
        "plans.overtaken",
        "这一条刚刚已由他人处理，您的操作没有生效；请查看现在的结论。",
        "Somebody else has just decided on this row, so yours did not take effect; look at how it stands now.",
    )


def _decide(
    person: Person | None, document: Document, ids: Collection[int], state: str, **more: Any
) -> tuple[str, list[Finding]]:
    """Claims those of ``ids`` that still wait and gives them ``state``; returns the token and the claimed rows."""
    token = uuid.uuid4().hex
    rows = enterable(person, Finding.objects.filter(document=document, pk__in=ids, state=State.WAITING))
    # Locked in one order, so that two bulks never wait for each other; the state is asked again under the lock.
    wanted = list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    Finding.objects.filter(pk__in=wanted, state=State.WAITING).update(
        state=state, token=token, reviewed_by=person, reviewed_at=timezone.now(), **more
    )
    return token, list(Finding.objects.filter(token=token).select_related("document"))


def _settle(document: Document) -> None:
    """A document without waiting rows is reviewed; one with some is in review."""
    waiting = Finding.objects.filter(document=document, state=State.WAITING).exists()
    state = Document.State.REVIEW if waiting else Document.State.LIVE
    Document.objects.filter(
        pk=document.pk, state__in=(Document.State.REVIEW, Document.State.LIVE)
    ).update(state=state)  # fmt: skip


def accept(person: Person | None, document: Document, ids: Collection[int], *, unattended: bool = False) -> Reviewed:
    """Accepts the rows ``ids`` as read: each becomes a target, a fact or a task. Rows decided before are left alone.

    Raises ``NotPermitted`` when ``person`` may not enter for the issuing unit, :class:`UserError` when a single row
    was asked for and somebody else was quicker.
    """
    check_row(person, document)
    wanted = set(ids)
    with transaction.atomic():
        token, rows = _decide(person, document, wanted, State.ACCEPTED, unattended=unattended)
        if not rows and len(wanted) == 1:
            raise _overtaken()
        publish(rows)
        if rows:
            what = {"ids": [row.pk for row in rows], "count": len(rows), "name": document.title}
            record("plan.unattended" if unattended else "plan.accepted", document, person, document.unit, **what)
        _settle(document)
    return Reviewed(tuple(row.pk for row in rows), len(wanted) - len(rows), token)


def reject(person: Person | None, document: Document, ids: Collection[int], reason: str) -> Reviewed:
    """Rejects the waiting rows ``ids`` for ``reason``; what another reviewer has accepted stays as it is."""
    check_row(person, document)
    if not reason.strip():
        raise UserError("plans.no_reason", "请写明不采纳的理由。", "Say why the row is rejected.")
    wanted = set(ids)
    with transaction.atomic():
        token, rows = _decide(person, document, wanted, State.REJECTED, reason=reason.strip()[:500])
        if not rows and len(wanted) == 1:
            raise _overtaken()
        if rows:
            record(
                "plan.rejected", document, person, document.unit,
                ids=[row.pk for row in rows], count=len(rows), name=document.title, reason=reason.strip()[:500],
            )  # fmt: skip
        _settle(document)
    return Reviewed(tuple(row.pk for row in rows), len(wanted) - len(rows), token)


def correct(person: Person | None, finding: Finding, changes: dict[str, Any], *, indicator: str, token: str) -> Finding:
    """Accepts ``finding`` with ``changes`` to its row (keys of ``cbrain plan read``) and the ``indicator`` chosen.

    ``token`` is the token that the reviewer saw ("" for a row that nobody had touched): when the row has moved on
    since, nothing is changed and :class:`UserError` says so. What the reader read stays in ``finding.row``.
    """
    check_row(person, finding)
    new = uuid.uuid4().hex
    with transaction.atomic():
        claimed = Finding.objects.filter(pk=finding.pk, token=token).update(
            state=State.CORRECTED,
            token=new,
            corrected={**finding.current, **changes},
            indicator=indicator,
            reason="",
            unattended=False,
            reviewed_by=person,
            reviewed_at=timezone.now(),
        )
        if not claimed:
            raise _overtaken()
        before = {key: finding.current.get(key) for key in changes if finding.current.get(key) != changes[key]}
        finding = Finding.objects.select_related("document__unit").get(pk=finding.pk)
        publish([finding])
        record(
            "finding.corrected", finding, person, finding.document.unit,
            quote=finding.quote[:80], before=before, after={key: changes[key] for key in before},
        )  # fmt: skip
        _settle(finding.document)
    return finding


def reopen(person: Person | None, document: Document, token: str) -> Reviewed:
    """Takes back the decision that carries ``token`` (one row or a bulk of them): its rows await review again.

    A target with an agreed schedule or a task that was marked done is in use and keeps its row.
    """
    check_row(person, document)
    if not token:
        raise _overtaken()
    with transaction.atomic():
        rows = list(
            Finding.objects.select_for_update().filter(document=document, token=token).exclude(state=State.WAITING)
        )
        if not rows:
            raise _overtaken()
        withdraw(rows)
        new = uuid.uuid4().hex
        Finding.objects.filter(pk__in=[row.pk for row in rows], token=token).update(
            state=State.WAITING, token=new, corrected=None, reason="", reviewed_by=None, reviewed_at=None,
            unattended=False,
        )  # fmt: skip
        record(
            "plan.reopened", document, person, document.unit,
            ids=[row.pk for row in rows], count=len(rows), name=document.title,
        )  # fmt: skip
        _settle(document)
    return Reviewed(tuple(row.pk for row in rows), 0, new)


def accept_unattended(document: Document) -> int:
    """For the demo only: accepts all waiting rows without a person, and marks each so; returns how many."""
    ids = Finding.objects.filter(document=document, state=State.WAITING).values_list("pk", flat=True)
    return len(accept(None, document, list(ids), unattended=True).changed)
