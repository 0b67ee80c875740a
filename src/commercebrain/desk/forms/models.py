"""Rounds of forms, what each firm reports in them, and every step that it takes up the tree.

A *form* is declared in ``catalogue/forms/``. A *round* is one period of it, with the declaration as it stood when the
round opened: later changes of the file do not move a running round. A *report* is what one firm owes in one round; a
*submission* is one sending of it, kept whole for ever.
"""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.versioned import Versioned
from commercebrain.desk.people.models import Right
from commercebrain.desk.people.scopes import Extent, Scoped, ScopedQuerySet


class Round(Scoped):
    """One period of a form for the firms of one unit: from when it may be filled in, until when, when it is locked.

    ``period`` is a day (2025-07-21), an ISO week (2025-W29), a month (2025-07), a quarter (2025Q2), a year (2025), or a
    name for what is asked at once. ``declaration`` is the form as it stood at the opening. Without ``approval`` (批准
    文号) nobody is reminded and nobody is scored.
    """

    scope_unit = "unit"

    form = models.CharField(max_length=40)
    period = models.CharField(max_length=20)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="rounds")
    declaration = models.JSONField(editable=False)
    approval = models.CharField(max_length=100, blank=True)
    opens_at = models.DateTimeField()
    due_at = models.DateTimeField()
    locks_at = models.DateTimeField()
    synthetic = models.BooleanField(default=False, editable=False)
    opened_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["form", "-opens_at", "unit"]
        verbose_name = _("round of a form")
        verbose_name_plural = _("rounds of forms")
        constraints = [
            models.UniqueConstraint(fields=["form", "period", "unit"], name="round_once"),
            models.CheckConstraint(
                condition=Q(due_at__gte=models.F("opens_at")) & Q(locks_at__gte=models.F("due_at")),
                name="round_days_in_order",
            ),
        ]
        indexes = [models.Index(fields=["form", "period"], name="round_by_period")]

    def __str__(self) -> str:
        """Form and period."""
        return f"{self.form} {self.period}"


class ReportQuerySet(ScopedQuerySet):
    """Reads of reports: whoever is in charge of the firm goes on reading what it has passed on."""

    def inside(self, extent: Extent, right: Right | str) -> Self:
        """What a unit handles; to read also what is asked of the firms that it, or its township, is in charge of now."""
        found = super().inside(extent, right)
        if extent.everything or right == Right.ENTER or not extent.units:
            return found
        office = TownshipOffice.objects.filter(unit__in=extent.units).values("township")
        firms = Q(enterprise__unit__in=extent.units) | Q(enterprise__township__in=office)
        handled = Q(unit__in=extent.units)
        own = Q(enterprise__in=extent.firms) if extent.firms else Q(pk__in=[])
        return self.filter(handled | own | firms)


class Report(Versioned, Scoped):
    """What one firm owes in one round. Where the firm stood when it was asked stays with the report.

    ``unit`` is who handles it at its present step; the steps are those of the round's declaration that exist for the
    firm (a township office only where one was named). ``state`` is what happened; whether an asked report is not yet
    due, due or overdue follows from the clock (``engine.forms.status``).
    """

    class State(models.TextChoices):
        """What happened to it so far."""

        ASKED = "asked", _("asked")
        SENT = "sent", _("sent")
        RETURNED = "returned", _("sent back")
        PASSED = "passed", _("passed")
        EXCUSED = "excused", _("excused")

    scope_unit = "unit"
    scope_firm = "enterprise"

    objects = ReportQuerySet.as_manager()

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="reports")
    enterprise = models.ForeignKey("registry.Enterprise", on_delete=models.PROTECT, related_name="reports")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="reports")
    county = models.ForeignKey("registry.Region", on_delete=models.PROTECT, related_name="+")
    township = models.ForeignKey("registry.Township", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    step = models.PositiveSmallIntegerField(default=0, help_text=_("how many steps have passed it"))
    first_sent_at = models.DateTimeField(null=True, blank=True)
    on_time = models.BooleanField(null=True, editable=False)
    passed_at = models.DateTimeField(null=True, blank=True)
    unchanged = models.PositiveSmallIntegerField(
        default=0, help_text=_("unchanged reports in a row, this one included")
    )
    excuse = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["round", "enterprise"]
        verbose_name = _("report of a firm")
        verbose_name_plural = _("reports of firms")
        constraints = [models.UniqueConstraint(fields=["round", "enterprise"], name="report_once_a_round")]
        indexes = [
            models.Index(fields=["unit", "state", "round"], name="report_by_unit"),
            models.Index(fields=["enterprise", "-round"], name="report_by_firm"),
            models.Index(fields=["round", "county", "state"], name="report_by_county"),
            models.Index(fields=["updated_at", "id"], name="report_feed"),
        ]

    def __str__(self) -> str:
        """Firm and round."""
        return f"{self.enterprise} · {self.round}"


class _OfReport(Scoped):
    """A row that belongs to a report and follows its scope."""

    scope_unit = "report__unit"
    scope_firm = "report__enterprise"

    class Meta:
        abstract = True


class Submission(_OfReport):
    """One sending of a report: answers by question, lines by product and market, explanations; never changed.

    ``digest`` is that of its content: the same sent twice is one submission. ``unchanged`` says that the firm answered
    “no change”; ``reused`` how many answers came filled in and were left so.
    """

    class Channel(models.TextChoices):
        """How it came."""

        PAGE = "page", _("page")
        FILE = "file", _("file")
        API = "api", _("interface")
        STAFF = "staff", _("entered by the bureau")

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    answers = models.JSONField(default=dict)
    lines = models.JSONField(default=list)
    explanations = models.JSONField(default=dict)
    unchanged = models.BooleanField(default=False)
    reused = models.PositiveSmallIntegerField(default=0)
    asked = models.PositiveSmallIntegerField(default=0, help_text=_("how many questions were asked"))
    seconds = models.PositiveIntegerField(null=True, blank=True, help_text=_("from opening the page to sending"))
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.PAGE)
    digest = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    sent_on = models.DateField(help_text=_("business date"))
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["report", "-number"]
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="submission_number"),
        ]

    def __str__(self) -> str:
        """Report and number."""
        return f"{self.report} ({self.number})"


class StepTaken(_OfReport):
    """What a unit did with a submission: passed it on or sent it back, with a sentence."""

    class Verdict(models.TextChoices):
        """Passed or sent back."""

        PASSED = "passed", _("passed")
        RETURNED = "returned", _("sent back")

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="steps")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=20)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    sentence = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["report", "at", "pk"]
        verbose_name = _("step of a report")
        verbose_name_plural = _("steps of reports")


class Remark(_OfReport):
    """What is wrong at one place of a submission: ``field`` a question's code, or ``line`` the number of a line (from 1).

    It is settled by the next submission.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="remarks")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="remarks")
    field = models.CharField(max_length=40, blank=True)
    line = models.PositiveIntegerField(null=True, blank=True)
    text = models.CharField(max_length=500)
    settled_in = models.ForeignKey(Submission, null=True, blank=True, on_delete=models.SET_NULL, related_name="settles")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["report", "at", "pk"]
        verbose_name = _("remark on a report")
        verbose_name_plural = _("remarks on reports")


class LockException(Scoped):
    """Leave to fill in a locked round until an end: for one firm, or for all firms of a unit. Asked by one, granted by
    another."""

    scope_unit = "unit"

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="exceptions")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    enterprise = models.ForeignKey(
        "registry.Enterprise", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    until = models.DateTimeField()
    reason = models.CharField(max_length=300)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    granted = models.BooleanField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "pk"]
        verbose_name = _("exception to a lock")
        verbose_name_plural = _("exceptions to locks")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("asked_by")), name="lock_exception_four_eyes"
            ),
        ]


class Reminder(_OfReport):
    """One reminder of one report by one way, and what became of it."""

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        OFF = "off", _("not configured")

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="reminders")
    channel = models.CharField(max_length=40, help_text=_("inbox, mail, webhook, or the code of a connector"))
    text = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    detail = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["report", "-at", "pk"]
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")


class TownshipOffice(models.Model):
    """Which unit stands for a township in the steps of a report; a township without one is passed over."""

    township = models.OneToOneField("registry.Township", on_delete=models.CASCADE, related_name="office")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="townships")

    class Meta:
        verbose_name = _("township office")
        verbose_name_plural = _("township offices")

    def __str__(self) -> str:
        """Township and unit."""
        return f"{self.township}: {self.unit}"


class Outgoing(models.Model):
    """The outbox: a row of a dataset that waits to be taken into the lake at the next tick.

    ``key`` tells which record it is; a later row of the same key replaces the earlier in the lake.
    """

    dataset = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    row = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True)
    made_on = models.DateField(help_text=_("business date"))
    batch = models.CharField(max_length=64, blank=True, help_text=_("the batch of the lake that took it in"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("row for the lake")
        verbose_name_plural = _("rows for the lake")
        indexes = [models.Index(fields=["dataset", "id"], condition=Q(batch=""), name="outgoing_waiting")]
