"""How signals are named in events and notices, and how their steps are written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record_many
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Person
from commercebrain.desk.warnings.clearance import open_sentence
from commercebrain.desk.warnings.models import Signal, SignalStep
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.rules.kinds import LEVELS

#: When evaluations begin, on a day that is not the business date (a story that is told after the fact).
MORNING = time(5, 30)
LONGEST = 500


def moment_on(on: date) -> datetime:
    """The moment that things of a business date bear: now on the date itself, its morning on any other."""
    return now() if on == today() else datetime.combine(on, MORNING, BEIJING)


def told(signal: Signal) -> dict[str, Any]:
    """A signal as sentences of events need it: whom it is about, its sentence as anybody may read it, its level in words."""
    level, said = LEVELS.get(signal.level), open_sentence(signal)
    return {
        "name": signal.subject_zh, "name_en": signal.subject_en or signal.subject_zh,
        "sentence": said["zh"], "sentence_en": said["en"],
        "level": level.zh if level else signal.level, "level_en": level.en if level else signal.level,
    }  # fmt: skip


def step_of(
    signal: Signal, what: str, on: date, by: Person | None = None, *, sentence: str = "", to: str = "",
    step: int | None = None, at: datetime | None = None,
) -> SignalStep:  # fmt: skip
    """A step, not yet saved."""
    return SignalStep(
        signal=signal, what=what, sentence=sentence[:LONGEST], to=to, step=step, at=at or moment_on(on), on=on, by=by
    )


def note_steps(
    signals: Iterable[Signal], what: str, on: date, by: Person | None = None, *, event: str = "", **words: Any
) -> int:
    """Writes the same step for many signals, and the event of ``event`` (a verb) for each; returns how many."""
    rows = list(signals)
    moment = moment_on(on)
    SignalStep.objects.bulk_create([step_of(row, what, on, by, at=moment) for row in rows], batch_size=500)
    if event:
        record_many(event, [(row, row.unit, {**told(row), **words}) for row in rows], by)
    return len(rows)
