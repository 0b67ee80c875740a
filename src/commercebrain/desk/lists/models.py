"""Books of lists, their numbered versions and their members.

A *kind* is declared in ``catalogue/lists/``; a *book* is one list of it (“对美301清单三”, “广交会参展企业”). What a book
holds changes only through a *version*, which carries the decision, the reason and the approver; a member knows the
version that brought it in and the one that took it out. So what version N holds is one comparison of two numbers, the
difference of two versions is another, and nothing is ever overwritten.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.versioned import Versioned
from commercebrain.desk.people.scopes import Classification, Scoped


class Book(Versioned, Scoped):
    """One list of a declared kind, kept by a unit.

    ``nomenclature`` and ``edition`` say what the product codes of its rows are written in where a row does not say it
    itself; ``partner`` is the country (ISO alpha-3) or the group whose trade it speaks of where a row does not.
    """

    scope_unit = "unit"
    scope_classification = "classification"

    kind = models.CharField(max_length=40)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200, blank=True)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="lists")
    nomenclature = models.CharField(max_length=20, blank=True)
    edition = models.CharField(max_length=20, blank=True)
    partner = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    classification = models.CharField(
        max_length=20, choices=Classification.choices, default=Classification.INTERNAL, editable=False
    )
    synthetic = models.BooleanField(default=False, editable=False)
    closed_on = models.DateField(null=True, blank=True, help_text=_("the first day on which it is no longer kept"))
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["kind", "name_zh", "pk"]
        verbose_name = _("list")
        verbose_name_plural = _("lists")
        constraints = [models.UniqueConstraint(fields=["kind", "unit", "name_zh"], name="list_name_once_a_unit")]

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if reader.chinese() else self.name_en or self.name_zh


class _OfBook(Scoped):
    """A row that belongs to a book and follows its scope."""

    scope_unit = "book__unit"
    scope_classification = "book__classification"

    class Meta:
        abstract = True


class ListVersion(Versioned, _OfBook):
    """A numbered state of a book: drafted, proposed with its document and reason, decided by another person.

    From ``effective_on`` an approved version is in force, until the next approved one is. Of a book at most one version
    is being drafted or decided.
    """

    class State(models.TextChoices):
        """How far it is."""

        DRAFT = "draft", _("being drafted")
        PROPOSED = "proposed", _("waiting for approval")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    document = models.CharField(max_length=200, blank=True, help_text=_("number or title of the decision"))
    issued_on = models.DateField(null=True, blank=True)
    effective_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    basis = models.CharField(max_length=500, blank=True, help_text=_("the condition that it was built from"))
    rows_in = models.PositiveIntegerField(default=0)
    rows_out = models.PositiveIntegerField(default=0)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=500, blank=True, help_text=_("what the approver said"))
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["book", "-number"]
        verbose_name = _("version of a list")
        verbose_name_plural = _("versions of lists")
        constraints = [
            models.UniqueConstraint(fields=["book", "number"], name="list_version_number"),
            models.UniqueConstraint(
                fields=["book"], condition=Q(state__in=("draft", "proposed")), name="list_version_one_open"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("proposed_by")), name="list_version_four_eyes"
            ),
        ]

    def __str__(self) -> str:
        """Book and number."""
        return f"{self.book} · {self.number}"


class Member(_OfBook):
    """A row of a book: what stands on it, from when to when.

    ``key`` tells it from the other rows of the book. The subject stands in a column of its own (``code``: digits of a
    product code; ``enterprise``; ``country``; ``region``), everything else in ``data`` by the kind's fields.
    ``added`` and ``removed`` are the numbers of the versions that brought it in and took it out: version N holds it if
    ``added <= N`` and ``removed`` is none or above N.
    """

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="members")
    key = models.CharField(max_length=300)
    title = models.CharField(max_length=300)
    code = models.CharField(max_length=12, blank=True)
    enterprise = models.ForeignKey(
        "registry.Enterprise", null=True, blank=True, on_delete=models.PROTECT, related_name="listed"
    )
    country = models.CharField(max_length=3, blank=True)
    region = models.ForeignKey("registry.Region", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    added = models.PositiveIntegerField()
    removed = models.PositiveIntegerField(null=True, blank=True)
    exit_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["book", "key", "pk"]
        verbose_name = _("row of a list")
        verbose_name_plural = _("rows of lists")
        constraints = [
            models.UniqueConstraint(fields=["book", "key"], condition=Q(removed=None), name="list_member_once"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")),
                name="list_member_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(removed=None) | Q(removed__gt=models.F("added")), name="list_member_out_after_in"
            ),
        ]
        indexes = [
            models.Index(fields=["book", "added", "removed"], name="list_member_by_version"),
            models.Index(fields=["book", "code"], name="list_member_by_code"),
            models.Index(fields=["enterprise", "book"], name="list_member_by_firm"),
        ]

    def __str__(self) -> str:
        """What it is called."""
        return self.title

    def __getattr__(self, name: str) -> Any:
        """A declared field under the name that query sets know it by (``f_rate``)."""
        if name.startswith("f_") and "data" in self.__dict__:
            return self.__dict__["data"].get(name[2:])
        raise AttributeError(name)
