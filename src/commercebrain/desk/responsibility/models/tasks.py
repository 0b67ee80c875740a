"""Who works on a task: units and persons, sub-tasks, remarks, requests to move a deadline."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.versioned import Versioned
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import Scoped, ScopedQuerySet, extent_of
from commercebrain.desk.plans.models import Task


class OfTask(ScopedQuerySet):
    """Rows below a task: read for the issuing unit and for the units that the task names; internal to them."""

    def permitted(self, person: Person | AnonymousUser, right: Right | str, on: date | None = None) -> Self:
        """The rows that ``right`` admits."""
        rows = super().permitted(person, right, on)
        extent = extent_of(person, right, on or today())
        if right == Right.ENTER or extent.everything or not extent.units:
            return rows
        named = Assignment._base_manager.filter(unit__in=extent.units)
        return rows | self.filter(task__in=named.values("task"))


class BelowTask(Scoped):
    """What belongs to a task."""

    scope_unit = "task__document__unit"

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="%(class)ss")

    objects = OfTask.as_manager()

    class Meta:
        abstract = True


class Assignment(BelowTask, Versioned):
    """A unit that a task names: as printed, and which unit of the register that is.

    ``since`` is the day from which monthly updates are asked for. ``by_hand`` marks what a person chose.
    """

    class Role(models.TextChoices):
        """What the unit does in the task."""

        LEAD = "lead", _("lead unit")
        JOINING = "joining", _("joining unit")

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=8, choices=Role.choices)
    text = models.CharField(_("as printed"), max_length=100)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="assignments")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="assignments"
    )
    by_hand = models.BooleanField(default=False)
    since = models.DateField()

    class Meta:
        ordering = ["task", "-role", "pk"]
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [models.UniqueConstraint(fields=["task", "role", "text"], name="assignment_once")]

    def __str__(self) -> str:
        """The unit, or its name as printed."""
        return str(self.unit) if self.unit_id else self.text


class SubTask(BelowTask, Versioned):
    """A piece of a task, or of another piece, with its own unit and deadline."""

    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    title = models.CharField(_("title"), max_length=200)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    due_on = models.DateField(_("due"), null=True)
    done_on = models.DateField(_("done"), null=True)

    class Meta:
        ordering = ["task", "due_on", "pk"]
        verbose_name = _("sub-task")
        verbose_name_plural = _("sub-tasks")
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="subtask_has_title"),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("id")), name="subtask_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        """The title."""
        return self.title


class Comment(BelowTask):
    """A remark of a unit that has a hand in the task; never changed, never removed."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    written_on = models.DateField()

    class Meta:
        ordering = ["task", "pk"]
        verbose_name = _("remark of a unit")
        verbose_name_plural = _("remarks of units")

    def __str__(self) -> str:
        """The first words."""
        return self.text[:60]


class DeadlineRequest(BelowTask):
    """A wish to move a task's deadline: it moves only when a superior grants it, and the wish is kept for ever."""

    class State(models.TextChoices):
        """Where a request stands."""

        ASKED = "asked", _("asked")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("not granted")
        WITHDRAWN = "withdrawn", _("withdrawn")

    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED, db_index=True)
    old_due = models.DateField(null=True)
    new_due = models.DateField(_("new deadline"))
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_on = models.DateField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_on = models.DateField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_on", "-pk"]
        verbose_name = _("deadline request")
        verbose_name_plural = _("deadline requests")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="deadline_request_has_reason"),
            models.CheckConstraint(
                condition=~Q(state__in=["granted", "refused"]) | ~Q(decided_by=F("asked_by")) | Q(decided_by=None),
                name="deadline_request_four_eyes",
            ),
            models.UniqueConstraint(
                fields=["task"], condition=Q(state="asked"), name="deadline_request_one_open_per_task"
            ),
        ]

    def __str__(self) -> str:
        """From when to when."""
        return f"{self.old_due} → {self.new_due}"
