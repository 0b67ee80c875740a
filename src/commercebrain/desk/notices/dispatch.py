"""From the event log to notices and calls: each event once, whatever stops the worker in between."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commercebrain.desk.core.models import Event, Setting
from commercebrain.desk.core.rest import Feed, FeedIn
from commercebrain.desk.core.rest.feed import key_of
from commercebrain.desk.notices.audience import Audience
from commercebrain.desk.notices.kinds import by_verb
from commercebrain.desk.notices.models import Call, Endpoint, Mail, Notice
from commercebrain.desk.notices.sending import digest_time

POSITION = "notices.position"
BATCH = 500


def dispatch() -> int:
    """Reads the events since last time and writes what they tell; returns how many events were read.

    The position in the log moves in the same transaction as the notices, and a notice of an event to a person is
    unique: a worker that is killed repeats its last batch without telling anything twice. The first run ever begins
    with what happens from then on.
    """
    read = 0
    feed = Feed(Event.objects.select_related("unit"), "at", lambda event: event)
    while True:
        with transaction.atomic():
            position, new = Setting.objects.select_for_update().get_or_create(key=POSITION, defaults={"value": ""})
            if new:
                position.value = _end()
                position.save(update_fields=["value"])
                return 0
            piece = feed.piece(FeedIn(after=position.value, limit=BATCH))
            events: list[Event] = piece["items"]
            if events:
                _write(events)
                position.value = piece["next"]
                position.save(update_fields=["value"])
        read += len(events)
        if not piece["more"]:
            return read


def _end() -> str:
    """The key behind the last event that is there now."""
    last = Event.objects.order_by("-at", "-pk").first()
    if last is None:
        return ""
    return key_of(last.at, last.pk)


def _write(events: list[Event]) -> None:
    now = timezone.now()
    rows = []
    for told in Audience(events).told():
        by_mail = told.mail != Mail.OFF
        rows.append(
            Notice(
                person_id=told.person,
                event=told.event,
                kind=told.kind.code,
                in_app=told.in_app,
                made_at=now,
                mail=Notice.Sending.WAITING if by_mail else Notice.Sending.NONE,
                mail_when=told.mail,
                mail_next_at=(now if told.mail == Mail.AT_ONCE else digest_time(now)) if by_mail else None,
            )
        )
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    endpoints = list(Endpoint.objects.filter(active=True).select_related("unit"))
    calls = [
        Call(endpoint=endpoint, event=event, made_at=now, next_at=now)
        for event in events
        if event.unit is not None and (kind := by_verb().get(event.verb)) is not None
        for endpoint in endpoints
        if kind.code in endpoint.kinds and event.unit.path.startswith(endpoint.unit.path)
    ]
    Call.objects.bulk_create(calls, ignore_conflicts=True)


def waiting() -> dict[str, int]:
    """How much has not been told yet: mails and calls that wait, and those that were given up."""
    return {
        "mail": Notice.objects.filter(mail=Notice.Sending.WAITING).count(),
        "mail_failed": Notice.objects.filter(mail=Notice.Sending.FAILED).count(),
        "calls": Call.objects.filter(Q(state=Call.State.WAITING)).count(),
        "calls_failed": Call.objects.filter(state=Call.State.FAILED).count(),
    }
