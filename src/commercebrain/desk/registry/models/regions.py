"""Regions: GB/T 2260 codes with the dates between which each was valid, how one became another, and townships."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader


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
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="region_code_dated"),
            # A null is equal to nothing, so open ends need constraints of their own.
            models.UniqueConstraint(fields=["code"], condition=Q(valid_from=None), name="region_without_start_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(valid_to=None), name="region_without_end_once"),
            models.CheckConstraint(
                condition=Q(synthetic=True, code__gte="990000") | Q(synthetic=False, code__lt="990000"),
                name="region_synthetic_by_code",
            ),
        ]

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if reader.chinese() else self.name_en


class RegionChange(models.Model):
    """One step of a region's succession: on ``day``, ``before`` (or a part of it) became (a part of) ``after``.

    A merge is several rows with one ``after``; a split several rows with one ``before``. ``share`` says in words how
    much went over: official announcements name townships, never a figure, so there is none.
    """

    class Kind(models.TextChoices):
        """What happened to the region."""

        MERGE = "merge", _("merged")
        SPLIT = "split", _("split")
        PART = "part", _("part transferred")
        RENAME = "rename", _("renamed or given another code")

    before = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="successions")
    after = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="origins")
    day = models.DateField(help_text=_("first day on which the new map holds"))
    kind = models.CharField(max_length=10, choices=Kind.choices)
    share_zh = models.CharField(max_length=200, blank=True)
    share_en = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=300)

    class Meta:
        ordering = ["day", "before__code", "after__code"]
        verbose_name = _("region change")
        verbose_name_plural = _("region changes")
        constraints = [models.UniqueConstraint(fields=["before", "after", "day"], name="region_change_once")]

    def __str__(self) -> str:
        """From what to what, when."""
        return f"{self.before} → {self.after} {self.day}"

    @property
    def share(self) -> str:
        """How much went over, in the reader's language."""
        return self.share_zh if reader.chinese() else self.share_en


class Township(models.Model):
    """A township, town or subdistrict 乡镇街道, by the nine digits of the statistical code."""

    code = models.CharField(max_length=12, unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=100, blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="townships")
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("township")
        verbose_name_plural = _("townships")

    def __str__(self) -> str:
        """The name; few townships have an English one."""
        return self.name_zh if reader.chinese() else self.name_en or self.name_zh
