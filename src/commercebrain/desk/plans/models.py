"""Documents, what the reader found in them, and the targets, facts and tasks that a person accepted."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.models import Job
from commercebrain.desk.core.versioned import Versioned
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import Classification, Scoped, ScopedQuerySet, extent_of
from commercebrain.desk.registry.models import Region


class Document(Scoped):
    """A planning document with its text as read; offsets of everything found in it refer to ``text``."""

    scope_person = "uploaded_by"
    scope_classification = "classification"

    class State(models.TextChoices):
        """Where a document stands."""

        WAITING = "waiting", _("waiting to be read")
        READING = "reading", _("being read")
        REVIEW = "review", _("in review")
        LIVE = "live", _("reviewed")
        FAILED = "failed", _("could not be read")

    name = models.CharField(_("file name"), max_length=200)
    title = models.CharField(_("title"), max_length=200)
    number = models.CharField(_("document number"), max_length=80, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="documents")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="documents")
    classification = models.CharField(max_length=15, choices=Classification.choices, default=Classification.INTERNAL)
    file = models.FileField(upload_to="plans/%Y/", blank=True)
    sha256 = models.CharField(max_length=64)
    text = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    fault_zh = models.TextField(blank=True)
    fault_en = models.TextField(blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["name"]
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [models.UniqueConstraint(fields=["sha256", "unit"], name="document_once_per_unit")]

    def __str__(self) -> str:
        """The title."""
        return self.title


class Kind(models.TextChoices):
    """What a found row is."""

    TARGET = "target", _("target")
    FACT = "fact", _("fact")
    TASK = "task", _("task")


class Finding(Scoped):
    """One row that the reader found, and what a reviewer made of it."""

    scope_unit = "document__unit"
    scope_person = "document__uploaded_by"
    scope_classification = "document__classification"

    class State(models.TextChoices):
        """What the reviewer said."""

        WAITING = "waiting", _("awaiting review")
        ACCEPTED = "accepted", _("accepted")
        CORRECTED = "corrected", _("corrected")
        REJECTED = "rejected", _("rejected")

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    seq = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField()
    section = models.CharField(max_length=300, blank=True)
    confidence = models.FloatField()
    row = models.JSONField(help_text=_("as read, with the keys of `cbrain plan read`"))
    corrected = models.JSONField(null=True, help_text=_("the row after correction"))
    indicator = models.CharField(_("matched indicator"), max_length=60, blank=True)
    candidates = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING, db_index=True)
    reason = models.TextField(blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    token = models.CharField(
        max_length=32,
        blank=True,
        db_index=True,
        help_text=_("one for each change; a change names the token it saw"),
    )
    unattended = models.BooleanField(default=False, help_text=_("accepted by the demo, not by a person"))

    class Meta:
        ordering = ["document", "start", "seq"]
        verbose_name = _("found row")
        verbose_name_plural = _("found rows")
        constraints = [models.UniqueConstraint(fields=["document", "kind", "seq"], name="finding_once")]

    def __str__(self) -> str:
        """Kind and words."""
        return f"{self.kind}: {self.quote[:60]}"

    @property
    def current(self) -> dict[str, Any]:
        """The row as it stands: corrected where a reviewer corrected it, else as read."""
        row: dict[str, Any] = self.corrected or self.row
        return row

    @property
    def reviewed(self) -> bool:
        """Whether somebody (or the demo) has decided on it."""
        return self.state != self.State.WAITING


class Accepted(Scoped):
    """What targets, facts and tasks share: the clause they come from."""

    scope_unit = "document__unit"
    scope_classification = "document__classification"

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="%(class)ss")
    finding = models.OneToOneField(Finding, on_delete=models.PROTECT, related_name="%(class)s")
    section = models.CharField(_("clause"), max_length=300, blank=True)
    quote = models.TextField(_("words"))

    class Meta:
        abstract = True
        ordering = ["document", "finding__start", "finding__seq"]


class Nature(models.TextChoices):
    """约束性 or 预期性: what must be met, and what is expected."""

    BINDING = "binding", _("binding")
    EXPECTED = "expected", _("expected")


class Target(Accepted, Versioned):
    """An indicator, a region, a value to reach by a year, and the clause that promises it.

    The columns hold what the plan prints. What is in force on a day, after approved adjustments, is :meth:`in_force`.
    """

    indicator = models.CharField(_("indicator code"), max_length=60, blank=True, db_index=True)
    indicator_text = models.CharField(_("indicator"), max_length=200)
    region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="targets")
    region_text = models.CharField(max_length=60, blank=True)
    value = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    value_high = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    comparator = models.CharField(max_length=10, blank=True)
    unit_text = models.CharField(_("unit"), max_length=20, blank=True)
    base_value = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    base_unit = models.CharField(max_length=20, blank=True)
    base_year = models.PositiveSmallIntegerField(null=True)
    target_year = models.PositiveSmallIntegerField(null=True)
    period_first = models.PositiveSmallIntegerField(null=True)
    period_last = models.PositiveSmallIntegerField(null=True)
    kind = models.CharField(max_length=20)
    per = models.CharField(max_length=10, blank=True)
    direction = models.CharField(max_length=5, blank=True)
    calibre = models.CharField(max_length=40, blank=True)
    binding = models.CharField(max_length=10, blank=True, help_text=_("binding or expected, where the plan says so"))
    area = models.CharField(max_length=40, blank=True, db_index=True)
    schedule = models.JSONField(null=True, help_text=_("agreed schedule: year to value"))
    nature_set = models.CharField(max_length=10, blank=True, default="", choices=Nature.choices)
    nature_clause = models.CharField(_("clause"), max_length=300, blank=True, default="")
    nature_reason = models.TextField(_("reason"), blank=True, default="")

    class Meta(Accepted.Meta):
        abstract = False
        verbose_name = _("target")
        verbose_name_plural = _("targets")

    def __str__(self) -> str:
        """Region, indicator, value."""
        return f"{self.region_text} {self.indicator_text} {_digits(self.value)} {self.unit_text}"

    @property
    def nature(self) -> str:
        """binding, expected, or "" where neither the plan nor a person says which (then it is treated as expected)."""
        return self.nature_set or self.binding

    def approved(self, on: date) -> list[Any]:
        """The approved adjustments in force on ``on``, in the order in which they took effect."""
        rows = self.adjustments.all()
        held = [row for row in rows if row.state == "approved" and row.effective_on <= on]
        return sorted(held, key=lambda row: (row.effective_on, row.pk))

    def in_force(self, on: date) -> Target:
        """This target with the value, year and schedule in force on ``on``; itself where nothing was adjusted.

        A changed one is a copy for reading: never save it.
        """
        rows = self.approved(on)
        if not rows:
            return self
        live = copy.copy(self)
        for row in rows:
            if row.new_value is not None:
                live.value, live.value_high = row.new_value, row.new_value_high
            if row.new_year is not None:
                live.target_year = row.new_year
                if live.period_last is not None:
                    live.period_last = row.new_year
            if row.new_schedule is not None:
                live.schedule = row.new_schedule or None
        return live

    def schedule_values(self) -> dict[int, Decimal]:
        """The agreed schedule: year to value."""
        return {int(year): Decimal(value) for year, value in (self.schedule or {}).items()}


class Fact(Accepted):
    """A quantified statement about the past."""

    indicator = models.CharField(_("indicator code"), max_length=60, blank=True, db_index=True)
    indicator_text = models.CharField(_("indicator"), max_length=200)
    region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="facts")
    region_text = models.CharField(max_length=60, blank=True)
    value = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    comparator = models.CharField(max_length=10, blank=True)
    unit_text = models.CharField(_("unit"), max_length=20, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    period_first = models.PositiveSmallIntegerField(null=True)
    period_last = models.PositiveSmallIntegerField(null=True)
    kind = models.CharField(max_length=20)

    class Meta(Accepted.Meta):
        abstract = False
        verbose_name = _("fact")
        verbose_name_plural = _("facts")

    def __str__(self) -> str:
        """Region, indicator, value."""
        return f"{self.region_text} {self.indicator_text} {_digits(self.value)} {self.unit_text}"


def _digits(value: Any) -> str:
    """A value without the zeros that its column pads it with."""
    return "" if value is None else format(Decimal(str(value)).normalize(), "f")


class TaskQuerySet(ScopedQuerySet):
    """A task is also read by the units that it names and by those above them."""

    def permitted(self, person: Person | AnonymousUser, right: Right | str, on: date | None = None) -> Self:
        """The rows that ``right`` admits; reading opens the tasks of the own units besides."""
        rows = super().permitted(person, right, on)
        extent = extent_of(person, right, on or today())
        if right == Right.ENTER or extent.everything or not extent.units:
            return rows
        named = self.model._base_manager.filter(assignments__unit__in=extent.units)
        return rows | self.filter(pk__in=named.values("pk"))


class Task(Accepted, Versioned):
    """A piece of work that the plan gives to named units."""

    number = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=200)
    lead_units = models.JSONField(default=list)
    responsible_units = models.JSONField(default=list)
    deadline_text = models.CharField(max_length=60, blank=True)
    due_on = models.DateField(null=True)
    done_on = models.DateField(null=True)
    reported_on = models.DateField(null=True, help_text=_("day of the last monthly update; none: never reported"))

    objects = TaskQuerySet.as_manager()

    class Meta(Accepted.Meta):
        abstract = False
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="task_has_title"),
        ]

    def __str__(self) -> str:
        """The title."""
        return self.title
