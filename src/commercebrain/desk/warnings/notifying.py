"""Telling units of their signals: once each, grouped by cause, on a working day outside quiet periods.

From the telling on the signal waits for somebody to acknowledge it. A level that opens its case by itself opens it at the
telling, in the same transaction: nobody has a case before anybody knows of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from commercebrain.desk.core.events import record
from commercebrain.desk.core.workdays import is_workday
from commercebrain.desk.warnings import rates, rising, taking
from commercebrain.desk.warnings.actions.signals import ORIGIN, bring
from commercebrain.desk.warnings.kinds import opens_by_itself, rank
from commercebrain.desk.warnings.models import Signal
from commercebrain.desk.warnings.quiet import quiet_rules
from commercebrain.desk.warnings.telling import moment_on, step_of, told
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.moments import after
from commercebrain.engine.rules.kinds import LEVELS, Rule


@dataclass
class Told:
    """What a round of telling did: signals told, cases opened, and why a case could not be."""

    signals: int = 0
    cases: int = 0
    faults: tuple[str, ...] = ()


def due_of(signal: Signal, moment: datetime) -> datetime:
    """Until when somebody must acknowledge a signal that was told at a moment: the end of its last working day."""
    span = str(signal.declaration.get("acknowledge") or "1 working day")
    return after(moment.astimezone(BEIJING), span, is_workday)


def tell(bureau: int, on: date) -> Told:
    """Tells the units of a bureau what waits to be told; what is quiet on the day waits on. Each unit in a transaction. What
    was told of signals that are worked on lets the level of their cases rise."""
    done = Told()
    quiet = quiet_rules(bureau, on)
    if quiet is None:
        return done
    waiting = Signal.objects.filter(bureau=bureau, closed_at=None, inhibited_by=None, told_on=None)
    units = waiting.exclude(rule__in=quiet).order_by().values_list("unit", flat=True).distinct()
    for unit in list(units):
        _tell_unit(bureau, unit, quiet, on, done)
    rising.follow_of(bureau)
    return done


@transaction.atomic
def _tell_unit(bureau: int, unit: int, quiet: frozenset[str], on: date, done: Told) -> None:
    taking.turn(bureau)
    rows = taking.open_of(bureau, unit=unit, inhibited_by=None, told_on=None).exclude(rule__in=quiet)
    groups: dict[tuple[str, str], list[Signal]] = defaultdict(list)
    moment = moment_on(on)
    for row in rows.select_related("unit__region"):
        row.told_on, row.version = on, row.version + 1
        if row.acknowledged_at is None and row.case_id is None:
            row.due_at = due_of(row, moment)
        row.save()
        step_of(row, "told", on, at=moment).save()
        groups[(row.cause, row.rule if not row.cause else "")].append(row)
    at_once = {row.pk: row.enterprise_id for group in groups.values() for row in group if _opens(row)}
    taking.firms(at_once.values())
    for group in groups.values():
        _say(group)
        done.signals += len(group)
        for row in group:
            if row.pk in at_once:
                _open_at_once(row, done)
        rates.put(row for row in group if row.case_id is None)


def _opens(row: Signal) -> bool:
    """Whether a signal that is told opens its case by itself."""
    return row.case_id is None and opens_by_itself(Rule.model_validate(row.declaration), row.level)


def _open_at_once(row: Signal, done: Told) -> None:
    """Opens the case of a level that opens by itself, or lets it join the one in which the firm is worked on already. Where
    that cannot be done the signal is told all the same, and somebody opens it by hand."""
    try:
        with transaction.atomic():
            row.case = bring(row)
        done.cases += row.case.origin == f"{ORIGIN}{row.pk}"
    except UserError as fault:
        done.faults = (*done.faults, f"{row}: {fault.zh}")


def _say(group: Sequence[Signal]) -> None:
    """One event for what comes from one cause: a signal in its own words, several by their number."""
    first = max(group, key=lambda row: (rank(row.level), -row.pk))
    if len(group) == 1:
        record("signal.told", first, None, first.unit, **told(first))
        return
    level = LEVELS.get(first.level)
    name: dict[str, str] = first.declaration.get("name") or {}
    due = min((row.due_at for row in group if row.due_at), default=None)
    record(
        "signals.told", ("people.unit", str(first.unit_id)), None, first.unit, count=len(group),
        cause=first.cause_zh or name.get("zh", first.rule), cause_en=first.cause_en or name.get("en", first.rule),
        level=level.zh if level else first.level, level_en=level.en if level else first.level,
        due=due.astimezone(BEIJING).strftime("%Y-%m-%d") if due else "—", signals=[row.pk for row in group],
    )  # fmt: skip


# --- acknowledgements that run out --------------------------------------------------------------------------------------
def expire(on: date, bureau: int | None = None) -> int:
    """Takes back acknowledgements whose last day is over where the signal still stands: it is told again and asks anew.

    In quiet periods and on days off they wait for the next working morning. ``bureau``: only those of one. Returns how
    many ran out.
    """
    over = Signal.objects.filter(closed_at=None, acknowledged_until__lt=on, inhibited_by=None)
    if bureau is not None:
        over = over.filter(bureau=bureau)
    count = 0
    for one in list(over.order_by().values_list("bureau", flat=True).distinct()):
        quiet = quiet_rules(one, on)
        if quiet is None:
            continue
        for pk in list(over.filter(bureau=one).exclude(rule__in=quiet).order_by("pk").values_list("pk", flat=True)):
            count += _expire(pk, on)
    return count


@transaction.atomic
def _expire(pk: int, on: date) -> int:
    rows = Signal.objects.select_for_update(of=("self",)).select_related("unit", "case")
    row = rows.filter(pk=pk, closed_at=None, acknowledged_until__lt=on, inhibited_by=None).first()
    if row is None or (row.case is not None and row.case.state == "open"):
        return 0
    row.acknowledged_at = row.acknowledged_by = row.acknowledged_until = None
    row.told_on, row.due_at, row.version = on, due_of(row, moment_on(on)), row.version + 1
    row.save()
    step_of(row, "expired", on).save()
    record("signal.expired", row, None, row.unit, **told(row))
    rates.put([row])
    return 1
