"""The event log: writing what happened, and telling it as a sentence in either language."""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

import commercebrain.catalogue
from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.inserts import insert
from commercebrain.desk.core.models import Event
from commercebrain.desk.people.models import Person, Unit
from commercebrain.engine.yaml_text import read_yaml

FILE = Path(next(iter(commercebrain.catalogue.__path__))) / "events.yaml"
READ_AGAIN_AFTER = timedelta(minutes=10)  # the same person at the same thing within this time is one look


@dataclass(frozen=True)
class Verb:
    """One kind of event: its sentence in both languages."""

    code: str
    zh: str
    en: str

    @property
    def needs(self) -> frozenset[str]:
        """The data that the sentences speak of, without the person, who is always known."""
        fields = (f for text in (self.zh, self.en) for _, f, _, _ in string.Formatter().parse(text) if f)
        return frozenset(fields) - {"person"}


@cache
def verbs() -> dict[str, Verb]:
    """Every verb of ``catalogue/events.yaml`` by its code."""
    rows = read_yaml(FILE.read_text(encoding="utf-8"))["verbs"]
    return {code: Verb(code, row["zh"], row["en"]) for code, row in rows.items()}


def _plain(value: Any) -> Any:
    """The value as JSON keeps it."""
    if isinstance(value, (date, Decimal)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def record(
    verb: str, subject: Model | tuple[str, str] | str, person: Person | None, unit: Unit | None = None, **data: Any
) -> Event:
    """Writes one event: ``person`` (none: the system itself) did ``verb`` to ``subject``.

    ``unit`` is the unit in whose scope the event may be read; without one only the person and whoever sees
    everything read it. ``data`` must hold what the verb's sentences speak of. Call it in the transaction that makes
    the change, so that neither is kept without the other.
    """
    event = _event(verb, subject, person, unit, data, today())
    insert(event)
    return event


def record_many(verb: str, told: Iterable[tuple[Model, Unit | None, dict[str, Any]]], person: Person | None) -> int:
    """Writes the same ``verb`` of many subjects, each ``(subject, unit, data)``, at once; returns how many.

    As :func:`record` does one by one, for lists of thousands of rows.
    """
    day = today()
    events = [_event(verb, subject, person, unit, data, day) for subject, unit, data in told]
    Event.objects.bulk_create(events, batch_size=1000)
    return len(events)


def _event(
    verb: str, subject: Model | tuple[str, str] | str, person: Person | None, unit: Unit | None, data: dict[str, Any],
    day: date,
) -> Event:  # fmt: skip
    kind = verbs().get(verb)
    if kind is None:
        raise KeyError(f"{verb} is not a verb of {FILE.name}")
    if missing := kind.needs - set(data):
        raise KeyError(f"The event {verb} also needs {', '.join(sorted(missing))}")
    subject_type, subject_id = _subject(subject)
    return Event(
        business_date=day,
        verb=verb,
        person=person if person is not None and person.pk else None,
        unit=unit,
        subject_type=subject_type,
        subject_id=subject_id,
        data=_plain(data),
    )


def _subject(subject: Model | tuple[str, str] | str) -> tuple[str, str]:
    """Type and id as the log keeps them; a bare type stands for all rows of its kind."""
    if isinstance(subject, str):
        return subject, ""
    if isinstance(subject, tuple):
        return subject
    return subject._meta.label_lower, str(subject.pk)


def record_read(
    subject: Model | tuple[str, str] | str,
    person: Person,
    what: str | tuple[str, str],
    count: int = 1,
    reason: str = "",
    unit: Unit | None = None,
    *,
    exported: bool = False,
) -> Event | None:
    """Writes that ``person`` saw, or with ``exported`` took out, ``count`` rows of personal or firm-level data.

    ``subject`` is the thing seen, or the type of the things seen (``"registry.enterprise"``); ``what`` names it as the
    sentence says it, a pair (Chinese, English) or one text for both; ``reason`` is the person's own words.

    Costs one look into an index and one insert. The same person looking at the same thing again within
    :data:`READ_AGAIN_AFTER` is the same look: nothing is written and none is returned. Exports are always written.
    """
    kind, key = _subject(subject)
    verb = ("data.exported" if exported else "data.seen") + ("_for" if reason else "")
    if not exported:
        since = timezone.now() - READ_AGAIN_AFTER
        earlier = Event.objects.filter(
            subject_type=kind, subject_id=key, at__gte=since, verb=verb, person_id=person.pk, data__count__gte=count
        )
        if earlier.exists():
            return None
    zh, en = (what, what) if isinstance(what, str) else what
    words = {"reason": reason} if reason else {}
    return record(verb, (kind, key), person, unit, what=zh, what_en=en, count=count, **words)


def history_of(subject: Model | tuple[str, str]) -> Any:
    """Everything that happened to one thing, the newest first: a query set, for the history tab of its page.

    Who may see the thing may see its history; a page that shows it has looked the thing up in scope.
    """
    kind, key = _subject(subject)
    rows = Event.objects.filter(subject_type=kind, subject_id=key)
    return rows.select_related("person", "unit").order_by("-at", "-id")


def sentence(event: Event) -> str:
    """What happened, in the reader's language; a verb that is no longer declared is shown by its code."""
    kind = verbs().get(event.verb)
    if kind is None:
        return f"{event.verb} {event.subject_type} {event.subject_id}"
    who = str(event.person) if event.person_id else _("The system")
    text = kind.zh if reader.chinese() else kind.en
    known: dict[str, Any] = dict.fromkeys(kind.needs, "…")
    return text.format(**{**known, **event.data, "person": who})
