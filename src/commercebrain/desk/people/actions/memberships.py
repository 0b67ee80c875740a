"""Writes of roles and memberships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

import commercebrain.catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.authority import must_grant_within, must_manage_unit, must_not_be_oneself
from commercebrain.desk.people.models import Membership, Person, Role, Scope, Unit
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.errors import UserError
from commercebrain.engine.yaml_text import read_yaml

ROLES_FILE = Path(next(iter(commercebrain.catalogue.__path__))) / "roles.yaml"
RIGHTS = ("enter", "see", "find")
FLAGS = ("runs_system", "clearance", "annotates", "for_firms")


def load_roles(path: Path = ROLES_FILE) -> int:
    """Brings the roles of ``catalogue/roles.yaml`` into the database and returns their number; twice changes nothing.

    Raises :class:`UserError` (``roles.bad_scope``) for a scope that does not exist.
    """
    declared: dict[str, Any] = read_yaml(path.read_text(encoding="utf-8"))["roles"]
    for code, row in declared.items():
        for right in (*RIGHTS, "manage"):
            allowed = {"", Scope.ALL, Scope.BELOW} if right == "manage" else {"", *Scope.values}
            if row.get(right, "") not in allowed:
                names = sorted(map(str, allowed - {""}))
                raise UserError(
                    "roles.bad_scope",
                    f"{path.name} 中角色 {code} 的 {right} 写作“{row[right]}”，只能是 {'、'.join(names)} 之一。",
                    f"In {path.name} the role {code} has “{row[right]}” for {right}; it must be one of "
                    f"{', '.join(names)}.",
                )
    with transaction.atomic():
        changed = False
        for code, row in declared.items():
            does = row.get("does", {})
            wanted = {
                "name_zh": row["name"]["zh"],
                "name_en": row["name"]["en"],
                "does_zh": does.get("zh", ""),
                "does_en": does.get("en", ""),
                **{flag: bool(row.get(flag, False)) for flag in FLAGS},
                **{right: row.get(right, "") for right in (*RIGHTS, "manage")},
            }
            role = Role.objects.filter(code=code).first()
            if role is None or any(getattr(role, name) != value for name, value in wanted.items()):
                Role.objects.update_or_create(code=code, defaults=wanted)
                changed = True
        if changed:
            record("roles.loaded", ("people.role", "*"), None, count=len(declared))
    return len(declared)


def record_membership(verb: str, membership: Membership, by: Person | None, **more: Any) -> None:
    """Writes the event of a membership."""
    person, unit, role = membership.person, membership.unit, membership.role
    record(
        verb,
        membership,
        by,
        unit=unit,
        name=person.name_zh or person.username,
        name_en=person.name_en or person.username,
        where=unit.name_zh,
        where_en=unit.name_en,
        role=role.name_zh,
        role_en=role.name_en,
        **more,
    )


def grant(
    person: Person,
    unit: Unit,
    role: Role,
    by: Person | None = None,
    starts: date | None = None,
    ends: date | None = None,
    chosen: Sequence[Unit] | None = None,
    firm: Enterprise | None = None,
) -> Membership:
    """Gives ``person`` the ``role`` in ``unit`` from ``starts`` to ``ends`` (both included, none: open).

    ``chosen`` are the units of a role whose scope is 'chosen units'; ``firm`` is the firm of a firm's user. The same
    grant again returns the one that is there. Raises :class:`UserError` for what does not fit together.
    """
    must_manage_unit(by, unit)
    must_not_be_oneself(by, person)
    must_grant_within(by, unit, role, chosen or (), firm)
    _must_fit(unit, role, starts, ends, chosen or (), firm)
    with transaction.atomic():
        membership = Membership.objects.filter(person=person, unit=unit, role=role, firm=firm, starts=starts).first()
        if membership is not None and membership.ends == ends and _same_units(membership, chosen):
            return membership
        if membership is None:
            membership = Membership.objects.create(
                person=person, unit=unit, role=role, starts=starts, ends=ends, firm=firm
            )
        else:
            membership.ends = ends
            membership.save(update_fields=["ends"])
        if chosen is not None:
            membership.chosen.set(chosen)
        record_membership("membership.granted", membership, by)
    return membership


def _same_units(membership: Membership, chosen: Sequence[Unit] | None) -> bool:
    return chosen is None or {unit.pk for unit in membership.chosen.all()} == {unit.pk for unit in chosen}


def _must_fit(
    unit: Unit, role: Role, starts: date | None, ends: date | None, chosen: Sequence[Unit], firm: Enterprise | None
) -> None:
    if starts and ends and ends < starts:
        raise UserError(
            "memberships.dates",
            f"结束日期 {ends} 早于开始日期 {starts}，请改正。",
            f"The last day {ends} is before the first day {starts}; correct it.",
        )
    if unit.closed_on is not None:
        raise UserError(
            "memberships.closed_unit",
            f"“{unit.name_zh}”已于 {unit.closed_on} 撤销，不能再授予角色。",
            f"{unit.name_en} was closed on {unit.closed_on}; no role can be granted in it.",
        )
    if role.for_firms != (firm is not None):
        raise UserError(
            "memberships.firm",
            f"角色“{role.name_zh}”"
            + ("必须指定所属企业。" if role.for_firms else "不是企业用户的角色，不能指定企业。"),
            f"The role “{role.name_en}” "
            + ("needs a firm." if role.for_firms else "is not of a firm's user; no firm fits."),
        )
    needs = Scope.CHOSEN in {role.enter, role.see, role.find}
    if needs != bool(chosen):
        raise UserError(
            "memberships.chosen",
            f"角色“{role.name_zh}”"
            + ("的范围是指定机构，请至少选择一个。" if needs else "的范围不是指定机构，不能选择机构。"),
            f"The role “{role.name_en}” "
            + ("covers chosen units: choose one at least." if needs else "does not cover chosen units: choose none."),
        )


def revoke(membership: Membership, by: Person | None = None) -> None:
    """Ends a membership with yesterday, so that it no longer holds today; its history stays."""
    must_manage_unit(by, membership.unit)
    must_not_be_oneself(by, membership.person)
    must_grant_within(by, membership.unit, membership.role, (), membership.firm)
    end(membership, by, today() - timedelta(days=1))


def end(membership: Membership, by: Person | None, day: date) -> None:
    """Makes ``day`` the last day of a membership; one that has not begun by then is removed."""
    with transaction.atomic():
        if membership.starts and membership.starts > day:
            record_membership("membership.revoked", membership, by)
            membership.delete()
            return
        if membership.ends is not None and membership.ends <= day:
            return
        membership.ends = day
        membership.save(update_fields=["ends"])
        record_membership("membership.revoked", membership, by)
