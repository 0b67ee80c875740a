"""A log with history for tests: events spread over days, sealed as the days go by, all after the machine's own now."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from commercebrain.desk.core.models import Event
from commercebrain.desk.core.trail.sealing import seal_events

START = datetime(2040, 7, 1, 0, 0, 0, 1234, tzinfo=UTC)
VERBS = ("unit.created", "plan.accepted", "data.seen", "task.done")


def at(moment: datetime) -> Any:
    """The machine's clock stands at ``moment``."""
    return mock.patch("django.utils.timezone.now", return_value=moment)


def events(count: int, seed: int, moment: datetime, person: Any = None, unit: Any = None) -> None:
    """Writes events a second apart from ``moment`` on."""
    dice = random.Random(seed)
    for n in range(count):
        with at(moment + timedelta(seconds=n, microseconds=dice.randrange(1_000_000))):
            Event.objects.create(
                business_date=moment.date(),
                verb=dice.choice(VERBS),
                person=person if dice.random() < 0.7 else None,
                unit=unit if dice.random() < 0.5 else None,
                subject_type="registry.enterprise",
                subject_id=str(dice.randrange(40)),
                data={"name": f"企业“{n}”", "count": dice.choice([n, n / 7, float(n), 1e3]), "list": [None, True, {}]},
            )


def history(batches: int, size: int, seed: int, person: Any = None, unit: Any = None, start: datetime = START) -> None:
    """Writes ``batches`` of events, one a day, each sealed ten minutes after it began."""
    for day in range(batches):
        moment = start + timedelta(days=day)
        events(size, seed * 1000 + day, moment, person, unit)
        with at(moment + timedelta(minutes=10)):
            seal_events()
