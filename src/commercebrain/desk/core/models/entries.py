"""What people enter: drafts of forms that are not saved yet, and lists taken in from files."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.people.scopes import ScopedQuerySet


class Draft(models.Model):
    """What a person has typed into a form and not saved: seen by nobody else, removed when saved or old.

    ``address`` is the page with the thing in it; ``values`` are the raw values of the fields, ``opened`` those that the
    form showed at first and ``seen`` the version of the thing then, so that a conflict is still found days later.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    address = models.CharField(max_length=400)
    values = models.JSONField()
    opened = models.JSONField(default=dict)
    seen = models.PositiveIntegerField(null=True)
    kept_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["-kept_at"]
        constraints = [models.UniqueConstraint(fields=["person", "address"], name="draft_once_per_page")]
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self) -> str:
        """Whose and where."""
        return f"{self.person} {self.address}"


class ImportRun(models.Model):
    """One file on its way into a register: read, compared, applied as one action, perhaps undone as one.

    ``importer`` is the code of the declared importer; ``mapping`` says which column of the sheet is which field;
    ``counts`` how many rows are new, changed, unchanged and refused. Nothing but :class:`ImportRow` is written before
    it is applied.
    """

    class State(models.TextChoices):
        """Where an import stands."""

        MAPPING = "mapping", _("columns to be confirmed")
        READY = "ready", _("ready to apply")
        APPLIED = "applied", _("applied")
        UNDONE = "undone", _("undone")

    importer = models.CharField(max_length=80)
    target = models.CharField(
        max_length=80, blank=True, default="", help_text="which register, where one importer serves several"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="imports")
    unit = models.ForeignKey("people.Unit", null=True, on_delete=models.PROTECT, related_name="imports")
    name = models.CharField(max_length=200)
    file = models.FileField(upload_to="imports/%Y/")
    sha256 = models.CharField(max_length=64, db_index=True)
    sheet = models.CharField(max_length=100, blank=True)
    header_rows = models.JSONField(default=list, help_text="first and last row of the headings, as Excel counts")
    headings = models.JSONField(default=list, help_text="the headings of the columns, in order")
    mapping = models.JSONField(default=list, help_text="for each column the key of its field, empty: not read")
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAPPING, db_index=True)
    counts = models.JSONField(default=dict)
    fault = models.JSONField(null=True, help_text="why the last step failed: code, zh, en")
    job = models.ForeignKey("core.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    business_date = models.DateField()
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    scope_unit = "unit"
    scope_person = "person"
    scope_classification = ""

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        """The file's name."""
        return self.name


class ImportRow(models.Model):
    """One row of a file that is new, changes something, or is refused; rows that change nothing are only counted.

    ``values`` are the row's parsed values, ``before`` those of the register when it was compared (and, once applied,
    those that were replaced). ``object_id`` and ``seen`` name the row of the register and its version.
    """

    class State(models.TextChoices):
        """What becomes of a row."""

        NEW = "new", _("new row")
        CHANGED = "changed", _("changed")
        REFUSED = "refused", _("refused")
        SKIPPED = "skipped", _("changed by somebody meanwhile")
        ADDED = "added", _("added")
        WRITTEN = "written", _("written")
        UNDONE = "undone", _("undone")
        KEPT = "kept", _("not undone")

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    sheet = models.CharField(max_length=100, blank=True)
    row = models.PositiveIntegerField()
    key = models.CharField(max_length=200, blank=True, help_text="as people read it")
    keys = models.JSONField(default=list, help_text="the values of the key columns")
    name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    values = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    object_id = models.CharField(max_length=60, blank=True)
    seen = models.PositiveIntegerField(null=True)
    column = models.CharField(max_length=120, blank=True, help_text="heading of the column at fault")
    value = models.CharField(max_length=200, blank=True, help_text="what stands in it")
    why_zh = models.CharField(max_length=500, blank=True)
    why_en = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["run", "id"]
        indexes = [models.Index(fields=["run", "state", "id"], name="import_row_by_state")]
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of an import")

    def __str__(self) -> str:
        """Where it stands in the file."""
        return f"{self.run_id}:{self.row}"

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """The fields that differ, each with its old and new value."""
        return [
            (key, self.before.get(key), value) for key, value in self.values.items() if self.before.get(key) != value
        ]


class ImportMapping(models.Model):
    """How a person last said that columns with these headings are to be read."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    importer = models.CharField(max_length=160)
    signature = models.CharField(max_length=64, help_text="hash of the headings")
    mapping = models.JSONField()
    used_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "importer", "signature"], name="import_mapping_once")]

    def __str__(self) -> str:
        """Whose and for what."""
        return f"{self.person} {self.importer}"
