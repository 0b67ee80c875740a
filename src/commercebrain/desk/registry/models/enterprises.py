"""Enterprises: what the market-supervision register says of a firm, and what the bureau knows besides."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.versioned import Versioned
from commercebrain.desk.people.scopes import Scoped, ScopedQuerySet
from commercebrain.desk.registry.models.regions import Region, Township

# Digits 3 to 8 of a credit code are the region that issued it (GB 32100); no office issues from 99.
SYNTHETIC_CODE = "9199"


class EnterpriseQuerySet(ScopedQuerySet):
    """Reads of enterprises, narrowed by the county bureau in charge."""

    def current(self) -> Self:
        """Without those that were merged into another row."""
        return self.filter(merged_into=None)

    def update(self, **kwargs: Any) -> int:
        """Notes when, so that the feed of enterprises tells of it."""
        return super().update(**{"updated_at": timezone.now(), **kwargs})


class Enterprise(Versioned, Scoped):
    """A firm. Its credit code, name, status, address and industry come from the market-supervision register and are
    changed by a request that another person approves; the rest is the bureau's own and edited directly.

    A synthetic firm has a credit code that no office issues and stands in an invented region: checks and a trigger of
    the database refuse anything else.
    """

    class Status(models.TextChoices):
        """Whether the firm is in business (登记状态)."""

        EXISTING = "existing", _("in business")
        REVOKED = "revoked", _("licence revoked")
        CLOSED = "closed", _("deregistered")
        MOVED = "moved", _("moved away")

    class Size(models.TextChoices):
        """Size class (统计上大中小微型企业划分)."""

        LARGE = "large", _("large")
        MEDIUM = "medium", _("medium")
        SMALL = "small", _("small")
        MICRO = "micro", _("micro")

    scope_unit = "unit"
    scope_firm = "pk"

    uscc = models.CharField(max_length=18, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.EXISTING)
    established_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    address = models.CharField(max_length=200, blank=True)
    industry = models.CharField(max_length=4, blank=True, help_text=_("GB/T 4754 code"))
    size = models.CharField(max_length=10, choices=Size.choices, blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="enterprises")
    township = models.ForeignKey(Township, null=True, blank=True, on_delete=models.PROTECT, related_name="enterprises")
    unit = models.ForeignKey(
        "people.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="enterprises",
        help_text=_("the county bureau in charge"),
    )  # fmt: skip
    tags = models.JSONField(default=list, blank=True)
    synthetic = models.BooleanField(default=False)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        ordering = ["uscc"]
        verbose_name = _("enterprise")
        verbose_name_plural = _("enterprises")
        indexes = [
            models.Index(fields=["unit", "merged_into", "name_zh"], name="enterprise_by_unit"),
            models.Index(fields=["region", "industry"], name="enterprise_by_region"),
            models.Index(fields=["name_zh"], name="enterprise_by_name"),
            # Counting by size or status reads this alone; the other says whether invented firms are in sight.
            models.Index(fields=["size", "status", "unit", "merged_into"], name="enterprise_by_size"),
            models.Index(fields=["unit"], condition=Q(synthetic=True, merged_into=None), name="enterprise_synthetic"),
            models.Index(fields=["updated_at", "id"], name="enterprise_feed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(synthetic=True, uscc__startswith=SYNTHETIC_CODE)
                | (Q(synthetic=False) & ~Q(uscc__startswith=SYNTHETIC_CODE)),
                name="enterprise_synthetic_by_code",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(established_on=None) | Q(closed_on__gte=models.F("established_on")),
                name="enterprise_closed_after_opening",
            ),
        ]

    def __str__(self) -> str:
        """The name in the reader's language; not every firm has an English one."""
        return self.name_zh if reader.chinese() else self.name_en or self.name_zh

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Notes when, also where only some fields are written."""
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = {*kwargs["update_fields"], "updated_at"}
        super().save(*args, **kwargs)


class _OfEnterprise(Scoped):
    """A row that belongs to a firm and follows its scope."""

    scope_unit = "enterprise__unit"
    scope_firm = "enterprise"

    class Meta:
        abstract = True


class EnterpriseName(_OfEnterprise):
    """Another name of a firm: a former one with its dates, a short one, a brand."""

    class Kind(models.TextChoices):
        """What kind of name."""

        FORMER = "former", _("former name")
        SHORT = "short", _("short name")
        ENGLISH = "english", _("English name")
        BRAND = "brand", _("brand")

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="names")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=200)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["enterprise", "-valid_to", "name"]
        verbose_name = _("other name")
        verbose_name_plural = _("other names")
        indexes = [models.Index(fields=["name"], name="enterprise_name_name")]

    def __str__(self) -> str:
        """The name."""
        return self.name


class EnterpriseFlag(_OfEnterprise):
    """A mark that a list gives a firm between two dates, such as 规模以上 or a white list."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="flags")
    code = models.SlugField(max_length=40)
    source = models.CharField(max_length=200)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["enterprise", "code", "starts"]
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        indexes = [models.Index(fields=["code", "enterprise"], name="enterprise_flag_code")]

    def __str__(self) -> str:
        """Its code."""
        return self.code

    def holds(self, day: date) -> bool:
        """Whether it holds on ``day``, both ends included."""
        return (self.starts is None or self.starts <= day) and (self.ends is None or day <= self.ends)


class EnterpriseContact(_OfEnterprise):
    """A person at the firm. Personal data: shown masked, in full only to who gives a reason, and the look recorded."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=60)
    post = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    main = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["enterprise", "-main", "name"]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")

    def __str__(self) -> str:
        """The name as it may be shown to anybody: only its first character."""
        return f"{self.name[:1]}**"


class EnterpriseOfficer(_OfEnterprise):
    """Who in the bureau looks after a firm (联系人、服务专员), for which line of work, between which dates."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="officers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enterprises_in_charge")
    line = models.CharField(max_length=60, blank=True)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["enterprise", "line", "person"]
        verbose_name = _("person in charge")
        verbose_name_plural = _("persons in charge")

    def __str__(self) -> str:
        """The person."""
        return str(self.person)
