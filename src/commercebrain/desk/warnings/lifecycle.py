"""The life of signals: opening, holding, changing level, ending.

Everything here runs in a transaction and takes the rows first, in the order of their numbers (:mod:`.taking`): of two
evaluations at once the second finds what the first has done.

A signal that was handled, or was a false alarm, is not raised again as long as its rule goes on holding without a break,
unless the level rises or half a year goes by: who has dealt with a thing is not asked the same thing every morning.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from commercebrain.desk.core.events import record, record_many
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.warnings import clearance, rates
from commercebrain.desk.warnings.kinds import declaration_of, rank, rule_of
from commercebrain.desk.warnings.models import Evaluation, RuleUse, Signal, SignalStep
from commercebrain.desk.warnings.taking import open_of, with_open_case
from commercebrain.desk.warnings.telling import LONGEST, moment_on, note_steps, step_of, told
from commercebrain.desk.warnings.wider import release

End = Signal.End
#: Ends that are remembered while the rule goes on holding, and for how long at most.
REMEMBERED, FOR = (End.HANDLED, End.FALSE_ALARM), timedelta(days=183)
PIECE = 500
VERBS = {
    End.ENDED: "signal.ended", End.RULE_OFF: "signal.rule_off", End.MERGED: "signal.merged",
    End.UNIT_CLOSED: "signal.unit_closed",
}  # fmt: skip


@dataclass(frozen=True)
class Hit:
    """A subject for which a rule holds, with all that a signal keeps of it."""

    subject: str
    zh: str
    en: str
    unit: int
    level: str
    period: str
    sentence_zh: str
    sentence_en: str
    evidence: Mapping[str, Any]
    region: int | None = None
    enterprise: int | None = None
    cause: tuple[str, str, str] = ("", "", "")
    synthetic: bool = False


@dataclass
class Changes:
    """What became of the signals of one rule, by count."""

    opened: int = 0
    held: int = 0
    raised: int = 0
    lowered: int = 0
    ended: int = 0
    left: int = 0
    names: list[int] = field(default_factory=list)


def last_evaluation(bureau: int, before: date) -> date | None:
    """The day of the last evaluation that ended well before a day."""
    rows = Evaluation.objects.filter(unit=bureau, state=Evaluation.State.DONE, on__lt=before)
    found: date | None = rows.order_by("-on").values_list("on", flat=True).first()
    return found


@transaction.atomic
def apply(use: RuleUse, hits: Mapping[str, Hit], on: date, unjudged: Collection[str] = frozenset()) -> Changes:
    """Brings the signals of one rule in line with what holds on a day; doing it again changes nothing.

    ``hits`` by subject. ``unjudged`` are the subjects of which it could not be told: their signals stay as they are.
    A signal whose case is still worked on stays open even when the rule no longer holds. An evaluation that is older
    than what is there changes nothing.
    """
    done = Changes()
    held = RuleUse.objects.select_for_update(of=("self",)).filter(pk=use.pk, state=RuleUse.State.ON).first()
    if held is None:
        return done
    standing = {row.subject: row for row in open_of(held.unit_id, rule=held.rule)}
    before = last_evaluation(held.unit_id, on)
    _hold(standing, hits, on, done, held.declaration.get("say") or {})
    gone = [row for subject, row in standing.items() if subject not in hits and row.last_held_on <= on]
    done.left = sum(row.subject in unjudged for row in gone)
    _end_or_calm([row for row in gone if row.subject not in unjudged], on, done)
    fresh = [hit for subject, hit in hits.items() if subject not in standing]
    _open(held, _not_remembered(held, fresh, before, on), on, done)
    return done


def _hold(
    standing: Mapping[str, Signal], hits: Mapping[str, Hit], on: date, done: Changes, say: Mapping[str, str]
) -> None:
    """What still holds is noted, with what has changed about it; a level that rises asks anew, one that falls does not.
    ``say`` is what the sentences of the hits were made from: the rule may have been approved anew meanwhile."""
    same: list[int] = []
    for subject, row in standing.items():
        hit = hits.get(subject)
        if hit is None or row.last_held_on > on:
            continue
        done.held += 1
        new_day = row.last_held_on < on
        moved, changed = rank(hit.level) - rank(row.level), row.period != hit.period or row.unit_id != hit.unit
        if not moved and not changed:
            if new_day:
                same.append(row.pk)
            continue
        if row.unit_id != hit.unit:
            hand_to(row, Unit.objects.get(pk=hit.unit), on)
        clearance.speaks(row, say)
        row.sentence_zh, row.sentence_en = hit.sentence_zh[:LONGEST], hit.sentence_en[:LONGEST]
        if moved:
            _change_level(row, hit, on, moved > 0)
            done.raised, done.lowered = done.raised + (moved > 0), done.lowered + (moved < 0)
        row.period, row.evidence, row.last_held_on, row.times = hit.period, dict(hit.evidence), on, row.times + new_day
        row.version += 1
        row.save()
    for at in range(0, len(same), PIECE):
        Signal.objects.filter(pk__in=same[at : at + PIECE]).update(last_held_on=on, times=F("times") + 1)


def hand_to(row: Signal, to: Unit, on: date) -> None:
    """Hands a signal to the unit in charge now; the caller holds it and saves it."""
    row.unit = to
    step_of(row, "moved", on, to=str(to.pk)).save()
    record("signal.moved", row, None, to, to=to.name_zh, to_en=to.name_en, **told(row))
    if row.due_at is not None and row.acknowledged_at is None:
        row.told_on = row.due_at = None  # the new unit is told, and has its own time


def _change_level(row: Signal, hit: Hit, on: date, rises: bool) -> None:
    before, row.level = row.level, hit.level
    step_of(row, "raised" if rises else "lowered", on, sentence=f"{before}>{hit.level}").save()
    record("signal.raised" if rises else "signal.lowered", row, None, row.unit, **told(row))
    if rises:  # who knew of the lower level has not said anything of this one
        row.acknowledged_at = row.acknowledged_by = row.acknowledged_until = None
        row.told_on = row.due_at = None


def _end_or_calm(rows: Sequence[Signal], on: date, done: Changes) -> None:
    """What no longer holds ends; where a case is worked on, it is noted once, and the case goes on."""
    busy = with_open_case(rows)
    if waiting := [row for row in rows if row.pk in busy]:
        latest: dict[int, str] = {}
        steps = SignalStep.objects.filter(signal__in=[row.pk for row in waiting], what__in=("calm", "opened"))
        for signal, what in steps.order_by("at", "pk").values_list("signal", "what"):
            latest[signal] = what
        note_steps([row for row in waiting if latest.get(row.pk) != "calm"], "calm", on)
    over = [row for row in rows if row.pk not in busy]
    close(over, End.ENDED, on)
    done.ended = len(over)


def _not_remembered(use: RuleUse, fresh: list[Hit], before: date | None, on: date) -> list[Hit]:
    """The hits that were not dealt with before: of the others it is noted that they go on holding."""
    wanted = {hit.subject: hit for hit in fresh}
    last: dict[str, Signal] = {}
    names = sorted(wanted)
    for at in range(0, len(names), PIECE):
        rows = Signal.objects.filter(
            bureau=use.unit_id, rule=use.rule, closed_at__isnull=False, subject__in=names[at : at + PIECE],
            closed_on__lte=on,
        )  # fmt: skip
        for row in rows.order_by("closed_at", "pk"):
            last[row.subject] = row
    going_on = []
    for subject, row in last.items():
        lasts = row.end in REMEMBERED and (before is None or row.last_held_on >= before)
        if lasts and on - row.closed_on <= FOR and rank(wanted[subject].level) <= rank(row.level):
            going_on.append(row)
    old = [row.pk for row in going_on if row.last_held_on < on]
    for at in range(0, len(old), PIECE):
        Signal.objects.filter(pk__in=old[at : at + PIECE]).update(last_held_on=on)
    known = {row.subject for row in going_on}
    return [hit for hit in fresh if hit.subject not in known]


def _open(use: RuleUse, hits: list[Hit], on: date, done: Changes) -> None:
    if not hits:
        return
    rule = rule_of(use)
    moment, declaration = moment_on(on), declaration_of(rule)
    escalation = [{"after": one.after, "to": one.to} for one in rule.escalation]
    rows = [
        Signal(
            rule=use.rule, bureau_id=use.unit_id, unit_id=hit.unit, subject_kind=rule.subject, subject=hit.subject[:120],
            subject_zh=hit.zh[:200], subject_en=hit.en[:200], enterprise_id=hit.enterprise, region_id=hit.region,
            level=hit.level, period=hit.period, sentence_zh=hit.sentence_zh[:LONGEST], sentence_en=hit.sentence_en[:LONGEST],
            evidence=dict(hit.evidence), declaration=declaration, cause=hit.cause[0][:120], cause_zh=hit.cause[1][:200],
            cause_en=hit.cause[2][:200], opened_on=on, opened_at=moment, last_held_on=on, escalation=escalation,
            synthetic=hit.synthetic,
        )
        for hit in hits
    ]  # fmt: skip
    made = Signal.objects.bulk_create(rows, batch_size=PIECE)
    steps = [step_of(row, "opened", on, at=moment, sentence=row.sentence_zh) for row in made]
    SignalStep.objects.bulk_create(steps, batch_size=PIECE)
    units = Unit.objects.in_bulk({row.unit_id for row in made})
    record_many("signal.opened", [(row, units[row.unit_id], told(row)) for row in made], None)
    done.opened, done.names = len(made), [row.pk for row in made]


def close(rows: Sequence[Signal], end: str, on: date, by: Person | None = None, sentence: str = "") -> None:
    """Closes signals that the caller has taken: the step, the event, the counting."""
    if not rows:
        return
    moment = moment_on(on)
    for row in rows:
        row.end, row.closed_at, row.closed_on, row.version = end, moment, on, row.version + 1
        row.updated_at, row.due_at, row.inhibited_by = timezone.now(), None, None
    fields = ["end", "closed_at", "closed_on", "version", "updated_at", "due_at", "inhibited_by"]
    Signal.objects.bulk_update(rows, fields, batch_size=PIECE)
    steps = [step_of(row, str(end), on, by, sentence=sentence, at=moment) for row in rows]
    SignalStep.objects.bulk_create(steps, batch_size=PIECE)
    if verb := VERBS.get(end):
        record_many(verb, [(row, row.unit, told(row)) for row in rows], by)
    rates.put(rows)


def end_all(use: RuleUse, end: str, on: date, by: Person | None = None) -> int:
    """Closes the signals of a rule that is used no longer, save those whose case is worked on; what stood behind them is
    told. Call it at one's :func:`turn`. Returns how many were closed."""
    rows = list(open_of(use.unit_id, rule=use.rule))
    busy = with_open_case(rows)
    over = [row for row in rows if row.pk not in busy]
    close(over, end, on, by)
    release([row.pk for row in over], on)
    return len(over)
