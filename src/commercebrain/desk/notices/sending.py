"""Notices by mail: at once or one digest a working day, to confirmed addresses, never without a mail server."""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from email.utils import make_msgid
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from commercebrain.desk.core.events import sentence
from commercebrain.desk.core.workdays import is_workday
from commercebrain.desk.notices.kinds import kinds
from commercebrain.desk.notices.models import Mail, MailAddress, Notice
from commercebrain.desk.people.models import Person

logger = logging.getLogger(__name__)

DIGEST_AT = time(8, 30)
GIVE_UP_AFTER = 8
LEASE = timedelta(minutes=10)
SALT_CONFIRM, SALT_STOP = "notices.confirm", "notices.stop"
CONFIRM_WITHIN = timedelta(days=2)


def mail_is_configured() -> bool:
    """Whether a mail server has been named (``CBRAIN_MAIL_HOST``); otherwise nothing leaves."""
    return bool(settings.MAIL_IS_CONFIGURED)


def digest_time(now: datetime) -> datetime:
    """The next 08:30 of a working day after ``now``, in the installation's time zone."""
    local = timezone.localtime(now)
    day = local.date()
    if local.time() >= DIGEST_AT:
        day += timedelta(days=1)
    while not is_workday(day):
        day += timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, DIGEST_AT))


def backoff(tries: int, seed: int) -> timedelta:
    """How long to wait after the ``tries``-th failure: doubling from a minute to four hours, spread by a fifth."""
    spread = random.Random(seed * 1000 + tries).uniform(0.9, 1.1)  # noqa: S311 - no secret
    return timedelta(seconds=min(60 * 2 ** (tries - 1), 4 * 3600) * spread)


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_ADDRESS.rstrip('/')}{path}"


def _language(person: Person) -> str:
    return person.language if person.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def stop_token(person: Person, stopped: Iterable[str]) -> str:
    """Signed: lets whoever holds the mail switch off mail of these kinds without signing in."""
    return signing.dumps([person.pk, sorted(set(stopped))], salt=SALT_STOP)


def _message(person: Person, notices: list[Notice], connection: Any) -> EmailMultiAlternatives:
    with translation.override(_language(person)):
        rows = [
            {"kind": str(kinds().get(notice.kind, notice.kind)), "text": sentence(notice.event), "at": notice.event.at}
            for notice in notices
        ]
        stop = _absolute(reverse("notices:stop", args=[stop_token(person, (notice.kind for notice in notices))]))
        context = {"person": person, "rows": rows, "stop": stop, "list": _absolute(reverse("notices:notices"))}
        digest = notices[0].mail_when == Mail.DAILY
        subject = _("{n} notices").format(n=len(rows)) if digest else rows[0]["text"]
        message = EmailMultiAlternatives(
            subject=" ".join(f"{_('Commerce Brain')} · {subject}".split())[:180],  # what people wrote may hold lines
            body=render_to_string("notices/mail.txt", context),
            to=[person.mail_address.address],
            connection=connection,
            headers={
                # The same notice sent again after a crash carries the same id: mail programs show it once.
                "Message-ID": f"<notice-{notices[0].pk}-{len(notices)}@{settings.MAIL_DOMAIN}>",
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Auto-Submitted": "auto-generated",
            },
        )
        message.attach_alternative(render_to_string("notices/mail.html", context), "text/html")
    return message


def send_due(now: datetime | None = None) -> tuple[int, int]:
    """Sends what is due: (mails sent, mails that failed and will be tried again or were given up).

    A digest holds all of a person's daily notices that are due. A notice to a person without a confirmed address
    waits for a week and is then dropped from the mail (it stays in the product). A mail is marked after the server
    has taken it: a crash in between sends it again under the same ``Message-ID``.
    """
    if not mail_is_configured():
        return 0, 0
    now = now or timezone.now()
    due = Notice.objects.filter(mail=Notice.Sending.WAITING, mail_next_at__lte=now)
    due.exclude(person__is_active=True).update(mail=Notice.Sending.NONE)
    due.filter(person__mail_address__confirmed_at=None, made_at__lt=now - timedelta(days=7)).update(
        mail=Notice.Sending.NONE
    )
    rows = due.filter(person__mail_address__confirmed_at__isnull=False)
    rows = rows.select_related("person__mail_address", "event__person").order_by("pk")[:500]
    letters: dict[tuple[int, int], list[Notice]] = defaultdict(list)
    for notice in rows:
        letters[notice.person_id, 0 if notice.mail_when == Mail.DAILY else notice.pk].append(notice)
    if not letters:
        return 0, 0
    sent = failed = 0
    connection = get_connection()
    for notices in letters.values():
        ids = [notice.pk for notice in notices]
        # Claimed before it is sent: of two workers one sends it; a worker that dies leaves it to the next after LEASE.
        claimed = Notice.objects.filter(pk__in=ids, mail=Notice.Sending.WAITING, mail_next_at__lte=now)
        if claimed.update(mail_next_at=now + LEASE) != len(ids):
            continue
        try:
            _message(notices[0].person, notices, connection).send()
        except Exception as fault:  # whatever one letter brings about, the others are sent
            failed += 1
            logger.warning("A mail could not be sent: %s", type(fault).__name__)
            tries = max(notice.mail_tries for notice in notices) + 1
            over = tries >= GIVE_UP_AFTER
            Notice.objects.filter(pk__in=ids).update(
                mail=Notice.Sending.FAILED if over else Notice.Sending.WAITING,
                mail_tries=F("mail_tries") + 1,
                mail_next_at=now + backoff(tries, ids[0]),
            )
        else:
            sent += 1
            Notice.objects.filter(pk__in=ids).update(mail=Notice.Sending.SENT, mail_sent_at=now)
    return sent, failed


def send_confirmation(row: MailAddress) -> bool:
    """Sends the link that confirms an address; returns whether there is a mail server that took it."""
    if not mail_is_configured():
        return False
    token = signing.dumps([row.person_id, row.address], salt=SALT_CONFIRM)
    person = row.person
    with translation.override(_language(person)):
        context = {"person": person, "link": _absolute(reverse("notices:confirm", args=[token]))}
        letter = EmailMultiAlternatives(
            subject=f"{_('Commerce Brain')} · {_('Confirm your mail address')}",
            body=render_to_string("notices/confirm_mail.txt", context),
            to=[row.address],
            headers={"Message-ID": make_msgid(domain=settings.MAIL_DOMAIN), "Auto-Submitted": "auto-generated"},
        )
    try:
        letter.send()
    except (OSError, SMTPException) as fault:
        logger.warning("A confirmation could not be sent: %s", type(fault).__name__)
        return False
    return True
