"""Entries of declared registers, and every earlier state of each.

All registers share these two tables; what is in ``data`` is said by the register's declaration. Values that a
declaration marks ``filter`` or ``sort`` have an expression index (``registers.indexes``). The decision and its
figures: ``docs/decisions/0008-where-declared-registers-keep-their-rows.md``.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.versioned import Versioned
from commercebrain.desk.people.scopes import Classification, Scoped


class Entry(Versioned, Scoped):
    """A row of a declared register.

    ``key`` tells it from the others of its register, ``title`` is what it is called; both come from its data. A row
    that was withdrawn stays, with its history, and can be restored. ``synthetic`` rows stand in invented regions only.
    """

    scope_unit = "unit"
    scope_classification = "classification"

    register = models.CharField(max_length=40)
    key = models.CharField(max_length=300)
    title = models.CharField(max_length=300)
    data = models.JSONField(default=dict)
    explanation = models.TextField(blank=True, help_text=_("why it may differ from what the register's rules expect"))
    unit = models.ForeignKey(
        "people.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="register_entries",
        help_text=_("the unit in charge"),
    )  # fmt: skip
    region = models.ForeignKey("registry.Region", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    classification = models.CharField(
        max_length=20, choices=Classification.choices, default=Classification.INTERNAL, editable=False
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    withdrawn = models.BooleanField(default=False, editable=False)
    synthetic = models.BooleanField(default=False, editable=False)
    source = models.CharField(max_length=300, blank=True, help_text=_("document and clause that names the row"))
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["register", "title", "pk"]
        verbose_name = _("register entry")
        verbose_name_plural = _("register entries")
        constraints = [
            models.UniqueConstraint(fields=["register", "key"], name="register_entry_key"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")),
                name="register_entry_ends_after_start",
            ),
        ]
        indexes = [
            models.Index(
                fields=["register", "title", "id"], condition=Q(withdrawn=False), name="register_entry_titles"
            ),
            models.Index(
                fields=["register", "unit", "classification"], condition=Q(withdrawn=False), name="register_entry_units"
            ),
            models.Index(fields=["updated_at", "id"], name="register_entry_feed"),
        ]

    def __str__(self) -> str:
        """What it is called."""
        return self.title

    def __getattr__(self, name: str) -> Any:
        """A declared field under the name that query sets know it by (``f_area``): the place of a row in a list."""
        if name.startswith("f_") and "data" in self.__dict__:
            return self.__dict__["data"].get(name[2:])
        raise AttributeError(name)


class EntryState(models.Model):
    """What an entry was before a change: ``until`` when, changed by whom, and why where a reason was given."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="states")
    version = models.PositiveIntegerField()
    data = models.JSONField()
    explanation = models.TextField(blank=True)
    unit = models.ForeignKey("people.Unit", null=True, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    withdrawn = models.BooleanField(default=False)
    until = models.DateTimeField(auto_now_add=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["entry", "-version"]
        verbose_name = _("earlier state of an entry")
        verbose_name_plural = _("earlier states of entries")
        constraints = [models.UniqueConstraint(fields=["entry", "version"], name="register_entry_state_once")]

    def __str__(self) -> str:
        """Entry and version."""
        return f"{self.entry} ({self.version})"
