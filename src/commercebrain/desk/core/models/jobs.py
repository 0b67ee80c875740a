"""Long work and where it stands."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """A piece of long work with progress, a log and a cancel button."""

    class State(models.TextChoices):
        """Where a job stands."""

        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.SlugField(max_length=60)
    arguments = models.JSONField(default=dict)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="jobs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED, db_index=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    step_zh = models.CharField(max_length=200, blank=True)
    step_en = models.CharField(max_length=200, blank=True)
    cancel_asked = models.BooleanField(default=False)
    log = models.TextField(blank=True)
    result = models.JSONField(null=True)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True, help_text=_("last sign of life from the worker that runs it"))
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")

    def __str__(self) -> str:
        """Kind, number, state."""
        return f"{self.kind} {self.pk} {self.state}"

    @property
    def step(self) -> str:
        """What it is doing, in the reader's language."""
        return self.step_zh if (get_language() or "zh").startswith("zh") else self.step_en

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}

    @property
    def percent(self) -> int | None:
        """How far it is, 0 to 100; none while the amount of work is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else None
