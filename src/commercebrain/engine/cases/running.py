"""What an event does to the clocks of a case: which start, are met, dropped, paused, resumed, or are due at another time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal

from commercebrain.engine.cases.calendars import HOME, calendar_of
from commercebrain.engine.cases.clocks import due, due_on
from commercebrain.engine.cases.gates import Values
from commercebrain.engine.cases.kinds import ClockOf, Template, Transition
from commercebrain.engine.errors import UserError

What = Literal["start", "meet", "drop", "pause", "resume", "move", "unknown"]


@dataclass(frozen=True)
class ClockEvent:
    """What happens to a clock. ``start`` and ``move`` say from when it runs, when it is due (pauses apart: see
    :func:`commercebrain.engine.cases.clocks.due`), and by which calendar and zone. ``unknown``: it should start and cannot,
    and ``fault`` says why; somebody must be told."""

    clock: str
    what: What
    at: datetime
    started_at: datetime | None = None
    due_at: datetime | None = None
    calendar: str = HOME
    zone: str = "Asia/Shanghai"
    fault: UserError | None = None


def events(
    template: Template,
    *,
    at: datetime,
    stage: str,
    entered: Mapping[str, datetime],
    before: Values,
    after: Values,
    running: Collection[str],
    moved: Transition | None = None,
    starts: bool = False,
) -> list[ClockEvent]:
    """What a change of the values from ``before`` to ``after``, and of the stage where the case ``moved`` (or ``starts``),
    does to its clocks. ``stage`` is the stage afterwards; ``entered`` when each stage was entered last, this one included;
    ``running`` the codes of the clocks that run.

    Clocks that end come first, so that a way back into a stage starts its clock anew. A case in a final stage has none.
    """
    new_stage = stage if moved is not None or starts else None
    filled = {code for code, value in after.items() if _there(value) and not _there(before.get(code))}
    happened = filled | ({new_stage} if new_stage else set())
    found: list[ClockEvent] = []
    on = set(running)
    for code in [one for one in template.clocks if one in on]:
        if happened & set(template.clocks[code].to):
            found.append(ClockEvent(code, "meet", at))
            on.discard(code)
    if template.is_final(stage):
        return [*found, *(ClockEvent(code, "drop", at) for code in template.clocks if code in on)]
    if moved is not None:
        found += [ClockEvent(code, "pause", at) for code in moved.pauses if code in on]
        found += [ClockEvent(code, "resume", at) for code in moved.resumes if code in on]
    earlier = {code: moment for code, moment in entered.items() if code != new_stage or (moved is None and not starts)}
    for code, clock in template.clocks.items():
        ready = _ready(template, clock, after, entered)
        if code in on:
            if ready and _shifted(template, clock, before, after):
                found.append(_begun(template, code, clock, "move", at, entered, after))
            continue
        begins = ready and (clock.from_ in happened or not _ready(template, clock, before, earlier))
        over = any(_there(after.get(one)) for one in clock.to if one in template.by_code)
        if begins and not over:
            found.append(_begun(template, code, clock, "start", at, entered, after))
    return found


def _there(value: Any) -> bool:
    return value is not None and value != ""


def _ready(template: Template, clock: ClockOf, values: Values, entered: Mapping[str, datetime]) -> bool:
    began = clock.from_ in entered if clock.from_ in template.stages else _there(values.get(clock.from_))
    asked = [
        one for one in (clock.since, clock.until, None if clock.calendar == HOME else clock.calendar) if one is not None
    ]
    return began and all(_there(values.get(one)) for one in asked)


def _shifted(template: Template, clock: ClockOf, before: Values, after: Values) -> bool:
    fields = [clock.since, clock.until, clock.calendar, clock.from_]
    return any(one in template.by_code and before.get(one) != after.get(one) for one in fields if one is not None)


def _begun(
    template: Template,
    code: str,
    clock: ClockOf,
    what: What,
    at: datetime,
    entered: Mapping[str, datetime],
    values: Values,
) -> ClockEvent:
    calendar = HOME if clock.calendar == HOME else str(values[clock.calendar])
    try:
        days = calendar_of(calendar)
        dated = clock.since or (clock.from_ if clock.from_ in template.by_code else None)
        if dated is None:
            start = entered[clock.from_].astimezone(days.zone)
        else:
            day, now = date.fromisoformat(str(values[dated])), at.astimezone(days.zone)
            start = now if now.date() == day else datetime.combine(day, time(), days.zone)
        if clock.until is not None:
            ends = due_on(date.fromisoformat(str(values[clock.until])), calendar, holiday=clock.holiday)
        else:
            ends = due(start, clock.within or "", calendar, holiday=clock.holiday)
    except UserError as fault:
        return ClockEvent(code, "unknown", at, calendar=calendar, fault=fault)
    return ClockEvent(code, what, at, start, ends, days.code, str(days.zone))
