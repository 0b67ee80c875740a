"""Remarks that a third party writes beside what it sees, with every earlier wording."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.versioned import Versioned


class Annotation(Versioned):
    """A remark on a target, a task, a finding, a figure: whatever its author sees.

    ``subject_kind`` and ``subject_id`` name what it is about (``plans.target`` 12, ``figure`` trade_value/330200/2024).
    It is read by whoever sees the subject. It is never deleted: withdrawn, it stays with its history.
    """

    subject_kind = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=120)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="annotations")
    text = models.TextField(_("remark"))
    business_date = models.DateField()
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_on = models.DateField(null=True)
    withdrawn_why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"])]
        verbose_name = _("annotation")
        verbose_name_plural = _("annotations")

    def __str__(self) -> str:
        """Its first words."""
        return self.text[:60]


class AnnotationWording(models.Model):
    """What an annotation said before it was changed."""

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="wordings")
    text = models.TextField()
    until = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("earlier wording")
        verbose_name_plural = _("earlier wordings")

    def __str__(self) -> str:
        """Its first words."""
        return self.text[:60]
