"""Roles with their scopes, dated memberships, dated delegations."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.people.models.persons import Person
from commercebrain.desk.people.models.units import Unit


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
    """A named bundle: for each right its scope; empty means the role does not have that right.

    ``manage`` is how far an administrator manages units, accounts and roles: everywhere, or the own unit and below.
    ``clearance`` opens confidential figures of the regions that ``see`` reaches; ``annotates`` lets a third party write
    remarks beside whatever it sees; ``for_firms`` is held by a firm's user and never speaks of units.
    """

    code = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)
    does_zh = models.CharField(max_length=200, blank=True, default="")
    does_en = models.CharField(max_length=200, blank=True, default="")
    enter = models.CharField(max_length=10, choices=Scope.choices, blank=True)
    see = models.CharField(max_length=10, choices=Scope.choices, blank=True)
    find = models.CharField(max_length=10, choices=Scope.choices, blank=True)
    manage = models.CharField(max_length=10, choices=Scope.choices, blank=True, default="")
    runs_system = models.BooleanField(default=False, help_text=_("may manage units, persons and settings"))
    clearance = models.BooleanField(default=False, help_text=_("sees confidential figures of the own regions"))
    annotates = models.BooleanField(default=False, help_text=_("a third party that writes remarks and enters nothing"))
    for_firms = models.BooleanField(default=False, help_text=_("held by the user of a firm"))

    class Meta:
        ordering = ["code"]
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if reader.chinese() else self.name_en

    @property
    def does(self) -> str:
        """What the role is for, in the reader's language."""
        return self.does_zh if reader.chinese() else self.does_en

    @property
    def outside(self) -> bool:
        """Whether it is held by somebody who is not of the administration: a firm's user, a third party."""
        return self.for_firms or self.annotates


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Reads of memberships."""

    def in_force(self, day: date) -> MembershipQuerySet:
        """Those that hold on ``day`` (both ends included)."""
        return self.filter(Q(starts=None) | Q(starts__lte=day), Q(ends=None) | Q(ends__gte=day))

    def not_over(self, day: date) -> MembershipQuerySet:
        """Those that hold on ``day`` or will later."""
        return self.filter(Q(ends=None) | Q(ends__gte=day))


class Membership(models.Model):
    """A person holds a role in a unit between two dates; ``chosen`` lists the units of a 'chosen units' scope.

    ``firm`` is set where the role is that of a firm's user: the rights then cover that firm alone, and ``unit`` is the
    office that the firm turns to.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="memberships")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="memberships")
    chosen = models.ManyToManyField(Unit, blank=True, related_name="+")
    firm = models.ForeignKey(
        "registry.Enterprise", null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["person", "unit"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "unit", "role", "starts"], condition=Q(firm=None), name="membership_once"
            ),
            models.UniqueConstraint(
                fields=["person", "role", "firm", "starts"],
                condition=Q(firm__isnull=False),
                name="membership_once_per_firm",
            ),
            models.CheckConstraint(
                condition=Q(ends=None) | Q(starts=None) | Q(ends__gte=models.F("starts")),
                name="membership_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        """Who is what where."""
        return f"{self.person} · {self.role} · {self.unit}"


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Reads of delegations."""

    def in_force(self, day: date) -> DelegationQuerySet:
        """Those that count on ``day``: begun, not over, the membership in force, the account of its holder in use."""
        held = Q(membership__starts=None) | Q(membership__starts__lte=day)
        held &= Q(membership__ends=None) | Q(membership__ends__gte=day)
        return self.filter(held, starts__lte=day, ends__gte=day, membership__person__is_active=True)

    def not_over(self, day: date) -> DelegationQuerySet:
        """Those that count on ``day`` or may later."""
        return self.filter(Q(membership__ends=None) | Q(membership__ends__gte=day), ends__gte=day)


class Delegation(models.Model):
    """For a time, ``person`` acts for the holder of ``membership``, with some or all of its rights.

    It lends the membership as it stands on each day, so it can never be wider than what its holder has, and it ends
    with the membership. What is lent cannot be lent on: only a membership can be delegated.
    """

    RIGHTS: ClassVar[tuple[Right, ...]] = (Right.ENTER, Right.SEE, Right.FIND)

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="delegations")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="acting_for")
    enter = models.BooleanField(default=True)
    see = models.BooleanField(default=True)
    find = models.BooleanField(default=True)
    starts = models.DateField()
    ends = models.DateField()
    reason = models.CharField(max_length=200, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-starts", "-pk"]
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=models.F("starts")), name="delegation_ends_after_start"),
        ]

    def __str__(self) -> str:
        """Who acts for whom."""
        return f"{self.person} ← {self.membership}"

    @property
    def rights(self) -> list[Right]:
        """What is lent."""
        return [right for right in self.RIGHTS if getattr(self, right.value)]
