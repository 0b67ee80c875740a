"""Tokens of programs: made, found again, revoked."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from commercebrain.desk.access.models import ApiToken
from commercebrain.desk.core.events import record
from commercebrain.desk.people.authority import must_manage_person
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError

MOST_DAYS = 366
MOST_TOKENS = 20
USE_TOLD_EVERY = timedelta(minutes=1)
BEGINNING = "cbt"
SAFE = {"GET", "HEAD", "OPTIONS"}


class BadToken(UserError):  # noqa: N818 - it is an answer, not a fault of the program
    """The token opens nothing; the API answers 401 with the sentence."""

    status = 401


@dataclass(frozen=True)
class Fresh:
    """A new token with its text, which is shown once and kept nowhere."""

    token: ApiToken
    text: str


def create(person: Person, name: str, scope: str, days: int, areas: Collection[str] = ()) -> Fresh:
    """Makes a token for ``person`` that ends after ``days`` (at most a year); ``areas`` limits it (``plans``, ``tasks``).

    Raises :class:`UserError` for a name that is empty or in use, for a time that is too long, for too many tokens.
    """
    name = name.strip()[:60]
    live = [token for token in person.api_tokens.filter(revoked_at=None) if token.state == "live"]
    if not name or any(token.name == name for token in live):
        raise UserError(
            "tokens.name",
            f"令牌名称“{name}”为空或与在用令牌重名，请换一个能说明用途的名称。",
            f"The name “{name}” is empty or used by another live token; choose one that says what it is for.",
        )
    if not 1 <= days <= MOST_DAYS or scope not in ApiToken.Scope.values:
        raise UserError(
            "tokens.days",
            f"令牌有效期为 1 至 {MOST_DAYS} 天，权限为只读或读写。",
            f"A token lasts from 1 to {MOST_DAYS} days and may read, or read and write.",
        )
    if len(live) >= MOST_TOKENS:
        raise UserError(
            "tokens.many",
            f"您已有 {len(live)} 个在用令牌；请先撤销不用的。",
            f"You have {len(live)} live tokens already; revoke those that are not used.",
        )
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    text = f"{BEGINNING}_{prefix}_{secret}"
    with transaction.atomic():
        token = ApiToken.objects.create(
            person=person, name=name, prefix=prefix, digest=sha256(text.encode()).hexdigest(), scope=scope,
            areas=sorted(set(areas)), expires_at=timezone.now() + timedelta(days=days),
        )  # fmt: skip
        record("token.created", token, person, unit=person.home, token=name, until=token.expires_at.date())
    return Fresh(token, text)


def revoke(token: ApiToken, by: Person | None = None) -> bool:
    """Ends a token: one's own, or by whoever manages the account. Returns whether it was still alive."""
    person = token.person
    if by is not None and by.pk != person.pk:
        must_manage_person(by, person)
    with transaction.atomic():
        changed = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
        if changed:
            named = {"name": person.name_zh or person.username, "name_en": person.name_en or person.username}
            record("token.revoked", token, by, unit=person.home, token=token.name, **named)
    return bool(changed)


def revoke_all(person: Person, by: Person | None = None) -> int:
    """Ends every live token of an account; returns how many there were."""
    return sum(revoke(token, by) for token in tokens_of(person).filter(revoked_at=None, expires_at__gt=timezone.now()))


def tokens_of(person: Person) -> QuerySet[ApiToken]:
    """The tokens of one account, the latest first."""
    return ApiToken.objects.filter(person=person)


def opened_by(text: str, address: str = "") -> ApiToken:
    """The live token with this text, its person loaded; notes its use, at most once a minute.

    Raises :class:`BadToken` for one that is unknown, over, revoked, or of an account that is switched off. Unknown
    ones get one sentence whatever is wrong with them, so that nothing can be learnt by guessing.
    """
    beginning, _, rest = text.partition("_")
    prefix = rest.partition("_")[0]
    row = (
        ApiToken.objects.select_related("person").filter(prefix=prefix[:12]).first() if beginning == BEGINNING else None
    )
    digest = sha256(text.encode()).hexdigest()
    if row is None or not constant_time_compare(row.digest, digest) or not row.person.is_active:
        raise BadToken(
            "tokens.unknown",
            "令牌无效：请检查是否完整复制，或在“登录与安全”中新建一个。",
            "This token is not valid: check that it was copied whole, or make a new one under “Sign-in and security”.",
        )
    if row.state != "live":
        over = row.revoked_at or row.expires_at
        raise BadToken(
            f"tokens.{row.state}",
            f"令牌“{row.name}”已于 {over:%Y-%m-%d} {'撤销' if row.revoked_at else '到期'}，请新建一个。",
            f"The token “{row.name}” {'was revoked' if row.revoked_at else 'expired'} on {over:%Y-%m-%d}; make a new one.",
        )
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at > USE_TOLD_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now, last_address=address or None)
    return row


def must_allow(token: ApiToken, method: str, path: str) -> None:
    """Raises :class:`UserError` with status 403 where the token does not reach: a write, or another area."""
    if token.scope == ApiToken.Scope.READ and method not in SAFE:
        fault = UserError(
            "tokens.read_only",
            f"令牌“{token.name}”只能读取；写入需要“读写”令牌。",
            f"The token “{token.name}” only reads; writing needs a token that may write.",
        )
    elif token.areas and path.removeprefix("/api/").removeprefix("feed/").partition("/")[0] not in token.areas:
        fault = UserError(
            "tokens.area",
            f"令牌“{token.name}”只限 {'、'.join(token.areas)}，不含此接口。",
            f"The token “{token.name}” is limited to {', '.join(token.areas)}; this address is not among them.",
        )
    else:
        return
    fault.status = 403
    raise fault
