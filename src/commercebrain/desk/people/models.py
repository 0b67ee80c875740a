"""Who works here: units in a tree, persons, roles with scopes, dated memberships."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.registry.models import Region


class Unit(models.Model):
    """An office: a bureau, a section of it, a county bureau. It stands in a region and below a parent.

    ``path`` is the chain of ids from the root, ``"1/4/9/"``: "this unit and all below" is one prefix search.
    """

    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="units")
    path = models.CharField(max_length=200, db_index=True, editable=False, default="")

    class Meta:
        ordering = ["path"]
        verbose_name = _("unit")
        verbose_name_plural = _("units")

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if (get_language() or "zh").startswith("zh") else self.name_en

    @property
    def depth(self) -> int:
        """How far below the root it stands; a root is 0."""
        return max(0, self.path.count("/") - 1)


class Person(AbstractUser):
    """Someone who signs in. What they may do comes from memberships alone, never from flags on this row."""

    name_zh = models.CharField(_("name"), max_length=60, blank=True)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    language = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        ordering = ["username"]
        verbose_name = _("person")
        verbose_name_plural = _("persons")

    def __str__(self) -> str:
        """The name in the reader's language."""
        chinese = (get_language() or "zh").startswith("zh")
        return (self.name_zh if chinese else self.name_en) or self.username


class Scope(models.TextChoices):
    """The five scopes that every Chinese administration knows, widest first."""

    ALL = "all", _("everything")
    CHOSEN = "chosen", _("chosen units")
    BELOW = "below", _("own unit and below")
    OWN = "own", _("own unit")
    SELF = "self", _("own entries only")


class Right(models.TextChoices):
    """What a scope is about: changing, reading, or merely finding that something exists."""

    ENTER = "enter", _("enter")
    SEE = "see", _("see")
    FIND = "find", _("find")


class Role(models.Model):
    """A named bundle: for each right its scope; empty means the role does not have that right."""

    code = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)
    enter = models.CharField(max_length=10, choices=Scope.choices, blank=True)
    see = models.CharField(max_length=10, choices=Scope.choices, blank=True)
    find = models.CharField(max_length=10, choices=Scope.choices, blank=True)
    runs_system = models.BooleanField(default=False, help_text=_("may manage units, persons and settings"))

    class Meta:
        ordering = ["code"]
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if (get_language() or "zh").startswith("zh") else self.name_en


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Reads of memberships."""

    def in_force(self, day: date) -> MembershipQuerySet:
        """Those that hold on ``day`` (both ends included)."""
        return self.filter(Q(starts=None) | Q(starts__lte=day), Q(ends=None) | Q(ends__gte=day))


class Membership(models.Model):
    """A person holds a role in a unit between two dates; ``chosen`` lists the units of a 'chosen units' scope."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="memberships")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="memberships")
    chosen = models.ManyToManyField(Unit, blank=True, related_name="+")
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["person", "unit"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["person", "unit", "role", "starts"], name="membership_once"),
            models.CheckConstraint(
                condition=Q(ends=None) | Q(starts=None) | Q(ends__gte=models.F("starts")),
                name="membership_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        """Who is what where."""
        return f"{self.person} · {self.role} · {self.unit}"
