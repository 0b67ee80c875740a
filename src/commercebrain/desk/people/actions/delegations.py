"""Writes of delegations: for a time somebody acts for the holder of a membership."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.actions.memberships import record_membership
from commercebrain.desk.people.authority import NotPermitted, manages_unit
from commercebrain.desk.people.models import Delegation, Membership, Person, Right
from commercebrain.engine.errors import UserError


def delegate(
    membership: Membership,
    person: Person,
    starts: date,
    ends: date,
    rights: Collection[Right],
    by: Person | None = None,
    reason: str = "",
) -> Delegation:
    """Lends a membership of one's own to ``person`` from ``starts`` to ``ends``, both included.

    Only the holder lends (the system itself may too), only what is held, only to somebody of the administration, and
    never on: what one acts with for another is no membership. Raises :class:`UserError` with the sentence.
    """
    if by is not None and by.pk != membership.person_id:
        raise NotPermitted(
            "delegations.not_own",
            "只能委托自己担任的角色；代行的角色不能再委托。",
            "Only a role of one's own can be delegated; what one acts with for another cannot be passed on.",
        )
    wanted = {Right(right) for right in rights}
    _must_fit(membership, person, starts, ends, wanted)
    with transaction.atomic():
        made = Delegation.objects.create(
            membership=membership,
            person=person,
            starts=starts,
            ends=ends,
            reason=reason.strip(),
            **{right.value: right in wanted for right in Right},
        )
        _record("delegation.given", made, by)
    return made


def end_delegation(delegation: Delegation, by: Person | None = None) -> None:
    """Takes it back (or gives it back): it no longer counts today; what has not begun is removed.

    The holder, the one who acts, and whoever manages the unit may do so.
    """
    parties = {delegation.person_id, delegation.membership.person_id}
    if by is not None and by.pk not in parties and not manages_unit(by, delegation.membership.unit):
        raise NotPermitted(
            "delegations.not_yours",
            "只有委托人、受托人或本单位管理员可以终止委托。",
            "Only who lent it, who holds it, or an administrator of the unit can end a delegation.",
        )
    day = today() - timedelta(days=1)
    with transaction.atomic():
        delegation = Delegation.objects.select_related("membership__person", "person").get(pk=delegation.pk)
        if delegation.ends <= day:
            return
        _record("delegation.ended", delegation, by)
        if delegation.starts > day:
            delegation.delete()
            return
        delegation.ends = day
        delegation.save(update_fields=["ends"])


def _must_fit(membership: Membership, person: Person, starts: date, ends: date, rights: set[Right]) -> None:
    role = membership.role
    if ends < starts or ends < today():
        raise UserError(
            "delegations.dates",
            f"委托期 {starts} 至 {ends} 不成立：结束日期不能早于开始日期或今天。",
            f"From {starts} to {ends} is no period of a delegation: it cannot end before it starts, nor before today.",
        )
    if membership.ends is not None and ends > membership.ends:
        raise UserError(
            "delegations.beyond_role",
            f"您担任“{role.name_zh}”到 {membership.ends} 为止，委托不能更晚结束。",
            f"You hold the role “{role.name_en}” until {membership.ends}; the delegation cannot end later.",
        )
    held = {right for right in Right if getattr(role, right.value)}
    if not rights or not rights <= held or membership.firm_id is not None:
        raise UserError(
            "delegations.nothing",
            f"角色“{role.name_zh}”没有可以这样委托的权限；请只选择该角色具有的权限。",
            f"The role “{role.name_en}” does not have these rights to lend; choose from those that it has.",
        )
    outside = person.memberships.not_over(today()).select_related("role")
    if person.pk == membership.person_id or not person.is_active or any(m.role.outside for m in outside):
        raise UserError(
            "delegations.person",
            f"不能委托给“{person.name_zh or person.username}”：受托人须是在用账号的本系统工作人员，且不是本人、企业用户或第三方。",
            f"Nothing can be delegated to {person.name_en or person.username}: it must be somebody else of the "
            "administration whose account is in use, no firm's user and no third party.",
        )


def _record(verb: str, delegation: Delegation, by: Person | None) -> None:
    to = delegation.person
    record_membership(
        verb,
        delegation.membership,
        by,
        to=to.name_zh or to.username,
        to_en=to.name_en or to.username,
        starts=delegation.starts,
        ends=delegation.ends,
        rights=[right.value for right in delegation.rights],
        deputy=to.pk,
    )
