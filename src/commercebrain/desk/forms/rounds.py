"""Rounds: opening them by the clock or at once, adding firms that came later, closing, excusing.

A form goes on by itself at a unit that has opened it once, until the unit ends it. Opening twice, by however many
workers, is opening once: the round and its reports are kept by unique constraints and written in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.models import Event, Setting
from commercebrain.desk.forms import outbox, queries
from commercebrain.desk.forms.models import Report, Round, TownshipOffice
from commercebrain.desk.forms.moment import now
from commercebrain.desk.forms.steps import steps_for
from commercebrain.desk.forms.telling import clock, declared_forms, named, told
from commercebrain.desk.forms.who import who_reports
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.kinds import declaration_of

if TYPE_CHECKING:
    from commercebrain.engine.forms.kinds import FormKind
    from commercebrain.engine.forms.periods import RoundDates

AT_ONCE = "once"
SAMPLE = "示例"
PIECE = 1_000
#: What the firm has still to do something about.
OPEN = (Report.State.ASKED, Report.State.RETURNED)
MOVABLE = (Report.State.ASKED, Report.State.SENT, Report.State.RETURNED)
LOOK_BACK = timedelta(days=800)


def open_rounds(on: date | None = None) -> list[Round]:
    """Opens what is due by ``on`` at every unit where the form goes on by itself; returns the new rounds.

    Rounds that are locked by now are not opened any more. Firms that came onto a list join the open rounds, firms that
    moved are handed to where they are, rounds that were locked are noted. Whatever of it was done before is left as is.
    What cannot be opened at one unit (holidays of a year that are not known yet, a condition that cannot be read) is
    told there once a day, and stops no other.
    """
    day = on or today()
    made = []
    for code, form in declared_forms().items():
        if form.every == AT_ONCE:
            continue
        for unit, last in running(code):
            try:
                made += _open_due(form, unit, last, day)
            except UserError as fault:
                _tell_fault(last, day, fault)
    for row in opened():
        try:
            join(row, day)
            hand_over(row)
        except UserError as fault:
            _tell_fault(row, day, fault)
    note_locked()
    return made


def _tell_fault(row: Round, on: date, fault: UserError) -> None:
    """Writes once a business day at a unit why nothing could be opened after ``row``, or nobody be added to it."""
    told = Event.objects.filter(verb="round.failed", subject_type="forms.round", subject_id=str(row.pk))
    if not told.filter(business_date=on).exists():
        record("round.failed", row, None, row.unit, why=fault.zh, why_en=fault.en, **named(row))


def running(code: str) -> list[tuple[Unit, Round]]:
    """The units at which a form goes on by itself, each with its latest round: opened there once, not ended since."""
    rows = Round.objects.filter(form=code).select_related("unit").order_by("unit", "-opens_at")
    latest: dict[int, Round] = {}
    for row in rows:
        latest.setdefault(row.unit_id, row)
    ended = set(Setting.objects.filter(key__startswith=f"form-ended.{code}.").values_list("key", flat=True))
    return [(row.unit, row) for pk, row in latest.items() if _key(code, pk) not in ended and row.unit.closed_on is None]


def _key(code: str, unit: int) -> str:
    return f"form-ended.{code}.{unit}"


def ended(code: str, unit: Unit) -> bool:
    """Whether a unit has ended the regular rounds of a form."""
    return Setting.objects.filter(key=_key(code, unit.pk)).exists()


def _open_due(form: FormKind, unit: Unit, last: Round, on: date) -> list[Round]:
    from commercebrain.engine.forms.periods import rounds_between

    since = max(last.opens_at.astimezone(BEIJING).date(), on - LOOK_BACK)
    moment = _end_of(on)
    made = []
    for dates in rounds_between(form, since, on):
        if dates.opens > moment or dates.locks <= moment or dates.period == last.period:
            continue
        row, new = open_round(form, unit, dates, approval=last.approval, on=on)
        if new:
            made.append(row)
    return made


def open_round(
    form: FormKind,
    unit: Unit,
    dates: RoundDates,
    *,
    approval: str | None = None,
    person: Person | None = None,
    reason: str = "",
    on: date | None = None,
) -> tuple[Round, bool]:
    """The round of ``dates`` for the firms of ``unit``, and whether it was opened just now; all of it or nothing.

    The declaration is kept as it stands. ``approval``: the number under which the unit may ask; none: the form's own.
    """
    day = on or today()
    with transaction.atomic():
        values = {
            "declaration": declaration_of(form),
            "approval": own_approval(form, unit) if approval is None else approval.strip()[:100],
            "opens_at": dates.opens, "due_at": dates.due, "locks_at": dates.locks, "synthetic": unit.region.synthetic,
        }  # fmt: skip
        row, new = Round.objects.get_or_create(form=form.code, period=dates.period, unit=unit, defaults=values)
        if not new:
            return row, False
        asked = ask(row, who_reports(form, unit, day))
        data = {**named(row), "count": asked, "due": clock(dates.due)}
        if person is None:
            record("round.opened", row, None, unit, **data)
        else:
            record("round.opened_by_hand", row, person, unit, reason=reason, **data)
    return row, True


def own_approval(form: FormKind, unit: Unit) -> str:
    """The number of the declaration where it holds for a unit: the sample's number holds in the invented city alone."""
    return form.approval if unit.region.synthetic or SAMPLE not in form.approval else ""


def ask(row: Round, firms: Iterable[Enterprise]) -> int:
    """Asks firms for a report in a round; those that are asked already are left as they are. Returns how many are new."""
    offices = {
        one.township_id: one.unit for one in TownshipOffice.objects.filter(unit__closed_on=None).select_related("unit")
    }
    before = Report.objects.filter(round=row).count()
    reports = []
    for firm in firms:
        report = Report(round=row, enterprise=firm, county=firm.region, township=firm.township)
        first = steps_for(report, offices.get(firm.township_id or 0))[0]
        report.unit, report.step = first.unit, first.place
        reports.append(report)
    Report.objects.bulk_create(reports, batch_size=PIECE, ignore_conflicts=True)
    return Report.objects.filter(round=row).count() - before


def opened(moment: datetime | None = None) -> Any:
    """The rounds that may be filled in at a moment."""
    at = moment or now()
    return Round.objects.filter(opens_at__lte=at, locks_at__gt=at).select_related("unit__region")


def join(row: Round, on: date | None = None) -> int:
    """Adds firms that came onto a list since the round opened, as long as it is not due; those that left stay asked.

    A firm that became part of another row is excused: the other one reports.
    """
    merged = Report.objects.filter(round=row, state__in=OPEN, enterprise__merged_into__isnull=False)
    for report in merged.select_related("enterprise", "round", "unit"):
        with suppress(UserError):  # it was sent just now: then there is nothing to excuse
            excuse(report, None, "已并入另一家企业 merged into another firm")
    if now() >= row.due_at or row.declaration.get("every") == AT_ONCE:
        return 0
    with transaction.atomic():
        count = ask(row, who_reports(str(row.declaration.get("who") or ""), row.unit, on or today()))
        if count:
            record("round.joined", row, None, row.unit, count=count, **named(row))
    return count


def hand_over(row: Round) -> int:
    """Hands reports of firms that moved to whoever is in charge of them now; where they are counted does not change."""
    offices = {
        one.township_id: one.unit for one in TownshipOffice.objects.filter(unit__closed_on=None).select_related("unit")
    }
    known = Q(unit=F("enterprise__unit")) | Q(unit=row.unit)
    townships = Q(enterprise__township__in=list(offices))
    moved = Report.objects.filter(round=row, state__in=MOVABLE).exclude(known & ~townships)
    count = 0
    for report in moved.select_related("enterprise__unit", "round__unit", "unit"):
        found = steps_for(report, offices.get(report.enterprise.township_id or 0))
        unit = next((step.unit for step in found if step.place >= report.step), found[-1].unit)
        if unit.pk == report.unit_id:
            continue
        with transaction.atomic():
            if Report.objects.filter(pk=report.pk, unit=report.unit_id, step=report.step).update(
                unit=unit, updated_at=timezone.now()
            ):
                record("report.moved", report, None, unit, to=unit.name_zh, to_en=unit.name_en, **told(report))
                count += 1
    return count


def note_locked() -> int:
    """Notes each round once when it is locked, with what was asked and filed."""
    rows = Round.objects.filter(locks_at__lte=now(), locks_at__gt=now() - timedelta(days=40))
    ids = [str(pk) for pk in rows.values_list("pk", flat=True)]
    noted = Event.objects.filter(verb="round.locked", subject_type="forms.round", subject_id__in=ids)
    done = set(noted.values_list("subject_id", flat=True))
    count = 0
    for row in rows.exclude(pk__in=[int(pk) for pk in done]).select_related("unit"):
        rates = queries.rates_of(row.reports.exclude(state=Report.State.EXCUSED).aggregate(**queries.counts()))
        told = {"asked": rates.asked, "filed": rates.filed, "missing": rates.missing}
        record("round.locked", row, None, row.unit, **told, **named(row))
        count += 1
    return count


# --- by hand -----------------------------------------------------------------------------------------------------------
def open_by_hand(
    person: Person,
    form: FormKind,
    unit: Unit,
    *,
    reason: str,
    period: str = "",
    due: datetime | None = None,
    approval: str | None = None,
) -> Round:
    """Opens a round at once: the form's own period of today, or one with a name and an end of its own.

    Raises :class:`UserError`: no right, no reason, a period that was opened already, an end that is over, no firm to
    ask.
    """
    check_enter(person, unit)
    reason = reason.strip()[:300]
    if not reason:
        raise UserError("rounds.no_reason", "请写明开启本期的理由。", "Say why this round is opened.")
    moment = now()
    dates = None if due is not None else current_dates(form)
    if dates is None:
        if due is None:
            raise UserError("rounds.no_due", "请写明截止时间。", "Say until when it has to be filed.")
        if due <= moment:
            raise UserError("rounds.over", "截止时间须晚于现在。", "The end has to be later than now.")
        from commercebrain.engine.forms.periods import round_at_once

        dates = round_at_once(form, period.strip() or str(today()), moment, due)
    row, new = open_round(form, unit, dates, approval=approval, person=person, reason=reason)
    if not new:
        raise UserError(
            "rounds.there", f"{row.period}这一期已经开启。", f"The round {row.period} has been opened already."
        )
    Setting.objects.filter(key=_key(form.code, unit.pk)).delete()
    return row


def current_dates(form: FormKind) -> RoundDates | None:
    """The form's own round that may be filled in now, as the calendar has it; none where there is none."""
    from commercebrain.engine.forms.periods import rounds_between

    moment = now()
    found = rounds_between(form, today() - timedelta(days=400), today()) if form.every != AT_ONCE else []
    return next((one for one in reversed(found) if one.opens <= moment < one.locks), None)


def close(person: Person, row: Round, reason: str) -> Round:
    """Locks a round now. Raises :class:`UserError`: no right, no reason, locked already."""
    check_enter(person, row.unit)
    if not reason.strip():
        raise UserError("rounds.no_reason", "请写明关闭本期的理由。", "Say why this round is closed.")
    moment = now()
    with transaction.atomic():
        held = Round.objects.select_for_update().get(pk=row.pk)
        if not held.opens_at <= moment < held.locks_at:
            raise UserError("rounds.locked", "本期已经锁定。", "This round is locked already.")
        held.locks_at, held.due_at = moment, min(held.due_at, moment)
        held.save(update_fields=["locks_at", "due_at"])
        row.refresh_from_db()
        record("round.closed", row, person, row.unit, reason=reason.strip()[:300], **named(row))
    return row


def end_form(person: Person, form: FormKind, unit: Unit, reason: str) -> None:
    """Ends the regular rounds of a form at a unit; what is open stays open until its lock."""
    check_enter(person, unit)
    if not reason.strip():
        raise UserError("rounds.no_reason", "请写明停止的理由。", "Say why it ends.")
    with transaction.atomic():
        _row, new = Setting.objects.get_or_create(key=_key(form.code, unit.pk), defaults={"value": str(today())})
        if new:
            name = {"form": form.name.zh, "form_en": form.name.en}
            record("form.ended", ("forms.form", form.code), person, unit, reason=reason.strip()[:300], **name)


def resume_form(person: Person, form: FormKind, unit: Unit) -> None:
    """Takes the regular rounds of a form up again."""
    check_enter(person, unit)
    with transaction.atomic():
        if Setting.objects.filter(key=_key(form.code, unit.pk)).delete()[0]:
            name = {"form": form.name.zh, "form_en": form.name.en}
            record("form.resumed", ("forms.form", form.code), person, unit, **name)


def excuse(report: Report, person: Person | None, reason: str) -> Report:
    """Excuses a firm from one round, with a reason: it is counted neither as asked nor as missing.

    Raises :class:`UserError`: no right (who handles it or who opened the round), no reason, or something was sent.
    """
    if person is not None:
        extent = extent_of(person, Right.ENTER, today())
        if not (extent.everything or extent.units & {report.unit_id, report.round.unit_id}):
            raise _refused("您不能为这家企业免报。", "You cannot excuse this firm.")
        if not reason.strip():
            raise UserError("rounds.no_reason", "请写明免报的理由。", "Say why the firm is excused.")
    with transaction.atomic():
        done = Report.objects.filter(pk=report.pk, state__in=OPEN).update(
            state=Report.State.EXCUSED, excuse=reason.strip()[:300], updated_at=timezone.now(), version=F("version") + 1
        )
        if not done:
            raise UserError(
                "rounds.sent", "企业已经报送，不能再免报。", "The firm has reported and cannot be excused any more."
            )
        report.refresh_from_db()
        outbox.count_again(report)
        record("report.excused", report, person, report.unit, reason=reason.strip()[:300], **told(report))
    return report


def check_enter(person: Person, unit: Unit) -> None:
    """Raises :class:`UserError` unless ``person`` may enter for ``unit``."""
    extent = extent_of(person, Right.ENTER, today())
    if not (extent.everything or unit.pk in extent.units):
        raise _refused(
            f"报表的期次由“{unit.name_zh}”有录入权限的人员开启和关闭。",
            f"Rounds are opened and closed by persons who may enter for {unit.name_en}.",
        )


def _refused(zh: str, en: str) -> UserError:
    fault = UserError("rounds.refused", zh, en)
    fault.status = 403
    return fault


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), BEIJING)
