"""Who has not reported, and the reports themselves: lists with reminders and passing for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commercebrain.desk.core import reader
from commercebrain.desk.core.bulk import BulkAction, Outcome
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.filters import Filter, RegionFilter, Words, YesNo
from commercebrain.desk.core.generic import Column, ListPage
from commercebrain.desk.core.jobs import start
from commercebrain.desk.core.workdays import workdays_between
from commercebrain.desk.forms import queries, reminders, rounds, steps
from commercebrain.desk.forms.board.words import form_name, period_name, status_cell, status_word
from commercebrain.desk.forms.models import Reminder, Report, Round
from commercebrain.desk.forms.moment import now
from commercebrain.desk.lists.queries import firms_on
from commercebrain.desk.people.models import Right
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.status import WORDS, Status

READS = ("forms.report", "企业报表", "reports of firms")
State = Report.State


# --- filters -----------------------------------------------------------------------------------------------------------
def _forms(request: HttpRequest) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for form, unit in queries.offered(request.user):
        if form not in found:
            row = Round.objects.filter(form=form, unit=unit).first()
            found[form] = form_name(row) if row else form
    return list(found.items())


def _periods(request: HttpRequest) -> list[tuple[str, str]]:
    held = queries.rounds(request.user).filter(opens_at__lte=now()).order_by("-opens_at")
    names = list(dict.fromkeys(held.values_list("period", flat=True)[:60]))
    return [(one, period_name(one)) for one in names]


def _kinds(request: HttpRequest) -> list[tuple[str, str]]:
    return [(kind.code, kind.name.say(reader.language())) for kind in queries.chase_kinds()]


def _on_list(rows: QuerySet[Any], code: str) -> QuerySet[Any]:
    return rows.filter(enterprise__in=firms_on(code, None, today()))


def _in_status(rows: QuerySet[Any], code: str) -> QuerySet[Any]:
    moment = now()
    by = {
        Status.NOT_YET: Q(state=State.ASKED, round__opens_at__gt=moment),
        Status.DUE: Q(state=State.ASKED, round__opens_at__lte=moment, round__due_at__gte=moment),
        Status.OVERDUE: Q(state=State.ASKED, round__due_at__lt=moment),
        Status.FILED: Q(state=State.SENT),
        Status.RETURNED: Q(state=State.RETURNED),
        Status.PASSED: Q(state=State.PASSED),
        Status.EXCUSED: Q(state=State.EXCUSED),
    }
    return rows.filter(by[Status(code)])


def _reminded(rows: QuerySet[Any], yes: bool) -> QuerySet[Any]:
    there = Exists(Reminder.objects.filter(report=OuterRef("pk"), state=Reminder.State.SENT))
    return rows.filter(there) if yes else rows.filter(~there)


class Said(YesNo):
    """Whether the firm was reminded."""

    def query(self, rows: QuerySet[Any], value: bool) -> QuerySet[Any]:
        """By what was sent."""
        return _reminded(rows, value)


class Mine(YesNo):
    """Whether a report waits for the own units."""

    def read(self, params: Any, request: Any = None) -> Any:
        """With the reader, whose units are meant."""
        value = super().read(params, request)
        return None if value is None else (value, request.user)

    def query(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Waiting for the own units, or not."""
        own = queries.waiting(value[1]).order_by().values("pk")
        return rows.filter(pk__in=own) if value[0] else rows.exclude(pk__in=own)


def _statuses(*which: Status) -> list[tuple[str, Any]]:
    return [(str(one), _Word(one)) for one in which]


class _Word:
    """The word of a status in the reader's language, said when it is shown."""

    def __init__(self, one: Status) -> None:
        self.one = one

    def __str__(self) -> str:
        return WORDS[self.one].say(reader.language())


FORM = Filter("form", _("Form"), _forms, lookup="round__form")
PERIOD = Filter("period", _("Period"), _periods, lookup="round__period")
COUNTY = RegionFilter("county", _("County"), lookup="county")
TOWN = Filter("township", _("Township code"), lookup="township__code")
LIST = Filter("list", _("Chase list"), _kinds, apply=_on_list)


# --- columns -----------------------------------------------------------------------------------------------------------
def _link(report: Report) -> str:
    return reverse("forms:report", args=[report.pk])


def _late(report: Report) -> int | None:
    """Working days since the due day; none while it is not over, nor where a year's holidays are not known yet."""
    due = report.round.due_at
    try:
        return workdays_between(timezone.localtime(due).date(), today()) if due < now() else None
    except UserError:
        return None


def _moved(report: Report) -> str:
    if report.enterprise.region_id == report.county_id:
        return str(report.county)
    return _t("%(county)s (since moved)") % {"county": report.county}


FIRM = Column("firm", _("Firm"), "enterprise", sort="enterprise__name_zh", link=_link)
COLUMNS = (
    FIRM,
    Column("county", _("County"), _moved, sort="county__code"),
    Column("township", _("Township"), "township", sort="township__code"),
    Column("form", _("Form"), lambda row: form_name(row.round), sort="round__form"),
    Column("period", _("Period"), lambda row: period_name(row.round.period), sort="round__opens_at"),
    Column("status", _("Reporting status"), status_word, show=status_cell),
    Column("due", _("Due"), "round.due_at", sort="round__due_at"),
)


class WithRows(ListPage):
    """A list of reports, completed with what each line tells besides."""

    search_fields = ("enterprise__name_zh", "enterprise__name_en", "enterprise__uscc")
    search_hint = _("firm or credit code")
    reads = READS
    confidential = True

    def prepare(self, rows: Sequence[Any]) -> Sequence[Any]:
        """When each was last reminded of, and the chase lists that its firm stands on."""
        last: dict[int, Reminder] = {}
        for row in Reminder.objects.filter(report__in=[one.pk for one in rows]).order_by("at", "pk"):
            last[row.report_id] = row
        held = [
            (kind.name.say(reader.language()), firms_on(kind.code, None, today())) for kind in queries.chase_kinds()
        ]
        for one in rows:
            one.last_reminder = last.get(one.pk)
            one.stands_on = [name for name, firms in held if one.enterprise_id in firms]
        return rows


def _last(report: Any) -> str:
    row = report.last_reminder
    if row is None:
        return ""
    return f"{timezone.localtime(row.at):%m-%d %H:%M} {reminders.channel_name(row.channel)} {row.get_state_display()}"


# --- bulk --------------------------------------------------------------------------------------------------------------
def _ways() -> list[tuple[str, str]]:
    return [
        (code, str(name) if on else _t("%(way)s (not configured: it is only noted)") % {"way": name})
        for code, name, on in reminders.channels()
    ]


class RemindForm(forms.Form):
    """By which ways, and in which words."""

    ways = forms.MultipleChoiceField(
        label=_("Ways"), choices=_ways, initial=[reminders.INBOX], widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(
        label=_("Text"), required=False, max_length=reminders.LONGEST, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Left empty: form, period and until when."),
    )  # fmt: skip


def _remind(request: HttpRequest, rows: Any, data: dict[str, Any]) -> Outcome:
    held = queries.reports(request.user).filter(pk__in=rows.order_by().values("pk"))
    done = reminders.remind(request.user, held, data["ways"], data["text"])
    outcome = Outcome(done.reports)
    for name, zh, en in done.refused:
        outcome.refuse(name, zh if reader.chinese() else en)
    if done.written:
        job = start("forms.remind", request.user, reminders=done.written)
        job.refresh_from_db()
        if not reminders.working_hours(now()):
            messages.info(request, _t("It is outside working hours: the reminders go out on the next working morning at 08:30."))  # fmt: skip
    return outcome


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


def _excuse(request: HttpRequest, rows: Any, data: dict[str, Any]) -> Outcome:
    return _each(request, rows, lambda row: rounds.excuse(row, request.user, data["reason"]))


def _pass(request: HttpRequest, rows: Any, data: dict[str, Any]) -> Outcome:
    return _each(request, rows, lambda row: steps.pass_on(row, request.user))


def _each(request: HttpRequest, rows: Any, act: Any) -> Outcome:
    """Does it one by one, each in a transaction of its own; what is refused is named with its reason."""
    outcome = Outcome()
    for row in queries.reports(request.user).filter(pk__in=rows.order_by().values("pk")):
        try:
            act(row)
        except UserError as fault:
            outcome.refuse(row.enterprise, fault.say(reader.language()))
        else:
            outcome.done += 1
    return outcome


def _enters(request: HttpRequest) -> bool:
    from commercebrain.desk.people.scopes import extent_of

    extent = extent_of(request.user, Right.ENTER, today())
    return extent.everything or bool(extent.units)


REMIND = BulkAction("remind", _("Remind"), _remind, form=RemindForm, right=Right.SEE, allowed=_enters)
EXCUSE = BulkAction("excuse", _("Excuse from this round"), _excuse, form=ReasonForm, right=Right.SEE, allowed=_enters)
PASS = BulkAction(
    "pass", _("Pass on"), _pass, confirm=_("Pass these reports on to the next step?"), right=Right.SEE, allowed=_enters
)


class Chase(WithRows):
    """Who has not reported: never sent, or sent back and not corrected."""

    title = _("Who has not reported")
    columns = (
        *COLUMNS,
        Column("late", _("Overdue"), _late, unit=_("working days"), number=True, decimals=0),
        Column("reminded", _("Last reminder"), _last),
        Column("lists", _("Chase lists"), "stands_on"),
        Column("unit", _("Handled by"), "unit", sort="unit__path", hidden=True),
        Column("uscc", _("Credit code"), "enterprise.uscc", hidden=True),
    )
    filters = (
        FORM, PERIOD, COUNTY, TOWN, LIST,
        Filter("status", _("Reporting status"), _statuses(Status.DUE, Status.OVERDUE, Status.RETURNED), apply=_in_status),
        Said("reminded", _("Reminded")),
    )  # fmt: skip
    bulk = (REMIND, EXCUSE)
    empty_title = _("Every firm has reported")
    empty_hint = _("Firms that owe a report of an open round would stand here, the longest due first.")

    def rows(self, request: HttpRequest) -> Any:
        """What is owed in sight."""
        return queries.chase(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """How many, and how many of them are late."""
        if not total:
            return ""
        late = rows.filter(round__due_at__lt=now()).count()
        text = ngettext("%(n)s report is missing, %(late)s of them past due.", "%(n)s reports are missing, %(late)s of them past due.", int(total))  # fmt: skip
        return text % {"n": total, "late": late}


class Reports(WithRows):
    """All reports in sight; those that wait for a decision first found by a filter."""

    title = _("Reports of firms")
    columns = (
        *COLUMNS,
        Column("sent", _("First sent"), "first_sent_at", sort="first_sent_at"),
        Column("timely", _("On time"), "on_time", sort="on_time", hidden=True),
        Column(
            "unchanged", _("Unchanged in a row"), "unchanged", sort="unchanged", number=True, decimals=0, hidden=True
        ),
        Column("unit", _("Handled by"), "unit", sort="unit__path"),
        Column("uscc", _("Credit code"), "enterprise.uscc", hidden=True),
        Column("lists", _("Chase lists"), "stands_on", hidden=True),
    )
    filters = (
        Mine("mine", _("Waits for us")),
        FORM, PERIOD, COUNTY, TOWN, LIST,
        Filter("status", _("Reporting status"), _statuses(*Status), apply=_in_status),
    )  # fmt: skip
    bulk = (PASS,)
    empty_title = _("No report has been asked for yet")
    empty_hint = _("When a round opens, each firm asked has a line here.")

    def rows(self, request: HttpRequest) -> Any:
        """What is in sight, the newest round first."""
        return queries.reports(request.user).order_by("-round__opens_at", "county__code", "enterprise__name_zh", "pk")

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """How many, and how many wait for the reader's own units."""
        if not total:
            return ""
        mine = queries.waiting(request.user).count()
        text = ngettext("%(n)s report, %(mine)s waits for your unit.", "%(n)s reports, %(mine)s wait for your unit.", int(total))  # fmt: skip
        return text % {"n": total, "mine": mine}


class Reminders(ListPage):
    """The log of reminders: each try, by which way, and what became of it."""

    title = _("Reminders")
    columns = (
        Column("at", _("At"), "at", sort="at"),
        Column("firm", _("Firm"), "report.enterprise", link=lambda row: reverse("forms:report", args=[row.report_id])),
        Column("form", _("Form"), lambda row: form_name(row.report.round)),
        Column("period", _("Period"), lambda row: period_name(row.report.round.period), sort="report__round__opens_at"),
        Column("way", _("Way"), lambda row: reminders.channel_name(row.channel), sort="channel"),
        Column("state", _("What became of it"), "get_state_display", sort="state"),
        Column("detail", _("Detail"), lambda row: reminders.detail_words(row.detail)),
        Column("by", _("By"), "by"),
        Column("text", _("Text"), "text", hidden=True),
    )
    filters = (
        Filter("state", _("What became of it"), Reminder.State.choices),
        Words("period", _("Period"), lookup="report__round__period"),
    )
    search_fields = ("report__enterprise__name_zh", "report__enterprise__uscc")
    reads = READS
    confidential = True
    empty_title = _("Nobody has been reminded yet")
    empty_hint = _("Tick firms under “Who has not reported” and choose “Remind”; each try is written here.")

    def rows(self, request: HttpRequest) -> Any:
        """Those of the reports in sight."""
        held = queries.reports(request.user).order_by().values("pk")
        rows = Reminder.objects.filter(report__in=held).select_related("report__round", "report__enterprise", "by")
        return rows.order_by("-at", "-pk")

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """How many tries, and how many failed."""
        if not total:
            return ""
        failed = rows.filter(state=Reminder.State.FAILED).count()
        text = ngettext("%(n)s try, %(failed)s failed.", "%(n)s tries, %(failed)s failed.", int(total))
        return text % {"n": total, "failed": failed}
