"""The chain of seals over the event log."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class AppendOnly(models.QuerySet[Any]):
    """Rows are written once: no update, no delete."""

    def update(self, **kwargs: Any) -> int:
        """Refused."""
        raise TypeError("Seals are append-only.")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused."""
        raise TypeError("Seals are append-only.")


class Seal(models.Model):
    """One sealed batch of events: a fingerprint of its entries and of the seal before it.

    ``root`` is the SHA-256 over the digests of the batch's events in the order of their ids, ``hash`` the SHA-256 over
    this row and ``previous``, the hash of the seal before ("" for the first). How each is computed stands in
    :mod:`commercebrain.desk.core.trail.canonical`.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    count = models.PositiveIntegerField()
    total = models.PositiveBigIntegerField(help_text="events sealed so far, this batch included")
    first_event = models.BigIntegerField()
    last_event = models.BigIntegerField()
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name = _("seal")
        verbose_name_plural = _("seals")

    def __str__(self) -> str:
        """Its number and the head of its hash."""
        return f"{self.number} {self.hash[:12]}"


class SealedEvent(models.Model):
    """Which event lies under which seal, with the event's own SHA-256.

    Events are committed in another order than their ids, so a seal names its members one by one: an entry that
    commits late comes under a later seal, and none can come under two. The event's id is not a foreign key, so that
    the row outlives an event that somebody removed behind the program's back.
    """

    event_id = models.BigIntegerField(primary_key=True)
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="members", db_index=False)
    digest = models.BinaryField(max_length=32)

    objects = AppendOnly.as_manager()

    class Meta:
        indexes = [models.Index(fields=["seal", "event_id"], name="sealed_event_in_seal")]

    def __str__(self) -> str:
        """Event and seal."""
        return f"{self.event_id} @ {self.seal_id}"
