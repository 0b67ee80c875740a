"""Requests to change what the market-supervision register says, and merges of rows that are one firm."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.versioned import Versioned
from commercebrain.desk.people.scopes import Scoped
from commercebrain.desk.registry.models.enterprises import Enterprise


class EnterpriseChange(Versioned, Scoped):
    """A request to change register facts of a firm: ``changes`` maps a field to ``[old, new]`` as JSON values.

    Somebody else than who asked decides it. Once decided it never changes again.
    """

    class State(models.TextChoices):
        """Where the request stands."""

        OPEN = "open", _("open")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    scope_unit = "enterprise__unit"
    scope_firm = "enterprise"
    scope_person = "asked_by"

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="change_requests")
    changes = models.JSONField()
    reason = models.CharField(max_length=400)
    evidence = models.FileField(upload_to="registry/evidence/", blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN, db_index=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_on = models.DateField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_on = models.DateField(null=True, blank=True)
    decision_note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["-asked_on", "-id"]
        verbose_name = _("change request")
        verbose_name_plural = _("change requests")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("asked_by")) | Q(state="withdrawn"),
                name="enterprise_change_decided_by_another",
            )
        ]

    def __str__(self) -> str:
        """Which firm, which fields."""
        return f"{self.enterprise}: {', '.join(self.changes)}"


class EnterpriseMerge(Scoped):
    """Two rows that were one firm: ``merged`` now leads to ``kept``. Undone exactly with the help of ``journal``.

    ``journal`` lists what moved: ``[[model, field, pk], …]``, what was made (``["+", model, pk]``) and the notes of whoever
    goes along (``["@", name, note]``); ``explanation`` is what the score stood on.
    """

    scope_unit = "kept__unit"
    scope_firm = "kept"

    kept = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="merged_by")
    day = models.DateField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=400, blank=True)
    score = models.FloatField(null=True, blank=True)
    explanation = models.JSONField(default=list, blank=True)
    journal = models.JSONField(default=list, blank=True)
    undone_on = models.DateField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone_on=None), name="enterprise_merged_into_one_only"
            ),
            models.CheckConstraint(condition=~Q(kept=models.F("merged")), name="enterprise_not_merged_with_itself"),
        ]

    def __str__(self) -> str:
        """Both ends."""
        return f"{self.merged} → {self.kept}"
