"""Regions: GB/T 2260 codes with the dates between which each was valid."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class RegionQuerySet(models.QuerySet["Region"]):
    """Reads of the register; it is public, so there is nothing to hide in it."""

    def valid_on(self, day: date) -> RegionQuerySet:
        """The regions that existed on ``day``."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day))


class Region(models.Model):
    """One administrative region during the time its code was valid.

    ``code`` is the six digits of GB/T 2260 (100000 is the nation); codes from 990000 on are reserved for the
    synthetic 示例市 and its counties, and carry ``synthetic``.
    """

    class Level(models.TextChoices):
        """The tiers of administration."""

        NATION = "nation", _("nation")
        PROVINCE = "province", _("province")
        CITY = "city", _("city")
        COUNTY = "county", _("county")

    code = models.CharField(max_length=6)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=Level.choices)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    synthetic = models.BooleanField(default=False)

    objects = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="region_code_dated")]

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if (get_language() or "zh").startswith("zh") else self.name_en
