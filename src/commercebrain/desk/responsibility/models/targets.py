"""Parts of targets that counties answer for, and adjustments that the issuing organ approves."""

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
from commercebrain.desk.plans.models import Target
from commercebrain.desk.registry.models import Region


class AllocationQuerySet(ScopedQuerySet):
    """A part is read by whoever reads for the issuing unit, and by the units of its own region."""

    def permitted(self, person: Person | AnonymousUser, right: Right | str, on: date | None = None) -> Self:
        """The rows that ``right`` admits; reading opens the parts of the own regions besides."""
        rows = super().permitted(person, right, on)
        extent = extent_of(person, right, on or today())
        if right == Right.ENTER or extent.everything or not extent.units:
            return rows
        places = Unit.objects.filter(pk__in=extent.units).values("region")
        return rows | self.filter(region__in=places)


class Allocation(Scoped, Versioned):
    """What one county is to reach of a target by the end of one year. It is internal even where its plan is public."""

    scope_unit = "target__document__unit"

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="allocations")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="allocations")
    year = models.PositiveSmallIntegerField(_("year"))
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=6)
    unit_text = models.CharField(_("unit"), max_length=20, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    entered_on = models.DateField()

    objects = AllocationQuerySet.as_manager()

    class Meta:
        ordering = ["target", "region__code", "year"]
        verbose_name = _("part of a target")
        verbose_name_plural = _("parts of targets")
        constraints = [
            models.UniqueConstraint(fields=["target", "region", "year"], name="allocation_once"),
        ]

    def __str__(self) -> str:
        """Place, year, value."""
        return f"{self.region} {self.year} {self.value} {self.unit_text}"


class Adjustment(Scoped):
    """A proposed change of a target, kept for ever; it counts from ``effective_on`` once the organ has approved it."""

    scope_unit = "target__document__unit"

    class State(models.TextChoices):
        """Where a proposal stands."""

        PROPOSED = "proposed", _("proposed")
        WITHDRAWN = "withdrawn", _("withdrawn")
        DECLINED = "declined", _("declined")
        APPROVED = "approved", _("approved by the organ")

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="adjustments")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED, db_index=True)
    old = models.JSONField(help_text=_("value, upper end, year and schedule in force when it was proposed"))
    new_value = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    new_value_high = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    new_year = models.PositiveSmallIntegerField(null=True)
    new_schedule = models.JSONField(null=True, help_text=_("year to value; empty takes the agreed schedule away"))
    reason = models.TextField(_("reason"))
    evidence = models.TextField(_("evidence"), blank=True)
    asked_of = models.CharField(_("issuing organ"), max_length=80)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_on = models.DateField()
    approval_number = models.CharField(_("approval number"), max_length=60, blank=True)
    approved_on = models.DateField(_("approved on"), null=True)
    effective_on = models.DateField(_("in force from"), null=True)
    document = models.FileField(_("approving document"), upload_to="adjustments/%Y/", blank=True)
    document_name = models.CharField(max_length=200, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closed_on = models.DateField(null=True)
    closing_note = models.TextField(blank=True)

    class Meta:
        ordering = ["-proposed_on", "-pk"]
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (
                    ~Q(approval_number="")
                    & ~Q(document="")
                    & Q(approved_on__isnull=False)
                    & Q(effective_on__gte=F("approved_on"))
                ),
                name="adjustment_live_only_with_approval",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "declined"]) | ~Q(closed_by=F("proposed_by")) | Q(closed_by=None),
                name="adjustment_four_eyes",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="adjustment_has_reason"),
            models.UniqueConstraint(
                fields=["target"], condition=Q(state="proposed"), name="adjustment_one_open_per_target"
            ),
        ]

    def __str__(self) -> str:
        """What is adjusted, and since when."""
        return f"{self.target.indicator_text} {self.proposed_on}"
