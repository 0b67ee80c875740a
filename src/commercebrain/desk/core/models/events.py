"""The append-only event log."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.people.scopes import ScopedQuerySet


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
    ``unit`` and ``person`` carry the scope in which the event may be read. Triggers in the database refuse to change
    or remove a row (:mod:`commercebrain.desk.core.trail.triggers`); seals find out when somebody did so all the same.
    """

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    business_date = models.DateField()
    verb = models.CharField(max_length=60)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    unit = models.ForeignKey("people.Unit", null=True, on_delete=models.PROTECT, related_name="events", db_index=False)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    data = models.JSONField(default=dict)

    scope_unit = "unit"
    scope_person = "person"
    scope_classification = ""

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        # Each begins with what a list is narrowed by and ends with what it is paged by; none slows a reader of 1,000,000.
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "at", "id"], name="event_by_subject"),
            models.Index(fields=["verb", "id"], name="event_by_verb"),
            models.Index(fields=["person", "id"], name="event_by_person"),
            models.Index(fields=["unit", "id"], name="event_by_unit"),
            models.Index(fields=["business_date", "id"], name="event_by_day"),
        ]
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
