"""Files that were made from lists."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ExportFile(models.Model):
    """A file that a job made from a list: only who asked for it may fetch it, until it expires."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey("core.Job", null=True, on_delete=models.SET_NULL, related_name="exports")
    file = models.CharField(max_length=200, help_text="path below the uploads")
    name = models.CharField(max_length=200)
    rows = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField()
    made_at = models.DateTimeField(auto_now_add=True)
    expires_on = models.DateField(db_index=True)

    class Meta:
        ordering = ["-made_at"]
        verbose_name = _("exported file")
        verbose_name_plural = _("exported files")

    def __str__(self) -> str:
        """The name of the file."""
        return self.name
