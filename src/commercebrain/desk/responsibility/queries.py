"""Every read about who answers for what; the person's scope is part of each query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Right, Unit
from commercebrain.desk.plans import queries as plans
from commercebrain.desk.plans.models import Target, Task
from commercebrain.desk.plans.outlook import Outlook, TargetState, terms_of
from commercebrain.desk.registry.models import Region
from commercebrain.desk.responsibility.models import (
    Adjustment,
    Allocation,
    Assignment,
    DeadlineRequest,
    Need,
    Update,
)
from commercebrain.desk.responsibility.permission import Who, units_of
from commercebrain.engine.outlook.breakdown import Part, Standing, YearSum, adds_up, standing, year_sums
from commercebrain.engine.reporting import Round, months_asked


def allocations(person: Who) -> QuerySet[Allocation]:
    """The parts of targets that ``person`` may read."""
    rows: QuerySet[Allocation] = Allocation.objects.visible_to(person)
    return rows.select_related("region", "target__document__unit", "target__region").defer(
        "target__document__text"
    ).prefetch_related("target__adjustments")  # fmt: skip


def adjustments(person: Who) -> QuerySet[Adjustment]:
    """The proposed and decided adjustments that ``person`` may read."""
    rows: QuerySet[Adjustment] = Adjustment.objects.visible_to(person)
    return rows.select_related("target__region", "target__document__unit", "proposed_by", "closed_by").defer(
        "target__document__text"
    )


def history(target: Target) -> list[Adjustment]:
    """All adjustments of a target that the caller may read, newest first."""
    rows = Adjustment.objects.filter(target=target).select_related("proposed_by", "closed_by")
    return list(rows)


@dataclass(frozen=True)
class Row:
    """One county of a break-down: its parts by year, how it stands, and its place where that may be told."""

    region: Region
    values: dict[int, Decimal]
    state: TargetState | None


@dataclass(frozen=True)
class Breakdown:
    """A target's parts. ``sums`` is empty where the parts do not add up; ``adds`` says whether they do.

    ``whole`` is whether the reader sees all of it; a county sees its own rows and its own place.
    """

    target: Target
    years: tuple[int, ...]
    rows: tuple[Row, ...]
    sums: tuple[YearSum, ...]
    adds: bool
    whole: bool
    places: dict[str, Standing]

    @property
    def last(self) -> YearSum | None:
        """The sum of the target's own year."""
        return next((s for s in self.sums if s.year == self.target.target_year), None)

    @property
    def measured(self) -> int:
        """How many counties have a state."""
        return sum(row.state is not None and row.state.measurable for row in self.rows)


def years_of(target: Target) -> tuple[int, ...]:
    """The years that a target is broken down to: after its base, up to its year."""
    last = target.target_year
    if last is None:
        return ()
    first = target.period_first or (target.base_year or last - 5) + 1
    return tuple(range(min(first, last), last + 1))


def counties(region: Region | None) -> list[Region]:
    """The regions right below one, as they are today."""
    return list(region.children.valid_on(today()).order_by("code")) if region is not None else []


def breakdown(person: Who, target: Target, view: Outlook, *, assess: bool = True) -> Breakdown:
    """How ``target`` (as in force on the view's day) is broken down, each county assessed by its own figures.

    Without ``assess`` only the parts and their sums, no county's state.
    """
    live = target.in_force(view.on)
    whole = Target.objects.filter(pk=target.pk, document__unit__in=units_of(person, Right.SEE)).exists()
    held: dict[str, dict[int, Decimal]] = defaultdict(dict)
    for row in Allocation.objects.filter(target=target).select_related("region"):
        held[row.region.code][row.year] = row.value
    places = counties(live.region)
    states = {
        place.code: county_state(live, place, held.get(place.code, {}), view) if assess else None for place in places
    }
    reached = {code: state.assessment.attainment if state else None for code, state in states.items()}
    ranked = {code: found for code in states if (found := standing(reached, code)) is not None}
    if not whole:
        own = set(units_of(person, Right.SEE).values_list("region__code", flat=True))
        places = [place for place in places if place.code in own]
        ranked = {code: found for code, found in ranked.items() if code in own}
    terms = terms_of(live)
    indicator = view.indicator(live)
    adds = indicator is not None and adds_up(terms.kind, indicator.adds.place)
    parents = {**(terms.schedule or {})}
    if live.target_year is not None and live.value is not None:
        parents[live.target_year] = live.value
    sums: tuple[YearSum, ...] = ()
    if adds and whole:
        parts = [Part(c, y, v, live.unit_text) for c, values in held.items() for y, v in values.items()]
        sums = year_sums(parts, unit=live.unit_text, parents=parents, places=list(states))
    return Breakdown(
        target=live,
        years=years_of(live),
        rows=tuple(Row(place, dict(held.get(place.code, {})), states[place.code]) for place in places),
        sums=sums,
        adds=adds,
        whole=whole,
        places=ranked,
    )


def county_state(live: Target, place: Region, values: dict[int, Decimal], view: Outlook) -> TargetState | None:
    """A county's own assessment against its part; none where it has no part for the target's year."""
    if live.target_year is None or live.target_year not in values:
        return None
    terms = replace(
        terms_of(live),
        value=values[live.target_year],
        value_high=None,
        base_value=None,
        schedule={year: value for year, value in values.items() if year != live.target_year} or None,
    )
    return view.state_of(live, terms, place)


def task_rows(person: Who, on: date | None = None) -> QuerySet[Task]:
    """The tasks in scope with their units and updates, for the monthly round."""
    return plans.tasks(person).prefetch_related(
        Prefetch("assignments", Assignment.objects.select_related("unit", "person")),
        Prefetch("updates", Update.objects.order_by("-month")),
    )


@dataclass(frozen=True)
class Line:
    """One lead unit on one task: its updates, newest first, and which months are due or missing."""

    task: Task
    assignment: Assignment
    state: str
    updates: tuple[Update, ...]
    round: Round

    @property
    def latest(self) -> Update | None:
        """The newest update."""
        return self.updates[0] if self.updates else None

    @property
    def light(self) -> str:
        """The newest light; "" where there is none."""
        return self.updates[0].light if self.updates else ""


def lines_of(tasks: Iterable[Task], on: date, internal: frozenset[int] | None = None) -> list[Line]:
    """A line for each lead unit of ``tasks`` that is known; ``internal`` narrows to tasks whose updates one may read."""
    found = []
    for task in tasks:
        if internal is not None and task.pk not in internal:
            continue
        state = plans.task_state(task, on)
        for row in task.assignments.all():
            if row.role != "lead" or row.unit_id is None:
                continue
            given = tuple(u for u in task.updates.all() if u.unit_id == row.unit_id)
            asked = months_asked(
                row.since, on, deadline=task.due_on, done=task.done_on,
                given=frozenset(u.month for u in given), workdays=settings.UPDATE_WORKDAYS,
            )  # fmt: skip
            found.append(Line(task, row, state, given, asked))
    return found


def lines(person: Who, on: date | None = None) -> list[Line]:
    """The monthly round of everything whose updates ``person`` may read."""
    day = on or today()
    readable = frozenset(Assignment.objects.visible_to(person).filter(role="lead").values_list("task_id", flat=True))
    return lines_of(task_rows(person).filter(pk__in=readable), day, readable)


def reads_work_of(person: Who, task: Task) -> bool:
    """Whether ``person`` reads the internal work on ``task``: updates, requests, remarks."""
    units = units_of(person, Right.SEE)
    named = Q(document__unit__in=units) | Q(assignments__unit__in=units)
    return Task.objects.filter(named, pk=task.pk).exists()


def assignments(person: Who) -> QuerySet[Assignment]:
    """Which units tasks name, as far as ``person`` reads them."""
    rows: QuerySet[Assignment] = Assignment.objects.visible_to(person)
    return rows.select_related("task__document__unit", "unit", "person").defer("task__document__text")


def needs(person: Who) -> QuerySet[Need]:
    """Requests to units that ``person`` may read."""
    rows: QuerySet[Need] = Need.objects.visible_to(person)
    return rows.select_related("task__document", "from_unit", "to_unit", "asked_by").defer("task__document__text")


def updates(person: Who) -> QuerySet[Update]:
    """Monthly updates that ``person`` may read."""
    rows: QuerySet[Update] = Update.objects.visible_to(person)
    return rows.select_related("task__document", "unit", "entered_by").defer("task__document__text")


def deadline_requests(person: Who) -> QuerySet[DeadlineRequest]:
    """Requests to move deadlines that ``person`` may read."""
    rows: QuerySet[DeadlineRequest] = DeadlineRequest.objects.visible_to(person)
    return rows.select_related("task__document__unit", "asked_by", "decided_by").defer("task__document__text")


def open_units() -> QuerySet[Unit]:
    """The units that still work."""
    return Unit.objects.filter(closed_on=None)
