"""Every read about plans; the person's scope is part of each query."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.plans.models import Document, Fact, Finding, Target, Task
from commercebrain.engine.errors import UserError

Who = Person | AnonymousUser


def documents(person: Who) -> QuerySet[Document]:
    """The plans that ``person`` may read, with how much was found in each and how much waits."""
    rows: QuerySet[Document] = Document.objects.visible_to(person).select_related("unit", "region", "job")
    found = Q(findings__kind="target"), Q(findings__kind="fact"), Q(findings__kind="task")
    return rows.defer("text").annotate(
        found_targets=Count("findings", filter=found[0]),
        found_facts=Count("findings", filter=found[1]),
        found_tasks=Count("findings", filter=found[2]),
        waiting=Count("findings", filter=Q(findings__state=Finding.State.WAITING)),
        unattended=Count("findings", filter=Q(findings__unattended=True)),
    )


def document(person: Who, pk: int) -> Document | None:
    """One plan with its text, if ``person`` may read it."""
    rows = Document.objects.visible_to(person).select_related("unit", "region", "job", "uploaded_by")
    found: Document | None = rows.filter(pk=pk).first()
    return found


def findings(person: Who, of: Document | None = None) -> QuerySet[Finding]:
    """What was found (in ``of``), in the order of the text."""
    rows: QuerySet[Finding] = Finding.objects.visible_to(person).select_related("reviewed_by")
    return (rows.filter(document=of) if of else rows.select_related("document")).order_by("start", "seq")


def may_review(person: Who, of: Document) -> bool:
    """Whether ``person`` may decide on what was found in ``of``."""
    return bool(Document.objects.enterable_by(person).filter(pk=of.pk).exists())


def units_to_enter(person: Who) -> QuerySet[Unit]:
    """The units for which ``person`` may take in plans."""
    extent = extent_of(person, Right.ENTER, today())
    rows = Unit.objects.select_related("region")
    if extent.everything:
        return rows
    own = Q(pk__in=extent.units)
    if extent.own_entries:
        own |= Q(memberships__in=person.memberships.in_force(today()))
    return rows.filter(own).distinct()


def own_unit(person: Who) -> Unit | None:
    """The unit in which ``person`` works, the highest where there are several."""
    if not person.is_authenticated:
        return None
    held = person.memberships.in_force(today()).select_related("unit").order_by("unit__path").first()
    return held.unit if held else None


@dataclass(frozen=True)
class Progress:
    """How far the review of a document is."""

    targets: int
    facts: int
    tasks: int
    waiting: int
    unattended: int
    unmatched: int
    rejected: int

    @property
    def total(self) -> int:
        """All rows."""
        return self.targets + self.facts + self.tasks

    @property
    def decided(self) -> int:
        """Rows with a decision."""
        return self.total - self.waiting


def progress(rows: list[Finding]) -> Progress:
    """Counts over the findings of one document."""
    kinds = Counter(row.kind for row in rows)
    return Progress(
        targets=kinds["target"],
        facts=kinds["fact"],
        tasks=kinds["task"],
        waiting=sum(row.state == Finding.State.WAITING for row in rows),
        unattended=sum(row.unattended for row in rows),
        unmatched=sum(row.kind != "task" and not row.indicator for row in rows),
        rejected=sum(row.state == Finding.State.REJECTED for row in rows),
    )


def targets(person: Who) -> QuerySet[Target]:
    """The live targets that ``person`` may read."""
    rows: QuerySet[Target] = Target.objects.visible_to(person)
    rows = rows.select_related("region", "document__unit", "finding").defer("document__text")
    return rows.prefetch_related("adjustments")  # what is in force depends on them


def facts(person: Who) -> QuerySet[Fact]:
    """The accepted facts that ``person`` may read."""
    rows: QuerySet[Fact] = Fact.objects.visible_to(person)
    return rows.select_related("region", "document__unit", "finding").defer("document__text")


def tasks(person: Who) -> QuerySet[Task]:
    """The accepted tasks that ``person`` may read."""
    rows: QuerySet[Task] = Task.objects.visible_to(person)
    return rows.select_related("document__unit", "finding").defer("document__text")


def task_state(task: Task, on: date) -> str:
    """Where a task stands on ``on``: done, open, undated when its plan names no deadline, overdue, or unreported.

    Unreported 从未报告: its deadline fell in an earlier year and nobody ever said anything of it. Nothing is known of
    such a task, so it is not called late; it waits for a closing statement.
    """
    if task.done_on and task.done_on <= on:
        return "done"
    if task.due_on is None:
        return "undated"
    if task.due_on >= on:
        return "open"
    return "unreported" if _closed_unreported(task, on) else "overdue"


def _closed_unreported(task: Task, on: date) -> bool:
    return task.reported_on is None and task.due_on is not None and task.due_on.year < on.year


def late_tasks(person: Who, on: date | None = None) -> QuerySet[Task]:
    """Tasks past their deadline on ``on`` and not done, reported or not."""
    day = on or today()
    return tasks(person).filter(due_on__lt=day).filter(Q(done_on=None) | Q(done_on__gt=day))


def overdue_tasks(person: Who, on: date | None = None) -> QuerySet[Task]:
    """Those among the late tasks that are known to be late: somebody reported on them, or they fell due this year."""
    day = on or today()
    return late_tasks(person, day).filter(Q(reported_on__isnull=False) | Q(due_on__gte=date(day.year, 1, 1)))


def unreported_tasks(person: Who, on: date | None = None) -> QuerySet[Task]:
    """The late tasks of earlier years of which nobody ever said anything."""
    day = on or today()
    return late_tasks(person, day).filter(reported_on=None, due_on__lt=date(day.year, 1, 1))


def may_change(person: Who, row: Any) -> bool:
    """Whether ``person`` may change ``row`` (a target or task)."""
    return bool(type(row).objects.enterable_by(person).filter(pk=row.pk).exists())


def find_unit(text: str) -> Unit:
    """The unit with this number or name (either language), for the command line; UserError where it is not one."""
    wanted = text.strip()
    match = Q(name_zh=wanted) | Q(name_en__iexact=wanted)
    if wanted.isdecimal():
        match |= Q(pk=int(wanted))
    found = list(Unit.objects.filter(match)[:2])
    if len(found) == 1:
        return found[0]
    names = "、".join(Unit.objects.values_list("name_zh", flat=True)[:12])
    raise UserError(
        "plans.unknown_unit",
        f"没有（或不止一个）名为“{wanted}”的单位；现有：{names or '无'}。",
        f"There is no unit “{wanted}”, or more than one; there are: {names or 'none'}.",
    )
