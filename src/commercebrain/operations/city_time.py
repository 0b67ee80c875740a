"""Time goes on in the invented city that the demonstration made: months are released, firms report, due jobs run.

The days that count are Mondays, customs' release days and the day that was asked for; on each, everything is done that its
morning knows. So one long step does what many short ones do. Every part looks at what is there and does what is missing:
killed anywhere, the next run finishes it. An installation whose city the demonstration did not make is never touched.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from commercebrain.operations.terminal import say

Advance = Callable[[str], None]
#: How long a job that another worker has taken is waited for.
PATIENCE = 900.0
#: Jobs that are enough once, at the end of the way; forecasts are also kept whenever a month came, and rounds are opened
#: before the firms report.
SELDOM = ("core.verify_log", "foresight.keep", "forms.open_rounds")


@dataclass(frozen=True)
class Made:
    """The invented city as the demonstration made it."""

    today: date
    firms: int
    lines: int
    seed: int


def made_here() -> Made | None:
    """The city, where the demonstration made it and its lines are whole in the lake; none everywhere else."""
    from django.conf import settings

    from commercebrain.desk.core.models import Setting
    from commercebrain.engine.simulate.later import asked_of
    from commercebrain.operations.demo import CITY

    mark = Setting.objects.filter(key=CITY).values_list("value", flat=True).first()
    if mark is None:
        return None
    told: dict[str, Any] = json.loads(mark)
    asked = asked_of(Path(settings.LAKE_ROOT))
    made = Made(date.fromisoformat(told["today"]), told["firms"], told["lines"], told["seed"])
    if asked is None or (asked.firms, asked.lines, asked.seed) != (made.firms, made.lines, made.seed):
        return None
    return made


def days_between(made: Made, before: date, after: date) -> Iterator[date]:
    """The days to go through from ``before`` (once more, it may have been left half done) to ``after``."""
    from commercebrain.engine.simulate.world import world

    released = int(world().city["release_day"])
    day = max(before, made.today + timedelta(days=1))
    while day <= after:
        if day in (before, after) or day.weekday() == 0 or day.day == released:
            yield day
        day += timedelta(days=1)


def go_through(day: date, *, last: bool, told: Advance) -> None:
    """What happens in the city by the morning of ``day``, which is the business date by now."""
    from commercebrain.operations.demo_warnings import go_on, make_sure

    told(say("海关月度数据", "customs' month"))
    came = _months(day)
    told(say("企业填报", "firms report"))
    _reports(day)
    told(say("预警与事项", "warnings and cases"))
    go_on(day)
    told(say("到期任务", "due jobs"))
    run_due_jobs([] if last else [code for code in SELDOM if not (came and code.startswith("foresight"))], told)
    make_sure(day)
    if last:
        go_on(day)


def _lake() -> Path:
    from django.conf import settings

    return Path(settings.LAKE_ROOT)


def _months(day: date) -> bool:
    """The months released by now come in; whether there were any."""
    from commercebrain.engine.simulate.later import due_months, take_in
    from commercebrain.engine.simulate.others import recipes
    from commercebrain.engine.simulate.write import DATASET
    from commercebrain.engine.working.store import refresh_dataset

    months = due_months(_lake(), day)
    for month in months:
        take_in(_lake(), month, _helps())
    if months:
        for code in (DATASET, *recipes()["datasets"], recipes()["orders"]["dataset"]):
            refresh_dataset(_lake(), code)
    return bool(months)


def _helps() -> list[Any]:
    from commercebrain.desk.cases.demo import helps

    return helps()


def _reports(day: date) -> None:
    from commercebrain.desk.forms import outbox, rounds
    from commercebrain.desk.forms.demo_weeks import come_in, round_missing
    from commercebrain.engine.simulate.later import trade_in
    from commercebrain.engine.simulate.order_history import OrderBook
    from commercebrain.engine.simulate.reports import weeks_between
    from commercebrain.operations.demo_reports import reporting_cast

    cast, _users = reporting_cast()
    if round_missing(cast, day):
        rounds.open_rounds(day)
    book = OrderBook(trade_in(_lake(), _helps()))
    come_in(cast, weeks_between(book, day - timedelta(weeks=3), day), day)
    outbox.ship()


def run_due_jobs(leave: Collection[str], told: Advance) -> int:
    """Begins what is due and runs it here, or waits for the worker that has taken it; how many jobs that were."""
    from commercebrain.desk.core.jobs import run_due
    from commercebrain.desk.core.jobs.running import run_job
    from commercebrain.desk.core.models import Job

    begun = run_due(leave)
    for row in begun:
        told(row.kind)
        run_job.func(row.pk)
        until = time.monotonic() + PATIENCE
        while Job.objects.filter(pk=row.pk, state__in=[Job.State.QUEUED, Job.State.RUNNING], retry_at=None).exists():
            if time.monotonic() > until:
                break
            time.sleep(0.2)
    return len(begun)
