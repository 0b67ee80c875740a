"""The weekly reports of the demonstration's invented city: written in bulk as firms and offices would have left them.

Past rounds cannot be filled in through today's pages, so their rows are written as the actions write them, each round in
one transaction; what happened on the demonstration's day goes through the actions themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.workdays import add_workdays
from commercebrain.desk.forms import outbox
from commercebrain.desk.forms.models import (
    LockException,
    Remark,
    Reminder,
    Report,
    Round,
    StepTaken,
    Submission,
    TownshipOffice,
)
from commercebrain.desk.forms.reminders import INBOX, MAIL, NO_MAIL, NO_USER
from commercebrain.desk.forms.steps import Step, steps_for
from commercebrain.desk.forms.telling import declared_forms
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.registry.models import Enterprise, Township
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.forms import LastReport
from commercebrain.engine.forms.kinds import FormKind, declaration_of
from commercebrain.engine.forms.periods import RoundDates, round_at_once, round_of
from commercebrain.engine.forms.unchanged import unchanged_report
from commercebrain.engine.simulate.foreign import Confirmation
from commercebrain.engine.simulate.reports import Reported, Week

FORM, BASICS, FOREIGN = "order_report", "firm_basics", "foreign_codes"
CHUNK = 1_000
#: Of what was sent in the last closed week, one report in so many still waits for its county.
WAITING = 12
USD_UNIT, CNY_UNIT = 10_000, 10_000
Advance = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Cast:
    """Whose rounds they are, and who passed reports: by the region of a county, and the township offices' persons."""

    unit: Unit
    counties: Mapping[str, Person]
    townships: Mapping[int, Person]  # by unit
    firms: Mapping[int, Person]  # users of firms, by enterprise


@dataclass(frozen=True)
class Basics:
    """What a firm said of a year: persons, exports in US dollars, turnover in yuan."""

    employees: int
    exports: int
    turnover: int


def offices(named: Mapping[str, Unit]) -> int:
    """Names the offices that stand for townships (by code); returns how many there are."""
    for code, unit in named.items():
        TownshipOffice.objects.get_or_create(township=Township.objects.get(code=code), defaults={"unit": unit})
    return TownshipOffice.objects.count()


def play(
    cast: Cast, weeks: list[Week], basics: Mapping[str, Basics], year: int, foreign: Confirmation, progress: Advance
) -> str:  # fmt: skip
    """Writes the rounds of ``weeks``, of the yearly form and of foreign codes; again changes nothing. Returns what there is now."""
    form = declared_forms()[FORM]
    firms = {one.uscc: one for one in _firms({row.uscc for row in weeks[0].reports})}
    last: dict[str, LastReport] = {}
    for number, week in enumerate(weeks, 1):
        dates = round_of(form, week.monday)
        assert dates is not None, "the weeks of the demonstration all have working days"  # noqa: S101
        sent = list(_sent(form, week, last, dates.period))
        closing = number == len(weeks) - 1
        _write(cast, form, dates, firms, sent, closing=closing, running=week.open)
        progress(number, len(weeks) + 2, dates.period)
    yearly = declared_forms()[BASICS]
    dates = round_of(yearly, date(year, 12, 31))
    assert dates is not None  # noqa: S101
    _write(cast, yearly, dates, firms, list(_yearly(weeks[0].reports, basics, dates)), closing=False, running=False)
    progress(len(weeks) + 1, len(weeks) + 2, dates.period)
    codes = declared_forms()[FOREIGN]
    opens, due = (
        datetime.combine(day, datetime.min.time(), BEIJING) + timedelta(hours=hour)
        for day, hour in ((foreign.opens, 9), (foreign.due, 17))
    )
    dates = round_at_once(codes, foreign.term, opens, due)
    _write(cast, codes, dates, firms, list(_foreign(foreign, dates)), closing=False, running=False)
    progress(len(weeks) + 2, len(weeks) + 2, dates.period)
    outbox.ship()
    return f"{Report.objects.count()} 份 / reports, {Round.objects.count()} 期 / rounds"


def _firms(codes: Iterable[str]) -> list[Enterprise]:
    wanted, found = sorted(codes), []
    for start in range(0, len(wanted), 500):
        rows = Enterprise.objects.filter(uscc__in=wanted[start : start + 500])
        found += rows.select_related("unit", "region", "township")
    return found


# --- what was sent -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Sent:
    """What one firm sent in one round; ``wrong`` came first and was sent back."""

    uscc: str
    moment: datetime | None
    answers: Mapping[str, Any]
    lines: tuple[Mapping[str, Any], ...] = ()
    unchanged: int = 0
    reused: int = 0
    asked: int = 6
    wrong: Mapping[str, Any] | None = None


def _sent(form: FormKind, week: Week, last: dict[str, LastReport], period: str) -> Iterator[Sent]:
    for row in week.reports:
        if row.sent is None:
            yield Sent(row.uscc, None, {})
            continue
        before = last.get(row.uscc)
        if row.unchanged and before is not None:
            same = unchanged_report(form, before)
            answers, lines, streak = dict(same.answers), tuple(dict(one) for one in same.lines), same.streak
        else:
            answers, lines, streak = _answers(row), _lines(row), 0
        wrong = {**answers, "orders_in_hand": _money(row.orders_in_hand * 10)} if row.returned else None
        kept = before.answers if before is not None else {}
        reused = sum(kept.get(name) == value for name, value in answers.items())
        last[row.uscc] = LastReport(answers, lines, streak, period)
        yield Sent(row.uscc, row.sent.replace(tzinfo=BEIJING), answers, lines, streak, reused, wrong=wrong)


def _answers(row: Reported) -> dict[str, Any]:
    given: dict[str, Any] = {"orders_in_hand": _money(row.orders_in_hand), "trend": row.trend, "cover": row.cover}
    if row.first_market:
        given["first_market"] = row.first_market
    if row.difficulties:
        given["difficulties"] = list(row.difficulties)
    return given


def _lines(row: Reported) -> tuple[dict[str, Any], ...]:
    found = []
    for one in row.lines:
        line = {"product": one.hs10, "market": one.country, "orders": _money(one.orders_in_hand)}
        line |= {"new_orders": _money(one.new_orders), "price": one.price}
        found.append(line | ({"cancelled": _money(one.cancelled)} if one.cancelled else {}))
    return tuple(found)


def _money(amount: int, unit: int = USD_UNIT, decimals: int = 2) -> str:
    """An amount as the form keeps it: in ten thousands, without noughts at the end."""
    text = f"{amount / unit:.{decimals}f}"
    return text.rstrip("0").rstrip(".")


def _yearly(rows: Iterable[Reported], basics: Mapping[str, Basics], dates: RoundDates) -> Iterator[Sent]:
    """The yearly form, sent over the weeks before it was due."""
    days = max(1, (dates.due - dates.opens).days - 2)
    for number, row in enumerate(rows):
        own = basics.get(row.uscc)
        if own is None:
            yield Sent(row.uscc, None, {})
            continue
        moment = dates.opens + timedelta(days=number * 7 % days, hours=9, minutes=number % 60)
        answers = {
            "employees": own.employees,
            "exports_usd": _money(own.exports, decimals=4),
            "turnover_cny": _money(own.turnover, CNY_UNIT, 4),
        }
        yield Sent(row.uscc, moment, answers, asked=5)


def _foreign(told: Confirmation, dates: RoundDates) -> Iterator[Sent]:
    """The confirmations of foreign codes, sent over the first days of the round; who has not answered has sent nothing."""
    for number, uscc in enumerate(told.asked):
        lines = tuple(
            {"product": own, "market": told.market, "nomenclature": told.nomenclature, "foreign_code": abroad}
            for own, abroad in told.told.get(uscc, ())
        )
        moment = dates.opens + timedelta(days=1 + number % 7, minutes=number % 60) if lines else None
        yield Sent(uscc, moment, {"basis": "entry"} if lines else {}, lines, asked=1)


# --- rows ------------------------------------------------------------------------------------------------------------------
@transaction.atomic
def _write(
    cast: Cast, form: FormKind, dates: RoundDates, firms: Mapping[str, Enterprise], sent: list[Sent], *, closing: bool,
    running: bool,
) -> None:  # fmt: skip
    """One round with all its reports, unless it is there already."""
    row, new = Round.objects.get_or_create(
        form=form.code, period=dates.period, unit=cast.unit,
        defaults={
            "declaration": declaration_of(form), "approval": form.approval, "opens_at": dates.opens,
            "due_at": dates.due, "locks_at": dates.locks, "synthetic": True,
        },
    )  # fmt: skip
    if not new:
        return
    named = {one.township_id: one.unit for one in TownshipOffice.objects.select_related("unit")}
    latest = datetime.combine(today(), datetime.min.time(), BEIJING) + timedelta(hours=8)
    reports: list[Report] = []
    ways: list[list[Step]] = []
    for number, one in enumerate(sent):
        firm = firms[one.uscc]
        report = Report(round=row, enterprise=firm, county=firm.region, township=firm.township)
        way = steps_for(report, named.get(firm.township_id or 0))
        behind = 0 if one.moment is None else _behind(number, len(way), closing=closing, running=running)
        report.unit = way[min(behind, len(way) - 1)].unit
        report.step = way[-1].place + 1 if behind == len(way) else way[behind].place
        if one.moment is not None:
            report.state = Report.State.PASSED if behind == len(way) else Report.State.SENT
            report.first_sent_at, report.on_time = one.moment, one.moment <= dates.due
            report.unchanged = one.unchanged
            report.passed_at = _passed(one.moment, len(way), dates, latest) if behind == len(way) else None
        reports.append(report)
        ways.append(way[:behind])
    Report.objects.bulk_create(reports, batch_size=CHUNK)
    made = _submissions(cast, reports, sent)
    _steps(cast, reports, sent, ways, made, dates, latest)
    passed = [(report, made[report.pk][-1]) for report in reports if report.state == Report.State.PASSED]
    outbox.put_all(passed)


def _behind(number: int, steps: int, *, closing: bool, running: bool) -> int:
    """How many steps lie behind a report that was sent: all of past weeks, none of the running one."""
    if running:
        return 0
    return steps - 1 if closing and number % WAITING == 5 else steps


def _submissions(cast: Cast, reports: list[Report], sent: list[Sent], first: int = 1) -> dict[int, list[Submission]]:
    rows: list[Submission] = []
    for report, one in zip(reports, sent, strict=True):
        if one.moment is None:
            continue
        user = cast.firms.get(report.enterprise_id)
        given: list[tuple[Mapping[str, Any], datetime]] = [(one.answers, one.moment)]
        if one.wrong is not None:
            given.insert(0, (one.wrong, one.moment))
            given[1] = (one.answers, one.moment + timedelta(hours=3))
        for number, (answers, moment) in enumerate(given, first):
            digest = _digest([answers, list(one.lines), {}])
            rows.append(
                Submission(
                    report=report, number=number, answers=dict(answers), lines=[dict(line) for line in one.lines],
                    unchanged=one.unchanged > 0, reused=one.reused, asked=one.asked, digest=digest, sent_at=moment,
                    sent_on=moment.date(), sent_by=user, seconds=40 + int(digest[:4], 16) % 160,
                )
            )  # fmt: skip
    found: dict[int, list[Submission]] = {}
    for row in Submission.objects.bulk_create(rows, batch_size=CHUNK):
        found.setdefault(row.report_id, []).append(row)
    return found


def _steps(
    cast: Cast, reports: list[Report], sent: list[Sent], ways: list[list[Step]], made: Mapping[int, list[Submission]],
    dates: RoundDates, latest: datetime,
) -> None:  # fmt: skip
    steps: list[StepTaken] = []
    remarks: list[Remark] = []
    for report, one, way in zip(reports, sent, ways, strict=True):
        if one.moment is None or not way:
            continue
        first, last = made[report.pk][0], made[report.pk][-1]
        if first is not last:
            by = _person(cast, report, way[0])
            at = one.moment + timedelta(hours=1)
            sentence = "在手订单比上期多出许多，请核对单位是否为万美元"
            common = {"report": report, "submission": first, "at": at, "by": by}
            steps.append(
                StepTaken(
                    step=way[0].name, unit=way[0].unit, verdict=StepTaken.Verdict.RETURNED, sentence=sentence, **common
                )
            )
            remarks.append(Remark(field="orders_in_hand", text="请按万美元填写", settled_in=last, **common))
        for place, step in enumerate(way, 1):
            at = _passed(last.sent_at, place, dates, latest)
            steps.append(
                StepTaken(
                    report=report, submission=last, step=step.name, unit=step.unit, at=at,
                    verdict=StepTaken.Verdict.PASSED, by=_person(cast, report, step),
                )
            )  # fmt: skip
    StepTaken.objects.bulk_create(steps, batch_size=CHUNK)
    Remark.objects.bulk_create(remarks, batch_size=CHUNK)


def _passed(moment: datetime, place: int, dates: RoundDates, latest: datetime) -> datetime:
    """When a step passed it: some hours after the one before, never after ``latest`` (the demonstration's morning)."""
    return max(moment, min(moment + timedelta(hours=5 * place), dates.locks, latest))


def _person(cast: Cast, report: Report, step: Step) -> Person | None:
    if step.unit.pk in cast.townships:
        return cast.townships[step.unit.pk]
    return cast.counties.get(report.county.code)


# --- what happened lately ---------------------------------------------------------------------------------------------------
def lately(told: Mapping[str, Any], cast: Cast, township: Person, county: Person, firm: Enterprise) -> None:
    """One report that the township sent back with a sentence, one firm that may file after the lock, reminders made of
    those that are silent; again changes nothing."""
    if Remark.objects.filter(text=told["returned"]["remark"]).exists():
        return
    rounds = list(Round.objects.filter(form=FORM, unit=cast.unit).order_by("-opens_at"))
    with transaction.atomic():
        _send_back(told["returned"], rounds[:2], township, firm)
        _exception(told["exception"], rounds[2], county, cast)
        _remind(told["reminded"], rounds[1], cast)


def _send_back(told: Mapping[str, Any], rounds: list[Round], person: Person, firm: Enterprise) -> None:
    """A firm of the township sent this morning twice of what it had last week, and got it back with a sentence."""
    unit = person.memberships.select_related("unit").get().unit
    running, closed = rounds
    before = Report.objects.filter(round=closed, enterprise__township__office__unit=unit).exclude(enterprise=firm)
    known = before.filter(state=Report.State.PASSED).values("enterprise")
    report = (
        Report.objects.filter(round=running, state=Report.State.ASKED, enterprise__in=known)
        .select_related("round__unit", "enterprise__unit")
        .order_by("enterprise__uscc")[0]
    )
    last = Submission.objects.filter(report__round=closed, report__enterprise=report.enterprise_id).order_by("-number")[
        0
    ]
    answers = {**last.answers, "orders_in_hand": _money(int(float(last.answers["orders_in_hand"]) * 2 * USD_UNIT))}
    answers["trend"] = "more"
    moment = datetime.combine(today(), datetime.min.time(), BEIJING) + timedelta(hours=8, minutes=12)
    content = [answers, last.lines, {}]
    sent = Submission.objects.create(
        report=report, number=1, answers=answers, lines=last.lines, asked=last.asked, digest=_digest(content),
        sent_at=moment, sent_on=moment.date(), seconds=48,
    )  # fmt: skip
    first = steps_for(report, unit)[0]
    common = {"report": report, "submission": sent, "at": moment + timedelta(minutes=15), "by": person}
    StepTaken.objects.create(
        step=first.name, unit=unit, verdict=StepTaken.Verdict.RETURNED, sentence=told["sentence"], **common
    )
    Remark.objects.create(field=told["field"], text=told["remark"], **common)
    Report.objects.filter(pk=report.pk).update(
        state=Report.State.RETURNED, unit=unit, step=first.place, first_sent_at=moment, on_time=True
    )


def _digest(content: list[Any]) -> str:
    """The fingerprint of what is sent, as sending makes it."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _exception(told: Mapping[str, Any], locked: Round, county: Person, cast: Cast) -> None:
    """A firm of the county that was silent in the newest locked round may file it until some days from now."""
    unit = county.memberships.select_related("unit").get().unit
    silent = Report.objects.filter(round=locked, state=Report.State.ASKED, enterprise__unit=unit).order_by("pk").first()
    if silent is None:
        return
    until = datetime.combine(add_workdays(today(), told["days"]), datetime.min.time(), BEIJING) + timedelta(hours=17)
    LockException.objects.create(
        round=locked, unit=silent.unit, enterprise=silent.enterprise, until=until, reason=told["reason"], asked_by=None,
        granted=True, decided_by=county, decided_at=locked.locks_at,
    )  # fmt: skip


def _remind(told: Mapping[str, Any], closed: Round, cast: Cast) -> None:
    """Those of the last closed week who are silent were reminded on its Friday by their county, by the inbox and by
    mail; where the demonstration has no person in a county, the log names none."""
    at = closed.due_at - timedelta(hours=3)
    silent = Report.objects.filter(round=closed, state=Report.State.ASKED).select_related("county").order_by("pk")
    Reminder.objects.bulk_create(
        Reminder(
            report=report,
            channel=way,
            text=told["text"],
            state=state,
            detail=detail,
            at=at,
            by=cast.counties.get(report.county.code),
        )
        for report in silent
        for way, state, detail in (
            (INBOX, Reminder.State.FAILED, NO_USER),
            (MAIL, Reminder.State.OFF, NO_MAIL),
        )
    )
