"""Jobs, events and settings."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.people.scopes import ScopedQuerySet


class Setting(models.Model):
    """A value that the installation changes at run time, such as the business date."""

    key = models.SlugField(max_length=60, primary_key=True)
    value = models.TextField()

    def __str__(self) -> str:
        """The key and its value."""
        return f"{self.key} = {self.value}"


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


class EventQuerySet(ScopedQuerySet):
    """Events are written once: no update, no delete."""

    def update(self, **kwargs: Any) -> int:
        """Refused."""
        raise TypeError("Events are append-only.")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused."""
        raise TypeError("Events are append-only.")


class Event(models.Model):
    """What happened, who did it, when: the only source of clocks, audit and service times.

    ``verb`` is a code of ``catalogue/events.yaml`` that carries the sentence in both languages; ``data`` fills it.
    ``unit`` and ``person`` carry the scope in which the event may be read.
    """

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    business_date = models.DateField()
    verb = models.SlugField(max_length=60, db_index=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="events")
    unit = models.ForeignKey("people.Unit", null=True, on_delete=models.PROTECT, related_name="events")
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    data = models.JSONField(default=dict)

    scope_unit = "unit"
    scope_person = "person"
    scope_classification = ""

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"])]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        """Verb and subject."""
        return f"{self.verb} {self.subject_type}:{self.subject_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Writes a new event; refuses to change one."""
        if self.pk is not None:
            raise TypeError("Events are append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused."""
        raise TypeError("Events are append-only.")
