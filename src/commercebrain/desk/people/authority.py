"""What an administrator may manage: never oneself, and never anything wider than the own area.

An administrator of ``manage: below`` manages units of the own subtree, accounts that belong there, and roles that stay
inside it; one of ``manage: all`` manages everything. Whoever reaches further than the administrator (enters, sees or
manages something outside) is managed only by somebody who reaches as far: otherwise a new password for that account
would be a way out of the own area. Finding is left out of the comparison, since it shows names only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Delegation, Membership, Person, Right, Role, Scope, Unit
from commercebrain.desk.people.scopes import Extent, extent_lent, managed_by
from commercebrain.desk.registry.models import Enterprise, Region, RegionQuerySet
from commercebrain.engine.errors import UserError


class NotPermitted(UserError):  # noqa: N818 - it is an answer, not a fault of the program
    """The person may not do this; pages answer 403 with the sentence."""

    status = 403


def manages_unit(by: Person | None, unit: Unit | None) -> bool:
    """Whether ``by`` manages ``unit``; none is the top of the tree. A ``by`` of none is the system itself."""
    if by is None:
        return True
    area = managed_by(by, today())
    return area.everything or (unit is not None and unit.pk in area.units)


def manages_person(by: Person | None, person: Person) -> bool:
    """Whether ``by`` manages the account of ``person``: it belongs to the area and reaches nowhere outside of it."""
    if by is None:
        return True
    area, day = managed_by(by, today()), today()
    if area.everything:
        return True
    held = list(person.memberships.not_over(day).select_related("role", "unit"))
    at_home = person.home_id in area.units if person.home_id else bool(held)
    lent = Delegation.objects.not_over(day).filter(person=person).select_related("membership__role", "membership__unit")
    return (
        at_home
        and all(_inside(membership, area, day) for membership in held)
        and all(_reaches_inside(row.membership, area, day) for row in lent)
    )


def _inside(membership: Membership, area: Extent, day: date) -> bool:
    """Whether a membership enters, sees and manages within the area only."""
    if membership.unit_id not in area.units:
        return False
    if membership.role.runs_system and not _managed_units(membership.role, membership.unit, area, day):
        return False
    return _reaches_inside(membership, area, day)


def _reaches_inside(membership: Membership, area: Extent, day: date) -> bool:
    """Whether what a membership enters and sees, by its holder or by who acts for the holder, stays within the area."""
    if membership.firm is not None and membership.firm.unit_id not in area.units:
        return False
    reached = [extent_lent(membership, right, day) for right in (Right.ENTER, Right.SEE)]
    return all(not one.everything and one.units <= area.units for one in reached)


def _managed_units(role: Role, unit: Unit, area: Extent, day: date) -> bool:
    """Whether an administrator's role in ``unit`` stays in the area: ``below`` of a unit of the area always does."""
    return role.manage != Scope.ALL and unit.pk in area.units


def must_manage_unit(by: Person | None, *units: Unit | None) -> None:
    """Raises 403 unless ``by`` manages all of ``units``."""
    if not all(manages_unit(by, unit) for unit in units):
        raise PermissionDenied


def must_manage_person(by: Person | None, person: Person) -> None:
    """Raises 403 unless ``by`` manages the account."""
    if not manages_person(by, person):
        raise PermissionDenied


def must_not_be_oneself(by: Person | None, person: Person) -> None:
    """Nobody changes the own rights."""
    if by is not None and by.pk == person.pk:
        raise NotPermitted(
            "memberships.own",
            "不能给自己授予或收回角色，请由另一位管理员操作。",
            "You cannot grant or take back a role of your own; another administrator can.",
        )


def regions_managed_by(person: Person) -> RegionQuerySet:
    """The regions in which ``person`` may place units: those where the managed units stand, and all below them.

    Figures are reached by the regions of one's units, so a unit placed elsewhere would open the figures of elsewhere.
    """
    from commercebrain.desk.core.figures import regions_of

    area = managed_by(person, today())
    return Region.objects.all() if area.everything else Region.objects.filter(code__in=regions_of(area))


def must_manage_region(by: Person | None, region: Region) -> None:
    """Raises 403 unless ``by`` may place a unit in ``region``."""
    if by is not None and not regions_managed_by(by).filter(pk=region.pk).exists():
        raise NotPermitted(
            "units.region",
            f"“{region.name_zh}”不在您管理的机构所在地区之内，不能把机构设在那里；请由上级管理员操作。",
            f"{region.name_en} is outside of the regions of the units that you manage; an administrator above can place "
            "a unit there.",
        )


def must_grant_within(
    by: Person | None, unit: Unit, role: Role, chosen: Iterable[Unit], firm: Enterprise | None = None
) -> None:
    """Raises 403 unless the role, held in ``unit`` with ``chosen`` units or for ``firm``, stays within the area."""
    if by is None:
        return
    area, picked = managed_by(by, today()), list(chosen)
    if area.everything:
        return
    wide = Scope.ALL in {role.enter, role.see} or role.manage == Scope.ALL
    wide = wide or (firm is not None and firm.unit_id not in area.units)
    if wide or unit.pk not in area.units or any(other.pk not in area.units for other in picked):
        raise NotPermitted(
            "memberships.too_wide",
            f"角色“{role.name_zh}”在“{unit.name_zh}”的范围超出了您管理的机构；请由上级管理员或超级管理员授予。",
            f"The role “{role.name_en}” in {unit.name_en} reaches beyond the units that you manage; an administrator "
            "above or a super-administrator can grant it.",
        )


def units_managed_by(person: Person) -> QuerySet[Unit]:
    """The units that ``person`` manages, closed ones too."""
    area = managed_by(person, today())
    rows = Unit.objects.select_related("region", "parent")
    return rows if area.everything else rows.filter(pk__in=area.units)


def accounts_near(person: Person) -> QuerySet[Person]:
    """The accounts that belong to the area of an administrator, or hold a role in it now or later."""
    area = managed_by(person, today())
    if area.everything:
        return Person.objects.all()
    held = Membership.objects.not_over(today()).filter(unit__in=area.units).values("person")
    return Person.objects.filter(Q(home__in=area.units) | Q(pk__in=held))


def roles_granted_by(person: Person) -> list[Role]:
    """The roles that ``person`` may grant at all."""
    area = managed_by(person, today())
    if area.everything:
        return list(Role.objects.all())
    if area.empty:
        return []
    return [r for r in Role.objects.all() if Scope.ALL not in {r.enter, r.see} and r.manage != Scope.ALL]
