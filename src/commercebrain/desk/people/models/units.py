"""Units in a tree, and what the tree looked like on every earlier day."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.versioned import Versioned


class Unit(Versioned):
    """An office: a bureau, a section of it, a county bureau. It stands in a region and below a parent.

    ``path`` is the chain of ids from the root, ``"1/4/9/"``: "this unit and all below" is one prefix search. A closed
    unit keeps its rows; where it was merged, ``successor`` has taken them over.
    """

    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    region = models.ForeignKey("registry.Region", on_delete=models.PROTECT, related_name="units")
    path = models.CharField(max_length=200, db_index=True, editable=False, default="")
    closed_on = models.DateField(null=True, blank=True, help_text=_("the first day on which it no longer works"))
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="absorbed")

    class Meta:
        ordering = ["path"]
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [
            models.CheckConstraint(
                condition=Q(successor=None) | Q(closed_on__isnull=False), name="unit_successor_only_when_closed"
            ),
        ]

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if reader.chinese() else self.name_en

    @property
    def depth(self) -> int:
        """How far below the root it stands; a root is 0."""
        return max(0, self.path.count("/") - 1)


class UnitStateQuerySet(models.QuerySet["UnitState"]):
    """Reads of the tree's history."""

    def in_force(self, day: date) -> UnitStateQuerySet:
        """The tree as it was on ``day``: one row for each unit that was known then."""
        return self.filter(Q(starts=None) | Q(starts__lte=day), Q(ends=None) | Q(ends__gte=day))


class UnitState(models.Model):
    """What a unit was called and where it stood between two days (both included; none: open).

    A new row begins whenever the name, the place in the tree or the region changes, for every unit below too. A second
    change on the same day replaces the first: a day knows one tree.
    """

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="states")
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    parent = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    region = models.ForeignKey("registry.Region", on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=200, db_index=True)
    closed = models.BooleanField(default=False)
    starts = models.DateField(null=True)
    ends = models.DateField(null=True)

    objects = UnitStateQuerySet.as_manager()

    class Meta:
        ordering = ["unit", "starts"]
        verbose_name = _("unit in the past")
        verbose_name_plural = _("units in the past")
        constraints = [models.UniqueConstraint(fields=["unit", "starts"], name="unit_state_once_a_day")]

    def __str__(self) -> str:
        """The name then, in the reader's language."""
        return self.name_zh if reader.chinese() else self.name_en
