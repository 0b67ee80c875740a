"""Writes of units, persons, roles and memberships: each checks permission, changes rows, writes the event."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

import commercebrain.catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.models import Membership, Person, Role, Scope, Unit
from commercebrain.desk.people.queries import runs_system
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError

ROLES_FILE = Path(next(iter(commercebrain.catalogue.__path__))) / "roles.yaml"
RIGHTS = ("enter", "see", "find")


def _must_run_system(by: Person | None) -> None:
    """``None`` is the system itself (set-up, the demo, the command line)."""
    if by is not None and not runs_system(by):
        raise PermissionDenied


def load_roles(path: Path = ROLES_FILE) -> int:
    """Brings the roles of ``catalogue/roles.yaml`` into the database and returns their number; twice changes nothing.

    Raises :class:`UserError` (``roles.bad_scope``) for a scope that does not exist.
    """
    declared: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["roles"]
    for code, row in declared.items():
        for right in RIGHTS:
            if row.get(right, "") not in {"", *Scope.values}:
                raise UserError(
                    "roles.bad_scope",
                    f"{path.name} 中角色 {code} 的 {right} 写作“{row[right]}”，只能是 {'、'.join(Scope.values)} 之一。",
                    f"In {path.name} the role {code} has “{row[right]}” for {right}; it must be one of "
                    f"{', '.join(Scope.values)}.",
                )
    with transaction.atomic():
        changed = False
        for code, row in declared.items():
            wanted = {
                "name_zh": row["name"]["zh"],
                "name_en": row["name"]["en"],
                "runs_system": bool(row.get("runs_system", False)),
                **{right: row.get(right, "") for right in RIGHTS},
            }
            role = Role.objects.filter(code=code).first()
            if role is None or any(getattr(role, name) != value for name, value in wanted.items()):
                Role.objects.update_or_create(code=code, defaults=wanted)
                changed = True
        if changed:
            record("roles.loaded", ("people.role", "*"), None, count=len(declared))
    return len(declared)


def create_unit(
    name_zh: str, name_en: str, region: Region, parent: Unit | None = None, by: Person | None = None
) -> Unit:
    """Adds a unit below ``parent`` (none: a root) and gives it its path."""
    _must_run_system(by)
    with transaction.atomic():
        unit = Unit.objects.create(name_zh=name_zh, name_en=name_en, region=region, parent=parent)
        unit.path = f"{parent.path if parent else ''}{unit.pk}/"
        unit.save(update_fields=["path"])
        record("unit.created", unit, by, unit=unit, name=name_zh, name_en=name_en)
    return unit


def move_unit(unit: Unit, parent: Unit | None, by: Person | None = None) -> None:
    """Puts a unit with all below it under another parent.

    Raises :class:`UserError` (``units.circle``) when the new parent stands below the unit itself.
    """
    _must_run_system(by)
    with transaction.atomic():
        unit = Unit.objects.select_for_update().get(pk=unit.pk)
        if parent is not None and parent.path.startswith(unit.path):
            raise UserError(
                "units.circle",
                f"“{parent.name_zh}”在“{unit.name_zh}”之下，不能作为它的上级；请选择别的上级机构。",
                f"{parent.name_en} stands below {unit.name_en} and cannot be its parent; choose another one.",
            )
        old, new = unit.path, f"{parent.path if parent else ''}{unit.pk}/"
        for below in Unit.objects.filter(path__startswith=old):
            below.path = new + below.path[len(old) :]
            below.save(update_fields=["path"])
        Unit.objects.filter(pk=unit.pk).update(parent=parent)
        record(
            "unit.moved",
            unit,
            by,
            unit=unit,
            name=unit.name_zh,
            name_en=unit.name_en,
            parent=parent.name_zh if parent else "—",
            parent_en=parent.name_en if parent else "—",
        )


def create_person(
    username: str, password: str | None, name_zh: str, name_en: str = "", by: Person | None = None
) -> Person:
    """Adds an account; without a password nobody can sign in with it until one is set.

    Raises :class:`UserError` for a name that is taken (``persons.taken``) or a weak password (``persons.weak``).
    """
    _must_run_system(by)
    if Person.objects.filter(username__iexact=username).exists():
        raise UserError(
            "persons.taken",
            f"用户名“{username}”已被使用，请换一个。",
            f"The user name “{username}” is taken; choose another one.",
        )
    person = Person(username=username, name_zh=name_zh, name_en=name_en)
    if password is not None:
        try:
            validate_password(password, person)
        except ValidationError as fault:
            said = " ".join(fault.messages)
            raise UserError("persons.weak", f"密码不合要求：{said}", f"The password will not do: {said}") from fault
    person.set_password(password)
    with transaction.atomic():
        person.save()
        record("person.created", person, by, name=name_zh or username, name_en=name_en or username)
    return person


def switch(person: Person, active: bool, by: Person | None = None) -> bool:
    """Switches an account off or on; returns whether that changed anything. Nobody switches off the own account."""
    _must_run_system(by)
    if by is not None and by.pk == person.pk and not active:
        raise UserError(
            "persons.own_account",
            "不能停用自己的账号，请由另一位管理员操作。",
            "You cannot switch off your own account; another administrator can.",
        )
    with transaction.atomic():
        changed = Person.objects.filter(pk=person.pk, is_active=not active).update(is_active=active)
        if changed:
            verb = "person.switched_on" if active else "person.switched_off"
            record(
                verb,
                person,
                by,
                name=person.name_zh or person.username,
                name_en=person.name_en or person.username,
            )
    return bool(changed)


def locked(person: Person) -> bool:
    """Whether wrong passwords have locked the account for now, from whichever computer they came."""
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    tries = AccessAttempt.objects.filter(username=person.username, attempt_time__gte=since)
    return bool(tries.filter(failures_since_start__gte=settings.AXES_FAILURE_LIMIT).exists())


def unlock(person: Person, by: Person | None = None) -> bool:
    """Forgets an account's wrong passwords; returns whether there were any."""
    _must_run_system(by)
    with transaction.atomic():
        forgotten, _ = AccessAttempt.objects.filter(username=person.username).delete()
        if forgotten:
            record(
                "person.unlocked",
                person,
                by,
                name=person.name_zh or person.username,
                name_en=person.name_en or person.username,
            )
    return bool(forgotten)


def _record_membership(verb: str, membership: Membership, by: Person | None) -> None:
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
    )


def grant(
    person: Person,
    unit: Unit,
    role: Role,
    by: Person | None = None,
    starts: date | None = None,
    ends: date | None = None,
    chosen: list[Unit] | None = None,
) -> Membership:
    """Gives ``person`` the ``role`` in ``unit`` from ``starts`` to ``ends`` (both included, none: open).

    The same grant again returns the one that is there.
    """
    _must_run_system(by)
    if starts and ends and ends < starts:
        raise UserError(
            "memberships.dates",
            f"结束日期 {ends} 早于开始日期 {starts}，请改正。",
            f"The last day {ends} is before the first day {starts}; correct it.",
        )
    with transaction.atomic():
        membership = Membership.objects.filter(person=person, unit=unit, role=role, starts=starts).first()
        if membership is not None and membership.ends == ends:
            return membership
        if membership is None:
            membership = Membership.objects.create(person=person, unit=unit, role=role, starts=starts, ends=ends)
        else:
            membership.ends = ends
            membership.save(update_fields=["ends"])
        if chosen:
            membership.chosen.set(chosen)
        _record_membership("membership.granted", membership, by)
    return membership


def revoke(membership: Membership, by: Person | None = None) -> None:
    """Ends a membership with yesterday, so that it no longer holds today; its history stays."""
    _must_run_system(by)
    day = today() - timedelta(days=1)
    with transaction.atomic():
        if membership.starts and membership.starts > day:
            _record_membership("membership.revoked", membership, by)
            membership.delete()
            return
        membership.ends = day
        membership.save(update_fields=["ends"])
        _record_membership("membership.revoked", membership, by)


def change_password(person: Person, password: str) -> None:
    """Sets the own password; the form has checked the old one and the rules."""
    with transaction.atomic():
        person.set_password(password)
        person.save(update_fields=["password"])
        record("person.password_changed", person, person)
