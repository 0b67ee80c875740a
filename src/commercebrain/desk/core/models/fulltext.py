"""What can be found by a fragment of text."""

from __future__ import annotations

from django.db import models


class SearchEntry(models.Model):
    """Everything that one row can be found by: names, old names, codes, pinyin initials.

    ``text``   the normalised words, one a line, with a line break before the first and after the last
    ``grams``  their pieces, separated by spaces; the databases index these (see ``core.fulltext``)
    """

    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    text = models.TextField()
    grams = models.TextField()

    class Meta:
        verbose_name = "search entry"
        verbose_name_plural = "search entries"
        constraints = [models.UniqueConstraint(fields=["subject_type", "subject_id"], name="search_entry_once")]

    def __str__(self) -> str:
        """What it leads to."""
        return f"{self.subject_type} {self.subject_id}"
