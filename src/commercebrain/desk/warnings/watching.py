"""The watcher: whether the rules were evaluated at all. An alarm is raised when no evaluation has ended well by the hour of
a working day, or one failed; it is over when one ran.

:func:`standing` is worked out when it is asked, from the rows alone: pages and ``cbrain doctor`` show it even where the
worker, and with it the job that watches, stands still.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from commercebrain.desk.core.clock import pinned, today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.models import Job
from commercebrain.desk.core.workdays import add_workdays, is_workday
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Unit
from commercebrain.desk.warnings.models import Alarm, Evaluation, RuleUse
from commercebrain.engine.clock import BEIJING

#: By when the evaluation of a working day must have ended.
HOUR = time(8, 30)
JOB = "warnings.evaluate"
State = Evaluation.State


@dataclass(frozen=True)
class Standing:
    """How the evaluation of a bureau stands: the last one that ended well, whether today's is missing, and why in words."""

    unit: Unit
    last: Evaluation | None
    latest: Evaluation | None
    missing: bool
    why_zh: str = ""
    why_en: str = ""


def standing(unit: Unit, moment: datetime | None = None) -> Standing:
    """How a bureau stands at a moment (default: now). Without rules in use nothing is missing."""
    at = (moment or now()).astimezone(BEIJING)
    rows = Evaluation.objects.filter(unit=unit)
    last = rows.filter(state=State.DONE).order_by("-on", "-pk").first()
    latest = rows.order_by("-on", "-pk").first()
    wanted = _wanted_on(unit, at)
    if wanted is None or (last is not None and last.on >= wanted) or _on_its_way():
        return Standing(unit, last, latest, False)
    if latest is not None and latest.on >= wanted and latest.state == State.FAILED:
        return Standing(
            unit,
            last,
            latest,
            True,
            f"{latest.on}的运行失败：{latest.fault}",
            f"the run of {latest.on} failed: {latest.fault}",
        )
    if latest is not None and latest.on >= wanted and latest.state == State.RUNNING:
        return Standing(
            unit, last, latest, True, f"{latest.on}的运行到{HOUR:%H:%M}还没有结束",
            f"the run of {latest.on} had not ended by {HOUR:%H:%M}",
        )  # fmt: skip
    since = f"，最近一次是{last.on}" if last else "，从未运行过"
    since_en = f"; the last was on {last.on}" if last else "; there never was one"
    return Standing(
        unit, last, latest, True, f"{wanted}到{HOUR:%H:%M}没有运行{since}",
        f"none had been made on {wanted} by {HOUR:%H:%M}{since_en}",
    )  # fmt: skip


def _wanted_on(unit: Unit, at: datetime) -> date | None:
    """The newest working day whose evaluation must have ended by a moment; none before the first rule was in use for one."""
    day = at.date()
    if not is_workday(day) or (not pinned() and at.time() < HOUR):
        day = add_workdays(day, -1)
    used = RuleUse.objects.filter(unit=unit, state=RuleUse.State.ON, since__lt=day)
    return day if used.exists() else None


def _on_its_way() -> bool:
    """Where the business date stands still all slots of a day are due at once: what waits or runs is not late."""
    return pinned() and Job.objects.filter(kind=JOB, state__in=(Job.State.QUEUED, Job.State.RUNNING)).exists()


def watched() -> list[Unit]:
    """The units at work whose evaluation is watched: those with rules in use, and those whose alarm is on."""
    used = RuleUse.objects.filter(state=RuleUse.State.ON).order_by().values_list("unit", flat=True)
    alarmed = Alarm.objects.filter(over_at=None).values_list("unit", flat=True)
    return list(Unit.objects.filter(pk__in={*used, *alarmed}, closed_on=None).order_by("pk"))


def watch(moment: datetime | None = None) -> list[Alarm]:
    """Raises the alarms that are due and ends those that are over; returns the new ones. Doing it again changes nothing."""
    raised = []
    for unit in watched():
        found = standing(unit, moment)
        if not found.missing:
            over(unit)
        elif (made := alarm(unit, found.why_zh, found.why_en)) is not None:
            raised.append(made)
    return raised


def alarm(unit: Unit, zh: str, en: str) -> Alarm | None:
    """Raises the alarm of a bureau; none where it is on already."""
    try:
        with transaction.atomic():
            row = Alarm.objects.create(
                unit=unit, since=today(), why_zh=zh[:500], why_en=en[:500], raised_at=timezone.now()
            )
            record("alarm.raised", row, None, unit, why=zh[:300], why_en=en[:300])
    except IntegrityError:  # it is on: of two watchers one raises it
        return None
    return row


@transaction.atomic
def over(unit: Unit) -> bool:
    """Ends the alarm of a bureau; returns whether one was on."""
    row = Alarm.objects.filter(unit=unit, over_at=None).first()
    if row is None or not Alarm.objects.filter(pk=row.pk, over_at=None).update(over_at=timezone.now()):
        return False
    record("alarm.over", row, None, unit)
    return True


def troubles(units: Any = None) -> list[Standing]:
    """The bureaus (of ``units``, none: of all) whose evaluation is missing at this moment, worked out now."""
    wanted = None if units is None else {getattr(unit, "pk", unit) for unit in units}
    return [found for unit in watched() if (wanted is None or unit.pk in wanted) and (found := standing(unit)).missing]
