"""Writes of accounts: each checks permission, changes rows, writes the event."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from commercebrain.desk.access import devices, sessions, tokens
from commercebrain.desk.core.events import record
from commercebrain.desk.core.versioned import Conflict
from commercebrain.desk.people.authority import manages_unit, must_manage_person, must_manage_unit
from commercebrain.desk.people.models import Person, Unit
from commercebrain.engine.errors import UserError

LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another


def _named(person: Person) -> dict[str, Any]:
    return {"name": person.name_zh or person.username, "name_en": person.name_en or person.username}


def create_person(
    username: str,
    password: str | None,
    name_zh: str,
    name_en: str = "",
    by: Person | None = None,
    home: Unit | None = None,
    language: str = "",
) -> Person:
    """Adds an account that ``home`` keeps; without a password nobody can sign in with it until one is set.

    Raises :class:`UserError` for a name that is taken (``persons.taken``) or a weak password (``persons.weak``).
    """
    must_manage_unit(by, home)
    if Person.objects.filter(username__iexact=username).exists():
        raise UserError(
            "persons.taken",
            f"用户名“{username}”已被使用，请换一个。",
            f"The user name “{username}” is taken; choose another one.",
        )
    person = Person(username=username, name_zh=name_zh, name_en=name_en, home=home, language=language)
    if password is not None:
        try:
            validate_password(password, person)
        except ValidationError as fault:
            said = " ".join(fault.messages)
            raise UserError("persons.weak", f"密码不合要求：{said}", f"The password will not do: {said}") from fault
    person.set_password(password)
    with transaction.atomic():
        person.save()
        record("person.created", person, by, unit=home, **_named(person))
    return person


def edit_person(
    person: Person,
    *,
    name_zh: str,
    name_en: str,
    home: Unit | None,
    language: str,
    by: Person | None = None,
    seen: int | None = None,
) -> Person:
    """Changes names, language, and the unit that keeps the account."""
    must_manage_person(by, person)
    if (home.pk if home else None) != person.home_id and not manages_unit(by, home):
        raise PermissionDenied
    with transaction.atomic():
        rows = Person.objects.filter(pk=person.pk)
        if seen is not None:
            rows = rows.filter(version=seen)
        values = {"name_zh": name_zh, "name_en": name_en, "home": home, "language": language}
        if not rows.update(version=F("version") + 1, **values):
            raise Conflict
        person.refresh_from_db()
        record("person.edited", person, by, unit=home, **_named(person))
    return person


def reset_password(person: Person, by: Person | None = None) -> str:
    """Gives the account a new password that works once: it must be changed at the first sign-in.

    Returns it; it is shown to the administrator once and kept nowhere. All sessions of the account end, and so do its
    API tokens: whoever knew the old password may have made one.
    """
    must_manage_person(by, person)
    if by is not None and by.pk == person.pk:
        raise UserError(
            "persons.own_password",
            "请在“我的账号”中修改自己的密码。",
            "Change your own password on the page of your account.",
        )
    fresh = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
    with transaction.atomic():
        person.set_password(fresh)
        person.must_change_password = True
        person.save(update_fields=["password", "must_change_password"])
        AccessAttempt.objects.filter(username=person.username).delete()
        devices.unlock(person.username)
        record("person.password_reset", person, by, unit=person.home, **_named(person))
        tokens.revoke_all(person, by)
    return fresh


FIRST_AT_ONCE = 100  # each password is hashed slowly on purpose


def give_first_passwords(persons: Iterable[Person], by: Person | None = None) -> list[tuple[Person, str]]:
    """Gives accounts that nobody could sign in with yet a first password each, all or none; returns both.

    At most :data:`FIRST_AT_ONCE`. An account that has a password already is left out: it may be somebody's by now.
    """
    given = []
    with transaction.atomic():
        for person in list(persons)[:FIRST_AT_ONCE]:
            row = Person.objects.select_for_update().get(pk=person.pk)
            if not row.has_usable_password() and row.last_login is None and row.is_active:
                given.append((row, reset_password(row, by)))
    return given


def choose_language(person: Person, language: str) -> None:
    """The interface's language of the own account; no event, it is nobody else's business."""
    if language in dict(settings.LANGUAGES) and person.language != language:
        Person.objects.filter(pk=person.pk).update(language=language)
        person.language = language


def switch(person: Person, active: bool, by: Person | None = None) -> bool:
    """Switches an account off or on; returns whether that changed anything. Nobody switches off the own account.

    With the account its sessions and API tokens end: switched on again, it begins anew.
    """
    must_manage_person(by, person)
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
            record(verb, person, by, unit=person.home, **_named(person))
            if not active:
                sessions.end_all(person, by)
                tokens.revoke_all(person, by)
    return bool(changed)


def locked(person: Person) -> bool:
    """Whether wrong passwords have locked the account for now, from whichever computer they came."""
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    tries = AccessAttempt.objects.filter(username=person.username, attempt_time__gte=since)
    return (
        devices.locked(person.username) or tries.filter(failures_since_start__gte=settings.AXES_FAILURE_LIMIT).exists()
    )


def unlock(person: Person, by: Person | None = None) -> bool:
    """Forgets an account's wrong passwords; returns whether there were any."""
    must_manage_person(by, person)
    with transaction.atomic():
        forgotten, _ = AccessAttempt.objects.filter(username=person.username).delete()
        forgotten += devices.unlock(person.username)
        if forgotten:
            record("person.unlocked", person, by, unit=person.home, **_named(person))
    return bool(forgotten)


def change_password(person: Person, password: str) -> None:
    """Sets the own password; the form has checked the old one and the rules."""
    with transaction.atomic():
        person.set_password(password)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        record("person.password_changed", person, person)
