"""Persons: accounts, and the unit that keeps each of them."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.people.models.units import Unit


class Person(AbstractUser):
    """Someone who signs in. What they may do comes from memberships alone, never from flags on this row."""

    name_zh = models.CharField(_("name"), max_length=60, blank=True)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    language = models.CharField(max_length=10, blank=True, default="")
    home = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="accounts")
    must_change_password = models.BooleanField(default=False, help_text=_("the password was given out and works once"))
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["username"]
        verbose_name = _("person")
        verbose_name_plural = _("persons")

    def __str__(self) -> str:
        """The name in the reader's language."""
        chinese = reader.chinese()
        return (self.name_zh if chinese else self.name_en) or self.username
