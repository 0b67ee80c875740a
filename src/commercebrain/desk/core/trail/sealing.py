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

LOOK = 200_000  # ids looked up at once: finding what is not sealed is the dear part
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
    while ids := list(unsealed(above).values_list("pk", flat=True)[:LOOK]):
        new = _seal_ids(ids)
        made += new
        if sum(seal.count for seal in new) < len(ids):  # another process was quicker
            break
        above = ids[-1]
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


def _seal_ids(ids: list[int]) -> list[Seal]:
    """Seals over these events, batch by batch, until all are sealed or another process is in the way."""
    made: list[Seal] = []
    for first in range(0, len(ids), BATCH):
        seal = _seal_batch(ids[first : first + BATCH])
        if seal is None:
            break
        made.append(seal)
    return made


def _seal_batch(ids: list[int]) -> Seal | None:
    """One seal over these events; none when another process sealed meanwhile."""
    last = Seal.objects.order_by("-number").first()
    rows = _rows(ids)
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


def _rows(ids: list[int]) -> list[tuple[Any, ...]]:
    """The events of these ids, which ascend, as the values of :data:`FIELDS`."""
    events = Event.objects.order_by("pk").values_list(*FIELDS)
    if ids[-1] - ids[0] < 4 * len(ids):  # a span of the primary key is read quicker than a list of numbers
        wanted = set(ids)
        return [row for row in events.filter(pk__gte=ids[0], pk__lte=ids[-1]) if row[0] in wanted]
    return [row for first in range(0, len(ids), 500) for row in events.filter(pk__in=ids[first : first + 500])]
