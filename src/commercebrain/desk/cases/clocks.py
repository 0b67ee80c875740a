"""Clocks of cases as rows: what the engine says of them is written down, and pauses stand still beside them.

What starts, meets or moves a clock is decided by :mod:`commercebrain.engine.cases.running`. A clock whose authority abroad
is not declared is not guessed: a note of the case says so. A year that is not announced yet counts by its weekends, and once
more when it is (:func:`recount`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case, Clock, Note, Pause, StageChange
from commercebrain.desk.cases.refusing import refused
from commercebrain.desk.cases.telling import moment_told
from commercebrain.desk.cases.telling import told as told_of
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.models import Person
from commercebrain.engine.cases.calendars import HOME
from commercebrain.engine.cases.clocks import due
from commercebrain.engine.cases.kinds import Template, Transition
from commercebrain.engine.cases.running import ClockEvent, events
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.workdays import notices

Values = Mapping[str, Any]


def running(case: Case) -> Any:
    """The clocks of a case that run, those that stand still included."""
    return Clock.objects.filter(case=case, met_at=None, dropped_at=None)


def hear(
    case: Case,
    template: Template,
    before: Values,
    at: datetime,
    *,
    moved: Transition | None = None,
    starts: bool = False,
    sentence: str = "",
    person: Person | None = None,
) -> None:
    """Writes what a change of a case does to its clocks, in the transaction of the change.

    ``case`` has its new stage and values, ``before`` are the values as they were; its change of stage is written already.
    """
    held = {clock.code: clock for clock in running(case)}
    entered = dict(
        StageChange.objects.filter(case=case).exclude(transition="withdraw").order_by().values_list("target")
        .annotate(last=Max("at"))
    )  # fmt: skip
    told = events(
        template, at=at, stage=case.stage, entered=entered, before=before, after=case.values, running=list(held),
        moved=moved, starts=starts,
    )  # fmt: skip
    for one in told:
        clock = held.get(one.clock)
        if one.what == "start":
            _start(case, one)
        elif one.what == "unknown":
            _cannot(case, template, one)
        elif clock is None:
            continue
        elif one.what == "meet":
            _end(clock, at, "met_at")
        elif one.what == "drop":
            _end(clock, at, "dropped_at")
        elif one.what == "pause" and not Pause.objects.filter(clock=clock, until=None).exists():
            pause(clock, sentence or (moved.name.zh if moved else ""), person, at)
        elif one.what == "resume" and Pause.objects.filter(clock=clock, until=None).exists():
            resume(clock, at)
        elif one.what == "move":
            _moved(clock, one)


def ended(case: Case, at: datetime) -> None:
    """Drops what still runs: the case has ended, and what was waited for will not come."""
    for clock in running(case):
        _end(clock, at, "dropped_at")


def pause(clock: Clock, reason: str, person: Person | None, at: datetime) -> Pause:
    """Has a clock stand still from ``at`` on. Raises :class:`UserError`: not running, standing still already, a day that was
    set from outside, or no reason."""
    if clock.met_at is not None or clock.dropped_at is not None:
        raise refused("clock_over", "这个时限已经结束，不能暂停。", "This clock has ended; it cannot be paused.")
    declared = template_of(clock.case).clocks.get(clock.code)
    if declared is not None and declared.until is not None:
        raise refused(
            "clock_fixed", "这个期限是外部确定的日期，不能暂停；日期有变时请修改相应字段。",
            "This day was set from outside and cannot be paused; change the field where the day has moved.",
        )  # fmt: skip
    reason = reason.strip()[:300]
    if not reason:
        raise refused("no_reason", "请写明暂停的原因。", "Say why the clock is paused.", 400)
    if Pause.objects.filter(clock=clock, until=None).exists():
        raise refused("clock_paused", "这个时限已经暂停。", "This clock stands still already.")
    return Pause.objects.create(case_id=clock.case_id, clock=clock, since=at, reason=reason, by=person)


def resume(clock: Clock, at: datetime) -> Clock:
    """Lets a clock go on, with as much left as when it stopped. Raises :class:`UserError` where it does not stand still."""
    if not Pause.objects.filter(clock=clock, until=None).update(until=at):
        raise refused("clock_runs", "这个时限没有暂停。", "This clock does not stand still.")
    _due_again(clock, at)
    clock.save(update_fields=["due_at"])
    return clock


def recount() -> int:
    """Counts anew the clocks at home that run into the newest year that is announced: while it was not, they were counted by
    its weekends. Returns how many are due on another day now."""
    first, count = datetime(notices().years[-1], 1, 1, tzinfo=BEIJING), 0
    for pk in list(_counted_here(first).values_list("pk", flat=True)):
        with transaction.atomic():
            clock = (
                _counted_here(first).select_for_update(of=("self",)).select_related("case__unit").filter(pk=pk).first()
            )
            if clock is None or not _recounted(clock):
                continue
            name = template_of(clock.case).clocks[clock.code].name
            record(
                "case.recounted", clock.case, None, clock.case.unit, clock=name.zh, clock_en=name.en,
                due=moment_told(clock.due_at), **{key: told for key, told in told_of(clock.case).items() if key != "firm"},
            )  # fmt: skip
            count += 1
    return count


def _counted_here(first: datetime) -> Any:
    """Clocks at home that run, do not stand still and are due from a moment on."""
    still = Pause.objects.filter(until=None).order_by().values("clock")
    rows = Clock.objects.filter(met_at=None, dropped_at=None, calendar=HOME, due_at__gte=first)
    return rows.filter(case__state=Case.State.OPEN).exclude(pk__in=still).order_by("pk")


def _recounted(clock: Clock) -> bool:
    declared = template_of(clock.case).clocks.get(clock.code)
    if declared is None or declared.within is None:
        return False
    ends = due(clock.started_at, declared.within, clock.calendar, pauses_of(clock), holiday=declared.holiday_rule)
    if ends == clock.due_at:
        return False
    clock.due_at = ends
    clock.save(update_fields=["due_at"])
    return True


def pauses_of(clock: Clock) -> list[tuple[datetime, datetime | None]]:
    """The pauses of a clock, in order."""
    return list(Pause.objects.filter(clock=clock).order_by("since").values_list("since", "until"))


def _start(case: Case, one: ClockEvent) -> None:
    Clock.objects.create(
        case=case, code=one.clock, stage=case.stage, calendar=one.calendar, zone=one.zone, started_at=one.started_at,
        due_at=one.due_at,
    )  # fmt: skip


def _moved(clock: Clock, one: ClockEvent) -> None:
    clock.calendar, clock.zone = one.calendar, one.zone
    clock.started_at, clock.due_at = one.started_at or clock.started_at, one.due_at or clock.due_at
    _due_again(clock, one.at)
    clock.save(update_fields=["started_at", "due_at", "calendar", "zone"])


def _due_again(clock: Clock, at: datetime) -> None:
    """The due moment with the pauses that there were; a day that was set from outside stays."""
    declared = template_of(clock.case).clocks.get(clock.code)
    stood = pauses_of(clock)
    if declared is not None and declared.within is not None and stood:
        clock.due_at = due(
            clock.started_at, declared.within, clock.calendar, stood, holiday=declared.holiday_rule, now=at
        )


def _cannot(case: Case, template: Template, one: ClockEvent) -> None:
    """Says in the case why a clock that should start cannot; the one that ran by another authority is dropped."""
    clock = running(case).filter(code=one.clock).first()
    if clock is not None:
        _end(clock, one.at, "dropped_at")
    name = template.clocks[one.clock].name
    told = (one.fault.zh, one.fault.en) if one.fault is not None else ("", "")
    Note.objects.create(
        case=case, text=f"“{name.zh}”：{told[0]} / {name.en}: {told[1]}"[:2000], at=one.at, on=today(), internal=True
    )


def _end(clock: Clock, at: datetime, how: str) -> None:
    """Ends a clock; one that stood still is let go on first, so that its due moment is the one that counted."""
    if Pause.objects.filter(clock=clock, until=None).exists():
        resume(clock, at)
    setattr(clock, how, at)
    clock.save(update_fields=[how])
