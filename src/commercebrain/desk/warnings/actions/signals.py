"""What people do about signals: acknowledging for a while, noting, calling one a false alarm, opening its case or joining
one that is worked on.

An acknowledgement says that somebody knows and until when nothing more is due; it runs out on its day. Each step takes
the signal first: of two persons at once one goes first, and the other is told how it stands now. What opens, joins or ends
a case holds the bureau's turn and the firm before: two signals of one firm, of whichever bureaus' rules, never open two
cases because nobody saw the other's.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q

from commercebrain.desk.cases.actions.starting import start
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.workdays import add_workdays
from commercebrain.desk.people.models import Person
from commercebrain.desk.warnings import lifecycle, rates, rising, taking, wider
from commercebrain.desk.warnings.joining import joinable, joined
from commercebrain.desk.warnings.models import RuleUse, Signal, SignalStep
from commercebrain.desk.warnings.permission import Refused, must_act, worded
from commercebrain.desk.warnings.telling import moment_on, step_of, told
from commercebrain.engine.cases.kinds import read_declaration

ORIGIN = "warnings.signal:"
#: For how many working days at most somebody may say that nothing more is due.
LONGEST = 20
FALSE_ALARM = "false_alarm"


def acknowledge(
    signal: Signal, person: Person, sentence: str, until: date | None = None, seen: int | None = None
) -> Signal:
    """Says that somebody knows of the signal and what is being done; until ``until`` (included; default: five working
    days) nobody is asked again.

    Raises :class:`UserError`: no right, nothing said, closed, spoken for by a wider signal, in the hands of a case, or a
    day that is over or more than twenty working days away.
    """
    must_act(person, signal)
    said = worded(sentence, "no_sentence", "请写一句话，说明打算怎么办。", "Say in one sentence what will be done.")
    day = today()
    last = until or add_workdays(day, 5)
    if not day <= last <= add_workdays(day, LONGEST):
        raise Refused(
            "bad_until", f"确认的有效期须在今天至{add_workdays(day, LONGEST)}之间（最长{LONGEST}个工作日）。",
            f"The acknowledgement holds from today to {add_workdays(day, LONGEST)} at most ({LONGEST} working days).",
            at="until",
        )  # fmt: skip
    with transaction.atomic():
        row = _taken(signal, seen)
        _must_ask(row)
        row.acknowledged_at, row.acknowledged_by, row.acknowledged_until = moment_on(day), person, last
        row.due_at = None
        row.save()
        step_of(row, "acknowledged", day, person, sentence=said, to=str(last)).save()
        record("signal.acknowledged", row, person, row.unit, until=last, reason=said, **told(row))
        rates.put([row])
    return row


def note(signal: Signal, person: Person, sentence: str) -> SignalStep:
    """Writes a sentence to a signal, open or closed; it changes nothing else."""
    must_act(person, signal)
    said = worded(sentence, "no_sentence", "请写明要记录的内容。", "Write what is to be noted.")
    with transaction.atomic():
        row = _taken(signal, None, closed=True)
        row.save(update_fields=["updated_at"])
        made = step_of(row, "noted", today(), person, sentence=said)
        made.save()
        record("signal.noted", row, person, row.unit, reason=said, **told(row))
    return made


def false_alarm(signal: Signal, person: Person, sentence: str, seen: int | None = None) -> Signal:
    """Closes a signal as a false alarm, with the reason; as long as its rule holds without a break it is not raised again.

    Raises :class:`UserError`: no right, nothing said, closed, or a case is worked on (that is closed first).
    """
    must_act(person, signal)
    said = worded(sentence, "no_sentence", "请写明为什么是误报。", "Say why it is a false alarm.")
    day = today()
    with transaction.atomic():
        taking.turn(signal.bureau_id)
        row = _taken(signal, seen)
        if (case := _running(row)) is not None:
            raise Refused(
                "case_runs", f"这条预警已立项（{case}），请先办结或撤回该事项。",
                f"A case is worked on for this warning ({case}); close or withdraw it first.", 409,
            )  # fmt: skip
        lifecycle.close([row], Signal.End.FALSE_ALARM, day, person, said)
        record("signal.false_alarm", row, person, row.unit, reason=said, **told(row))
        wider.release([row.pk], day)
    return row


def open_case(
    signal: Signal, person: Person | None = None, seen: int | None = None, *, join: int | None = None, beside: str = "",
) -> Case:  # fmt: skip
    """Brings a signal into the hands of a case, and returns it: the one that it has already; else one of the same firm and
    template that is worked on (:func:`.joining.joinable`), which it joins; else a new one, by the template that its rule
    names. ``person`` none: the system, for a level that opens at once.

    ``join`` is the number of the case to join where several could be; ``beside`` the reason why a new one is opened all the
    same. A signal that stood behind a wider one stands for itself from then on. Raises :class:`UserError`: no right, closed,
    changed since ``seen``, the rule names no template, or the case to join cannot be joined (any more).
    """
    if person is not None:
        must_act(person, signal)
    case = bring(signal, person, seen, join=join, beside=beside)
    if rising.follow([case.pk]):
        case.refresh_from_db()
    return case


def bring(
    signal: Signal, person: Person | None = None, seen: int | None = None, *, join: int | None = None, beside: str = "",
) -> Case:  # fmt: skip
    """:func:`open_case` without asking who may, and without the level of the case: that follows when the caller's transaction
    is over (:mod:`.rising`)."""
    with transaction.atomic():
        taking.turn(signal.bureau_id)
        taking.firms([signal.enterprise_id])
        row = _taken(signal, None)
        if (held := _running(row)) is not None:
            return held
        if seen is not None and row.version - 1 != seen:  # it was counted up when it was taken
            raise _overtaken(row)
        template = row.declaration.get("case")
        if not template:
            raise Refused(
                "no_case", "这条规则只提示，不立项。", "This rule only tells; it opens no case.", 409
            )  # fmt: skip
        running = None if beside else _chosen(row, person, join)
        case = running or start(
            template, unit=row.unit, region=row.region or row.unit.region, title=_title(row), person=person,
            enterprise=row.enterprise, origin=f"{ORIGIN}{row.pk}", level=row.level, synthetic=row.synthetic,
        )  # fmt: skip
        row.case, row.due_at, row.inhibited_by = case, None, None
        row.acknowledged_at = row.acknowledged_by = row.acknowledged_until = None
        row.told_on = row.told_on or today()
        row.version += 1
        row.save()
        if running is not None:
            joined(row, running, person)
        else:
            step_of(row, "case_opened", today(), person, sentence=f"{case.number} {beside}".strip()).save()
            verb = "signal.case_beside" if beside else "signal.case_opened"
            more = {"reason": beside} if beside else {}
            record(verb, row, person, row.unit, number=case.number, **more, **told(row))
        rates.put([row])
    return case


def reason_beside(sentence: str) -> str:
    """Why a new case is opened beside one that is worked on; refused where nothing is said."""
    return worded(
        sentence, "no_reason_beside", "请写明为什么不并入已有事项、另行立项。",
        "Say why a new case is opened beside the one that is worked on.",
    )  # fmt: skip


def _chosen(row: Signal, person: Person | None, join: int | None) -> Case | None:
    """The case that a signal joins; none where there is none to be joined."""
    rows = joinable(row, person)
    if join is None:
        return rows.first()
    found = rows.filter(pk=join).first()
    if found is None:
        raise Refused(
            "not_joinable", "该事项已办结或不是同一企业的，不能并入；请查看现在的情况再操作。",
            "That case is over or not of the same firm, so it cannot be joined; look at how it stands now.", 409,
        )  # fmt: skip
    return found


def close_handled(case: Case) -> list[Signal]:
    """What the signals of a case do when it ends: closed with an outcome they are handled (false alarms where that was the
    outcome); withdrawn, they ask for somebody again. Called in the transaction that ends the case."""
    own = Q(case=case.pk)
    near = own | Q(enterprise=case.enterprise_id) if case.enterprise_id else own
    bureaus = Signal.objects.filter(near, closed_at=None).order_by("bureau").values_list("bureau", flat=True)
    for bureau in list(bureaus.distinct()):
        taking.turn(bureau)
    taking.firms([case.enterprise_id])
    day = today()
    taken = Signal.objects.select_for_update(of=("self",)).filter(own, closed_at=None)
    rows = list(taken.select_related("unit__region", "enterprise", "region", "bureau").order_by("pk"))
    if not rows:
        return []
    if case.state == Case.State.WITHDRAWN:
        return _given_back(rows, case, day)
    false = case.outcome == FALSE_ALARM
    said = _outcome(case)
    lifecycle.close(rows, Signal.End.FALSE_ALARM if false else Signal.End.HANDLED, day, None, case.outcome)
    for row in rows:
        record("signal.handled", row, None, row.unit, reason=said, **told(row))
    wider.release([row.pk for row in rows], day)
    return rows


def _given_back(rows: list[Signal], case: Case, day: date) -> list[Signal]:
    """What a withdrawn case held: it asks for somebody again where its rule is in use; where the rule was switched off
    meanwhile, or the bureau closed, nothing would ever end it and it closes with that reason."""
    used = set(
        RuleUse.objects.filter(
            state=RuleUse.State.ON, unit__in={row.bureau_id for row in rows}, rule__in={row.rule for row in rows}
        ).values_list("unit", "rule")
    )
    for row in rows:
        _asked_again(row, case, day)
    over = [row for row in rows if (row.bureau_id, row.rule) not in used]
    for end, shut in ((Signal.End.UNIT_CLOSED, True), (Signal.End.RULE_OFF, False)):
        lifecycle.close([row for row in over if (row.bureau.closed_on is not None) is shut], end, day)
    wider.release([row.pk for row in over], day)
    return rows


def _asked_again(row: Signal, case: Case, day: date) -> Signal:
    row.case, row.told_on, row.due_at = None, None, None
    row.version += 1
    row.save()
    step_of(row, "case_withdrawn", day, sentence=case.number).save()
    return row


def _taken(signal: Signal, seen: int | None, *, closed: bool = False) -> Signal:
    """The signal, held for this transaction; refused where it is closed, or has changed since ``seen``."""
    rows = Signal.objects.select_for_update(of=("self",)).select_related("unit__region", "enterprise", "region", "case")
    row: Signal = rows.get(pk=signal.pk)
    if closed:
        return row
    if row.closed_at is not None or (seen is not None and row.version != seen):
        raise _overtaken(row)
    row.version += 1
    return row


def _overtaken(row: Signal) -> Refused:
    if row.closed_at is not None:
        return Refused(
            "closed", f"这条预警已经关闭（{row.get_end_display()}），您的操作没有生效。",
            f"This warning is closed by now ({row.end}); yours did not take effect.", 409,
        )  # fmt: skip
    return Refused(
        "overtaken", "这条预警刚刚有变化，您的操作没有生效；请查看现在的情况再操作。",
        "This warning has just changed, so yours did not take effect; look at how it stands now.", 409,
    )  # fmt: skip


def _must_ask(row: Signal) -> None:
    """Refuses to acknowledge what asks for nobody."""
    if row.inhibited_by_id:
        raise Refused(
            "inhibited", "这条预警已并入更大范围的预警，请在那一条上确认。",
            "A wider warning speaks for this one; acknowledge that one.", 409,
        )  # fmt: skip
    if (case := _running(row)) is not None:
        raise Refused(
            "in_case", f"这条预警已立项（{case}），请在事项里办理。",
            f"A case is worked on for this warning ({case}); go on there.", 409,
        )  # fmt: skip


def _running(row: Signal) -> Case | None:
    """The case in whose hands a signal is, while it is worked on."""
    case: Case | None = row.case
    return case if case is not None and case.state == Case.State.OPEN else None


def _title(row: Signal) -> tuple[str, str]:
    name = row.declaration.get("name") or {}
    zh, en = name.get("zh", row.rule), name.get("en", row.rule)
    return f"{row.subject_zh}：{zh}", f"{row.subject_en or row.subject_zh}: {en}"


def _outcome(case: Case) -> str:
    """The number of a case with its outcome as its template calls it."""
    words = read_declaration(case.declaration).outcomes.get(case.outcome)
    return f"{case.number} {words.zh if words else case.outcome}".strip()
