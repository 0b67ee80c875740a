"""Rules in use, evaluations, signals and their steps, quiet periods, alarms of the watcher, back-tests.

A *rule* is declared in ``catalogue/rules/``; a bureau *uses* it after a back-test and a second person's approval. A
*signal* is a rule that holds for a subject: of one rule and subject at one bureau at most one is open.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.versioned import Versioned
from commercebrain.desk.people.scopes import Scoped


class RuleUse(Versioned, Scoped):
    """A rule as a bureau uses it: its declaration with the thresholds that were approved, since when, by whom.

    ``parameters`` replace the declaration's own by name. ``state`` proposed rules raise nothing; approved by another person
    they do, until they are switched off. ``tested`` is what the back-test said when it was proposed.
    """

    class State(models.TextChoices):
        """Whether it raises signals."""

        PROPOSED = "proposed", _("proposed")
        ON = "on", _("in use")
        OFF = "off", _("switched off")

    scope_unit = "unit"

    rule = models.CharField(max_length=20)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="rules")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    declaration = models.JSONField(editable=False)
    parameters = models.JSONField(default=dict)
    tested = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["rule", "unit", "-pk"]
        verbose_name = _("rule in use")
        verbose_name_plural = _("rules in use")
        constraints = [
            models.UniqueConstraint(fields=["rule", "unit"], condition=Q(state="on"), name="rule_on_once"),
            models.UniqueConstraint(fields=["rule", "unit"], condition=Q(state="proposed"), name="rule_proposed_once"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(proposed_by=None) | ~Q(decided_by=models.F("proposed_by")),
                name="rule_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        """Rule and unit."""
        return f"{self.rule} · {self.unit}"


class Evaluation(Scoped):
    """One evaluation of all rules in use at a bureau: when, over what, what came of it, or why it failed."""

    class State(models.TextChoices):
        """How it ended."""

        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    scope_unit = "unit"

    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="evaluations")
    on = models.DateField(help_text=_("business date"))
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    rules = models.PositiveIntegerField(default=0)
    subjects = models.PositiveIntegerField(default=0)
    hits = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    inhibited = models.PositiveIntegerField(default=0)
    unknown = models.JSONField(default=dict, help_text=_("how many subjects each rule could not judge"))
    fault = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-on", "unit", "-pk"]
        verbose_name = _("evaluation of rules")
        verbose_name_plural = _("evaluations of rules")
        indexes = [models.Index(fields=["unit", "-on"], name="evaluation_by_unit")]


class Signal(Versioned, Scoped):
    """A rule that holds for a subject, with its evidence and what was done about it.

    ``bureau`` is whose rule it is, ``unit`` who deals with it (by the place of the subject). ``subject`` is the key within
    its kind (a credit code, a product with its market, a region, an indicator with its region). Signals of firms are
    internal: a firm's user never sees one. ``cause`` groups signals that come from one list, one market or one shock.
    ``inhibited_by``: a wider signal that speaks for it; it is kept and told, but asks nobody to act.
    """

    class End(models.TextChoices):
        """Why it is no longer open."""

        ENDED = "ended", _("no longer holds")
        HANDLED = "handled", _("handled")
        FALSE_ALARM = "false_alarm", _("false alarm")
        RULE_OFF = "rule_off", _("rule switched off")
        MERGED = "merged", _("two firms became one")
        UNIT_CLOSED = "unit_closed", _("bureau closed")

    scope_unit = "unit"

    rule = models.CharField(max_length=20)
    bureau = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="signals_raised")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="signals")
    subject_kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=120)
    subject_zh = models.CharField(max_length=200)
    subject_en = models.CharField(max_length=200, blank=True)
    enterprise = models.ForeignKey(
        "registry.Enterprise", null=True, blank=True, on_delete=models.PROTECT, related_name="signals"
    )
    region = models.ForeignKey("registry.Region", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=20)
    period = models.CharField(max_length=20, help_text=_("the period that it speaks of"))
    sentence_zh = models.CharField(max_length=500)
    sentence_en = models.CharField(max_length=500)
    evidence = models.JSONField(default=dict)
    declaration = models.JSONField(editable=False, help_text=_("the rule as it stood when the signal opened"))
    cause = models.CharField(max_length=120, blank=True)
    cause_zh = models.CharField(max_length=200, blank=True)
    cause_en = models.CharField(max_length=200, blank=True)
    inhibited_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="inhibits")
    opened_on = models.DateField(help_text=_("business date"))
    opened_at = models.DateTimeField()
    last_held_on = models.DateField()
    times = models.PositiveIntegerField(default=1, help_text=_("evaluations in which it held"))
    escalation = models.JSONField(default=list, help_text=_("copied from the rule at the start"))
    told_on = models.DateField(null=True, blank=True, help_text=_("when its unit was told; later in a quiet period"))
    due_at = models.DateTimeField(null=True, blank=True, help_text=_("until when somebody must acknowledge it"))
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    acknowledged_until = models.DateField(null=True, blank=True, help_text=_("the acknowledgement holds until then"))
    case = models.ForeignKey("cases.Case", null=True, blank=True, on_delete=models.SET_NULL, related_name="signals")
    end = models.CharField(max_length=20, choices=End.choices, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    synthetic = models.BooleanField(default=False, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("signal")
        verbose_name_plural = _("signals")
        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "rule", "subject_kind", "subject"],
                condition=Q(closed_at=None),
                name="signal_open_once",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, end="") | (Q(closed_at__isnull=False) & ~Q(end="")),
                name="signal_closed_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "closed_at", "level"], name="signal_by_unit"),
            models.Index(fields=["enterprise", "-opened_at"], name="signal_by_firm"),
            models.Index(fields=["bureau", "cause"], condition=Q(closed_at=None), name="signal_by_cause"),
            models.Index(fields=["updated_at", "id"], name="signal_feed"),
        ]

    def __str__(self) -> str:
        """Rule and subject."""
        return f"{self.rule} {self.subject_zh}"


class SignalStep(Scoped):
    """What happened to a signal: told, acknowledged, expired, raised to another level, inhibited, escalated, closed."""

    scope_unit = "signal__unit"

    signal = models.ForeignKey(Signal, on_delete=models.CASCADE, related_name="steps")
    what = models.CharField(max_length=20)
    sentence = models.CharField(max_length=500, blank=True)
    to = models.CharField(max_length=40, blank=True, help_text=_("role that was told"))
    step = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("step of the escalation"))
    at = models.DateTimeField()
    on = models.DateField(help_text=_("business date"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["signal", "at", "pk"]
        verbose_name = _("step of a signal")
        verbose_name_plural = _("steps of signals")
        constraints = [
            models.UniqueConstraint(
                fields=["signal", "step"], condition=Q(what="escalated"), name="signal_escalated_once"
            ),
        ]


class Quiet(Scoped):
    """A quiet period of a bureau: signals are raised and kept, nobody is told until it is over. For one rule, or for all.

    Days that are no working days are quiet by themselves.
    """

    scope_unit = "unit"

    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="quiet_periods")
    rule = models.CharField(max_length=20, blank=True)
    starts = models.DateField()
    ends = models.DateField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    ended_on = models.DateField(null=True, blank=True, help_text=_("taken back on that day"))

    class Meta:
        ordering = ["-starts", "pk"]
        verbose_name = _("quiet period")
        verbose_name_plural = _("quiet periods")
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=models.F("starts")), name="quiet_days_in_order"),
        ]


class Alarm(Scoped):
    """The watcher's alarm: the rules of a bureau were not evaluated although they should have been."""

    scope_unit = "unit"

    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="alarms")
    since = models.DateField(help_text=_("the day on which an evaluation was missing"))
    why_zh = models.CharField(max_length=500)
    why_en = models.CharField(max_length=500)
    raised_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-raised_at"]
        verbose_name = _("alarm of the watcher")
        verbose_name_plural = _("alarms of the watcher")
        constraints = [
            models.UniqueConstraint(fields=["unit"], condition=Q(over_at=None), name="alarm_open_once"),
        ]


class BackTest(Scoped):
    """A back-test of one rule over months of history, with the answer that it gave."""

    scope_unit = "unit"

    rule = models.CharField(max_length=20)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="back_tests")
    first = models.CharField(max_length=7, help_text=_("first month (2024-01)"))
    last = models.CharField(max_length=7)
    parameters = models.JSONField(default=dict)
    truth = models.CharField(max_length=20, help_text=_("what it was held against"))
    result = models.JSONField(default=dict)
    synthetic = models.BooleanField(default=False, editable=False)
    made_on = models.DateField(help_text=_("business date"))
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-made_at"]
        verbose_name = _("back-test")
        verbose_name_plural = _("back-tests")
        indexes = [models.Index(fields=["rule", "unit", "-made_at"], name="back_test_by_rule")]


class Ranking(Scoped):
    """The ranking of a bureau's counties in a period, by declared scoring rules; a county sees its own row until a leader
    has signed it, everybody below the bureau sees all of it afterwards."""

    scope_unit = "unit"

    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="rankings")
    period = models.CharField(max_length=20)
    declaration = models.JSONField(editable=False)
    result = models.JSONField(default=dict)
    as_of = models.DateField()
    synthetic = models.BooleanField(default=False, editable=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-period", "unit", "-pk"]
        verbose_name = _("ranking of counties")
        verbose_name_plural = _("rankings of counties")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "period"], condition=Q(signed_at__isnull=False), name="ranking_signed_once"
            ),
            models.CheckConstraint(
                condition=Q(signed_by=None) | Q(made_by=None) | ~Q(signed_by=models.F("made_by")),
                name="ranking_four_eyes",
            ),
        ]
