"""Moves the business date where it stands still, then does what is due: scheduled jobs, lost jobs, sealing the log.

Whatever else depends on the date is computed from it when it is asked for. In the invented city that the demonstration
made, what happens there on the way happens as well (:mod:`.city_time`).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from commercebrain.engine.errors import UserError
from commercebrain.operations.setup_django import ready
from commercebrain.operations.terminal import say

if TYPE_CHECKING:
    from commercebrain.operations import city_time


def tick(to: date | None = None) -> tuple[date, date]:
    """Sets the business date to ``to`` and starts what is due by then; returns the old and the new date.

    Without ``to`` a date that is pinned moves to the next day, and one that follows the calendar stays what it is, so
    that a timer of the system may call this every minute; calling it twice does nothing twice.

    Time does not run backwards: an earlier date raises :class:`UserError`.
    """
    ready()
    from commercebrain.desk.core.clock import pinned, today
    from commercebrain.desk.core.jobs import look_after
    from commercebrain.operations import city_time

    made = city_time.made_here()
    # A demonstration that is asked from another terminal stands where it began, not at the machine's date.
    before = made.today if made is not None and not pinned() else today()
    after = to or (before + timedelta(days=1) if pinned() else before)
    if after < before:
        raise UserError(
            "tick.backwards",
            f"业务日期不能倒退：现在是 {before}，要改成 {after}。要看过去，请在页面上选择“截至”日期，或用 --as-of。",
            f"The business date cannot go back: it is {before}, asked for {after}. To look at the past choose "
            "“as of” on the page, or use --as-of.",
        )
    if made is not None and (to or after != before):
        _go_through(made, before, after)
    elif to or after != before:
        _move(before, after)
    look_after()
    return before, after


def _go_through(made: city_time.Made, before: date, after: date) -> None:
    """Day after day that counts, with a bar."""
    from commercebrain.operations import city_time

    days = list(city_time.days_between(made, before, after))
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
               TextColumn("[dim]{task.fields[detail]}"), TimeElapsedColumn())  # fmt: skip
    at = before
    with Progress(*columns, console=Console(stderr=True)) as bars:
        line = bars.add_task(say("示例市的日子", "days of the invented city"), total=len(days), detail="")
        for number, day in enumerate(days):

            def told(what: str, day: date = day, number: int = number) -> None:
                bars.update(line, completed=number, detail=f"{day} {what}")

            _move(at, day)
            at = day
            city_time.go_through(day, last=day == after, told=told)
        bars.update(line, completed=len(days), detail=str(after))
    if at != after:
        _move(at, after)


def _move(before: date, after: date) -> None:
    from django.db import transaction

    from commercebrain.desk.core.events import record
    from commercebrain.desk.core.models import Setting

    with transaction.atomic():
        setting, _ = Setting.objects.update_or_create(key="business_date", defaults={"value": after.isoformat()})
        record("clock.moved", setting, None, before=before.isoformat(), after=after.isoformat())
