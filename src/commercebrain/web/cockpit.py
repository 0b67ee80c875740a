"""What the cockpit tells: which promises can be measured, where they land, what changed, what needs a decision.

Reads and groups; every number comes from the engine's assessments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from commercebrain.desk.audits import queries as audits
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, store
from commercebrain.desk.people.models import Person
from commercebrain.desk.plans import queries
from commercebrain.desk.plans.models import Finding, Task
from commercebrain.desk.plans.outlook import TargetState, assessments
from commercebrain.desk.registry.models import Region
from commercebrain.desk.responsibility import queries as responsibility
from commercebrain.engine.indicators import Figure, figure
from commercebrain.engine.observations import Observation

Who = Person | AnonymousUser
#: From the one that asks for a decision to the one that does not; a region on the map shows its first.
STATES = ("unmet", "off_path", "at_risk", "on_path", "met", "not_measurable")
MEASURED = STATES[:-1]


@dataclass(frozen=True)
class Count:
    """How many targets are in each state."""

    by_state: Counter[str]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_state.values())

    @property
    def measured(self) -> int:
        """Those with a figure of their own calibre after the base year."""
        return self.total - self.by_state["not_measurable"]

    def __getattr__(self, name: str) -> int:
        """The number in a state, for templates: ``count.off_path``."""
        if name in STATES:
            return self.by_state[name]
        raise AttributeError(name)


@dataclass(frozen=True)
class Group:
    """Targets of one area or one region with their count."""

    code: str
    name: Any
    count: Count


@dataclass(frozen=True)
class Change:
    """A target whose state differs from the end of last month."""

    now: TargetState
    before: str


@dataclass(frozen=True)
class News:
    """A figure that was published since the end of last month, for a series that a target rests on."""

    figure: Figure
    name: Any
    region: Region
    published: date


def last_month_end(on: date) -> date:
    """The last day of the month before ``on``."""
    return on.replace(day=1) - timedelta(days=1)


def counted(rows: Iterable[TargetState]) -> Count:
    """The count over some targets."""
    return Count(Counter(row.state for row in rows))


def areas(rows: Sequence[TargetState]) -> list[Group]:
    """The targets by area in the catalogue's order; those without an area last."""
    known = sorted(catalogue().areas.items(), key=lambda item: item[1].order)
    groups = [Group(code, area.name, counted(row for row in rows if row.target.area == code)) for code, area in known]
    rest = counted(row for row in rows if row.target.area not in catalogue().areas)
    return [group for group in [*groups, Group("", None, rest)] if group.count.total]


def regions(rows: Sequence[TargetState]) -> list[tuple[Region, Count]]:
    """The targets by the region they are about, the widest first."""
    found: dict[str, Region] = {}
    for row in rows:
        if row.target.region is not None:
            found[row.target.region.code] = row.target.region
    return [
        (region, counted(row for row in rows if row.target.region and row.target.region.code == code))
        for code, region in sorted(found.items())
    ]


def worst(count: Count) -> str:
    """The state that a region shows: the one that asks most for a decision."""
    return next((state for state in STATES if count.by_state[state]), "not_measurable")


def gaps(rows: Iterable[TargetState]) -> list[TargetState]:
    """Measured targets that are not on path: gaps before risks, amounts before ratios, then the furthest first."""

    def depth(row: TargetState) -> tuple[int, bool, Decimal]:
        share = row.headline.depth if row.headline else Decimal(0)
        return STATES.index(row.state), row.target.kind != "level", -share

    return sorted((row for row in rows if row.state in ("unmet", "off_path", "at_risk")), key=depth)


def one_each(rows: Iterable[TargetState]) -> list[TargetState]:
    """The first row of each indicator and region: a plan says its main promises twice, in prose and in a table."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for row in rows:
        key = (row.target.indicator, row.target.region.code if row.target.region else "")
        if key not in seen:
            seen.add(key)
            kept.append(row)
    return kept


def changes(person: Who, rows: Sequence[TargetState], on: date) -> list[Change]:
    """Targets whose state is not what it was at the end of last month."""
    before = {row.target.pk: row.state for row in assessments(person, last_month_end(on))}
    return [
        Change(row, before[row.target.pk])
        for row in rows
        if row.target.pk in before and before[row.target.pk] != row.state
    ]


def one_each_change(rows: Iterable[Change]) -> list[Change]:
    """The first change of each indicator and region."""
    rows = list(rows)
    kept = {id(row) for row in one_each(change.now for change in rows)}
    return [change for change in rows if id(change.now) in kept]


def news(person: Who, rows: Sequence[TargetState], on: date, most: int = 8) -> list[News]:
    """What was published since the end of last month for the regions of these targets, largest movement first.

    One figure a series: the longest period that it reports. Figures that the plans do not speak of at all are left out.
    """
    reach, since = reach_for(person), last_month_end(on)
    places = {row.target.region.code: row.target.region for row in rows if row.target.region}
    snapshot = store(on)
    fresh: dict[tuple[str, str], Observation] = {}
    for row in snapshot.observations(on):
        key = (row.indicator, row.region)
        if row.region not in places or row.published <= since or row.calibre or row.grade == "C":
            continue
        if key not in fresh or _later(row, fresh[key]):
            fresh[key] = row
    found = []
    for (code, region), row in fresh.items():
        told = figure(snapshot, catalogue(), code, region, row.period, reach=reach, as_of=on)
        if told.value is not None:
            found.append(News(told, catalogue().indicators[code].name, places[region], row.published))
    found.sort(key=lambda item: abs(item.figure.known_growth or Decimal(0)), reverse=True)
    return found[:most]


def _later(row: Observation, other: Observation) -> bool:
    """Whether a row tells of a later or, to the same month, a longer period."""
    return (row.period[-2:], len(row.period), row.published) > (
        other.period[-2:],
        len(other.period),
        other.published,
    )


@dataclass(frozen=True)
class Decisions:
    """What waits for a person: counts, each with a page behind it."""

    off_path: int
    waiting_review: int
    unattended: int
    unmatched: int
    contradictions: int
    disagreements: list[TargetState]
    broken_calibre: list[TargetState]

    @property
    def any(self) -> bool:
        """Whether anything waits."""
        return bool(
            self.off_path or self.waiting_review or self.unattended or self.unmatched or self.disagreements
            or self.broken_calibre or self.contradictions
        )  # fmt: skip


def disputed(row: TargetState) -> bool:
    """Whether sources of one standing print different exact values for the target's own calibre.

    A value that its source calls approximate does not contradict an exact one, and another calibre is no dispute.
    """
    return any(other.bound == "=" for told in row.assessment.disagreements for other in told.disagreements)


def decisions(person: Who, rows: Sequence[TargetState]) -> Decisions:
    """What needs a decision among what this person may see."""
    found = queries.findings(person)
    return Decisions(
        off_path=sum(row.state == "off_path" for row in rows),
        waiting_review=found.filter(state=Finding.State.WAITING).count(),
        unattended=found.filter(unattended=True).count(),
        unmatched=sum(not row.target.indicator for row in rows),
        contradictions=audits.findings(person).filter(verdict="contradiction", answer="").count(),
        disagreements=one_each(row for row in rows if disputed(row)),
        broken_calibre=one_each(row for row in rows if row.assessment.code == "calibre_break"),
    )


def overdue(person: Who, on: date) -> tuple[int, list[Task]]:
    """How many tasks are known to be past their deadline, and the first of them."""
    rows = queries.overdue_tasks(person, on).order_by("due_on", "pk")
    return rows.count(), list(rows[:6])


@dataclass(frozen=True)
class Silence:
    """What nobody has told: tasks of closed years without any report, lead units that miss a month's update."""

    unreported: int
    missing: int


def silence(person: Who, on: date) -> Silence:
    """How much of the work on tasks is not reported on."""
    lines = responsibility.lines(person, on)
    return Silence(queries.unreported_tasks(person, on).count(), sum(bool(line.round.missing) for line in lines))


def rows_of(person: Who, region: str = "", on: date | None = None) -> list[TargetState]:
    """The assessed targets, of one region where one is asked for."""
    wanted = queries.targets(person)
    if region:
        wanted = wanted.filter(Q(region__code=region))
    return assessments(person, on or today(), wanted)
