"""Weeks that go by in the demonstration's invented city: reports come in and are passed, in bulk, in rounds that opened.

Only what a firm has still to send is sent, and only what waits is passed: what persons did by hand stays as they did it.
Doing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from commercebrain.desk.forms import outbox
from commercebrain.desk.forms.demo import (
    CHUNK,
    FORM,
    Cast,
    Sent,
    _behind,
    _passed,
    _sent,
    _steps,
    _submissions,
)
from commercebrain.desk.forms.models import Report, Round, StepTaken, Submission, TownshipOffice
from commercebrain.desk.forms.steps import Step, steps_for
from commercebrain.desk.forms.telling import declared_forms
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.forms import LastReport
from commercebrain.engine.forms.kinds import FormKind
from commercebrain.engine.forms.periods import RoundDates, round_of
from commercebrain.engine.simulate.reports import Week

OPEN = (Report.State.ASKED, Report.State.RETURNED)


def come_in(cast: Cast, weeks: Iterable[Week], day: date) -> tuple[int, int]:
    """Files what was sent by the morning of ``day`` in the weeks' rounds, passes what is of weeks that are over.

    Returns how many were filed and passed. A week without a round (none was opened) is passed over; each round is one
    transaction.
    """
    form = declared_forms()[FORM]
    filed = passed = 0
    before: Round | None = None
    for week in weeks:
        dates = round_of(form, week.monday)
        row = None if dates is None else Round.objects.filter(form=FORM, period=dates.period, unit=cast.unit).first()
        if dates is None or row is None:
            continue
        with transaction.atomic():
            filed += _file(cast, form, row, dates, week, before)
            if not week.open:
                passed += _pass(cast, row, dates, day)
        before = row
    return filed, passed


def round_missing(cast: Cast, day: date) -> bool:
    """Whether the round of a day's week is still to be opened; looking for firms that came onto a list costs more."""
    dates = round_of(declared_forms()[FORM], day)
    return dates is not None and not Round.objects.filter(form=FORM, period=dates.period, unit=cast.unit).exists()


def _file(cast: Cast, form: FormKind, row: Round, dates: RoundDates, week: Week, before: Round | None) -> int:
    """What firms that have still to report have sent."""
    sent_now = {one.uscc for one in week.reports if one.sent is not None}
    asked = Report.objects.filter(round=row, state__in=OPEN).select_related("enterprise", "county", "township")
    reports = {one.enterprise.uscc: one for one in asked if one.enterprise.uscc in sent_now}
    if not reports:
        return 0
    given = {one.uscc: one for one in _sent(form, week, _last(before, reports), dates.period) if one.uscc in reports}
    fresh = [one for uscc, one in reports.items() if one.state == Report.State.ASKED]
    again = [one for uscc, one in reports.items() if one.state == Report.State.RETURNED]
    for report in fresh:
        one = given[report.enterprise.uscc]
        assert one.moment is not None  # noqa: S101 - only those that sent are here
        report.first_sent_at, report.on_time = one.moment, one.moment <= dates.due
    for report in (*fresh, *again):
        report.round = row
        report.state, report.unchanged = Report.State.SENT, given[report.enterprise.uscc].unchanged
    _submissions(cast, fresh, [given[one.enterprise.uscc] for one in fresh])
    for report in again:
        _once_more(cast, report, given[report.enterprise.uscc])
    fields = ["state", "unchanged", "first_sent_at", "on_time"]
    Report.objects.bulk_update([*fresh, *again], fields, batch_size=CHUNK)
    return len(reports)


def _once_more(cast: Cast, report: Report, one: Sent) -> None:
    """A report that was sent back is sent anew, some hours later."""
    back = StepTaken.objects.filter(report=report).order_by("-at")[0]
    made = _submissions(cast, [report], [Sent(one.uscc, back.at + timedelta(hours=5), one.answers, one.lines)], first=(
        Submission.objects.filter(report=report).count() + 1
    ))  # fmt: skip
    for remark in report.remarks.filter(settled_in=None):
        remark.settled_in = made[report.pk][-1]
        remark.save(update_fields=["settled_in"])


def _last(before: Round | None, reports: Mapping[str, Report]) -> dict[str, LastReport]:
    """What the firms sent in the round before."""
    if before is None:
        return {}
    ids = [one.enterprise_id for one in reports.values()]
    sent = Submission.objects.filter(report__round=before, report__enterprise__in=ids).order_by("number")
    return {
        one.report.enterprise.uscc: LastReport(one.answers, tuple(one.lines), one.report.unchanged, before.period)
        for one in sent.select_related("report__enterprise")
    }


def _pass(cast: Cast, row: Round, dates: RoundDates, day: date) -> int:
    """What waits of a week that is over goes up its steps; of the last one, some still wait for their county."""
    morning = datetime.combine(day, datetime.min.time(), BEIJING) + timedelta(hours=8)
    closing = (day - dates.due.date()).days < WAITING_DAYS
    offices = {one.township_id: one.unit for one in TownshipOffice.objects.select_related("unit")}
    waiting = list(
        Report.objects.filter(round=row, state=Report.State.SENT)
        .select_related("enterprise__unit", "county", "township", "unit")
        .order_by("enterprise__uscc")
    )
    made: dict[int, list[Submission]] = {}
    for sent in Submission.objects.filter(report__round=row, report__state=Report.State.SENT).order_by("number"):
        made.setdefault(sent.report_id, []).append(sent)
    back = StepTaken.objects.filter(report__round=row, verdict=StepTaken.Verdict.RETURNED)
    returned = set(back.values_list("report", flat=True))
    chosen: list[Report] = []
    ways: list[list[Step]] = []
    for report in waiting:
        report.round = row
        way = [
            step
            for step in steps_for(report, offices.get(report.enterprise.township_id or 0))
            if step.place >= report.step
        ]
        behind = _behind(report.enterprise_id, len(way), closing=closing, running=False)
        if not behind or report.pk not in made:
            continue
        if report.pk in returned:
            made[report.pk] = made[report.pk][-1:]
        report.unit = way[min(behind, len(way) - 1)].unit
        report.step = way[-1].place + 1 if behind == len(way) else way[behind].place
        if behind == len(way):
            report.state = Report.State.PASSED
            report.passed_at = _passed(made[report.pk][-1].sent_at, len(way), dates, morning)
        chosen.append(report)
        ways.append(way[:behind])
    _steps(
        cast,
        chosen,
        [Sent(one.enterprise.uscc, made[one.pk][0].sent_at, {}) for one in chosen],
        ways,
        made,
        dates,
        morning,
    )
    Report.objects.bulk_update(chosen, ["state", "step", "unit", "passed_at"], batch_size=CHUNK)
    done = [one for one in chosen if one.state == Report.State.PASSED]
    outbox.put_all((one, made[one.pk][-1]) for one in done)
    return len(done)


#: A week counts as the last one for so many days after its reports were due.
WAITING_DAYS = 7
