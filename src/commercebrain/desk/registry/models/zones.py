"""Zones and parks that lie across the map of counties."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.registry.models.regions import Region, Township


class Zone(models.Model):
    """A development zone, bonded zone, free-trade area or park: a place with figures of its own, not a region.

    ``in_county_totals`` says whether the counties' published figures already hold the zone's; only then may a sum
    over counties leave it out, and otherwise it must be added.
    """

    class Kind(models.TextChoices):
        """What it is by its approval."""

        DEVELOPMENT = "development", _("economic development zone")
        HIGH_TECH = "high_tech", _("high-tech zone")
        BONDED = "bonded", _("comprehensive bonded zone")
        FREE_TRADE = "free_trade", _("free-trade area")
        FUNCTIONAL = "functional", _("functional area")
        PARK = "park", _("park")

    code = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=160)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="zones", help_text=_("the city it is in"))
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    in_county_totals = models.BooleanField(default=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    synthetic = models.BooleanField(default=False)
    source = models.CharField(max_length=300)

    class Meta:
        ordering = ["code"]
        verbose_name = _("zone")
        verbose_name_plural = _("zones")

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if reader.chinese() else self.name_en


class ZonePart(models.Model):
    """Where a zone lies: in a county (``whole`` of it or a part), or in one township of it."""

    zone = models.ForeignKey(Zone, on_delete=models.CASCADE, related_name="parts")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="zone_parts")
    township = models.ForeignKey(Township, null=True, blank=True, on_delete=models.PROTECT, related_name="zone_parts")
    whole = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["zone", "region__code"]
        verbose_name = _("part of a zone")
        verbose_name_plural = _("parts of zones")

    def __str__(self) -> str:
        """Zone and county."""
        return f"{self.zone} · {self.township or self.region}"
