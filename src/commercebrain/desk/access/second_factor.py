"""One-time codes (TOTP, RFC 6238) and recovery codes: django-allauth's primitives, with our pages and our locks.

allauth remembers a used code in the cache of one process; here the counter of the last accepted code is kept in the
row and compared under a lock, so that no code is taken twice by any of the server's processes.
"""

from __future__ import annotations

import base64
import time
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from commercebrain.desk.access.limits import forget
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.authority import must_manage_person
from commercebrain.desk.people.models import Membership, Person
from commercebrain.engine.errors import UserError

TOTP, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES


def has_one(person: Person) -> bool:
    """Whether the account asks for a code."""
    return Authenticator.objects.filter(user=person, type=TOTP).exists()


def needs_one(person: Person) -> bool:
    """Whether a role that the person holds today demands it (``CBRAIN_SECOND_FACTOR_ROLES``)."""
    if not settings.SECOND_FACTOR_ROLES:
        return False
    held = Membership.objects.in_force(today()).filter(person=person)
    return bool(held.filter(role__code__in=settings.SECOND_FACTOR_ROLES).exists())


def new_secret() -> str:
    """A fresh secret in base32; nothing is stored before a code proves that the device has it."""
    return generate_totp_secret()


def setup_address(person: Person, secret: str) -> str:
    """The ``otpauth://`` address that an authenticator app reads."""
    return str(get_adapter().build_totp_url(person, secret))


def picture(person: Person, secret: str) -> str:
    """The same as a QR code: an SVG as a ``data:`` address, which the content policy allows for images."""
    svg = get_adapter().build_totp_svg(setup_address(person, secret))
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _counter_of(secret: str, code: str) -> int | None:
    """The counter whose code this is, within one period either way; none where it is none."""
    now = int(time.time()) // app_settings.TOTP_PERIOD
    found = None
    for counter in range(now - 1, now + 2):  # all are compared, so that the time taken says nothing
        if constant_time_compare(format_hotp_value(hotp_value(secret, counter)), code):
            found = counter
    return found


def _plain(code: str) -> str:
    return "".join(sign for sign in code if sign.isascii() and sign.isdigit())[:20]


def set_up(person: Person, secret: str, code: str) -> list[str]:
    """Turns one-time codes on once ``code`` proves that the device has ``secret``; returns the recovery codes.

    Raises :class:`UserError` for a wrong code (``second_factor.wrong``) or where they are on already.
    """
    counter = _counter_of(secret, _plain(code))
    if counter is None:
        raise _wrong()
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        if has_one(person):
            raise UserError(
                "second_factor.there",
                "动态口令已启用；如需更换请先停用。",
                "One-time codes are on already; turn them off first.",
            )
        data = {"secret": get_adapter().encrypt(secret), "last_counter": counter}
        Authenticator.objects.create(user=person, type=TOTP, data=data)
        codes = _fresh_codes(person)
        record("second_factor.set_up", person, person, unit=person.home)
    return codes


def _fresh_codes(person: Person) -> list[str]:
    Authenticator.objects.filter(user=person, type=RECOVERY).delete()
    return list(RecoveryCodes.activate(person).generate_codes())


def renew_recovery_codes(person: Person) -> list[str]:
    """Ten new recovery codes; the old ones end."""
    with transaction.atomic():
        codes = _fresh_codes(person)
        record("second_factor.codes_renewed", person, person, unit=person.home)
    return codes


def recovery_codes_left(person: Person) -> int:
    """How many recovery codes are unused."""
    row = Authenticator.objects.filter(user=person, type=RECOVERY).first()
    return len(RecoveryCodes(row).get_unused_codes()) if row else 0


def check(person: Person, code: str) -> bool:
    """Whether ``code`` is right and was not used before: a one-time code (6 digits) or a recovery code (8).

    The caller counts the tries (``limits.count("second_step", …)``).
    """
    given = _plain(code)
    with transaction.atomic():
        rows: dict[Any, Authenticator] = {
            row.type: row for row in Authenticator.objects.select_for_update().filter(user=person)
        }
        if (row := rows.get(TOTP)) is None:
            return False
        if len(given) != app_settings.TOTP_DIGITS:
            codes = rows.get(RECOVERY)
            if codes is None or not RecoveryCodes(codes).validate_code(given):
                return False
            record("second_factor.recovery_used", person, person, unit=person.home, left=recovery_codes_left(person))
            return True
        counter = _counter_of(get_adapter().decrypt(row.data["secret"]), given)
        if counter is None or counter <= row.data.get("last_counter", -1):
            return False
        row.data["last_counter"] = counter
        row.last_used_at = timezone.now()
        row.save(update_fields=["data", "last_used_at"])
    return True


def turn_off(person: Person, by: Person | None = None) -> bool:
    """Turns one-time codes off: one's own, or by whoever manages the account (a lost telephone).

    Returns whether there were any. A role that demands them asks for new ones at the next sign-in.
    """
    if by is None or by.pk != person.pk:
        must_manage_person(by, person)
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user=person).delete()
        forget("second_step", person.pk)
        if removed:
            own = by is not None and by.pk == person.pk
            record(
                "second_factor.turned_off" if own else "second_factor.reset", person, by, unit=person.home,
                name=person.name_zh or person.username, name_en=person.name_en or person.username,
            )  # fmt: skip
    return bool(removed)


def _wrong() -> UserError:
    return UserError(
        "second_factor.wrong",
        "动态口令不正确或已用过；请等待下一个口令，并检查手机时间是否准确。",
        "The code is wrong or was used before; wait for the next one and check that the telephone's clock is right.",
    )


def must_be_right(person: Person, code: str) -> None:
    """Raises :class:`UserError` (``second_factor.wrong``) unless :func:`check` takes the code."""
    if not check(person, code):
        raise _wrong()
