"""What these folders ask of a person: updates of the month, requests, proposals and deadlines to decide on, sub-tasks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core.work import Item, provider
from commercebrain.desk.people.models import Delegation, Membership, Person
from commercebrain.desk.plans.models import Document, Finding, Task
from commercebrain.desk.responsibility import queries
from commercebrain.desk.responsibility.models import Adjustment, Assignment, DeadlineRequest, Need, SubTask
from commercebrain.desk.responsibility.permission import units_of
from commercebrain.engine.reporting import closes_on


def _units(person: Person, on: date) -> list[int]:
    """The units in which the person works (or acts for somebody) and may write; units below do their own work."""
    held = Membership.objects.in_force(on).filter(person=person).values("unit")
    lent = Delegation.objects.in_force(on).filter(person=person, enter=True).values("membership__unit")
    return list(units_of(person).filter(Q(pk__in=held) | Q(pk__in=lent)).values_list("pk", flat=True))


@provider("updates")
def updates(person: Person, on: date) -> Iterator[Item]:
    """Months that the person's own units have not written yet; a missing month names how many."""
    own = _units(person, on)
    if not own:
        return
    led = Assignment.objects.filter(role="lead", unit__in=own).values("task")
    tasks = queries.task_rows(person).filter(pk__in=led).exclude(done_on__lt=on - timedelta(days=60))
    for line in queries.lines_of(tasks, on):
        unit = line.assignment.unit_id
        if unit not in own:
            continue
        for month in line.round.due:
            place = reverse("responsibility:update", args=[line.task.pk, unit, f"{month:%Y-%m}"])
            title = f"{line.task.title} · {month:%Y-%m}"
            yield Item(
                _("Monthly update"), title, place, closes_on(month, settings.UPDATE_WORKDAYS), str(line.assignment.unit)
            )
        if line.round.missing:
            months = ", ".join(f"{month:%Y-%m}" for month in line.round.missing)
            hint = _("%(months)s; closed, a superior can open it again") % {"months": months}
            place = f"{reverse('plans:task', args=[line.task.pk])}#updates"
            yield Item(_("Missing update"), line.task.title, place, None, hint, late=True)


@provider("needs")
def needs(person: Person, on: date) -> Iterator[Item]:
    """Requests that other units wait to have answered."""
    rows = Need.objects.filter(to_unit__in=_units(person, on), state=Need.State.OPEN).select_related(
        "from_unit", "task"
    )
    for row in rows[:100]:
        yield Item(
            _("Request"),
            row.text[:80],
            reverse("responsibility:need", args=[row.pk]),
            None,
            f"{row.from_unit} · {row.task.title}",
        )


@provider("adjustments")
def adjustments(person: Person, on: date) -> Iterator[Item]:
    """Proposals of others that await the organ's decision."""
    rows = Adjustment.objects.enterable_by(person).filter(state="proposed").exclude(proposed_by=person)
    for row in rows.select_related("target"):
        place = reverse("responsibility:adjustment", args=[row.pk])
        yield Item(_("Adjustment"), row.target.indicator_text, place, None, row.asked_of)


@provider("deadlines")
def deadlines(person: Person, on: date) -> Iterator[Item]:
    """Requests to move a deadline that the person may decide on."""
    rows = DeadlineRequest.objects.enterable_by(person).filter(state="asked").exclude(asked_by=person)
    for row in rows.select_related("task"):
        place = reverse("responsibility:decide_deadline", args=[row.pk])
        yield Item(_("Deadline request"), row.task.title, place, None, f"{row.old_due or '—'} → {row.new_due}")


@provider("tasks")
def tasks(person: Person, on: date) -> Iterator[Item]:
    """Tasks of the own units and the own name that fall due within a month or are late and known to be so."""
    soon = on + timedelta(days=31)
    mine = Assignment.objects.filter(Q(unit__in=_units(person, on)) | Q(person=person), role="lead").values("task")
    late = Q(reported_on__isnull=False) | Q(due_on__gte=date(on.year, 1, 1))
    for row in Task.objects.filter(late, pk__in=mine, done_on=None, due_on__lte=soon).order_by("due_on")[:200]:
        yield Item(_("Task"), row.title, reverse("plans:task", args=[row.pk]), row.due_on)


@provider("subtasks")
def subtasks(person: Person, on: date) -> Iterator[Item]:
    """Sub-tasks of the own units and the own name that fall due within a month or are late."""
    rows = SubTask.objects.filter(
        Q(unit__in=_units(person, on)) | Q(person=person), done_on=None, due_on__lte=on + timedelta(days=31)
    )
    for row in rows.select_related("task")[:200]:
        yield Item(_("Sub-task"), row.title, reverse("plans:task", args=[row.task_id]), row.due_on, row.task.title)


@provider("unmatched")
def unmatched(person: Person, on: date) -> Iterator[Item]:
    """How many names in the own plans fit no unit of the register."""
    count = Assignment.objects.enterable_by(person).filter(unit=None, role="lead").count()
    if count:
        place = f"{reverse('responsibility:assignments')}?matched=no&role=lead"
        yield Item(_("Assignment"), _("%(n)s lead units in plans fit no unit of the register") % {"n": count}, place)


@provider("review")
def review(person: Person, on: date) -> Iterator[Item]:
    """Plans with rows that nobody has decided on."""
    waiting = Finding.objects.filter(state=Finding.State.WAITING).values("document")
    for row in Document.objects.enterable_by(person).filter(pk__in=waiting).only("title")[:50]:
        yield Item(_("Review"), row.title, reverse("plans:document", args=[row.pk]))
