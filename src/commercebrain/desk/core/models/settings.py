"""Values that the installation changes at run time."""

from __future__ import annotations

from django.db import models


class Setting(models.Model):
    """A value that the installation changes at run time, such as the business date."""

    key = models.SlugField(max_length=60, primary_key=True)
    value = models.TextField()

    def __str__(self) -> str:
        """The key and its value."""
        return f"{self.key} = {self.value}"
