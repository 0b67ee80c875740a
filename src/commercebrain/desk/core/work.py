"""我的工作: what is due from a person; each business folder adds what it knows in its own ``work.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.memo import once
from commercebrain.desk.people.models import Person


@dataclass(frozen=True)
class Item:
    """One thing to do: its kind and title in the reader's language, where it is done, and until when.

    ``late`` marks what is missing although its day is over or unknown; without a ``due`` a thing simply waits.
    """

    kind: Any
    title: str
    url: str
    due: date | None = None
    hint: str = ""
    late: bool = False

    def overdue(self, on: date) -> bool:
        """Whether its day is over."""
        return self.late or (self.due is not None and self.due < on)


Provider = Callable[[Person, date], Iterable[Item]]
PROVIDERS: dict[str, Provider] = {}


def provider(code: str) -> Callable[[Provider], Provider]:
    """Declares the function below as a source of work; it applies the person's scope itself, in its queries."""

    def declare(function: Provider) -> Provider:
        PROVIDERS[code] = function
        return function

    return declare


@dataclass(frozen=True)
class Work:
    """What is due from one person on ``on``, each part by its day: overdue, today, within a week, waiting."""

    on: date
    overdue: tuple[Item, ...]
    today: tuple[Item, ...]
    week: tuple[Item, ...]
    waiting: tuple[Item, ...]

    @property
    def pressing(self) -> int:
        """How many are overdue or due today: the number in the header."""
        return len(self.overdue) + len(self.today)

    @property
    def total(self) -> int:
        """All of them."""
        return self.pressing + len(self.week) + len(self.waiting)


def work_of(person: Any, on: date | None = None) -> Work:
    """What is due from ``person``, asked once a request."""
    day = on or today()
    return once(("work", person.pk, day), lambda: _work_of(person, day))


def _work_of(person: Any, day: date) -> Work:
    far = date.max
    items = [item for source in PROVIDERS.values() for item in source(person, day)]
    items.sort(key=lambda item: (item.due or far, str(item.kind), item.title))
    parts: dict[str, list[Item]] = {"overdue": [], "today": [], "week": [], "waiting": []}
    for item in items:
        if item.overdue(day):
            parts["overdue"].append(item)
        elif item.due == day:
            parts["today"].append(item)
        elif item.due is not None and item.due <= day + timedelta(days=7):
            parts["week"].append(item)
        else:
            parts["waiting"].append(item)
    return Work(day, *(tuple(parts[name]) for name in ("overdue", "today", "week", "waiting")))
