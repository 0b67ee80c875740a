"""Cases: what stage they are in, their clocks with pauses, who takes part, what was said, decided and filed.

A *template* is declared in ``catalogue/templates/``. A case carries the declaration as it stood when it was started: later
changes of the file do not move a running case. Clocks are rows with a start, a due moment and pauses, never counters.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.versioned import Versioned
from commercebrain.desk.people.models import Right
from commercebrain.desk.people.scopes import Extent, Scoped, ScopedQuerySet


class CaseQuerySet(ScopedQuerySet):
    """Reads of cases: the unit that owns a case, whoever takes part in it, and, where the template lets it, the firm."""

    def inside(self, extent: Extent, right: Right | str) -> Self:
        """The cases of an extent. Who takes part reads; who takes part with ``may_act`` also enters. A firm's user reads
        and enters only in cases whose template lets the firm see them."""
        if extent.empty:
            return self.none()
        if extent.everything:
            return self.all()
        part = Participant.objects.filter(
            Q(unit__in=extent.units) | (Q(person=extent.person_id) if extent.units else Q(pk__in=[])), left_at=None
        )
        if right == Right.ENTER:
            part = part.filter(may_act=True)
        found = Q(unit__in=extent.units) | Q(pk__in=part.values("case"))
        if extent.firms:
            own = Q(enterprise__in=extent.firms) | Q(
                pk__in=CaseFirm.objects.filter(enterprise__in=extent.firms).values("case")
            )
            found |= Q(firm_sees=True) & own
        return self.filter(found)


class Case(Versioned, Scoped):
    """One piece of work.

    ``unit`` answers for it now; ``officer`` is the person in charge there. ``stage`` is a stage of the declaration;
    ``values`` are the fields filled in so far, by code. ``origin`` names what it came from (``warnings.signal:12``); of one
    template and origin at most one case is open. ``outcome`` is set when it is closed.
    """

    class State(models.TextChoices):
        """Whether it is still worked on; stages are the template's own."""

        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    scope_unit = "unit"
    scope_firm = "enterprise"

    objects = CaseQuerySet.as_manager()

    template = models.CharField(max_length=40)
    declaration = models.JSONField(editable=False)
    number = models.CharField(max_length=40, unique=True)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="cases")
    region = models.ForeignKey("registry.Region", on_delete=models.PROTECT, related_name="+")
    enterprise = models.ForeignKey(
        "registry.Enterprise", null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    level = models.CharField(max_length=20, blank=True)
    origin = models.CharField(max_length=80, blank=True)
    stage = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    values = models.JSONField(default=dict)
    outcome = models.CharField(max_length=40, blank=True)
    firm_sees = models.BooleanField(default=False, editable=False)
    synthetic = models.BooleanField(default=False, editable=False)
    opened_at = models.DateTimeField()
    opened_on = models.DateField(help_text=_("business date"))
    stage_since = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.UniqueConstraint(
                fields=["template", "origin"], condition=Q(state="open") & ~Q(origin=""), name="case_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="case_closed_has_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state", "template"], name="case_by_unit"),
            models.Index(fields=["enterprise", "-opened_at"], name="case_by_firm"),
            models.Index(fields=["origin"], name="case_by_origin"),
            models.Index(fields=["updated_at", "id"], name="case_feed"),
        ]

    def __str__(self) -> str:
        """Number and title."""
        return f"{self.number} {self.title_zh}"


class _OfCaseQuerySet(ScopedQuerySet):
    """Rows of a case are read and entered by whoever may read or enter for the case."""

    def inside(self, extent: Extent, right: Right | str) -> Self:
        """The rows whose case is inside."""
        if extent.empty:
            return self.none()
        if extent.everything:
            return self.all()
        return self.filter(case__in=Case.objects.all().inside(extent, right).order_by().values("pk"))


class _SaidQuerySet(_OfCaseQuerySet):
    """Rows of which a firm's user reads, in its own cases, those that are not internal."""

    def inside(self, extent: Extent, right: Right | str) -> Self:
        """The rows whose case is inside; by the firm alone only what was said to it."""
        if extent.empty or extent.everything or not extent.firms:
            return super().inside(extent, right)
        desk = Case.objects.all().inside(replace(extent, firms=frozenset()), right).order_by().values("pk")
        own = Case.objects.all().inside(Extent(extent.person_id, firms=extent.firms), right).order_by().values("pk")
        return self.filter(Q(case__in=desk) | Q(case__in=own, internal=False))


class _DeskQuerySet(_OfCaseQuerySet):
    """Rows that are of the administration alone: a firm's user reads none of them."""

    def inside(self, extent: Extent, right: Right | str) -> Self:
        """The rows whose case is inside by a unit."""
        return super().inside(replace(extent, firms=frozenset()), right)


class _OfCase(Scoped):
    """A row that belongs to a case and follows its scope."""

    scope_unit = "case__unit"

    objects = _OfCaseQuerySet.as_manager()

    class Meta:
        abstract = True


class StageChange(_OfCase):
    """A case went from one stage to another: by whom, when, by which transition, with what sentence.

    ``renewed``: the values that stood in the fields that began anew with it.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="changes")
    source = models.CharField(max_length=40, blank=True)
    target = models.CharField(max_length=40)
    transition = models.CharField(max_length=60, blank=True)
    sentence = models.CharField(max_length=500, blank=True)
    renewed = models.JSONField(default=dict, editable=False)
    at = models.DateTimeField()
    on = models.DateField(help_text=_("business date"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["case", "at", "pk"]
        verbose_name = _("change of stage")
        verbose_name_plural = _("changes of stage")


class Clock(_OfCase):
    """A span that runs from an event to an event: from when, due when, met when. ``due_at`` moves when a pause ends.

    ``calendar`` is ``CN`` (State Council's working days) or the country (ISO alpha-3) whose working days count, ``zone`` its
    time zone. ``met_at`` is empty while it runs.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="clocks")
    code = models.CharField(max_length=40)
    stage = models.CharField(max_length=40, blank=True)
    calendar = models.CharField(max_length=10, default="CN")
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True, help_text=_("what it waited for will not come any more"))

    class Meta:
        ordering = ["case", "due_at", "pk"]
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "code"], condition=Q(met_at=None, dropped_at=None), name="clock_runs_once"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(met_at=None, dropped_at=None), name="clock_running"),
        ]


class Pause(_OfCase):
    """A clock stood still from a moment to a moment, for a reason; without ``until`` it still does."""

    scope_unit = "clock__case__unit"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="pauses")
    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="pauses")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["clock", "since"]
        verbose_name = _("pause of a clock")
        verbose_name_plural = _("pauses of clocks")
        constraints = [
            models.UniqueConstraint(fields=["clock"], condition=Q(until=None), name="pause_open_once"),
        ]


class Escalation(_OfCase):
    """A step of the escalation that was copied into the case came true: a clock late by so much was told to somebody."""

    objects = _DeskQuerySet.as_manager()

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="escalations")
    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="escalations")
    step = models.PositiveSmallIntegerField()
    to = models.CharField(max_length=40, help_text=_("role that was told"))
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    told = models.PositiveSmallIntegerField(default=0, help_text=_("how many persons were told"))
    at = models.DateTimeField()
    on = models.DateField(help_text=_("business date"))

    class Meta:
        ordering = ["case", "at"]
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        constraints = [models.UniqueConstraint(fields=["clock", "step"], name="escalation_once")]


class Participant(_OfCase):
    """A unit or a person beside the owner that takes part: ``role`` is one of the template's."""

    objects = _DeskQuerySet.as_manager()

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="participants")
    unit = models.ForeignKey("people.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(max_length=40)
    may_act = models.BooleanField(default=False)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["case", "joined_at"]
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.CheckConstraint(
                condition=Q(unit=None, person__isnull=False) | Q(unit__isnull=False, person=None),
                name="participant_is_one",
            ),
            models.UniqueConstraint(fields=["case", "unit"], condition=Q(left_at=None), name="participant_unit_once"),
            models.UniqueConstraint(
                fields=["case", "person"], condition=Q(left_at=None), name="participant_person_once"
            ),
        ]


class Note(_OfCase):
    """A comment, or a decision with its day; never changed. ``internal`` ones are not shown to the firm."""

    class Kind(models.TextChoices):
        """Said or decided."""

        COMMENT = "comment", _("comment")
        DECISION = "decision", _("decision")

    objects = _SaidQuerySet.as_manager()

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.COMMENT)
    text = models.CharField(max_length=2000)
    internal = models.BooleanField(default=True)
    at = models.DateTimeField()
    on = models.DateField(help_text=_("business date"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["case", "at", "pk"]
        verbose_name = _("note of a case")
        verbose_name_plural = _("notes of cases")


class Paper(_OfCase):
    """A document of a case: what it is for, and whether it may go to foreign authorities.

    ``foreign`` papers leave the house only when ``approval`` says approved, by somebody other than who asked. The file
    itself is stored once by its checksum (``core.Attachment``).
    """

    class Approval(models.TextChoices):
        """The approval of what is meant for foreign authorities."""

        NONE = "none", _("not meant for abroad")
        DRAFT = "draft", _("draft")
        ASKED = "asked", _("approval asked")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    objects = _SaidQuerySet.as_manager()

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="papers")
    attachment = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=40)
    internal = models.BooleanField(default=True)
    foreign = models.BooleanField(default=False)
    approval = models.CharField(max_length=10, choices=Approval.choices, default=Approval.NONE)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    sentence = models.CharField(max_length=500, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["case", "added_at", "pk"]
        verbose_name = _("document of a case")
        verbose_name_plural = _("documents of cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("asked_by")), name="paper_four_eyes"
            ),
            models.CheckConstraint(condition=Q(foreign=True) | Q(approval="none"), name="paper_home_needs_no_approval"),
        ]


class CaseFirmQuerySet(ScopedQuerySet):
    """Reads of the firms of a case: who may read the case, and a firm its own row alone."""

    def inside(self, extent: Extent, right: Right | str) -> Self:
        """Rows of cases inside; a firm's user never another firm's row."""
        if extent.empty:
            return self.none()
        if extent.everything:
            return self.all()
        desk = Extent(extent.person_id, units=extent.units)
        cases = Q(case__in=Case.objects.all().inside(desk, right).order_by().values("pk"))
        own = Q(enterprise__in=extent.firms, case__firm_sees=True) if extent.firms else Q(pk__in=[])
        return self.filter(cases | own)


class CaseFirm(Versioned, Scoped):
    """A firm that a case names, with what is known of it there by the template's fields (responding, rates, costs)."""

    scope_unit = "case__unit"
    scope_firm = "enterprise"

    objects = CaseFirmQuerySet.as_manager()

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="firms")
    enterprise = models.ForeignKey("registry.Enterprise", on_delete=models.PROTECT, related_name="case_firms")
    values = models.JSONField(default=dict)
    told_at = models.DateTimeField(null=True, blank=True, help_text=_("when the firm was told of the case"))
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["case", "enterprise"]
        verbose_name = _("firm of a case")
        verbose_name_plural = _("firms of cases")
        constraints = [models.UniqueConstraint(fields=["case", "enterprise"], name="case_firm_once")]


class FollowUp(_OfCase):
    """What the firm's own figures said so many periods after the measure.

    ``before`` and ``after`` are the figure's sums over equally long spans (in the figure's unit), ``expected`` what the span
    should have been without trouble; ``result`` follows from them by the template's bounds. Not ``known`` yet: no result.
    """

    objects = _DeskQuerySet.as_manager()

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="follow_ups")
    enterprise = models.ForeignKey(
        "registry.Enterprise", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    periods = models.PositiveSmallIntegerField(help_text=_("months after the measure"))
    figure = models.CharField(max_length=60)
    first = models.CharField(max_length=7, help_text=_("first month looked at (2025-08)"))
    last = models.CharField(max_length=7, help_text=_("last month looked at"))
    due_on = models.DateField(help_text=_("when the last month is published"))
    before = models.DecimalField(max_digits=24, decimal_places=4, null=True, blank=True)
    after = models.DecimalField(max_digits=24, decimal_places=4, null=True, blank=True)
    expected = models.DecimalField(max_digits=24, decimal_places=4, null=True, blank=True)
    result = models.CharField(max_length=20, blank=True)
    details = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True, blank=True)
    as_of = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["case", "periods"]
        verbose_name = _("follow-up of a case")
        verbose_name_plural = _("follow-ups of cases")
        constraints = [models.UniqueConstraint(fields=["case", "enterprise", "periods"], name="follow_up_once")]
        indexes = [models.Index(fields=["due_on"], condition=Q(checked_at=None), name="follow_up_due")]
