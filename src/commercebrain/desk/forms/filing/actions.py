"""Sending a report: read, checked, kept once, told to the office that handles it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from commercebrain.desk.core import drafts
from commercebrain.desk.core.clock import KEY, today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.inserts import insert
from commercebrain.desk.core.memo import carrying
from commercebrain.desk.core.prepared import changing, prepared
from commercebrain.desk.forms import exceptions, outbox
from commercebrain.desk.forms.filing import queries
from commercebrain.desk.forms.filing.closed import closed
from commercebrain.desk.forms.filing.reading import Content, read
from commercebrain.desk.forms.models import LockException, Remark, Report, Submission
from commercebrain.desk.forms.moment import now
from commercebrain.desk.forms.personal import with_hidden
from commercebrain.desk.forms.steps import handler
from commercebrain.desk.forms.telling import told
from commercebrain.desk.people.models import Person
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError

LONGEST = 7 * 86_400  # seconds that filling in may take to be told; a page that stood open for longer says nothing
Channel = Submission.Channel


def send(
    report: Report,
    person: Person,
    answers: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]] = (),
    explanations: Mapping[str, str] | None = None,
    *,
    channel: str = Channel.PAGE,
    seconds: int | None = None,
    unchanged: bool = False,
    draft_at: str = "",
) -> Submission:
    """Sends a report with what was typed; with ``unchanged`` the answers and lines are those of last time.

    The same content sent twice is one submission: the first is given back, marked ``repeated``. ``draft_at`` is the page
    whose drafts of the person are over with the sending. Raises
    :class:`~.reading.Refused` with everything that is wrong at once, :class:`~.closed.Closed` where the round takes no
    report of the firm any more, :class:`PermissionDenied` for whoever may not enter it. Expects ``report`` with its round
    and its enterprise.
    """
    if not queries.may_file(person, report):
        raise PermissionDenied
    moment = now()
    own = queries.for_own_firm(person, report)
    if not own:
        channel, answers = Channel.STAFF, with_hidden(report, queries.declared(report.round), answers)
    content = read(report, answers, lines, explanations or {}, unchanged=unchanged, own=own)
    digest = digest_of(content)
    taken = seconds if seconds is not None and 0 <= seconds <= LONGEST else None
    with carrying(KEY), transaction.atomic():
        # The lock makes two sendings of one report stand in line; all that they differ by is read after it.
        held = _taken.first(report.pk)
        if held is None:
            raise Report.DoesNotExist
        held.round, held.enterprise = report.round, report.enterprise
        if held.unit_id == report.unit_id:
            held.unit = report.unit
        newest = queries.latest(held)
        if newest is not None and newest.digest == digest and held.state != Report.State.RETURNED:
            return _again(newest)
        if (reason := closed(held, moment)) is not None:
            raise reason
        if content.faults:
            raise content.refused()
        if newest is not None and newest.digest == digest:
            raise UserError(
                "filing.same_as_returned",
                "内容与被退回的那次完全相同：请按批注修改；如确认无误，请在“答复”中说明理由后再发送。",
                "This is exactly what was sent back: correct it as remarked, or say in “Reply” why it is right.",
            )
        return _keep(held, person, content, digest, newest, moment, channel, taken, draft_at)


def digest_of(content: Content) -> str:
    """The fingerprint of what is sent: answers, lines and explanations, however they came."""
    told = [content.answers, content.lines, content.explanations]
    return sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _again(newest: Submission) -> Submission:
    newest.repeated = True
    return newest


def _keep(
    report: Report, person: Person, content: Content, digest: str, newest: Submission | None, moment: datetime,
    channel: str, seconds: int | None, draft_at: str,
) -> Submission:  # fmt: skip
    number = 1 if newest is None else newest.number + 1
    made = Submission(
        report=report, number=number, answers=content.answers, lines=content.lines, explanations=content.explanations,
        unchanged=content.unchanged, reused=content.reused, asked=content.asked, seconds=seconds, channel=channel,
        digest=digest, sent_at=moment, sent_on=today(), sent_by=person,
    )  # fmt: skip
    insert(made)
    first = report.first_sent_at or moment
    report.unit = handler(report)  # where the firm is now: it may have moved since it was asked
    returned = report.state == Report.State.RETURNED
    _sent(report.pk, report.unit.pk, first, first <= report.round.due_at, content.streak, timezone.now())
    report.state, report.on_time, report.unchanged = Report.State.SENT, first <= report.round.due_at, content.streak
    outbox.count_again(report)
    if returned:
        Remark.objects.filter(report=report, settled_in=None).update(settled_in=made)
    if draft_at:
        drafts.discard_all(person, draft_at)
    record(
        "report.corrected" if returned else "report.sent", report, person, report.unit, number=number, **told(report)
    )
    return made


@prepared
def _taken(pk: int) -> QuerySet[Report]:
    return Report.objects.select_for_update().filter(pk=pk).order_by()


@changing
def _sent(pk: int, unit: int, first: datetime, on_time: bool, unchanged: int, moment: datetime) -> Any:
    return Report.objects.filter(pk=pk), {
        "state": Report.State.SENT, "unit": unit, "first_sent_at": first, "on_time": on_time, "unchanged": unchanged,
        "version": F("version") + 1, "updated_at": moment,
    }  # fmt: skip


def ask_exception(report: Report, person: Person, reason: str, last_day: date) -> LockException:
    """Asks for leave to send a locked report until the end of a day."""
    until = datetime.combine(last_day, time(23, 59), BEIJING)
    return exceptions.ask(person, report.round, reason=reason, until=until, enterprise=report.enterprise)
