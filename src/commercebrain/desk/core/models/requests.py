"""Writes of the API that carried an idempotency key, with the answer they got."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class KeyedRequest(models.Model):
    """One write that was carried out, so that the same request again gets the same answer and changes nothing."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    operation = models.CharField(max_length=300)
    body = models.CharField(max_length=64, help_text="SHA-256 of the request's body")
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="keyed_request_once")]

    def __str__(self) -> str:
        """Whose key."""
        return f"{self.person_id} {self.key}"
