"""The event log: writing what happened, and telling it as a sentence in either language."""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db.models import Model
from django.utils.translation import get_language
from django.utils.translation import gettext as _

import commercebrain.catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.models import Event
from commercebrain.desk.people.models import Person, Unit

FILE = Path(next(iter(commercebrain.catalogue.__path__))) / "events.yaml"


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
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))["verbs"]
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
    verb: str, subject: Model | tuple[str, str], person: Person | None, unit: Unit | None = None, **data: Any
) -> Event:
    """Writes one event: ``person`` (none: the system itself) did ``verb`` to ``subject``.

    ``unit`` is the unit in whose scope the event may be read; without one only the person and whoever sees
    everything read it. ``data`` must hold what the verb's sentences speak of. Call it in the transaction that makes
    the change, so that neither is kept without the other.
    """
    kind = verbs().get(verb)
    if kind is None:
        raise KeyError(f"{verb} is not a verb of {FILE.name}")
    if missing := kind.needs - set(data):
        raise KeyError(f"The event {verb} also needs {', '.join(sorted(missing))}")
    if isinstance(subject, tuple):
        subject_type, subject_id = subject
    else:
        subject_type, subject_id = subject._meta.label_lower, str(subject.pk)
    return Event.objects.create(
        business_date=today(),
        verb=verb,
        person=person if person is not None and person.pk else None,
        unit=unit,
        subject_type=subject_type,
        subject_id=subject_id,
        data=_plain(data),
    )


def sentence(event: Event) -> str:
    """What happened, in the reader's language; a verb that is no longer declared is shown by its code."""
    kind = verbs().get(event.verb)
    if kind is None:
        return f"{event.verb} {event.subject_type} {event.subject_id}"
    who = str(event.person) if event.person_id else _("The system")
    text = kind.zh if (get_language() or "zh").startswith("zh") else kind.en
    known: dict[str, Any] = dict.fromkeys(kind.needs, "…")
    return text.format(**{**known, **event.data, "person": who})
