"""Writes: what is read, what a person subscribes to, which programs are called."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from commercebrain.desk.access.limits import count
from commercebrain.desk.core.events import record
from commercebrain.desk.notices import webhooks
from commercebrain.desk.notices.kinds import kinds
from commercebrain.desk.notices.models import Call, Endpoint, Mail, MailAddress, Notice, Subscription
from commercebrain.desk.notices.sending import (
    CONFIRM_WITHIN,
    SALT_CONFIRM,
    SALT_STOP,
    mail_is_configured,
    send_confirmation,
)
from commercebrain.desk.people.authority import must_manage_unit
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.people.queries import units_visible_to
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError

OVERLAP = timedelta(days=2)  # how long the earlier secret goes on signing after a change
ASK_AGAIN_AFTER = timedelta(minutes=2)


def mark_read(person: Person, notices: Iterable[int] | None = None) -> int:
    """Marks the person's own notices as read (none given: all); returns how many that changed."""
    rows = Notice.objects.filter(person=person, read_at=None)
    if notices is not None:
        rows = rows.filter(pk__in=list(notices))
    return rows.update(read_at=timezone.now())


def _known(kind: str) -> None:
    if kind not in kinds():
        raise UserError(
            "notices.unknown_kind",
            f"没有“{kind}”这种通知，请从 {'、'.join(kinds())} 中选择。",
            f"There is no kind of notice “{kind}”; choose one of {', '.join(kinds())}.",
        )


def subscribe(
    person: Person,
    kind: str,
    *,
    in_app: bool = True,
    mail: str = Mail.OFF,
    region: Region | None = None,
    unit: Unit | None = None,
) -> Subscription:
    """Says how ``person`` is told about ``kind``; with a place, also about what happens there.

    Raises :class:`UserError` for an unknown kind or a unit out of sight. A subscription gives no right: what the
    person may not see is not told.
    """
    _known(kind)
    if mail not in Mail.values:
        raise UserError("notices.bad_mail", f"没有“{mail}”这种邮件方式。", f"There is no way of mail called “{mail}”.")
    if unit is not None and not units_visible_to(person).filter(pk=unit.pk).exists():
        raise PermissionDenied
    row, _made = Subscription.objects.update_or_create(
        person=person, kind=kind, region=region, unit=unit, defaults={"in_app": in_app, "mail": mail}
    )
    return row


def unsubscribe(person: Person, subscription: int) -> bool:
    """Removes one of the person's own subscriptions; returns whether there was one."""
    return bool(Subscription.objects.filter(person=person, pk=subscription).delete()[0])


def set_address(person: Person, address: str) -> MailAddress | None:
    """Sets where a person gets mail, and sends the link that confirms it; empty removes the address.

    Raises :class:`UserError` for something that is no address, when asked again within two minutes, and (``TooMany``)
    after ten in an hour, whichever the addresses: nobody's letter box is filled through this.
    """
    address = address.strip()
    if not address:
        MailAddress.objects.filter(person=person).delete()
        return None
    try:
        validate_email(address)
    except ValidationError:
        raise UserError(
            "notices.bad_address",
            f"“{address[:80]}”不是邮件地址，请写成 name@example.org 的样子。",
            f"“{address[:80]}” is no mail address; write it like name@example.org.",
        ) from None
    now = timezone.now()
    row = MailAddress.objects.filter(person=person).first()
    if row is not None and row.asked_at and now - row.asked_at < ASK_AGAIN_AFTER:
        raise UserError(
            "notices.asked_just_now",
            "确认邮件刚刚发出，请两分钟后再试。",
            "A confirmation was sent just now; try again in two minutes.",
        )
    if row is not None and row.address == address and row.confirmed_at:
        return row
    count("confirmation", person.pk)
    row, _made = MailAddress.objects.update_or_create(
        person=person, defaults={"address": address, "confirmed_at": None, "asked_at": now}
    )
    if mail_is_configured() and not send_confirmation(row):
        row.asked_at = None
        row.save(update_fields=["asked_at"])
        raise UserError(
            "notices.not_sent",
            "邮件服务器暂时没有应答，确认邮件未发出；请稍后再试。",
            "The mail server does not answer, so the confirmation was not sent; try again later.",
        )
    return row


def confirm_address(token: str) -> MailAddress:
    """Confirms the address of a signed link.

    Raises :class:`UserError` for a link that is old, false, or of an address that was changed since.
    """
    try:
        person, address = signing.loads(token, salt=SALT_CONFIRM, max_age=CONFIRM_WITHIN)
    except signing.BadSignature:
        raise _old_link() from None
    row = MailAddress.objects.filter(person=person, address=address).first()
    if row is None:
        raise _old_link()
    if row.confirmed_at is None:
        row.confirmed_at = timezone.now()
        row.save(update_fields=["confirmed_at"])
    return row


def _old_link() -> UserError:
    return UserError(
        "notices.old_link",
        "链接无效或已过期，请在“通知设置”中重新发送。",
        "The link is not valid or too old; have a new one sent from the notice settings.",
    )


def read_stop(token: str) -> tuple[Person, list[str]]:
    """Whose mail of which kinds a signed link switches off. Raises :class:`UserError` for a false link."""
    try:
        pk, stopped = signing.loads(token, salt=SALT_STOP)
        return Person.objects.get(pk=pk), list(stopped)
    except (signing.BadSignature, Person.DoesNotExist, ValueError, TypeError):
        raise _old_link() from None


def stop_mail(token: str) -> tuple[Person, list[str]]:
    """Switches off mail of the link's kinds, wherever subscribed; in the product the notices go on."""
    person, stopped = read_stop(token)
    with transaction.atomic():
        Subscription.objects.filter(person=person, kind__in=stopped).update(mail=Mail.OFF)
        for kind in stopped:
            known = kinds().get(kind)
            if known is not None and known.mail != Mail.OFF:
                Subscription.objects.get_or_create(person=person, kind=kind, region=None, unit=None)
        waiting = Notice.objects.filter(person=person, kind__in=stopped, mail=Notice.Sending.WAITING)
        waiting.update(mail=Notice.Sending.NONE)
    return person, stopped


def register_endpoint(by: Person, name: str, url: str, unit: Unit, wanted: list[str]) -> tuple[Endpoint, str]:
    """Registers a program to call; returns it with its secret, which is shown this once.

    Raises :class:`UserError` for an address that is refused, an unknown kind, or where webhooks are off.
    """
    must_manage_unit(by, unit)
    if not webhooks.webhooks_are_on():
        raise UserError(
            "webhooks.off",
            "本系统未开放向外部程序推送；需要时请管理员设置 CBRAIN_WEBHOOKS=1 后重启。",
            "This installation calls no other programs; set CBRAIN_WEBHOOKS=1 and restart if that is wanted.",
        )
    for kind in wanted:
        _known(kind)
    webhooks.resolve(url)
    secret = webhooks.new_secret()
    with transaction.atomic():
        row = Endpoint.objects.create(
            name=name, url=url, unit=unit, kinds=sorted(set(wanted)), secret=webhooks.kept_secret(secret), made_by=by
        )
        record("webhook.registered", row, by, unit=unit, name=name, url=url)
    return row, secret


def change_secret(by: Person, endpoint: Endpoint) -> str:
    """Gives a new secret; for two days calls carry both signatures, so that the receiver can change in peace."""
    must_manage_unit(by, endpoint.unit)
    secret = webhooks.new_secret()
    with transaction.atomic():
        row = Endpoint.objects.select_for_update().select_related("unit").get(pk=endpoint.pk)
        row.earlier_secret, row.earlier_until = row.secret, timezone.now() + OVERLAP
        row.secret = webhooks.kept_secret(secret)
        row.save(update_fields=["secret", "earlier_secret", "earlier_until"])
        record("webhook.secret_changed", row, by, unit=row.unit, name=row.name)
    return secret


def switch_endpoint(by: Person, endpoint: Endpoint, active: bool) -> None:
    """Pauses or resumes the calls to a program; what waits is called again on resuming."""
    must_manage_unit(by, endpoint.unit)
    with transaction.atomic():
        changed: dict[str, Any] = {"active": active, "failures": 0}
        if active:
            changed["paused_because"] = ""
        if Endpoint.objects.filter(pk=endpoint.pk).exclude(active=active).update(**changed):
            verb = "webhook.resumed" if active else "webhook.stopped"
            record(verb, endpoint, by, unit=endpoint.unit, name=endpoint.name)


def call_again(by: Person, call: Call) -> bool:
    """Puts a call that was given up (or received) into the queue once more; returns whether it was not there."""
    must_manage_unit(by, call.endpoint.unit)
    now = timezone.now()
    changed = Call.objects.filter(pk=call.pk).exclude(state=Call.State.WAITING).update(
        state=Call.State.WAITING, next_at=now, made_at=now
    )  # fmt: skip
    return bool(changed)
