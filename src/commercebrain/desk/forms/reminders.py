"""Reminding firms of what they owe: who may, when, by which ways, and what became of each try.

Only under an approval, at most once a working day for each report, within working hours (what is asked for later waits),
and only to the firm's own users and, by telephone, to the contacts that it named for the purpose: the look at a number is
recorded. A try is claimed before it is made: of two workers one makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import pinned, today
from commercebrain.desk.core.events import record, record_read
from commercebrain.desk.core.workdays import add_workdays, is_workday
from commercebrain.desk.forms import connectors
from commercebrain.desk.forms.models import Reminder, Report
from commercebrain.desk.forms.moment import now
from commercebrain.desk.forms.queries import enters_for
from commercebrain.desk.forms.telling import clock, told
from commercebrain.desk.notices.models import Endpoint, MailAddress
from commercebrain.desk.notices.sending import mail_is_configured
from commercebrain.desk.notices.webhooks import webhooks_are_on
from commercebrain.desk.people.models import Membership, Person
from commercebrain.desk.registry.models import EnterpriseContact
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.periods import say_period

INBOX, MAIL, WEBHOOK = "inbox", "mail", "webhook"
BUILT_IN = {INBOX: _("in the product"), MAIL: _("by mail"), WEBHOOK: _("webhook")}
VERBS = {INBOX: "report.reminded", MAIL: "report.reminded_by_mail", WEBHOOK: "report.reminded_by_call"}
CALLS = "report_reminders_call"
#: What became of a try, as it is kept; what a gateway answered stands in its own words.
INTERRUPTED, REPORTED, NOT_CONFIGURED = "interrupted", "reported meanwhile", "not configured"
NO_MAIL, NO_ADDRESS = "no mail server is configured", "no user of the firm has confirmed a mail address"
NO_WEBHOOKS, NO_PROGRAM = "webhooks are off", "no program receives reminders here"
NO_USER, NOBODY = "the firm has no user", "no number and no user of the firm is known"
DETAILS = {
    INTERRUPTED: _("interrupted"),
    REPORTED: _("reported meanwhile"),
    NOT_CONFIGURED: _("not configured"),
    NO_MAIL: _("no mail server is configured"),
    NO_ADDRESS: _("no user of the firm has confirmed a mail address"),
    NO_WEBHOOKS: _("webhooks are off"),
    NO_PROGRAM: _("no program receives reminders here"),
    NO_USER: _("the firm has no user"),
    NOBODY: _("no number and no user of the firm is known"),
}
OPENS, CLOSES = time(8, 30), time(17, 30)
LONGEST = 500
State = Reminder.State


@dataclass
class Reminded:
    """What became of a wish to remind: reminders that were written, and reports left out with the reason."""

    written: list[int] = field(default_factory=list)
    reports: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)


def channels() -> list[tuple[str, Any, bool]]:
    """The ways there are: code, name, and whether this installation has it switched on."""
    ways: list[tuple[str, Any, bool]] = [
        (INBOX, BUILT_IN[INBOX], True),
        (MAIL, BUILT_IN[MAIL], mail_is_configured()),
        (WEBHOOK, BUILT_IN[WEBHOOK], webhooks_are_on()),
    ]

    for code, one in connectors.connectors().items():
        ways.append((code, one.name.say(reader.language()), connectors.is_on(code)))
    return ways


def channel_name(code: str) -> Any:
    """The name of a way; its code where it is declared no longer."""
    return {key: name for key, name, _on in channels()}.get(code, code)


def detail_words(detail: str) -> Any:
    """What became of a try, in the reader's words."""
    if detail.isdigit():
        return ngettext("told to %(n)s receiver", "told to %(n)s receivers", int(detail)) % {"n": detail}
    return DETAILS.get(detail, detail)


def may_remind(person: Any, report: Report) -> bool:
    """Whether a person may remind: of the unit that handles the report or of the one that opened the round."""
    return enters_for(person, report.unit_id, report.round.unit_id)


def working_hours(moment: datetime) -> bool:
    """Whether reminders go out at a moment: a working day, 08:30 to 17:30 Beijing time. A business date that stands
    still has no time of day."""
    local = moment.astimezone(BEIJING)
    return is_workday(local.date()) and (pinned() or OPENS <= local.time() < CLOSES)


def goes_out(moment: datetime) -> date:
    """The working day on which a reminder that is asked for at a moment goes out: the same, or the next one."""
    local = moment.astimezone(BEIJING)
    over = not pinned() and local.time() >= CLOSES
    return local.date() if is_workday(local.date()) and not over else add_workdays(local.date(), 1)


def default_text(report: Report) -> str:
    """What a reminder says where nobody wrote otherwise: form, period, until when."""
    name = (report.round.declaration.get("name") or {}).get("zh", report.round.form)
    return f"请填报《{name}》{say_period(report.round.period, 'zh')}，截止{clock(report.round.due_at)}，登录后在“填报”中办理。"


def remind(person: Person, reports: Iterable[Report], ways: Sequence[str], text: str = "") -> Reminded:
    """Writes a reminder by each of ``ways`` for every report that may be reminded of; :func:`send_due` makes them.

    Raises :class:`UserError` for no way, or one that is not there. Reports that may not be reminded of are named with
    the reason: no right, no approval, nothing owed, not open, or reminded of today already.
    """
    known = {code for code, _name, _on in channels()}
    chosen = list(dict.fromkeys(ways))
    if not chosen or set(chosen) - known:
        raise UserError("reminders.no_way", "请选择提醒方式。", "Choose how to remind.")
    done = Reminded()
    for report in reports:
        fault = _why_not(person, report)
        if fault is None and not _write(person, report, chosen, text, done):
            fault = ("今天已经提醒过", "reminded of today already")
        if fault is not None:
            done.refused.append((str(report.enterprise), *fault))
    return done


def _why_not(person: Person, report: Report) -> tuple[str, str] | None:
    round_ = report.round
    moment = now()
    if not may_remind(person, report):
        return "不由您办理", "it is not yours to remind"
    if not round_.approval:
        return "没有批准文号，不催报", "the form has no approval: nobody is reminded"
    if report.state not in (Report.State.ASKED, Report.State.RETURNED):
        return "企业已经报送", "the firm has reported"
    if moment < round_.opens_at:
        return "还未开始填报", "it is not open yet"
    if moment >= round_.locks_at:
        return "本期已经锁定", "the round is locked"
    return None


def _write(person: Person, report: Report, ways: list[str], text: str, done: Reminded) -> bool:
    """Writes the reminders unless one goes out on the same working day; the report's row is held meanwhile.

    What did not reach anybody (failed, not configured) does not stand in the way of another try.
    """
    moment = now()
    with transaction.atomic():
        Report.objects.select_for_update().get(pk=report.pk)
        made = Reminder.objects.filter(report=report, state__in=(State.WAITING, State.SENT)).order_by("-at").first()
        if made is not None and goes_out(made.at) >= goes_out(moment):
            return False
        said = (text.strip() or default_text(report))[:LONGEST]
        for way in ways:
            row = Reminder.objects.create(report=report, channel=way, text=said, at=moment, by=person)
            done.written.append(row.pk)
    done.reports += 1
    return True


def last_reminders(reports: Iterable[int]) -> dict[int, datetime]:
    """When each report was last reminded of."""
    rows = Reminder.objects.filter(report__in=list(reports)).values("report").annotate(last=Max("at")).order_by()
    return {row["report"]: row["last"] for row in rows}


# --- making the tries --------------------------------------------------------------------------------------------------
def send_due(only: Iterable[int] | None = None, most: int = 500) -> dict[str, int]:
    """Makes the tries that wait, within working hours; returns how many ended how."""
    counts = dict.fromkeys((State.SENT, State.FAILED, State.OFF), 0)
    if not working_hours(now()):
        return counts
    rows = Reminder.objects.filter(state=State.WAITING)
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    wanted = rows.select_related("report__round", "report__enterprise", "report__unit", "by").order_by("pk")[:most]
    for row in wanted:
        if state := _make(row):
            counts[state] += 1
    return counts


def _make(row: Reminder) -> str:
    """One try: claimed, made, noted. A worker that stops in between leaves it failed, not doubled."""
    claimed = Reminder.objects.filter(pk=row.pk, state=State.WAITING)
    if not claimed.update(state=State.FAILED, detail=INTERRUPTED):
        return ""
    report = Report.objects.select_related("round", "enterprise", "unit").get(pk=row.report_id)
    if report.state not in (Report.State.ASKED, Report.State.RETURNED):
        state, detail = State.OFF, REPORTED
    elif row.channel in VERBS:
        state, detail = _inside(row, report)
    else:
        state, detail = _outside(row, report)
    Reminder.objects.filter(pk=row.pk).update(state=state, detail=detail[:300])
    return str(state)


def _inside(row: Reminder, report: Report) -> tuple[str, str]:
    """By notice, mail or webhook: an event that the notices tell on."""
    users = set(
        Membership.objects.in_force(today())
        .filter(firm=report.enterprise_id, person__is_active=True)
        .values_list("person", flat=True)
    )
    if row.channel == MAIL:
        if not mail_is_configured():
            return State.OFF, NO_MAIL
        users = set(
            MailAddress.objects.filter(person__in=users, confirmed_at__isnull=False).values_list("person", flat=True)
        )
        if not users:
            return State.FAILED, NO_ADDRESS
    elif row.channel == WEBHOOK:
        if not webhooks_are_on():
            return State.OFF, NO_WEBHOOKS
        ends = Endpoint.objects.filter(active=True).select_related("unit")
        users = {one.pk for one in ends if CALLS in one.kinds and report.unit.path.startswith(one.unit.path)}
        if not users:
            return State.FAILED, NO_PROGRAM
    elif not users:
        return State.FAILED, NO_USER
    data = {**told(report), "due": clock(report.round.due_at)}
    record(VERBS[row.channel], report, row.by, report.unit, **data)
    return State.SENT, str(len(users))


def _outside(row: Reminder, report: Report) -> tuple[str, str]:
    """Through a declared gateway, to each number or user; one that takes it is enough."""
    connector = connectors.connectors().get(row.channel)
    if connector is None or not connectors.is_on(row.channel):
        return State.OFF, NOT_CONFIGURED
    words = {"text": row.text, "firm": report.enterprise.name_zh, "id": f"reminder-{row.pk}"}
    whom = _phones(row, report) if connector.to == "phone" else _accounts(report)
    if not whom:
        return State.FAILED, NOBODY
    answers = [connectors.send(connector, {**words, **one}) for one in whom]
    good = sum(fine for fine, _told in answers)
    detail = f"{good}/{len(answers)} " + next((said for fine, said in answers if not fine), answers[0][1])
    if not good:
        return State.FAILED, detail
    name = connector.name
    record(
        "report.reminded_by_connector", report, row.by, report.unit, channel=name.zh, channel_en=name.en,
        **told(report),
    )  # fmt: skip
    return State.SENT, detail


def _phones(row: Reminder, report: Report) -> list[dict[str, str]]:
    """The number of the firm's main contact (all contacts where none is marked); the use of each is recorded."""
    held = list(EnterpriseContact.objects.filter(enterprise=report.enterprise_id).exclude(phone=""))
    chosen = [one for one in held if one.main] or held
    found = []
    for one in chosen[:3]:
        if row.by is not None:
            what = (f"{report.enterprise.name_zh}的联系电话", f"the telephone number of {report.enterprise}")
            record_read(one, row.by, what, reason="催报提醒", unit=report.unit)
        found.append({"phone": "".join(c for c in one.phone if c.isdigit() or c == "+"), "name": one.name})
    return found


def _accounts(report: Report) -> list[dict[str, str]]:
    rows = Membership.objects.in_force(today()).filter(firm=report.enterprise_id, person__is_active=True)
    return [{"account": one.person.username, "name": str(one.person)} for one in rows.select_related("person")]
