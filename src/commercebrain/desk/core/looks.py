"""A look at personal values: opened to one person for a short while after a reason was given, which is kept for ever."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from commercebrain.desk.core.events import record_read
from commercebrain.desk.people.models import Unit

OPEN_FOR = timedelta(minutes=10)
OPENED = "looks.opened"
MOST = 50  # things that one session holds open


def is_open(request: HttpRequest, thing: Model) -> bool:
    """Whether the person gave a reason to see the personal values of ``thing`` a short while ago."""
    said_at = parse_datetime(request.session.get(OPENED, {}).get(_key(thing), ""))
    return said_at is not None and timezone.now() - said_at < OPEN_FOR


def open_up(request: HttpRequest, thing: Model, what: tuple[str, str], reason: str, unit: Unit | None) -> None:
    """Writes the look with its reason (``what`` in Chinese and English), then opens the values to this session."""
    record_read(thing, request.user, what, 1, reason, unit)
    held = {key: at for key, at in request.session.get(OPENED, {}).items() if key != _key(thing)}
    request.session[OPENED] = {**dict(list(held.items())[-MOST:]), _key(thing): timezone.now().isoformat()}


def _key(thing: Model) -> str:
    return f"{thing._meta.label_lower}:{thing.pk}"
