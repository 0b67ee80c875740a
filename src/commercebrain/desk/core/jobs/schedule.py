"""Jobs that run by themselves, by the business date: each slot once, however many tick.

With the clock of the day (no pinned date) a slot is due when its time has come. While the business date stands pinned
(a demo, or after ``cbrain tick --to``) there is no time of day: every slot of the date is due as soon as the date is.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from commercebrain.desk.core.clock import pinned, today
from commercebrain.desk.core.jobs.declaring import KINDS, SCHEDULE, Kind, Periodic
from commercebrain.desk.core.jobs.running import start
from commercebrain.desk.core.models import Job, ScheduledRun
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError

logger = logging.getLogger(__name__)
MOST = 400  # slots made up for at once


def business_moment() -> datetime:
    """Now as the schedule sees it, Beijing time without a zone."""
    if pinned():
        return datetime.combine(today(), time(23, 59, 59))
    return timezone.localtime(timezone.now(), BEIJING).replace(tzinfo=None)


def _last(code: str) -> ScheduledRun | None:
    return ScheduledRun.objects.filter(kind=code).select_related("job").order_by("-slot").first()


def _naive(slot: datetime) -> datetime:
    return slot.astimezone(BEIJING).replace(tzinfo=None)


def due(plan: Periodic, now: datetime) -> list[datetime]:
    """Slots to deal with now. A job new to the installation begins with the current day."""
    last = _last(plan.code)
    after = _naive(last.slot) if last else datetime.combine(now.date(), time()) - timedelta(microseconds=1)
    slots = list(plan.rhythm.slots(after, now))
    return slots[-1:] if plan.catch_up == "last" else slots[-MOST:]


def run_due(leave: Collection[str] = ()) -> list[Job]:
    """Starts what is due but for the kinds ``leave``; returns the jobs. Two that tick at once start nothing twice."""
    now = business_moment()
    begun: list[Job] = []
    for plan in [one for one in SCHEDULE.values() if one.code not in leave]:
        try:
            slots = due(plan, now)
        except UserError as fault:  # a year without a notice of holidays: the others go on
            logger.error("%s is not scheduled: %s", plan.code, fault.en)
            continue
        for slot in slots:
            if row := _begin(plan, slot, now):
                begun.append(row)
    return begun


def _begin(plan: Periodic, slot: datetime, now: datetime) -> Job | None:
    """One slot: the row that says that it is dealt with and its job, both or neither."""
    passed_over = plan.catch_up == "none" and (
        slot.date() < now.date() if pinned() else slot < now - timedelta(hours=1)
    )
    try:
        with transaction.atomic():
            run = ScheduledRun.objects.create(kind=plan.code, slot=slot.replace(tzinfo=BEIJING))
            if passed_over:
                return None
            row = start(plan.code, None, key=f"slot {slot:%Y-%m-%d %H:%M}")
            run.job = row
            run.save(update_fields=["job"])
            return row
    except IntegrityError:
        return None


@dataclass(frozen=True)
class Line:
    """One line of the schedule's page."""

    plan: Periodic
    kind: Kind
    last: ScheduledRun | None
    following: datetime | None
    trouble: UserError | None = None


def lines() -> Iterator[Line]:
    """Every job that runs by itself: when it last ran and how it ended, when it runs next."""
    now = business_moment()
    for plan in sorted(SCHEDULE.values(), key=lambda plan: plan.code):
        last = _last(plan.code)
        try:
            following, trouble = plan.rhythm.following(max(now, _naive(last.slot)) if last else now), None
        except UserError as fault:
            following, trouble = None, fault
        yield Line(plan, KINDS[plan.code], last, following, trouble)
