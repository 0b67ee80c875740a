"""Bringing events under seals, batch by batch, without making a writer wait.

Writers only insert. Every minute the worker reads what is not sealed yet, computes the hashes outside any transaction,
and then writes one seal with its members. Two sealers at once cannot both succeed: the seal's number and the event's id
are primary keys, so the second one's transaction fails whole and it leaves the field to the first.

A transaction may commit an event with a lower id than one that is sealed already. It is found because membership is
looked up event by event: the quick pass looks above what was sealed an hour ago, a sweep now and then looks at all.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from commercebrain.desk.core.models import Event, Seal, SealedEvent, Setting
from commercebrain.desk.core.trail import anchors
from commercebrain.desk.core.trail.canonical import FIELDS, event_digest, root, seal_hash

BATCH = 5_000  # events under one seal at most; writing so many takes a fraction of a second
LATE = timedelta(hours=1)  # a transaction that records an event ends within this time
SWEPT = "audit_swept_at"


def unsealed(above: int = 0) -> Any:
    """Events under no seal with an id higher than ``above``, by id."""
    member = SealedEvent.objects.filter(event_id=OuterRef("pk"))
    return Event.objects.filter(~Exists(member), pk__gt=above).order_by("pk")


def seal_events(*, sweep: bool | None = None) -> list[Seal]:
    """Seals everything that is committed and not sealed; returns the new seals, the oldest first.

    ``sweep`` looks at all events, else only at those above what was sealed an hour ago; none given: a sweep when the
    last one is an hour old. The new head is added to the anchors.
    """
    now = timezone.now()
    if sweep is None:
        sweep = _sweep_is_due(now)
    above = 0 if sweep else _settled(now)
    made: list[Seal] = []
    while (seal := _seal_next(above)) is not None:
        made.append(seal)
        above = seal.last_event
    if sweep:
        Setting.objects.update_or_create(key=SWEPT, defaults={"value": now.isoformat()})
    if made:
        anchors.append(made[-1])
    return made


def _sweep_is_due(now: datetime) -> bool:
    value = Setting.objects.filter(key=SWEPT).values_list("value", flat=True).first()
    return value is None or datetime.fromisoformat(value) < now - LATE


def _settled(now: datetime) -> int:
    """An id that events still to be sealed lie above, save late ones, which the sweep finds."""
    old = Seal.objects.filter(sealed_at__lt=now - LATE).order_by("-number").values_list("last_event", flat=True).first()
    return old or 0


def _seal_next(above: int) -> Seal | None:
    """One seal over the next batch; none when there is nothing left or another process was quicker."""
    last = Seal.objects.order_by("-number").first()  # before the events: what it does not hold, we still see
    rows = list(unsealed(above).values_list(*FIELDS)[:BATCH])
    if not rows:
        return None
    digests = [event_digest(row) for row in rows]
    number, total, previous = (last.number, last.total, last.hash) if last else (0, 0, "")
    now = timezone.now()
    batch = root(digests)
    values = (number + 1, len(rows), total + len(rows), rows[0][0], rows[-1][0], batch, previous, now)
    names = ("number", "count", "total", "first_event", "last_event", "root", "previous", "sealed_at")
    seal = Seal(**dict(zip(names, values, strict=True)), hash=seal_hash(*values))
    members = [
        SealedEvent(event_id=row[0], seal=seal, digest=digest) for row, digest in zip(rows, digests, strict=True)
    ]
    try:
        with transaction.atomic():
            seal.save(force_insert=True)
            SealedEvent.objects.bulk_create(members)
    except IntegrityError:
        return None
    return seal
